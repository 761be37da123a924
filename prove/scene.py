"""The orders that are proven, and the shop that they come to."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass, field

from support.orders import Json, brand, item, line, order, pos, product, upc

from prove.world import ROOMY, World

BRAND = "Acme Outdoor"


@dataclass(frozen=True)
class Scene:
    """Orders of one brand and the shop before them. ``pictured`` are the styles whose products have an image."""

    orders: tuple[Json, ...]
    pictured: tuple[str, ...] = ()
    shop_floor: Json = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The orders by their numbers."""
        return tuple(one["order_number"] for one in self.orders)

    def data(self, nuorder: str) -> Json:
        """The dataset for the sandbox whose NuORDER is at this origin."""
        products = {}
        for one in (one for raw in self.orders for one in raw["line_items"]):
            thin, style = one["product"], one["product"]["style_number"]
            pictures = [f"{nuorder}/images/{style.lower()}.png"] if style in self.pictured else []
            products[thin["_id"]] = product(style, thin["color"], name=style.title(), images=pictures)
            products[thin["_id"]]["_id"] = thin["_id"]
        acme = brand(BRAND, "acme", self.orders, list(products.values()))
        return {"nuorder": {"brands": [acme]}, "pos": self.shop_floor}


def set_up(world: World, scene: Scene) -> None:
    """Load the scene, and have every order matched and approved."""
    world.reset(scene.data(world.sandbox.nuorder), ROOMY)
    world.shop.approved(*scene.numbers)


def warm(world: World) -> None:
    """Go through everything once in this very process: what is forked from it has its statements compiled and its
    modules loaded."""
    scene = standard()
    set_up(world, scene)
    for number in scene.numbers:
        world.shop.export(number)
    world.shop.discover("warm")
    world.disconnect()
    gc.collect()
    gc.freeze()


def standard() -> Scene:
    """One order with everything: two lines for items in stock, a style that is all new with an image, a new size of a
    style in stock, and an item without a code; from a vendor and a brand that the POS has not seen."""
    raw = order(
        "1001",
        line("TEE", "Red", {"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}),
        line("PANT", "Black", {"32": 2}, upcs={"32": upc(3)}, price="30.00"),
        line("COAT", "Blue", {"S": 1, "L": 4}, upcs={"S": upc(11), "L": upc(12)}, price="45.50"),
        line("CAP", "", {"default": 6}, price="7.25"),
        shipping="12.50",
    )
    return Scene((raw,), pictured=("COAT",), shop_floor=_floor(known_brand=False))


def small() -> Scene:
    """One line for an item in stock and one new item of a new style with an image."""
    raw = order(
        "1001",
        line("PANT", "Black", {"32": 2}, upcs={"32": upc(3)}, price="30.00"),
        line("COAT", "Blue", {"S": 1}, upcs={"S": upc(11)}, price="45.50"),
    )
    return Scene((raw,), pictured=("COAT",), shop_floor=_floor(known_brand=True))


def by_chance(chance: random.Random) -> Scene:
    """One to three orders that may need the same vendor, brand, matrix, item or image, as split orders do."""
    pool: dict[str, tuple[str, dict[str, str | None], str]] = {
        "TEE": ("Red", {"S": upc(1), "M": upc(2), "L": upc(4)}, "10.00"),
        "PANT": ("Black", {"32": upc(3)}, "30.00"),
        "COAT": ("Blue", {"S": upc(11), "L": upc(12)}, "45.50"),
        "CAP": ("", {"default": None}, "7.25"),
        "SOCK": ("Grey", {"M": upc(21)}, "3.10"),
    }
    orders = []
    for n in range(chance.choice((1, 1, 2, 2, 3))):
        lines = []
        for style in sorted(chance.sample(sorted(pool), chance.randint(1, 3))):
            color, codes, price = pool[style]
            sizes = {
                size: chance.randint(1, 9)
                for size in sorted(chance.sample(sorted(codes), chance.randint(1, len(codes))))
            }
            lines.append(line(style, color, sizes, upcs=codes, price=price))
        orders.append(order(f"{1001 + n}", *lines, shipping=chance.choice(("0", "12.50"))))
    return Scene(
        tuple(orders), pictured=("COAT", "SOCK"), shop_floor=_floor(known_brand=chance.random() < 0.4)
    )


def _floor(*, known_brand: bool) -> Json:
    """A shop with a style in stock, in a matrix, and an item without one; both from another vendor."""
    vendors = [{"vendorID": 1, "name": "Old Supplier"}]
    makers = [{"manufacturerID": 1, "name": "Old Supplier"}]
    if known_brand:
        vendors.append({"vendorID": 2, "name": BRAND})
        makers.append({"manufacturerID": 2, "name": BRAND})
    in_matrix = {
        "itemMatrixID": 1,
        "defaultVendorID": 1,
        "ItemAttributes": {"attribute1": "Red", "attribute2": "S", "itemAttributeSetID": 1},
    }
    return pos(
        [
            item(1, upc(1), description="Tee Red S", **in_matrix),
            item(2, upc(3), description="Pant Black 32", defaultVendorID=1),
        ],
        vendors,
        makers,
        matrices=[
            {"itemMatrixID": 1, "description": "Tee TEE", "itemAttributeSetID": 1, "defaultVendorID": 1}
        ],
    )
