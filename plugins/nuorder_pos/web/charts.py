"""Charts as geometry: what stands where in a drawing, and of which kind it is. ``charts.html`` draws it as SVG.

Colours are the style sheet's business (a mark has a class), so that a drawing is readable in light and dark. Whatever a
colour says is written beside it as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count as count_up
from math import ceil
from typing import Literal

from nuorder_pos.cli.text import short

WIDTH = 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 138, 20, 28
_MARGIN = 16
"""At the right, where nothing is written there."""
_PLOT_HEIGHT = 150
_LINE_HEIGHT = 15
"""How far apart two texts must be, so that both can be read."""
_WIDEST_COLUMN = 36
_WITH_EDGES = 6
_ROOM_FOR_A_NUMBER = 26
_ROOM_FOR_A_WEEK = 74
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing in a drawing. What the numbers mean depends on the shape; ``hint`` shows under the pointer."""

    shape: Literal["rect", "line", "path", "dot", "square", "text"]
    css: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    text: str = ""
    anchor: Literal["start", "middle", "end"] = "start"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: its size, its name, what it shows in a sentence, and its marks from back to front."""

    ident: str
    title: str
    about: str
    width: int
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One of the things that a chart shows side by side."""

    name: str
    css: str


def shares(
    ident: str,
    title: str,
    weeks: Sequence[date],
    counts: Mapping[date, Sequence[int]],
    series: Sequence[Series],
) -> Drawing:
    """Columns of one height, one a week, cut in proportion to the counts; the last one's parts have their names."""
    marks = _frame(weeks, [(f"{part}%", Decimal(part) / 100) for part in (0, 25, 50, 75, 100)])
    named: list[tuple[float, str, str]] = []
    for week, middle, width in _places(weeks):
        whole = sum(counts.get(week, ()))
        if not whole:
            continue
        named, below = [], Decimal(0)
        for one, count in zip(series, counts[week], strict=True):
            part = Decimal(count) / whole
            top, bottom = _y(below + part), _y(below)
            below += part
            if count:
                hint = f"{week_name(week)}: {one.name} {percent(part)} ({count:,} of {whole:,})"
                marks.append(
                    Mark(
                        "rect",
                        _bar(one, width),
                        _px(middle - width / 2),
                        top,
                        _px(width),
                        _px(bottom - top),
                        hint=hint,
                    )
                )
            named.append((_px((top + bottom) / 2), f"{one.name} {percent(part, 0)}", one.css))
    marks += _labels(named)
    latest = max((week for week in weeks if sum(counts.get(week, ()))), default=None)
    about = _about(weeks, latest, "; ".join(text for _, text, _ in named))
    return _drawing(ident, title, about, marks)


def columns(
    ident: str, title: str, weeks: Sequence[date], values: Mapping[date, int], most: int, series: Series
) -> Drawing:
    """A column a week, with its number above it where there is room. ``most`` is the value that the axis must reach."""
    ticks = scale(Decimal(most))
    end = ticks[-1]
    marks = _frame(weeks, [(f"{tick:,.0f}", tick / end) for tick in ticks], _MARGIN)
    places = _places(weeks, _MARGIN)
    roomy = len(places) < 2 or places[1][1] - places[0][1] >= _ROOM_FOR_A_NUMBER
    highest = max(values.values(), default=0)
    for week, middle, width in places:
        value = values.get(week, 0)
        if not value:
            continue
        top = _y(value / end)
        hint = f"{week_name(week)}: {value:,}"
        marks.append(
            Mark(
                "rect",
                _bar(series, width),
                _px(middle - width / 2),
                top,
                _px(width),
                _px(_y(Decimal(0)) - top),
                hint=hint,
            )
        )
        if roomy or value == highest:
            marks.append(Mark("text", "value", _px(middle), _px(top - 3), text=f"{value:,}", anchor="middle"))
            highest = -1 if value == highest else highest
    latest = max((week for week in weeks if values.get(week)), default=None)
    about = _about(weeks, latest, f"{values[latest]:,} {series.name}" if latest else "")
    return _drawing(ident, title, about, marks)


def bars(ident: str, title: str, rows: Sequence[tuple[str, int, str]], most: int, series: Series) -> Drawing:
    """A bar for each row (its name, its number, the number in words), the name above it and the words at its end."""
    step, room = 38, WIDTH - 124
    marks: list[Mark] = []
    for place, (name, value, words) in enumerate(rows):
        y = place * step + 14
        length = _px(room * value / most) if most else 0.0
        marks.append(Mark("text", "name", 0, y, text=short(name, 60)))
        if value:
            marks.append(
                Mark(
                    "rect", f"bar thin {series.css}", 0, y + 5, max(length, 1.5), 14, hint=f"{name}: {words}"
                )
            )
        marks.append(Mark("text", "value", _px(length + 6), y + 16, text=words))
    about = "; ".join(f"{short(name, 60)}: {words}" for name, _, words in rows)
    return Drawing(ident, title, f"{about}.", WIDTH, len(rows) * step + 4, tuple(marks))


