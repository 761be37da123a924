"""Virtual time: the real one, moved ahead instead of slept through. One for all processes that are forked from here."""

from __future__ import annotations

import mmap
import struct
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

Follower = Callable[[float], None]
"""Something else that has a clock: told how many seconds the time is ahead now."""


class Clock:
    """The present instant. How far it is ahead of the real one stands in memory that forked processes share, so a
    process that is paused finds the time moved when it goes on."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)
        self._shared[:8] = struct.pack("d", 0.0)
        self.followers: list[Follower] = []
        self._replaced: list[tuple[dict[str, Any], str, Any]] = []

    @property
    def ahead(self) -> float:
        """Seconds by which this clock is ahead of the real time."""
        seconds: float = struct.unpack("d", self._shared[:8])[0]
        return seconds

    def move_to(self, ahead: float) -> None:
        """Stand so many seconds ahead of the real time, and have everybody follow."""
        self._shared[:8] = struct.pack("d", ahead)
        for follower in self.followers:
            follower(ahead)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, at once."""
        if seconds > 0:
            self.move_to(self.ahead + seconds)

    def __call__(self) -> datetime:
        """The present instant, aware."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def install(self) -> None:
        """Have the product's modules read this clock wherever they read the machine's."""
        shifted, machine = _shifted(self), _Machine(self)
        for name, module in list(sys.modules.items()):
            if not name.startswith("nuorder_pos."):
                continue
            if (known := vars(module).get("time")) is time or isinstance(known, _Machine):
                self._replace(vars(module), "time", machine)
            if name in _READ_THE_CLOCK:
                self._replace(vars(module), "datetime", shifted)

    def remove(self) -> None:
        """Have them read the machine's clock again."""
        for names, name, original in reversed(self._replaced):
            names[name] = original
        self._replaced.clear()

    def _replace(self, names: dict[str, Any], name: str, own: Any) -> None:
        self._replaced.append((names, name, names[name]))
        names[name] = own


_READ_THE_CLOCK = frozenset(
    {"nuorder_pos.store.engine", "nuorder_pos.pipeline.orders", "nuorder_pos.clients.pacer"}
)


class _Machine:
    """The module ``time`` with this clock in it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sleep = clock.sleep

    def monotonic(self) -> float:
        return time.monotonic() + self._clock.ahead

    def time(self) -> float:
        return time.time() + self._clock.ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def _shifted(clock: Clock) -> type[datetime]:
    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=clock.ahead)

    return Shifted
