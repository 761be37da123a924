"""Time in the sandbox: the wall clock for stamps, and a clock that may run faster for limits and
lifetimes."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The two times the servers use.

    ``speed`` shortens waiting in tests: at speed 60 an access token of one hour lives one minute and a leaky
    bucket drains sixty times as fast. Stamps on records stay real.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("clock speed must be above zero")
        self.speed = speed
        self._start = time.monotonic()

    def now(self) -> datetime:
        """Wall-clock time in UTC."""
        return datetime.now(UTC)

    def ticks(self) -> float:
        """Seconds since the start, ``speed`` times as fast as real ones. Limits and lifetimes count these."""
        return (time.monotonic() - self._start) * self.speed

    def real_seconds(self, ticks: float) -> float:
        """How long a span of :meth:`ticks` takes on a client's own clock."""
        return ticks / self.speed
