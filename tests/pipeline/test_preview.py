"""The purchase order that is shown before an export is the one that the export then writes, by the ledger of the POS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.clients import FreePace
from support.databases import rows
from support.orders import ACME, Json, item, line, order, pos, product, upc
from support.retail import Retail

from nuorder_pos.clients.pacing import Bucket
from nuorder_pos.domain.decisions import Given
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline import plan

CODE: dict[str, Any] = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}
SAME_NAME = [ACME, ACME | {"vendorID": 2, "name": "ACME OUTDOOR"}]
TWICE = {"sizes": {"S": 1, "M": 2}, "upcs": {"S": upc(1), "M": upc(1)}}


def waiting(retail: Retail, raw: Json, *items: Json, shop_floor: Json | None = None, **scene: Any) -> Json:
    retail.given(raw, shop_floor=pos(items) if shop_floor is None else shop_floor, **scene)
    retail.discover()
    return retail.match("1001")


def previewed(retail: Retail, **choices: Any) -> Json:
    return plan.dry_run(retail.work, retail.id("1001"), Given(**choices))


def money(value: object) -> Decimal:
    return Decimal(str(value))


def shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a person compares: the head and the lines of a preview."""
    po = found["purchase_order"]
    return {
        "shop": po["shop"]["id"],
        "ordered": po["ordered"],
        "expected": po["expected"],
        "reference": po["ref_num"],
        "notes": po["notes"],
        "shipping": money(po["ship_cost"]),
        "other": money(po["other_cost"]),
        "goods": money(po["subtotal"]),
        "total": money(po["total"]),
        "units": po["units"],
        "lines": [(one["item"], one["quantity"], money(one["unit_cost"])) for one in po["lines"]],
    }


def written(retail: Retail) -> dict[str, Any]:
    """The same of the purchase order in the POS."""
    po = retail.the_purchase_order("1001")
    names = {one["itemID"]: one["description"] for one in retail.records("Item")}
    return {
        "shop": str(po["shopID"]),
        "ordered": po["orderedDate"][:10],
        "expected": po["arrivalDate"][:10],
        "reference": po["refNum"],
        "notes": po["note"]["note"],
        "shipping": money(po["shipCost"]),
        "other": money(po["otherCost"]),
        "goods": money(po["subTotalCost"]),
        "total": money(po["totalCost"]),
        "units": po["totalQuantity"],
        "lines": [(names[one["itemID"]], one["quantity"], money(one["price"])) for one in po["lines"]],
    }


def packs() -> Json:
    raw = order("1001", line(**CODE, price="12.00"))
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    return raw


