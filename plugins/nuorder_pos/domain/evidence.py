"""What a POS item's colour and size say about an ordered variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

COLOR_AND_SIZE, SIZE_ONLY, COLOR_ONLY = "1", "2", "3"
"""The POS's own attribute sets, whose ids are the same in every account; the size-only set keeps it in attribute2."""
SYSTEM_SETS = frozenset({"", "0", COLOR_AND_SIZE, SIZE_ONLY, COLOR_ONLY})
_WITH_COLOR = frozenset({"", COLOR_AND_SIZE, COLOR_ONLY})
_WITH_SIZE = frozenset({"", COLOR_AND_SIZE, SIZE_ONLY})
NO_SIZE = frozenset({"", "default"})
KINDS_OF_GOODS = frozenset({"denim", "jean", "jeans"})
"""Words of descriptions that are colours too."""
LAST_WORDS = 4
"""Words at the end of a description where colour and size stand."""


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
    """Whether the colours agree. An item without attributes may name its colour in its description."""
    if not variant.color:
        return Agreement.UNKNOWN
    if held := color_of(item):
        return compare_colors(variant.color, held)
    return _in_words(variant, variant.color, item, compare_colors)


def size_agreement(variant: Variant, item: PosItem) -> Agreement:
    """Whether the sizes agree; as for colours."""
    if not has_size(variant):
        return Agreement.UNKNOWN
    if held := size_of(item):
        return compare_sizes(variant.size, held)
    return _in_words(variant, variant.size, item, compare_sizes)


def _in_words(
    variant: Variant, wanted: str, item: PosItem, compare: Callable[[str, str], Agreement]
) -> Agreement:
    """Whether the description of an item without attributes names the colour or size.

    One to three words together may; another colour or size counts only among the last words, and not where it is a word
    of the product's own name ("Red Rock Hoodie").
    """
    if item.attribute_set_id not in SYSTEM_SETS:
        return Agreement.UNKNOWN  # what an account's own attributes say is not known
    parts = item.description.replace(",", " ").split()
    if any(compare(wanted, run) is Agreement.SAME for run in _runs(parts)):
        return Agreement.SAME
    name = set(fold(variant.name).split()) | KINDS_OF_GOODS
    last = [part for part in parts[-LAST_WORDS:] if fold(part) not in name]
    apart = any(compare(wanted, run) is Agreement.DIFFERENT for run in _runs(last))
    return Agreement.DIFFERENT if apart else Agreement.UNKNOWN


def _runs(parts: Sequence[str]) -> Iterator[str]:
    return (" ".join(parts[at : at + n]) for n in (3, 2, 1) for at in range(len(parts) - n + 1))


def contradiction(variant: Variant, item: PosItem, *, described: bool = True) -> str:
    """Why the item is certainly not this variant, as a clause for people, or nothing.

    ``described``: whether the item's description tells it from others, so that it counts where attributes are missing.
    """
    held = size_of(item)
    if (held or described) and size_agreement(variant, item) is Agreement.DIFFERENT:
        return f"{_said('size', held)} and the order says {variant.size}"
    held = color_of(item)
    if (held or described) and color_agreement(variant, item) is Agreement.DIFFERENT:
        return f"{_said('colour', held)} and the order says {variant.color}"
    return ""


def described_as_another(variant: Variant, item: PosItem) -> str:
    """Why the description of an item without attributes speaks against this variant, as a clause for people, or nothing.

    Shops describe as they like, so one word is no reason: it takes another size and another colour, or one of them and
    the number of another style.
    """
    if color_of(item) or size_of(item):
        return ""
    apart = [
        what
        for what, agreement in (
            ("size", size_agreement(variant, item)),
            ("colour", color_agreement(variant, item)),
        )
        if agreement is Agreement.DIFFERENT
    ]
    if len(apart) == 2 or (apart and _other_style(variant, item)):
        return f"its description names another {' and '.join(apart)}"
    return ""


def _other_style(variant: Variant, item: PosItem) -> bool:
    """Whether the item's manufacturer SKU is another style's number."""
    style, sku = fold(variant.style_number), fold(item.manufacturer_sku)
    return bool(style and sku) and style not in sku and sku not in style


def _said(what: str, held: str) -> str:
    return f"its {what} is {held}" if held else f"its description names another {what}"


def same_attributes(variant: Variant, item: PosItem) -> bool:
    """Whether colour and size are the variant's own, in whatever spelling, and it has one of them at least; what neither
    has counts as the same."""
    color = not (variant.color or color_of(item)) or color_agreement(variant, item) is Agreement.SAME
    size = not (has_size(variant) or size_of(item)) or size_agreement(variant, item) is Agreement.SAME
    return color and size and (bool(variant.color) or has_size(variant))


def nothing_agrees(variant: Variant, item: PosItem, *, of_brand: bool | None) -> str:
    """Why an item that has the code is hardly this variant: it says enough about itself, and nothing of it is the
    order's. A clause for people, or nothing.

    An item that says little (no colour, no size, another brand's by nothing) is no reason to doubt its code.
    """
    other_style, sku = _other_style(variant, item), item.manufacturer_sku.strip()
    if variant.style_number and sku and not other_style:
        return ""
    if Agreement.SAME in (color_agreement(variant, item), size_agreement(variant, item)):
        return ""
    if of_brand is False and other_style:
        return "it is another brand's item, and its style number is another one"
    shared = set(fold(variant.name).split()) & set(fold(item.description).split())
    color, size = color_of(item) and variant.color, size_of(item) and has_size(variant)
    if variant.name and not shared and ((color and size) or (sku and (color or size))):
        return "neither its name nor its style number, colour or size is the order's"
    return ""


def linked_apart(variant: Variant, link: Link) -> bool:
    """Whether a saved link's variant certainly has another size or colour."""
    return Agreement.DIFFERENT in (link_colors(variant, link), link_sizes(variant, link))


def link_colors(variant: Variant, link: Link) -> Agreement:
    """Whether the colour is that of a saved link's variant."""
    color = link.identity[1]
    return compare_colors(variant.color, color) if variant.color and color else Agreement.UNKNOWN


def link_sizes(variant: Variant, link: Link) -> Agreement:
    """Whether the size is that of a saved link's variant; to have none is the same size."""
    size = link.identity[2]
    if not has_size(variant) and size in NO_SIZE:
        return Agreement.SAME
    return compare_sizes(variant.size, size) if has_size(variant) and size else Agreement.UNKNOWN
