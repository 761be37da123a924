"""When two worlds are in the same state: everything that a later attempt could act on is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nuorder_pos.store.engine import reading, rows_of
from nuorder_pos.store.tables import metadata
from nuorder_pos.store.types import Instant
from prove.attempt import Attempt, Job
from prove.world import World

_HISTORY = frozenset({"order_event", "token_set", "pace"})
"""Tables that tell what was, or differ by chance."""
_CHANCE = frozenset({"seq", "event_id", "token", "drips", "holder", "reason", "note"})
"""Columns that count, name or tell, and that nothing is decided on."""
_GROUP = 30.0
"""Seconds: instants that are as far from now, to within this, are the same."""


def state_of(world: World) -> str:
    """A hash of what the database and the POS hold, without instants but with how long ago they are."""
    now = world.clock()
    found: dict[str, Any] = {}
    with reading(world.engine) as connection:
        for table in metadata.sorted_tables:
            if table.name not in _HISTORY:
                rows = rows_of(connection, sa.select(table))
                found[table.name] = sorted(json.dumps(_row(table, row, now), default=str) for row in rows)
    pos = world.ledgers().pos
    found["pos"] = {
        kind: [{name: value for name, value in one.items() if "time" not in name.lower()} for one in records]
        for kind, records in pos.items()
    }
    return hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()


def states_along(world: World, job: Job) -> Iterator[tuple[int, str]]:
    """Each boundary of an attempt with the state of the world while the attempt stands there."""
    walking = Attempt(world, job)
    while boundary := walking.step():
        yield boundary.number, state_of(world)


def _row(table: sa.Table, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for column in table.columns:
        value = row[column.name]
        if isinstance(column.type, Instant):
            plain[column.name] = None if value is None else round((now - value).total_seconds() / _GROUP)
        elif column.name == "holder":
            plain["held"] = bool(value)
        elif column.name not in _CHANCE:
            plain[column.name] = value
    return plain
