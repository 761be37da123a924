"""A code on an item that certainly is another size or colour is asked about; what is not certain is taken."""

from __future__ import annotations

from typing import Any

import pytest
from support.matching import asked, item_of, known, linked, matches, offered, only, values, wanted
from support.orders import line, order, upc

from nuorder_pos.domain.match_data import Status

CONTRADICTED: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "another letter size": ({"size": "M"}, {"size": "XL"}, "size is XL"),
    "another letter size in words": ({"size": "M"}, {"size": "Extra Large"}, "size is Extra Large"),
    "another waist": ({"size": "32x30"}, {"size": "W34 L30"}, "size is W34 L30"),
    "another colour": ({"color": "Red"}, {"color": "Green"}, "colour is Green"),
    "another colour, abbreviated": ({"color": "Yellow"}, {"color": "BLK"}, "colour is BLK"),
}

NOT_CERTAIN: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "the same size in words": ({"size": "M"}, {"size": "Medium"}),
    "the same size as a fraction": ({"size": "10.5"}, {"size": "10 1/2"}),
    "one size": ({"size": "One Size"}, {"size": "OS"}),
    "a size of another scale": ({"size": "10"}, {"size": "43"}),
    "a size that nobody knows": ({"size": "M"}, {"size": "Zwo"}),
    "the same colour, abbreviated": ({"color": "Black"}, {"color": "BLK"}),
    "a colour's own name": ({"color": "Moonrise"}, {"color": "Grey"}),
    "a colour that people mix up": ({"color": "Navy"}, {"color": "Black"}),
    "several colours": ({"color": "Red/White"}, {"color": "Red"}),
    "no colour in the POS": ({}, {"color": ""}),
    "no size in the POS": ({}, {"size": ""}),
    "no colour in the order": ({"color": ""}, {}),
    "an account's own attributes": ({}, {"attribute_set_id": "9", "color": "Cotton", "size": "XL"}),
}


@pytest.mark.parametrize("how", CONTRADICTED)
def test_the_code_on_a_certain_other_size_or_colour_is_asked_about(how: str) -> None:
    ordered, held, words = CONTRADICTED[how]
    found = only(wanted(**ordered), known("7", upc(1), **held))
    assert (found.status, item_of(found), asked(found)) == (Status.UPC_MATCH, "", ["upc_doubtful"])
    assert values(found) == ["7", "new"]
    assert words in found.questions[0].text
    assert words in found.why
    assert offered(found) == ["7"]


@pytest.mark.parametrize("how", NOT_CERTAIN)
def test_what_is_no_certain_contradiction_is_a_match(how: str) -> None:
    ordered, held = NOT_CERTAIN[how]
    found = only(wanted(**ordered), known("7", upc(1), **held))
    assert (item_of(found), asked(found)) == ("7", [])


@pytest.mark.parametrize(
    "description", ["Trail Tee", "TRAIL TEE RED M", "tee, trail; Medium red", "Retailer's own words", ""]
)
def test_an_item_without_attributes_is_a_match_where_its_description_does_not_name_another(
    description: str,
) -> None:
    item = known("7", upc(1), color="", size="", description=description)
    assert asked(only(wanted(), item)) == []


def test_a_saved_link_is_not_doubted() -> None:
    found = only(wanted(), known("7", upc(1), size="XL"), links=[linked("7")])
    assert (found.status, item_of(found), asked(found)) == (Status.CONFIRMED, "7", [])


def test_a_code_in_a_sku_is_doubted_as_one_in_the_upc_field() -> None:
    assert asked(only(wanted(), known("7", custom_sku=upc(1), size="XL"))) == ["upc_doubtful"]


def test_a_doubtful_item_is_not_taken_for_another_line_either() -> None:
    raw = order("1001", line(sizes={"M": 1, "XL": 1}, upcs={"M": upc(1)}))
    found = {one.variant.size: one for one in matches(raw, [known("7", upc(1), size="XL")])}
    assert (item_of(found["M"]), asked(found["M"])) == ("", ["upc_doubtful"])
    assert (found["XL"].status, item_of(found["XL"])) == (Status.NEW_ITEM, "")


def test_exchanged_codes_are_asked_about_with_the_item_that_fits() -> None:
    raw = wanted(size="10")
    items = [
        known("7", upc(1), size="11", matrix_id="30"), known("8", upc(2), size="10", matrix_id="30"),
    ]  # fmt: skip
    found = only(raw, *items)
    assert (item_of(found), asked(found), values(found)) == ("", ["upc_doubtful"], ["7", "8", "new"])


def test_a_question_names_the_place_where_the_code_really_is() -> None:
    raw = order("1001", line(sizes={"10": 1, "11": 1}, upcs={"10": upc(1), "11": upc(2)}))
    items = [known("7", vendor_numbers=(("1", upc(1)),), size="12"), known("8", upc(2), size="11")]
    found = {one.variant.size: one for one in matches(raw, items)}
    assert asked(found["10"]) == ["upc_doubtful"]
    assert "vendor ID" in found["10"].candidates[0].reason


@pytest.mark.parametrize(
    "description, sku, asked",
    [
        ("Trail Tee Blue XL", "", True), ("Trail Tee Red XL", "", False), ("Trail Tee Blue M", "", False),
        ("Trail Tee Red XL", "AC-2002", True), ("Trail Tee Red M", "AC-2002", False),
    ],
    ids=["size and colour", "size alone", "colour alone", "size, and another style's number", "only another number"],
)  # fmt: skip
def test_one_word_of_a_description_is_no_reason_for_doubt(description: str, sku: str, asked: bool) -> None:
    item = known(
        "7", upc(1), color="", size="", attribute_set_id="", description=description, manufacturer_sku=sku
    )
    found = only(wanted(), item)
    assert ("upc_doubtful" in [q.code for q in found.questions]) is asked


def test_a_description_that_several_items_have_is_no_reason_for_doubt() -> None:
    plain = {"color": "", "size": "", "attribute_set_id": "", "description": "Trail Tee Blue XL"}
    found = only(wanted(), known("7", upc(1), **plain), known("8", upc(2), **plain))
    assert item_of(found) == "7"
