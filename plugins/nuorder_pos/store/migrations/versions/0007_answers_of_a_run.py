"""What the POS answered within a run, so that each value is asked for once in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nuorder_pos.store.types import Instant, Words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A table, and an index by which old answers are deleted."""
    op.create_table(
        "pos_answer",
        sa.Column("account_id", Words(), nullable=False, comment="the POS account"),
        sa.Column("run", Words(), nullable=False, comment="the run that asked"),
        sa.Column(
            "field", sa.String(64), nullable=False, comment="what was searched by, and the records' version"
        ),
        sa.Column("value", Words(), nullable=False),
        sa.Column("body", Words(), nullable=False, comment="JSON: the records that were found, [] for none"),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "run", "field", "value", name="pk_pos_answer"),
    )
    op.create_index("ix_pos_answer_at", "pos_answer", ["at"], unique=False)
