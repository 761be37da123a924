"""Starts processes and ends every one of them, by id.

Each service is started as the leader of a session of its own. Airflow's task processes change their process group but
stay in that session, so the session is what finds them all. An id counts as ours only while the process that carries
it was started when we noted it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

GRACE = 12.0


@dataclass(frozen=True)
class Started:
    """A process that we started: its id is also the id of its session."""

    name: str
    pid: int
    created: float
    log: str

    def is_running(self) -> bool:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            return process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE
        return False

    def processes(self) -> list[psutil.Process]:
        """It and everything that came from it and is still there."""
        leader = _found(self.pid)
        if leader is not None and leader.create_time() != self.created:
            return []  # the id went round: somebody else's process carries it now
        alive = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if (
                    os.getsid(process.pid) == self.pid
                    and process.create_time() >= self.created
                    and process.status() != psutil.STATUS_ZOMBIE
                ):
                    alive.append(process)
        return alive


def start(
    name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path, folder: Path
) -> Started:
    """Starts one service, its output into ``log``."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    _CHILDREN.append(process)
    return Started(name, process.pid, psutil.Process(process.pid).create_time(), str(log))


def end(services: Iterable[Started], grace: float = GRACE) -> list[psutil.Process]:
    """Ends the services and all that came from them; gives what could not be ended, which should be nothing.

    They are asked first, all at once; what is left after ``grace`` seconds is killed.
    """
    services = list(services)
    deadline = time.monotonic() + grace
    told: set[tuple[int, float]] = set()
    while left := _alive(services):
        patient = time.monotonic() < deadline
        for process in left:
            with contextlib.suppress(psutil.Error):
                key = (process.pid, process.create_time())
                if not patient:
                    process.send_signal(signal.SIGKILL)
                elif key not in told:
                    process.send_signal(signal.SIGTERM)
                    told.add(key)
        if time.monotonic() > deadline + grace:
            return left
        time.sleep(0.1)
    for child in _CHILDREN:
        child.poll()
    return []


def remember(record: Path, services: Iterable[Started]) -> None:
    """Notes what was started before anything else happens, so that ``down`` can end it whatever comes."""
    runner = psutil.Process()
    text = json.dumps(
        {
            "boot": psutil.boot_time(),
            "runner": {"pid": runner.pid, "created": runner.create_time()},
            "services": [asdict(service) for service in services],
        },
        indent=2,
    )
    beside = record.with_suffix(".new")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(record)


def remembered(record: Path) -> list[Started]:
    """What was started and may still run; nothing if the machine was restarted since."""
    try:
        noted = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    if abs(noted["boot"] - psutil.boot_time()) > 60:
        return []
    return [Started(**service) for service in noted["services"]]


def runner_lives(record: Path) -> bool:
    """Whether the program that wrote the record still runs."""
    try:
        noted = json.loads(record.read_text(encoding="utf-8"))["runner"]
    except FileNotFoundError:
        return False
    process = _found(noted["pid"])
    return process is not None and process.create_time() == noted["created"]


_CHILDREN: list[subprocess.Popen[bytes]] = []


def _found(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _alive(services: Iterable[Started]) -> list[psutil.Process]:
    for child in _CHILDREN:
        child.poll()  # a child that has ended and was not asked for stays as a zombie
    return [process for service in services for process in service.processes()]
