"""A purchase order that is in the POS already is found, never doubled."""

from __future__ import annotations

from typing import Any

import pytest
from support.orders import ACME, Json, item, line, object_id, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant

OURS = object_id("order", "1001")
RAW = order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)}))


def by_hand(order_id: int = 50, **fields: Any) -> Json:
    """A purchase order that a person, or Lightspeed's own link, made."""
    lines = [{"itemID": 7, "quantity": 2, "price": "10", "originalPrice": "10"}]
    return {"orderID": order_id, "vendorID": 1, "shopID": 1, "OrderLines": {"OrderLine": lines}} | fields


def ready(retail: Retail, *there: Json) -> None:
    retail.given(
        RAW,
        shop_floor=pos(
            [item(7, upc(1))], vendors=[ACME, {"vendorID": 2, "name": "Other"}], orders=list(there)
        ),
    )
    retail.approved("1001")


CERTAIN: dict[str, Json] = {
    "by our reference": by_hand(refNum=OURS),
    "by the id that Lightspeed's own link writes": by_hand(b2bOrderUID=OURS),
    "by the order number in the notes": by_hand(Note={"note": "NuORDER 1001, keyed by hand"}),
    "by the order number in the stock instructions": by_hand(stockInstructions="from NuORDER #1001."),
}


@pytest.mark.parametrize("how", CERTAIN)
def test_a_purchase_order_that_is_there_is_taken_for_the_export(retail: Retail, how: str) -> None:
    ready(retail, CERTAIN[how])
    assert retail.export("1001").po_id == "50"
    row = retail.row("1001")
    assert (row["state"], row["export_status"], row["po_id"]) == ("exported_elsewhere", "exported", "50")
    assert "id=50" in row["po_url"]
    assert len(retail.purchase_orders()) == 1
    assert retail.written() == []


DOUBTFUL: dict[str, list[Json]] = {
    "two of them": [by_hand(50, b2bOrderUID=OURS), by_hand(51, Note={"note": "order 1001"})],
    "two with our reference": [by_hand(50, refNum=OURS), by_hand(51, refNum=OURS)],
    "one that is archived": [by_hand(50, refNum=OURS, archived=True)],
    "one that is archived, by its notes": [by_hand(50, archived=True, Note={"note": "NuORDER 1001"})],
}


@pytest.mark.parametrize("what", DOUBTFUL)
def test_a_doubtful_find_is_a_question_and_nothing_is_written(retail: Retail, what: str) -> None:
    ready(retail, *DOUBTFUL[what])
    with pytest.raises(NeedsMerchant, match="#50"):
        retail.export("1001")
    row = retail.row("1001")
    assert row["export_status"] == "not_exported"
    assert "may be this order already" in row["reason"]
    assert retail.written() == []


def test_the_question_can_be_answered_and_then_the_order_is_exported(retail: Retail) -> None:
    ready(retail, by_hand(50, refNum="", archived=True, Note={"note": "NuORDER 1001"}))
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    retail.approve("1001", answers={"maybe_exported": "export"})
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert len(retail.purchase_orders("1001")) == 1
    assert retail.row("1001")["state"] == "exported"


OTHERS: dict[str, Json] = {
    "another order's number that holds ours": by_hand(Note={"note": "NuORDER 11001"}),
    "a part of a split of ours": by_hand(Note={"note": "NuORDER 1001-2"}),
    "another vendor's purchase order": by_hand(vendorID=2, Note={"note": "invoice 1001"}),
    "our own export of another order that mentions ours": by_hand(
        refNum=object_id("order", "999"), Note={"note": "replaces 1001"}
    ),
    "an empty reference": by_hand(refNum=""),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_not_this_order_is_left_alone(retail: Retail, what: str) -> None:
    ready(retail, OTHERS[what])
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"
    assert len(retail.purchase_orders()) == 2


def test_a_number_too_short_to_mean_only_this_order_is_doubtful(retail: Retail) -> None:
    raw = order("77", line(sizes={"M": 2}, upcs={"M": upc(1)}))
    there = by_hand(Note={"note": "77 boxes"})
    retail.given(raw, shop_floor=pos([item(7, upc(1))], orders=[there]))
    retail.approved("77")
    with pytest.raises(NeedsMerchant, match="#50"):
        retail.export("77")


def test_our_own_purchase_order_with_a_journaled_intent_is_gone_on_with(retail: Retail) -> None:
    ready(retail)
    retail.configure(waiting_time=0)
    retail.sandbox.fault(method="POST", path=r"/223344/Order\.json$", action="drop_after_apply")
    retail.export_until_done("1001")
    assert retail.row("1001")["state"] == "exported"
    assert len(retail.purchase_orders("1001")) == 1


def test_where_the_pos_ignores_the_filter_on_the_reference_no_other_order_is_taken_for_ours(
    retail: Retail,
) -> None:
    retail.given(
        RAW, shop_floor=pos([item(7, upc(1))], orders=[by_hand(refNum="GG-88")]), refnum_filter="ignored"
    )
    retail.configure(waiting_time=0)
    retail.approved("1001")
    retail.sandbox.fault(method="POST", path=r"/223344/Order\.json$", action="drop_after_apply")
    retail.export_until_done("1001")
    assert retail.row("1001")["state"] == "exported"
    assert len(retail.purchase_orders()) == 2
