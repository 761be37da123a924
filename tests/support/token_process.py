"""Processes that share one POS connection, to be told, stopped and killed by a test.

``Crew`` is the test's side. ``python -m support.token_process`` is the other one: it imports everything once and then
forks a worker for each line that it reads, so that a worker costs next to nothing. A worker does what it is told over a
socket, one JSON line each way.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from support.clients import FreePace

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_set import Attempts, TokenSet
from nuorder_pos.clients.transport import Limits, Retry
from nuorder_pos.errors import NuorderPosError, Transient
from nuorder_pos.pipeline.work import DatabaseVault
from nuorder_pos.store.engine import make_engine

ROOT = Path(__file__).resolve().parents[2]
HOLDING = "the lease is held"
NOTED = "the attempt is written down"
RECEIVED = "the new pair is received"
STORED = "the new pair is stored"
"""Places within a renewal where a worker can be made to kill itself."""


class Worker:
    """One worker, as a test sees it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._file: IO[str] = line.makefile("rw", encoding="utf-8")
        self.pid = int(self._file.readline())

    def tell(self, *, ahead: float = 0.0, calls: int = 1) -> None:
        """Have it read the account ``calls`` times, with a clock that is ``ahead`` by so many seconds."""
        self._file.write(json.dumps({"ahead": ahead, "calls": calls}) + "\n")
        self._file.flush()

    def answers(self) -> list[dict[str, Any]]:
        """How its calls ended: ``error`` (a kind, or empty), ``said`` and ``retry_after``. Empty when it died."""
        try:
            told = self._file.readline()
        except ConnectionError:
            return []
        found: list[dict[str, Any]] = json.loads(told) if told else []
        return found

    def ask(self, *, ahead: float = 0.0, calls: int = 1) -> list[dict[str, Any]]:
        """``tell`` and ``answers``."""
        self.tell(ahead=ahead, calls=calls)
        return self.answers()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self._line.settimeout(10)
        assert self.answers() == []

    def close(self) -> None:
        """Let it end."""
        self._file.close()
        self._line.close()


class Crew:
    """Starts workers."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(60)
        paths = os.pathsep.join(str(ROOT / part) for part in ("plugins", ".", "tests"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.token_process"], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._workers: list[Worker] = []

    def hire(self, job: dict[str, Any]) -> Worker:
        """A new worker. ``job``: ``database``, ``sandbox`` (its ready file), ``auth``, ``refresh_token``, ``dies_when``."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**job, "port": self._door.getsockname()[1]}) + "\n")
        self._process.stdin.flush()
        line, _ = self._door.accept()
        line.settimeout(60)
        worker = Worker(line)
        self._workers.append(worker)
        return worker

    def dismiss(self) -> None:
        """All workers end."""
        while self._workers:
            self._workers.pop().close()

    def close(self) -> None:
        """End everything."""
        self.dismiss()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._door.close()


class MortalVault(DatabaseVault):
    """The database's vault in a process that is killed at one place of a renewal."""

    dies_when = ""

    def _reached(self, place: str) -> None:
        if place == self.dies_when:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with super().exclusive():
            self._reached(HOLDING)
            yield

    def note(self, attempts: Attempts) -> None:
        super().note(attempts)
        self._reached(NOTED)

    def save(self, tokens: TokenSet) -> None:
        self._reached(RECEIVED)
        super().save(tokens)
        self._reached(STORED)


def _work(job: dict[str, Any]) -> None:
    """A worker's life: until its line is closed."""
    ready = job["sandbox"]
    engine = make_engine(job["database"])
    settings = LightspeedSettings(
        ready["pos"], ready["client_id"], ready["client_secret"], ready["account_id"], job["refresh_token"], job["auth"],
        connection_id="lightspeed_default",
    )  # fmt: skip
    vault = MortalVault(engine, settings)
    vault.dies_when = job.get("dies_when", "")
    ahead = timedelta(0)
    pos = Lightspeed(
        settings, vault, FreePace(), timeouts=Limits(2.0, 10.0, 15.0), retry=Retry(attempts=2, first=0.0, longest=0.0),
        clock=lambda: datetime.now(UTC) + ahead, sleep=lambda seconds: None,
    )  # fmt: skip
    with socket.create_connection(("127.0.0.1", job["port"])) as line, line.makefile("rw") as file:
        file.write(f"{os.getpid()}\n")
        file.flush()
        for command in map(json.loads, file):
            ahead = timedelta(seconds=command["ahead"])
            file.write(json.dumps([_call(pos) for _ in range(command["calls"])]) + "\n")
            file.flush()


def _call(pos: Lightspeed) -> dict[str, Any]:
    try:
        pos.account()
    except NuorderPosError as error:
        wait = error.retry_after if isinstance(error, Transient) else None
        return {"error": type(error).__name__, "said": str(error), "retry_after": wait}
    except Exception as error:
        return {"error": f"foreign {type(error).__name__}", "said": str(error), "retry_after": None}
    return {"error": "", "said": "", "retry_after": None}


def main(jobs: Sequence[str] | IO[str]) -> None:
    """A worker for each line; ends with its input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a worker ended
    for job in jobs:
        if os.fork() == 0:
            try:
                _work(json.loads(job))
            finally:
                os._exit(0)


if __name__ == "__main__":
    main(sys.stdin)
