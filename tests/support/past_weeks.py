"""Made-up weeks of the past, for the pictures of the page "Match quality".

Nothing here was matched or exported by anybody: the rows are generated, straight into the desk's own database. They are
for looking at and must never stand behind a test of figures or behind a figure in the documentation.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from support.rows import add_order

from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.tables import export, journal, match_report, match_report_warning

LOST = {"missing_upc": 0.05, "invalid_upc": 0.02, "duplicate_upc": 0.03, "archived_upc": 0.015}
"""How often a variant loses its match, and by what."""


def generate(engine: Engine, brands: list[str], weeks: int = 10) -> None:
    """Orders of these brands, some of them in each week, matched better and better; the same at every call."""
    dice = random.Random(4)
    today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    number = 0
    for week in range(weeks, 0, -1):
        for place, brand in enumerate(brands):
            if place == 3 and week > 6:
                continue  # a brand that came later
            for _ in range(dice.randint(1, 4)):
                number += 1
                at = today - timedelta(days=7 * week - dice.randint(0, 4), minutes=dice.randint(0, 500))
                known = min(0.95, 0.55 + 0.03 * (weeks - week) + 0.08 * place + dice.uniform(-0.08, 0.08))
                _order(engine, dice, f"{90000 + number}", brand, at, known)


def _order(engine: Engine, dice: random.Random, number: str, brand: str, at: datetime, known: float) -> None:
    lines = dice.randint(12, 60)
    confirmed = int(lines * known * 0.6)
    upc_match = int(lines * known) - confirmed
    new = lines - confirmed - upc_match
    order_id, report_hash = f"past{number}".ljust(24, "0"), number.rjust(64, "9")
    done = at + timedelta(hours=dice.choice((2, 3, 5, 8, 20, 26, 49)), minutes=dice.randint(0, 59))
    add_order(
        engine, order_id, order_number=number, brand=brand, state="exported", report_hash=report_hash,
        first_seen_at=at, read_at=at, created_on=at, po_id=number,
    )  # fmt: skip
    with writing(engine) as connection:
        connection.execute(
            sa.insert(match_report).values(
                report_hash=report_hash, order_id=order_id, snapshot_id=1, built_at=at, lines=lines, units=lines,
                goods=Decimal(1), confirmed=confirmed, upc_match=upc_match, new_item=new, questions=0, body="{}",
            )
        )  # fmt: skip
        lost = [
            {"report_hash": report_hash, "line": str(line), "code": code, "question": False, "text": "-"}
            for line in range(1, lines + 1)
            for code, share in LOST.items()
            if dice.random() < share
        ]
        if lost:
            connection.execute(sa.insert(match_report_warning), lost)
        connection.execute(
            sa.insert(export).values(
                order_id=order_id, account_id="1", report_hash=report_hash, approval_id=1, snapshot_id=1, plan="{}",
                approved_at=done, started_at=done, first_write_at=done, finished_at=done,
            )
        )  # fmt: skip
        made = [
            {
                "order_id": order_id, "step_key": f"item:{item}", "kind": "create_item", "attempt": 1, "event": event,
                "at": done, "holder": "-", "token": 1, "result": f"{number}{item}" if event == "done" else None,
            }
            for item in range(new)
            for event in ("begun", "done")
        ]  # fmt: skip
        if made:
            connection.execute(sa.insert(journal), made)
