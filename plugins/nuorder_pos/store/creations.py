"""What several orders may need at once (vendor, brand, matrix, item) is made once for the POS account.

Whoever comes second finds the creation key taken, waits for the holder and uses its result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.store.engine import database_now, in_chunks, insert_once, reading, rows_of, writing
from nuorder_pos.store.tables import creation


def claim(engine: Engine, account_id: str, key: str, order_id: str) -> tuple[str, str | None]:
    """Claim a creation key for an order. Gives the order that holds it, and the POS id once it is made."""
    with writing(engine) as connection:
        insert_once(
            connection,
            creation,
            {
                "account_id": account_id,
                "creation_key": key,
                "order_id": order_id,
                "begun_at": database_now(connection),
            },
        )
        row = connection.execute(_one(account_id, key)).one()
        return row.order_id, row.pos_id


def holders(engine: Engine, account_id: str, keys: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Who holds these keys and what was made under them, for those that are claimed."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    query = sa.select(creation).where(
        creation.c.account_id == account_id, creation.c.creation_key.in_(wanted)
    )
    with reading(engine) as connection:
        return {row["creation_key"]: (row["order_id"], row["pos_id"]) for row in rows_of(connection, query)}


def made_items(engine: Engine, account_id: str, item_ids: Collection[str]) -> set[str]:
    """Those of these items that exports of ours made."""
    found: set[str] = set()
    with reading(engine) as connection:
        for wanted in in_chunks(sorted(item_ids)):
            query = sa.select(creation.c.pos_id).where(
                creation.c.account_id == account_id, creation.c.creation_key.startswith("item:"),
                creation.c.pos_id.in_(wanted),
            )  # fmt: skip
            found.update(connection.scalars(query))
    return found


def hand_over(connection: Connection, account_id: str, key: str, from_order: str, to_order: str) -> bool:
    """Give a key that was claimed and never used to another order; whether it was still there to give."""
    done = connection.execute(
        sa.update(creation)
        .where(
            creation.c.account_id == account_id, creation.c.creation_key == key,
            creation.c.order_id == from_order, creation.c.pos_id.is_(None),
        )
        .values(order_id=to_order, begun_at=database_now(connection))
    )  # fmt: skip
    return done.rowcount == 1


def made(connection: Connection, account_id: str, key: str, pos_id: str) -> None:
    """Write down what was made, in the transaction that journals the step as done. What was made first stays."""
    connection.execute(
        sa.update(creation)
        .where(
            creation.c.account_id == account_id,
            creation.c.creation_key == key,
            sa.or_(creation.c.pos_id.is_(None), creation.c.pos_id == pos_id),
        )
        .values(pos_id=pos_id, done_at=database_now(connection))
    )


def forget(engine: Engine, account_id: str, key: str, pos_id: str) -> None:
    """Forget a made record that is no longer in the POS (archived, merged, deleted), so that it can be made again.

    ``pos_id`` is the record that is gone: another export may have made a new one since.
    """
    with writing(engine) as connection:
        connection.execute(
            sa.delete(creation).where(
                creation.c.account_id == account_id,
                creation.c.creation_key == key,
                creation.c.pos_id == pos_id,
            )
        )


def forget_item(connection: Connection, account_id: str, item_id: str) -> None:
    """Forget that an item was made for a variant: a person said that it is not the right one."""
    connection.execute(
        sa.delete(creation).where(
            creation.c.account_id == account_id,
            creation.c.creation_key.startswith("item:"),
            creation.c.pos_id == item_id,
        )
    )


def _one(account_id: str, key: str) -> sa.Select[tuple[str, str | None]]:
    return sa.select(creation.c.order_id, creation.c.pos_id).where(
        creation.c.account_id == account_id, creation.c.creation_key == key
    )