CASES: dict[str, tuple[Json, Json, dict[str, Any]]] = {
    "matched and new items, shipping and a surcharge": (
        order("1001", line(sizes={"S": 2, "M": 3, "L": 1}, upcs={"S": upc(1), "M": upc(2)}), shipping="12.50",
              surcharge="4.25", customer_po_number="PO-77", creator_name="Cara"),
        pos([item(7, upc(1))], vendors=[], manufacturers=[]),
        {},
    ),
    "another shop, by its name": (
        order("1001", line(**CODE)), pos([item(7, upc(1))]), {"shop": "Harbor Mall"},
    ),
    "one of two items with the UPC": (
        order("1001", line(**CODE)), pos([item(7, upc(1)), item(8, upc(1), description="Old tee")]),
        {"lines": {"1": "8"}},
    ),
    "one of two items with the UPC, as an answer": (
        order("1001", line(**CODE)), pos([item(7, upc(1)), item(8, upc(1), description="Old tee")]),
        {"answers": {"duplicate_upc:1": "8"}},
    ),
    "an item from a search in the POS": (
        order("1001", line(**CODE)), pos([item(7, upc(1)), item(31, upc(9), description="Found by name")]),
        {"lines": {"1": "31"}},
    ),
    "a new item in place of a match": (
        order("1001", line(**CODE)), pos([item(7, upc(1), description="Not this one")]), {"lines": {"1": "new"}},
    ),
    "an archived item that comes back": (
        order("1001", line(**CODE)), pos([item(7, upc(1), archived=True, description="Last year's")]),
        {"lines": {"1": "7"}},
    ),
    "two lines that are the same new item": (
        order("1001", line(**TWICE)), pos(), {"lines": {"1": "new", "2": "line:1"}},
    ),
    "the price without the discount": (
        order("1001", line(**CODE), discount=25, total="99"), pos([item(7, upc(1))]),
        {"answers": {"totals_mismatch": "price_less_discount"}},
    ),
    "packs": (packs(), pos([item(7, upc(1))]), {"answers": {"pack": "packs"}}),
    "pieces": (packs(), pos([item(7, upc(1))]), {"answers": {"pack": "pieces"}}),
    "one of two vendors": (
        order("1001", line(**CODE)), pos([item(7, upc(1))], vendors=SAME_NAME), {"answers": {"vendor_unclear": "2"}},
    ),
    "a foreign currency, sent as it stands": (
        order("1001", line(**CODE), currency_code="CAD"), pos([item(7, upc(1))]),
        {"answers": {"currency_mismatch": "account"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_shown_is_what_an_export_of_the_same_choices_writes(retail: Retail, case: str) -> None:
    raw, floor, choices = CASES[case]
    waiting(retail, raw, shop_floor=floor, order_note="accept")
    found = previewed(retail, **choices)
    assert retail.written() == []
    retail.approve(
        "1001", shop=choices.get("shop"), lines=choices.get("lines"), answers=choices.get("answers")
    )
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert shown(found) == written(retail)
    vendor, po = found["purchase_order"]["vendor"], retail.the_purchase_order("1001")
    assert vendor["new"] or vendor["id"] == str(po["vendorID"])
    for told, line_ in zip(found["purchase_order"]["lines"], po["lines"], strict=True):
        assert told["new"] or told["item_id"] == str(line_["itemID"])


def test_it_is_shown_which_lines_of_the_report_come_together(retail: Retail) -> None:
    waiting(retail, order("1001", line(**TWICE)), shop_floor=pos())
    found = previewed(retail, lines={"1": "new", "2": "line:1"})
    assert [(one["lines"], one["quantity"]) for one in found["purchase_order"]["lines"]] == [(["1", "2"], 3)]


def test_what_is_not_there_yet_is_said_to_be_made(retail: Retail) -> None:
    waiting(
        retail,
        order("1001", line(**CODE)),
        shop_floor=pos(vendors=[], manufacturers=[]),
        products=[product()],
    )
    po = previewed(retail)["purchase_order"]
    assert po["vendor"] == {"id": None, "name": "Acme Outdoor", "new": True}
    assert po["lines"] == [
        {
            "lines": ["1"], "item_id": None, "new": True, "item": "Trail Tee Red M", "sku": "TEE", "upc": upc(1),
            "quantity": 2, "unit_cost": "10", "extended": "20",
        }
    ]  # fmt: skip


def test_what_is_there_is_shown_with_its_id_and_sku(retail: Retail) -> None:
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1), customSku="TT-R-M"))
    po = previewed(retail)["purchase_order"]
    assert po["vendor"] == {"id": "1", "name": "Acme Outdoor", "new": False}
    (only,) = po["lines"]
    assert (only["item_id"], only["new"], only["sku"], only["upc"]) == ("7", False, "TT-R-M", upc(1))
    assert (po["currency"], po["shop"]) == ("USD", {"id": "1", "name": "Main Street"})


def test_an_order_in_the_vendor_s_currency_is_shown_in_it(retail: Retail) -> None:
    vendor = ACME | {"purchasingCurrency": {"code": "EUR", "symbol": "€", "rate": "1.08"}}
    raw = order("1001", line(**CODE), currency_code="EUR")
    waiting(retail, raw, shop_floor=pos([item(7, upc(1))], vendors=[vendor]))
    po = previewed(retail)["purchase_order"]
    assert (po["currency"], po["total"]) == ("EUR", "20")


# ---- nothing is written, and nothing is shown that would not be exported ----


def test_a_preview_records_nothing(retail: Retail) -> None:
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)))
    before = retail.row("1001")
    previewed(retail, lines={"1": "new"})
    assert retail.written() == []
    assert rows(retail.engine, "SELECT * FROM approval") == []
    assert rows(retail.engine, "SELECT * FROM export") == []
    assert retail.row("1001") == before


