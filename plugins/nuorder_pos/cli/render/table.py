"""The match report in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nuorder_pos.cli.output import facts, heading, indented, table
from nuorder_pos.cli.render.view import NO_SHOPS, Group, Question, Shops, View, view
from nuorder_pos.cli.text import clean, plural

if TYPE_CHECKING:
    from rich.console import RenderableType

COLUMNS = ("line", "size", "UPC", "qty", "unit cost", "status", "POS item")
WIDEST = 18
"""A column does not hold its neighbours' place beyond this; longer text still shows in full."""


def as_tables(
    report: dict[str, Any], order_name: str = "", shops: Shops = NO_SHOPS
) -> Iterator[RenderableType]:
    """The report, part by part."""
    shown = view(report, order_name, shops)
    yield heading(shown.title)
    yield facts(shown.facts[2:])
    yield ""
    yield _counted(shown)
    if shown.changes:
        yield from _list("Changed since the last report", shown.changes)
    if shown.questions:
        yield from _asked(shown)
    for title, texts in (
        ("To know", shown.warnings),
        ("Decisions", shown.decisions),
        ("Could not be written to the POS", shown.not_written),
    ):
        if texts:
            yield from _list(title, texts)
    widths = _widths(shown.groups)
    for group in shown.groups:
        yield from _group(group, widths)
    yield from _ending(shown)


def _counted(shown: View) -> str:
    *statuses, (_, variants) = shown.counts
    said = [
        f"{plural(variants, 'variant')}:",
        ", ".join(f"{number} {words}" for words, number in statuses if number),
    ]
    still_open = sum(not question.settled for question in shown.questions)
    said.append(
        f"- {plural(still_open, 'question is', 'questions are')} open."
        if still_open
        else "- nothing is open."
    )
    return " ".join(part for part in said if part)


def _asked(shown: View) -> Iterator[RenderableType]:
    yield ""
    yield heading("To be answered before it can be approved")
    for number, question in enumerate(shown.questions, start=1):
        yield indented(f"{number}. {question.where}: {question.text}", 2)
        yield from _choices(question)


def _choices(question: Question) -> Iterator[RenderableType]:
    if question.settled:
        yield indented(f"answered before: {question.settled}", 5)
    width = max((len(choice.option) for choice in question.choices), default=0)
    for choice in question.choices:
        yield indented(f"{clean(choice.option).ljust(width)}  {choice.meaning}", 5)


def _list(title: str, texts: tuple[str, ...]) -> Iterator[RenderableType]:
    yield ""
    yield heading(title)
    for text in texts:
        yield indented(f"- {text}", 2)


def _cells(group: Group) -> Iterator[tuple[str, ...]]:
    """A row for each variant, and below its POS item the sentence that says why."""
    for row in group.rows:
        yield (
            f"{row.line}{' ?' if row.marked else ''}",
            row.size,
            row.upc,
            row.quantity,
            row.unit_cost,
            row.status,
            row.item,
        )
        if row.why:
            yield (*("" for _ in COLUMNS[:-1]), row.why)


def _widths(groups: Iterable[Group]) -> list[int]:
    """The least width of each column, so that the tables of all groups stand in line; the last one ends where
    it ends.
    """
    rows = [COLUMNS, *(row for group in groups for row in _cells(group))]
    return [min(WIDEST, max(len(clean(row[place])) for row in rows)) for place in range(len(COLUMNS) - 1)] + [
        0
    ]


def _group(group: Group, widths: list[int]) -> Iterator[RenderableType]:
    yield ""
    yield heading(group.title)
    yield table(COLUMNS, _cells(group), right=("qty", "unit cost"), whole=("UPC", "line"), widths=widths)
    for remark in group.remarks:
        yield indented(f"! {remark}", 2)


def _ending(shown: View) -> Iterator[RenderableType]:
    yield ""
    if shown.command:
        choose = (
            " (here with the first choice of each question)"
            if any(not q.settled for q in shown.questions)
            else ""
        )
        yield f"To approve{choose}:"
        yield f"  {shown.command}"
    yield f"Report {shown.report_hash}"
