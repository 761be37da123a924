"""Small things kept between runs: the sealed token pair, the shared bucket, what was read or learned about the account."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Engine

from nuorder_pos.store.engine import database_now, insert_once, reading, upsert, writing
from nuorder_pos.store.leases import Lease, renew
from nuorder_pos.store.tables import pace, reference, token_set

T = TypeVar("T")

TOKEN_LEASE = timedelta(seconds=60)
"""Longer than one request for a new token pair can take: after a crash in the middle of it, others wait this long at
most."""
_ATTEMPTS = "token_attempts/1"


def load_tokens(engine: Engine, conn_id: str) -> str | None:
    """The sealed token pair of a connection."""
    with reading(engine) as connection:
        return connection.scalar(sa.select(token_set.c.sealed).where(token_set.c.conn_id == conn_id))


def save_tokens(engine: Engine, conn_id: str, sealed: str) -> None:
    """Keep a sealed token pair, whatever was kept before; committed when this returns."""
    with writing(engine) as connection:
        values = {"sealed": sealed, "updated_at": database_now(connection)}
        upsert(connection, token_set, {"conn_id": conn_id}, values)


def replace_tokens(engine: Engine, conn_id: str, was: str | None, sealed: str) -> bool:
    """Keep a sealed token pair in place of ``was``; whether that was still there.

    A pair that comes late must not replace the one that the others use by now: it died when theirs was used.
    """
    with writing(engine) as connection:
        values = {"sealed": sealed, "updated_at": database_now(connection)}
        if was is None:
            return insert_once(connection, token_set, {"conn_id": conn_id, **values})
        condition = sa.and_(token_set.c.conn_id == conn_id, token_set.c.sealed == was)
        return connection.execute(sa.update(token_set).where(condition).values(values)).rowcount == 1


def load_attempts(engine: Engine, conn_id: str) -> str | None:
    """What the processes know of the token endpoint, as ``save_attempts`` kept it."""
    found: str | None = recall(engine, conn_id, _ATTEMPTS)
    return found


def save_attempts(engine: Engine, conn_id: str, text: str, held: Lease | None = None) -> None:
    """Keep what the processes know of the token endpoint.

    ``held`` is the lease under which it is asked. ``LeaseLost`` where another process holds that now.
    """
    with writing(engine) as connection:
        if held is not None:
            renew(connection, held, TOKEN_LEASE)
        key = {"account_id": conn_id, "kind": _ATTEMPTS, "name": ""}
        upsert(connection, reference, key, {"body": json.dumps(text), "fetched_at": database_now(connection)})


def update_bucket(engine: Engine, pace_key: str, empty: str, change: Callable[[str], tuple[str, T]]) -> T:
    """Change a bucket's text under a row lock: processes that share it take turns."""
    with writing(engine) as connection:
        now = database_now(connection)
        row = connection.execute(
            sa.select(pace.c.bucket).where(pace.c.pace_key == pace_key).with_for_update()
        ).one_or_none()
        if row is None:
            insert_once(connection, pace, {"pace_key": pace_key, "bucket": empty, "updated_at": now})
            row = connection.execute(
                sa.select(pace.c.bucket).where(pace.c.pace_key == pace_key).with_for_update()
            ).one()
        text, outcome = change(row.bucket)
        connection.execute(
            sa.update(pace).where(pace.c.pace_key == pace_key).values(bucket=text, updated_at=now)
        )
        return outcome


def recall(
    engine: Engine, account_id: str, kind: str, name: str = "", *, within: timedelta | None = None
) -> Any:
    """What was kept about an account, or ``None`` where nothing was, or it is older than ``within``."""
    with reading(engine) as connection:
        row = connection.execute(
            sa.select(reference.c.body, reference.c.fetched_at).where(
                reference.c.account_id == account_id, reference.c.kind == kind, reference.c.name == name
            )
        ).one_or_none()
        if row is None or (within is not None and database_now(connection) - row.fetched_at > within):
            return None
        return json.loads(row.body)


def keep(engine: Engine, account_id: str, kind: str, body: Any, name: str = "") -> None:
    """Keep something about an account, in place of what was kept before."""
    with writing(engine) as connection:
        key = {"account_id": account_id, "kind": kind, "name": name}
        upsert(connection, reference, key, {"body": json.dumps(body), "fetched_at": database_now(connection)})
