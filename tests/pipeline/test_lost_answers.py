"""Whatever fails and whenever: the POS has every record once. Judged by the ledger of the stand-in POS."""

from __future__ import annotations

import time

import pytest
from support.orders import ACME, item, line, order, pos, products_of, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Transient

NOTHING_THERE = pos(vendors=[], manufacturers=[])
RECORDS = {
    "Vendor": 1,
    "Manufacturer": 1,
    "Category": 1,
    "ItemMatrix": 1,
    "Item": 2,
    "Image": 1,
    "Order": 1,
    "OrderLine": 2,
}
ALL_NEW = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))


def an_order_that_needs_everything_new(retail: Retail, **switches: object) -> None:
    raw = ALL_NEW
    retail.given(
        raw, products=products_of(raw, images=["/images/tee.png"]), shop_floor=NOTHING_THERE, **switches
    )
    (shown,) = retail.records("products", "nuorder")
    address = f"{retail.sandbox.nuorder}/images/tee.png"
    retail.sandbox.do("nuorder", "edit_product", _id=shown["_id"], changes={"images": [address]})
    retail.configure(waiting_time=0, brand={"category": True})
    retail.approved("1001")


def counts(retail: Retail) -> dict[str, int]:
    return {name: len(retail.records(name)) for name in RECORDS}


def path_of(resource: str) -> str:
    return r"/Image\.json$" if resource == "Image" else rf"/223344/{resource}\.json$"


def test_an_order_whose_answers_all_come_needs_each_record_once(retail: Retail) -> None:
    an_order_that_needs_everything_new(retail)
    retail.export("1001")
    assert counts(retail) == RECORDS
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.parametrize("resource", RECORDS)
def test_a_record_whose_answer_was_lost_is_found_and_not_made_twice(retail: Retail, resource: str) -> None:
    an_order_that_needs_everything_new(retail)
    retail.sandbox.fault(method="POST", path=path_of(resource), action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.export_until_done("1001")
    assert counts(retail) == RECORDS
    assert retail.row("1001")["state"] == "exported"


FAULTS = {
    "answered_500_and_applied": {"action": "status", "status": 500, "apply": True},
    "answered_500_and_not_applied": {"action": "status", "status": 500, "apply": False},
    "answer_cut_off": {"action": "truncate"},
    "connection_closed_before_it_was_applied": {"action": "refuse"},
    "answered_with_a_web_page": {"action": "html", "apply": True},
    "refused_by_the_rate_limit": {"action": "status", "status": 429, "headers": {"Retry-After": "0"}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_trouble_that_meets_the_first_write_of_every_kind_leaves_each_record_once(
    retail: Retail, fault: str
) -> None:
    an_order_that_needs_everything_new(retail)
    for resource in RECORDS:
        retail.sandbox.fault(method="POST", path=path_of(resource), **FAULTS[fault])
    retail.sandbox.fault(method="PUT", path=r"/Order/\d+\.json$", **FAULTS[fault])
    retail.export_until_done("1001", tries=12)
    assert counts(retail) == RECORDS
    po = retail.the_purchase_order("1001")
    assert (po["status"], po["totalQuantity"]) == ("Ordered", 5)


def test_a_line_lost_in_the_middle_is_found_among_the_lines_of_the_purchase_order(retail: Retail) -> None:
    sizes = {"XS": 1, "S": 2, "M": 3, "L": 4}
    codes = {size: upc(n) for n, size in enumerate(sizes, start=1)}
    items = [item(n, upc(n), description=f"Tee {size}") for n, size in enumerate(sizes, start=1)]
    retail.given(order("1001", line(sizes=sizes, upcs=codes)), shop_floor=pos(items))
    retail.configure(waiting_time=0)
    retail.approved("1001")
    retail.sandbox.fault(method="POST", path="/OrderLine", nth=3, action="drop_after_apply")
    retail.export_until_done("1001")
    lines = retail.the_purchase_order("1001")["lines"]
    assert [(one["itemID"], one["quantity"]) for one in lines] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_two_equal_lines_with_different_costs_are_both_there_after_one_answer_was_lost(
    retail: Retail,
) -> None:
    raw = order(
        "1001",
        line(sizes={"M": 2}, upcs={"M": upc(1)}, price="10.00"),
        line(sizes={"M": 2}, upcs={"M": upc(1)}, price="9.00"),
    )
    retail.given(raw, shop_floor=pos([item(7, upc(1))]))
    retail.configure(waiting_time=0)
    retail.approved("1001")
    retail.sandbox.fault(method="POST", path="/OrderLine", nth=2, action="drop_after_apply")
    retail.export_until_done("1001")
    lines = retail.the_purchase_order("1001")["lines"]
    assert sorted((one["itemID"], one["quantity"], one["price"]) for one in lines) == [
        (7, 2, "10"),
        (7, 2, "9"),
    ]


def simple(retail: Retail, waiting_time: int = 0) -> None:
    retail.given(order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)})), shop_floor=pos([item(7, upc(1))]))
    retail.configure(waiting_time=waiting_time)
    retail.approved("1001")


