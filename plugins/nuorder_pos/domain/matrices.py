"""Where new items go: into a matrix that is there, into a new one, or on their own.

A style is one matrix, its colours and sizes the variants. The attribute set follows from what the style has: colour and
size, only size, only colour. The system's attribute sets have stable ids; the size-only set keeps the size in its
second attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nuorder_pos.domain.match_data import Match
from nuorder_pos.domain.orders import Variant, fold

COLOR_AND_SIZE, SIZE_ONLY, COLOR_ONLY = "1", "2", "3"
NO_SIZE = frozenset({"", "default"})


class Place(StrEnum):
    """What becomes of a new item."""

    NEW_MATRIX = "new_matrix"
    JOIN = "join"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one new item goes. ``matrix_id`` is set for ``join``; ``attribute_set`` is empty for a plain item."""

    place: Place
    style: str
    description: str
    attribute_set: str = ""
    matrix_id: str = ""

    @property
    def words(self) -> str:
        """The placement as the report says it."""
        if self.place is Place.PLAIN:
            return "item without a matrix"
        return f"joins matrix {self.matrix_id}" if self.matrix_id else f"new matrix {self.description}"


def has_size(variant: Variant) -> bool:
    """Whether the size says something ("default" is how NuORDER writes none)."""
    return fold(variant.size) not in NO_SIZE


def attribute_set(variants: Sequence[Variant]) -> str:
    """The attribute set of a style, by what its variants have; empty where it has neither colour nor size."""
    color = any(v.color for v in variants)
    size = any(has_size(v) for v in variants)
    if color and size:
        return COLOR_AND_SIZE
    if size:
        return SIZE_ONLY
    return COLOR_ONLY if color else ""


def place_variants(
    matches: Sequence[Match], style_matrices: Mapping[str, Mapping[str, str]]
) -> dict[str, Placement]:
    """Where each line's variant goes if it is, or is decided to become, a new item; by line."""
    styles: dict[str, list[Match]] = {}
    for found in matches:
        styles.setdefault(found.variant.style_key, []).append(found)
    placed: dict[str, Placement] = {}
    for style, members in styles.items():
        variants = [m.variant for m in members]
        wanted = attribute_set(variants)
        known = dict(style_matrices.get(style, {}))
        for item in (m.item for m in members if m.item is not None and m.item.matrix_id not in ("", "0")):
            known[item.matrix_id] = item.attribute_set_id or known.get(item.matrix_id, "")
        fits = all(found in ("", wanted) for found in known.values())
        description = matrix_description(variants[0])
        for found in members:
            if not wanted:
                placed[found.variant.line] = Placement(Place.PLAIN, style, description)
            elif len(known) == 1 and fits:
                placed[found.variant.line] = Placement(
                    Place.JOIN, style, description, wanted, next(iter(known))
                )
            else:
                placed[found.variant.line] = Placement(Place.NEW_MATRIX, style, description, wanted)
    return placed


def matrix_description(variant: Variant) -> str:
    """Name and style number: the description by which a matrix is found again."""
    return f"{variant.name} {variant.style_number}".strip()[:255]


def item_description(variant: Variant) -> str:
    """Name, colour and size of one item, as far as they say something."""
    parts = (variant.name or variant.style_number, variant.color, variant.size if has_size(variant) else "")
    return " ".join(part for part in parts if part)[:255] or f"Item {variant.product_id}"
