"""The life of an order as a merchant calls it."""

from __future__ import annotations

import pytest

from nuorder_pos.domain.lifecycle import (
    CLOSED,
    EXPORTED,
    IN_PROGRESS,
    WAITING,
    ExportStatus,
    State,
    export_status,
)
from nuorder_pos.domain.pos import PurchaseOrder

WORDS = {
    "not_exported": "discovered awaiting_approval approved rejected expired superseded cancelled failed",
    "in_progress": "exporting held",
    "exported": "exported exported_elsewhere",
}
PAIRS = [(state, word) for word, states in WORDS.items() for state in states.split()]


@pytest.mark.parametrize("state, word", PAIRS)
def test_a_state_stands_behind_one_export_status(state: str, word: str) -> None:
    assert export_status(state) == word


def test_every_state_and_every_word_is_in_the_table() -> None:
    assert {state for state, _ in PAIRS} == {state.value for state in State}
    assert {word for _, word in PAIRS} == {word.value for word in ExportStatus}


def test_waiting_closed_and_in_progress_exclude_each_other() -> None:
    assert not WAITING & CLOSED
    assert not WAITING & IN_PROGRESS
    assert not CLOSED & IN_PROGRESS
    assert EXPORTED < CLOSED


@pytest.mark.parametrize(
    "fields, status",
    [
        ({}, "Open"),
        ({"ordered": 1}, "Ordered"),
        ({"ordered": 1, "received": 1}, "Check-In"),
        ({"complete": True}, "Finished"),
    ],
)
def test_the_status_of_a_purchase_order_follows_from_its_dates(
    fields: dict[str, object], status: str
) -> None:
    assert PurchaseOrder("1", **fields).status == status  # type: ignore[arg-type]
