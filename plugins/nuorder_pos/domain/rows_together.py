"""What only shows when the rows of an order are seen together: shared codes and items, and siblings that speak against
what a code says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nuorder_pos.domain.asking import doubtful
from nuorder_pos.domain.catalogue import Holder, Place
from nuorder_pos.domain.codes import same_article
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import (
    color_agreement,
    color_of,
    has_size,
    nothing_agrees,
    size_agreement,
    size_of,
)
from nuorder_pos.domain.match_data import NEW, SAME_AS, Candidate, Choice, Match, Question, Warn
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

BY_CODE = ("code", "code_elsewhere")


def doubted_by_siblings(matches: Sequence[Match], in_pos: BrandInPos) -> list[Match]:
    """The matches, with a question where the style's other lines say that a code's item is another variant.

    The item has a colour that the order has as another colour of the style; or another number as its size, where a
    sibling's item has the very number, so that both count alike. Or nothing of it is the order's, and no sibling's item is
    of its style.
    """
    styles: dict[str, list[Match]] = {}
    for found in matches:
        styles.setdefault(found.variant.style_key, []).append(found)
    return [_by_siblings(found, styles[found.variant.style_key], in_pos) for found in matches]


def _by_siblings(found: Match, siblings: Sequence[Match], in_pos: BrandInPos) -> Match:
    if found.item is None or found.rule not in BY_CODE:
        return found
    variant, item = found.variant, found.item
    doubt = nothing_agrees(variant, item, of_brand=in_pos.has(item))
    if doubt and any(_of_one_style(item, one.item) for one in siblings if one is not found):
        doubt = ""  # the shop has other words for the whole style
    if color_agreement(variant, item) is Agreement.UNKNOWN and (held := color_of(item)) and variant.color:
        others = {one.variant.color for one in siblings} - {variant.color, ""}
        if any(compare_colors(other, held) is Agreement.SAME for other in others):
            doubt = f"its colour is {held}, which the order has as another colour of the style"
    if size_agreement(variant, item) is Agreement.UNKNOWN and (held := size_of(item)) and has_size(variant):
        apart = compare_sizes(variant.size, held, same_scale=True) is Agreement.DIFFERENT
        if apart and any(_counts_alike(one) for one in siblings):
            doubt = f"its size is {held} and the order says {variant.size}"
    return doubtful(found, _holder(found), doubt) if doubt else found


def _of_one_style(item: PosItem, other: PosItem | None) -> bool:
    """Whether two items are of one style in the POS: in one matrix, or with one manufacturer SKU."""
    if other is None:
        return False
    one_matrix = item.matrix_id not in ("", "0") and item.matrix_id == other.matrix_id
    return one_matrix or bool(item.manufacturer_sku and item.manufacturer_sku == other.manufacturer_sku)


def _counts_alike(sibling: Match) -> bool:
    """Whether a line's item has the number that the order says."""
    return sibling.item is not None and size_agreement(sibling.variant, sibling.item) is Agreement.SAME


def _holder(found: Match) -> Holder:
    assert found.item is not None
    item = found.item
    places = [
        (Place.UPC, item.upc),
        (Place.EAN, item.ean),
        (Place.CUSTOM_SKU, item.custom_sku),
        (Place.MANUFACTURER_SKU, item.manufacturer_sku),
        *((Place.VENDOR_ID, number) for _, number in item.vendor_numbers),
    ]
    return next(Holder(item, place, text) for place, text in places if same_article(found.code, text))


def across(matches: list[Match]) -> list[Match]:
    """Questions and warnings that only show when the rows are seen together."""
    by_code: dict[str, list[int]] = {}
    by_item: dict[str, list[int]] = {}
    for place, found in enumerate(matches):
        if not found.variant.quantity:
            continue
        if same_article(found.code, found.code.text):  # zeros, or digits lost by a spreadsheet, say nothing
            by_code.setdefault(found.code.gtin or found.code.text, []).append(place)
        if found.item is not None:
            by_item.setdefault(found.item.item_id, []).append(place)
    for places in by_code.values():
        if len(places) > 1 and len({matches[place].variant.identity for place in places}) > 1:
            _ask_duplicates(matches, places)
    for item_id, places in by_item.items():
        if len(places) > 1:
            lines = ", ".join(matches[place].variant.line for place in places)
            shared = Warn("same_item", f"Lines {lines} meet the same POS item {item_id}.")
            for place in places:
                matches[place] = replace(matches[place], warnings=(*matches[place].warnings, shared))
    return matches


def _ask_duplicates(matches: list[Match], places: list[int]) -> None:
    """Two different variants carry one code: a mistake of the brand, or one article twice."""
    first, first_item = matches[places[0]].variant, matches[places[0]].item
    lines = ", ".join(matches[place].variant.line for place in places)
    for place in places:
        found = matches[place]
        if found.rule == "link" or any(q.line for q in found.questions):
            continue  # what this very variant is was decided before, or is asked already
        used = (
            (Choice(found.item.item_id, f"use item {found.item.item_id}, {found.item.description}"),)
            if found.item
            else ()
        )
        same: tuple[Choice, ...] = ()
        if place != places[0] and not used:
            value = first_item.item_id if first_item else SAME_AS + first.line
            same = (Choice(value, f"the same article as line {first.line}"),)
        new = Choice(NEW, "create a new item of its own")
        asked = Question(
            "duplicate_in_order",
            f"Lines {lines} are different variants with the same UPC {found.code.text}. What is line {found.variant.line}?",
            (*used, *same, new),
            found.variant.line,
        )
        candidates = found.candidates or tuple(
            Candidate(i, "holds the UPC") for i in (found.item,) if i is not None
        )
        matches[place] = replace(
            found, questions=(*found.questions, asked), candidates=candidates, may_carry_code=False
        )
