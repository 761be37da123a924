"""Which of several items with one code is the most likely one, and why. Shown to the merchant, who decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nuorder_pos.domain.catalogue import Catalogue, Holder, Place
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import color_agreement, contradiction, size_agreement
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

Sign = tuple[Callable[[Variant, Holder, Catalogue], bool], str]


def in_stock(item: PosItem) -> bool:
    """Whether any shop has some; ``False`` too where stock was not loaded."""
    return any(held > 0 for _, held in item.stock)


def _agrees(variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return not contradiction(variant, holder.item)


def _linked(variant: Variant, holder: Holder, catalogue: Catalogue) -> bool:
    links = (link for link in catalogue.links_of(variant.style_key) if link.item_id == holder.item.item_id)
    return any(_may_be(variant, link) for link in links)


def _may_be(variant: Variant, link: Link) -> bool:
    """Whether the variant of a link of the same style may be this one under another name."""
    _, color, size = link.identity
    apart = Agreement.DIFFERENT
    return (
        compare_sizes(variant.size, size, same_scale=True) is not apart
        and compare_colors(variant.color, color) is not apart
    )


def _in_style_matrix(variant: Variant, holder: Holder, catalogue: Catalogue) -> bool:
    matrix = holder.item.matrix_id
    return matrix not in ("", "0") and any(
        link.matrix_id == matrix for link in catalogue.links_of(variant.style_key)
    )


def _same_style(variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return bool(variant.style_number) and fold(holder.item.manufacturer_sku) == fold(variant.style_number)


def _same_color_and_size(variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return Agreement.SAME in (color_agreement(variant, holder.item), size_agreement(variant, holder.item))


def _as_upc(_variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return holder.place is Place.UPC


def _stocked(_variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return in_stock(holder.item)


def _in_a_matrix(_variant: Variant, holder: Holder, _catalogue: Catalogue) -> bool:
    return holder.item.matrix_id not in ("", "0")


SIGNS: tuple[Sign, ...] = (
    (_agrees, "nothing about it contradicts the order"),
    (_linked, "an earlier order of this style was linked to it"),
    (_in_style_matrix, "it is in the matrix of this style"),
    (_same_style, "it has the style number"),
    (_same_color_and_size, "its colour or size is the order's"),
    (_stocked, "it has stock"),
    (_as_upc, "the code is in its UPC field"),
    (_in_a_matrix, "it is in a matrix"),
)
"""What speaks for an item, the strongest first; the first sign that not all have decides."""


def most_likely(
    variant: Variant, holders: Sequence[Holder], catalogue: Catalogue
) -> tuple[PosItem | None, str]:
    """The item that the signs single out and the sign that did; ``(None, "")`` where they leave several."""
    left, because = list(holders), ""
    for sign, words in SIGNS:
        with_sign = [one for one in left if sign(variant, one, catalogue)]
        if with_sign and len(with_sign) < len(left):
            left, because = with_sign, words
        if len(left) == 1:
            return left[0].item, because
    return None, ""
