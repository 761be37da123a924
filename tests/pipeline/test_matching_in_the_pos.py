"""Matching against the live POS: found wherever a code stands, and found again, the same, when it is exported."""

from __future__ import annotations

from typing import Any

import pytest
from support.orders import Json, line, order, pos, upc
from support.pos_side import Requests, by_size, candidates, codes, matrix, member, numbered
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline import decide, snapshots
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.report import matched
from nuorder_pos.store import reports

ONE = order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)}))
NO_CODE = order("1001", line(sizes={"M": 2}))


def scene(retail: Retail, raw: Json, *items: Json, others: tuple[Json, ...] = (), **sections: Any) -> Json:
    retail.given(raw, *others, shop_floor=pos(items, **sections))
    retail.discover()
    return retail.match("1001")


def again(retail: Retail, number: str = "1001") -> str:
    """The hash of the report as the export makes it once more."""
    row = row_of(retail.engine, retail.id(number))
    stored = reports.get_report(retail.engine, row["report_hash"])
    shot = snapshots.load(retail.engine, row["snapshot_id"])
    return matched(retail.work, retail.work.brand_of(row), shot.order, again=stored).report_hash


# ---- every place of a code ----

PLACES: dict[str, tuple[Json, str]] = {
    "custom SKU": ({"customSku": upc(1)}, "sku_match"),
    "manufacturer SKU": ({"manufacturerSku": "0" + upc(1)}, "sku_match"),
    "vendor ID": (numbered(upc(1)), "sku_match"),
    "EAN": ({"ean": upc(1)}, "ean_match"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_code_is_found_where_it_stands_and_still_there_when_it_is_exported(
    retail: Retail, place: str
) -> None:
    held, warning = PLACES[place]
    report = scene(retail, ONE, member(7, **held))
    (row,) = report["lines"]
    assert (row["status"], row["item_id"], report["questions"]) == ("upc_match", "7", [])
    assert warning in codes(row)
    assert place in row["why"]
    assert again(retail) == report["report_hash"]
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [7]


# ---- offered, and the same when it is exported ----


OFFERED: dict[str, Json] = {
    "by vendor ID": numbered("tee-red"),
    "by vendor ID, without manufacturer and vendor": {**numbered("tee-red"), "manufacturerID": 0, "defaultVendorID": 0},
    "by style number": {"manufacturerSku": "TEE"},
    "by style number, another vendor's number beside it": {
        "manufacturerSku": "TEE", "ItemVendorNums": {"ItemVendorNum": [{"value": "x", "vendorID": 2}]},
        "manufacturerID": 0, "defaultVendorID": 0,
    },
    "by description": {"description": "Trail Tee Red M"},
    "archived": {"manufacturerSku": "TEE", "archived": True},
}  # fmt: skip


@pytest.mark.parametrize("how", OFFERED)
def test_what_is_offered_is_not_taken_and_the_approval_of_a_new_item_stands(retail: Retail, how: str) -> None:
    vendors = [{"vendorID": 1, "name": "Acme Outdoor"}, {"vendorID": 2, "name": "Birch"}]
    report = scene(retail, NO_CODE, member(7, **OFFERED[how]), vendors=vendors)
    (row,) = report["lines"]
    assert (row["status"], candidates(row), report["questions"]) == ("new_item", ["7"], [])
    assert again(retail) == report["report_hash"]
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] != [7]


def test_another_brands_equal_style_number_is_not_offered(retail: Retail) -> None:
    makers = [{"manufacturerID": 1, "name": "Acme Outdoor"}, {"manufacturerID": 2, "name": "Birch"}]
    theirs = member(7, manufacturerSku="TEE", manufacturerID=2, defaultVendorID=0)
    (row,) = scene(retail, NO_CODE, theirs, manufacturers=makers)["lines"]
    assert (row["status"], candidates(row)) == ("new_item", [])


def test_the_case_of_an_article_in_packs_is_offered(retail: Retail) -> None:
    raw = order("1001", line(sizes={"M": 2}, upcs={"M": "012345678905"}))
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    (row,) = scene(retail, raw, member(7, "10012345678902"))["lines"]
    assert (row["status"], candidates(row)) == ("new_item", ["7"])


def test_an_offered_item_that_was_archived_after_it_was_chosen_is_not_quietly_unarchived(
    retail: Retail,
) -> None:
    scene(retail, NO_CODE, member(7, manufacturerSku="TEE"))
    retail.approve("1001", lines={"1": "7"})
    retail.look("1001")
    retail.sandbox.do("pos", "archive_item", itemID=7)
    with pytest.raises(NeedsMerchant, match="archived or gone"):
        retail.export("1001")
    assert retail.written() == []


def test_an_archived_item_that_was_shown_as_archived_is_unarchived(retail: Retail) -> None:
    scene(retail, NO_CODE, member(7, manufacturerSku="TEE", archived=True))
    retail.approve("1001", lines={"1": "7"})
    retail.look("1001")
    retail.export("1001")
    assert [one["itemID"] for one in retail.the_purchase_order("1001")["lines"]] == [7]


# ---- our own exports in between ----

SIMILAR = order("1002", line("TEE-2", "Red", {"M": 1}, upcs={"M": upc(9)}))


def waiting_beside(retail: Retail) -> None:
    """Order 1001 is approved; then order 1002 makes an item with the same name."""
    scene(retail, NO_CODE, others=(SIMILAR,))
    retail.approve("1001")
    retail.look("1001")
    retail.match("1002")
    retail.approve("1002")
    retail.look("1002")
    retail.export("1002")


def test_an_item_that_another_export_made_and_that_resembles_leaves_the_approval_standing(
    retail: Retail,
) -> None:
    waiting_beside(retail)
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_the_same_when_the_order_is_matched_once_more_before_its_export(retail: Retail) -> None:
    waiting_beside(retail)
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    retail.match("1001")
    assert retail.row("1001")["state"] == "approved"
    retail.export("1001")


def test_a_code_that_the_pos_has_now_supersedes_the_approval(retail: Retail) -> None:
    scene(retail, ONE)
    retail.approve("1001")
    retail.look("1001")
    retail.sandbox.do("pos", "create", type="Item", record=member(7, upc(1)))
    with pytest.raises(NeedsMerchant, match="changed after it was approved"):
        retail.export("1001")
    assert retail.written() == []
    assert retail.report("1001")["lines"][0]["item_id"] == "7"


# ---- what it costs ----


def test_before_it_writes_an_export_looks_at_what_the_report_rests_on_and_searches_for_nothing(
    retail: Retail,
) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1)}))
    report = scene(retail, raw, member(7, upc(1), size="S"), member(8, manufacturerSku="TEE"))
    assert candidates(by_size(report)["M"]) == ["8"]
    sent = Requests(retail)
    assert again(retail) == report["report_hash"]
    asked = sent.new()
    assert not [query for query in asked if "description" in query or "Sku" in query or "value" in query]
    assert len(asked) == 2, "the codes, and the item that was offered"


