"""Query parameters of the POS API: filters with operators, ``or=``, sorting and cursors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from sandbox.pos.errors import PosError

RESERVED: Final = frozenset(
    {
        "limit",
        "after",
        "before",
        "sort",
        "count",
        "load_relations",
        "archived",
        "or",
        "pretty_print",
        "next",
        "previous",
        "offset",
        "orderby",
        "orderby_desc",
    }
)
_OPERATORS: Final = ("><", ">=", "<=", "!=", "!~", ">", "<", "~", "=", "IN")
RANGE_OPERATORS: Final = frozenset({">", ">=", "<", "<=", "><"})
_MOST_IN_VALUES: Final = 100


@dataclass(frozen=True)
class Filter:
    """One condition: ``field`` may name a relation's field (``ItemShops.qoh``)."""

    field: str
    operator: str
    value: str

    @property
    def entity(self) -> str:
        """The relation searched in, or an empty string for the resource itself."""
        return self.field.rpartition(".")[0]


@dataclass(frozen=True)
class Query:
    """A parsed query string."""

    pairs: tuple[tuple[str, str], ...]
    filters: tuple[Filter, ...]
    alternatives: tuple[Filter, ...]
    relations: tuple[str, ...]
    all_relations: bool
    params: dict[str, str]

    @property
    def counting(self) -> bool:
        """Whether only the number of rows is asked for."""
        return self.params.get("count") in ("1", "true")


def parse_filter(field: str, text: str) -> Filter:
    """Read ``field=<op>,<value>``; without an operator it is equality."""
    for operator in _OPERATORS:
        if text.startswith(operator + ","):
            return Filter(field, operator, text[len(operator) + 1 :])
    return Filter(field, "=", text)


def _alternatives(raw: str, pipe: str) -> list[Filter]:
    """Read ``or=``. The parts are separated by a raw pipe; clients' libraries encode it, so an encoded one
    separates as well unless a raw one is there (switch ``or_pipe``)."""
    if "|" in raw or pipe == "raw":
        parts = [unquote_plus(part) for part in raw.split("|")]
    else:
        parts = unquote_plus(raw).split("|")
    found = []
    for part in parts:
        field, equals, value = part.partition("=")
        if not equals:
            raise PosError(400, f"Invalid or parameter: {part}")
        found.append(parse_filter(field, value))
    return found


def parse_query(raw: str, or_pipe: str = "both") -> Query:
    """Parse a raw query string; raises 400 for forms that cannot be read."""
    pairs, params, filters, alternatives = [], {}, [], []
    for part in filter(None, raw.split("&")):
        name, _, text = part.partition("=")
        key, value = unquote_plus(name), unquote_plus(text)
        pairs.append((key, value))
        if key == "or":
            alternatives += _alternatives(text, or_pipe)
        elif key in RESERVED:
            params[key] = value
        else:
            filters.append(parse_filter(key, value))
    relations, everything = _relations(params.get("load_relations", ""))
    return Query(tuple(pairs), tuple(filters), tuple(alternatives), relations, everything, params)


def _relations(text: str) -> tuple[tuple[str, ...], bool]:
    if text in ("", "all"):
        return (), text == "all"
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PosError(400, "load_relations must be 'all' or a JSON array of relation names.")
    return tuple(names), "all" in names


def in_values(text: str, quoting: str) -> list[str]:
    """The values of an IN list: a JSON array or comma separated. How strings may be quoted is undocumented
    (switch ``in_strings``): ``any`` accepts both forms, ``plain`` takes quotes as part of the value, ``json``
    refuses anything but a JSON array."""
    inner = text.strip()
    values: list[str]
    try:
        listed = json.loads(inner, parse_int=str, parse_float=str)
    except ValueError:
        listed = None
    if isinstance(listed, list) and quoting != "plain":
        values = [str(value) for value in listed]
    elif quoting == "json":
        raise PosError(400, "IN needs a JSON array.")
    else:
        values = [value.strip() for value in re.sub(r"^\[|\]$", "", inner).split(",")]
        if quoting == "any":
            values = [value.strip("\"'") for value in values]
    if len(values) > _MOST_IN_VALUES:
        raise PosError(400, f"IN accepts at most {_MOST_IN_VALUES} values per field.")
    return values


def like(pattern: str, text: str, without_wildcard: str) -> bool:
    """SQL's LIKE with ``%``; without a wildcard by switch ``like_without_wildcard``."""
    if "%" not in pattern:
        pattern = {"contains": f"%{pattern}%", "starts": f"{pattern}%", "equals": pattern}[without_wildcard]
    body = ".*".join(re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(body, text, re.IGNORECASE | re.DOTALL) is not None


def compare(operator: str, left: Any, text: str, parse: Callable[[str], Any]) -> bool:
    """Equality and ranges on native values; a value that cannot be read is a 400."""
    if operator == "><":
        low, comma, high = text.partition(",")
        if not comma:
            raise PosError(400, "The >< operator needs two values.")
        return left is not None and parse(low) <= left <= parse(high)
    right = parse(text)
    if operator in ("=", "!="):
        return bool((left == right) is (operator == "="))
    if left is None or right is None:
        return False
    return bool({">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[operator])


def encode_cursor(values: list[Any]) -> str:
    """An opaque cursor: base64 of a compact JSON array."""
    return base64.b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def decode_cursor(text: str) -> list[Any]:
    """The values of a cursor; anything else is a 400."""
    try:
        values = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise PosError(400, "Invalid cursor.") from error
    if not isinstance(values, list) or not values:
        raise PosError(400, "Invalid cursor.")
    return values


def page_url(base: str, query: Query, sort: str, limit: int, key: str, cursor: list[Any]) -> str:
    """The full URL of a neighbouring page: all original parameters, then sort, limit and the cursor."""
    kept = [(name, value) for name, value in query.pairs if name not in ("limit", "sort", "after", "before")]
    kept += [("sort", sort), ("limit", str(limit)), (key, encode_cursor(cursor))]
    return base + "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in kept)
