"""Reports and journals as people and scripts read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.plan import Ref
from nuorder_pos.domain.plan_data import plan_from_data, resolve
from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline.orders import NOT_BY_HAND, entry, reason_of, row_of
from nuorder_pos.pipeline.surplus import words_of as surplus_words
from nuorder_pos.store import approvals, exports, journal, orders, reports
from nuorder_pos.store.engine import Engine, reading

NEXT = {
    State.DISCOVERED: "The next run matches it and writes its report.",
    State.AWAITING_APPROVAL: "It waits for a decision: approve or reject it.",
    State.SUPERSEDED: "It changed after it was approved; it waits for a new decision.",
    State.APPROVED: "Its run exports it now, or the next run does.",
    State.REJECTED: "Nothing, until somebody approves it, asks for a new match, or the brand changes it.",
    State.EXPIRED: "Nothing, until somebody approves it or asks for a new match.",
    State.CANCELLED: "Nothing: it is cancelled in NuORDER.",
    State.EXPORTING: "Its run goes on; if that died, the next run goes on from the last step in the journal.",
    State.EXPORTED: "Nothing: it is exported, read back and compared.",
    State.EXPORTED_ELSEWHERE: "Nothing: it was in the POS already.",
}


def report(engine: Engine, order_id: str) -> dict[str, Any]:
    """The current report of an order, with its decisions. ``NeedsMerchant`` where there is none yet."""
    row = row_of(engine, order_id)
    found = reports.get_report(engine, row["report_hash"])
    if found is None:
        raise NeedsMerchant(
            f"Order {row['order_number']} has no match report yet"
            + (f": {row['reason']}" if row["reason"] else ".")
        )
    export = exports.get(engine, order_id)
    head = entry(row)
    decisions = [
        {
            "decision": d["decision"], "decided_by": d["decided_by"], "decided_at": d["decided_at"].isoformat(),
            "shop": d["shop"], "comment": d["comment"], "counts": d["counts"], "reason": d["reason"],
            "current": d["report_hash"] == row["report_hash"],
        }
        for d in approvals.history(engine, order_id)
    ]  # fmt: skip
    shop = next(
        (d["shop"] for d in reversed(decisions) if d["shop"] and d["current"] and d["counts"] is not False),
        None,
    )
    return {
        **found,
        "export_status": head["export_status"],
        "state": head["state"],
        "reason": head["reason"],
        "po_id": head["po_id"],
        "po_url": head["po_url"],
        "shop": shop,
        "decisions": decisions,
        "not_written": json.loads(export["not_written"]) if export else {},
        "expires_at": row["expires_at"].isoformat() if row["expires_at"] else None,
    }


def runbook(engine: Engine, order_id: str) -> dict[str, Any]:
    """The journal of an export, step by step, and what happens next."""
    row = row_of(engine, order_id)
    export = exports.get(engine, order_id)
    again = export["look_again_at"] if export else None
    planned = {s["key"]: s["summary"] for s in json.loads(export["plan"])["steps"]} if export else {}
    steps = [_step(found, planned) for found in journal.entries(engine, order_id)]
    done = {s["step"] for s in steps if s["event"] == journal.DONE}
    return {
        "order": entry(row),
        "state": row["state"],
        "reason": reason_of(row),
        "steps": steps,
        "steps_planned": len(planned),
        "steps_done": len(done & planned.keys()),
        "history": [
            {"at": e["at"].isoformat(), "state": e["state"], "reason": e["reason"]}
            for e in orders.events(engine, order_id)
        ],
        "look_again_at": again.isoformat() if again else None,
        "next": what_next(row, again),
    }


def items_written(engine: Engine, order_id: str) -> dict[str, str]:
    """The POS item of each report line whose export has begun, as far as its item is there: line -> item id."""
    export = exports.get(engine, order_id)
    if export is None:
        return {}
    with reading(engine) as connection:
        states = journal.states(connection, order_id)
    results = {key: state.result for key, state in states.items() if state.result is not None}
    used = plan_from_data(json.loads(export["plan"])).used_items
    # An item that is a reference to a step which gave nothing yet is not there yet.
    there = (one for one in used if not isinstance(one.item, Ref) or one.item.step in results)
    return {one.line: str(resolve(one.item, results)) for one in there}


def _step(found: Mapping[str, Any], planned: Mapping[str, str]) -> dict[str, Any]:
    return {
        "seq": found["seq"], "step": found["step_key"],
        "summary": planned.get(found["step_key"]) or surplus_words(found["step_key"]) or found["step_key"],
        "kind": found["kind"], "attempt": found["attempt"], "event": found["event"], "at": found["at"].isoformat(),
        "holder": found["holder"], "token": found["token"], "result": found["result"],
        "drips": None if found["drips"] is None else plain(found["drips"]), "note": found["note"],
    }  # fmt: skip


def what_next(row: Mapping[str, Any], look_again_at: datetime | None) -> str:
    """What happens with the order next, in a sentence. ``look_again_at`` is its export's."""
    state = State(row["state"])
    if state is State.EXPORTED and look_again_at is not None:
        return (
            f"It is exported, read back and compared. A write of it was sent twice, so the first run after"
            f" {look_again_at:%Y-%m-%d %H:%M} UTC looks once more for what the POS may have applied late."
        )
    if row["listed_only"]:
        return "Nothing: it is older than the brand's since date, and taken only when a run names it."
    if state in (State.FAILED, State.HELD):
        ways = (
            "ask for it (Try again on its page, or `nuorder-pos rematch`)"
            if state is State.HELD
            else "approve it again or ask (Try again on its page, or `nuorder-pos rematch`)"
        )
        again = (
            "The next run tries again by itself."
            if row["retry"]
            else f"It is tried again once a day, and at the next run when you {ways}."
        )
        return f"{again} {NOT_BY_HAND}" if state is State.HELD else again
    return NEXT[state]
