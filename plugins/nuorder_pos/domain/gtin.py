"""Article numbers: UPC-A, EAN-13, EAN-8 and GTIN-14 are one number written with different leading zeros."""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)


def check_digit(body: str) -> str:
    """The check digit that completes ``body`` (GS1 modulo 10, weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def has_check_digit(code: str) -> bool:
    """Whether the last digit of ``code`` is its check digit."""
    return len(code) > 1 and check_digit(code[:-1]) == code[-1]


def canonical(code: str) -> str:
    """The GTIN-14 of ``code``, or an empty string where it is none."""
    if (
        code.isascii()
        and code.isdigit()
        and len(code) in LENGTHS
        and has_check_digit(code)
        and code.strip("0")
    ):
        return code.zfill(14)
    return ""
