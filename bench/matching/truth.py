"""What the generator wrote down about each ordered variant while it made it. Matching never writes here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nuorder_pos.domain.match_data import Link

Json = dict[str, Any]
Key = tuple[str, str, str]
"""Order id, product id, size as the order writes it."""


class CodeState(StrEnum):
    """What the order's code is."""

    VALID = "valid"
    """The article's own number, in a documented spelling."""
    MISSING = "missing"
    INVALID = "invalid"
    """No whole article number as it stands."""
    FOREIGN = "foreign"
    """A whole article number, but of something else."""
    CASE = "case"
    """The number of a case of the article."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The right POS item of an ordered variant, and how the case was made.

    ``item_id`` is empty where the POS has none. ``must_ask``: the data leaves two readings, so that taking any item
    by itself is wrong. ``shows``: where the code leads to something else, what says so. ``sole``: the order carries the article's own valid code, once, and exactly one live item holds
    it, in a field and spelling that are documented. ``apart`` says why a wrong take would be nobody's fault; empty
    where it is a defect.
    """

    brand: str
    item_id: str
    code: str
    pos: str
    link: str
    words: str
    state: CodeState
    must_ask: bool = False
    sole: bool = False
    apart: str = ""
    shows: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The four sides of a case, each with what it is about."""
        return (f"order: {self.code}", f"POS: {self.pos}", f"link: {self.link}", f"words: {self.words}")


@dataclass(frozen=True, slots=True)
class BrandData:
    """One brand as the project knows it: its orders as snapshots, its saved links, its ids in the POS."""

    name: str
    vendor_id: str
    manufacturer_id: str
    snapshots: list[Json] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class World:
    """Everything of one seed. ``rows`` are ``Item`` rows of the POS as V3 answers them, ``matrices`` likewise."""

    brands: tuple[BrandData, ...]
    rows: tuple[Json, ...]
    matrices: tuple[Json, ...]
    truths: dict[Key, Truth]
