"""POS items that may be meant where no code fits: by vendor id, style number, matrix or description, inside the brand.

Offered to the merchant with the reasons in words, never taken. What certainly is another size or colour is left out;
what is left is ranked by the signs that speak for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from nuorder_pos.domain.catalogue import Catalogue, by_id
from nuorder_pos.domain.colors import compare_colors
from nuorder_pos.domain.evidence import (
    color_agreement,
    color_of,
    contradiction,
    has_size,
    same_attributes,
    size_agreement,
    size_of,
)
from nuorder_pos.domain.gtin import canonical
from nuorder_pos.domain.match_data import Candidate, Match, Warn
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.sizes import compare_sizes
from nuorder_pos.domain.vocabulary import Agreement

Similarity = Callable[[str, str], float]
"""How alike two descriptions are, from 0 to 100, whatever the order of their words."""

MOST = 5
LEAST_SCORE = 10
ALIKE = 80.0
_WORD = re.compile(r"[^\W_]+(?:[.,/'][^\W_]+)*")
_NOT_ALNUM = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Pool:
    """Items that may be the brand's, by what the wanted variants are found by."""

    by_number: Mapping[str, Sequence[PosItem]]
    by_style: Mapping[str, Sequence[PosItem]]
    by_matrix: Mapping[str, Sequence[PosItem]]
    by_word: Mapping[str, Sequence[PosItem]]
    foreign: Collection[str]
    """Ids of items of which it is not known whose they are."""

    @classmethod
    def of(cls, items: Iterable[PosItem], brand: BrandInPos, wanted: Sequence[Variant]) -> Pool:
        """Index the items that one of the wanted variants may resemble."""
        numbers = {compact(v.brand_ref) for v in wanted} - {""}
        styles = {compact(v.style_number) for v in wanted} - {""}
        names = {word for v in wanted for word in words(v.name)}
        by_number: dict[str, list[PosItem]] = {}
        by_style: dict[str, list[PosItem]] = {}
        by_matrix: dict[str, list[PosItem]] = {}
        by_word: dict[str, list[PosItem]] = {}
        foreign: set[str] = set()
        for item in items:
            ours = brand.has(item)
            if ours is False:
                continue
            if ours is None:
                foreign.add(item.item_id)
            for _, number in item.vendor_numbers:
                if compact(number) in numbers:
                    by_number.setdefault(compact(number), []).append(item)
            for style in _styles_of(item, styles):
                by_style.setdefault(style, []).append(item)
            if item.matrix_id not in ("", "0"):
                by_matrix.setdefault(item.matrix_id, []).append(item)
            if ours and names:
                for word in names.intersection(words(item.description)):
                    by_word.setdefault(word, []).append(item)
        return cls(by_number, by_style, by_matrix, by_word, foreign)


def compact(text: str) -> str:
    """A number or code as people compare it: letters and digits only, without regard to case."""
    return _NOT_ALNUM.sub("", text).casefold()


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a description that say something, folded."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(fold(text)) if len(word) > 1))


def _styles_of(item: PosItem, wanted: Collection[str]) -> Iterator[str]:
    """Wanted style numbers that the item's SKUs are or begin with, or its description names."""
    found = set()
    for sku in (item.manufacturer_sku, item.custom_sku):
        if not sku:
            continue
        if compact(sku) in wanted:
            found.add(compact(sku))
        parts = [part for part in _NOT_ALNUM.split(sku.casefold()) if part]
        found.update("".join(parts[:n]) for n in range(1, len(parts)) if "".join(parts[:n]) in wanted)
    if not found and wanted:
        parts = [compact(part) for part in item.description.split()]
        found.update(part for part in parts if len(part) > 2 and part in wanted)
    yield from sorted(found)


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
    return [
        _with_candidates(m, pool, catalogue, taken, in_order, similar) if wants_candidates(m) else m
        for m in matches
    ]


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
    found: Match, pool: Pool, catalogue: Catalogue, taken: Collection[str],
    in_order: Collection[tuple[str, str, str]], similar: Similarity | None,
) -> Match:  # fmt: skip
    by_code = [c for c in found.candidates if c.item.item_id not in taken]
    known = {c.item.item_id for c in by_code}
    scored: list[tuple[int, PosItem, str]] = []
    for item in _near(found.variant, pool, catalogue):
        if item.item_id in taken or item.item_id in known:
            continue
        if _linked_otherwise(found.variant, item, catalogue, in_order):
            continue
        score, reasons = _score(found, item, pool, catalogue, similar)
        if score >= LEAST_SCORE and reasons:
            scored.append((score, item, "; ".join(reasons)))
    scored.sort(key=lambda one: (-one[0], by_id(one[1])))
    candidates = (*by_code, *(Candidate(item, reason) for _, item, reason in scored))[:MOST]
    if not candidates or found.questions or found.candidates == candidates:
        return replace(found, candidates=candidates)
    best = candidates[0]
    text = f"POS item {best.item.item_id} {best.item.description} may be it: {best.reason}."
    return replace(found, candidates=candidates, warnings=(*found.warnings, Warn("similar_item", text)))


