"""Builds raw NuORDER orders and products, with totals that follow from their lines.

Useful for tests as well: plain functions, plain dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sandbox.money import ZERO, as_json_number, cents, plain
from sandbox.sample.catalog import Style, object_id

Json = dict[str, Any]
_HUNDRED: Final = Decimal(100)
_SYMBOL: Final = {"USD": "$", "EUR": "€", "CAD": "C$"}
_ADDRESS: Final = {
    "display_name": "Main Street",
    "line_1": "12 Main Street",
    "city": "Springfield",
    "state": "NY",
    "zip": "10001",
    "country": "USA",
}


@dataclass
class Line:
    """One ordered style in one colour. ``codes`` replaces UPCs by size (None: no UPC at all); ``price``
    replaces the wholesale price; ``product_missing`` makes a line whose product NuORDER no longer has."""

    style: Style
    color: str
    quantities: dict[str, int]
    discount: Decimal = ZERO
    codes: dict[str, str | None] = field(default_factory=dict)
    price: Decimal | None = None
    pack: int = 0
    ship: tuple[int, int] | None = None

    @property
    def wholesale(self) -> Decimal:
        """The unit price before discounts."""
        return self.style.wholesale if self.price is None else self.price


@dataclass
class Terms:
    """What applies to a whole order. ``pack_reading``: ``unit`` means that quantities count packs and prices
    single pieces; ``open`` that nothing in the totals tells."""

    currency: str = "USD"
    discount: Decimal = ZERO
    surcharge: Decimal = ZERO
    surcharge_percent: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_in_total: bool = True
    exact_prices: bool = False
    total_off_by: Decimal = ZERO
    pack_reading: str = ""
    cancelled_units: int = 0
    ship: tuple[int, int] = (30, 60)


def midnight(day: date) -> str:
    """Ship dates are calendar dates, written as midnight UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def moment(when: datetime) -> str:
    """A date-time as NuORDER writes it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _unit_price(line: Line, terms: Terms) -> Decimal:
    """What the retailer pays for one unit, line and order discount taken off; unrounded."""
    return line.wholesale * (1 - line.discount / _HUNDRED) * (1 - terms.discount / _HUNDRED)


def _shown_price(line: Line, terms: Terms) -> Decimal:
    price = _unit_price(line, terms)
    return price if terms.exact_prices else cents(price)


def _factor(line: Line, terms: Terms) -> int:
    return line.pack if line.pack and terms.pack_reading == "unit" else 1


def _size(line: Line, size: str, quantity: int, terms: Terms) -> Json:
    price = _shown_price(line, terms)
    out: Json = {
        "size": size,
        "quantity": quantity,
        "price": as_json_number(price),
        "original_price": as_json_number(line.wholesale),
        "price_precise": plain(_unit_price(line, terms)),
        "retail": as_json_number(line.style.retail),
    }
    code = line.codes.get(size, line.style.upcs.get((line.color, size)))
    if code is not None:
        out["upc"] = code
    if line.pack:
        out["units_per_pack"] = line.pack
    off = (line.wholesale - price) * quantity
    out["discounts"] = {
        "total_discount": as_json_number(off),
        "_id": object_id("size", line.style.number, size),
        "applied": [],
    }
    out["surcharges"] = {"total_surcharge": "0", "applied": []}
    return out


def _line(line: Line, terms: Terms, created: date, place: int) -> Json:
    units = sum(line.quantities.values()) * _factor(line, terms)
    original, price = line.wholesale * units, _unit_price(line, terms)
    line_discount = line.wholesale * line.discount / _HUNDRED * units
    symbol = _SYMBOL[terms.currency]
    start, end = line.ship or terms.ship
    return {
        "id": object_id("line", line.style.number, line.color, place),
        "product": {
            "_id": line.style.product_id(line.color),
            "style_number": line.style.number,
            "color": line.color,
            "color_code": line.color[:3].upper(),
            "brand_id": line.style.brand_id(line.color),
            "season": line.style.season,
            "department": line.style.category,
        },
        "ship_start": midnight(created + timedelta(days=start)),
        "ship_end": midnight(created + timedelta(days=end)),
        "warehouse": "Wholesale",
        "prebook": False,
        "notes": "",
        "discount": as_json_number(line.discount),
        "retail_string": f"{symbol}{line.style.retail:.2f}",
        "adjusted_wholesale_string": f"{symbol}{line.wholesale:.2f}",
        "item_price_after_discount": f"{symbol}{cents(price):.2f}",
        "original_total": plain(original),
        "effective_subtotal": plain(cents(original - line_discount)),
        "discounted_total": plain(cents(price * units)),
        "total_applied": plain(cents(original - price * units)),
        "total_adjustment": "0",
        "company_manual_discount_on_item": "0",
        "item_manual_discount_on_item": plain(cents(line_discount)),
        "applied": [],
        "sizes": [_size(line, size, quantity, terms) for size, quantity in line.quantities.items()],
        "surcharges": {"total_surcharge": "0", "applied": []},
    }


def order(
    brand_slug: str,
    number: str,
    status: str,
    created: datetime,
    lines: list[Line],
    terms: Terms | None = None,
    **extra: Any,
) -> Json:
    """A raw order. Its own totals are those of unrounded prices, plus surcharge and shipping."""
    terms = terms or Terms()
    day = created.date()
    units = [(line, sum(line.quantities.values()) * _factor(line, terms)) for line in lines]
    original = sum((line.wholesale * count for line, count in units), ZERO)
    after_lines = sum(
        (line.wholesale * (1 - line.discount / _HUNDRED) * count for line, count in units), ZERO
    )
    discounted = cents(sum((_unit_price(line, terms) * count for line, count in units), ZERO))
    surcharge = cents(terms.surcharge + discounted * terms.surcharge_percent / _HUNDRED)
    total = (
        discounted + surcharge + (terms.shipping if terms.shipping_in_total else ZERO) + terms.total_off_by
    )
    key = object_id("order", brand_slug, number)
    out: Json = {
        "_id": key,
        "split": "-" in number,
        "buyer_submitted": False,
        "easy_order_viewed": False,
        "easy_order_ready": False,
        "collaborative_draft": False,
        "edited": False,
        "payment_status": "Not Paid",
        "is_drop_ship": False,
        "__shipment_status": [],
        "__uninitiated_order": False,
        "__includes_cancelled": bool(terms.cancelled_units),
        "__cancelled_units": terms.cancelled_units,
        "__cancelled_total": 0,
        "__is_rtp": False,
        "order_tags": [],
        "creator_name": "Robin Rep",
        "schema_id": object_id("schema", brand_slug),
        "order_type": "Booking",
        "line_items": [_line(line, terms, day, place) for place, line in enumerate(lines)],
        "status": status,
        "currency_code": terms.currency,
        "order_group_id": object_id("group", brand_slug, number.rpartition("-")[0] or number),
        "total": as_json_number(total),
        "selected_shipping_locations": [],
        "shipments": [],
        "order_number": number,
        "external_id": "",
        "created_on": moment(created),
        "modified_on": moment(created + timedelta(minutes=19)),
        "retailer": {
            "_id": object_id("retailer"),
            "retailer_name": "Sandbox Sports & Style",
            "retailer_code": "SSS",
            "buyer_name": "Bo Buyer",
            "buyer_email": "bo@retailer.example",
        },
        "billing_address": dict(_ADDRESS),
        "shipping_address": {**_ADDRESS, "ref": object_id("address")},
        "submitted_by": "web",
        "legal_file": None,
        "customer_po_number": "",
        "notes": "",
        "locked": False,
        "discount": as_json_number(terms.discount),
        "additional_percentage": as_json_number(terms.surcharge_percent),
        "total_quantity": sum(count for _, count in units),
        "style_number": lines[0].style.number if lines else "",
        "__metadata": {
            "payments": {
                "credit_card_on_file": None,
                "payment_status": "Not Paid",
                "payment_methods_allowed": [],
            }
        },
        "shipping_information": {},
        "rep_name": "Robin Rep",
        "rep_code": "R7",
        "rep_email": f"robin@{brand_slug}.example",
        "start_ship": midnight(day + timedelta(days=min((line.ship or terms.ship)[0] for line in lines))),
        "end_ship": midnight(day + timedelta(days=max((line.ship or terms.ship)[1] for line in lines))),
        "order_discounts": {
            "discounted_total": plain(discounted),
            "original_total": plain(original),
            "total_after_line_item_discount": plain(cents(after_lines)),
            "total_applied": plain(cents(original - discounted)),
            "total_order_level_discount": plain(cents(after_lines - discounted)),
            "applied": [],
            "surcharge": plain(surcharge),
            "company_manual_discount": "0",
            "total_line_item_manual_discounts": plain(cents(original - after_lines)),
            "total_line_items_discount": plain(cents(original - after_lines)),
            "total_line_item_product_promotions": "0",
            "shipping_final_amount": plain(terms.shipping),
            "surcharges": {
                "total_surcharge": plain(surcharge),
                "applied": [
                    {
                        "name": "Handling" if surcharge else "",
                        "_id": object_id("surcharge", key),
                        "price": plain(surcharge),
                        "currency_code": terms.currency,
                        "price_code": "total_surcharges",
                    }
                ],
            },
        },
    }
    if terms.shipping:
        out["shipping_information"] = {
            "service_type": "ground",
            "service_code": "GRD",
            "carrier_code": "ups",
            "carrier_friendly_name": "UPS",
            "price": as_json_number(terms.shipping),
            "final_amount": as_json_number(terms.shipping),
        }
    if terms.surcharge_percent:
        out["additional_percentage_label"] = "Fuel surcharge"
    if terms.pack_reading == "open":
        del out["total_quantity"]
    if status == "shipped":
        out["__shipment_status"] = ["shipped"]
    return out | extra


def product(style: Style, color: str, created: datetime, image: bool) -> Json:
    """A raw product: one style in one colour."""
    number, name = style.product_id(color), style.name
    return {
        "_id": number,
        "schema_id": object_id("schema", style.brand),
        "brand_id": style.brand_id(color),
        "name": name,
        "style_number": style.number,
        "season": style.season,
        "seasons": [style.season],
        "color": color,
        "color_code": color[:3].upper(),
        "department": style.category,
        "category": style.category,
        "description": f"{name} in {color}." if color else f"{name}.",
        "unique_key": f"{style.number},{style.season},{color}",
        "sizes": [
            {"_id": object_id("sku", number, size), "size": size, "size_group": "", "upc": code}
            for (one, size), code in style.upcs.items()
            if one == color
        ],
        "size_groups": [],
        "pricing": {
            currency: {"wholesale": as_json_number(style.wholesale), "retail": as_json_number(style.retail)}
            for currency in ("USD", "EUR")
        },
        "warehouses": [],
        "images": [f"/images/{number}.png"] if image else [],
        "available_now": True,
        "available_from": "",
        "available_until": "",
        "order_closing": "",
        "cancelled": False,
        "active": True,
        "archived": False,
        "created_on": moment(created),
        "modified_on": moment(created),
    }
