"""The tables come about by migrations, say the same as the code, and views say what their comments say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from support.databases import Place, execute

from nuorder_pos.errors import Permanent, Transient
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine, writing
from nuorder_pos.store.sqlfiles import views
from nuorder_pos.store.tables import SCHEMA, metadata


@pytest.fixture
def bare(databases: Place, database_kind: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = databases.bare(database_kind)
    yield engine
    engine.dispose()


def test_a_database_without_tables_is_said_and_refused(bare: Engine) -> None:
    assert migrate.status(bare).state == "missing"
    with pytest.raises(Permanent, match="has no tables yet: run `nuorder-pos db upgrade`"):
        migrate.require_current(bare)


def test_upgrading_makes_a_database_that_can_be_worked_with_and_may_be_repeated(bare: Engine) -> None:
    for _ in range(2):
        migrate.upgrade(bare)
        found = migrate.status(bare)
        assert (found.state, found.current) == ("ok", found.wanted)
        migrate.require_current(bare)


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(bare: Engine) -> None:
    migrate.upgrade(bare)
    schema = SCHEMA if bare.dialect.name == "postgresql" else None

    def ours(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
        if kind == "schema":
            return name == schema
        return not (kind == "table" and name == "schema_version")

    known = sa.MetaData(schema=schema, naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(known, schema=schema)
    with bare.connect() as connection:
        options = {"include_schemas": schema is not None, "include_name": ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts={**options, "compare_server_default": False})
        assert compare_metadata(context, known) == []


def test_defaults_in_the_database_are_those_that_the_code_names(bare: Engine) -> None:
    migrate.upgrade(bare)
    schema = SCHEMA if bare.dialect.name == "postgresql" else None
    found = {
        (table.name, column["name"])
        for table in metadata.tables.values()
        for column in sa.inspect(bare).get_columns(table.name, schema=schema)
        if column["default"] is not None and "nextval" not in str(column["default"])
    }
    known = {
        (t.name, c.name) for t in metadata.tables.values() for c in t.columns if c.server_default is not None
    }
    assert found == known


def test_a_database_that_a_newer_release_made_is_refused_and_left_alone(bare: Engine) -> None:
    migrate.upgrade(bare)
    execute(bare, "UPDATE schema_version SET version_num = '9999'")
    assert migrate.status(bare).state == "newer"
    for work in (migrate.require_current, migrate.upgrade):
        with pytest.raises(
            Permanent, match="version 9999, which a newer release made.*Install the newer release"
        ):
            work(bare)
    assert migrate.status(bare).current == "9999"


def test_a_database_that_is_not_reachable_is_transient() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    assert migrate.status(engine).state == "unreachable"
    with pytest.raises(Transient, match="cannot be used now"):
        migrate.require_current(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/x", "mssql://x"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(Permanent, match="must be Postgres, or SQLite"):
        make_engine(url)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Permanent, match="no SQLAlchemy URL"):
        make_engine("not an address")


@pytest.mark.parametrize(
    "written",
    ["postgres://u@127.0.0.1/x", "postgresql://u@127.0.0.1/x", "postgresql+psycopg://u@127.0.0.1/x"],
)
def test_postgres_is_reached_by_one_driver_however_it_is_written(written: str) -> None:
    engine = make_engine(written)
    assert engine.url.drivername == "postgresql+psycopg"
    engine.dispose()


APPEND_ONLY = {
    "order_event": "order_id, at, state",
    "snapshot": "order_id, body_hash, content_hash, body, taken_at",
    "approval": "report_hash, decision, decided_by, lines, answers, comment",
    "approval_verdict": "approval_id, order_id, counts, reason, judged_at",
    "journal": "order_id, step_key, kind, attempt, event, at, holder, token",
}
VALUES = {"at": "CURRENT_TIMESTAMP", "taken_at": "CURRENT_TIMESTAMP", "judged_at": "CURRENT_TIMESTAMP", "counts": "TRUE",
          "attempt": "1", "token": "1", "approval_id": "1"}  # fmt: skip


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = 'x'", "DELETE FROM {table}"])
def test_what_was_recorded_is_never_changed_nor_deleted(engine: Engine, table: str, change: str) -> None:
    columns = APPEND_ONLY[table]
    values = ", ".join(VALUES.get(name.strip(), "'x'") for name in columns.split(","))
    execute(engine, f"INSERT INTO {table} ({columns}) VALUES ({values})")
    column = (
        "reason"
        if table == "approval_verdict"
        else columns.split(",")[-1 if table == "approval" else 0].strip()
    )
    with pytest.raises(sa.exc.DBAPIError, match=f"rows of {table} are never changed nor deleted"):
        execute(engine, change.format(table=table, column=column))


def test_every_append_only_table_is_looked_at_here() -> None:
    from nuorder_pos.store.tables import APPEND_ONLY as TABLES

    assert {table.name for table in TABLES} == set(APPEND_ONLY)


# ---- views ----


def documented(text: str) -> list[str]:
    """The column names that the comment of a view lists, in their order."""
    head = text.split("CREATE VIEW")[0]
    names = []
    for row in head.splitlines()[1:]:
        listed = re.sub(r"\(.*?\)", "", row.removeprefix("--")).strip()
        for part in re.split(r"[;,]", re.split(r"\s{2,}", listed)[0]):
            if re.fullmatch(r"[a-z_]+", part.strip()):
                names.append(part.strip())
        names += re.findall(r"; ([a-z_]+):", row)
    return names


@pytest.mark.parametrize("name", sorted(views()))
def test_a_view_has_the_columns_that_its_comment_lists(engine: Engine, name: str) -> None:
    schema = SCHEMA if engine.dialect.name == "postgresql" else None
    there = [column["name"] for column in sa.inspect(engine).get_columns(name, schema=schema)]
    assert set(documented(views()[name])) == set(there)


def test_every_view_is_there_and_can_be_read(engine: Engine) -> None:
    assert {"order_status", "report_line", "report_warning", "match_summary", "decision"} <= set(views())
    for name in views():
        execute(engine, f"SELECT * FROM {name}")


def test_views_are_made_anew_by_an_upgrade(bare: Engine) -> None:
    migrate.upgrade(bare)
    execute(bare, "DROP VIEW report_warning") if bare.dialect.name == "sqlite" else execute(
        bare, "DROP VIEW report_warning CASCADE"
    )
    migrate.upgrade(bare)
    execute(bare, "SELECT * FROM report_warning")


# ---- types ----


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    from datetime import datetime

    from support.rows import add_order

    with pytest.raises(sa.exc.StatementError, match="an instant must know its zone"):
        add_order(engine, created_on=datetime(2026, 3, 2))  # noqa: DTZ001


def test_instants_and_amounts_come_back_exactly(engine: Engine) -> None:
    from datetime import datetime, timedelta, timezone
    from decimal import Decimal

    from support.rows import add_order

    from nuorder_pos.store import orders

    moment = datetime(2026, 3, 2, 23, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    add_order(engine, created_on=moment, total=Decimal("12345678901234.5678"))
    row = orders.get(engine, "o-1")
    assert row is not None
    assert row["created_on"] == moment
    assert row["created_on"].utcoffset() == timedelta(0)
    assert row["total"] == Decimal("12345678901234.5678")


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    from support.rows import add_order

    from nuorder_pos.store import orders

    add_order(engine)
    with pytest.raises(RuntimeError), writing(engine) as connection:
        orders.change_in(connection, "o-1", state="approved")
        raise RuntimeError
    row = orders.get(engine, "o-1")
    assert row is not None
    assert row["state"] == "discovered"
    assert len(orders.events(engine, "o-1")) == 1
