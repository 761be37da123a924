"""Both databases for tests: an SQLite file of its own for each test, and a Postgres database of its own for each
session and worker, emptied before each test.

On Postgres the tables are made and emptied by their owner; what a test does it does as ``nuorder_pos_worker`` of
``include/sql/roles.sql``, so that the whole suite passes with no more rights than a deployment gives its tasks.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine
from nuorder_pos.store.sqlfiles import sql_folder
from nuorder_pos.store.tables import SCHEMA, metadata

SERVER = os.environ.get("NUORDER_POS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REQUIRED = os.environ.get("NUORDER_POS_TEST_POSTGRES_REQUIRED", "") not in ("", "0")
ROLE = os.environ.get("NUORDER_POS_TEST_ROLE", "nuorder_pos_worker")
"""The role as which tests work on Postgres; empty for the owner of everything."""
HOW = (
    "no Postgres answers at the address in NUORDER_POS_TEST_POSTGRES (by default port 5432 of this machine, user"
    " postgres): start one, for example with the postgres packages of the system, or name another one there; its user"
    " must be allowed to create databases"
)
KINDS = (
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=pytest.mark.postgres),
)


class Place:
    """Databases that belong to this test session, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None
        self._sqlite_engine: Engine | None = None
        self._keeper: sqlite3.Connection | None = None
        self._owner: Engine | None = None
        self._postgres: dict[str, Engine] = {}
        self._name = f"nuorder_pos_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self._extra: list[str] = []

    def engine(self, kind: str, role: str = ROLE) -> Engine:
        """A migrated, empty database; on Postgres seen by one of the roles, or by the owner where ``role`` is empty."""
        return self._sqlite() if kind == "sqlite" else self._emptied(role)

    def as_role(self, role: str) -> Engine:
        """The Postgres database as it is, seen by another role."""
        if role not in self._postgres:
            self._postgres[role] = make_engine(self._address(self._name, role))
        return self._postgres[role]

    def bare(self, kind: str) -> Engine:
        """A database without any tables."""
        if kind == "sqlite":
            return make_engine(f"sqlite:///{self._folder / uuid.uuid4().hex}.db")
        name = f"{self._name}_bare"
        if name not in self._extra:
            self._create(name)
            self._extra.append(name)
        engine = make_engine(self._address(name))
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        return engine

    def close(self) -> None:
        """Drop what was made on the server."""
        if self._keeper is not None:
            self._keeper.close()
        for engine in self._postgres.values():
            engine.dispose()
        if self._owner is not None:
            self._owner.dispose()
            self._extra.append(self._name)
        for name in self._extra:
            self._on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _sqlite(self) -> Engine:
        """The same engine on a fresh copy of an empty database: it keeps the statements that it has compiled."""
        if self._template is None:
            self._template = self._folder / "template.db"
            engine = make_engine(f"sqlite:///{self._template}")
            migrate.upgrade(engine)
            engine.dispose()  # closing the last connection puts everything into the one file
        copy = self._folder / "test.db"
        if self._keeper is not None:
            self._keeper.close()
        for leftover in self._folder.glob("test.db*"):
            leftover.unlink()
        shutil.copy(self._template, copy)
        # While one connection stays open, the others need not set up and take down the log at each transaction.
        self._keeper = sqlite3.connect(copy, check_same_thread=False)
        self._keeper.execute("PRAGMA journal_mode=WAL")
        self._keeper.execute("SELECT count(*) FROM sqlite_master")
        if self._sqlite_engine is None:
            self._sqlite_engine = make_engine(f"sqlite:///{copy}")
        return self._sqlite_engine

    def _emptied(self, role: str) -> Engine:
        if self._owner is None:
            self._create(self._name)
            self._on_server(
                f"ALTER DATABASE {self._name} SET synchronous_commit = off"
            )  # nothing here must survive
            self._owner = make_engine(self._address(self._name))
            migrate.upgrade(self._owner)
            if self.makes_roles:
                give_rights(self._owner)
        with self._owner.begin() as connection:
            _empty(connection)
        return self.as_role(role if self.makes_roles else "")

    @cached_property
    def makes_roles(self) -> bool:
        """Whether the server lets the tests make roles and work as one of them: it does so for a superuser."""
        assert self._owner is not None
        with self._owner.begin() as connection:
            return connection.exec_driver_sql("SHOW is_superuser").scalar() == "on"

    def _address(self, name: str, role: str = "") -> str:
        url = sa.make_url(SERVER).set(database=name)
        if role:
            url = url.update_query_dict({"options": f"-c role={role}"})
        return url.render_as_string(hide_password=False)

    def _create(self, name: str) -> None:
        try:
            self._on_server(f"CREATE DATABASE {name}")
        except sa.exc.DBAPIError as error:
            if REQUIRED:
                pytest.fail(f"{HOW} ({str(error.orig).strip()[:200]})")
            pytest.skip(HOW)

    def _on_server(self, statement: str) -> None:
        server = sa.create_engine(
            sa.make_url(SERVER).set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            poolclass=sa.pool.NullPool,
            connect_args={"connect_timeout": 5},
        )
        with server.connect() as connection:
            connection.exec_driver_sql(statement)
        server.dispose()


