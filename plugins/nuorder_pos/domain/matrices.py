"""Where new items go: into a matrix that is there, into a new one, or on their own.

A style is one matrix, its colours and sizes the variants. The attribute set follows from what the style has: colour and
size, only size, only colour. The system's attribute sets have stable ids; the size-only set keeps the size in its
second attribute. Where a style is in several matrices already, the merchant decides once, and it is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nuorder_pos.domain.catalogue import Catalogue, by_id
from nuorder_pos.domain.colors import color_key
from nuorder_pos.domain.evidence import (
    COLOR_AND_SIZE,
    COLOR_ONLY,
    SIZE_ONLY,
    color_of,
    has_size,
    same_attributes,
    size_agreement,
    size_of,
)
from nuorder_pos.domain.match_data import NEW, Choice, Match, Question, Status, by_style
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.vocabulary import Agreement

BY_COLOR = "by_color"
EXISTING = "existing"
MATRIX_UNCLEAR, IN_MATRIX = "matrix_unclear", "in_matrix"
"""Questions about a style; its slug follows after a slash."""


class Place(StrEnum):
    """What becomes of a new item."""

    NEW_MATRIX = "new_matrix"
    JOIN = "join"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one new item goes. ``matrix_id`` is set for ``join``; ``attribute_set`` is empty for a plain item.

    ``color`` is set where a new matrix is for one colour of the style, ``against`` names the matrices that somebody
    decided against for a new one.
    """

    place: Place
    style: str
    description: str
    attribute_set: str = ""
    matrix_id: str = ""
    color: str = ""
    against: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The placement as the report says it."""
        if self.place is Place.PLAIN:
            return "item without a matrix"
        return f"joins matrix {self.matrix_id}" if self.matrix_id else f"new matrix {self.description}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The matrices that a style is in already.

    ``wanted`` is the attribute set that the ordered variants ask for, ``known`` the attribute set of each matrix (empty
    where it is not known), ``by_color`` the one matrix of each colour (its key), ``remembered`` an earlier choice that
    can still be followed.
    """

    style: str
    slug: str
    label: str
    wanted: str
    description: str
    known: Mapping[str, str] = field(default_factory=dict)
    by_color: Mapping[str, str] = field(default_factory=dict)
    remembered: str = ""

    @property
    def fitting(self) -> list[str]:
        """Matrices whose attributes are those that the variants ask for, by id."""
        return [m for m, held in sorted(self.known.items(), key=_number) if held in ("", self.wanted)]

    @property
    def split(self) -> bool:
        """Whether the style has a matrix for each colour."""
        if set(self.by_color.values()) != set(self.known) or len(self.by_color) != len(self.known):
            return False
        return len(self.known) > 1 or (
            self.wanted == COLOR_AND_SIZE and set(self.known.values()) == {SIZE_ONLY}
        )

    @property
    def clear(self) -> bool:
        """Whether there is nothing to decide: no matrix yet, or one that fits."""
        return not self.wanted or not self.known or (len(self.known) == 1 and len(self.fitting) == 1)

    def can(self, choice: str) -> bool:
        """Whether a choice can be followed as things stand."""
        return choice == NEW or (choice == BY_COLOR and self.split) or choice in self.fitting

    def question(self, lines: Iterable[str]) -> Question | None:
        """What the merchant has to decide before the new variants in these lines can be placed."""
        if self.clear or self.remembered or not (self.split or self.fitting):
            return None
        listed = " and ".join(sorted(self.known, key=lambda m: (len(m), m)))
        choices = [Choice(m, f"add them to matrix {m}") for m in self.fitting]
        if self.split:
            colors = ", ".join(f"{color} in {m}" for color, m in sorted(self.by_color.items()))
            meaning = (
                f"each colour in its own matrix, as it is now ({colors}); a new colour gets a new matrix"
            )
            choices.insert(0, Choice(BY_COLOR, meaning))
        text = f"Style {self.label} is in POS matrix {listed} already. Where do its new variants go?"
        return Question(
            f"{MATRIX_UNCLEAR}/{self.slug}",
            text,
            (*choices, Choice(NEW, "make one new matrix for them")),
            style=self.label,
            lines=dict.fromkeys(lines, ""),
        )

    def place(self, variant: Variant, choice: str = "") -> Placement:
        """Where a new item of this style goes, by the choice, else by the one remembered, else where it is clear."""
        chosen = choice or self.remembered
        if not self.wanted:
            return Placement(Place.PLAIN, self.style, self.description)
        if chosen == BY_COLOR:
            return self._by_color(variant)
        if chosen in self.known:
            return self._join(chosen)
        if chosen != NEW and self.clear and self.known:
            return self._join(next(iter(self.known)))
        against = tuple(sorted(self.known)) if chosen == NEW else ()
        return Placement(Place.NEW_MATRIX, self.style, self.description, self.wanted, against=against)

    def _by_color(self, variant: Variant) -> Placement:
        found = self.by_color.get(color_key(variant.color))
        if found is not None:
            return self._join(found)
        held = next(iter(self.known.values())) or self.wanted
        description = f"{self.description} {variant.color}".strip()[:255]
        return Placement(Place.NEW_MATRIX, self.style, description, held, color=variant.color)

    def _join(self, matrix_id: str) -> Placement:
        held = self.known[matrix_id] or self.wanted
        return Placement(Place.JOIN, self.style, self.description, held, matrix_id)


def attribute_set(variants: Sequence[Variant]) -> str:
    """The attribute set of a style, by what its variants have; empty where it has neither colour nor size."""
    color = any(v.color for v in variants)
    size = any(has_size(v) for v in variants)
    if color and size:
        return COLOR_AND_SIZE
    if size:
        return SIZE_ONLY
    return COLOR_ONLY if color else ""


