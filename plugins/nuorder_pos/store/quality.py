"""How well orders match, counted by the database: rows of orders never reach Python, so that 100,000 stay fast.

Every query takes the accounts that may be read; without any it finds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from nuorder_pos.domain.quality import LOST, Counts, LeadTime, ranks
from nuorder_pos.store.engine import reading
from nuorder_pos.store.journal import BEGUN, DONE
from nuorder_pos.store.tables import export, journal, match_report, match_report_warning, nuorder_order

_order, _report, _export = nuorder_order.c, match_report.c, export.c


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders count: those of these accounts, of one brand or (empty) of all, between two instants."""

    accounts: Sequence[str]
    brand: str
    start: datetime
    end: datetime


def brands(engine: Engine) -> list[tuple[str, str]]:
    """Every account and brand that an order is known of."""
    query = sa.select(_order.account, _order.brand).distinct().order_by(_order.brand, _order.account)
    with reading(engine) as connection:
        return [(row.account, row.brand) for row in connection.execute(query)]


def span(engine: Engine, accounts: Sequence[str]) -> tuple[datetime, datetime] | None:
    """The oldest and the newest instant that the page tells of; ``None`` where there is none."""
    reports = (
        sa.select(sa.func.min(_report.built_at), sa.func.max(_report.built_at))
        .select_from(match_report.join(nuorder_order, _order.report_hash == _report.report_hash))
        .where(_order.account.in_(accounts))
    )
    exports = (
        sa.select(sa.func.min(_export.finished_at), sa.func.max(_export.finished_at))
        .select_from(export.join(nuorder_order, _order.order_id == _export.order_id))
        .where(_order.account.in_(accounts))
    )
    with reading(engine) as connection:
        found = [
            at for query in (reports, exports) for at in connection.execute(query).one() if at is not None
        ]
    return (min(found), max(found)) if found else None


def match_counts(engine: Engine, scope: Scope) -> dict[tuple[str, date], Counts]:
    """Variants by status, by brand and by the week in which the order's current report was built."""
    with reading(engine) as connection:
        built = (
            sa.select(
                _order.brand, _week(connection, _report.built_at).label("week"),
                _report.lines, _report.confirmed, _report.upc_match, _report.new_item,
            )
            .select_from(_reported())
            .where(*_counted(scope), *_within(scope, _report.built_at))
            .subquery()
        )  # fmt: skip
        sums = [
            sa.func.sum(built.c[name]).label(name) for name in ("lines", "confirmed", "upc_match", "new_item")
        ]
        query = sa.select(built.c.brand, built.c.week, sa.func.count().label("orders"), *sums)
        return {
            (row.brand, _day(row.week)): Counts(
                row.orders, int(row.lines), int(row.confirmed), int(row.upc_match), int(row.new_item)
            )
            for row in connection.execute(query.group_by(built.c.brand, built.c.week))
        }


def lost_matches(engine: Engine, scope: Scope) -> dict[str, dict[str, int]]:
    """For each brand how many variants of the current reports have each of the warnings that cost a match."""
    warning = match_report_warning.c
    each = (
        sa.select(_order.brand, warning.report_hash, warning.line, warning.code)
        .distinct()
        .select_from(
            _reported().join(match_report_warning, warning.report_hash == _report.report_hash)
        )
        .where(*_counted(scope), *_within(scope, _report.built_at), warning.code.in_(LOST))
        .subquery()
    )  # fmt: skip
    query = sa.select(each.c.brand, each.c.code, sa.func.count().label("variants"))
    found: dict[str, dict[str, int]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query.group_by(each.c.brand, each.c.code)):
            found.setdefault(row.brand, dict.fromkeys(LOST, 0))[row.code] = row.variants
    return found


