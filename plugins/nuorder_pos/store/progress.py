"""What a page that follows an export asks again and again, in few and small queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.store.engine import reading, row_of, rows_of
from nuorder_pos.store.tables import approval, approval_verdict, export, journal, match_report, nuorder_order

Planned = tuple[tuple[str, str, str], ...]
"""Key, kind and summary of every step of a plan."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An order as somebody follows it. ``export`` is without its plan, ``None`` where there is none."""

    order: dict[str, Any]
    export: dict[str, Any] | None
    planned: Planned
    journal: list[dict[str, Any]]
    unjudged: dict[str, Any] | None
    """The newest decision that nobody has judged yet."""


def follow(engine: Engine, order_id: str) -> Followed | None:
    """Everything at one moment; ``None`` for an order that is not known."""
    with reading(engine) as connection:
        order = row_of(connection, sa.select(nuorder_order).where(nuorder_order.c.order_id == order_id))
        if order is None:
            return None
        names = [c for c in export.c if c.name != "plan"]
        begun = row_of(connection, sa.select(*names).where(export.c.order_id == order_id))
        written = _journal(connection, order_id, begun["started_at"]) if begun else []
        steps = _planned(connection, order_id, begun["started_at"]) if begun else ()
        return Followed(order, begun, steps, written, _unjudged(connection, order_id))


def _unjudged(connection: Connection, order_id: str) -> dict[str, Any] | None:
    query = (
        sa.select(approval.c.approval_id, approval.c.decision, approval.c.decided_by, approval.c.decided_at)
        .join(match_report, match_report.c.report_hash == approval.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(match_report.c.order_id == order_id, approval_verdict.c.approval_id.is_(None))
        .order_by(approval.c.approval_id.desc())
        .limit(1)
    )
    return row_of(connection, query)


_read: dict[tuple[str, datetime], tuple[tuple[int, int], list[dict[str, Any]]]] = {}
"""The journals of the last few exports that somebody followed, with newest row and number of rows: most looks find
nothing new. Rows are only ever added; their number tells of one that was committed after a later one."""
_MOST_READ = 8


def _journal(connection: Connection, order_id: str, started_at: datetime) -> list[dict[str, Any]]:
    of_order = journal.c.order_id == order_id
    newest, count = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(journal.c.seq), 0), sa.func.count()).where(of_order)
    ).one()
    mark, key = (int(newest), int(count)), (order_id, started_at)
    kept = _read.pop(key, None)
    if kept is None or kept[0] != mark:
        query = (
            sa.select(
                journal.c.seq, journal.c.step_key, journal.c.kind, journal.c.attempt, journal.c.event, journal.c.at,
                journal.c.result, journal.c.note,
            )
            .where(of_order)
            .order_by(journal.c.seq)
        )  # fmt: skip
        rows = rows_of(connection, query)
        # A row may have come between the two queries: then the mark is of what was read.
        kept = ((rows[-1]["seq"] if rows else 0, len(rows)), rows)
    if len(_read) >= _MOST_READ:
        _read.pop(next(iter(_read), key), None)
    _read[key] = kept
    return kept[1]


_known: dict[tuple[str, datetime], Planned] = {}
"""A plan may have a thousand steps, and only their summaries are shown: those of the last few plans are kept. A plan is
replaced only together with the instant at which its export began."""
_MOST_KNOWN = 64


def _planned(connection: Connection, order_id: str, started_at: datetime) -> Planned:
    found = _known.get((order_id, started_at))
    if found is None:
        text = connection.scalar(sa.select(export.c.plan).where(export.c.order_id == order_id))
        found = tuple(
            (s["key"], s["kind"], s["summary"]) for s in json.loads(text or '{"steps": []}')["steps"]
        )
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[order_id, started_at] = found
    return found
