"""The one export of an order: what was approved, the plan it follows, and how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.store.engine import database_now, reading, row_of, upsert
from nuorder_pos.store.tables import export, nuorder_order


def get(engine: Engine, order_id: str) -> dict[str, Any] | None:
    """The export of an order."""
    with reading(engine) as connection:
        return row_of(connection, sa.select(export).where(export.c.order_id == order_id))


def put(connection: Connection, order_id: str, values: dict[str, Any]) -> None:
    """Write the export's row, in place of one of which nothing was sent."""
    upsert(connection, export, {"order_id": order_id}, values)


def first_write(connection: Connection, order_id: str) -> None:
    """Write down when the first write was sent: from then on the plan is fixed."""
    connection.execute(
        sa.update(export)
        .where(export.c.order_id == order_id, export.c.first_write_at.is_(None))
        .values(first_write_at=database_now(connection))
    )


def look_again(connection: Connection, order_id: str, after: timedelta) -> None:
    """Have an order looked at once more after some time, for what the POS may apply late."""
    change(connection, order_id, look_again_at=database_now(connection) + after)


def due_again(engine: Engine, account: str) -> list[str]:
    """Orders of an account that are to be looked at once more by now, the longest due first."""
    with reading(engine) as connection:
        query = (
            sa.select(export.c.order_id)
            .join(nuorder_order, nuorder_order.c.order_id == export.c.order_id)
            .where(nuorder_order.c.account == account, export.c.look_again_at <= database_now(connection))
            .order_by(export.c.look_again_at)
        )
        return list(connection.scalars(query))


def change(connection: Connection, order_id: str, **values: Any) -> None:
    """Change columns of an export."""
    connection.execute(sa.update(export).where(export.c.order_id == order_id).values(**values))
