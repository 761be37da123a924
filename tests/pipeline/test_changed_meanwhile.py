"""What people change in NuORDER and in the POS while an export is at work: between the plan, the check and the writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.meanwhile import Stopped, stopped_at
from support.orders import Json, item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Transient
from nuorder_pos.pipeline import decide

RAW = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
KNOWN = (item(7, upc(1), description="Trail Tee Red S"), item(8, upc(2)))
PLANNED = [(7, 2), (8, 3)]
HEAD, LINE = r"/Order\.json$", r"/OrderLine\.json$"
BEFORE_THE_HEAD, BEFORE_THE_SECOND_LINE = (HEAD, 1), (LINE, 2)
MOMENTS = {"before the purchase order": BEFORE_THE_HEAD, "before its second line": BEFORE_THE_SECOND_LINE}
moments = pytest.mark.parametrize("moment", MOMENTS)


def ready(retail: Retail, shop_floor: Json | None = None) -> None:
    retail.given(RAW, shop_floor=pos(KNOWN) if shop_floor is None else shop_floor)
    retail.configure(waiting_time=0)
    retail.approved("1001")


def standing(retail: Retail, moment: str) -> Any:
    """The export, standing right before one of its writes: what it had to check is checked."""
    path, nth = MOMENTS[moment]
    return stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()), "POST", path, nth=nth, when="before"
    )


def lines_of(purchase_order: Json) -> list[tuple[int, int]]:
    return [(one["itemID"], one["quantity"]) for one in purchase_order["lines"]]


def live(retail: Retail) -> list[Json]:
    return [po for po in retail.purchase_orders() if not po["archived"]]


def next_run(retail: Retail, name: str) -> None:
    """What the DAG does with an order that somebody asked to be tried again."""
    if "1001" in retail.discover(name):
        retail.match("1001")
        assert retail.look("1001").kind == "go", retail.row("1001")["reason"]
        retail.export("1001", f"worker of {name}")
        retail.release("1001", name)


def asks_again(retail: Retail, run: str = "again") -> None:
    retail.release("1001", "run-for-1001")
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    next_run(retail, run)


# ---- somebody exports by hand ----


def keyed_by_hand(retail: Retail, **marks: str) -> int:
    """A person keys the same goods as a purchase order; gives its id."""
    record = {"vendorID": 1, "shopID": 1, **marks}
    made = retail.sandbox.do("pos", "create", type="Order", record=record)["Order"]
    for item_id, quantity in PLANNED:
        goods = {"orderID": made["orderID"], "itemID": item_id, "quantity": quantity, "price": "10"}
        retail.sandbox.do("pos", "create", type="OrderLine", record=goods)
    order_id: int = made["orderID"]
    return order_id


MARKS: dict[str, Callable[[Retail], dict[str, str]]] = {
    "with the id of Lightspeed's own link": lambda retail: {"b2bOrderUID": retail.id("1001")},
    "with the number in its instructions": lambda _: {"stockInstructions": "from NuORDER 1001"},
}
marked = pytest.mark.parametrize("how", MARKS)


@marked
@moments
def test_a_purchase_order_keyed_by_hand_after_our_check_holds_the_order_and_both_are_named(
    retail: Retail, moment: str, how: str
) -> None:
    ready(retail)
    with standing(retail, moment) as export:
        theirs = keyed_by_hand(retail, **MARKS[how](retail))
        told = export.go_on()
    assert isinstance(told, NeedsMerchant)
    ours = retail.the_purchase_order("1001")["orderID"]
    row = retail.row("1001")
    assert row["state"] == "held"
    assert f"#{ours}" in row["reason"]
    assert f"#{theirs}" in row["reason"]
    assert "rchive" in row["reason"], "it says what to do"


@marked
def test_once_the_one_keyed_by_hand_is_archived_ours_is_exported(retail: Retail, how: str) -> None:
    ready(retail)
    with standing(retail, "before the purchase order"):
        theirs = keyed_by_hand(retail, **MARKS[how](retail))
    retail.sandbox.do("pos", "delete", type="Order", id=theirs)
    asks_again(retail)
    assert retail.row("1001")["state"] == "exported"
    assert [lines_of(po) for po in live(retail)] == [PLANNED]


def test_a_purchase_order_keyed_by_hand_while_our_export_could_not_begin_its_own_is_seen(
    retail: Retail,
) -> None:
    """The vendor is made, then the POS is in trouble for a while, and somebody does not want to wait."""
    ready(retail, pos(KNOWN, vendors=[]))
    retail.sandbox.fault(method="POST", path=HEAD, action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    assert live(retail) == []
    theirs = keyed_by_hand(retail, b2bOrderUID=retail.id("1001"))
    retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["po_id"]) == ("exported_elsewhere", str(theirs))
    assert retail.purchase_orders("1001") == []


# ---- the brand edits or cancels ----


def brand_edits(retail: Retail) -> None:
    retail.sandbox.do(
        "nuorder", "edit_order", _id=retail.id("1001"), line=0, size="S", line_changes={"quantity": 9}
    )


def brand_sets(retail: Retail, status: str) -> None:
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status=status)


@moments
def test_an_edit_while_the_export_is_at_work_leaves_the_approved_version_and_is_said(
    retail: Retail, moment: str
) -> None:
    ready(retail)
    with standing(retail, moment):
        brand_edits(retail)
    assert [lines_of(po) for po in live(retail)] == [PLANNED]
    row = retail.row("1001")
    assert row["state"] == "exported"
    assert "edited the order in NuORDER" in row["reason"]


def test_an_edit_after_the_order_was_read_for_its_plan_is_said_as_well(retail: Retail) -> None:
    ready(retail)
    with stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()),
        "GET",
        rf"/order/{retail.id('1001')}",
        when="after",
    ):
        brand_edits(retail)
    assert [lines_of(po) for po in live(retail)] == [PLANNED]
    assert "edited the order in NuORDER" in retail.row("1001")["reason"]


def test_an_edit_before_the_order_is_read_for_its_plan_supersedes_the_approval(retail: Retail) -> None:
    ready(retail)
    with stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()), "GET", rf"/order/{retail.id('1001')}"
    ):
        brand_edits(retail)
    assert retail.written() == []
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("superseded", "not_exported")
    assert "a new report waits" in row["reason"]


@moments
def test_a_cancellation_while_the_export_is_at_work_holds_it_and_says_what_to_do(
    retail: Retail, moment: str
) -> None:
    ready(retail)
    with standing(retail, moment) as export:
        brand_sets(retail, "cancelled")
        told = export.go_on()
    assert isinstance(told, NeedsMerchant)
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("held", "in_progress")
    assert "cancelled the order in NuORDER" in row["reason"]
    assert "archive the purchase order there, then reject the order" in row["reason"]
    assert len(live(retail)) == 1


def test_a_cancelled_export_is_given_up_as_its_reason_says(retail: Retail) -> None:
    ready(retail)
    with standing(retail, "before its second line"):
        brand_sets(retail, "cancelled")
    retail.sandbox.do("pos", "delete", type="Order", id=retail.the_purchase_order("1001")["orderID"])
    decide.reject(retail.engine, retail.id("1001"), reason="cancelled by the brand", by="Mia")
    retail.look("1001")
    assert retail.row("1001")["state"] == "rejected"
    sent = len(retail.written())
    retail.release("1001", "run-for-1001")
    retail.discover("later")
    assert (live(retail), len(retail.written())) == ([], sent)


def test_a_cancellation_that_the_brand_takes_back_lets_the_export_finish(retail: Retail) -> None:
    ready(retail)
    with standing(retail, "before its second line"):
        brand_sets(retail, "cancelled")
    brand_sets(retail, "approved")
    asks_again(retail)
    assert retail.row("1001")["state"] == "exported"
    assert [lines_of(po) for po in live(retail)] == [PLANNED]


# ---- an item of the order is archived or merged ----


def archived(retail: Retail) -> None:
    retail.sandbox.do("pos", "archive_item", itemID=8)


def merged_away(retail: Retail) -> None:
    retail.sandbox.do("pos", "merge_items", winner=7, loser=8)


def merged_and_gone(retail: Retail) -> None:
    retail.sandbox.do("pos", "merge_items", winner=7, loser=8, loser_is="gone")


GOES = {"archived": archived, "merged into another": merged_away, "merged, and gone": merged_and_gone}


@pytest.mark.parametrize("what", ["merged into another", "merged, and gone"])
def test_an_item_that_goes_before_the_plan_supersedes_the_approval_and_nothing_is_written(
    retail: Retail, what: str
) -> None:
    ready(retail)
    GOES[what](retail)
    with pytest.raises(NeedsMerchant, match="changed after it was approved"):
        retail.export("1001")
    assert retail.written() == []
    assert retail.row("1001")["state"] == "superseded"


@pytest.mark.parametrize(
    "what, moment",
    [
        ("archived", "before the purchase order"),
        ("archived", "before its second line"),
        ("merged into another", "before its second line"),
        ("merged, and gone", "before the purchase order"),
    ],
)
def test_an_item_that_goes_between_the_plan_and_its_line_is_said_and_never_silently_ordered(
    retail: Retail, what: str, moment: str
) -> None:
    ready(retail)
    with standing(retail, moment) as export:
        GOES[what](retail)
        told = export.go_on()
    assert isinstance(told, NeedsMerchant)
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("held", "in_progress")
    assert "8" in row["reason"] or "Trail Tee Red M" in row["reason"], "it names the item"
    assert len(live(retail)) == 1


def test_an_item_that_is_brought_back_lets_the_export_finish_with_each_line_once(retail: Retail) -> None:
    ready(retail)
    with standing(retail, "before its second line"):
        archived(retail)
    retail.sandbox.do("pos", "unarchive_item", itemID=8)
    asks_again(retail)
    assert retail.row("1001")["state"] == "exported"
    assert [lines_of(po) for po in live(retail)] == [PLANNED]


def test_an_item_that_is_merged_after_its_line_was_written_holds_the_order_with_the_difference(
    retail: Retail,
) -> None:
    ready(retail)
    with stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()), "POST", LINE, nth=2, when="after"
    ) as export:
        merged_away(retail)
        told = export.go_on()
    assert isinstance(told, NeedsMerchant)
    row = retail.row("1001")
    assert row["state"] == "held"
    assert "item 7, 3 at 10" in row["reason"]
    assert "Correct it in the POS" in row["reason"]
    assert len(retail.written(LINE.removeprefix("/").replace(r"\.json$", ""))) == 2


# ---- a person touches the purchase order while it is written ----


def changes_line(retail: Retail) -> None:
    (first, *_) = retail.the_purchase_order("1001")["lines"]
    retail.sandbox.do("pos", "update", type="OrderLine", id=first["orderLineID"], changes={"quantity": 4})


def removes_line(retail: Retail) -> None:
    (first, *_) = retail.the_purchase_order("1001")["lines"]
    retail.sandbox.do("pos", "delete_line", orderLineID=first["orderLineID"])


def archives_it(retail: Retail) -> None:
    retail.sandbox.do("pos", "delete", type="Order", id=retail.the_purchase_order("1001")["orderID"])


@pytest.mark.parametrize("act", [changes_line, removes_line, archives_it])
def test_a_purchase_order_that_a_person_changes_while_it_is_written_is_held_with_the_difference(
    retail: Retail, act: Callable[[Retail], None]
) -> None:
    ready(retail)
    with standing(retail, "before its second line") as export:
        act(retail)
        told = export.go_on()
    assert isinstance(told, NuorderPosError)
    row = retail.row("1001")
    assert row["state"] == "held"
    assert f"#{retail.the_purchase_order('1001')['orderID']}" in row["reason"]
    assert len(retail.purchase_orders("1001")) == 1


def test_a_stop_is_really_in_the_middle(retail: Retail) -> None:
    """The tests above rest on it: what was to be written before stands in the POS, what comes after does not."""
    ready(retail)
    export: Stopped
    with standing(retail, "before its second line") as export:
        assert [lines_of(po) for po in live(retail)] == [PLANNED[:1]]
        assert export.outcome is None
    assert [lines_of(po) for po in live(retail)] == [PLANNED]
