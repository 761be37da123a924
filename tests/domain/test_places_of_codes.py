"""Where the POS may hold a code, in which spelling, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest
from support.matching import asked, item_of, known, linked, matches, offered, only, said, values, wanted
from support.orders import line, order, upc

from nuorder_pos.domain.gtin import check_digit
from nuorder_pos.domain.match_data import Status
from nuorder_pos.domain.pos import PosItem

UPC_A, UPC_E = "042100005264", "04252614"
EAN_8 = "96385074"
ARTICLE, CASE = "012345678905", "10012345678902"
BOTH_RATHER_UPC, AS_UPC, AS_EAN = "01234565", "012345000065", "0000001234565"
BOTH_RATHER_EAN, ITS_UPC, ITS_EAN = "12345670", "123456000070", "0000012345670"

PLACES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "UPC": ({"upc": upc(1)}, "has this UPC", []),
    "EAN": ({"ean": upc(1)}, "EAN", ["ean_match"]),
    "custom SKU": ({"custom_sku": upc(1)}, "custom SKU", ["sku_match"]),
    "manufacturer SKU": ({"manufacturer_sku": upc(1)}, "manufacturer SKU", ["sku_match"]),
    "vendor ID": ({"vendor_numbers": (("1", upc(1)),)}, "vendor ID", ["sku_match"]),
    "custom SKU, with a zero more": ({"custom_sku": "0" + upc(1)}, "0" + upc(1), ["sku_match", "gtin_variant"]),
    "vendor ID, without its zero": (
        {"vendor_numbers": (("1", upc(1)[1:]),)}, upc(1)[1:], ["sku_match", "gtin_variant"],
    ),
}  # fmt: skip


def holding(item_id: str, **held: Any) -> PosItem:
    """An item of our brand that holds a code somewhere."""
    return known(item_id, held.pop("upc", ""), **held)


@pytest.mark.parametrize("place", PLACES)
def test_a_code_is_found_in_every_place_and_it_is_said_where(place: str) -> None:
    held, words, warned = PLACES[place]
    found = only(wanted(), holding("7", **held))
    assert (found.status, item_of(found), said(found)) == (Status.UPC_MATCH, "7", warned)
    assert words in found.why
    assert asked(found) == []


@pytest.mark.parametrize("place", ["custom_sku", "manufacturer_sku"])
@pytest.mark.parametrize("code", [EAN_8, "8600100", "0000096385074"])
def test_a_short_number_in_a_sku_is_no_article_number(place: str, code: str) -> None:
    found = only(wanted(EAN_8), known("7", **{place: code}))
    assert (found.status, offered(found)) == (Status.NEW_ITEM, [])


def test_a_code_that_is_not_valid_is_not_found_in_a_sku() -> None:
    wrong = upc(1)[:-1] + str((int(upc(1)[-1]) + 1) % 10)
    assert only(wanted(wrong), known("7", custom_sku=wrong)).status is Status.NEW_ITEM


@pytest.mark.parametrize("place", ["upc", "ean"])
def test_several_items_with_the_code_ask_and_items_with_it_as_a_sku_are_none_of_them(place: str) -> None:
    found = only(
        wanted(), holding("7", **{place: upc(1)}), holding("8", upc=upc(1)), holding("9", custom_sku=upc(1))
    )
    assert (asked(found), values(found)) == (["duplicate_upc"], ["7", "8", "new"])


def test_several_items_with_the_code_as_a_sku_only_are_a_question() -> None:
    found = only(wanted(), holding("7", custom_sku=upc(1)), holding("8", vendor_numbers=(("1", upc(1)),)))
    assert (item_of(found), asked(found), values(found)) == ("", ["duplicate_upc"], ["7", "8", "new"])


def test_the_item_with_the_upc_goes_before_one_with_it_as_a_sku_and_both_are_named() -> None:
    found = only(wanted(), holding("8", upc=upc(1)), holding("7", custom_sku=upc(1)))
    assert (item_of(found), said(found), asked(found)) == ("8", ["also_held"], [])
    (warning,) = found.warnings
    assert "7" in warning.text
    assert "custom SKU" in warning.text


def test_an_archived_holder_of_the_upc_and_a_live_one_of_it_as_a_sku_are_a_question() -> None:
    found = only(wanted(), holding("7", upc=upc(1), archived=True), holding("8", custom_sku=upc(1)))
    assert (item_of(found), asked(found), values(found)) == ("", ["archived_upc"], ["7", "8", "new"])
    assert offered(found) == ["7", "8"]


def test_an_archived_item_with_the_code_as_a_sku_is_offered_and_the_new_item_goes_without_the_code() -> None:
    found = only(wanted(), holding("7", custom_sku=upc(1), archived=True))
    assert (found.status, asked(found), offered(found), found.may_carry_code) == (
        Status.NEW_ITEM, [], ["7"], False,
    )  # fmt: skip
    assert "archived" in found.candidates[0].reason


# ---- spellings of one article number ----

SAME_NUMBER = {
    "a short UPC in the POS": (UPC_A, UPC_E),
    "a short UPC in the order": (UPC_E, UPC_A),
    "a short UPC in the order, 14 digits in the POS": (UPC_E, "00" + UPC_A),
    "an EAN-8": (EAN_8, EAN_8),
    "an EAN-8 filled up with zeros": (EAN_8, "0000096385074"),
    "14 digits in the order": ("00" + ARTICLE, ARTICLE),
    "14 digits in the POS": (ARTICLE, "00" + ARTICLE),
    "the POS lost its zero": (ARTICLE, ARTICLE[1:]),
    "the code of a case on both sides": (CASE, CASE),
    "eight digits that may be two numbers, equal on both sides": (BOTH_RATHER_UPC, BOTH_RATHER_UPC),
    "eight digits in the order, in their likelier reading": (BOTH_RATHER_UPC, AS_UPC),
    "eight digits in the order, in their likelier reading, an EAN": (BOTH_RATHER_EAN, ITS_EAN),
    "eight digits in the POS, in their likelier reading": (AS_UPC, BOTH_RATHER_UPC),
}


@pytest.mark.parametrize("how", SAME_NUMBER)
def test_one_article_number_is_one_however_it_is_written(how: str) -> None:
    ordered, held = SAME_NUMBER[how]
    found = only(wanted(ordered), known("7", held))
    assert (item_of(found), asked(found)) == ("7", [])
    assert ("gtin_variant" in said(found)) == (ordered != held)


LESS_LIKELY = {
    "a short UPC that is rather one, held as the EAN-8": (BOTH_RATHER_UPC, AS_EAN),
    "an EAN-8 that is rather one, held as the UPC": (BOTH_RATHER_EAN, ITS_UPC),
    "held as eight digits that are rather an EAN-8": (ITS_UPC, BOTH_RATHER_EAN),
    "held as eight digits that are rather a short UPC": (AS_EAN, BOTH_RATHER_UPC),
}


@pytest.mark.parametrize("how", LESS_LIKELY)
def test_eight_digits_that_may_be_two_numbers_are_asked_about_in_the_less_likely_reading(how: str) -> None:
    ordered, held = LESS_LIKELY[how]
    found = only(wanted(ordered), known("7", held))
    assert (item_of(found), asked(found), values(found)) == ("", ["upc_doubtful"], ["7", "new"])


# ---- what a damaged code or a case code may mean: offered, never taken ----


def test_the_article_in_a_case_is_offered_and_the_case_is_said() -> None:
    found = only(wanted(CASE, units_per_pack=12), known("7", ARTICLE))
    assert (found.status, item_of(found), offered(found), said(found)) == (
        Status.NEW_ITEM, "", ["7"], ["case_code"],
    )  # fmt: skip
    assert ARTICLE in found.candidates[0].reason
    assert "12 pieces" in found.warnings[0].text


def test_a_case_that_the_pos_has_itself_is_a_match_and_said_to_be_a_case() -> None:
    found = only(wanted(CASE), known("7", CASE))
    assert (item_of(found), said(found)) == ("7", ["case_code"])


def test_the_case_of_an_article_that_comes_in_packs_is_offered() -> None:
    (found,) = matches(wanted(ARTICLE, units_per_pack=6), [known("7", CASE)])
    assert (item_of(found), offered(found)) == ("", ["7"])
    assert f"has {CASE}" in found.candidates[0].reason


def test_the_case_of_an_article_that_comes_by_the_piece_is_not_offered() -> None:
    assert offered(only(wanted(ARTICLE), known("7", CASE))) == []


REPAIRED = {
    "a wrong check digit": upc(1)[:-1] + str((int(upc(1)[-1]) + 1) % 10),
    "a letter for a digit": "O" + upc(1)[1:],
    "hyphens": f"{upc(1)[:6]}-{upc(1)[6:]}",
    "a decimal ending": upc(1) + ".0",
    "a label": f"UPC {upc(1)}",
    "two codes": f"{upc(1)} / {upc(2)}",
    "no check digit": upc(1)[:-1],
}


@pytest.mark.parametrize("damage", REPAIRED)
def test_what_a_damaged_code_may_mean_is_offered_and_never_taken(damage: str) -> None:
    found = only(wanted(REPAIRED[damage]), known("7", upc(1)))
    assert (found.status, item_of(found), offered(found)) == (Status.NEW_ITEM, "", ["7"])
    assert "invalid_upc" in said(found)
    assert upc(1) in found.candidates[0].reason


def test_a_repair_that_leads_to_a_certain_other_size_is_not_offered() -> None:
    assert offered(only(wanted(upc(1) + ".0"), known("7", upc(1), size="XL"))) == []


def test_a_repair_that_leads_to_an_archived_item_says_so() -> None:
    found = only(wanted(upc(1) + ".0"), known("7", upc(1), archived=True))
    assert (offered(found), "archived" in found.candidates[0].reason) == (["7"], True)


# ---- rows with one code ----


@pytest.mark.parametrize("code", ["8.60010E+11", "000000000000"])
def test_texts_that_say_nothing_of_one_article_are_not_one_code_on_several_lines(code: str) -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": code, "M": code}))
    assert [asked(one) for one in matches(raw, [])] == [[], []]


def test_a_line_with_the_code_of_a_confirmed_one_may_be_the_same_item() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(1)}))
    found = matches(raw, [known("7", size="S")], [linked("7", size="s")])
    confirmed, other = sorted(found, key=lambda one: one.status)
    assert (item_of(confirmed), asked(confirmed)) == ("7", [])
    assert values(other) == ["7", "new"], "a choice that would be refused is none"


def test_the_numbers_of_this_file_are_what_they_are_called() -> None:
    for code in (UPC_A, ARTICLE, CASE, AS_UPC, AS_EAN, ITS_UPC, ITS_EAN, EAN_8):
        assert check_digit(code[:-1]) == code[-1]
