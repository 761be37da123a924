"""The match report of an order, from the live POS: statuses, warnings, questions, and what is bad about bad orders."""

from __future__ import annotations

from typing import Any

import pytest
from support.databases import rows
from support.orders import ACME, Json, item, line, object_id, order, pos, product, upc
from support.retail import Retail

from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline import plan, read

CODE = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}


def report_of(retail: Retail, raw: Json, *items: Json, **scene: Any) -> Json:
    retail.given(raw, shop_floor=scene.pop("shop_floor", pos(items)), **scene)
    retail.discover()
    return retail.match("1001")


def codes(report: Json) -> set[str]:
    """All warnings and questions of a report."""
    found = {w["code"] for w in report["warnings"]} | {q["code"] for q in report["questions"]}
    return found | {w["code"] for one in report["lines"] for w in one["warnings"]}


def test_every_line_and_size_is_a_row_with_its_status(retail: Retail) -> None:
    raw = order(
        "1001",
        line("TEE", "Red", {"S": 1, "M": 2}, upcs={"S": upc(1), "M": upc(2)}),
        line("TEE", "Red", {"M": 2}, upcs={"M": upc(2)}),
        line("CAP", "Blue", {"One Size": 0}),
    )
    report = report_of(retail, raw, item(7, upc(1)))
    assert [one["line"] for one in report["lines"]] == ["1", "2", "3", "4"]
    shown = sorted(
        (one["style_number"], one["size"], one["quantity"], one["status"]) for one in report["lines"]
    )
    assert shown == [
        ("CAP", "One Size", 0, "new_item"),
        ("TEE", "M", 2, "new_item"),
        ("TEE", "M", 2, "new_item"),
        ("TEE", "S", 1, "upc_match"),
    ]
    assert report["summary"]["lines"] == 4


def test_a_report_is_there_as_tables_too(retail: Retail) -> None:
    report_of(retail, order("1001", line(**CODE)), item(7, upc(1)), item(8, upc(1)))
    (row,) = rows(retail.engine, "SELECT * FROM report_line")
    assert (row["order_number"], row["line"], row["status"], row["units"], row["questions"]) == (
        "1001", "1", "upc_match", 2, 1,
    )  # fmt: skip
    (asked,) = rows(retail.engine, "SELECT * FROM report_warning WHERE code = 'duplicate_upc'")
    assert (asked["line"], bool(asked["question"])) == ("1", True)
    (summary,) = rows(retail.engine, "SELECT * FROM match_summary")
    assert (summary["brand"], summary["orders"], summary["upc_match"], summary["duplicate_upc"]) == (
        "Acme Outdoor", 1, 1, 1,
    )  # fmt: skip


POS_SIDE: dict[str, tuple[list[Json], str, str]] = {
    "the UPC in the UPC field": ([item(11, upc(1))], "upc_match", ""),
    "the UPC in the EAN field": ([item(12, "", ean=upc(2))], "upc_match", "ean_match"),
    "the UPC as 13 digits": ([item(13, "0" + upc(3))], "upc_match", "gtin_variant"),
    "the UPC without its leading zero": ([item(14, upc(4).lstrip("0"))], "upc_match", "gtin_variant"),
    "two items with the UPC": ([item(15, upc(5)), item(25, "", ean=upc(5))], "upc_match", "duplicate_upc"),
    "an archived item with the UPC": ([item(16, upc(6), archived=True)], "new_item", "archived_upc"),
    "an archived and a live item": ([item(17, upc(7), archived=True), item(27, upc(7))], "upc_match", ""),
    "nothing": ([], "new_item", ""),
    "another default cost": ([item(19, upc(9), defaultCost="8.50")], "upc_match", "cost_change"),
}


def test_each_variant_gets_status_and_warning_by_what_the_pos_has(retail: Retail) -> None:
    sizes = dict.fromkeys(POS_SIDE, 1)
    raw = order("1001", line(sizes=sizes, upcs={there: upc(n) for n, there in enumerate(POS_SIDE, start=1)}))
    report = report_of(retail, raw, *(one for items, _, _ in POS_SIDE.values() for one in items))
    asked = {q["line"]: q["code"] for q in report["questions"]}
    found = {
        one["size"]: (
            one["status"],
            ",".join([*(w["code"] for w in one["warnings"]), *filter(None, [asked.get(one["line"])])]),
        )
        for one in report["lines"]
    }
    assert found == {there: (status, code) for there, (_, status, code) in POS_SIDE.items()}


def exported_once(retail: Retail) -> None:
    """Order 1000 was exported with item 7, and order 1001 of the same variant waits to be matched."""
    retail.given(order("1000", line(**CODE)), order("1001", line(**CODE)), shop_floor=pos([item(7, upc(1))]))
    retail.approved("1000")
    retail.export("1000")


