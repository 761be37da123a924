"""Find finalized orders of every brand, and claim those that need a run.

All three final statuses are polled, because a brand's ERP can move an order from approved to processed in minutes, and
``cancelled`` for orders that are known. A brand that cannot be read never stops the others.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from nuorder_pos.clients.nuorder import Nuorder
from nuorder_pos.config import BrandConfig
from nuorder_pos.domain.lifecycle import CANCELLED_STATUS, CLOSED, FINAL_STATUSES, IN_PROGRESS, WAITING, State
from nuorder_pos.domain.orders import Order, OrderUnreadable, fold, instant, read_order, text
from nuorder_pos.domain.report import content_hash
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Permanent, Transient
from nuorder_pos.pipeline import snapshots
from nuorder_pos.pipeline.judging import judge_decisions
from nuorder_pos.pipeline.surplus import look_at_all
from nuorder_pos.pipeline.work import Claim, RunRef, Work
from nuorder_pos.store import approvals, orders
from nuorder_pos.store.engine import writing

_log = logging.getLogger(__name__)
HELD_AGAIN_AFTER = timedelta(days=1)
MOST_FAILURES = 3
TAKEN = frozenset({State.DISCOVERED, State.APPROVED, State.EXPORTING, State.FAILED, State.HELD}) | WAITING

Row = Mapping[str, Any]


def discover(
    work: Work, *, run: RunRef, order_numbers: Sequence[str] = (), brands: Sequence[str] = (),
    max_orders: int | None = None, is_live: Callable[[Sequence[Claim]], set[str]],
) -> list[str]:  # fmt: skip
    """Read the brands' orders, claim those that need this run, and give their ids; the position is the map index.

    A discovery that is repeated for the same run gives the orders which that run has claimed before.
    ``is_live`` says which claims of other runs are still held by a live run.
    """
    already = orders.claimed_by(work.engine, run.dag_id, run.run_id)
    if already:
        return already
    chosen = _brands(work, brands)
    look_at_all(work, holder=f"{run.dag_id}/{run.run_id}/second look")
    named = {number.strip() for number in order_numbers if number.strip()}
    errors: list[Exception] = []
    for brand in chosen:
        try:
            _read_brand(work, brand, named)
            orders.brand_read(work.engine, work.account.name, brand.name, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other brands are read
            _log.error(
                "brand %s could not be read: %s", brand.name, _said(error), exc_info=_unforeseen(error)
            )
            orders.brand_read(work.engine, work.account.name, brand.name, _said(error))
            errors.append(error)
    if errors and len(errors) == len(chosen):
        raise errors[0]
    _judge_strays(work)
    return _claim(work, run, {brand.name for brand in chosen}, named, max_orders, is_live)


def _brands(work: Work, wanted: Sequence[str]) -> list[BrandConfig]:
    if not wanted:
        return list(work.account.brands)
    by_name = {fold(brand.name): brand for brand in work.account.brands}
    unknown = [name for name in wanted if fold(name) not in by_name]
    if unknown:
        known = ", ".join(brand.name for brand in work.account.brands)
        raise Permanent(
            f"The run names brand {unknown[0]}, which account {work.account.name} does not have; it has {known}."
        )
    return [by_name[fold(name)] for name in wanted]


def _read_brand(work: Work, brand: BrandConfig, named: set[str]) -> None:
    nuorder = work.nuorder[brand.name]
    today = work.clock().date()
    since = brand.since or orders.brand_first_seen(work.engine, work.account.name, brand.name, today)
    orders.brand_first_seen(work.engine, work.account.name, brand.name, today)
    by_status = {status: nuorder.order_ids(status) for status in (*FINAL_STATUSES, CANCELLED_STATUS)}
    statuses = {order_id: status for status, ids in by_status.items() for order_id in ids}
    known = orders.known_by_id(work.engine, statuses)
    failures = 0
    for order_id, status in statuses.items():
        row = known.get(order_id)
        if row is not None and row["account"] != work.account.name:
            continue  # the account that saw the order first exports it; uniqueness is over all accounts
        try:
            if row is not None:
                _see_known(work, nuorder, brand, row, status, named)
            elif status != CANCELLED_STATUS:
                _see_new(work, nuorder, brand, order_id, since, named)
            failures = 0
        except Exception as error:  # noqa: BLE001 - whatever it is, the other orders are read
            # One bad order never stops the others; several passing failures in a row mean that NuORDER is in trouble.
            _log.error(
                "%s: order %s could not be read: %s",
                brand.name,
                order_id,
                _said(error),
                exc_info=_unforeseen(error),
            )
            failures = failures + 1 if isinstance(error, Transient) else 0
            if failures == MOST_FAILURES:
                # Raises where it is NuORDER that fails; where it answers, it is these orders, and the rest is read.
                nuorder.order_ids(CANCELLED_STATUS)
                failures = 0


def _unforeseen(error: Exception) -> bool:
    return not isinstance(error, NuorderPosError)


def _said(error: Exception) -> str:
    """An error's own sentence; one that nobody foresaw is named, too."""
    return f"{type(error).__name__}: {error}" if _unforeseen(error) else str(error)


