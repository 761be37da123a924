"""The judge of the proof: every kind of damage, planted once in a world that is good, turns the verdict red."""

from __future__ import annotations

from typing import Any

import pytest

from nuorder_pos.store import orders
from prove.judge import Verdict, judge
from prove.world import Ledgers, World

ORDER = "1001"


@pytest.fixture(scope="module")
def exported(whole: World, approved: Ledgers) -> Ledgers:
    """The order went through without any fault."""
    whole.shop.export(ORDER)
    whole.save("exported")
    assert judge(whole, approved).violations == []
    return approved


@pytest.fixture
def good(whole: World, exported: Ledgers) -> World:
    """The exported world, untouched."""
    whole.restore("exported")
    return whole


def act(world: World, name: str, **details: Any) -> None:
    world.sandbox.do("pos", name, **details)


def the(world: World, kind: str, **values: Any) -> Any:
    """The record of a kind that has these values."""
    found = [one for one in world.ledgers().pos[kind] if all(one[n] == v for n, v in values.items())]
    assert len(found) == 1, f"{len(found)} {kind} with {values}"
    return found[0]


def po(world: World) -> Any:
    return the(world, "Order", refNum=world.shop.id(ORDER))


def lines(world: World) -> list[Any]:
    found: list[Any] = po(world)["lines"]
    return found


def told(world: World, before: Ledgers, promised: bool = True) -> str:
    verdict: Verdict = judge(world, before, promised=promised)
    assert not verdict.good
    return "; ".join(verdict.violations)


def second_order(world: World) -> int:
    one = po(world)
    act(
        world, "create", type="Order",
        record={"vendorID": one["vendorID"], "shopID": one["shopID"], "refNum": one["refNum"]},
    )  # fmt: skip
    return max(other["orderID"] for other in world.ledgers().pos["Order"])


def test_the_judge_finds_nothing_wrong_with_a_good_export(good: World, exported: Ledgers) -> None:
    verdict = judge(good, exported)
    assert (verdict.violations, verdict.named) == ([], [])
    assert [(end.number, end.state) for end in verdict.ends] == [(ORDER, "exported")]


def test_a_second_purchase_order_is_seen(good: World, exported: Ledgers) -> None:
    second_order(good)
    assert "has 2 purchase orders" in told(good, exported)


def test_a_purchase_order_of_no_order_is_seen(good: World, exported: Ledgers) -> None:
    record = {"vendorID": po(good)["vendorID"], "shopID": 1, "refNum": "f" * 24}
    act(good, "create", type="Order", record=record)
    assert "belongs to no order" in told(good, exported)


def test_an_archived_purchase_order_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "delete", type="Order", id=second_order(good))
    assert "has archived purchase orders" in told(good, exported)
    assert judge(good, exported, promised=False).good


def test_a_purchase_order_that_was_archived_with_its_lines_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "delete", type="Order", id=po(good)["orderID"])
    assert "has no purchase order" in told(good, exported, promised=False)


def test_a_second_line_is_seen(good: World, exported: Ledgers) -> None:
    first = lines(good)[0]
    record = {name: first[name] for name in ("orderID", "itemID", "quantity", "price")}
    act(good, "create", type="OrderLine", record=record)
    words = told(good, exported)
    assert "has a line too many" in words
    assert "the total of order" in words


def test_a_line_of_something_else_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "create", type="Item", record={"itemID": 99, "description": "Mug"})
    act(
        good, "create", type="OrderLine",
        record={"orderID": po(good)["orderID"], "itemID": 99, "quantity": 1, "price": "0"},
    )  # fmt: skip
    words = told(good, exported)
    assert "has a line too many: 1 x Mug" in words
    assert "'Mug' is wanted by no order" in words


def test_a_missing_line_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "delete_line", orderLineID=lines(good)[0]["orderLineID"])
    assert "lacks" in told(good, exported)


@pytest.mark.parametrize("change", [{"quantity": 17}, {"price": "1.11"}])
def test_a_line_with_another_quantity_or_cost_is_seen(
    good: World, exported: Ledgers, change: dict[str, Any]
) -> None:
    act(good, "update", type="OrderLine", id=lines(good)[0]["orderLineID"], changes=change)
    words = told(good, exported)
    assert "has a line too many" in words
    assert "lacks" in words


def test_an_orphan_line_is_seen(good: World, exported: Ledgers) -> None:
    before = good.ledgers()
    line = {**lines(good)[0], "orderLineID": 999, "orderID": 999}
    orphaned = Ledgers(
        {**before.pos, "OrderLine": [*before.pos["OrderLine"], line]}, before.orders, before.products,
        before.brand_names,
    )  # fmt: skip
    # The sandbox refuses such a line, as the POS would: the ledger is given one.
    good_ledgers, good.ledgers = good.ledgers, lambda: orphaned  # type: ignore[method-assign]
    try:
        assert "line 999 belongs to no purchase order" in told(good, exported)
    finally:
        good.ledgers = good_ledgers  # type: ignore[method-assign]


