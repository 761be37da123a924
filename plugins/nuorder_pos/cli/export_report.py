"""``export-report``: the documented views as files for analysts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from nuorder_pos.cli.options import Json
from nuorder_pos.cli.output import complain, say, say_json, table
from nuorder_pos.domain.money import plain
from nuorder_pos.errors import Permanent


class Kind(StrEnum):
    """The kind of file."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A view's rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


AMOUNTS = frozenset({"total", "goods", "unit_cost", "drips", "minimum_drips"})
"""Columns that hold money or drips: exact numbers in Parquet, numbers in Excel."""
FLAGS = frozenset({"listed_only", "question", "counts", "current"})
INSTANTS = ("_at",)
"""How columns end that hold instants: UTC in every kind of file."""


def export_report(
    view: Annotated[
        list[str] | None,
        typer.Argument(metavar="[VIEW]...", help="Which views; all if left out. --list names them."),
    ] = None,
    form: Annotated[
        Kind | None,
        typer.Option("--format", help="csv (default), json, xlsx (Excel, a sheet for each view) or parquet."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="A file for one view or for Excel, else a folder."
        ),
    ] = None,
    order: Annotated[str | None, typer.Option(metavar="ORDER", help="Only rows of this order.")] = None,
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only rows of this brand.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the views with their columns.")] = False,
    json: Json = False,
) -> None:
    """Export reports and views as files.

    Codes and ids are text in every kind of file, leading zeros included. In CSV and Excel a text that a
    spreadsheet would run as a formula begins with an apostrophe; JSON and Parquet hold it as it is.

    \b
    Example:
      nuorder-pos export-report report_line --order 104503 > lines.csv
      nuorder-pos export-report --format parquet --output reports/

    """
    kind = _kind(form, output, json)
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.sqlfiles import views

    known = list(views())
    if unknown := [name for name in view or () if name not in known]:
        raise typer.BadParameter(
            f"{unknown[0]!r} is no view; there are {', '.join(known)}", param_hint="'VIEW'"
        )
    engine = open_engine()
    if list_:
        listed = [_read(engine, name, limit=0) for name in known]
        if json:
            say_json({sheet.name: list(sheet.columns) for sheet in listed})
        else:
            say(
                table(
                    ("view", "columns"),
                    [(sheet.name, ", ".join(sheet.columns)) for sheet in listed],
                    whole=("view",),
                )
            )
        return
    names = view or known
    if output is None and (kind in (Kind.XLSX, Kind.PARQUET) or (len(names) > 1 and kind is Kind.CSV)):
        raise typer.BadParameter(f"{kind} of {' and '.join(names)} needs --output", param_hint="'--output'")
    order_id = None
    if order is not None:
        from nuorder_pos.pipeline.orders import find

        order_id = find(engine, order)
    sheets = [_only(_read(engine, name), order_id, brand) for name in names]
    if output is None:
        _print(sheets, kind)
        return
    for written, sheet_rows in _write(sheets, kind, output, alone=bool(view) and len(names) == 1):
        complain(f"{written}: {sheet_rows} rows")


def _kind(form: Kind | None, output: Path | None, json: bool) -> Kind:
    """What was asked for by name, else what the file's name says, else CSV."""
    if json:
        if form not in (None, Kind.JSON):
            raise typer.BadParameter(
                f"--json and --format {form} are two different wishes", param_hint="'--format'"
            )
        return Kind.JSON
    if form is not None:
        return form
    suffix = output.suffix.lstrip(".").lower() if output is not None else ""
    return Kind(suffix) if suffix in set(Kind) else Kind.CSV


def _read(engine: Any, name: str, limit: int | None = None) -> Sheet:
    """The rows of a view. ``name`` is one of our own files' names, never what somebody typed."""
    from nuorder_pos.store.engine import reading
    from nuorder_pos.store.tables import SCHEMA

    place = f"{SCHEMA}.{name}" if engine.dialect.name == "postgresql" else name
    with reading(engine) as connection:
        limited = "" if limit is None else f" LIMIT {limit}"
        text = f"SELECT * FROM {place}{limited}"  # noqa: S608 - the name is our own
        found = connection.exec_driver_sql(text)
        columns = tuple(found.keys())
        rows = [tuple(map(_value, columns, row)) for row in found]
    return Sheet(name, columns, tuple(sorted(rows, key=partial(_place, columns))))


def _place(columns: Sequence[str], row: Sequence[Any]) -> tuple[Any, ...]:
    """Where a row stands: by brand and order, lines by their number. A view itself has no order."""
    found = dict(zip(columns, row, strict=True))
    line = str(found.get("line") or "")
    return (
        *(str(found.get(name) or "") for name in ("brand", "order_number", "order_id")),
        int(line) if line.isdigit() else 0,
        found.get("approval_id") or 0,
    )


