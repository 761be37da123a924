"""Snapshot an order, match it, and put its report into the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from nuorder_pos.config import BrandConfig
from nuorder_pos.domain.decisions import APPROVE, carried_over, fold_answers, mapping_of
from nuorder_pos.domain.lifecycle import State
from nuorder_pos.domain.match_data import Status
from nuorder_pos.domain.orders import Order
from nuorder_pos.domain.report import Report, still_stands
from nuorder_pos.domain.report import make_report as match_order
from nuorder_pos.domain.report_data import as_data
from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.pipeline import gather, look_ahead, snapshots
from nuorder_pos.pipeline.final import NotFinal, is_settled, read_final
from nuorder_pos.pipeline.judging import judge_decisions
from nuorder_pos.pipeline.lookups import Lookups
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import approvals, creations, orders, reports
from nuorder_pos.store.engine import database_now, writing

_log = logging.getLogger(__name__)
AUTO_APPROVER = "auto-approve"
FOUND_AGAIN = frozenset({"link", "link_by_code", "code"})
"""Rules whose items are looked up by the order's codes and the saved links themselves."""
SUPERSEDED_REASON = "The order or its match changed after it was approved; a new report waits."


def make_report(work: Work, order_id: str, run: str = "") -> str:
    """Snapshot and match an order; gives the hash of its current report.

    An order that was decided on keeps its state where the report is the same as before; a report that differs waits
    for a new decision, with the decisions on unchanged lines carried over. What was read and looked up for the whole
    ``run`` (see ``look_ahead``) is not read again.
    """
    row = _row(work, order_id)
    if is_settled(row):
        return str(row["report_hash"])
    if row["rematch_asked_at"] is not None:
        run = ""  # asked for because something changed in the POS: what was answered before does not count
    with work.counted(order_id):
        try:
            shot = look_ahead.snapshot_of(work, run, row) or _snapshot(work, row)
            report = matched(work, work.brand_of(row), shot.order, Lookups(work, run))
        except NotFinal as error:
            orders.change_state(work.engine, order_id, State.CANCELLED, str(error), rematch_asked_at=None)
            return str(row["report_hash"] or "")
        except NeedsMerchant as error:
            orders.change_state(
                work.engine,
                order_id,
                State.FAILED,
                str(error),
                retry=False,
                tried_at=work.clock(),
                rematch_asked_at=None,
            )
            raise
    store_report(work, report, shot.snapshot_id)
    return report.report_hash


def _snapshot(work: Work, row: Mapping[str, Any]) -> snapshots.Snapshot:
    raw = read_final(work, row)
    return snapshots.take(work.engine, work.nuorder[row["brand"]], row["order_id"], raw)


def matched(
    work: Work,
    brand: BrandConfig,
    order: Order,
    lookups: Lookups | None = None,
    *,
    again: Mapping[str, Any] | None = None,
) -> Report:
    """Match an order against the POS as it is now. ``NeedsMerchant`` where it has nothing to match or to price.

    ``again``: the stored report that a decision was taken on. Then only what it rests on is looked at, and what it
    offered stays offered while it is there: whether the decision still stands does not depend on what might resemble.
    """
    if not order.variants:
        raise NeedsMerchant("The order has no lines, so there is nothing to export.")
    context = gather.context_for(
        work, brand, order, lookups or Lookups(work), None if again is None else _items_of(again)
    )
    if again is not None:
        offered = {line["line"]: [c["item_id"] for c in line["candidates"]] for line in again["lines"]}
        context = replace(context, offered=offered)
    try:
        return match_order(order, context)
    except ValueError as error:
        raise NeedsMerchant(f"The order cannot be exported: {error}.") from None


def _items_of(report: Mapping[str, Any]) -> set[str]:
    """The items of a stored report that neither their code nor a saved link need lead to again."""
    elsewhere = {line["item_id"] for line in report["lines"] if line.get("rule") not in FOUND_AGAIN}
    return (elsewhere | {c["item_id"] for line in report["lines"] for c in line["candidates"]}) - {None}


