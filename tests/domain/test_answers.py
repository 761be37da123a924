"""What a decision's answers make of a report, and whether an approval still stands when the POS moved on."""

from __future__ import annotations

from typing import Any

import pytest
from support.matching import known, linked, report_of, wanted
from support.orders import line, order, upc
from support.values import approval, stored

from nuorder_pos.domain.answers import style_choices, with_answers
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.report import Report, still_stands

SETS = {"tee": {"30": "1", "31": "1"}}
LINKS = (linked("90", size="xs", matrix_id="30"), linked("91", size="xxl", matrix_id="31"))
UNCLEAR = "matrix_unclear/tee"


def unclear(*items: PosItem, links: tuple[Link, ...] = LINKS, **more: Any) -> Report:
    """One new size of a style that is in two matrices."""
    return report_of(wanted(None), *items, links=links, matrices=SETS, **more)


def test_a_report_without_answers_stays_as_it_is() -> None:
    report = unclear()
    decision = approval({"1": "new"})
    assert with_answers(report, decision) == (report, decision)


def test_an_answer_about_another_style_places_nothing() -> None:
    report = unclear()
    answered, _ = with_answers(report, approval(answers={"matrix_unclear/cap": "31"}))
    assert [row.placement for row in answered.lines] == [row.placement for row in report.lines]


def test_what_was_decided_is_given_by_style() -> None:
    report = unclear()
    assert style_choices(report, approval(answers={UNCLEAR: "31", "matrix_unclear/cap": "7"})) == {
        "tee": "31"
    }
    assert style_choices(report, approval()) == {}


def test_a_line_decision_goes_before_the_items_that_are_in_the_matrix() -> None:
    report = report_of(
        order("1001", line("TEE", "Red", {"M": 1, "L": 1})),
        known("7", size="Medium", matrix_id="30"),
        known("8", size="Large", matrix_id="30"),
        links=LINKS[:1],
        matrices={"tee": {"30": "1"}},
    )
    of = {row.variant.size: row.variant.line for row in report.lines}
    _, decision = with_answers(report, approval({of["L"]: "99"}, {"in_matrix/tee": "existing"}))
    assert decision.lines == {of["M"]: "7", of["L"]: "99"}
    _, decision = with_answers(report, approval({of["L"]: "99"}, {"in_matrix/tee": "new"}))
    assert decision.lines == {of["L"]: "99"}


# ---- whether an approval still stands ----


def stands(before: Report, now: Report, made: set[str] | None = None) -> bool:
    return still_stands(stored(before), now, made or set())


LOOKALIKE = known("50", manufacturer_sku="TEE")


def test_an_approval_stands_while_nothing_changed() -> None:
    assert stands(unclear(), unclear())


def test_an_item_that_our_exports_made_since_and_that_resembles_changes_nothing() -> None:
    before, now = report_of(wanted(None)), report_of(wanted(None), LOOKALIKE)
    assert before.report_hash != now.report_hash
    assert stands(before, now, {"50"})
    assert not stands(before, now)


def test_an_item_that_our_exports_made_for_the_line_itself_is_used() -> None:
    before = report_of(wanted())
    now = report_of(wanted(), known("50", upc(1)), links=[linked("50", origin="created")])
    assert stands(before, now)


CHANGED: dict[str, tuple[list[PosItem], list[PosItem]]] = {
    "an item has the code now": ([], [known("7", upc(1))]),
    "the matched item lost its code": ([known("7", upc(1))], [known("7")]),
    "the matched item was archived": ([known("7", upc(1))], [known("7", upc(1), archived=True)]),
    "another item took the code over": ([known("7", upc(1))], [known("8", upc(1))]),
    "a second item has the code": ([known("7", upc(1))], [known("7", upc(1)), known("8", upc(1))]),
    "the matched item is another size now": ([known("7", upc(1))], [known("7", upc(1), size="XL")]),
    "the candidate is gone": ([LOOKALIKE], []),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_deciding_match_that_changed_supersedes_the_approval(what: str) -> None:
    before, now = (report_of(wanted(), *items) for items in CHANGED[what])
    assert not stands(before, now)


def test_a_question_about_a_style_that_is_new_supersedes_the_approval() -> None:
    before = report_of(wanted(None), links=LINKS[:1], matrices={"tee": {"30": "1"}})
    assert not stands(before, unclear())


def test_a_question_about_a_style_goes_where_nothing_of_it_is_left_to_place() -> None:
    made = (*LINKS, linked("50", origin="created", matrix_id="31"))
    assert stands(unclear(), unclear(known("50", matrix_id="31"), links=made))


def test_a_question_about_a_style_that_was_decided_otherwise_meanwhile_supersedes_the_approval() -> None:
    """Where lines are still to be placed, they would go where nobody approved."""
    assert not stands(unclear(), unclear(style_choices={"tee": "31"}))


def test_a_second_matrix_that_our_own_export_made_is_no_reason_to_ask_again() -> None:
    before = report_of(wanted(None), links=LINKS[:1], matrices={"tee": {"30": "1"}})
    made = linked("50", color="blue", origin="created", matrix_id="31")
    now = report_of(wanted(None), links=[LINKS[0], made], matrices={"tee": {"30": "1", "31": "1"}})
    assert [q.code for q in now.questions] == ["matrix_unclear/tee"]
    assert stands(before, now)
