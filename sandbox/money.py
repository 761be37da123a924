"""Decimal amounts: parsing what a client sent, and writing them as the POS does."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

ZERO = Decimal(0)
_TOO_LARGE = Decimal(10) ** 15  # more than any column would hold


def to_decimal(value: Any) -> Decimal:
    """Read a number or a numeric string; raises ``ValueError`` for anything else (also NaN and infinity)."""
    if isinstance(value, bool):
        raise ValueError(f"not a number: {value!r}")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise ValueError(f"not a number: {value!r}") from error
    if not number.is_finite() or abs(number) >= _TOO_LARGE:
        raise ValueError(f"not a number: {value!r}")
    return number


def plain(number: Decimal) -> str:
    """Write a number the way the POS does: no exponent, no trailing zeros (``"4.39"``, ``"10"``, ``"0"``)."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def rounded(number: Decimal, places: int) -> Decimal:
    """Round half up to ``places`` decimals; a negative number of places leaves the amount as it is."""
    if places < 0:
        return number
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def cents(number: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return rounded(number, 2)


def as_json_number(number: Decimal) -> int | float:
    """A JSON number for an amount: an integer where it is whole, as NuORDER writes ``total`` and
    ``price``."""
    return int(number) if number == number.to_integral_value() else float(number)
