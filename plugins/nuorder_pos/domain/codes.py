"""Codes as orders and the POS write them: read, and named where they are damaged.

A code is a string. It never loses its zeros, and a damaged one is named, with the repair that would mend it; the
repair is offered to people and never applied in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nuorder_pos.domain.gtin import LENGTHS, canonical, check_digit

POS_LENGTHS = range(11, 15)
"""Digits that the POS takes in its UPC and EAN fields."""

_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d+$")
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1"})


@dataclass(frozen=True, slots=True)
class Code:
    """What an order carries as a code.

    ``text`` is the code trimmed, as it was written. ``gtin`` is its 14-digit form where it is valid, else empty.
    ``problem`` names the damage in words, ``repair`` is the code that would be valid instead (both may be empty).
    """

    text: str
    gtin: str = ""
    problem: str = ""
    repair: str = ""

    @property
    def valid(self) -> bool:
        """Whether the code is an article number as it stands."""
        return bool(self.gtin) and not self.problem

    @property
    def writable(self) -> bool:
        """Whether the code can be written to an item of the POS as it stands."""
        return self.valid and len(self.text) in POS_LENGTHS


def read_code(raw: str | None) -> Code:
    """Read what an order carries as UPC and name what is wrong with it."""
    text = (raw or "").strip()
    if not text:
        return Code("")
    if gtin := canonical(text):
        return Code(text, gtin)
    if _SCIENTIFIC.match(text):
        return Code(text, problem="a spreadsheet wrote it in scientific notation, its last digits are lost")
    if not text.isascii() or not text.isdigit():
        return _not_digits(text)
    if not text.strip("0"):
        return Code(text, problem="it is all zeros")
    padded = text.zfill(12)
    if len(text) < 12 and len(text) != 8 and canonical(padded):
        return Code(
            text,
            canonical(padded),
            f"it lost {'its leading zero' if len(text) == 11 else 'leading zeros'}",
            padded,
        )
    if len(text) not in LENGTHS:
        return Code(text, problem=f"it has {len(text)} digits; a UPC has 12, an EAN 13")
    return Code(text, problem=f"its check digit is wrong (it would be {check_digit(text[:-1])})")


def _not_digits(text: str) -> Code:
    compact = re.sub(r"[\s\-.]", "", text) if not re.search(r"\.0+$", text) else re.sub(r"\.0+$", "", text)
    if canonical(compact):
        return Code(text, problem="it has spaces, hyphens or a decimal ending", repair=compact)
    guess = compact.translate(_LOOKALIKES)
    if canonical(guess):
        return Code(text, problem="it has letters in place of digits", repair=guess)
    if canonical(compact.zfill(12)):
        return Code(
            text, problem="it has a decimal ending and lost its leading zero", repair=compact.zfill(12)
        )
    return Code(text, problem="it has characters that are no digits")


def spellings(code: Code) -> tuple[str, ...]:
    """Every way in which a POS item may write this code, the order's own spelling first.

    A code without a valid GTIN has its own spelling only: equal strings may still be the same article.
    """
    own = (code.text,) if code.text.isascii() and code.text.isdigit() else ()
    if not code.gtin:
        return own
    digits = code.gtin.lstrip("0")
    others = (digits.zfill(length) for length in (12, 13, 14, 11, 8) if len(digits) <= length)
    shorter = (digits,) if len(digits) >= 6 and len(digits) < 11 else ()
    return tuple(dict.fromkeys((*own, *others, *shorter)))
