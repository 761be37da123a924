"""What a merchant calls things: statuses, states and steps in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXPORT_STATUS = {"not_exported": "Not exported", "in_progress": "Export in progress", "exported": "Exported"}

STATE = {
    "discovered": "found, the match report is not made yet",
    "awaiting_approval": "waits for approval",
    "approved": "approved, waits for its export",
    "rejected": "rejected",
    "expired": "expired without a decision",
    "superseded": "changed after it was approved, waits for approval again",
    "cancelled": "cancelled in NuORDER",
    "failed": "failed, nothing was sent",
    "exporting": "is being exported",
    "held": "held: part of it is in the POS, do not export it by hand",
    "exported": "exported",
    "exported_elsewhere": "exported by hand or by another program",
}

LINE_STATUS = {"confirmed": "Confirmed", "upc_match": "UPC match", "new_item": "New item"}

DECISION = {"approve": "Approved", "reject": "Rejected"}

VERB = {"create": "create ", "add": "add ", "place": "set ", "write": "write ", "remove": ""}
"""Kinds of steps begin with one of these; a step's summary names what it is about."""

STEP_STATE = {
    "waiting": "waits",
    "under_way": "under way",
    "done": "done",
    "left_out": "left out",
    "unknown": "answer lost, is looked for",
    "refused": "refused by the POS",
    "absent": "not in the POS, is sent again",
    "stopped": "differs from the plan",
}


def export_status(row: Mapping[str, Any]) -> str:
    """The merchant's word for the export status."""
    return word(EXPORT_STATUS, row.get("export_status"))


def state(name: object) -> str:
    """The state in words."""
    return word(STATE, name)


def word(words: Mapping[str, str], name: object) -> str:
    """The word for a name; an unknown name is shown as it is, without underscores."""
    text = "" if name is None else str(name)
    return words.get(text, text.replace("_", " "))


def said_once(name: object, reason: object) -> str:
    """State and reason together, without saying the same twice."""
    told = str(reason or "").strip()
    if name in (None, "", "exported") or (name == "cancelled" and told):
        return told
    shown = state(name)
    first = shown.split()[0].strip(",:").casefold()
    return told if told.casefold().startswith(first) else ": ".join(part for part in (shown, told) if part)


def step(kind: object, summary: object) -> str:
    """What a step does: ``create item Ridge Jacket Black M``."""
    verb, what = str(kind or "").partition("_")[0], str(summary or "")
    return VERB.get(verb, "") + what if what else str(kind or "").replace("_", " ")
