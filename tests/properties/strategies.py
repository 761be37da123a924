"""Wounds: what a bad answer of an API can hold in place of what it should, as hypothesis strategies.

A *wound* is a change of one place in a JSON document. It is drawn apart from the document (a number chooses the place), so
that a whole world of wounded documents needs few choices and can be read in one go.

What JSON can write and Python cannot (``NaN``, numbers of 5000 digits, nesting without end) is put into a document as a
mark and becomes its real text in ``written``.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

RAW = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e400",
    "1e-999",
    "1E6",
    "-0.0",
    "9" * 400,
    "9" * 5000,
    "0." + "3" * 400,
    "[" * 90 + "]" * 90,
    "[" * 950 + "]" * 950,
    '{"a":' * 900 + "1" + "}" * 900,
    "[" * 20_000 + "]" * 20_000,
    '"\\ud800"',
    '"\\udfff\\ud800 x"',
    '{"_id":"a","_id":"b"}',
)
"""Texts that stand where a value should."""

NASTY: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, -3, 7.5, 0.1, -0.005, 2.0, 1e-7, 1e22, 10**13, -(10**13), 2**31, 2**63, 2**64, 10**30,
    "", " ", "0", "-1", "1.5", "1,5", "1,234.50", "$45.00", "45 USD", "12e3", "1e5", "NaN", "Infinity", "١٢", "０１２", "1_000",
    "true", "null", "undefined", "None", "[object Object]", "approved", "default",
    "2026-02-30T00:00:00.000Z", "0000-00-00", "9999-12-31T23:59:59.999-23:59", "0001-01-01T00:00:00+23:59", "10000-01-01",
    "1/2/2026", "20260302", "2026-W10-1", "2026-03-02T15:00:00.000Z", "2026-03-02T25:61:61Z",
    "\x00", "a\x00b", "\x1b[31mred\x1b[0m", "line\nbreak\r\n\ttab", "\u202egnp.exe", "\u2066x", "\ufeff", "\u200b", "\u2028", "\x85",
    "e\u0301\u0327" * 20, "👩‍👩‍👧‍👦", "ﷺ" * 30, "\U0001f600", "\ud7ff\ue000", "\uffff", "ı İ ß ſ", "Ω" * 300, "x" * 5000, "y" * 100_000,
    "'; DROP TABLE nuorder_order; --", '"><script>alert(1)</script>', "=HYPERLINK(\"http://x\")", "{{7*7}}", "%s%n%(x)s", "{0}",
    "../../etc/passwd", "a/b", "a|b,c", "IN,[1,2]", "!=", "[red]bold[/red]", "\\", '"', "http://127.0.0.1/x.png", "file:///x",
    [], {}, [None], [[]], [{}], {"": ""}, {"_id": None}, {"a": {"b": {"c": [1, [2, [3]]]}}}, [1, "2", None, {"x": []}],
)  # fmt: skip

_MARK = re.compile(r"\"\\ue0f0(\d+)\\ue0f1\"")
_marks = st.integers(0, len(RAW) - 1).map(lambda place: f"\ue0f0{place}\ue0f1")
_alphabet = (
    "aZ09 .,-_/\\'\"<>&=+@%|{}[]()\x00\x07\x1b\n\t\u00e9\u0130\u200f\u202e\u2028\u3000\ufffd\U0001f4a9"
)
_nasty = st.integers(0, len(NASTY) - 1).map(
    NASTY.__getitem__
)  # hypothesis would write all of them into every message
_small = st.one_of(
    _nasty,
    _marks,
    st.text(_alphabet, max_size=6),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
values = st.one_of(
    _small,
    _small,
    _small,
    st.lists(_small, max_size=2),
    st.dictionaries(st.sampled_from(["_id", "a", "", "size", "quantity", "\u202e"]), _small, max_size=2),
)
"""Anything that may stand where something else should."""

_ACTIONS = (
    "set",
    "set",
    "set",
    "remove",
    "repeat",
    "in a list",
    "in an object",
    "as text",
    "other case",
    "emptied",
)


@dataclass(frozen=True, slots=True, repr=False)
class Wound:
    """A change of one place: the one of the number ``place`` in the document, counted round."""

    place: int
    action: str
    value: Any


class Drawn(list[Any]):
    """What was drawn, which hypothesis would write down in full (all of it, in every message)."""

    def __repr__(self) -> str:
        return f"<{len(self)} drawn>"


wounds = st.lists(
    st.builds(Wound, st.integers(0, 997), st.sampled_from(_ACTIONS), values), min_size=1, max_size=3
)

BODIES = (
    "", " ", "null", "true", "17", '"text"', "[]", "{}", "[null]", "[{}]", "<html><title>Sorry</title></html>", "plain text",
    '{"_id": ', '{"message": "no", "code": 400}', "\ufeff{}", "{]", "[" * 100_000, "{'a': 1}", '{"error":"x"}', '{"code":"200"}',
)  # fmt: skip
"""Whole bodies that are not the document at all."""

bodies = st.tuples(
    st.integers(1, 9), st.one_of(st.integers(0, len(BODIES) - 1).map(BODIES.__getitem__), st.integers(1, 400))
).map(lambda drawn: drawn[1] if drawn[0] == 5 else None)
"""Mostly none; else a body instead of the document's, or the number of characters after which the document is cut off."""


def wounded(document: Any, hurt: list[Wound]) -> Any:
    """The document after all wounds."""
    holder = {"document": copy.deepcopy(document)}
    for wound in hurt:
        places = list(_places(holder))
        parent, key = places[wound.place % len(places)]
        _hurt(parent, key, wound)
    return holder["document"]


def _places(node: Any) -> Any:
    """Every place below a node, as its parent and its key."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(entries):
        if key != "document":
            yield node, key
        yield from _places(value)
    if isinstance(node, dict) and set(node) == {"document"} and not isinstance(node["document"], dict | list):
        yield node, "document"


def _hurt(parent: Any, key: Any, wound: Wound) -> None:
    value = parent[key]
    if wound.action == "remove":
        del parent[key]
    elif wound.action == "repeat" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(value))
    elif wound.action == "repeat" and isinstance(value, list):
        parent[key] = [*value, *copy.deepcopy(value)]
    elif wound.action == "in a list":
        parent[key] = [value]
    elif wound.action == "in an object":
        parent[key] = {"value": value}
    elif wound.action == "as text":
        parent[key] = json.dumps(value) if isinstance(value, dict | list) else str(value)
    elif wound.action == "other case" and isinstance(parent, dict):
        parent[str(key).swapcase()] = parent.pop(key)
    elif wound.action == "emptied":
        parent[key] = type(value)()
    else:
        parent[key] = copy.deepcopy(wound.value)


def written(document: Any, body: str | int | None = None) -> str:
    """The document as the text of an answer; or another body, or its first characters only."""
    if isinstance(body, str):
        return body
    text = _MARK.sub(lambda found: RAW[int(found.group(1))], json.dumps(document))
    return text if body is None else text[:body]
