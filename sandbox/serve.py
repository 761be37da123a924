"""Both servers in one process: bind, announce, serve, end cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.gate import Gate
from sandbox.nuorder.app import NuOrderApp
from sandbox.pos.app import PosApp
from sandbox.pos.tokens import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN
from sandbox.world import World


@dataclass(frozen=True)
class Settings:
    """How to start."""

    host: str = "127.0.0.1"
    nuorder_port: int = 0
    pos_port: int = 0
    data: Any = "sample"
    switches: dict[str, Any] = field(default_factory=dict)
    clock_speed: float = 1.0
    public_nuorder: str = ""
    public_pos: str = ""
    ready_file: str = ""


class _Protocol(H11Protocol):
    """Hands the connection's transport to the application, so that a fault can cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})["sandbox.transport"] = transport
            await inner(scope, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """Two servers share one process, so the signals are handled once, outside of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY on accepted sockets; without it every answer on a kept
    # connection takes 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


class Sandbox:
    """The two servers and the world they show."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings.data, settings.switches, settings.clock_speed)
        self.sockets = {
            "nuorder": _bind(settings.host, settings.nuorder_port),
            "pos": _bind(settings.host, settings.pos_port),
        }
        self.world.public = {
            side: url.rstrip("/")
            for side, url in (("nuorder", settings.public_nuorder), ("pos", settings.public_pos))
            if url
        }
        limiter_acts = {
            "revoke_tokens": lambda fault: self.world.tokens.revoke_access(),
            "burst_429": lambda fault: self.world.limiter.force_burst(),
            "bucket_429": lambda fault: self.world.limiter.fill(fault.seconds or 2.57),
        }
        apps = {"nuorder": NuOrderApp(self.world).build(), "pos": PosApp(self.world).build()}
        self._servers = [
            _Server(
                uvicorn.Config(
                    Gate(
                        app,
                        self.world.faults[side],
                        self.world.journals[side],
                        self.world.clock,
                        self.world.late[side],
                        limiter_acts if side == "pos" else {},
                    ),
                    http=_Protocol,
                    loop="asyncio",
                    ws="none",
                    lifespan="off",
                    log_level="critical",
                    access_log=False,
                    server_header=False,
                    proxy_headers=False,
                    timeout_graceful_shutdown=1,
                    timeout_keep_alive=30,
                    backlog=512,
                )
            )
            for side, app in apps.items()
        ]

    def origin(self, side: str) -> str:
        """The origin to call: the public one, or host and port."""
        if side in self.world.public:
            return self.world.public[side]
        host, port = self.sockets[side].getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def ready(self) -> dict[str, Any]:
        """What a client needs to connect."""
        pos = self.origin("pos")
        return {
            "nuorder": self.origin("nuorder"),
            "pos": pos,
            "backoffice": pos,
            "auth": pos,
            "account_id": self.world.account_id,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": FIRST_REFRESH_TOKEN,
            "brands": [
                {
                    "name": brand.name,
                    "slug": brand.slug,
                    "consumer_key": brand.consumer_key,
                    "consumer_secret": brand.consumer_secret,
                    "token": next(iter(brand.tokens)),
                    "token_secret": next(iter(brand.tokens.values())),
                }
                for brand in self.world.nuorder.brands
            ],
            "pid": os.getpid(),
        }

    def stop(self) -> None:
        """Ask both servers to end; may be called from any thread."""
        for server in self._servers:
            server.should_exit = True

    async def serve(self, announce: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Serve until :meth:`stop`."""
        tasks = [
            asyncio.create_task(server.serve(sockets=[bound]))
            for server, bound in zip(self._servers, self.sockets.values(), strict=True)
        ]
        while not all(server.started for server in self._servers) and not any(task.done() for task in tasks):
            await asyncio.sleep(0.005)
        if self.settings.ready_file:
            write_atomically(
                Path(self.settings.ready_file), json.dumps(self.ready(), ensure_ascii=False, indent=2)
            )
        if announce is not None:
            announce(self.ready())
        await asyncio.gather(*tasks)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees nothing or all of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


def run(settings: Settings, announce: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Serve in the foreground until SIGTERM or SIGINT."""
    sandbox = Sandbox(settings)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, sandbox.stop)
        await sandbox.serve(announce)

    asyncio.run(main())


@contextlib.contextmanager
def running(settings: Settings | None = None) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process, for tests: ``with running() as sandbox: sandbox.ready()``."""
    sandbox = Sandbox(settings or Settings())
    started = threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(sandbox.serve(lambda ready: started.set())), name="sandbox", daemon=True
    )
    thread.start()
    try:
        if not started.wait(10):
            raise RuntimeError("the sandbox did not start")
        yield sandbox
    finally:
        sandbox.stop()
        thread.join(10)
