"""The report: what it warns of, what it asks, what its hash covers, and when an approval of it still holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from support.orders import Json, line, object_id, order, product, upc
from support.values import VENDOR, codes, link, pos_item, read, report, stored

from nuorder_pos.domain.pos import PosVendor
from nuorder_pos.domain.report import Related, content_hash, still_stands, vendors_for

RAW = order("1001", line("TEE", "Red", {"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
KNOWN = (pos_item("7", upc(1)), pos_item("8", upc(2)))


# ---- warnings and questions about the order ----


def test_a_plain_order_of_known_items_has_nothing_to_say() -> None:
    made = report(RAW, *KNOWN)
    assert (codes(made), made.questions) == (set(), ())


WARNED: dict[str, tuple[Json, str]] = {
    "several ship windows": (
        order("1", line(ship_start="2026-05-01", ship_end="2026-05-31"), line("CAP", ship_start="2026-06-01", ship_end="2026-06-30")),
        "ship_windows",
    ),
    "sizes of which nothing is ordered": (order("1", line(sizes={"S": 0, "M": 1})), "zero_quantity"),
    "cancelled units": (order("1", line()) | {"__cancelled_units": 6}, "cancelled_units"),
    "a code that is damaged": (order("1", line(upcs={"M": "123456789013"})), "invalid_upc"),
    "no code": (order("1", line()), "missing_upc"),
    "a new item that cannot carry its code": (order("1", line(upcs={"M": "96385074"})), "code_not_written"),
}  # fmt: skip


@pytest.mark.parametrize("what", WARNED)
def test_a_warning_is_shown_and_blocks_nothing(what: str) -> None:
    raw, code = WARNED[what]
    made = report(raw)
    assert code in codes(made)
    assert made.questions == ()


def test_one_ship_window_on_all_lines_is_no_warning() -> None:
    window = {"ship_start": "2026-05-01", "ship_end": "2026-05-31"}
    assert "ship_windows" not in codes(report(order("1", line(**window), line("CAP", **window))))


def test_no_line_is_ever_dropped_nor_merged() -> None:
    raw = order("1", line(sizes={"S": 0, "M": 1}), line(sizes={"M": 1}), line("CAP", sizes={"M": 0}))
    made = report(raw)
    assert [one.variant.line for one in made.lines] == ["1", "2", "3", "4"]
    assert len(stored(made)["lines"]) == 4


def test_an_order_of_which_nothing_is_ordered_cannot_be_reported() -> None:
    with pytest.raises(ValueError, match="no lines with a quantity"):
        report(order("1", line(sizes={"M": 0})))


def test_no_vendor_yet_is_said_and_no_question() -> None:
    made = report(RAW, *KNOWN, vendors=())
    assert ([w.code for w in made.warnings], made.questions) == (["vendor_new"], ())


def test_several_vendors_of_the_name_are_a_question() -> None:
    made = report(RAW, *KNOWN, vendors=(VENDOR, PosVendor("4", "ACME OUTDOOR")))
    (asked,) = made.questions
    assert (asked.code, asked.line, [c.value for c in asked.choices]) == ("vendor_unclear", "", ["1", "4"])


@pytest.mark.parametrize(
    "order_in, account, vendor, sent_as",
    [
        ("USD", "USD", "", "account"), ("USD", "USD", "EUR", "account"), ("EUR", "USD", "EUR", "vendor"),
        ("EUR", "USD", "", None), ("CAD", "USD", "EUR", None), ("", "USD", "", None),
    ],
)  # fmt: skip
def test_the_order_s_currency_is_the_account_s_or_the_vendor_s_or_a_question(
    order_in: str, account: str, vendor: str, sent_as: str | None
) -> None:
    made = report(
        RAW | {"currency_code": order_in},
        *KNOWN,
        currency=account,
        vendors=(replace(VENDOR, currency=vendor),),
    )
    assert [q.code for q in made.questions] == ([] if sent_as else ["currency_mismatch"])
    if sent_as:
        assert made.currency == sent_as


def test_a_related_order_that_was_exported_is_a_question() -> None:
    made = report(RAW, *KNOWN, related=[Related("x", "1001-1")])
    (asked,) = made.questions
    assert (asked.code, [c.value for c in asked.choices]) == ("related_exported", ["export"])
    assert "1001-1" in asked.text


LIVE = [
    PosVendor("1", "Acme Outdoor"),
    PosVendor("2", "Birch", archived=True),
    PosVendor("3", "birch "),
    PosVendor("40", "55"),
]


@pytest.mark.parametrize(
    "wanted, brand, found",
    [
        (None, "ACME outdoor", ["1"]), (None, "Birch", ["3"]), (None, "Cedar", []), ("Birch", "Acme Outdoor", ["3"]),
        ("1", "Birch", ["1"]), ("55", "Birch", ["40"]), ("2", "Birch", None), ("99", "Birch", None),
    ],
)  # fmt: skip
def test_the_vendor_is_found_by_the_brands_file_else_by_name(
    wanted: str | None, brand: str, found: list[str] | None
) -> None:
    finding = vendors_for(wanted, brand, LIVE)
    assert (None if finding is None else [v.vendor_id for v in finding.found]) == found


# ---- the content hash ----


def edited(change: Callable[[Json], object]) -> str:
    raw = deepcopy(RAW)
    change(raw)
    return content_hash(read(raw))


def put(*path: Any, value: object) -> Callable[[Json], object]:
    """A change of one field, however deep."""

    def change(raw: Json) -> None:
        at: Any = raw
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


COUNTS = {
    "a quantity": put("line_items", 0, "sizes", 0, "quantity", value=5),
    "a price": put("line_items", 0, "sizes", 0, "price", value=9),
    "a upc": put("line_items", 0, "sizes", 0, "upc", value=upc(9)),
    "a size": put("line_items", 0, "sizes", 0, "size", value="XL"),
    "a colour": put("line_items", 0, "product", "color", value="Blue"),
    "a pack": put("line_items", 0, "sizes", 0, "units_per_pack", value=6),
    "a line more": lambda raw: raw["line_items"].append(line("CAP")),
    "a line less": lambda raw: raw["line_items"][0]["sizes"].pop(),
    "the total": put("total", value=51),
    "the discount": put("discount", value=5),
    "the currency": put("currency_code", value="EUR"),
    "the end of the ship window": put("end_ship", value="2026-05-01T00:00:00.000Z"),
    "the customer's PO number": put("customer_po_number", value="X-1"),
    "shipping": put("order_discounts", value={"shipping_final_amount": "5"}),
    "the order number": put("order_number", value="1001-2"),
}


@pytest.mark.parametrize("what", COUNTS)
def test_the_content_hash_changes_with(what: str) -> None:
    assert edited(COUNTS[what]) != content_hash(read(RAW))


COUNTS_NOT = {
    "the status": put("status", value="processed"),
    "the time of the last change": put("modified_on", value="2026-03-09T00:00:00.000Z"),
    "notes": put("notes", value="call me"),
    "tags": put("order_tags", value=["x"]),
    "the retailer": put("retailer", value={"retailer_name": "Other"}),
    "a field that nobody knows": put("__exported", value=True),
    "numbers written as strings": lambda raw: raw.update(total="50.00", discount="0"),
    "nothing written in another way": put("customer_po_number", value=None),
    "the fields in another order": lambda raw: raw.update({key: raw.pop(key) for key in sorted(raw)}),
}


@pytest.mark.parametrize("what", COUNTS_NOT)
def test_the_content_hash_does_not_change_with(what: str) -> None:
    assert edited(COUNTS_NOT[what]) == content_hash(read(RAW))


# ---- the report hash ----


def test_the_hash_does_not_depend_on_the_order_of_the_answers() -> None:
    items = [
        pos_item("7", upc(1)),
        pos_item("8", upc(2)),
        pos_item("9", "", ean=upc(2)),
        pos_item("10", "0" + upc(1)),
    ]
    vendors = [VENDOR, PosVendor("4", "ACME OUTDOOR"), PosVendor("9", "acme outdoor")]
    hashes = set()
    for seed in range(5):
        random.Random(seed).shuffle(items)
        random.Random(seed).shuffle(vendors)
        hashes.add(report(RAW, *items, vendors=tuple(vendors)).report_hash)
    assert len(hashes) == 1


def test_the_hash_does_not_change_with_stock_images_and_descriptions() -> None:
    before = report(RAW, *KNOWN)
    renamed = [replace(one, description="other", custom_sku="X", default_vendor_id="9") for one in KNOWN]
    pictured = [product(name="Another name", images=["https://x.example/a.jpg"], msrp="99")]
    assert report(RAW, *renamed, products=pictured).report_hash == before.report_hash


CHANGED: dict[str, Callable[[], str]] = {
    "a status": lambda: report(RAW, KNOWN[0]).report_hash,
    "an item": lambda: report(RAW, KNOWN[0], pos_item("80", upc(2))).report_hash,
    "a candidate": lambda: report(RAW, *KNOWN, pos_item("9", upc(2))).report_hash,
    "an archived holder": lambda: report(RAW, KNOWN[0], pos_item("8", upc(2), archived=True)).report_hash,
    "the order": lambda: report(RAW | {"discount": 1, "total": 50}, *KNOWN).report_hash,
    "a question": lambda: report(RAW, *KNOWN, related=[Related("x", "1001-1")]).report_hash,
    "the POS account": lambda: _of_account("78"),
    "the way amounts are sent": lambda: report(
        RAW | {"currency_code": "EUR"}, *KNOWN, vendors=(replace(VENDOR, currency="EUR"),)
    ).report_hash,
    "the decimals of unit costs": lambda: report(order("1001", line(price="3.335", sizes={"S": 2, "M": 3},
        upcs={"S": upc(1), "M": upc(2)})), *KNOWN, decimals=3).report_hash,
}  # fmt: skip


def _of_account(account_id: str) -> str:
    from support.values import context

    from nuorder_pos.domain.report import make_report

    gathered = context(KNOWN)
    return make_report(
        read(RAW), replace(gathered, account=replace(gathered.account, account_id=account_id))
    ).report_hash


@pytest.mark.parametrize("what", CHANGED)
def test_the_hash_changes_with(what: str) -> None:
    assert CHANGED[what]() != report(RAW, *KNOWN).report_hash


def test_the_hash_is_the_same_when_the_order_is_read_again() -> None:
    assert report(RAW, *KNOWN).report_hash == report(deepcopy(RAW), *KNOWN).report_hash
    assert len(report(RAW, *KNOWN).report_hash) == 64


# ---- whether an approval still holds ----

NEW_M = report(RAW, KNOWN[0])


def test_an_approval_holds_while_nothing_changes() -> None:
    assert still_stands(stored(NEW_M), report(RAW, KNOWN[0]))


def test_an_approval_holds_when_our_own_export_of_another_order_made_the_new_item() -> None:
    made_elsewhere = report(
        RAW, KNOWN[0], pos_item("8", upc(2)), links={("tee", "red", "m"): link("8", "created")}
    )
    assert made_elsewhere.report_hash != NEW_M.report_hash
    assert still_stands(stored(NEW_M), made_elsewhere)


def test_an_approval_holds_when_a_upc_match_became_a_saved_link_to_the_same_item() -> None:
    linked = report(RAW, *KNOWN, links={("tee", "red", "s"): link("7")})
    assert still_stands(stored(report(RAW, *KNOWN)), linked)


BROKEN: dict[str, Callable[[], Any]] = {
    "somebody else made the item": lambda: (NEW_M, report(RAW, *KNOWN)),
    "a person linked the item": lambda: (
        NEW_M, report(RAW, KNOWN[0], pos_item("8"), links={("tee", "red", "m"): link("8", "choice")})),
    "the item is another": lambda: (report(RAW, *KNOWN), report(RAW, KNOWN[0], pos_item("80", upc(2)))),
    "the item is gone": lambda: (report(RAW, *KNOWN), report(RAW, KNOWN[0])),
    "the order was edited": lambda: (NEW_M, report(RAW | {"total": 51, "discount": 2}, KNOWN[0])),
    "a question came up": lambda: (NEW_M, report(RAW, KNOWN[0], related=[Related("x", "1001-1")])),
    "a vendor of the name came up": lambda: (
        NEW_M, report(RAW, KNOWN[0], vendors=(VENDOR, PosVendor("4", "Acme Outdoor")))),
    "the chosen of two vendors is archived": lambda: (
        report(RAW, KNOWN[0], vendors=(VENDOR, PosVendor("4", "Acme Outdoor"))),
        report(RAW, KNOWN[0], vendors=(PosVendor("4", "Acme Outdoor"),))),
    "the vendors to choose from are others": lambda: (
        report(RAW, KNOWN[0], vendors=(VENDOR, PosVendor("4", "Acme Outdoor"))),
        report(RAW, KNOWN[0], vendors=(PosVendor("4", "Acme Outdoor"), PosVendor("5", "Acme Outdoor")))),
    "the vendor is bought from in another currency": lambda: (
        report(RAW | {"currency_code": "EUR"}, KNOWN[0]),
        report(RAW | {"currency_code": "EUR"}, KNOWN[0], vendors=(replace(VENDOR, currency="EUR"),))),
}  # fmt: skip


@pytest.mark.parametrize("why", BROKEN)
def test_an_approval_does_not_hold_when(why: str) -> None:
    approved, now = BROKEN[why]()
    assert not still_stands(stored(approved), now)


def test_an_answered_question_about_the_whole_order_stays_answered_when_another_order_made_the_item() -> None:
    vendors = (VENDOR, PosVendor("4", "Acme Outdoor"))
    approved = report(RAW, KNOWN[0], vendors=vendors)
    links = {("tee", "red", "m"): link("8", "created")}
    assert still_stands(stored(approved), report(RAW, *KNOWN, vendors=vendors, links=links))


# ---- the stored form ----


def test_the_stored_form_has_the_keys_that_scripts_rely_on() -> None:
    made = stored(report(RAW, *KNOWN, pos_item("9", upc(2)), related=[Related("x", "1001-1")]))
    assert {
        "brand",
        "order_number",
        "order_id",
        "report_hash",
        "warnings",
        "questions",
        "lines",
    } <= made.keys()
    assert all({"code", "line", "choices"} <= q.keys() for q in made["questions"])
    keys = {
        "line",
        "style_number",
        "color",
        "size",
        "upc",
        "quantity",
        "unit_cost",
        "status",
        "item_id",
        "candidates",
        "matrix",
    }
    assert all(keys | {"warnings"} <= one.keys() for one in made["lines"])
    assert [sorted(c) for c in made["lines"][1]["candidates"]][0][:1] == ["archived"]
    assert {c["item_id"] for c in made["lines"][1]["candidates"]} == {"8", "9"}
    assert (made["order_id"], made["order_number"]) == (object_id("order", "1001"), "1001")


def test_amounts_in_the_stored_form_are_decimal_strings() -> None:
    made = stored(report(RAW, *KNOWN))
    amounts = [made["order"]["total"], made["summary"]["goods"], *(one["unit_cost"] for one in made["lines"])]
    assert amounts == ["50", "50", "10", "10"]
    assert not any(isinstance(leaf, float) for leaf in _leaves(made))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for entry in value.values() for leaf in _leaves(entry)]
    if isinstance(value, list):
        return [leaf for entry in value for leaf in _leaves(entry)]
    return [value]


def test_the_summary_counts_rows_by_status() -> None:
    found = stored(report(RAW, KNOWN[0], links={("tee", "red", "s"): link("7")}))["summary"]
    assert (found["confirmed"], found["upc_match"], found["new_item"], found["units"]) == (1, 0, 1, 5)
    assert Decimal(found["goods"]) == 50


def test_the_day_of_the_order_is_kept_as_an_instant() -> None:
    assert datetime.fromisoformat(stored(report(RAW))["order"]["created_on"]).tzinfo is not None