def test_a_hundred_new_lines_cost_as_many_requests_as_one(retail: Retail) -> None:
    counted = []
    for count in (1, 90):
        sizes = {str(n): 1 for n in range(count)}
        raw = order("1001", line(sizes=sizes, upcs={str(n): upc(n) for n in range(count)}))
        retail.given(raw, shop_floor=pos([member(7, upc(990), **numbered("none"))]))
        retail.discover(f"run-{count}")
        retail.match("1001")
        sent = Requests(retail)
        report = matched_again(retail)
        counted.append(len(sent.new()))
        assert len(report["lines"]) == count
    # Every code is asked for in each of its spellings, so lists of a hundred hold some thirty codes.
    assert counted[1] <= 4 * counted[0] + 8, counted


def matched_again(retail: Retail) -> Json:
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    return retail.match("1001")


# ---- what one round finds decides what the next one asks ----


def test_a_match_by_sku_leads_to_the_matrix_and_what_is_in_it(retail: Retail) -> None:
    raw = order("1001", line(sizes={"S": 1, "L": 1}, upcs={"S": upc(1), "L": upc(2)}))
    items = [member(7, customSku=upc(1), size="S", matrix_id=30), member(8, size="Large", matrix_id=30)]
    report = scene(retail, raw, *items, matrices=[matrix(30)])
    rows = by_size(report)
    assert (rows["S"]["item_id"], rows["L"]["status"], candidates(rows["L"])) == ("7", "new_item", ["8"])
    assert [one["code"] for one in report["questions"]] == ["in_matrix/tee"]
    assert again(retail) == report["report_hash"]
    retail.approve("1001", answers={"in_matrix/tee": "existing"})
    retail.look("1001")
    retail.export("1001")
    assert sorted(one["itemID"] for one in retail.the_purchase_order("1001")["lines"]) == [7, 8]


def test_several_items_with_the_code_as_a_sku_come_with_their_stock(retail: Retail) -> None:
    items = [member(7, customSku=upc(1), qoh={"1": 4}), member(8, customSku=upc(1))]
    report = scene(retail, ONE, *items)
    assert [one["code"] for one in report["questions"]] == ["duplicate_upc"]
    assert [(one["item_id"], one["stock"], one["likely"]) for one in report["lines"][0]["candidates"]] == [
        ("7", "4", True), ("8", "0", False),
    ]  # fmt: skip
    assert again(retail) == report["report_hash"]