def test_the_choices_count_and_not_an_approval_that_was_recorded_before(retail: Retail) -> None:
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)), item(8, upc(8), description="Other"))
    retail.approve("1001", lines={"1": "8"})
    retail.look("1001")
    standing = plan.dry_run(retail.work, retail.id("1001"))
    assert (standing["approved"], standing["purchase_order"]["lines"][0]["item_id"]) == (True, "8")
    given = previewed(retail)
    assert (given["approved"], given["purchase_order"]["lines"][0]["item_id"]) == (False, "7")


def test_open_questions_are_named_in_their_own_words(retail: Retail) -> None:
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)), item(8, upc(1)))
    with pytest.raises(NeedsMerchant, match=r"(?s)Questions are open.*- line 1: 2 POS items hold the UPC"):
        previewed(retail)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a shop that is not there": ({"shop": "Moon"}, "the POS has no shop 'Moon'"),
    "a line that is not there": ({"lines": {"9": "new"}}, "the report has no line '9'"),
    "an item that is not there": ({"lines": {"1": "404"}}, "line 1 names POS item '404'"),
    "an archived item": ({"lines": {"1": "12"}}, "line 1 names POS item '12', which does not exist or is archived"),
    "a question that is not asked": ({"answers": {"pack": "packs"}}, "it answers 'pack', which the report does not ask"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_approval_would_be_refused_for_is_said_by_the_preview(retail: Retail, case: str) -> None:
    choices, said = REFUSED[case]
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)), item(12, upc(5), archived=True))
    with pytest.raises(NeedsMerchant, match=said):
        previewed(retail, **choices)


def test_a_brand_without_a_shop_of_its_own_asks_for_one(retail: Retail) -> None:
    retail.configure(brand={"shop": None})
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)))
    with pytest.raises(NeedsMerchant, match="it names no shop"):
        previewed(retail)
    assert previewed(retail, shop="2")["purchase_order"]["shop"]["name"] == "Harbor Mall"


def test_a_match_that_changed_since_the_report_is_not_shown_under_old_choices(retail: Retail) -> None:
    waiting(retail, order("1001", line(**CODE)), item(7, upc(1)))
    retail.sandbox.do("pos", "update", type="Item", id=7, changes={"archived": True})
    with pytest.raises(NeedsMerchant, match="changed since its report was made"):
        previewed(retail, shop="1")


def test_an_exported_order_has_no_preview(retail: Retail) -> None:
    retail.given(order("1001", line(**CODE)), shop_floor=pos([item(7, upc(1))]))
    retail.approved("1001")
    retail.export("1001")
    with pytest.raises(NuorderPosError, match="cannot be decided on any more"):
        previewed(retail)


# ---- the time that it takes ----


class Pace(FreePace):
    """The bucket of a real account, so full as one says."""

    def __init__(self, level: float, size: float, drip: float) -> None:
        self.bucket = Bucket(level, size, drip, datetime.now(UTC), burst_limit=10**6)

    def update(self, fn: Any) -> Any:
        return fn(self.bucket)[1]


@pytest.mark.parametrize(
    "level, size, drip, drips, least, most",
    [(0, 90, 1, 80, 0, 0), (0, 90, 1, 150, 60, 60), (90, 90, 1, 150, 149, 150), (0, 180, 2, 300, 60, 60)],
)
def test_the_expected_time_follows_from_the_account_s_own_rate(
    retail: Retail, level: int, size: int, drip: int, drips: int, least: int, most: int
) -> None:
    retail.work.pos._pace_store = Pace(level, size, drip)
    assert least <= plan.expected_seconds(retail.work, Decimal(drips)) <= most
