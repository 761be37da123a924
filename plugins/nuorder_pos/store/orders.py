"""Orders as the project knows them: their state, their claim by a run, and what happened to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, WAITING, State
from nuorder_pos.store.engine import database_now, insert_once, reading, row_of, rows_of, writing
from nuorder_pos.store.tables import (
    approval,
    approval_verdict,
    brand,
    match_report,
    nuorder_order,
    order_event,
)

Row = dict[str, Any]


def get(engine: Engine, order_id: str) -> Row | None:
    """The row of one order."""
    with reading(engine) as connection:
        return row_of(connection, sa.select(nuorder_order).where(nuorder_order.c.order_id == order_id))


def search(engine: Engine, number: str, brand_name: str | None = None) -> Sequence[Row]:
    """Orders with this number, or this ``_id``."""
    condition = sa.or_(nuorder_order.c.order_number == number, nuorder_order.c.order_id == number)
    if brand_name is not None:
        condition = sa.and_(condition, sa.func.lower(nuorder_order.c.brand) == brand_name.lower())
    with reading(engine) as connection:
        return rows_of(connection, sa.select(nuorder_order).where(condition))


def listing(
    engine: Engine, *, states: Collection[str] = (), brand_name: str | None = None, account: str | None = None
) -> Sequence[Row]:
    """Orders, newest first; those that are only listed come last."""
    query = sa.select(nuorder_order)
    if states:
        query = query.where(nuorder_order.c.state.in_(states))
    if brand_name is not None:
        query = query.where(sa.func.lower(nuorder_order.c.brand) == brand_name.lower())
    if account is not None:
        query = query.where(nuorder_order.c.account == account)
    order = (nuorder_order.c.listed_only, nuorder_order.c.created_on.desc(), nuorder_order.c.order_id)
    with reading(engine) as connection:
        return rows_of(connection, query.order_by(*order))


def known_by_id(engine: Engine, order_ids: Collection[str]) -> dict[str, Row]:
    """The known ones among these ids."""
    found: dict[str, Row] = {}
    ids = list(order_ids)
    with reading(engine) as connection:
        for start in range(0, len(ids), 500):
            query = sa.select(nuorder_order).where(nuorder_order.c.order_id.in_(ids[start : start + 500]))
            found |= {row["order_id"]: row for row in rows_of(connection, query)}
    return found


def add(engine: Engine, values: Mapping[str, Any]) -> bool:
    """Add an order that was seen for the first time; whether it was new (over all accounts)."""
    with writing(engine) as connection:
        now = database_now(connection)
        if not insert_once(connection, nuorder_order, {"first_seen_at": now, "read_at": now, **values}):
            return False
        _event(connection, values["order_id"], values["state"], values.get("reason", ""), now)
        return True


def change(engine: Engine, order_id: str, **values: Any) -> None:
    """Change columns of an order. A new state is written to its history."""
    with writing(engine) as connection:
        change_in(connection, order_id, **values)


def change_in(connection: Connection, order_id: str, **values: Any) -> None:
    """``change`` within the caller's transaction."""
    row = connection.execute(
        sa.select(nuorder_order.c.state, nuorder_order.c.reason).where(nuorder_order.c.order_id == order_id)
    ).one()
    connection.execute(sa.update(nuorder_order).where(nuorder_order.c.order_id == order_id).values(**values))
    state, reason = values.get("state", row.state), values.get("reason", row.reason)
    if (state, reason) != (row.state, row.reason):
        _event(connection, order_id, state, reason, database_now(connection))


def note(connection: Connection, order_id: str, said: str) -> None:
    """Add a sentence to the history of an order, within the caller's transaction; its state stays."""
    state = connection.execute(
        sa.select(nuorder_order.c.state).where(nuorder_order.c.order_id == order_id)
    ).scalar_one()
    _event(connection, order_id, state, said, database_now(connection))


