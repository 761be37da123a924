"""Which matrix a new variant of a style goes to, what is asked about it once for the style, and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from support.matching import known, linked, offered, report_of, values
from support.orders import Json, line, order, upc
from support.values import approval, plan

from nuorder_pos.domain.answers import with_answers
from nuorder_pos.domain.decisions import Decision
from nuorder_pos.domain.match_data import Link, Question, Status
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.report import Report

NEW_MATRIX = "new matrix Trail Tee TEE"
IN_30 = linked("90", size="xs", matrix_id="30")
IN_31 = linked("91", size="xs", color="blue", matrix_id="31")
BLUE_IN_30 = linked("92", size="xs", color="blue", matrix_id="30")

TWO_SIZES = order("1001", line("TEE", "Red", {"M": 1, "L": 2}))


def shelved(raw: Json = TWO_SIZES, *items: PosItem, sets: Mapping[str, str] | None = None, links: tuple[Link, ...] = (),
            remembered: str = "") -> Report:  # fmt: skip
    """The report; ``sets``: attribute set by matrix that the links of the style lead to."""
    chosen = {"tee": remembered} if remembered else {}
    return report_of(raw, *items, links=links, matrices={"tee": sets} if sets else None, style_choices=chosen)


def words(report: Report) -> dict[str, str]:
    """Where each line goes, by colour and size."""
    return {f"{row.variant.color} {row.variant.size}": row.placement.words for row in report.lines}


def places(report: Report) -> set[str]:
    return set(words(report).values())


def style_questions(report: Report) -> list[Question]:
    return [one for one in report.questions if "/" in one.code]


def the_question(report: Report) -> Question:
    (question,) = style_questions(report)
    return question


def answers(report: Report) -> list[str]:
    return [choice.value for choice in the_question(report).choices]


def decided(report: Report, answer: str, **lines: str) -> tuple[Report, Decision]:
    return with_answers(report, approval(lines, {the_question(report).code: answer}))


# ---- where there is nothing to decide ----

CLEAR: dict[str, tuple[dict[str, str], tuple[Link, ...], str]] = {
    "the style is in no matrix": ({}, (), NEW_MATRIX),
    "it is in one that fits": ({"30": "1"}, (IN_30,), "joins matrix 30"),
    "it is in one whose attributes are not known": ({"30": ""}, (IN_30,), "joins matrix 30"),
    "it is in one that keeps no colour, and is in no colour's own": ({"30": "2"}, (), NEW_MATRIX),
    "it is in one of an account's own attributes": ({"30": "9"}, (IN_30,), NEW_MATRIX),
}


@pytest.mark.parametrize("where", CLEAR)
def test_nothing_is_asked_where(where: str) -> None:
    sets, links, there = CLEAR[where]
    report = shelved(sets=sets, links=links)
    assert (style_questions(report), places(report)) == ([], {there})


def test_nothing_is_asked_where_no_line_is_new() -> None:
    items = [known("7", upc(1), matrix_id="30"), known("8", upc(2), size="L", matrix_id="31")]
    raw = order("1001", line(sizes={"M": 1, "L": 1}, upcs={"M": upc(1), "L": upc(2)}))
    assert style_questions(shelved(raw, *items)) == []


def test_nothing_is_asked_about_a_size_of_which_nothing_is_ordered() -> None:
    raw = order("1001", line(sizes={"M": 0}), line("CAP"))
    assert style_questions(shelved(raw, sets={"30": "1", "31": "1"}, links=(IN_30, IN_31))) == []


# ---- several matrices ----


def split() -> Report:
    """Red is in matrix 30, blue in matrix 31."""
    raw = order("1001", line("TEE", "Red", {"M": 1}), line("TEE", "Blue"), line("TEE", "Green"))
    return shelved(raw, sets={"30": "1", "31": "1"}, links=(IN_30, IN_31))


def test_a_style_in_two_matrices_is_asked_about_once() -> None:
    report = shelved(sets={"30": "1", "31": "1"}, links=(IN_30, linked("93", size="xxl", matrix_id="31")))
    assert the_question(report).code == "matrix_unclear/tee"
    assert the_question(report).line == ""
    assert answers(report) == ["30", "31", "new"]


def test_a_style_that_is_split_by_colour_may_stay_so() -> None:
    assert answers(split()) == ["by_color", "30", "31", "new"]


@pytest.mark.parametrize(
    "answer, there",
    [
        ("by_color", ["joins matrix 30", "joins matrix 31", "new matrix Trail Tee TEE Green"]),
        ("30", ["joins matrix 30"] * 3),
        ("31", ["joins matrix 31"] * 3),
        ("new", [NEW_MATRIX] * 3),
    ],
)
def test_every_answer_places_all_new_variants_of_the_style(answer: str, there: list[str]) -> None:
    report, _ = decided(split(), answer)
    placed = words(report)
    assert [placed["Red M"], placed["Blue M"], placed["Green M"]] == there


def test_a_matrix_of_one_colour_without_a_colour_attribute_may_stay_the_colours_own() -> None:
    report = shelved(sets={"30": "2"}, links=(IN_30,))
    assert answers(report) == ["by_color", "new"]
    assert places(decided(report, "by_color")[0]) == {"joins matrix 30"}


def test_a_new_colour_of_a_split_style_gets_a_matrix_like_the_others() -> None:
    raw = order("1001", line("TEE", "Green", {"M": 1}))
    report = shelved(raw, sets={"30": "2", "31": "2"}, links=(IN_30, IN_31))
    answered, decision = decided(report, "by_color")
    made = plan(answered, decision)
    (matrix,) = [step for step in made.steps if step.kind == "create_matrix"]
    (item,) = [step for step in made.steps if step.kind == "create_item"]
    assert (matrix.payload["itemAttributeSetID"], matrix.payload["description"]) == (
        "2",
        "Trail Tee TEE Green",
    )
    assert item.payload["ItemAttributes"] == {"itemAttributeSetID": "2", "attribute2": "M"}


def test_two_matrices_that_share_a_colour_are_not_split_by_colour() -> None:
    links = (IN_30, IN_31, linked("94", size="s", matrix_id="31"))
    assert answers(shelved(sets={"30": "1", "31": "1"}, links=links)) == ["30", "31", "new"]


def test_a_matrix_that_does_not_fit_cannot_be_chosen() -> None:
    links = (IN_30, linked("93", size="xxl", matrix_id="31"))
    assert answers(shelved(sets={"30": "1", "31": "2"}, links=links)) == ["30", "new"]


def test_two_styles_whose_numbers_look_alike_are_asked_about_apart() -> None:
    raw = order("1001", line("TEE 1"), line("TEE/1"))
    sets = {"30": "1", "31": "1"}
    report = report_of(raw, matrices={"tee 1": sets, "tee/1": sets})
    assert sorted(q.code for q in style_questions(report)) == [
        "matrix_unclear/tee-1",
        "matrix_unclear/tee-1-2",
    ]


# ---- what was decided before ----


@pytest.mark.parametrize(
    "choice, there", [("30", "joins matrix 30"), ("31", "joins matrix 31"), ("by_color", "joins matrix 30")]
)
def test_what_was_decided_for_the_style_is_not_asked_again(choice: str, there: str) -> None:
    report = shelved(sets={"30": "1", "31": "1"}, links=(IN_30, IN_31), remembered=choice)
    assert (style_questions(report), places(report)) == ([], {there})


def test_a_remembered_matrix_that_is_gone_is_asked_about_again() -> None:
    links = (IN_30, IN_31)
    report = shelved(sets={"30": "1", "31": "1"}, links=links, remembered="32")
    assert answers(report) == ["by_color", "30", "31", "new"]


def test_a_remembered_matrix_that_is_gone_is_forgotten_where_one_is_left() -> None:
    report = shelved(sets={"30": "1"}, links=(IN_30,), remembered="31")
    assert (style_questions(report), places(report)) == ([], {"joins matrix 30"})


def test_a_style_that_is_not_split_by_colour_any_more_is_asked_about_again() -> None:
    links = (IN_30, IN_31, linked("94", size="s", matrix_id="31"))
    assert answers(shelved(sets={"30": "1", "31": "1"}, links=links, remembered="by_color")) == [
        "30",
        "31",
        "new",
    ]


@pytest.mark.parametrize("answer", ["30", "by_color"])
def test_the_plan_remembers_the_answer_for_the_style(answer: str) -> None:
    assert dict(plan(*decided(split(), answer)).style_matrices) == {"tee": answer}


def test_a_new_matrix_is_remembered_as_the_matrix_that_the_plan_makes() -> None:
    made = plan(*decided(split(), "new"))
    (matrix,) = [step for step in made.steps if step.kind == "create_matrix"]
    (remembered,) = made.style_matrices.values()
    assert remembered.step == matrix.key


def test_a_new_matrix_of_which_nothing_came_is_not_remembered() -> None:
    report, decision = decided(split(), "new", **{"1": "7", "2": "8", "3": "9"})
    assert dict(plan(report, decision).style_matrices) == {}


# ---- variants that the matrix has already ----

LARGE = known("7", color="red", size="Large", matrix_id="30")


def there(*items: PosItem, **more: Any) -> Report:
    return shelved(TWO_SIZES, *items, sets={"30": "1"}, links=(IN_30,), **more)


def by_size(report: Report) -> dict[str, str]:
    return {row.variant.line: row.variant.size for row in report.lines}


def test_a_variant_that_the_matrix_has_under_another_spelling_is_asked_about() -> None:
    report = there(LARGE)
    assert the_question(report).code == "in_matrix/tee"
    assert answers(report) == ["existing", "new"]
    assert "item 7" in the_question(report).text
    rows = {row.variant.size: row.match for row in report.lines}
    assert (offered(rows["L"])[:1], rows["L"].status) == (["7"], Status.NEW_ITEM)
    assert "matrix 30" in rows["L"].candidates[0].reason
    assert "7" not in offered(rows["M"])


def test_existing_uses_the_item_that_is_there_and_new_makes_one() -> None:
    report = there(LARGE)
    large = next(number for number, size in by_size(report).items() if size == "L")
    used, created = (plan(*decided(report, answer)) for answer in ("existing", "new"))
    assert {one.item for one in used.used_items if one.line == large} == {"7"}
    assert [one.origin for one in used.used_items if one.line == large] == ["choice"]
    assert len([step for step in used.steps if step.kind == "create_item"]) == 1
    assert len([step for step in created.steps if step.kind == "create_item"]) == 2


def test_a_decision_about_a_line_goes_before_the_answer_about_its_style() -> None:
    report = there(LARGE)
    large = next(number for number, size in by_size(report).items() if size == "L")
    _, decision = decided(report, "existing", **{large: "new"})
    assert decision.lines[large] == "new"


NOT_THERE: dict[str, list[PosItem]] = {
    "it is another colour": [known("7", color="Blue", size="L", matrix_id="30")],
    "it is another size": [known("7", size="XS", matrix_id="30")],
    "it names no colour": [known("7", color="", size="L", matrix_id="30")],
    "it is archived": [known("7", size="L", matrix_id="30", archived=True)],
    "it is in another matrix": [known("7", size="L", matrix_id="39")],
    "two items have colour and size": [known(n, size="L", matrix_id="30") for n in ("7", "8")],
}


@pytest.mark.parametrize("why", NOT_THERE)
def test_nothing_is_said_to_be_there_where(why: str) -> None:
    assert style_questions(there(*NOT_THERE[why])) == []


def test_an_item_that_another_line_uses_is_not_said_to_be_free() -> None:
    raw = order("1001", line("TEE", "Red", {"M": 1, "Medium": 1}, upcs={"M": upc(1)}))
    item = known("7", upc(1), size="M", matrix_id="30")
    assert style_questions(shelved(raw, item, sets={"30": "1"}, links=(IN_30,))) == []


def test_one_item_for_two_lines_is_no_answer() -> None:
    raw = order("1001", line("TEE", "Red", {"L": 1, "Large": 1}))
    assert style_questions(shelved(raw, LARGE, sets={"30": "1"}, links=(IN_30,))) == []


def test_the_matrix_of_a_colour_that_keeps_no_colour_is_looked_into_too() -> None:
    raw = order("1001", line("TEE", "Red", {"L": 1}), line("TEE", "Blue", {"L": 1}))
    item = known("7", color="", size="Large", matrix_id="30", attribute_set_id="2")
    report = shelved(raw, item, sets={"30": "2", "31": "2"}, links=(IN_30, IN_31), remembered="by_color")
    assert the_question(report).code == "in_matrix/tee"
    (meant,) = [q.lines for q in report.questions if q.code.startswith("in_matrix/")]
    (number,) = meant
    assert next(row.variant.color for row in report.lines if row.variant.line == number) == "Red"


# ---- what the matrix then looks like ----


def test_items_are_made_in_the_order_in_which_the_brand_lists_its_sizes() -> None:
    raw = order(
        "1001",
        line("TEE", "Red", {"L": 1, "S": 1}),
        line("TEE", "Red", {"XL": 1, "M": 1}, product_id="5" * 24),
    )
    sizes = [{"size": size} for size in ("S", "M", "L", "XL")]
    report = report_of(raw, product_fields={"sizes": sizes})
    made = [
        step.payload["ItemAttributes"]["attribute2"]
        for step in plan(report).steps
        if step.kind == "create_item"
    ]
    assert made == ["S", "M", "L", "XL"]


def test_values_of_a_question_are_its_choices() -> None:
    report = shelved(order("1001", line(upcs={"M": upc(1)})), known("7", upc(1)), known("8", upc(1)))
    assert values(report.lines[0].match) == ["7", "8", "new"]
