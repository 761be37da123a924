"""Records that two orders need: what an order inherits from one that made, or may have made, one before it."""

from __future__ import annotations

import pytest
from support.meanwhile import stopped_at
from support.orders import line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.verify import verify

LATE = 100.0
LASTING = {"access_token_seconds": 1_000_000}
"""The clock of the sandbox is moved: the token of a request that it carries out late is to be good still."""


@pytest.fixture
def database_kind() -> str:
    """One database is enough: these guards are none of its business."""
    return "sqlite"


def test_what_the_pos_makes_late_for_an_order_that_was_taken_over_holds_the_heir_with_both_named(
    retail: Retail,
) -> None:
    new = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}
    retail.given(
        order("1001", line(**new)), order("1002", line(**new)), shop_floor=pos(vendors=[]), **LASTING
    )
    retail.configure(waiting_time=0)
    retail.approved("1001", "1002")
    retail.sandbox.fault(method="POST", path=r"/Vendor\.json$", action="apply_late", seconds=LATE)
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    export(retail.work, retail.id("1002"), holder="heir")
    retail.sandbox._call("/_clock", {"advance": LATE + 1})
    vendors = [one["vendorID"] for one in retail.records("Vendor")]
    assert len(vendors) == 2
    with pytest.raises(NeedsMerchant, match="more than once") as told:
        verify(retail.work, retail.id("1002"), holder="heir")
    assert all(f"#{one}" in str(told.value) for one in vendors)
    assert retail.row("1002")["state"] == "held"


def test_an_item_whose_answer_another_order_lost_is_found_by_one_that_planned_it_as_well(
    retail: Retail,
) -> None:
    """The second order has planned it as new before the first one made it: no match of its own will find it."""
    shared = line("TEE", "Red", {"M": 2})
    retail.given(
        order("1001", shared), order("1002", line("CAP", "", {"default": 6}), shared), shop_floor=pos()
    )
    retail.configure(waiting_time=0)
    retail.approved("1001", "1002")
    retail.sandbox.fault(method="POST", path=r"/Item\.json$", action="drop_after_apply")
    with stopped_at(
        lambda: retail.export("1002", "second", retail.new_work()), "POST", r"/Item\.json$"
    ) as second:
        with pytest.raises(OutcomeUnknown):
            retail.export("1001", holder="first")
        second.go_on()
    retail.export("1001", holder="first")
    assert sorted(one["description"] for one in retail.records("Item")) == ["Trail Tee", "Trail Tee Red M"]
    assert [retail.row(number)["state"] for number in ("1001", "1002")] == ["exported", "exported"]
