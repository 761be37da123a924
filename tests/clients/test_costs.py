from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from nuorder_pos.clients.costs import read_cost, write_cost

PRICES = {"Prices": {"ItemPrice": [{"amount": "1", "useTypeID": "1"}, {"amount": "2", "useTypeID": "2"}]}}
ATTRIBUTES = {"ItemAttributes": {"itemAttributeSetID": "1", "attribute1": "White", "attribute2": "S"}}
VENDOR_NUMBER = {"ItemVendorNums": {"ItemVendorNum": [{"value": "x", "vendorID": "1"}]}}


@pytest.mark.parametrize(
    "resource, payload, drips",
    [
        ("Order", {"vendorID": "1", "shopID": "1"}, "1"),
        ("OrderLine", {"orderID": "1", "itemID": "2"}, "1"),
        ("ItemMatrix", {"description": "x", "itemAttributeSetID": "1"}, "1"),
        ("ItemMatrix", {"description": "x", **PRICES}, "2"),
        ("Item", {"itemMatrixID": "1", **ATTRIBUTES}, "1.5"),
        ("Item", {"itemMatrixID": "1", **ATTRIBUTES, **PRICES, **VENDOR_NUMBER}, "3"),
        ("Item", {"Note": {"note": "x"}}, "1.5"),
        ("Item", {"CustomFieldValues": {"CustomFieldValue": [{"value": "1"}, {"value": "2"}]}}, "2"),
        ("Vendor", {"name": "x"}, "1"),
        ("Vendor", {"name": "x", "Contact": {"Addresses": {"ContactAddress": {"city": "y"}}}}, "2"),
        ("Category", {"name": "x"}, "10"),
        ("Image", None, "1"),
        ("OrderLine", None, "1"),
    ],
)
def test_writes_cost_one_and_half_for_each_nested_entity(resource: str, payload: Any, drips: str) -> None:
    assert write_cost(resource, payload) == Decimal(drips)


@pytest.mark.parametrize(
    "resource, query, single, drips",
    [
        ("Item", {}, False, "1"),
        ("Item", {"upc": 'IN,["1"]', "limit": "100"}, False, "1"),
        ("Order", {"load_relations": '["OrderLines"]'}, True, "1.2"),
        ("Order", {"load_relations": '["OrderLines","Note"]'}, True, "1.3"),
        ("Order", {"load_relations": '["Note"]'}, False, "1.2"),
        ("Item", {"load_relations": '["ItemAttributes","ItemVendorNums"]'}, False, "1.6"),
        ("Item", {"load_relations": '["TagRelations.Tag"]'}, True, "1.6"),
        ("Order", {"load_relations": "all"}, True, "1.5"),
        ("Order", {"load_relations": '"all"'}, False, "2.0"),
        ("Register", {"load_relations": "all"}, False, "6"),
        ("Item", {"count": "1"}, False, "10"),
        ("Item", {"or": "upc=1|upc=2|upc=3"}, False, "1"),
        ("Item", {"or": "upc=1|ean=2"}, False, "3"),
        ("Item", {"or": "upc=>,1|ean=<,2"}, False, "12"),
        ("Item", {"or": "upc=1|ItemShops.qoh=2|ItemShops.shopID=1"}, False, "22"),
    ],
)
def test_reads_cost_by_the_table(resource: str, query: dict[str, str], single: bool, drips: str) -> None:
    assert read_cost(resource, query, single) == Decimal(drips)


def test_the_documented_example_of_a_hundred_lines() -> None:
    variant = {"itemMatrixID": "1", "description": "x", **ATTRIBUTES}
    total = (
        read_cost("Item", {"upc": "IN,[…]"})
        + 10 * write_cost("ItemMatrix", {"description": "x", "itemAttributeSetID": "1"})
        + 40 * write_cost("Item", variant)
        + write_cost("Order", {"vendorID": "1"})
        + 100 * write_cost("OrderLine", {"orderID": "1"})
        + write_cost("Order", {"orderedDate": "2025-01-01"})
    )
    assert total == 173


def test_the_documented_realistic_case() -> None:
    matrix = {"description": "x", "itemAttributeSetID": "1", **PRICES}
    variant = {"itemMatrixID": "1", **ATTRIBUTES, **PRICES, **VENDOR_NUMBER}
    reads = 3 * read_cost("Item") + read_cost("Order", {"load_relations": '["OrderLines"]'}, single=True)
    writes = 10 * write_cost("ItemMatrix", matrix) + 40 * write_cost("Item", variant) + 102
    assert reads + writes == Decimal("246.2")
