"""The one export of an order: what was approved, the plan it follows, and how it ended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.store.engine import insert_once, reading
from nuorder_pos.store.tables import export


def get(engine: Engine, order_id: str) -> sa.RowMapping | None:
    """The export of an order."""
    with reading(engine) as connection:
        return connection.execute(sa.select(export).where(export.c.order_id == order_id)).mappings().one_or_none()


def put(connection: Connection, order_id: str, values: dict[str, Any]) -> None:
    """Write the export's row, or change it as long as nothing of it was sent. The first write fixes the plan."""
    if not insert_once(connection, export, {"order_id": order_id, **values}):
        connection.execute(
            sa.update(export)
            .where(export.c.order_id == order_id, export.c.first_write_at.is_(None))
            .values(**values)
        )


def change(connection: Connection, order_id: str, **values: Any) -> None:
    """Change columns of an export."""
    connection.execute(sa.update(export).where(export.c.order_id == order_id).values(**values))


def add_drips(connection: Connection, order_id: str, drips: Any) -> None:
    """Count drips to an order's export."""
    row = connection.execute(sa.select(export.c.drips).where(export.c.order_id == order_id)).one_or_none()
    if row is not None:
        change(connection, order_id, drips=row.drips + drips)
