"""Words of sizes and colours, compared: the three answers, and the form in which all text is compared."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from nuorder_pos.domain.orders import fold

KEPT = 1 << 16
"""Texts (and pairs of texts) whose reading is remembered: a shop has a few thousand sizes and colours."""


class Agreement(StrEnum):
    """Whether two words mean one thing. ``DIFFERENT`` is said only where it is certain."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


_MARKS = str.maketrans(
    {
        "×": "x", "✕": "x", "⁄": "/", "″": '"', "“": '"', "”": '"', "′": "'", "’": "'", "‘": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip
_FRACTIONS = re.compile("([¼-¾⅐-⅞])")
_ACCENTS = re.compile("[\u0300-\u036f\u200b-\u200f\u00ad\ufeff]")


def plain(text: str) -> str:
    """Text without regard to case, accents, runs of spaces and the many forms of dashes, quotes and fractions."""
    # A fraction sign stands apart first: Unicode would write 10½ as 101/2.
    text = _FRACTIONS.sub(r" \1", text)
    # Twice: to fold the case can bring a new accent, and to take a letter apart a new capital.
    for _ in range(2):
        text = fold(_ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_MARKS))).translate(_MARKS))
    return text