def items_created(engine: Engine, scope: Scope) -> dict[tuple[str, date], int]:
    """POS items that exports made, by brand and by the week in which the journal first has one as done.

    An order that uses an item which another order's export made has it as done as well, but never began to make it:
    that does not count.
    """
    done, begun = journal.alias("done"), journal.alias("begun")
    began_it = (
        sa.select(sa.literal(1))
        .where(
            begun.c.order_id == done.c.order_id,
            begun.c.step_key == done.c.step_key,
            begun.c.event == BEGUN,
        )
        .exists()
    )
    # Bounded by the export's own instants, so that the journal is read for the orders of the period only.
    in_time = (
        _export.first_write_at < scope.end,
        sa.or_(_export.finished_at.is_(None), _export.finished_at >= scope.start),
    )
    each = (
        sa.select(sa.func.min(_order.brand).label("brand"), sa.func.min(done.c.at).label("at"))
        .select_from(
            export.join(nuorder_order, _order.order_id == _export.order_id).join(
                done, done.c.order_id == _export.order_id
            )
        )
        .where(*_counted(scope), *in_time, done.c.event == DONE, done.c.kind == "create_item", began_it)
        .group_by(_export.account_id, done.c.result)
        .subquery()
    )
    with reading(engine) as connection:
        weekly = (
            sa.select(each.c.brand, _week(connection, each.c.at).label("week"))
            .where(*_within(scope, each.c.at))
            .subquery()
        )
        query = sa.select(weekly.c.brand, weekly.c.week, sa.func.count().label("items"))
        return {
            (row.brand, _day(row.week)): row.items
            for row in connection.execute(query.group_by(weekly.c.brand, weekly.c.week))
        }


def lead_times(
    engine: Engine, scope: Scope, *, by_brand: bool = True, by_week: bool = True
) -> dict[tuple[str, date | None], LeadTime]:
    """From first seen as final to exported, by brand (empty text: all together) and by the week of the export's end."""
    with reading(engine) as connection:
        each = (
            sa.select(
                (_order.brand if by_brand else sa.literal_column("''")).label("brand"),
                (_week(connection, _export.finished_at) if by_week else sa.null()).label("week"),
                _seconds(connection, _order.first_seen_at, _export.finished_at).label("seconds"),
            )
            .select_from(export.join(nuorder_order, _order.order_id == _export.order_id))
            .where(*_counted(scope), *_within(scope, _export.finished_at), _order.state == "exported")
            .subquery()
        )
        group = [each.c.brand] * by_brand + [each.c.week] * by_week
        over: dict[str, Any] = {"partition_by": group} if group else {}
        ranked = sa.select(
            each,
            sa.func.row_number().over(order_by=each.c.seconds, **over).label("rank"),
            sa.func.count().over(**over).label("orders"),
        ).subquery()
        # No database function for percentiles is known to both: the rows at their places are picked instead.
        count = ranked.c.orders
        places = ((count + 1) // 2, (count + 2) // 2, (count * 9 + 9) // 10)
        query = sa.select(ranked).where(sa.or_(*(ranked.c.rank == place for place in places)))
        found: dict[tuple[str, date | None], dict[int, int]] = {}
        orders: dict[tuple[str, date | None], int] = {}
        for row in connection.execute(query):
            key = (row.brand, None if row.week is None else _day(row.week))
            found.setdefault(key, {})[row.rank] = int(row.seconds)
            orders[key] = row.orders
    return {
        key: LeadTime.of(orders[key], [at[rank] for rank in ranks(orders[key])]) for key, at in found.items()
    }


def _reported() -> sa.Join:
    return nuorder_order.join(match_report, _report.report_hash == _order.report_hash)


def _counted(scope: Scope) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = [_order.account.in_(scope.accounts)]
    if scope.brand:
        asked.append(_order.brand == scope.brand)
    return asked


def _within(scope: Scope, column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
    return column >= scope.start, column < scope.end


def _week(connection: Connection, instant: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The Monday of an instant's ISO week, in UTC."""
    if connection.dialect.name == "sqlite":
        # Six days back and on to the next Monday: a Monday comes back to itself. Cut before, because SQLite rounds: the
        # last microsecond of a Sunday would be a Monday.
        day = sa.func.substr(instant, sa.literal_column("1"), sa.literal_column("10"))
        return sa.func.date(day, sa.literal_column("'-6 days'"), sa.literal_column("'weekday 1'"))
    in_utc = sa.func.timezone(sa.literal_column("'UTC'"), instant)
    return sa.cast(sa.func.date_trunc(sa.literal_column("'week'"), in_utc), sa.Date)


def _seconds(
    connection: Connection, start: sa.ColumnElement[Any], end: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """Whole seconds between two instants."""
    if connection.dialect.name == "sqlite":
        return _epoch(end) - _epoch(start)
    return sa.func.floor(sa.extract("epoch", end)) - sa.func.floor(sa.extract("epoch", start))


def _epoch(instant: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    whole = sa.func.substr(instant, sa.literal_column("1"), sa.literal_column("19"))
    return sa.cast(sa.func.strftime(sa.literal_column("'%s'"), whole), sa.Integer)


def _day(value: date | str) -> date:
    return date.fromisoformat(str(value))
