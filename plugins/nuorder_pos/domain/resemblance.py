"""POS items that may be meant where no code fits: by vendor id, style number, matrix or description, inside the brand.

Offered to the merchant with the reasons in words, never taken. What certainly is another size or colour is left out;
what is left is ranked by the signs that speak for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from nuorder_pos.domain.catalogue import Catalogue, by_id
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import (
    color_agreement,
    color_of,
    contradiction,
    has_size,
    linked_apart,
    same_attributes,
    size_agreement,
    size_of,
)
from nuorder_pos.domain.gtin import canonical, is_internal
from nuorder_pos.domain.match_data import Candidate, Match, Warn, by_style
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pool import Kin, Pool, compact, styles_of, words
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

Similarity = Callable[[str, str], float]
"""How alike two descriptions are, from 0 to 100, whatever the order of their words."""

MOST = 5
LEAST_SCORE = 10
ALIKE = 80.0


def offer(
    matches: Sequence[Match],
    catalogue: Catalogue,
    brand: BrandInPos,
    similar: Similarity | None = None,
) -> list[Match]:
    """The matches, with candidates for each line that has no item for certain."""
    open_lines = [m for m in matches if wants_candidates(m)]
    if not open_lines:
        return list(matches)
    pool = Pool.of(catalogue.items.values(), brand, [m.variant for m in open_lines])
    taken = _taken(matches)
    in_order = {m.variant.identity for m in matches}
    kin = _kin(matches, catalogue)
    return [
        _with_candidates(m, pool, kin[m.variant.style_key], catalogue, taken, in_order, similar)
        if wants_candidates(m)
        else m
        for m in matches
    ]


def _kin(matches: Sequence[Match], catalogue: Catalogue) -> dict[str, Kin]:
    styles = by_style(matches)
    return {style: Kin.of(style, lines, catalogue) for style, lines in styles.items()}


def offer_again(
    matches: Sequence[Match], catalogue: Catalogue, offered: Mapping[str, Sequence[str]]
) -> list[Match]:
    """The matches with the candidates that they had before (item ids by line), as far as these are still there, free
    and no certain other article. Which items come near depends on all that was found; what was offered does not."""
    taken = _taken(matches)
    return [
        _with_the_same(m, catalogue, offered.get(m.variant.line, ()), taken) if wants_candidates(m) else m
        for m in matches
    ]


def _with_the_same(
    found: Match, catalogue: Catalogue, offered: Sequence[str], taken: Collection[str]
) -> Match:
    kept = [c for c in found.candidates if c.item.item_id not in taken]
    known = {c.item.item_id for c in kept} | set(taken)
    items = [catalogue.items[i] for i in offered if i in catalogue.items and i not in known]
    again = [Candidate(i, "offered before") for i in items if not contradiction(found.variant, i)]
    return replace(found, candidates=(*kept, *again)[:MOST])


def _taken(matches: Sequence[Match]) -> set[str]:
    return {m.item.item_id for m in matches if m.item is not None and not m.questions}


def wants_candidates(found: Match) -> bool:
    """Whether a line has no item yet and items may be named for it beside those that have its code."""
    open_line = found.item is None or bool(found.questions)
    return open_line and found.rule != "several" and found.variant.quantity > 0


def _with_candidates(
    found: Match, pool: Pool, kin: Kin, catalogue: Catalogue, taken: Collection[str],
    in_order: Collection[tuple[str, str, str]], similar: Similarity | None,
) -> Match:  # fmt: skip
    by_code = [c for c in found.candidates if c.item.item_id not in taken]
    known = {c.item.item_id for c in by_code}
    scored: list[tuple[int, PosItem, str]] = []
    for item in pool.near(found.variant, kin):
        if item.item_id in taken or item.item_id in known:
            continue
        if _linked_otherwise(found.variant, item, catalogue, in_order):
            continue
        score, reasons = _score(found, item, pool, kin, similar)
        if score >= LEAST_SCORE and reasons:
            scored.append((score, item, "; ".join(reasons)))
    scored.sort(key=lambda one: (-one[0], by_id(one[1])))
    candidates = (*by_code, *(Candidate(item, reason) for _, item, reason in scored))[:MOST]
    if not candidates or found.questions or found.candidates == candidates:
        return replace(found, candidates=candidates)
    best = candidates[0]
    text = f"POS item {best.item.item_id} {best.item.description} may be it: {best.reason}."
    return replace(found, candidates=candidates, warnings=(*found.warnings, Warn("similar_item", text)))


def _linked_otherwise(
    variant: Variant, item: PosItem, catalogue: Catalogue, in_order: Collection[tuple[str, str, str]]
) -> bool:
    """Whether a saved link says that the item is another article than this variant."""
    return any(
        link.item_id == item.item_id and (link.identity in in_order or linked_apart(variant, link))
        for link in catalogue.links_of(variant.style_key)
    )


def _score(
    found: Match, item: PosItem, pool: Pool, kin: Kin, similar: Similarity | None
) -> tuple[int, list[str]]:
    """How much speaks for an item, and what; 0 where it certainly is another article."""
    variant = found.variant
    if _stated_otherwise(variant, item):
        return 0, []
    points, reasons = _style_signs(variant, item, kin, similar)
    if not points:
        return 0, []
    for agreement, same, unlike in (_size_sign(variant, item, similar), _color_sign(variant, item, similar)):
        if agreement is Agreement.DIFFERENT:
            return 0, []
        points += unlike
        if same:
            reasons.append(same)
    held = canonical(item.upc)
    if found.code.valid and held and held != found.code.gtin and not is_internal(held):
        if not same_attributes(variant, item) and not found.questions:
            # Two valid codes are two articles, unless everything else says that it is one, or the code is in doubt.
            return 0, []
        points -= 10
        reasons.append(f"has another UPC, {item.upc}")
    if variant.wholesale is not None and variant.wholesale == item.default_cost:
        points += 3
    if item.item_id in pool.foreign:
        points -= 5
    if item.archived:
        points -= 15
        reasons.insert(0, "archived")
    return points, reasons


def _stated_otherwise(variant: Variant, item: PosItem) -> bool:
    """Whether the item's own colour or size certainly is another: quickly said, of most items that share a word."""
    color, size = color_of(item), size_of(item)
    if variant.color and color and compare_colors(variant.color, color) is Agreement.DIFFERENT:
        return True
    return bool(size) and has_size(variant) and compare_sizes(variant.size, size) is Agreement.DIFFERENT


