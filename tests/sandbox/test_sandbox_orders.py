"""Purchase orders and their lines."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def shop(pos: Any) -> Any:
    """A POS with a dollar vendor, a euro vendor and three items."""
    pos.control(
        "_reset",
        data={
            "pos": {
                "vendors": [
                    {"vendorID": 1, "name": "Dollar"},
                    {
                        "vendorID": 2,
                        "name": "Euro",
                        "purchasingCurrency": {"code": "EUR", "symbol": "€", "rate": "1.08"},
                    },
                ],
                "items": [{"itemID": number, "description": f"item {number}"} for number in (1, 2, 3)],
            }
        },
        keep=["tokens"],
    )
    return pos


def order(shop: Any, **more: Any) -> Any:
    return shop.post("Order", **{"vendorID": 1, "shopID": 1, **more})["orderID"]


def line(shop: Any, order_id: Any, item: int = 1, quantity: Any = 2, **more: Any) -> Any:
    return shop.post("OrderLine", orderID=order_id, itemID=item, quantity=quantity, **more)


def held(shop: Any, order_id: Any) -> Any:
    return next(one for one in shop.records("Order") if str(one["orderID"]) == str(order_id))


def test_a_new_order_is_open_and_has_no_dates(shop: Any) -> None:
    made = shop.post("Order", vendorID=2, shopID=1, shipCost=7.5, refNum="abc")
    assert (made["shipCost"], made["complete"], made["archived"], made["discount"]) == (
        "7.5",
        "false",
        "false",
        "0",
    )
    assert (made["totalQuantity"], made["noteID"], made["vendorID"]) == ("0", "0", "2")
    assert not {"orderedDate", "receivedDate", "arrivalDate"} & set(made)
    assert (made["vendorCurrencyCode"], made["vendorCurrencyRate"]) == ("EUR", "1.08")
    assert held(shop, 1)["status"] == "Open"


def test_an_order_needs_a_shop_and_known_masters(shop: Any) -> None:
    assert shop.post("Order", vendorID=1)["httpCode"] == "400"
    assert shop.post("Order", vendorID=99, shopID=1)["httpCode"] == "400"
    assert shop.post("Order", Vendor={"vendorID": 1}, Shop={"shopID": 2})["shopID"] == "2"


def test_lines_nested_in_the_order_are_ignored(shop: Any) -> None:
    nested = {"OrderLine": [{"itemID": 1, "quantity": 2, "price": "3"}]}
    number = order(shop, OrderLines=nested)
    shop.put("Order", number, OrderLines=nested)
    assert held(shop, number)["lines"] == []
    shop.switch(lines_in_put_order="accept")
    shop.put("Order", number, OrderLines=nested)
    assert held(shop, number)["totalCost"] == "6"


def test_the_documented_line(shop: Any) -> None:
    made = line(shop, order(shop), quantity="1", price="20", originalPrice="20", numReceived="0")
    expected = {
        "orderLineID": "1",
        "quantity": "1",
        "price": "20",
        "originalPrice": "20",
        "vendorCost": "0",
        "checkedIn": "0",
        "numReceived": "0",
        "total": "20",
        "orderID": "1",
        "itemID": "1",
    }
    assert {name: made[name] for name in expected} == expected


@pytest.mark.parametrize(
    "body", [{"itemID": 1}, {"orderID": 1}, {"orderID": 9, "itemID": 1}, {"orderID": 1, "itemID": 9}]
)
def test_a_line_needs_order_and_item(shop: Any, body: dict[str, int]) -> None:
    order(shop)
    assert shop.post("OrderLine", quantity=1, **body)["httpCode"] == "400"


def test_totals_are_computed(shop: Any) -> None:
    number = order(shop, shipCost="7.50", otherCost="-1.25")
    line(shop, number, 1, 3, price="9.90", originalPrice="11")
    line(shop, number, 2, 2, price="4.05")
    shown = shop.get(f"Order/{number}.json", load_relations="all")["Order"]
    assert (shown["totalQuantity"], shown["subTotalCost"], shown["totalDiscount"], shown["totalCost"]) == (
        "5",
        "41.1",
        "3.3",
        "44.05",
    )
    assert [row["total"] for row in shown["OrderLines"]["OrderLine"]] == ["29.7", "8.1"]
    assert shown["Vendor"]["name"] == "Dollar"
    assert "Note" not in shown
    shop.switch(empty_relation="string")
    assert shop.get(f"Order/{order(shop)}.json", load_relations="all")["Order"]["OrderLines"] == ""
    shop.put("OrderLine", 2, quantity=0)
    shop.put("Order", number, shipCost="")
    assert held(shop, number)["totalCost"] == "28.45"


def test_an_order_discount_lowers_every_unit_cost(shop: Any) -> None:
    number = order(shop, discount=10)
    assert line(shop, number, 1, 2, originalPrice="20")["price"] == "18"
    assert line(shop, number, 2, 1, price="9")["originalPrice"] == "10"
    shop.put("Order", number, discount=50)
    assert [one["price"] for one in held(shop, number)["lines"]] == ["10", "5"]
    assert held(shop, number)["totalCost"] == "25"


def test_vendor_cost_is_converted_with_the_vendors_rate(shop: Any) -> None:
    made = line(shop, order(shop, vendorID=2), vendorCost="10.25")
    assert (made["vendorCost"], made["originalPrice"], made["price"], made["total"]) == (
        "10.25",
        "11.07",
        "11.07",
        "22.14",
    )


def test_costs_are_rounded_by_switch(shop: Any) -> None:
    number = order(shop)
    assert line(shop, number, price="13.8225")["price"] == "13.82"
    assert line(shop, number, price="0.125")["price"] == "0.13"
    shop.switch(cost_precision=-1)
    assert line(shop, number, price="13.8225")["total"] == "27.645"


def test_ordered_date_takes_effect_only_with_a_line(shop: Any) -> None:
    number = order(shop, orderedDate="2026-04-04")
    assert held(shop, number)["status"] == "Open"
    assert shop.put("Order", number, orderedDate="2026-04-05")["orderedDate"] == "2026-04-05T04:00:00+00:00"
    assert held(shop, number)["status"] == "Open"
    line(shop, number)
    assert held(shop, number)["status"] == "Open"
    shop.put("Order", number, orderedDate="2026-04-05")
    assert held(shop, number)["status"] == "Ordered"
    shop.put("Order", number, orderedDate="")
    assert held(shop, number)["status"] == "Open"


@pytest.mark.parametrize(
    "switch, date, after_line",
    [("stored", True, "Open"), ("dropped", False, "Open"), ("counts_later", True, "Ordered")],
)
def test_an_early_ordered_date(shop: Any, switch: str, date: bool, after_line: str) -> None:
    shop.switch(early_ordered_date=switch)
    number = order(shop, orderedDate="2026-04-04")
    assert (held(shop, number)["orderedDate"] is not None) is date
    line(shop, number)
    assert held(shop, number)["status"] == after_line


@pytest.mark.parametrize(
    "shop_id, expected", [(1, "2026-01-15T05:00:00+00:00"), (2, "2026-01-15T08:00:00+00:00")]
)
def test_a_date_is_midnight_in_the_shops_zone(shop: Any, shop_id: int, expected: str) -> None:
    number = order(shop, shopID=shop_id, arrivalDate="2026-01-15")
    assert shop.get(f"Order/{number}.json")["Order"]["arrivalDate"] == expected
    assert shop.put("Order", number, arrivalDate="2026-01-15T10:00:00-05:00")["arrivalDate"] == (
        "2026-01-15T15:00:00+00:00"
    )
    assert "arrivalDate" not in shop.put("Order", number, arrivalDate=None)
    assert shop.put("Order", number, arrivalDate="soon")["httpCode"] == "400"


def test_an_ordered_order_raises_the_backorder(shop: Any) -> None:
    number = order(shop, shopID=2)
    line(shop, number, 3, 4)

    def backorder() -> list[int]:
        return [row["backorder"] for row in shop.records("ItemShop") if row["itemID"] == 3]

    assert backorder() == [0, 0, 0]
    shop.put("Order", number, orderedDate="2026-04-04")
    assert backorder() == [4, 0, 4]
    line(shop, number, 3, 1)
    assert backorder() == [5, 0, 5]
    shop.delete("OrderLine", 1)
    assert backorder() == [1, 0, 1]
    shop.delete("Order", number)
    assert backorder() == [0, 0, 0]
    assert shop.rows("Order") == []
    assert len(shop.rows("Order", archived="only")) == 1


def test_deleting_a_line_is_permanent(shop: Any) -> None:
    number = order(shop)
    line(shop, number)
    assert shop.delete("OrderLine", 1)["quantity"] == "2"
    assert shop.get("OrderLine/1.json")["httpCode"] == "404"
    assert held(shop, number)["lines"] == []


@pytest.mark.parametrize("switch, lines", [("keep", [2, 3]), ("merge", [5]), ("reject", [2])])
def test_the_same_item_twice(shop: Any, switch: str, lines: list[int]) -> None:
    shop.switch(duplicate_lines=switch)
    number = order(shop)
    line(shop, number, 1, 2, price="4")
    line(shop, number, 1, 3, price="4")
    assert [one["quantity"] for one in held(shop, number)["lines"]] == lines


def test_orders_are_found_by_reference(shop: Any) -> None:
    number = order(shop, refNum="65089de8ce0aac042cc47b32", b2bOrderUID="u", b2bOrderNumber="n")
    order(shop)
    found = shop.get("Order.json", refNum="65089de8ce0aac042cc47b32", archived="true")["Order"]
    assert (found["orderID"], found["b2bOrderUID"], found["b2bOrderNumber"]) == (number, "u", "n")
    assert shop.rows("Order", b2bOrderUID="u")[0]["orderID"] == number
    assert len(shop.put("Order", number, refNum="r" * 300)["refNum"]) == 255
    shop.switch(refnum_filter="ignored")
    assert len(shop.rows("Order", refNum="nothing")) == 2
    shop.switch(b2b_fields="ignore")
    assert shop.put("Order", number, b2bOrderUID="other")["b2bOrderUID"] == "u"


def test_undocumented_fields_are_ignored_until_a_switch_accepts_them(shop: Any) -> None:
    body = {
        "Note": {"note": "General <notes>"},
        "discountMoneyValue": "3",
        "shippingCostMethod": "evenly",
        "vendorCurrencyCode": "CAD",
        "CustomFieldValues": {"CustomFieldValue": {"customFieldID": 1, "value": "v"}},
    }
    number = order(shop, **body)
    first = held(shop, number)
    assert (
        first["note"],
        first["custom_fields"],
        first["discountMoneyValue"],
        first["vendorCurrencyCode"],
    ) == (None, [], "0", "USD")
    shop.switch(order_note="accept", order_custom_fields="accept", order_money_fields="accept")
    shop.put("Order", number, **body)
    second = held(shop, number)
    assert (second["note"]["note"], second["discountMoneyValue"], second["vendorCurrencyCode"]) == (
        "General <notes>",
        "3",
        "CAD",
    )
    loaded = shop.get(f"Order/{number}.json", load_relations='["Note","CustomFieldValues"]')["Order"]
    assert loaded["Note"]["note"] == "General <notes>"
    assert loaded["CustomFieldValues"]["CustomFieldValue"]["value"] == "v"


def test_instructions_are_documented_and_kept(shop: Any) -> None:
    number = order(shop, stockInstructions="Notes & more", shipInstructions="Dock 3", stockInstuctions="typo")
    assert (held(shop, number)["stockInstructions"], held(shop, number)["shipInstructions"]) == (
        "Notes & more",
        "Dock 3",
    )


@pytest.mark.parametrize("switch, status", [("400", 400), ("422", 422), ("allow", 200)])
def test_lines_of_a_received_order(shop: Any, switch: str, status: int) -> None:
    shop.switch(closed_order_lines=switch)
    number = order(shop)
    line(shop, number)
    shop.put("Order", number, receivedDate="2026-04-04")
    assert held(shop, number)["status"] == "Check-In"
    line(shop, number)
    assert shop.last.status_code == status
    shop.put("OrderLine", 1, quantity=9)
    assert shop.last.status_code == status
    shop.delete("OrderLine", 1)
    assert shop.last.status_code == status


def test_receiving_finishes_an_order(shop: Any) -> None:
    number = order(shop)
    line(shop, number, 2, 4, price="5")
    shop.put("Order", number, orderedDate="2026-04-04")
    shop.control("_do", act="receive", orderID=number)
    assert held(shop, number)["status"] == "Check-In"
    done = shop.control("_do", act="receive", orderID=number, finish=True)["Order"]
    assert (done["status"], done["lines"][0]["checkedIn"], done["hasShipments"]) == ("Finished", 4, True)
    assert shop.rows("ItemShop", itemID="2", shopID="0")[0]["qoh"] == "4"
    shipment = shop.get(f"Order/{number}/Shipment.json")["OrderShipment"]
    assert (shipment["totalQtyReceived"], shipment["status"]) == ("4", "finished")
    assert shop.get("Shipment.json")["OrderShipment"]["orderID"] == number


def test_the_display_template(shop: Any) -> None:
    number = order(shop, shipCost=1)
    line(shop, number, 1, 2, price="5")
    shown = shop.get("DisplayTemplate/Order.json", load_relations='["nothing"]')
    assert shown["httpCode"] == "400"
    shown = shop.get("DisplayTemplate/Order.json")["Order"]
    assert shown["m"] == {
        "subtotal": "10",
        "totalDiscount": "0",
        "total": "11",
        "shipping": "1",
        "other": "0",
    }
    assert shown["OrderLines"]["OrderLine"]["Item"]["description"] == "item 1"
    assert shown["OrderLines"]["OrderLine"]["m"]["cost"] == "5"


def test_the_back_office_shows_an_order(shop: Any) -> None:
    number = order(shop, refNum="<ref>")
    line(shop, number)
    url = f"{shop.origin}/?name=purchase.views.purchase&form_name=view&id={number}&tab=main"
    page = shop.http.get(url, timeout=5)
    assert f"Purchase Order #{number}" in page.text
    assert "&lt;ref&gt;" in page.text
    assert shop.http.get(url.replace(f"id={number}", "id=99"), timeout=5).status_code == 404
    item = shop.http.get(f"{shop.origin}/?name=item.views.item&form_name=view&id=1&tab=details", timeout=5)
    assert "item 1" in item.text
    assert "Purchase Order" in shop.http.get(shop.origin, timeout=5).text


def test_acts_in_the_back_office(shop: Any) -> None:
    made = shop.control(
        "_do",
        act="create",
        type="Order",
        record={
            "vendorID": 1,
            "shopID": 1,
            "orderedDate": "2026-04-04",
            "Note": {"note": "keyed by hand"},
            "OrderLines": {"OrderLine": [{"itemID": 1, "quantity": 2, "price": "3"}]},
        },
    )["Order"]
    assert (made["status"], made["note"]["note"], made["totalCost"]) == ("Ordered", "keyed by hand", "6")
    shop.control("_do", act="delete_line", orderLineID=made["lines"][0]["orderLineID"])
    assert held(shop, made["orderID"])["status"] == "Open"
    shop.control("_do", act="set_upc", itemID=1, upc="012345678905")
    shop.control("_do", act="set_upc", itemID=2, upc="012345678905")  # a person may
    merged = shop.control("_do", act="merge_items", winner=3, loser=1)["Item"]
    assert (merged["itemID"], merged["upc"]) == (3, "012345678905")
    assert [one["archived"] for one in shop.records("Item")] == [True, False, False]
    shop.control("_do", act="merge_items", winner=3, loser=2, loser_is="gone")
    assert [one["itemID"] for one in shop.records("Item")] == [1, 3]
    shop.control("_do", act="unarchive_item", itemID=1)
    shop.control("_do", act="archive_item", upc="012345678905")
    assert [one["archived"] for one in shop.records("Item")] == [False, True]
    vendor = shop.control(
        "_do", act="update", type="Vendor", id=1, changes={"purchasingCurrency": {"code": "CAD"}}
    )
    assert vendor["Vendor"]["purchasingCurrency"] == {"code": "CAD"}
    assert shop.http.post(f"{shop.origin}/_do", json={"act": "dance"}, timeout=5).status_code == 400
    assert (
        shop.http.post(
            f"{shop.origin}/_do", json={"act": "archive_item", "itemID": 99}, timeout=5
        ).status_code
        == 400
    )
