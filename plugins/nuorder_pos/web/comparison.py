"""POS items between which a merchant has to choose, side by side, with what the order says of the same. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nuorder_pos.cli.text import money

MOST = 300
"""Tables in one page. An order of 1,500 variants with five candidates each would be a page of 9 MB."""
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A column: one item of the POS."""

    item_id: str
    description: str
    likely: bool
    archived: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A row: what the order says, and what each item does. ``code``: digits that are compared one by one."""

    name: str
    ordered: str
    held: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table of the candidates of one line."""

    items: tuple[Item, ...]
    facts: tuple[Fact, ...]


def worth_comparing(report: Record) -> Collection[str]:
    """Lines that get a table: those with a question and an item to look at, then those with several candidates."""
    asked = {question["line"] for question in report["questions"] if question["line"]}
    first = [line["line"] for line in report["lines"] if line["candidates"] and line["line"] in asked]
    rest = [
        line["line"] for line in report["lines"] if len(line["candidates"]) > 1 and line["line"] not in asked
    ]
    return frozenset([*first, *rest][:MOST])


def compare(line: Record, report: Record) -> Comparison:
    """The candidates of a line, the most likely one first. What neither the order nor an item says has no row."""
    found = sorted(line["candidates"], key=lambda one: not one.get("likely"))
    summary = report.get("summary") or {}
    vendor_id, vendor_name = summary.get("vendor") or "", summary.get("vendor_name") or ""

    def vendor(one: Record) -> str:
        held = str(one.get("vendor_id") or "")
        return vendor_name if held and held == vendor_id else held and f"vendor {held}"

    facts = (
        Fact("Description", line["name"], tuple(str(one["description"] or "") for one in found)),
        Fact("Colour", line["color"], _texts(found, "color")),
        Fact("Size", line["size"], _texts(found, "size")),
        Fact("UPC", line["upc"], _texts(found, "upc"), code=True),
        Fact("SKU", "", _texts(found, "sku"), code=True),
        Fact("Manufacturer SKU", line["style_number"], _texts(found, "manufacturer_sku"), code=True),
        Fact("Matrix", "", _texts(found, "matrix_id")),
        Fact("Vendor", vendor_name, tuple(vendor(one) for one in found)),
        Fact("Stock in all shops", "", _texts(found, "stock")),
        Fact(
            "Default cost",
            money(line["unit_cost"]),
            tuple(money(one.get("default_cost")) for one in found),
        ),
        Fact("Last changed", "", tuple(str(one.get("changed") or "")[:10] for one in found)),
        Fact("Why it is offered", "", _texts(found, "reason")),
    )
    items = tuple(
        Item(
            one["item_id"],
            str(one["description"] or ""),
            bool(one.get("likely")),
            bool(one.get("archived")),
        )
        for one in found
    )
    return Comparison(items, tuple(fact for fact in facts if any(fact.held)))


def _texts(found: Collection[Record], name: str) -> tuple[str, ...]:
    return tuple(str(one.get(name) or "") for one in found)
