"""The leaky bucket as arithmetic: how full it is, how long to wait, what an answer's headers correct.

Pure, in drips and seconds. One bucket belongs to one (account, API client) and is shared by all processes through a
``PaceStore``. Predicted cost is charged before a request is sent; its answer's headers correct the estimate, and they
are trusted over every number in a document.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from nuorder_pos.clients.classify import header, limiter, retry_after

T = TypeVar("T")

SMALLEST_SIZE = 90.0
"""Bucket of an account with one register: the smallest that is documented, and where an unknown bucket starts."""
SMALLEST_DRIP = 1.0
_BURST_SHARE = 20 / 90
_PARTS = 4
"""A second is cut into four windows: spread over them, no second of the server's own counting can hold too many."""
_FORGOTTEN = 120.0
"""Seconds after which a request without an answer is no longer thought to be under way."""
_LONGEST_BLOCK = 600.0
_CLOCKS_APART = 60.0
"""Seconds: the clocks of two machines differ by less. One that is further behind was put back."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A request on the books: when it was reserved, its cost in drips, when its answer was booked (epoch seconds)."""

    reserved: float
    cost: float
    settled: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is believed of a bucket at the instant ``at``.

    ``burst_used`` counts the requests of the quarter second ``window``; ``burst_limit`` is the server's limit for a
    whole second. ``charges`` are the requests under way, and those answered while one of them was.
    """

    level: float
    size: float
    drip: float
    at: datetime
    burst_used: int = 0
    burst_limit: int = 20
    window: int = 0
    blocked_until: datetime | None = None
    charges: tuple[Charge, ...] = ()


def new_bucket(now: datetime) -> Bucket:
    """An empty bucket of the smallest documented size; the first answer's headers correct it."""
    return Bucket(0.0, SMALLEST_SIZE, SMALLEST_DRIP, now, burst_limit=burst_share(SMALLEST_SIZE))


def burst_share(size: float) -> int:
    """Requests per second for a bucket size where no header told: the share of the documented sample, at least 1."""
    return max(1, math.floor(size * _BURST_SHARE + 1e-9))


def drained(bucket: Bucket, now: datetime) -> Bucket:
    """The bucket at ``now``: drained, a new burst window, a block that is over forgotten.

    A clock that is a little behind the one that wrote the bucket drains nothing.
    """
    bucket = _by_this_clock(bucket, now)
    elapsed = (now - bucket.at).total_seconds()
    window = _window(now)
    blocked = bucket.blocked_until
    return replace(
        bucket,
        level=max(0.0, bucket.level - max(0.0, elapsed) * bucket.drip),
        at=max(now, bucket.at),
        burst_used=bucket.burst_used if window == bucket.window else 0,
        window=window,
        blocked_until=None if blocked is None or blocked <= now else blocked,
        charges=_pruned(bucket.charges, now.timestamp()),
    )


def _by_this_clock(bucket: Bucket, now: datetime) -> Bucket:
    """The bucket where the clock was put back since it was written: nobody waits until that instant comes again."""
    if (bucket.at - now).total_seconds() <= _CLOCKS_APART:
        return bucket
    blocked, latest = bucket.blocked_until, now + timedelta(seconds=_LONGEST_BLOCK)
    return replace(
        bucket, at=now, charges=(), blocked_until=None if blocked is None else min(blocked, latest)
    )


def reserve(bucket: Bucket, cost: float, now: datetime) -> tuple[Bucket, float]:
    """Charges ``cost`` and returns a wait of 0 when the request may be sent now; else charges nothing and returns the
    seconds to wait before asking again.

    A request is sent only when it keeps the level within the size; one that costs more than the size needs it empty.
    """
    now_bucket = drained(bucket, now)
    if now_bucket.blocked_until is not None:
        return now_bucket, (now_bucket.blocked_until - now).total_seconds()
    if now_bucket.burst_used >= _burst_allowance(now_bucket.burst_limit):
        return now_bucket, _to_next_window(now)
    room = max(now_bucket.size - cost, 0.0)
    if now_bucket.level > room + 1e-9:
        return now_bucket, max(0.001, (now_bucket.level - room) / max(now_bucket.drip, 0.001))
    return (
        replace(
            now_bucket,
            level=now_bucket.level + cost,
            burst_used=now_bucket.burst_used + 1,
            charges=(*now_bucket.charges, Charge(now.timestamp(), cost)),
        ),
        0.0,
    )


def settle(
    bucket: Bucket, predicted: float, actual: float | None, headers: Mapping[str, str], now: datetime
) -> Bucket:
    """The bucket after an answer, or after a request that ended without one (no headers: the charge stays).

    The level in an answer was true when the server wrote it. What was charged since this request was reserved may not
    be in it, so the estimate is lowered only to that level plus those charges, and raised to it whenever it is higher.
    """
    now_bucket = drained(bucket, now)
    own, others = _take(now_bucket.charges, predicted)
    level, size = _fraction(header(headers, "X-LS-Api-Bucket-Level"))
    used, limit = _fraction(header(headers, "X-LS-API-Burst-Level"))
    estimate = now_bucket.level + ((actual - predicted) if actual is not None else 0.0)
    if level is not None:
        under_way = sum(charge.cost for charge in others if charge.settled is None)
        since = own.reserved if own else 0.0
        unseen = sum(c.cost for c in others if c.settled is None or c.settled >= since)
        estimate = min(max(estimate, level + under_way), level + unseen)
    stamp = now.timestamp()
    if own is not None:
        own = replace(own, cost=predicted if actual is None else actual, settled=stamp)
    size = size if size else now_bucket.size
    burst_limit = int(limit) if limit else now_bucket.burst_limit
    if not limit and size != now_bucket.size:
        burst_limit = burst_share(size)
    settled = replace(
        now_bucket,
        level=max(0.0, estimate),
        size=size,
        drip=_positive(header(headers, "X-LS-Api-Drip-Rate")) or now_bucket.drip,
        burst_limit=burst_limit,
        charges=_pruned((*others, own) if own else others, stamp),
    )
    if used is not None and limit and used >= limit:
        return _block(settled, now, 1.0)
    return settled


