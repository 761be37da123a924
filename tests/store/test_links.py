"""Saved links: found by style or by number, healed, changed and withdrawn with their history; what an upgrade fills in."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import Place, execute, rows, upgrade_to
from support.orders import upc
from support.rows import add_order

from nuorder_pos.domain.codes import read_code
from nuorder_pos.store import links, migrate
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.links import ARCHIVED, GONE, NewLink

TEE = ("tee", "red", "m")
RENAMED = ("tee 2", "crimson", "m")
GTIN = read_code(upc(1)).gtin
OTHER = read_code(upc(2)).gtin


def save(engine: Engine, item_id: str, origin: str = "upc", identity: tuple[str, str, str] = TEE, *, brand: str = "Acme",
         account: str = "77", by: str = "Mia", **more: str) -> None:  # fmt: skip
    with writing(engine) as connection:
        links.save(connection, account, brand, [NewLink(identity, item_id, origin, **more)], by)


def found(
    engine: Engine, *, styles: Collection[str] = (), gtins: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Style and item of the links that are found."""
    return [(one.identity[0], one.item_id) for one in links.for_variants(engine, "77", "Acme", styles, gtins)]


def only(engine: Engine, **narrowed: Any) -> dict[str, Any]:
    (one,) = links.list_links(engine, **narrowed)
    return one


def statements(engine: Engine, work: Any) -> list[str]:
    """What the database was asked while something was done."""
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return asked


# ---- found ----


def test_a_link_is_found_by_its_style_and_by_its_number_and_says_everything(engine: Engine) -> None:
    save(engine, "7", "choice", matrix_id="30", upc=upc(1), gtin=GTIN, product_id="p", order_id="o-1")
    (one,) = links.for_variants(engine, "77", "Acme", {"tee"}, {GTIN})
    assert (one.item_id, one.origin, one.order_id, one.identity, one.gtin, one.matrix_id, one.made_by) == (
        "7", "choice", "o-1", TEE, GTIN, "30", "Mia",
    )  # fmt: skip
    assert one.made_at is not None
    assert one.made_at.tzinfo is not None
    assert found(engine, styles={"cap"}, gtins={GTIN}) == [("tee", "7")]
    assert found(engine, styles={"cap"}, gtins={OTHER}) == []
    assert found(engine) == []


def test_links_without_a_number_are_not_found_by_none(engine: Engine) -> None:
    save(engine, "7")
    assert found(engine, gtins={""}) == []


def test_links_of_another_brand_or_account_and_withdrawn_ones_are_not_found(engine: Engine) -> None:
    save(engine, "7", upc=upc(1), gtin=GTIN, brand="Birch")
    save(engine, "8", upc=upc(1), gtin=GTIN, account="78")
    save(engine, "9", upc=upc(1), gtin=GTIN)
    assert links.withdraw_link(engine, only(engine, account_id="77", brand="Acme")["link_id"], "Ann")
    assert found(engine, styles={"tee"}, gtins={GTIN}) == []


def test_a_renamed_variant_gets_a_link_of_its_own_and_the_old_name_keeps_its(engine: Engine) -> None:
    save(engine, "7", upc=upc(1), gtin=GTIN)
    save(engine, "7", identity=RENAMED, upc=upc(1), gtin=GTIN)
    assert found(engine, gtins={GTIN}) == [("tee", "7"), ("tee 2", "7")]
    assert found(engine, styles={"tee 2"}) == [("tee 2", "7")]


def test_many_links_are_found_in_few_queries(engine: Engine) -> None:
    many = [NewLink((f"s{n}", "", ""), str(n), "upc", gtin=f"{n:014}") for n in range(1, 1201)]
    with writing(engine) as connection:
        links.save(connection, "77", "Acme", many, "Mia")
    styles, gtins = {f"s{n}" for n in range(1, 601)}, {f"{n:014}" for n in range(500, 1201)}
    got: list[tuple[str, str]] = []
    asked = statements(engine, lambda: got.extend(found(engine, styles=styles, gtins=gtins)))
    assert sorted(got, key=lambda one: int(one[1])) == [(f"s{n}", str(n)) for n in range(1, 1201)]
    assert len([one for one in asked if "SELECT" in one]) == 4


# ---- saved, and healed ----


