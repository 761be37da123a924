"""Attempts in processes of their own, forked from a warm one, that can be killed or paused at any of their boundaries."""

from __future__ import annotations

import gc
import json
import mmap
import os
import random
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nuorder_pos.errors import NuorderPosError, Transient
from prove.boundaries import Boundary, Watch
from prove.world import World

Job = Callable[[World], Any]
"""What an attempt does, in its own process. What it gives must be writable as JSON."""

_STUCK = 60.0


class Stuck(AssertionError):
    """An attempt said nothing for a minute; it was killed."""


class Blocked(Exception):
    """An attempt said nothing for as long as the caller had patience; it lives, and waits for something: a lock that
    another one holds, as a rule. ``wait`` listens again."""


@dataclass
class Outcome:
    """How an attempt ended: ``done``, ``raised`` or ``killed``, and the boundaries that it came to."""

    kind: str
    result: Any = None
    error: str = ""
    message: str = ""
    retry_after: float | None = None
    passing: bool = False
    """Whether the error may pass by itself (``Transient``)."""
    ours: bool = False
    """Whether the error is one that the product raises on purpose."""
    trace: str = ""
    boundaries: list[Boundary] = field(default_factory=list)

    def __str__(self) -> str:
        told = {"done": "done", "raised": f"{self.error}: {self.message}"}
        return told.get(self.kind) or f"killed at {self.boundaries[-1] if self.boundaries else 'the start'}"


class Trail:
    """The boundaries that a process has come to, in memory that it shares: they are there when it was killed, and
    nobody is woken for them."""

    _LENGTH = struct.Struct("Q")
    _ROOM = 1 << 18

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, self._ROOM)
        self._end = self._LENGTH.size
        self._read = self._end
        self._shared[: self._end] = self._LENGTH.pack(self._end)

    def add(self, boundary: Boundary) -> None:
        """One more; for the process that comes to them."""
        line = json.dumps([boundary.number, boundary.moment, boundary.what]).encode() + b"\n"
        self._shared[self._end : self._end + len(line)] = line
        self._end += len(line)
        self._shared[: self._LENGTH.size] = self._LENGTH.pack(self._end)

    def news(self) -> list[Boundary]:
        """Those that came since this was asked last; for the process that watches."""
        (end,) = self._LENGTH.unpack(self._shared[: self._LENGTH.size])
        lines = self._shared[self._read : end].splitlines()
        self._read = end
        return [Boundary(*json.loads(line)) for line in lines]

    def close(self) -> None:
        """Give the memory back."""
        self._shared.close()


