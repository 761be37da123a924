"""What goes out: payload values as texts, list operators, dates. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

InForm = Literal["json", "plain", "or"]
"""How several values of one field are asked for: ``IN,["A","B"]``, ``IN,[A,B]``, or ``or=field=A|field=B``."""
IN_FORMS: tuple[InForm, ...] = ("json", "plain", "or")
LONGEST_LIST = 100
"""Values that an ``IN`` list may have."""
LONGEST_VALUE = 255
"""Characters of the longest text that the POS keeps in a field that is searched by."""
_LIST_LENGTH = 6000
"""Characters of a list as it is sent: an address may have some 8,000."""
_AROUND = 25
"""Characters that a value of a list needs besides its own: quotes and comma, or field and pipe, encoded."""


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


def like_any(field: str, texts: Sequence[str]) -> tuple[str, str]:
    """The query parameter that asks for any of ``texts`` within ``field``, spaces in them standing for anything."""
    patterns = [f"~,%{'%'.join(text.split())}%" for text in texts]
    if len(patterns) == 1:
        return field, patterns[0]
    return "or", "|".join(f"{field}={pattern}" for pattern in patterns)


def chunks(
    values: Sequence[str], most: int = LONGEST_LIST, length: int = _LIST_LENGTH
) -> Iterator[Sequence[str]]:
    """The values in lists of at most ``most``, none of them longer than ``length`` characters when it is sent."""
    chunk: list[str] = []
    held = 0
    for value in values:
        own = len(quote(value, safe="")) + _AROUND
        if chunk and (len(chunk) == most or held + own > length):
            yield chunk
            chunk, held = [], 0
        chunk.append(value)
        held += own
    if chunk:
        yield chunk


def is_id(value: str) -> bool:
    """Whether a text is the id of a record: "0" and "" stand for none, and would find all records without one."""
    return value.isascii() and value.isdigit() and value.strip("0") != ""


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