def test_a_line_for_an_archived_item_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "archive_item", itemID=lines(good)[0]["itemID"])
    assert "which is not there" in told(good, exported)


def test_a_second_item_for_a_variant_without_a_code_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "create", type="Item", record={"description": "Cap"})
    assert "Item 'Cap' is there 2 times" in told(good, exported)


def test_a_second_item_with_a_code_is_seen(good: World, exported: Ledgers) -> None:
    good.sandbox.switch(archived_blocks_upc=False)
    made = the(good, "Item", description="Coat Blue S")
    act(good, "archive_item", itemID=made["itemID"])
    act(good, "create", type="Item", record={"description": "Coat Blue S", "upc": made["upc"]})
    words = told(good, exported)
    assert "which is not there" in words  # the line's own item was archived
    act(good, "unarchive_item", itemID=made["itemID"])
    assert f"Item '{made['upc']}' is there 2 times" in told(good, exported)


@pytest.mark.parametrize(
    "kind, record, words",
    [
        ("Vendor", {"name": "Acme Outdoor"}, "Vendor 'Acme Outdoor' is there 2 times"),
        ("Manufacturer", {"name": "Somebody"}, "'Somebody' is wanted by no order"),
        ("Item", {"description": "Mug"}, "'Mug' is wanted by no order"),
    ],
)
def test_a_record_too_many_is_seen(
    good: World, exported: Ledgers, kind: str, record: dict[str, Any], words: str
) -> None:
    act(good, "create", type=kind, record=record)
    assert words in told(good, exported)


def test_a_second_matrix_is_seen(good: World, exported: Ledgers) -> None:
    made = the(good, "ItemMatrix", description="Coat COAT")
    record = {name: made[name] for name in ("description", "itemAttributeSetID", "defaultVendorID")}
    act(good, "create", type="ItemMatrix", record=record)
    assert "ItemMatrix 'Coat COAT' is there 2 times" in told(good, exported)


def test_a_second_image_is_seen(good: World, exported: Ledgers) -> None:
    made = the(good, "Image", description="Coat Blue")
    record = {name: made[name] for name in ("description", "itemMatrixID", "filename")}
    act(good, "create", type="Image", record=record)
    assert "the image 'Coat Blue' is there 2 times" in told(good, exported)


def test_an_image_that_is_missing_and_not_mentioned_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "delete", type="Image", id=the(good, "Image", description="Coat Blue")["imageID"])
    assert "the image of Coat COAT is missing" in told(good, exported)


def test_something_of_the_shop_that_is_gone_is_seen(good: World, exported: Ledgers) -> None:
    act(good, "archive_item", itemID=2)
    assert "Item 2, which was there before, is gone" in told(good, exported)


@pytest.mark.parametrize(
    "changes, words", [({"shipCost": "1"}, "the shipping of order"), ({"vendorID": 1}, "the vendor of order")]
)
def test_a_head_with_other_facts_is_seen(
    good: World, exported: Ledgers, changes: dict[str, Any], words: str
) -> None:
    act(good, "update", type="Order", id=po(good)["orderID"], changes=changes)
    assert words in told(good, exported)


def test_an_order_that_stays_in_the_middle_is_seen(good: World, exported: Ledgers) -> None:
    orders.change(good.engine, good.shop.id(ORDER), state="exporting", reason="")
    assert "ended exporting" in told(good, exported)


def test_an_order_that_is_held_without_a_reason_is_seen(good: World, exported: Ledgers) -> None:
    orders.change(good.engine, good.shop.id(ORDER), state="failed", reason=" ")
    assert "says no reason" in told(good, exported)


def test_what_is_there_twice_may_be_named_only_where_the_promise_does_not_hold(
    good: World, exported: Ledgers
) -> None:
    first, second = po(good)["orderID"], second_order(good)
    reason = f"The order is in the POS more than once: purchase order #{first} and #{second}."
    orders.change(good.engine, good.shop.id(ORDER), state="held", reason=reason)
    assert "has 2 purchase orders" in told(good, exported)
    outside = judge(good, exported, promised=False)
    assert (outside.violations, len(outside.named)) == ([], 1)
    orders.change(good.engine, good.shop.id(ORDER), reason=f"Something about #{first}.")
    assert "has 2 purchase orders" in told(good, exported, promised=False)


def test_an_order_that_is_exported_and_not_there_is_seen(whole: World, approved: Ledgers) -> None:
    whole.restore("approved")
    orders.change(whole.engine, whole.shop.id(ORDER), state="exported", reason="")
    assert "is exported and has no purchase order" in told(whole, approved)
