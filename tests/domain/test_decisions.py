"""Judging a recorded decision: every way in which one does not count, and what one that counts says."""

from __future__ import annotations

from typing import Any

import pytest
from support.orders import Json, line, order, upc
from support.values import HARBOR, SHOP, SHOPS, pos_item, recorded, report, stored

from nuorder_pos.domain.decisions import (
    Verdict,
    carried_over,
    choose_shop,
    fold_answers,
    judge,
    mapping_of,
    open_questions,
    wanted_items,
)
from nuorder_pos.domain.pos import PosShop

TWINS = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
ASKING = stored(report(TWINS, pos_item("7", upc(1)), pos_item("8", upc(2)), pos_item("9", upc(2))))
CLEAR = stored(report(TWINS, pos_item("7", upc(1)), pos_item("8", upc(2))))


def judged(
    found: Json = CLEAR, *, live: set[str] | None = None, default: str = "Main Street", **fields: Any
) -> Verdict:
    written = recorded(fields.pop("report_hash", found["report_hash"]), **fields)
    return judge(
        written, found, found["report_hash"], shops=SHOPS, default_shop=default, live_items=live or set()
    )


def test_an_approval_of_the_current_report_counts_with_shop_lines_answers_and_name() -> None:
    verdict = judged(ASKING, lines='{"2": "9"}', shop="harbor mall", decided_by="Mia", comment="fine")
    decision = verdict.decision
    assert decision is not None
    assert (decision.approved, decision.decided_by, decision.shop_id, decision.comment) == (
        True,
        "Mia",
        "2",
        "fine",
    )
    assert (dict(decision.lines), dict(decision.answers)) == ({"2": "9"}, {})


@pytest.mark.parametrize("word", ["approve", "Approved", " APPROVE "])
def test_the_word_of_an_approval_may_be_written_in_two_ways(word: str) -> None:
    decision = judged(decision=word).decision
    assert decision is not None
    assert decision.approved


@pytest.mark.parametrize("word", ["reject", "Rejected"])
def test_a_rejection_counts_without_shop_and_with_open_questions(word: str) -> None:
    decision = judged(ASKING, decision=word, shop="Moon Base", default="", comment="no").decision
    assert decision is not None
    assert (decision.approved, decision.comment) == (False, "no")


def test_a_decision_on_another_hash_does_not_count() -> None:
    assert "not the current one" in judged(report_hash="0" * 64).reason


def test_a_decision_without_a_report_does_not_count() -> None:
    verdict = judge(recorded("x"), None, "", shops=SHOPS)
    assert (verdict.decision, verdict.reason) == (
        None,
        "it was taken on a report that is not the current one",
    )


@pytest.mark.parametrize("who", ["", "  ", "anonymous", "ANONYMOUS"])
@pytest.mark.parametrize("what", ["approve", "reject"])
def test_nobody_decides_nothing(who: str, what: str) -> None:
    assert judged(decided_by=who, decision=what).reason == "it names nobody who decided"


@pytest.mark.parametrize("word", ["", "yes", "approve!", "no"])
def test_another_word_is_no_decision(word: str) -> None:
    assert "allowed are approve and reject" in judged(decision=word).reason


@pytest.mark.parametrize(
    "text, why",
    [("{", "is not JSON"), ("[1]", "must be a JSON object"), ('{"1": null}', "must be a JSON object"),
     ('{"1": true}', "must be a JSON object"), ('{"1": {"a": 1}}', "must be a JSON object"), ("3", "must be a JSON object")],
)  # fmt: skip
@pytest.mark.parametrize("column", ["lines", "answers"])
def test_a_column_that_is_no_object_of_text_does_not_count(column: str, text: str, why: str) -> None:
    reason = judged(**{column: text}).reason
    assert reason.startswith(column)
    assert why in reason


@pytest.mark.parametrize("text", ["", "  ", "null", "{}"])
def test_an_empty_column_is_an_empty_object(text: str) -> None:
    assert mapping_of(text, "lines") == {}


def test_an_open_question_blocks_and_is_named_with_its_line() -> None:
    assert judged(ASKING).reason == "questions are open: duplicate_upc in line 2"


def test_a_line_that_the_report_does_not_have_does_not_count() -> None:
    assert judged(lines='{"3": "new"}').reason == "the report has no line '3'"


@pytest.mark.parametrize("live, counts", [({"55"}, True), (set(), False), ({"56"}, False)])
def test_an_item_that_the_report_does_not_name_must_be_live(live: set[str], counts: bool) -> None:
    verdict = judged(lines='{"1": "55"}', live=live)
    assert (verdict.decision is not None) is counts
    if not counts:
        assert verdict.reason == "line 1 names POS item '55', which does not exist or is archived"


def test_items_of_the_report_itself_need_not_be_looked_up() -> None:
    assert wanted_items(ASKING, {"1": "7", "2": "9"}) == set()
    assert wanted_items(ASKING, {"1": "new", "2": "line:1"}) == set()
    assert wanted_items(ASKING, {"1": "55"}) == {"55"}


