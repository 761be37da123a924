"""What a merchant asks of the list of orders: words of an address, read without trust, and rows ready to show."""

from __future__ import annotations

from typing import Any

import pytest
from support.rows import add_order, add_report

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.pipeline import order_list
from nuorder_pos.pipeline.order_list import Search, look, read_search, statuses
from nuorder_pos.store import approvals, orders
from nuorder_pos.store.engine import Engine, writing


def row(engine: Engine, order_id: str = "o-1") -> dict[str, Any]:
    """An order's row in the list."""
    return next(r for r in look(engine, Search()).rows if r["order_id"] == order_id)


def test_a_search_comes_back_from_its_own_address() -> None:
    search = Search(
        brand='O\'Neil "Studio" <b>', status="to_decide", q="50% a&b", sort="-total", page=3, older=True,
        dag_id="d", run_id="manual__2026-03-01T00:00:00+00:00", account="west",
    )  # fmt: skip
    assert read_search(search.parameters()) == (search, ())
    assert Search().parameters() == {}
    other = search.parameters(sort="brand")
    assert (other["sort"], other["q"], "page" in other) == ("brand", "50% a&b", False)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"status": "nonsense"}, "no status “nonsense”"),
        ({"sort": "password"}, "cannot be sorted by “password”"),
        ({"sort": "--total"}, "cannot be sorted"),
        ({"page": "0"}, "no page “0”"),
        ({"page": "-3"}, "no page"),
        ({"page": "²"}, "no page"),
        ({"page": "9" * 40}, "no page"),
        ({"q": "x" * 5000}, "too long"),
        ({"q": "a " * 50}, "too long"),
    ],
)
def test_what_does_not_exist_is_a_sentence_and_is_left_out(given: dict[str, str], said: str) -> None:
    search, problems = read_search(given)
    assert len(problems) == 1
    assert said in problems[0]
    assert (search.status, search.sort, search.page) == ("", "-created", 1)
    assert len(search.q) <= 200


def test_a_brand_that_is_not_there_and_a_page_behind_the_last_are_said(engine: Engine) -> None:
    add_order(engine)
    found = look(engine, Search(brand="Nobody"))
    assert (found.hits, found.rows) == (0, [])
    assert "“Nobody” is known" in found.problems[0]
    found = look(engine, Search(page=7))
    assert (found.page, len(found.rows)) == (1, 1)
    assert found.problems == ("There is no page 7; this is the last one, page 1.",)


@pytest.mark.parametrize("status", statuses())
def test_every_status_finds_the_orders_that_it_names(engine: Engine, status: str) -> None:
    for state in State:
        add_order(engine, state.value, state=state.value)
    found = {r["state"] for r in look(engine, Search(status=status)).rows}
    expected = {
        "to_decide": {"awaiting_approval", "superseded"},
        "open_questions": set(),
        "in_progress": {"exporting", "held"},
        "exported": {"exported", "exported_elsewhere"},
        "not_exported": {s.value for s in State} - {"exporting", "held", "exported", "exported_elsewhere"},
    }
    assert found == expected.get(status, {status})


def test_every_state_has_its_place_in_the_order_of_statuses() -> None:
    assert sorted(order_list.order_list.BY_STATUS) == sorted(State)


def test_orders_of_accounts_that_a_visitor_may_not_see_are_neither_shown_nor_counted(engine: Engine) -> None:
    add_order(engine, "o-1")
    add_order(engine, "o-2", account="west", brand="Birch")
    found = look(engine, Search(), lambda account: account == "west")
    assert ([r["order_id"] for r in found.rows], found.hits) == (["o-2"], 1)
    assert (found.brands, found.accounts) == (("Birch",), ("west",))
    hidden = look(engine, Search(account="main"), lambda account: account == "west")
    assert (hidden.hits, len(hidden.problems)) == (0, 1)
    assert not look(engine, Search(), lambda account: False).known


def test_an_order_without_open_questions_can_be_approved_as_it_stands(engine: Engine) -> None:
    add_order(engine, "o-1")
    add_order(engine, "o-2")
    add_order(engine, "o-3")
    add_report(engine, "o-1")
    add_report(engine, "o-2", twins=True)
    assert (row(engine, "o-1")["approvable"], row(engine, "o-1")["open_questions"]) == (True, 0)
    assert (row(engine, "o-2")["approvable"], row(engine, "o-2")["open_questions"]) == (False, 1)
    assert (row(engine, "o-3")["approvable"], row(engine, "o-3")["match"]) == (False, None)
    assert row(engine, "o-1")["match"] == {"lines": 2, "confirmed": 0, "upc_match": 1, "new_item": 1}


@pytest.mark.parametrize("state", list(State))
def test_only_orders_that_wait_for_their_first_decision_can_be_approved_with_others(
    engine: Engine, state: State
) -> None:
    add_order(engine)
    add_report(engine)
    orders.change(engine, "o-1", state=state.value)
    assert row(engine)["approvable"] is (state is State.AWAITING_APPROVAL)


def test_an_order_that_was_rejected_and_matched_again_without_a_change_is_not_approved_with_others(
    engine: Engine,
) -> None:
    add_order(engine)
    approval_id = approvals.record(engine, add_report(engine), "reject", decided_by="Mia", comment="no")
    with writing(engine) as connection:
        approvals.give_verdict(connection, approval_id, "o-1", True, "")
    found = row(engine)
    assert (found["state"], found["pending"], found["approvable"]) == ("awaiting_approval", False, False)


def test_an_order_with_a_decision_that_nobody_judged_yet_is_not_offered_again(engine: Engine) -> None:
    add_order(engine)
    approval_id = approvals.record(engine, add_report(engine), "approve", decided_by="Mia")
    found = row(engine)
    assert (found["approvable"], found["pending_approval"], found["seen"]) == (False, True, approval_id)
    assert look(engine, Search(status="to_decide")).hits == 0
    with writing(engine) as connection:
        approvals.give_verdict(connection, approval_id, "o-1", False, "it names no shop")
    found = row(engine)
    assert (found["approvable"], found["pending"], found["seen"]) == (True, False, approval_id)