def test_a_link_that_another_item_replaced_says_by_which_and_in_which_order(engine: Engine) -> None:
    add_order(engine, "o-1", order_number="1001")
    save(engine, "7")
    save(engine, "12", order_id="o-1", by="Ben")
    old, new = links.list_links(engine, all_history=True)
    assert (old["withdrawn_by"], old["withdrawn_because"]) == ("Ben", "replaced by item 12, in order 1001")
    assert (new["withdrawn_because"], new["order_number"]) == (None, "1001")


def test_a_link_that_a_person_confirms_or_changes_by_hand_says_so(engine: Engine) -> None:
    save(engine, "7")
    for item_id in ("7", "8"):
        links.set_link(
            engine, account_id="77", brand="Acme", style="TEE", color="Red", size="M", item_id=item_id, made_by="Ann"
        )  # fmt: skip
    assert [one["withdrawn_because"] for one in links.list_links(engine, all_history=True)] == [
        "the same item, confirmed by a person, by hand", "replaced by item 8, by hand", None,
    ]  # fmt: skip


def test_a_withdrawn_link_keeps_the_reason(engine: Engine) -> None:
    save(engine, "7")
    assert links.withdraw_link(engine, only(engine)["link_id"], "Ann", "the brand mixed up two styles")
    assert only(engine, all_history=True)["withdrawn_because"] == "the brand mixed up two styles"


def test_a_link_set_by_hand_keeps_the_code_of_the_one_it_replaces(engine: Engine) -> None:
    save(engine, "7", upc=upc(1), gtin=GTIN, product_id="p", matrix_id="30")
    where = {
        "account_id": "77",
        "brand": "Acme",
        "style": "tee",
        "color": "red",
        "size": "m",
        "made_by": "Ann",
    }
    links.set_link(engine, **where, item_id="8", matrix_id="31")
    one = only(engine)
    assert (one["item_id"], one["upc"], one["gtin"], one["product_id"], one["matrix_id"]) == (
        "8", upc(1), GTIN, "p", "31",
    )  # fmt: skip
    links.set_link(engine, **where, item_id="9", upc=upc(2))
    assert (only(engine)["upc"], only(engine)["gtin"]) == (upc(2), OTHER)


def test_a_link_learns_a_number_that_it_did_not_have_and_keeps_one_that_it_had(engine: Engine) -> None:
    save(engine, "7")
    for code, gtin in ((upc(1), GTIN), (upc(2), OTHER), ("", "")):
        save(engine, "7", upc=code, gtin=gtin)
        assert (only(engine, all_history=True)["upc"], only(engine)["gtin"]) == (upc(1), GTIN)


def test_an_item_that_an_export_used_has_no_trouble_any_more(engine: Engine) -> None:
    save(engine, "7")
    links.note_trouble(engine, "77", {"7": ARCHIVED})
    save(engine, "7")
    assert only(engine)["trouble"] == ""


def test_a_broken_link_is_replaced_by_the_item_that_an_export_used(engine: Engine) -> None:
    save(engine, "7", upc=upc(1), gtin=GTIN)
    links.note_trouble(engine, "77", {"7": GONE})
    save(engine, "12", upc=upc(1), gtin=GTIN)
    assert found(engine, styles={"tee"}) == [("tee", "12")]
    assert [one["trouble"] for one in links.list_links(engine, all_history=True)] == ["gone", ""]


