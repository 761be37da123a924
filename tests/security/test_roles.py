"""The four roles of ``include/sql/roles.sql``: what each may do, what none of them may, and that its work is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import ROLE, SCHEMA, Place, execute, give_rights, rows
from support.orders import line, order, upc
from support.retail import Retail
from support.rows import add_order, add_report
from support.sandbox import Sandbox

from nuorder_pos.config import BrandsFile
from nuorder_pos.errors import Permanent
from nuorder_pos.pipeline import decide, orders, read
from nuorder_pos.store import approvals, migrate
from nuorder_pos.store.engine import Engine, make_engine, writing
from nuorder_pos.store.sqlfiles import sql_folder, views
from nuorder_pos.store.tables import APPEND_ONLY, metadata

pytestmark = pytest.mark.postgres

MIGRATOR, WORKER, WEB, ANALYST = (f"nuorder_pos_{name}" for name in ("migrator", "worker", "web", "analyst"))
TABLES = sorted(table.name for table in metadata.sorted_tables)
KEPT = {table.name for table in APPEND_ONLY}
SECRET = {"token_set"}
EVERY_RIGHT = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def seen_by(engine: Engine, role: str) -> Engine:
    """A database as one of the roles sees it."""
    url = engine.url.difference_update_query(["options"]).update_query_dict({"options": f"-c role={role}"})
    return make_engine(url.render_as_string(hide_password=False))


def rights(engine: Engine, role: str, table: str) -> set[str]:
    """What a role may do with a table or view, or with any of its columns."""
    found = set()
    for right in EVERY_RIGHT:
        ask = "has_any_column_privilege" if right in EVERY_RIGHT[:3] else "has_table_privilege"
        (row,) = rows(engine, f"SELECT {ask}('{role}', '{SCHEMA}.{table}', '{right}') AS may")
        if row["may"]:
            found.add(right)
    return found


def refused(engine: Engine, statement: str) -> str:
    """The database's words when it refuses a statement for lack of a right."""
    with pytest.raises(sa.exc.ProgrammingError) as caught, engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        connection.exec_driver_sql(statement)
    assert getattr(caught.value.orig, "sqlstate", "") == "42501", str(caught.value.orig)
    return str(caught.value.orig)


# ---- the rights, table by table ----


