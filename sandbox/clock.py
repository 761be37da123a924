"""Time in the sandbox: the wall clock for stamps, and a clock that may run faster for limits and
lifetimes. Both can be moved ahead."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The two times the servers use.

    ``speed`` shortens waiting in tests: at speed 60 an access token of one hour lives one minute and a leaky
    bucket drains sixty times as fast. Stamps on records stay real.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("clock speed must be above zero")
        self.speed = speed
        self.moved = 0.0
        self._start = time.monotonic()
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def move_to(self, moved: float) -> None:
        """Stand ``moved`` seconds ahead of the real time. Whoever sleeps looks at the clock again. From any thread."""
        self.moved = moved
        for loop, jumped in tuple(self._sleepers):
            loop.call_soon_threadsafe(jumped.set)

    def now(self) -> datetime:
        """Wall-clock time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.moved)

    def seconds(self) -> float:
        """Seconds since the start, those by which the clock was moved included."""
        return time.monotonic() - self._start + self.moved

    def ticks(self) -> float:
        """:meth:`seconds`, ``speed`` times as fast. Limits and lifetimes count these."""
        return self.seconds() * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait until this clock has gone on by ``seconds``, be it by itself or because it was moved."""
        due = self.seconds() + seconds
        jumped = asyncio.Event()
        sleeper = (asyncio.get_running_loop(), jumped)
        self._sleepers.add(sleeper)
        try:
            while True:
                jumped.clear()
                if (left := due - self.seconds()) <= 0:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(jumped.wait(), left)
        finally:
            self._sleepers.discard(sleeper)

    def real_seconds(self, ticks: float) -> float:
        """How long a span of :meth:`ticks` takes on a client's own clock."""
        return ticks / self.speed
