"""A stored match report as the pipeline keeps it, with everything a reader must see; and a hostile twin."""

from __future__ import annotations

import copy
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_set_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runners may say how wide the terminal is; a pipe has no width."""
    monkeypatch.delenv("COLUMNS", raising=False)


HOSTILE = '[red]=HYPERLINK("http://x")[/red]\x1b[31m<script>alert(1)</script>\x07\u202e'


def line(number: str, **more: Any) -> dict[str, Any]:
    return {
        "line": number,
        "style_number": "RJ-100",
        "color": "Black",
        "size": "M",
        "name": "Ridge Jacket",
        "upc": "012345678905",
        "quantity": 4,
        "units": 4,
        "unit_cost": "45.5",
        "status": "upc_match",
        "item_id": "2101",
        "item_description": "Ridge Jacket Black M",
        "candidates": [],
        "matrix": None,
        "warnings": [],
        "product_id": "p1",
        "image": None,
        **more,
    }


REPORT: dict[str, Any] = {
    "brand": "Nørdlys & Søn",
    "order_number": "104503",
    "order_id": "bbf6408ee4c862150ec85840",
    "report_hash": "0f" * 32,
    "content_hash": "0e" * 32,
    "shop": None,
    "export_status": "not_exported",
    "state": "awaiting_approval",
    "reason": "",
    "summary": {
        "confirmed": 1,
        "upc_match": 2,
        "new_item": 3,
        "lines": 6,
        "units": 1024,
        "questions": 2,
        "goods": "46592",
        "reading": "line",
        "currency_sent_as": "account",
        "vendor": "7",
        "vendor_name": "Nørdlys",
    },
    "order": {
        "status": "approved",
        "currency": "USD",
        "total": "46610.5",
        "customer_po": "PO-7781",
        "ship_start": "2026-03-01",
        "ship_end": "2026-04-30",
        "shipping": "18.5",
        "surcharge": "0",
        "discount": "10",
        "retailer": "Main Street Outfitters",
        "created_on": "2026-01-14T09:30:00+00:00",
    },
    "warnings": [
        {"code": "ship_windows", "text": "Several ship windows: one purchase order with one expected date."}
    ],
    "questions": [
        {
            "code": "duplicate_upc",
            "line": "2",
            "text": "2 POS items hold the UPC 036000291452. Which one is it?",
            "choices": [
                {"value": "2102", "meaning": "use item 2102, Ridge Jacket Black L, SKU 210000"},
                {"value": "3377", "meaning": "use item 3377, Ridge Jkt Blk L"},
                {"value": "new", "meaning": "create a new item in the POS"},
            ],
        },
        {
            "code": "pack",
            "line": None,
            "text": "Some lines come in packs. How are they to be read?",
            "choices": [
                {"value": "units", "meaning": "quantities count units"},
                {"value": "packs", "meaning": "quantities count packs"},
            ],
        },
    ],
    "lines": [
        line("1", status="confirmed"),
        line(
            "2",
            size="L",
            upc="036000291452",
            item_id=None,
            item_description=None,
            candidates=[
                {"item_id": "2102", "reason": "holds the UPC", "description": "", "archived": False},
                {"item_id": "3377", "reason": "holds the UPC", "description": "", "archived": False},
            ],
        ),
        line(
            "3",
            size="XL",
            item_id="2104",
            warnings=[
                {"code": "cost_change", "text": "Cost 45.5 in the order, 44 on the POS item (it stays)."}
            ],
        ),
        line(
            "4",
            color="Pine",
            size="S",
            upc="",
            status="new_item",
            item_id=None,
            item_description=None,
            matrix="joins matrix 881",
            warnings=[{"code": "missing_upc", "text": "The brand gave no UPC."}],
        ),
        line(
            "5",
            color="Pine",
            size="M",
            upc="",
            status="new_item",
            item_id=None,
            item_description=None,
            matrix="joins matrix 881",
            warnings=[{"code": "missing_upc", "text": "The brand gave no UPC."}],
        ),
        line(
            "6",
            style_number="SK-9",
            name="Wool Socks",
            color="",
            size="",
            quantity=2,
            units=12,
            status="new_item",
            item_id=None,
            item_description=None,
            matrix="item without a matrix",
        ),
    ],
}


@pytest.fixture
def report() -> dict[str, Any]:
    """The report, to be changed at will."""
    return copy.deepcopy(REPORT)


def made_hostile(value: Any, key: str = "") -> Any:
    """The same shape with hostile text in every place that comes from outside."""
    if isinstance(value, dict):
        return {name: made_hostile(entry, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [made_hostile(entry, key) for entry in value]
    kept = (
        "line",
        "status",
        "state",
        "export_status",
        "units",
        "quantity",
        "unit_cost",
        "total",
        "goods",
        "created_on",
    )
    return HOSTILE if isinstance(value, str) and key not in kept else value


@pytest.fixture
def hostile() -> dict[str, Any]:
    """A report in which every foreign text attacks terminal, page and spreadsheet."""
    found: dict[str, Any] = made_hostile(REPORT)
    return found