def test_two_who_save_links_of_one_variant_at_the_same_time_leave_one_that_counts(engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as connection:
            links.save(connection, "77", "Acme", [NewLink(TEE, "7", "upc")], "Mia")
            other = pool.submit(save, engine, "8", by="Ben")
        other.result(timeout=60)
    history = links.list_links(engine, all_history=True)
    assert [(one["item_id"], one["withdrawn_by"]) for one in history if one["withdrawn_at"] is None] == [
        (history[-1]["item_id"], None)
    ]
    assert {one["item_id"] for one in history} == {"7", "8"}


# ---- trouble ----


def test_trouble_is_noted_with_the_time_and_goes_away_again(engine: Engine) -> None:
    save(engine, "7")
    save(engine, "8", identity=RENAMED)
    assert links.note_trouble(engine, "77", {"7": ARCHIVED, "8": "", "99": GONE}) == 1
    seven, eight = links.list_links(engine)
    assert (seven["trouble"], eight["trouble"], eight["checked_at"]) == ("archived", "", None)
    assert seven["checked_at"] is not None
    assert [one["item_id"] for one in links.list_links(engine, broken=True)] == ["7"]
    assert links.note_trouble(engine, "77", {"7": GONE}) == 1
    assert links.note_trouble(engine, "77", {"7": ""}) == 1
    assert links.list_links(engine, broken=True) == []


def test_what_is_no_news_is_not_written(engine: Engine) -> None:
    save(engine, "7")
    links.note_trouble(engine, "77", {"7": GONE})
    asked = statements(engine, lambda: links.note_trouble(engine, "77", {"7": GONE, "8": ""}))
    assert not [one for one in asked if "UPDATE" in one]
    assert links.note_trouble(engine, "77", {}) == 0


def test_a_check_leaves_its_time_with_all_that_it_looked_at(engine: Engine) -> None:
    save(engine, "7")
    assert links.note_trouble(engine, "77", {"7": ""}, stamp=True) == 0
    assert only(engine)["checked_at"] is not None


def test_trouble_belongs_to_the_account_and_to_links_that_count(engine: Engine) -> None:
    save(engine, "7", account="78")
    save(engine, "7")
    save(engine, "8")
    assert links.note_trouble(engine, "77", {"7": GONE}) == 0
    assert {one["trouble"] for one in links.list_links(engine, all_history=True)} == {""}


@pytest.mark.postgres
@pytest.mark.parametrize("database_kind", ["postgres"], indirect=False)
def test_noting_trouble_waits_for_nobody(databases: Place, database_kind: str) -> None:
    engine = databases.engine(database_kind)
    save(engine, "7")
    with writing(engine) as connection:
        links.save(connection, "77", "Acme", [NewLink(TEE, "8", "upc")], "Mia")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(links.note_trouble, engine, "77", {"7": GONE}).result(timeout=30) == 0
    assert only(engine)["trouble"] == ""


# ---- listed ----


def test_links_are_listed_by_what_is_asked_for(engine: Engine) -> None:
    save(engine, "7", brand="Ångström")
    save(engine, "8", "choice", identity=RENAMED, brand="Ångström")
    save(engine, "9")
    assert [one["item_id"] for one in links.list_links(engine, brand="ångström")] == ["7", "8"]
    assert [one["item_id"] for one in links.list_links(engine, brand="ÅNGSTRÖM", style=" Tee  2 ")] == ["8"]
    assert [one["item_id"] for one in links.list_links(engine, by_hand=True)] == ["8"]
    assert links.list_links(engine, account_id="78") == []
    assert links.list_links(engine, brand="nobody") == []
    assert links.linked_items(engine, "77") == ["7", "8", "9"]
    assert links.linked_items(engine, "77", brand="Acme") == ["9"]


def test_analysts_read_links_with_their_history(engine: Engine) -> None:
    add_order(engine, "o-1", order_number="1001")
    save(engine, "7", order_id="o-1")
    save(engine, "8")
    old, new = rows(engine, "SELECT * FROM saved_link ORDER BY link_id")
    assert (old["order_number"], bool(old["current"]), old["withdrawn_because"]) == (
        "1001", False, "replaced by item 8, by hand",
    )  # fmt: skip
    assert (new["item_id"], bool(new["current"]), new["trouble"]) == ("8", True, "")


# ---- an older release's links ----


def test_an_upgrade_fills_in_the_numbers_of_links_that_are_there(
    databases: Place, database_kind: str
) -> None:
    engine = databases.bare(database_kind)
    upgrade_to(engine, "0005")
    columns = "account_id, brand, style, color, size, item_id, upc, origin, made_by, made_at"
    codes = [upc(1), "", "4006381333931", upc(1)[1:], "8.6E+10"]
    for number, code in enumerate([*codes, *[upc(2)] * 1001]):
        execute(
            engine,
            f"INSERT INTO link ({columns}) VALUES ('77', 'Acme', :style, '', '', '7', :code, 'upc', 'x', CURRENT_TIMESTAMP)",
            style=f"s{number}",
            code=code,
        )
    migrate.upgrade(engine)
    filled = [row["gtin"] for row in rows(engine, "SELECT gtin FROM link ORDER BY link_id")]
    # The fourth has lost its zero and the fifth its digits: they are not valid, and nothing is repaired in silence.
    assert filled == [GTIN, "", "04006381333931", "", "", *[OTHER] * 1001]
    (row,) = rows(engine, "SELECT trouble, checked_at FROM link WHERE style = 's0'")
    assert row == {"trouble": "", "checked_at": None}
    engine.dispose()
