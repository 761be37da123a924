"""Purchase orders: dates that take effect only with a line, and totals that the POS computes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.money import ZERO, rounded
from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.shapes import row, scalar
from sandbox.pos.tables.base import Body, Table, rows_of

_DATES = {"orderedDate": "_ordered", "receivedDate": "_received"}


class Orders(Table):
    """There is no status field: Open, Ordered, Check-In and Finished follow from dates and lines.

    Setting ``orderedDate`` or ``receivedDate`` moves an order only while it holds a line. ``_ordered`` and
    ``_received`` remember whether the date took effect; :func:`status` shows it.
    """

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A shop on creation; shop and vendor must exist."""
        if record is None and not self.shop_of(None, body):
            raise PosError(400, "Order not created. An Order must have a shopID.")
        for name, key in (("Shop", "shopID"), ("Vendor", "vendorID")):
            if body.get(key) not in (None, "", 0, "0"):
                self.state.need(name, body[key], 400)

    def shop_of(self, record: Record | None, body: Body) -> int:
        """The shop sent, else the one the order has."""
        nested = body.get("Shop")
        sent = body.get("shopID") or (nested.get("shopID") if isinstance(nested, dict) else None)
        return int(sent or (record["shopID"] if record else 0))

    def parsed(self, body: Body, creating: bool, privileged: bool, record: Record | None = None) -> Record:
        """Fields with the rules of this resource."""
        values = super().parsed(body, creating, privileged, record)
        for name, key in (("Shop", "shopID"), ("Vendor", "vendorID")):
            if isinstance(body.get(name), dict) and body[name].get(key):
                values[key] = self.state.need(name, body[name][key], 400)[key]
        has_lines = record is not None and bool(self.lines(record))
        if not privileged and not has_lines and self.state.switches.text("early_ordered_date") == "dropped":
            for name in _DATES:
                values.pop(name, None)
        return values

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        if creating:
            record |= {"_ordered": False, "_received": False, "_note": None, "_custom": []}
            record["createdByEmployeeID"] = record["createdByEmployeeID"] or self.state.employee_id
        if creating or "vendorID" in body or "Vendor" in body:
            self._currency(record, body)
        accept = self.state.switches.text
        if isinstance(body.get("Note"), dict) and (privileged or accept("order_note") == "accept"):
            self._note(record, body["Note"])
        if privileged or accept("order_custom_fields") == "accept":
            record["_custom"] += rows_of(body, "CustomFieldValues", "CustomFieldValue")
        if privileged or (not creating and accept("lines_in_put_order") == "accept"):
            for sent in rows_of(body, "OrderLines", "OrderLine"):
                self.state.tables.line.create({**sent, "orderID": record["orderID"]}, privileged)
        if self.lines(record):
            for name, effective in _DATES.items():
                if name in body:
                    record[effective] = record[name] is not None
        if "discount" in body:
            self.state.tables.line.discount_all(record)
        self.recount(record)

    def _currency(self, record: Record, body: Body) -> None:
        """Currency and rate come from the vendor unless they were accepted from the client."""
        vendor = self.state.get("Vendor", record["vendorID"])
        currency = (vendor["_currency"] if vendor else None) or {}
        base = self.state.account["defaultCurrency"]["code"]
        if "vendorCurrencyCode" not in body or not record["vendorCurrencyCode"]:
            record["vendorCurrencyCode"] = str(currency.get("code", base))
        if "vendorCurrencyRate" not in body or not record["vendorCurrencyRate"]:
            record["vendorCurrencyRate"] = Decimal(str(currency.get("rate", 1)))

    def _note(self, record: Record, sent: dict[str, Any]) -> None:
        record["noteID"] = record["noteID"] or self.state.next_id("Note")
        record["_note"] = {
            "noteID": record["noteID"],
            "note": str(sent.get("note") or ""),
            "isPublic": str(sent.get("isPublic")).lower() == "true",
            "timeStamp": self.state.now(),
        }

    def lines(self, record: Record) -> list[Record]:
        """The order's lines, oldest first."""
        return self.state.tables.line.of_order(record["orderID"])

    def first_line_added(self, record: Record) -> None:
        """Switch ``early_ordered_date=counts_later``: a waiting date takes effect with the first line."""
        if self.state.switches.text("early_ordered_date") == "counts_later":
            for name, effective in _DATES.items():
                record[effective] = record[effective] or record[name] is not None

    def recount(self, record: Record, stamp: bool = False) -> None:
        """Recompute totals, and the backorder of every item on the order."""
        lines = self.lines(record)
        places = self.state.switches.whole("cost_precision")
        before = sum((line["originalPrice"] * line["quantity"] for line in lines), ZERO)
        after = sum((line["total"] for line in lines), ZERO)
        record["totalQuantity"] = sum(line["quantity"] for line in lines)
        record["subTotalCost"] = rounded(before, places)
        record["totalDiscount"] = rounded(before - after, places)
        record["totalCost"] = rounded(after + record["shipCost"] + record["otherCost"], places)
        if stamp:
            record["timeStamp"] = self.state.now()
        stock = self.state.tables.stock
        stock.refresh_backorder(line["itemID"] for line in lines)

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        super().delete(record)
        self.recount(record)
        return record

    def reply(self, record: Record, body: Body, verb: str) -> dict[str, Any]:
        """As in the answer to a write."""
        shown = row(self.resource, record)
        if record["_note"]:
            shown["Note"] = {key: scalar(value) for key, value in record["_note"].items()}
        return shown


def status(record: Record) -> str:
    """The status that the POS shows for an order."""
    if record["complete"]:
        return "Finished"
    if record["_received"] and isinstance(record["receivedDate"], datetime):
        return "Check-In"
    if record["_ordered"] and isinstance(record["orderedDate"], datetime):
        return "Ordered"
    return "Open"
