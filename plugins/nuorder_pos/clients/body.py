"""What a body really is. Content types lie: JSON comes as text/html, and web pages come with status 200."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from enum import StrEnum
from typing import Any

_SECRETS = re.compile(
    r"""(?ix) eyJ[\w-]{4,}(?:\.[\w-]*){0,2}              # a JWT
      | \b(?:bearer|basic)\s+[\w.~+/=-]{6,}
      | \b(?:oauth_\w+|access_token|refresh_token|client_secret|token_secret|signature|password|code_verifier)
        ["']?\s*[=:]\s*["']?[^\s"',&;}]+"""
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


_DEEPEST = 64
_NOT_JSON = object()


class BodyState(StrEnum):
    """What the bytes of an answer turned out to be."""

    JSON = "JSON"
    EMPTY = "nothing"
    MARKUP = "a web page"
    TEXT = "plain text"
    BROKEN = "JSON that is cut off or damaged"


def read_body(content: bytes) -> tuple[BodyState, Any, str]:
    """State, parsed value (``None`` unless JSON) and text of a body, judged by the bytes alone.

    Numbers with a fraction become ``Decimal``, never ``float``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return BodyState.TEXT if content else BodyState.EMPTY, None, content.decode("latin-1")
    stripped = text.strip()
    if not stripped:
        return BodyState.EMPTY, None, ""
    if stripped.startswith("<"):
        return BodyState.MARKUP, None, text
    try:
        data = json.loads(stripped, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        data = _NOT_JSON
    if data is _NOT_JSON or _too_deep(data):
        return (BodyState.BROKEN if stripped[0] in '{["' else BodyState.TEXT), None, text
    return BodyState.JSON, data, text


def _too_deep(data: Any) -> bool:
    """Whether JSON is nested deeper than anybody means it: written anew, it would overrun Python's stack."""
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def clean(text: str, limit: int = 300) -> str:
    """One line for a person: no control characters, nothing that looks like a token, at most ``limit`` characters.

    Halves of surrogate pairs, which no log file can hold, become question marks.
    """
    whole = text[: limit * 10].encode("utf-8", "replace").decode("utf-8")
    line = " ".join(_CONTROL.sub(" ", whole).split())
    line = _SECRETS.sub("[removed]", line)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def ended(sentence: str) -> str:
    """The sentence with a full stop where nothing ends it."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else sentence + "."


def message_of(state: BodyState, data: Any, text: str) -> str:
    """The sentence that the server gave with an error, cleaned; empty when it gave none."""
    if state is BodyState.JSON and isinstance(data, dict):
        parts = [data.get("message"), data.get("error_description") or data.get("error"), data.get("hint")]
        return clean(" ".join(str(part) for part in parts if isinstance(part, str) and part.strip()))
    if state is BodyState.MARKUP:
        title = _TITLE.search(text)
        return clean(title.group(1)) if title else ""
    return clean(text) if state is BodyState.TEXT else ""


def declared_status(data: Any) -> int | None:
    """The error status that a body declares about itself (``httpCode``, or ``code`` with ``message``), if any.

    Such a body with status 200 is an error all the same. A record that merely has these keys too carries an id.
    """
    if not isinstance(data, dict) or "_id" in data or "@attributes" in data:
        return None
    value = data.get("httpCode", data.get("code") if "message" in data else None)
    try:
        code = int(str(value))
    except ValueError:
        return None
    return code if 400 <= code <= 599 else None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
