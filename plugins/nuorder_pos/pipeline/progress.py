"""An export as somebody follows it who has its page open: where it stands, step by step, and whether to go on looking."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nuorder_pos.domain.decisions import APPROVE
from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, WAITING, State, export_status
from nuorder_pos.errors import Permanent
from nuorder_pos.pipeline.orders import reason_of
from nuorder_pos.pipeline.read import what_next
from nuorder_pos.pipeline.steps import NOT_TO_BE_HAD
from nuorder_pos.pipeline.surplus import words_of as surplus_words
from nuorder_pos.store import journal
from nuorder_pos.store import progress as store
from nuorder_pos.store.engine import Engine
from nuorder_pos.store.progress import Followed

READ_BACK = "read_back"
"""Key and kind of the last thing an export does: it is no write, and the order is not exported before it."""
OFTEN, SELDOM = 3, 15
"""Seconds until it is worth looking again: while something happens, and while the next run is waited for."""
WAITS, UNDER_WAY, DONE, LEFT_OUT = "waiting", "under_way", "done", "left_out"
UNKNOWN, REFUSED, ABSENT, STOPPED = "unknown", "refused", "absent", "stopped"
_BY_EVENT = {
    journal.BEGUN: UNDER_WAY,
    journal.DONE: DONE,
    journal.REFUSED: REFUSED,
    journal.UNKNOWN: UNKNOWN,
    journal.ABSENT: ABSENT,
}


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a step stands by its journal rows; ``seq`` is its newest row's."""

    kind: str
    state: str
    seq: int
    at: datetime
    attempts: int
    result: str | None
    note: str


def progress(engine: Engine, order_id: str, *, after: int = 0) -> dict[str, Any]:
    """Where the order and its export stand. Instants are ISO text.

    ``steps`` are all of them, or with ``after`` (a ``seq`` that an earlier call gave) those that moved since. ``plan``
    changes when the export was planned anew: then all are asked for once more.
    """
    found = store.follow(engine, order_id)
    if found is None:
        raise Permanent(f"No order {order_id!r} is known.")
    row, export = found.order, found.export
    steps = _steps(found)
    done = sum(step["state"] in (DONE, LEFT_OUT) for step in steps)
    pending = _pending(found)
    again = export["look_again_at"] if export else None
    every = _look_again_in(row, pending)
    return {
        "order_id": row["order_id"],
        "order_number": row["order_number"],
        "brand": row["brand"],
        "account": row["account"],
        "report_hash": row["report_hash"],
        "export_status": export_status(row["state"]).value,
        "state": row["state"],
        "headline": _headline(row, steps, done, pending),
        "reason": str(row["reason"]) if row["state"] == State.HELD else reason_of(row),
        "next": _pending_next(pending) if pending else what_next(row, again),
        "pending": pending,
        "steps": [step for step in steps if after == 0 or step["seq"] > after or _unsettled(step)],
        "done": done,
        "total": len(steps),
        "seq": max((step["seq"] for step in steps), default=0),
        "plan": _text(export["started_at"]) if export and steps else None,
        "started_at": _text(export["started_at"]) if export and steps else None,
        "finished_at": _text(export["finished_at"]) if export and steps else None,
        "po_id": row["po_id"],
        "po_url": row["po_url"],
        "not_written": json.loads(export["not_written"]) if export and export["not_written"] else {},
        "finished": every is None,
        "again_in": every,
    }


def _steps(found: Followed) -> list[dict[str, Any]]:
    row, export = found.order, found.export
    if export is None or not _belongs(row, export):
        return []
    stands = _stands(found.journal, running=row["state"] != State.HELD)
    words = {key: summary for key, _, summary in found.planned}
    kinds = {key: kind for key, kind, _ in found.planned}
    extra = [key for key in stands if key not in words and _is_extra(key)]
    steps = []
    for number, key in enumerate([*words, *extra], start=1):
        stand = stands.get(key)
        steps.append(
            {
                "number": number,
                "key": key,
                "kind": kinds.get(key) or (stand.kind if stand else ""),
                "summary": words.get(key) or surplus_words(key) or "notes as stock instructions",
                "state": stand.state if stand else WAITS,
                "at": _text(stand.at) if stand else None,
                "pos_id": stand.result if stand and stand.state == DONE else None,
                "attempts": stand.attempts if stand else 0,
                "note": stand.note if stand else "",
                "seq": stand.seq if stand else 0,
            }
        )
    return [*steps, _read_back(row, export, steps)]


def _unsettled(step: Mapping[str, Any]) -> bool:
    """Whether a step may have moved without a new row in the journal."""
    return step["key"] == READ_BACK or step["state"] not in (WAITS, DONE, LEFT_OUT)


