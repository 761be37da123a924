"""Look-ups for matching: each value once, in lists, kept for the run; what the POS does not understand finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.databases import execute, rows
from support.orders import item, pos, upc
from support.pos_side import Requests
from support.retail import Retail

from nuorder_pos.clients.heeded import NotSearchable
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.pipeline.lookups import Lookups, together
from nuorder_pos.pipeline.pos_search import use_right_list_form, vendor_number_form
from nuorder_pos.store import pos_answers


@pytest.fixture
def database_kind() -> str:
    """How answers are kept is looked at on both databases where they are stored."""
    return "sqlite"


def numbered(value: str) -> dict[str, Any]:
    return {"ItemVendorNums": {"ItemVendorNum": [{"value": value, "vendorID": 1}]}}


SHELF = pos(
    items=[
        item(1, upc(1), itemMatrixID=1, qoh={"1": 4, "2": 1}, **numbered("AB-1")),
        item(2, "", ean="0" + upc(2), itemMatrixID=1, description="Trail Tee Red L", **numbered("AB-2")),
        item(3, upc(3), customSku=upc(4), description="Ridge Jacket", archived=True, manufacturerID=1),
        item(10, "", manufacturerSku="JKT-1", description="Ridge Jacket Blue"),
    ],
    matrices=[
        {"itemMatrixID": 1, "description": "Trail Tee TEE", "itemAttributeSetID": 1},
        {"itemMatrixID": 2, "description": "Ridge Jacket JKT", "itemAttributeSetID": 1, "archived": True},
    ],
)


@pytest.fixture
def shop(retail: Retail) -> Retail:
    """The shelf, with what this POS understands already known: requests that follow are look-ups."""
    retail.given(shop_floor=SHELF)
    use_right_list_form(retail.work)
    vendor_number_form(retail.work)
    return retail


def ids(items: Any) -> list[str]:
    return [one.item_id for one in items]


def test_every_search_finds_what_it_is_for(shop: Retail) -> None:
    look = Lookups(shop.work)
    assert ids(look.by_code([upc(1), "0" + upc(2), upc(3), upc(9), ""])) == ["1", "2", "3"]
    assert ids(look.by_code([upc(2)])) == []
    assert ids(look.by_sku([upc(4), "JKT-1", "jkt-1"])) == ["3", "10"]
    assert ids(look.by_vendor_number(["AB-2", "AB-1", "x"])) == ["1", "2"]
    assert ids(look.by_id(["10", "3", "0", "", "x", "99"])) == ["3", "10"]
    assert ids(look.in_matrices(["1", "0", "2"])) == ["1", "2"]
    assert ids(look.described(["ridge  jacket"])) == ["3", "10"]
    assert ids(look.described(["ridge jacket"], manufacturer_id="1")) == ["3"]
    assert [(one.matrix_id, one.archived) for one in look.matrices(["2", "1", "7"])] == [
        ("1", False),
        ("2", True),
    ]


def test_a_choice_between_items_comes_with_stock_and_vendor_numbers(shop: Retail) -> None:
    (one,) = Lookups(shop.work).stocked(["1"])
    assert dict(one.stock)["0"] == 5
    assert one.vendor_numbers == (("1", "AB-1"),)


@pytest.mark.parametrize("run", ["", "dag/run-1"])
def test_each_value_is_asked_for_once(shop: Retail, run: str) -> None:
    look, sent = Lookups(shop.work, run), Requests(shop)
    look.by_code([upc(1), upc(8)])
    assert len(sent.new()) == 1
    assert ids(look.by_code([upc(8), upc(1), upc(3)])) == ["1", "3"]
    (query,) = sent.new()
    assert upc(3) in query
    assert upc(1) not in query
    assert upc(8) not in query
    assert ids(look.by_id(["1", "3"])) == ["1", "3"]
    assert sent.new() == []


def test_a_hundred_values_of_all_orders_together_cost_one_request(shop: Retail) -> None:
    look, sent = Lookups(shop.work), Requests(shop)
    look.by_code([f"{number:012}" for number in range(1, 201)])
    assert len(sent.new()) == 2
    look.by_sku([f"S-{number}" for number in range(100)])
    assert len(sent.new()) == 2
    look.matrices(str(number) for number in range(100))
    assert len(sent.new()) == 1


def all_of(look: Lookups) -> list[Any]:
    return [
        look.by_code([upc(1), "0" + upc(2), upc(9)]), look.by_sku([upc(4), "none"]), look.by_vendor_number(["AB-1", "n"]),
        look.by_id(["10", "99"]), look.in_matrices(["1", "55"]), look.described(["ridge jacket", "nobody says it"]),
        look.stocked(["1", "98"]), look.matrices(["1", "2", "77"]),
    ]  # fmt: skip


def test_another_process_of_the_run_uses_the_answers_and_they_are_exactly_the_same(shop: Retail) -> None:
    first = all_of(Lookups(shop.work, "dag/run-1"))
    sent = Requests(shop)
    second = all_of(Lookups(shop.new_work(), "dag/run-1"))
    assert sent.new() == []
    assert repr(second) == repr(first)
    assert all(first)


def test_another_run_and_no_run_ask_anew(shop: Retail) -> None:
    Lookups(shop.work, "dag/run-1").by_code([upc(1)])
    sent = Requests(shop)
    for run in ("dag/run-2", ""):
        assert ids(Lookups(shop.work, run).by_code([upc(1)])) == ["1"]
        assert len(sent.new()) == 1


def test_without_a_run_nothing_is_kept(shop: Retail) -> None:
    all_of(Lookups(shop.work))
    assert rows(shop.engine, "SELECT * FROM pos_answer") == []


def test_answers_that_are_an_hour_old_are_asked_for_again_and_old_ones_deleted(shop: Retail) -> None:
    Lookups(shop.work, "r").by_code([upc(1), upc(9)])
    for value, age in ((upc(1), timedelta(minutes=61)), (upc(9), timedelta(hours=25))):
        at = (datetime.now(UTC) - age).strftime("%Y-%m-%d %H:%M:%S.%f")
        execute(shop.engine, "UPDATE pos_answer SET at = :at WHERE value = :value", at=at, value=value)
    shop.sandbox.do("pos", "set_upc", itemID=1, upc=upc(7))
    sent = Requests(shop)
    assert Lookups(shop.work, "r").by_code([upc(1)]) == []
    assert len(sent.new()) == 1
    assert [row["value"] for row in rows(shop.engine, "SELECT value FROM pos_answer")] == [upc(1)]


def test_values_that_the_pos_cannot_hold_are_not_asked_for(shop: Retail) -> None:
    look, sent = Lookups(shop.work, "r"), Requests(shop)
    odd = ["", "  ", "~,%", "a|b", "x" * 256, "A\x00B", "A\ud800B", "A\nB"]
    for search in (
        look.by_code,
        look.by_sku,
        look.by_vendor_number,
        look.by_id,
        look.in_matrices,
        look.stocked,
    ):
        assert search(odd) == []
    assert look.described(["%", "a|b"]) == []
    assert look.matrices(odd) == []
    assert sent.new() == []


# --- what this POS does not understand ---


@pytest.mark.parametrize("way", ["reject", "ignore", "literal"])
def test_without_a_search_by_vendor_numbers_none_is_found_and_nothing_else_suffers(
    retail: Retail, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    retail.given(shop_floor=SHELF, relation_in=way)
    look = Lookups(retail.work, "r")
    assert look.by_vendor_number(["AB-1", "AB-2"]) == []
    assert ids(look.by_code([upc(1)])) == ["1"]
    sent = Requests(retail)
    assert look.by_vendor_number(["AB-1"]) == []
    assert Lookups(retail.new_work(), "r").by_vendor_number(["AB-1"]) == []
    assert sent.new() == []
    assert sum("does not find items by lists of vendor numbers" in text for text in caplog.messages) == 2
    # what was not asked is not kept as an answer
    assert {row["field"] for row in rows(retail.engine, "SELECT field FROM pos_answer")} == {"code/1"}


def test_a_pos_without_vendor_numbers_is_asked_again_the_next_day(retail: Retail) -> None:
    retail.given(shop_floor=pos(items=[item(1)]))
    assert vendor_number_form(retail.work) is None
    retail.sandbox.do("pos", "create", type="Item", record=item(2, **numbered("AB-1")))
    assert vendor_number_form(retail.work) is None
    yesterday = (datetime.now(UTC) - timedelta(hours=25)).strftime("%Y-%m-%d %H:%M:%S.%f")
    execute(retail.engine, "UPDATE reference SET fetched_at = :at", at=yesterday)
    assert vendor_number_form(retail.work) == "json"


def test_a_code_that_cannot_be_searched_for_is_an_error_a_sku_is_not(
    shop: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ignored(*_: Any, **__: Any) -> Any:
        raise NotSearchable("Lightspeed ignores the search.")

    monkeypatch.setattr(shop.work.pos, "items_by_codes", ignored)
    look = Lookups(shop.work, "r")
    for search in (look.by_code, look.by_id, look.in_matrices, look.stocked):
        with pytest.raises(NotSearchable):
            search(["1"])
    assert look.by_sku(["1"]) == []
    assert rows(shop.engine, "SELECT * FROM pos_answer") == []


def test_where_old_answers_may_not_be_deleted_the_work_goes_on(
    shop: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nuorder_pos.errors import Permanent

    def refused(*_: Any) -> int:
        raise Permanent("The user may not do this.")

    monkeypatch.setattr(pos_answers, "forget", refused)
    assert ids(Lookups(shop.work, "r").by_code([upc(1)])) == ["1"]
    assert len(rows(shop.engine, "SELECT * FROM pos_answer")) == 1


# --- several answers together ---


def test_an_item_of_several_answers_comes_once_with_all_that_was_loaded() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    plain = PosItem("2", "old", changed=noon)
    with_numbers = PosItem("2", "new", changed=noon + timedelta(hours=1), vendor_numbers=(("1", "AB"),))
    stocked = PosItem("2", "old", changed=noon, stock=(("0", 5),))  # type: ignore[arg-type]
    other = PosItem("10")
    whole = PosItem(
        "2", "new", changed=noon + timedelta(hours=1), vendor_numbers=(("1", "AB"),), stock=stocked.stock
    )
    for answers in (
        ([plain, other], [with_numbers], [stocked]),
        ([stocked], [with_numbers, other], [plain], [other]),
        ([with_numbers], [plain], [other, stocked]),
    ):
        assert together(*answers) == [whole, other]
    assert together() == []
