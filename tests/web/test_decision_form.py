"""The form and the decision that it means, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from nuorder_pos.domain.decisions import Given
from nuorder_pos.errors import Permanent
from nuorder_pos.web.decision_form import found_items, hidden_fields, moved, proposals, read_form
from nuorder_pos.web.form import Form


def line(number: str, **more: Any) -> dict[str, Any]:
    return {
        "line": number, "product_id": f"p{number}", "style_number": f"S{number}", "color": "Red", "size": "M", "upc": "",
        "units": 1, "unit_cost": "10", "status": "upc_match", "item_id": f"10{number}", "candidates": [],
    } | more  # fmt: skip


def question(code: str, number: str | None = None, *values: str) -> dict[str, Any]:
    choices = [{"value": value, "meaning": value} for value in values]
    return {"code": code, "line": number, "text": "?", "choices": choices}


REPORT: dict[str, Any] = {
    "lines": [line("1"), line("2", status="new_item", item_id=None), line("3", item_id=None), line("4", item_id=None)],
    "questions": [
        question("duplicate_upc", "3", "7", "8", "new"), question("duplicate_upc", "4", "7", "new"),
        question("pack", None, "packs", "units"),
    ],
    "carried": {"lines": {"4": "7"}, "answers": {}},
}  # fmt: skip


def form(**fields: str) -> Form:
    given = {"seen": "0", "report_hash": "h"} | {
        name.replace("__", "."): value for name, value in fields.items()
    }
    return Form({name: [value] for name, value in given.items()})


def test_the_report_proposes_its_match_a_new_item_or_what_was_carried_over() -> None:
    assert proposals(REPORT) == {"1": "101", "2": "new", "3": "", "4": "7"}


def test_what_stays_as_proposed_is_no_decision() -> None:
    given = read_form(form(line__1="101", line__2="new", line__3="", line__4="7"), REPORT)
    assert (given.lines, given.answers) == ({}, {})


def test_what_differs_settles_or_overrides_is_one() -> None:
    given = read_form(
        form(line__1="new", line__2="555", line__3="8", line__4="new", answer__pack="packs"), REPORT
    )
    assert given.lines == {"1": "new", "2": "555", "3": "8", "4": "new"}
    assert given.answers == {"pack": "packs"}


def test_what_the_page_showed_goes_with_it() -> None:
    given = read_form(form(seen="12", shop=" Main Street ", comment="hm"), REPORT)
    assert (given.report_hash, given.seen, given.shop, given.comment) == ("h", 12, "Main Street", "hm")


@pytest.mark.parametrize("fields", [{"seen": "x"}, {"seen": "-1"}, {"line__1": "a"}, {"comment": "x" * 1001}])
def test_what_no_page_sends_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Permanent):
        read_form(form(**fields), REPORT)


def test_hidden_fields_carry_everything_through_another_page() -> None:
    given = read_form(
        form(line__2="555", answer__pack="packs", shop="Main Street", comment="hm", seen="3"), REPORT
    )
    found = {"555": "A tee", "556": "not chosen"}
    sent = Form({name: [value] for name, value in hidden_fields(given, found, "why")})
    assert read_form(sent, REPORT) == given
    assert found_items(sent) == {"555": "A tee"}
    assert sent.one("reason") == "why"


def test_choices_move_with_their_lines_to_a_new_report_and_what_has_no_place_is_named() -> None:
    now = REPORT | {
        "lines": [
            line("1", product_id="new one"),
            REPORT["lines"][0] | {"line": "2"},
            line("3", unit_cost="11"),
        ],
        "questions": [],
    }
    given = Given("", {"1": "new", "3": "8", "2": "line:1"}, {"pack": "packs"}, "h", 0)
    kept, lost = moved(given, REPORT, now)
    assert kept.lines == {"2": "new"}
    assert kept.answers == {}
    assert lost == ["line 3 (S3 Red M)", "line 2 (S2 Red M)", "the answer to pack"]


def test_choices_on_lines_that_cannot_be_told_apart_are_lost_and_not_mixed_up() -> None:
    twins = [line("1"), line("2", product_id="p1", style_number="S1", item_id="101"), line("3")]
    report = REPORT | {"lines": twins, "questions": []}
    kept, lost = moved(Given("", {"1": "new", "2": "555", "3": "new"}, {}, "h", 0), report, report)
    assert kept.lines == {"3": "new"}
    assert lost == ["line 1 (S1 Red M)", "line 2 (S1 Red M)"]


def test_a_decision_that_is_taken_back_is_not_forgotten() -> None:
    given = read_form(form(line__4="", line__3=""), REPORT)
    assert given.lines == {"4": ""}
    sent = Form({name: [value] for name, value in hidden_fields(given, {})})
    assert read_form(sent, REPORT).lines == {"4": ""}
