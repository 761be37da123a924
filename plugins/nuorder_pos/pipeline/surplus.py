"""Take back what the POS applied later than it was waited for, as journaled steps; what is not certain holds the order."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
"""Beginning of the journal keys of what is taken back: ``surplus:<resource>:<id>:<step that made it>``."""
NAMES = {"Order": "purchase order", "OrderLine": "line"}

NOT_LOOKED_FOR = frozenset({"create_po", "add_line", "add_image"}) | steps.REPEATABLE
"""Found in other ways, or, as images, no reason to hold an order."""

States = Mapping[str, journal.StepState]


def take_back(
    work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan, states: States, po: PurchaseOrder,
    around: Sequence[PurchaseOrder],
) -> list[Surplus]:  # fmt: skip
    """Look for what is one too many, and take it back; gives what was. ``around``: purchase orders read already.

    Costs nothing where every write was sent once. Raises ``NeedsMerchant``, naming both records, where a person must
    look.
    """
    results = {key: state.result for key, state in states.items() if state.result is not None}
    sent = _sent(states)
    same_ref = {one.order_id: one for one in around if one.ref_num == plan.order_id}
    if "po" in sent:
        same_ref |= {one.order_id: one for one in work.pos.purchase_orders(ref_num=plan.order_id, whole=True)}
    # Read by its id: a list may leave lines out, and nothing is taken back on a list's word.
    live = [one.order_id for one in same_ref.values() if one.order_id != po.order_id and not one.archived]
    beside = [whole for one in live if (whole := work.pos.purchase_order(one)) is not None]
    found, others = surplus_orders(po, beside, sent.get("po", Sent()))
    if others:
        named = ", ".join(f"#{other.order_id}" for other in others)
        raise NeedsMerchant(
            f"The order is in the POS more than once: purchase order #{po.order_id}, which this export wrote, and"
            f" {named}. Archive what is too many, then ask for another try (Try again on its page, or `nuorder-pos rematch`)."
        )
    if sent:
        _records_are_single(work, plan, results, sent)
        items = {line.step: resolve(line.item, results) for line in plan.lines}
        po = work.pos.purchase_order(po.order_id) or po
        lines, unclear = surplus_lines(plan, items, results, po, sent)
        if unclear:
            raise NeedsMerchant(
                f"Purchase order #{po.order_id} has the same line too often: {'; '.join(unclear)}. Remove what is too"
                " many, then ask for another try (Try again on its page, or `nuorder-pos rematch`)."
            )
        found += lines
    there = {one.order_id for one in beside if not one.archived} | {line.line_id for line in po.lines}
    found += _left_open(states, there)
    for one in found:
        _take_back(work, lease, row, plan, one)
    return found


def _sent(states: States) -> dict[str, Sent]:
    """The steps of which there may be more than one record, less what was taken back already."""
    gone = Counter(
        key.split(":", 3)[3] for key, state in states.items() if key.startswith(KEY) and state.done
    )
    found = {
        key: Sent(state.beside - gone[key], state.surplus) for key, state in states.items() if state.doubtful
    }
    return {key: one for key, one in found.items() if one.most > 0}


def _left_open(states: States, there: Collection[str]) -> list[Surplus]:
    """What was being taken back when the answer was lost, and is gone: asked for once more, so that the journal ends.

    What is ``there`` is left alone: either it is found again, or it is not one too many any more.
    """
    open_keys = [
        key for key, state in states.items() if key.startswith(KEY) and state.attempts and not state.done
    ]
    left = []
    for _, resource, record_id, step in (key.split(":", 3) for key in open_keys):
        if record_id not in there:
            kind = "remove_order" if resource == "Order" else "remove_line"
            left.append(Surplus(kind, resource, record_id, step, f"{NAMES[resource]} #{record_id}"))
    return left


def taken_back(states: States) -> list[str]:
    """The purchase orders and lines that were taken back, as people name them."""
    keys = (key.split(":", 3) for key, state in states.items() if key.startswith(KEY) and state.done)
    return [f"{NAMES[resource]} #{record_id}" for _, resource, record_id, _ in keys]


def words_of(key: str) -> str:
    """What the step with this journal key takes back, in words; empty for every other step."""
    if not key.startswith(KEY):
        return ""
    _, resource, record_id, _ = key.split(":", 3)
    return f"take back {NAMES[resource]} #{record_id}, applied late"


def _take_back(work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan, one: Surplus) -> None:
    # Written down before anything is done: what is seen if this is the last thing that happens.
    reason = f"There is one too many in the POS: {one.words}. It is being taken back."
    with writing(work.engine) as connection:
        leases.renew(connection, lease)
        orders.change_in(connection, plan.order_id, state=State.HELD.value, reason=reason, retry=True)
    _log.warning("%s %s: %s", row["brand"], row["order_number"], reason)
    key = f"{KEY}{one.resource}:{one.record_id}:{one.step}"
    step = Step(key, one.kind, f"take back {one.words}", one.resource, {}, target=one.record_id)
    Export(work, lease, row, plan).extra(step)


def _records_are_single(work: Work, plan: Plan, results: Mapping[str, str], sent: Mapping[str, Sent]) -> None:
    """Whether vendors, matrices and items that were sent more than once are there once. They may carry stock or
    history by now, so that a person decides which one stays."""
    for step in plan.steps:
        if step.key not in sent or step.kind in NOT_LOOKED_FOR:
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
                f" Keep #{results[step.key]}, merge or archive the other, then ask for another try"
                " (Try again on its page, or `nuorder-pos rematch`)."
            )


def images_twice(work: Work, plan: Plan, states: States) -> list[str]:
    """What an order says of images that may be, or are, in the POS twice. They hold no order: one is deleted by hand."""
    results = {key: state.result for key, state in states.items() if state.result is not None}
    remarks = []
    for step in plan.steps:
        if step.kind != "add_image" or not states[step.key].doubtful:
            continue
        payload, natural = resolve(step.payload, results), resolve(step.natural, results)
        there = steps.every(work, step, natural, payload, resolve(step.target, results))
        ids = sorted({*there, *states[step.key].surplus})
        if len(ids) > 1:
            remarks.append(
                f"In the POS more than once: {step.summary} ({', '.join(f'#{one}' for one in ids)})."
            )
        else:
            remarks.append(
                f"May be in the POS twice, its first upload was not found in time: {step.summary}."
            )
    return remarks


def _still_known(work: Work, step: Step, sent: Sent) -> set[str]:
    return {known for known in sent.known if steps.still_there(work, step, known)}


def look_again(work: Work, order_id: str, *, holder: str) -> None:
    """Look once more at an order of which a write was sent twice: the POS may have applied one of them late.

    Only what is one too many is looked for: what people have changed in the POS since is theirs.
    """
    with work.counted(order_id), leases.held_lease(work.engine, lease_name(order_id), holder) as lease:
        row = row_of(work.engine, order_id)
        try:
            remark = _look(work, lease, row)
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
            if remark:
                reason = f"{row['reason']} {remark}".strip()
                orders.change_in(connection, order_id, state=row["state"], reason=reason)


def _look(work: Work, lease: leases.Lease, row: Mapping[str, Any]) -> str:
    """What the order's reason is to say beside what it says, if anything. ``NeedsMerchant`` where it must be held."""
    order_id, export = row["order_id"], exports.get(work.engine, row["order_id"])
    if export is None or row["state"] not in (State.EXPORTED, State.REJECTED):
        return ""  # its own export looks, when it comes to its end
    if row["state"] == State.REJECTED:
        live = [po for po in work.pos.purchase_orders(ref_num=order_id) if not po.archived]
        # Not held: a held export is taken up again, and this one was given up by a person.
        return "".join(
            f"Purchase order #{po.order_id} of it was applied late by the POS: archive it there."
            for po in live[:1]
        )
    plan = plan_from_data(json.loads(export["plan"]))
    with reading(work.engine) as connection:
        states = journal.states(connection, order_id)
    po = work.pos.purchase_order(row["po_id"])
    taken = take_back(work, lease, row, plan, states, po, ()) if po is not None else []
    named = ", ".join(f"{NAMES[one.resource]} #{one.record_id}" for one in taken)
    remarks = [f"Applied late by the POS, and taken back: {named}."] if taken else []
    remarks += [one for one in images_twice(work, plan, states) if one not in row["reason"]]
    return " ".join(remarks)


def look_at_all(work: Work, holder: str) -> None:
    """``look_again`` at every order of the account that is due. One that cannot be looked at now stays due, and never
    stops what comes after it."""
    for order_id in exports.due_again(work.engine, work.account.name):
        try:
            look_again(work, order_id, holder=holder)
        except NuorderPosError as error:
            _log.warning("order %s, which was to be looked at again: %s", order_id, error)
        except Exception:  # noqa: BLE001 - whatever it is, discovery goes on
            _log.exception("order %s, which was to be looked at again", order_id)
