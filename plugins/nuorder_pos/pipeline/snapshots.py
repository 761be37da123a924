"""Snapshots: an order and its products as NuORDER gave them at one moment. Nothing downstream reads the live answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nuorder_pos.clients.nuorder import Nuorder
from nuorder_pos.domain.orders import Order, OrderUnreadable, read_order
from nuorder_pos.domain.report import content_hash, digest
from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.store import reports
from nuorder_pos.store.engine import Engine

PERSONAL = ("billing_address", "shipping_address", "selected_shipping_locations")
PERSONAL_OF_RETAILER = ("buyer_name", "buyer_email")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as it is kept, and the order read from it."""

    snapshot_id: int
    order: Order
    content_hash: str


def without_addresses(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The order without personal data that the purchase order does not need."""
    kept = {key: value for key, value in raw.items() if key not in PERSONAL}
    if isinstance(retailer := raw.get("retailer"), Mapping):
        kept["retailer"] = {k: v for k, v in retailer.items() if k not in PERSONAL_OF_RETAILER}
    return kept


def product_ids(raw: Mapping[str, Any]) -> list[str]:
    """The distinct products on an order, in its order."""
    lines = raw.get("line_items")
    ids = []
    for line in lines if isinstance(lines, list) else ():
        product = line.get("product") if isinstance(line, Mapping) else None
        found = product.get("_id") if isinstance(product, Mapping) else None
        if isinstance(found, str) and found:
            ids.append(found)
    return list(dict.fromkeys(ids))


def take(engine: Engine, nuorder: Nuorder, order_id: str, raw: Mapping[str, Any]) -> Snapshot:
    """Read the products of an order and keep the snapshot. Raises ``NeedsMerchant`` for an order that cannot be read."""
    products = {product_id: nuorder.product(product_id) for product_id in product_ids(raw)}
    body = _as_kept({"order": without_addresses(raw), "products": products})
    order = read(body)
    content = content_hash(order)
    snapshot_id = reports.add_snapshot(engine, order_id, body, digest(body), content)
    return Snapshot(snapshot_id, order, content)


def load(engine: Engine, snapshot_id: int) -> Snapshot:
    """A snapshot that was kept."""
    order = read(reports.get_snapshot(engine, snapshot_id))
    return Snapshot(snapshot_id, order, content_hash(order))


def fresh_order(engine: Engine, snapshot_id: int, raw: Mapping[str, Any]) -> Order:
    """The order as it is now, with the products as the snapshot has them."""
    products = reports.get_snapshot(engine, snapshot_id)["products"]
    return read(_as_kept({"order": without_addresses(raw), "products": products}))


def read(body: Mapping[str, Any]) -> Order:
    """Read an order; ``NeedsMerchant`` says what is wrong with one that cannot be read with certainty."""
    try:
        return read_order(body)
    except OrderUnreadable as error:
        raise NeedsMerchant(
            f"The order cannot be read: {error}. Ask the brand to correct it in NuORDER."
        ) from None


def _as_kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """Through JSON and back, so that an order reads the same now and from the database."""
    text = json.dumps(body, default=str, ensure_ascii=False)
    found: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return found
