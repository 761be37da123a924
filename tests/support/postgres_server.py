"""A Postgres server of a test's own, to be stopped and restarted, and a wire to any Postgres that can be cut.

The server is made with the programs of the system's Postgres packages; tests that need it are skipped where they are
not there (or fail, where ``NUORDER_POS_TEST_POSTGRES_REQUIRED`` is set).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from support.databases import REQUIRED, SERVER

_PROGRAMS = "the programs of a Postgres server (initdb, pg_ctl) are not installed"
How = Literal["fast", "immediate"]
"""Connections are ended in order, or nothing is: as after a crash."""


class PostgresServer:
    """A server on a free loopback port, with its files in a folder of its own. Anybody on this machine may connect."""

    def __init__(self) -> None:
        self._programs = _programs()
        memory = Path("/dev/shm")
        self._folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))
        self._user = _user()
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._data, self._log = self._folder / "data", self._folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"
        self._run(
            "initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-N", "--locale=C", "-E", "UTF8"
        )

    def start(self) -> None:
        """Start, and come back once it answers."""
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self._folder} -F -c shared_buffers=16MB -c max_connections=30"
        )
        self._run("pg_ctl", "start", "-w", "-D", str(self._data), "-l", str(self._log), "-o", options)

    def stop(self, how: How = "fast") -> None:
        """Stop; every connection ends."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self._data), "-m", how)

    def restart(self, how: How = "fast") -> None:
        """Stop and start."""
        self.stop(how)
        self.start()

    def remove(self) -> None:
        """Stop it if it runs, and delete its files."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        # A server must not run as root; its files and itself belong to somebody who may do nothing else.
        user: dict[str, Any] = {}
        if self._user is not None:
            user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._programs / program, *words], cwd=self._folder, env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=60, check=False, **user,
            )  # fmt: skip
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')[-2000:]}")


def _programs() -> Path:
    """The folder of the server's programs, of the newest version there is."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: one.parent.name.zfill(4))
    for folder in reversed(folders):
        if (folder / "pg_ctl").exists() and (folder / "initdb").exists():
            return folder
    if REQUIRED:
        pytest.fail(_PROGRAMS)
    pytest.skip(_PROGRAMS)


def _user() -> pwd.struct_passwd | None:
    """Whom the server runs as where this process is root's, else ``None``: as this process."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("a Postgres server cannot run as root, and there is neither a user postgres nor nobody")


@contextmanager
def own_postgres() -> Iterator[PostgresServer]:
    """A running server, gone at the end."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


class Wire:
    """A loopback port that leads to a Postgres server and can be cut at a ``COMMIT``: before it reached the server, or
    after the server carried it out and before its answer came."""

    def __init__(self, address: str) -> None:
        url = sa.make_url(address)
        self._server = (url.host or "127.0.0.1", url.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        through = url.set(host="127.0.0.1", port=port).update_query_dict({"sslmode": "disable"})
        self.address = through.render_as_string(hide_password=False)
        self.commits = 0
        self.cuts = 0
        self._cut: tuple[int, str] | None = None
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, commit: int, when: Literal["before", "after"]) -> None:
        """Cut at the commit of this number, counted from now on."""
        self.commits, self._cut = 0, (commit, when)

    def mend(self) -> None:
        """Cut nothing any more, and count from now on."""
        self.commits, self._cut = 0, None

    def close(self) -> None:
        """End every connection."""
        _end(self._listener)
        for one in self._open:
            _end(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._open += [client, server]
            lost = threading.Event()
            threading.Thread(target=self._to_server, args=(client, server, lost), daemon=True).start()
            threading.Thread(target=self._to_client, args=(client, server, lost), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 16):
                if b"COMMIT\x00" in piece:
                    self.commits += 1
                    if self._cut == (self.commits, "before"):
                        self.cuts += 1
                        break
                    if self._cut == (self.commits, "after"):
                        self.cuts += 1
                        lost.set()
                server.sendall(piece)
        _end(server)
        _end(client)

    def _to_client(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while (piece := server.recv(1 << 16)) and not lost.is_set():
                client.sendall(piece)
        _end(client)
        _end(server)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def wire_to(address: str = SERVER) -> Iterator[Wire]:
    """A wire, gone at the end."""
    made = Wire(address)
    try:
        yield made
    finally:
        made.close()
