"""Look-ups of all orders of a run together: each value once, the same reports, and no failure that is not an order's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.databases import execute
from support.orders import Json, line, order, pos, upc
from support.pos_side import Requests, by_size, candidates, matrix, member
from support.retail import Retail

from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline import decide
from nuorder_pos.pipeline.look_ahead import look_ahead
from nuorder_pos.pipeline.pos_search import use_right_list_form, vendor_number_form
from nuorder_pos.pipeline.report import make_report

RUN = "run-1"

FIRST = order("1001", line(sizes={"S": 1, "M": 2, "L": 1}, upcs={"S": upc(1), "M": upc(2), "L": upc(5)}))
SECOND = order(
    "1002",
    line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(2)}),
    line("CAP", "Blue", {"One Size": 1}, upcs={"One Size": upc(3)}),
)
THIRD = order("1003", line("VEST", "Green", {"M": 4}))
NUMBERS = ("1001", "1002", "1003")

FLOOR = pos(
    [
        member(7, upc(1), size="S", matrix_id=30), member(8, size="Large", matrix_id=30),
        member(9, upc(3), color="Blue", size="OS"), member(10, upc(3), color="Blue", size="OS", archived=True),
        member(11, manufacturerSku="VEST", color="Green"), member(12, description="Trail Tee Green M", color="", size=""),
        member(13, customSku=upc(2)), member(14, customSku=upc(2), qoh={"1": 3}),
    ],
    matrices=[matrix(30)],
)  # fmt: skip


def given(retail: Retail, **switches: Any) -> None:
    """Three orders are found; what this POS understands is known, so that requests that follow are look-ups."""
    retail.given(FIRST, SECOND, THIRD, shop_floor=FLOOR, **switches)
    retail.discover(RUN)
    use_right_list_form(retail.work)
    vendor_number_form(retail.work)


def ahead(retail: Retail, *numbers: str) -> int:
    return look_ahead(retail.new_work(), RUN, [retail.id(number) for number in numbers or NUMBERS])


def match(retail: Retail, number: str, run: str = RUN) -> Json:
    """The task of one order, in a process of its own."""
    make_report(retail.new_work(), retail.id(number), run)
    return retail.report(number)


def said(report: Json) -> Json:
    """The report without what the database adds to it."""
    return {
        key: report[key]
        for key in ("report_hash", "content_hash", "summary", "warnings", "questions", "lines")
    }


def asked_values(queries: list[str]) -> list[str]:
    """Every code that was asked for in a list."""
    return [code for query in queries for code in re.findall(r"\b\d{11,14}\b", query)]


def test_what_several_orders_have_in_common_is_asked_for_once_in_lists_for_all(retail: Retail) -> None:
    given(retail)
    sent = Requests(retail)
    assert ahead(retail) == 3
    together = sent.new()
    by_code = [query for query in together if "itemCode" in query or "upc=" in query or "ean=" in query]
    codes = [code for query in by_code[:1] for code in asked_values([query])]
    assert len(codes) == len(set(codes))
    assert {upc(1), upc(2), upc(3), upc(5)} <= set(codes), "one list for the codes of all orders"
    for number in NUMBERS:
        match(retail, number)
    assert sent.new() == [], "each order finds its answers there"


def test_together_costs_less_than_each_order_by_itself(retail: Retail) -> None:
    given(retail)
    sent = Requests(retail)
    ahead(retail)
    together = len(sent.new())
    for number in NUMBERS:
        match(retail, number, run="")
    assert together < len(sent.new())


@pytest.mark.parametrize("turn", [NUMBERS, NUMBERS[::-1]], ids=["in order", "in reverse"])
def test_the_reports_are_the_same_with_and_without_a_look_ahead_and_in_any_turn(
    retail: Retail, turn: tuple[str, ...]
) -> None:
    given(retail)
    alone = {number: said(match(retail, number, run="")) for number in NUMBERS}
    given(retail)
    ahead(retail, *turn)
    assert {number: said(match(retail, number)) for number in turn} == alone


def test_the_scene_has_something_of_everything(retail: Retail) -> None:
    """So that the comparison above says something."""
    given(retail)
    first, second, third = (match(retail, number, run="") for number in NUMBERS)
    rows = by_size(first)
    assert (rows["S"]["item_id"], candidates(rows["L"])) == ("7", ["8"])
    assert [one["code"] for one in first["questions"]] == ["in_matrix/tee", "duplicate_upc"]
    assert "9" in [row["item_id"] for row in second["lines"]]
    assert candidates(third["lines"][0])[0] == "11"


def test_matching_again_within_the_run_gives_the_same_report(retail: Retail) -> None:
    given(retail)
    ahead(retail)
    assert (
        said(match(retail, "1001")) == said(match(retail, "1001")) == said(match(retail, "1001", run="run-2"))
    )


FAILING: dict[str, Json] = {
    "the POS is down": {"path": "/Item.json", "times": 100, "action": "status", "status": 503},
    "the POS refuses": {"path": "/Item.json", "times": 100, "action": "status", "status": 403},
    "the POS gives a web page": {"path": "/Item.json", "times": 100, "action": "html"},
    "the vendors cannot be read": {"path": "/Vendor", "times": 100, "action": "status", "status": 500},
}


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_pos_leaves_the_orders_to_their_own_tasks(retail: Retail, what: str) -> None:
    given(retail)
    retail.sandbox.fault(server="pos", **FAILING[what])
    ahead(retail)
    assert {retail.row(number)["state"] for number in NUMBERS} == {"discovered"}
    with pytest.raises(NuorderPosError):
        match(retail, "1001")
    retail.sandbox.clear_faults()
    for number in NUMBERS:
        match(retail, number)
    assert {retail.row(number)["state"] for number in NUMBERS} == {"awaiting_approval"}


def test_an_order_that_nuorder_does_not_give_is_left_to_its_own_task_and_the_others_are_not(
    retail: Retail,
) -> None:
    given(retail)
    retail.sandbox.fault(server="nuorder", path=retail.id("1002"), times=2, action="status", status=500)
    assert ahead(retail) == 2
    sent = Requests(retail)
    match(retail, "1001")
    match(retail, "1003")
    assert sent.new() == []
    assert match(retail, "1002")["order_number"] == "1002"


def test_an_order_that_was_cancelled_meanwhile_is_left_to_its_own_task(retail: Retail) -> None:
    given(retail)
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1002"), status="cancelled")
    assert ahead(retail) == 2
    make_report(retail.new_work(), retail.id("1002"), RUN)
    assert retail.row("1002")["state"] == "cancelled"


def test_an_order_nobody_knows_stops_nothing(retail: Retail) -> None:
    given(retail)
    assert look_ahead(retail.new_work(), RUN, ["0" * 24, retail.id("1001")]) == 1


def test_a_match_that_somebody_asked_for_looks_anew(retail: Retail) -> None:
    given(retail)
    ahead(retail)
    assert by_size(match(retail, "1001"))["L"]["item_id"] is None
    retail.sandbox.do("pos", "set_upc", itemID=8, upc=upc(5))
    assert by_size(match(retail, "1001"))["L"]["item_id"] is None, "what was answered in this run"
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert by_size(match(retail, "1001"))["L"]["item_id"] == "8"


def test_another_run_and_answers_that_are_too_old_are_asked_anew(retail: Retail) -> None:
    given(retail)
    ahead(retail)
    sent = Requests(retail)
    match(retail, "1001", run="run-2")
    assert sent.new() != []
    execute(retail.engine, "UPDATE pos_answer SET at = '2026-01-01 00:00:00'")
    match(retail, "1002")
    assert sent.new() != []
