"""Creates and migrates the project's tables (Alembic) and puts its views in place (plain SQL files)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from nuorder_pos.errors import Permanent, Transient
from nuorder_pos.store.engine import reading, writing
from nuorder_pos.store.sqlfiles import views
from nuorder_pos.store.tables import SCHEMA

_LOCK = 0x6E756F72  # any constant will do, as long as every migrator takes the same one


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """Which version the database has and which one this release wants.

    ``state``: ``ok``, ``missing`` (no tables), ``older``, ``newer`` (made by a later release) or ``unreachable``.
    """

    state: str
    current: str = ""
    wanted: str = ""
    problem: str = ""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Create or migrate tables and views. Several migrators at once take turns; a newer database is refused."""
    found = status(engine)
    if found.state == "newer":
        raise Permanent(_sentence(found))
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            if not sa.inspect(connection).has_schema(SCHEMA):
                # Asked first: CREATE … IF NOT EXISTS wants the right to create even where nothing is to be created.
                connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.execute(sa.text(f"SET LOCAL search_path TO {SCHEMA}"))
        texts = views()
        grants = _grants(connection, texts)
        for name in reversed(texts):
            connection.execute(sa.text(f"DROP VIEW IF EXISTS {name}"))
        command.upgrade(_config(connection), "head")
        for text in texts.values():
            connection.exec_driver_sql(
                text.replace("%", "%%") if connection.dialect.name == "postgresql" else text
            )
        for grant in grants:
            connection.exec_driver_sql(grant.replace("%", "%%"))


def _grants(connection: Connection, names: Collection[str]) -> list[str]:
    """What others may do with these views, as statements: a view that is made anew has lost it."""
    if connection.dialect.name != "postgresql":
        return []
    query = sa.text(
        """
        SELECT format('GRANT %s ON %I TO %s%s', g.privilege_type, c.relname,
                      CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE CAST(CAST(g.grantee AS regrole) AS text) END,
                      CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind = 'v' AND c.relname IN :names
          AND g.grantee <> c.relowner
        """
    ).bindparams(sa.bindparam("names", expanding=True))
    return list(connection.scalars(query, {"schema": SCHEMA, "names": list(names)}))


def status(engine: Engine) -> MigrationStatus:
    """Where the database stands."""
    script = ScriptDirectory.from_config(_config())
    wanted = script.get_current_head() or ""
    try:
        with reading(engine) as connection:
            schema = SCHEMA if connection.dialect.name == "postgresql" else None
            if not sa.inspect(connection).has_table("schema_version", schema=schema):
                return MigrationStatus("missing", "", wanted)
            table = sa.table("schema_version", sa.column("version_num"), schema=schema)
            current = connection.scalar(sa.select(table.c.version_num)) or ""
    except Transient as error:
        return MigrationStatus("unreachable", "", wanted, str(error))
    if current == wanted:
        return MigrationStatus("ok", current, wanted)
    known = {revision.revision for revision in script.walk_revisions()}
    return MigrationStatus("older" if current in known else "newer", current, wanted)


def require_current(engine: Engine) -> None:
    """Raise one clear sentence unless the database can be worked with."""
    found = status(engine)
    if found.state == "unreachable":
        raise Transient(found.problem)
    if found.state != "ok":
        raise Permanent(_sentence(found))


def _sentence(found: MigrationStatus) -> str:
    sentences = {
        "missing": "The project's database has no tables yet: run `nuorder-pos db upgrade`.",
        "older": f"The project's database is at version {found.current}, this release wants {found.wanted}: "
        "run `nuorder-pos db upgrade`.",
        "newer": f"The project's database is at version {found.current}, which a newer release made; "
        f"this one knows {found.wanted}. Install the newer release of nuorder-pos here.",
    }
    return sentences[found.state]
