"""The four figures of the page "Match quality": what each shows, its drawings, and its numbers as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from nuorder_pos.cli.render.sheet import as_csv
from nuorder_pos.cli.text import plural
from nuorder_pos.cli.words import LINE_STATUS
from nuorder_pos.domain.quality import LOST, Counts, LeadTime, Period, share, total
from nuorder_pos.store import quality
from nuorder_pos.store.engine import Engine
from nuorder_pos.web import charts
from nuorder_pos.web.charts import Drawing, Series, percent

ALL = "All brands"
DRAWN = 12
"""How many brands are drawn: those with the most. The table and the file have all of them."""
LOST_WORDS = {
    "missing_upc": "No UPC from the brand",
    "invalid_upc": "UPC is not valid",
    "duplicate_upc": "Several POS items have the UPC",
    "archived_upc": "Only an archived POS item has the UPC",
}

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a figure's numbers: its name in the file, its heading in the table, how its values are written."""

    name: str
    heading: str
    number: bool = True
    form: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its numbers. Without rows there is nothing to draw, and ``empty`` says so."""

    name: str
    heading: str
    reading: str
    empty: str
    panels: tuple[Drawing, ...]
    not_drawn: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def texts(self, most: int) -> list[list[str]]:
        """The first rows as the table shows them."""
        return [
            [
                "" if value is None else column.form(value)
                for column, value in zip(self.columns, row, strict=True)
            ]
            for row in self.rows[:most]
        ]

    def csv(self) -> str:
        """All rows as comma-separated text that a spreadsheet can open safely."""
        return as_csv([column.name for column in self.columns], self.rows)


_WEEK = Column("week", "Week of", number=False)
_BRAND = Column("brand", "Brand", number=False)
_STATUSES = (
    Series(LINE_STATUS["confirmed"], "confirmed"),
    Series(LINE_STATUS["upc_match"], "upc-match"),
    Series(LINE_STATUS["new_item"], "new-item"),
)


@dataclass(frozen=True)
class Numbers:
    """What the database counts for a scope; each is asked for once, when it is first needed."""

    engine: Engine
    scope: quality.Scope

    @cached_property
    def counts(self) -> dict[tuple[str, date], Counts]:
        """Variants by status, by brand and week."""
        return quality.match_counts(self.engine, self.scope)

    @cached_property
    def lost(self) -> dict[str, dict[str, int]]:
        """Variants by what cost them their match, by brand."""
        return quality.lost_matches(self.engine, self.scope)

    @cached_property
    def items(self) -> dict[tuple[str, date], int]:
        """Items created, by brand and week."""
        return quality.items_created(self.engine, self.scope)

    def times(
        self, *, by_brand: bool = True, by_week: bool = True
    ) -> dict[tuple[str, date | None], LeadTime]:
        """From final to exported."""
        return quality.lead_times(self.engine, self.scope, by_brand=by_brand, by_week=by_week)


def _count(name: str, heading: str) -> Column:
    return Column(name, heading, form=lambda value: f"{value:,}")


def match_rate(numbers: Numbers, period: Period) -> Figure:
    """Variants by status, by week and brand."""
    found = numbers.counts
    brands = _most(found, lambda counts: counts.variants)
    weekly = {brand: _weeks_of(found, brand) for brand in brands}
    if len(brands) > 1:
        together = {
            week: total(w[week] for w in weekly.values() if week in w) for week in {w for _, w in found}
        }
        weekly = {ALL: together} | weekly
    panels = [
        charts.shares(
            f"match-rate-{place}", f"{name}: {percent(total(counts.values()).match_rate)} of variants matched",
            period.weeks, {week: (one.confirmed, one.upc_match, one.new_item) for week, one in counts.items()},
            _STATUSES,
        )
        for place, (name, counts) in enumerate(_drawn(weekly))
    ]  # fmt: skip
    return Figure(
        "match-rate",
        "Match rate by week and brand",
        "A column is a week in which match reports were built, cut by what was found for the ordered variants; the two"
        " blue parts, Confirmed and UPC match, are what the POS knew. The percentages at the right are those of the last"
        " week with data. Each order counts once, with its current report.",
        "No match report was built in these weeks.",
        tuple(panels),
        _left_out(brands),
        (
            _WEEK, _BRAND, _count("orders", "Orders"), _count("variants", "Variants"),
            _count("confirmed", _STATUSES[0].name), _count("upc_match", _STATUSES[1].name),
            _count("new_item", _STATUSES[2].name), Column("match_rate", "Match rate", form=percent),
        ),
        tuple(
            (week, name, one.orders, one.variants, one.confirmed, one.upc_match, one.new_item, one.match_rate)
            for name, counts in weekly.items()
            for week, one in sorted(counts.items())
        ),
    )  # fmt: skip


def lost_matches(numbers: Numbers, period: Period) -> Figure:
    """Variants with a warning that costs a match, by brand."""
    found = numbers.lost
    counts: dict[str, list[Counts]] = {}
    for (brand, _), one in numbers.counts.items():
        counts.setdefault(brand, []).append(one)
    variants = {brand: total(every).variants for brand, every in counts.items()}
    lost = {brand: found.get(brand, dict.fromkeys(LOST, 0)) for brand in variants}
    brands = sorted(lost, key=lambda brand: (-sum(lost[brand].values()), brand.casefold(), brand))
    most = max((number for one in found.values() for number in one.values()), default=0)
    panels = [
        charts.bars(
            f"lost-matches-{place}",
            f"{LOST_WORDS[code]}: {plural(sum(one[code] for one in lost.values()), 'variant')}",
            [
                (brand, lost[brand][code], f"{lost[brand][code]:,} ({percent(share(lost[brand][code], variants[brand]))})")
                for brand in brands[:DRAWN]
            ],
            most,
            Series("variants", "lost"),
        )
        for place, code in enumerate(LOST)
    ]  # fmt: skip
    return Figure(
        "lost-matches",
        "Where matches are lost",
        "A bar is the number of a brand's variants that have this problem in the current reports of these weeks, with"
        " its share of all variants of the brand. All bars have the same scale; the longest show where asking the brand"
        " for better codes, or tidying the POS, helps most.",
        "No match report was built in these weeks.",
        tuple(panels) if found else (),
        _left_out(brands) if found else 0,
        (
            _BRAND, _count("variants", "Variants"),
            *(_count(code, LOST_WORDS[code]) for code in LOST),
            *(Column(f"{code}_share", f"Share: {_lower(LOST_WORDS[code])}", form=percent) for code in LOST),
        ),
        tuple(
            (brand, variants[brand], *(lost[brand][code] for code in LOST),
             *(share(lost[brand][code], variants[brand]) for code in LOST))
            for brand in brands
        ),
    )  # fmt: skip


def new_items(numbers: Numbers, period: Period) -> Figure:
    """Items that exports made in the POS, by week and brand."""
    found = numbers.items
    brands = _most(found, lambda items: items)
    weekly = {brand: _weeks_of(found, brand) for brand in brands}
    if len(brands) > 1:
        together = {week: sum(w.get(week, 0) for w in weekly.values()) for week in {w for _, w in found}}
        weekly = {ALL: together} | weekly
    highest = max(found.values(), default=0)
    panels = [
        charts.columns(
            f"new-items-{place}", f"{name}: {plural(sum(values.values()), 'new item')}", period.weeks, values,
            max(values.values()) if name == ALL else highest, Series("new items", "new-item"),
        )
        for place, (name, values) in enumerate(_drawn(weekly))
    ]  # fmt: skip
    return Figure(
        "new-items",
        "New items created in the POS",
        "A column is the number of items that exports really created in that week, by the journal of what was written;"
        " items that were already there, or that another order's export had made, do not count."
        + (" The charts of the brands have one scale." if len(brands) > 1 else ""),
        "No export created an item in these weeks.",
        tuple(panels),
        _left_out(brands),
        (_WEEK, _BRAND, _count("items_created", "Items created")),
        tuple(
            (week, name, values.get(week, 0))
            for name, values in weekly.items()
            for week in period.weeks
        ),
    )  # fmt: skip


def lead_time(numbers: Numbers, period: Period) -> Figure:
    """How long orders took from first seen as final to exported, by week and brand."""
    found = numbers.times()
    brands = _most(found, lambda one: one.orders)
    weekly: dict[str, dict[date, LeadTime]] = {brand: _weeks_of(found, brand) for brand in brands}
    highest = max((one.ninetieth for one in found.values()), default=Decimal(0))
    if len(brands) > 1:
        weekly = {ALL: _weeks_of(numbers.times(by_brand=False), "")} | weekly
    series = (Series("Median", "median"), Series("9 of 10", "ninetieth"))
    panels = [
        charts.lines(
            f"lead-time-{place}", f"{name}: {plural(sum(one.orders for one in values.values()), 'order')} exported",
            period.weeks, {week: (one.median, one.ninetieth) for week, one in values.items()}, highest, series,
        )
        for place, (name, values) in enumerate(_drawn(weekly))
    ]  # fmt: skip
    return Figure(
        "lead-time",
        "Time from finalized to exported",
        "Half of the orders exported in a week took no longer than the median (dots), nine of ten no longer than the"
        " upper line (squares). The time begins when this installation first saw the order as final, and ends when its"
        " purchase order was read back and found right; orders exported by hand are left out.",
        "No order was exported in these weeks.",
        tuple(panels),
        _left_out(brands),
        (
            _WEEK, _BRAND, _count("orders", "Orders exported"),
            Column("median_hours", "Median", form=charts.duration),
            Column("p90_hours", "Nine of ten within", form=charts.duration),
        ),
        tuple(
            (week, name, one.orders, one.median, one.ninetieth)
            for name, values in weekly.items()
            for week, one in sorted(values.items())
        ),
    )  # fmt: skip


FIGURES: dict[str, Callable[[Numbers, Period], Figure]] = {
    "match-rate": match_rate,
    "lost-matches": lost_matches,
    "new-items": new_items,
    "lead-time": lead_time,
}


def _weeks_of(found: Mapping[tuple[str, Any], Any], brand: str) -> dict[date, Any]:
    return {week: value for (name, week), value in found.items() if name == brand}


def _most(found: Mapping[tuple[str, Any], Any], size: Callable[[Any], int]) -> list[str]:
    """The brands that were found, those with the most first."""
    sizes: dict[str, int] = {}
    for (brand, _), value in found.items():
        sizes[brand] = sizes.get(brand, 0) + size(value)
    return sorted(sizes, key=lambda brand: (-sizes[brand], brand.casefold(), brand))


def _drawn(weekly: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    names: Sequence[str] = list(weekly)
    return [(name, weekly[name]) for name in names[: DRAWN + (ALL in weekly)]]


def _left_out(brands: Sequence[str]) -> int:
    return max(0, len(brands) - DRAWN)


def _lower(text: str) -> str:
    return text if text.startswith("UPC") else text[0].lower() + text[1:]
