"""The sample data: is every order what its remark says?"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sandbox.sample import dataset, describe
from sandbox.sample.gtin import check_digit

FINAL = {"approved", "processed", "shipped"}


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return dataset()


@pytest.fixture(scope="module")
def orders(data: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (brand["slug"], order["order_number"]): order
        for brand in data["nuorder"]["brands"]
        for order in brand["orders"]
    }


def sizes(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [size for line in order["line_items"] for size in line["sizes"]]


def codes(data: dict[str, Any]) -> Counter[str]:
    return Counter(item["upc"] for item in data["pos"]["items"] if item["upc"] and not item.get("archived"))


def test_four_brands_and_years_of_old_orders(data: dict[str, Any]) -> None:
    brands = data["nuorder"]["brands"]
    assert [brand["slug"] for brand in brands] == ["acme", "nordlys", "oneil", "koyo"]
    old = [order for brand in brands for order in brand["orders"] if order["created_on"] < "2025-06"]
    assert len(old) == 60
    assert {order["status"] for order in old} == {"shipped"}
    assert len({order["_id"] for brand in brands for order in brand["orders"]}) == 83


def test_every_status_occurs(orders: Any) -> None:
    assert {order["status"] for order in orders.values()} == {
        "draft",
        "review",
        "pending",
        "approved",
        "processed",
        "shipped",
        "cancelled",
    }


def test_a_typical_order_is_mostly_known(data: dict[str, Any], orders: Any) -> None:
    known = codes(data)
    for row in describe():
        if row["status"] not in FINAL or not row["remark"].startswith("clean"):
            continue
        order = next(one for one in orders.values() if one["_id"] == row["order_id"])
        upcs = [size["upc"] for size in sizes(order)]
        share = sum(upc.zfill(12) in known for upc in upcs) / len(upcs)
        assert 0.65 <= share <= 0.95, (row, share)
        assert 20 <= len(upcs) <= 45, row


def test_clean_orders_raise_no_question(data: dict[str, Any], orders: Any) -> None:
    held = Counter(item["upc"] for item in data["pos"]["items"] if item["upc"])
    clean = [row for row in describe() if row["remark"].startswith("clean")]
    assert len(clean) >= 5
    assert len({row["brand"] for row in clean}) >= 3
    for row in clean:
        order = next(one for one in orders.values() if one["_id"] == row["order_id"])
        upcs = [size["upc"] for size in sizes(order)]
        assert len(set(upcs)) == len(upcs)
        assert all(held[upc] <= 1 for upc in upcs)
        assert not row["has_question"]


@pytest.mark.parametrize("row", describe(), ids=lambda row: row["order_number"])
def test_totals_are_consistent(orders: Any, row: dict[str, Any]) -> None:
    order = next(one for one in orders.values() if one["_id"] == row["order_id"])
    discounts = order["order_discounts"]
    packs = order.get("total_quantity", 0) > sum(size["quantity"] for size in sizes(order))
    goods = sum(
        Decimal(str(size["price_precise"]))
        * size["quantity"]
        * (size.get("units_per_pack", 1) if packs else 1)
        for size in sizes(order)
    )
    assert abs(goods - Decimal(discounts["discounted_total"])) <= Decimal("0.01")
    shipping = Decimal(discounts["shipping_final_amount"])
    total = Decimal(str(order["total"])) - Decimal(discounts["surcharge"])
    fits = {Decimal(discounts["discounted_total"]), Decimal(discounts["discounted_total"]) + shipping}
    assert (total in fits) is ("no reading reproduces" not in row["remark"])


def test_what_the_remarks_promise(data: dict[str, Any], orders: Any) -> None:
    held = Counter(item["upc"] for item in data["pos"]["items"] if item["upc"])
    live = codes(data)
    upcs = {key: [size.get("upc") for size in sizes(order)] for key, order in orders.items()}
    trouble = upcs[("acme", "104503")]
    assert any(live[upc] == 2 for upc in trouble)
    assert any(held[upc] == 1 and not live[upc] for upc in trouble)
    assert max(Counter(upcs[("oneil", "7732")]).values()) == 2
    warned = upcs[("nordlys", "20883")]
    assert None in warned
    assert any(upc and "E+" in upc for upc in warned)
    assert any(upc and re.fullmatch(r"\d{12}", upc) and check_digit(upc[:-1]) != upc[-1] for upc in warned)
    assert any(item.get("ean") in warned for item in data["pos"]["items"] if item.get("ean"))
    assert any(item["upc"] == "0" + str(upc) for item in data["pos"]["items"] for upc in warned if upc)
    assert orders[("nordlys", "20883")]["__cancelled_units"] == 6
    assert any(size["quantity"] == 0 for size in sizes(orders[("nordlys", "20883")]))
    assert any(upc and len(upc) == 11 for upc in upcs[("koyo", "55310")])
    assert orders[("nordlys", "20881")]["currency_code"] == "EUR"
    assert orders[("acme", "104506")]["currency_code"] == "CAD"
    first, second = orders[("acme", "104504-1")], orders[("acme", "104504-2")]
    assert first["order_group_id"] == second["order_group_id"]
    assert len({line["ship_end"] for line in orders[("nordlys", "20882")]["line_items"]}) == 2
    assert ("koyo", "20884") in orders
    assert ("nordlys", "20884") in orders
    notes = " ".join(order["Note"]["note"] for order in data["pos"]["orders"] if "Note" in order)
    assert orders["nordlys", "20880"]["order_number"] in notes
    elsewhere = [order for order in data["pos"]["orders"] if order.get("b2bOrderUID")]
    assert [order["b2bOrderUID"] for order in elsewhere] == [orders[("acme", "104505")]["_id"]]


def test_good_codes_have_the_right_check_digit(data: dict[str, Any]) -> None:
    for item in data["pos"]["items"]:
        if item["upc"]:
            assert check_digit(item["upc"][:-1]) == item["upc"][-1]
    assert any(item["upc"].startswith("0") for item in data["pos"]["items"])


def test_new_styles_have_a_picture_and_one_product_is_gone(data: dict[str, Any], orders: Any) -> None:
    products = {
        product["_id"]: product for brand in data["nuorder"]["brands"] for product in brand["products"]
    }
    ordered = [
        line["product"]["_id"]
        for key, order in orders.items()
        for line in order["line_items"]
        if order["created_on"] > "2025-06"
    ]
    assert len({number for number in ordered if number not in products}) == 1
    assert {len(product["images"]) for product in products.values()} == {0, 1}


def test_the_sample_loads_and_is_served(server: Any, another_nuorder: Any) -> None:
    server.world.reset("sample")
    client = another_nuorder(0)
    server.world.reset("sample")
    assert len(client.get("/api/orders/shipped/list").json()) == 16
    assert (
        client.get("/api/order/number/104501").json()["retailer"]["retailer_name"] == "Sandbox Sports & Style"
    )
    assert client.get("/api/order/number/20881").status_code == 404
    client.http.close()
