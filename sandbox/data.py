"""Datasets: where they come from, what is filled in when a section is missing, and how they are loaded.

A dataset is ``{"nuorder": {"brands": [...]}, "pos": {...}}``. NuORDER's orders and products are raw, as the
API serves them. The POS's records have the API's field names (numbers and booleans may be native), may bring
their ids, and orders carry their lines and note nested.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from sandbox.pos.state import PosState

ACCOUNT_ID: Final = "223344"

BRANDS: Final[list[dict[str, Any]]] = [
    {"name": "Acme Outdoor", "slug": "acme"},
    {"name": "Nørdlys & Søn", "slug": "nordlys"},
    {"name": 'O\'Neil "Studio" <b>', "slug": "oneil"},
    {"name": "Kōyō Denim", "slug": "koyo"},
]

_ACCOUNT: Final[dict[str, Any]] = {
    "accountID": ACCOUNT_ID,
    "name": "Sandbox Sports & Style",
    "defaultCurrency": {"code": "USD", "symbol": "$"},
    "purchasingCurrencies": [
        {"code": "USD", "symbol": "$", "rate": "1"},
        {"code": "EUR", "symbol": "€", "rate": "1.08"},
    ],
}
_DEFAULTS: Final[dict[str, list[dict[str, Any]]]] = {
    "shops": [
        {"shopID": 1, "name": "Main Street", "timeZone": "America/New_York"},
        {"shopID": 2, "name": "Harbor Mall", "timeZone": "America/Los_Angeles"},
    ],
    "price_levels": [
        {"priceLevelID": 1, "name": "Default", "type": "fixed"},
        {"priceLevelID": 2, "name": "MSRP", "type": "fixed"},
        {"priceLevelID": 4, "name": "Online", "type": "fixed"},
        {"priceLevelID": 5, "name": "Employee", "canBeArchived": True, "type": "fixed"},
    ],
    "tax_classes": [{"taxClassID": 1, "name": "Item"}, {"taxClassID": 2, "name": "Labor"}],
    "attribute_sets": [
        {
            "itemAttributeSetID": 1,
            "name": "Color/Size",
            "attributeName1": "Color",
            "attributeName2": "Size",
            "system": True,
        },
        {"itemAttributeSetID": 2, "name": "Size", "attributeName2": "Size", "system": True},
        {"itemAttributeSetID": 3, "name": "Color", "attributeName1": "Color", "system": True},
        {
            "itemAttributeSetID": 4,
            "name": "3 Attributes",
            "attributeName1": "Attribute 1",
            "attributeName2": "Attribute 2",
            "attributeName3": "Attribute 3",
            "system": True,
        },
    ],
    "currency_rates": [{"currencyRateID": 1, "currencyCode": "EUR", "rate": "1.08"}],
}
# Sections in the order in which they may refer to each other.
SECTIONS: Final = {
    "shops": "Shop",
    "price_levels": "PriceLevel",
    "tax_classes": "TaxClass",
    "attribute_sets": "ItemAttributeSet",
    "currency_rates": "CurrencyRate",
    "seasons": "Season",
    "tags": "Tag",
    "custom_fields": "CustomField",
    "manufacturers": "Manufacturer",
    "categories": "Category",
    "vendors": "Vendor",
    "matrices": "ItemMatrix",
    "items": "Item",
    "orders": "Order",
    "images": "Image",
    "shipments": "OrderShipment",
}


def credentials(slug: str) -> dict[str, str]:
    """The fixed, well-known credentials of a sandbox brand."""
    return {
        "consumer_key": f"sandbox-{slug}-key",
        "consumer_secret": f"sandbox-{slug}-secret",
        "token": f"sandbox-{slug}-token",
        "token_secret": f"sandbox-{slug}-token-secret",
    }


def brand(
    name: str,
    slug: str,
    orders: list[dict[str, Any]] | None = None,
    products: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A brand section with its credentials."""
    return {
        "name": name,
        "slug": slug,
        **credentials(slug),
        "orders": orders or [],
        "products": products or [],
    }


def empty() -> dict[str, Any]:
    """The four brands without orders, and a POS with its defaults only."""
    return {"nuorder": {"brands": [brand(**one) for one in BRANDS]}, "pos": {}}


def resolve(source: Any) -> dict[str, Any]:
    """A dataset by name (``sample``, ``empty``), from a JSON file, or as it stands. Missing halves are
    empty."""
    if isinstance(source, dict):
        unknown = sorted(set(source) - {"nuorder", "pos"})
        if unknown:
            raise ValueError(f"no such section: {', '.join(unknown)}; a dataset has nuorder and pos")
        return empty() | source
    if source == "empty":
        return empty()
    if source == "sample":
        from sandbox import sample  # not needed for other data, and the larger half of the start time

        return sample.dataset()
    loaded = json.loads(Path(source).read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise ValueError(f"{source} does not hold a JSON object")
    return resolve(loaded)


def load_pos(pos: dict[str, Any], state: PosState) -> PosState:
    """Fill an empty state with a dataset's POS section; missing sections take the defaults."""
    unknown = sorted(set(pos) - set(SECTIONS) - {"account", "session", "lines"})
    if unknown:
        raise ValueError(f"no such POS section: {', '.join(unknown)}; known: account, {', '.join(SECTIONS)}")
    state.account = _ACCOUNT | (pos.get("account") or {})
    state.session = pos.get("session") or {}
    for section, name in SECTIONS.items():
        table = state.tables[name]
        for record in pos.get(section, _DEFAULTS.get(section, [])):
            table.create(record, privileged=True)
    for record in pos.get("lines", []):
        state.tables["OrderLine"].create(record, privileged=True)
    return state
