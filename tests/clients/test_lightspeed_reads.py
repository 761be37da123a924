from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from support.clients import QUICK, SHORT, FreePace, ScriptedServer, http
from support.sandbox import Sandbox

from nuorder_pos.clients import v3
from nuorder_pos.clients.lightspeed import Lightspeed, LightspeedSettings
from nuorder_pos.clients.tokens import InMemoryVault, TokenSet, fingerprint
from nuorder_pos.errors import NuorderPosError, Permanent, Transient

FRAME = {"@attributes": {"next": "", "previous": ""}}


@pytest.fixture
def scripted(server: ScriptedServer) -> Iterator[Lightspeed]:
    """A client of the scripted server, with a token that is good."""
    tokens = TokenSet("token", "refresh", datetime.now(UTC) + timedelta(hours=1), fingerprint("refresh"))
    settings = LightspeedSettings(server.origin, "client", "secret", "7", "refresh", server.origin)
    with Lightspeed(settings, InMemoryVault(tokens), FreePace(), timeouts=SHORT, retry=QUICK) as client:
        yield client


def page(entity: str, rows: Any, following: str = "") -> bytes:
    return http(body=json.dumps({"@attributes": {"next": following, "previous": ""}, entity: rows}))


def target(request: bytes) -> str:
    return unquote(request.split(b" ")[1].decode())


def counted(sandbox: Sandbox, path: str) -> int:
    return sum(bool(re.search(path, row["path"])) for row in sandbox.ledger("pos"))


# --- the account and its lists ---


def test_the_account_is_found_through_the_token(
    sandbox: Sandbox, pos_settings: LightspeedSettings, new_pos: Callable[..., Lightspeed]
) -> None:
    pos = new_pos(settings=replace(pos_settings, account_id=""))
    assert pos.account_id == sandbox.account_id
    account = pos.account()
    assert account.account_id == sandbox.account_id
    assert account.name
    assert account.currency == "USD"
    assert not counted(sandbox, r"/Account\.json")


def test_the_account_is_asked_for_when_the_token_does_not_tell(server: ScriptedServer) -> None:
    tokens = TokenSet("opaque", "refresh", datetime.now(UTC) + timedelta(hours=1), fingerprint("refresh"))
    settings = LightspeedSettings(server.origin, "client", "secret", "", "refresh", server.origin)
    server.replies = [
        http(body='{"@attributes":{"count":"1"},"Account":{"accountID":"42","name":"n"}}'),
        http(body='{"name": "Main", "defaultCurrency": {"code": "cad"}}'),
    ]
    with Lightspeed(settings, InMemoryVault(tokens), FreePace(), timeouts=SHORT, retry=QUICK) as client:
        assert client.account().currency == "CAD"
    assert target(server.requests[1]).startswith("/API/V3/Account/42.json")


def test_the_small_lists(pos: Lightspeed) -> None:
    assert {shop.name for shop in pos.shops()} >= {"Main Street"}
    assert all(shop.time_zone for shop in pos.shops())
    assert {level.name for level in pos.price_levels()} >= {"Default", "MSRP"}
    assert ("1", "Color/Size") in {(one.record_id, one.name) for one in pos.attribute_sets()}
    assert pos.session_rights()["purchase_orders"] is True
    assert "currency USD" in pos.check()


def test_a_right_that_is_missing_is_named(sandbox: Sandbox, pos: Lightspeed) -> None:
    sandbox.switch(denied_rights="purchase_orders,vendors")
    assert "lacks the rights purchase_orders, vendors" in pos.check()
    with pytest.raises(Permanent, match="purchase_orders") as caught:
        pos.purchase_orders(ref_num="x")
    assert caught.value.status == 403


def test_vendors_and_brands_are_found_by_name_in_any_case(pos: Lightspeed) -> None:
    vendor = pos.vendors()[0]
    assert pos.vendors_named(f"  {vendor.name.upper()} ") == [vendor]
    assert pos.vendor(vendor.vendor_id) == vendor
    assert pos.vendor("999999") is None
    assert pos.vendors_named("%") == pos.vendors_named("") == []
    brand = next(iter(pos.query("Manufacturer")))
    assert [one.record_id for one in pos.manufacturers_named(brand["name"].upper())] == [
        brand["manufacturerID"]
    ]
    assert pos.manufacturers_named("~,%") == []


# --- single records ---