def store_report(work: Work, report: Report, snapshot_id: int) -> None:
    """Make this the order's current report."""
    # A decision on the last report that nobody has read yet was taken before this one: it is judged first.
    judge_decisions(work, report.order.order_id)
    row = _row(work, report.order.order_id)
    body = as_data(report)
    before = reports.get_report(work.engine, row["report_hash"])
    approved = before is not None and _was_approved(work, row, before)
    if approved and before is not None and still_stands(before, report, _made_since(work, before, report)):
        orders.change_state(
            work.engine, report.order.order_id, State.APPROVED, row["reason"] if row["state"] == State.APPROVED else "",
            retry=True, matched_at=work.clock(), rematch_asked_at=None,
        )  # fmt: skip
        return
    same = row["report_hash"] == report.report_hash
    carried = {} if same or before is None else _carried(work, before, body)
    changes = [] if same or before is None else _changes(before, body)
    state, reason = _next_state(row, same, approved)
    with writing(work.engine) as connection:
        reports.add_report(connection, body, snapshot_id, carried, changes)
        now = database_now(connection)
        keep_deadline = same and row["expires_at"] is not None and row["rematch_asked_at"] is None
        expires = row["expires_at"] if keep_deadline else now + timedelta(days=work.account.decision_days)
        order = report.order
        orders.change_in(
            connection, order.order_id,
            state=state.value, reason=reason, retry=True, report_hash=report.report_hash, snapshot_id=snapshot_id,
            content_hash=report.content_hash, matched_at=now, expires_at=expires, rematch_asked_at=None, read_at=now,
            nuorder_status=order.status, order_number=order.number, customer_po=order.customer_po, currency=order.currency,
            total=order.total, units=order.units, ship_start=order.first_ship_start, ship_end=order.last_ship_end,
        )  # fmt: skip
    if not same:
        _auto_approve(work, row, report)


def _made_since(work: Work, before: Mapping[str, Any], report: Report) -> set[str]:
    """Items that are offered now and were not before, because exports of ours made them."""
    seen = {c["item_id"] for line in before["lines"] for c in line["candidates"]}
    offered = {c.item.item_id for line in report.lines for c in line.match.candidates} - seen
    return creations.made_items(work.engine, work.pos.account_id, offered)


