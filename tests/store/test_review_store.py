"""What a review of the database found: long texts, NUL, numbers out of range, lost grants, links that come back."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import Place, execute, rows

from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.store import creations, links, migrate, orders
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.links import NewLink
from nuorder_pos.store.tables import SCHEMA

IDENTITY = ("tee", "red", "m")


def order_row(order_id: str = "o1", **values: Any) -> dict[str, Any]:
    return {
        "order_id": order_id, "account": "main", "brand": "Acme Outdoor", "order_number": "1001",
        "nuorder_status": "approved", "state": "discovered", **values,
    }  # fmt: skip


def test_text_of_any_length_is_kept_and_nul_is_left_out(engine: Engine) -> None:
    long = "1001-" * 100
    odd = "P\x00O \ud800"
    orders.add(
        engine, order_row(order_number=long, customer_po=odd, currency=long, group_id=long, brand=long)
    )
    row = orders.get(engine, "o1")
    assert row is not None
    assert (row["order_number"], row["currency"], row["customer_po"]) == (long, long, "PO ?")
    assert [found["order_id"] for found in orders.search(engine, f"{long}\x00")] == ["o1"]
    links.set_link(
        engine, account_id=long, brand=long, style=long, color=long, size=long, item_id=long, made_by="Mia\x00"
    )  # fmt: skip
    assert creations.claim(engine, "77", f"category:{long}", long) == (long, None)
    assert [one["made_by"] for one in links.list_links(engine)] == ["Mia"]


@pytest.mark.postgres
@pytest.mark.parametrize("database_kind", ["postgres"], indirect=False)
def test_what_the_database_cannot_keep_is_a_sentence(engine: Engine) -> None:
    with pytest.raises(NeedsMerchant, match="a number too large, for the project's database"):
        orders.add(engine, order_row(total=Decimal(10) ** 15))
    with pytest.raises(NeedsMerchant, match="A text is too long"):  # an entry of an index has its limit
        orders.add(engine, order_row(order_number="".join(uuid.uuid4().hex for _ in range(1000))))


@pytest.mark.postgres
def test_migrating_again_leaves_the_rights_of_others(databases: Place) -> None:
    engine = databases.bare("postgres")
    migrate.upgrade(engine)
    role = f"Reader {uuid.uuid4().hex[:8]}"
    execute(engine, f'CREATE ROLE "{role}"')
    try:
        execute(engine, f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"')
        execute(engine, f'GRANT SELECT ON order_status TO "{role}" WITH GRANT OPTION')
        execute(engine, "GRANT SELECT ON report_line TO PUBLIC")
        migrate.upgrade(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql(f'SET LOCAL ROLE "{role}"')
            connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.order_status")
            connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.report_line")
            asked = "SELECT has_table_privilege(:role, :view, :right)"
            for view, right, has in (
                ("order_status", "SELECT WITH GRANT OPTION", True), ("order_status", "UPDATE", False),
                ("match_summary", "SELECT", False),
            ):  # fmt: skip
                named = {"role": role, "view": f"{SCHEMA}.{view}", "right": right}
                assert connection.scalar(sa.text(asked), named) is has
    finally:
        execute(engine, f'DROP OWNED BY "{role}"')
        execute(engine, f'DROP ROLE "{role}"')
        engine.dispose()


def saved(engine: Engine, item_id: str, origin: str = "created") -> None:
    with writing(engine) as connection:
        links.save(connection, "77", "Acme Outdoor", [NewLink(IDENTITY, item_id, origin)], "Mia")


def made(engine: Engine, key: str, pos_id: str, account: str = "77") -> None:
    creations.claim(engine, account, key, "o1")
    with writing(engine) as connection:
        creations.made(connection, account, key, pos_id)


def left(engine: Engine) -> list[tuple[object, object]]:
    found = rows(engine, "SELECT account_id, creation_key FROM creation ORDER BY account_id, creation_key")
    return [(row["account_id"], row["creation_key"]) for row in found]


@pytest.fixture
def made_item(engine: Engine) -> None:
    """Item 501, made and linked; its number is also that of a matrix, and of an item of another account."""
    made(engine, "item:abc", "501")
    made(engine, "matrix:abc", "501")
    made(engine, "item:abc", "501", account="88")
    saved(engine, "501")


OTHERS = [("77", "matrix:abc"), ("88", "item:abc")]


@pytest.mark.usefixtures("made_item")
def test_a_withdrawn_item_is_not_given_back_as_one_that_was_made(engine: Engine) -> None:
    (one,) = links.list_links(engine)
    assert links.withdraw_link(engine, one["link_id"], "Mia")
    assert left(engine) == OTHERS
    assert not links.withdraw_link(engine, one["link_id"], "Mia")


@pytest.mark.usefixtures("made_item")
def test_an_item_that_another_one_replaced_is_not_given_back_either(engine: Engine) -> None:
    saved(engine, "501", "choice")
    assert ("77", "item:abc") in left(engine)
    saved(engine, "502", "choice")
    assert left(engine) == OTHERS


def test_what_was_made_first_stays(engine: Engine) -> None:
    made(engine, "vendor:acme", "1")
    made(engine, "vendor:acme", "1")
    made(engine, "vendor:acme", "2")
    assert creations.holders(engine, "77", ["vendor:acme"]) == {"vendor:acme": ("o1", "1")}


@pytest.mark.parametrize("state", ["exporting", "held", "exported", "exported_elsewhere"])
def test_a_related_order_counts_once_its_export_has_begun(engine: Engine, state: str) -> None:
    orders.add(engine, order_row("o1", order_number="1001-1", state=state))
    orders.add(engine, order_row("o2", order_number="1001-2", state="approved"))
    found = orders.related_exported(engine, "Acme Outdoor", "o3", "", ["1001", "1001-1", "1001-2"])
    assert [row["order_id"] for row in found] == ["o1"]
