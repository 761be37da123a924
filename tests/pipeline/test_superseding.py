"""What becomes of a report and its decision when the order, the POS or the time moves on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.databases import execute, rows
from support.orders import Json, item, line, object_id, order, pos, upc
from support.retail import Retail

from nuorder_pos.config import AutoApprove
from nuorder_pos.errors import NeedsMerchant, Transient
from nuorder_pos.pipeline import decide, waiting
from nuorder_pos.pipeline import orders as pipeline_orders

SIZES = {"S": 2, "M": 3}
CODES = {"S": upc(1), "M": upc(2)}
RAW = order("1001", line(sizes=SIZES, upcs=CODES))
KNOWN = [item(7, upc(1)), item(8, upc(2))]


def scene(retail: Retail, *items: Json, raw: Json = RAW) -> Json:
    retail.given(raw, shop_floor=pos(items or KNOWN))
    retail.discover()
    return retail.match("1001")


def brand_edits(retail: Retail, **line_changes: Any) -> None:
    """The brand changes the size M of the first line."""
    retail.sandbox.do(
        "nuorder", "edit_order", _id=retail.id("1001"), line=0, size="M", line_changes=line_changes,
        changes={"total": 10 * (2 + line_changes.get("quantity", 3))},
    )  # fmt: skip


def run_again(retail: Retail) -> None:
    """A later run that finds the first one dead."""
    retail.discover("run-2")


def reports(retail: Retail) -> int:
    return len(rows(retail.engine, "SELECT report_hash FROM match_report"))


# ---- the brand edits ----


def test_an_edit_before_the_decision_gives_a_new_report_with_what_changed(retail: Retail) -> None:
    before = scene(retail)
    brand_edits(retail, quantity=5)
    run_again(retail)
    assert retail.look("1001").kind == "wait"
    after = retail.report("1001")
    assert after["report_hash"] != before["report_hash"]
    assert "line 2 (TEE Red M): units 3 became 5" in after["changes"]
    assert "total: 50 became 70" in after["changes"]


def test_an_edit_after_the_approval_supersedes_it(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    brand_edits(retail, quantity=5)
    with pytest.raises(NeedsMerchant, match="changed after it was approved"):
        retail.export("1001")
    assert retail.written() == []
    assert retail.row("1001")["state"] == "superseded"
    assert retail.look("1001").kind == "wait"
    retail.approve("1001")
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert [one["quantity"] for one in retail.the_purchase_order("1001")["lines"]] == [2, 5]


def test_an_approval_of_the_old_report_that_comes_late_does_not_count(retail: Retail) -> None:
    before = scene(retail)
    brand_edits(retail, quantity=5)
    run_again(retail)
    retail.look("1001")
    execute(
        retail.engine, "INSERT INTO approval (report_hash, decision, decided_by) VALUES (:h, 'approve', 'erp')",
        h=before["report_hash"],
    )  # fmt: skip
    assert retail.look("1001").kind == "wait"
    (verdict,) = rows(retail.engine, "SELECT counts, reason FROM approval_verdict")
    assert (bool(verdict["counts"]), "not the current one" in str(verdict["reason"])) == (False, True)


def test_an_edited_order_that_failed_before_is_not_exported_on_its_old_approval(retail: Retail) -> None:
    """Approved, then the POS was down, then the brand edited: whatever is tried, nothing is exported unapproved."""
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    pipeline_orders.failed(retail.engine, retail.id("1001"), "The POS is down.")
    brand_edits(retail, quantity=5)
    for _ in range(3):
        with pytest.raises(NeedsMerchant):
            retail.export("1001")
        pipeline_orders.failed(retail.engine, retail.id("1001"), "The POS is down.")
    assert retail.written() == []


def test_a_change_of_what_does_not_count_keeps_the_approval(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    changes = {
        "status": "processed",
        "modified_on": "2026-03-09T00:00:00.000Z",
        "notes": "hello",
        "order_tags": ["x"],
    }
    retail.sandbox.do("nuorder", "edit_order", _id=retail.id("1001"), changes=changes)
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.parametrize("status", ["cancelled", "draft", "review", "pending"])
def test_an_order_that_is_not_final_any_more_right_before_writing_is_not_exported(
    retail: Retail, status: str
) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status=status)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("cancelled", "not_exported")
    assert retail.written() == []


def test_an_order_that_is_gone_from_nuorder_is_not_exported(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.do("nuorder", "delete_order", _id=retail.id("1001"))
    with pytest.raises(NeedsMerchant, match="no longer has this order"):
        retail.export("1001")
    assert retail.written() == []


def begun(retail: Retail) -> None:
    """Approved, and stopped after the purchase order's head and one line were written."""
    scene(retail)
    retail.configure(waiting_time=0)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.fault(method="POST", path="/OrderLine", nth=2, action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")


def test_once_writing_has_begun_the_approved_version_is_finished(retail: Retail) -> None:
    begun(retail)
    brand_edits(retail, quantity=5)
    retail.export_until_done("1001")
    assert [one["quantity"] for one in retail.the_purchase_order("1001")["lines"]] == [2, 3]
    assert retail.row("1001")["state"] == "exported"


def test_an_edit_that_came_after_the_first_write_is_reported_as_a_difference(retail: Retail) -> None:
    begun(retail)
    brand_edits(retail, quantity=5)
    retail.export_until_done("1001")
    assert "edited the order in NuORDER" in retail.row("1001")["reason"]


def test_a_cancellation_after_the_first_write_holds_the_order(retail: Retail) -> None:
    begun(retail)
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status="cancelled")
    sent = len(retail.written())
    with pytest.raises(NeedsMerchant, match="cancelled"):
        retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("held", "in_progress")
    assert "cancelled" in row["reason"]
    assert "do not export it by hand" in row["reason"]
    assert len(retail.written()) == sent
    retail.discover("run-2")
    assert retail.row("1001")["state"] == "held"


