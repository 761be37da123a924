"""How many questions of a report are open, counted when it is written, so that a list can ask for them."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from nuorder_pos.domain.decisions import open_questions

revision = "0005"
down_revision = "0004"

BATCH = 100


def upgrade() -> None:
    """A column, filled for the reports that are there."""
    comment = "questions that decisions taken over from the last report do not settle"
    op.add_column(
        "match_report",
        sa.Column("open_questions", sa.Integer(), nullable=False, server_default="0", comment=comment),
    )
    connection = op.get_bind()
    report = sa.table(
        "match_report",
        *(sa.column(n) for n in ("report_hash", "questions", "open_questions", "body", "carried")),
    )
    c = report.c
    asking = list(connection.scalars(sa.select(c.report_hash).where(c.questions > 0)))
    for start in range(0, len(asking), BATCH):  # bodies are large: not all of them at once
        query = sa.select(c.report_hash, c.body, c.carried).where(
            c.report_hash.in_(asking[start : start + BATCH])
        )
        for report_hash, body, carried in connection.execute(query).all():
            taken = json.loads(carried)
            still = open_questions(json.loads(body), taken.get("lines", {}), taken.get("answers", {}))
            connection.execute(
                sa.update(report).where(c.report_hash == report_hash).values(open_questions=len(still))
            )
