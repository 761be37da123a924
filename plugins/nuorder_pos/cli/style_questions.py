"""Questions that are asked once for a style: which rows of a stored report they are about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfStyle:
    """What one question about a style concerns. ``rows`` are the report's lines that its answer decides on."""

    code: str
    label: str
    rows: tuple[Row, ...]
    items: Mapping[str, str]
    """By line, the item of the POS that the answer "use the items that are there" gives it."""


def of_styles(report: Mapping[str, Any]) -> dict[str, OfStyle]:
    """The questions about styles, by their codes."""
    asked = [q for q in report.get("questions") or () if q.get("style")]
    if not asked:
        return {}  # nearly all reports
    rows = {str(row["line"]): row for row in report.get("lines") or ()}
    return {
        q["code"]: OfStyle(
            q["code"],
            q["style"],
            tuple(rows[line] for line in q["lines"] if line in rows),
            {line: item for line, item in q["lines"].items() if item},
        )
        for q in asked
    }


def about(code: str, styles: Mapping[str, OfStyle]) -> str:
    """What a question about no single line is about."""
    return f"style {styles[code].label}" if code in styles else "the whole order"
