"""Snapshots and match reports: written once, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.decisions import open_questions
from nuorder_pos.store.engine import database_now, insert_once, reading, writing
from nuorder_pos.store.tables import match_report, match_report_line, match_report_warning, snapshot


def add_snapshot(
    engine: Engine, order_id: str, body: Mapping[str, Any], body_hash: str, content_hash: str
) -> int:
    """Keep a snapshot; gives its id, also where the same one is there already."""
    with writing(engine) as connection:
        values = {
            "order_id": order_id,
            "body_hash": body_hash,
            "content_hash": content_hash,
            "body": json.dumps(body, default=str, ensure_ascii=False),
            "taken_at": database_now(connection),
        }
        insert_once(connection, snapshot, values)
        return int(
            connection.execute(
                sa.select(snapshot.c.snapshot_id).where(
                    snapshot.c.order_id == order_id, snapshot.c.body_hash == body_hash
                )
            ).scalar_one()
        )


def get_snapshot(engine: Engine, snapshot_id: int) -> dict[str, Any]:
    """A snapshot's body. Numbers come back as ``Decimal``."""
    with reading(engine) as connection:
        body = connection.execute(
            sa.select(snapshot.c.body).where(snapshot.c.snapshot_id == snapshot_id)
        ).scalar_one()
    found: dict[str, Any] = json.loads(body, parse_float=Decimal)
    return found


def add_report(
    connection: Connection,
    body: Mapping[str, Any],
    snapshot_id: int,
    carried: Mapping[str, Any],
    changes: list[str],
) -> bool:
    """Write a report with its lines and warnings; whether it was new. A report of the same hash is left as it is."""
    summary = body["summary"]
    new = insert_once(
        connection,
        match_report,
        {
            "report_hash": body["report_hash"],
            "order_id": body["order_id"],
            "snapshot_id": snapshot_id,
            "built_at": database_now(connection),
            "lines": summary["lines"],
            "units": summary["units"],
            "goods": Decimal(summary["goods"]),
            "confirmed": summary["confirmed"],
            "upc_match": summary["upc_match"],
            "new_item": summary["new_item"],
            "questions": summary["questions"],
            "open_questions": len(open_questions(body, carried.get("lines", {}), carried.get("answers", {}))),
            "body": json.dumps(body, ensure_ascii=False),
            "carried": json.dumps(carried),
            "changes": json.dumps(changes, ensure_ascii=False),
        },
    )
    if not new:
        return False
    connection.execute(
        sa.insert(match_report_line), [_line_row(body["report_hash"], line) for line in body["lines"]]
    )
    if warnings := _warning_rows(body):
        connection.execute(sa.insert(match_report_warning), warnings)
    return True


def _line_row(report_hash: str, line: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "line",
        "style_number",
        "color",
        "size",
        "name",
        "upc",
        "quantity",
        "units",
        "status",
        "item_id",
        "matrix",
    )
    return {
        "report_hash": report_hash,
        "unit_cost": Decimal(line["unit_cost"]),
        **{name: line[name] for name in names},
    }


def _warning_rows(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    def row(line: str | None, entry: Mapping[str, Any], question: bool) -> dict[str, Any]:
        return {
            "report_hash": body["report_hash"], "line": line, "code": entry["code"], "question": question,
            "text": entry["text"],
        }  # fmt: skip

    return [
        *(row(None, warning, False) for warning in body["warnings"]),
        *(row(line["line"], warning, False) for line in body["lines"] for warning in line["warnings"]),
        *(row(question["line"], question, True) for question in body["questions"]),
    ]


def get_report(engine: Engine, report_hash: str | None) -> dict[str, Any] | None:
    """The stored form of a report, with ``carried`` decisions, ``changes`` and when it was built."""
    if not report_hash:
        return None
    with reading(engine) as connection:
        row = (
            connection.execute(sa.select(match_report).where(match_report.c.report_hash == report_hash))
            .mappings()
            .one_or_none()
        )
    if row is None:
        return None
    return {
        **json.loads(row["body"]),
        "carried": json.loads(row["carried"]),
        "changes": json.loads(row["changes"]),
        "built_at": row["built_at"].isoformat(),
        "snapshot_id": row["snapshot_id"],
    }
