"""Lists of the POS: filters, operators, or=, sorting, cursors."""

from __future__ import annotations

import base64
import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

DAY = "2026-01-0{}T10:00:00+00:00"


@pytest.fixture
def shelf(pos: Any) -> Any:
    """Five items: ids 1 to 5, the fourth archived; upc 0860…, the fifth has only an ean."""
    items = [
        {
            "itemID": number,
            "description": name,
            "upc": upc,
            "timeStamp": DAY.format(number),
            "qoh": {"1": number, "2": 0},
        }
        for number, name, upc in (
            (1, "Alpha", "012345678905"),
            (2, "beta shirt", "112345678904"),
            (3, "Gamma", "12345678905"),
            (4, "Delta", "212345678903"),
            (5, "Epsilon", ""),
        )
    ]
    items[3]["archived"], items[4]["ean"] = True, "0012345678905"
    pos.control("_reset", data={"pos": {"items": items}}, keep=["tokens"])
    return pos


def ids(pos: Any, **params: Any) -> list[int]:
    return [int(row["itemID"]) for row in pos.rows("Item", **params)]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({}, [1, 2, 3, 5]),
        ({"archived": "true"}, [1, 2, 3, 4, 5]),
        ({"archived": "only"}, [4]),
        ({"itemID": "2"}, [2]),
        ({"itemID": ">,2"}, [3, 5]),
        ({"itemID": ">=,2"}, [2, 3, 5]),
        ({"itemID": "<,2"}, [1]),
        ({"itemID": "<=,2"}, [1, 2]),
        ({"itemID": "><,2,3"}, [2, 3]),
        ({"itemID": "!=,2"}, [1, 3, 5]),
        ({"itemID": "IN,[1,3]"}, [1, 3]),
        ({"itemID": "IN,1,3"}, [1, 3]),
        ({"description": "ALPHA"}, [1]),
        ({"description": "~,%et%"}, [2]),
        ({"description": "~,shirt"}, [2]),
        ({"description": "!~,%a%"}, [5]),
        ({"upc": "012345678905"}, [1]),
        ({"upc": "12345678905"}, [3]),
        ({"upc": 'IN,["012345678905","112345678904"]'}, [1, 2]),
        ({"upc": "IN,[012345678905,112345678904]"}, [1, 2]),
        ({"upc": "IN,012345678905"}, [1]),
        ({"itemCode": "0012345678905"}, [5]),
        ({"itemCode": "IN,[2,0012345678905]"}, [2, 5]),
        ({"or": "upc=012345678905|upc=112345678904"}, [1, 2]),
        ({"or": "description=~,alp%|description=~,gam%"}, [1, 3]),
        ({"timeStamp": ">,2026-01-02T10:00:00+00:00"}, [3, 5]),
        ({"timeStamp": ">,2026-01-02T04:59:59-05:00"}, [2, 3, 5]),
        ({"tax": "true", "itemID": ">,3"}, [5]),
        ({"noSuchField": "x"}, [1, 2, 3, 5]),
        ({"load_relations": '["ItemShops"]', "ItemShops.qoh": ">,2"}, [3, 5]),
        ({"sort": "-description"}, [3, 5, 2, 1]),
        ({"sort": "-timeStamp", "limit": "2"}, [5, 3]),
    ],
)
def test_filters(shelf: Any, params: dict[str, str], expected: list[int]) -> None:
    assert ids(shelf, **params) == expected


@pytest.mark.parametrize(
    "switch, params, expected",
    [
        ({"like_without_wildcard": "starts"}, {"description": "~,shirt"}, []),
        ({"like_without_wildcard": "equals"}, {"description": "~,gamma"}, [3]),
        ({"text_compare": "sensitive"}, {"description": "ALPHA"}, []),
        ({"in_strings": "plain"}, {"upc": 'IN,["012345678905"]'}, []),
        ({"upc_compare": "number"}, {"upc": "012345678905"}, [1, 3]),
    ],
)
def test_open_questions_of_searching(
    shelf: Any, switch: dict[str, str], params: dict[str, str], expected: list[int]
) -> None:
    shelf.switch(**switch)
    assert ids(shelf, **params) == expected


