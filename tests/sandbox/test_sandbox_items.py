"""Items, matrices, attribute sets, images, vendors and the small resources."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

UPC = "012345678905"
OTHER = "112345678904"


def test_a_minimal_item_has_the_recorded_defaults(pos: Any) -> None:
    item = pos.post("Item", description="Onesie")
    expected = {
        "discountable": "true",
        "tax": "true",
        "archived": "false",
        "itemType": "default",
        "modelYear": "0",
        "taxClassID": "1",
        "upc": "",
        "ean": "",
        "customSku": "",
        "manufacturerSku": "",
        "defaultCost": "0",
        "avgCost": "0",
        "categoryID": "0",
        "itemMatrixID": "0",
        "manufacturerID": "0",
        "seasonID": "0",
    }
    assert {name: item[name] for name in expected} == expected
    assert item["systemSku"] == "210000000007"
    assert [row["shopID"] for row in item["ItemShops"]["ItemShop"]] == ["1", "2", "0"]
    assert [(row["useTypeID"], row["useType"], row["amount"]) for row in item["Prices"]["ItemPrice"]] == [
        ("1", "Default", "0"),
        ("2", "MSRP", "0"),
        ("4", "Online", "0"),
        ("5", "Employee", "0"),
    ]


@pytest.mark.parametrize(
    "method, message",
    [
        ("post", "Item not created. An Item must have a description."),
        ("put", "Item not updated. An Item must have a description."),
    ],
)
def test_an_item_needs_a_description(pos: Any, method: str, message: str) -> None:
    number = pos.post("Item", description="x")["itemID"]
    answer = pos.post("Item", description="") if method == "post" else pos.put("Item", number, description="")
    assert answer == {
        "httpCode": "400",
        "httpMessage": "Bad Request",
        "message": message,
        "errorClass": "Exception",
    }
    assert pos.last.headers["Content-Type"] == "text/html; charset=UTF-8"


def test_unknown_and_read_only_fields_vanish_without_an_error(pos: Any) -> None:
    item = pos.post(
        "Item", description="x", descripton="y", systemSku="1", avgCost="9", reference="z", itemID="77"
    )
    assert (item["itemID"], item["systemSku"], item["avgCost"]) == ("1", "210000000007", "0")
    assert "reference" not in item


def test_put_is_partial_and_empty_clears(pos: Any) -> None:
    number = pos.post("Item", description="x", customSku="c", defaultCost="4.50", manufacturerID=3)["itemID"]
    item = pos.put("Item", number, customSku="", manufacturerID=None, tax=False)
    assert (item["customSku"], item["manufacturerID"], item["defaultCost"], item["tax"]) == (
        "",
        "0",
        "4.5",
        "false",
    )
    assert item["description"] == "x"


@pytest.mark.parametrize(
    "first, second",
    [({"upc": UPC}, {"upc": UPC}), ({"ean": UPC}, {"ean": UPC}), ({"upc": UPC}, {"ean": UPC})],
)
def test_a_duplicate_code_is_a_422(pos: Any, first: dict[str, str], second: dict[str, str]) -> None:
    pos.post("Item", description="a", **first)
    answer = pos.post("Item", description="b", **second)
    assert (pos.last.status_code, answer["httpCode"]) == (422, "422")
    assert "already exists" in answer["message"]
    number = pos.post("Item", description="c")["itemID"]
    assert pos.put("Item", number, **second)["httpCode"] == "422"
    assert len(pos.records("Item")) == 2


def test_an_item_may_be_sent_its_own_code_again(pos: Any) -> None:
    number = pos.post("Item", description="a", upc=UPC)["itemID"]
    assert pos.put("Item", number, upc=UPC, description="b")["description"] == "b"


def test_codes_across_fields_is_a_switch(pos: Any) -> None:
    pos.switch(codes_across_fields=False)
    pos.post("Item", description="a", upc=UPC)
    assert pos.post("Item", description="b", ean=UPC)["itemID"] == "2"


def test_an_archived_holder_blocks_by_switch(pos: Any) -> None:
    number = pos.post("Item", description="a", upc=UPC)["itemID"]
    assert pos.delete("Item", number)["archived"] == "true"
    assert pos.rows("Item", upc=UPC) == []
    assert len(pos.rows("Item", upc=UPC, archived="true")) == 1
    assert pos.post("Item", description="b", upc=UPC)["httpCode"] == "422"
    pos.switch(archived_blocks_upc=False)
    assert pos.post("Item", description="b", upc=UPC)["upc"] == UPC
    assert pos.put("Item", number, archived="false")["httpCode"] == "422"


def test_a_put_un_archives_and_never_archives(pos: Any) -> None:
    number = pos.post("Item", description="a")["itemID"]
    assert pos.put("Item", number, archived="true")["archived"] == "false"
    pos.delete("Item", number)
    assert pos.put("Item", number, archived="false")["archived"] == "false"


@pytest.mark.parametrize(
    "rule, code, status",
    [
        ("digits", "1234567890", 422),
        ("digits", "123456789012345", 422),
        ("digits", "12345678901A", 422),
        ("digits", "012345678900", 200),
        ("check_digit", "012345678900", 422),
        ("check_digit", UPC, 200),
        ("any", "SPREE-T-SHIRT", 200),
    ],
)
def test_the_form_of_codes(pos: Any, rule: str, code: str, status: int) -> None:
    pos.switch(upc_rule=rule)
    pos.post("Item", description="a", upc=code)
    assert pos.last.status_code == status


def test_prices_by_id_and_by_name(pos: Any) -> None:
    item = pos.post(
        "Item",
        description="a",
        Prices={
            "ItemPrice": [
                {"amount": "20.50", "useTypeID": "1"},
                {"amount": 25, "useType": "online"},
                {"amount": "1", "useTypeID": "99"},
            ]
        },
    )
    amounts = {row["useType"]: row["amount"] for row in item["Prices"]["ItemPrice"]}
    assert amounts == {"Default": "20.5", "MSRP": "0", "Online": "25", "Employee": "0"}
    bad = pos.put(
        "Item", item["itemID"], description="z", Prices={"ItemPrice": {"amount": "x", "useTypeID": "1"}}
    )
    assert bad["httpCode"] == "400"
    assert pos.get("Item/1.json")["Item"]["description"] == "a"


def test_a_variant_extends_its_matrix(pos: Any) -> None:
    matrix = pos.post("ItemMatrix", description="Tee", itemAttributeSetID=1)
    assert (matrix["attribute1Values"], matrix["attribute2Values"], matrix["taxClassID"]) == ("", "", "0")
    assert "attribute3Values" not in matrix
    for size in ("Small", "Large"):
        item = pos.post(
            "Item",
            description=f"Tee White {size}",
            itemMatrixID=matrix["itemMatrixID"],
            ItemAttributes={"itemAttributeSetID": 1, "attribute1": "White", "attribute2": size},
        )
    assert item["ItemAttributes"] == {
        "itemAttributeSetID": "1",
        "attribute1": "White",
        "attribute2": "Large",
        "attribute3": "",
    }
    shown = pos.get("ItemMatrix/1.json")["ItemMatrix"]
    assert (shown["attribute1Values"], shown["attribute2Values"]) == ("White", ["Small", "Large"])
    loaded = pos.get("ItemMatrix/1.json", load_relations=json.dumps(["Items"]))["ItemMatrix"]
    assert len(loaded["Items"]["Item"]) == 2


def test_a_size_set_uses_attribute_two(pos: Any) -> None:
    pos.post("ItemMatrix", description="Sock", itemAttributeSetID=2)
    item = pos.post("Item", description="Sock M", itemMatrixID=1, ItemAttributes={"attribute1": "M"})
    assert item["ItemAttributes"]["attribute1"] == ""
    pos.put("Item", 1, ItemAttributes={"attribute2": "M"})
    matrix = pos.get("ItemMatrix/1.json")["ItemMatrix"]
    assert matrix["attribute2Values"] == "M"
    assert "attribute1Values" not in matrix


def test_an_item_moves_into_a_matrix(pos: Any) -> None:
    pos.post("ItemMatrix", description="Tee", itemAttributeSetID=1)
    pos.post("Item", description="loose")
    item = pos.put("Item", 1, itemMatrixID=1, ItemAttributes={"attribute1": "Red", "attribute2": "M"})
    assert (item["itemMatrixID"], item["ItemMatrix"]["attribute1Values"]) == ("1", "Red")
    assert pos.put("Item", 1, itemMatrixID=99)["httpCode"] == "400"


@pytest.mark.parametrize(
    "body", [{"description": "x"}, {"itemAttributeSetID": 1}, {"description": "x", "itemAttributeSetID": 99}]
)
def test_a_matrix_needs_description_and_set(pos: Any, body: dict[str, Any]) -> None:
    assert pos.post("ItemMatrix", **body)["httpCode"] == "400"


def test_deleting_a_matrix_archives_its_items(pos: Any) -> None:
    pos.post("ItemMatrix", description="Tee", itemAttributeSetID=1)
    pos.post("Item", description="a", itemMatrixID=1)
    assert pos.delete("ItemMatrix", 1)["archived"] == "true"
    assert pos.records("Item")[0]["archived"] is True
    assert pos.rows("ItemMatrix") == []


def test_what_a_matrix_gives_its_variants_is_a_switch(pos: Any) -> None:
    pos.post(
        "ItemMatrix",
        description="Tee",
        itemAttributeSetID=1,
        defaultVendorID=4,
        Prices={"ItemPrice": {"amount": "20", "useTypeID": "1"}},
    )
    first = pos.post("Item", description="a", itemMatrixID=1)
    pos.switch(variants_inherit=True)
    second = pos.post("Item", description="b", itemMatrixID=1)
    amounts = [one["Prices"]["ItemPrice"][0]["amount"] for one in (first, second)]
    assert (amounts, first["defaultVendorID"], second["defaultVendorID"]) == (["0", "20"], "0", "4")


def test_items_nested_in_a_matrix_are_ignored_by_default(pos: Any) -> None:
    body = {"description": "m", "itemAttributeSetID": 1, "Items": {"Item": {"description": "i"}}}
    pos.post("ItemMatrix", **body)
    assert pos.records("Item") == []
    pos.switch(items_in_post_matrix="accept")
    pos.post("ItemMatrix", **body)
    assert pos.records("Item")[0]["itemMatrixID"] == 2


def test_vendor_numbers_note_and_custom_values(pos: Any) -> None:
    pos.post(
        "Item",
        description="a",
        ItemVendorNums={"ItemVendorNum": {"value": "ab-1", "vendorID": 5, "cost": "3"}},
        Note={"note": "hello"},
        CustomFieldValues={"CustomFieldValue": {"customFieldID": 1, "value": "v"}},
    )
    shown = pos.get("Item/1.json", load_relations="all")["Item"]
    number = shown["ItemVendorNums"]["ItemVendorNum"]
    assert (number["value"], number["vendorID"], number["cost"], shown["Note"]["note"]) == (
        "ab-1",
        "5",
        "0",
        "hello",
    )
    assert "CustomFieldValues" not in shown
    named = pos.get("Item/1.json", load_relations='["CustomFieldValues"]')["Item"]
    assert named["CustomFieldValues"]["CustomFieldValue"]["value"] == "v"
    found = pos.rows("Item", load_relations='["ItemVendorNums"]', **{"ItemVendorNums.value": "AB-1"})
    assert [row["itemID"] for row in found] == ["1"]
    pos.put("Item", 1, ItemVendorNums={"ItemVendorNum": {"value": "ab-2", "vendorID": 5}})
    assert [one["value"] for one in pos.records("Item")[0]["vendor_numbers"]] == ["ab-2"]
    pos.switch(vendor_cost_feature=True)
    pos.put("Item", 1, ItemVendorNums={"ItemVendorNum": {"value": "ab-2", "vendorID": 5, "cost": "3"}})
    assert pos.records("Item")[0]["vendor_numbers"][0]["cost"] == "3"


def test_tags_on_an_item_are_ignored_by_default(pos: Any) -> None:
    pos.post("Item", description="a", Tags={"tag": ["New Tag"]})
    assert pos.records("Item")[0]["tags"] == []
    pos.switch(item_tags="accept")
    pos.put("Item", 1, Tags={"tag": ["New Tag", "x"]})
    shown = pos.get("Item/1.json", load_relations='["TagRelations.Tag"]')["Item"]
    assert [one["Tag"]["name"] for one in shown["TagRelations"]["TagRelation"]] == ["newtag", "x"]


def test_masters_sent_as_objects(pos: Any) -> None:
    item = pos.post("Item", description="a", Manufacturer={"name": "Acme"})
    assert item["manufacturerID"] == "1"
    assert pos.post("Item", description="b", Manufacturer={"name": "ACME"})["manufacturerID"] == "1"


def test_stock_rows_do_not_move_the_items_stamp(pos: Any) -> None:
    pos.control(
        "_reset",
        data={
            "pos": {"items": [{"itemID": 1, "description": "a", "timeStamp": "2026-01-01T00:00:00+00:00"}]}
        },
        keep=["tokens"],
    )
    stamp = pos.get("Item/1.json")["Item"]["timeStamp"]
    pos.put("Item", 1, ItemShops={"ItemShop": {"shopID": 1, "reorderPoint": 3, "qoh": 5}})
    held = pos.rows("ItemShop", itemID="1", shopID="1")[0]
    assert (held["reorderPoint"], held["qoh"]) == ("3", "5")
    assert pos.rows("ItemShop", itemID="1", shopID="0")[0]["qoh"] == "5"
    assert pos.get("Item/1.json")["Item"]["timeStamp"] == stamp
    pos.put("Item", 1, description="b")
    assert pos.get("Item/1.json")["Item"]["timeStamp"] != stamp
    assert pos.put("ItemShop", held["itemShopID"], reorderLevel=7, qoh=99)["reorderLevel"] == "7"
    pos.delete("Item", 1)
    assert {row["qoh"] for row in pos.records("ItemShop")} == {0}


@pytest.mark.parametrize(
    "name, path", [("Item", "Item/1/Image"), ("ItemMatrix", "ItemMatrix/1/Image"), ("Item", "Image")]
)
def test_images_are_uploaded_as_multipart(pos: Any, name: str, path: str) -> None:
    pos.post(name, description="a", itemAttributeSetID=1)
    data = {"description": "front", "ordering": 1} | ({"itemID": 1} if path == "Image" else {})
    files = {"data": (None, json.dumps(data)), "image": ("a.png", b"picture", "image/png")}
    image = pos.call("POST", f"{path}.json", files=files)["Image"]
    assert (image["description"], image["ordering"], image["filename"], image["size"]) == (
        "front",
        "1",
        "a.png",
        "7",
    )
    assert image["baseImageURL"].startswith("https://")
    assert pos.records("Image")[0]["sha256"] == hashlib.sha256(b"picture").hexdigest()
    key = "itemMatrixID" if name == "ItemMatrix" else "itemID"
    assert image[key] == "1"
    shown = pos.get(f"{name}/1.json", load_relations='["Images"]')[name]
    assert shown["Images"]["Image"]["imageID"] == "1"
    assert pos.last.headers["X-LS-Api-Request-Cost"] == "1.2"


def test_an_image_needs_a_file_and_an_owner(pos: Any) -> None:
    assert pos.call("POST", "Item/9/Image.json", files={"image": ("a", b"x")})["httpCode"] == "404"
    pos.post("Item", description="a")
    assert pos.call("POST", "Item/1/Image.json", files={"data": (None, "{}")})["httpCode"] == "400"
    assert pos.call("POST", "Item/1/Image.json", json={})["httpCode"] == "400"


def test_vendors_and_their_contact(pos: Any) -> None:
    vendor = pos.post(
        "Vendor",
        name="Ærø & <Co>",
        accountNumber="7",
        purchasingCurrency={"code": "EUR"},
        Contact={"Addresses": {"ContactAddress": {"address1": "1 St", "city": "Town", "planet": "Mars"}}},
    )
    assert vendor["Contact"]["Addresses"]["ContactAddress"] == {"address1": "1 St", "city": "Town"}
    assert "purchasingCurrency" not in vendor
    shown = pos.get("Vendor/1.json", load_relations='["Contact"]')["Vendor"]
    assert (shown["name"], shown["Contact"]["Phones"]) == ("Ærø & <Co>", "")
    assert "name" not in pos.put("Vendor", 1, accountNumber="8")
    assert pos.get("Vendor/1.json")["Vendor"]["name"] == "Ærø & <Co>"
    assert pos.post("Vendor", name="ÆRØ & <Co>")["vendorID"] == "2"
    pos.switch(vendor_names_unique=True)
    assert pos.post("Vendor", name="ÆRØ & <Co>")["httpCode"] == "422"
    assert pos.delete("Vendor", 2)["archived"] == "true"
    assert pos.get("Vendor/9.json")["httpCode"] == "404"


def test_categories_keep_their_tree(pos: Any) -> None:
    assert pos.post("Category", name="")["message"] == "name cannot be blank."
    pos.post("Category", name="Apparel")
    pos.post("Category", name="Jackets", parentID=1)
    leaf = pos.post("Category", fullPathName="Apparel/Jackets/Down")
    assert (leaf["fullPathName"], leaf["nodeDepth"], leaf["parentID"]) == ("Apparel/Jackets/Down", "2", "2")
    root = pos.rows("Category", fullPathName="Apparel")[0]
    assert (root["leftNode"], root["rightNode"]) == ("1", "6")
    assert pos.delete("Category", 1)["httpCode"] == "400"
    pos.delete("Category", leaf["categoryID"])
    assert len(pos.rows("Category")) == 2


def test_small_resources(pos: Any) -> None:
    assert [row["name"] for row in pos.rows("ItemAttributeSet")] == [
        "Color/Size",
        "Size",
        "Color",
        "3 Attributes",
    ]
    assert pos.post("ItemAttributeSet", name="Fabric", attributeName1="Fabric")["system"] == "false"
    assert pos.put("ItemAttributeSet", 1, name="x")["httpCode"] == "400"
    assert pos.post("Manufacturer", name="Maker")["manufacturerID"] == "1"
    assert pos.post("Manufacturer", name=" ")["httpCode"] == "400"
    assert pos.delete("Manufacturer", 1)["httpCode"] == "405"
    assert pos.post("Tag", name="New Tag")["name"] == "newtag"
    assert pos.delete("Tag", 1)["name"] == "newtag"
    assert pos.rows("Tag") == []
    assert [row["name"] for row in pos.rows("TaxClass")] == ["Item", "Labor"]
    assert pos.put("PriceLevel", 4, name="Web")["name"] == "Web"
    assert pos.rows("Shop")[1]["timeZone"] == "America/Los_Angeles"
    assert pos.rows("CurrencyRate")[0]["rate"] == "1.08"
    field = pos.call("POST", "Order/CustomField.json", json={"name": "PO", "type": "string"})["CustomField"]
    assert field["uom"] == ""
    assert pos.call("POST", "Order/CustomField.json", json={"name": "PO", "type": "x"})["httpCode"] == "400"
    assert pos.get("Order/CustomField.json")["CustomField"]["name"] == "PO"
    assert pos.post("Season", name="FW26")["seasonID"] == "1"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "Item/99.json", 404),
        ("GET", "Nothing.json", 404),
        ("PUT", "Item/99.json", 404),
        ("PUT", "Item.json", 405),
        ("POST", "Item/1.json", 405),
        ("PATCH", "Item/1.json", 405),
        ("DELETE", "Shop/1.json", 405),
        ("POST", "ItemShop.json", 405),
    ],
)
def test_wrong_places(pos: Any, method: str, path: str, status: int) -> None:
    pos.call(method, path, json={})
    assert pos.last.status_code == status


def test_a_missing_item_may_answer_200(pos: Any) -> None:
    pos.switch(missing_item="200")
    assert "Item" not in pos.get("Item/99.json")
    assert pos.last.status_code == 200


@pytest.mark.parametrize("form, text", [("html", "<html>"), ("empty", "")])
def test_forms_of_errors(pos: Any, form: str, text: str) -> None:
    pos.switch(error_bodies=form)
    answer = pos.http.get(f"{pos.base}/Item/99.json", timeout=5)
    assert answer.status_code == 404
    assert answer.text.startswith(text)


def test_bodies_that_cannot_be_read(pos: Any) -> None:
    assert pos.call("POST", "Item.json", data="{")["httpCode"] == "400"
    assert pos.post("Item", description="x", defaultCost="cheap")["httpCode"] == "400"
    assert pos.post("Item", description={"a": 1})["httpCode"] == "400"
    assert pos.post("Item", description="x", defaultCost="1e400")["httpCode"] == "400"
    vendor_number = {"ItemVendorNum": {"vendorID": "q"}}
    assert pos.post("Item", description="x", ItemVendorNums=vendor_number)["httpCode"] == "400"
    assert pos.records("Item") == []


def test_long_texts_are_cut_or_refused(pos: Any) -> None:
    assert len(pos.post("Item", description="x" * 300)["description"]) == 255
    pos.switch(too_long="reject", description_length=10)
    assert pos.post("Item", description="x" * 11)["httpCode"] == "422"


def test_a_category_shows_its_parent(pos: Any) -> None:
    pos.post("Category", name="Apparel")
    pos.post("Category", name="Jackets", parentID=1)
    assert pos.get("Category/2.json", load_relations='["Parent"]')["Category"]["Parent"]["name"] == "Apparel"
