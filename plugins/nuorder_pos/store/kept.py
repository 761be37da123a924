"""Small things kept between runs: the sealed token pair, the shared bucket, what was read or learned about the account."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Engine

from nuorder_pos.store.engine import database_now, insert_once, reading, upsert, writing
from nuorder_pos.store.tables import pace, reference, token_set

T = TypeVar("T")


def load_tokens(engine: Engine, conn_id: str) -> str | None:
    """The sealed token pair of a connection."""
    with reading(engine) as connection:
        return connection.scalar(sa.select(token_set.c.sealed).where(token_set.c.conn_id == conn_id))


def save_tokens(engine: Engine, conn_id: str, sealed: str) -> None:
    """Keep a sealed token pair; committed when this returns."""
    with writing(engine) as connection:
        values = {"sealed": sealed, "updated_at": database_now(connection)}
        upsert(connection, token_set, {"conn_id": conn_id}, values)


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
