"""Compare what was planned with what was read back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.plan import Plan
from nuorder_pos.domain.pos import PoLine, PosItem, PurchaseOrder

Key = tuple[str, int, Decimal]


def day_in(moment: datetime | None, zone: ZoneInfo) -> str:
    """The calendar day of an instant in a shop's zone; empty where there is none."""
    return moment.astimezone(zone).date().isoformat() if moment else ""


def line_key(line: PoLine, vendor_currency: bool) -> Key:
    """What a line of the purchase order says: item, quantity, unit cost."""
    cost = line.vendor_cost if vendor_currency and line.vendor_cost is not None else line.price
    return (line.item_id, line.quantity, cost)


def differences(
    plan: Plan, items: Mapping[str, str], vendor_id: str, po: PurchaseOrder, zone: ZoneInfo
) -> list[str]:
    """Every difference between the plan and the purchase order that must not be, in words.

    ``items`` gives the item id of each planned line, by step key.
    """
    found = [
        f"{name} is {got or 'not set'} instead of {want or 'not set'}"
        for name, want, got in (
            ("refNum", plan.order_id, po.ref_num),
            ("the vendor", vendor_id, po.vendor_id),
            ("the shop", plan.shop_id, po.shop_id),
            (
                "the expected date",
                plan.expected.isoformat() if plan.expected else "",
                day_in(po.expected, zone),
            ),
            ("the ordered date", plan.ordered.isoformat() if plan.ordered else "", day_in(po.ordered, zone)),
            *(
                ()
                if plan.vendor_currency
                else (
                    ("shipping", plain(plan.ship_cost), plain(po.ship_cost)),
                    ("other costs", plain(plan.other_cost), plain(po.other_cost)),
                )
            ),
        )
        if want != got
    ]
    if po.archived:
        found.append("the purchase order is archived")
    want_lines = Counter((items[line.step], line.quantity, line.unit_cost) for line in plan.lines)
    got_lines = Counter(line_key(line, plan.vendor_currency) for line in po.lines)
    found += [f"{n} line(s) missing: {_words(key)}" for key, n in sorted((want_lines - got_lines).items())]
    found += [f"{n} line(s) too many: {_words(key)}" for key, n in sorted((got_lines - want_lines).items())]
    goods = sum((line.quantity * line.unit_cost for line in plan.lines), Decimal(0))
    if not plan.vendor_currency:
        if po.subtotal is not None and po.subtotal != goods:
            found.append(f"the subtotal is {plain(po.subtotal)} instead of {plain(goods)}")
        total = goods + plan.ship_cost + plan.other_cost
        if po.total is not None and po.total != total:
            found.append(f"the total is {plain(po.total)} instead of {plain(total)}")
    return found


def _words(key: Key) -> str:
    item, quantity, cost = key
    return f"item {item}, {quantity} at {plain(cost)}"


def note_kept(plan: Plan, po: PurchaseOrder) -> bool:
    """Whether the POS kept the General notes."""
    return _lines(plan.notes) == _lines(po.note)


def _lines(text: str) -> list[str]:
    return [fold(line) for line in text.replace("\r", "\n").split("\n") if line.strip()]


def item_not_written(payload: Mapping[str, Any], item: PosItem) -> dict[str, str]:
    """Fields of a new item that the POS did not keep, with what was sent. ``payload`` has its ids resolved."""
    sent_number = payload.get("ItemVendorNums", {}).get("ItemVendorNum", [{}])[0]
    attributes = payload.get("ItemAttributes", {})
    pairs: Iterable[tuple[str, str, str]] = (
        ("UPC", payload.get("upc", ""), item.upc),
        ("description", payload.get("description", ""), item.description),
        ("brand", payload.get("manufacturerID", ""), item.manufacturer_id),
        ("category", payload.get("categoryID", ""), item.category_id),
        ("default vendor", payload.get("defaultVendorID", ""), item.default_vendor_id),
        ("manufacturer SKU", payload.get("manufacturerSku", ""), item.manufacturer_sku),
        (
            "default cost",
            payload.get("defaultCost", ""),
            plain(item.default_cost) if item.default_cost is not None else "",
        ),
        ("color", attributes.get("attribute1", ""), item.color),
        ("size", attributes.get("attribute2", ""), item.size),
        (
            "vendor id",
            sent_number.get("value", ""),
            dict(item.vendor_numbers).get(sent_number.get("vendorID", ""), ""),
        ),
    )
    missing = {name: sent for name, sent, kept in pairs if sent and sent != kept}
    kept_prices = {level: plain(amount) for level, amount in item.prices if amount is not None}
    for price in payload.get("Prices", {}).get("ItemPrice", ()):
        if kept_prices.get(price["useTypeID"]) != price["amount"]:
            missing[f"price {price['useType']}"] = price["amount"]
    return missing
