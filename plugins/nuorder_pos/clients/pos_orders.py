"""Purchase orders as they stand in the POS, archived ones included."""

from __future__ import annotations

from itertools import islice

from nuorder_pos.clients import pos_records, v3
from nuorder_pos.clients.pos_api import PAGE, PosApi
from nuorder_pos.domain.pos import PoLine, PurchaseOrder

WHOLE = ("OrderLines", "Note")
"""Relations of an order that is read with all that belongs to it."""


class OrderReads(PosApi):
    """Reads of purchase orders."""

    def purchase_orders(self, *, ref_num: str, whole: bool = False) -> list[PurchaseOrder]:
        """Orders whose ``refNum`` is exactly ``ref_num``: the search for our own order. ``whole``: with note and lines, as far
        as a list gives them."""
        if not ref_num:
            raise ValueError("an empty refNum would find every order")
        relations = WHOLE if whole else ()
        rows = self.query("Order", {"refNum": ref_num, "archived": "true"}, relations)
        own = (row for row in rows if v3.text(row, "refNum") == ref_num)
        return [pos_records.purchase_order(row) for row in own]

    def purchase_orders_of_vendor(
        self, vendor_id: str, newest: int = 100, *, whole: bool = False
    ) -> list[PurchaseOrder]:
        """The newest orders of a vendor with their notes: the search for orders that a person exported. ``whole``: with
        their lines, as far as a list gives them."""
        if vendor_id in ("", "0"):
            return []
        params = {
            "vendorID": vendor_id,
            "archived": "true",
            "sort": "-orderID",
            "limit": str(min(PAGE, max(1, newest))),
        }
        found = self.query("Order", params, WHOLE if whole else ("Note",))
        rows = islice((row for row in found if v3.text(row, "vendorID") == vendor_id), newest)
        return [pos_records.purchase_order(row) for row in rows]

    def purchase_orders_with_b2b_uid(self, uid: str) -> list[PurchaseOrder]:
        """Orders whose ``b2bOrderUID`` is exactly ``uid``: those that Lightspeed's own link made."""
        if not uid:
            raise ValueError("an empty b2bOrderUID would find every order")
        rows = self.query("Order", {"b2bOrderUID": uid, "archived": "true"})
        return [pos_records.purchase_order(row) for row in rows if v3.text(row, "b2bOrderUID") == uid]

    def purchase_order(self, order_id: str) -> PurchaseOrder | None:
        """One order with its note and all its lines, or ``None``."""
        row = self.get("Order", order_id, WHOLE)
        if row is None:
            return None
        order = pos_records.purchase_order(row)
        told = order.total_quantity
        units = sum(line.quantity for line in order.lines)
        if len(order.lines) < PAGE and (bool(order.lines) if told is None else told == units):
            return order
        # A relation may hold no more than a page (undocumented), or less than the order's own total says.
        lines = {line.line_id: line for line in (*order.lines, *self.order_lines(order.order_id))}
        return pos_records.purchase_order(row, lines.values())

    def order_lines(self, order_id: str) -> list[PoLine]:
        """All lines of an order, in the order of their ids."""
        if order_id in ("", "0"):
            return []
        lines = (pos_records.line(row) for row in self.query("OrderLine", {"orderID": order_id}))
        return [line for line in lines if line.order_id == order_id]
