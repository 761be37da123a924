"""What may be taken back, and what only a person may judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from support.orders import line, order, upc
from support.values import plan, pos_item, report

from nuorder_pos.domain.pos import PoLine, PurchaseOrder
from nuorder_pos.domain.surplus import Sent, surplus_lines, surplus_orders

RAW = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
PLAN = plan(report(RAW, pos_item("7", upc(1)), pos_item("8", upc(2))))
ITEMS = {one.step: str(one.item) for one in PLAN.lines}
FIRST, SECOND = (one.step for one in PLAN.lines)
RESULTS = {FIRST: "1", SECOND: "2"}
RECEIVING = datetime(2026, 5, 1, tzinfo=UTC)


def po_line(line_id: str, item: str, quantity: int) -> PoLine:
    return PoLine(line_id, "30", item, quantity, Decimal(10))


LINES = (po_line("1", "7", 2), po_line("2", "8", 3))
PO = PurchaseOrder(order_id="30", ref_num=PLAN.order_id, total_quantity=5, lines=LINES)
EMPTY = PurchaseOrder(order_id="29", ref_num=PLAN.order_id, total_quantity=0)


def lines_too_many(*more: PoLine, sent: dict[str, Sent] | None = None, **changes: Any) -> list[str]:
    po = replace(PO, lines=(*LINES, *more), **changes)
    twice = {FIRST: Sent(most=1)} if sent is None else sent
    found, unclear = surplus_lines(PLAN, ITEMS, RESULTS, po, twice)
    return [*(one.record_id for one in found), *("unclear" for _ in unclear)]


def test_an_empty_purchase_order_beside_ours_is_taken_back_where_its_creation_was_sent_twice() -> None:
    (found,), unclear = surplus_orders(PO, [PO, EMPTY], Sent(most=1))
    assert (found.kind, found.record_id, found.step, unclear) == ("remove_order", "29", "po", [])
    assert "#29" in found.words
    assert "#30" in found.words


def test_one_that_no_attempt_of_ours_accounts_for_is_for_a_person() -> None:
    assert surplus_orders(PO, [PO, EMPTY], Sent()) == ([], [EMPTY])


def test_of_two_only_the_one_that_is_known_to_be_ours_is_taken_back() -> None:
    other = replace(EMPTY, order_id="31")
    found, unclear = surplus_orders(PO, [PO, EMPTY, other], Sent(most=1, known=("31",)))
    assert [one.record_id for one in found] == ["31"]
    assert unclear == [EMPTY]


def test_a_purchase_order_with_lines_or_one_that_is_being_received_is_for_a_person() -> None:
    for other in (
        replace(EMPTY, lines=(po_line("9", "7", 2),)),
        replace(EMPTY, total_quantity=4),
        replace(EMPTY, received=RECEIVING),
        replace(EMPTY, complete=True),
    ):
        assert surplus_orders(PO, [PO, other], Sent(most=1)) == ([], [other])


def test_an_archived_one_is_nobodys_business_any_more() -> None:
    assert surplus_orders(PO, [PO, replace(EMPTY, archived=True)], Sent(most=1)) == ([], [])


def test_a_line_that_was_sent_twice_and_is_there_twice_is_taken_back_once() -> None:
    assert lines_too_many(po_line("3", "7", 2)) == ["3"]


def test_the_line_that_counts_stays_also_where_it_is_the_later_one() -> None:
    po = replace(PO, lines=(po_line("0", "7", 2), *LINES))
    (found,), _ = surplus_lines(PLAN, ITEMS, RESULTS, po, {FIRST: Sent(most=1)})
    assert (found.record_id, found.step) == ("0", FIRST)
    assert "#1" in found.words


def test_a_line_that_no_attempt_of_ours_accounts_for_stays() -> None:
    assert lines_too_many(po_line("3", "8", 3)) == []
    assert lines_too_many(po_line("3", "7", 2), sent={}) == []
    assert lines_too_many(po_line("3", "7", 40)) == []


def test_more_lines_than_attempts_are_for_a_person() -> None:
    assert lines_too_many(po_line("3", "7", 2), po_line("4", "7", 2)) == ["unclear"]


def test_the_line_that_is_known_to_be_one_too_many_goes_first() -> None:
    sent = {FIRST: Sent(most=1, known=("4",))}
    assert lines_too_many(po_line("4", "7", 2), sent=sent) == ["4"]


def test_nothing_is_taken_from_a_purchase_order_that_is_being_received_but_a_person_is_asked() -> None:
    assert lines_too_many(po_line("3", "7", 2), received=RECEIVING) == ["unclear"]
    assert lines_too_many(po_line("3", "7", 2), complete=True) == ["unclear"]
    assert lines_too_many(replace(po_line("3", "7", 2), received=1)) == ["unclear"]


def test_an_equal_line_that_came_after_ours_was_taken_back_is_somebody_elses() -> None:
    assert lines_too_many(po_line("3", "7", 2), sent={FIRST: Sent(most=0)}) == []
