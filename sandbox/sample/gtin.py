"""Article numbers with valid check digits, and the ways in which brands damage them."""

from __future__ import annotations


def check_digit(body: str) -> str:
    """GS1 check digit for the digits before it: weights 3 and 1 alternate from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def upc_a(prefix: str, number: int) -> str:
    """A 12-digit code from a company prefix and an article number."""
    body = f"{prefix}{number:0{11 - len(prefix)}d}"
    return body + check_digit(body)


def wrong_check_digit(code: str) -> str:
    """The code with its last digit off by one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def scientific(code: str) -> str:
    """What a spreadsheet makes of a code: ``8.60012E+11``."""
    return f"{float(code):.5E}"


def without_leading_zero(code: str) -> str:
    """What a spreadsheet leaves of a code that begins with zero."""
    return code.lstrip("0")
