"""Records of the POS as JSON and back, exactly: amounts keep their digits, instants their offset, pairs stay pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.pos import PosItem, PosMatrix

Json = dict[str, Any]
VERSION = 1
"""Goes up with every change of the records' fields: what an older release wrote is not read."""
_INSTANTS = ("created", "changed")
_AMOUNT_PAIRS = ("prices", "stock")


def dump(record: PosItem | PosMatrix) -> Json:
    """A record as JSON, without the fields that have their default."""
    return {
        field.name: _plain(value)
        for field in fields(record)
        if (value := getattr(record, field.name)) != field.default
    }


def load_item(data: Mapping[str, Any]) -> PosItem:
    """The item that ``dump`` wrote."""
    found: Json = dict(data)
    if "default_cost" in found:
        found["default_cost"] = Decimal(found["default_cost"])
    for name in _INSTANTS:
        if name in found:
            found[name] = datetime.fromisoformat(found[name])
    for name in _AMOUNT_PAIRS:
        if name in found:
            found[name] = tuple((key, None if n is None else Decimal(n)) for key, n in found[name])
    if "vendor_numbers" in found:
        found["vendor_numbers"] = tuple((vendor, number) for vendor, number in found["vendor_numbers"])
    return PosItem(**found)


def load_matrix(data: Mapping[str, Any]) -> PosMatrix:
    """The matrix that ``dump`` wrote."""
    return PosMatrix(**data)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
