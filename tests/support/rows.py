"""Rows that the store's tests begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.orders import line, order, upc
from support.values import pos_item, report, stored

from nuorder_pos.store import orders, reports
from nuorder_pos.store.engine import Engine, writing

RAW = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))


def add_order(engine: Engine, order_id: str = "o-1", **fields: Any) -> bool:
    """An order that was seen; whether it is new."""
    values: dict[str, Any] = {
        "order_id": order_id, "account": "main", "brand": "Acme Outdoor", "order_number": order_id.upper(),
        "nuorder_status": "approved", "state": "discovered", "created_on": datetime(2026, 3, 2, tzinfo=UTC),
    }  # fmt: skip
    return orders.add(engine, values | fields)


def add_report(engine: Engine, order_id: str = "o-1", *, twins: bool = False) -> str:
    """A report of an order with two rows, one of them new; its hash. ``twins``: with a question."""
    items = [pos_item("7", upc(1)), *([pos_item("9", upc(1))] if twins else [])]
    body = stored(report(RAW | {"_id": order_id}, *items))
    with writing(engine) as connection:
        reports.add_report(connection, body, 1, {}, [])
        orders.change_in(connection, order_id, report_hash=body["report_hash"], state="awaiting_approval")
    found: str = body["report_hash"]
    return found
