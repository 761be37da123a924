"""Text from outside made safe to show: anybody may have written a name or a note."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

# Control characters can rewrite what a terminal shows, marks for the writing direction can turn a name around.
_REMOVED = frozenset({"Cc", "Cs"})
_SPACES = frozenset({"Zl", "Zp"})
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(value: object, *, lines: bool = False) -> str:
    """The value as text without control characters; line breaks stay only where ``lines`` asks for them."""
    if value is None:
        return ""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(character, lines) for character in text.replace("\r\n", "\n")).strip()


def clean_block(text: str) -> str:
    """Lines of text, each clean, each as far in as it was."""
    return "\n".join(
        row[: len(row) - len(row.lstrip(" "))] + clean(row.lstrip(" ")) for row in text.split("\n")
    )


def _safe(character: str, lines: bool) -> str:
    if character == "\n" and lines:
        return character
    if character in "\t\r\n":
        return " "
    kind = unicodedata.category(character)
    if kind in _SPACES:
        return " "
    return "" if kind in _REMOVED or character in _DIRECTION else character


def short(value: object, length: int) -> str:
    """Clean text, cut where it is longer than anybody reads in a table."""
    text = clean(value)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def money(value: object, currency: str = "") -> str:
    """An amount for people: ``4312.5`` becomes ``4,312.50``; digits after the second stay where they say
    something.
    """
    if value in (None, ""):
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return clean(value)
    places = max(2, -int(amount.normalize().as_tuple().exponent)) if amount.is_finite() else 2
    text = f"{amount:,.{places}f}"
    return f"{text} {clean(currency)}".strip()


def plural(number: int, one: str, many: str = "") -> str:
    """``1 line``, ``2 lines``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
