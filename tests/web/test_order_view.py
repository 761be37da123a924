"""The report as the page lays it out, without a server."""

from __future__ import annotations

from typing import Any

from nuorder_pos.web.order_view import CREATE, Variant, view


def line(number: str, **more: Any) -> dict[str, Any]:
    return {
        "line": number, "product_id": "p", "style_number": "TEE", "name": "Trail Tee", "color": "Red", "size": "M",
        "upc": "1", "quantity": 2, "units": 2, "unit_cost": "10", "status": "upc_match", "item_id": "7",
        "item_description": "Trail Tee Red M", "candidates": [], "matrix": None, "warnings": [], "image": None,
    } | more  # fmt: skip


def report(*lines: dict[str, Any], questions: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "lines": list(lines),
        "questions": list(questions),
        "warnings": [],
        "changes": [],
        "carried": {},
    } | more


def variants(laid: Any) -> dict[str, Variant]:
    return {v.line: v for tab in laid.tabs for matrix in tab.matrices for v in matrix.variants}


def asked(number: str | None, *values: str, code: str = "duplicate_upc") -> dict[str, Any]:
    return {
        "code": code,
        "line": number,
        "text": "Which?",
        "choices": [{"value": v, "meaning": f"use {v}"} for v in values],
    }


def test_a_style_with_matched_and_new_sizes_stands_in_both_tabs() -> None:
    new = line("2", status="new_item", item_id=None, matrix="item in a new matrix")
    laid = view(report(line("1"), new, line("3", color="Blue")), {}, {})
    assert [(tab.name, tab.count, len(tab.matrices)) for tab in laid.tabs] == [
        ("matched", 2, 2),
        ("new", 1, 1),
    ]
    assert variants(laid)["2"].place == "item in a new matrix"
    assert laid.counts == (("Confirmed", "matched", 0), ("UPC match", "matched", 2), ("New item", "new", 1))


def test_the_drop_down_holds_match_candidates_and_a_new_item_once_each() -> None:
    candidates = [
        {"item_id": "7", "reason": "UPC", "description": "Trail Tee Red M", "archived": False},
        {"item_id": "8", "reason": "vendor SKU", "description": "", "archived": True},
    ]
    (variant,) = variants(view(report(line("1", candidates=candidates)), {}, {})).values()
    assert [(o.value, o.text) for o in variant.options] == [
        ("7", "7 · Trail Tee Red M"), ("8", "8 · no description (vendor SKU, archived)"), ("new", CREATE),
    ]  # fmt: skip
    assert variant.chosen_text == "7 · Trail Tee Red M"


def test_an_open_question_has_no_choice_made() -> None:
    laid = view(report(line("1", item_id=None), questions=[asked("1", "7", "8", "new")]), {}, {})
    (variant,) = variants(laid).values()
    assert (variant.chosen, variant.still_open, variant.options[0].text) == ("", True, "Choose…")
    assert [o.value for o in variant.options] == ["", "7", "8", "new"]
    assert (laid.tabs[0].still_open, len(laid.still_open)) == (1, 1)
    settled = view(report(line("1", item_id=None), questions=[asked("1", "7", "8", "new")]), {"1": "8"}, {})
    assert (settled.still_open, settled.questions[0].answer) == ((), "Use 8")


def test_an_item_from_a_search_is_one_more_entry() -> None:
    (variant,) = variants(view(report(line("1")), {"1": "99"}, {}, {"99": "Other tee"})).values()
    assert variant.chosen_text == "99 · Other tee"
    (unnamed,) = variants(view(report(line("1")), {"1": "99"}, {})).values()
    assert unnamed.chosen_text == "POS item 99"


def test_what_was_carried_over_is_chosen_unless_somebody_chose_otherwise() -> None:
    body = report(
        line("1"), questions=[asked(None, "packs", "units", code="pack")],
        carried={"lines": {"1": "new"}, "answers": {"pack": "units"}},
    )  # fmt: skip
    laid = view(body, {}, {})
    assert (variants(laid)["1"].chosen, laid.questions[0].value) == ("new", "units")
    assert view(body, {}, {"pack": "packs"}).questions[0].value == "packs"
    assert variants(view(body, {"1": "7"}, {}))["1"].chosen == "7"


def test_an_answer_that_is_not_possible_any_more_leaves_the_question_open() -> None:
    body = report(line("1"), questions=[asked(None, "packs", code="pack")])
    assert view(body, {}, {"pack": "gone"}).still_open


def test_cost_changes_and_other_warnings_are_told_apart_and_counted() -> None:
    warnings = [
        {"code": "cost_change", "text": "Cost 10, 12 on the item."},
        {"code": "ean_match", "text": "By EAN."},
    ]
    laid = view(report(line("1", warnings=warnings), line("2", unit_cost="11.5", units=24)), {}, {})
    (matrix,) = laid.tabs[0].matrices
    assert (matrix.cost_changes, matrix.warnings, laid.tabs[0].warnings) == (1, 1, 2)
    assert (matrix.units, matrix.cost) == (26, "10.00 to 11.50")
    assert matrix.variants[1].quantity == "2 (= 24 units)"
