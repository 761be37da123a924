"""What an export may rest on at the moment of its first write, and what no decision changes any more."""

from __future__ import annotations

import pytest
from support.databases import execute, rows
from support.orders import Json, item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline import decide, report

LINES = line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)})
MORE = line(sizes={"S": 2, "M": 5}, upcs={"S": upc(1), "M": upc(2)})
RAW = order("1001", LINES)
KNOWN = [item(7, upc(1)), item(8, upc(2))]


@pytest.fixture
def database_kind() -> str:
    """One database is enough: these guards are none of its business."""
    return "sqlite"


def brand_sets(retail: Retail, *lines: Json, total: int) -> None:
    changes = {"line_items": list(lines), "total": total}
    retail.sandbox.do("nuorder", "edit_order", _id=retail.id("1001"), changes=changes)


def exported_by_hand(retail: Retail) -> None:
    """A person was faster: the order's own purchase order is number 50."""
    by_hand = {"orderID": 50, "vendorID": 1, "shopID": 1, "b2bOrderUID": retail.id("1001")}
    retail.given(RAW, shop_floor=pos(KNOWN, orders=[by_hand]))
    retail.approved("1001")
    assert retail.export("1001").po_id == "50"


def test_a_rejection_that_nobody_has_judged_yet_stops_the_export(retail: Retail) -> None:
    """Recorded while the export was tried again and again: no sensor looks at the order then."""
    retail.given(RAW, shop_floor=pos(KNOWN))
    retail.approved("1001")
    decide.reject(retail.engine, retail.id("1001"), reason="too late", by="Mia")
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert retail.written() == []


def test_an_approval_of_an_earlier_report_does_not_export_the_present_one(retail: Retail) -> None:
    """Approved, edited, then for a while so broken that it failed: the state says nothing of a report that waits."""
    retail.given(RAW, shop_floor=pos(KNOWN))
    retail.approved("1001")
    brand_sets(retail, MORE, total=70)
    retail.match("1001")
    assert retail.row("1001")["state"] == "superseded"
    brand_sets(retail, total=0)
    with pytest.raises(NeedsMerchant, match="no lines"):
        report.make_report(retail.work, retail.id("1001"))
    assert retail.row("1001")["state"] == "failed"
    brand_sets(retail, MORE, total=70)
    with pytest.raises(NeedsMerchant, match="an earlier report"):
        retail.export("1001")
    assert retail.written() == []


def test_a_repeated_export_of_an_order_that_a_person_exported_gives_that_purchase_order(
    retail: Retail,
) -> None:
    exported_by_hand(retail)
    assert retail.export("1001", holder="cleared").po_id == "50"
    assert retail.row("1001")["state"] == "exported_elsewhere"
    assert retail.written() == []


def test_a_rejection_of_an_order_that_a_person_exported_changes_nothing(retail: Retail) -> None:
    exported_by_hand(retail)
    execute(
        retail.engine, "INSERT INTO approval (report_hash, decision, decided_by) VALUES (:h, 'reject', 'erp')",
        h=retail.row("1001")["report_hash"],
    )  # fmt: skip
    retail.discover("the next run")
    (last,) = rows(retail.engine, "SELECT counts FROM approval_verdict ORDER BY approval_id DESC LIMIT 1")
    assert not last["counts"]
    assert retail.row("1001")["state"] == "exported_elsewhere"
