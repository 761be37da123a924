"""The page a person sees when following a link to a purchase order or an item in the POS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.pos.schema import Record
from sandbox.pos.shapes import scalar
from sandbox.pos.state import PosState
from sandbox.pos.tables.orders import status

if TYPE_CHECKING:
    from sandbox.world import World

_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px sans-serif;margin:2rem}}td,th{{padding:.3rem .8rem;text-align:left}}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""


def page(world: World) -> Callable[[Request], Awaitable[Response]]:
    """``/?name=purchase.views.purchase&form_name=view&id=…`` and ``/?name=item.views.item&…``."""

    async def show(request: Request) -> Response:
        name, number = request.query_params.get("name", ""), request.query_params.get("id", "")
        if name.startswith("purchase."):
            record = world.pos.get("Order", number)
            body = _order(world.pos, record) if record else ""
            title = f"Purchase Order #{number}"
        elif name.startswith("item."):
            record = world.pos.get("Item", number)
            body = (
                _table([(key, scalar(value)) for key, value in record.items() if not key.startswith("_")])
                if record
                else ""
            )
            title = f"Item #{number}"
        else:
            orders = "".join(
                f'<li><a href="/?name=purchase.views.purchase&amp;form_name=view&amp;id={number}">'
                f"Purchase Order #{number}</a></li>"
                for number in world.pos.rows["Order"]
            )
            return HTMLResponse(_PAGE.format(title="Sandbox POS", body=f"<ul>{orders}</ul>"))
        if record is None:
            return HTMLResponse(_PAGE.format(title="Not found", body=""), status_code=404)
        return HTMLResponse(_PAGE.format(title=escape(title), body=body))

    return show


def _table(rows: list[tuple[str, str]]) -> str:
    return (
        "<table>"
        + "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        + "</table>"
    )


def _order(state: PosState, record: Record) -> str:
    vendor, shop = state.get("Vendor", record["vendorID"]), state.get("Shop", record["shopID"])
    head = [
        ("Status", status(record)),
        ("Vendor", vendor["name"] if vendor else ""),
        ("Shop", shop["name"] if shop else ""),
        ("Reference #", record["refNum"]),
        ("Subtotal", scalar(record["subTotalCost"])),
        ("Shipping", scalar(record["shipCost"])),
        ("Other", scalar(record["otherCost"])),
        ("Total", scalar(record["totalCost"])),
        ("General notes", record["_note"]["note"] if record["_note"] else ""),
    ]
    lines = []
    for line in state.tables.line.of_order(record["orderID"]):
        item = state.get("Item", line["itemID"])
        cells = (item["description"] if item else "", line["quantity"], line["price"], line["total"])
        lines.append("<tr>" + "".join(f"<td>{escape(scalar(cell))}</td>" for cell in cells) + "</tr>")
    return (
        _table(head) + "<h2>Items</h2><table><tr><th>Item</th><th>Quantity</th><th>Cost</th><th>Total</th>"
        "</tr>" + "".join(lines) + "</table>"
    )
