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
    UniqueConstraint,
    text,
)

from nuorder_pos.store.types import Instant, Money, Words

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
    Column("account", Words, primary_key=True),
    Column("name", Words, primary_key=True),
    Column(
        "first_seen_on", Date, nullable=False, comment="default of `since` where the brands file gives none"
    ),
    Column("last_read_at", Instant),
    Column("last_error", Words),
)

nuorder_order = Table(
    "nuorder_order",
    metadata,
    Column("order_id", Words, primary_key=True, comment="the order's _id in NuORDER"),
    Column("account", Words, nullable=False),
    Column("brand", Words, nullable=False),
    Column("order_number", Words, nullable=False),
    Column("group_id", Words, nullable=False, server_default=""),
    Column("nuorder_status", Words, nullable=False),
    Column("created_on", Instant),
    Column("first_seen_at", Instant, nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("customer_po", Words, nullable=False, server_default=""),
    Column("ship_start", Date),
    Column("ship_end", Date),
    Column("currency", Words, nullable=False, server_default=""),
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
    Column("reason", Words, nullable=False, server_default=""),
    Column("retry", Boolean, nullable=False, server_default=sa.true(), comment="taken up again by itself"),
    Column("content_hash", String(64)),
    Column("snapshot_id", BigId),
    Column("report_hash", String(64)),
    Column("matched_at", Instant),
    Column("tried_at", Instant, comment="when it last failed or was held: tried again a day later"),
    Column("expires_at", Instant),
    Column("rematch_asked_at", Instant),
    Column("po_id", Words),
    Column("po_url", Words),
    Column(
        "drips",
        Money,
        nullable=False,
        server_default="0",
        comment="API cost of the order so far, reads included",
    ),
    Column("claim_dag_id", Words),
    Column("claim_run_id", Words),
    Column("claim_map_index", Integer),
    Column("claimed_at", Instant),
    Column("last_dag_id", Words, comment="the run that last claimed the order; stays when the claim ends"),
    Column("last_run_id", Words),
    Index("ix_nuorder_order_last_run_id", "last_run_id"),
    Index("ix_nuorder_order_state", "state"),
    Index("ix_nuorder_order_account_brand", "account", "brand"),
    Index("ix_nuorder_order_order_number", "order_number"),
)

order_event = Table(
    "order_event",
    metadata,
    Column("event_id", BigId, primary_key=True, autoincrement=True),
    Column("order_id", Words, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String(32), nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("snapshot_id", BigId, primary_key=True, autoincrement=True),
    Column("order_id", Words, nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column(
        "body",
        Words,
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
    Column("order_id", Words, nullable=False, index=True),
    Column("snapshot_id", BigId, nullable=False),
    Column("built_at", Instant, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("goods", Money, nullable=False),
    Column("confirmed", Integer, nullable=False),
    Column("upc_match", Integer, nullable=False),
    Column("new_item", Integer, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("body", Words, nullable=False, comment="JSON: the whole report"),
    Column(
        "carried",
        Words,
        nullable=False,
        server_default="{}",
        comment="JSON: decisions taken over from the last report",
    ),
    Column(
        "changes",
        Words,
        nullable=False,
        server_default="[]",
        comment="JSON: what changed since the last report",
    ),
    Column(
        "open_questions",
        Integer,
        nullable=False,
        server_default="0",
        comment="questions that decisions taken over from the last report do not settle",
    ),
)

match_report_line = Table(
    "match_report_line",
    metadata,
    Column("report_hash", String(64), primary_key=True),
    Column("line", Words, primary_key=True),
    Column("style_number", Words, nullable=False),
    Column("color", Words, nullable=False),
    Column("size", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("upc", Words, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("unit_cost", Money, nullable=False),
    Column("status", String(16), nullable=False),
    Column("item_id", Words),
    Column("matrix", Words),
)

match_report_warning = Table(
    "match_report_warning",
    metadata,
    Column("warning_id", BigId, primary_key=True, autoincrement=True),
    Column("report_hash", String(64), nullable=False, index=True),
    Column("line", Words, comment="empty for the whole order"),
    Column("code", String(32), nullable=False),
    Column("question", Boolean, nullable=False),
    Column("text", Words, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("approval_id", BigId, primary_key=True, autoincrement=True),
    Column("report_hash", Words, index=True),
    Column("decision", Words),
    Column("shop", Words),
    Column("decided_by", Words),
    Column("lines", Words, comment='JSON: {"3": "ITEM_ID" | "new" | "line:1"}'),
    Column("answers", Words, comment='JSON: {"CODE": "VALUE"}'),
    Column("comment", Words),
    Column("decided_at", Instant, nullable=False, server_default=sa.func.current_timestamp()),
)

approval_verdict = Table(
    "approval_verdict",
    metadata,
    Column("approval_id", BigId, primary_key=True, autoincrement=False),
    Column("order_id", Words, index=True),
    Column("counts", Boolean, nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    Column("judged_at", Instant, nullable=False),
)

export = Table(
    "export",
    metadata,
    Column("order_id", Words, primary_key=True, comment="unique over all accounts"),
    Column("account_id", Words, nullable=False, comment="the POS account"),
    Column("report_hash", String(64), nullable=False),
    Column("approval_id", BigId, nullable=False),
    Column("snapshot_id", BigId, nullable=False),
    Column("plan", Words, nullable=False, comment="JSON: the steps, fixed with the first write"),
    Column("approved_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("first_write_at", Instant),
    Column("finished_at", Instant),
    Column(
        "look_again_at",
        Instant,
        index=True,
        comment="when to look once more for records that the POS applied late; set where a write was sent twice",
    ),
    Column("po_id", Words),
    Column("minimum_drips", Money, nullable=False, server_default="0"),
    Column(
        "not_written",
        Words,
        nullable=False,
        server_default="{}",
        comment="JSON: what the POS did not keep, with the text",
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=True),
    Column("order_id", Words, nullable=False),
    Column("step_key", Words, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("event", String(16), nullable=False, comment="begun, done, refused, unknown, absent, surplus"),
    Column("at", Instant, nullable=False),
    Column("holder", Words, nullable=False),
    Column("token", BigId, nullable=False, comment="fencing token of the lease"),
    Column("result", Words, comment="the POS id that the step gave"),
    Column("drips", Money),
    Column("note", Words, nullable=False, server_default=""),
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
    Column("name", Words, primary_key=True),
    Column("token", BigId, nullable=False, comment="goes up with every new holder"),
    Column("holder", Words, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

creation = Table(
    "creation",
    metadata,
    Column("account_id", Words, primary_key=True),
    Column("creation_key", Words, primary_key=True),
    Column("order_id", Words, nullable=False, comment="the order whose export makes it"),
    Column("pos_id", Words, comment="the record in the POS, once it is there"),
    Column("begun_at", Instant, nullable=False),
    Column("done_at", Instant),
)

link = Table(
    "link",
    metadata,
    Column("link_id", BigId, primary_key=True, autoincrement=True),
    Column("account_id", Words, nullable=False, comment="the POS account"),
    Column("brand", Words, nullable=False),
    Column("style", Words, nullable=False, comment="folded: case and spaces do not count"),
    Column("color", Words, nullable=False),
    Column("size", Words, nullable=False),
    Column("item_id", Words, nullable=False),
    Column("matrix_id", Words, nullable=False, server_default=""),
    Column("upc", Words, nullable=False, server_default=""),
    Column("product_id", Words, nullable=False, server_default=""),
    Column("origin", String(16), nullable=False, comment="upc, choice or created"),
    Column("order_id", Words, nullable=False, server_default=""),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", Words),
    Column("gtin", String(14), nullable=False, server_default="", comment="the UPC in 14 digits where it was valid"),
    Column("trouble", String(16), nullable=False, server_default="", comment="empty, archived or gone: the linked item"),
    Column("checked_at", Instant, comment="when `links check` asked the POS last, or the trouble changed"),
    Column("withdrawn_because", Words, comment="in a buyer's words, what replaced it too"),
    Index(
        "uq_link_live", "account_id", "brand", "style", "color", "size", unique=True,
        sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index(
        "ix_link_gtin", "account_id", "brand", "gtin",
        sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index(
        "ix_link_item_id", "account_id", "item_id",
        sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
    ),
)  # fmt: skip

style_choice = Table(
    "style_choice",
    metadata,
    Column("choice_id", BigId, primary_key=True, autoincrement=True),
    Column("account_id", Words, nullable=False, comment="the POS account"),
    Column("brand", Words, nullable=False),
    Column("style", Words, nullable=False, comment="folded: case and spaces do not count"),
    Column("choice", Words, nullable=False, comment="what was decided for the matrix of the style"),
    Column("order_id", Words, nullable=False, server_default="", comment="the order it was decided for"),
    Column("made_by", Words, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("withdrawn_by", Words),
    Index(
        "uq_style_choice_live", "account_id", "brand", "style", unique=True,
        sqlite_where=text("withdrawn_at IS NULL"), postgresql_where=text("withdrawn_at IS NULL"),
    ),
)  # fmt: skip

token_set = Table(
    "token_set",
    metadata,
    Column("conn_id", Words, primary_key=True),
    Column(
        "sealed", Words, nullable=False, comment="the token pair, encrypted with a key from the client secret"
    ),
    Column("updated_at", Instant, nullable=False),
)

pace = Table(
    "pace",
    metadata,
    Column("pace_key", Words, primary_key=True),
    Column(
        "bucket", Words, nullable=False, comment="JSON: level, size and drip rate of the POS's leaky bucket"
    ),
    Column("updated_at", Instant, nullable=False),
)

reference = Table(
    "reference",
    metadata,
    Column("account_id", Words, primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("name", Words, primary_key=True),
    Column(
        "body", Words, nullable=False, comment="JSON: what was read from, or learned about, the POS account"
    ),
    Column("fetched_at", Instant, nullable=False),
)

pos_answer = Table(
    "pos_answer",
    metadata,
    Column("account_id", Words, primary_key=True, comment="the POS account"),
    Column("run", Words, primary_key=True, comment="the run that asked"),
    Column("field", String(64), primary_key=True, comment="what was searched by, and the records' version"),
    Column("value", Words, primary_key=True),
    Column("body", Words, nullable=False, comment="JSON: the records that were found, [] for none"),
    Column("at", Instant, nullable=False, index=True),
)

APPEND_ONLY = (order_event, snapshot, approval, approval_verdict, journal)
"""Tables whose rows are never changed nor deleted; triggers see to it."""