SAME_CODE = stored(report(order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(1)}))))


@pytest.mark.parametrize(
    "lines, counts",
    [
        ('{"1": "new", "2": "line:1"}', True), ('{"1": "new", "2": "new"}', True), ('{"1": "line:1", "2": "new"}', False),
        ('{"1": "line:2", "2": "line:1"}', False), ('{"1": "new", "2": "line:7"}', False),
        ('{"1": "new", "2": "line:"}', False),
    ],
)  # fmt: skip
def test_the_same_new_item_as_another_line_must_lead_to_a_new_item(lines: str, counts: bool) -> None:
    assert (judged(SAME_CODE, lines=lines).decision is not None) is counts


def test_a_line_with_an_item_cannot_be_the_same_as_new() -> None:
    assert judged(CLEAR, lines='{"2": "line:1"}').decision is None


@pytest.mark.parametrize(
    "answers, why",
    [
        ('{"pack": "packs"}', "answers 'pack', which the report does not ask"),
        ('{"currency_mismatch": "vendor"}', "which the report does not ask"),
        ('{"maybe_exported": "no"}', "is none of export"),
    ],
)
def test_an_answer_to_a_question_that_is_not_asked_does_not_count(answers: str, why: str) -> None:
    assert why in judged(CLEAR, answers=answers).reason


def test_the_answer_that_no_purchase_order_is_this_order_may_always_be_given() -> None:
    decision = judged(CLEAR, answers='{"maybe_exported": "export"}').decision
    assert decision is not None
    assert dict(decision.answers) == {"maybe_exported": "export"}


# ---- the shop ----


@pytest.mark.parametrize(
    "wanted, found",
    [("1", SHOP), ("main street", SHOP), (" Main  Street ", SHOP), ("2", HARBOR), ("Harbor Mall", HARBOR)],
)
def test_a_shop_is_found_by_id_or_name(wanted: str, found: PosShop) -> None:
    assert choose_shop(wanted, SHOPS) == found


@pytest.mark.parametrize("wanted", ["Old Mill", "3", "Moon Base", ""])
def test_an_archived_or_unknown_shop_is_refused_with_those_there_are(wanted: str) -> None:
    reason = choose_shop(wanted, SHOPS)
    assert isinstance(reason, str)
    assert "no shop" in reason
    assert "Main Street, Harbor Mall" in reason


def test_two_shops_of_one_name_are_refused() -> None:
    assert "more than one shop" in str(
        choose_shop("main street", (*SHOPS, PosShop("9", "MAIN STREET", "UTC")))
    )


def test_an_id_goes_before_a_name() -> None:
    assert choose_shop("2", (PosShop("7", "2", "UTC"), HARBOR)) == HARBOR


def test_without_a_shop_the_brand_s_default_is_taken_else_it_does_not_count() -> None:
    decision = judged(shop="", default="Harbor Mall").decision
    assert decision is not None
    assert decision.shop_id == "2"
    assert judged(shop="", default="").reason == "it names no shop, and the brand has no default shop"


# ---- answers ----


def test_an_answer_to_the_only_line_that_asks_moves_to_that_line() -> None:
    assert fold_answers(ASKING, {}, {"duplicate_upc": "9"}) == ({"2": "9"}, {})
    assert fold_answers(ASKING, {}, {"duplicate_upc:2": "9"}) == ({"2": "9"}, {})


def test_a_line_decision_goes_before_an_answer_about_the_line() -> None:
    assert fold_answers(ASKING, {"2": "8"}, {"duplicate_upc": "9"}) == ({"2": "8"}, {})


def test_an_answer_without_a_line_does_not_settle_two_lines_that_ask() -> None:
    both = stored(report(TWINS, *(pos_item(str(n), upc(1 + n % 2)) for n in range(4))))
    lines, answers = fold_answers(both, {}, {"duplicate_upc": "new"})
    assert (lines, answers) == ({}, {"duplicate_upc": "new"})
    assert [q["line"] for q in open_questions(both, lines, answers)] == ["1", "2"]


def test_an_answer_about_the_order_must_be_one_of_the_choices() -> None:
    asking = stored(report(order("1001", line(sizes={"M": 1}), total="99")))
    assert [q["code"] for q in open_questions(asking, {}, {"totals_mismatch": "whatever"})] == [
        "totals_mismatch"
    ]
    assert open_questions(asking, {}, {"totals_mismatch": "price"}) == []


def test_decisions_taken_now_go_before_those_carried_over() -> None:
    carrying = ASKING | {"carried": {"lines": {"1": "7", "2": "8"}, "answers": {"pack": "packs"}}}
    assert carried_over(carrying, {"2": "9"}, {}) == ({"1": "7", "2": "9"}, {"pack": "packs"})


def test_a_carried_decision_settles_a_question() -> None:
    decision = judged(ASKING | {"carried": {"lines": {"2": "8"}}}).decision
    assert decision is not None
    assert dict(decision.lines) == {"2": "8"}
