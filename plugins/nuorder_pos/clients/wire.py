"""What goes out: payload values as texts, list operators, dates. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

InForm = Literal["json", "plain", "or"]
"""How several values of one field are asked for: ``IN,["A","B"]``, ``IN,[A,B]``, or ``or=field=A|field=B``."""
IN_FORMS: tuple[InForm, ...] = ("json", "plain", "or")


def payload(values: Mapping[str, Any]) -> dict[str, Any]:
    """A payload with texts only. ``None`` becomes "", which clears a field. A ``float`` is a mistake of the caller."""
    return {name: _value(value) for name, value in values.items()}


def date_only(day: date) -> str:
    """A calendar day, which the POS takes as midnight in the shop's zone."""
    return day.isoformat() if not isinstance(day, datetime) else day.date().isoformat()


def any_of(field: str, values: Sequence[str], form: InForm) -> tuple[str, str]:
    """The query parameter that asks for any of ``values`` (not encoded yet).

    Ids are numbers, and a list of them is always plain, as documented. For other fields the form is the caller's
    choice.
    """
    if field.endswith("ID") and form != "or":
        return field, f"IN,[{','.join(values)}]"
    if form == "json":
        return field, "IN," + json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    if form == "plain":
        return field, f"IN,[{','.join(values)}]"
    return "or", "|".join(f"{field}={value}" for value in values)


def listable(value: str) -> bool:
    """Whether a value can stand in every kind of list without being mistaken for an operator or for two values."""
    return bool(value) and not set(value) & set('|,=~<>!%[]"\\')


def relations(names: Sequence[str]) -> dict[str, str]:
    """The ``load_relations`` parameter; empty for no relations."""
    return {"load_relations": json.dumps(list(names), separators=(",", ":"))} if names else {}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return payload(value)
    if isinstance(value, list | tuple):
        return [_value(entry) for entry in value]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an instant without a zone cannot be sent")
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return date_only(value)
    if isinstance(value, str | int):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent: money and quantities are Decimal or int")
