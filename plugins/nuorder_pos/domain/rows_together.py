"""What only shows when the rows of an order are seen together: shared codes and items, and siblings that speak against
what a code says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from nuorder_pos.domain.asking import doubtful
from nuorder_pos.domain.catalogue import Holder, Place
from nuorder_pos.domain.codes import Code, same_article
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import (
    color_agreement,
    color_of,
    has_size,
    nothing_agrees,
    same_attributes,
    size_agreement,
    size_of,
)
from nuorder_pos.domain.match_data import NEW, SAME_AS, Candidate, Choice, Match, Question, Warn, by_style
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
    open_to_doubt = [_open_to_doubt(found) for found in matches]
    if True not in open_to_doubt:
        return list(matches)
    styles = by_style(matches)
    return [
        _by_siblings(found, styles[found.variant.style_key], in_pos) if doubted else found
        for found, doubted in zip(matches, open_to_doubt, strict=True)
    ]


def _open_to_doubt(found: Match) -> bool:
    """Whether a code led to the item, and colour and size do not settle what it is."""
    item = found.item
    return item is not None and found.rule in BY_CODE and not same_attributes(found.variant, item)


def _by_siblings(found: Match, siblings: Sequence[Match], in_pos: BrandInPos) -> Match:
    variant, item = found.variant, found.item
    assert item is not None
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
    if not doubt and (other := _is_another_line(found, item, siblings)):
        doubt = f"it has the very colour and size of line {other}"
    return doubtful(found, _holder(found), doubt) if doubt else found


def _is_another_line(found: Match, item: PosItem, siblings: Sequence[Match]) -> str:
    """The line of the style whose variant the item is by its attributes, where that is not the line that it was found
    for: two codes were exchanged."""
    variant = found.variant
    stated = (color_of(item) or not variant.color) and (size_of(item) or not has_size(variant))
    if not stated or same_attributes(variant, item):
        return ""
    others = (one.variant for one in siblings if one.variant.identity != variant.identity)
    return next((other.line for other in others if same_attributes(other, item)), "")


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
    codes = _shared([_telling_code(found.code) if found.variant.quantity else "" for found in matches])
    items = _shared([m.item.item_id if m.item is not None and m.variant.quantity else "" for m in matches])
    for places in codes.values():
        if len({matches[place].variant.identity for place in places}) > 1:
            _ask_duplicates(matches, places)
    for item_id, places in items.items():
        lines = ", ".join(matches[place].variant.line for place in places)
        shared = Warn("same_item", f"Lines {lines} meet the same POS item {item_id}.")
        for place in places:
            matches[place] = replace(matches[place], warnings=(*matches[place].warnings, shared))
    return matches


def _telling_code(code: Code) -> str:
    """What two rows with the same code have in common: zeros, or digits lost by a spreadsheet, say nothing."""
    return code.gtin or (code.text if same_article(code, code.text) else "")


def _shared(values: Sequence[str]) -> dict[str, list[int]]:
    """The places of each text that stands more than once, in the order of the first; empty ones are none."""
    places: dict[str, list[int]] = {value: [] for value, n in Counter(values).items() if n > 1 and value}
    if places:
        for place, value in enumerate(values):
            if value in places:
                places[value].append(place)
    return places


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
