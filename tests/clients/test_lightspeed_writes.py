from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from support.sandbox import Sandbox

from nuorder_pos.clients.images import Image
from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.pacing import InMemoryPace
from nuorder_pos.errors import OutcomeUnknown, Permanent, Transient

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def posts(sandbox: Sandbox, what: str) -> list[dict[str, Any]]:
    return [
        row
        for row in sandbox.ledger("pos")
        if row["method"] == "POST" and row["path"].endswith(f"/{what}.json")
    ]


def new_order(pos: Lightspeed, ref_num: str = "a" * 24) -> str:
    row = pos.create(
        "Order", {"vendorID": "1", "shopID": "1", "refNum": ref_num, "shipCost": Decimal("7.50")}
    )
    return str(row["orderID"])


def test_a_purchase_order_from_head_to_ordered(sandbox: Sandbox, pos: Lightspeed) -> None:
    order_id = new_order(pos)
    item, other = islice(pos.query("Item"), 2)
    for row, quantity in ((item, 3), (other, 2)):
        values = {"orderID": order_id, "itemID": row["itemID"], "quantity": quantity}
        pos.create("OrderLine", {**values, "price": Decimal("4.20"), "originalPrice": Decimal("4.20")})
    pos.update(
        "Order", order_id, {"orderedDate": date(2025, 3, 1), "arrivalDate": pos.date_only(date(2025, 4, 1))}
    )
    order = pos.purchase_order(order_id)
    assert order is not None
    assert order.status == "Ordered"
    assert order.ref_num == "a" * 24
    assert order.ship_cost == Decimal("7.5")
    assert order.expected is not None
    assert [(line.item_id, line.quantity, line.price) for line in order.lines] == [
        (item["itemID"], 3, Decimal("4.2")),
        (other["itemID"], 2, Decimal("4.2")),
    ]
    assert [one.order_id for one in pos.purchase_orders(ref_num="a" * 24)] == [order_id]
    bodies = [row["body"] for row in posts(sandbox, "OrderLine")]
    sent = [json.loads(body) if isinstance(body, str) else body for body in bodies]
    assert all(isinstance(value, str) for body in sent for value in body.values())


def test_a_matrix_with_a_variant_and_what_it_costs(
    sandbox: Sandbox, new_pos: Callable[..., Lightspeed]
) -> None:
    spent: list[Decimal] = []
    pos = new_pos(on_cost=spent.append)
    matrix = pos.create("ItemMatrix", {"description": "Test style", "itemAttributeSetID": "1"})
    variant = pos.create(
        "Item",
        {
            "description": "Test style Red M",
            "itemMatrixID": matrix["itemMatrixID"],
            "ItemAttributes": {"itemAttributeSetID": "1", "attribute1": "Red", "attribute2": "M"},
            "Prices": {"ItemPrice": [{"amount": "20", "useTypeID": "1"}, {"amount": "25", "useTypeID": "2"}]},
            "ItemVendorNums": {"ItemVendorNum": [{"value": "V-1", "vendorID": "1"}]},
        },
    )
    assert spent == [Decimal(1), Decimal(3)]
    item = pos.item(variant["itemID"], vendor_numbers=True)
    assert item is not None
    assert (item.color, item.size, item.matrix_id) == ("Red", "M", matrix["itemMatrixID"])
    assert item.vendor_numbers == (("1", "V-1"),)
    assert [one.item_id for one in pos.matrix_items(matrix["itemMatrixID"])] == [item.item_id]


def test_an_image_is_uploaded_and_found(pos: Lightspeed) -> None:
    item_id = next(iter(pos.query("Item")))["itemID"]
    before = len(pos.images_of(item_id=item_id))
    row = pos.upload_image(
        Image(PNG, "image/png", "boot.png"), item_id=item_id, description="Boot", ordering=1
    )
    assert row["imageID"]
    assert row["description"] == "Boot"
    assert len(pos.images_of(item_id=item_id)) == before + 1
    with pytest.raises(ValueError, match="one item or to one matrix"):
        pos.upload_image(Image(PNG, "image/png", "x.png"))


