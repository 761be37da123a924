"""Which run last took an order: the desk's tab of a run shows its orders also when their claims have ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nuorder_pos.store.types import Words

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Two columns and an index; what is claimed now was taken by its claim's run."""
    comment = "the run that last claimed the order; stays when the claim ends"
    op.add_column("nuorder_order", sa.Column("last_dag_id", Words(), nullable=True, comment=comment))
    op.add_column("nuorder_order", sa.Column("last_run_id", Words(), nullable=True))
    op.create_index("ix_nuorder_order_last_run_id", "nuorder_order", ["last_run_id"], unique=False)
    op.execute(
        "UPDATE nuorder_order SET last_dag_id = claim_dag_id, last_run_id = claim_run_id"
        " WHERE claim_run_id IS NOT NULL"
    )