def shelves(
    matches: Sequence[Match],
    catalogue: Catalogue,
    style_matrices: Mapping[str, Mapping[str, str]],
    remembered: Mapping[str, str] | None = None,
) -> dict[str, Shelf]:
    """The shelf of each style of an order. ``style_matrices``: attribute set by matrix id, of the live matrices that
    earlier links of a style lead to; ``remembered``: earlier choices by style."""
    styles = by_style(matches)
    slugs = _slugs(styles)
    return {
        style: _shelf(
            style,
            slugs[style],
            members,
            catalogue,
            style_matrices.get(style, {}),
            (remembered or {}).get(style, ""),
        )
        for style, members in styles.items()
    }


def _shelf(
    style: str, slug: str, members: Sequence[Match], catalogue: Catalogue, linked: Mapping[str, str], choice: str
) -> Shelf:  # fmt: skip
    first = members[0].variant
    known = dict(linked)
    colors: dict[str, set[str]] = {}
    for found in members:
        item = found.item
        if item is not None and item.matrix_id not in ("", "0"):
            known[item.matrix_id] = item.attribute_set_id or known.get(item.matrix_id, "")
            colors.setdefault(color_key(found.variant.color), set()).add(item.matrix_id)
    for link in catalogue.links_of(style):
        if link.matrix_id in known and any(link.identity):
            colors.setdefault(color_key(link.identity[1]), set()).add(link.matrix_id)
    by_color = {color: next(iter(found)) for color, found in colors.items() if color and len(found) == 1}
    shelf = Shelf(
        style, slug, first.style_number or style, attribute_set([m.variant for m in members]),
        matrix_description(first), known, by_color,
    )  # fmt: skip
    if not choice or shelf.clear or not shelf.can(choice):
        return shelf
    return Shelf(
        style, slug, shelf.label, shelf.wanted, shelf.description, known, by_color, remembered=choice
    )


def _slugs(styles: Iterable[str]) -> dict[str, str]:
    """A short name of each style that can stand in an answer's code; equal ones are numbered."""
    found: dict[str, str] = {}
    for style in sorted(styles):
        slug = re.sub(r"[^a-z0-9._]+", "-", style.casefold()).strip("-")[:40] or "style"
        number, given = 2, slug
        while given in found.values():
            given, number = f"{slug}-{number}", number + 1
        found[style] = given
    return found


def in_matrix(
    found: Sequence[Match], shelf: Shelf, catalogue: Catalogue, taken: Collection[str]
) -> dict[str, PosItem]:
    """Items of the style's matrices that are new lines' own colour and size, in whatever spelling; by line.

    Only where it is one item for one line: anything else is no answer.
    """
    live = [
        item
        for item in catalogue.items.values()
        if item.matrix_id in shelf.known and not item.archived and item.item_id not in taken
    ]
    meant: dict[str, PosItem] = {}
    for line in found:
        if not needs_item(line):
            continue
        same = [item for item in live if _is_there_as(line.variant, item, shelf)]
        if len(same) == 1:
            meant[line.variant.line] = same[0]
    ids = [item.item_id for item in meant.values()]
    return {line: item for line, item in meant.items() if ids.count(item.item_id) == 1}


def _is_there_as(variant: Variant, item: PosItem, shelf: Shelf) -> bool:
    """Whether an item has the variant's colour and size, or its size in the matrix that the style has for its colour."""
    if same_attributes(variant, item):
        return True
    own = shelf.split and shelf.by_color.get(color_key(variant.color)) == item.matrix_id
    return own and not color_of(item) and size_agreement(variant, item) is Agreement.SAME


def needs_item(found: Match) -> bool:
    """Whether a line becomes a new item and nothing about it is asked yet."""
    return found.status is Status.NEW_ITEM and found.variant.quantity > 0 and not found.questions


def in_matrix_question(shelf: Shelf, meant: Mapping[str, PosItem]) -> Question:
    """Whether the items that are in the matrix already are the ordered ones: asked once for the style."""
    ordered = sorted(meant.items(), key=lambda one: by_id(one[1]))
    named = "; ".join(f"line {line} is item {item.item_id}{_attributes(item)}" for line, item in ordered)
    count = "a variant that is" if len(meant) == 1 else f"{len(meant)} variants that are"
    text = (
        f"Style {shelf.label} orders {count} in its POS matrix already, under another code or none: {named}. "
        f"{'Is it' if len(meant) == 1 else 'Are they'} to be used?"
    )
    return Question(
        f"{IN_MATRIX}/{shelf.slug}",
        text,
        (Choice(EXISTING, "use the items that are there"), Choice(NEW, "create new items beside them")),
        style=shelf.label,
        lines={line: item.item_id for line, item in meant.items()},
    )


def _attributes(item: PosItem) -> str:
    held = " ".join(part for part in (color_of(item), size_of(item)) if part)
    return f" ({held})" if held else ""


def _number(pair: tuple[str, str]) -> tuple[int, str]:
    return (len(pair[0]), pair[0])


def matrix_description(variant: Variant) -> str:
    """Name and style number: the description by which a matrix is found again."""
    return f"{variant.name} {variant.style_number}".strip()[:255]


def item_description(variant: Variant) -> str:
    """Name, colour and size of one item, as far as they say something."""
    parts = (variant.name or variant.style_number, variant.color, variant.size if has_size(variant) else "")
    return " ".join(part for part in parts if part)[:255] or f"Item {variant.product_id}"
