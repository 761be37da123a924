"""The POS's state in plain JSON with typed values, for tests and curious people."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.money import plain
from sandbox.pos.schema import Record
from sandbox.pos.state import PosState
from sandbox.pos.tables.orders import status

_NAMES = {
    "_attributes": "attributes",
    "_vendor_nums": "vendor_numbers",
    "_note": "note",
    "_custom": "custom_fields",
    "_tags": "tags",
    "_components": "components",
    "_prices": "prices",
    "_values": "attribute_values",
    "_contact": "contact",
    "_reps": "reps",
    "_currency": "purchasingCurrency",
    "_sha256": "sha256",
}


def ledger(state: PosState) -> dict[str, Any]:
    """Every record of every type, archived ones too: ids and quantities are numbers, amounts decimal strings,
    dates ISO 8601 or null."""
    records = {
        name: [plain_record(state, name, record) for record in rows.values()]
        for name, rows in state.rows.items()
    }
    return {"records": records}


def plain_record(state: PosState, name: str, record: Record) -> dict[str, Any]:
    """One record; an order also with its status and its lines."""
    shown: dict[str, Any] = {state.tables[name].resource.key: record[state.tables[name].resource.key]}
    for key, value in record.items():
        if not key.startswith("_"):
            shown[key] = _plain(value)
        elif key in _NAMES:
            shown[_NAMES[key]] = _plain(value)
    if "_prices" in record:
        shown["prices"] = {
            level["name"]: plain(record["_prices"].get(level["priceLevelID"], Decimal(0)))
            for level in state.all("PriceLevel")
        }
    if name == "Order":
        shown["status"] = status(record)
        shown["lines"] = [
            plain_record(state, "OrderLine", line) for line in state.tables.line.of_order(record["orderID"])
        ]
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