@pytest.mark.parametrize("missing", [404, 200])
def test_a_missing_record_is_none_in_both_known_ways(sandbox: Sandbox, pos: Lightspeed, missing: int) -> None:
    sandbox.switch(missing_item=missing)
    assert pos.item("99999999") is None
    assert pos.images_of(item_id="99999999") == []
    assert pos.matrix("0") is None
    assert pos.get("Item", "") is None


def test_another_record_than_the_one_asked_for_is_an_error(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    server.replies = [page("Item", {"itemID": "8"})]
    with pytest.raises(Transient, match="8 where 7"):
        scripted.get("Item", "7")


def test_broken_reads_of_one_record_are_never_taken_for_a_missing_one(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    for reply in (http(body="<html>"), http(body='{"Item": {"itemID"'), http(body="{}"), http(500, "Oops")):
        server.replies = [reply]
        with pytest.raises(Transient):
            scripted.get("Item", "7")


# --- queries and pages ---


@pytest.mark.parametrize("empty", ["absent", "array", "string"])
def test_no_rows_in_every_known_shape(sandbox: Sandbox, pos: Lightspeed, empty: str) -> None:
    sandbox.switch(empty_list=empty)
    assert pos.purchase_orders(ref_num="nobody has this") == []


def test_all_pages_are_read_by_the_addresses_that_the_api_gives(sandbox: Sandbox, pos: Lightspeed) -> None:
    rows = list(pos.query("Item", {"archived": "true", "limit": "40"}))
    ids = [row["itemID"] for row in rows]
    assert len(ids) == len(set(ids)) > 200
    assert sorted(ids, key=int) == ids
    assert "after=" in sandbox.ledger("pos")[-1]["query"]


def test_a_page_elsewhere_is_never_followed(server: ScriptedServer, scripted: Lightspeed) -> None:
    for elsewhere in (
        "https://evil.example.com/API/V3/Account/7/Item.json",
        "//evil.example.com/x",
        "http://127.0.0.1:1/x",
    ):
        server.replies = [page("Item", [], elsewhere)]
        with pytest.raises(Permanent, match="another host"):
            list(scripted.query("Item"))


def test_a_page_without_a_host_is_on_the_same_one(server: ScriptedServer, scripted: Lightspeed) -> None:
    server.replies = [page("Item", {"itemID": "1"}, "/API/next?after=WzFd%3D"), page("Item", {"itemID": "2"})]
    assert [row["itemID"] for row in scripted.query("Item")] == ["1", "2"]
    assert server.requests[1].startswith(b"GET /API/next?after=WzFd%3D HTTP")


def test_pages_that_go_in_a_circle_end(server: ScriptedServer, scripted: Lightspeed) -> None:
    server.replies = [page("Item", [{"itemID": "1"}], "/same")]
    with pytest.raises(Transient, match="circle"):
        list(scripted.query("Item"))
    assert len(server.requests) < 4


def test_predicted_cost_is_what_the_server_says(sandbox: Sandbox, new_pos: Callable[..., Lightspeed]) -> None:
    spent: list[Decimal] = []
    pos = new_pos(on_cost=spent.append)
    next(iter(pos.query("Item", {"limit": "1"}, ("ItemAttributes", "ItemVendorNums"))))
    pos.purchase_orders_of_vendor("1", newest=3)
    pos.get("Order", "1", ("OrderLines", "Note"))
    assert [Decimal(str(one)) for one in (1.6, 1.2, 1.3)] == spent


# --- items by code ---


def known_codes(pos: Lightspeed, field: str = "upc") -> list[str]:
    rows = pos.query("Item", {"archived": "true"})
    return [code for row in rows if (code := v3.text(row, field))]


def test_items_are_found_by_code_a_hundred_at_a_time(sandbox: Sandbox, pos: Lightspeed) -> None:
    codes = known_codes(pos)
    before = counted(sandbox, r"/Item\.json")
    items = pos.items_by_codes("upc", [*codes, *codes, "", "000000000000"])
    assert {item.upc for item in items} == set(codes)
    assert len(items) == len({item.item_id for item in items}) >= len(set(codes))
    extra_pages = 1 + len(items) // 100
    assert counted(sandbox, r"/Item\.json") - before <= -(-(len(set(codes)) + 1) // 100) + extra_pages
    assert any(item.archived for item in items)


@pytest.mark.parametrize("field", ["ean", "customSku", "manufacturerSku", "itemID"])
def test_items_are_found_by_every_kind_of_code(pos: Lightspeed, field: str) -> None:
    codes = known_codes(pos, field)[:30]
    found = {
        v3.text(row, field) for row in pos.query("Item", {"archived": "true"}) if v3.text(row, field) in codes
    }
    assert len(pos.items_by_codes(field, codes)) >= len(found) > 0


def test_relations_are_loaded_only_when_asked_for(sandbox: Sandbox, pos: Lightspeed) -> None:
    row = next(
        row
        for row in pos.query("Item", {"archived": "true"}, ("ItemAttributes", "ItemVendorNums"))
        if v3.reference(row, "itemMatrixID")
        and v3.text(row, "upc")
        and v3.relation(row, "ItemVendorNums", "ItemVendorNum")
    )
    code = row["upc"]
    (plain,) = [item for item in pos.items_by_codes("upc", [code]) if item.item_id == row["itemID"]]
    assert plain.vendor_numbers == ()
    assert "load_relations" not in sandbox.ledger("pos")[-1]["query"]
    (full,) = [
        item
        for item in pos.items_by_codes("upc", [code], attributes=True, vendor_numbers=True)
        if item.item_id == row["itemID"]
    ]
    assert full.vendor_numbers
    assert full.color or full.size
    assert full.attribute_set_id
    value = full.vendor_numbers[0][1]
    assert full.item_id in {item.item_id for item in pos.items_by_vendor_numbers([value], "json")}


def test_a_filter_that_is_ignored_gives_no_false_hits(server: ScriptedServer, scripted: Lightspeed) -> None:
    server.replies = [
        page("Item", [{"itemID": "1", "upc": "111"}, {"itemID": "2", "upc": "0222"}, {"itemID": "3"}])
    ]
    assert [item.item_id for item in scripted.items_by_codes("upc", ["0222", "333"])] == ["2"]
    assert scripted.items_by_codes("upc", ["222"]) == []
    assert scripted.purchase_orders(ref_num="222") == []


def test_a_refused_list_is_asked_for_in_shorter_lists_then_as_alternatives(
    sandbox: Sandbox, pos: Lightspeed
) -> None:
    codes = known_codes(pos)[:90]
    expected = {item.item_id for item in pos.items_by_codes("upc", codes)}
    sandbox.switch(upc_in="reject")
    assert {item.item_id for item in pos.items_by_codes("upc", codes)} == expected
    assert "or=" in sandbox.ledger("pos")[-1]["query"]


@pytest.mark.parametrize("status", [400, 414, 422, 500])
def test_every_refusal_of_a_list_leads_to_shorter_ones(
    server: ScriptedServer, scripted: Lightspeed, status: int
) -> None:
    codes = [f"{number:012}" for number in range(70)]
    refusals = [http(status, '{"message":"too long"}')] * (3 if status == 500 else 1)
    server.replies = [*refusals, page("Item", []), page("Item", {"itemID": "5", "upc": codes[60]})]
    assert [item.item_id for item in scripted.items_by_codes("upc", codes)] == ["5"]
    sizes = [target(request).count("000") and target(request).count('"') // 2 for request in server.requests]
    assert sizes[-2:] == [50, 20]


def test_a_refused_right_is_not_answered_by_other_forms(server: ScriptedServer, scripted: Lightspeed) -> None:
    server.replies = [http(403, "{}")]
    with pytest.raises(Permanent):
        scripted.items_by_codes("upc", ["111111111111"])
    assert len(server.requests) == 1


def test_codes_with_a_meaning_are_asked_for_alone(server: ScriptedServer, scripted: Lightspeed) -> None:
    server.replies = [page("Item", {"itemID": "5", "customSku": "A,B|C"})]
    assert [item.item_id for item in scripted.items_by_codes("customSku", ["A,B|C", "~,%"])] == ["5"]
    assert len(server.requests) == 1
    assert b"customSku=A%2CB%7CC" in server.requests[0]


# --- the probe ---


@pytest.mark.parametrize(
    "switches, form",
    [
        ({}, "json"),
        ({"in_strings": "plain"}, "plain"),
        ({"in_strings": "json"}, "json"),
        ({"upc_in": "reject"}, "or"),
        ({"upc_in": "reject", "or_pipe": "raw"}, "or"),
    ],
)
def test_the_probe_finds_the_form_that_works(
    sandbox: Sandbox, pos: Lightspeed, switches: dict[str, str], form: str
) -> None:
    sandbox.switch(**switches)
    assert pos.probe_in_lists() == form
    pos.in_list_form = pos.probe_in_lists()
    codes = known_codes(pos)[:120]
    assert {item.upc for item in pos.items_by_codes("upc", codes)} == set(codes)


def test_a_form_whose_filter_is_ignored_does_not_pass_the_probe(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    server.replies = [
        page(
            "Item",
            [
                {"itemID": "1", "upc": "0111"},
                {"itemID": "2", "upc": "222"},
                {"itemID": "3", "upc": "3"},
                {"itemID": "4", "upc": "4"},
            ],
        )
    ]
    assert scripted.probe_in_lists() == "or"


def test_an_account_without_codes_gets_the_documented_form(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    server.replies = [page("Item", [{"itemID": "1", "upc": ""}])]
    assert scripted.probe_in_lists() == "or"


# --- matrices, search, images, orders ---


def test_matrices_are_found_by_exact_description(sandbox: Sandbox, pos: Lightspeed) -> None:
    rows = [row for row in pos.query("ItemMatrix", {"archived": "true"}) if v3.text(row, "description")]
    wanted = [row["description"] for row in rows][:25]
    before = counted(sandbox, r"/ItemMatrix\.json")
    found = pos.matrices_described([*wanted, "No such style", wanted[0][:-1]])
    assert {matrix.description for matrix in found} == set(wanted)
    assert counted(sandbox, r"/ItemMatrix\.json") - before <= 2 + sum(
        any(c in '|,=~<>!%[]"\\' for c in text) for text in wanted
    )
    assert pos.matrix(found[0].matrix_id) == found[0]
    assert all(item.matrix_id == found[0].matrix_id for item in pos.matrix_items(found[0].matrix_id))


def test_a_description_with_special_characters_is_asked_for_alone(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    server.replies = [page("ItemMatrix", [{"itemMatrixID": "1", "description": "Shirt, 50% | red"}])]
    assert [one.matrix_id for one in scripted.matrices_described(["Shirt,  50% | red", "Plain", ""])] == ["1"]
    assert [b"description=Shirt%2C%2050%25%20%7C%20red" in one for one in server.requests] == [True, False]
    assert scripted.matrices_described([">,weird"]) == []
    assert b"IN%2C%5B%22%3E%2Cweird%22%5D" in server.requests[-1]


def test_a_person_finds_items_by_words_and_by_code(pos: Lightspeed) -> None:
    row = next(row for row in pos.query("Item") if len(row["description"].split()) > 1 and row["upc"])
    assert row["itemID"] in {item.item_id for item in pos.search_items(row["description"].lower(), limit=50)}
    assert row["itemID"] in {item.item_id for item in pos.search_items(row["upc"])}
    assert pos.search_items("   ") == pos.search_items("zzz nothing zzz") == []


def test_orders_of_a_vendor_are_the_newest_with_notes(pos: Lightspeed) -> None:
    every = list(pos.query("Order", {"archived": "true"}))
    vendor_id = every[0]["vendorID"]
    expected = [row["orderID"] for row in every if row["vendorID"] == vendor_id][::-1]
    assert [one.order_id for one in pos.purchase_orders_of_vendor(vendor_id)] == expected
    assert [one.order_id for one in pos.purchase_orders_of_vendor(vendor_id, newest=1)] == expected[:1]
    assert pos.purchase_orders_of_vendor("0") == []
    with pytest.raises(ValueError, match="every order"):
        pos.purchase_orders(ref_num="")


def test_an_order_is_read_with_all_its_lines(server: ScriptedServer, scripted: Lightspeed) -> None:
    def line(number: int) -> dict[str, str]:
        return {"orderLineID": str(number), "orderID": "5", "itemID": "9", "quantity": "2", "price": "1.5"}

    order = {"orderID": "5", "totalQuantity": "240", "Note": {"note": "n"}}
    whole = {"OrderLine": [line(number) for number in range(1, 101)]}
    listed = page("OrderLine", [line(number) for number in range(1, 121)])
    server.replies = [page("Order", {**order, "OrderLines": whole}), listed]
    found = scripted.purchase_order("5")
    assert found is not None
    assert len(found.lines) == 120
    assert found.note == "n"
    # a relation that holds less than the total says is completed too
    server.replies = [
        page("Order", {**order, "totalQuantity": "4", "OrderLines": {"OrderLine": line(1)}}),
        listed,
    ]
    incomplete = scripted.purchase_order("5")
    assert incomplete is not None
    assert len(incomplete.lines) == 120
    # one request where everything fits
    server.requests.clear()
    server.replies = [page("Order", {**order, "totalQuantity": "2", "OrderLines": {"OrderLine": line(1)}})]
    short = scripted.purchase_order("5")
    assert short is not None
    assert len(short.lines) == 1
    assert len(server.requests) == 1


def test_lines_of_other_orders_are_left_out(server: ScriptedServer, scripted: Lightspeed) -> None:
    rows = [
        {"orderLineID": str(one), "orderID": str(one), "itemID": "1", "quantity": "1", "price": "1"}
        for one in (5, 6)
    ]
    server.replies = [page("OrderLine", rows)]
    assert [line.line_id for line in scripted.order_lines("6")] == ["6"]


def test_links_into_the_back_office(server: ScriptedServer, scripted: Lightspeed) -> None:
    scripted.settings = replace(scripted.settings, backoffice_url="https://aus.merchantos.com/")
    assert (
        scripted.po_url("12")
        == "https://aus.merchantos.com/?name=purchase.views.purchase&form_name=view&id=12&tab=main"
    )
    assert (
        scripted.item_url("7")
        == "https://aus.merchantos.com/?name=item.views.item&form_name=view&id=7&tab=details"
    )


def test_settings_show_no_secret_and_wrong_ones_are_refused(server: ScriptedServer) -> None:
    settings = LightspeedSettings("https://api.example.com/API", "client", "the-secret", "1", "the-refresh")
    assert "the-secret" not in repr(settings)
    assert "the-refresh" not in repr(settings)
    with pytest.raises(Permanent, match="without a path"):
        Lightspeed(settings, InMemoryVault(), FreePace())
    with pytest.raises(Permanent, match="auth_url"):
        Lightspeed(
            replace(settings, origin="https://x", auth_url="http://auth.example.com"),
            InMemoryVault(),
            FreePace(),
        )
    with pytest.raises(Permanent, match="in_list_form"):
        Lightspeed(replace(settings, origin="https://x"), InMemoryVault(), FreePace(), in_list_form="x")  # type: ignore[arg-type]


def test_every_error_is_one_of_ours(server: ScriptedServer, scripted: Lightspeed) -> None:
    for reply in (b"", http(418, ""), http(body="[]"), http(body='"x"'), http(body='{"Item": 3}')):
        server.replies = [reply]
        with pytest.raises(NuorderPosError):
            scripted.items_by_codes("upc", ["111111111111"])
        with pytest.raises(NuorderPosError):
            scripted.item("1")


def test_a_list_that_is_only_a_part_is_not_taken_for_the_whole(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    server.replies = [http(body='{"@attributes":{"count":"8300","offset":"0"},"Item":[{"itemID":"1"}]}')]
    with pytest.raises(Transient, match="a part of Item"):
        list(scripted.query("Item"))


def test_upc_and_ean_are_searched_at_once(sandbox: Sandbox, pos: Lightspeed) -> None:
    assert pos.finds_by_item_code()
    codes = known_codes(pos)[:20] + known_codes(pos, "ean")[:20]
    one_by_one = {item.item_id for field in ("upc", "ean") for item in pos.items_by_codes(field, codes)}
    assert {item.item_id for item in pos.items_by_codes("itemCode", codes)} == one_by_one
    some_id = next(iter(pos.query("Item")))["itemID"]
    assert pos.items_by_codes("itemCode", [some_id]) == []


def test_stock_is_read_shop_by_shop_where_it_is_asked_for(pos: Lightspeed) -> None:
    row = next(row for row in pos.query("Item", {}, ("ItemShops",)) if row["upc"])
    (item,) = pos.items_by_codes("itemID", [row["itemID"]], stock=True)
    held = dict(item.stock)
    assert held["0"] == sum(quantity for shop, quantity in held.items() if shop != "0")
    assert {shop.shop_id for shop in pos.shops()} <= held.keys() | {"0"}
    (without,) = pos.items_by_codes("itemID", [row["itemID"]])
    assert without.stock == ()
    (found,) = [one for one in pos.search_items(row["upc"], stock=True) if one.item_id == item.item_id]
    assert found.stock == item.stock