def _style_signs(
    variant: Variant, item: PosItem, kin: Kin, similar: Similarity | None
) -> tuple[int, list[str]]:
    """What says that it is the style."""
    points, reasons = 0, []
    numbers = {compact(number) for _, number in item.vendor_numbers}
    if variant.brand_ref and compact(variant.brand_ref) in numbers:
        points += 40
        reasons.append(f"its vendor ID is the brand's own for this style and colour ({variant.brand_ref})")
    if variant.style_number and compact(variant.style_number) in set(
        styles_of(item, {compact(variant.style_number)})
    ):
        points += 30
        reasons.append(f"same style number {variant.style_number}")
    if item.matrix_id in kin.matrices:
        points += 25
        reasons.append(f"in matrix {item.matrix_id} of this style")
    elif item.manufacturer_sku in kin.skus or kin.describes(item):
        points += 25
        reasons.append("same SKU or description as other items of this style")
    alike = similar(" ".join(words(variant.name)), " ".join(words(item.description))) if similar else 0.0
    if variant.name and alike >= ALIKE:
        points += int(alike * 0.3)
        reasons.append("similar description")
    elif not points and same_attributes(variant, item):
        # One telling word is enough where colour and size are the order's as well.
        shared = [word for word in words(variant.name) if len(word) > 3 and word in words(item.description)]
        points += min(10 * len(shared), 20)
        reasons += [f"its description has {shared[0]!r} too"] if shared else []
    return points, reasons


def _size_sign(variant: Variant, item: PosItem, similar: Similarity | None) -> tuple[Agreement, str, int]:
    """Agreement, the reason where they agree, and the points."""
    if not has_size(variant):
        return Agreement.UNKNOWN, "", 0
    held, agreement = size_of(item), size_agreement(variant, item)
    if agreement is Agreement.SAME:
        return agreement, f"same size {held or variant.size}", 25
    if agreement is Agreement.DIFFERENT or not held:
        return agreement, "", -5
    # Two numbers may be of two scales (US, EU), so this puts it behind the others and no more.
    apart = compare_sizes(variant.size, held, same_scale=True) is Agreement.DIFFERENT
    return agreement, "", -25 if apart else -15 + _alike(variant.size, held, similar)


def _color_sign(variant: Variant, item: PosItem, similar: Similarity | None) -> tuple[Agreement, str, int]:
    if not variant.color:
        return Agreement.UNKNOWN, "", 0
    held, agreement = color_of(item), color_agreement(variant, item)
    if agreement is Agreement.SAME:
        return agreement, f"same colour {held or variant.color}", 20
    if held and similar is not None and similar(fold(variant.color), fold(held)) >= ALIKE:
        return agreement, f"similar colour {held}", 12
    return agreement, "", -12 + _alike(variant.color, held, similar) if held else 0


def _alike(one: str, other: str, similar: Similarity | None) -> int:
    """Up to ten points for texts that begin or read alike, where the vocabulary knows neither."""
    return int(similar(fold(one), fold(other)) / 10) if similar else 0
