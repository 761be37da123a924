"""The journal of every export: append-only, committed before a write is sent and after its answer came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.store.engine import database_now, insert_once, reading, rows_of
from nuorder_pos.store.leases import Lease, LeaseLost, renew
from nuorder_pos.store.tables import journal

BEGUN, DONE, REFUSED, UNKNOWN = "begun", "done", "refused", "unknown"
"""Sent or about to be; applied, with its POS id; certainly not applied; nobody knows."""
ABSENT, SURPLUS = "absent", "surplus"
"""Not found when no request could be under way any more, so that it may be sent again; made beside the one that counts,
with its POS id."""


@dataclass(frozen=True, slots=True)
class StepState:
    """Where a step stands by its journal rows."""

    result: str | None = None
    attempts: int = 0
    open_since: datetime | None = None
    """When the last attempt began, if how it ended is not known."""
    given_up: int = 0
    """Attempts that were not found after waiting: should the POS apply one all the same, there is one too many."""
    refused: int = 0
    """Attempts that were certainly not applied."""
    inherited: int = 0
    """Of those given up, the ones of another order's export, whose creation this one took over."""
    surplus: tuple[str, ...] = ()
    """POS ids of records that this step made beside its result."""

    @property
    def done(self) -> bool:
        """Whether the step was applied."""
        return self.result is not None

    @property
    def doubtful(self) -> bool:
        """Whether there may be more than one record of this step in the POS."""
        return bool(self.given_up or self.surplus)

    @property
    def beside(self) -> int:
        """How many records there may be in the POS at most beside the one that counts."""
        sent = self.attempts - self.refused + self.inherited
        return max(0, sent - 1, len(self.surplus))


def states(connection: Connection, order_id: str) -> dict[str, StepState]:
    """The state of every step of an order that has journal rows, by step key."""
    found: dict[str, StepState] = {}
    rows = connection.execute(
        sa.select(journal).where(journal.c.order_id == order_id).order_by(journal.c.seq)
    )
    for row in rows:
        state = found.get(row.step_key, StepState())
        if row.event == BEGUN:
            state = replace(state, attempts=row.attempt, open_since=row.at)
        elif row.event == DONE:
            state = replace(state, result=row.result or "", open_since=None)
        elif row.event == SURPLUS:
            state = replace(state, surplus=(*state.surplus, row.result))
        elif row.event == ABSENT:
            inherited = state.inherited + (row.attempt == 0)
            state = replace(state, given_up=state.given_up + 1, inherited=inherited)
        elif row.event == REFUSED:
            state = replace(state, refused=state.refused + 1)
        if row.event in (REFUSED, ABSENT) and row.attempt == state.attempts:
            state = replace(state, open_since=None)
        found[row.step_key] = state
    return found


def anything_sent(connection: Connection, order_id: str) -> bool:
    """Whether something of an order's export is, or may be, in the POS: a step was done by it, or begun without an end."""
    found = states(connection, order_id).values()
    return any(state.open_since is not None or (state.done and state.attempts > 0) for state in found)


def begin(
    connection: Connection, held: Lease, order_id: str, step_key: str, kind: str, attempt: int
) -> datetime:
    """Check the fencing token and write down that a write is about to be sent, in one transaction; gives the instant."""
    renew(connection, held)
    return _append(connection, held, order_id, step_key, kind, attempt, BEGUN)


def finish(
    connection: Connection, held: Lease, order_id: str, step_key: str, kind: str, attempt: int, event: str,
    *, result: str | None = None, drips: Decimal | None = None, note: str = "",
) -> None:  # fmt: skip
    """Write down how an attempt ended. No check of the token: an answer that came is a fact whoever holds the lease."""
    _append(connection, held, order_id, step_key, kind, attempt, event, result=result, drips=drips, note=note)


def _append(
    connection: Connection,
    held: Lease,
    order_id: str,
    step_key: str,
    kind: str,
    attempt: int,
    event: str,
    **more: Any,
) -> datetime:
    at = database_now(connection)
    row = {
        "order_id": order_id, "step_key": step_key, "kind": kind, "attempt": attempt, "event": event,
        "at": at, "holder": held.holder, "token": held.token, **more,
    }  # fmt: skip
    if not insert_once(connection, journal, row):
        # One begun row for each attempt, one done row for each step: somebody else has written it.
        raise LeaseLost(f"Another process has taken {step_key} of order {order_id} on; this one stops.")
    return at


def entries(engine: Engine, order_id: str) -> list[dict[str, Any]]:
    """All journal rows of an order, oldest first."""
    with reading(engine) as connection:
        query = sa.select(journal).where(journal.c.order_id == order_id).order_by(journal.c.seq)
        return rows_of(connection, query)
