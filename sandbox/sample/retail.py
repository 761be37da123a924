"""The retailer's POS: vendors, the styles it already carries, old purchase orders, and much that has nothing
to do with any order."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.sample.builder import Json
from sandbox.sample.catalog import PREFIX, STYLES, Style, object_id
from sandbox.sample.gtin import upc_a
from sandbox.sample.scenarios import code

_VENDOR: Final = {"acme": 1, "nordlys": 2, "oneil": 3, "koyo": 5}
_MAKER: Final = {"acme": 1, "nordlys": 2, "oneil": 3, "koyo": 0}
_GOODS: Final = ("Ball", "Bottle", "Cap", "Card", "Glove", "Lamp", "Mat", "Notebook", "Rope", "Towel")
_FLAVOURS: Final = ("Basic", "Classic", "Kids'", "Deluxe", '"Pro"', "Vintage", "Eco", "XL")
UNRELATED: Final = 400

# fmt: off
VENDORS: Final[list[Json]] = [
    {"vendorID": 1, "name": "Acme Outdoor", "accountNumber": "ACM-771",
     "purchasingCurrency": {"code": "USD", "symbol": "$", "rate": "1"},
     "Contact": {"Addresses": {"ContactAddress": {
         "address1": "1 Summit Way", "city": "Boulder", "state": "CO", "zip": "80301", "country": "United States"}}}},
    {"vendorID": 2, "name": "Nørdlys & Søn",
     "purchasingCurrency": {"code": "EUR", "symbol": "€", "rate": "1.08"}},
    {"vendorID": 3, "name": 'O\'Neil "Studio" <b>'},
    {"vendorID": 4, "name": 'O\'NEIL "STUDIO" <B>', "accountNumber": "old account"},
    {"vendorID": 5, "name": "Tokyo Trading Co."},
    {"vendorID": 6, "name": "General Goods"},
    {"vendorID": 7, "name": "Acme Outdoor Supply", "archived": True},
]
MANUFACTURERS: Final[list[Json]] = [
    {"manufacturerID": 1, "name": "Acme Outdoor"}, {"manufacturerID": 2, "name": "Nørdlys & Søn"},
    {"manufacturerID": 3, "name": 'O\'Neil "Studio" <b>'}, {"manufacturerID": 4, "name": "General Goods"},
]
CATEGORIES: Final[list[Json]] = [
    {"categoryID": 1, "name": "Apparel"}, {"categoryID": 2, "name": "Jackets", "parentID": 1},
    {"categoryID": 3, "name": "Accessories"}, {"categoryID": 4, "name": "Home"},
]
# fmt: on


def retailer(now: datetime) -> Json:
    """The POS section of the sample."""
    matrices: list[Json] = []
    items: list[Json] = []
    for style in STYLES.values():
        if style.known:
            _add_style(style, matrices, items)
    _special_cases(items)
    _unrelated(items)
    return {
        "vendors": VENDORS,
        "manufacturers": MANUFACTURERS,
        "categories": CATEGORIES,
        "seasons": [{"seasonID": 1, "name": "FW26"}],
        "tags": [{"tagID": 1, "name": "webstore"}],
        "custom_fields": [{"customFieldID": 1, "type": "string", "name": "PO"}],
        "matrices": matrices,
        "items": items,
        "orders": _orders(now, items),
    }


def _prices(style: Style) -> Json:
    retail = str(style.retail)
    return {"ItemPrice": [{"amount": retail, "useTypeID": level} for level in (1, 2, 4)]}


def _add_style(style: Style, matrices: list[Json], items: list[Json]) -> None:
    """A style the retailer carries: a matrix with its items, or a plain item where nothing varies."""
    several_colors, several_sizes = len(style.colors) > 1, len(style.sizes) > 1
    set_id = {(True, True): 1, (False, True): 2, (True, False): 3}.get((several_colors, several_sizes), 0)
    matrix_id = 0
    if set_id:
        matrix_id = len(matrices) + 1
        matrices.append(
            {
                "itemMatrixID": matrix_id,
                "description": style.name,
                "itemAttributeSetID": set_id,
                "defaultCost": str(style.wholesale),
                "manufacturerID": _MAKER[style.brand],
                "defaultVendorID": _VENDOR[style.brand],
                "taxClassID": 1,
                "Prices": _prices(style),
            }
        )
    for (color, size), upc in style.upcs.items():
        shown = " ".join(filter(None, (style.name, color, size if several_sizes else "")))
        item: Json = {
            "itemID": len(items) + 1,
            "description": shown,
            "upc": upc,
            "manufacturerSku": style.number,
            "customSku": f"{style.brand.upper()}-{len(items) + 1:05d}",
            "defaultCost": str(style.wholesale),
            "manufacturerID": _MAKER[style.brand],
            "defaultVendorID": _VENDOR[style.brand],
            "categoryID": 1,
            "Prices": _prices(style),
            "qoh": {"1": len(items) % 4, "2": len(items) % 3},
            "ItemVendorNums": {
                "ItemVendorNum": [{"vendorID": _VENDOR[style.brand], "value": style.brand_id(color)}]
            },
        }
        if set_id:
            item |= {
                "itemMatrixID": matrix_id,
                "ItemAttributes": {
                    "itemAttributeSetID": set_id,
                    "attribute1": color if several_colors else "",
                    "attribute2": size if several_sizes else "",
                },
            }
        items.append(item)


def _find(items: list[Json], upc: str) -> Json:
    return next(item for item in items if item["upc"] == upc)


def _add(items: list[Json], **fields: Any) -> None:
    items.append({"itemID": len(items) + 1, "defaultCost": "0", "defaultVendorID": 6, **fields})


def _special_cases(items: list[Json]) -> None:
    """What makes matching hard: codes held twice, by an archived item only, in the EAN field, with 13
    digits."""
    twice = code("AC-1005", "Rust", "60L")
    _add(items, description="Basecamp Duffel Rust 60L (old entry)", upc=twice, manufacturerSku="AC-1005")
    _find(items, code("AC-1005", "Slate", "40L"))["archived"] = True
    in_ean = _find(items, code("NL-315", "Snehvid", "M"))
    in_ean["ean"], in_ean["upc"] = in_ean["upc"], ""
    longer = _find(items, code("NL-315", "Snehvid", "L"))
    longer["upc"] = "0" + longer["upc"]
    for size in ("XS", "S", "M"):  # matched by style, colour and size only: the POS entry has no code
        _find(items, code("NL-315", "Blåbær", size))["upc"] = ""


def _unrelated(items: list[Json]) -> None:
    """Goods of other vendors, some without a code, some archived, one pair with the same code."""
    source = random.Random(7)
    for number in range(UNRELATED):
        name = f"{_FLAVOURS[number % len(_FLAVOURS)]} {_GOODS[number % len(_GOODS)]} {number:03d}"
        cost = source.randrange(150, 9000)
        _add(
            items,
            description=name,
            upc=""
            if number % 9 == 0
            else upc_a("700000", 100 + number // 2 if number in (50, 51) else 1000 + number),
            customSku=f"GEN-{number // 2:04d}",
            defaultCost=f"{cost / 100:.2f}",
            manufacturerID=4,
            categoryID=4,
            archived=number % 23 == 0,
            Prices={"ItemPrice": [{"amount": f"{cost / 50:.2f}", "useTypeID": 1}]},
            qoh={"1": source.randrange(12), "2": source.randrange(6)},
        )


def _orders(now: datetime, items: list[Json]) -> list[Json]:
    """Purchase orders that people and the POS's own link made before."""

    def day(ago: int) -> str:
        return (now - timedelta(days=ago)).date().isoformat()

    def lines(style: str, quantity: int) -> Json:
        found = [item for item in items if item.get("manufacturerSku") == style and item["upc"]]
        return {
            "OrderLine": [
                {
                    "itemID": item["itemID"],
                    "quantity": quantity,
                    "price": item["defaultCost"],
                    "originalPrice": item["defaultCost"],
                }
                for item in found
            ]
        }

    return [
        {
            "orderID": 101,
            "vendorID": 6,
            "shopID": 1,
            "refNum": "GG-88",
            "orderedDate": day(40),
            "receivedDate": day(20),
            "complete": True,
            "OrderLines": {
                "OrderLine": [
                    {
                        "itemID": len(items) - 5,
                        "quantity": 12,
                        "price": "4.2",
                        "originalPrice": "4.2",
                        "checkedIn": 12,
                    }
                ]
            },
        },
        {
            "orderID": 102,
            "vendorID": 1,
            "shopID": 1,
            "orderedDate": day(11),
            "arrivalDate": day(-20),
            "b2bOrderUID": object_id("order", "acme", "104505"),
            "b2bOrderNumber": "104505",
            "OrderLines": lines("AC-1002", 3),
        },
        {
            "orderID": 103,
            "vendorID": 2,
            "shopID": 2,
            "orderedDate": day(9),
            "arrivalDate": day(-30),
            "Note": {"note": "NuORDER 20880, rep Robin. Keyed by hand."},
            "OrderLines": lines("NL-313", 4),
        },
        {"orderID": 104, "vendorID": 1, "shopID": 2, "refNum": "DRAFT"},
        {"orderID": 105, "vendorID": 6, "shopID": 1, "refNum": "GG-89", "archived": True},
    ]


__all__ = ["PREFIX", "retailer"]
