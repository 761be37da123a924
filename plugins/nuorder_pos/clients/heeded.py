"""Whether the POS heeds a filter: rows that nobody asked for are noticed before a whole catalogue is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nuorder_pos.clients import v3
from nuorder_pos.clients.pos_api import PAGE
from nuorder_pos.errors import Permanent


class NotSearchable(Permanent):
    """The POS refuses or ignores a filter in every form that is known: what it finds says nothing."""


def heeded(rows: Iterable[v3.Row], asked_for: Callable[[v3.Row], bool], what: str) -> Iterator[v3.Row]:
    """The rows of a query, as long as at least one in ``PAGE`` was asked for.

    Raises ``NotSearchable`` after ``PAGE`` rows in a row that were not: the filter ``what`` is not understood, and the
    rest of the answer is the whole catalogue. "Nothing found" must not be concluded from it.
    """
    strangers = 0
    for row in rows:
        strangers = 0 if asked_for(row) else strangers + 1
        if strangers == PAGE:
            raise NotSearchable(f"Lightspeed ignores the search by {what}: it answers with all that it has.")
        yield row


def alike(one: str) -> str:
    """A text as the most lenient server might compare it: without case, spaces at the ends and leading zeros."""
    folded = one.strip().casefold()
    return folded.lstrip("0") or folded
