"""Small builders: raw NuORDER orders and products, records of the POS, and datasets for the sandbox.

Amounts are given as text (``"12.50"``) and written as JSON numbers, as NuORDER does. Nothing of the product or of the
sandbox is used here, so that a mistake of theirs shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def object_id(*names: object) -> str:
    """24 hex digits that follow from names."""
    return hashlib.sha256("/".join(map(str, names)).encode()).hexdigest()[:24]


def upc(number: int) -> str:
    """A valid 12-digit UPC that begins with a zero."""
    body = f"08600100{number:03d}"
    odd, even = sum(int(d) for d in body[0::2]), sum(int(d) for d in body[1::2])
    return body + str(-(3 * odd + even) % 10)


def number(amount: str | int) -> int | float:
    """An amount as a JSON number."""
    value = Decimal(amount)
    return int(value) if value == value.to_integral_value() else float(value)


def line(
    style: str = "TEE",
    color: str = "Red",
    sizes: Mapping[str, int] | None = None,
    *,
    price: str = "10.00",
    upcs: Mapping[str, str | None] | None = None,
    product_id: str = "",
    **fields: Any,
) -> Json:
    """One style in one colour. ``sizes`` are quantities by size, ``upcs`` codes by size."""
    codes = upcs or {}
    rows = []
    for size, quantity in (sizes or {"M": 1}).items():
        row: Json = {
            "size": size,
            "quantity": quantity,
            "price": number(price),
            "original_price": number(price),
        }
        if codes.get(size):
            row["upc"] = codes[size]
        rows.append(row)
    product = {
        "_id": product_id or object_id("product", style, color),
        "style_number": style,
        "color": color,
        "season": "SS26",
        "department": "Tops",
    }
    return {"product": product, "sizes": rows, **fields}


def goods_of(lines: Sequence[Json]) -> Decimal:
    """The sum of quantity times price."""
    return sum(
        (
            Decimal(str(size["quantity"])) * Decimal(str(size["price"]))
            for one in lines
            for size in one["sizes"]
            if size.get("price") not in (None, "")
        ),
        Decimal(0),
    )


def order(
    number_: str = "1001",
    *lines: Json,
    shipping: str = "0",
    surcharge: str = "0",
    total: str | None = None,
    **fields: Any,
) -> Json:
    """An approved order of 2 March 2026 that ships between 1 and 20 April 2026. ``total`` follows from the lines."""
    added = Decimal(shipping) + Decimal(surcharge)
    raw: Json = {
        "_id": object_id("order", number_),
        "order_number": number_,
        "status": "approved",
        "currency_code": "USD",
        "created_on": "2026-03-02T15:00:00.000Z",
        "modified_on": "2026-03-02T15:10:00.000Z",
        "start_ship": "2026-04-01T00:00:00.000Z",
        "end_ship": "2026-04-20T00:00:00.000Z",
        "retailer": {
            "retailer_name": "Corner Shop",
            "buyer_name": "Bo Buyer",
            "buyer_email": "bo@shop.example",
        },
        "billing_address": {"line_1": "12 Retailer Street", "city": "Springfield"},
        "shipping_address": {"line_1": "12 Retailer Street", "city": "Springfield"},
        "customer_po_number": "",
        "discount": 0,
        "line_items": list(lines),
        "total": number(str(goods_of(lines) + added)) if total is None else number(total),
    }
    if added:
        raw["order_discounts"] = {
            "shipping_final_amount": shipping,
            "surcharges": {"total_surcharge": surcharge},
        }
    return raw | fields


def product(
    style: str = "TEE",
    color: str = "Red",
    *,
    name: str = "Trail Tee",
    wholesale: str = "10.00",
    msrp: str = "25.00",
    brand_id: str = "",
    images: Sequence[Any] = (),
    **fields: Any,
) -> Json:
    """A style in one colour as NuORDER's product call gives it."""
    return {
        "_id": object_id("product", style, color),
        "style_number": style,
        "color": color,
        "name": name,
        "brand_id": brand_id or f"{style}-{color}".lower(),
        "season": "SS26",
        "category": "Tops",
        "sizes": [],
        "pricing": {"USD": {"wholesale": number(wholesale), "retail": number(msrp)}},
        "images": list(images),
    } | fields


def products_of(*orders: Json, **fields: Any) -> list[Json]:
    """A product for each style and colour on these orders."""
    found: dict[str, Json] = {}
    for raw in orders:
        for one in raw["line_items"]:
            thin = one["product"]
            made = product(thin["style_number"], thin["color"], **fields)
            found[thin["_id"]] = made | {"_id": thin["_id"]}
    return list(found.values())


def brand(name: str, slug: str, orders: Sequence[Json] = (), products: Sequence[Json] | None = None) -> Json:
    """A brand of the NuORDER stand-in; its credentials follow from ``slug``."""
    return {
        "name": name,
        "slug": slug,
        "consumer_key": f"{slug}-key",
        "consumer_secret": f"{slug}-secret",
        "token": f"{slug}-token",
        "token_secret": f"{slug}-token-secret",
        "orders": list(orders),
        "products": products_of(*orders) if products is None else list(products),
    }


def item(item_id: int, code: str = "", *, description: str = "Trail Tee Red M", **fields: Any) -> Json:
    """An item of the POS."""
    return {"itemID": item_id, "upc": code, "description": description, "defaultCost": "10", **fields}


ACME = {"vendorID": 1, "name": "Acme Outdoor"}


def pos(
    items: Sequence[Json] = (), vendors: Sequence[Json] = (ACME,), manufacturers: Sequence[Json] | None = None, **sections: Any
) -> Json:  # fmt: skip
    """The POS: its defaults (two shops, four price levels, USD), one vendor and one brand of the name Acme Outdoor."""
    makers = [{"manufacturerID": 1, "name": "Acme Outdoor"}] if manufacturers is None else list(manufacturers)
    return {"items": list(items), "vendors": list(vendors), "manufacturers": makers, **sections}
