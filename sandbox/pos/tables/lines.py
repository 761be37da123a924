"""Lines of purchase orders: each needs its own POST, and DELETE is permanent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.money import rounded
from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record, Resource
from sandbox.pos.tables.base import Body, Table
from sandbox.pos.tables.orders import status

if TYPE_CHECKING:
    from sandbox.pos.state import PosState

_HUNDRED = Decimal(100)


class OrderLines(Table):
    """``price`` is after the order's discount, ``originalPrice`` before it, both in the account's currency;
    ``vendorCost`` is before it in the vendor's, and is sent instead of ``originalPrice``."""

    def __init__(self, state: PosState, resource: Resource) -> None:
        super().__init__(state, resource)
        self._by_order: dict[int, list[Record]] = {}

    def of_order(self, order_id: int) -> list[Record]:
        """The lines of one order, oldest first."""
        return self._by_order.get(order_id, [])

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """Order and item must exist; the order must be open."""
        if record is None:
            for name, key in (("Order", "orderID"), ("Item", "itemID")):
                if not body.get(key):
                    raise PosError(400, f"OrderLine not created. An OrderLine must have an {key}.")
                self.state.need(name, body[key], 400)
        if not privileged:
            self._check_open(self.state.need("Order", record["orderID"] if record else body["orderID"]))

    def _check_open(self, order: Record) -> None:
        """Lines of a Check-In or Finished order: undocumented, by switch."""
        answer = self.state.switches.text("closed_order_lines")
        if answer != "allow" and status(order) in ("Check-In", "Finished"):
            raise PosError(int(answer), f"The lines of an Order in {status(order)} cannot be changed.")

    def create(self, body: Body, privileged: bool = False) -> Record:
        """The same item twice: kept, merged or refused by switch ``duplicate_lines``."""
        answer = self.state.switches.text("duplicate_lines")
        if answer != "keep" and not privileged:
            item_id, order_id = int(body.get("itemID") or 0), int(body.get("orderID") or 0)
            twin = next((line for line in self.of_order(order_id) if line["itemID"] == item_id), None)
            if twin is not None and answer == "reject":
                raise PosError(422, "OrderLine not created. The item is already on the order.")
            if twin is not None:
                return self.update(twin, {"quantity": twin["quantity"] + int(body.get("quantity") or 0)})
        return super().create(body, privileged)

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        order = self.state.need("Order", record["orderID"], 400)
        self._costs(record, order, body)
        if creating:
            lines = self._by_order.setdefault(record["orderID"], [])
            lines.append(record)
            if len(lines) == 1:
                self.state.tables.order.first_line_added(order)
        self.state.tables.order.recount(order, stamp=not privileged)

    def _costs(self, record: Record, order: Record, body: Body) -> None:
        """Fill the costs that were not sent from those that were, and round to the POS's precision."""
        places = self.state.switches.whole("cost_precision")
        share = 1 - order["discount"] / _HUNDRED
        if body.get("vendorCost") not in (None, "", 0, "0") and not body.get("originalPrice"):
            record["originalPrice"] = record["vendorCost"] * order["vendorCurrencyRate"]
            record["price"] = record["originalPrice"] * share
        elif "originalPrice" in body and "price" not in body:
            record["price"] = record["originalPrice"] * share
        elif "price" in body and "originalPrice" not in body:
            record["originalPrice"] = record["price"] / share if share else record["price"]
        for name in ("price", "originalPrice", "vendorCost"):
            record[name] = rounded(Decimal(record[name]), places)
        record["total"] = record["price"] * record["quantity"]

    def discount_all(self, order: Record) -> None:
        """A changed order discount, in percent, applies to every unit cost."""
        places = self.state.switches.whole("cost_precision")
        share = 1 - order["discount"] / _HUNDRED
        for line in self.of_order(order["orderID"]):
            line["price"] = rounded(line["originalPrice"] * share, places)
            line["total"] = line["price"] * line["quantity"]

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        order = self.state.need("Order", record["orderID"], 400)
        self._check_open(order)
        self.remove(record, order)
        return record

    def remove(self, record: Record, order: Record) -> None:
        """Take a line off its order for good; without lines the order is Open again."""
        super().delete(record)
        self._by_order[order["orderID"]].remove(record)
        if not self.of_order(order["orderID"]):
            order["_ordered"] = order["_received"] = False
        self.state.tables.order.recount(order, stamp=True)
        self.state.tables.stock.refresh_backorder([record["itemID"]])
