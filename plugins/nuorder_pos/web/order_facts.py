"""The head of an order: each field, what it says, and where it goes in the purchase order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nuorder_pos.cli.text import money
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import Order

NOTES = "General notes"
NOT_WRITTEN = "Not written to the purchase order"


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of the order. ``goes`` says where in the purchase order it stands."""

    label: str
    value: str
    goes: str


def facts(order: Order, report: Mapping[str, Any], expected_date: str = "ship_end") -> list[Fact]:
    """All fields that the order has, in the order in which people read them; ``expected_date`` is the brand's setting."""
    return [fact for fact in _facts(order, report, expected_date == "ship_start") if fact.value]


def _facts(order: Order, report: Mapping[str, Any], by_start: bool) -> Iterator[Fact]:
    summary, currency = report["summary"], order.currency
    vendor = summary["vendor_name"] + ("" if summary["vendor"] else " (will be created)")
    yield Fact("Brand", str(report["brand"]), f"Vendor: {vendor}; brand of new items")
    yield Fact("Order number", order.number, NOTES)
    yield Fact("NuORDER id", order.order_id, "Reference number")
    yield Fact("Customer PO", order.customer_po, NOTES)
    yield Fact("Retailer", order.retailer, NOT_WRITTEN)
    yield Fact("Created by", order.creator, NOTES)
    rep = " ".join(
        part for part in (order.rep_name, f"<{order.rep_email}>" if order.rep_email else "") if part
    )
    yield Fact("Sales rep", rep, f"{NOTES}; the vendor's rep when the vendor is created")
    ordered = f"{order.created_on:%Y-%m-%d %H:%M} UTC" if order.created_on else ""
    yield Fact("Ordered on", ordered, "Ordered date, as a day in the shop's time zone")
    start, end = ("Expected date", NOT_WRITTEN) if by_start else (NOT_WRITTEN, "Expected date")
    yield Fact("Ship window begins", str(order.first_ship_start or ""), start)
    yield Fact("Ship window ends", str(order.last_ship_end or ""), end)
    yield Fact("Units", f"{summary['units']:,}", "Quantities of the lines")
    yield Fact("Goods", money(summary["goods"], currency), "Subtotal: added up by the POS, then compared")
    yield Fact("Shipping costs", money(order.shipping, currency) if order.shipping else "", "Costs, Shipping")
    yield Fact("Surcharge", _surcharge(order), "Costs, Other")
    discount = f"{plain(order.discount)} %" if order.discount else ""
    yield Fact("Discount", discount, f"Inside the unit costs; {NOTES}")
    yield Fact("Order total", money(order.total, currency), "Total: added up by the POS, then compared")
    sent = (
        "in the account's currency"
        if summary["currency_sent_as"] == "account"
        else "in the vendor's currency"
    )
    yield Fact("Currency", currency, f"Amounts are sent {sent}")
    yield Fact("Cancelled units", str(order.cancelled_units or ""), NOT_WRITTEN)
    yield Fact("Order notes", order.notes, NOT_WRITTEN)
    yield Fact("Order group", order.group_id, f"{NOT_WRITTEN}; finds related orders")
    yield Fact("NuORDER status", order.status, NOT_WRITTEN)


def _surcharge(order: Order) -> str:
    if order.surcharge:
        return money(order.surcharge, order.currency)
    return f"{plain(order.surcharge_percent)} % of the goods" if order.surcharge_percent else ""
