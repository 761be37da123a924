"""Saved links of a brand's variants to POS items, with their history: a link that no longer holds is withdrawn, and the
new one stands beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import fold
from nuorder_pos.store.creations import forget_item
from nuorder_pos.store.engine import database_now, in_chunks, insert_once, reading, rows_of, writing
from nuorder_pos.store.tables import link, nuorder_order

Identity = tuple[str, str, str]
BY_HAND = "choice"
"""The origin of a link that a person made or confirmed."""
ARCHIVED, GONE = "archived", "gone"
"""What may be wrong with a linked item: archived in the POS; deleted there, or merged into another one."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be saved.

    ``identity``: folded style, colour, size; ``origin``: ``upc``, ``choice`` or ``created``; ``upc`` as the order wrote
    it, ``gtin`` its 14 digits where they say which article this is, else empty.
    """

    identity: Identity
    item_id: str
    origin: str
    matrix_id: str = ""
    upc: str = ""
    gtin: str = ""
    product_id: str = ""
    order_id: str = ""


def for_variants(
    engine: Engine, account_id: str, brand: str, styles: Collection[str], gtins: Collection[str]
) -> list[Link]:
    """The live links of these styles (folded) and those of these article numbers (14 digits), each once, oldest first.

    A variant that was renamed is found by its number; several links may have one number, and lead to different items.
    """
    found: dict[int, Link] = {}
    with reading(engine) as connection:
        for column, values in ((link.c.style, styles), (link.c.gtin, set(gtins) - {""})):
            for wanted in in_chunks(sorted(values)):
                query = sa.select(link).where(*_live(account_id, brand), column.in_(wanted))
                found.update((row.link_id, _link(row)) for row in connection.execute(query))
    return [found[link_id] for link_id in sorted(found)]


def save(connection: Connection, account_id: str, brand: str, new: Iterable[NewLink], made_by: str) -> None:
    """Save links; one that names another item, or that a person now chose, replaces what was there, which stays as history.

    The items are in use, so a link that stays has no trouble any more; it learns a code that it did not have.
    """
    # In one order for all who save at the same time, so that none waits for the other in a circle.
    for entry in sorted(new, key=lambda one: one.identity):
        while not _saved(connection, account_id, brand, entry, made_by):
            pass  # somebody else saved a link of this variant in between: look again


def _saved(connection: Connection, account_id: str, brand: str, entry: NewLink, made_by: str) -> bool:
    style, color, size = entry.identity
    here = sa.and_(
        *_live(account_id, brand), link.c.style == style, link.c.color == color, link.c.size == size
    )
    now = database_now(connection)
    row = connection.execute(sa.select(link).where(here)).one_or_none()
    code = {"upc": entry.upc, "gtin": entry.gtin, "product_id": entry.product_id}
    if row is not None:
        if row.item_id == entry.item_id and (entry.origin != BY_HAND or row.origin == BY_HAND):
            changed: dict[str, Any] = {"trouble": "", "checked_at": now} if row.trouble else {}
            if entry.gtin and not row.gtin:
                changed |= code
            if changed:
                connection.execute(sa.update(link).where(here).values(changed))
            return True
        if not entry.upc:  # whatever item it is, the brand's code for the variant is the same
            code = {"upc": row.upc, "gtin": row.gtin, "product_id": entry.product_id or row.product_id}
        because = _because(connection, row.item_id, entry)
        connection.execute(
            sa.update(link)
            .where(here)
            .values(withdrawn_at=now, withdrawn_by=made_by, withdrawn_because=because)
        )
        if row.item_id != entry.item_id:
            forget_item(connection, account_id, row.item_id)
    values = {
        "account_id": account_id, "brand": brand, "style": style, "color": color, "size": size,
        "item_id": entry.item_id, "matrix_id": entry.matrix_id, **code, "origin": entry.origin,
        "order_id": entry.order_id, "made_by": made_by, "made_at": now,
    }  # fmt: skip
    return insert_once(connection, link, values)


def _because(connection: Connection, old_item: str, entry: NewLink) -> str:
    what = (
        f"replaced by item {entry.item_id}"
        if entry.item_id != old_item
        else "the same item, confirmed by a person"
    )
    if not entry.order_id:
        return f"{what}, by hand"
    number = connection.scalar(
        sa.select(nuorder_order.c.order_number).where(nuorder_order.c.order_id == entry.order_id)
    )
    return f"{what}, in order {number or entry.order_id}"


def note_trouble(engine: Engine, account_id: str, seen: Mapping[str, str], *, stamp: bool = False) -> int:
    """Note what the POS said about linked items, by item id: ``""`` (it is there), ``ARCHIVED`` or ``GONE``.

    Gives the number of live links that this is news for. Only they are written; with ``stamp`` the others too, with the
    time. Nobody waits for another one here: a link that is just being replaced is left to the next look.
    """
    live = (link.c.account_id == account_id, link.c.withdrawn_at.is_(None))
    rows: dict[int, tuple[str, bool]] = {}
    with reading(engine) as connection:
        for items in in_chunks(sorted(seen)):
            query = sa.select(link.c.link_id, link.c.item_id, link.c.trouble).where(
                *live, link.c.item_id.in_(items)
            )
            for row in connection.execute(query):
                now_so = seen[row.item_id]
                if stamp or row.trouble != now_so:
                    rows[row.link_id] = (now_so, row.trouble != now_so)
    if not rows:
        return 0
    news = 0
    with writing(engine) as connection:
        now = database_now(connection)
        for trouble in sorted({said for said, _ in rows.values()}):
            for ids in in_chunks(sorted(link_id for link_id, (said, _) in rows.items() if said == trouble)):
                query = sa.select(link.c.link_id).where(*live, link.c.link_id.in_(ids))
                free = list(connection.scalars(query.with_for_update(skip_locked=True)))
                connection.execute(
                    sa.update(link).where(link.c.link_id.in_(free)).values(trouble=trouble, checked_at=now)
                )
                news += sum(rows[link_id][1] for link_id in free)
    return news


def linked_items(engine: Engine, account_id: str, *, brand: str | None = None) -> list[str]:
    """The ids of all POS items of an account that live links lead to, each once."""
    query = (
        sa.select(link.c.item_id)
        .distinct()
        .where(link.c.account_id == account_id, link.c.withdrawn_at.is_(None))
    )
    if brand is not None:
        query = query.where(link.c.brand == brand)
    with reading(engine) as connection:
        return sorted(connection.scalars(query), key=lambda item_id: (len(item_id), item_id))


def list_links(
    engine: Engine,
    *,
    account_id: str | None = None,
    brand: str | None = None,
    style: str | None = None,
    by_hand: bool = False,
    broken: bool = False,
    all_history: bool = False,
) -> list[dict[str, Any]]:
    """Links with ``order_number`` (empty where none), by brand, style, colour and size.

    ``brand`` and ``style`` in any case. ``by_hand``: only those that a person made or confirmed; ``broken``: only those
    whose item was archived or gone when it was last seen; ``all_history``: withdrawn ones too.
    """
    query = (
        sa.select(link, sa.func.coalesce(nuorder_order.c.order_number, "").label("order_number"))
        .outerjoin(nuorder_order, nuorder_order.c.order_id == link.c.order_id)
        .order_by(link.c.brand, link.c.style, link.c.color, link.c.size, link.c.link_id)
    )
    if account_id is not None:
        query = query.where(link.c.account_id == account_id)
    if style is not None:
        query = query.where(link.c.style == fold(style))
    if by_hand:
        query = query.where(link.c.origin == BY_HAND)
    if broken:
        query = query.where(link.c.trouble != "")
    if not all_history:
        query = query.where(link.c.withdrawn_at.is_(None))
    with reading(engine) as connection:
        if brand is not None:  # folded here: SQLite knows upper and lower case of ASCII only
            names = connection.scalars(sa.select(link.c.brand).distinct())
            query = query.where(link.c.brand.in_([name for name in names if fold(name) == fold(brand)]))
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
    matrix_id: str = "",
    upc: str = "",
) -> None:
    """Link a variant to an item by hand. Without a ``upc`` the code of the link that it replaces is kept."""
    code = read_code(upc)
    new = NewLink(
        (fold(style), fold(color), fold(size)),
        item_id,
        BY_HAND,
        matrix_id,
        code.text,
        code.gtin if code.valid else "",
    )
    with writing(engine) as connection:
        save(connection, account_id, brand, [new], made_by)


def withdraw_link(engine: Engine, link_id: int, by: str, because: str = "by hand") -> bool:
    """Withdraw a link; whether there was a live one with this id."""
    with writing(engine) as connection:
        row = connection.execute(
            sa.update(link)
            .where(link.c.link_id == link_id, link.c.withdrawn_at.is_(None))
            .values(withdrawn_at=database_now(connection), withdrawn_by=by, withdrawn_because=because)
            .returning(link.c.account_id, link.c.item_id)
        ).one_or_none()
        if row is None:
            return False
        forget_item(connection, row.account_id, row.item_id)
        return True


def _live(account_id: str, brand: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (link.c.account_id == account_id, link.c.brand == brand, link.c.withdrawn_at.is_(None))


def _link(row: Any) -> Link:
    return Link(
        item_id=row.item_id, origin=row.origin, order_id=row.order_id, identity=(row.style, row.color, row.size),
        gtin=row.gtin, matrix_id=row.matrix_id, made_by=row.made_by, made_at=row.made_at,
    )  # fmt: skip
