"""``report``: the match report of one order as table, CSV, JSON or page."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nuorder_pos.cli.options import Json, OrderName
from nuorder_pos.cli.output import say, say_json
from nuorder_pos.cli.render.view import Shops
from nuorder_pos.cli.trouble import JSON


class Format(StrEnum):
    """How the report is shown."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


def report(
    ctx: typer.Context,
    order: OrderName,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="table for people (default), csv, json, or html: one page to keep."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write into this file instead.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the match report of an order.

    In the CSV codes stay text, leading zeros included, and text that a spreadsheet would run as a formula
    begins with an apostrophe.

    \b
    Example:
      nuorder-pos report 104501
      nuorder-pos report "Acme Outdoor/104501" --format html --output 104501.html

    """
    if json and form not in (None, Format.JSON):
        raise typer.BadParameter(
            f"--json and --format {form} are two different wishes", param_hint="'--format'"
        )
    chosen = Format.JSON if json else form or Format.TABLE
    if chosen is Format.JSON:
        ctx.find_root().meta[JSON] = True
    from nuorder_pos.pipeline.orders import find
    from nuorder_pos.pipeline.read import report as read
    from nuorder_pos.runtime import open_engine

    engine = open_engine()
    order_id = find(engine, order)
    found = read(engine, order_id)
    shops = _shops(engine, order_id, found) if chosen in (Format.TABLE, Format.HTML) else Shops()
    if output is not None:
        with output.open("w", encoding="utf-8", newline="") as file, redirect_stdout(file):
            _show(found, order, shops, chosen)
    else:
        _show(found, order, shops, chosen)


def _shops(engine: Any, order_id: str, found: Mapping[str, Any]) -> Shops:
    """The brand's own shop, and those to choose from as far as they are known without asking the POS."""
    from nuorder_pos.cli.shops import brands_if_readable, default_shop, remembered_shops
    from nuorder_pos.pipeline.orders import account_of

    brands, account = brands_if_readable(), account_of(engine, order_id)
    default = default_shop(brands, account, str(found.get("brand")))
    return Shops(default, () if default else tuple(remembered_shops(engine, brands, account)))


def _show(found: dict[str, Any], order: str, shops: Shops, form: Format) -> None:
    if form is Format.JSON:
        say_json(found)
    elif form is Format.CSV:
        from nuorder_pos.cli.render.sheet import report_csv

        print(report_csv(found), end="")
    elif form is Format.HTML:
        from nuorder_pos.cli.render.page import as_page

        print(as_page(found, order, shops))
    else:
        from nuorder_pos.cli.render.table import as_tables

        say(*as_tables(found, order, shops))
