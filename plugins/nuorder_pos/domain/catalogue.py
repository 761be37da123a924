"""What was looked up in the POS for some variants, archived records included, indexed by the codes that items hold.

An item may hold a code in five places. UPC and EAN are its own article numbers, which the POS keeps unique; custom
SKU, manufacturer SKU and vendor ids are free text, where a long article number is no accident and a short one may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from nuorder_pos.domain.codes import Code, read_code, repairs, same_article, spellings
from nuorder_pos.domain.gtin import canonical, case_codes, may_have_upc_e, significant
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Variant
from nuorder_pos.domain.pos import PosItem

Identity = tuple[str, str, str]
LEAST_DIGITS_OF_SKU = 10
"""Digits, leading zeros aside, from which on a number in a free text is taken for an article number."""


class Place(StrEnum):
    """Where an item holds a code, as buyers read it; the strongest first."""

    UPC = "UPC"
    EAN = "EAN"
    CUSTOM_SKU = "custom SKU"
    MANUFACTURER_SKU = "manufacturer SKU"
    VENDOR_ID = "vendor ID"

    @property
    def strong(self) -> bool:
        """Whether it is a field for article numbers."""
        return self in (Place.UPC, Place.EAN)


class Holder(NamedTuple):
    """An item that holds a code: in which place, and as which text. A tuple, because an index has very many."""

    item: PosItem
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was looked up: items by id, saved links by the identity of their variant.

    Items are found by code through ``holders``, links by code through ``links_with``.
    """

    items: Mapping[str, PosItem]
    links: Mapping[Identity, Link] = field(default_factory=dict)
    by_code: Mapping[str, Sequence[Holder]] = field(default_factory=dict)
    by_gtin: Mapping[str, Sequence[Link]] = field(default_factory=dict)
    by_style: Mapping[str, Sequence[Link]] = field(default_factory=dict)
    _families: dict[str, list[PosItem]] = field(default_factory=dict, repr=False, compare=False)
    _described: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        items: Iterable[PosItem] | Mapping[str, PosItem],
        links: Mapping[Identity, Link] | None = None,
        wanted: Container[str] | None = None,
    ) -> Catalogue:
        """Index items by every code they hold. ``wanted`` (see ``wanted_keys``) leaves out what nobody asks for."""
        known = items if isinstance(items, Mapping) else {item.item_id: item for item in items}
        by_gtin: dict[str, list[Link]] = {}
        by_style: dict[str, list[Link]] = {}
        for identity, link in sorted((links or {}).items(), key=_first):
            by_style.setdefault(identity[0], []).append(link)
            if link.gtin:
                by_gtin.setdefault(link.gtin, []).append(link)
        return cls(known, links or {}, _index(known.values(), wanted), by_gtin, by_style)

    def holders(self, code: Code) -> tuple[Holder, ...]:
        """Every item that holds this code in any spelling, each once with its strongest place; UPC and EAN first, then
        by item id."""
        keys = keys_of(code)
        if len(keys) == 1 and len(held := self.by_code.get(keys[0], ())) < 2:  # as nearly every code is
            return tuple([one for one in held if _holds(code, one)])
        found: dict[str, Holder] = {}
        for key in keys:
            for holder in self.by_code.get(key, ()):
                known = found.get(holder.item.item_id)
                if known is not None and (known.place is Place.UPC or not _better(holder, known, code)):
                    continue
                if _holds(code, holder):
                    found[holder.item.item_id] = holder
        if len(found) < 2:
            return tuple(found.values())
        return tuple(sorted(found.values(), key=_by_strength))

    def links_with(self, gtin: str) -> Sequence[Link]:
        """Saved links of variants that carried this code."""
        return self.by_gtin.get(gtin, ()) if gtin else ()

    def beside(self, item: PosItem) -> list[PosItem]:
        """Other items of the same matrix, or with the same manufacturer SKU, by id."""
        if not self._families:  # on the first call: most orders never need it
            self._families[""] = []
            for one in self.items.values():
                for family in _families_of(one):
                    self._families.setdefault(family, []).append(one)
        near = {one.item_id: one for family in _families_of(item) for one in self._families.get(family, ())}
        near.pop(item.item_id, None)
        return sorted(near.values(), key=by_id)

    def tells_apart(self, item: PosItem) -> bool:
        """Whether no other item has this item's description: one that several share says nothing about size or colour."""
        if not self._described:
            self._described.update(Counter(one.description for one in self.items.values()))
        return self._described.get(item.description, 0) < 2

    def links_of(self, style: str) -> Sequence[Link]:
        """Saved links of a style (its key)."""
        return self.by_style.get(style, ())


