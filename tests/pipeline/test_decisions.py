"""A decision counts by the rules that are enforced where it is read, whoever wrote it and how."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.databases import execute, rows
from support.orders import ACME, Json, item, line, order, pos, upc
from support.retail import Retail, hash_of

from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.pipeline import decide

RAW = order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)}))
CODE = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}


def waiting(retail: Retail, *items: Json, raw: Json = RAW, **scene: Any) -> Json:
    """An order with a report that waits for a decision."""
    retail.given(raw, shop_floor=scene.pop("shop_floor", pos(items or [item(7, upc(1))])), **scene)
    retail.discover()
    return retail.match("1001")


def insert(retail: Retail, report_hash: str | None, decision: str | None = "approve", shop: str | None = "Main Street",
           decided_by: str | None = "erp", lines: str | None = "{}", answers: str | None = "{}", comment: str | None = "") -> None:  # fmt: skip
    """The documented route of another system: one SQL insert."""
    execute(
        retail.engine,
        "INSERT INTO approval (report_hash, decision, shop, decided_by, lines, answers, comment)"
        " VALUES (:report_hash, :decision, :shop, :decided_by, :lines, :answers, :comment)",
        report_hash=report_hash, decision=decision, shop=shop, decided_by=decided_by, lines=lines, answers=answers,
        comment=comment,
    )  # fmt: skip


def verdicts(retail: Retail) -> list[tuple[bool, str]]:
    found = rows(retail.engine, "SELECT counts, reason FROM approval_verdict ORDER BY approval_id")
    return [(bool(one["counts"]), str(one["reason"])) for one in found]


def test_one_sql_insert_approves_and_the_order_is_exported(retail: Retail) -> None:
    report = waiting(retail)
    assert retail.look("1001").kind == "wait"
    insert(retail, report["report_hash"])
    look = retail.look("1001")
    assert (look.kind, look.reason) == ("go", "Approved by erp.")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_an_insert_with_nothing_but_hash_decision_and_name_takes_the_brand_s_shop(retail: Retail) -> None:
    report = waiting(retail)
    insert(retail, report["report_hash"], shop=None, lines=None, answers=None, comment=None)
    assert retail.look("1001").kind == "go"


def test_the_shop_of_the_decision_goes_before_the_brand_s_shop(retail: Retail) -> None:
    report = waiting(retail)
    insert(retail, report["report_hash"], shop="harbor mall")
    retail.look("1001")
    retail.export("1001")
    assert retail.the_purchase_order("1001")["shopID"] == 2


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody's name": ({"decided_by": ""}, "names nobody"),
    "a name of spaces": ({"decided_by": "  "}, "names nobody"),
    "no name at all": ({"decided_by": None}, "names nobody"),
    "the anonymous user": ({"decided_by": "Anonymous"}, "names nobody"),
    "an unknown decision": ({"decision": "maybe"}, "allowed are approve and reject"),
    "no decision": ({"decision": None}, "allowed are approve and reject"),
    "an unknown shop": ({"shop": "Moon Base"}, "no shop 'Moon Base'; it has Main Street, Harbor Mall"),
    "lines that are not JSON": ({"lines": "{nonsense"}, "lines is not JSON"),
    "lines that are a list": ({"lines": "[1]"}, "lines must be a JSON object"),
    "answers that are not JSON": ({"answers": "yes"}, "answers is not JSON"),
    "a line that the report does not have": ({"lines": '{"9": "new"}'}, "no line '9'"),
    "an item that does not exist": ({"lines": '{"1": "4711"}'}, "does not exist or is archived"),
    "an item that is archived": ({"lines": '{"1": "8"}'}, "does not exist or is archived"),
    "an item that is no number": ({"lines": '{"1": "the red one"}'}, "does not exist or is archived"),
}


def test_bad_inserts_are_kept_do_not_count_and_say_why(retail: Retail) -> None:
    report = waiting(retail, item(7, upc(1)), item(8, upc(8), archived=True))
    for given, _ in BAD.values():
        insert(retail, report["report_hash"], **given)
    assert retail.look("1001").kind == "wait"
    said = dict(zip(BAD, verdicts(retail), strict=True))
    assert {name: counts for name, (counts, _) in said.items()} == dict.fromkeys(BAD, False)
    assert {name: why for name, (_, why) in BAD.items() if why not in said[name][1]} == {}
    shown = retail.report("1001")["decisions"]
    assert [(one["counts"], one["reason"]) for one in shown] == list(said.values())
    assert "does not exist or is archived" in retail.row("1001")["reason"]
    with pytest.raises(NeedsMerchant, match="no approval that counts"):
        retail.export("1001")
    assert retail.written() == []


def test_a_good_decision_after_a_bad_one_counts(retail: Retail) -> None:
    report = waiting(retail)
    insert(retail, report["report_hash"], shop="Moon Base")
    insert(retail, report["report_hash"])
    assert retail.look("1001").kind == "go"
    assert [counts for counts, _ in verdicts(retail)] == [False, True]


def test_a_decision_on_a_hash_that_no_report_has_is_said_not_to_count_at_the_next_discovery(
    retail: Retail,
) -> None:
    waiting(retail)
    insert(retail, hash_of("nothing"))
    insert(retail, None)
    retail.discover("run-2")
    assert verdicts(retail) == [(False, "no report has this hash")] * 2


def test_without_any_shop_a_decision_does_not_count(retail: Retail) -> None:
    retail.configure(brand={"shop": None})
    report = waiting(retail)
    insert(retail, report["report_hash"], shop="")
    retail.look("1001")
    ((counts, reason),) = verdicts(retail)
    assert (counts, reason) == (False, "it names no shop, and the brand has no default shop")


def test_an_archived_shop_cannot_be_chosen(retail: Retail) -> None:
    shops = [
        {"shopID": 1, "name": "Main Street", "timeZone": "America/New_York"},
        {"shopID": 2, "name": "Old Mill", "timeZone": "America/New_York", "archived": True},
    ]
    report = waiting(retail, shop_floor=pos([item(7, upc(1))], shops=shops))
    insert(retail, report["report_hash"], shop="Old Mill")
    assert retail.look("1001").kind == "wait"


def twins(retail: Retail) -> Json:
    """An order with a question: two items carry the UPC."""
    return waiting(retail, item(7, upc(1)), item(8, upc(1), description="Trail Tee (old)"))


def test_an_open_question_blocks_the_insert(retail: Retail) -> None:
    insert(retail, twins(retail)["report_hash"])
    retail.look("1001")
    assert verdicts(retail) == [(False, "questions are open: duplicate_upc in line 1")]


def test_an_open_question_blocks_the_command_line_which_records_nothing(retail: Retail) -> None:
    twins(retail)
    with pytest.raises(NeedsMerchant, match=r"duplicate_upc \(line 1\)"):
        retail.approve("1001")
    assert rows(retail.engine, "SELECT * FROM approval") == []


@pytest.mark.parametrize(
    "given",
    [
        {"lines": '{"1": "8"}'},
        {"lines": '{"1": 8}'},
        {"answers": '{"duplicate_upc": "8"}'},
        {"answers": '{"duplicate_upc:1": "8"}'},
    ],
    ids=["by line", "by line, as a number", "by the question's code", "by code and line"],
)
def test_a_question_about_a_line_can_be_answered_in_every_documented_way(
    retail: Retail, given: dict[str, str]
) -> None:
    insert(retail, twins(retail)["report_hash"], **given)
    assert retail.look("1001").kind == "go", verdicts(retail)
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [8]


def test_create_new_item_is_an_answer_and_the_item_gets_no_code_that_others_hold(retail: Retail) -> None:
    insert(retail, twins(retail)["report_hash"], lines='{"1": "new"}')
    retail.look("1001")
    retail.export("1001")
    (made,) = [one for one in retail.records("Item") if one["itemID"] not in (7, 8)]
    assert (made["upc"], made["ean"]) == ("", "")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [made["itemID"]]


def test_a_merchant_may_override_a_unique_match_with_another_item(retail: Retail) -> None:
    report = waiting(retail, item(7, upc(1)), item(9, upc(9)))
    insert(retail, report["report_hash"], lines='{"1": "9"}')
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [9]


def test_a_merchant_may_override_a_unique_match_with_a_new_item(retail: Retail) -> None:
    report = waiting(retail)
    insert(retail, report["report_hash"], lines='{"1": "new"}')
    retail.look("1001")
    retail.export("1001")
    made = [one for one in retail.records("Item") if one["itemID"] != 7]
    assert [one["upc"] for one in made] == [""]


def test_an_override_is_remembered_for_the_next_order(retail: Retail) -> None:
    retail.given(
        order("1001", line(**CODE)),
        order("1002", line(**CODE)),
        shop_floor=pos([item(7, upc(1)), item(9, upc(9))]),
    )
    retail.approved("1001", lines={"1": "9"})
    retail.export("1001")
    retail.discover("run-2")
    (only,) = retail.match("1002")["lines"]
    assert (only["status"], only["item_id"]) == ("confirmed", "9")


def test_the_link_and_the_upc_may_disagree_and_the_answer_is_remembered(retail: Retail) -> None:
    retail.given(
        *(order(n, line(**CODE)) for n in ("1001", "1002", "1003")), shop_floor=pos([item(7, upc(1))])
    )
    retail.approved("1001")
    retail.export("1001")
    retail.sandbox.do("pos", "set_upc", itemID=7, upc="")
    retail.sandbox.do("pos", "create", type="Item", record=item(9, upc(1)))
    retail.discover("run-2")
    assert [q["code"] for q in retail.match("1002")["questions"]] == ["link_conflict"]
    retail.approve("1002", lines={"1": "7"})
    retail.look("1002")
    retail.export("1002")
    asked_again = retail.match("1003")["questions"]
    assert asked_again == []
    assert retail.report("1003")["lines"][0]["item_id"] == "7"


def test_create_new_where_the_link_and_the_upc_disagree_makes_a_new_item(retail: Retail) -> None:
    retail.given(*(order(n, line(**CODE)) for n in ("1001", "1002")), shop_floor=pos())
    retail.approved("1001")
    retail.export("1001")
    retail.sandbox.do("pos", "set_upc", itemID=1, upc="")
    retail.sandbox.do("pos", "create", type="Item", record=item(9, upc(1)))
    retail.approved("1002", lines={"1": "new"})
    retail.export("1002")
    (only,) = retail.the_purchase_order("1002")["lines"]
    assert only["itemID"] not in (1, 9)


def test_an_item_held_by_an_archived_item_only_is_unarchived_as_a_step_of_its_own(retail: Retail) -> None:
    waiting(retail, item(7, upc(1), archived=True))
    retail.approve("1001", lines={"1": "7"})
    retail.look("1001")
    retail.export("1001")
    (known,) = retail.records("Item")
    assert known["archived"] is False
    assert [one["body"] for one in retail.written("/Item/7")] == [{"archived": "false"}]


def test_an_archived_holder_may_stay_and_the_new_item_goes_without_the_code(retail: Retail) -> None:
    waiting(retail, item(7, upc(1), archived=True))
    retail.approve("1001", lines={"1": "new"})
    retail.look("1001")
    retail.export("1001")
    assert [(one["archived"], one["upc"]) for one in retail.records("Item")] == [(True, upc(1)), (False, "")]
    assert retail.row("1001")["state"] == "exported"


def test_two_variants_with_one_code_can_be_said_to_be_the_same_new_item(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 2}, upcs={"S": upc(1), "M": upc(1)}))
    waiting(retail, raw=raw, shop_floor=pos())
    retail.approve("1001", lines={"1": "new", "2": "line:1"})
    assert retail.look("1001").kind == "go", verdicts(retail)
    retail.export("1001")
    (made,) = retail.records("Item")
    assert made["upc"] == upc(1)
    assert [one["quantity"] for one in retail.the_purchase_order("1001")["lines"]] == [3]


def test_two_variants_with_one_code_can_be_two_new_items_and_neither_gets_the_code(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 2}, upcs={"S": upc(1), "M": upc(1)}))
    waiting(retail, raw=raw, shop_floor=pos())
    retail.approve("1001", lines={"1": "new", "2": "new"})
    retail.look("1001")
    retail.export("1001")
    assert [one["upc"] for one in retail.records("Item")] == ["", ""]


def test_a_chain_of_lines_that_are_the_same_item_is_refused(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 2}, upcs={"S": upc(1), "M": upc(1)}))
    report = waiting(retail, raw=raw, shop_floor=pos())
    insert(retail, report["report_hash"], lines=json.dumps({"1": "line:2", "2": "line:1"}))
    assert retail.look("1001").kind == "wait"
    assert verdicts(retail)[0][0] is False


def test_one_of_two_vendors_of_the_name_is_chosen(retail: Retail) -> None:
    waiting(
        retail,
        shop_floor=pos([item(7, upc(1))], vendors=[ACME, ACME | {"vendorID": 2, "name": "ACME OUTDOOR"}]),
    )
    with pytest.raises(NeedsMerchant, match="vendor_unclear"):
        retail.approve("1001")
    retail.approve("1001", answers={"vendor_unclear": "2"})
    retail.look("1001")
    retail.export("1001")
    assert retail.the_purchase_order("1001")["vendorID"] == 2


def test_an_answer_that_is_none_of_the_choices_does_not_count(retail: Retail) -> None:
    floor = pos([item(7, upc(1))], vendors=[ACME, ACME | {"vendorID": 2}])
    report = waiting(retail, shop_floor=floor)
    insert(retail, report["report_hash"], answers='{"vendor_unclear": "99"}')
    retail.look("1001")
    assert verdicts(retail) == [(False, "its answer '99' to vendor_unclear is none of 1, 2")]


@pytest.mark.parametrize("answer, cost, total", [("price", "10", "20"), ("price_less_discount", "7.5", "15")])
def test_the_reading_of_totals_that_a_person_chose_is_exported(
    retail: Retail, answer: str, cost: str, total: str
) -> None:
    waiting(retail, raw=order("1001", line(**CODE), discount=25, total="99"))
    retail.approve("1001", answers={"totals_mismatch": answer})
    retail.look("1001")
    retail.export("1001")
    po = retail.the_purchase_order("1001")
    assert ([one["price"] for one in po["lines"]], po["totalCost"]) == ([cost], total)


@pytest.mark.parametrize("answer, quantity, cost", [("packs", 12, "2"), ("pieces", 2, "12")])
def test_the_reading_of_packs_that_a_person_chose_is_exported(
    retail: Retail, answer: str, quantity: int, cost: str
) -> None:
    raw = order("1001", line(**CODE, price="12.00"))
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    waiting(retail, raw=raw)
    retail.approve("1001", answers={"pack": answer})
    retail.look("1001")
    retail.export("1001")
    assert [(one["quantity"], one["price"]) for one in retail.the_purchase_order("1001")["lines"]] == [
        (quantity, cost)
    ]


def test_an_order_in_a_foreign_currency_needs_an_answer(retail: Retail) -> None:
    waiting(retail, raw=order("1001", line(**CODE), currency_code="CAD"))
    with pytest.raises(NeedsMerchant, match="currency_mismatch"):
        retail.approve("1001")
    retail.approve("1001", answers={"currency_mismatch": "account"})
    retail.look("1001")
    retail.export("1001")
    assert [one["price"] for one in retail.the_purchase_order("1001")["lines"]] == ["10"]


def test_a_rejection_keeps_its_reason_and_closes_the_order(retail: Retail) -> None:
    waiting(retail)
    decide.reject(retail.engine, retail.id("1001"), reason="ordered twice", by="Mia")
    look = retail.look("1001")
    assert (look.kind, look.reason) == ("closed", "Rejected by Mia: ordered twice")
    assert retail.row("1001")["export_status"] == "not_exported"
    with pytest.raises(NeedsMerchant):
        retail.export("1001")


def test_a_rejection_needs_a_reason(retail: Retail) -> None:
    waiting(retail)
    with pytest.raises(Permanent, match="needs a reason"):
        decide.reject(retail.engine, retail.id("1001"), reason=" ", by="Mia")


def test_a_rejection_after_an_approval_stops_the_export(retail: Retail) -> None:
    waiting(retail)
    retail.approve("1001")
    retail.look("1001")
    decide.reject(retail.engine, retail.id("1001"), reason="too late", by="Mia")
    assert retail.look("1001").kind == "closed"
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert retail.written() == []


@pytest.mark.parametrize("by", ["", "  ", "anonymous"])
def test_the_command_line_records_nothing_in_nobody_s_name(retail: Retail, by: str) -> None:
    waiting(retail)
    with pytest.raises(Permanent, match="needs the name"):
        retail.approve("1001", by=by)


def test_an_exported_order_cannot_be_decided_on_again(retail: Retail) -> None:
    report = waiting(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    with pytest.raises(Permanent, match="exported"):
        retail.approve("1001")
    insert(retail, report["report_hash"])
    assert retail.look("1001").kind == "closed"
    assert len(retail.purchase_orders("1001")) == 1


def test_a_decision_on_an_exported_order_gets_a_row_that_says_why_it_does_not_count(retail: Retail) -> None:
    report = waiting(retail)
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    insert(retail, report["report_hash"])
    retail.discover("run-2")
    assert [counts for counts, _ in verdicts(retail)] == [True, False]


def test_a_command_line_approval_for_a_line_that_is_not_there_is_refused_with_the_numbers(
    retail: Retail,
) -> None:
    waiting(retail)
    with pytest.raises(Permanent, match="no line 5; its lines are numbered from 1 to 1"):
        retail.approve("1001", lines={"5": "new"})


def test_who_when_which_report_shop_lines_and_answers_are_kept(retail: Retail) -> None:
    report = twins(retail)
    retail.approve("1001", shop="Harbor Mall", by="Mia", lines={"1": "8"})
    retail.look("1001")
    (kept,) = rows(retail.engine, "SELECT * FROM decision")
    assert (kept["report_hash"], kept["shop"], kept["decided_by"]) == (
        report["report_hash"],
        "Harbor Mall",
        "Mia",
    )
    assert json.loads(str(kept["lines"])) == {"1": "8"}
    assert kept["decided_at"] is not None
    assert (kept["order_number"], bool(kept["current"]), bool(kept["counts"])) == ("1001", True, True)