@pytest.mark.parametrize(
    "query, switch",
    [
        ("limit=101", {}),
        ("limit=-1", {}),
        ("limit=x", {}),
        ("sort=upc", {}),
        ("archived=maybe", {}),
        ("count=1&limit=1", {}),
        ("count=1&sort=itemID", {}),
        ("after=rubbish", {}),
        ("timeStamp=%3E,never", {}),
        ("load_relations=ItemShops", {}),
        ("load_relations=%5B%22Nothing%22%5D", {}),
        ("ItemShops.qoh=%3E,1", {}),
        ("itemCode=~,1", {}),
        ("or=nonsense", {}),
        ("itemID=%3E%3C,1", {}),
        ("itemID=IN," + ",".join("1" * 101), {}),
        ("upc=IN,1", {"upc_in": "reject"}),
        ("upc=IN,1", {"in_strings": "json"}),
        ("nothing=1", {"unknown_filter": "error"}),
    ],
)
def test_queries_that_are_refused(shelf: Any, query: str, switch: dict[str, str]) -> None:
    shelf.switch(**switch)
    answer = shelf.call("GET", f"Item.json?{query}")
    assert (shelf.last.status_code, answer["httpMessage"]) == (400, "Bad Request")


@pytest.fixture
def numbered(pos: Any) -> Any:
    """Three items with numbers of vendors, and one without; three matrices, the third archived."""
    items = [
        {"itemID": one, "description": f"Item {one}", "ItemVendorNums": {"ItemVendorNum": rows}}
        for one, rows in (
            (1, [{"value": "AB-1", "vendorID": 1}, {"value": "007", "vendorID": 2}]),
            (2, [{"value": "007", "vendorID": 1}]),
            (3, [{"value": "7", "vendorID": 1}]),
            (4, []),
        )
    ]
    matrices = [
        {"itemMatrixID": one, "description": f"Style {one}", "itemAttributeSetID": 1, "archived": one == 3}
        for one in (1, 2, 3)
    ]
    pos.control("_reset", data={"pos": {"items": items, "matrices": matrices}}, keep=["tokens"])
    return pos


NUMBERS = {"load_relations": '["ItemVendorNums"]', "ItemVendorNums.value": 'IN,["AB-1","007"]'}


def test_a_list_is_searched_for_in_a_loaded_relation(numbered: Any) -> None:
    assert ids(numbered, **NUMBERS) == [1, 2]
    assert ids(numbered, **{**NUMBERS, "ItemVendorNums.value": "IN,[7,AB-1]"}) == [1, 3]
    either = "ItemVendorNums.value=7|ItemVendorNums.value=~,AB%"
    assert ids(numbered, load_relations='["ItemVendorNums"]', **{"or": either}) == [1, 3]


@pytest.mark.parametrize("way, found", [("ignore", [1, 2, 3, 4]), ("literal", [])])
def test_a_list_on_a_relation_may_find_all_or_nothing(numbered: Any, way: str, found: list[int]) -> None:
    numbered.switch(relation_in=way)
    assert ids(numbered, **NUMBERS) == found
    assert ids(numbered, **{**NUMBERS, "ItemVendorNums.value": "007"}) == [1, 2]


@pytest.mark.parametrize(
    "switch, params",
    [
        ({"relation_in": "reject"}, NUMBERS),
        ({}, {**NUMBERS, "load_relations": '["ItemShops"]'}),
        ({}, {"ItemVendorNums.value": "007"}),
        ({}, {**NUMBERS, "ItemVendorNums.value": "IN," + ",".join("1" * 101)}),
    ],
)
def test_searches_in_a_relation_that_are_refused(
    numbered: Any, switch: dict[str, str], params: dict[str, str]
) -> None:
    numbered.switch(**switch)
    numbered.get("Item.json", **params)
    assert numbered.last.status_code == 400


def test_matrices_are_found_by_a_list_of_ids(numbered: Any) -> None:
    rows = numbered.rows("ItemMatrix", itemMatrixID="IN,[1,3,9]", archived="true")
    assert [row["itemMatrixID"] for row in rows] == ["1", "3"]
    assert [row["itemMatrixID"] for row in numbered.rows("ItemMatrix", itemMatrixID="IN,[1,3]")] == ["1"]


def test_alternatives_and_other_filters_have_to_hold_both(shelf: Any) -> None:
    either = "description=~,%alpha%|description=~,%mm%"
    assert ids(shelf, **{"or": either}) == [1, 3]
    assert ids(shelf, itemID=">,1", **{"or": either}) == [3]


def test_a_wrong_sort_names_the_allowed_ones(shelf: Any) -> None:
    assert "itemID, timeStamp, description" in shelf.get("Item.json", sort="upc")["message"]
    assert shelf.get("Shop.json", sort="shopID")["@attributes"]["next"] == ""
    assert "shopID" in shelf.get("Shop.json", sort="name")["message"]


