"""Everything before the first write of an export: what was approved is checked once more, and planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nuorder_pos.domain.decisions import MAYBE_EXPORTED, Decision
from nuorder_pos.domain.lifecycle import State
from nuorder_pos.domain.match_data import Status
from nuorder_pos.domain.matrices import item_description
from nuorder_pos.domain.plan import Plan, Ref, item_key
from nuorder_pos.domain.plan_data import plan_from_data, plan_to_data
from nuorder_pos.domain.pos import PurchaseOrder
from nuorder_pos.domain.report import Line, Report, still_stands
from nuorder_pos.errors import NeedsMerchant, Transient
from nuorder_pos.pipeline import gather, snapshots, steps
from nuorder_pos.pipeline.final import NotFinal, read_final
from nuorder_pos.pipeline.judging import judge_decisions, standing_decision
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.plan import minimum_drips, plan_for
from nuorder_pos.pipeline.report import matched, store_report
from nuorder_pos.pipeline.work import PoRef, Work
from nuorder_pos.store import approvals, creations, exports, journal, orders, reports
from nuorder_pos.store.engine import database_now, reading, writing
from nuorder_pos.store.leases import Lease, held_lease, renew

BUSY_ELSEWHERE = 10.0
"""Seconds to wait for another order's export that is making what this one needs as well."""


def lease_name(order_id: str) -> str:
    """The lease under which an order is exported and verified."""
    return f"order:{order_id}"


class Superseded(NeedsMerchant):
    """The order or its match changed after the approval; a new report waits."""


def begun_plan(work: Work, row: Mapping[str, Any], lease: Lease) -> Plan | PoRef | None:
    """The plan of an export that has sent something: it finishes on the approved snapshot, unless it was cancelled.

    As long as it has no purchase order, a person may have exported the order since; then that one is given.
    """
    begun = exports.get(work.engine, row["order_id"])
    with reading(work.engine) as connection:
        if begun is None or not journal.anything_sent(connection, row["order_id"]):
            return None
        states = journal.states(connection, row["order_id"])
    if row["state"] == State.HELD:
        # A rejection that had to wait until it was known what a lost request made.
        judge_decisions(work, row["order_id"])
        if row_of(work.engine, row["order_id"])["state"] == State.REJECTED:
            raise NeedsMerchant("The order was rejected: nothing more is written.")
    if begun["finished_at"] is None:
        still_final(work, row)
    plan = plan_from_data(json.loads(begun["plan"]))
    po = states.get("po", journal.StepState())
    standing = (
        standing_decision(work, row["order_id"]) if po.result is None and po.open_since is None else None
    )
    if standing is None:
        return plan
    results = {key: state.result for key, state in states.items() if state.result is not None}
    vendor = results.get(plan.vendor.step, plan.vendor) if isinstance(plan.vendor, Ref) else plan.vendor
    found = _exported_elsewhere(work, row, replace(plan, vendor=vendor), standing[1], lease, begun=True)
    return found or plan