@pytest.mark.parametrize("table", TABLES)
def test_the_worker_may_only_read_and_add_to_what_is_append_only(with_roles: Engine, table: str) -> None:
    may = rights(with_roles, WORKER, table)
    assert {"SELECT", "INSERT"} <= may
    assert not may & {"TRUNCATE", "REFERENCES", "TRIGGER"}
    if table in KEPT:
        assert may == {"SELECT", "INSERT"}
    assert ("DELETE" in may) == (table in ("creation", "pos_answer")), (
        "a creation that came to nothing is forgotten, and what the POS answered to a run; nothing else"
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_web_reads_and_decides_and_sees_no_token(with_roles: Engine, table: str) -> None:
    may = rights(with_roles, WEB, table)
    assert not may & {"DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
    assert ("INSERT" in may) == (table in ("approval", "order_event"))
    assert ("UPDATE" in may) == (table == "nuorder_order")
    assert ("SELECT" in may) == (table not in SECRET | {"lease", "pace", "pos_answer"})


def test_the_web_changes_nothing_of_an_order_but_the_wish_for_a_rematch(with_roles: Engine) -> None:
    found = rows(
        with_roles,
        "SELECT attname AS name FROM pg_attribute WHERE attrelid = CAST('nuorder_order' AS regclass) AND attnum > 0"
        f" AND has_column_privilege('{WEB}', attrelid, attnum, 'UPDATE')",
    )
    assert {row["name"] for row in found} == {"retry", "rematch_asked_at", "listed_only", "reason"}


def test_the_web_does_not_choose_the_number_of_a_decision(with_roles: Engine, databases: Place) -> None:
    assert "permission denied" in refused(
        databases.as_role(WEB), "INSERT INTO approval (approval_id, report_hash) VALUES (1, 'x')"
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_analyst_sees_no_table(with_roles: Engine, databases: Place, table: str) -> None:
    assert rights(with_roles, ANALYST, table) == set()
    refused(databases.as_role(ANALYST), f"SELECT * FROM {table}")


def test_everybody_reads_the_views_and_nobody_writes_through_them(
    with_roles: Engine, databases: Place
) -> None:
    add_order(with_roles)
    assert views()
    for name in views():
        for role in (WORKER, WEB, ANALYST):
            assert rights(with_roles, role, name) == {"SELECT"}, (role, name)
        (how,) = rows(
            with_roles, f"SELECT pg_relation_is_updatable(CAST('{name}' AS regclass), true) AS writes"
        )
        assert how["writes"] == 0
        execute_as(databases.as_role(ANALYST), f"SELECT * FROM {name}")
    assert len(read_as(databases.as_role(ANALYST), "SELECT order_id FROM order_status")) == 1


def test_others_than_the_four_may_nothing(with_roles: Engine) -> None:
    (schema,) = rows(
        with_roles,
        f"SELECT count(*) AS found FROM pg_namespace, aclexplode(nspacl) a WHERE nspname = '{SCHEMA}' AND a.grantee = 0",
    )
    (tables,) = rows(
        with_roles,
        "SELECT count(*) AS found FROM pg_class, aclexplode(relacl) a"
        f" WHERE relnamespace = CAST('{SCHEMA}' AS regnamespace) AND a.grantee = 0",
    )
    assert (schema["found"], tables["found"]) == (0, 0)


def test_the_roles_themselves_cannot_sign_in_and_are_nothing_special(with_roles: Engine) -> None:
    found = rows(
        with_roles,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'nuorder_pos_%' AND rolname = ANY(:names) AND"
        " (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)",
        names=[MIGRATOR, WORKER, WEB, ANALYST],
    )
    assert found == []


# ---- what is tried and refused ----

DDL = [
    "CREATE TABLE mine (id int)", "CREATE VIEW mine AS SELECT 1 AS one", "DROP TABLE journal", "DROP VIEW decision",
    "ALTER TABLE approval DISABLE TRIGGER ALL", "ALTER TABLE journal ADD COLUMN more text",
    "DROP TRIGGER approval_stays ON approval", "CREATE INDEX mine ON journal (at)", "ALTER TABLE journal OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION approval_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
     "SET session_replication_role = replica", "CREATE ROLE mine", "DROP SCHEMA nuorder_pos CASCADE",
]  # fmt: skip


@pytest.mark.parametrize("statement", DDL)
@pytest.mark.parametrize("role", [WORKER, WEB, ANALYST])
def test_nobody_but_the_migrator_changes_what_there_is(
    with_roles: Engine, databases: Place, role: str, statement: str
) -> None:
    said = refused(databases.as_role(role), statement)
    assert "permission denied" in said or "must be owner" in said


def test_nobody_passes_on_what_he_may_do(with_roles: Engine, databases: Place) -> None:
    with databases.as_role(WORKER).begin() as connection:
        connection.exec_driver_sql(
            f"GRANT SELECT ON {SCHEMA}.token_set TO PUBLIC"
        )  # a warning of the server's
    assert rights(with_roles, "public", "token_set") == set()


@pytest.mark.parametrize("table", sorted(KEPT))
@pytest.mark.parametrize("role", [WORKER, WEB, ANALYST])
def test_what_is_append_only_is_neither_changed_nor_emptied(
    with_roles: Engine, databases: Place, role: str, table: str
) -> None:
    column = metadata.tables[table].primary_key.columns.values()[0].name
    for statement in (f"UPDATE {table} SET {column} = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        assert "permission denied" in refused(databases.as_role(role), statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT sealed FROM token_set",
        "SELECT count(*) FROM token_set",
        "INSERT INTO token_set VALUES ('a', 'b', now())",
        "UPDATE nuorder_order SET state = 'approved'",
        "UPDATE nuorder_order SET po_id = '1'",
        "UPDATE nuorder_order SET report_hash = 'x'",
        "INSERT INTO approval_verdict VALUES (1, 'o', true, '', now())",
        "INSERT INTO journal (order_id) VALUES ('o')",
        "INSERT INTO link (account_id) VALUES ('a')",
        "UPDATE export SET plan = ''",
        "DELETE FROM creation",
        "SELECT * FROM lease",
        "UPDATE lease SET expires_at = now()",
    ],
)
def test_the_web_may_not(with_roles: Engine, databases: Place, statement: str) -> None:
    refused(databases.as_role(WEB), statement)


def test_a_right_that_is_missing_is_said_in_one_sentence(with_roles: Engine, databases: Place) -> None:
    with (
        pytest.raises(Permanent, match=r"may not do this: permission denied for table lease\..*roles\.sql"),
        writing(databases.as_role(WEB)) as connection,
    ):
        connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.lease")


# ---- their work ----


@pytest.fixture
def shop(sandbox_process: Sandbox, with_roles: Engine) -> Iterator[Retail]:
    one = Retail(sandbox_process, with_roles)
    yield one
    one.close()


def test_the_tests_themselves_work_as_the_worker(with_roles: Engine) -> None:
    with with_roles.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == (ROLE or "postgres")
        assert connection.exec_driver_sql("SHOW is_superuser").scalar() == ("off" if ROLE else "on")


def test_an_order_goes_its_way_with_worker_and_web_alone(shop: Retail, databases: Place) -> None:
    shop.given(
        order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1)})), order("1002", line("HAT", sizes={"M": 1}))
    )  # fmt: skip
    shop.discover()
    shop.match("1001")
    shop.match("1002")
    web, brands = databases.as_role(WEB), BrandsFile(accounts={"main": shop.account})
    shown = read.report(web, shop.id("1001"))
    assert [len(shown["lines"]), shown["state"]] == [2, "awaiting_approval"]
    # As the desk does it: with what its page showed.
    shown = [str(shop.row(number)["report_hash"]) for number in ("1001", "1002")]
    decide.approve(
        web,
        brands,
        shop.id("1001"),
        shop=None,
        lines={},
        answers={},
        by="Mia",
        expected_hash=shown[0],
        seen=0,
    )
    decide.reject(web, shop.id("1002"), reason="too late", by="Mia", expected_hash=shown[1], seen=0)
    assert shop.look("1001").kind == "go"
    assert shop.look("1002").kind == "closed"
    decide.rematch(web, shop.id("1002"), by="Mia")
    assert shop.look("1002").kind == "wait"
    assert shop.export("1001").po_id
    assert {row["state"] for row in orders.listing(web)} == {"exported", "awaiting_approval"}
    assert read.runbook(web, shop.id("1001"))["steps"]
    assert len(read_as(databases.as_role(ANALYST), "SELECT * FROM decision")) == 2


