"""Writing records the way the POS does: every scalar a string, one row an object, unset dates left out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.money import plain
from sandbox.pos.schema import Record, Resource


def scalar(value: Any) -> str:
    """One value as the string that goes over the wire."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    if isinstance(value, Decimal):
        return plain(value)
    return str(value)


def row(resource: Resource, record: Record) -> dict[str, Any]:
    """The record's own fields, key first, in the order of the recordings."""
    out: dict[str, Any] = {resource.key: scalar(record[resource.key])}
    for field in resource.fields:
        value = record.get(field.name, field.start)
        if value is not None:
            out[field.name] = scalar(value)
    return out


def one_or_many(rows: list[Any]) -> Any:
    """A single row stands alone, several stand in a list."""
    return rows[0] if len(rows) == 1 else rows


def collection(name: str, rows: list[Any]) -> dict[str, Any] | None:
    """A relation with rows: wrapped once more under its own name. Without rows the relation is absent."""
    return {name: one_or_many(rows)} if rows else None


def single(name: str, shown: dict[str, Any]) -> dict[str, Any]:
    """The answer to GET by id, POST, PUT and DELETE."""
    return {"@attributes": {"count": "1"}, name: shown}


def to_xml(root: str, value: Any) -> str:
    """The default format of the API, for clients that asked for neither ``.json`` nor JSON."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _element(root, value)


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(str(value))}</{name}>"
    attributes = "".join(
        f" {key}={quoteattr(str(text))}" for key, text in value.get("@attributes", {}).items()
    )
    inner = "".join(_element(key, child) for key, child in value.items() if key != "@attributes")
    return f"<{name}{attributes}>{inner}</{name}>"
