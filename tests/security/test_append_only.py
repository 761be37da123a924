"""What was recorded stays: decisions, verdicts, the journal, snapshots and the history of every order."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import Place, execute, rows
from support.rows import add_order, add_report

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.store import approvals, journal, leases, orders, reports
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.tables import APPEND_ONLY, metadata

NAMES = sorted(table.name for table in APPEND_ONLY)
KEY = {name: next(iter(metadata.tables[name].primary_key.columns)).name for name in NAMES}
REFUSED = "rows of {} are never changed nor deleted"

CHANGES = {
    "order_event": "state = 'exported'",
    "snapshot": "body = '{}'",
    "approval": "decided_by = 'Somebody else'",
    "approval_verdict": "counts = true",
    "journal": "result = '4711'",
}


@pytest.fixture
def recorded(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What is in the tables, and must never be anything else."""
    return record_two_of_each(engine)


def record_two_of_each(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Two rows or more in each of the tables, recorded by the product's own functions; gives all of them."""
    for order_id in ("o-1", "o-2"):
        add_order(engine, order_id)
        report_hash = add_report(engine, order_id)
        approval_id = approvals.record(engine, report_hash, "approve", decided_by="Mia", shop="1")
        held = leases.acquire(engine, f"order:{order_id}", "worker")
        with writing(engine) as connection:
            approvals.give_verdict(connection, approval_id, order_id, False, "too late")
            journal.begin(connection, held, order_id, "po", "create_po", 1)
            journal.finish(connection, held, order_id, "po", "create_po", 1, journal.DONE, result="7")
        reports.add_snapshot(engine, order_id, {"order": {}}, "b" * 64, "c" * 64)
        orders.change_state(engine, order_id, State.EXPORTING)
    found = everything(engine)
    assert all(len(found[name]) >= 2 for name in NAMES)
    return found


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    return {name: rows(engine, f"SELECT * FROM {name} ORDER BY {KEY[name]}") for name in NAMES}


def test_all_the_tables_that_must_stay_are_looked_at() -> None:
    assert (
        set(NAMES) == set(CHANGES) == {"approval", "approval_verdict", "journal", "snapshot", "order_event"}
    )


@pytest.mark.parametrize("table", NAMES)
def test_no_statement_changes_a_row(
    engine: Engine, recorded: dict[str, list[dict[str, Any]]], table: str
) -> None:
    change, key = CHANGES[table], KEY[table]
    statements = [
        f"UPDATE {table} SET {change}",
        f"UPDATE {table} SET {change} WHERE {key} = (SELECT max({key}) FROM {table})",
        f"UPDATE {table} SET {key} = {key} + 1000",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})",
    ]
    if engine.dialect.name == "sqlite":
        statements += [
            f"UPDATE OR {how} {table} SET {change}" for how in ("REPLACE", "IGNORE", "FAIL", "ABORT")
        ]
    else:
        statements += [
            f"TRUNCATE {table}",
            f"TRUNCATE {table} CASCADE",
            f"TRUNCATE {', '.join(NAMES)} RESTART IDENTITY",
        ]
    for statement in statements:
        with pytest.raises(sa.exc.DBAPIError, match=REFUSED.format("[a-z_]+")):
            execute(engine, statement)
    assert everything(engine) == recorded


def copies(engine: Engine, table: str) -> list[dict[str, Any]]:
    """New rows that clash with one that is there: by its number, and by what else makes it the only one."""
    first = rows(engine, f"SELECT * FROM {table} ORDER BY {KEY[table]}")[0]
    other = {
        name: ("forged" if isinstance(value, str) and name not in UNIQUE else value)
        for name, value in first.items()
    }
    found = [other]
    if table in ("journal", "snapshot"):
        found.append({name: value for name, value in other.items() if name != KEY[table]})
    return found


UNIQUE = ("order_id", "step_key", "event", "body_hash", "at", "taken_at", "judged_at", "decided_at")


@pytest.mark.parametrize("table", NAMES)
def test_no_second_row_takes_the_place_of_one_that_is_there(
    engine: Engine, recorded: dict[str, list[dict[str, Any]]], table: str
) -> None:
    tried = copies(engine, table)
    for row in tried:
        columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        plain = f"INTO {table} ({columns}) VALUES ({places})"
        key = next(name for name in (KEY[table], "order_id") if name in row)
        if engine.dialect.name == "sqlite":
            statements = [
                f"INSERT OR REPLACE {plain}",
                f"REPLACE {plain}",
                f"INSERT {plain}",
                f"INSERT OR FAIL {plain}",
            ]
        else:
            statements = [f"INSERT {plain}"]
        if key == KEY[table]:
            statements.append(f"INSERT {plain} ON CONFLICT ({key}) DO UPDATE SET {CHANGES[table]}")
        for statement in statements:
            with pytest.raises(sa.exc.DBAPIError):
                execute(engine, statement, **row)
    assert everything(engine) == recorded


def test_a_row_that_is_there_is_no_error_where_the_product_inserts_once(
    engine: Engine, recorded: dict[str, list[dict[str, Any]]]
) -> None:
    approval_id = recorded["approval"][0]["approval_id"]
    assert isinstance(approval_id, int)
    with writing(engine) as connection:
        approvals.give_verdict(connection, approval_id, "o-1", True, "a second look")
        approvals.give_verdict(connection, approval_id, "o-1", True, "and the transaction goes on")
    reports.add_snapshot(engine, "o-1", {"order": {"other": 1}}, "b" * 64, "d" * 64)
    held = leases.acquire(engine, "order:o-1 again", "worker")
    for attempt in (
        lambda c: journal.begin(c, held, "o-1", "po", "create_po", 1),
        lambda c: journal.finish(c, held, "o-1", "po", "create_po", 1, journal.DONE, result="8"),
    ):
        with pytest.raises(leases.LeaseLost), writing(engine) as connection:
            attempt(connection)
    assert everything(engine) == recorded


@pytest.mark.parametrize("table", NAMES)
def test_a_program_that_opens_the_file_itself_cannot_write_over_a_row(databases: Place, table: str) -> None:
    """Another system's connection has none of our settings, and ``REPLACE`` fires no trigger of ``DELETE``."""
    engine = databases.engine("sqlite")
    before = record_two_of_each(engine)[table]
    with contextlib.closing(sqlite3.connect(str(engine.url.database))) as raw:
        raw.execute("PRAGMA recursive_triggers = OFF")
        for row in copies(engine, table):
            places = ", ".join("?" * len(row))
            with pytest.raises(sqlite3.IntegrityError, match=REFUSED.format(table)):
                raw.execute(f"REPLACE INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))
        raw.commit()
    assert everything(engine)[table] == before


def test_new_rows_are_still_welcome(engine: Engine, recorded: dict[str, list[dict[str, Any]]]) -> None:
    execute(
        engine, "INSERT INTO approval (report_hash, decision, decided_by) VALUES ('x', 'approve', 'Jane')"
    )
    execute(
        engine, "INSERT INTO approval (report_hash, decision, decided_by) VALUES ('x', 'approve', 'Jane')"
    )
    ids = [row["approval_id"] for row in everything(engine)["approval"]]
    assert len(ids) == len(set(ids)) == len(recorded["approval"]) + 2
