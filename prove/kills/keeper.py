"""Starts services and starts them again once they are gone, as a container engine would."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from demo import processes
from demo.processes import Started

AFTER_ITS_OWN_END = 2.0
"""Seconds until a service that ended by itself is started again."""


class Gone(Exception):
    """A service that nobody may lose has ended; a sentence."""


@dataclass
class Service:
    """A program that is to run always. One with ``comes_back`` false holds what would be lost with it."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    user: Mapping[str, Any] = field(default_factory=dict)
    comes_back: bool = True
    started: Started | None = None
    child: subprocess.Popen[bytes] | None = None
    due: float | None = None


class Keeper:
    """All services. Each is the leader of a session of its own, by which its processes are found."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._services: dict[str, Service] = {}
        self._all: list[Started] = []
        self._children: list[subprocess.Popen[bytes]] = []
        self.ended_alone: Counter[str] = Counter()
        self.spared: set[int] = set()
        """Ids of processes that are not killed together with their service."""

    def add(self, service: Service) -> None:
        """Start a service, and keep it running from now on."""
        self._services[service.name] = service
        self._start(service)

    def tick(self) -> None:
        """Start again what is gone and due."""
        for child in self._children:
            child.poll()  # a child that ended and was not asked for stays as a zombie
        now = time.monotonic()
        for service in self._services.values():
            if service.started is not None and service.started.is_running():
                continue
            if service.due is None:
                status = None if service.child is None else service.child.returncode
                if not service.comes_back:
                    raise Gone(f"{service.name} ended by itself with status {status}: this run says nothing")
                self.ended_alone[f"{service.name} (status {status})"] += 1
                self._kill_all(service)
                service.due = now + AFTER_ITS_OWN_END
            elif now >= service.due:
                self._start(service)

    def main_process(self, name: str) -> psutil.Process | None:
        """The process that we started as this service, while it lives."""
        started = self._services[name].started
        if started is None or not started.is_running():
            return None
        return psutil.Process(started.pid)

    def kill(
        self, name: str, back_after: float, *, only_main: bool = False, number: int = signal.SIGKILL
    ) -> bool:
        """Kill a service as a whole, or its main process only; it comes back by itself."""
        service = self._services[name]
        main = self.main_process(name)
        if main is None:
            return False
        main.send_signal(number)
        with contextlib.suppress(psutil.TimeoutExpired):
            main.wait(20)
        if not only_main:
            self._kill_all(service)
        service.due = time.monotonic() + back_after
        return True

    def is_ours(self, process: psutil.Process) -> bool:
        """Whether a process came from one of our services, also one that was killed since."""
        with contextlib.suppress(psutil.Error, OSError):
            session, created = os.getsid(process.pid), process.create_time()
            return any(one.pid == session and created >= one.created for one in self._all)
        return False

    def end(self) -> list[psutil.Process]:
        """End everything; gives what could not be ended."""
        last = [name for name in ("redis", "postgres") if name in self._services]
        servers = {self._services[name].started for name in last}
        first = [one for one in reversed(self._all) if one not in servers]
        self._services.clear()
        left = processes.end(first)
        left += processes.end(self._all)
        for child in self._children:
            child.poll()
        return left

    def _start(self, service: Service) -> None:
        with service.log.open("ab") as output:
            output.write(f"--- started at {time.strftime('%H:%M:%S')}\n".encode())
            output.flush()
            child = subprocess.Popen(
                list(service.words), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=dict(service.environment), cwd=service.folder, start_new_session=True, **service.user,
            )  # fmt: skip
        self._children.append(child)
        service.child = child
        created = psutil.Process(child.pid).create_time()
        service.started, service.due = Started(service.name, child.pid, created, str(service.log)), None
        self._all.append(service.started)
        processes.remember(self._record, self._all)

    def _kill_all(self, service: Service) -> None:
        deadline = (
            time.monotonic() + 20
        )  # a process that the system does not let go of is met again at the end
        while service.started is not None and time.monotonic() < deadline:
            left = [one for one in service.started.processes() if one.pid not in self.spared]
            if not left:
                return
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            time.sleep(0.05)
