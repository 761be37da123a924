"""What is append-only is not emptied either, nor written over by a second row with the same key."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

APPEND_ONLY = {
    "order_event": ("event_id = NEW.event_id",),
    "snapshot": (
        "snapshot_id = NEW.snapshot_id",
        "order_id = NEW.order_id AND body_hash = NEW.body_hash",
    ),
    "approval": ("approval_id = NEW.approval_id",),
    "approval_verdict": ("approval_id = NEW.approval_id",),
    "journal": (
        "seq = NEW.seq",
        "event = 'begun' AND NEW.event = 'begun' AND (order_id, step_key, attempt) = (NEW.order_id, NEW.step_key, NEW.attempt)",
        "event = 'done' AND NEW.event = 'done' AND (order_id, step_key) = (NEW.order_id, NEW.step_key)",
    ),
}
"""By table: when a row that is there would have to make room for a new one (SQLite's ``INSERT OR REPLACE``)."""


def upgrade() -> None:
    """Postgres: TRUNCATE fires no trigger for rows, so it has one of its own. SQLite: REPLACE deletes without firing the
    triggers of DELETE, so the new row is refused before that."""
    for table, clashes in APPEND_ONLY.items():
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_stays_whole BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
            )
            continue
        for number, clash in enumerate(clashes):
            there = f"EXISTS (SELECT 1 FROM {table} WHERE {clash})"  # noqa: S608 - both stand above
            op.execute(
                f"CREATE TRIGGER {table}_stays_insert_{number} BEFORE INSERT ON {table} WHEN {there} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed nor deleted'); END"
            )
