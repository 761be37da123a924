"""Judge recorded decisions: every way of recording one obeys the rules because they are applied here, where it is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from nuorder_pos.domain.decisions import (
    REJECT,
    Decision,
    Recorded,
    Verdict,
    choose_shop,
    items_to_look_up,
    judge,
)
from nuorder_pos.domain.lifecycle import EXPORTED, State
from nuorder_pos.pipeline import gather
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import approvals, exports, journal, orders, reports
from nuorder_pos.store.engine import database_now, reading, writing

_log = logging.getLogger(__name__)

LOOK_AGAIN_AFTER = timedelta(minutes=15)
"""When an order of which a write may have been applied late is looked at once more: far beyond any waiting time."""


def judge_decisions(work: Work, order_id: str) -> None:
    """Judge every decision on an order that nobody has judged yet. The newest one that counts decides."""
    for recorded in approvals.unjudged(work.engine, order_id):
        row = orders.get(work.engine, order_id)
        if row is not None and _under_way(work, row):
            continue  # what a request that may still be under way makes has to be known first
        too_late = "the order is not known any more" if row is None else _too_late(work, row, recorded)
        verdict = Verdict(None, too_late) if too_late else verdict_on(work, order_id, recorded)
        _settle(work, order_id, recorded, verdict)


def _under_way(work: Work, row: Mapping[str, Any]) -> bool:
    """Whether a write of a held export was sent, how it ended is not known, and it may still be applied."""
    if row["state"] != State.HELD:
        return False
    with reading(work.engine) as connection:
        found = journal.states(connection, row["order_id"]).values()
        latest = database_now(connection) - timedelta(seconds=work.account.waiting_time)
    return any(state.open_since is not None and state.open_since > latest for state in found)


def _too_late(work: Work, row: Mapping[str, Any], recorded: Recorded) -> str:
    """Why a decision cannot count any more, or ``""``.

    A held export may be given up, by a rejection, once no purchase order of it is in the POS; it is not begun again.
    """
    if row["state"] in EXPORTED or row["state"] == State.EXPORTING:
        return "the export had begun or was done when it was read"
    with reading(work.engine) as connection:
        if not journal.anything_sent(connection, row["order_id"]):
            return ""
    if row["state"] != State.HELD:
        return "its export was given up after it had begun: enter the order in the POS by hand"
    if recorded.decision.casefold() not in REJECT:
        return "the export had begun when it was read"
    live = [po for po in work.pos.purchase_orders(ref_num=row["order_id"]) if not po.archived]
    if live:
        return f"purchase order #{live[0].order_id} is in the POS: archive it there first, then reject"
    return ""


def verdict_on(work: Work, order_id: str, recorded: Recorded) -> Verdict:
    """Judge one decision against the order's current report, shops and items."""
    row = orders.get(work.engine, order_id)
    assert row is not None
    report = reports.get_report(work.engine, recorded.report_hash)
    brand = work.brand_of(row)
    shops = gather.shops(work)
    if isinstance(choose_shop(recorded.shop or brand.shop or "", shops), str):
        shops = gather.shops(work, fresh=True)
    asked = items_to_look_up(recorded, report) if report is not None else set()
    return judge(
        recorded, report, row["report_hash"] or "", shops=shops, default_shop=brand.shop or "",
        live_items=gather.live_items(work, asked),
    )  # fmt: skip


def _settle(work: Work, order_id: str, recorded: Recorded, verdict: Verdict) -> None:
    decision, why_not = verdict.decision, one_line(verdict.reason)
    with writing(work.engine) as connection:
        approvals.give_verdict(connection, recorded.approval_id, order_id, decision is not None, why_not)
        if decision is None:
            _log.warning(
                "decision %s on order %s does not count: %s", recorded.approval_id, order_id, why_not
            )
            orders.change_in(connection, order_id, reason=f"A decision does not count: {why_not}.")
            return
        state = State.APPROVED if decision.approved else State.REJECTED
        by = one_line(decision.decided_by, 100)
        reason = (
            f"Approved by {by}."
            if decision.approved
            else f"Rejected by {by}: {one_line(decision.comment) or 'no reason given'}"
        )
        orders.change_in(connection, order_id, state=state.value, reason=reason, retry=True)
        sent = journal.states(connection, order_id).get("po", journal.StepState())
        if state is State.REJECTED and sent.attempts > sent.refused:
            exports.look_again(connection, order_id, LOOK_AGAIN_AFTER)


def one_line(said: str, longest: int = 500) -> str:
    """What somebody wrote, fit for a log: one line, nothing that steers a terminal, not without end."""
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def standing_decision(work: Work, order_id: str) -> tuple[int, Decision] | None:
    """The approval that an export rests on, read again under the rules."""
    approval_id = approvals.standing(work.engine, order_id)
    if approval_id is None:
        return None
    recorded = approvals.get(work.engine, approval_id)
    row = orders.get(work.engine, order_id)
    assert row is not None
    report = reports.get_report(work.engine, recorded.report_hash)
    brand = work.brand_of(row)
    verdict = judge(
        recorded, report, recorded.report_hash, shops=gather.shops(work), default_shop=brand.shop or "",
        live_items=items_to_look_up(recorded, report) if report else (),
    )  # fmt: skip
    if verdict.decision is None or not verdict.decision.approved:
        return None
    return approval_id, verdict.decision