def lines(
    ident: str, title: str, weeks: Sequence[date], hours: Mapping[date, Sequence[Decimal]], most: Decimal,
    series: Sequence[Series],
) -> Drawing:  # fmt: skip
    """A line for each series through its weeks, broken where a week has nothing; dots for the first, squares for others."""
    unit, size = ("days", 24) if most > 96 else ("hours", 1)
    ticks = scale(most / size)
    end = ticks[-1]
    marks = _frame(weeks, [(f"{tick.normalize():f}", tick / end) for tick in ticks])
    marks.append(Mark("text", "tick", _LEFT - 6, 10, text=unit, anchor="end"))
    places = [place for place in _places(weeks) if place[0] in hours]
    for number, one in reversed(list(enumerate(series))):  # the first on top
        at = [(week, middle, _y(hours[week][number] / size / end)) for week, middle, _ in places]
        steps, before = [], None
        for week, x, y in at:
            joined = before is not None and (week - before).days == 7
            steps.append(f"{'L' if joined else 'M'}{_px(x)} {y}")
            before = week
        marks.append(Mark("path", f"curve {one.css}", text=" ".join(steps)))
        for week, x, y in at:
            hint = f"{week_name(week)}: {one.name} {duration(hours[week][number])}"
            marks.append(Mark("square" if number else "dot", f"point {one.css}", _px(x), y, hint=hint))
    latest = places[-1][0] if places else None
    named = (
        [
            (
                _y(hours[latest][number] / size / end),
                f"{one.name}: {duration(hours[latest][number])}",
                one.css,
            )
            for number, one in enumerate(series)
        ]
        if latest
        else []
    )
    marks += _labels(named)
    return _drawing(ident, title, _about(weeks, latest, "; ".join(text for _, text, _ in named)), marks)


# ---- what they share --------------------------------------------------------------------------------------------------


def scale(most: Decimal) -> list[Decimal]:
    """Round values from zero up to the first one that reaches ``most``, in five steps at most."""
    step = next(
        step for power in count_up() for factor in (1, 2, 5) if (step := factor * 10**power) * 5 >= most
    )
    return [Decimal(step * number) for number in range(max(1, ceil(most / step)) + 1)]


def percent(part: Decimal | None, places: int = 1) -> str:
    """A share as people write it: ``84.3%``."""
    return "" if part is None else f"{part * 100:.{places}f}%"


def duration(hours: Decimal) -> str:
    """Hours as people say them: ``40 min``, ``5.2 h``, ``3.1 days``."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def week_name(week: date) -> str:
    """How a week is called under the pointer: ``Week of 7 Sep 2026``."""
    return f"Week of {week.day} {_MONTHS[week.month - 1]} {week.year}"


def _bar(series: Series, width: float) -> str:
    # The edge that parts neighbours would leave nothing of a thin one.
    return f"bar {series.css}" if width >= _WITH_EDGES else f"bar thin {series.css}"


def _drawing(ident: str, title: str, about: str, marks: Sequence[Mark]) -> Drawing:
    return Drawing(ident, title, about, WIDTH, _TOP + _PLOT_HEIGHT + _BOTTOM, tuple(marks))


def _about(weeks: Sequence[date], latest: date | None, words: str) -> str:
    covered = f"Weeks from {weeks[0]} to {weeks[-1]}"
    return f"{covered}. Last week with data, {latest}: {words}." if latest else f"{covered}, without data."


def _y(part: Decimal) -> float:
    """Where a part of the axis stands, from 0 at its foot to 1 at its top."""
    return _px(_TOP + _PLOT_HEIGHT * (1 - part))


def _px(value: float | Decimal) -> float:
    return round(float(value), 1)


def _places(weeks: Sequence[date], right: int = _RIGHT) -> list[tuple[date, float, float]]:
    """Each week with the middle and the width of its column."""
    step = (WIDTH - _LEFT - right) / len(weeks)
    width = min(_WIDEST_COLUMN, step * 0.78)
    return [(week, _LEFT + step * (number + 0.5), width) for number, week in enumerate(weeks)]


def _frame(weeks: Sequence[date], ticks: Sequence[tuple[str, Decimal]], right: int = _RIGHT) -> list[Mark]:
    """Lines across with what they stand for, and names of as many weeks as there is room for."""
    marks = []
    for name, part in ticks:
        y = _y(part)
        marks.append(Mark("line", "grid", _LEFT, y, WIDTH - _LEFT - right))
        marks.append(Mark("text", "tick", _LEFT - 6, _px(y + 4), text=name, anchor="end"))
    places = _places(weeks, right)
    room = max(1, int((WIDTH - _LEFT - right) / _ROOM_FOR_A_WEEK))
    every = -(-len(places) // room)
    year = 0
    for week, middle, _ in places[::every]:
        name = f"{week.day} {_MONTHS[week.month - 1]}"
        if week.year != year:
            name, year = f"{name} {week.year}", week.year
        marks.append(Mark("text", "tick", _px(middle), _TOP + _PLOT_HEIGHT + 20, text=name, anchor="middle"))
    return marks


def _labels(named: Sequence[tuple[float, str, str]]) -> list[Mark]:
    """Names at the right edge, each as near to its place as the others allow."""
    order = sorted(named)
    foot = _TOP + _PLOT_HEIGHT + 4
    at: list[float] = []
    for number, (y, _, _) in enumerate(order):
        # Room is left for those below, then none comes nearer than a line to the one above.
        y = min(y + 4, foot - _LINE_HEIGHT * (len(order) - 1 - number))
        at.append(max(y, at[-1] + _LINE_HEIGHT) if at else max(y, _TOP + 4))
    x = WIDTH - _RIGHT + 8
    marks = []
    for y, (_, text, css) in zip(at, order, strict=True):
        marks.append(Mark("rect", f"key {css}", x, _px(y - 8), 4, 10))
        marks.append(Mark("text", "label", x + 8, _px(y), text=text))
    return marks