# ---- the POS changes ----


def test_a_matched_item_that_was_archived_since_supersedes_the_approval(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.do("pos", "archive_item", itemID=8)
    with pytest.raises(NeedsMerchant, match="changed after it was approved"):
        retail.export("1001")
    assert retail.written() == []
    assert [q["code"] for q in retail.report("1001")["questions"]] == ["archived_upc"]


def test_a_chosen_item_that_was_archived_since_is_not_put_on_a_purchase_order(retail: Retail) -> None:
    scene(retail, *KNOWN, item(9, upc(9)))
    retail.approve("1001", lines={"1": "9"})
    retail.look("1001")
    retail.sandbox.do("pos", "archive_item", itemID=9)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert retail.purchase_orders("1001") == []


def test_a_second_item_with_the_upc_supersedes_the_approval_and_asks(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.do("pos", "create", type="Item", record=item(9, upc(2)))
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert [q["code"] for q in retail.report("1001")["questions"]] == ["duplicate_upc"]


def test_stock_costs_and_names_in_the_pos_do_not_touch_the_approval(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    changes = {"description": "renamed", "defaultCost": "3", "qoh": {"1": 40}}
    retail.sandbox.do("pos", "update", type="Item", id=8, changes=changes)
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_decisions_on_unchanged_lines_carry_over_and_the_rest_is_asked_again(retail: Retail) -> None:
    scene(retail, *KNOWN, item(9, upc(1)))
    retail.approve("1001", lines={"1": "9"})
    retail.look("1001")
    brand_edits(retail, quantity=5)
    retail.sandbox.do("pos", "create", type="Item", record=item(10, upc(2)))
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    report = retail.report("1001")
    assert report["carried"]["lines"] == {"1": "9"}
    with pytest.raises(NeedsMerchant) as told:
        retail.approve("1001")
    assert "line 2" in str(told.value)
    assert "line 1" not in str(told.value)
    retail.approve("1001", lines={"2": "10"})
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [9, 10]


def test_a_carried_choice_of_an_item_found_by_search_still_counts(retail: Retail) -> None:
    scene(retail, *KNOWN, item(9, upc(9), description="Something else"))
    retail.approve("1001", lines={"1": "9"})
    retail.look("1001")
    brand_edits(retail, quantity=5)
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert retail.report("1001")["carried"]["lines"] == {"1": "9"}
    retail.approve("1001")
    assert retail.look("1001").kind == "go", retail.row("1001")["reason"]
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [9, 8]


def test_a_decision_that_did_not_count_is_not_carried_over(retail: Retail) -> None:
    report = scene(retail, *KNOWN, item(9, upc(1)))
    execute(
        retail.engine,
        "INSERT INTO approval (report_hash, decision, decided_by, lines) VALUES (:h, 'approve', 'anonymous', :lines)",
        h=report["report_hash"], lines='{"1": "9"}',
    )  # fmt: skip
    retail.look("1001")
    brand_edits(retail, quantity=5)
    run_again(retail)
    retail.look("1001")
    assert retail.report("1001")["report_hash"] != report["report_hash"]
    assert retail.report("1001")["carried"] == {}


# ---- matching again ----


def test_a_merchant_adds_the_upc_and_asks_for_a_new_match(retail: Retail) -> None:
    scene(retail, item(7, upc(1)), item(8, ""))
    assert [one["status"] for one in retail.report("1001")["lines"]] == ["upc_match", "new_item"]
    retail.sandbox.do("pos", "set_upc", itemID=8, upc=upc(2))
    assert retail.look("1001").kind == "wait"
    assert retail.report("1001")["lines"][1]["status"] == "new_item"
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert waiting.needs_attention(retail.engine, [retail.id("1001")], retail.clock()) == {retail.id("1001")}
    retail.look("1001")
    assert [one["item_id"] for one in retail.report("1001")["lines"]] == ["7", "8"]
    assert waiting.needs_attention(retail.engine, [retail.id("1001")], retail.clock()) == set()


def test_a_waiting_order_is_matched_again_once_a_day(retail: Retail) -> None:
    retail.configure(decision_days=30)
    scene(retail, item(7, upc(1)), item(8, ""))
    retail.sandbox.do("pos", "set_upc", itemID=8, upc=upc(2))
    retail.clock.ahead = timedelta(hours=23)
    retail.look("1001")
    assert retail.report("1001")["lines"][1]["status"] == "new_item"
    retail.clock.ahead = timedelta(hours=25)
    retail.look("1001")
    assert retail.report("1001")["lines"][1]["status"] == "upc_match"


def test_matching_again_without_a_change_keeps_the_report_and_the_deadline(retail: Retail) -> None:
    before = scene(retail)
    retail.clock.ahead = timedelta(days=2)
    retail.look("1001")
    after = retail.report("1001")
    assert (after["report_hash"], after["expires_at"]) == (before["report_hash"], before["expires_at"])
    assert reports(retail) == 1


def test_an_approved_order_keeps_its_approval_when_matching_again_changes_nothing(retail: Retail) -> None:
    scene(retail)
    retail.approve("1001")
    retail.look("1001")
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


# ---- expiry and reopening ----


def expired(retail: Retail) -> Json:
    report = scene(retail)
    retail.clock.ahead = timedelta(days=7, minutes=1)
    look = retail.look("1001")
    assert (look.kind, look.reason) == ("closed", "Nobody decided within 7 days.")
    return report


def test_an_undecided_order_expires_after_the_set_days_and_keeps_its_report(retail: Retail) -> None:
    report = expired(retail)
    assert retail.row("1001")["state"] == "expired"
    assert retail.report("1001")["report_hash"] == report["report_hash"]


def test_nothing_happens_to_an_expired_order_by_itself(retail: Retail) -> None:
    expired(retail)
    retail.clock.ahead = timedelta(days=20)
    assert retail.discover("run-2") == []
    assert reports(retail) == 1


def test_an_approval_of_the_current_report_reopens_an_expired_order(retail: Retail) -> None:
    expired(retail)
    retail.approve("1001")
    assert retail.discover("run-2") == ["1001"]
    retail.match("1001")
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_an_approval_of_the_current_report_reopens_a_rejected_order(retail: Retail) -> None:
    scene(retail)
    decide.reject(retail.engine, retail.id("1001"), reason="no", by="Mia")
    retail.look("1001")
    retail.release("1001")
    assert retail.discover("run-2") == []
    retail.approve("1001")
    assert retail.discover("run-3") == ["1001"]
    assert retail.look("1001").kind == "go"


def test_somebody_who_asks_reopens_a_rejected_order(retail: Retail) -> None:
    scene(retail)
    decide.reject(retail.engine, retail.id("1001"), reason="no", by="Mia")
    retail.look("1001")
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert retail.discover("run-2") == ["1001"]
    retail.match("1001")
    assert retail.row("1001")["state"] == "awaiting_approval"


def test_an_edit_by_the_brand_reopens_a_rejected_order(retail: Retail) -> None:
    before = scene(retail)
    decide.reject(retail.engine, retail.id("1001"), reason="too many", by="Mia")
    retail.look("1001")
    brand_edits(retail, quantity=1)
    assert retail.discover("run-2") == ["1001"]
    assert retail.match("1001")["report_hash"] != before["report_hash"]
    assert retail.row("1001")["state"] == "awaiting_approval"


def test_an_order_that_was_cancelled_and_is_final_again_starts_over(retail: Retail) -> None:
    scene(retail)
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status="cancelled")
    retail.discover("run-2")
    assert retail.row("1001")["state"] == "cancelled"
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status="approved")
    assert retail.discover("run-3") == ["1001"]
    retail.match("1001")
    assert retail.row("1001")["state"] == "awaiting_approval"


# ---- approval by rule ----


def with_rule(retail: Retail, most: str) -> None:
    retail.configure(brand={"auto_approve": AutoApprove(max_total=Decimal(most)).model_dump()})


def test_an_order_with_nothing_open_under_the_amount_is_approved_by_rule_and_recorded_as_such(
    retail: Retail,
) -> None:
    with_rule(retail, "500.00")
    scene(retail)
    assert retail.look("1001").kind == "go"
    (decision,) = retail.report("1001")["decisions"]
    assert decision["decided_by"] == "auto-approve"
    assert "by rule" in decision["comment"]
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


BY_A_PERSON: dict[str, Any] = {
    "it is off by default": {"most": "0"},
    "the total is over the amount": {"most": "49.99"},
    "a variant is new": {"items": [item(7, upc(1))]},
    "a question is open": {"items": [*KNOWN, item(9, upc(2))]},
    "the order is in another currency": {"raw": RAW | {"currency_code": "EUR"}},
}


@pytest.mark.parametrize("why", BY_A_PERSON)
def test_a_person_decides_where(retail: Retail, why: str) -> None:
    given = BY_A_PERSON[why]
    with_rule(retail, given.get("most", "500.00"))
    scene(retail, *given.get("items", KNOWN), raw=given.get("raw", RAW))
    assert retail.look("1001").kind == "wait"
    assert retail.report("1001")["decisions"] == []


def test_an_order_older_than_since_is_not_approved_by_rule_when_a_run_names_it(retail: Retail) -> None:
    with_rule(retail, "500.00")
    retail.given(RAW | {"created_on": "2025-12-31T12:00:00.000Z"}, shop_floor=pos(KNOWN))
    assert retail.discover(order_numbers=["1001"]) == ["1001"]
    retail.match("1001")
    assert retail.look("1001").kind == "wait"


def test_where_a_person_decided_before_the_rule_does_not_decide_again(retail: Retail) -> None:
    with_rule(retail, "500.00")
    scene(retail, item(7, upc(1)))
    decide.reject(retail.engine, retail.id("1001"), reason="not now", by="Mia")
    retail.look("1001")
    retail.sandbox.do("pos", "create", type="Item", record=item(8, upc(2)))
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert retail.look("1001").kind == "wait"


# ---- related orders ----


def test_the_second_part_of_a_split_order_asks_once_the_first_was_exported(retail: Retail) -> None:
    parts = [
        order(f"1001-{n}", line(sizes=SIZES, upcs=CODES), order_group_id=object_id("group", n))
        for n in (1, 2)
    ]
    retail.given(*parts, shop_floor=pos(KNOWN))
    retail.approved("1001-1", "1001-2")
    retail.export("1001-1")
    with pytest.raises(NeedsMerchant):
        retail.export("1001-2")
    assert [q["code"] for q in retail.report("1001-2")["questions"]] == ["related_exported"]
    retail.approve("1001-2", answers={"related_exported": "export"})
    assert retail.look("1001-2").kind == "go"
    retail.export("1001-2")
    assert len(retail.purchase_orders()) == 2


def test_orders_of_one_group_ask_too(retail: Retail) -> None:
    group = object_id("group")
    both = [order(n, line(sizes=SIZES, upcs=CODES), order_group_id=group) for n in ("5001", "6001")]
    retail.given(*both, shop_floor=pos(KNOWN))
    retail.approved("5001")
    retail.export("5001")
    retail.discover("run-2")
    assert [q["code"] for q in retail.match("6001")["questions"]] == ["related_exported"]


def test_a_choice_that_a_later_approval_withdrew_does_not_come_back(retail: Retail) -> None:
    lines = line(sizes={"M": 2, "L": 1}, upcs={"M": upc(1), "L": upc(2)})
    shop_floor = pos([item(7, upc(1)), item(8, upc(2))])
    retail.given(order("1001", lines), shop_floor=shop_floor)
    retail.discover()
    report = retail.match("1001")
    medium = next(one["line"] for one in report["lines"] if one["size"] == "M")
    retail.approve("1001", lines={medium: "new"})
    retail.approve("1001", by="ann")  # as the report says, after all
    assert retail.look("1001").kind == "go"
    edited = line(sizes={"M": 2, "L": 5}, upcs={"M": upc(1), "L": upc(2)})
    retail.given(order("1001", edited), shop_floor=shop_floor)
    assert retail.match("1001")["carried"] == {}


def test_choices_for_equal_lines_stay_with_their_lines(retail: Retail) -> None:
    twice = [line(sizes={"M": 2}, upcs={"M": upc(1)}), line(sizes={"M": 2}, upcs={"M": upc(1)})]
    other = line(style="OTHER", sizes={"M": 1}, upcs={"M": upc(2)})
    shop_floor = pos([item(7, upc(1)), item(8, upc(2)), item(9)])
    retail.given(order("1001", *twice, other), shop_floor=shop_floor)
    retail.discover()
    report = retail.match("1001")
    equal = [one["line"] for one in report["lines"] if one["upc"] == upc(1)]
    retail.approve("1001", lines={equal[0]: "9", **dict.fromkeys(asked_lines(report) - {equal[0]}, "7")})
    assert retail.look("1001").kind == "go"
    more = line(style="OTHER", sizes={"M": 4}, upcs={"M": upc(2)})
    retail.given(order("1001", *twice, more), shop_floor=shop_floor)
    assert retail.match("1001")["carried"]["lines"][equal[0]] == "9"
    retail.given(order("1001", twice[0], more), shop_floor=shop_floor)
    assert "9" not in retail.match("1001")["carried"].get("lines", {}).values()


def asked_lines(report: Json) -> set[str]:
    """Lines about which the report asks."""
    return {question["line"] for question in report["questions"] if question["line"]}
