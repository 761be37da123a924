"""The verdict, from the two other sides alone: the POS's own ledger against NuORDER's own orders.

Nothing of the product is asked but how each order ended and which reason it gives. What has to be in the POS is worked
out here, from the order as NuORDER has it, and not taken from the product's plan.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from prove.world import Json, Ledgers, World

EXPORTED = "exported"
STOPPED = ("held", "failed")
"""States in which an order may stay, with its reason: a person goes on from there."""

Line = tuple[str, int, Decimal]
"""Item (its code, or its description), quantity, unit cost."""


@dataclass(frozen=True)
class Variant:
    """One size of one line of an order, as it has to arrive."""

    item: str
    description: str
    matrix: str
    quantity: int
    cost: Decimal
    pictured: bool


@dataclass(frozen=True)
class End:
    """How an order ended, in the product's own words."""

    number: str
    state: str
    reason: str


@dataclass
class Verdict:
    """What is wrong, each in words; what was found out and named (outside of the promise); how the orders ended."""

    violations: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


def judge(world: World, before: Ledgers, *, promised: bool = True) -> Verdict:
    """Judge a world in which everything has come to its end. ``before`` is how it stood when nothing was exported.

    ``promised`` is false where the POS applied a request after the waiting time: a record may then be there twice if the
    product says so by naming both, or removed what was too many.
    """
    return _Judge(world.ledgers(), before, _ends(world), promised).verdict()


def _ends(world: World) -> list[End]:
    found = []
    for raw in world.ledgers().orders:
        row = world.shop.row(raw["order_number"])
        found.append(End(raw["order_number"], row["state"], row["reason"]))
    return found


