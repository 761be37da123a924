"""The ladder of matching: link, code, new item; and what several rows have in common."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.matching import asked, item_of, known, linked, offered, report_of
from support.orders import Json, line, order, upc
from support.values import link, pos_item, read

from nuorder_pos.domain.catalogue import Catalogue, codes_to_look_up
from nuorder_pos.domain.match_data import Link, Match, Status
from nuorder_pos.domain.matching import match
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.domain.report_data import as_data

TEE = ("tee", "red", "m")


def one_variant(code: str | None = upc(1), quantity: int = 2) -> Json:
    return order("1001", line("TEE", "Red", {"M": quantity}, upcs={"M": code}))


def matched(raw: Json, *items: PosItem, links: dict[tuple[str, str, str], Link] | None = None) -> list[Match]:
    return match(read(raw).variants, Catalogue.of(items, links))


def only(raw: Json, *items: PosItem, **more: dict[tuple[str, str, str], Link]) -> Match:
    (found,) = matched(raw, *items, **more)
    return found


def warnings(found: Match) -> list[str]:
    return [w.code for w in found.warnings]


def questions(found: Match) -> list[str]:
    return [q.code for q in found.questions]


def values(found: Match) -> list[str]:
    (asked,) = found.questions
    return [c.value for c in asked.choices]


# ---- precedence ----


def test_a_link_goes_before_the_code() -> None:
    found = only(one_variant(), pos_item("7", upc(1)), pos_item("8", upc(1)), links={TEE: link("7")})
    assert (found.status, found.item and found.item.item_id, questions(found)) == (Status.CONFIRMED, "7", [])


def test_a_code_goes_before_a_new_item() -> None:
    found = only(one_variant(), pos_item("7", upc(1)))
    assert (found.status, found.item and found.item.item_id) == (Status.UPC_MATCH, "7")


def test_what_neither_link_nor_code_finds_is_a_new_item_that_may_carry_its_code() -> None:
    found = only(one_variant(), pos_item("7", upc(2)))
    assert (found.status, found.item, found.may_carry_code) == (Status.NEW_ITEM, None, True)


def test_a_link_needs_no_code() -> None:
    found = only(one_variant(None), pos_item("7"), links={TEE: link("7")})
    assert (found.status, warnings(found)) == (Status.CONFIRMED, ["missing_upc"])


def test_a_link_is_found_whatever_the_case_and_spaces_of_style_colour_and_size() -> None:
    raw = order("1001", line(" tee ", "RED", {"m": 1}))
    assert only(raw, pos_item("7"), links={TEE: link("7")}).status is Status.CONFIRMED


def test_the_link_of_another_size_is_not_taken() -> None:
    assert (
        only(one_variant(None), pos_item("7"), links={("tee", "red", "l"): link("7")}).status
        is Status.NEW_ITEM
    )


# ---- the code ----


@pytest.mark.parametrize(
    "held, said",
    [
        ({"upc": upc(1)}, []),
        ({"ean": upc(1)}, ["ean_match"]),
        ({"upc": "0" + upc(1)}, ["gtin_variant"]),
        ({"upc": upc(1).lstrip("0")}, ["gtin_variant"]),
        ({"ean": "0" + upc(1)}, ["ean_match", "gtin_variant"]),
        ({"upc": upc(1), "ean": "0" + upc(1)}, []),
    ],
    ids=[
        "as it is",
        "in the EAN field",
        "with a zero more",
        "without its zero",
        "in the EAN field, with a zero more",
        "in both",
    ],
)
def test_the_same_article_number_is_a_match_however_it_is_held(held: dict[str, str], said: list[str]) -> None:
    found = only(one_variant(), PosItem("7", **held))
    assert (found.status, warnings(found)) == (Status.UPC_MATCH, said)


def test_every_spelling_of_every_code_is_looked_up_once() -> None:
    raw = order(
        "1001",
        line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(1)}),
        line("CAP", upcs={"M": "TEE-1"}),
    )
    wanted = codes_to_look_up(read(raw).variants)
    assert len(wanted) == len(set(wanted))
    assert {upc(1), "0" + upc(1), upc(1).lstrip("0")} <= set(wanted)
    assert "TEE-1" not in wanted


def test_several_items_with_the_code_are_a_question_with_all_of_them_and_a_new_item() -> None:
    found = only(
        one_variant(), pos_item("7", upc(1)), pos_item("12", "", ean=upc(1)), pos_item("9", "0" + upc(1))
    )
    assert (found.status, found.item, questions(found)) == (Status.UPC_MATCH, None, ["duplicate_upc"])
    assert values(found) == ["7", "9", "12", "new"]
    assert [c.item.item_id for c in found.candidates] == ["7", "9", "12"]


def test_an_archived_item_beside_a_live_one_is_no_question() -> None:
    found = only(one_variant(), pos_item("7", upc(1), archived=True), pos_item("8", upc(1)))
    assert (found.item and found.item.item_id, questions(found)) == ("8", [])


def test_a_code_that_only_archived_items_hold_is_a_question_and_a_new_item_goes_without_it() -> None:
    found = only(one_variant(), pos_item("7", upc(1), archived=True))
    assert (found.status, found.item, questions(found)) == (Status.NEW_ITEM, None, ["archived_upc"])
    assert values(found) == ["7", "new"]
    assert not found.may_carry_code


def test_no_code_is_a_new_item_and_nothing_is_taken_by_itself() -> None:
    found = only(one_variant(None), pos_item("7", description="Trail Tee Red M"))
    assert (found.status, warnings(found), questions(found)) == (Status.NEW_ITEM, ["missing_upc"], [])
    assert not found.may_carry_code


@pytest.mark.parametrize("code", ["8.60010E+11", "TEE-RED-M", upc(1)[1:], upc(1)[:-1] + "9"])
def test_a_code_that_is_not_valid_is_said_and_never_written(code: str) -> None:
    found = only(one_variant(code))
    assert (found.status, warnings(found), found.may_carry_code) == (Status.NEW_ITEM, ["invalid_upc"], False)


def test_the_warning_names_the_damage_and_the_repair() -> None:
    (said,) = only(one_variant(upc(1)[1:])).warnings
    assert "lost its leading zero" in said.text
    assert f"It may be meant as {upc(1)}." in said.text


def test_a_code_without_its_leading_zero_still_finds_its_item() -> None:
    found = only(one_variant(upc(1)[1:]), pos_item("7", upc(1)))
    assert (found.status, warnings(found)) == (Status.UPC_MATCH, ["invalid_upc", "gtin_variant"])


def test_a_code_with_a_wrong_check_digit_finds_an_item_that_has_exactly_it() -> None:
    wrong = upc(1)[:-1] + str((int(upc(1)[-1]) + 1) % 10)
    assert only(one_variant(wrong), pos_item("7", wrong)).status is Status.UPC_MATCH
    assert only(one_variant(wrong), pos_item("7", upc(1))).status is Status.NEW_ITEM


# ---- the link ----


@pytest.mark.parametrize("there", [(), (pos_item("7", archived=True),)], ids=["gone", "archived"])
def test_a_broken_link_falls_back_to_the_code_and_says_so(there: tuple[PosItem, ...]) -> None:
    found = only(one_variant(), *there, pos_item("8", upc(1)), links={TEE: link("7")})
    assert (found.status, found.item and found.item.item_id, warnings(found)) == (
        Status.UPC_MATCH,
        "8",
        ["link_broken"],
    )


def test_a_broken_link_without_a_match_by_code_is_a_new_item() -> None:
    found = only(one_variant(), links={TEE: link("7", "created")})
    assert (found.status, warnings(found), found.may_carry_code) == (Status.NEW_ITEM, ["link_broken"], True)


def test_a_broken_link_to_the_archived_holder_of_the_code_is_said_and_asked() -> None:
    found = only(one_variant(), pos_item("7", upc(1), archived=True), links={TEE: link("7")})
    assert (warnings(found), questions(found)) == (["link_broken"], ["archived_upc"])


@pytest.mark.parametrize("origin", ["upc", "created"])
def test_a_link_and_a_code_that_name_different_items_are_a_question(origin: str) -> None:
    found = only(one_variant(), pos_item("7"), pos_item("8", upc(1)), links={TEE: link("7", origin)})
    assert (found.status, found.item, questions(found)) == (Status.CONFIRMED, None, ["link_conflict"])
    assert values(found) == ["7", "8", "new"]


def test_a_link_that_a_merchant_chose_is_not_asked_about_again() -> None:
    found = only(one_variant(), pos_item("7"), pos_item("8", upc(1)), links={TEE: link("7", "choice")})
    assert (found.item and found.item.item_id, questions(found)) == ("7", [])


def test_a_linked_item_that_holds_the_code_is_no_conflict_with_others_that_hold_it_too() -> None:
    found = only(one_variant(), pos_item("7", upc(1)), pos_item("8", upc(1)), links={TEE: link("7")})
    assert questions(found) == []


# ---- several rows ----


def two_sizes(first: str | None = upc(1), second: str | None = upc(1), **quantities: int) -> Json:
    sizes = {"S": 1, "M": 2} | quantities
    return order("1001", line("TEE", "Red", sizes, upcs={"S": first, "M": second}))


def test_two_variants_with_one_code_are_a_question_on_both_rows() -> None:
    first, second = matched(two_sizes())
    assert [questions(one) for one in (first, second)] == [["duplicate_in_order"], ["duplicate_in_order"]]
    assert (values(first), values(second)) == (["new"], ["line:1", "new"])
    assert not first.may_carry_code
    assert not second.may_carry_code


def test_two_variants_with_one_code_in_two_spellings_are_a_question_too() -> None:
    first, _ = matched(two_sizes(upc(1), "0" + upc(1)))
    assert questions(first) == ["duplicate_in_order"]


def test_two_variants_whose_code_the_pos_knows_may_be_the_known_item_or_new() -> None:
    first, second = matched(two_sizes(), pos_item("7", upc(1)))
    assert (values(first), values(second)) == (["7", "new"], ["7", "new"])


def test_a_row_that_asks_already_is_not_asked_twice() -> None:
    first, second = matched(two_sizes(), pos_item("7", upc(1)), pos_item("8", upc(1)))
    assert [questions(one) for one in (first, second)] == [["duplicate_upc"], ["duplicate_upc"]]


def test_the_same_variant_on_two_lines_is_no_question() -> None:
    raw = order("1001", line(sizes={"M": 1}, upcs={"M": upc(1)}), line(sizes={"M": 2}, upcs={"M": upc(1)}))
    assert [questions(one) for one in matched(raw)] == [[], []]


def test_a_size_of_which_nothing_is_ordered_takes_no_part() -> None:
    assert [questions(one) for one in matched(two_sizes(S=0))] == [[], []]


def test_rows_without_a_code_have_nothing_in_common() -> None:
    assert [questions(one) for one in matched(two_sizes(None, None))] == [[], []]


def test_two_lines_that_meet_the_same_item_are_shown() -> None:
    raw = two_sizes(upc(1), upc(2))
    first, second = matched(raw, pos_item("7", upc(1), ean=upc(2)))
    assert "same_item" in warnings(first)
    assert "same_item" in warnings(second)
    assert questions(first) == []


# ---- the index ----


def test_items_are_offered_in_the_order_of_their_ids_as_numbers() -> None:
    found = only(one_variant(), *(pos_item(n, upc(1)) for n in ("100", "20", "3")))
    assert [c.item.item_id for c in found.candidates] == ["3", "20", "100"]


def test_the_outcome_does_not_depend_on_the_order_of_the_answers() -> None:
    items = [
        pos_item("7", upc(1)),
        pos_item("8", "", ean=upc(1)),
        pos_item("9", upc(2), default_cost=Decimal(3)),
    ]
    assert matched(two_sizes(upc(1), upc(2)), *items) == matched(two_sizes(upc(1), upc(2)), *reversed(items))


# ---- whatever the order of the answers ----

SCENE = order(
    "1001",
    line("TEE", "Red", {"S": 1, "M": 2, "L": 1}, upcs={"S": upc(1), "M": upc(2), "L": "0" + upc(3)}),
    line("TEE", "Crimson", {"S": 1, "M": 1}, upcs={"S": upc(4), "M": upc(2)}),
    line("CAP", "Blue", {"One Size": 3}, upcs={"One Size": upc(5) + ".0"}),
    line("VEST", "Green", {"M": 4, "XL": 1}),
)
HELD = [
    known("7", upc(1), size="S", matrix_id="30"), known("8", size="Large", matrix_id="30"),
    known("9", upc(2)), known("10", "", ean=upc(2)), known("11", "", custom_sku=upc(3), size="L"),
    known("12", upc(5), color="Blue", size="OS"), known("13", upc(5), archived=True, color="", size=""),
    known("14", color="Green", manufacturer_sku="VEST"), known("15", color="Green", manufacturer_sku="VEST"),
    known("16", color="", size="", description="Trail Tee Green XL"), known("17", size="S", color="Crimson"),
    known("18", upc(4), color="", size=""), known("19", "", custom_sku=upc(1), color="", size=""),
]  # fmt: skip
LINKED = [
    linked("17", color="ruby", size="s", code=upc(4)), linked("17", color="wine", size="s", code=upc(4)),
    linked("8", size="xxs", matrix_id="30"), linked("99", size="3xl", matrix_id="31"), linked("98", "vest", "green", "xl"),
]  # fmt: skip


@given(items=st.permutations(HELD), links=st.permutations(LINKED))
@settings(max_examples=60)
def test_the_report_is_the_same_in_any_order_of_items_and_links(
    items: list[PosItem], links: list[Link]
) -> None:
    sets = {"30": "1", "31": "1"}
    one = report_of(SCENE, *HELD, links=LINKED, matrices={"tee": sets})
    other = report_of(SCENE, *items, links=links, matrices={"tee": dict(reversed(sets.items()))})
    assert as_data(other) == as_data(one)
    assert {row.match.status for row in one.lines} == {"upc_match", "new_item"}, "the scene is worth it"


@given(rows=st.permutations(range(4)))
@settings(max_examples=24)
def test_what_a_line_is_does_not_depend_on_where_it_stands_in_the_order(rows: list[int]) -> None:
    """Line numbers and the words that name them aside."""

    def of(raw: Json) -> dict[tuple[str, str, str], tuple[str, list[str], list[str]]]:
        return {
            row.variant.identity: (item_of(row.match), offered(row.match), asked(row.match))
            for row in report_of(raw, *HELD, links=LINKED).lines
        }

    assert of(SCENE | {"line_items": [SCENE["line_items"][n] for n in rows]}) == of(SCENE)
