"""The demonstration notices when the POS does not hold what was ordered."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from demo.books import Books

RECORDS: dict[str, list[dict[str, Any]]] = {
    "Shop": [{"shopID": 1, "name": "Main Street"}],
    "Vendor": [{"vendorID": 7, "name": "Acme"}],
    "Item": [{"itemID": 11, "description": "Tee S", "upc": "086001000012"}, {"itemID": 12, "description": "Tee M"}],
    "Order": [
        {
            "orderID": 106, "vendorID": 7, "shopID": 1, "refNum": "abc", "archived": False, "status": "Ordered",
            "shipCost": "5", "otherCost": "0", "orderedDate": "2026-11-20T00:00:00+00:00",
            "lines": [
                {"itemID": 11, "quantity": 2, "price": "8.25"},
                {"itemID": 12, "quantity": 3, "price": "8.255"},
            ],
        }
    ],
}  # fmt: skip
ORDER = {"order_id": "abc", "po_id": "106"}
LINES = [
    {"line": "1", "units": 2, "item_id": "11"},
    {"line": "2", "units": 3, "item_id": None},
    {"line": "3", "units": 0, "item_id": None},
]


def complaints(change: Any) -> str:
    records = deepcopy(RECORDS)
    change(records)
    return "; ".join(Books(records).complaints(ORDER, LINES))


def test_a_purchase_order_as_ordered_gives_no_complaint() -> None:
    assert complaints(lambda records: None) == ""


@pytest.mark.parametrize(
    "change, sentence",
    [
        (lambda r: r["Order"].clear(), "0 purchase orders"),
        (lambda r: r["Order"].append(r["Order"][0]), "2 purchase orders"),
        (lambda r: r["Order"][0].update(orderID=107), "our books say 106"),
        (lambda r: r["Order"][0].update(archived=True), "archived"),
        (lambda r: r["Order"][0]["lines"][0].update(quantity=3), "6 units, ordered were 5"),
        (lambda r: r["Order"][0]["lines"].append({"itemID": 12, "quantity": 0}), "3 lines, ordered were 2"),
        (lambda r: r["Order"][0]["lines"][0].update(itemID=12), "item 11 is on it 0 times"),
        (lambda r: r["Order"][0]["lines"][1].update(itemID=99), "items that do not exist: 99"),
    ],
)
def test_a_deviation_is_named(change: Any, sentence: str) -> None:
    assert sentence in complaints(change)


def test_amounts_are_shown_with_two_decimals_and_never_rounded() -> None:
    books = Books(RECORDS)

    assert books.amounts(RECORDS["Order"][0]) == "5 units for 41.265, shipping 5.00, other costs 0.00"
    assert (
        books.head(RECORDS["Order"][0])
        == "Purchase order 106, Acme for Main Street, Ordered, ordered 2026-11-20"
    )
    assert books.rows(RECORDS["Order"][0])[1] == ("12", "Tee M", "", "3", "8.255")
