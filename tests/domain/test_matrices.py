"""Where new items go."""

from __future__ import annotations

import pytest
from support.orders import Json, line, order, upc
from support.values import pos_item, read

from nuorder_pos.domain.catalogue import Catalogue
from nuorder_pos.domain.matching import match
from nuorder_pos.domain.matrices import attribute_set, shelves
from nuorder_pos.domain.pos import PosItem


def places(raw: Json, *items: PosItem, links: dict[str, dict[str, str]] | None = None) -> list[str]:
    catalogue = Catalogue.of(items)
    found = match(read(raw).variants, catalogue)
    placed = shelves(found, catalogue, links or {})
    return [placed[one.variant.style_key].place(one.variant).words for one in found]


@pytest.mark.parametrize(
    "color, sizes, wanted",
    [
        ("Red", {"S": 1, "M": 1}, "1"), ("Red", {"One Size": 1}, "1"), ("", {"S": 1}, "2"),
        ("Red", {"default": 1}, "3"), ("Red", {"DEFAULT": 1}, "3"), ("", {"default": 1}, ""),
    ],
    ids=["colour and sizes", "colour and one size", "sizes only", "colour only", "colour only in capitals", "neither"],
)  # fmt: skip
def test_the_attribute_set_follows_from_what_the_style_has(
    color: str, sizes: dict[str, int], wanted: str
) -> None:
    assert attribute_set(read(order("1001", line("TEE", color, sizes))).variants) == wanted


def test_a_style_is_one_new_matrix_for_all_its_colours_and_sizes() -> None:
    raw = order(
        "1001", line("TEE", "Red", {"S": 1, "M": 1}), line("tee ", "Red", {"L": 1}), line("TEE", "Blue")
    )
    assert places(raw) == ["new matrix Trail Tee TEE"] * 4


def test_two_styles_are_two_matrices() -> None:
    assert sorted(places(order("1001", line("TEE"), line("CAP")))) == [
        "new matrix Trail Tee CAP", "new matrix Trail Tee TEE",
    ]  # fmt: skip


def test_a_variant_without_attributes_is_a_plain_item() -> None:
    assert places(order("1001", line("BAG", "", {"default": 1}))) == ["item without a matrix"]


SIBLINGS = order("1001", line("TEE", "Red", {"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(2)}))


def test_a_new_variant_joins_the_one_matrix_of_its_siblings() -> None:
    known = pos_item("7", upc(1), matrix_id="30", attribute_set_id="1")
    assert places(SIBLINGS, known) == ["joins matrix 30", "joins matrix 30"]


def test_a_new_variant_joins_the_one_matrix_that_saved_links_of_its_style_lead_to() -> None:
    assert places(SIBLINGS, links={"tee": {"30": "1"}}) == ["joins matrix 30"] * 2


NOT_JOINED: dict[str, tuple[list[PosItem], dict[str, dict[str, str]]]] = {
    "siblings are in two matrices": (
        [pos_item("7", upc(1), matrix_id="30", attribute_set_id="1")], {"tee": {"31": "1"}},
    ),
    "the linked matrix has other attributes": ([], {"tee": {"30": "2"}}),
    "the sibling's matrix has other attributes": ([pos_item("7", upc(1), matrix_id="30", attribute_set_id="2")], {}),
    "the sibling is in no matrix": ([pos_item("7", upc(1), matrix_id="0")], {}),
    "the links are another style's": ([], {"cap": {"30": "1"}}),
}  # fmt: skip


@pytest.mark.parametrize("why", NOT_JOINED)
def test_a_new_matrix_is_made_where(why: str) -> None:
    items, links = NOT_JOINED[why]
    assert places(SIBLINGS, *items, links=links)[1] == "new matrix Trail Tee TEE"
