"""Saved links of a brand's variants to POS items, with their history: a link is withdrawn, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import fold
from nuorder_pos.store.creations import forget_item
from nuorder_pos.store.engine import database_now, reading, rows_of, writing
from nuorder_pos.store.tables import link

Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be saved. ``identity``: folded style, colour, size; ``origin``: ``upc``, ``choice`` or ``created``."""

    identity: Identity
    item_id: str
    origin: str
    matrix_id: str = ""
    upc: str = ""
    product_id: str = ""
    order_id: str = ""


def for_styles(
    engine: Engine, account_id: str, brand: str, styles: Collection[str]
) -> tuple[dict[Identity, Link], dict[str, frozenset[str]]]:
    """The live links of these styles, and the matrices they lead to, by folded style."""
    links: dict[Identity, Link] = {}
    matrices: dict[str, set[str]] = {}
    wanted = sorted(styles)
    with reading(engine) as connection:
        for start in range(0, len(wanted), 500):
            rows = connection.execute(
                sa.select(link).where(
                    link.c.account_id == account_id,
                    link.c.brand == brand,
                    link.c.style.in_(wanted[start : start + 500]),
                    link.c.withdrawn_at.is_(None),
                )
            )
            for row in rows:
                links[(row.style, row.color, row.size)] = Link(row.item_id, row.origin, row.order_id)
                if row.matrix_id not in ("", "0"):
                    matrices.setdefault(row.style, set()).add(row.matrix_id)
    return links, {style: frozenset(found) for style, found in matrices.items()}


def save(connection: Connection, account_id: str, brand: str, new: Iterable[NewLink], made_by: str) -> None:
    """Save links; one that names another item, or that a person now chose, replaces what was there, which stays as history."""
    now = database_now(connection)
    for entry in new:
        style, color, size = entry.identity
        where = sa.and_(
            link.c.account_id == account_id, link.c.brand == brand, link.c.style == style, link.c.color == color,
            link.c.size == size, link.c.withdrawn_at.is_(None),
        )  # fmt: skip
        row = connection.execute(sa.select(link).where(where)).one_or_none()
        if (
            row is not None
            and row.item_id == entry.item_id
            and (entry.origin != "choice" or row.origin == "choice")
        ):
            continue
        connection.execute(sa.update(link).where(where).values(withdrawn_at=now, withdrawn_by=made_by))
        if row is not None and row.item_id != entry.item_id:
            forget_item(connection, account_id, row.item_id)
        connection.execute(
            sa.insert(link).values(
                account_id=account_id, brand=brand, style=style, color=color, size=size, item_id=entry.item_id,
                matrix_id=entry.matrix_id, upc=entry.upc, product_id=entry.product_id, origin=entry.origin,
                order_id=entry.order_id, made_by=made_by, made_at=now,
            )
        )  # fmt: skip


def list_links(
    engine: Engine, *, brand: str | None = None, all_history: bool = False
) -> list[dict[str, Any]]:
    """Links, by brand, style, colour and size."""
    query = sa.select(link).order_by(link.c.brand, link.c.style, link.c.color, link.c.size, link.c.link_id)
    if brand is not None:
        query = query.where(sa.func.lower(link.c.brand) == brand.lower())
    if not all_history:
        query = query.where(link.c.withdrawn_at.is_(None))
    with reading(engine) as connection:
        return rows_of(connection, query)


def set_link(
    engine: Engine,
    *,
    account_id: str,
    brand: str,
    style: str,
    color: str,
    size: str,
    item_id: str,
    made_by: str,
) -> None:
    """Link a variant to an item by hand."""
    new = NewLink((fold(style), fold(color), fold(size)), item_id, "choice")
    with writing(engine) as connection:
        save(connection, account_id, brand, [new], made_by)


def withdraw_link(engine: Engine, link_id: int, by: str) -> bool:
    """Withdraw a link; whether there was a live one with this id."""
    with writing(engine) as connection:
        row = connection.execute(
            sa.update(link)
            .where(link.c.link_id == link_id, link.c.withdrawn_at.is_(None))
            .values(withdrawn_at=database_now(connection), withdrawn_by=by)
            .returning(link.c.account_id, link.c.item_id)
        ).one_or_none()
        if row is None:
            return False
        forget_item(connection, row.account_id, row.item_id)
        return True
