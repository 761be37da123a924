"""Match quality: weeks without holes, shares, and how long exports took. A week is named by its Monday, in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

WEEK = timedelta(days=7)
SHOWN_WEEKS = 12
"""How many weeks are shown where nobody asked for others."""
MOST_WEEKS = 104
"""Two years: more columns than these cannot be told apart."""
_YEARS = (2000, 2100)
_HOUR = Decimal(3600)

LOST = ("missing_upc", "invalid_upc", "duplicate_upc", "archived_upc")
"""The warnings by which a variant loses its match, in the order in which a code is looked at."""


def monday(day: date) -> date:
    """The Monday of the ISO week that the day is in."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Period:
    """Whole weeks, from the one that begins on ``first`` to the one that begins on ``last``."""

    first: date
    last: date

    @property
    def weeks(self) -> tuple[date, ...]:
        """Every Monday of the period, whether something happened in that week or not."""
        count = (self.last - self.first) // WEEK + 1
        return tuple(self.first + WEEK * number for number in range(count))

    @property
    def start(self) -> datetime:
        """The first instant of the period."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return datetime.combine(self.last + WEEK, time(), UTC)


def usual_period(oldest: date, newest: date, count: int = SHOWN_WEEKS) -> Period:
    """The last weeks up to the newest data, from the oldest data on where there are fewer."""
    last = monday(newest)
    return Period(max(monday(oldest), last - WEEK * (count - 1)), last)


def read_period(first: str, last: str, usual: Period) -> Period:
    """The weeks that the days ``first`` and ``last`` are in. Where one is left out, as many weeks as usual.

    ``ValueError`` says in a sentence what is wrong.
    """
    begins, ends = _day("from", first), _day("to", last)
    if begins is None and ends is None:
        return usual
    most = WEEK * (SHOWN_WEEKS - 1)
    if ends is None:
        assert begins is not None
        ends = max(begins, min(usual.last, begins + WEEK * (MOST_WEEKS - 1)))
    begins = ends - most if begins is None else begins
    if begins > ends:
        raise ValueError(
            f"The first week ({begins}) is after the last ({ends}): choose an earlier first week."
        )
    found = Period(begins, ends)
    if len(found.weeks) > MOST_WEEKS:
        raise ValueError(
            f"These are {len(found.weeks)} weeks, and the page shows {MOST_WEEKS} at most: choose a shorter period."
        )
    return found


def _day(name: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{name}={text[:40]!r} is no date: write it as 2026-03-02.") from None
    if not _YEARS[0] <= day.year < _YEARS[1]:
        raise ValueError(
            f"{name}={day} is out of range: choose a year between {_YEARS[0]} and {_YEARS[1] - 1}."
        )
    return monday(day)


def share(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` as a number between 0 and 1, to a hundredth of a percent; ``None`` of nothing."""
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Counts:
    """Variants of the current reports by what was found for them."""

    orders: int = 0
    variants: int = 0
    confirmed: int = 0
    upc_match: int = 0
    new_item: int = 0

    @property
    def matched(self) -> int:
        """Variants that the POS knew."""
        return self.confirmed + self.upc_match

    @property
    def match_rate(self) -> Decimal | None:
        """The share of variants that the POS knew."""
        return share(self.matched, self.variants)


def total(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    found = list(counts)
    return Counts(*(sum(getattr(one, field.name) for one in found) for field in fields(Counts)))


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long orders took from first seen as final to exported; half of them, and nine of ten, took no longer."""

    orders: int
    median: Decimal
    ninetieth: Decimal

    @classmethod
    def of(cls, orders: int, seconds: Sequence[int]) -> LeadTime:
        """From the seconds at the ranks ``(n + 1) / 2``, ``(n + 2) / 2`` and nine tenths of ``n`` (rounded up)."""
        low, high, ninetieth = seconds
        return cls(orders, hours(Decimal(low + high) / 2), hours(Decimal(ninetieth)))


def ranks(count: int) -> tuple[int, int, int]:
    """At which places of an ordered row its median (between the first two) and its 90th percentile stand."""
    return (count + 1) // 2, (count + 2) // 2, (9 * count + 9) // 10


def hours(seconds: Decimal) -> Decimal:
    """Seconds as hours, to a hundredth."""
    return (seconds / _HOUR).quantize(Decimal("0.01"), ROUND_HALF_UP)
