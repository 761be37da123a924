"""What NuORDER holds: brands with their credentials, orders, products, images, pending applications."""

from __future__ import annotations

import base64
import secrets
import string
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.nuorder.images import png

Json = dict[str, Any]
STATUSES: Final = ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled")
_ALNUM: Final = string.ascii_letters + string.digits


def alnum(length: int) -> str:
    """Random letters and digits, in the lengths of the recordings."""
    return "".join(secrets.choice(_ALNUM) for _ in range(length))


@dataclass
class Pending:
    """An application that waits for a person's approval."""

    name: str
    token: str
    secret: str
    verifier: str
    approved: bool = False


@dataclass
class Brand:
    """One brand as a retailer sees it: its credentials and what they show."""

    name: str
    slug: str
    consumer_key: str
    consumer_secret: str
    tokens: dict[str, str]
    orders: dict[str, Json]
    products: dict[str, Json]
    companies: dict[str, Json]
    pending: list[Pending] = field(default_factory=list)

    def by_number(self, number: str) -> Json | None:
        """An order by its number, which is a text and may carry a suffix."""
        return next(
            (order for order in self.orders.values() if str(order.get("order_number")) == number), None
        )


class NuOrderStore:
    """All brands, and the images that products show."""

    def __init__(self, section: Json) -> None:
        self.brands: list[Brand] = []
        self.images: dict[str, bytes] = {}
        for one in section.get("brands", []):
            self.brands.append(
                Brand(
                    name=one["name"],
                    slug=one.get("slug") or one["name"].lower(),
                    consumer_key=one["consumer_key"],
                    consumer_secret=one["consumer_secret"],
                    tokens={one["token"]: one["token_secret"]},
                    orders={str(order["_id"]): order for order in one.get("orders", [])},
                    products={str(product["_id"]): product for product in one.get("products", [])},
                    companies={str(company["_id"]): company for company in one.get("companies", [])},
                )
            )
            for path, content in (one.get("images") or {}).items():
                if content != "generated":
                    self.images[path.removeprefix("/images/")] = base64.b64decode(content)

    def by_key(self, consumer_key: str) -> Brand | None:
        """The brand of a consumer key."""
        return next((brand for brand in self.brands if brand.consumer_key == consumer_key), None)

    def image(self, name: str) -> bytes:
        """An image by name: given in the data, otherwise drawn from the name, so that each is distinct."""
        if name not in self.images:
            self.images[name] = png(name)
        return self.images[name]

    def find_order(self, given: Json) -> tuple[Brand, Json]:
        """An order by ``_id``, or by ``order_number`` (with ``brand`` where two brands share one)."""
        wanted = given.get("brand")
        key = "_id" if "_id" in given else "order_number"
        found = [
            (brand, order)
            for brand in self.brands
            if wanted in (None, brand.slug, brand.name)
            for order in brand.orders.values()
            if str(order.get(key)) == str(given.get(key))
        ]
        if len(found) != 1:
            raise ValueError(f"{len(found)} orders fit {given}")
        return found[0]

    def ledger(self) -> Json:
        """All orders and products as they stand, each with the slug of its brand as ``__brand``."""
        return {
            "brands": [{"name": brand.name, "slug": brand.slug} for brand in self.brands],
            "orders": [
                {**order, "__brand": brand.slug} for brand in self.brands for order in brand.orders.values()
            ],
            "products": [
                {**product, "__brand": brand.slug}
                for brand in self.brands
                for product in brand.products.values()
            ],
        }
