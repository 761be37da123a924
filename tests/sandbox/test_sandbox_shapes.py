"""The POS's answers beside the recorded and documented ones."""

from __future__ import annotations

from typing import Any

import pytest

V2, DOCS = "lightspeed/recorded_v2/", "lightspeed/official_docs_v3_samples/"
# Keys of the recordings that belong to features the sandbox leaves out.
NOT_HERE = {
    "itemECommerceID",
    "m",
    "ItemComponents",
    "integrationName",
    "integrationLogin",
    "integrationPassword",
    "integrationAccount",
    "integrationEnabled",
    "contactID",
    "noteID",
    "Tags",
}


def scalars(value: Any) -> bool:
    """Whether every leaf is a string."""
    if isinstance(value, dict):
        return all(scalars(one) for one in value.values())
    if isinstance(value, list):
        return all(scalars(one) for one in value)
    return isinstance(value, str)


def sample(recorded: Any, name: str, section: str) -> Any:
    """A documented sample by its heading."""
    samples = recorded(DOCS + name)["samples"]
    return next(one["json"] for one in samples if one.get("section") == section)


def body(recorded: Any, name: str) -> Any:
    """A recorded body."""
    return recorded(V2 + name)["response"]["body"]


def test_item_create_update_and_archive(pos: Any, recorded: Any) -> None:
    pos.call("POST", "Item.json", json={"description": "Onesie"})
    answer, kept = pos.last.json(), body(recorded, "item_create.json")
    assert answer["@attributes"] == kept["@attributes"]
    assert set(kept["Item"]) - NOT_HERE <= set(answer["Item"])
    assert list(answer["Item"])[:4] == list(kept["Item"])[:4]
    stock, other = (one["Item"]["ItemShops"]["ItemShop"] for one in (answer, kept))
    assert list(stock[0]) == list(other[0])
    assert list(answer["Item"]["Prices"]["ItemPrice"][0]) == list(kept["Item"]["Prices"]["ItemPrice"][0])
    unchanged = {
        "discountable",
        "tax",
        "archived",
        "itemType",
        "modelYear",
        "taxClassID",
        "upc",
        "defaultCost",
    }
    assert {name: answer["Item"][name] for name in unchanged} == {
        name: kept["Item"][name] for name in unchanged
    }
    assert scalars(answer)
    updated = pos.put("Item", 1, description="T-Shirt Red Small")
    assert set(body(recorded, "item_update.json")["Item"]) - NOT_HERE <= set(updated)
    assert set(sample(recorded, "item.json", "PUT Update an item")["Item"]) <= set(updated)
    archived = pos.delete("Item", 1)
    assert set(body(recorded, "item_archive_delete.json")["Item"]) - NOT_HERE <= set(archived)
    assert "ItemShops" not in archived


@pytest.mark.parametrize(
    "name, method, path, sent",
    [
        ("item_create_invalid_400.json", "POST", "Item.json", {"description": ""}),
        ("item_update_invalid_400.json", "PUT", "Item/1.json", {"description": ""}),
        ("category_create_invalid_400.json", "POST", "Category.json", {"name": ""}),
    ],
)
def test_recorded_errors(
    pos: Any, recorded: Any, name: str, method: str, path: str, sent: dict[str, str]
) -> None:
    pos.post("Item", description="x")
    kept = recorded(V2 + name)["response"]
    answer = pos.call(method, path, json=sent)
    assert (pos.last.status_code, answer) == (kept["status"], kept["body"])
    assert [pos.last.headers["Content-Type"]] == kept["headers"]["Content-Type"]


def test_matrix_and_variant_of_the_tutorial(pos: Any, recorded: Any) -> None:
    made, reply, variant, variant_reply = (
        one["json"] for one in recorded(DOCS + "tutorial_itemmatrix.json")["samples"]
    )
    matrix = pos.post("ItemMatrix", **made)
    assert set(reply["ItemMatrix"]) == set(matrix)
    assert (matrix["attribute1Values"], matrix["attribute2Values"]) == ("", "")
    item = pos.post(
        "Item", **variant, **{"itemMatrixID": matrix["itemMatrixID"]} if "itemMatrixID" not in variant else {}
    )
    assert item["httpCode"] == "400"  # matrix 20 of the tutorial does not exist here
    item = pos.post("Item", **{**variant, "itemMatrixID": matrix["itemMatrixID"]})
    assert set(variant_reply["Item"]) <= set(item)
    assert item["ItemAttributes"] == variant_reply["Item"]["ItemAttributes"]
    for name in ("attribute1Values", "attribute2Values"):
        assert item["ItemMatrix"][name] == variant_reply["Item"]["ItemMatrix"][name]


