"""The list of orders, a page at a time: filtered, sorted and counted by the database; only a page's rows meet reports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.store.engine import reading, rows_of
from nuorder_pos.store.tables import approval, approval_verdict, match_report, nuorder_order

Row = dict[str, Any]

BY_STATUS = (
    State.AWAITING_APPROVAL, State.SUPERSEDED, State.FAILED, State.DISCOVERED, State.APPROVED, State.EXPIRED,
    State.REJECTED, State.CANCELLED, State.HELD, State.EXPORTING, State.EXPORTED, State.EXPORTED_ELSEWHERE,
)  # fmt: skip
"""States in the order of the merchant's three words; within one, what waits for a person comes first."""
SORTS = ("brand", "order", "customer_po", "ship", "units", "total", "status", "created")
_FOLD = "nuorder_pos_fold"
_SUMMARY = ("report_hash", "lines", "units", "confirmed", "upc_match", "new_item", "open_questions")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders, and in which order. Empty filters let everything through, no accounts let nothing through."""

    accounts: Collection[str]
    brand: str = ""
    states: Collection[str] = ()
    words: Sequence[str] = ()
    """Each has to stand in the order's number, customer PO number or brand, in any case."""
    undecided: bool = False
    """Only orders on whose current report no decision is waiting to be judged."""
    open_questions: bool = False
    run: tuple[str, str] | None = None
    """DAG id and run id: only orders that this run was the last to take."""
    older: bool = False
    """With orders that are only listed."""
    sort: str = "created"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A page of orders. ``hits``: on all pages; ``hidden``: that fit too, and are only listed."""

    rows: Sequence[Row]
    hits: int
    hidden: int
    offset: int


def brands(engine: Engine) -> list[tuple[str, str]]:
    """Every account and brand that has orders, sorted."""
    o = nuorder_order.c
    query = sa.select(o.account, o.brand).distinct().order_by(o.account, o.brand)
    with reading(engine) as connection:
        return [(row["account"], row["brand"]) for row in rows_of(connection, query)]


def page(engine: Engine, wanted: Wanted, *, offset: int, limit: int) -> Found:
    """The orders from ``offset`` on. Where that lies behind the last one, the last page is given."""
    o = nuorder_order.c
    with reading(engine) as connection:
        conditions = _conditions(connection, wanted)
        counted = sa.select(o.listed_only, sa.func.count().label("number")).where(*conditions)
        numbers = {
            bool(row["listed_only"]): row["number"]
            for row in rows_of(connection, counted.group_by(o.listed_only))
        }
        older = numbers.get(True, 0)
        hits = numbers.get(False, 0) + (older if wanted.older else 0)
        start = min(offset, max(0, (hits - 1) // limit * limit))
        if not wanted.older:
            conditions.append(o.listed_only.is_(False))
        # The ids are sorted without the rest of the rows: those of a page far behind would not fit into memory.
        sorting = _sorting(wanted)
        ids = sa.select(o.order_id).where(*conditions).order_by(*sorting).limit(limit).offset(start)
        query = sa.select(nuorder_order).where(o.order_id.in_(ids)).order_by(*sorting)
        rows = rows_of(connection, query) if hits else []
        return Found(rows, hits, 0 if wanted.older else older, start)


def summaries(engine: Engine, report_hashes: Collection[str]) -> dict[str, Row]:
    """What the list says of reports, by hash."""
    query = sa.select(*(match_report.c[name] for name in _SUMMARY)).where(
        match_report.c.report_hash.in_(report_hashes)
    )
    with reading(engine) as connection:
        return {row["report_hash"]: row for row in rows_of(connection, query)}


def newest_decisions(engine: Engine, order_ids: Collection[str]) -> dict[str, Row]:
    """The newest decision on each of these orders, with its verdict (``counts`` is ``None`` before it is judged)."""
    query = (
        sa.select(
            match_report.c.order_id, approval.c.approval_id, approval.c.report_hash, approval.c.decision,
            approval.c.decided_by, approval.c.decided_at, approval_verdict.c.counts, approval_verdict.c.reason,
        )
        .join(approval, approval.c.report_hash == match_report.c.report_hash)
        .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
        .where(match_report.c.order_id.in_(order_ids))
        .order_by(approval.c.approval_id)
    )  # fmt: skip
    with reading(engine) as connection:
        return {row["order_id"]: row for row in rows_of(connection, query)}


def _conditions(connection: Connection, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    o = nuorder_order.c
    found: list[sa.ColumnElement[bool]] = [o.account.in_(sorted(wanted.accounts))]
    if wanted.brand:
        found.append(o.brand == wanted.brand)
    if wanted.states:
        found.append(o.state.in_(sorted(wanted.states)))
    if wanted.run is not None:
        found += [o.last_run_id == wanted.run[1], o.last_dag_id == wanted.run[0]]
    if wanted.words:
        folded = _folding(connection)
        for word in wanted.words:
            pattern = folded(sa.literal(f"%{_escaped(word)}%"))
            found.append(
                sa.or_(
                    *(folded(c).like(pattern, escape="\\") for c in (o.order_number, o.customer_po, o.brand))
                )
            )
    if wanted.open_questions:
        asks = sa.select(sa.literal(1)).where(
            match_report.c.report_hash == o.report_hash, match_report.c.open_questions > 0
        )
        found.append(asks.exists())
    if wanted.undecided or wanted.open_questions:
        unjudged = (
            sa.select(sa.literal(1))
            .select_from(approval)
            .outerjoin(approval_verdict, approval_verdict.c.approval_id == approval.c.approval_id)
            .where(approval.c.report_hash == o.report_hash, approval_verdict.c.approval_id.is_(None))
        )
        found.append(~unjudged.exists())
    return found


def _sorting(wanted: Wanted) -> list[sa.ColumnElement[Any]]:
    o = nuorder_order.c
    ranks = {state.value: rank for rank, state in enumerate(BY_STATUS)}
    keys: dict[str, Sequence[sa.ColumnElement[Any]]] = {
        "brand": (sa.func.lower(o.brand), o.brand, o.order_number),
        "order": (o.order_number,),
        "customer_po": (sa.func.nullif(o.customer_po, ""),),
        "ship": (o.ship_start, o.ship_end),
        "units": (o.units,),
        # Text on SQLite: sorted as numbers there too.
        "total": (sa.cast(o.total, sa.Numeric),),
        "status": (sa.case(ranks, value=o.state),),
        "created": (o.created_on,),
    }
    turned = [key.desc() if wanted.descending else key.asc() for key in keys[wanted.sort]]
    # Ties have an order of their own, so that no order stands on two pages.
    return [*(key.nulls_last() for key in turned), o.created_on.desc(), o.order_id]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _folding(connection: Connection) -> Any:
    """Upper and lower case as one: on SQLite, which knows ASCII letters only, by Python; on Postgres as the database's
    own language setting (``lc_ctype``) has it, which with ``C`` is ASCII only as well."""
    if connection.dialect.name != "sqlite":
        return sa.func.lower
    driver: Any = connection.connection.driver_connection
    driver.create_function(_FOLD, 1, _casefold, deterministic=True)
    return getattr(sa.func, _FOLD)


def _casefold(text: object) -> object:
    return text.casefold() if isinstance(text, str) else text
