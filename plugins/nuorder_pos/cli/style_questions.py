"""Questions that are asked once for a style: which rows of a stored report they are about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuorder_pos.domain.matrices import IN_MATRIX, MATRIX_UNCLEAR, _slugs
from nuorder_pos.domain.orders import fold

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
    """The questions about styles, by their codes; those whose style is no longer among the lines are left out."""
    codes = [str(q.get("code") or "") for q in report.get("questions") or () if not q.get("line")]
    asked = [code for code in codes if code.partition("/")[0] in (MATRIX_UNCLEAR, IN_MATRIX) and "/" in code]
    if not asked:
        return {}  # nearly all reports
    styles: dict[str, list[Row]] = {}
    for row in report.get("lines") or ():
        styles.setdefault(_style_key(row), []).append(row)
    by_slug = {slug: styles[style] for style, slug in _slugs(styles).items()}
    taken = {q["line"] for q in report["questions"] if q.get("line")}
    found = {}
    for code in asked:
        name, _, slug = code.partition("/")
        if slug not in by_slug:
            continue
        rows = [row for row in by_slug[slug] if _becomes_new(row) and row.get("line") not in taken]
        items = {str(row["line"]): item for row in rows if (item := _there(row))}
        if name == IN_MATRIX:
            rows = [row for row in rows if str(row["line"]) in items]
        found[code] = OfStyle(code, _label(by_slug[slug]), tuple(rows), items if name == IN_MATRIX else {})
    return found


def about(code: str, styles: Mapping[str, OfStyle]) -> str:
    """What a question about no single line is about."""
    return f"style {styles[code].label}" if code in styles else "the whole order"


def _style_key(row: Row) -> str:
    """As ``Variant.style_key``, from the stored line."""
    return fold(str(row.get("style_number") or "")) or str(row.get("product_id") or "")


def _becomes_new(row: Row) -> bool:
    return row.get("status") == "new_item" and bool(row.get("quantity"))


def _there(row: Row) -> str:
    """The item of the style's matrix that this row is; the report puts it before the other candidates."""
    first: Row = next(iter(row.get("candidates") or ()), {})
    meant = f"in matrix {first.get('matrix_id')} of this style, same colour and size"
    return str(first["item_id"]) if first.get("matrix_id") and first.get("reason") == meant else ""


def _label(rows: Sequence[Row]) -> str:
    return next((str(row["style_number"]) for row in rows if row.get("style_number")), "without a number")
