"""One ordered variant against a POS: short words for the tests of matching."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from support.orders import Json, line, order, product, upc
from support.values import context, pos_item, read

from nuorder_pos.domain.catalogue import Catalogue
from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.match_data import Link, Match
from nuorder_pos.domain.matching import match
from nuorder_pos.domain.orders import Order
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.report import Report, make_report

OURS = BrandInPos(frozenset({"1"}), frozenset({"5"}))
"""The brand is vendor 1 and manufacturer 5 of the POS."""


def wanted(
    code: str | None = upc(1), style: str = "TEE", color: str = "Red", size: str = "M", units_per_pack: int = 1, **fields: Any
) -> Json:  # fmt: skip
    """An order of two pieces (or packs) of one variant."""
    raw = order("1001", line(style, color, {size: 2}, upcs={size: code}, **fields))
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = units_per_pack
    return raw


def known(item_id: str, code: str = "", color: str = "Red", size: str = "M", **fields: Any) -> PosItem:
    """An item of our brand with colour and size."""
    mine: dict[str, Any] = {"manufacturer_id": "5", "default_vendor_id": "1", "attribute_set_id": "1"}
    return pos_item(item_id, code, color=color, size=size, **{**mine, **fields})


def linked(
    item_id: str, style: str = "tee", color: str = "red", size: str = "m", code: str = "", origin: str = "upc",
    **fields: Any,
) -> Link:  # fmt: skip
    """A saved link of a variant, with the code that it had then."""
    gtin = read_code(code).gtin if code else ""
    return Link(item_id, origin, "an earlier order", (style, color, size), gtin, **fields)


def by_identity(links: Iterable[Link]) -> dict[tuple[str, str, str], Link]:
    """Links as the catalogue takes them."""
    return {one.identity: one for one in links}


def matches(raw: Json, items: Iterable[PosItem], links: Iterable[Link] = ()) -> list[Match]:
    """What matching says of each row, before anything is looked for that only resembles."""
    return match(read(raw).variants, Catalogue.of(items, by_identity(links)))


def only(raw: Json, *items: PosItem, links: Iterable[Link] = ()) -> Match:
    """The match of the one row."""
    (found,) = matches(raw, items, links)
    return found


def alike(one: str, other: str) -> float:
    """How alike two texts are, whatever the order of their words, from 0 to 100."""
    shared = set(one.split()) & set(other.split())
    if shared and shared in (set(one.split()), set(other.split())):
        return 100.0
    return 100 * SequenceMatcher(None, " ".join(sorted(one.split())), " ".join(sorted(other.split()))).ratio()


def report_of(
    raw: Json | Order, *items: PosItem, links: Iterable[Link] = (), matrices: Mapping[str, Mapping[str, str]] | None = None,
    product_fields: Mapping[str, Any] | None = None, **gathered: Any,
) -> Report:  # fmt: skip
    """The report of an order of our brand; ``gathered`` as for ``Context``, ``product_fields`` as for ``product``."""
    read_as = raw if isinstance(raw, Order) else _with_products(raw, product_fields or {})
    scene = context(items, by_identity(links), matrices=matrices)
    return make_report(read_as, replace(scene, **{"in_pos": OURS, "similar": alike, **gathered}))


def _with_products(raw: Json, fields: Mapping[str, Any]) -> Order:
    thin = [one["product"] for one in raw["line_items"]]
    known_products = [
        product(one["style_number"], one["color"], **fields) | {"_id": one["_id"]} for one in thin
    ]
    return read(raw, known_products)


def item_of(found: Match) -> str:
    """The id of the item that is taken, or nothing."""
    return found.item.item_id if found.item else ""


def offered(found: Match) -> list[str]:
    """The ids of the candidates, the first one first."""
    return [one.item.item_id for one in found.candidates]


def said(found: Match) -> list[str]:
    """The codes of the warnings."""
    return [one.code for one in found.warnings]


def asked(found: Match) -> list[str]:
    """The codes of the questions."""
    return [one.code for one in found.questions]


def values(found: Match) -> list[str]:
    """What may be answered to the one question."""
    (question,) = found.questions
    return [choice.value for choice in question.choices]
