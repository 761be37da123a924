"""Amounts as ``Decimal``: read from numbers, numeric strings and "$45.00"; never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

HALF_CENT = Decimal("0.005")
_CURRENCY_SIGNS = re.compile(r"^[^\d\-+.]{0,4}|\s+")
_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$")
"""A comma separates thousands; where it would be a decimal comma, the amount would be a hundred times too high."""
_LARGEST = Decimal(10) ** 12


def amount(value: object) -> Decimal | None:
    """Read an amount; ``None`` where there is none (absent, ``""``, ``[]``, ``{}``).

    Raises ``ValueError`` with a sentence for text that is no amount, and for one nobody can mean.
    """
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, list | tuple | dict):
        raise ValueError(f"{'an object' if isinstance(value, dict) else 'a list'} is not an amount")
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise ValueError(f"{str(value)[:40]!r} is not an amount")
    text = repr(value) if isinstance(value, float) else str(value)
    digits = _CURRENCY_SIGNS.sub("", text.strip())
    if not digits.isascii() or "_" in digits or ("," in digits and not _THOUSANDS.match(digits)):
        raise ValueError(f"{text[:40]!r} is not an amount")
    try:
        number = Decimal(digits.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not an amount") from None
    # Without arithmetic until the exponent is known to be sane: a context would overflow on 1e9999999.
    if (
        not number.is_finite()
        or number.copy_abs() > _LARGEST
        or not -30 < int(number.as_tuple().exponent) < 13
    ):
        raise ValueError(f"{text[:40]!r} is not an amount anybody can mean")
    return number


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Round half up to ``decimals`` places, as invoices do."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """The amount as text without exponent and without needless zeros: ``20``, ``4.39``."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
