"""Export one approved order, exactly once: under a lease, journaled before and after every write.

A step that was begun and has no result is an unknown outcome: wait until no request can be in flight any more, look it
up by its natural key, only then send again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.decisions import Decision
from nuorder_pos.domain.lifecycle import EXPORTED, State
from nuorder_pos.domain.plan import Plan, Ref, Step
from nuorder_pos.domain.plan_data import plan_from_data, plan_to_data, resolve
from nuorder_pos.domain.pos import PurchaseOrder
from nuorder_pos.domain.report import content_hash, still_stands
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent, Transient
from nuorder_pos.pipeline import snapshots, steps
from nuorder_pos.pipeline.judging import standing_decision
from nuorder_pos.pipeline.lines import place_lines
from nuorder_pos.pipeline.orders import note_error, row_of
from nuorder_pos.pipeline.plan import minimum_drips, plan_for
from nuorder_pos.pipeline.report import NotFinal, matched, read_final, store_report
from nuorder_pos.pipeline.work import PoRef, Work
from nuorder_pos.store import approvals, creations, exports, journal, leases, orders, reports
from nuorder_pos.store.engine import database_now, reading, writing

_log = logging.getLogger(__name__)
BUSY_ELSEWHERE = 10.0
"""Seconds to wait for another order's export that is making what this one needs as well."""


class Superseded(NeedsMerchant):
    """The order or its match changed after the approval; a new report waits."""


def export(work: Work, order_id: str, *, holder: str) -> PoRef:
    """Export an approved order; gives its purchase order. A repeated call goes on where the last one stood.

    Raises ``Transient`` and ``OutcomeUnknown`` (try again), ``NeedsMerchant`` and ``Permanent`` (the order keeps the
    reason).
    """
    with work.counted(order_id), leases.held_lease(work.engine, lease_name(order_id), holder) as lease:
        try:
            return _export(work, order_id, lease)
        except (leases.LeaseLost, Superseded):
            raise  # the new holder, or the new report, tells the order's story
        except NuorderPosError as error:
            note_error(work.engine, order_id, error)
            raise


def lease_name(order_id: str) -> str:
    """The lease under which an order is exported and verified."""
    return f"order:{order_id}"


def _export(work: Work, order_id: str, lease: leases.Lease) -> PoRef:
    row = row_of(work.engine, order_id)
    if row["state"] in EXPORTED:
        _log.info("%s %s is exported already", row["brand"], row["order_number"])
        return PoRef(row["po_id"] or "", row["po_url"] or "")
    plan = _begun_plan(work, row) or _new_plan(work, row)
    if isinstance(plan, PoRef):
        return plan
    return Export(work, lease, row["brand"], plan).run()


def _begun_plan(work: Work, row: Mapping[str, Any]) -> Plan | None:
    """The plan of an export that has sent something: it finishes on the approved snapshot, unless it was cancelled."""
    begun = exports.get(work.engine, row["order_id"])
    if begun is None or begun["first_write_at"] is None:
        return None
    try:
        raw = read_final(work, row)
    except NotFinal as error:
        raise NeedsMerchant(
            f"{error} Part of its export is in the POS: finish or remove the purchase order there by hand."
        ) from None
    now = snapshots.fresh_order(work.engine, begun["snapshot_id"], raw)
    if content_hash(now) != row["content_hash"]:
        _log.warning(
            "%s %s was edited after its export began; the approved version is finished",
            row["brand"],
            now.number,
        )
    return plan_from_data(json.loads(begun["plan"]))


def _new_plan(work: Work, row: Mapping[str, Any]) -> Plan | PoRef:
    """Check everything once more, right before the first write, and plan. Nothing is sent yet."""
    order_id = row["order_id"]
    standing = standing_decision(work, order_id)
    approved = reports.get_report(work.engine, row["report_hash"])
    if standing is None or approved is None or row["state"] not in (State.APPROVED, State.FAILED):
        raise NeedsMerchant("The order has no approval that counts: approve it first.")
    approval_id, decision = standing
    if approvals.get(work.engine, approval_id).report_hash != row["report_hash"]:
        raise NeedsMerchant("The approval is of an earlier report: decide on the present one.")
    try:
        raw = read_final(work, row)
    except NotFinal as error:
        orders.change_state(work.engine, order_id, State.CANCELLED, str(error))
        raise
    order = snapshots.fresh_order(work.engine, row["snapshot_id"], raw)
    report = matched(work, work.brand_of(row), order)
    if not still_stands(approved, report):
        store_report(
            work, report, snapshots.take(work.engine, work.nuorder[row["brand"]], order_id, raw).snapshot_id
        )
        raise Superseded(
            "The order or its match changed after it was approved; a new report waits for a decision."
        )
    plan = plan_for(work, row, report, decision)
    if elsewhere := _exported_elsewhere(work, row, plan, decision):
        return elsewhere
    with writing(work.engine) as connection:
        now = database_now(connection)
        exports.put(
            connection,
            order_id,
            {
                "account_id": work.pos.account_id, "report_hash": row["report_hash"], "approval_id": approval_id,
                "snapshot_id": row["snapshot_id"], "plan": json.dumps(plan_to_data(plan)), "approved_at": now,
                "started_at": now, "minimum_drips": minimum_drips(plan, report),
            },
        )  # fmt: skip
    return plan


