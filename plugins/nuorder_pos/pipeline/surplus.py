"""Take back what the POS applied later than it was waited for, as journaled steps; what is not certain holds the order."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.domain.plan import Plan, Step
from nuorder_pos.domain.plan_data import plan_from_data, resolve
from nuorder_pos.domain.pos import PurchaseOrder
from nuorder_pos.domain.surplus import Sent, Surplus, surplus_lines, surplus_orders
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline import steps
from nuorder_pos.pipeline.export import Export
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.prepare import lease_name
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import exports, journal, leases, orders
from nuorder_pos.store.engine import reading, writing

_log = logging.getLogger(__name__)
KEY = "surplus:"
"""Beginning of the journal keys of what is taken back."""

States = Mapping[str, journal.StepState]


def take_back(
    work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan, states: States, po: PurchaseOrder,
    around: Sequence[PurchaseOrder],
) -> bool:  # fmt: skip
    """Look for what is one too many, and take it back; whether anything was. ``around``: purchase orders read already.

    Costs nothing where every write was sent once. Raises ``NeedsMerchant``, naming both records, where a person must
    look.
    """
    results = {key: state.result for key, state in states.items() if state.result is not None}
    sent = {key: Sent(state.given_up, state.surplus) for key, state in states.items() if state.doubtful}
    same_ref = {one.order_id: one for one in around if one.ref_num == plan.order_id}
    if "po" in sent:
        same_ref |= {one.order_id: one for one in work.pos.purchase_orders(ref_num=plan.order_id, whole=True)}
    found, unclear = surplus_orders(po, list(same_ref.values()), sent.get("po", Sent()))
    if unclear:
        named = ", ".join(f"#{other.order_id}" for other in unclear)
        raise NeedsMerchant(
            f"The order is in the POS more than once: purchase order #{po.order_id}, which this export wrote, and"
            f" {named}. Archive what is too many, then ask for another try (`nuorder-pos rematch`)."
        )
    if sent:
        _records_are_single(work, plan, results, sent)
        items = {line.step: resolve(line.item, results) for line in plan.lines}
        found += surplus_lines(plan, items, results, po, sent)
    for one in found:
        _take_back(work, lease, row, plan, one)
    return bool(found)


def taken_back(states: States) -> list[str]:
    """The purchase orders and lines that were taken back, as people name them."""
    kinds = {"Order": "purchase order", "OrderLine": "line"}
    keys = (key.removeprefix(KEY).split(":") for key, s in states.items() if key.startswith(KEY) and s.done)
    return [f"{kinds[resource]} #{record_id}" for resource, record_id in keys]


def _take_back(work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan, one: Surplus) -> None:
    # Written down before anything is done: what is seen if this is the last thing that happens.
    reason = f"There is one too many in the POS: {one.words}. It is being taken back."
    orders.change_state(work.engine, plan.order_id, State.HELD, reason, retry=True)
    _log.warning("%s %s: %s", row["brand"], row["order_number"], reason)
    key = f"{KEY}{one.resource}:{one.record_id}"
    step = Step(key, one.kind, f"take back {one.words}", one.resource, {}, target=one.record_id)
    Export(work, lease, row, plan).extra(step)


def _records_are_single(work: Work, plan: Plan, results: Mapping[str, str], sent: Mapping[str, Sent]) -> None:
    """Whether vendors, matrices and items that were sent more than once are there once. They may carry stock or
    history by now, so that a person decides which one stays."""
    for step in plan.steps:
        if step.key not in sent or step.kind in ("create_po", "add_line", *steps.REPEATABLE):
            continue
        payload, natural = resolve(step.payload, results), resolve(step.natural, results)
        target = resolve(step.target, results)
        there = {
            *steps.every(work, step, natural, payload, target),
            *_still_known(work, step, sent[step.key]),
        }
        if others := sorted(there - {results[step.key]}):
            named = ", ".join(f"#{other}" for other in others)
            raise NeedsMerchant(
                f"The POS has {step.summary} more than once: #{results[step.key]}, which the order uses, and {named}."
                " Merge or archive what is too many, then ask for another try (`nuorder-pos rematch`)."
            )


def _still_known(work: Work, step: Step, sent: Sent) -> set[str]:
    return {known for known in sent.known if steps.still_there(work, step, known)}


def look_again(work: Work, order_id: str, *, holder: str) -> None:
    """Look once more at an order of which a write was sent twice: the POS may have applied one of them late.

    Only what is one too many is looked for: what people have changed in the POS since is theirs.
    """
    with work.counted(order_id), leases.held_lease(work.engine, lease_name(order_id), holder) as lease:
        row = row_of(work.engine, order_id)
        export = exports.get(work.engine, order_id)
        if row["state"] != State.EXPORTED or export is None or export["look_again_at"] is None:
            return
        plan = plan_from_data(json.loads(export["plan"]))
        with reading(work.engine) as connection:
            states = journal.states(connection, order_id)
        po = work.pos.purchase_order(row["po_id"])
        try:
            taken = po is not None and take_back(work, lease, row, plan, states, po, ())
        except NeedsMerchant as error:
            with writing(work.engine) as connection:
                leases.renew(connection, lease)
                exports.change(connection, order_id, look_again_at=None)
                held = {"state": State.HELD.value, "reason": str(error)}
                orders.change_in(connection, order_id, retry=False, tried_at=work.clock(), **held)
            raise
        with writing(work.engine) as connection:
            leases.renew(connection, lease)
            exports.change(connection, order_id, look_again_at=None)
            if taken:
                named = ", ".join(taken_back(journal.states(connection, order_id)))
                reason = f"{row['reason']} Applied late by the POS, and taken back: {named}.".strip()
                orders.change_in(connection, order_id, state=State.EXPORTED.value, reason=reason)


def look_at_all(work: Work, holder: str) -> None:
    """``look_again`` at every order of the account that is due. One that cannot be looked at now stays due."""
    for order_id in exports.due_again(work.engine, work.account.name):
        try:
            look_again(work, order_id, holder=holder)
        except NuorderPosError as error:
            _log.warning("order %s, which was to be looked at again: %s", order_id, error)
