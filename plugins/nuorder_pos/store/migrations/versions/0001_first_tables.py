"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nuorder_pos.store.types import Instant, Money

revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("order_event", "snapshot", "approval", "approval_verdict", "journal")


def upgrade() -> None:
    """Create every table, and the triggers that keep the append-only ones append-only."""
    op.create_table(
        "approval",
        sa.Column("approval_id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("report_hash", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("shop", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("lines", sa.Text(), nullable=True, comment='JSON: {"3": "ITEM_ID" | "new" | "line:1"}'),
        sa.Column("answers", sa.Text(), nullable=True, comment='JSON: {"CODE": "VALUE"}'),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", name="pk_approval"),
    )
    op.create_index("ix_approval_report_hash", "approval", ["report_hash"], unique=False)
    op.create_table(
        "approval_verdict",
        sa.Column("approval_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("approval_id", name="pk_approval_verdict"),
    )
    op.create_index("ix_approval_verdict_order_id", "approval_verdict", ["order_id"], unique=False)
    op.create_table(
        "brand",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "first_seen_on",
            sa.Date(),
            nullable=False,
            comment="default of `since` where the brands file gives none",
        ),
        sa.Column("last_read_at", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "name", name="pk_brand"),
    )
    op.create_table(
        "creation",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("creation_key", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False, comment="the order whose export makes it"),
        sa.Column("pos_id", sa.Text(), nullable=True, comment="the record in the POS, once it is there"),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "creation_key", name="pk_creation"),
    )
    op.create_table(
        "export",
        sa.Column("order_id", sa.Text(), nullable=False, comment="unique over all accounts"),
        sa.Column("account_id", sa.Text(), nullable=False, comment="the POS account"),
        sa.Column("report_hash", sa.String(length=64), nullable=False),
        sa.Column("approval_id", BIG_ID, nullable=False),
        sa.Column("snapshot_id", BIG_ID, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False, comment="JSON: the steps, fixed with the first write"),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("first_write_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("po_id", sa.Text(), nullable=True),
        sa.Column("minimum_drips", Money(), server_default="0", nullable=False),
        sa.Column(
            "not_written",
            sa.Text(),
            server_default="{}",
            nullable=False,
            comment="JSON: what the POS did not keep, with the text",
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_export"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False, comment="begun, done, refused, unknown"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", BIG_ID, nullable=False, comment="fencing token of the lease"),
        sa.Column("result", sa.Text(), nullable=True, comment="the POS id that the step gave"),
        sa.Column("drips", Money(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_index("ix_journal_order_id", "journal", ["order_id", "seq"], unique=False)
    op.create_index(
        "uq_journal_begun",
        "journal",
        ["order_id", "step_key", "attempt"],
        unique=True,
        sqlite_where=sa.text("event = 'begun'"),
        postgresql_where=sa.text("event = 'begun'"),
    )
    op.create_index(
        "uq_journal_done",
        "journal",
        ["order_id", "step_key"],
        unique=True,
        sqlite_where=sa.text("event = 'done'"),
        postgresql_where=sa.text("event = 'done'"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", BIG_ID, nullable=False, comment="goes up with every new holder"),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "link",
        sa.Column("link_id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False, comment="the POS account"),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False, comment="folded: case and spaces do not count"),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("matrix_id", sa.Text(), server_default="", nullable=False),
        sa.Column("upc", sa.Text(), server_default="", nullable=False),
        sa.Column("product_id", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False, comment="upc, choice or created"),
        sa.Column("order_id", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("link_id", name="pk_link"),
    )
    op.create_index(
        "uq_link_live",
        "link",
        ["account_id", "brand", "style", "color", "size"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "match_report",
        sa.Column("report_hash", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("snapshot_id", BIG_ID, nullable=False),
        sa.Column("built_at", Instant(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("goods", Money(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("upc_match", sa.Integer(), nullable=False),
        sa.Column("new_item", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON: the whole report"),
        sa.Column(
            "carried",
            sa.Text(),
            server_default="{}",
            nullable=False,
            comment="JSON: decisions taken over from the last report",
        ),
        sa.Column(
            "changes",
            sa.Text(),
            server_default="[]",
            nullable=False,
            comment="JSON: what changed since the last report",
        ),
        sa.PrimaryKeyConstraint("report_hash", name="pk_match_report"),
    )
    op.create_index("ix_match_report_order_id", "match_report", ["order_id"], unique=False)
    op.create_table(
        "match_report_line",
        sa.Column("report_hash", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("style_number", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("upc", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("unit_cost", Money(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("matrix", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("report_hash", "line", name="pk_match_report_line"),
    )
    op.create_table(
        "match_report_warning",
        sa.Column("warning_id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("report_hash", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=True, comment="empty for the whole order"),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("question", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("warning_id", name="pk_match_report_warning"),
    )
    op.create_index(
        "ix_match_report_warning_report_hash", "match_report_warning", ["report_hash"], unique=False
    )
    op.create_table(
        "nuorder_order",
        sa.Column("order_id", sa.Text(), nullable=False, comment="the order's _id in NuORDER"),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), server_default="", nullable=False),
        sa.Column("nuorder_status", sa.Text(), nullable=False),
        sa.Column("created_on", Instant(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("customer_po", sa.Text(), server_default="", nullable=False),
        sa.Column("ship_start", sa.Date(), nullable=True),
        sa.Column("ship_end", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("total", Money(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column(
            "listed_only",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="older than the brand's `since`",
        ),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "retry",
            sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
            comment="taken up again by itself",
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("snapshot_id", BIG_ID, nullable=True),
        sa.Column("report_hash", sa.String(length=64), nullable=True),
        sa.Column("matched_at", Instant(), nullable=True),
        sa.Column(
            "tried_at",
            Instant(),
            nullable=True,
            comment="when it last failed or was held: tried again a day later",
        ),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("rematch_asked_at", Instant(), nullable=True),
        sa.Column("po_id", sa.Text(), nullable=True),
        sa.Column("po_url", sa.Text(), nullable=True),
        sa.Column(
            "drips",
            Money(),
            server_default="0",
            nullable=False,
            comment="API cost of the order so far, reads included",
        ),
        sa.Column("claim_dag_id", sa.Text(), nullable=True),
        sa.Column("claim_run_id", sa.Text(), nullable=True),
        sa.Column("claim_map_index", sa.Integer(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name="pk_nuorder_order"),
    )
    op.create_index("ix_nuorder_order_account_brand", "nuorder_order", ["account", "brand"], unique=False)
    op.create_index("ix_nuorder_order_order_number", "nuorder_order", ["order_number"], unique=False)
    op.create_index("ix_nuorder_order_state", "nuorder_order", ["state"], unique=False)
    op.create_table(
        "order_event",
        sa.Column("event_id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_order_event"),
    )
    op.create_index("ix_order_event_order_id", "order_event", ["order_id"], unique=False)
    op.create_table(
        "pace",
        sa.Column("pace_key", sa.Text(), nullable=False),
        sa.Column(
            "bucket",
            sa.Text(),
            nullable=False,
            comment="JSON: level, size and drip rate of the POS's leaky bucket",
        ),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("pace_key", name="pk_pace"),
    )
    op.create_table(
        "reference",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="JSON: what was read from, or learned about, the POS account",
        ),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "name", name="pk_reference"),
    )
    op.create_table(
        "snapshot",
        sa.Column("snapshot_id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "body",
            sa.Text(),
            nullable=False,
            comment="JSON: order and products as NuORDER gave them, without addresses",
        ),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_snapshot"),
        sa.UniqueConstraint("order_id", "body_hash", name="uq_snapshot_order_id_body_hash"),
    )
    op.create_table(
        "token_set",
        sa.Column("conn_id", sa.Text(), nullable=False),
        sa.Column(
            "sealed",
            sa.Text(),
            nullable=False,
            comment="the token pair, encrypted with a key from the client secret",
        ),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("conn_id", name="pk_token_set"),
    )
    for table in APPEND_ONLY:
        _append_only(table)


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'rows of {table} are never changed nor deleted'; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_stays_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed nor deleted'); END"
        )
