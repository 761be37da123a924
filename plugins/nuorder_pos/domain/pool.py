"""Items of the POS that an order's open lines may be, indexed by what leads to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nuorder_pos.domain.catalogue import Catalogue, by_id
from nuorder_pos.domain.match_data import Match
from nuorder_pos.domain.orders import Variant, fold
from nuorder_pos.domain.pos import BrandInPos, PosItem

_WORD = re.compile(r"[^\W_]+(?:[.,/'][^\W_]+)*")
SHORTEST_PHRASE = 8
"""Letters from which on the beginning of a description is a shop's name for a style."""
_NOT_ALNUM = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Kin:
    """What the POS has of a style already, by its saved links and by the matched lines of the order: the matrices and
    manufacturer SKUs of those items, and the words with which all their descriptions begin (folded)."""

    matrices: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    phrase: str = ""

    @classmethod
    def of(cls, style: str, lines: Iterable[Match], catalogue: Catalogue) -> Kin:
        """The kin of a style."""
        links = catalogue.links_of(style)
        items = [m.item for m in lines if m.item is not None and not m.questions]
        items += [found for link in links if (found := catalogue.items.get(link.item_id)) is not None]
        matrices = {link.matrix_id for link in links} | {item.matrix_id for item in items}
        return cls(
            frozenset(matrices - {"", "0"}),
            frozenset({item.manufacturer_sku for item in items} - {""}),
            _common_words(items),
        )

    def describes(self, item: PosItem) -> bool:
        """Whether an item is described as the style's others are."""
        return bool(self.phrase) and fold(item.description).startswith(self.phrase)


def _common_words(items: Sequence[PosItem]) -> str:
    """The words with which all descriptions begin, without colour and size; empty where they say too little."""
    common: list[str] | None = None
    for item in items:
        attributes = set(fold(f"{item.color} {item.size}").split())
        described = fold(item.description).split()
        while described and described[-1] in attributes:
            described.pop()
        if common is None:
            common = described
        else:
            same = [one == other for one, other in zip(common, described, strict=False)]
            common = common[: same.index(False) if False in same else len(same)]
    phrase = " ".join(common or ())
    return phrase if len(common or ()) > 1 and len(phrase) >= SHORTEST_PHRASE else ""


@dataclass(frozen=True, slots=True)
class Pool:
    """Items that may be the brand's, by what the wanted variants are found by."""

    by_number: Mapping[str, Sequence[PosItem]]
    by_style: Mapping[str, Sequence[PosItem]]
    by_matrix: Mapping[str, Sequence[PosItem]]
    by_word: Mapping[str, Sequence[PosItem]]
    by_sku: Mapping[str, Sequence[PosItem]]
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
        by_sku: dict[str, list[PosItem]] = {}
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
            for style in styles_of(item, styles):
                by_style.setdefault(style, []).append(item)
            if item.matrix_id not in ("", "0"):
                by_matrix.setdefault(item.matrix_id, []).append(item)
            if item.manufacturer_sku:
                by_sku.setdefault(item.manufacturer_sku, []).append(item)
            if ours and names:
                for word in names.intersection(words(item.description)):
                    by_word.setdefault(word, []).append(item)
        return cls(by_number, by_style, by_matrix, by_word, by_sku, foreign)

    def near(self, variant: Variant, kin: Kin) -> list[PosItem]:
        """Items that something of the variant, or of its style's other lines, leads to, by id."""
        lists = [
            self.by_number.get(compact(variant.brand_ref), ()),
            self.by_style.get(compact(variant.style_number), ()),
            *(self.by_matrix.get(matrix, ()) for matrix in sorted(kin.matrices)),
            *(self.by_sku.get(sku, ()) for sku in sorted(kin.skus)),
            *self._by_rarest_words(variant),
        ]
        return sorted({item.item_id: item for found in lists for item in found}.values(), key=by_id)

    def _by_rarest_words(self, variant: Variant) -> list[Sequence[PosItem]]:
        """Items that share the two rarest words of the name: enough to find it, and a common word finds too many."""
        found = sorted((self.by_word.get(word, ()) for word in words(variant.name)), key=len)
        return [items for items in found if items][:2]


@lru_cache(maxsize=65536)
def compact(text: str) -> str:
    """A number or code as people compare it: letters and digits only, without regard to case."""
    return _NOT_ALNUM.sub("", text).casefold()


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a description that say something, folded."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(fold(text)) if len(word) > 1))


def styles_of(item: PosItem, wanted: Collection[str]) -> Iterator[str]:
    """Wanted style numbers that the item's SKUs or vendor ids are or begin with, or its description names."""
    skus = (item.manufacturer_sku, item.custom_sku, *(number for _, number in item.vendor_numbers))
    found = {style for sku in skus if sku for style in _styles_in_sku(sku) if style in wanted}
    if not found and wanted:
        found = {style for style in _styles_in_words(item.description) if style in wanted}
    yield from sorted(found)


@lru_cache(maxsize=65536)
def _styles_in_sku(sku: str) -> tuple[str, ...]:
    """What a SKU is, and each of its beginnings that ends where a part of it does."""
    parts = [part for part in _NOT_ALNUM.split(sku.casefold()) if part]
    return (compact(sku), *("".join(parts[:n]) for n in range(1, len(parts))))


@lru_cache(maxsize=65536)
def _styles_in_words(description: str) -> tuple[str, ...]:
    """The words of a description that hold a digit: "TEE" is a word and no style number."""
    return tuple([word for word in map(compact, description.split()) if any(map(str.isdigit, word))])
