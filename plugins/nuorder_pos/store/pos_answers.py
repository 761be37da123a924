"""What the POS answered within a run: each value is asked for once, whatever the number of orders and processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from nuorder_pos.store.engine import database_now, in_chunks, reading, writing
from nuorder_pos.store.tables import pos_answer

Records = Sequence[Mapping[str, Any]]
"""Records as JSON; empty where the POS has none, which is an answer too."""


def recall(
    engine: Engine, account_id: str, run: str, field: str, values: Iterable[str], *, within: timedelta
) -> dict[str, Records]:
    """What was answered within a run, by value. Values that were not asked for, or longer ago, are left out."""
    found: dict[str, Records] = {}
    a = pos_answer.c
    with reading(engine) as connection:
        oldest = database_now(connection) - within
        for wanted in in_chunks(sorted(set(values))):
            rows = connection.execute(
                sa.select(a.value, a.body).where(
                    a.account_id == account_id,
                    a.run == run,
                    a.field == field,
                    a.value.in_(wanted),
                    a.at >= oldest,
                )
            )
            found.update((row.value, json.loads(row.body)) for row in rows)
    return found


def keep(engine: Engine, account_id: str, run: str, field: str, answers: Mapping[str, Records]) -> None:
    """Keep answers by value, in place of those of another process that asked for the same."""
    # In one order for everybody: two processes that keep the same values wait for each other, not in a circle.
    for listed in in_chunks(sorted(answers.items())):
        with writing(engine) as connection:
            now = database_now(connection)
            insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
            statement = insert(pos_answer)
            newer = {"body": statement.excluded.body, "at": statement.excluded.at}
            key = {"account_id": account_id, "run": run, "field": field}
            connection.execute(
                statement.on_conflict_do_update(index_elements=list(pos_answer.primary_key), set_=newer),
                [
                    {**key, "value": value, "body": json.dumps(records), "at": now}
                    for value, records in listed
                ],
            )


def forget(engine: Engine, older_than: timedelta) -> int:
    """Delete the answers of every run that are older than this; how many there were."""
    with writing(engine) as connection:
        oldest = database_now(connection) - older_than
        return connection.execute(sa.delete(pos_answer).where(pos_answer.c.at < oldest)).rowcount
