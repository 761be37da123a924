"""What a POS item's colour and size say about an ordered variant."""

from __future__ import annotations

from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

COLOR_AND_SIZE, SIZE_ONLY, COLOR_ONLY = "1", "2", "3"
"""The POS's own attribute sets, whose ids are the same in every account; the size-only set keeps it in attribute2."""
_WITH_COLOR = frozenset({"", COLOR_AND_SIZE, COLOR_ONLY})
_WITH_SIZE = frozenset({"", COLOR_AND_SIZE, SIZE_ONLY})
NO_SIZE = frozenset({"", "default"})


def has_size(variant: Variant) -> bool:
    """Whether the size says something ("default" is how NuORDER writes none)."""
    return fold(variant.size) not in NO_SIZE


def color_of(item: PosItem) -> str:
    """The item's colour. An account's own attribute sets keep anything in that place, so theirs counts as none."""
    return item.color if item.attribute_set_id in _WITH_COLOR else ""


def size_of(item: PosItem) -> str:
    """The item's size, with the same caution."""
    return item.size if item.attribute_set_id in _WITH_SIZE else ""


def color_agreement(variant: Variant, item: PosItem) -> Agreement:
    """Whether the colours agree; UNKNOWN where one has none."""
    held = color_of(item)
    return compare_colors(variant.color, held) if held and variant.color else Agreement.UNKNOWN


def size_agreement(variant: Variant, item: PosItem) -> Agreement:
    """Whether the sizes agree; UNKNOWN where one has none."""
    held = size_of(item)
    return compare_sizes(variant.size, held) if held and has_size(variant) else Agreement.UNKNOWN


def contradiction(variant: Variant, item: PosItem) -> str:
    """Why the item is certainly not this variant, as a clause for people, or nothing."""
    if size_agreement(variant, item) is Agreement.DIFFERENT:
        return f"its size is {size_of(item)} and the order says {variant.size}"
    if color_agreement(variant, item) is Agreement.DIFFERENT:
        return f"its colour is {color_of(item)} and the order says {variant.color}"
    return ""


def same_attributes(variant: Variant, item: PosItem) -> bool:
    """Whether colour and size are the variant's own, in whatever spelling; what it has none of counts as the same."""
    color = not (variant.color or color_of(item)) or color_agreement(variant, item) is Agreement.SAME
    size = not (has_size(variant) or size_of(item)) or size_agreement(variant, item) is Agreement.SAME
    return color and size