class _Judge:
    def __init__(self, now: Ledgers, before: Ledgers, ends: list[End], promised: bool) -> None:
        self.now, self.before, self.promised = now, before, promised
        self.found = Verdict(ends=ends)
        self.end_of = {end.number: end for end in ends}
        products = {one["_id"]: one for one in now.products}
        self.wanted = {raw["order_number"]: variants(raw, products) for raw in now.orders}
        self.items = {one["itemID"]: one for one in now.pos["Item"]}

    def verdict(self) -> Verdict:
        for raw in self.now.orders:
            self._end(self.end_of[raw["order_number"]])
            self._order(raw)
        self._foreign_orders()
        self._orphans()
        everything = [variant for found in self.wanted.values() for variant in found]
        self._once("Item", {v.item for v in everything}, self._items_by_name())
        # Two suppliers may each have a style of the same name.
        self._once(
            "ItemMatrix",
            {v.matrix for v in everything},
            self._by("ItemMatrix", "description", "defaultVendorID"),
        )
        brands = {raw["__brand_name"] for raw in self._with_brands()}
        self._once("Vendor", brands, self._by("Vendor", "name"))
        self._once("Manufacturer", brands, self._by("Manufacturer", "name"))
        self._images(everything)
        return self.found

    def _end(self, end: End) -> None:
        if end.state != EXPORTED and end.state not in STOPPED:
            self.wrong(f"order {end.number} ended {end.state}: {end.reason}")
        elif end.state in STOPPED and not end.reason.strip():
            self.wrong(f"order {end.number} is {end.state} and says no reason")

    def _order(self, raw: Json) -> None:
        number, end = raw["order_number"], self.end_of[raw["order_number"]]
        ours = [po for po in self.now.pos["Order"] if po["refNum"] == raw["_id"]]
        live = [po for po in ours if not po["archived"]]
        archived = [po for po in ours if po["archived"]]
        if archived and self.promised:
            self.wrong(f"order {number} has archived purchase orders: {_ids(archived, 'orderID')}")
        for po in archived:
            if po["lines"]:
                self.wrong(f"the archived purchase order {po['orderID']} of order {number} has lines")
        if len(live) > 1:
            self.double(f"order {number} has {len(live)} purchase orders", [po["orderID"] for po in live])
        if end.state == EXPORTED and not live:
            self.wrong(f"order {number} is exported and has no purchase order")
        for po in live[:1] if end.state == EXPORTED else live:
            self._lines(number, po, exported=end.state == EXPORTED)
        if end.state == EXPORTED and live:
            self._head(raw, live[0])

    def _lines(self, number: str, po: Json, *, exported: bool) -> None:
        wanted = lines_of(self.wanted[number])
        there = Counter(
            (self._label(one["itemID"]), int(one["quantity"]), Decimal(one["price"])) for one in po["lines"]
        )
        for line in there - wanted:
            same = [one["orderLineID"] for one in po["lines"] if self._label(one["itemID"]) == line[0]]
            what = f"purchase order {po['orderID']} of order {number} has a line too many: {_words(line)}"
            if line in wanted:
                self.double(what, same)
            else:
                self.wrong(what)
        if exported:
            for line in wanted - there:
                self.wrong(f"purchase order {po['orderID']} of order {number} lacks {_words(line)}")

    def _head(self, raw: Json, po: Json) -> None:
        number, wanted = raw["order_number"], lines_of(self.wanted[raw["order_number"]])
        shipping = Decimal(str((raw.get("order_discounts") or {}).get("shipping_final_amount") or 0))
        total = shipping + sum((quantity * cost for _, quantity, cost in wanted.elements()), Decimal(0))
        vendors = {one["vendorID"]: one["name"] for one in self.now.pos["Vendor"]}
        brand = next(one["__brand_name"] for one in self._with_brands() if one["_id"] == raw["_id"])
        facts = (
            ("total", Decimal(po["totalCost"]), total),
            ("shipping", Decimal(po["shipCost"]), shipping),
            ("status", po["status"], "Ordered"),
            ("vendor", vendors.get(po["vendorID"]), brand),
        )
        for name, is_now, should in facts:
            if is_now != should:
                self.wrong(f"the {name} of order {number}'s purchase order is {is_now} and not {should}")
        pictured = {v.matrix for v in self.wanted[number] if v.pictured and self._is_new(v)}
        matrices = {one["itemMatrixID"]: one["description"] for one in self.now.pos["ItemMatrix"]}
        # On the matrix, or on one of its items where another order's export made the matrix first.
        of_items = {one["itemID"]: one["itemMatrixID"] for one in self.now.pos["Item"]}
        shown = {
            matrices.get(one["itemMatrixID"] or of_items.get(one["itemID"])) for one in self.now.pos["Image"]
        }
        if (missing := pictured - shown) and "image" not in self.end_of[number].reason:
            self.wrong(
                f"the image of {', '.join(sorted(missing))} is missing, and order {number} does not say so"
            )

    def _foreign_orders(self) -> None:
        known = {raw["_id"] for raw in self.now.orders}
        there_before = {po["orderID"] for po in self.before.pos["Order"]}
        for po in self.now.pos["Order"]:
            if po["refNum"] not in known and po["orderID"] not in there_before:
                self.wrong(f"purchase order {po['orderID']} belongs to no order (refNum {po['refNum']!r})")

    def _orphans(self) -> None:
        orders = {po["orderID"] for po in self.now.pos["Order"]}
        for line in self.now.pos["OrderLine"]:
            if line["orderID"] not in orders:
                self.wrong(f"line {line['orderLineID']} belongs to no purchase order")
            if line["itemID"] not in self.items or self.items[line["itemID"]]["archived"]:
                self.wrong(f"line {line['orderLineID']} is for item {line['itemID']}, which is not there")

    def _once(self, kind: str, wanted: set[str], found: Mapping[tuple[str, ...], list[int]]) -> None:
        """Nothing of a kind twice, and nothing new that no order wants."""
        there_before = set(_live(self.before.pos[kind], _KEYS[kind]))
        for (name, *_), ids in found.items():
            if len(ids) > 1:
                self.double(f"{kind} {name!r} is there {len(ids)} times", ids)
            if name not in wanted and (new := [one for one in ids if one not in there_before]):
                self.wrong(f"{kind} {', '.join(map(str, new))} {name!r} is wanted by no order")
        for gone in sorted(there_before - {one for ids in found.values() for one in ids}):
            self.wrong(f"{kind} {gone}, which was there before, is gone")

    def _images(self, everything: Iterable[Variant]) -> None:
        shown: dict[tuple[int, int, str], list[int]] = defaultdict(list)
        for image in self.now.pos["Image"]:
            shown[image["itemMatrixID"], image["itemID"], image["description"]].append(image["imageID"])
        for (_, _, description), ids in shown.items():
            if len(ids) > 1:
                self.double(f"the image {description!r} is there {len(ids)} times", ids)
        if len(shown) > len({v.matrix for v in everything if v.pictured}):
            what = f"there are images of {len(shown)} records, more than the orders show"
            owners = Counter(description for _, _, description in shown)
            twice = [description for description, number in owners.items() if number > 1]
            told = twice and all(
                any("May be in the POS twice" in end.reason and one in end.reason for end in self.found.ends)
                for one in twice
            )
            (self.found.named if told and not self.promised else self.found.violations).append(what)

    def _items_by_name(self) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for item_id in _live(self.now.pos["Item"], "itemID"):
            found[(self._label(item_id),)].append(item_id)
        return found

    def _by(self, kind: str, *names: str) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for one in self.now.pos[kind]:
            if not one.get("archived"):
                found[tuple(str(one[name]) for name in names)].append(one[_KEYS[kind]])
        return found

    def _label(self, item_id: int) -> str:
        item = self.items.get(item_id)
        return str(item["upc"] or item["description"]) if item else f"item {item_id}"

    def _is_new(self, variant: Variant) -> bool:
        return all(variant.item not in (one["upc"], one["description"]) for one in self.before.pos["Item"])

    def _with_brands(self) -> list[Json]:
        return [{**raw, "__brand_name": self.now.brand_names[raw["__brand"]]} for raw in self.now.orders]

    def wrong(self, what: str) -> None:
        self.found.violations.append(what)

    def double(self, what: str, ids: Iterable[int]) -> None:
        """Something is there more than once: wrong, unless that could happen and a reason names every record."""
        wanted = {str(one) for one in ids}
        told = any(wanted <= set(re.findall(r"\d+", end.reason)) for end in self.found.ends)
        words = f"{what} ({', '.join(sorted(wanted))})"
        (self.found.named if told and not self.promised else self.found.violations).append(words)


