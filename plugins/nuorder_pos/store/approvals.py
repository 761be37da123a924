"""Recorded decisions and the verdicts on them. Both are append-only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.decisions import Recorded
from nuorder_pos.store.engine import database_now, insert_once, reading, rows_of, writing
from nuorder_pos.store.tables import approval, approval_verdict, match_report, nuorder_order


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody had before them who decides: an order, the report in force, the newest decision (0: none)."""

    order_id: str
    report_hash: str
    approval_id: int


class Moved(Exception):
    """The order has another report by now, or somebody decided on it meanwhile; nothing was recorded."""


def record(
    engine: Engine, report_hash: str, decision: str, *, shop: str = "", decided_by: str, lines: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None, comment: str = "", seen: Seen | None = None,
) -> int:  # fmt: skip
    """Record a decision; gives its id. Whether it counts is judged where it is read.

    With ``seen`` it is recorded only while that is still how things stand; ``Moved`` where it is not.
    """
    with writing(engine) as connection:
        if seen is not None and not _still_so(connection, seen):
            raise Moved
        done = connection.execute(
            sa.insert(approval)
            .values(
                report_hash=report_hash, decision=decision, shop=shop, decided_by=decided_by,
                lines=json.dumps(dict(lines or {})), answers=json.dumps(dict(answers or {})), comment=comment,
                decided_at=database_now(connection),
            )
            .returning(approval.c.approval_id)
        )  # fmt: skip
        return int(done.scalar_one())


def _still_so(connection: Connection, seen: Seen) -> bool:
    # The order's row is locked, so that of two who decide at once the second one looks after the first has written.
    current = connection.scalar(
        sa.select(nuorder_order.c.report_hash)
        .where(nuorder_order.c.order_id == seen.order_id)
        .with_for_update()
    )
    return current == seen.report_hash and _newest(connection, seen.order_id) == seen.approval_id


def newest(engine: Engine, order_id: str) -> int:
    """The id of the newest decision on any report of an order, whether it counts or not; 0 where there is none."""
    with reading(engine) as connection:
        return _newest(connection, order_id)


def _newest(connection: Connection, order_id: str) -> int:
    query = (
        sa.select(sa.func.max(approval.c.approval_id))
        .join(match_report, match_report.c.report_hash == approval.c.report_hash)
        .where(match_report.c.order_id == order_id)
    )
    return connection.scalar(query) or 0


def unjudged(engine: Engine, order_id: str) -> Sequence[Recorded]:
    """Decisions on any report of an order that nobody has judged yet, oldest first."""
    query = (
        sa.select(approval)
        .join(match_report, match_report.c.report_hash == approval.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(match_report.c.order_id == order_id, approval_verdict.c.approval_id.is_(None))
        .order_by(approval.c.approval_id)
    )
    with reading(engine) as connection:
        return [_recorded(row) for row in rows_of(connection, query)]


def orphans(engine: Engine) -> Sequence[Recorded]:
    """Decisions on a hash that no report has, not judged yet."""
    query = (
        sa.select(approval)
        .outerjoin(match_report, match_report.c.report_hash == approval.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(match_report.c.report_hash.is_(None), approval_verdict.c.approval_id.is_(None))
    )
    with reading(engine) as connection:
        return [_recorded(row) for row in rows_of(connection, query)]


def get(engine: Engine, approval_id: int) -> Recorded:
    """One recorded decision."""
    with reading(engine) as connection:
        (row,) = rows_of(connection, sa.select(approval).where(approval.c.approval_id == approval_id))
    return _recorded(row)


def give_verdict(
    connection: Connection, approval_id: int, order_id: str | None, counts: bool, reason: str
) -> None:
    """Write down whether a decision counts. The first verdict stands."""
    insert_once(
        connection,
        approval_verdict,
        {
            "approval_id": approval_id, "order_id": order_id, "counts": counts, "reason": reason,
            "judged_at": database_now(connection),
        },
    )  # fmt: skip


def standing(engine: Engine, order_id: str) -> int | None:
    """The newest decision on an order that counts."""
    query = (
        sa.select(approval_verdict.c.approval_id)
        .where(approval_verdict.c.order_id == order_id, approval_verdict.c.counts.is_(True))
        .order_by(approval_verdict.c.approval_id.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        return connection.scalar(query)


def history(engine: Engine, order_id: str) -> list[dict[str, Any]]:
    """Every decision on an order with its verdict, oldest first."""
    query = (
        sa.select(
            approval, approval_verdict.c.counts, approval_verdict.c.reason, approval_verdict.c.judged_at
        )
        .join(match_report, match_report.c.report_hash == approval.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(match_report.c.order_id == order_id)
        .order_by(approval.c.approval_id)
    )
    with reading(engine) as connection:
        return rows_of(connection, query)


def _recorded(row: Mapping[str, Any]) -> Recorded:
    def text(name: str) -> str:
        return str(row[name]).strip() if row[name] is not None else ""

    return Recorded(
        row["approval_id"], text("report_hash"), text("decision"), text("shop"), text("decided_by"), text("lines"),
        text("answers"), text("comment"), row["decided_at"],
    )  # fmt: skip
