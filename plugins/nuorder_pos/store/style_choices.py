"""What a merchant decided for the matrix of a style: asked once, remembered for the style, with its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.orders import fold
from nuorder_pos.store.engine import database_now, in_chunks, insert_once, reading, rows_of, writing
from nuorder_pos.store.tables import nuorder_order, style_choice


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """A choice that counts. ``choice``: what was decided, in the terms of who asks."""

    choice: str
    made_by: str
    made_at: datetime


def choices_for(
    engine: Engine, account_id: str, brand: str, styles: Collection[str]
) -> dict[str, StyleChoice]:
    """The choices that count for these styles (folded), by style. A style without one is not in it."""
    found: dict[str, StyleChoice] = {}
    with reading(engine) as connection:
        for wanted in in_chunks(sorted(styles)):
            rows = connection.execute(
                sa.select(style_choice).where(*_live(account_id, brand), style_choice.c.style.in_(wanted))
            )
            for row in rows:
                found[row.style] = StyleChoice(row.choice, row.made_by, row.made_at)
    return found


def save(
    connection: Connection,
    account_id: str,
    brand: str,
    choices: Mapping[str, str],
    made_by: str,
    order_id: str,
) -> None:
    """Remember what was chosen, by folded style. Another choice replaces what was there, which stays as history; the
    same one changes nothing."""
    now = database_now(connection)
    for style, choice in sorted(choices.items()):
        here = sa.and_(*_live(account_id, brand), style_choice.c.style == style)
        values = {
            "account_id": account_id, "brand": brand, "style": style, "choice": choice, "order_id": order_id,
            "made_by": made_by, "made_at": now,
        }  # fmt: skip
        # Repeated where somebody else's choice came in between: what was chosen last counts.
        while connection.scalar(sa.select(style_choice.c.choice).where(here)) != choice:
            connection.execute(
                sa.update(style_choice).where(here).values(withdrawn_at=now, withdrawn_by=made_by)
            )
            if insert_once(connection, style_choice, values):
                break


def list_choices(
    engine: Engine, *, brand: str | None = None, all_history: bool = False
) -> list[dict[str, Any]]:
    """Choices with ``order_number`` (empty where none), by brand and style; with ``all_history`` withdrawn ones too."""
    query = (
        sa.select(style_choice, sa.func.coalesce(nuorder_order.c.order_number, "").label("order_number"))
        .outerjoin(nuorder_order, nuorder_order.c.order_id == style_choice.c.order_id)
        .order_by(style_choice.c.brand, style_choice.c.style, style_choice.c.choice_id)
    )
    if not all_history:
        query = query.where(style_choice.c.withdrawn_at.is_(None))
    with reading(engine) as connection:
        rows = rows_of(connection, query)
    return [row for row in rows if brand is None or fold(row["brand"]) == fold(brand)]


def withdraw(engine: Engine, choice_id: int, by: str) -> bool:
    """Withdraw a choice, so that it is asked again; whether there was one with this id that counted."""
    with writing(engine) as connection:
        row = connection.execute(
            sa.update(style_choice)
            .where(style_choice.c.choice_id == choice_id, style_choice.c.withdrawn_at.is_(None))
            .values(withdrawn_at=database_now(connection), withdrawn_by=by)
            .returning(style_choice.c.choice_id)
        ).one_or_none()
        return row is not None


def _live(account_id: str, brand: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        style_choice.c.account_id == account_id,
        style_choice.c.brand == brand,
        style_choice.c.withdrawn_at.is_(None),
    )
