"""The list of orders: filtered, sorted and counted by the database, the same on both."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import Place, execute, rows, upgrade_to
from support.orders import line, order, upc
from support.rows import add_order, add_report
from support.values import pos_item, report, stored

from nuorder_pos.store import approvals, migrate, order_list, orders, reports
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.order_list import Wanted


def ids(engine: Engine, *, offset: int = 0, limit: int = 50, **wanted: Any) -> list[str]:
    """The ids on a page, in their order."""
    values = {"accounts": ["main"], **wanted}
    return [r["order_id"] for r in order_list.page(engine, Wanted(**values), offset=offset, limit=limit).rows]


def test_the_newest_order_comes_first_and_older_ones_are_only_counted(engine: Engine) -> None:
    for number, day in enumerate((5, 9, 7), start=1):
        add_order(engine, f"o-{number}", created_on=datetime(2026, 3, day, tzinfo=UTC))
    add_order(engine, "o-4", listed_only=True, created_on=datetime(2020, 3, 1, tzinfo=UTC))
    add_order(engine, "o-5", created_on=None)
    found = order_list.page(engine, Wanted(["main"]), offset=0, limit=50)
    assert [row["order_id"] for row in found.rows] == ["o-2", "o-3", "o-1", "o-5"]
    assert (found.hits, found.hidden) == (4, 1)
    with_older = order_list.page(engine, Wanted(["main"], older=True), offset=0, limit=50)
    assert [row["order_id"] for row in with_older.rows] == ["o-2", "o-3", "o-1", "o-4", "o-5"]
    assert (with_older.hits, with_older.hidden) == (5, 0)


def test_only_orders_of_the_accounts_asked_for_are_found(engine: Engine) -> None:
    add_order(engine, "o-1")
    add_order(engine, "o-2", account="west", brand="Birch")
    assert ids(engine) == ["o-1"]
    assert ids(engine, accounts=["west"]) == ["o-2"]
    assert ids(engine, accounts=[]) == []
    assert set(ids(engine, accounts=["main", "west"])) == {"o-1", "o-2"}
    assert order_list.brands(engine) == [("main", "Acme Outdoor"), ("west", "Birch")]


def test_pages_hold_every_order_once_also_where_all_sort_alike(engine: Engine) -> None:
    for number in range(23):
        add_order(engine, f"o-{number:02}", units=5)
    pages = [ids(engine, offset=start, limit=10, sort="units") for start in (0, 10, 20)]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert sorted(name for page in pages for name in page) == [f"o-{number:02}" for number in range(23)]
    behind = order_list.page(engine, Wanted(["main"], sort="units"), offset=990, limit=10)
    assert (behind.offset, [row["order_id"] for row in behind.rows]) == (20, pages[2])


@pytest.mark.parametrize(
    "sort, values",
    [
        ("total", [Decimal("9.50"), Decimal(100), Decimal("100.10"), Decimal(20000)]),
        ("units", [2, 9, 10, 100]),
        ("brand", ["acme", "Birch", "corner", "Dune"]),
        ("order", ["1000", "1001", "1001-1", "A7"]),
        ("customer_po", ["FALL-1", "FALL-2", "P1", "P2"]),
        ("ship", [date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1), date(2027, 1, 1)]),
        ("status", ["awaiting_approval", "failed", "exporting", "exported"]),
    ],
)
def test_every_column_sorts_both_ways_and_nothing_comes_last(
    engine: Engine, sort: str, values: list[Any]
) -> None:
    column = {"order": "order_number", "ship": "ship_start", "status": "state"}.get(sort, sort)
    for place in (2, 0, 3, 1):
        add_order(engine, f"o-{place}", **{column: values[place]})
    empty: list[str] = []
    if sort in ("total", "units", "ship"):
        add_order(engine, "none", **{column: None})
        empty = ["none"]
    if sort == "customer_po":
        add_order(engine, "none", customer_po="")
        empty = ["none"]
    assert ids(engine, sort=sort, descending=False) == ["o-0", "o-1", "o-2", "o-3", *empty]
    assert ids(engine, sort=sort, descending=True) == ["o-3", "o-2", "o-1", "o-0", *empty]


def test_text_is_found_in_number_customer_po_and_brand_in_any_case_also_beyond_ascii(engine: Engine) -> None:
    add_order(engine, "o-1", order_number="W-77", customer_po="FALL-2", brand="Kōyō Denim")
    add_order(engine, "o-2", order_number="104501", customer_po="", brand="NØRDLYS & SØN")
    assert ids(engine, words=["w-7"]) == ["o-1"]
    assert ids(engine, words=["fall"]) == ["o-1"]
    assert ids(engine, words=["nørdlys"]) == ["o-2"]
    assert ids(engine, words=["KŌYŌ", "fall"]) == ["o-1"]
    assert ids(engine, words=["kōyō", "104501"]) == []


@pytest.mark.parametrize("word", ["%", "_", "\\", "50%", "a_b", "c\\d", "'", '"', "--", ";"])
def test_signs_of_the_database_are_text_like_any_other(engine: Engine, word: str) -> None:
    add_order(engine, "plain", order_number="50 axb cd")
    add_order(engine, "o-1", order_number=f"x{word}y")
    assert ids(engine, words=[word]) == ["o-1"]


def test_orders_of_a_run_are_those_that_it_was_the_last_to_take(engine: Engine) -> None:
    for name in ("o-1", "o-2"):
        add_order(engine, name)
    orders.claim(engine, ["o-1"], "dag", "run-1", {})
    orders.release(engine, "o-1", "dag", "run-1")
    assert ids(engine, run=("dag", "run-1")) == ["o-1"]
    assert ids(engine, run=("another", "run-1")) == []
    assert ids(engine, run=("dag", "run-2")) == []


def test_open_questions_and_decisions_nobody_judged_can_be_asked_for(engine: Engine) -> None:
    for name in ("clean", "asks", "answered"):
        add_order(engine, name)
    add_report(engine, "clean")
    add_report(engine, "asks", twins=True)
    approvals.record(engine, add_report(engine, "answered", twins=True), "approve", decided_by="Mia")
    waiting = {"states": ["awaiting_approval"]}
    assert set(ids(engine, **waiting)) == {"clean", "asks", "answered"}
    assert set(ids(engine, **waiting, undecided=True)) == {"clean", "asks"}
    assert ids(engine, **waiting, open_questions=True) == ["asks"]


def test_a_decision_that_does_not_count_leaves_the_order_among_those_to_decide(engine: Engine) -> None:
    add_order(engine)
    approval_id = approvals.record(engine, add_report(engine, twins=True), "approve", decided_by="Mia")
    with writing(engine) as connection:
        approvals.give_verdict(connection, approval_id, "o-1", False, "questions are open: duplicate_upc")
    assert ids(engine, undecided=True) == ["o-1"]
    assert ids(engine, open_questions=True) == ["o-1"]
    found = order_list.newest_decisions(engine, ["o-1", "o-2"])
    assert found.keys() == {"o-1"}
    assert (found["o-1"]["approval_id"], found["o-1"]["counts"]) == (approval_id, False)


TWINS = order("1001", line(sizes={"S": 2}, upcs={"S": upc(1)})) | {"_id": "o-1"}


def twins_body() -> dict[str, Any]:
    """A report with one question, on its line 1."""
    body = stored(report(TWINS, pos_item("7", upc(1)), pos_item("9", upc(1))))
    assert [q["line"] for q in body["questions"]] == ["1"]
    return body


@pytest.mark.parametrize("carried, still_open", [({}, 1), ({"lines": {"1": "9"}, "answers": {}}, 0)])
def test_questions_that_carried_over_decisions_settle_are_not_open(
    engine: Engine, carried: dict[str, Any], still_open: int
) -> None:
    body = twins_body()
    add_order(engine)
    with writing(engine) as connection:
        reports.add_report(connection, body, 1, carried, [])
        orders.change_in(
            connection, "o-1", report_hash=body["report_hash"], state="superseded", reason="changed"
        )
    found = order_list.summaries(engine, [body["report_hash"]])[body["report_hash"]]
    assert (found["open_questions"], found["upc_match"], found["lines"]) == (still_open, 1, 1)
    assert ids(engine, open_questions=True) == (["o-1"] if still_open else [])


def test_an_upgrade_counts_the_open_questions_of_reports_that_are_there(
    databases: Place, database_kind: str
) -> None:
    engine = databases.bare(database_kind)
    upgrade_to(engine, "0004")
    columns = "report_hash, order_id, snapshot_id, built_at, lines, units, goods, confirmed, upc_match, new_item, questions"
    execute(
        engine,
        f"INSERT INTO match_report ({columns}, body)"
        " VALUES ('h', 'o-1', 1, CURRENT_TIMESTAMP, 1, 1, 1, 0, 1, 0, 1, :body)",
        body=json.dumps(twins_body()),
    )
    migrate.upgrade(engine)
    assert rows(engine, "SELECT open_questions FROM match_report") == [{"open_questions": 1}]
    engine.dispose()


def test_a_page_costs_few_queries_however_many_orders_there_are(engine: Engine) -> None:
    for number in range(120):
        add_order(engine, f"o-{number:03}")
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(ids(engine, words=["o-"])) == 50
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "SELECT" in statement]) == 2
