"""Links that are found by article number too, know the state of their item, and say why they were withdrawn; what was
decided once for the matrix of a style."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from nuorder_pos.domain.codes import read_code
from nuorder_pos.store.types import Instant, Words

revision = "0006"
down_revision = "0005"

BATCH = 1000


def upgrade() -> None:
    """Columns and indexes of links, filled for the links that are there, and a table."""
    op.add_column(
        "link",
        sa.Column(
            "gtin", sa.String(14), nullable=False, server_default="",
            comment="the UPC in 14 digits where it was valid",
        ),
    )  # fmt: skip
    op.add_column(
        "link",
        sa.Column(
            "trouble", sa.String(16), nullable=False, server_default="",
            comment="empty, archived or gone: the linked item",
        ),
    )  # fmt: skip
    asked = "when `links check` asked the POS last, or the trouble changed"
    op.add_column("link", sa.Column("checked_at", Instant(), nullable=True, comment=asked))
    because = "in a buyer's words, what replaced it too"
    op.add_column("link", sa.Column("withdrawn_because", Words(), nullable=True, comment=because))
    _fill()
    live: dict[str, Any] = {
        name: sa.text("withdrawn_at IS NULL") for name in ("sqlite_where", "postgresql_where")
    }
    op.create_index("ix_link_gtin", "link", ["account_id", "brand", "gtin"], unique=False, **live)
    op.create_index("ix_link_item_id", "link", ["account_id", "item_id"], unique=False, **live)
    op.create_table(
        "style_choice",
        sa.Column(
            "choice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("account_id", Words(), nullable=False, comment="the POS account"),
        sa.Column("brand", Words(), nullable=False),
        sa.Column("style", Words(), nullable=False, comment="folded: case and spaces do not count"),
        sa.Column("choice", Words(), nullable=False, comment="what was decided for the matrix of the style"),
        sa.Column("order_id", Words(), nullable=False, server_default="", comment="the order it was decided for"),
        sa.Column("made_by", Words(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", Words(), nullable=True),
        sa.PrimaryKeyConstraint("choice_id", name="pk_style_choice"),
    )  # fmt: skip
    op.create_index(
        "uq_style_choice_live", "style_choice", ["account_id", "brand", "style"], unique=True, **live
    )


def _fill() -> None:
    """The article number of every link that was made with a valid UPC."""
    connection = op.get_bind()
    link = sa.table("link", *(sa.column(name) for name in ("link_id", "upc", "gtin")))
    change = sa.update(link).where(link.c.link_id == sa.bindparam("this")).values(gtin=sa.bindparam("found"))
    last = 0
    while rows := connection.execute(
        sa.select(link.c.link_id, link.c.upc)
        .where(link.c.link_id > last, link.c.upc != "")
        .order_by(link.c.link_id)
        .limit(BATCH)
    ).all():
        codes = {row.link_id: read_code(row.upc) for row in rows}
        if known := [{"this": number, "found": code.gtin} for number, code in codes.items() if code.valid]:
            connection.execute(change, known)
        last = rows[-1].link_id
