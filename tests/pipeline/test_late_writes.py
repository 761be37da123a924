"""Writes that the POS applies after they were given up for lost: outside of the promise, and even so never in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.databases import execute
from support.late import (
    LASTING,
    a_quarter_of_an_hour_passes,
    an_order_of_known_items,
    late,
    lines_of,
    live,
    the_pos_catches_up,
    written_twice,
)  # fmt: skip
from support.orders import line, order, pos, products_of, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown, Transient
from nuorder_pos.pipeline import read
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.verify import verify
from nuorder_pos.store import leases


def test_an_empty_purchase_order_that_was_applied_late_is_archived_as_a_journaled_step(
    retail: Retail,
) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/Order\.json$")
    written_twice(retail)
    the_pos_catches_up(retail)
    assert len(live(retail)) == 2
    verify(retail.work, retail.id("1001"), holder="third")
    (po,) = live(retail)
    assert lines_of(po) == [(7, 2), (8, 3)]
    row = retail.row("1001")
    assert row["state"] == "exported"
    assert row["po_id"] == str(po["orderID"])
    gone = next(one for one in retail.purchase_orders("1001") if one["archived"])
    assert f"taken back: purchase order #{gone['orderID']}" in row["reason"]
    book = read.runbook(retail.engine, retail.id("1001"))
    held = [e["reason"] for e in book["history"] if "one too many" in e["reason"]]
    assert len(held) == 1
    assert f"#{gone['orderID']}" in held[0]
    assert f"#{po['orderID']}" in held[0]
    removal = [s for s in book["steps"] if s["kind"] == "remove_order"]
    assert [s["event"] for s in removal] == ["begun", "done"]
    assert {s["summary"] for s in removal} == {f"take back purchase order #{gone['orderID']}, applied late"}


def test_a_line_that_was_applied_late_is_removed_as_a_journaled_step(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$", nth=2)
    written_twice(retail)
    the_pos_catches_up(retail)
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3), (8, 3)]
    verify(retail.work, retail.id("1001"), holder="third")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"
    assert "taken back: line #" in retail.row("1001")["reason"]


def test_a_line_that_is_there_twice_does_not_stop_the_look_for_another_one(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$")
    retail.sandbox.fault(method="POST", path=r"/OrderLine\.json$", nth=3, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    the_pos_catches_up(retail)
    retail.export("1001")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3)]


@pytest.mark.parametrize("path", [r"/Order\.json$", r"/OrderLine\.json$"])
def test_what_is_applied_after_the_export_was_read_back_is_taken_back_by_a_later_run(
    retail: Retail, path: str
) -> None:
    an_order_of_known_items(retail)
    late(retail, path)
    written_twice(retail)
    verify(retail.work, retail.id("1001"), holder="third")
    assert retail.row("1001")["state"] == "exported"
    book = read.runbook(retail.engine, retail.id("1001"))
    assert "looks once more" in book["next"]
    the_pos_catches_up(retail)
    retail.discover("too early")
    assert len(live(retail)) + sum(len(po["lines"]) for po in live(retail)) == 4
    a_quarter_of_an_hour_passes(retail)
    retail.discover("the next run")
    (po,) = live(retail)
    assert lines_of(po) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"
    assert "taken back" in retail.row("1001")["reason"]
    assert read.runbook(retail.engine, retail.id("1001"))["look_again_at"] is None


def test_an_order_whose_writes_were_each_sent_once_is_not_looked_at_again(retail: Retail) -> None:
    an_order_of_known_items(retail)
    retail.export("1001")
    assert read.runbook(retail.engine, retail.id("1001"))["look_again_at"] is None


def test_a_later_look_leaves_alone_what_people_changed_since(retail: Retail) -> None:
    an_order_of_known_items(retail)
    retail.sandbox.fault(method="POST", path=r"/OrderLine\.json$", action="refuse")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    retail.export("1001")
    (po,) = live(retail)
    retail.sandbox.do("pos", "delete_line", orderLineID=po["lines"][0]["orderLineID"])
    a_quarter_of_an_hour_passes(retail)
    retail.discover("the next run")
    assert retail.row("1001")["state"] == "exported"
    assert lines_of(live(retail)[0]) == [(8, 3)]


def test_a_second_purchase_order_that_already_has_lines_holds_the_order_with_both_named(
    retail: Retail,
) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/Order\.json$")
    written_twice(retail)
    the_pos_catches_up(retail)
    ours = retail.row("1001")["po_id"]
    other = next(po["orderID"] for po in live(retail) if str(po["orderID"]) != ours)
    by_hand = {"orderID": other, "itemID": 7, "quantity": 1, "price": "10"}
    retail.sandbox.do("pos", "create", type="OrderLine", record=by_hand)
    with pytest.raises(NeedsMerchant) as told:
        verify(retail.work, retail.id("1001"), holder="third")
    assert f"#{ours}" in str(told.value)
    assert f"#{other}" in str(told.value)
    assert retail.row("1001")["state"] == "held"
    assert len(live(retail)) == 2
    retail.sandbox.do("pos", "update", type="Order", id=other, changes={"archived": True})
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_a_second_item_that_was_made_late_holds_the_order_with_both_named(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 2, "M": 3}))
    retail.given(raw, products=products_of(raw), shop_floor=pos(), **LASTING)
    retail.configure(waiting_time=0)
    retail.approved("1001")
    late(retail, r"/Item\.json$")
    written_twice(retail)
    the_pos_catches_up(retail)
    with pytest.raises(NeedsMerchant, match="more than once") as told:
        verify(retail.work, retail.id("1001"), holder="third")
    named = [str(one["itemID"]) for one in retail.records("Item")]
    assert len(named) == 3
    twice = [one for one in named if f"#{one}" in str(told.value)]
    assert len(twice) == 2
    used = {one["itemID"] for one in live(retail)[0]["lines"]}
    spare = next(one for one in twice if int(one) not in used)
    retail.sandbox.do("pos", "archive_item", itemID=spare)
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_what_a_holder_made_whose_place_was_taken_is_named_and_taken_back(retail: Retail) -> None:
    """The first holder's request reaches the POS after a second one gave it up; the answer comes to the first."""
    an_order_of_known_items(retail)
    first = retail.new_work()
    sent = first.pos.create

    def the_other_one_finishes_first(resource: str, *args: Any, **kwargs: Any) -> Any:
        if resource != "Order":
            return sent(resource, *args, **kwargs)
        before_send = kwargs["before_send"]

        def standing_still() -> None:
            before_send()
            execute(retail.engine, "UPDATE lease SET expires_at = '2026-01-01' WHERE name LIKE 'order:%'")
            retail.export("1001", holder="second")

        return sent(resource, *args, **{**kwargs, "before_send": standing_still})

    first.pos.create = the_other_one_finishes_first  # type: ignore[method-assign]
    with pytest.raises(leases.LeaseLost):
        export(first, retail.id("1001"), holder="first")
    assert len(live(retail)) == 2
    retail.discover("the next run")
    (po,) = live(retail)
    assert lines_of(po) == [(7, 2), (8, 3)]
    events = [s["event"] for s in read.runbook(retail.engine, retail.id("1001"))["steps"]]
    assert "surplus" in events
    assert retail.row("1001")["state"] == "exported"