@pytest.mark.parametrize(
    "name, section, resource, sent",
    [
        ("itemattributeset.json", "POST Create an item attribute set", "ItemAttributeSet", {"name": "a"}),
        ("manufacturer.json", "POST Create a manufacturer", "Manufacturer", {"name": "a"}),
        ("category.json", "POST Create a Category", "Category", {"name": "a"}),
        ("tag.json", "POST Create a tag", "Tag", {"name": "a"}),
        ("season.json", "POST Create a season", "Season", {"name": "a"}),
        ("taxclass.json", "POST Create a tax class", "TaxClass", {"name": "a"}),
        (
            "currencyrate.json",
            "POST Create a Currency Rate",
            "CurrencyRate",
            {"currencyCode": "GBP", "rate": "1.2"},
        ),
        ("vendor.json", "POST Create a vendor", "Vendor", {"name": "a"}),
    ],
)
def test_documented_records(
    pos: Any, recorded: Any, name: str, section: str, resource: str, sent: Any
) -> None:
    kept = sample(recorded, name, section)[resource]
    made = pos.post(resource, **sent)
    assert set(kept) == set(made)
    assert scalars(made)


def test_orders_and_lines(pos: Any, recorded: Any) -> None:
    pos.post("Vendor", name="v")
    pos.post("Item", description="i")
    tutorial = [one["json"] for one in recorded(DOCS + "tutorial_inventory_po.json")["samples"]]
    made = pos.post("Order", **(tutorial[1] | {"vendorID": 1}))
    kept = tutorial[2]["Order"]
    assert set(kept) <= set(made)
    same = {
        "complete",
        "archived",
        "discount",
        "totalDiscount",
        "totalQuantity",
        "refNum",
        "noteID",
        "otherCost",
    }
    assert {name: made[name] for name in same} == {name: kept[name] for name in same}
    assert made["shipCost"] == "7.5"  # the documented reply shows 10, which was never sent
    line = pos.post(
        "OrderLine", quantity="1", price="20", originalPrice="20", numReceived="0", itemID="1", orderID="1"
    )
    documented = sample(recorded, "orderline.json", "POST Create an order line")["OrderLine"]
    assert set(documented) <= set(line)
    assert {name: line[name] for name in ("quantity", "price", "vendorCost", "checkedIn", "total")} == {
        name: documented[name] for name in ("quantity", "price", "vendorCost", "checkedIn", "total")
    }
    everything = sample(recorded, "order.json", "GET Single order")["Order"]
    pos.put("Order", 1, orderedDate="2021-10-17", receivedDate="2021-10-17")
    shown = pos.get("Order/1.json")["Order"]
    assert set(everything) == set(shown)
    listed = body(recorded, "order_list_load_relations_all.json")["Order"][1]
    loaded = pos.get("Order/1.json", load_relations="all")["Order"]
    assert set(listed) <= set(loaded)
    display = sample(recorded, "displaytemplate_order.json", "GET All Orders")["Order"][0]
    shown = pos.get("DisplayTemplate/Order.json")["Order"]
    assert set(display) - {"Note", "arrivalDate"} <= set(shown)
    assert set(display["OrderLines"]["OrderLine"]) <= set(shown["OrderLines"]["OrderLine"])


def test_stock_shop_levels_sets_and_images(pos: Any, recorded: Any) -> None:
    pos.post("Item", description="i")
    kept = sample(recorded, "itemshop.json", "GET Single ItemShop")["ItemShop"]
    assert list(kept) == list(pos.get("ItemShop/1.json")["ItemShop"])
    assert set(sample(recorded, "shop.json", "GET Single shop")["Shop"]) == set(
        pos.get("Shop/1.json")["Shop"]
    )
    assert list(body(recorded, "pricelevel_list.json")["PriceLevel"][0]) == list(pos.rows("PriceLevel")[0])
    sets = body(recorded, "itemattributeset_list.json")["ItemAttributeSet"]
    own = [{key: row[key] for key in sets[0]} for row in pos.rows("ItemAttributeSet")]
    assert own == sets
    image = pos.call("POST", "Item/1/Image.json", files={"data": (None, "{}"), "image": ("a.jpg", b"x")})[
        "Image"
    ]
    documented = next(
        one["json"]["Image"]
        for one in recorded(DOCS + "item_image.json")["samples"]
        if "Image" in one["json"]
    )
    assert set(image) == set(documented)


def test_account_session_and_tokens(pos: Any, recorded: Any) -> None:
    kept = body(recorded, "account_lookup.json")
    answer = pos.get(f"{pos.origin}/API/V3/Account.json")
    assert set(answer["Account"]) == set(kept["Account"])
    documented = recorded(DOCS + "account.json")["samples"][1]["json"]
    assert set(documented) == set(pos.get(f"{pos.base}.json"))
    session = recorded(DOCS + "session.json")["samples"][0]["json"]
    assert set(session) == set(pos.get(f"{pos.origin}/API/Session.json"))
    pos.switch(seed_refresh_token="always")
    pair = next(
        one["json"] for one in recorded(DOCS + "oauth_refresh.json")["samples"] if "token_type" in one["json"]
    )
    assert set(pair) == set(pos.token().json())


def test_a_vendor_with_contact(pos: Any, recorded: Any) -> None:
    kept = body(recorded, "vendor_get_with_contact_reps.json")["Vendor"]
    pos.post("Vendor", name="v", Contact=kept["Contact"], Reps=kept["Reps"])
    shown = pos.get("Vendor/1.json", load_relations="all")["Vendor"]
    assert {key: value for key, value in shown["Contact"].items() if key != "timeStamp"} == {
        key: value for key, value in kept["Contact"].items() if key != "timeStamp"
    }
    assert shown["Reps"] == kept["Reps"]
