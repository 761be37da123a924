"""While an order waits: judge what was decided, match it again when due, expire it. One look does all of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from nuorder_pos.domain.lifecycle import CLOSED, EXPORTED, IN_PROGRESS, WAITING, State
from nuorder_pos.pipeline.judging import judge_decisions
from nuorder_pos.pipeline.report import make_report
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import orders
from nuorder_pos.store.engine import Engine

MATCH_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: go on waiting, go (approved), or closed; ``reason`` in words."""

    kind: Literal["wait", "go", "closed"]
    reason: str = ""


def needs_attention(engine: Engine, order_ids: Collection[str], now: datetime) -> set[str]:
    """Which of the waiting orders need a look. One query for all of them."""
    return orders.attention(engine, order_ids, now - MATCH_AGAIN_AFTER)


def look(work: Work, order_id: str) -> Look:
    """Look at a waiting order once."""
    row = orders.get(work.engine, order_id)
    if row is None:
        return Look("closed", "the order is not in the project's database any more")
    judge_decisions(work, order_id)
    row = orders.get(work.engine, order_id) or row
    if row["state"] in IN_PROGRESS:
        return Look("go", "its export has begun")
    if row["state"] in EXPORTED:
        return Look("closed", "it is exported")
    due = row["matched_at"] is None or work.clock() - row["matched_at"] > MATCH_AGAIN_AFTER
    if row["rematch_asked_at"] is not None or (due and row["state"] not in CLOSED):
        make_report(work, order_id)
    row = orders.get(work.engine, order_id)
    if row is None:
        return Look("closed", "the order is not in the project's database any more")
    state = State(row["state"])
    if state is State.APPROVED:
        return Look("go", row["reason"])
    if state in CLOSED:
        return Look("closed", row["reason"] or state.value)
    if row["expires_at"] is not None and row["expires_at"] < work.clock():
        reason = f"Nobody decided within {work.account.decision_days} days."
        if orders.change_state(work.engine, order_id, State.EXPIRED, reason, unless=_not_waiting()):
            return Look("closed", reason)
    return Look("wait", row["reason"])


def _not_waiting() -> set[str]:
    return {state.value for state in State if state not in WAITING}
