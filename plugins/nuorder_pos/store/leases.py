"""Exclusion between processes: a lease with an expiry, and a fencing token that goes up with every new holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.errors import Transient
from nuorder_pos.store.engine import database_now, insert_once, writing
from nuorder_pos.store.tables import lease

LEASE_TIME = timedelta(seconds=90)
"""Longer than any single request can take, so that a live holder always comes to renew it."""


class LeaseLost(Transient):
    """Another process holds the lease now; whoever held it before writes nothing more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held. Whoever writes under it checks the token in the same transaction (``renew``)."""

    name: str
    holder: str
    token: int


def acquire(engine: Engine, name: str, holder: str, time: timedelta = LEASE_TIME) -> Lease:
    """Take the lease, with a higher token than any holder before. Raises ``Transient`` while another one holds it."""
    with writing(engine) as connection:
        insert_once(
            connection,
            lease,
            {"name": name, "token": 0, "holder": "", "expires_at": database_now(connection)},
        )
        row = connection.execute(sa.select(lease).where(lease.c.name == name).with_for_update()).one()
        now = database_now(connection)
        if row.holder and row.expires_at > now:
            left = max(1.0, (row.expires_at - now).total_seconds())
            raise Transient(f"{name} is being worked on by another process ({row.holder}).", retry_after=left)
        token = row.token + 1
        connection.execute(
            sa.update(lease)
            .where(lease.c.name == name)
            .values(token=token, holder=holder, expires_at=now + time)
        )
    return Lease(name, holder, token)


def renew(connection: Connection, held: Lease, time: timedelta = LEASE_TIME) -> None:
    """Check the token and extend the lease, in the caller's transaction. Raises ``LeaseLost``."""
    done = connection.execute(
        sa.update(lease)
        .where(lease.c.name == held.name, lease.c.token == held.token, lease.c.holder == held.holder)
        .values(expires_at=database_now(connection) + time)
    )
    if done.rowcount != 1:
        raise LeaseLost(f"{held.name} was taken over by another process; this one stops before writing.")


def check(connection: Connection, held: Lease) -> datetime:
    """Check the token without extending the lease; gives the database's present instant. Raises ``LeaseLost``."""
    row = connection.execute(sa.select(lease).where(lease.c.name == held.name)).one()
    now = database_now(connection)
    if (row.token, row.holder) != (held.token, held.holder) or row.expires_at <= now:
        raise LeaseLost(f"{held.name} was taken over by another process; this one stops before writing.")
    return now


def release(engine: Engine, held: Lease) -> None:
    """Give the lease back, unless somebody took it over. The token stays, for the next holder to go above."""
    with writing(engine) as connection:
        connection.execute(
            sa.update(lease)
            .where(lease.c.name == held.name, lease.c.token == held.token, lease.c.holder == held.holder)
            .values(holder="", expires_at=database_now(connection))
        )


@contextmanager
def held_lease(engine: Engine, name: str, holder: str, time: timedelta = LEASE_TIME) -> Iterator[Lease]:
    """Hold a lease for a block of work."""
    held = acquire(engine, name, holder, time)
    try:
        yield held
    finally:
        release(engine, held)
