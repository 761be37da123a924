"""Following an export: what a page that is open shows at every moment, and when it may stop asking."""

from __future__ import annotations

from typing import Any

import pytest
from support.meanwhile import stopped_at
from support.orders import Json, item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown, Permanent, Transient
from nuorder_pos.pipeline import decide, export, orders, read
from nuorder_pos.pipeline.progress import progress

RAW = order("1001", line(sizes={"S": 1, "M": 2}, upcs={"S": upc(1), "M": upc(2)}))
STEPS = ["po", "line:1", "line:2", "ordered", "read_back"]
LINE = r"/OrderLine\.json$"


def waiting(retail: Retail, raw: Json = RAW, **scene: Any) -> None:
    retail.given(raw, shop_floor=pos([item(7, upc(1)), item(8, upc(2))]), order_note="accept", **scene)
    retail.discover()
    retail.match("1001")


def approved(retail: Retail, **scene: Any) -> None:
    waiting(retail, **scene)
    retail.approve("1001")
    assert retail.look("1001").kind == "go"


def seen(retail: Retail, **more: int) -> Json:
    return progress(retail.engine, retail.id("1001"), **more)


def states(found: Json) -> list[tuple[str, str]]:
    return [(step["key"], step["state"]) for step in found["steps"]]


def at_each(*states_: str) -> list[tuple[str, str]]:
    return list(zip(STEPS, states_, strict=True))


def test_an_order_that_waits_for_a_decision_has_nothing_to_follow(retail: Retail) -> None:
    waiting(retail)
    found = seen(retail)
    assert (found["state"], found["export_status"]) == ("awaiting_approval", "not_exported")
    assert (found["steps"], found["total"], found["po_id"]) == ([], 0, None)
    assert (found["finished"], found["again_in"]) == (True, None)


def test_a_decision_that_nobody_has_read_yet_is_shown_and_followed(retail: Retail) -> None:
    waiting(retail)
    retail.approve("1001", by="Mia")
    found = seen(retail)
    assert found["headline"] == "The approval by Mia is recorded."
    assert (found["pending"]["decision"], found["pending"]["decided_by"]) == ("approve", "Mia")
    assert (found["state"], found["finished"], found["again_in"]) == ("awaiting_approval", False, 3)
    assert "then the export begins" in found["next"]


def test_a_rejection_is_followed_to_its_end(retail: Retail) -> None:
    waiting(retail)
    decide.reject(retail.engine, retail.id("1001"), reason="Not ours", by="Mia")
    assert seen(retail)["headline"] == "The rejection by Mia is recorded."
    retail.look("1001")
    found = seen(retail)
    assert (found["headline"], found["pending"], found["finished"]) == ("The order is rejected.", None, True)
    assert "Not ours" in found["reason"]


def test_a_decision_that_does_not_count_is_told_with_its_reason(retail: Retail) -> None:
    waiting(retail)
    retail.approve("1001", shop="Moon")
    retail.look("1001")
    found = seen(retail)
    assert (found["state"], found["finished"]) == ("awaiting_approval", True)
    assert "the POS has no shop 'Moon'" in found["reason"]


def test_an_approved_order_is_followed_before_its_export_begins(retail: Retail) -> None:
    approved(retail)
    found = seen(retail)
    assert (found["state"], found["steps"], found["again_in"]) == ("approved", [], 3)
    assert found["headline"] == "The order is approved. Its export has not begun yet."


def test_the_steps_are_shown_while_they_are_done(retail: Retail) -> None:
    approved(retail)
    work = lambda: export.export(retail.work, retail.id("1001"), holder="worker")  # noqa: E731
    with stopped_at(work, "POST", LINE, nth=2) as stopped:
        found = seen(retail)
        assert states(found) == at_each("done", "done", "under_way", "waiting", "waiting")
        assert (found["done"], found["total"], found["again_in"]) == (2, 5, 3)
        assert found["headline"] == "Step 3 of 5: 2 x Trail Tee Red M at 10."
        assert (found["state"], found["export_status"]) == ("exporting", "in_progress")
        assert found["reason"] == orders.NOT_BY_HAND
        assert found["po_id"] == str(retail.the_purchase_order("1001")["orderID"])
        assert found["steps"][0]["pos_id"] == found["po_id"]
        assert found["steps"][0]["at"].endswith("+00:00")
        stopped.go_on()
    found = seen(retail)
    assert states(found) == at_each("done", "done", "done", "done", "under_way")
    assert "read back" in found["headline"]
    assert not found["finished"]


def test_the_end_shows_the_purchase_order_and_asks_no_more(retail: Retail) -> None:
    approved(retail)
    retail.export("1001")
    found = seen(retail)
    assert {state for _, state in states(found)} == {"done"}
    assert (found["done"], found["total"]) == (5, 5)
    assert (found["export_status"], found["finished"], found["again_in"]) == ("exported", True, None)
    row = retail.row("1001")
    assert (found["po_id"], found["po_url"]) == (row["po_id"], row["po_url"])
    assert found["headline"] == f"Exported as purchase order #{row['po_id']}."
    assert found["not_written"] == {}
    assert found["finished_at"] is not None


def test_what_was_not_written_and_the_step_that_it_took_are_shown(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.switch(order_note="ignore")
    retail.export("1001")
    found = seen(retail)
    assert [step["key"] for step in found["steps"]] == [*STEPS[:-1], "notes", "read_back"]
    assert (found["done"], found["total"]) == (6, 6)
    assert "General notes" in found["not_written"]


def test_an_image_that_cannot_be_had_is_left_out_and_no_step_is_missing(retail: Retail) -> None:
    raw = order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)}))
    retail.given(raw, shop_floor=pos(), order_note="accept")
    (shown,) = retail.records("products", "nuorder")
    address = f"{retail.sandbox.nuorder}/images/gone.png"
    retail.sandbox.do("nuorder", "edit_product", _id=shown["_id"], changes={"images": [address]})
    retail.sandbox.fault(server="nuorder", path="/images/gone.png", times=50, action="status", status=404)
    retail.approved("1001")
    retail.export("1001")
    found = seen(retail)
    (image,) = [step for step in found["steps"] if step["kind"] == "add_image"]
    assert (image["state"], image["pos_id"]) == ("left_out", None)
    assert found["done"] == found["total"]