def test_nothing_is_sent_again_while_the_lost_request_may_still_be_under_way(retail: Retail) -> None:
    simple(retail, waiting_time=60)
    retail.sandbox.fault(method="POST", path=path_of("Order"), action="refuse")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    sent = len(retail.written())
    with pytest.raises(Transient) as told:
        retail.export("1001")
    assert told.value.retry_after is not None
    assert 50 < told.value.retry_after <= 60
    assert len(retail.written()) == sent
    assert "lost" in str(told.value)


def test_a_write_that_is_applied_late_is_found_because_it_was_waited_for(retail: Retail) -> None:
    simple(retail, waiting_time=1)
    retail.sandbox.fault(method="POST", path=path_of("Order"), action="apply_late", seconds=0.5)
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    with pytest.raises(Transient):
        retail.export("1001")
    time.sleep(1.05)
    retail.export("1001")
    assert len(retail.purchase_orders("1001")) == 1


def test_an_item_that_the_pos_refuses_as_a_duplicate_holds_the_order_and_is_not_taken(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)})), shop_floor=pos())
    retail.approved("1001")
    body = {"httpCode": "422", "message": "Item not created. An Item with the UPC already exists."}
    retail.sandbox.fault(method="POST", path=path_of("Item"), action="status", status=422, body=body)
    with pytest.raises(NeedsMerchant, match="already exists"):
        retail.export("1001")
    assert retail.purchase_orders() == []
    row = retail.row("1001")
    assert row["export_status"] == "in_progress"
    assert row["state"] == "held"
    assert "already exists" in row["reason"]
    assert "do not export it by hand" in row["reason"]


def test_an_order_that_was_held_goes_on_from_where_it_stood(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)})), shop_floor=pos(vendors=[]))
    retail.approved("1001")
    retail.sandbox.fault(
        method="POST", path=path_of("Item"), action="status", status=422, body={"message": "no"}
    )
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    retail.export("1001")
    assert [len(retail.records(name)) for name in ("Vendor", "Item", "Order")] == [1, 1, 1]
    assert retail.row("1001")["state"] == "exported"


def test_a_line_that_somebody_added_by_hand_holds_the_order_and_justifies_no_resend(retail: Retail) -> None:
    simple(retail)
    retail.sandbox.fault(method="POST", path="/OrderLine", action="refuse")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    po = retail.the_purchase_order("1001")
    by_hand = {"orderID": po["orderID"], "itemID": 7, "quantity": 40, "price": "10"}
    retail.sandbox.do("pos", "create", type="OrderLine", record=by_hand)
    sent = len(retail.written())
    with pytest.raises(NeedsMerchant, match="not in the plan"):
        retail.export("1001")
    assert len(retail.written()) == sent
    assert retail.row("1001")["state"] == "held"


def test_a_repeated_export_of_an_exported_order_sends_nothing(retail: Retail) -> None:
    simple(retail)
    first = retail.export("1001")
    sent = len(retail.written())
    assert retail.export("1001", holder="another") == first
    assert len(retail.written()) == sent


def test_an_order_id_is_exported_once_over_all_accounts(retail: Retail) -> None:
    """A second account that sees the order of the first leaves it alone."""
    simple(retail)
    retail.release("1001", "run-for-1001")
    retail.configure(name="second")
    assert retail.discover("run-of-the-second") == []


def test_lost_answers_of_two_writes_in_a_row_are_both_found(retail: Retail) -> None:
    an_order_that_needs_everything_new(retail)
    retail.sandbox.fault(method="POST", path=path_of("Vendor"), action="drop_after_apply")
    retail.sandbox.fault(method="POST", path=path_of("Item"), nth=2, action="drop_after_apply")
    retail.sandbox.fault(method="POST", path="/OrderLine", nth=2, action="drop_after_apply")
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    retail.export_until_done("1001")
    assert counts(retail) == RECORDS


def test_a_vendor_made_by_hand_since_the_report_is_used(retail: Retail) -> None:
    retail.given(order("1001", line(upcs={"M": upc(1)})), shop_floor=pos([item(7, upc(1))], vendors=[]))
    retail.approved("1001")
    retail.sandbox.do("pos", "create", type="Vendor", record=ACME)
    retail.export("1001")
    assert len(retail.records("Vendor")) == 1
    assert retail.the_purchase_order("1001")["vendorID"] == 1
