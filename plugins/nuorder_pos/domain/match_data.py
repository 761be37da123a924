"""What matching says, as frozen values: statuses, warnings, questions, candidates, and the outcome for each variant.

Every text in here is shown to buyers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nuorder_pos.domain.codes import Code
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem

NEW = "new"
SAME_AS = "line:"
"""A decision ``line:3`` means: the same new item as line 3."""


class Status(StrEnum):
    """What happens to a variant."""

    CONFIRMED = "confirmed"
    UPC_MATCH = "upc_match"
    NEW_ITEM = "new_item"


@dataclass(frozen=True, slots=True)
class Link:
    """A saved link of a brand's variant to a POS item. ``origin``: ``upc``, ``choice`` or ``created``.

    ``identity`` is the variant that was linked (folded style, colour, size), ``gtin`` its code then (14 digits, empty
    where it had no valid one), ``matrix_id`` the matrix that the item was in.
    """

    item_id: str
    origin: str
    order_id: str = ""
    identity: tuple[str, str, str] = ("", "", "")
    gtin: str = ""
    matrix_id: str = ""
    made_by: str = ""
    made_at: datetime | None = None

    @property
    def words(self) -> str:
        """The linked variant as people read it."""
        return ", ".join(part for part in self.identity if part)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: the value to give, and what it means."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning in a buyer's words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A warning that blocks approval until one of ``choices`` is given. ``line`` is empty for the whole order.

    A question about a style has its number in ``style`` and in ``lines`` the rows that it decides on, each with the item
    that it may become (or an empty text).
    """

    code: str
    text: str
    choices: tuple[Choice, ...]
    line: str = ""
    style: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A POS item that may be meant, with the reason in words. ``likely``: of several, the one that most speaks for."""

    item: PosItem
    reason: str
    likely: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome for one variant. ``item`` is set where exactly one item is used."""

    variant: Variant
    code: Code
    status: Status
    rule: str = ""
    """The rule that decided; see ``matching``."""
    why: str = ""
    """One sentence that says why it has this status."""
    item: PosItem | None = None
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[Warn, ...] = ()
    questions: tuple[Question, ...] = ()
    link: Link | None = None
    may_carry_code: bool = False
    """Whether a new item made for this variant may be given the code: it is valid and nothing in the POS holds it."""


def by_style(matches: Iterable[Match]) -> dict[str, list[Match]]:
    """The matches of each style (its key), in their order."""
    styles: dict[str, list[Match]] = {}
    for found in matches:
        styles.setdefault(found.variant.style_key, []).append(found)
    return styles