def test_another_system_records_a_decision_with_the_web_role(with_roles: Engine, databases: Place) -> None:
    add_order(with_roles)
    report_hash = add_report(with_roles)
    execute_as(
        databases.as_role(WEB),
        "INSERT INTO approval (report_hash, decision, shop, decided_by, lines, answers, comment)"
        f" VALUES ('{report_hash}', 'approve', 'Main Street', 'Jane Doe', '{{}}', '{{}}', 'from the buying system')",
    )
    (found,) = approvals.unjudged(with_roles, "o-1")
    assert (found.decided_by, found.decided_at is not None) == ("Jane Doe", True)


# ---- how the file is used ----


@pytest.fixture
def bare(databases: Place, with_roles: Engine) -> Iterator[Engine]:
    """A database without the schema."""
    found = databases.bare("postgres")
    yield found
    found.dispose()


def test_a_new_database_is_made_by_the_migrator_alone(bare: Engine) -> None:
    give_rights(bare)
    migrator = seen_by(bare, MIGRATOR)
    migrate.upgrade(migrator)
    give_rights(bare)
    owners = {row["owner"] for row in rows(bare, OWNERS)}
    assert owners == {MIGRATOR}
    worker = seen_by(bare, WORKER)
    migrate.require_current(worker)
    add_order(worker)
    add_report(worker)
    assert read_as(seen_by(bare, ANALYST), "SELECT order_id FROM order_status") == [{"order_id": "o-1"}]
    migrate.upgrade(migrator)  # makes the views anew
    assert read_as(seen_by(bare, ANALYST), "SELECT order_id FROM order_status") == [{"order_id": "o-1"}]


OWNERS = f"""
    SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = CAST('{SCHEMA}' AS regnamespace)
    UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = CAST('{SCHEMA}' AS regnamespace)
    UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '{SCHEMA}'
"""


def test_a_database_that_was_there_before_the_roles_changes_hands(bare: Engine) -> None:
    migrate.upgrade(bare)
    add_order(bare)
    assert rows(bare, OWNERS) != [{"owner": MIGRATOR}]
    give_rights(bare)
    assert rows(bare, OWNERS) == [{"owner": MIGRATOR}]
    migrate.upgrade(seen_by(bare, MIGRATOR))
    assert len(read_as(seen_by(bare, WORKER), "SELECT * FROM nuorder_order")) == 1


