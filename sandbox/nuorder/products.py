"""Products: what an order line does not carry (name, description, pictures, prices by currency)."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING

from sandbox.nuorder.errors import NuOrderError
from sandbox.nuorder.store import Brand, Json

if TYPE_CHECKING:
    from sandbox.world import World


def need(brand: Brand, product_id: str) -> Json:
    """One of the brand's products, or the recorded 404."""
    product = brand.products.get(product_id)
    if product is None:
        raise NuOrderError(404, "product not found")
    return product


def by_external_id(brand: Brand, external_id: str) -> Json:
    """A product by the brand's own id of a style and colour, which the field ``brand_id`` holds."""
    for product in brand.products.values():
        if str(product.get("brand_id", "")).lower() == external_id.lower():
            return product
    raise NuOrderError(404, "product not found")


def where(brand: Brand, field: str, value: str) -> list[Json]:
    """``/api/products/{field}/{value}/list``."""
    return [
        product
        for product in brand.products.values()
        if str(product.get(field, "")).casefold() == value.casefold()
    ]


def modified_after(brand: Brand, month: str, day: str, year: str) -> list[Json]:
    """``/api/products/modified/after/{m}/{d}/{yyyy}``: full objects."""
    try:
        since = f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    except ValueError as error:
        raise NuOrderError(400, "invalid date") from error
    return [
        product for product in brand.products.values() if str(product.get("modified_on", ""))[:10] > since
    ]


def shown(world: World, product: Json, origin: str) -> Json:
    """A product as it is served. Pictures whose value is a path lie on this server; their form is a
    switch."""
    out = copy.deepcopy(product)
    form = world.switches.text("product_images")
    images = []
    for given in out.get("images") or []:
        url = origin + given if isinstance(given, str) and given.startswith("/") else given
        if not isinstance(url, str) or form == "urls":
            images.append(url)
        elif form == "objects":
            images.append({"_id": hashlib.sha256(url.encode()).hexdigest()[:24], "url": url})
        else:
            images.append(hashlib.sha256(url.encode()).hexdigest()[:24])
    if "images" in out:
        out["images"] = images
    return out
