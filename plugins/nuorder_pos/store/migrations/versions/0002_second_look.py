"""When to look once more for records that the POS applied late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nuorder_pos.store.types import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """A column and its index; what the journal's events may be is said anew where the database keeps comments."""
    comment = "when to look once more for records that the POS applied late; set where a write was sent twice"
    op.add_column("export", sa.Column("look_again_at", Instant(), nullable=True, comment=comment))
    op.create_index("ix_export_look_again_at", "export", ["look_again_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        events = "begun, done, refused, unknown, absent, surplus"
        op.alter_column("journal", "event", existing_type=sa.String(16), comment=events)
