"""Every table of the project, named after what it holds. Schema ``nuorder_pos`` on Postgres, none on SQLite.

The unique constraints carry the rule of exactly once: one export for each NuORDER order over all accounts, one ``begun``
row for each step and attempt, at most one ``done`` row for each step, one creation for each creation key.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from nuorder_pos.store.types import Instant, Money

SCHEMA = "nuorder_pos"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = sa.BigInteger().with_variant(Integer, "sqlite")

brand = Table(
    "brand",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column(
        "first_seen_on", Date, nullable=False, comment="default of `since` where the brands file gives none"
    ),
    Column("last_read_at", Instant),
    Column("last_error", Text),
)

nuorder_order = Table(
    "nuorder_order",
    metadata,
    Column("order_id", String(64), primary_key=True, comment="the order's _id in NuORDER"),
    Column("account", String(100), nullable=False),
    Column("brand", String(255), nullable=False),
    Column("order_number", String(100), nullable=False),
    Column("group_id", String(64), nullable=False, server_default=""),
    Column("nuorder_status", String(32), nullable=False),
    Column("created_on", Instant),
    Column("first_seen_at", Instant, nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("customer_po", String(255), nullable=False, server_default=""),
    Column("ship_start", Date),
    Column("ship_end", Date),
    Column("currency", String(16), nullable=False, server_default=""),
    Column("total", Money),
    Column("units", Integer),
    Column(
        "listed_only",
        Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="older than the brand's `since`",
    ),
    Column("state", String(32), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("retry", Boolean, nullable=False, server_default=sa.true(), comment="taken up again by itself"),
    Column("content_hash", String(64)),
    Column("snapshot_id", BigId),
    Column("report_hash", String(64)),
    Column("matched_at", Instant),
    Column("expires_at", Instant),
    Column("rematch_asked_at", Instant),
    Column("po_id", String(64)),
    Column("po_url", Text),
    Column(
        "drips",
        Money,
        nullable=False,
        server_default="0",
        comment="API cost of the order so far, reads included",
    ),
    Column("claim_dag_id", String(250)),
    Column("claim_run_id", String(250)),
    Column("claim_map_index", Integer),
    Column("claimed_at", Instant),
    Index("ix_nuorder_order_state", "state"),
    Index("ix_nuorder_order_account_brand", "account", "brand"),
    Index("ix_nuorder_order_order_number", "order_number"),
)

order_event = Table(
    "order_event",
    metadata,
    Column("event_id", BigId, primary_key=True, autoincrement=True),
    Column("order_id", String(64), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String(32), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("snapshot_id", BigId, primary_key=True, autoincrement=True),
    Column("order_id", String(64), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column(
        "body",
        Text,
        nullable=False,
        comment="JSON: order and products as NuORDER gave them, without addresses",
    ),
    Column("taken_at", Instant, nullable=False),
    UniqueConstraint("order_id", "body_hash"),
)

match_report = Table(
    "match_report",
    metadata,
    Column("report_hash", String(64), primary_key=True),
    Column("order_id", String(64), nullable=False, index=True),
    Column("snapshot_id", BigId, nullable=False),
    Column("built_at", Instant, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("goods", Money, nullable=False),
    Column("confirmed", Integer, nullable=False),
    Column("upc_match", Integer, nullable=False),
    Column("new_item", Integer, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("body", Text, nullable=False, comment="JSON: the whole report"),
    Column(
        "carried",
        Text,
        nullable=False,
        server_default="{}",
        comment="JSON: decisions taken over from the last report",
    ),
    Column(
        "changes",
        Text,
        nullable=False,
        server_default="[]",
        comment="JSON: what changed since the last report",
    ),
)

match_report_line = Table(
    "match_report_line",
    metadata,
    Column("report_hash", String(64), primary_key=True),
    Column("line", String(16), primary_key=True),
    Column("style_number", Text, nullable=False),
    Column("color", Text, nullable=False),
    Column("size", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("upc", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("unit_cost", Money, nullable=False),
    Column("status", String(16), nullable=False),
    Column("item_id", String(64)),
    Column("matrix", Text),
)

match_report_warning = Table(
    "match_report_warning",
    metadata,
    Column("warning_id", BigId, primary_key=True, autoincrement=True),
    Column("report_hash", String(64), nullable=False, index=True),
    Column("line", String(16), comment="empty for the whole order"),
    Column("code", String(32), nullable=False),
    Column("question", Boolean, nullable=False),
    Column("text", Text, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("approval_id", BigId, primary_key=True, autoincrement=True),
    Column("report_hash", Text, index=True),
    Column("decision", Text),
    Column("shop", Text),
    Column("decided_by", Text),
    Column("lines", Text, comment='JSON: {"3": "ITEM_ID" | "new" | "line:1"}'),
    Column("answers", Text, comment='JSON: {"CODE": "VALUE"}'),
    Column("comment", Text),
    Column("decided_at", Instant, nullable=False, server_default=sa.func.current_timestamp()),
)

approval_verdict = Table(
    "approval_verdict",
    metadata,
    Column("approval_id", BigId, primary_key=True, autoincrement=False),
    Column("order_id", String(64), index=True),
    Column("counts", Boolean, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("judged_at", Instant, nullable=False),
)

export = Table(
    "export",
    metadata,
    Column("order_id", String(64), primary_key=True, comment="unique over all accounts"),
    Column("account_id", String(64), nullable=False, comment="the POS account"),
    Column("report_hash", String(64), nullable=False),
    Column("approval_id", BigId, nullable=False),
    Column("snapshot_id", BigId, nullable=False),
    Column("plan", Text, nullable=False, comment="JSON: the steps, fixed with the first write"),
    Column("approved_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("first_write_at", Instant),
    Column("finished_at", Instant),
    Column("po_id", String(64)),
    Column("minimum_drips", Money, nullable=False, server_default="0"),
    Column(
        "not_written",
        Text,
        nullable=False,
        server_default="{}",
        comment="JSON: what the POS did not keep, with the text",
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=True),
    Column("order_id", String(64), nullable=False),
    Column("step_key", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("event", String(16), nullable=False, comment="begun, done, refused, unknown"),
    Column("at", Instant, nullable=False),
    Column("holder", Text, nullable=False),
    Column("token", BigId, nullable=False, comment="fencing token of the lease"),
    Column("result", String(64), comment="the POS id that the step gave"),
    Column("drips", Money),
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_journal_order_id", "order_id", "seq"),
    Index(
        "uq_journal_begun", "order_id", "step_key", "attempt", unique=True,
        sqlite_where=text("event = 'begun'"), postgresql_where=text("event = 'begun'"),
    ),
    Index(
        "uq_journal_done", "order_id", "step_key", unique=True,
        sqlite_where=text("event = 'done'"), postgresql_where=text("event = 'done'"),
    ),
)  # fmt: skip

lease = Table(
    "lease",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("token", BigId, nullable=False, comment="goes up with every new holder"),
    Column("holder", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

creation = Table(
    "creation",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("creation_key", String(255), primary_key=True),
    Column("order_id", String(64), nullable=False, comment="the order whose export makes it"),
    Column("pos_id", String(64), comment="the record in the POS, once it is there"),
    Column("begun_at", Instant, nullable=False),
    Column("done_at", Instant),
)

link = Table(
    "link",
    metadata,
    Column("link_id", BigId, primary_key=True, autoincrement=True),
    Column("account_id", String(64), nullable=False, comment="the POS account"),
    Column("brand", String(255), nullable=False),
    Column("style", String(255), nullable=False, comment="folded: case and spaces do not count"),
    Column("color", String(255), nullable=False),
    Column("size", String(255), nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("matrix_id", String(64), nullable=False, server_default=""),
    Column("upc", Text, nullable=False, server_default=""),
    Column("product_id", String(64), nullable=False, server_default=""),
    Column("origin", String(16), nullable=False, comment="upc, choice or created"),
    Column("order_id", String(64), nullable=False, server_default=""),
    Column("made_by", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", Text),
    Index(
        "uq_link_live", "account_id", "brand", "style", "color", "size", unique=True,
        sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
    ),
)  # fmt: skip

token_set = Table(
    "token_set",
    metadata,
    Column("conn_id", String(250), primary_key=True),
    Column(
        "sealed", Text, nullable=False, comment="the token pair, encrypted with a key from the client secret"
    ),
    Column("updated_at", Instant, nullable=False),
)

pace = Table(
    "pace",
    metadata,
    Column("pace_key", String(250), primary_key=True),
    Column(
        "bucket", Text, nullable=False, comment="JSON: level, size and drip rate of the POS's leaky bucket"
    ),
    Column("updated_at", Instant, nullable=False),
)

reference = Table(
    "reference",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column(
        "body", Text, nullable=False, comment="JSON: what was read from, or learned about, the POS account"
    ),
    Column("fetched_at", Instant, nullable=False),
)

APPEND_ONLY = (order_event, snapshot, approval, approval_verdict, journal)
"""Tables whose rows are never changed nor deleted; triggers see to it."""
