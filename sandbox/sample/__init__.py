"""Sample data that looks like a real retailer's: four brands, current and old orders, a POS with a past.

Everything is derived from names, so that it is the same at every start; only the dates move with today.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.data import BRANDS, brand
from sandbox.sample.builder import Json, product
from sandbox.sample.catalog import styles_of
from sandbox.sample.history import old_orders
from sandbox.sample.retail import retailer
from sandbox.sample.scenarios import DELETED_PRODUCTS, WITHOUT_UPC, Scenario, current


def _today() -> datetime:
    """Midnight of today in UTC: dates stay the same for a whole day, and none lies in the future."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _products(slug: str, now: datetime) -> list[Json]:
    """Every style in every colour, except those that the brand deleted. New styles have a picture."""
    products = [
        product(style, color, now - timedelta(days=120), image=not style.known)
        for style in styles_of(slug)
        for color in style.colors
        if (style.number, color) not in DELETED_PRODUCTS
    ]
    for one in products:
        for size in one["sizes"]:
            if (one["style_number"], one["color"], size["size"]) in WITHOUT_UPC:
                del size["upc"]
    return products


def dataset(now: datetime | None = None) -> dict[str, Any]:
    """The whole sample."""
    now = now or _today()
    scenarios = current(now)
    brands = []
    for one in BRANDS:
        mine = [scenario.order for scenario in scenarios if scenario.brand == one["slug"]]
        brands.append(
            brand(one["name"], one["slug"], mine + old_orders(one["slug"], now), _products(one["slug"], now))
        )
    return {"nuorder": {"brands": brands}, "pos": retailer(now)}


def describe(now: datetime | None = None) -> list[dict[str, Any]]:
    """One row for every current order: what it is for."""
    names = {one["slug"]: one["name"] for one in BRANDS}
    return [_row(scenario, names[scenario.brand]) for scenario in current(now or _today())]


def _row(scenario: Scenario, name: str) -> dict[str, Any]:
    order = scenario.order
    return {
        "brand": name,
        "order_number": order["order_number"],
        "order_id": order["_id"],
        "status": order["status"],
        "variants": sum(len(line["sizes"]) for line in order["line_items"]),
        "currency": order["currency_code"],
        "total": str(order["total"]),
        "has_question": scenario.open,
        "remark": scenario.remark,
    }