def _exported_elsewhere(work: Work, row: Mapping[str, Any], plan: Plan, decision: Decision) -> PoRef | None:
    """The purchase order that a person, or another installation, wrote for this order already."""
    vendor = plan.vendor if isinstance(plan.vendor, str) else ""
    certain, doubtful = steps.exported_by_hand(work, plan.order_id, plan.number, vendor)
    if len(certain) == 1 and not doubtful:
        return _elsewhere(work, row, certain[0])
    if (certain or doubtful) and decision.answers.get("maybe_exported") != "export":
        named = ", ".join(
            f"#{po.order_id}{' (archived)' if po.archived else ''}" for po in (*certain, *doubtful)
        )
        raise NeedsMerchant(
            f"The POS has purchase orders that may be this order already: {named}. If none is, approve again with "
            "--answer maybe_exported=export; else reject the order."
        )
    return None


def _elsewhere(work: Work, row: Mapping[str, Any], po: PurchaseOrder) -> PoRef:
    url = work.pos.po_url(po.order_id)
    reason = f"Purchase order #{po.order_id} was there already; nothing was written."
    orders.change_state(
        work.engine, row["order_id"], State.EXPORTED_ELSEWHERE, reason, po_id=po.order_id, po_url=url
    )
    return PoRef(po.order_id, url)