def _was_approved(work: Work, row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether this report was approved, and the order perhaps failed on its way into the POS."""
    if row["state"] not in (State.APPROVED, State.FAILED):
        return False
    approval_id = approvals.standing(work.engine, row["order_id"])
    if approval_id is None:
        return False
    recorded = approvals.get(work.engine, approval_id)
    return recorded.decision.casefold() in APPROVE and recorded.report_hash == before["report_hash"]


def _next_state(row: Mapping[str, Any], same: bool, approved: bool) -> tuple[State, str]:
    state = State(row["state"])
    if approved or state is State.APPROVED or (same and state is State.SUPERSEDED):
        return State.SUPERSEDED, SUPERSEDED_REASON
    return State.AWAITING_APPROVAL, ""


def _line_key(line: Mapping[str, Any]) -> tuple[str, ...]:
    candidates = sorted(c["item_id"] for c in line["candidates"])
    names = ("product_id", "style_number", "color", "size", "upc", "units", "unit_cost", "status", "item_id")
    return (*(str(line[name]) for name in names), *candidates)


def _decided(
    work: Work, report: Mapping[str, Any], order_id: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What was decided on a report: by its newest approval that counts, over what the report itself was carried."""
    for row in reversed(approvals.history(work.engine, order_id)):
        if row["report_hash"] != report["report_hash"] or not row["counts"]:
            continue
        if str(row["decision"] or "").casefold() not in APPROVE:
            continue
        try:
            given = mapping_of(row["lines"] or "", "lines"), mapping_of(row["answers"] or "", "answers")
        except ValueError:
            continue
        # An earlier approval's choices that this one does not repeat were withdrawn with it.
        return carried_over(report, *fold_answers(report, *given))
    return carried_over(report, {}, {})


def _carried(work: Work, before: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Decisions on lines that did not change, under their new numbers, and answers to questions that are asked again."""
    taken_lines, taken_answers = _decided(work, before, body["order_id"])
    renumbered = _renumbered(before["lines"], body["lines"])
    asked = {
        (q["code"], tuple(sorted(c["value"] for c in q["choices"])))
        for q in before["questions"]
        if not q["line"]
    }
    again = {
        q["code"]
        for q in body["questions"]
        if (q["code"], tuple(sorted(c["value"] for c in q["choices"]))) in asked
    }
    lines = {
        renumbered[line]: value
        for line, value in taken_lines.items()
        if line in renumbered and ":" not in value
    }
    answers = {code: value for code, value in taken_answers.items() if code in again}
    return {"lines": lines, "answers": answers} if lines or answers else {}


def _renumbered(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Numbers of the lines that did not change, old to new. Of several equal ones the first is the first again; where
    there are more or fewer of them now, nobody knows which is which."""
    was, are = _numbers_by_key(before), _numbers_by_key(now)
    same = (key for key in was if len(was[key]) == len(are.get(key, ())))
    return {old: new for key in same for old, new in zip(was[key], are[key], strict=True)}


def _numbers_by_key(lines: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        found.setdefault(_line_key(line), []).append(line["line"])
    return found


def _changes(before: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    """What changed since the last report, in words."""
    changes = [
        f"{name}: {before['order'].get(name) or 'none'} became {body['order'].get(name) or 'none'}"
        for name in (
            "total",
            "currency",
            "customer_po",
            "ship_start",
            "ship_end",
            "shipping",
            "surcharge",
            "discount",
        )
        if before["order"].get(name) != body["order"].get(name)
    ]
    was = {line["line"]: line for line in before["lines"]}
    for line in body["lines"]:
        old = was.pop(line["line"], None)
        name = f"line {line['line']} ({line['style_number']} {line['color']} {line['size']})"
        if old is None:
            changes.append(f"{name} is new")
            continue
        changes.extend(
            f"{name}: {field} {old[field] or 'none'} became {line[field] or 'none'}"
            for field in ("style_number", "color", "size", "upc", "units", "unit_cost", "status", "item_id")
            if old[field] != line[field]
        )
    changes.extend(f"line {line} is gone" for line in was)
    return changes


def _auto_approve(work: Work, row: Mapping[str, Any], report: Report) -> None:
    """Approve by the brand's rule, where it has one and nothing speaks against it; recorded as such."""
    brand = work.brand_of(row)
    rule = brand.auto_approve
    total = report.order.total
    if (
        rule is None
        or not rule.max_total
        or not brand.shop
        or total is None
        or _older_than_since(work, brand, row)
    ):
        return
    sure = not report.questions and all(line.match.status is not Status.NEW_ITEM for line in report.lines)
    if (
        not sure
        or total > Decimal(rule.max_total)
        or report.order.currency != report.context.account.currency
    ):
        return
    if any(
        entry["decided_by"] != AUTO_APPROVER
        for entry in approvals.history(work.engine, report.order.order_id)
    ):
        return  # a person has decided on this order before: people decide again
    comment = f"by rule: nothing open, all lines matched, total {total} under {rule.max_total}"
    approvals.record(
        work.engine, report.report_hash, "approve", shop=brand.shop, decided_by=AUTO_APPROVER, comment=comment
    )
    _log.info("order %s was approved by the brand's rule", report.order.number)


def _older_than_since(work: Work, brand: BrandConfig, row: Mapping[str, Any]) -> bool:
    since = brand.since or orders.brand_first_seen(
        work.engine, work.account.name, brand.name, work.clock().date()
    )
    return row["created_on"] is not None and row["created_on"].date() < since


def _row(work: Work, order_id: str) -> Mapping[str, Any]:
    row = orders.get(work.engine, order_id)
    if row is None:
        raise Permanent(f"The project's database does not know order {order_id}.")
    return row