def upgrade_to(engine: Engine, revision: str) -> None:
    """Tables as an older release made them, in a database without any, and no views."""
    config = Config()
    config.set_main_option(
        "script_location", str(Path(migrate.__file__).parent / "migrations").replace("%", "%%")
    )
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}; SET LOCAL search_path TO {SCHEMA}")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def give_rights(owner: Engine) -> None:
    """Runs ``include/sql/roles.sql``. The roles belong to the whole server and stay there."""
    text = (sql_folder() / "roles.sql").read_text("utf-8")
    with owner.begin() as connection:
        connection.exec_driver_sql(text.replace("%", "%%"))


def _empty(connection: sa.Connection) -> None:
    """Delete all rows. Thirty times as fast as TRUNCATE, which makes every table anew; but the triggers that keep rows
    from being deleted can be put aside by a superuser only."""
    names = [f"{SCHEMA}.{table.name}" for table in metadata.sorted_tables]
    if connection.exec_driver_sql("SHOW is_superuser").scalar() != "on":
        for able in ("DISABLE", "ENABLE"):
            connection.exec_driver_sql("; ".join(f"ALTER TABLE {name} {able} TRIGGER USER" for name in names))
            if able == "DISABLE":
                connection.exec_driver_sql(f"TRUNCATE {', '.join(names)} RESTART IDENTITY")
        return
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    connection.exec_driver_sql("; ".join(f"DELETE FROM {name}" for name in names))
    counters = [
        f"setval(pg_get_serial_sequence('{SCHEMA}.{table.name}', '{column.name}'), 1, false)"
        for table in metadata.sorted_tables
        for column in table.primary_key
        if column.autoincrement is True
    ]
    connection.exec_driver_sql(f"SELECT {', '.join(counters)}")


@pytest.fixture(scope="session")
def databases() -> Iterator[Place]:
    """The session's databases. Files are kept in memory where the system can: they are synced at every commit."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        place = Place(Path(folder))
        yield place
        place.close()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each test runs on both."""
    kind: str = request.param
    return kind


@pytest.fixture
def engine(databases: Place, database_kind: str) -> Engine:
    """A migrated, empty database."""
    return databases.engine(database_kind)


def execute(engine: Engine, statement: str, **values: object) -> None:
    """Raw SQL, as another system would send it; on Postgres as the owner of everything."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL ROLE NONE; SET LOCAL search_path TO {SCHEMA}")
        connection.execute(sa.text(statement), values)


def rows(engine: Engine, statement: str, **values: object) -> list[dict[str, object]]:
    """The rows of a query, in raw SQL."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]