def _see_new(
    work: Work, nuorder: Nuorder, brand: BrandConfig, order_id: str, since: date, named: set[str]
) -> None:
    raw = nuorder.order(order_id)
    if raw is None:
        return
    number = text(raw.get("order_number")) or order_id
    created = instant(raw.get("created_on"))
    wanted = number in named or order_id in named
    # An order without a date counts as new: leaving it out in silence would lose it.
    old = created is not None and created.date() < since and not wanted
    values: dict[str, Any] = {
        "order_id": order_id, "account": work.account.name, "brand": brand.name, "order_number": number,
        "nuorder_status": text(raw.get("status")).casefold(), "created_on": created, "listed_only": old,
        "state": State.DISCOVERED.value, "reason": f"Created before {since}: only listed." if old else "",
    }  # fmt: skip
    with contextlib.suppress(OrderUnreadable):  # the report says what is wrong with it
        values |= _head(read_order({"order": raw, "products": {}}))
    if not orders.add(work.engine, values):
        return
    _log.info("%s %s: %s", brand.name, number, "older than since, only listed" if old else "found")


def _head(order: Order) -> dict[str, Any]:
    return {
        "customer_po": order.customer_po, "currency": order.currency, "total": order.total, "units": order.units,
        "ship_start": order.first_ship_start, "ship_end": order.last_ship_end, "group_id": order.group_id,
    }  # fmt: skip


def _see_known(
    work: Work, nuorder: Nuorder, brand: BrandConfig, row: Row, status: str, named: set[str]
) -> None:
    order_id = row["order_id"]
    if row["listed_only"] and {row["order_number"], order_id} & named:
        orders.change(work.engine, order_id, listed_only=False, reason="")
        return
    if row["listed_only"]:
        return
    if status == CANCELLED_STATUS:
        # One that is being exported is held by its export, which reads the order again before it writes.
        unless = {s.value for s in (*CLOSED, *IN_PROGRESS)}
        reason = "The brand cancelled the order in NuORDER."
        orders.change_state(
            work.engine, order_id, State.CANCELLED, reason, unless=unless, nuorder_status=status
        )
        return
    if row["state"] == State.CANCELLED:
        # Statuses are not monotone: a cancelled order that is final again starts over.
        orders.change(work.engine, order_id, state=State.DISCOVERED.value, reason="", nuorder_status=status)
        return
    if row["state"] in {s.value for s in WAITING} or row["state"] in (
        State.REJECTED,
        State.EXPIRED,
        State.FAILED,
    ):
        _notice_edit(work, nuorder, row)


def _notice_edit(work: Work, nuorder: Nuorder, row: Row) -> None:
    """Have an order that the brand edited matched again. A status alone says nothing: edits do not move it."""
    raw = nuorder.order(row["order_id"])
    if raw is None:
        return
    if row["snapshot_id"] is None:
        # It could not even be read; where it can be now, the brand has mended it.
        with contextlib.suppress(OrderUnreadable):
            if read_order({"order": raw, "products": {}}).variants:
                orders.change(work.engine, row["order_id"], retry=True)
        return
    try:
        now = content_hash(snapshots.fresh_order(work.engine, row["snapshot_id"], raw))
    except NeedsMerchant:
        now = ""
    if now != row["content_hash"] and row["rematch_asked_at"] is None:
        _log.info("%s %s was edited in NuORDER; it will be matched again", row["brand"], row["order_number"])
        orders.change(work.engine, row["order_id"], rematch_asked_at=work.clock())


def _judge_strays(work: Work) -> None:
    """Decisions that no waiting order reads: on an unknown hash, or on an order that is exported already."""
    for order_id in orders.decided_too_late(work.engine, work.account.name):
        judge_decisions(work, order_id)
    for recorded in approvals.orphans(work.engine):
        with writing(work.engine) as connection:
            reason = "no report has this hash"
            approvals.give_verdict(connection, recorded.approval_id, None, False, reason)
        _log.warning("decision %s does not count: %s", recorded.approval_id, reason)


def _claim(
    work: Work, run: RunRef, brands: set[str], named: set[str], max_orders: int | None,
    is_live: Callable[[Sequence[Claim]], set[str]],
) -> list[str]:  # fmt: skip
    reopened = orders.reopened(work.engine, work.account.name)
    rows = [
        row
        for row in orders.listing(work.engine, account=work.account.name)
        if row["brand"] in brands and _needs_run(work, row, reopened, named)
    ]
    others = [
        Claim(row["order_id"], row["claim_dag_id"], row["claim_run_id"], row["claim_map_index"])
        for row in rows
        if row["claim_run_id"] is not None
    ]
    live = is_live(others) if others else set()
    free = {row["order_id"]: row["claim_run_id"] for row in rows if row["order_id"] not in live}
    most = min(max_orders or work.account.map_orders, work.account.map_orders)
    wanted = sorted((row for row in rows if row["order_id"] in free), key=_age)[:most]
    if len(free) > most:
        _log.info("%s orders need a run; this one takes %s, the rest waits for the next", len(free), most)
    return orders.claim(work.engine, [row["order_id"] for row in wanted], run.dag_id, run.run_id, free)


def _age(row: Row) -> tuple[str, str]:
    return (row["created_on"].isoformat() if row["created_on"] else "", row["order_id"])


def _needs_run(work: Work, row: Row, reopened: set[str], named: set[str]) -> bool:
    if row["listed_only"]:
        return False
    if named and not {row["order_number"], row["order_id"]} & named:
        return False
    if row["order_id"] in reopened:
        return True
    if row["state"] not in {s.value for s in TAKEN}:
        return False
    if row["retry"] or named:
        return True
    # What a person had to mend may be mended by now: once a day, without being asked.
    return row["tried_at"] is None or work.clock() - row["tried_at"] > HELD_AGAIN_AFTER