def test_a_variant_of_an_earlier_export_is_confirmed(retail: Retail) -> None:
    exported_once(retail)
    report = retail.match("1001")
    assert [(one["status"], one["item_id"]) for one in report["lines"]] == [("confirmed", "7")]
    assert codes(report) == set()


def test_a_confirmed_variant_stays_confirmed_when_the_item_loses_its_upc(retail: Retail) -> None:
    exported_once(retail)
    retail.sandbox.do("pos", "set_upc", itemID=7, upc="")
    assert [one["status"] for one in retail.match("1001")["lines"]] == ["confirmed"]


@pytest.mark.parametrize("loser_is", ["archived", "gone"])
def test_a_linked_item_that_was_merged_into_another_falls_back_to_the_upc(
    retail: Retail, loser_is: str
) -> None:
    exported_once(retail)
    retail.sandbox.do("pos", "create", type="Item", record=item(9, "", description="The one that stays"))
    retail.sandbox.do("pos", "merge_items", winner=9, loser=7, loser_is=loser_is)
    report = retail.match("1001")
    assert [(one["status"], one["item_id"]) for one in report["lines"]] == [("upc_match", "9")]
    assert "link_broken" in codes(report)


def test_a_linked_item_that_another_was_merged_into_stays_confirmed(retail: Retail) -> None:
    exported_once(retail)
    retail.sandbox.do("pos", "create", type="Item", record=item(9, ""))
    retail.sandbox.do("pos", "merge_items", winner=7, loser=9)
    assert [(one["status"], one["item_id"]) for one in retail.match("1001")["lines"]] == [("confirmed", "7")]


def test_the_link_belongs_to_the_brand(retail: Retail) -> None:
    exported_once(retail)
    (only,) = rows(retail.engine, "SELECT brand, style, color, size FROM link")
    assert tuple(only.values()) == ("Acme Outdoor", "tee", "red", "m")


@pytest.mark.parametrize("switches", [{"in_strings": "plain"}, {"in_strings": "json"}, {"upc_in": "reject"}])
def test_codes_are_found_however_the_pos_wants_its_lists(retail: Retail, switches: dict[str, str]) -> None:
    report = report_of(retail, order("1001", line(**CODE)), item(7, upc(1)), **switches)
    assert [one["item_id"] for one in report["lines"]] == ["7"]


def test_more_than_a_hundred_codes_are_all_looked_up(retail: Retail) -> None:
    sizes = {str(n): 1 for n in range(130)}
    raw = order("1001", line(sizes=sizes, upcs={str(n): upc(n) for n in range(130)}))
    report = report_of(retail, raw, *(item(n + 1, upc(n)) for n in range(130)))
    assert report["summary"]["upc_match"] == 130


def test_a_vendor_that_is_not_there_yet_is_said_to_be_created(retail: Retail) -> None:
    report = report_of(retail, order("1001", line(**CODE)), shop_floor=pos([item(7, upc(1))], vendors=[]))
    assert [w["code"] for w in report["warnings"]] == ["vendor_new"]
    assert report["questions"] == []


def test_an_id_in_the_brands_file_that_is_no_vendor_is_said(retail: Retail) -> None:
    retail.configure(brand={"vendor": "99"})
    with pytest.raises(
        NeedsMerchant, match="names vendor 99 for Acme Outdoor, and the POS has no such vendor"
    ):
        report_of(retail, order("1001", line(**CODE)))
    assert "vendor 99" in retail.row("1001")["reason"]


def test_a_product_that_was_deleted_in_nuorder_still_makes_a_report(retail: Retail) -> None:
    report = report_of(retail, order("1001", line(**CODE)), item(7, upc(1)), products=[])
    assert [one["status"] for one in report["lines"]] == ["upc_match"]
    assert "product_missing" in codes(report)


def test_a_product_that_was_deleted_in_nuorder_can_be_exported_as_a_new_item(retail: Retail) -> None:
    report_of(retail, order("1001", line(**CODE)), products=[])
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    (made,) = retail.records("Item")
    assert (made["description"], made["manufacturerSku"], made["upc"]) == ("TEE Red M", "TEE", upc(1))


BAD: dict[str, tuple[Json, str]] = {
    "no lines": (order("1001"), "no lines"),
    "no quantities": (order("1001", line(sizes={"M": 0})), "no lines with a quantity"),
    "a quantity in words": (order("1001", line(sizes={"M": 1}) | {"sizes": [{"size": "M", "quantity": "two", "price": 1}]}, total="1"),
                            "quantity in line 1"),
    "a negative quantity": (order("1001", line(sizes={"M": -2})), "negative"),
    "a huge quantity": (order("1001", line(sizes={"M": 10**9})), "more than anybody orders"),
    "half a piece": (order("1001", line() | {"sizes": [{"size": "M", "quantity": 1.5, "price": 1}]}), "no whole number"),
    "a price in words": (order("1001", line() | {"sizes": [{"size": "M", "quantity": 1, "price": "free"}]}, total="1"),
                         "price in line 1"),
    "no price": (order("1001", line() | {"sizes": [{"size": "M", "quantity": 1}]}, total="1"), "no line of the order carries a price"),
    "a total in words": (order("1001", line()) | {"total": "a lot"}, "total"),
}  # fmt: skip


