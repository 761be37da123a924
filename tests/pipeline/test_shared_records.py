"""Vendor, brand, matrix and item are made once for the account, whatever the number of orders that need them at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from support.databases import rows
from support.orders import Json, item, line, order, pos, upc
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.errors import NuorderPosError, Transient

NEW = {"upcs": {"M": upc(1)}}
NOTHING_THERE = pos(vendors=[], manufacturers=[])


def names(retail: Retail) -> dict[str, list[str]]:
    return {
        "vendors": [one["name"] for one in retail.records("Vendor")],
        "brands": [one["name"] for one in retail.records("Manufacturer")],
        "matrices": [one["description"] for one in retail.records("ItemMatrix")],
        "items": sorted(one["description"] for one in retail.records("Item")),
    }


def two_orders_of_the_same_new_style(retail: Retail) -> None:
    retail.given(
        order("1001", line(sizes={"M": 2}, **NEW)),
        order("1002", line(sizes={"M": 5}, **NEW)),
        shop_floor=NOTHING_THERE,
    )
    retail.configure(waiting_time=0)
    retail.approved("1001", "1002")


ONCE = {
    "vendors": ["Acme Outdoor"],
    "brands": ["Acme Outdoor"],
    "matrices": ["Trail Tee TEE"],
    "items": ["Trail Tee Red M"],
}


def test_the_second_order_uses_what_the_first_one_made_without_a_new_approval(retail: Retail) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.export("1001")
    retail.export("1002")
    assert names(retail) == ONCE
    lines = [po["lines"] for po in (retail.the_purchase_order(n) for n in ("1001", "1002"))]
    assert [(one["itemID"], one["quantity"]) for (one,) in lines] == [(1, 2), (1, 5)]


def test_two_orders_exported_at_the_same_time_make_each_record_once(retail: Retail) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.sandbox.fault(
        method="POST", path="/(Vendor|ItemMatrix|Item)\\.json", times=3, action="delay", seconds=0.1
    )
    trouble: list[NuorderPosError] = []

    def export(number: str) -> None:
        work = retail.new_work()
        for _ in range(200):
            try:
                retail.export(number, holder=f"worker of {number}", work=work)
                return
            except Transient as error:
                trouble.append(error)
                threading.Event().wait(0.05)

    both = [threading.Thread(target=export, args=(number,)) for number in ("1001", "1002")]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert names(retail) == ONCE
    assert [retail.row(number)["state"] for number in ("1001", "1002")] == ["exported", "exported"]
    assert trouble, "the second order never had to wait: the two did not meet"


@pytest.mark.parametrize("resource", ["Vendor", "ItemMatrix", "Item"])
def test_a_record_that_a_stopped_order_may_have_made_is_looked_for_by_the_next_order(
    retail: Retail, resource: str
) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.sandbox.fault(method="POST", path=rf"/223344/{resource}\.json$", action="drop_after_apply")
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    retail.export("1002")
    assert names(retail) == ONCE
    retail.export("1001")
    assert names(retail) == ONCE
    assert [len(retail.purchase_orders(number)) for number in ("1001", "1002")] == [1, 1]


@pytest.mark.parametrize("resource", ["Vendor", "ItemMatrix", "Item"])
def test_a_record_that_a_stopped_order_did_not_make_is_made_by_the_next_order(
    retail: Retail, resource: str
) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.sandbox.fault(method="POST", path=rf"/223344/{resource}\.json$", action="refuse")
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    retail.export("1002")
    retail.export("1001")
    assert names(retail) == ONCE


def test_while_a_lost_request_of_another_order_may_be_under_way_the_next_order_waits(retail: Retail) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.configure(waiting_time=60)
    retail.sandbox.fault(method="POST", path="/Vendor", action="refuse")
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    with pytest.raises(Transient) as told:
        retail.export("1002")
    assert 50 < (told.value.retry_after or 0) <= 60
    assert names(retail)["vendors"] == []


def colours(*wanted: str) -> Sequence[Json]:
    return [line("TEE", color, {"M": 1}, upcs={"M": upc(n)}) for n, color in enumerate(wanted, start=1)]


def test_a_new_colour_of_a_style_joins_the_matrix_that_an_earlier_order_made(retail: Retail) -> None:
    retail.given(order("1001", *colours("Red")), order("1002", *colours("Red", "Blue")), shop_floor=pos())
    retail.approved("1001")
    retail.export("1001")
    retail.approved("1002")
    assert {one["color"]: one["status"] for one in retail.report("1002")["lines"]} == {
        "Red": "confirmed",
        "Blue": "new_item",
    }
    retail.export("1002")
    assert [one["description"] for one in retail.records("ItemMatrix")] == ["Trail Tee TEE"]
    assert [one["itemMatrixID"] for one in retail.records("Item")] == [1, 1]


def test_what_another_order_made_and_somebody_archived_since_is_made_again(retail: Retail) -> None:
    two_orders_of_the_same_new_style(retail)
    retail.export("1001")
    (made,) = retail.records("Item")
    retail.sandbox.do("pos", "set_upc", itemID=made["itemID"], upc="")
    retail.sandbox.do("pos", "archive_item", itemID=made["itemID"])
    retail.match("1002")
    retail.approve("1002")
    retail.look("1002")
    retail.export("1002")
    assert [(one["archived"], one["upc"]) for one in retail.records("Item")] == [(True, ""), (False, upc(1))]
    (only,) = retail.the_purchase_order("1002")["lines"]
    assert only["itemID"] == 2


def test_two_brands_with_a_style_of_the_same_number_have_a_matrix_each(retail: Retail) -> None:
    theirs = order("2001", line(sizes={"M": 1}, upcs={"M": upc(9)}))
    retail.given(order("1001", line(sizes={"M": 1}, **NEW)), others=[second_brand(theirs)], shop_floor=pos())
    with_second_brand(retail)
    retail.approved("1001", "2001")
    retail.export("1001")
    retail.export("2001")
    vendors = {one["vendorID"]: one["name"] for one in retail.records("Vendor")}
    found = {vendors[one["defaultVendorID"]]: one["description"] for one in retail.records("ItemMatrix")}
    assert found == {"Acme Outdoor": "Trail Tee TEE", "Birch": "Trail Tee TEE"}


def test_every_item_of_an_export_is_a_saved_link_afterwards(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(2)}))
    retail.given(raw, shop_floor=pos([item(7, upc(1))]))
    retail.approved("1001")
    retail.export("1001")
    found = rows(
        retail.engine, "SELECT style, color, size, item_id, origin, made_by FROM link ORDER BY size DESC"
    )
    assert [tuple(one.values()) for one in found] == [
        ("tee", "red", "s", "7", "upc", "Mia"),
        ("tee", "red", "m", "8", "created", "Mia"),
    ]