class Export:
    """One attempt to carry out a plan."""

    def __init__(self, work: Work, lease: leases.Lease, brand: str, plan: Plan) -> None:
        self.work = work
        self.lease = lease
        self.brand = brand
        self.plan = plan
        self.results: dict[str, str] = {}

    def run(self) -> PoRef:
        """Do every step that is not done yet."""
        with reading(self.work.engine) as connection:
            states = journal.states(connection, self.plan.order_id)
        self.results = {key: state.result for key, state in states.items() if state.result is not None}
        for number, step in enumerate(self.plan.steps, start=1):
            if step.key in self.results:
                continue
            self.results[step.key] = self._do(step, states.get(step.key, journal.StepState()))
            _log.info(
                "%s: step %s of %s done, %s", self.plan.number, number, len(self.plan.steps), step.summary
            )
            if step.kind == "create_po":
                self._tell_po(self.results[step.key])
        po_id = self.results["po"]
        return PoRef(po_id, self.work.pos.po_url(po_id))

    def extra(self, step: Step) -> str:
        """Do a step that the plan does not hold."""
        with reading(self.work.engine) as connection:
            state = journal.states(connection, self.plan.order_id).get(step.key, journal.StepState())
        return state.result if state.result is not None else self._do(step, state)

    def _tell_po(self, po_id: str) -> None:
        orders.change(self.work.engine, self.plan.order_id, po_id=po_id, po_url=self.work.pos.po_url(po_id))

    def _do(self, step: Step, state: journal.StepState) -> str:
        if step.creation_key and (made := self._made_elsewhere(step)):
            return made
        if state.open_since is not None and step.kind not in steps.REPEATABLE:
            if found := self._after_lost_answer(step, state):
                return found
        elif step.kind in steps.LOOK_BEFORE and (found := self._look_up(step)):
            return self._note_done(step, state.attempts + 1, found, "it was there already")
        return self._attempt(step, state.attempts + 1)

    def _attempt(self, step: Step, attempt: int) -> str:
        payload, target = resolve(step.payload, self.results), self._target(step)
        self._begin(step, attempt)
        before = self.work.meter.drips
        try:
            result = steps.send(self.work, self.work.nuorder[self.brand], step, payload, target)
        except OutcomeUnknown as error:
            self._journal(
                step, attempt, journal.UNKNOWN, note=str(error), drips=self.work.meter.drips - before
            )
            raise
        except (Permanent, Transient, NeedsMerchant) as error:
            if attempt > 1 and isinstance(error, Permanent) and (found := self._look_up(step)):
                # An earlier attempt of ours was applied after all, later than we waited.
                return self._note_done(step, attempt, found, "an earlier attempt was applied late")
            self._journal(
                step, attempt, journal.REFUSED, note=str(error), drips=self.work.meter.drips - before
            )
            raise self._explained(step, error) from error
        return self._note_done(step, attempt, result, drips=self.work.meter.drips - before)

    def _explained(self, step: Step, error: NuorderPosError) -> NuorderPosError:
        """A refusal of what was sent needs a person; a refusal of who sent it (401, 403) is for the operator."""
        if isinstance(error, Permanent) and error.status in (400, 404, 409, 422):
            return NeedsMerchant(f"The POS refused {step.summary}: {error}")
        return error

    def _begin(self, step: Step, attempt: int) -> None:
        order_id = self.plan.order_id
        with writing(self.work.engine) as connection:
            journal.begin(connection, self.lease, order_id, step.key, step.kind, attempt)
            orders.change_in(connection, order_id, state=State.EXPORTING.value, reason="")
            exports.first_write(connection, order_id)

    def _note_done(
        self, step: Step, attempt: int, result: str, note: str = "", drips: Decimal | None = None
    ) -> str:
        with writing(self.work.engine) as connection:
            journal.finish(
                connection, self.lease, self.plan.order_id, step.key, step.kind, attempt, journal.DONE, result=result,
                drips=drips, note=note,
            )  # fmt: skip
            if step.creation_key:
                creations.made(connection, self.work.pos.account_id, step.creation_key, result)
        return result

    def _journal(
        self, step: Step, attempt: int, event: str, *, note: str, drips: Decimal | None = None
    ) -> None:
        with writing(self.work.engine) as connection:
            journal.finish(
                connection,
                self.lease,
                self.plan.order_id,
                step.key,
                step.kind,
                attempt,
                event,
                note=note,
                drips=drips,
            )

    def _target(self, step: Step) -> str:
        return self.results[step.target.step] if isinstance(step.target, Ref) else step.target

    def _look_up(self, step: Step) -> str | None:
        if step.kind in steps.REPEATABLE:
            return None
        payload = resolve(step.payload, self.results)
        if step.kind == "add_line":
            return place_lines(self.work, self.plan, self.results).get(step.key)
        return steps.look_up(
            self.work, step, resolve(step.natural, self.results), payload, self._target(step)
        )

    def _after_lost_answer(self, step: Step, state: journal.StepState) -> str | None:
        """The result of a write whose answer was lost, or ``None`` where it is certain that it was not applied."""
        assert state.open_since is not None
        with reading(self.work.engine) as connection:
            waited = database_now(connection) - state.open_since
        missing = timedelta(seconds=self.work.account.waiting_time) - waited
        if missing > timedelta(0):
            raise Transient(
                f"The answer to {step.summary} was lost; it is looked for once no request can be under way any more.",
                retry_after=missing.total_seconds(),
            )
        if found := self._look_up(step):
            return self._note_done(step, state.attempts, found, "found by look-up after its answer was lost")
        self._journal(
            step, state.attempts, journal.REFUSED, note="not found after waiting: it was not applied"
        )
        return None

    def _made_elsewhere(self, step: Step) -> str | None:
        """What another order's export made under the same creation key; ``None`` where it is ours to make."""
        account_id, order_id = self.work.pos.account_id, self.plan.order_id
        holder, made = creations.claim(self.work.engine, account_id, step.creation_key, order_id)
        if made is not None:
            if steps.still_there(self.work, step, made):
                return self._note_done_elsewhere(step, made, holder)
            creations.forget(self.work.engine, account_id, step.creation_key, made)
            return self._made_elsewhere(step)
        if holder == order_id:
            return None
        return self._take_over(step, holder)

    def _note_done_elsewhere(self, step: Step, made: str, holder: str) -> str:
        with writing(self.work.engine) as connection:
            leases.renew(connection, self.lease)
            journal.finish(
                connection, self.lease, self.plan.order_id, step.key, step.kind, 0, journal.DONE, result=made,
                note=f"made by the export of order {holder}",
            )  # fmt: skip
        return made

    def _take_over(self, step: Step, holder: str) -> str | None:
        """Another order's export claimed this key and did not finish. It is waited for while it works, and while a
        request of it can be under way; after that the key is looked up and taken over."""
        with reading(self.work.engine) as connection:
            state = next((s for k, s in journal.states(connection, holder).items() if k == step.key), None)
        busy = Transient(
            f"The export of order {holder} is making {step.summary} right now.", retry_after=BUSY_ELSEWHERE
        )
        try:
            other = leases.acquire(self.work.engine, lease_name(holder), self.lease.holder)
        except Transient:
            raise busy from None
        try:
            if (
                state is not None
                and state.open_since is not None
                and (found := self._after_lost_answer_of(step, state))
            ):
                with writing(self.work.engine) as connection:
                    creations.made(connection, self.work.pos.account_id, step.creation_key, found)
                return self._note_done_elsewhere(step, found, holder)
            creations.hand_over(
                self.work.engine, self.work.pos.account_id, step.creation_key, holder, self.plan.order_id
            )
        finally:
            leases.release(self.work.engine, other)
        return None

    def _after_lost_answer_of(self, step: Step, state: journal.StepState) -> str | None:
        assert state.open_since is not None
        with reading(self.work.engine) as connection:
            waited = database_now(connection) - state.open_since
        missing = timedelta(seconds=self.work.account.waiting_time) - waited
        if missing > timedelta(0):
            raise Transient(
                f"Another export's answer to {step.summary} was lost; it is waited for.",
                retry_after=missing.total_seconds(),
            )
        return self._look_up(step)
