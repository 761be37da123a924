"""The orders that go through while everything is killed, and the POS that they meet.

Five kinds in turn: goods that the POS has; a style that is new to it, with a picture; a brand whose vendor is new and
needed by many orders at once; a new style that many orders share; a new colour of a style that the POS has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.orders import brand, item, line, order, pos, product, upc

Json = dict[str, Any]

MATCHED, NEW_STYLE, NEW_VENDOR, SHARED_STYLE, NEW_COLOUR = range(5)
BRANDS = {"Acme Outdoor": "acme", "Birch & Sons": "birch", "Cedar Works": "cedar"}
"""By name, the slug of each. The POS knows the first of them only."""


@dataclass
class Scene:
    """The raw orders by brand, and what the POS holds before."""

    orders: dict[str, list[Json]] = field(default_factory=lambda: {name: [] for name in BRANDS})
    items: list[Json] = field(default_factory=list)
    _codes: int = 0

    def code(self) -> str:
        """A UPC that nothing has yet."""
        self._codes += 1
        return upc(self._codes)

    def all_orders(self) -> list[Json]:
        """Every raw order."""
        return [one for orders in self.orders.values() for one in orders]

    def data(self, nuorder: str) -> Json:
        """The sandbox's data set; ``nuorder`` is the origin from which pictures come."""
        brands = [
            brand(name, slug, self.orders[name], _products(self.orders[name], nuorder))
            for name, slug in BRANDS.items()
        ]
        matrix = {
            "itemMatrixID": 1, "description": "Trail Tee KNOWN", "itemAttributeSetID": 1, "defaultCost": "10",
            "manufacturerID": 1, "defaultVendorID": 1, "taxClassID": 1,
        }  # fmt: skip
        return {"nuorder": {"brands": brands}, "pos": pos(self.items, matrices=[matrix])}


def scene(count: int) -> Scene:
    """``count`` orders."""
    made = Scene()
    known = [made.code() for _ in range(4)]
    made.items = [
        item(number, code, description=f"Trail Tee Red {size}", defaultVendorID=1, itemMatrixID=1,
             ItemAttributes={"itemAttributeSetID": 1, "attribute1": "Red", "attribute2": size})
        for number, (code, size) in enumerate(zip(known, "SMLX", strict=True), start=1)
    ]  # fmt: skip
    shared = {size: made.code() for size in "SML"}
    builders: dict[int, Callable[[int], tuple[str, list[Json]]]] = {
        MATCHED: lambda n: ("Acme Outdoor", [_known(known, {"S": 1 + n % 3, "M": 2, "L": 4, "X": 1})]),
        NEW_STYLE: lambda n: ("Acme Outdoor", [_known(known, {"L": 1}), _new(made, f"NEW{n}", "Red", "SML")]),
        NEW_VENDOR: lambda n: ("Cedar Works", [_new(made, f"CED{n}", "Moss", "SML")]),
        SHARED_STYLE: lambda n: (
            "Birch & Sons",
            [line("SHARED", "Ash", {"S": 1 + n % 2, "M": 3, "L": 2}, price="11.00", upcs=dict(shared))],
        ),
        NEW_COLOUR: lambda n: (
            "Acme Outdoor",
            [_known(known, {"X": 2}), _new(made, "KNOWN", f"Blue {n}", "SML")],
        ),
    }
    for n in range(count):
        name, lines = builders[n % len(builders)](n)
        made.orders[name].append(order(str(5001 + n), *lines))
    return made


def _known(codes: list[str], sizes: dict[str, int]) -> Json:
    """Goods that the POS has."""
    by_size = dict(zip("SMLX", codes, strict=True))
    return line("KNOWN", "Red", sizes, upcs={size: by_size[size] for size in sizes})


def _new(made: Scene, style: str, color: str, sizes: str) -> Json:
    """Goods that the POS does not have."""
    return line(
        style,
        color,
        dict.fromkeys(sizes, 2),
        price="12.50",
        upcs={size: made.code() for size in sizes},
    )


def _products(orders: list[Json], nuorder: str) -> list[Json]:
    """A product for each style and colour. The new ones have a picture."""
    found: dict[str, Json] = {}
    for raw in orders:
        for one in raw["line_items"]:
            thin = one["product"]
            style, color = thin["style_number"], thin["color"]
            images = [] if style == "KNOWN" else [f"{nuorder}/images/{style.lower()}.png"]
            found[thin["_id"]] = product(style, color, images=images)
    return list(found.values())
