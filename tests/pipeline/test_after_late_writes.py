"""What people do around a late write, and POSes that tell less than the stand-in: nothing of theirs is taken, nothing
hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from support.databases import execute
from support.late import (
    LASTING,
    SIZES,
    a_quarter_of_an_hour_passes,
    an_order_of_known_items,
    late,
    lines_of,
    live,
    the_pos_catches_up,
    written_twice,
)  # fmt: skip
from support.orders import item, line, order, pos, products_of, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent
from nuorder_pos.pipeline import decide, read
from nuorder_pos.pipeline import export as export_module
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.verify import verify
from nuorder_pos.store import leases


def all_new(retail: Retail, number: str = "1001", **switches: Any) -> None:
    raw = order(number, line(sizes=SIZES))
    retail.given(raw, products=products_of(raw), shop_floor=pos(), **LASTING, **switches)
    retail.configure(waiting_time=0)
    retail.approved(number)


def tells_less(retail: Retail, *left_out: str) -> None:
    """Lists of purchase orders come without these fields; a single record has them."""
    told = retail.work.pos.query

    def query(resource: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
        for row in told(resource, *args, **kwargs):
            yield {k: v for k, v in row.items() if k not in left_out} if resource == "Order" else row

    retail.work.pos.query = query  # type: ignore[method-assign]


def test_a_line_that_a_person_adds_after_ours_was_taken_back_stays(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$", nth=2)
    written_twice(retail)
    the_pos_catches_up(retail)
    verify(retail.work, retail.id("1001"), holder="third")
    (po,) = live(retail)
    by_hand = {"orderID": po["orderID"], "itemID": 8, "quantity": 3, "price": "10"}
    retail.sandbox.do("pos", "create", type="OrderLine", record=by_hand)
    a_quarter_of_an_hour_passes(retail)
    retail.discover("the next run")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


def test_a_line_that_was_to_be_removed_and_is_the_only_one_by_now_stays(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$", nth=2)
    written_twice(retail)
    the_pos_catches_up(retail)
    retail.sandbox.fault(method="DELETE", path="/OrderLine", action="refuse")
    with pytest.raises(OutcomeUnknown):
        verify(retail.work, retail.id("1001"), holder="third")
    (po,) = live(retail)
    first, second = (one["orderLineID"] for one in po["lines"] if one["itemID"] == 8)
    asked = [one["path"] for one in retail.written("/OrderLine/")][-1]
    other = first if f"/{second}." in asked else second
    retail.sandbox.do("pos", "delete_line", orderLineID=other)
    verify(retail.work, retail.id("1001"), holder="fourth")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


def test_what_was_removed_though_the_answer_was_lost_is_told_in_the_end(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$", nth=2)
    written_twice(retail)
    the_pos_catches_up(retail)
    retail.sandbox.fault(method="DELETE", path="/OrderLine", action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        verify(retail.work, retail.id("1001"), holder="third")
    verify(retail.work, retail.id("1001"), holder="fourth")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3)]
    assert "taken back: line #" in retail.row("1001")["reason"]


def test_a_line_that_is_there_twice_on_a_received_order_is_named_and_not_removed(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/OrderLine\.json$", nth=2)
    written_twice(retail)
    verify(retail.work, retail.id("1001"), holder="third")
    the_pos_catches_up(retail)
    (po,) = live(retail)
    retail.sandbox.do("pos", "receive", orderID=po["orderID"])
    a_quarter_of_an_hour_passes(retail)
    retail.discover("the next run")
    assert lines_of(live(retail)[0]) == [(7, 2), (8, 3), (8, 3)]
    row = retail.row("1001")
    assert row["state"] == "held"
    assert all(f"#{one['orderLineID']}" in row["reason"] for one in po["lines"][1:])


def test_an_order_that_the_second_look_held_is_exported_again_whatever_people_changed_since(
    retail: Retail,
) -> None:
    all_new(retail)
    late(retail, r"/Item\.json$")
    written_twice(retail)
    verify(retail.work, retail.id("1001"), holder="third")
    (po,) = live(retail)
    retail.sandbox.do("pos", "delete_line", orderLineID=po["lines"][0]["orderLineID"])
    the_pos_catches_up(retail)
    a_quarter_of_an_hour_passes(retail)
    retail.discover("the next run")
    assert "more than once" in retail.row("1001")["reason"]
    used = {one["itemID"] for one in po["lines"]}
    for spare in retail.records("Item"):
        if spare["itemID"] not in used:
            retail.sandbox.do("pos", "archive_item", itemID=spare["itemID"])
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_an_image_that_is_there_twice_holds_no_order_and_is_said(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 2}, upcs={"S": upc(1)}))
    retail.given(raw, products=products_of(raw, images=["/images/tee.png"]), shop_floor=pos(), **LASTING)
    (shown,) = retail.records("products", "nuorder")
    address = f"{retail.sandbox.nuorder}/images/tee.png"
    retail.sandbox.do("nuorder", "edit_product", _id=shown["_id"], changes={"images": [address]})
    retail.configure(waiting_time=0)
    retail.approved("1001")
    late(retail, r"/Image\.json$")
    written_twice(retail)
    the_pos_catches_up(retail)
    verify(retail.work, retail.id("1001"), holder="third")
    row = retail.row("1001")
    assert row["state"] == "exported"
    assert "In the POS more than once: image of Trail Tee Red (#1, #2)." in row["reason"]


def test_a_rejection_waits_until_it_is_known_what_a_lost_request_made(retail: Retail) -> None:
    an_order_of_known_items(retail)
    retail.configure(waiting_time=3600)
    late(retail, r"/Order\.json$")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    decide.reject(retail.engine, retail.id("1001"), reason="not any more", by="Mia")
    retail.look("1001")
    assert retail.row("1001")["state"] == "held"
    the_pos_catches_up(retail)
    retail.configure(waiting_time=0)
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"
    (decision,) = [
        d for d in read.report(retail.engine, retail.id("1001"))["decisions"] if d["decision"] == "reject"
    ]
    assert "archive it there first" in decision["reason"]


def test_a_purchase_order_of_a_rejected_order_that_comes_late_is_named(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/Order\.json$")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    decide.reject(retail.engine, retail.id("1001"), reason="not any more", by="Mia")
    retail.look("1001")
    assert retail.row("1001")["state"] == "rejected"
    the_pos_catches_up(retail)
    a_quarter_of_an_hour_passes(retail)
    retail.discover("a later run")
    (po,) = live(retail)
    assert f"#{po['orderID']}" in retail.row("1001")["reason"]
    assert retail.row("1001")["state"] == "rejected"


def test_lists_that_leave_the_note_out_are_not_taken_at_their_word(retail: Retail) -> None:
    raw = order("1001", line(sizes=SIZES, upcs={"S": upc(1), "M": upc(2)}))
    retail.given(raw, shop_floor=pos([item(7, upc(1)), item(8, upc(2))]), order_note="accept")
    retail.approved("1001")
    tells_less(retail, "Note")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"
    assert "could not be written" not in retail.row("1001")["reason"].casefold()


def test_lists_that_leave_lines_and_totals_out_are_not_taken_at_their_word(retail: Retail) -> None:
    an_order_of_known_items(retail)
    tells_less(retail, "OrderLines", "totalQuantity")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_a_purchase_order_is_not_called_empty_on_a_lists_word(retail: Retail) -> None:
    an_order_of_known_items(retail)
    late(retail, r"/Order\.json$")
    written_twice(retail)
    the_pos_catches_up(retail)
    ours = retail.row("1001")["po_id"]
    other = next(po["orderID"] for po in live(retail) if str(po["orderID"]) != ours)
    by_hand = {"orderID": other, "itemID": 7, "quantity": 1, "price": "10"}
    retail.sandbox.do("pos", "create", type="OrderLine", record=by_hand)
    tells_less(retail, "OrderLines", "totalQuantity")
    with pytest.raises(NeedsMerchant, match=f"#{other}"):
        verify(retail.work, retail.id("1001"), holder="third")
    assert len(live(retail)) == 2


def test_a_token_that_dies_in_the_middle_is_no_refusal_of_what_was_sent(retail: Retail) -> None:
    an_order_of_known_items(retail)
    retail.sandbox.fault(method="POST", path=r"/OrderLine\.json$", action="status", status=401, times=9)
    dead = {"action": "status", "status": 400, "body": {"error": "invalid_grant"}, "times": 99}
    retail.sandbox.fault(method="POST", path="oauth", nth=2, **dead)
    with pytest.raises(Permanent, match="nuorder-pos connect lightspeed") as told:
        retail.export("1001", work=retail.new_work())
    assert not isinstance(told.value, NeedsMerchant)
    assert "refused" not in retail.row("1001")["reason"]


def test_an_item_whose_description_the_pos_keeps_in_other_letters_is_found_again(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 2}, upcs={"S": upc(1)}))
    retail.given(raw, products=products_of(raw), shop_floor=pos())
    retail.configure(waiting_time=0)
    retail.approved("1001")
    retail.sandbox.fault(method="POST", path=r"/Item\.json$", action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    (made,) = retail.records("Item")
    kept = {"description": made["description"].upper()}
    retail.sandbox.do("pos", "update", type="Item", id=made["itemID"], changes=kept)
    retail.export("1001")
    assert len(retail.records("Item")) == 1
    assert retail.row("1001")["state"] == "exported"


def test_a_key_is_not_taken_over_from_a_holder_that_went_on_while_the_pos_was_asked(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = order("1001", line(sizes={"S": 2})), order("1002", line(sizes={"S": 3}))
    retail.given(first, second, products=products_of(first), shop_floor=pos(), **LASTING)
    retail.configure(waiting_time=0)
    retail.approved("1001", "1002")
    retail.sandbox.fault(method="POST", path=r"/Item\.json$", action="status", status=500)
    with pytest.raises(OutcomeUnknown):
        retail.export("1002")
    taker, holder = retail.new_work(), retail.new_work()
    looked_up, sent, went_on = export_module.steps.look_up, holder.pos.create, threading.Event()

    def held_up(resource: str, *args: Any, **kwargs: Any) -> Any:
        if resource == "Item":
            before_send = kwargs["before_send"]
            kwargs["before_send"] = lambda: (before_send(), went_on.set())
        return sent(resource, *args, **kwargs)

    holder.pos.create = held_up  # type: ignore[method-assign]
    again = threading.Thread(target=lambda: export(holder, retail.id("1002"), holder="the holder again"))

    def slow(work: Any, step: Any, *rest: Any) -> str | None:
        found: str | None = looked_up(work, step, *rest)
        if work is taker and step.kind == "create_item" and not went_on.is_set():
            execute(
                retail.engine, "UPDATE lease SET expires_at = '2026-01-01' WHERE name = :name",
                name=f"order:{retail.id('1002')}",
            )  # fmt: skip
            again.start()
            assert went_on.wait(20)
        return found

    monkeypatch.setattr(export_module.steps, "look_up", slow)
    with pytest.raises(leases.LeaseLost):
        export(taker, retail.id("1001"), holder="the taker")
    again.join(20)
    monkeypatch.undo()
    for number in ("1001", "1002"):
        try:
            retail.export(number)
        except NuorderPosError as error:
            pytest.fail(f"{number}: {error}")
    assert len(retail.records("Item")) == 1