def blocked(bucket: Bucket, wait: float | None, kind: str, now: datetime) -> Bucket:
    """The bucket after a 429: nothing is sent before ``wait`` seconds (the server's ``Retry-After``) are over.

    ``kind`` is the header's limiter type. The burst limiter needs at least one second; the leaky bucket is full.
    """
    now_bucket = drained(bucket, now)
    if "burst" in kind:
        return _block(now_bucket, now, max(1.0, wait or 0.0))
    full = replace(now_bucket, level=max(now_bucket.level, now_bucket.size))
    return _block(full, now, wait if wait is not None else max(1.0, 1.0 / max(now_bucket.drip, 0.01)))


def actual_cost(headers: Mapping[str, str]) -> float | None:
    """``X-LS-Api-Request-Cost`` in drips, or ``None``."""
    return _number(header(headers, "X-LS-Api-Request-Cost"))


def dumps(bucket: Bucket) -> str:
    """The bucket as one line of JSON, for a store that keeps it as text."""
    plain = asdict(bucket)
    plain["at"] = bucket.at.isoformat()
    plain["blocked_until"] = bucket.blocked_until.isoformat() if bucket.blocked_until else None
    return json.dumps(plain, separators=(",", ":"))


def loads(text: str) -> Bucket:
    """The bucket that ``dumps`` wrote."""
    plain = json.loads(text)
    until = plain.pop("blocked_until")
    return Bucket(
        **{
            **plain,
            "at": datetime.fromisoformat(plain["at"]),
            "blocked_until": datetime.fromisoformat(until) if until else None,
            "charges": tuple(Charge(**charge) for charge in plain["charges"]),
        }
    )


class PaceStore(Protocol):
    """Where the bucket lives. ``update`` applies a function to it atomically over all processes that share it."""

    def update(self, fn: Callable[[Bucket], tuple[Bucket, T]]) -> T:
        """Reads the bucket (``new_bucket`` when there is none), stores what ``fn`` makes of it, returns its result."""
        ...


class InMemoryPace:
    """A bucket for one process."""

    def __init__(self, bucket: Bucket | None = None) -> None:
        self.bucket = bucket or new_bucket(datetime.now(UTC))
        self._lock = threading.Lock()

    def update(self, fn: Callable[[Bucket], tuple[Bucket, T]]) -> T:
        with self._lock:
            self.bucket, result = fn(self.bucket)
            return result


def blocked_by(headers: Mapping[str, str]) -> tuple[float | None, str]:
    """(``Retry-After`` in seconds, limiter type) of a 429."""
    return retry_after(headers), limiter(headers)


def _burst_allowance(limit: int) -> int:
    # Five quarter windows touch any one second: five times this is never more than the limit (from 5 upwards).
    return max(1, limit // (_PARTS + 1))


def _window(now: datetime) -> int:
    return int(now.timestamp() * _PARTS) % 1_000_000_000


def _to_next_window(now: datetime) -> float:
    parts = now.timestamp() * _PARTS
    return max(0.001, (math.floor(parts) + 1 - parts) / _PARTS)


def _block(bucket: Bucket, now: datetime, seconds: float) -> Bucket:
    until = now + timedelta(seconds=min(seconds, _LONGEST_BLOCK))
    return replace(bucket, blocked_until=max(until, bucket.blocked_until or until))


def _take(charges: tuple[Charge, ...], cost: float) -> tuple[Charge | None, tuple[Charge, ...]]:
    """The unanswered charge of this cost, and the rest.

    Of several equal ones nobody knows which was answered: the latest goes, and the earliest time stays with each, so
    that none is taken for younger than it is.
    """
    equal = [n for n, one in enumerate(charges) if one.settled is None and math.isclose(one.cost, cost)]
    if not equal:
        return None, charges
    gone = equal[-1]
    return charges[equal[0]], charges[:gone] + charges[gone + 1 :]


def _pruned(charges: tuple[Charge, ...], now: float) -> tuple[Charge, ...]:
    """Without the charges that no request under way can still have to reckon with."""
    under_way = [c.reserved for c in charges if c.settled is None and now - c.reserved <= _FORGOTTEN]
    if not under_way:
        return ()
    oldest = min(under_way)
    return tuple(
        c
        for c in charges
        if (c.settled is None and now - c.reserved <= _FORGOTTEN)
        or (c.settled is not None and c.settled >= oldest)
    )


def _fraction(text: str) -> tuple[float | None, float | None]:
    """``"12.35/90"`` as numbers; ``None`` for what is no number."""
    left, _, right = text.partition("/")
    return _number(left), _positive(right)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _positive(text: str) -> float | None:
    return _number(text) or None
