"""Orders and products as no brand should write them: each gives a report or a reason, and the good ones go on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from properties.strategies import Drawn, Wound, bodies, wounded, wounds, written
from properties.world import GOOD, IN_A_WORLD, World, Worlds, code, each_world, parts
from support.orders import Json, line, object_id, order, product

from nuorder_pos.pipeline import orders
from nuorder_pos.pipeline.work import RunRef

_world = st.lists(st.tuples(wounds, bodies), min_size=IN_A_WORLD, max_size=IN_A_WORLD).map(Drawn)
EVERY = 4
"""Each so manyth order of a world has products, and everything else that NuORDER documents."""


def whole_order(number: int) -> Json:
    """An order in which everything is there."""
    style = f"ST-{number}"
    lines = [
        line(
            style, "Red", {"S": 2, "M": 1}, price="12.50", product_id=object_id("bad", number, "red"),
            upcs={"S": code(number * 4), "M": code(number * 4 + 1)}, ship_start="2026-04-01T00:00:00.000Z",
            ship_end="2026-04-20T00:00:00.000Z", discounted_total=37.5, item_price_after_discount=12.5, warehouse="W1",
        ),
        line(
            style, "Blue", {"OS": 4}, price="9", product_id=object_id("bad", number, "blue"),
            upcs={"OS": code(number * 4 + 2)},
        ),
    ]  # fmt: skip
    lines[1]["sizes"][0]["units_per_pack"] = 1
    return order(
        f"B{number}", *lines, shipping="5.00", surcharge="1.25", rep_name="Rita Rep", rep_email="rita@brand.example",
        creator_name="Cleo", notes="Ring twice", total_quantity=7, order_group_id=f"group-{number}",
        additional_percentage=0, __cancelled_units=0,
    )  # fmt: skip


def plain_order(number: int) -> Json:
    """An order with what is on every order; its product is not known by an id, so that it is quickly read."""
    codes = {"S": code(number * 4)} if number % 2 else {}
    one = line(f"ST-{number}", "Red", {"S": 2, "M": 1}, price="12.50", upcs=codes)
    del one["product"]["_id"]
    return order(f"B{number}", one)


def products(raw: Json) -> list[Json]:
    """The products of an order, complete."""
    found = []
    for one in raw["line_items"]:
        thin = one["product"]
        sizes = [{"size": size["size"], "upc": size["upc"], "units_per_pack": 1} for size in one["sizes"]]
        pictures = ["https://images.example/a.png", {"url": "https://images.example/b.png"}]
        made = product(thin["style_number"], thin["color"], sizes=sizes, images=pictures, department="Tops")
        found.append(made | {"_id": thin["_id"]})
    return found


def can_be_held(document: Any, text: str) -> bool:
    """Whether the stand-in can hold the document itself, and need not be told its text."""
    try:
        plain = json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        return False
    return json.dumps(document) == text and len(plain) < 50_000


def hurt_world(world: World, hurt: list[tuple[list[Wound], Any]], in_products: bool) -> list[str]:
    """Wounded orders, of every fourth one a product instead where ``in_products``; the ids of all of them."""
    kept, made, told = [], [], []
    for number, (wounds_of_it, body) in enumerate(hurt):
        raw = whole_order(number) if number % EVERY == 0 else plain_order(number)
        own = products(raw) if number % EVERY == 0 else []
        target = own[0] if own and in_products else raw
        bad = wounded(target, wounds_of_it)
        text = written(bad, body)
        world.texts[raw["_id"]] = text
        same = isinstance(bad, dict) and all(bad.get(key) == target.get(key) for key in ("_id", "status"))
        if target is raw and body is None and same and can_be_held(bad, text):
            raw = bad
        else:
            told.append((f"/api/{'order' if target is raw else 'product'}/{target['_id']}$", text))
        kept.append(raw)
        made += own
    world.given(kept, made)
    for path, text in told:
        world.answers("nuorder", path, text)
    return [raw["_id"] for raw in kept]


@parts(8)
def test_orders_and_products_in_any_shape(worlds: Worlds, kind: str, part: int) -> None:
    @each_world(
        11, part, hurt=_world, in_products=st.booleans(), shown=st.integers(1, 4 * IN_A_WORLD), again=st.integers(1, 7)
    )  # fmt: skip
    def _(hurt: list[tuple[list[Wound], Any]], in_products: bool, shown: int, again: int) -> None:
        world = worlds.make(kind)
        ids = hurt_world(world, hurt, in_products)
        everybody = [*ids, *map(world.retail.id, GOOD)]
        for order_id in world.discover("run-1"):
            world.match(order_id)
        if again == 4:
            for order_id in everybody:
                orders.release(world.retail.engine, order_id, RunRef("dag", "run-1"))
            for order_id in world.discover("run-2"):
                world.match(order_id)
        world.judge(everybody, ids[shown : shown + 1])