# ---- trouble ----


def test_a_lost_answer_is_shown_as_unknown_and_the_next_try_settles_it(retail: Retail) -> None:
    approved(retail)
    retail.configure(waiting_time=0)
    retail.sandbox.fault(method="POST", path=LINE, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    found = seen(retail)
    assert states(found) == at_each("done", "unknown", "waiting", "waiting", "waiting")
    assert (found["state"], found["finished"], found["again_in"]) == ("held", False, 15)
    assert found["headline"] == "The export stands still; 1 of 5 steps are done."
    assert "do not export it by hand" in found["next"]
    retail.export("1001")
    assert {state for _, state in states(seen(retail))} == {"done"}


def test_a_refusal_is_shown_with_what_the_pos_said_and_waits_for_a_person(retail: Retail) -> None:
    approved(retail)
    refusal = {"httpCode": "422", "message": "No such item"}
    retail.sandbox.fault(method="POST", path=LINE, action="status", status=422, body=refusal)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    found = seen(retail)
    assert states(found)[:2] == [("po", "done"), ("line:1", "refused")]
    assert "The POS refused 1 x Trail Tee Red S at 10" in found["reason"]
    assert found["finished"] is True


def test_a_process_that_died_in_a_step_leaves_it_unknown_and_not_under_way(retail: Retail) -> None:
    approved(retail)
    work = lambda: export.export(retail.work, retail.id("1001"), holder="worker")  # noqa: E731
    with stopped_at(work, "POST", LINE) as stopped:
        stopped.kill()
    orders.failed(retail.engine, retail.id("1001"), "The worker died.")
    found = seen(retail)
    assert states(found)[1] == ("line:1", "unknown")
    assert (found["state"], found["again_in"]) == ("held", 15)


def test_an_export_of_which_nothing_arrived_says_so(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="POST", path=r"/Order\.json$", action="status", status=422)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    found = seen(retail)
    assert (found["state"], found["export_status"]) == ("failed", "not_exported")
    assert found["headline"] == "The order did not get into the POS: nothing of it is there."
    assert states(found) == at_each("refused", "waiting", "waiting", "waiting", "waiting")


def test_an_export_that_is_tried_again_by_itself_is_looked_at_now_and_then(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="GET", path=r"/Item\.json$", action="status", status=503, times=5)
    with pytest.raises(Transient):
        retail.export("1001")
    found = seen(retail)
    assert (found["state"], found["finished"], found["again_in"]) == ("failed", False, 15)
    assert found["next"] == "The next run tries again by itself."


def test_an_order_that_somebody_exported_by_hand_links_to_that_purchase_order(retail: Retail) -> None:
    approved(retail)
    head = {"vendorID": 1, "shopID": 1, "refNum": retail.id("1001")}
    made = retail.sandbox.do("pos", "create", type="Order", record=head)["Order"]
    for item_id, quantity in ((7, 1), (8, 2)):
        one = {"orderID": made["orderID"], "itemID": item_id, "quantity": quantity, "price": "10"}
        retail.sandbox.do("pos", "create", type="OrderLine", record=one)
    retail.export("1001")
    found = seen(retail)
    assert (found["state"], found["export_status"]) == ("exported_elsewhere", "exported")
    assert (found["po_id"], found["finished"], found["steps"]) == (str(made["orderID"]), True, [])
    assert found["po_url"]


def test_a_new_report_hides_the_plan_of_the_one_before(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="POST", path=r"/Order\.json$", action="status", status=422)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert (seen(retail)["state"], seen(retail)["total"]) == ("failed", 5)
    retail.sandbox.do("pos", "update", type="Item", id=8, changes={"archived": True})
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    retail.match("1001")
    found = seen(retail)
    assert (found["state"], found["steps"], found["finished"]) == ("superseded", [], True)


# ---- asked again and again ----


def test_only_what_moved_is_told_again(retail: Retail) -> None:
    approved(retail)
    work = lambda: export.export(retail.work, retail.id("1001"), holder="worker")  # noqa: E731
    with stopped_at(work, "POST", LINE, nth=2) as stopped:
        first = seen(retail)
        again = seen(retail, after=first["seq"])
        assert states(again) == [("line:2", "under_way"), ("read_back", "waiting")]
        assert {name: again[name] for name in ("done", "total", "seq", "plan")} == {
            name: first[name] for name in ("done", "total", "seq", "plan")
        }
        stopped.go_on()
    last = seen(retail, after=first["seq"])
    assert states(last) == [("line:2", "done"), ("ordered", "done"), ("read_back", "under_way")]


def test_it_agrees_with_the_runbook(retail: Retail) -> None:
    approved(retail)
    retail.export("1001")
    told, found = read.runbook(retail.engine, retail.id("1001")), seen(retail)
    assert found["next"] == told["next"]
    assert told["steps_planned"] == told["steps_done"] == found["done"] - 1  # and the reading back
    assert [s["step"] for s in told["steps"] if s["event"] == "done"] == [s["key"] for s in found["steps"]][
        :-1
    ]


def test_an_order_that_is_not_known_is_said(retail: Retail) -> None:
    with pytest.raises(Permanent, match="is known"):
        progress(retail.engine, "none-such")
