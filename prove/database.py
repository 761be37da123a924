"""The product's database for a proof: made, kept as it stands at an instant, and put back to that, fast."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg
import sqlalchemy as sa

from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine
from nuorder_pos.store.tables import SCHEMA, metadata

SERVER = os.environ.get("NUORDER_POS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
KINDS = ("sqlite", "postgres")
_OUR_CLOCK = "prove_clock"


class Database(Protocol):
    """A migrated database. ``save`` and ``restore`` want no transaction of a live process in the way."""

    engine: Engine

    def save(self) -> bytes | dict[str, bytes]:
        """Everything in it."""
        ...

    def restore(self, kept: bytes | dict[str, bytes]) -> None:
        """Put back what ``save`` gave."""
        ...

    def move_clock(self, ahead: float) -> None:
        """Have the server's clock stand ahead, where there is a server."""
        ...

    def close(self) -> None:
        """Remove it."""
        ...


def make_database(kind: str) -> Database:
    """A new, migrated, empty database: ``sqlite`` (in memory where the system can) or ``postgres``."""
    return Sqlite() if kind == "sqlite" else Postgres()


class Sqlite:
    """One file. Nobody in this process keeps it open, so that processes may be forked from it; one process beside it
    does, so that the others need not set up and take down the log at each transaction."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self._folder = Path(
            tempfile.mkdtemp(prefix="prove-", dir=memory if os.access(memory, os.W_OK) else None)
        )
        self.path = self._folder / "prove.db"
        self.engine = make_engine(f"sqlite:///{self.path}")
        migrate.upgrade(self.engine)
        self.engine.dispose()
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _KEEP_OPEN, str(self.path)], stdin=subprocess.PIPE
        )

    def save(self) -> bytes:
        """Its contents, with what stands in the log of a process that was killed, and without what it did not commit."""
        with closing(sqlite3.connect(self.path)) as connection:
            data = connection.serialize()
        return data[:18] + b"\x01\x01" + data[20:]  # in memory there is no write-ahead log

    def restore(self, kept: bytes | dict[str, bytes]) -> None:
        """Write the contents anew, page by page."""
        assert isinstance(kept, bytes)
        with closing(sqlite3.connect(":memory:")) as source, closing(sqlite3.connect(self.path)) as target:
            source.deserialize(kept)
            source.backup(target)

    def move_clock(self, ahead: float) -> None:
        """The clock is that of the process."""

    def close(self) -> None:
        """Remove the file."""
        self.engine.dispose()
        self._keeper.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)


_KEEP_OPEN = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
sys.stdin.read()
"""


class Postgres:
    """A database of its own on the server, whose ``clock_timestamp()`` is found before the server's and can be moved."""

    def __init__(self) -> None:
        self._name = f"nuorder_pos_prove_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        self._server(f"CREATE DATABASE {self._name}")
        self._server(f"ALTER DATABASE {self._name} SET synchronous_commit = off")  # no machine fails here
        address = sa.make_url(SERVER).set(database=self._name)
        self._plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(self._plain) as connection:
            connection.execute(f"CREATE SCHEMA {_OUR_CLOCK}")
            connection.execute(f"CREATE TABLE {_OUR_CLOCK}.ahead (seconds float8 NOT NULL)")
            connection.execute(f"INSERT INTO {_OUR_CLOCK}.ahead VALUES (0)")
            connection.execute(
                f"CREATE FUNCTION {_OUR_CLOCK}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
                f"'SELECT pg_catalog.clock_timestamp() + make_interval(secs => seconds) FROM {_OUR_CLOCK}.ahead'"
            )
        found_first = f"-csearch_path={_OUR_CLOCK},pg_catalog,public"
        self.engine = make_engine(
            address.update_query_dict({"options": found_first}).render_as_string(hide_password=False)
        )
        migrate.upgrade(self.engine)
        self._tables = [f"{SCHEMA}.{table.name}" for table in metadata.sorted_tables]
        self._counters = [
            f"pg_get_serial_sequence('{SCHEMA}.{table.name}', '{column.name}')"
            for table in metadata.sorted_tables
            for column in table.primary_key
            if column.autoincrement is True
        ]

    def save(self) -> dict[str, bytes]:
        """The rows of every table, and where its numbers stand."""
        kept = {}
        with psycopg.connect(self._plain) as connection, connection.cursor() as cursor:
            for table in self._tables:
                with cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
                    kept[table] = b"".join(bytes(piece) for piece in copy)
            for counter in self._counters:
                name = cursor.execute(f"SELECT {counter}").fetchone()
                assert name is not None
                row = cursor.execute(f"SELECT last_value, is_called FROM {name[0]}").fetchone()
                assert row is not None
                kept[counter] = f"{row[0]}, {row[1]}".encode()
        return kept

    def restore(self, kept: bytes | dict[str, bytes]) -> None:
        """Delete all rows and write the kept ones. Triggers, which keep rows from being deleted, stand aside."""
        assert isinstance(kept, dict)
        with psycopg.connect(self._plain) as connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in self._tables))
            for table in self._tables:
                if len(kept[table]) > _EMPTY_COPY:
                    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.write(kept[table])
            counters = (f"setval({counter}, {kept[counter].decode()})" for counter in self._counters)
            cursor.execute(f"SELECT {', '.join(counters)}")

    def move_clock(self, ahead: float) -> None:
        """Every transaction that asks from now on is told the moved time."""
        with psycopg.connect(self._plain) as connection:
            connection.execute(f"UPDATE {_OUR_CLOCK}.ahead SET seconds = %s", (ahead,))

    def close(self) -> None:
        """Drop the database."""
        self.engine.dispose()
        self._server(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _server(self, statement: str) -> None:
        address = sa.make_url(SERVER).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


_EMPTY_COPY = 21
"""Bytes of a copy without rows: its head and its end."""
