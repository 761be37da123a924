"""What happened on an order between the making of a page and what its form sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nuorder_pos.domain.decisions import APPROVE, REJECT, Given

History = Sequence[Mapping[str, Any]]
WORDS = {"approve": APPROVE, "reject": REJECT}
"""By action of the page, how a decision of that kind is spelt in the database."""


def since(row: Mapping[str, Any], history: History, report_hash: str, seen: int) -> str:
    """In a sentence, what somebody who decides has not seen yet; empty where the page is up to date.

    ``report_hash`` and ``seen`` (the newest decision, 0 for none) are what the page was made of.
    """
    if row["report_hash"] != report_hash:
        return "The order or its match changed since this page was made: look at what changed, then decide."
    last = history[-1] if history else None
    if last is None or last["approval_id"] == seen:
        return ""
    word = "approved" if _is(last, "approve") else "rejected"
    return (
        f"{last['decided_by']} {word} this order at {last['decided_at']:%H:%M} UTC, after this page was made: look at"
        " that decision, then decide again if it has to change."
    )


def recorded_already(
    history: History, action: str, given: Given, by: str, reason: str, *, report_hash: str | None
) -> bool:
    """Whether the form was sent twice: the decision right after what the page showed is this login's own, says the same,
    and is still the newest."""
    if not history or action not in WORDS or given.report_hash != report_hash:
        return False
    last, before = history[-1], history[-2]["approval_id"] if len(history) > 1 else 0
    if before != given.seen or not is_own(history, action, by, report_hash=report_hash):
        return False
    if action == "reject":
        return bool(last["comment"] == reason.strip())
    return (last["shop"] or "", last["comment"] or "", _texts(last["lines"]), _texts(last["answers"])) == (
        given.shop, given.comment, dict(given.lines), dict(given.answers),
    )  # fmt: skip


def is_own(history: History, action: str, by: str, *, report_hash: str | None) -> bool:
    """Whether the newest decision is this login's, of this kind, on this report, and was not found not to count."""
    if not history or action not in WORDS:
        return False
    last = history[-1]
    return (
        _is(last, action)
        and last["decided_by"] == by.strip()
        and last["report_hash"] == report_hash
        and last["counts"] is not False
    )


def _is(entry: Mapping[str, Any], action: str) -> bool:
    return str(entry["decision"] or "").strip().casefold() in WORDS[action]


def _texts(text: str | None) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return None
