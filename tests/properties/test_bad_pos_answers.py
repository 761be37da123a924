"""Answers of the POS, of its token endpoint and of NuORDER's lists as they should not be: each order gives a report or a
reason, the good ones go on, and once the answers are good again everything does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from properties.strategies import Drawn, Wound, bodies, wounded, wounds, written
from properties.world import GOOD, IN_A_WORLD, World, Worlds, code, each_world, parts
from support.orders import Json, item, line, order
from support.sandbox import Side

from nuorder_pos.store import orders

_hurt = st.tuples(wounds, bodies).map(Drawn)


def an_order(number: int) -> Json:
    """An order of one size, whose code an item of the POS holds."""
    one = line(f"ST-{number}", "Red", {"S": 2}, price="12.50", upcs={"S": code(number)})
    del one["product"]["_id"]
    return order(f"B{number}", one)


def answer_of(world: World, path: str, params: dict[str, str] | None = None) -> Json:
    """What the POS really answers."""
    lightspeed = world.retail.work.pos
    address = f"{world.sandbox.pos}/API/V3/Account/{world.sandbox.account_id}{path}"
    found: Json = json.loads(lightspeed._read(address, Decimal(1), params).text)
    return found


def found_items(template: Json, number: int) -> Json:
    """The answer to a search for one code: one item, as an object or in a list, or several."""
    row = template["Item"] if isinstance(template["Item"], dict) else template["Item"][0]
    own = row | {"itemID": str(100 + number), "upc": code(number), "description": f"Item {number}"}
    several = [own, own | {"itemID": str(1000 + number)}]
    rows = own if number % 3 == 0 else [own] if number % 3 == 1 else several
    return {**template, "Item": rows}


@parts(6)
def test_items_in_any_shape(worlds: Worlds, kind: str, part: int) -> None:
    @each_world(
        6,
        part,
        hurt=st.lists(_hurt, min_size=IN_A_WORLD, max_size=IN_A_WORLD).map(Drawn),
        shown=st.integers(1, 4 * IN_A_WORLD),
    )
    def _(hurt: list[tuple[list[Wound], Any]], shown: int) -> None:
        world = worlds.make(kind)
        raw = [an_order(number) for number in range(len(hurt))]
        world.given(raw, [], [item(100 + number, code(number)) for number in range(len(hurt))])
        found = set(world.discover("run-1"))
        for number in GOOD:  # the first match also settles how this POS is searched
            world.match(world.retail.id(number))
        template = answer_of(world, "/Item.json", {"upc": code(0), "load_relations": '["ItemAttributes"]'})
        misunderstood = []
        for number, (wounds_of_it, body) in enumerate(hurt):
            bad = wounded(found_items(template, number), wounds_of_it)
            text = written(bad, body)
            world.texts[raw[number]["_id"]] = text
            world.answers("pos", "/Item.json$", text, query=code(number))
            if text != written(bad):
                misunderstood.append(raw[number]["_id"])
        ids = [one["_id"] for one in raw]
        world.must(found >= set(ids), "an order was not found")
        for order_id in ids:
            world.match(order_id)
        for order_id in misunderstood:
            state = world.row(order_id)["state"]
            world.must(
                state != "awaiting_approval", f"{order_id}: nothing was concluded to be there from no answer"
            )
        world.judge([*ids, *map(world.retail.id, GOOD)], ids[shown : shown + 1])


SHARED: dict[str, tuple[Side, str, str]] = {
    "account": ("pos", "GET", ".json"),
    "shops": ("pos", "GET", "/Shop.json"),
    "vendors": ("pos", "GET", "/Vendor.json"),
    "items": ("pos", "GET", "/Item.json"),
    "tokens": ("pos", "POST", "/auth/oauth/token"),
}
TOKENS = {
    "token_type": "Bearer",
    "expires_in": 3600,
    "access_token": "e30.e30.e30",
    "refresh_token": "def502",
}


@parts(2)
def test_records_that_all_orders_need(worlds: Worlds, kind: str, part: int) -> None:
    @each_world(16, part, what=st.sampled_from(sorted(SHARED)), hurt=_hurt)
    def _(what: str, hurt: tuple[list[Wound], Any]) -> None:
        world = worlds.make(kind)
        side, method, path = SHARED[what]
        world.given([], [])
        whole = TOKENS if what == "tokens" else answer_of(world, path)
        world.forget_what_was_learned()
        address = f"/{world.sandbox.account_id}.json$" if what == "account" else f"{path}$"
        world.answers(side, address, written(wounded(whole, hurt[0]), hurt[1]), method=method)
        ids = world.discover("run-1")
        for order_id in ids:
            world.match(order_id)
        for order_id in ids:
            row = world.row(order_id)
            if row["state"] == "awaiting_approval":
                world.decide(str(row["order_number"]))
            else:
                world.must(row["reason"], f"{what}: {order_id} is {row['state']} without a reason")
                world.must_be_a_sentence(str(row["reason"]), f"{what}: the reason")
        world.answers_are_good_again()
        world.forget_what_was_learned()
        for order_id in ids:
            orders.change(world.retail.engine, order_id, state="discovered", rematch_asked_at=None)
            world.match(order_id)
        world.judge(ids, [])


@parts(2)
def test_lists_of_orders_in_any_shape(worlds: Worlds, kind: str, part: int) -> None:
    @each_world(16, part, status=st.sampled_from(["approved", "processed", "cancelled"]), hurt=_hurt)
    def _(status: str, hurt: tuple[list[Wound], Any]) -> None:
        world = worlds.make(kind)
        world.given([], None)
        ids = [world.retail.id(number) for number in GOOD]
        told = written(wounded([ids[0], {"_id": ids[1]}, "0" * 24], hurt[0]), hurt[1])
        world.answers("nuorder", f"/api/orders/{status}/list$", told)
        found = world.discover("run-1")
        if found and status == "approved":
            for order_id in set(ids) & on_the_list(told):
                world.must(order_id in found, f"{order_id} is on the list and was not found: {told[:300]}")
        world.answers_are_good_again()
        found += world.discover("run-2")
        for order_id in ids:
            world.must(
                order_id in found, f"{order_id} was not found once the list was in order: {told[:300]}"
            )
            world.match(order_id)
        world.judge(ids, [])


def on_the_list(told: str) -> set[str]:
    """The ids on a list of orders, as far as it is one."""
    try:
        entries = json.loads(told)
    except (ValueError, RecursionError):
        return set()
    listed = entries if isinstance(entries, list) else []
    ids = (entry.get("_id") if isinstance(entry, dict) else entry for entry in listed)
    return {one for one in ids if isinstance(one, str)}
