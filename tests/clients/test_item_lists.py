"""Items and matrices looked up in lists: by vendor number, by words, in matrices; and filters that the POS ignores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from support.clients import QUICK, SHORT, FreePace, ScriptedServer, http
from support.sandbox import Sandbox

from nuorder_pos.clients.heeded import NotSearchable
from nuorder_pos.clients.lightspeed import Lightspeed, LightspeedSettings
from nuorder_pos.clients.pos_items import describes
from nuorder_pos.clients.tokens import InMemoryVault, TokenSet, fingerprint

LISTED = 'IN,["'


def numbers(*values: str) -> dict[str, Any]:
    rows = [{"value": value, "vendorID": place} for place, value in enumerate(values, 1)]
    return {"ItemVendorNums": {"ItemVendorNum": rows}}


@pytest.fixture
def shelf(sandbox: Sandbox) -> Sandbox:
    """Six items in three matrices, the last one archived; ``Sandbox.ledger`` begins empty."""
    items: list[dict[str, Any]] = [
        {"itemID": 1, "description": "Trail Tee Red M", "itemMatrixID": 1, "manufacturerID": 1, **numbers("AB-1", "007")},
        {"itemID": 2, "description": "Trail  tee Blue M", "itemMatrixID": 1, "manufacturerID": 2, **numbers("007")},
        {"itemID": 3, "description": "Tee for the Trail", "itemMatrixID": 2, **numbers("7")},
        {"itemID": 4, "description": "Ridge Jacket", "itemMatrixID": 2},
        {"itemID": 5, "description": "Ridge Cap"},
        {"itemID": 6, "description": "Trail Tee Red L", "itemMatrixID": 3, "archived": True},
    ]  # fmt: skip
    matrices = [
        {"itemMatrixID": one, "description": f"Style {one}", "itemAttributeSetID": 1, "archived": one == 3}
        for one in (1, 2, 3)
    ]
    makers = [{"manufacturerID": 1, "name": "Acme"}, {"manufacturerID": 2, "name": "Birch"}]
    sandbox.reset({"pos": {"items": items, "matrices": matrices, "manufacturers": makers}})
    return sandbox


@pytest.fixture
def scripted(server: ScriptedServer) -> Iterator[Lightspeed]:
    """A client of the scripted server, with a token that is good."""
    tokens = TokenSet("token", "refresh", datetime.now(UTC) + timedelta(hours=1), fingerprint("refresh"))
    settings = LightspeedSettings(server.origin, "client", "secret", "7", "refresh", server.origin)
    with Lightspeed(settings, InMemoryVault(tokens), FreePace(), timeouts=SHORT, retry=QUICK) as client:
        yield client


def ids(items: Any) -> list[str]:
    return sorted(item.item_id for item in items)


def asked(sandbox: Sandbox) -> list[str]:
    return [
        unquote(row["query"])
        for row in sandbox.ledger("pos")
        if "/Item" in row["path"] and row["method"] == "GET"
    ]


def endless(rows: list[dict[str, Any]], entity: str = "Item") -> bytes:
    """A page that says that there are more."""
    frame = {"next": "/API/V3/Account/7/more.json?after=x", "previous": ""}
    return http(body=json.dumps({"@attributes": frame, entity: rows}))


# --- vendor numbers ---


@pytest.mark.parametrize(
    "switches, form",
    [
        ({}, "json"),
        ({"in_strings": "plain"}, "plain"),
        ({"relation_in": "reject"}, "refused"),
        ({"relation_in": "ignore"}, "refused"),
        ({"relation_in": "literal"}, "refused"),
    ],
)
def test_the_probe_knows_whether_lists_of_vendor_numbers_are_understood(
    shelf: Sandbox, pos: Lightspeed, switches: dict[str, str], form: str
) -> None:
    shelf.switch(**switches)
    assert pos.probe_vendor_numbers() == form
    assert not any("or=" in query for query in asked(shelf))


def test_without_a_vendor_number_there_is_nothing_to_ask_with(sandbox: Sandbox, pos: Lightspeed) -> None:
    sandbox.reset({"pos": {"items": [{"itemID": 1, "description": "x"}]}})
    assert pos.probe_vendor_numbers() == "unasked"


def test_items_are_found_by_vendor_numbers_in_one_request(shelf: Sandbox, pos: Lightspeed) -> None:
    many = [f"X-{number}" for number in range(97)]
    found = pos.items_by_vendor_numbers(["007", "AB-1", "007", "", "a,b", *many], "json")
    assert ids(found) == ["1", "2"]
    assert {item.item_id: item.vendor_numbers for item in found}["1"] == (("1", "AB-1"), ("2", "007"))
    (query,) = asked(shelf)
    assert f'ItemVendorNums.value={LISTED}007","AB-1","X-0"' in query
    assert "archived=true" in query


def test_a_search_by_vendor_numbers_that_is_refused_or_ignored_finds_nothing_by_mistake(
    shelf: Sandbox, pos: Lightspeed, server: ScriptedServer, scripted: Lightspeed
) -> None:
    shelf.switch(relation_in="reject")
    with pytest.raises(NotSearchable, match="refuses"):
        pos.items_by_vendor_numbers(["007"], "json")
    server.replies = [endless([{"itemID": str(one)} for one in range(1, 101)])]
    with pytest.raises(NotSearchable, match="ignores"):
        scripted.items_by_vendor_numbers(["007"], "json")
    assert len(server.requests) == 1


# --- words ---


@pytest.mark.parametrize(
    "description, text, says",
    [
        ("Trail Tee Red M", "trail  TEE", True),
        ("Trail Running Tee", "Trail Tee", True),
        ("Tee for the Trail", "Trail Tee", False),
        ("Straße", "STRASSE", True),
        ("Tee", "Tee Tee", False),
        ("", "Tee", False),
    ],
)
def test_what_a_description_says(description: str, text: str, says: bool) -> None:
    assert describes(description, text) is says


def test_items_are_found_by_words_newest_first(shelf: Sandbox, pos: Lightspeed) -> None:
    found = pos.items_described(["trail tee", "Cap", "no such", "M", "50%", "Cap"])
    assert [item.item_id for item in found] == ["6", "5", "2", "1"]
    (query,) = asked(shelf)
    assert "or=description=~,%trail%tee%|description=~,%Cap%|description=~,%no%such%" in query
    assert "M%" not in query.partition("no%such%")[2].partition("&")[0]
    assert ids(pos.items_described(["Trail Tee", "Cap"], manufacturer_id="2")) == ["2"]
    assert pos.items_described(["M", ""]) == []


def test_what_words_find_costs_as_much_as_a_list_of_codes(shelf: Sandbox, pos: Lightspeed) -> None:
    pos.items_described([f"word{number}" for number in range(31)])
    rows = [row for row in shelf.ledger("pos") if "/Item" in row["path"]]
    assert [(row["cost"], row["status"]) for row in rows] == [("1.2", 200)] * 3


def test_of_what_many_items_say_a_few_pages_are_read(sandbox: Sandbox, pos: Lightspeed) -> None:
    sandbox.reset({"pos": {"items": [{"itemID": one, "description": "Shirt"} for one in range(1, 451)]}})
    assert len(pos.items_described(["shirt"])) == 300
    assert len(asked(sandbox)) == 3
    newest = pos.items_described(["shirt"], most_pages=1)
    assert (newest[0].item_id, newest[-1].item_id) == ("450", "351")
    assert len(asked(sandbox)) == 4


# --- matrices ---


def test_the_items_of_several_matrices_come_in_one_request(shelf: Sandbox, pos: Lightspeed) -> None:
    assert ids(pos.items_by_codes("itemMatrixID", ["1", "3", "1", "9"], attributes=True)) == ["1", "2", "6"]
    assert len(asked(shelf)) == 1


@pytest.mark.parametrize("field", ["itemID", "itemMatrixID"])
def test_what_is_no_id_is_never_asked_for(shelf: Sandbox, pos: Lightspeed, field: str) -> None:
    assert pos.items_by_codes(field, ["0", "", "00", "x", "-1"]) == []
    assert pos.matrices(["0", "", "x"]) == []
    assert asked(shelf) == []


def test_more_than_a_page_of_items_is_read_on(sandbox: Sandbox, pos: Lightspeed) -> None:
    items = [{"itemID": one, "description": "x", "itemMatrixID": 1 + one % 2} for one in range(1, 251)]
    matrices = [{"itemMatrixID": one, "description": "m", "itemAttributeSetID": 1} for one in (1, 2)]
    sandbox.reset({"pos": {"items": items, "matrices": matrices}})
    assert len(pos.items_by_codes("itemMatrixID", ["1", "2"])) == 250
    assert len(asked(sandbox)) == 3


def test_matrices_are_found_by_a_list_of_ids(shelf: Sandbox, pos: Lightspeed) -> None:
    found = pos.matrices(["3", "1", "3", *(str(number) for number in range(100, 198))])
    assert {(one.matrix_id, one.archived) for one in found} == {("1", False), ("3", True)}
    assert len(asked(shelf)) == 1


# --- filters that are ignored ---


def test_a_filter_that_is_ignored_does_not_lead_through_the_whole_catalogue(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    everything = [{"itemID": str(one), "upc": "", "description": "x"} for one in range(1, 101)]
    server.replies = [endless(everything)]
    with pytest.raises(NotSearchable, match="ignores the search by upc"):
        scripted.items_by_codes("upc", ["086001000014"])
    # the list, and then the form that is documented; neither is followed to a second page
    assert [b"upc=IN" in one or b"or=" in one for one in server.requests] == [True, True]
    assert scripted.in_list_form == "or"
    server.requests.clear()
    with pytest.raises(NotSearchable):
        scripted.items_described(["tee"])
    with pytest.raises(NotSearchable):
        scripted.items_by_codes("customSku", ["A,B"])
    server.replies = [endless([{"itemMatrixID": str(one)} for one in range(1, 101)], "ItemMatrix")]
    with pytest.raises(NotSearchable):
        scripted.matrices_described(["Trail Tee"])
    with pytest.raises(NotSearchable):
        scripted.matrices(["777"])
    assert len(server.requests) == 4


def test_a_list_that_is_ignored_is_asked_for_as_alternatives(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    everything = [{"itemID": str(one), "upc": str(one)} for one in range(1, 101)]
    mine = {"itemID": "500", "upc": "086001000014"}
    last = http(body=json.dumps({"@attributes": {"next": "", "previous": ""}, "Item": mine}))
    server.replies = [endless(everything), last]
    assert ids(scripted.items_by_codes("upc", ["086001000014", "086001000021"])) == ["500"]
    assert b"or=upc%3D086001000014|upc%3D086001000021" in server.requests[1]


def test_a_server_that_compares_leniently_is_not_taken_for_one_that_ignores(
    server: ScriptedServer, scripted: Lightspeed
) -> None:
    near = [{"itemID": str(one), "customSku": "tee-1 "} for one in range(1, 151)]
    mine = {"itemID": "500", "customSku": "TEE-1"}
    last = http(body=json.dumps({"@attributes": {"next": "", "previous": ""}, "Item": [*near[100:], mine]}))
    server.replies = [endless(near[:100]), last]
    assert ids(scripted.items_by_codes("customSku", ["TEE-1"])) == ["500"]


# --- long values ---


def test_lists_of_long_values_fit_into_an_address(sandbox: Sandbox, pos: Lightspeed) -> None:
    codes = [f"{number:03}-" + "ü" * 60 for number in range(100)]
    assert pos.items_by_codes("manufacturerSku", codes) == []
    queries = [row for row in sandbox.ledger("pos") if "/Item" in row["path"]]
    assert {row["status"] for row in queries} == {200}
    assert max(len(row["query"]) for row in queries) < 8000
    assert 1 < len(queries) < 10
