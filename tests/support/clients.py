"""What the clients' tests need: a pace that never waits, and a server on a socket that answers by script."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from support.sandbox import Sandbox

from nuorder_pos.clients.nuorder import NuorderSettings
from nuorder_pos.clients.pacing import Bucket
from nuorder_pos.clients.transport import Limits, Retry

T = TypeVar("T")
Reply = bytes | Callable[[socket.socket], None]
QUICK = Retry(attempts=3, first=0.0, longest=0.0, patience=5.0)
SHORT = Limits(connect=1.0, read=0.4, total=1.0)


class FreePace:
    """A ``PaceStore`` whose bucket is always empty and very large."""

    def update(self, fn: Callable[[Bucket], tuple[Bucket, T]]) -> T:
        return fn(Bucket(0.0, 1e9, 1e9, datetime.now(UTC), burst_limit=10**6))[1]


class ScriptedServer:
    """Answers one connection after the other with the next reply; the last one is repeated. Bytes are sent as they
    are, then the connection is closed; a function gets the socket and does as it likes."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.requests.append(_read_request(connection))
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                try:
                    if callable(reply):
                        reply(connection)
                    else:
                        connection.sendall(reply)
                except OSError:
                    pass


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
        received += piece
    return received


def http(
    status: int = 200,
    body: str | bytes = "{}",
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
) -> bytes:
    """An answer as bytes."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Connection: close"]
    values = {"Content-Length": str(len(content)), **(headers or {})}
    lines += [f"{name}: {value}" for name, value in values.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def nuorder_settings(sandbox: Sandbox, brand: int = 0, **changes: Any) -> NuorderSettings:
    found = sandbox.brands[brand]
    values: dict[str, Any] = {
        "origin": sandbox.nuorder,
        "consumer_key": found.consumer_key,
        "consumer_secret": found.consumer_secret,
        "token": found.token,
        "token_secret": found.token_secret,
        "connection_id": "nuorder_acme",
        **changes,
    }
    return NuorderSettings(**values)