def _near(variant: Variant, pool: Pool, catalogue: Catalogue) -> list[PosItem]:
    """Items that something of the variant leads to."""
    matrices = {link.matrix_id for link in catalogue.links_of(variant.style_key)} - {"", "0"}
    lists = [
        pool.by_number.get(compact(variant.brand_ref), ()),
        pool.by_style.get(compact(variant.style_number), ()),
        *(pool.by_matrix.get(matrix, ()) for matrix in sorted(matrices)),
        *_by_rarest_words(variant, pool),
    ]
    return sorted({item.item_id: item for found in lists for item in found}.values(), key=by_id)


def _by_rarest_words(variant: Variant, pool: Pool) -> list[Sequence[PosItem]]:
    """Items that share the two rarest words of the name: enough to find it, and a common word finds too many."""
    found = sorted((pool.by_word.get(word, ()) for word in words(variant.name)), key=len)
    return [items for items in found if items][:2]


def _linked_otherwise(
    variant: Variant, item: PosItem, catalogue: Catalogue, in_order: Collection[tuple[str, str, str]]
) -> bool:
    """Whether a saved link says that the item is another article than this variant."""
    for link in catalogue.links_of(variant.style_key):
        if link.item_id != item.item_id:
            continue
        _, color, size = link.identity
        if link.identity in in_order:
            return True
        sizes = compare_sizes(variant.size, size) if has_size(variant) and size else Agreement.UNKNOWN
        colors = compare_colors(variant.color, color) if variant.color and color else Agreement.UNKNOWN
        if Agreement.DIFFERENT in (sizes, colors):
            return True
    return False


def _score(
    found: Match, item: PosItem, pool: Pool, catalogue: Catalogue, similar: Similarity | None
) -> tuple[int, list[str]]:
    """How much speaks for an item, and what; 0 where it certainly is another article."""
    variant = found.variant
    points, reasons = _style_signs(variant, item, catalogue, similar)
    if not points:
        return 0, []
    for agreement, same, unlike in (_size_sign(variant, item, similar), _color_sign(variant, item, similar)):
        if agreement is Agreement.DIFFERENT:
            return 0, []
        points += unlike
        if same:
            reasons.append(same)
    if found.code.valid and canonical(item.upc) and canonical(item.upc) != found.code.gtin:
        if not same_attributes(variant, item):
            return 0, []  # two valid codes are two articles, unless everything else says that it is one
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


def _style_signs(
    variant: Variant, item: PosItem, catalogue: Catalogue, similar: Similarity | None
) -> tuple[int, list[str]]:
    """What says that it is the style."""
    points, reasons = 0, []
    numbers = {compact(number) for _, number in item.vendor_numbers}
    if variant.brand_ref and compact(variant.brand_ref) in numbers:
        points += 40
        reasons.append(f"its vendor ID is the brand's own for this style and colour ({variant.brand_ref})")
    if variant.style_number and compact(variant.style_number) in set(
        _styles_of(item, {compact(variant.style_number)})
    ):
        points += 30
        reasons.append(f"same style number {variant.style_number}")
    if any(
        link.matrix_id == item.matrix_id and item.matrix_id not in ("", "0")
        for link in catalogue.links_of(variant.style_key)
    ):
        points += 25
        reasons.append(f"in matrix {item.matrix_id} of this style")
    alike = similar(" ".join(words(variant.name)), " ".join(words(item.description))) if similar else 0.0
    if variant.name and alike >= ALIKE:
        points += int(alike * 0.3)
        reasons.append("similar description")
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
