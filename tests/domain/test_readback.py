"""What is compared when the purchase order was read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.orders import line, object_id, order, upc
from support.values import plan, pos_item, report

from nuorder_pos.domain.pos import PoLine, PosItem, PurchaseOrder
from nuorder_pos.domain.readback import day_in, differences, item_not_written, note_kept

NEW_YORK = ZoneInfo("America/New_York")
RAW = order(
    "1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}), shipping="5", rep_name="Robin"
)
PLAN = plan(report(RAW, pos_item("7", upc(1)), pos_item("8", upc(2))))
ITEMS = {one.step: str(one.item) for one in PLAN.lines}


def po_line(line_id: str, item: str, quantity: int, price: str, **fields: Any) -> PoLine:
    return PoLine(line_id, "30", item, quantity, Decimal(price), **fields)


AS_PLANNED = PurchaseOrder(
    order_id="30", vendor_id="1", shop_id="1", ref_num=object_id("order", "1001"),
    ordered=datetime(2026, 3, 2, 5, tzinfo=UTC), expected=datetime(2026, 4, 20, 4, tzinfo=UTC), ship_cost=Decimal("5.00"),
    subtotal=Decimal(50), total=Decimal(55), lines=(po_line("1", "7", 2, "10.00"), po_line("2", "8", 3, "10")),
)  # fmt: skip


def found(**changes: Any) -> list[str]:
    return differences(PLAN, ITEMS, "1", replace(AS_PLANNED, **changes), NEW_YORK)


def test_a_purchase_order_as_planned_has_no_differences() -> None:
    assert found() == []


def test_the_lines_may_stand_in_any_order() -> None:
    assert found(lines=tuple(reversed(AS_PLANNED.lines))) == []


DIFFERENT: dict[str, tuple[dict[str, Any], str]] = {
    "the reference": ({"ref_num": "x"}, "refNum is x instead of"),
    "the vendor": ({"vendor_id": "2"}, "the vendor is 2 instead of 1"),
    "the shop": ({"shop_id": "2"}, "the shop is 2 instead of 1"),
    "the expected day": (
        {"expected": datetime(2026, 4, 20, tzinfo=UTC)},
        "the expected date is 2026-04-19 instead of 2026-04-20",
    ),
    "no expected day": ({"expected": None}, "the expected date is not set instead of 2026-04-20"),
    "the ordered day": ({"ordered": None}, "the ordered date is not set instead of 2026-03-02"),
    "shipping": ({"ship_cost": Decimal(6)}, "shipping is 6 instead of 5"),
    "other costs": ({"other_cost": Decimal(1)}, "other costs is 1 instead of 0"),
    "the subtotal": ({"subtotal": Decimal(51)}, "the subtotal is 51 instead of 50"),
    "the total": ({"total": Decimal(56)}, "the total is 56 instead of 55"),
    "that it is archived": ({"archived": True}, "archived"),
    "a line that is missing": ({"lines": AS_PLANNED.lines[:1]}, "1 line(s) missing: item 8, 3 at 10"),
    "a line twice": (
        {"lines": (*AS_PLANNED.lines, po_line("3", "8", 3, "10"))},
        "1 line(s) too many: item 8, 3 at 10",
    ),
    "a quantity": (
        {"lines": (AS_PLANNED.lines[0], po_line("2", "8", 4, "10"))},
        "1 line(s) too many: item 8, 4 at 10",
    ),
    "a cost": ({"lines": (AS_PLANNED.lines[0], po_line("2", "8", 3, "10.01"))}, "item 8, 3 at 10.01"),
    "an item": ({"lines": (AS_PLANNED.lines[0], po_line("2", "9", 3, "10"))}, "item 9, 3 at 10"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_difference_is_named(what: str) -> None:
    changes, words = DIFFERENT[what]
    assert any(words in one for one in found(**changes)), found(**changes)


def test_totals_that_the_pos_does_not_tell_are_not_compared() -> None:
    assert found(subtotal=None, total=None) == []


def test_in_the_vendor_s_currency_the_vendor_cost_is_compared_and_the_converted_totals_are_not() -> None:
    in_euro = replace(PLAN, vendor_currency=True)
    lines = tuple(replace(one, price=Decimal("10.8"), vendor_cost=Decimal(10)) for one in AS_PLANNED.lines)
    po = replace(AS_PLANNED, lines=lines, subtotal=Decimal(54), total=Decimal(59))
    assert differences(in_euro, ITEMS, "1", po, NEW_YORK) == []
    wrong = replace(po, lines=(lines[0], replace(lines[1], vendor_cost=Decimal(11))))
    assert differences(in_euro, ITEMS, "1", wrong, NEW_YORK) != []


@pytest.mark.parametrize(
    "moment, day",
    [
        (datetime(2026, 4, 20, 4, tzinfo=UTC), "2026-04-20"),
        (datetime(2026, 4, 20, 3, 59, tzinfo=UTC), "2026-04-19"),
    ],
)
def test_a_day_is_the_day_in_the_shop_s_zone(moment: datetime, day: str) -> None:
    assert day_in(moment, NEW_YORK) == day
    assert day_in(None, NEW_YORK) == ""


@pytest.mark.parametrize(
    "note, kept",
    [(PLAN.notes, True), (PLAN.notes.replace("\n", "\r\n"), True), (PLAN.notes + "\n", True), ("", False),
     (PLAN.notes.splitlines()[0], False), (PLAN.notes + "\nmore", False)],
)  # fmt: skip
def test_notes_are_kept_when_every_line_is(note: str, kept: bool) -> None:
    assert note_kept(PLAN, replace(AS_PLANNED, note=note)) is kept


SENT = {
    "description": "Trail Tee Red M", "manufacturerID": "5", "defaultVendorID": "1", "defaultCost": "10",
    "manufacturerSku": "TEE", "upc": upc(1), "ItemAttributes": {"attribute1": "Red", "attribute2": "M"},
    "ItemVendorNums": {"ItemVendorNum": [{"value": "tee-red", "vendorID": "1"}]},
    "Prices": {"ItemPrice": [{"amount": "25", "useTypeID": "2", "useType": "MSRP"}]},
}  # fmt: skip
KEPT = PosItem(
    "8", "Trail Tee Red M", upc=upc(1), manufacturer_sku="TEE", color="Red", size="M", default_cost=Decimal("10.00"),
    default_vendor_id="1", manufacturer_id="5", vendor_numbers=(("1", "tee-red"),), prices=(("2", Decimal("25.00")),),
)  # fmt: skip


def test_an_item_that_kept_everything_has_nothing_unwritten() -> None:
    assert item_not_written(SENT, KEPT) == {}


@pytest.mark.parametrize(
    "changes, named",
    [
        ({"upc": ""}, "UPC"), ({"description": "x"}, "description"), ({"manufacturer_id": ""}, "brand"),
        ({"default_vendor_id": ""}, "default vendor"), ({"manufacturer_sku": ""}, "manufacturer SKU"),
        ({"default_cost": None}, "default cost"), ({"default_cost": Decimal(9)}, "default cost"), ({"color": ""}, "color"),
        ({"size": "L"}, "size"), ({"vendor_numbers": ()}, "vendor id"), ({"prices": ()}, "price MSRP"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_field_of_a_new_item_that_did_not_take_is_named(changes: dict[str, Any], named: str) -> None:
    assert list(item_not_written(SENT, replace(KEPT, **changes))) == [named]


def test_what_was_not_sent_is_not_missed() -> None:
    assert (
        item_not_written({"description": "Trail Tee Red M"}, replace(KEPT, upc="", size="", prices=())) == {}
    )
