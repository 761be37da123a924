"""Looks before anything is sent again: what is found, what is not taken for it, and what holds the order."""

from __future__ import annotations

from typing import Any

import pytest
from support.meanwhile import stopped_at
from support.orders import Json, line, order, pos, products_of, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown, Transient

ITEM, HEAD = r"/Item\.json$", r"/Order\.json$"
LATE = 100.0
"""Seconds after which the POS applies what it did not answer: the clock of the sandbox is moved, nobody waits."""
LASTING = {"access_token_seconds": 1_000_000}
"""The clock of the sandbox is moved: the token of a request that it carries out late is to be good still."""

IN_A_MATRIX = line("TEE", "Red", {"S": 2, "M": 3})
ALONE = line("CAP", "", {"default": 6})
WITH_A_CODE = line("TEE", "Red", {"M": 2}, upcs={"M": upc(1)})


@pytest.fixture
def database_kind() -> str:
    """One database is enough: these guards are none of its business."""
    return "sqlite"


def ready(retail: Retail, *lines: Json, name: str = "Trail Tee", shop_floor: Json | None = None) -> None:
    raw = order("1001", *lines)
    retail.given(
        raw,
        products=products_of(raw, name=name),
        shop_floor=pos() if shop_floor is None else shop_floor,
        **LASTING,
    )
    retail.configure(waiting_time=0)
    retail.approved("1001")


def the_pos_catches_up(retail: Retail) -> None:
    retail.sandbox._call("/_clock", {"advance": LATE + 1})


def made_by_a_person(retail: Retail, kind: str, **record: Any) -> int:
    made = retail.sandbox.do("pos", "create", type=kind, record=record)[kind]
    key = {"Item": "itemID", "Vendor": "vendorID", "Manufacturer": "manufacturerID"}[kind]
    record_id: int = made[key]
    return record_id


@pytest.mark.parametrize(
    "goods, nth, items",
    [pytest.param(IN_A_MATRIX, 2, 2, id="in a matrix"), pytest.param(ALONE, 1, 1, id="alone")],
)
def test_an_item_without_a_code_whose_answer_was_lost_is_not_made_twice(
    retail: Retail, goods: Json, nth: int, items: int
) -> None:
    ready(retail, goods)
    retail.sandbox.fault(method="POST", path=ITEM, nth=nth, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.export("1001")
    assert len(retail.records("Item")) == items
    assert len(retail.written("Item.json")) == items
    assert retail.row("1001")["state"] == "exported"


def test_a_line_whose_answer_was_lost_is_not_sent_again(retail: Retail) -> None:
    """Reading back would take a second one away: what counts here is that it never comes to that."""
    ready(retail, IN_A_MATRIX)
    retail.sandbox.fault(method="POST", path=r"/OrderLine\.json$", nth=2, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.export("1001")
    assert len(retail.written("OrderLine")) == 2
    assert [one["quantity"] for one in retail.the_purchase_order("1001")["lines"]] == [2, 3]
    assert retail.row("1001")["state"] == "exported"


def test_somebody_else_s_item_is_not_taken_for_one_that_was_not_made(retail: Retail) -> None:
    """In the matrix of ours, or with our code: what tells is the whole natural key, with the description."""
    ready(retail, WITH_A_CODE)
    retail.sandbox.fault(method="POST", path=ITEM, action="refuse")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    theirs = made_by_a_person(retail, "Item", upc=upc(1), description="Something else")
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert [one["itemID"] for one in retail.records("Item")] == [theirs]
    assert retail.purchase_orders() == []
    assert retail.row("1001")["state"] == "held"


def test_another_size_is_not_taken_for_an_item_that_was_not_made(retail: Retail) -> None:
    ready(retail, IN_A_MATRIX)
    retail.sandbox.fault(method="POST", path=ITEM, nth=2, action="refuse")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.export("1001")
    bought = {one["itemID"]: one["quantity"] for one in retail.the_purchase_order("1001")["lines"]}
    assert sorted(bought.values()) == [2, 3]
    assert len(retail.records("Item")) == 2


def test_an_item_that_cannot_be_looked_up_holds_the_order(retail: Retail) -> None:
    """The POS takes a value that begins like this for an operator: the question would find nothing, or anything."""
    ready(retail, ALONE, name="~ Cap")
    retail.sandbox.fault(method="POST", path=ITEM, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    with pytest.raises(NeedsMerchant, match="cannot be looked up"):
        retail.export("1001")
    assert len(retail.records("Item")) == 1
    assert retail.row("1001")["state"] == "held"


@pytest.mark.parametrize("path", [pytest.param(ITEM, id="item"), pytest.param(HEAD, id="order")])
def test_an_attempt_that_was_given_up_and_applied_late_is_found_before_the_next_one(
    retail: Retail, path: str
) -> None:
    ready(retail, IN_A_MATRIX)
    retail.sandbox.fault(method="POST", path=path, action="apply_late", seconds=LATE)
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.sandbox.fault(method="POST", path=path, action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    the_pos_catches_up(retail)
    retail.export("1001")
    assert (len(retail.purchase_orders("1001")), len(retail.records("Item"))) == (1, 2)
    assert retail.row("1001")["state"] == "exported"


def test_an_item_that_is_refused_because_our_own_late_one_is_there_is_taken(retail: Retail) -> None:
    ready(retail, WITH_A_CODE)
    retail.sandbox.fault(method="POST", path=ITEM, action="apply_late", seconds=LATE)
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    with stopped_at(lambda: retail.export("1001", work=retail.new_work()), "POST", ITEM) as second:
        the_pos_catches_up(retail)
        second.go_on()
    (made,) = retail.records("Item")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [made["itemID"]]
    assert retail.row("1001")["state"] == "exported"


def test_an_item_that_somebody_else_made_meanwhile_is_refused_and_not_taken(retail: Retail) -> None:
    """The POS says that it exists already. That it is ours does not follow, even where it has the same name."""
    ready(retail, WITH_A_CODE)
    with stopped_at(lambda: retail.export("1001", work=retail.new_work()), "POST", ITEM) as export:
        theirs = made_by_a_person(retail, "Item", upc=upc(1), description="Trail Tee Red M")
        told = export.go_on()
    assert isinstance(told, NeedsMerchant)
    assert [one["itemID"] for one in retail.records("Item")] == [theirs]
    assert retail.purchase_orders() == []
    assert retail.row("1001")["state"] == "held"


def test_a_brand_that_a_person_makes_after_the_plan_is_used(retail: Retail) -> None:
    ready(retail, WITH_A_CODE, shop_floor=pos(vendors=[], manufacturers=[]))
    with stopped_at(
        lambda: retail.export("1001", work=retail.new_work()), "POST", r"/Vendor\.json$"
    ) as export:
        theirs = made_by_a_person(retail, "Manufacturer", name="Acme Outdoor")
        export.go_on()
    assert [one["manufacturerID"] for one in retail.records("Manufacturer")] == [theirs]
    assert [one["manufacturerID"] for one in retail.records("Item")] == [theirs]
    assert retail.row("1001")["state"] == "exported"


def test_two_records_that_could_be_the_lost_one_hold_the_order(retail: Retail) -> None:
    ready(retail, WITH_A_CODE, shop_floor=pos(vendors=[]))
    retail.sandbox.fault(method="POST", path=r"/Vendor\.json$", action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    theirs = made_by_a_person(retail, "Vendor", name="Acme Outdoor")
    with pytest.raises(NeedsMerchant, match="more than once") as told:
        retail.export("1001")
    assert str(theirs) in str(told.value)
    assert (retail.purchase_orders(), retail.row("1001")["state"]) == ([], "held")