class Attempt:
    """A job under way in a forked process.

    It runs when it is told to: ``run()`` to its end, ``run(until=17)`` to boundary 17, ``step()`` to the next one; at
    such a boundary it stands still until it is told to go on. ``run(kill_at=17)`` has it kill itself there.
    """

    def __init__(self, world: World, job: Job, seed: int = 0) -> None:
        world.disconnect()
        sys.stdout.flush()
        sys.stderr.flush()
        mine, theirs = os.pipe(), os.pipe()
        self._trail = Trail()
        self._seen: list[Boundary] = []
        self.outcome: Outcome | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(mine[0])
            os.close(theirs[1])
            _child(world, job, seed, self._trail, mine[1], theirs[0])
        os.close(mine[1])
        os.close(theirs[0])
        self._reader, self._writer, self._buffer = mine[0], theirs[1], b""

    @property
    def boundaries(self) -> list[Boundary]:
        """Those that it has come to so far, also while it runs."""
        if self.outcome is None:
            self._seen += self._trail.news()
        return self._seen

    def run(
        self, *, until: int | None = None, kill_at: int | None = None, patience: float | None = None
    ) -> Boundary | None:
        """Go on. Gives the boundary ``until`` once it stands there; ``None`` where it ended before (see ``outcome``).

        With ``patience``, ``Blocked`` is raised after so many seconds of silence; without, ``Stuck`` after a minute.
        """
        self._tell({"until": until, "kill_at": kill_at})
        return self.wait(patience)

    def step(self) -> Boundary | None:
        """Go on to the next boundary."""
        return self.run(until=len(self.boundaries) + 1)

    def kill(self) -> Outcome:
        """SIGKILL, wherever it stands."""
        if self.outcome is None:
            os.kill(self.pid, signal.SIGKILL)
            self._end()
        assert self.outcome is not None
        return self.outcome

    def _tell(self, order: dict[str, Any]) -> None:
        os.write(self._writer, json.dumps(order).encode() + b"\n")

    def wait(self, patience: float | None = None) -> Boundary | None:
        """Listen until it stands still or has ended."""
        line = self._line(patience)
        told = json.loads(line) if line is not None else {}
        if told.get("paused"):
            return self.boundaries[-1]
        self._end(Outcome(**told["outcome"]) if told else None)
        return None

    def _line(self, patience: float | None) -> bytes | None:
        end = time.monotonic() + (_STUCK if patience is None else patience)
        while b"\n" not in self._buffer:
            if not select.select([self._reader], [], [], max(0.0, end - time.monotonic()))[0]:
                if patience is not None:
                    raise Blocked(str(self.boundaries[-1] if self.boundaries else "the start"))
                self.kill()
                where = self.boundaries[-1] if self.boundaries else "the start"
                raise Stuck(f"nothing happened for {_STUCK:.0f} seconds after {where}")
            piece = os.read(self._reader, 1 << 16)
            if not piece:
                return None
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _end(self, outcome: Outcome | None = None) -> None:
        _, status = os.waitpid(self.pid, 0)
        os.close(self._reader)
        os.close(self._writer)
        if outcome is None and not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            outcome = Outcome("raised", error="Died", message=f"the process ended with status {status}")
        ended = outcome or Outcome("killed")
        ended.boundaries = self.boundaries
        self._trail.close()
        self.outcome = ended


def attempt(world: World, job: Job, *, kill_at: int | None = None, seed: int = 0) -> Outcome:
    """One attempt from its beginning to its end, or to the boundary at which it is killed."""
    running = Attempt(world, job, seed)
    running.run(kill_at=kill_at)
    assert running.outcome is not None
    return running.outcome


def _child(world: World, job: Job, seed: int, trail: Trail, writer: int, reader: int) -> None:
    """The forked process; never returns."""
    status = 1
    try:
        random.seed(seed)
        gc.disable()  # it lives for a moment, and a collection would copy the memory that it shares
        orders = os.fdopen(reader, "r")
        order = json.loads(orders.readline() or "{}")

        def reached(boundary: Boundary) -> None:
            nonlocal order
            trail.add(boundary)
            if boundary.number == order["kill_at"]:
                os.kill(os.getpid(), signal.SIGKILL)
            if boundary.number == order["until"]:
                _write(writer, {"paused": True})
                line = orders.readline()
                if not line:
                    os._exit(1)  # nobody is there any more to tell this one to go on
                order = json.loads(line)

        Watch(reached).install(world.engine)
        _write(writer, {"outcome": _outcome(world, job)})
        status = 0
    finally:
        os._exit(status)


def _outcome(world: World, job: Job) -> dict[str, Any]:
    try:
        world.shop.renew()
        return {"kind": "done", "result": job(world)}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the attempt's outcome
        return {
            "kind": "raised", "error": type(error).__name__, "message": str(error),
            "retry_after": error.retry_after if isinstance(error, Transient) else None,
            "passing": isinstance(error, Transient), "ours": isinstance(error, NuorderPosError),
            "trace": traceback.format_exc(),
        }  # fmt: skip


def _write(writer: int, told: dict[str, Any]) -> None:
    data = json.dumps(told).encode() + b"\n"
    while data:
        data = data[os.write(writer, data) :]