def change_state(
    engine: Engine,
    order_id: str,
    state: State,
    reason: str = "",
    *,
    unless: Collection[str] = (),
    **values: Any,
) -> bool:
    """Move an order to a state, unless it is in one of ``unless``; whether it was moved."""
    with writing(engine) as connection:
        row = connection.execute(
            sa.select(nuorder_order.c.state).where(nuorder_order.c.order_id == order_id).with_for_update()
        ).one()
        if row.state in unless:
            return False
        change_in(connection, order_id, state=state.value, reason=reason, **values)
        return True


def _event(connection: Connection, order_id: str, state: str, reason: str, at: datetime) -> None:
    connection.execute(sa.insert(order_event).values(order_id=order_id, at=at, state=state, reason=reason))


def events(engine: Engine, order_id: str) -> Sequence[Row]:
    """The history of an order, oldest first."""
    query = sa.select(order_event).where(order_event.c.order_id == order_id).order_by(order_event.c.event_id)
    with reading(engine) as connection:
        return rows_of(connection, query)


def claims(engine: Engine, account: str) -> Sequence[Row]:
    """Orders of an account that some run has claimed."""
    query = sa.select(nuorder_order).where(
        nuorder_order.c.account == account, nuorder_order.c.claim_run_id.is_not(None)
    )
    with reading(engine) as connection:
        return rows_of(connection, query)


def claim(
    engine: Engine, order_ids: Sequence[str], dag_id: str, run_id: str, freed: Mapping[str, str | None]
) -> list[str]:
    """Claim orders for a run, in this order; gives those that were claimed.

    ``freed`` names, for each order, the run whose claim was found dead (``None``: no claim). An order that another run
    claimed in the meantime is left to it.
    """
    got: list[str] = []
    with writing(engine) as connection:
        now = database_now(connection)
        for order_id in order_ids:
            was = freed.get(order_id)
            held = nuorder_order.c.claim_run_id
            still = held.is_(None) if was is None else sa.or_(held.is_(None), held == was)
            done = connection.execute(
                sa.update(nuorder_order)
                .where(nuorder_order.c.order_id == order_id, still)
                .values(
                    claim_dag_id=dag_id,
                    claim_run_id=run_id,
                    claim_map_index=len(got),
                    claimed_at=now,
                    last_dag_id=dag_id,
                    last_run_id=run_id,
                )
            )
            if done.rowcount == 1:
                got.append(order_id)
    return got


def claimed_by(engine: Engine, dag_id: str, run_id: str) -> list[str]:
    """The orders that a run has claimed: what a repeated discovery of the same run gives back.

    Some may have been released meanwhile; the rest is numbered anew, since positions are map indexes.
    """
    query = (
        sa.select(nuorder_order.c.order_id)
        .where(nuorder_order.c.claim_dag_id == dag_id, nuorder_order.c.claim_run_id == run_id)
        .order_by(nuorder_order.c.claim_map_index)
    )
    with writing(engine) as connection:
        found = list(connection.scalars(query))
        for position, order_id in enumerate(found):
            connection.execute(
                sa.update(nuorder_order)
                .where(nuorder_order.c.order_id == order_id)
                .values(claim_map_index=position)
            )
        return found


def release(engine: Engine, order_id: str, dag_id: str, run_id: str) -> None:
    """End a claim, if it is still this run's."""
    with writing(engine) as connection:
        connection.execute(
            sa.update(nuorder_order)
            .where(
                nuorder_order.c.order_id == order_id,
                nuorder_order.c.claim_dag_id == dag_id,
                nuorder_order.c.claim_run_id == run_id,
            )
            .values(claim_dag_id=None, claim_run_id=None, claim_map_index=None, claimed_at=None)
        )


