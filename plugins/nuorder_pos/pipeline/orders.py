"""Orders for people and for the shells: found by what somebody typed, listed, labelled, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.lifecycle import WAITING, ExportStatus, State, export_status
from nuorder_pos.domain.money import plain
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Permanent
from nuorder_pos.pipeline.work import RunRef, Work
from nuorder_pos.store import journal, orders
from nuorder_pos.store.engine import Engine, reading

NOT_BY_HAND = "Part of it is in the POS already: do not export it by hand."


def find(engine: Engine, wanted: str) -> str:
    """The ``_id`` of the order that somebody typed: an order number, ``brand/number``, or the ``_id``."""
    number, brand = wanted.strip(), None
    rows = orders.search(engine, number)
    if not rows and "/" in number:
        brand, _, number = number.rpartition("/")
        rows = orders.search(engine, number, brand)
    if not rows:
        raise Permanent(f"No order {wanted!r} is known; `nuorder-pos orders` lists those that are.")
    if len(rows) > 1:
        choices = ", ".join(f"{row['brand']}/{row['order_number']}" for row in rows)
        raise Permanent(f"Several orders have the number {number}: name one as {choices}.")
    return str(rows[0]["order_id"])


def row_of(engine: Engine, order_id: str) -> Mapping[str, Any]:
    """The order's row; ``Permanent`` where it is not known."""
    row = orders.get(engine, order_id)
    if row is None:
        raise Permanent(f"No order {order_id!r} is known.")
    return row


def account_of(engine: Engine, order_id: str) -> str:
    """The account (of the brands file) that the order belongs to."""
    return str(row_of(engine, order_id)["account"])


def label(engine: Engine, order_id: str) -> str:
    """``<brand> <order number>``."""
    row = row_of(engine, order_id)
    return f"{row['brand']} {row['order_number']}"


def po_url(engine: Engine, order_id: str) -> str | None:
    """The purchase order's page in the POS, once there is one."""
    url: str | None = row_of(engine, order_id)["po_url"]
    return url


def release(engine: Engine, order_id: str, run: RunRef) -> None:
    """End a run's claim on an order."""
    orders.release(engine, order_id, run.dag_id, run.run_id)


def failed(
    engine: Engine, order_id: str, reason: str, *, retry: bool = True, at: datetime | None = None
) -> None:
    """Write down why an order does not go on. Under which export status that shows depends on whether anything was sent.

    An order whose report waits for a decision keeps waiting through what may pass by itself.
    """
    keep = {
        s.value
        for s in (State.EXPORTED, State.EXPORTED_ELSEWHERE, State.CANCELLED, State.REJECTED, State.EXPIRED)
    }
    with reading(engine) as connection:
        sent = journal.anything_sent(connection, order_id)
    tried_at = at or datetime.now(UTC)
    if retry and not sent and row_of(engine, order_id)["state"] in WAITING:
        orders.change(engine, order_id, reason=reason, tried_at=tried_at)
        return
    state = State.HELD if sent else State.FAILED
    unless = keep | {State.SUPERSEDED.value}
    orders.change_state(engine, order_id, state, reason, unless=unless, retry=retry, tried_at=tried_at)


def note_error(work: Work, order_id: str, error: NuorderPosError) -> None:
    """``failed`` with the error's own sentence; what needs a person is not tried again by itself at once."""
    failed(work.engine, order_id, str(error), retry=not isinstance(error, NeedsMerchant), at=work.clock())


def reason_of(row: Mapping[str, Any]) -> str:
    """The reason as people read it."""
    reason = row["reason"]
    if export_status(row["state"]) is ExportStatus.IN_PROGRESS:
        return f"{reason} {NOT_BY_HAND}".strip()
    return str(reason)


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """One order as ``orders --json`` gives it."""
    total: Decimal | None = row["total"]
    return {
        "brand": row["brand"], "order_number": row["order_number"], "order_id": row["order_id"], "account": row["account"],
        "export_status": export_status(row["state"]).value, "state": row["state"], "reason": reason_of(row),
        "report_hash": row["report_hash"], "po_id": row["po_id"], "po_url": row["po_url"],
        "total": None if total is None else plain(total), "currency": row["currency"], "units": row["units"],
        "customer_po": row["customer_po"], "nuorder_status": row["nuorder_status"], "listed_only": row["listed_only"],
        "created_on": row["created_on"].isoformat() if row["created_on"] else None,
        "ship_start": row["ship_start"].isoformat() if row["ship_start"] else None,
        "ship_end": row["ship_end"].isoformat() if row["ship_end"] else None,
        "drips": plain(row["drips"]),
    }  # fmt: skip


def listing(engine: Engine, *, status: str | None = None, brand: str | None = None) -> list[dict[str, Any]]:
    """Orders; ``status`` is an export status or a state. Raises ``Permanent`` for a status that does not exist."""
    states: Sequence[str] = ()
    if status is not None:
        states = [s.value for s in State if s.value == status or export_status(s).value == status]
        if not states:
            allowed = ", ".join((*(s.value for s in ExportStatus), *(s.value for s in State)))
            raise Permanent(f"There is no status {status!r}; allowed are {allowed}.")
        if status in {s.value for s in ExportStatus}:
            states = [s.value for s in State if export_status(s).value == status]
    return [entry(row) for row in orders.listing(engine, states=states, brand_name=brand)]