def test_users_get_their_rights_from_the_roles_as_the_file_says(bare: Engine) -> None:
    """Users who sign in: what the migrating one makes belongs to the role, so that the working one can use it."""
    name, password = f"nuorder_pos_test_{os.getpid()}", "only for this test"
    users = {"deploy": MIGRATOR, "tasks": WORKER, "ann": ANALYST}
    with bare.begin() as connection:
        for user in users:
            connection.exec_driver_sql(f"CREATE ROLE {name}_{user} LOGIN PASSWORD '{password}'")
        give_rights(bare)
        for user, role in users.items():
            connection.exec_driver_sql(f"GRANT {role} TO {name}_{user}")
        connection.exec_driver_sql(f"ALTER ROLE {name}_deploy SET role = '{MIGRATOR}'")
    signed_in = {
        user: make_engine(
            bare.url.set(username=f"{name}_{user}", password=password).render_as_string(hide_password=False)
        )
        for user in users
    }
    try:
        migrate.upgrade(signed_in["deploy"])
        assert rows(bare, OWNERS) == [{"owner": MIGRATOR}]
        give_rights(bare)
        add_order(signed_in["tasks"])
        refused(signed_in["tasks"], "DELETE FROM nuorder_order")
        assert len(read_as(signed_in["ann"], "SELECT * FROM order_status")) == 1
        refused(signed_in["ann"], "SELECT * FROM nuorder_order")
    finally:
        for user, engine in signed_in.items():
            engine.dispose()
            execute(bare, f"DROP ROLE {name}_{user}")


def test_a_table_of_a_later_release_can_be_worked_with_at_once_and_is_hidden_from_others(
    bare: Engine,
) -> None:
    give_rights(bare)
    migrator = seen_by(bare, MIGRATOR)
    migrate.upgrade(migrator)
    execute_as(migrator, "CREATE TABLE later (id bigserial PRIMARY KEY, what text)")
    assert rights(bare, WORKER, "later") == {"SELECT", "INSERT", "UPDATE"}
    execute_as(seen_by(bare, WORKER), "INSERT INTO later (what) VALUES ('x')")
    for role in (WEB, ANALYST):
        assert rights(bare, role, "later") == set()


ACL = f"""
    SELECT 'relation ' || relname || ' ' || coalesce(CAST(relacl AS text), '') AS right FROM pg_class
    WHERE relnamespace = CAST('{SCHEMA}' AS regnamespace)
    UNION SELECT 'column ' || attrelid || attname || coalesce(CAST(attacl AS text), '') FROM pg_attribute
    JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = CAST('{SCHEMA}' AS regnamespace) AND attacl IS NOT NULL
    UNION SELECT 'schema ' || CAST(nspacl AS text) FROM pg_namespace WHERE nspname = '{SCHEMA}'
    UNION SELECT 'default ' || CAST(defaclacl AS text) || CAST(defaclobjtype AS text) FROM pg_default_acl
"""


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_the_file_runs_in_psql_again_and_again_and_takes_back_what_was_given_by_hand(bare: Engine) -> None:
    migrate.upgrade(bare)
    address = bare.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = [
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set",
        "ON_ERROR_STOP=1",
        "--single-transaction",
        "--dbname",
        address,
    ]
    found: list[Any] = []
    for by_hand in ("", f"GRANT ALL ON {SCHEMA}.token_set TO {ANALYST}, PUBLIC", ""):
        if by_hand:
            execute(bare, by_hand)
            assert rights(bare, ANALYST, "token_set")
        done = subprocess.run(
            [*command, "--file", str(sql_folder() / "roles.sql")], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        found.append({str(row["right"]) for row in rows(bare, ACL)})
    assert found[0] == found[1] == found[2]
    assert any("web" in right for right in found[0])


def test_every_table_is_named_in_the_file() -> None:
    text = (sql_folder() / "roles.sql").read_text("utf-8")
    assert [name for name in [*TABLES, "schema_version"] if f"('{name}'," not in text] == []


def execute_as(engine: Engine, statement: str) -> None:
    """A statement with the rights of the engine's own role."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        connection.exec_driver_sql(statement)


def read_as(engine: Engine, statement: str) -> list[dict[str, Any]]:
    """The rows of a query with the rights of the engine's own role."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        return [dict(row) for row in connection.exec_driver_sql(statement).mappings()]