def keys_of(code: Code) -> tuple[str, ...]:
    """The keys under which the holders of a code are indexed."""
    if not code.gtin:
        return (significant(code.text),) if code.text else ()
    if not may_have_upc_e(code.gtin):
        return (significant(code.gtin),)  # all other spellings differ by leading zeros only
    return tuple(dict.fromkeys(map(significant, spellings(code))))


def wanted_keys(variants: Iterable[Variant]) -> set[str]:
    """Every key that matching these variants asks for."""
    keys: set[str] = set()
    for variant in variants:
        if key := _only_key(variant):
            keys.add(key)
            continue
        code = read_code(variant.upc)
        keys.update(key for one in (code, *further_codes(code)) for key in keys_of(one))
        keys.update(map(significant, case_codes_of(variant)))
    return keys


def _only_key(variant: Variant) -> str:
    """The key of a clean UPC-A or EAN-13 of a single article, which needs no other; else empty. Nearly every code is
    one, and to read it in full takes several times as long."""
    text = variant.upc
    if len(text) not in (12, 13) or variant.units_per_pack > 1 or not (gtin := canonical(text)):
        return ""
    return "" if may_have_upc_e(gtin) else significant(gtin)


def further_codes(code: Code) -> tuple[Code, ...]:
    """Codes that are not the order's own and may lead to the article: as a repair would have it, and what a case holds."""
    meant = tuple(map(read_code, repairs(code)))
    return (*meant, read_code(code.content)) if code.content else meant


def case_codes_of(variant: Variant) -> tuple[str, ...]:
    """The case codes of an article that is ordered in packs: a POS that counts cases holds one of them."""
    code = read_code(variant.upc)
    return case_codes(code.gtin) if variant.units_per_pack > 1 and code.valid and not code.content else ()


def codes_to_look_up(variants: Iterable[Variant]) -> list[str]:
    """The distinct codes, in every spelling, that must be looked up for these variants."""
    codes = (read_code(variant.upc) for variant in variants)
    return list(dict.fromkeys(text for code in codes for text in _texts(code)))


def _texts(code: Code) -> tuple[str, ...]:
    return tuple(text for one in (code, *further_codes(code)) for text in spellings(one))


def _first(entry: tuple[Identity, Link]) -> Identity:
    return entry[0]


def by_id(item: PosItem) -> tuple[int, str]:
    """Items in the order of their ids, which are numbers written as text."""
    return (len(item.item_id), item.item_id)


def _families_of(item: PosItem) -> tuple[str, ...]:
    families = (
        f"matrix {item.matrix_id}" if item.matrix_id not in ("", "0") else "",
        f"sku {item.manufacturer_sku}" if item.manufacturer_sku else "",
    )
    return tuple(family for family in families if family)


def _index(items: Iterable[PosItem], wanted: Container[str] | None) -> dict[str, list[Holder]]:
    index: dict[str, list[Holder]] = {}

    def add(item: PosItem, place: Place, text: str, key: str) -> None:
        index.setdefault(key, []).append(Holder(item, place, text))

    asked: Container[str] = _Everything() if wanted is None else wanted
    upc, ean, custom, manufacturer, vendor = Place  # to read a member costs as much as to look up a key
    for item in items:
        # One look at each field is what a million items can afford: no list of fields is built here.
        if (text := item.upc) and (key := text.lstrip("0")) in asked:
            add(item, upc, text, key)
        if (text := item.ean) and (key := text.lstrip("0")) in asked:
            add(item, ean, text, key)
        if (text := item.custom_sku) and (key := text.lstrip("0")) in asked:
            add(item, custom, text, key)
        if (text := item.manufacturer_sku) and (key := text.lstrip("0")) in asked:
            add(item, manufacturer, text, key)
        if numbers := item.vendor_numbers:
            for _, text in numbers:
                if text and (key := text.lstrip("0")) in asked:
                    add(item, vendor, text, key)
    return index


class _Everything:
    """Contains every key."""

    def __contains__(self, key: object) -> bool:
        return True


def _holds(code: Code, holder: Holder) -> bool:
    if holder.place.strong:
        return same_article(code, holder.text)
    long_enough = len(significant(code.gtin)) >= LEAST_DIGITS_OF_SKU
    return long_enough and same_article(code, holder.text)


def _better(one: Holder, other: Holder, code: Code) -> bool:
    """Whether one holder of an item says more than another of the same item: the stronger place, then the order's own
    spelling."""
    places = list(Place)
    rank = (places.index(one.place), one.text != code.text)
    return rank < (places.index(other.place), other.text != code.text)


def _by_strength(holder: Holder) -> tuple[bool, tuple[int, str]]:
    return (not holder.place.strong, by_id(holder.item))
