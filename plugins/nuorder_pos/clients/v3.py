"""The one normaliser for what R-Series V3 answers: lists that are objects, relations that are empty texts, numbers
and booleans that are texts. Everything else in the project sees lists, strings, ``Decimal``, ``bool`` and instants.

A body of another shape is an ``UnexpectedBody`` (a ``Transient``): "nothing found" is never concluded from an answer
that was not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from nuorder_pos.clients.body import clean
from nuorder_pos.clients.classify import UnexpectedBody

Row = dict[str, Any]
_LARGEST = Decimal(10) ** 15
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def rows(data: Any, entity: str) -> list[Row]:
    """The rows of a query's or a single record's answer: ``entity`` is an object, a list, "" or absent."""
    if not isinstance(data, dict):
        raise UnexpectedBody(
            f"Lightspeed answered with something that is no object where {entity} was expected."
        )
    found, value = _find(data, entity)
    if not found and not _find(data, "@attributes")[0]:
        raise UnexpectedBody(f"Lightspeed answered without {entity} and without the frame of a list.")
    return _as_rows(value, entity)


def single(data: Any, entity: str) -> Row | None:
    """The one record of an answer to a GET by id or to a write; ``None`` when there is none."""
    found = rows(data, entity)
    if len(found) > 1:
        raise UnexpectedBody(
            f"Lightspeed answered with {len(found)} {entity} records where one was expected."
        )
    return found[0] if found else None


def next_url(data: Any) -> str:
    """The address of the next page, or an empty text on the last one."""
    attributes = data.get("@attributes") if isinstance(data, dict) else None
    value = attributes.get("next") if isinstance(attributes, dict) else None
    return value.strip() if isinstance(value, str) else ""


def is_partial(data: Any, entity: str) -> bool:
    """Whether a list says that it has more rows than it holds and gives no address of the others (the V2 frame)."""
    attributes = data.get("@attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict) or "next" in attributes:
        return False
    return (integer(attributes, "count") or 0) > len(rows(data, entity))


def relation(row: Mapping[str, Any], name: str, inner: str) -> list[Row]:
    """The rows of a relation to many: ``relation(order, "OrderLines", "OrderLine")``."""
    value = _find(row, name)[1]
    if value in _NOTHING:
        return []
    if isinstance(value, list):
        return _as_rows(value, inner)
    if not isinstance(value, dict):
        raise UnexpectedBody(f"Lightspeed answered with {name} in a form that is not known.")
    found, inside = _find(value, inner)
    if not found and set(value) - {"@attributes"}:
        raise UnexpectedBody(f"Lightspeed answered with {name} without {inner} in it.")
    return _as_rows(inside, inner)


def nested(row: Mapping[str, Any], name: str) -> Row:
    """The object of a relation to one, such as ``Note``; an empty object when there is none."""
    value = _find(row, name)[1]
    if value in _NOTHING:
        return {}
    if not isinstance(value, dict):
        raise UnexpectedBody(f"Lightspeed answered with {name} in a form that is not known.")
    return value


def text(row: Mapping[str, Any], name: str) -> str:
    """A field as text, "" when it is absent or empty. Ids and codes are texts: leading zeros stay."""
    value = _find(row, name)[1]
    if value in _NOTHING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise _wrong(name, value, "a text")
    return str(value)


def reference(row: Mapping[str, Any], name: str) -> str:
    """A foreign key as text; "" when it is absent or the API's "0" for none."""
    value = text(row, name)
    return "" if value == "0" else value


def integer(row: Mapping[str, Any], name: str) -> int | None:
    """A whole number, or ``None`` when absent or empty."""
    value = amount(row, name)
    if value is None:
        return None
    if value != value.to_integral_value():
        raise _wrong(name, value, "a whole number")
    return int(value)


def amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    """A number as ``Decimal``, or ``None`` when absent or empty."""
    value = text(row, name).strip()
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _wrong(name, value, "a number") from None
    # Beyond this no amount or count is meant, and as a plain number it may have millions of digits.
    if not number.is_finite() or number.copy_abs() > _LARGEST or int(number.as_tuple().exponent) < -30:
        raise _wrong(name, value, "a number")
    return number


def boolean(row: Mapping[str, Any], name: str) -> bool:
    """A truth value; absent and empty are false."""
    value = text(row, name).strip().lower()
    if value in ("true", "1"):
        return True
    if value in ("false", "0", ""):
        return False
    raise _wrong(name, value, "true or false")


def instant(row: Mapping[str, Any], name: str) -> datetime | None:
    """An instant, aware; ``None`` when absent or empty. One without an offset is taken as UTC."""
    value = text(row, name).strip()
    if not value:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong(name, value, "a date") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _find(row: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """Whether a key is there, and its value; a key in another case counts when the exact one is absent."""
    if name in row:
        return True, row[name]
    wanted = name.lower()
    for key, value in row.items():
        if key.lower() == wanted:
            return True, value
    return False, None


def _as_rows(value: Any, entity: str) -> list[Row]:
    if value in _NOTHING:
        return []
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in found):
        raise UnexpectedBody(f"Lightspeed answered with {entity} records that are no objects.")
    return found


def _wrong(name: str, value: object, expected: str) -> UnexpectedBody:
    shown = {"list": "a list", "dict": "an object"}.get(type(value).__name__) or repr(clean(str(value), 60))
    return UnexpectedBody(f"Lightspeed answered with {shown} in {name}, which is not {expected}.")