def test_a_process_that_stood_still_after_it_wrote_its_intent_does_not_send(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_order_of_known_items(retail)
    honest = leases.check

    def an_hour_later(connection: Any, held: leases.Lease) -> Any:
        return honest(connection, held) + timedelta(hours=1)

    monkeypatch.setattr(leases, "check", an_hour_later)
    with pytest.raises(Transient, match="stood still"):
        retail.export("1001")
    assert retail.written() == []
    monkeypatch.undo()
    retail.export("1001")
    assert lines_of(retail.the_purchase_order("1001")) == [(7, 2), (8, 3)]


def test_a_process_whose_lease_was_taken_while_it_stood_still_does_not_send(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_order_of_known_items(retail)
    honest = leases.check

    def taken(connection: Any, held: leases.Lease) -> Any:
        monkeypatch.setattr(leases, "check", honest)
        with (
            retail.engine.connect() as other
        ):  # a look of its own: the transaction around sees the change as well
            del other
        return honest(connection, leases.Lease(held.name, held.holder, held.token - 1))

    monkeypatch.setattr(leases, "check", taken)
    with pytest.raises(leases.LeaseLost):
        retail.export("1001")
    assert retail.written() == []
    retail.export("1001")
    assert len(live(retail)) == 1


def test_an_image_whose_host_fails_for_a_moment_is_there_in_the_end(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 2}, upcs={"S": upc(1)}))
    retail.given(raw, products=products_of(raw, images=["/images/tee.png"]), shop_floor=pos())
    (shown,) = retail.records("products", "nuorder")
    address = f"{retail.sandbox.nuorder}/images/tee.png"
    retail.sandbox.do("nuorder", "edit_product", _id=shown["_id"], changes={"images": [address]})
    retail.configure(waiting_time=0)
    retail.approved("1001")
    attempts = 2  # as often as the transport of these tests tries a read
    retail.sandbox.fault(
        server="nuorder", path="/images/", action="status", status=503, times=attempts, headers={"Retry-After": "0"}
    )  # fmt: skip
    retail.export("1001")
    assert len(retail.records("Image")) == 1
    assert "image" not in retail.row("1001")["reason"].casefold()
