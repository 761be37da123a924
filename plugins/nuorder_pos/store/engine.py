"""Engine and transactions. A transaction that writes takes SQLite's write lock at once, so that it never has to yield it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, event
from sqlalchemy import Engine as Engine  # given on to the rooms that may not know SQLAlchemy
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from nuorder_pos.errors import NeedsMerchant, Permanent, Transient
from nuorder_pos.store.tables import SCHEMA

T = TypeVar("T")
BUSY_SECONDS = 30
CHUNK = 500
"""Values of one ``IN`` list, or rows of one statement."""
STANDS_STILL = 30
"""Seconds after which Postgres undoes the transaction of a process that does nothing in it. Shorter than a lease."""
WAITS_FOR_A_LOCK = 60
"""Longest wait for a row on Postgres, then it is a passing trouble. Longer than what stands still may hold it."""
_NOT_ALLOWED = "42501"


def make_engine(url: str) -> Engine:
    """An engine for the project's database. Nothing is connected yet. Raises ``Permanent`` for an unusable address."""
    try:
        address = sa.make_url(_with_driver(url))
        address.get_dialect()
    except (sa.exc.ArgumentError, ValueError, ImportError):
        raise Permanent("The database address in connection nuorder_pos_db is no SQLAlchemy URL.") from None
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(address, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.get_backend_name() != "postgresql":
        raise Permanent("The project's database must be Postgres, or SQLite for trying out.")
    engine = sa.create_engine(
        address, pool_size=2, max_overflow=8, pool_pre_ping=True, connect_args={"connect_timeout": 10}
    )
    event.listen(engine, "connect", _prepare_postgres)
    return engine.execution_options(schema_translate_map={None: SCHEMA})


def _with_driver(url: str) -> str:
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _prepare_postgres(connection: Any, _record: Any) -> None:
    # A process that stands still inside a transaction, or whose machine is gone, keeps its row locks until the server
    # ends it: without a limit everybody who shares the pace row would wait with it.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, false), set_config('lock_timeout', %s, false)",
            (f"{STANDS_STILL}s", f"{WAITS_FOR_A_LOCK}s"),
        )
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction handling begins too late; ours is in _begin_sqlite.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _explained() -> Iterator[None]:
    """Say in one sentence what a database that fails means for the work."""
    try:
        yield
    except PoolTimeout:
        raise Transient(
            "The project's database cannot be used now: all connections of this process are busy."
        ) from None
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", ""))
        if state == _NOT_ALLOWED:
            raise Permanent(
                f"The user of the connection nuorder_pos_db may not do this: {_first_line(error)}. Give it its role again"
                " with include/sql/roles.sql, or sign in as another user."
            ) from error
        if isinstance(error, DataError) or state.startswith("54"):
            raise NeedsMerchant(
                f"A text is too long, or a number too large, for the project's database: {_first_line(error)}. "
                "Correct it where it comes from."
            ) from error
        if not isinstance(error, OperationalError) and not error.connection_invalidated:
            raise
        raise Transient(f"The project's database cannot be used now: {_first_line(error)}") from error


def _first_line(error: DBAPIError) -> str:
    return (
        str(error.orig).strip().splitlines()[0][:200]
        if str(error.orig).strip()
        else type(error.orig).__name__
    )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes; committed at the end, rolled back on an error. ``Transient`` where it cannot be had."""
    with _explained(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that only reads."""
    with _explained(), engine.connect().execution_options(reading=True) as connection:
        yield connection


def rows_of(connection: Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """All rows of a query, as dicts by column name."""
    return [dict(row) for row in connection.execute(query).mappings()]


def row_of(connection: Connection, query: sa.Select[Any]) -> dict[str, Any] | None:
    """The one row of a query, or ``None``."""
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def database_now(connection: Connection) -> datetime:
    """The database's clock: the one that leases are measured with, since those of several machines differ."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.scalar(sa.select(sa.func.clock_timestamp()))  # type: ignore[assignment]
    return now.astimezone(UTC)


def insert_once(connection: Connection, table: sa.Table, values: dict[str, Any]) -> bool:
    """Insert a row unless one with its unique key is there; whether it was inserted."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement = insert(table).values(values).on_conflict_do_nothing().returning(sa.literal(1))
    try:
        # What the statement gives back says it, not its row count: that is unknown (-1) on Postgres.
        return connection.execute(statement).first() is not None
    except IntegrityError as error:
        # SQLite's triggers that keep rows from being replaced are asked before "do nothing" is looked at.
        if connection.dialect.name == "sqlite" and "are never changed" in str(error.orig):
            return False
        raise


def upsert(connection: Connection, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert a row, or change the one that has this primary key."""
    condition = sa.and_(*(table.c[name] == value for name, value in key.items()))
    if not insert_once(connection, table, {**key, **values}):
        connection.execute(sa.update(table).where(condition).values(values))


def in_chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in runs of ``CHUNK``, few enough for one statement of either database."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