def still_final(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """The order as it is in NuORDER; a cancellation holds an export that has begun."""
    try:
        return read_final(work, row)
    except NotFinal as error:
        raise NeedsMerchant(
            f"{error} Part of its export is in the POS: archive the purchase order there, then reject the order."
        ) from None


def new_plan(work: Work, row: Mapping[str, Any], lease: Lease) -> Plan | PoRef:
    """Check everything once more and plan; or give the purchase order that is there already. Nothing is sent."""
    order_id = row["order_id"]
    # A decision that was taken while the export was tried again and again counts as well, a rejection above all.
    judge_decisions(work, order_id)
    row = row_of(work.engine, order_id)
    approval_id, decision, approved = _approval(work, row)
    try:
        raw = read_final(work, row)
    except NotFinal as error:
        orders.change_state(work.engine, order_id, State.CANCELLED, str(error))
        raise
    order = snapshots.fresh_order(work.engine, row["snapshot_id"], raw)
    report = matched(work, work.brand_of(row), order, again=approved)
    if not still_stands(approved, report, _made_by_us(work, row, approved, report)):
        report = matched(work, work.brand_of(row), order)  # the new report offers what can be found now
        snapshot = snapshots.take(work.engine, work.nuorder[row["brand"]], order_id, raw)
        store_report(work, report, snapshot.snapshot_id)
        raise Superseded(
            "The order or its match changed after it was approved; a new report waits for a decision."
        )
    _chosen_items_are_there(work, approved, report, decision)
    plan = plan_for(work, row, report, decision)
    if elsewhere := _exported_elsewhere(work, row, plan, decision, lease):
        return elsewhere
    recorded = approvals.get(work.engine, approval_id)
    with writing(work.engine) as connection:
        renew(connection, lease)
        now = database_now(connection)
        exports.put(
            connection,
            order_id,
            {
                "account_id": work.pos.account_id, "report_hash": row["report_hash"], "approval_id": approval_id,
                "snapshot_id": row["snapshot_id"], "plan": json.dumps(plan_to_data(plan)),
                "approved_at": recorded.decided_at or now, "started_at": now, "first_write_at": None,
                "minimum_drips": minimum_drips(plan, report),
            },
        )  # fmt: skip
    return plan


def _approval(work: Work, row: Mapping[str, Any]) -> tuple[int, Decision, dict[str, Any]]:
    """The approval that the export rests on, and the report it was taken on."""
    standing = standing_decision(work, row["order_id"])
    approved = reports.get_report(work.engine, row["report_hash"])
    states = (State.APPROVED, State.FAILED, State.EXPORTING)
    if standing is None or approved is None or row["state"] not in states:
        raise NeedsMerchant("The order has no approval that counts: approve it first.")
    approval_id, decision = standing
    if approvals.get(work.engine, approval_id).report_hash != row["report_hash"]:
        raise NeedsMerchant("The approval is of an earlier report: decide on the present one.")
    return approval_id, decision, approved


def _chosen_items_are_there(
    work: Work, approved: Mapping[str, Any], report: Report, decision: Decision
) -> None:
    """Items that the merchant chose may be archived or gone by now. Those that were shown as archived are meant so."""
    there = {i for i, item in report.context.catalogue.items.items() if not item.archived}
    shown = {c["item_id"] for line in approved["lines"] for c in line["candidates"] if c["archived"]}
    chosen = {value for value in decision.lines.values() if value.isdigit()} - there - shown
    if missing := chosen - gather.live_items(work, chosen):
        raise NeedsMerchant(
            f"POS item {', '.join(sorted(missing))}, which was chosen for this order, is archived or gone: decide again."
        )


def _made_by_us(work: Work, row: Mapping[str, Any], approved: Mapping[str, Any], report: Report) -> set[str]:
    """Items that exports of ours made for lines that were new when the order was approved.

    Raises ``Transient`` while another export is making one of them: what the POS shows of it is half the truth.
    """
    was_new = {line["line"] for line in approved["lines"] if line["status"] == Status.NEW_ITEM}
    keys = {
        item_key(row["brand"], line.variant): line
        for line in report.lines
        if line.variant.line in was_new and line.match.status is not Status.NEW_ITEM
    }
    found = creations.holders(work.engine, work.pos.account_id, keys)
    made = set()
    for key, (holder, pos_id) in found.items():
        if pos_id is None and holder != row["order_id"]:
            pos_id = _made_by_stopped(work, keys[key], key, holder)
        if pos_id:
            made.add(pos_id)
    return made


def _made_by_stopped(work: Work, line: Line, key: str, holder: str) -> str | None:
    """The item that an export made and did not live to write down. ``Transient`` while that export is at work."""
    name = item_description(line.variant)
    try:
        with held_lease(work.engine, lease_name(holder), f"item for {name}"):
            with reading(work.engine) as connection:
                begun = (
                    journal.states(connection, holder).get(key, journal.StepState()).open_since is not None
                )
            item = line.match.item
            if not begun or item is None or item.description != name:
                return None
            with writing(work.engine) as connection:
                creations.made(connection, work.pos.account_id, key, item.item_id)
            return item.item_id
    except Transient:
        raise Transient(
            f"The export of another order is making the item {name} right now.", retry_after=BUSY_ELSEWHERE
        ) from None


def _exported_elsewhere(
    work: Work, row: Mapping[str, Any], plan: Plan, decision: Decision, lease: Lease, *, begun: bool = False
) -> PoRef | None:
    """The purchase order that a person, or another installation, wrote for this order already."""
    certain, doubtful = steps.exported_by_hand(work, plan, row["created_on"])
    ours = [po for po in certain if po.ref_num == plan.order_id]
    with reading(work.engine) as connection:
        state = journal.states(connection, plan.order_id).get("po", journal.StepState())
    if len(ours) == 1 and state.attempts:
        # An attempt of ours that was not there when it was looked for was applied later: that one it is.
        with writing(work.engine) as connection:
            renew(connection, lease)
            journal.finish(
                connection, lease, plan.order_id, "po", "create_po", state.attempts, journal.DONE,
                result=ours[0].order_id, note="an earlier attempt was applied late",
            )  # fmt: skip
            url = work.pos.po_url(ours[0].order_id)
            orders.change_in(connection, plan.order_id, po_id=ours[0].order_id, po_url=url)
        return None
    if len(certain) == 1 and not doubtful:
        return _elsewhere(work, row, certain[0], lease)
    if (certain or doubtful) and decision.answers.get(MAYBE_EXPORTED) != "export":
        named = ", ".join(
            f"#{po.order_id}{' (archived)' if po.archived else ''}" for po in (*certain, *doubtful)
        )
        ways = (
            "If none is, take the order's number out of their notes and ask for another try (Try again on its page, or `nuorder-pos rematch`);"
            " of two that carry its id archive one; else reject the order."
            if begun
            else "If none is, approve again with --answer maybe_exported=export; else reject the order."
        )
        raise NeedsMerchant(f"The POS has purchase orders that may be this order already: {named}. {ways}")
    return None


def _elsewhere(work: Work, row: Mapping[str, Any], po: PurchaseOrder, lease: Lease) -> PoRef:
    url = work.pos.po_url(po.order_id)
    reason = f"Purchase order #{po.order_id} was there already; no second one was written."
    with writing(work.engine) as connection:
        renew(connection, lease)
        orders.change_in(
            connection, row["order_id"], state=State.EXPORTED_ELSEWHERE.value, reason=reason, po_id=po.order_id,
            po_url=url,
        )  # fmt: skip
    return PoRef(po.order_id, url)