def test_bad_orders_say_what_is_wrong_and_do_not_stop_the_others(retail: Retail) -> None:
    bad = {
        what: raw | {"_id": object_id("order", what), "order_number": what} for what, (raw, _) in BAD.items()
    }
    retail.given(*bad.values(), order("1002", line(**CODE)), shop_floor=pos([item(7, upc(1))]))
    assert sorted(retail.discover()) == sorted([*BAD, "1002"])
    for what, (_, why) in BAD.items():
        with pytest.raises(NeedsMerchant, match=why):
            retail.match(what)
        row = retail.row(what)
        assert (row["state"], row["export_status"]) == ("failed", "not_exported"), what
        assert why in row["reason"]
    assert retail.match("1002")["order_number"] == "1002"


def test_a_bad_order_that_the_brand_corrected_is_taken_up_by_the_next_run(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": -2}, upcs={"M": upc(1)})), shop_floor=pos([item(7, upc(1))]))
    retail.discover()
    with pytest.raises(NeedsMerchant):
        retail.match("1001")
    assert retail.discover("run-2") == []
    retail.sandbox.do(
        "nuorder", "edit_order", _id=retail.id("1001"), line=0, size="M", line_changes={"quantity": 2},
        changes={"total": 20},
    )  # fmt: skip
    assert retail.discover("run-3") == ["1001"]
    assert retail.match("1001")["lines"][0]["quantity"] == 2


def test_an_order_without_a_retailer_is_matched_all_the_same(retail: Retail) -> None:
    raw = order("1001", line(**CODE))
    del raw["retailer"]
    assert report_of(retail, raw, item(7, upc(1)))["questions"] == []


def test_an_order_of_strings_is_read_like_an_order_of_numbers(retail: Retail) -> None:
    raw = order("1001", line(**CODE), total="20")
    raw["total"] = "20.00"
    raw["line_items"][0]["sizes"][0] |= {"quantity": "2", "price": "$10.00", "original_price": "10"}
    report = report_of(retail, raw, item(7, upc(1)))
    assert [(one["units"], one["unit_cost"]) for one in report["lines"]] == [(2, "10")]
    assert report["questions"] == []


@pytest.mark.parametrize("shape", ["full", "2014"])
def test_an_order_with_the_fields_of_any_year_is_exported(retail: Retail, shape: str) -> None:
    report_of(retail, order("1001", line(**CODE)), item(7, upc(1)), order_shape=shape)
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    assert retail.the_purchase_order("1001")["totalCost"] == "20"


# ---- the dry run ----


def test_the_dry_run_lists_what_the_export_then_does_and_writes_nothing(retail: Retail) -> None:
    report_of(
        retail,
        order("1001", line(**CODE)),
        products=[product()],
        shop_floor=pos(vendors=[], manufacturers=[]),
    )
    found = plan.dry_run(retail.work, retail.id("1001"))
    assert retail.written() == []
    kinds = [
        "create_vendor",
        "create_brand",
        "create_matrix",
        "create_item",
        "create_po",
        "add_line",
        "place_order",
    ]
    assert [step["kind"] for step in found["steps"]] == kinds
    retail.approve("1001")
    retail.look("1001")
    retail.export("1001")
    done = read.runbook(retail.engine, retail.id("1001"))
    assert [step["kind"] for step in done["steps"] if step["event"] == "done"][: len(kinds)] == kinds


def test_the_dry_run_costs_what_the_fact_sheet_says(retail: Retail) -> None:
    """Matrix 1, item 1 + 0.5 each for attributes, four prices and the vendor's number, head 1 + 0.5 for the note, line
    1, ordered date 1; and one look-up."""
    report_of(retail, order("1001", line(**CODE)), products=[product()])
    found = plan.dry_run(retail.work, retail.id("1001"))
    drips = {step["kind"]: step["drips"] for step in found["steps"]}
    assert drips == {
        "create_matrix": "1",
        "create_item": "4",
        "create_po": "1.5",
        "add_line": "1",
        "place_order": "1",
    }
    assert (found["drips"], found["read_drips"], found["minimum_drips"]) == ("16.8", "8.3", "9.5")


def test_the_dry_run_of_an_order_with_questions_names_them(retail: Retail) -> None:
    report_of(retail, order("1001", line(**CODE)), shop_floor=pos(vendors=[ACME, ACME | {"vendorID": 2}]))
    with pytest.raises(NeedsMerchant, match="vendor_unclear"):
        plan.dry_run(retail.work, retail.id("1001"))