def test_a_line_is_deleted(pos: Lightspeed) -> None:
    order_id = new_order(pos)
    item_id = next(iter(pos.query("Item")))["itemID"]
    line = pos.create(
        "OrderLine", {"orderID": order_id, "itemID": item_id, "quantity": 1, "price": Decimal(1)}
    )
    pos.delete("OrderLine", line["orderLineID"])
    assert pos.order_lines(order_id) == []


def test_a_refused_write_carries_status_and_sentence(pos: Lightspeed) -> None:
    with pytest.raises(Permanent, match="must have a description") as caught:
        pos.create("Item", {"description": ""})
    assert caught.value.status == 400
    upc = next(row["upc"] for row in pos.query("Item") if row["upc"])
    with pytest.raises(Permanent) as taken:
        pos.create("Item", {"description": "x", "upc": upc})
    assert taken.value.status == 422
    for bad in ("", "0"):
        with pytest.raises(Permanent):
            pos.update("Order", bad, {})


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "drop_after_apply"},
        {"action": "truncate"},
        {"action": "html", "apply": True},
        {"action": "status", "status": 500, "apply": True},
        {"action": "status", "status": 502, "apply": False},
        {"action": "status", "status": 503, "apply": True},
        {"action": "status", "status": 504, "apply": True},
        {"action": "status", "status": 500, "body": "Oops", "content_type": "text/plain", "apply": True},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_write_whose_answer_is_lost_is_sent_once_and_unknown(
    sandbox: Sandbox, pos: Lightspeed, fault: dict[str, Any]
) -> None:
    sandbox.fault(method="POST", path=".*/Order.json", nth=1, times=1, **fault)
    with pytest.raises(OutcomeUnknown):
        new_order(pos)
    assert len(posts(sandbox, "Order")) <= 1
    assert len(pos.purchase_orders(ref_num="a" * 24)) == (0 if fault.get("apply") is False else 1)


@pytest.mark.parametrize("fault", [{"action": "burst_429"}, {"action": "bucket_429"}])
def test_a_limited_write_was_not_applied_and_is_not_repeated(
    sandbox: Sandbox, new_pos: Callable[..., Lightspeed], fault: dict[str, Any]
) -> None:
    pace = InMemoryPace()
    pos = new_pos(pace=pace)
    sandbox.fault(method="POST", path=".*/Order.json", nth=1, times=1, **fault)
    with pytest.raises(Transient):
        new_order(pos)
    assert pace.bucket.blocked_until is not None
    assert new_pos().purchase_orders(ref_num="a" * 24) == []


def test_a_refused_connection_is_transient_and_nothing_was_applied(sandbox: Sandbox, pos: Lightspeed) -> None:
    pos.account()
    sandbox.fault(method="POST", path=".*/Order.json", nth=1, times=1, action="refuse")
    with pytest.raises((Transient, OutcomeUnknown)):
        new_order(pos)
    assert pos.purchase_orders(ref_num="a" * 24) == []


def test_a_write_in_the_moment_when_the_token_dies_is_applied_once(sandbox: Sandbox, pos: Lightspeed) -> None:
    pos.account()
    sandbox.fault(method="POST", path=".*/Order.json", nth=1, times=1, action="revoke_tokens")
    new_order(pos)
    assert len(pos.purchase_orders(ref_num="a" * 24)) == 1


@pytest.mark.parametrize(
    "fault", [{"action": "truncate"}, {"action": "html"}, {"action": "status", "status": 500, "body": "Oops"}]
)
def test_a_read_survives_what_a_write_does_not(
    sandbox: Sandbox, pos: Lightspeed, fault: dict[str, Any]
) -> None:
    sandbox.fault(method="GET", path=".*/Vendor.json", nth=1, times=1, **fault)
    assert pos.vendors()


def test_a_real_pace_stays_within_the_servers_limits(
    sandbox: Sandbox, new_pos: Callable[..., Lightspeed]
) -> None:
    pace = InMemoryPace()
    pos = new_pos(pace=pace)
    for _ in range(12):
        pos.query("Shop").__next__()
    assert not [row for row in sandbox.ledger("pos") if row["status"] == 429]
    assert pace.bucket.size == 130
    assert pace.bucket.drip == 3 * 200  # as fast as the sandbox's clock