def _belongs(row: Mapping[str, Any], export: Mapping[str, Any]) -> bool:
    """Whether the plan tells anything of how the order stands now: not one that was refused and decided on anew."""
    if row["state"] in IN_PROGRESS | {State.EXPORTED}:
        return True
    return row["state"] in (State.APPROVED, State.FAILED) and export["report_hash"] == row["report_hash"]


def _is_extra(key: str) -> bool:
    """A step beside the plan. Other keys without a place in it are of a plan that was replaced."""
    return key == "notes" or bool(surplus_words(key))


def _stands(rows: Sequence[Mapping[str, Any]], *, running: bool) -> dict[str, _Stand]:
    found: dict[str, _Stand] = {}
    for row in rows:
        was = found.get(row["step_key"])
        attempts = max(row["attempt"], was.attempts if was else 0)
        if row["event"] == journal.SURPLUS or (was is not None and was.state in (DONE, LEFT_OUT)):
            continue  # what counts is done; late news of another attempt does not undo it
        state = _BY_EVENT.get(row["event"], UNKNOWN)
        if state == UNDER_WAY and not running:
            state = UNKNOWN
        if state == DONE and row["result"] == NOT_TO_BE_HAD:
            state = LEFT_OUT
        found[row["step_key"]] = _Stand(
            row["kind"], state, row["seq"], row["at"], attempts, row["result"], row["note"]
        )
    return found


def _read_back(
    row: Mapping[str, Any], export: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    state, at = WAITS, None
    written = all(step["state"] in (DONE, LEFT_OUT) for step in steps)
    if export["finished_at"] is not None:
        state, at = DONE, _text(export["finished_at"])
    elif written and row["state"] == State.EXPORTING:
        state = UNDER_WAY
    elif written and row["state"] == State.HELD:
        state = STOPPED
    return {
        "number": len(steps) + 1, "key": READ_BACK, "kind": READ_BACK,
        "summary": "read the purchase order back and compare it with the plan", "state": state, "at": at,
        "pos_id": None, "attempts": 0, "note": "",
        "seq": 0,
    }  # fmt: skip


def _pending(found: Followed) -> dict[str, Any] | None:
    recorded = found.unjudged
    if recorded is None or found.order["state"] in EXPORTED:
        return None
    approved = str(recorded["decision"] or "").strip().casefold() in APPROVE
    return {
        "decision": "approve" if approved else "reject",
        "decided_by": str(recorded["decided_by"] or ""),
        "decided_at": _text(recorded["decided_at"]),
    }


def _pending_next(pending: Mapping[str, Any]) -> str:
    what = "the export begins" if pending["decision"] == "approve" else "the order is closed"
    return (
        f"The run that waits for this order reads the decision within seconds, then {what}. Where no run waits for it,"
        " the next run does this."
    )


def _look_again_in(row: Mapping[str, Any], pending: Mapping[str, Any] | None) -> int | None:
    """Seconds until looking again may show something new; ``None`` where that takes a person first."""
    state = State(row["state"])
    if pending or state in (State.APPROVED, State.EXPORTING):
        return OFTEN
    if row["rematch_asked_at"] is not None:
        return SELDOM
    by_itself = state is State.DISCOVERED or (state in (State.FAILED, State.HELD) and row["retry"])
    return SELDOM if by_itself and not row["listed_only"] else None


def _headline(
    row: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], done: int, pending: Mapping[str, Any] | None
) -> str:
    state, po = State(row["state"]), f"purchase order #{row['po_id']}"
    if state is State.EXPORTED:
        return f"Exported as {po}."
    if state is State.EXPORTED_ELSEWHERE:
        return f"The order is in the POS as {po}, which this export did not write."
    if pending:
        word = "approval" if pending["decision"] == "approve" else "rejection"
        return f"The {word} by {pending['decided_by']} is recorded."
    if state is State.APPROVED:
        return "The order is approved. Its export has not begun yet."
    if state is State.EXPORTING and steps:
        at = next((s for s in steps if s["state"] not in (DONE, LEFT_OUT)), steps[-1])
        if at["key"] == READ_BACK:
            return "Everything is written. The purchase order is read back and compared with the plan."
        return f"Step {at['number']} of {len(steps)}: {at['summary']}."
    if state is State.HELD:
        return (
            f"The export stands still; {done} of {len(steps)} steps are done."
            if steps
            else "The export stands still."
        )
    if state is State.FAILED:
        return "The order did not get into the POS: nothing of it is there."
    if state in WAITING:
        return "The order waits for a decision."
    return {
        State.REJECTED: "The order is rejected.",
        State.CANCELLED: "The order is cancelled in NuORDER.",
        State.EXPIRED: "Nobody decided on the order in time.",
        State.DISCOVERED: "The order was found, and its match report is not made yet.",
    }.get(state, "The order is being exported.")


def _text(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None
