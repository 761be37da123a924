"""Years of old orders: shipped and received long ago, partly in the thin form of 2014."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sandbox.sample.builder import Json, midnight, moment
from sandbox.sample.catalog import PREFIX, object_id
from sandbox.sample.gtin import upc_a

PER_BRAND: Final = 15
_SIZES: Final = ("S", "M", "L", "XL")
_FIRST_NUMBER: Final = {"acme": 101200, "nordlys": 18010, "oneil": 6010, "koyo": 51200}


def old_orders(brand: str, now: datetime) -> list[Json]:
    """Fifteen shipped orders, from two to nine years old."""
    return [_old(brand, place, now - timedelta(days=730 + 170 * place)) for place in range(PER_BRAND)]


def _old(brand: str, place: int, created: datetime) -> Json:
    number = str(_FIRST_NUMBER[brand] + 7 * (PER_BRAND - place))
    lines = [_line(brand, place, line) for line in range(3 + place % 4)]
    total = sum(size["quantity"] * size["price"] for line in lines for size in line["sizes"])
    day = created.date()
    return {
        "_id": object_id("old order", brand, place),
        "order_number": number,
        "status": "shipped",
        "schema_id": object_id("schema", brand),
        "currency_code": "USD",
        "discount": 0,
        "additional_percentage": 0,
        "notes": "",
        "customer_po_number": "",
        "edited": False,
        "split": False,
        "easy_order_ready": False,
        "order_tags": [],
        "submitted_by": "web",
        "rep_name": "Robin Rep",
        "rep_code": "",
        "total": total,
        "created_on": moment(created),
        "modified_on": moment(created + timedelta(hours=5)),
        "start_ship": midnight(day + timedelta(days=20)),
        "end_ship": midnight(day + timedelta(days=50)),
        "retailer": {
            "_id": object_id("retailer"),
            "retailer_name": "Sandbox Sports & Style",
            "retailer_code": "SSS",
            "buyer_name": "Bo Buyer",
        },
        "line_items": lines,
    }


def _line(brand: str, place: int, line: int) -> Json:
    style = f"OLD-{place:02d}{line}"
    base = 50000 + place * 100 + line * 10
    return {
        "product": {
            "_id": object_id("old product", brand, style),
            "style_number": style,
            "color": "Black",
            "color_code": "",
        },
        "sizes": [
            {
                "size": size,
                "quantity": 1 + (place + spot) % 5,
                "price": 20 + line * 4,
                "upc": upc_a(PREFIX[brand], base + spot),
            }
            for spot, size in enumerate(_SIZES)
        ],
    }
