"""Items that may be meant where no code fits: offered with their reasons, inside the brand, ranked, never taken."""

from __future__ import annotations

import random
from typing import Any

import pytest
from support.matching import OURS, item_of, known, linked, offered, report_of, said, wanted
from support.orders import Json, line, order, upc
from support.values import stored

from nuorder_pos.domain.match_data import Match, Status
from nuorder_pos.domain.pos import BrandInPos, PosItem
from nuorder_pos.domain.resemblance import MOST

SAME_STYLE: dict[str, Any] = {"manufacturer_sku": "TEE"}
THEIRS: dict[str, Any] = {"manufacturer_id": "6", "default_vendor_id": "2"}
NOBODYS: dict[str, Any] = {"manufacturer_id": "", "default_vendor_id": ""}


def only(raw: Json, *items: PosItem, **more: Any) -> Match:
    (row,) = report_of(raw, *items, **more).lines
    return row.match


def rows(raw: Json, *items: PosItem, **more: Any) -> dict[str, Match]:
    """By size."""
    return {row.variant.size: row.match for row in report_of(raw, *items, **more).lines}


SIGNS: dict[str, tuple[dict[str, Any], str]] = {
    "the vendor's own number": ({"vendor_numbers": (("1", "TEE-RED"),)}, "vendor ID"),
    "the style number as manufacturer SKU": (SAME_STYLE, "same style number TEE"),
    "the style number in another spelling": ({"manufacturer_sku": "t-e-e"}, "same style number TEE"),
    "the style number before colour and size": ({"custom_sku": "TEE-RED-M"}, "same style number TEE"),
    "the description": ({"description": "Trail Tee Red M"}, "similar description"),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_an_item_of_the_brand_is_offered_for(sign: str) -> None:
    held, words = SIGNS[sign]
    found = only(wanted(None), known("7", **held))
    assert (found.status, item_of(found), offered(found)) == (Status.NEW_ITEM, "", ["7"])
    assert words in found.candidates[0].reason
    assert "same size M" in found.candidates[0].reason
    assert "same colour Red" in found.candidates[0].reason
    assert "similar_item" in said(found)


def test_a_style_number_in_the_description_leads_there_where_it_is_no_word() -> None:
    item = known("7", description="Shirt T-100")
    assert offered(only(wanted(None, style="T100"), item)) == ["7"]
    assert offered(only(wanted(None, style="SHIRT"), item)) == []


def test_an_item_in_the_matrix_of_the_style_is_offered_first_and_said_to_be_there() -> None:
    found = only(
        wanted(None, size="L"),
        known("7", size="Large", matrix_id="30"),
        links=[linked("6", matrix_id="30")],
        matrices={"tee": {"30": "1"}},
    )
    assert offered(found)[:1] == ["7"]
    assert "matrix 30" in found.candidates[0].reason


NOT_OFFERED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "another brand's equal style number": ({}, SAME_STYLE | THEIRS),
    "another brand's item of our vendor": ({}, SAME_STYLE | {"manufacturer_id": "6"}),
    "another brand's equal description": ({"style": "T100"}, {"description": "Trail Tee Red M", **THEIRS}),
    "nobody's item with a similar description": (
        {"style": "T100"},
        {"description": "Trail Tee Red M", **NOBODYS},
    ),
    "a certain other size": ({}, SAME_STYLE | {"size": "XL"}),
    "a certain other colour": ({}, SAME_STYLE | {"color": "Green"}),
    "nothing in common": ({}, {"manufacturer_sku": "CAP", "description": "Sun Cap"}),
    "another style number that begins alike": ({}, {"manufacturer_sku": "TEES", "description": "Sun Cap"}),
}


@pytest.mark.parametrize("why", NOT_OFFERED)
def test_no_candidate_is(why: str) -> None:
    ordered, held = NOT_OFFERED[why]
    found = only(wanted(None, **ordered), known("7", **held))
    assert (offered(found), "similar_item" in said(found)) == ([], False)


def test_an_item_of_which_nobody_knows_the_brand_comes_behind_our_own() -> None:
    found = only(wanted(None), known("7", **SAME_STYLE, **NOBODYS), known("8", **SAME_STYLE))
    assert offered(found) == ["8", "7"]


def test_a_brand_that_the_pos_does_not_know_has_no_items_there() -> None:
    found = only(wanted(None), known("7", **SAME_STYLE), in_pos=BrandInPos())
    assert offered(found) == []


def test_the_more_speaks_for_an_item_the_earlier_it_comes() -> None:
    ranked = [
        known("9", vendor_numbers=(("1", "tee-red"),), **SAME_STYLE),
        known("8", **SAME_STYLE),
        known("7", color="", size="", **SAME_STYLE),
    ]
    found = only(wanted(None), *reversed(ranked))
    assert offered(found) == ["9", "8", "7"]


def test_an_archived_item_is_marked_and_comes_behind_a_live_one() -> None:
    found = only(wanted(None), known("7", archived=True, **SAME_STYLE), known("8", **SAME_STYLE))
    assert offered(found) == ["8", "7"]
    assert found.candidates[1].reason.startswith("archived")
    first, second = stored(report_of(wanted(None), *(c.item for c in found.candidates)))["lines"][0][
        "candidates"
    ]
    assert (first["archived"], second["archived"]) == (False, True)


