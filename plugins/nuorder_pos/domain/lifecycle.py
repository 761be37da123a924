"""The life of an order as one table: its states, and what a merchant calls them."""

from __future__ import annotations

from enum import StrEnum


class ExportStatus(StrEnum):
    """The three words that a merchant knows."""

    NOT_EXPORTED = "not_exported"
    IN_PROGRESS = "in_progress"
    EXPORTED = "exported"


class State(StrEnum):
    """Where an order stands."""

    DISCOVERED = "discovered"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPORTING = "exporting"
    HELD = "held"
    EXPORTED = "exported"
    EXPORTED_ELSEWHERE = "exported_elsewhere"


IN_PROGRESS = frozenset({State.EXPORTING, State.HELD})
EXPORTED = frozenset({State.EXPORTED, State.EXPORTED_ELSEWHERE})
CLOSED = frozenset({State.REJECTED, State.EXPIRED, State.CANCELLED}) | EXPORTED
"""Nothing happens by itself any more; a person, or a change in NuORDER, may open the order again."""
WAITING = frozenset({State.AWAITING_APPROVAL, State.SUPERSEDED})
"""A report is there and the merchant's decision is not."""

FINAL_STATUSES = ("approved", "processed", "shipped")
"""NuORDER statuses of an order that the brand has finalized."""
CANCELLED_STATUS = "cancelled"


def export_status(state: str) -> ExportStatus:
    """The merchant's word for a state."""
    known = State(state)
    if known in IN_PROGRESS:
        return ExportStatus.IN_PROGRESS
    return ExportStatus.EXPORTED if known in EXPORTED else ExportStatus.NOT_EXPORTED