_KEYS = {
    "Item": "itemID", "ItemMatrix": "itemMatrixID", "Vendor": "vendorID", "Manufacturer": "manufacturerID",
}  # fmt: skip


def variants(raw: Json, products: Mapping[str, Json]) -> list[Variant]:
    """What an order asks for, size by size."""
    found = []
    for line in raw["line_items"]:
        thin = line["product"]
        shown = products[thin["_id"]]
        for size in line["sizes"]:
            words = [shown["name"], thin["color"], "" if size["size"] == "default" else size["size"]]
            description = " ".join(word for word in words if word)
            found.append(
                Variant(
                    item=size.get("upc") or description,
                    description=description,
                    matrix=f"{shown['name']} {thin['style_number']}",
                    quantity=int(size["quantity"]),
                    cost=Decimal(str(size["price"])),
                    pictured=bool(shown["images"]),
                )
            )
    return found


def lines_of(wanted: Iterable[Variant]) -> Counter[Line]:
    """The lines that a purchase order has to have: one for each item at one cost."""
    quantities: dict[tuple[str, Decimal], int] = defaultdict(int)
    for variant in wanted:
        quantities[variant.item, variant.cost] += variant.quantity
    return Counter((item, quantity, cost) for (item, cost), quantity in quantities.items())


def _live(records: Iterable[Json], key: str) -> list[int]:
    return [one[key] for one in records if not one.get("archived")]


def _words(line: Line) -> str:
    return f"{line[1]} x {line[0]} at {line[2]}"


def _ids(records: Iterable[Json], key: str) -> str:
    return ", ".join(str(one[key]) for one in records)
