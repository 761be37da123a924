"""Sentences for what the POS refuses because of a right."""

from __future__ import annotations

from nuorder_pos.clients.body import ended
from nuorder_pos.clients.classify import Asked
from nuorder_pos.clients.settings import LightspeedSettings

_READ = {
    "Order": "purchase_orders",
    "OrderLine": "purchase_orders",
    "ItemMatrix": "product_cost",
    "Item": "product_cost",
    "ItemAttributeSet": "inventory",
    "Vendor": "vendors",
    "Manufacturer": "manufacturers",
    "Category": "categories",
    "Tag": "tags",
}
_WRITE = {
    **_READ,
    "Item": "product_edit and product_cost",
    "ItemMatrix": "product_edit and product_cost",
    "Image": "product_edit",
    "Vendor": "vendors (or admin_inventory)",
    "Manufacturer": "manufacturers (or admin_inventory)",
}


def right_for(resource: str, *, write: bool) -> str:
    """The right that a resource needs, by the documented scope pages; a general word where none is documented."""
    return (_WRITE if write else _READ).get(resource, "")


def resource_of(path: str) -> str:
    """The resource that a path of the API names: ``Image`` for ``/API/V3/Account/1/Item/5/Image.json``."""
    names = [part.removesuffix(".json") for part in path.split("/")]
    return next((name for name in reversed(names) if name and not name.isdigit()), "")


def refusal(settings: LightspeedSettings, asked: Asked, status: int, message: str) -> str | None:
    """The sentence for a 401 or 403 of the API, or ``None`` for another status."""
    resource = resource_of(asked.path)
    said = f" It says: {ended(message)}" if message else ""
    if status == 401:
        return (
            f"Lightspeed refuses {settings.name} even with a fresh access token (401): the authorisation was revoked or"
            f" its employee locked. Authorise again with nuorder-pos connect lightspeed.{said}"
        )
    if status == 403:
        right = right_for(resource, write=asked.write)
        named = f"the right {right}" if right else "a right"
        return (
            f"{settings.name[0].upper()}{settings.name[1:]} lacks {named} for {resource} (403): give it to the employee"
            f" who authorised the connection, or authorise again with that scope.{said}"
        )
    return None
