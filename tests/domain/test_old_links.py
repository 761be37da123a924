"""Saved links: under the same name, under another name by the code, and links that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from support.matching import (
    asked,
    item_of,
    known,
    linked,
    matches,
    offered,
    only,
    report_of,
    said,
    values,
    wanted,
)
from support.orders import line, order, upc

from nuorder_pos.domain.match_data import Link, Status
from nuorder_pos.domain.pos import PosItem

# ---- the same article under another name ----

RENAMED: dict[str, dict[str, str]] = {
    "a renamed colour": {"color": "Crimson"},
    "a colour in another spelling": {"color": "RD"},
    "a colour that has none any more": {"color": ""},
    "a new style number": {"style": "TEE-27"},
    "a new style number and another spelling of the size": {"style": "TEE-27", "size": "Medium"},
    "another spelling of the size": {"size": "Medium"},
}


@pytest.mark.parametrize("how", RENAMED)
def test_the_same_code_under_another_name_leads_to_the_linked_item(how: str) -> None:
    found = only(wanted(**RENAMED[how]), known("7"), links=[linked("7", code=upc(1))])
    assert (found.status, found.rule, item_of(found)) == (Status.CONFIRMED, "link_by_code", "7")
    assert "tee, red, m" in found.why
    assert found.link is not None


def test_a_carry_over_under_a_new_product_id_keeps_its_link() -> None:
    raw = wanted(style="", product_id="5" * 24)
    before = linked("7", style="4" * 24, code=upc(1))
    assert item_of(only(raw, known("7"), links=[before])) == "7"


def test_a_renamed_article_is_found_though_the_item_lost_its_code_and_its_attributes() -> None:
    found = only(
        wanted(color="Crimson"),
        PosItem("7", description="retailer's own words"),
        links=[linked("7", code=upc(1))],
    )
    assert (found.status, item_of(found)) == (Status.CONFIRMED, "7")


@pytest.mark.parametrize("spelling", ["0" + upc(1), "00" + upc(1), upc(1)])
def test_the_old_code_counts_in_every_spelling(spelling: str) -> None:
    found = only(wanted(spelling, color="Crimson"), known("7"), links=[linked("7", code=upc(1))])
    assert item_of(found) == "7"


NOT_TAKEN: dict[str, tuple[dict[str, Any], list[PosItem], list[Link]]] = {
    "another size": ({"size": "L"}, [known("7", color="", size="")], [linked("7", code=upc(1))]),
    "another size and the item says so": ({"size": "L"}, [known("7")], [linked("7", code=upc(1))]),
    "a colour that is certainly another": (
        {"color": "Green"}, [known("7", color="", size="")], [linked("7", code=upc(1))],
    ),
    "the item's colour is certainly another": (
        {"color": "Green"}, [known("7")], [linked("7", color="grass", code=upc(1))],
    ),
    "neither style nor colour agree": (
        {"style": "CAP", "color": "Dawn"}, [known("7", color="", size="")], [linked("7", code=upc(1))],
    ),
    "the code was linked to two items": (
        {"color": "Crimson"}, [known("7"), known("8")], [linked("7", code=upc(1)), linked("8", "top", code=upc(1))],
    ),
    "the link had no valid code": ({"color": "Crimson"}, [known("7")], [linked("7")]),
    "the order's code is not valid": ({"code": "TEE-1", "color": "Crimson"}, [known("7")], [linked("7", code=upc(1))]),
    "the linked item is archived": ({"color": "Crimson"}, [known("7", archived=True)], [linked("7", code=upc(1))]),
    "the linked item is gone": ({"color": "Crimson"}, [], [linked("7", code=upc(1))]),
}  # fmt: skip


@pytest.mark.parametrize("why", NOT_TAKEN)
def test_an_old_link_is_not_taken_where(why: str) -> None:
    ordered, items, links = NOT_TAKEN[why]
    found = only(wanted(**ordered), *items, links=links)
    assert found.rule != "link_by_code"
    assert not item_of(found)


def test_an_old_link_is_not_taken_while_the_old_name_is_on_the_same_order() -> None:
    raw = order(
        "1001",
        line("TEE", "Red", {"M": 1}, upcs={"M": upc(1)}),
        line("TEE", "Crimson", {"M": 1}, upcs={"M": upc(1)}),
    )
    found = {one.variant.color: one for one in matches(raw, [known("7")], [linked("7", code=upc(1))])}
    assert (found["Red"].rule, item_of(found["Red"])) == ("link", "7")
    assert found["Crimson"].rule != "link_by_code"
    assert not item_of(found["Crimson"])


def test_an_old_link_and_another_live_holder_of_the_code_are_for_the_merchant() -> None:
    found = only(
        wanted(color="Crimson"),
        known("7"),
        known("8", upc(1), color="Crimson"),
        links=[linked("7", code=upc(1))],
    )
    assert (item_of(found), asked(found)) == ("", ["link_conflict"])
    assert {"7", "8", "new"} <= set(values(found))


def test_several_old_names_of_one_item_lead_to_it_and_say_the_same_in_any_order() -> None:
    links = [linked("7", color=color, code=upc(1)) for color in ("cherry", "red", "ruby")]
    one, other = (
        only(wanted(color="Crimson"), known("7"), links=some) for some in (links, list(reversed(links)))
    )
    assert item_of(one) == "7"
    assert (one.why, one.link) == (other.why, other.link)


# ---- links that lead nowhere ----


@pytest.mark.parametrize("loser", [(), (known("7", archived=True),)], ids=["gone", "archived"])
def test_the_item_that_survived_a_merge_takes_the_place_of_the_linked_one(loser: tuple[PosItem, ...]) -> None:
    found = only(wanted(), *loser, known("9", upc(1)), links=[linked("7")])
    assert (found.status, item_of(found), said(found)) == (Status.UPC_MATCH, "9", ["link_broken"])
    (warning,) = found.warnings
    assert "7" in warning.text
    assert "9" in warning.text


def test_a_linked_item_into_which_another_was_merged_stays_confirmed() -> None:
    found = only(wanted(), known("7", upc(1)), known("9", archived=True), links=[linked("7")])
    assert (found.status, item_of(found), said(found)) == (Status.CONFIRMED, "7", [])


def test_an_item_that_was_archived_and_is_back_is_confirmed_again() -> None:
    gone, back = (
        only(wanted(None), known("7", archived=archived), links=[linked("7")]) for archived in (True, False)
    )
    assert (gone.status, back.status, item_of(back)) == (Status.NEW_ITEM, Status.CONFIRMED, "7")


def test_an_archived_linked_item_is_offered_and_never_taken() -> None:
    found = only(wanted(None), known("7", archived=True), links=[linked("7")])
    assert (found.status, item_of(found), offered(found)) == (Status.NEW_ITEM, "", ["7"])
    assert "archived" in found.candidates[0].reason
    assert "link_broken" in said(found)


def test_a_linked_item_that_is_gone_is_not_offered() -> None:
    found = only(wanted(None), links=[linked("7")])
    assert (offered(found), "link_broken" in said(found)) == ([], True)


def test_a_broken_link_beside_several_holders_of_the_code_is_still_said() -> None:
    found = only(wanted(), known("8", upc(1)), known("9", upc(1)), links=[linked("7")])
    assert (asked(found), said(found)) == (["duplicate_upc"], ["link_broken"])


def test_the_archived_linked_item_stays_the_first_candidate_when_others_resemble() -> None:
    (row,) = report_of(
        wanted(None),
        known("7", archived=True),
        known("8", manufacturer_sku="TEE"),
        links=[linked("7")],
    ).lines
    assert offered(row.match) == ["7", "8"]


# ---- why it is confirmed ----

ORIGINS = {"upc": "matched it by its UPC", "choice": "Mia chose it", "created": "created it"}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_confirmed_line_says_how_its_link_came_about(origin: str) -> None:
    found = only(wanted(), known("7", upc(1)), links=[linked("7", origin=origin, made_by="Mia")])
    assert ORIGINS[origin] in found.why
