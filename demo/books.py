"""Reads the POS's own books and compares them with what was ordered, without asking our database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


class Books:
    """The records that the POS holds."""

    def __init__(self, records: Mapping[str, list[dict[str, Any]]]) -> None:
        self._records = records
        self._items = {str(item["itemID"]): item for item in records.get("Item", [])}
        self._vendors = {str(vendor["vendorID"]): vendor for vendor in records.get("Vendor", [])}
        self._shops = {str(shop["shopID"]): shop for shop in records.get("Shop", [])}

    def shops(self) -> list[str]:
        return [str(shop["name"]) for shop in self._shops.values()]

    def of_order(self, order_id: str) -> list[dict[str, Any]]:
        """Every purchase order, archived ones too, that carries the NuORDER order's id."""
        return [order for order in self._records.get("Order", []) if order.get("refNum") == order_id]

    def complaints(self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[str]:
        """What is not as it should be for an exported order with these report lines; nothing if all is well."""
        found = self.of_order(str(order["order_id"]))
        if len(found) != 1:
            return [f"the POS has {len(found)} purchase orders for it instead of one"]
        purchase = found[0]
        complaints = []
        if str(purchase["orderID"]) != str(order["po_id"]):
            complaints.append(f"its purchase order is {purchase['orderID']}, our books say {order['po_id']}")
        if str(purchase.get("archived")).lower() == "true":
            complaints.append("its purchase order is archived")
        return complaints + self._line_complaints(
            purchase["lines"], [line for line in lines if line["units"]]
        )

    def _line_complaints(
        self, booked: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        complaints = []
        units = sum(int(line["units"]) for line in wanted)
        if (count := sum(int(line["quantity"]) for line in booked)) != units:
            complaints.append(f"it has {count} units, ordered were {units}")
        known = [str(line["item_id"]) for line in wanted if line["item_id"]]
        if len(booked) != len(wanted) and len(known) == len(set(known)):
            complaints.append(f"it has {len(booked)} lines, ordered were {len(wanted)}")
        quantities: Counter[str] = Counter()
        for line in booked:
            quantities[str(line["itemID"])] += int(line["quantity"])
        if unknown := sorted(set(quantities) - set(self._items)):
            complaints.append(f"it names items that do not exist: {', '.join(unknown)}")
        ordered: Counter[str] = Counter()
        for line in wanted:
            ordered[str(line["item_id"] or "")] += int(line["units"])
        del ordered[""]
        complaints += [
            f"item {item} is on it {quantities[item]} times, ordered were {count}"
            for item, count in ordered.items()
            if quantities[item] < count
        ]
        return complaints

    def rows(self, purchase: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """The lines of a purchase order for people: item, description, code, quantity, unit cost."""
        rows: list[tuple[str, ...]] = []
        for line in purchase["lines"]:
            item = self._items.get(str(line["itemID"]), {})
            code = item.get("upc") or item.get("ean") or ""
            cost = line.get("price") or line.get("vendorCost") or ""
            rows.append(
                (
                    str(line["itemID"]),
                    str(item.get("description", "")),
                    str(code),
                    str(line["quantity"]),
                    _money(cost),
                )
            )
        return rows

    def head(self, purchase: Mapping[str, Any]) -> str:
        vendor = self._vendors.get(str(purchase.get("vendorID")), {}).get("name", "no vendor")
        shop = self._shops.get(str(purchase.get("shopID")), {}).get("name", "no shop")
        parts = [
            f"Purchase order {purchase['orderID']}",
            f"{vendor} for {shop}",
            str(purchase.get("status", "")),
        ]
        for label, key in (("ordered", "orderedDate"), ("expected", "arrivalDate")):
            if purchase.get(key):
                parts.append(f"{label} {str(purchase[key])[:10]}")
        return ", ".join(part for part in parts if part)

    def amounts(self, purchase: Mapping[str, Any]) -> str:
        lines = purchase["lines"]
        units = sum(int(line["quantity"]) for line in lines)
        goods = sum(
            (
                Decimal(str(line.get("price") or line.get("vendorCost") or 0)) * int(line["quantity"])
                for line in lines
            ),
            Decimal(0),
        )
        return (
            f"{units} units for {_money(goods)}, shipping {_money(purchase.get('shipCost'))}, "
            f"other costs {_money(purchase.get('otherCost'))}"
        )


def _money(amount: Any) -> str:
    """With two decimals, or as many more as there are."""
    value = Decimal(str(amount or 0))
    return f"{value:,.2f}" if value == value.quantize(Decimal("0.01")) else f"{value:,}"
