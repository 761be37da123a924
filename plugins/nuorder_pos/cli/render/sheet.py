"""Rows that are safe to open in a spreadsheet.

A cell that begins as a formula does is run by Excel, Calc and Sheets; names come from brands. Such a cell
gets an apostrophe before it, which is how people write text that looks like a formula. Codes stay as they
are: a UPC keeps its leading zeros in the file (a spreadsheet that guesses types may still drop them when it
shows the file: import the column as text, or use Excel or Parquet of ``export-report``, where codes are
text).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nuorder_pos.cli.text import clean

_NEGATIVE = re.compile(r"-\d+(\.\d+)?")
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """One value as text that a spreadsheet takes for text; a plain negative number stays a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raw = str(value)
    text = clean(raw)
    if raw.startswith(_STARTS) or text.lstrip().startswith(_STARTS):
        return text if _NEGATIVE.fullmatch(text) else f"'{text}"
    return text


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated text with a row of names; UTF-8 when it is written."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return held.getvalue()


REPORT_COLUMNS = (
    "brand",
    "order_number",
    "order_id",
    "report_hash",
    "line",
    "style_number",
    "name",
    "color",
    "size",
    "upc",
    "quantity",
    "units",
    "unit_cost",
    "currency",
    "status",
    "item_id",
    "item_description",
    "matrix",
    "candidates",
    "question",
    "warning_codes",
    "warnings",
    "why",
    "most_likely",
)


def report_rows(report: Mapping[str, Any]) -> Iterator[list[object]]:
    """One row for each variant of the order."""
    order = report.get("order") or {}
    head = [report.get(key) for key in ("brand", "order_number", "order_id", "report_hash")]
    asked: dict[str, list[str]] = {}
    for question in report.get("questions") or ():
        asked.setdefault(str(question.get("line") or ""), []).append(str(question.get("code")))
    for line in report.get("lines") or ():
        warnings = line.get("warnings") or ()
        yield [
            *head,
            *(
                line.get(key)
                for key in ("line", "style_number", "name", "color", "size", "upc", "quantity", "units")
            ),
            line.get("unit_cost"),
            order.get("currency"),
            *(line.get(key) for key in ("status", "item_id", "item_description", "matrix")),
            " ".join(str(candidate.get("item_id")) for candidate in line.get("candidates") or ()),
            " ".join(asked.get(str(line.get("line")), ())),
            " ".join(str(warning.get("code")) for warning in warnings),
            " | ".join(str(warning.get("text")) for warning in warnings),
            line.get("why"),
            next((c.get("item_id") for c in line.get("candidates") or () if c.get("likely")), None),
        ]


def report_csv(report: Mapping[str, Any]) -> str:
    """The match report, one row for each variant."""
    return as_csv(REPORT_COLUMNS, report_rows(report))
