"""Recorded answers of the real NuORDER: all of them are read, and the order of 2023 goes the whole way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.orders import pos, product
from support.retail import Retail

from nuorder_pos.domain.orders import read_order
from nuorder_pos.domain.report import content_hash

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "api" / "fixtures"
FOLDER = Path(os.environ.get("NUORDER_POS_FIXTURES", DEFAULT)) / "nuorder"
FULL = FOLDER / "order_2023_processed_full.json"
pytestmark = pytest.mark.skipif(
    not FULL.is_file(), reason="the recorded answers are not here: name their folder in NUORDER_POS_FIXTURES"
)


def orders_in(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in a recording that is an order, however deep it is wrapped or quoted."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value, parse_float=Decimal)
        except ValueError:
            return
    if isinstance(value, dict):
        if "_id" in value and "line_items" in value:
            yield value
        for entry in value.values():
            yield from orders_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from orders_in(entry)


def recorded() -> list[Any]:
    """Every recorded order, with the name of its file."""
    if not FULL.is_file():
        return []
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        found += [pytest.param(one, id=f"{path.stem}-{one['_id']}") for one in orders_in(content)]
    return found


@pytest.mark.parametrize("raw", recorded())
def test_every_recorded_order_is_read(raw: dict[str, Any]) -> None:
    order = read_order({"order": raw, "products": {}})
    assert order.order_id == raw["_id"]
    assert order.number == str(raw["order_number"])
    assert len(order.variants) == sum(len(one.get("sizes", [])) for one in raw["line_items"])
    assert order.units == sum(
        int(size["quantity"]) for one in raw["line_items"] for size in one.get("sizes", [])
    )
    assert content_hash(order) == content_hash(read_order({"order": raw, "products": {}}))


def test_the_recordings_hold_orders_with_and_without_the_fields_of_today() -> None:
    assert len(recorded()) > 5


def test_the_recorded_order_goes_through_discover_match_approve_and_export(retail: Retail) -> None:
    raw = json.loads(FULL.read_text("utf-8"))
    products = [
        product(one["product"]["style_number"], one["product"]["color"], name="Tablecloth")
        | {"_id": one["product"]["_id"]}
        for one in raw["line_items"]
    ]
    retail.given(raw, products=products, shop_floor=pos())
    number = raw["order_number"]
    assert retail.discover(order_numbers=[number]) == [number]
    retail.id = lambda _number: raw["_id"]  # type: ignore[method-assign]  # this order was not built by us
    report = retail.match(number)
    assert [q["code"] for q in report["questions"]] == []
    assert len(report["lines"]) == 8
    assert sum(w["code"] == "missing_upc" for one in report["lines"] for w in one["warnings"]) == 1
    retail.approve(number)
    assert retail.look(number).kind == "go"
    retail.export(number)
    (po,) = retail.records("Order")
    assert po["refNum"] == raw["_id"]
    assert Decimal(po["totalCost"]) == Decimal(str(raw["total"]))
    assert po["totalQuantity"] == raw["total_quantity"]
    # Midnight UTC of the ship date, and the evening before in New York: the calendar day stays.
    assert po["arrivalDate"].startswith(raw["end_ship"][:10])
    assert retail.row(number)["state"] == "exported"
