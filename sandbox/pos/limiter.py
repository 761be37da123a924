"""Leaky bucket and burst limiter of the POS API. It is never off.

One bucket belongs to a pair of account and API client; the sandbox has one of each. The arithmetic is that of
the documentation in force since 2026-03-17: size ``90 + 10 x (registers - 1)``, drip
``1 + 0.5 x (registers - 1)`` per second, and at most a share of the size as requests per second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.money import plain, to_decimal
from sandbox.switches import Switches


@dataclass(frozen=True)
class Verdict:
    """What the limiter says about one request, with the headers that go on its answer."""

    blocked_by: str | None
    headers: dict[str, str]


class Limiter:
    """Level and counters of one bucket."""

    def __init__(self, clock: Clock, switches: Switches, account: str, client: str) -> None:
        self._clock, self._switches = clock, switches
        self._account, self._client = account, client
        self._level = 0.0
        self._drained_at = clock.ticks()
        self._window = -1
        self._in_window = 0
        self._requests = 0
        self._forced_burst = False

    @property
    def size(self) -> int:
        """Bucket size: 90 for one register, 10 more for each further one."""
        return self._switches.whole("bucket_size") or 90 + 10 * (self._switches.whole("registers") - 1)

    @property
    def drip(self) -> float:
        """Drips per second: 1 for one register, half a drip more for each further one."""
        return self._switches.number("drip_rate") or 1 + 0.5 * (self._switches.whole("registers") - 1)

    @property
    def ceiling(self) -> int:
        """Requests per second: 20 for a bucket of 90; the share for other sizes is the sheet's assumption."""
        return self._switches.whole("burst_ceiling") or self.size * 20 // 90

    def level(self) -> float:
        """The level now, drained continuously."""
        now = self._clock.ticks()
        self._level = max(0.0, self._level - (now - self._drained_at) * self.drip)
        self._drained_at = now
        return self._level

    def fill(self, seconds: float) -> None:
        """Fault ``bucket_429``: overfill the bucket so that it takes ``seconds`` to drain below its size. The
        window is emptied, because the burst limiter would answer first."""
        self.level()
        self._in_window = 0
        self._level = self.size + seconds * self.drip * self._clock.speed

    def force_burst(self) -> None:
        """Fault ``burst_429``: the next request meets a full window."""
        self._forced_burst = True

    def charge(self, cost: float) -> Verdict:
        """Count one request of known cost.

        A request is served while the level is below the size, and may overshoot it once; a blocked request
        adds nothing to the level. Every request counts 1 in its window of one second, whatever its cost.
        """
        level, size = self.level(), self.size
        window = int(self._clock.ticks())
        if window != self._window:
            self._window, self._in_window = window, 0
        self._requests += 1
        if self._forced_burst:
            self._forced_burst = False
            self._in_window = max(self._in_window, self.ceiling)
        if self._in_window >= self.ceiling:
            return self._blocked("api-burst-limiter", cost, 1.0)
        self._in_window += 1
        full = level > size if self._switches.text("level_equal_size") == "serve" else level >= size
        if full:
            wait = (level - size) / self.drip / self._clock.speed
            return self._blocked("api-leaky-bucket", cost, wait)
        self._level = level + cost
        return Verdict(None, self.headers(cost))

    def headers(self, cost: float) -> dict[str, str]:
        """The headers on every answer. The drip rate is the effective one, so it includes the clock speed."""
        return {
            "X-LS-Acct-Id": self._account,
            "X-LS-Oauth-Client-Id": self._client,
            "X-LS-Api-Bucket-Level": f"{self._level:.14g}/{self.size}",
            "X-LS-API-Burst-Level": f"{self._in_window}/{self.ceiling}",
            "X-LS-Api-Drip-Rate": _number(self.drip * self._clock.speed),
            "X-LS-Api-Request-Cost": _number(cost),
            "Cf-Ray": f"{self._requests:016x}-SBX",
        }

    def _blocked(self, by: str, cost: float, wait: float) -> Verdict:
        """A refusal: the limiter's name and whole seconds to wait, rounded up and at least one."""
        headers = self.headers(cost)
        headers["X-LS-API-RateLimit-Type"] = by
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
        return Verdict(by, headers)


def _number(value: float) -> str:
    return plain(to_decimal(f"{value:.6f}"))
