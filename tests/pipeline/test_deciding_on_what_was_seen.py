"""A page decides on what it showed: a report that changed meanwhile, or somebody else's decision, stops it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.databases import rows
from support.orders import item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.config import BrandsFile
from nuorder_pos.pipeline import decide, read
from nuorder_pos.store import approvals

RAW = order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)}))


@pytest.fixture
def shown(retail: Retail) -> str:
    """An order that waits; gives the hash of the report that a page would show."""
    retail.given(RAW, shop_floor=pos([item(7, upc(1))]))
    retail.discover()
    report_hash: str = retail.match("1001")["report_hash"]
    return report_hash


def approve(retail: Retail, by: str, expected_hash: str, seen: int) -> int:
    """What the page does with the button Export."""
    brands = BrandsFile(accounts={"main": retail.account})
    done = decide.approve(
        retail.engine, brands, retail.id("1001"), shop=None, lines={}, answers={}, by=by, expected_hash=expected_hash,
        seen=seen,
    )  # fmt: skip
    return int(done["approval_id"])


def recorded(retail: Retail) -> list[str]:
    """Who decided, oldest first."""
    return [
        str(row["decided_by"])
        for row in rows(retail.engine, "SELECT decided_by FROM approval ORDER BY approval_id")
    ]


def test_what_was_shown_and_still_stands_is_recorded(retail: Retail, shown: str) -> None:
    approve(retail, "mia", shown, 0)
    assert recorded(retail) == ["mia"]
    assert retail.look("1001").kind == "go"


def test_the_second_of_two_is_told_who_was_first(retail: Retail, shown: str) -> None:
    approve(retail, "mia", shown, 0)
    with pytest.raises(decide.DecidedMeanwhile, match=r"^mia approved this order at \d\d:\d\d UTC"):
        approve(retail, "ann", shown, 0)
    with pytest.raises(decide.DecidedMeanwhile, match="^mia approved"):
        decide.reject(retail.engine, retail.id("1001"), reason="no", by="ann", expected_hash=shown, seen=0)
    assert recorded(retail) == ["mia"]


def test_who_has_seen_the_first_decision_may_decide_again(retail: Retail, shown: str) -> None:
    first = approve(retail, "mia", shown, 0)
    assert approvals.newest(retail.engine, retail.id("1001")) == first
    decide.reject(
        retail.engine, retail.id("1001"), reason="too many", by="ann", expected_hash=shown, seen=first
    )
    assert recorded(retail) == ["mia", "ann"]


def test_a_page_of_an_earlier_report_records_nothing(retail: Retail, shown: str) -> None:
    retail.given(order("1001", line(sizes={"M": 3}, upcs={"M": upc(1)})), shop_floor=pos([item(7, upc(1))]))
    retail.match("1001")
    with pytest.raises(decide.NewReport, match="changed since this page was made, so nothing was recorded"):
        approve(retail, "mia", shown, 0)
    with pytest.raises(decide.NewReport):
        decide.reject(retail.engine, retail.id("1001"), reason="no", by="mia", expected_hash=shown, seen=0)
    assert recorded(retail) == []


def test_of_eight_who_decide_at_the_same_moment_one_is_recorded(retail: Retail, shown: str) -> None:
    def one(name: str) -> str:
        try:
            approve(retail, name, shown, 0)
        except decide.DecidedMeanwhile as told:
            return str(told).split(maxsplit=1)[0]
        return name

    names = [f"buyer{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as people:
        told = list(people.map(one, names))
    (winner,) = recorded(retail)
    assert set(told) == {winner}


def test_who_asked_for_a_new_match_stands_in_the_history(retail: Retail, shown: str) -> None:
    decide.rematch(retail.engine, retail.id("1001"), by="mia")
    history = read.runbook(retail.engine, retail.id("1001"))["history"]
    assert history[-1]["reason"] == "mia asked for a new match."
    assert history[-1]["state"] == "awaiting_approval"
