"""Of several items with one code, the most likely one is named with the reason; a tie names nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.matching import item_of, known, linked, only, report_of, wanted
from support.orders import upc
from support.values import stored

from nuorder_pos.domain.match_data import Link, Match
from nuorder_pos.domain.pos import PosItem

PLAIN: dict[str, Any] = {"color": "", "size": ""}

SIGNS: dict[str, tuple[dict[str, Any], dict[str, Any], list[Link], str]] = {
    "the other certainly is another size": (PLAIN, {"size": "XL", "color": ""}, [], "contradicts"),
    "it was linked to the style before": (PLAIN, PLAIN, [linked("8", color="rouge", size="med")], "linked"),
    "it is in the matrix of the style": (
        PLAIN | {"matrix_id": "30"}, PLAIN | {"matrix_id": "31"}, [linked("99", size="s", matrix_id="30")], "matrix",
    ),
    "it has the style number": (PLAIN | {"manufacturer_sku": "tee"}, PLAIN, [], "style number"),
    "its size is the order's": ({"color": "", "size": "Medium"}, PLAIN, [], "colour or size"),
    "its colour is the order's": ({"color": "RED", "size": ""}, PLAIN, [], "colour or size"),
    "it has stock": (PLAIN | {"stock": (("0", Decimal(3)), ("1", Decimal(3)))}, PLAIN, [], "stock"),
    "it is in a matrix": (PLAIN | {"matrix_id": "30"}, PLAIN | {"matrix_id": "0"}, [], "in a matrix"),
}  # fmt: skip


def choosing(*items: PosItem, links: list[Link] | None = None) -> Match:
    found = only(wanted(), *items, links=links or [])
    assert [one.code for one in found.questions] == ["duplicate_upc"]
    assert item_of(found) == ""
    return found


def likely(found: Match) -> list[str]:
    return [one.item.item_id for one in found.candidates if one.likely]


@pytest.mark.parametrize("sign", SIGNS)
def test_the_item_for_which_a_sign_speaks_is_named_with_the_reason(sign: str) -> None:
    mine, other, links, words = SIGNS[sign]
    found = choosing(known("8", upc(1), **mine), known("7", upc(1), **other), links=links)
    assert likely(found) == ["8"]
    assert words in found.questions[0].text
    assert "Most likely it is 8:" in found.questions[0].text
    assert any(words in one.reason for one in found.candidates if one.likely)


def test_the_code_in_the_upc_field_says_more_than_in_the_ean_field() -> None:
    found = choosing(known("7", "", ean=upc(1), **PLAIN), known("8", upc(1), **PLAIN))
    assert likely(found) == ["8"]
    assert "UPC field" in found.questions[0].text


TIES: dict[str, list[PosItem]] = {
    "all are alike": [known("7", upc(1)), known("8", upc(1))],
    "all have stock": [known(i, upc(1), stock=(("0", Decimal(1)),)) for i in ("7", "8")],
    "one is told from three, two are left": [
        known("6", upc(1), size="XL"), known("7", upc(1)), known("8", upc(1)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("why", TIES)
def test_nobody_is_named_where(why: str) -> None:
    found = choosing(*TIES[why])
    assert likely(found) == []
    assert "Most likely" not in found.questions[0].text


def test_the_stronger_sign_decides() -> None:
    found = choosing(
        known("7", upc(1), stock=(("0", Decimal(9)),), **PLAIN),
        known("8", upc(1), manufacturer_sku="TEE", **PLAIN),
    )
    assert likely(found) == ["8"]


def test_a_link_of_another_size_of_the_style_speaks_for_nothing() -> None:
    other_size = [linked("7", color="rouge", size="s")]
    assert likely(choosing(known("7", upc(1), **PLAIN), known("8", upc(1), **PLAIN), links=other_size)) == []


def test_of_three_the_second_sign_decides_between_those_that_the_first_one_left() -> None:
    found = choosing(
        known("6", upc(1), size="XL"), known("7", upc(1)), known("8", upc(1), manufacturer_sku="TEE")
    )
    assert likely(found) == ["8"]


def test_the_report_has_what_a_merchant_needs_to_choose() -> None:
    items = [
        known("7", upc(1), stock=(("0", Decimal(5)), ("1", Decimal(5))), matrix_id="30", custom_sku="C-7"),
        known("8", upc(1), matrix_id="0"),
    ]
    (row,) = stored(report_of(wanted(), *items))["lines"]
    first, second = row["candidates"]
    assert {key: first[key] for key in ("item_id", "likely", "stock", "matrix_id", "sku", "vendor_id", "upc")} == {
        "item_id": "7", "likely": True, "stock": "5", "matrix_id": "30", "sku": "C-7", "vendor_id": "1", "upc": upc(1),
    }  # fmt: skip
    assert (second["likely"], second["stock"], second["matrix_id"]) == (False, None, "")