def test_a_raw_pipe_separates_and_then_an_encoded_one_does_not(shelf: Any) -> None:
    target = urlsplit(f"{shelf.base}/Item.json?or=description%3Dalpha|description%3Dx%7Cupc%3D112345678904")
    raw = HTTPConnection(target.netloc, timeout=5)  # requests would encode the pipe
    raw.request(
        "GET", f"{target.path}?{target.query}", headers={"Authorization": shelf.http.headers["Authorization"]}
    )
    assert json.loads(raw.getresponse().read())["Item"]["itemID"] == "1"
    raw.close()
    shelf.switch(or_pipe="raw")
    assert ids(shelf, **{"or": "upc=012345678905|upc=112345678904"}) == []


def test_one_row_is_an_object_and_none_is_absent(shelf: Any) -> None:
    assert isinstance(shelf.get("Item.json", itemID="1")["Item"], dict)
    assert shelf.get("Item.json", itemID="99") == {"@attributes": {"next": "", "previous": ""}}
    assert shelf.get("Item.json", limit="0") == {"@attributes": {"next": "", "previous": ""}}
    shelf.switch(empty_list="array")
    assert shelf.get("Item.json", itemID="99")["Item"] == []
    shelf.switch(empty_list="string")
    assert shelf.get("Item.json", itemID="99")["Item"] == ""


def test_count(shelf: Any) -> None:
    assert shelf.get("Item.json", count="1", archived="true") == {"@attributes": {"count": "5"}}
    assert shelf.last.headers["X-LS-Api-Request-Cost"] == "10"


def _cursor(url: str) -> Any:
    query = parse_qs(urlsplit(url).query)
    return json.loads(base64.b64decode((query.get("after") or query["before"])[0]))


def test_cursors_walk_both_ways(shelf: Any) -> None:
    first = shelf.get("Item.json", archived="true", limit="2", load_relations='["TaxClass"]')
    assert first["@attributes"]["previous"] == ""
    assert _cursor(first["@attributes"]["next"]) == [2]
    assert "archived=true" in first["@attributes"]["next"]
    assert "sort=itemID&limit=2&after=WzJd" in first["@attributes"]["next"]
    second = shelf.call("GET", first["@attributes"]["next"])
    assert [row["itemID"] for row in second["Item"]] == ["3", "4"]
    assert "TaxClass" in second["Item"][0]
    last = shelf.call("GET", second["@attributes"]["next"])
    assert (last["Item"]["itemID"], last["@attributes"]["next"]) == ("5", "")
    back = shelf.call("GET", last["@attributes"]["previous"])
    assert [row["itemID"] for row in back["Item"]] == ["3", "4"]
    start = shelf.call("GET", back["@attributes"]["previous"])
    assert ([row["itemID"] for row in start["Item"]], start["@attributes"]["previous"]) == (["1", "2"], "")


def test_a_cursor_of_another_sort_carries_value_and_id(shelf: Any) -> None:
    page = shelf.get("Item.json", archived="true", limit="3", sort="-timeStamp")
    assert _cursor(page["@attributes"]["next"]) == ["2026-01-03T10:00:00+00:00", 3]
    rest = shelf.call("GET", page["@attributes"]["next"])
    assert [row["itemID"] for row in rest["Item"]] == ["2", "1"]


def test_equal_sort_values_are_not_lost_between_pages(pos: Any) -> None:
    items = [
        {"itemID": number, "description": "same", "timeStamp": DAY.format(1)} for number in range(1, 251)
    ]
    pos.control("_reset", data={"pos": {"items": items}}, keep=["tokens"])
    for sort in ("itemID", "-itemID", "timeStamp", "-timeStamp", "description"):
        seen, page = [], pos.get("Item.json", sort=sort)
        while True:
            seen += [row["itemID"] for row in page["Item"]]
            if not page["@attributes"]["next"]:
                break
            page = pos.call("GET", page["@attributes"]["next"])
        assert sorted(map(int, seen)) == list(range(1, 251)), sort


def test_a_very_long_url_is_refused(shelf: Any) -> None:
    shelf.get("Item.json", upc="IN," + "x" * 9000)
    assert shelf.last.status_code == 414
    upcs = json.dumps([f"{number:012d}" for number in range(100)])
    assert ids(shelf, upc=f"IN,{upcs}", archived="true") == []


def test_json_by_suffix_or_header_and_xml_otherwise(shelf: Any) -> None:
    assert shelf.call("GET", "Item/1", headers={"Accept": "application/json"})["Item"]["itemID"] == "1"
    xml = shelf.http.get(f"{shelf.base}/Item/1", timeout=5)
    assert xml.headers["Content-Type"].startswith("application/xml")
    assert "<description>Alpha</description>" in xml.text
    pretty = shelf.http.get(f"{shelf.base}/Item/1.json?pretty_print=1", timeout=5)
    assert "\n" in pretty.text