def attention(engine: Engine, order_ids: Collection[str], matched_before: datetime) -> set[str]:
    """Which of these waiting orders need a look: decided, to be matched again, moved on, expired. One query for all.

    ``matched_before``: a report that is older is due for its daily match.
    """
    o = nuorder_order.c
    with reading(engine) as connection:
        query = sa.select(o.order_id).where(
            o.order_id.in_(order_ids),
            sa.or_(
                o.state.not_in([s.value for s in WAITING]),
                o.rematch_asked_at.is_not(None),
                o.matched_at < matched_before,
                o.expires_at < database_now(connection),
                o.order_id.in_(_unjudged()),
            ),
        )
        return set(connection.scalars(query))


def reopened(engine: Engine, account: str) -> set[str]:
    """Closed orders that somebody opened again: by an approval nobody judged yet, or by asking for a new match."""
    o = nuorder_order.c
    wakeable = [s.value for s in (State.REJECTED, State.EXPIRED, State.FAILED, State.HELD, State.CANCELLED)]
    query = sa.select(o.order_id).where(
        o.account == account,
        o.state.in_(wakeable),
        sa.or_(o.rematch_asked_at.is_not(None), o.order_id.in_(_unjudged())),
    )
    with reading(engine) as connection:
        return set(connection.scalars(query))


def decided_too_late(engine: Engine, account: str) -> list[str]:
    """Exported or cancelled orders with a decision that nobody has judged yet."""
    o = nuorder_order.c
    done = [s.value for s in (State.EXPORTED, State.EXPORTED_ELSEWHERE)]
    query = sa.select(o.order_id).where(o.account == account, o.state.in_(done), o.order_id.in_(_unjudged()))
    with reading(engine) as connection:
        return list(connection.scalars(query))


def _unjudged() -> sa.Select[tuple[str]]:
    return (
        sa.select(match_report.c.order_id)
        .join(approval, approval.c.report_hash == match_report.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(approval_verdict.c.approval_id.is_(None))
    )


def related_exported(
    engine: Engine, brand_name: str, order_id: str, group_id: str, numbers: Iterable[str]
) -> Sequence[Row]:
    """Orders of the brand that were exported, or whose export began, in the same group or with one of these numbers."""
    o = nuorder_order.c
    same: list[sa.ColumnElement[bool]] = [o.order_number.in_(list(numbers))]
    if group_id:
        same.append(o.group_id == group_id)
    states = [s.value for s in EXPORTED | IN_PROGRESS]
    query = (
        sa.select(o.order_id, o.order_number)
        .where(o.brand == brand_name, o.order_id != order_id, o.state.in_(states), sa.or_(*same))
        .order_by(o.order_number)
    )
    with reading(engine) as connection:
        return rows_of(connection, query)


def brand_first_seen(engine: Engine, account: str, name: str, today: date) -> date:
    """The day this installation first saw a brand; written down at the first call."""
    with writing(engine) as connection:
        insert_once(connection, brand, {"account": account, "name": name, "first_seen_on": today})
        day: date = connection.execute(
            sa.select(brand.c.first_seen_on).where(brand.c.account == account, brand.c.name == name)
        ).scalar_one()
        return day


def brand_read(engine: Engine, account: str, name: str, error: str | None) -> None:
    """Write down how the last reading of a brand went."""
    with writing(engine) as connection:
        values: dict[str, Any] = {"last_error": error}
        if error is None:
            values["last_read_at"] = database_now(connection)
        connection.execute(
            sa.update(brand).where(brand.c.account == account, brand.c.name == name).values(**values)
        )


def add_drips(engine: Engine, order_id: str, drips: Decimal) -> None:
    """Count API cost to an order."""
    if not drips:
        return
    with writing(engine) as connection:
        spent = connection.execute(
            sa.select(nuorder_order.c.drips).where(nuorder_order.c.order_id == order_id).with_for_update()
        ).scalar_one()
        connection.execute(
            sa.update(nuorder_order).where(nuorder_order.c.order_id == order_id).values(drips=spent + drips)
        )