def test_no_more_than_a_few_are_offered() -> None:
    found = only(wanted(None), *(known(str(n), **SAME_STYLE) for n in range(10, 30)))
    assert offered(found) == [str(n) for n in range(10, 10 + MOST)]
    assert MOST == 5


def test_an_item_that_another_line_uses_is_not_offered() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1)}))
    found = rows(raw, known("7", upc(1), color="", size="", **SAME_STYLE))
    assert (item_of(found["S"]), offered(found["M"])) == ("7", [])


def test_an_item_with_a_valid_code_of_its_own_is_not_offered_for_another_code_unless_all_else_agrees() -> (
    None
):
    other, same = known("7", upc(2), size="", **SAME_STYLE), known("8", upc(3), **SAME_STYLE)
    found = only(wanted(upc(1)), other, same)
    assert offered(found) == ["8"]
    assert f"has another UPC, {upc(3)}" in found.candidates[0].reason


def test_an_item_that_a_link_calls_another_variant_is_not_offered() -> None:
    item = known("7", color="", size="", **SAME_STYLE)
    assert offered(only(wanted(None), item, links=[linked("7", size="xl")])) == []
    assert offered(only(wanted(None), item)) == ["7"]


def test_nothing_is_offered_for_a_size_of_which_nothing_is_ordered() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 0}))
    assert offered(rows(raw, known("7", **SAME_STYLE))["M"]) == []


def test_without_a_measure_of_likeness_numbers_still_lead_to_candidates() -> None:
    items = [known("7", manufacturer_sku="T100"), known("8", description="Trail Tee Red M")]
    without, measured = (only(wanted(None, style="T100"), *items, **more) for more in ({"similar": None}, {}))
    assert offered(without)[0] == "7"
    assert not any("similar" in one.reason for one in without.candidates)
    assert offered(measured) == ["7", "8"]


def test_a_telling_word_is_enough_where_colour_and_size_are_the_orders() -> None:
    found = only(wanted(None, style="T100"), known("8", description="Men's trail shirt, crimson"))
    assert offered(found) == ["8"]
    assert "trail" in found.candidates[0].reason


def test_what_the_styles_other_lines_are_leads_to_its_sisters() -> None:
    raw = order("1001", line(style="T100", sizes={"S": 1, "M": 1}, upcs={"S": upc(1)}))
    sister = {"manufacturer_sku": "RETAILERS-OWN", "description": "x"}
    found = rows(raw, known("7", upc(1), size="S", **sister), known("8", **sister))
    assert (item_of(found["S"]), offered(found["M"])) == ("7", ["8"])


def test_several_items_with_the_code_are_the_question_and_no_others_are_added() -> None:
    found = only(wanted(), known("7", upc(1)), known("8", upc(1)), known("9", **SAME_STYLE))
    assert offered(found) == ["7", "8"]


@pytest.mark.parametrize("seed", range(5))
def test_the_candidates_are_the_same_whatever_the_order_of_the_answers(seed: int) -> None:
    items = [
        known(str(n), **held, description=f"Trail Tee {color}", color=color, size="")
        for n, (held, color) in enumerate(
            [(SAME_STYLE, "Red"), (SAME_STYLE, "Rouge"), ({}, "Red"), ({"custom_sku": "tee.1"}, "Ruby"), ({}, "Wine")] * 3, 10
        )
    ]  # fmt: skip
    shuffled = random.Random(seed).sample(items, len(items))
    raw = order("1001", line(sizes={"S": 1, "M": 1}), line("CAP", "Blue"))
    assert stored(report_of(raw, *shuffled)) == stored(report_of(raw, *items))


# ---- what was offered is offered again ----


def test_what_an_approved_report_offered_is_offered_again_and_nothing_else_is_looked_for() -> None:
    raw = wanted(None)
    before = report_of(raw, known("7", **SAME_STYLE))
    again = {"1": ["7"]}
    now = report_of(raw, known("7", description="renamed since"), known("8", **SAME_STYLE), offered=again)
    assert offered(now.lines[0].match) == ["7"]
    assert now.report_hash == before.report_hash


CHANGED: dict[str, list[PosItem]] = {
    "it is gone": [], "it is another size now": [known("7", size="XL", **SAME_STYLE)],
    "it is another colour now": [known("7", color="Green", **SAME_STYLE)],
}  # fmt: skip


@pytest.mark.parametrize("why", CHANGED)
def test_an_offered_item_falls_away_where(why: str) -> None:
    now = report_of(wanted(None), *CHANGED[why], offered={"1": ["7"]})
    assert offered(now.lines[0].match) == []
    assert now.report_hash != report_of(wanted(None), known("7", **SAME_STYLE)).report_hash


def test_our_brand_is_told_by_manufacturer_first_then_by_vendor() -> None:
    assert OURS.has(known("7")) is True
    assert OURS.has(known("7", manufacturer_id="6")) is False
    assert OURS.has(known("7", manufacturer_id="0", default_vendor_id="2")) is False
    assert OURS.has(known("7", manufacturer_id="0")) is True
    assert OURS.has(known("7", **NOBODYS)) is None