def _value(column: str, value: Any) -> Any:
    """The same value from Postgres and from SQLite, which knows neither exact numbers nor instants."""
    if value is None:
        return None
    if column in AMOUNTS:
        return Decimal(str(value))
    if column in FLAGS:
        return bool(value)
    if column.endswith(INSTANTS) or column == "created_on":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return value


def _only(sheet: Sheet, order_id: str | None, brand: str | None) -> Sheet:
    """The rows of one order, or of one brand, where the view knows of orders and brands."""
    rows = sheet.rows
    for column, wanted in (("order_id", order_id), ("brand", brand)):
        if wanted is not None and column in sheet.columns:
            place = sheet.columns.index(column)
            rows = tuple(row for row in rows if str(row[place] or "").casefold() == wanted.casefold())
    return Sheet(sheet.name, sheet.columns, rows)


def _print(sheets: Sequence[Sheet], kind: Kind) -> None:
    if kind is Kind.JSON:
        found = {sheet.name: _records(sheet) for sheet in sheets}
        say_json(found if len(sheets) > 1 else found[sheets[0].name])
    else:
        print(_csv(sheets[0]), end="")


def _text(value: Any) -> Any:
    """A value as files of text hold it: instants as ISO 8601, amounts without needless zeros."""
    if isinstance(value, datetime):
        return value.isoformat()
    return plain(value) if isinstance(value, Decimal) else value


def _csv(sheet: Sheet) -> str:
    from nuorder_pos.cli.render.sheet import as_csv

    return as_csv(sheet.columns, ([_text(value) for value in row] for row in sheet.rows))


def _records(sheet: Sheet) -> list[dict[str, Any]]:
    return [
        {name: _text(value) for name, value in zip(sheet.columns, row, strict=True)} for row in sheet.rows
    ]


def _write(sheets: Sequence[Sheet], kind: Kind, output: Path, *, alone: bool) -> Iterator[tuple[Path, int]]:
    """Write the files; gives each with the number of its rows."""
    if kind is Kind.XLSX:
        if output.is_dir():
            output = output / "nuorder_pos.xlsx"
        _write_excel(sheets, output)
        yield output, sum(len(sheet.rows) for sheet in sheets)
        return
    for sheet in sheets:
        path = output if alone and not output.is_dir() else output / f"{sheet.name}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind is Kind.PARQUET:
            _write_parquet(sheet, path)
        else:
            with path.open("w", encoding="utf-8", newline="") as file, redirect_stdout(file):
                _print([sheet], kind)
        yield path, len(sheet.rows)


def _write_parquet(sheet: Sheet, path: Path) -> None:
    """Codes and ids as text, amounts as exact decimals, instants as instants; a column keeps its type when it
    is empty.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise _lacking("Parquet", "pyarrow") from None
    arrays = []
    for place, column in enumerate(sheet.columns):
        values = [row[place] for row in sheet.rows]
        kind = _arrow_type(pa, column, values)
        arrays.append(
            pa.array([str(v) if kind == pa.string() and v is not None else v for v in values], type=kind)
        )
    pq.write_table(pa.table(arrays, names=list(sheet.columns)), path)


def _arrow_type(pa: Any, column: str, values: Sequence[Any]) -> Any:
    if column in AMOUNTS:
        return pa.decimal128(18, 4)
    if column.endswith(INSTANTS) or column == "created_on":
        return pa.timestamp("us", tz="UTC")
    known = {type(value) for value in values if value is not None}
    if known and known <= {int, bool}:
        return pa.int64() if int in known else pa.bool_()
    return pa.string()


def _write_excel(sheets: Sequence[Sheet], path: Path) -> None:
    """One sheet for each view. Text stays text: nothing is taken for a formula, a link or a number."""
    try:
        import pandas as pd
        import xlsxwriter  # noqa: F401 - the writer that pandas is told to use
    except ImportError:
        raise _lacking("Excel", "xlsxwriter") from None
    from nuorder_pos.cli.render.sheet import cell

    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        for sheet in sheets:
            rows = [
                [
                    float(v) if isinstance(v, Decimal) else v if isinstance(v, int) else cell(_text(v))
                    for v in row
                ]
                for row in sheet.rows
            ]
            frame = pd.DataFrame(rows, columns=list(sheet.columns), dtype=object)
            frame.to_excel(writer, sheet_name=sheet.name[:31], index=False)


def _lacking(form: str, package: str) -> Permanent:
    return Permanent(f"{form} needs {package}, which is not installed: pip install 'nuorder-pos[reports]'.")
