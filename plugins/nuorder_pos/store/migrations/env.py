"""Alembic's environment: always online, over the connection that ``store.migrate`` hands in."""

from __future__ import annotations

from alembic import context

from nuorder_pos.store.tables import SCHEMA, metadata

connection = context.config.attributes["connection"]
postgres = connection.dialect.name == "postgresql"
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema=SCHEMA if postgres else None,
    transactional_ddl=True,
    render_as_batch=not postgres,
)
with context.begin_transaction():
    context.run_migrations()
