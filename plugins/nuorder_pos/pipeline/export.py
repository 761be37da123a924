"""Export one approved order, exactly once: under a lease, journaled before and after every write.

A step that was begun and has no result is an unknown outcome: wait until no request can be in flight any more, look it
up by its natural key, only then send again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from nuorder_pos.clients.images import Image
from nuorder_pos.clients.transport import Limits
from nuorder_pos.domain.lifecycle import EXPORTED, State
from nuorder_pos.domain.plan import Plan, Ref, Step
from nuorder_pos.domain.plan_data import plan_from_data, resolve
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent, Transient
from nuorder_pos.pipeline import steps
from nuorder_pos.pipeline.lines import place_lines
from nuorder_pos.pipeline.orders import note_error, row_of
from nuorder_pos.pipeline.pos_search import use_right_list_form
from nuorder_pos.pipeline.prepare import BUSY_ELSEWHERE, Superseded, begun_plan, lease_name, new_plan
from nuorder_pos.pipeline.saved_links import links_for
from nuorder_pos.pipeline.work import PoRef, Work
from nuorder_pos.store import creations, exports, journal, leases, links, orders
from nuorder_pos.store.engine import database_now, reading, writing
from nuorder_pos.store.links import NewLink

_log = logging.getLogger(__name__)
REFUSALS = (400, 404, 409, 413, 415, 422)
"""Statuses that refuse what was sent, not who sent it."""

SEND_WITHIN = timedelta(seconds=10)
"""From the commit of ``begun`` to the request: whoever stood still for longer does not send any more, since others count
the waiting time from ``begun``."""

LONGEST_IN_FLIGHT = SEND_WITHIN + timedelta(seconds=Limits().connect + Limits().write_total)
"""From ``begun`` to the moment when this side gives a write up at the latest; a waiting time below it means nothing."""


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
            note_error(work, order_id, error)
            raise


def _export(work: Work, order_id: str, lease: leases.Lease) -> PoRef:
    row = row_of(work.engine, order_id)
    if row["state"] in EXPORTED:
        _log.info("%s %s is exported already", row["brand"], row["order_number"])
        return PoRef(row["po_id"] or "", row["po_url"] or "")
    plan = begun_plan(work, row, lease) or new_plan(work, row, lease)
    return plan if isinstance(plan, PoRef) else Export(work, lease, row, plan).run()


class ImageLater(Transient):
    """The image cannot be had at the moment."""


class Export:
    """One attempt to carry out a plan."""

    def __init__(self, work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan) -> None:
        self.work = work
        self.lease = lease
        self.row = row
        self.plan = plan
        self.results: dict[str, str] = {}
        self.doubtful: set[str] = set()

    def run(self) -> PoRef:
        """Do every step that is not done yet."""
        use_right_list_form(self.work)
        states = self._load()
        images: list[Step] = []
        for number, step in enumerate(self.plan.steps, start=1):
            if step.key in self.results:
                continue
            try:
                self.results[step.key] = self._do(step, states.get(step.key, journal.StepState()))
            except ImageLater as error:
                _log.warning("%s: %s; it is tried once more at the end", self.plan.number, error)
                images.append(step)
                continue
            _log.info("%s: step %s of %s, %s", self.plan.number, number, len(self.plan.steps), step.summary)
        states = self._load() if images else states
        for step in images:
            self.results[step.key] = self._do(step, states.get(step.key, journal.StepState()), last_try=True)
        po_id = self.results["po"]
        url = self.work.pos.po_url(po_id)
        orders.change(self.work.engine, self.plan.order_id, po_id=po_id, po_url=url)
        return PoRef(po_id, url)

    def extra(self, step: Step) -> str:
        """Do a step that the plan does not hold."""
        states = self._load()
        return self.results.get(step.key) or self._do(step, states.get(step.key, journal.StepState()))

    def _load(self) -> dict[str, journal.StepState]:
        """Where every step of this order stands by the journal."""
        states = self._states(self.plan.order_id)
        self.results = {key: state.result for key, state in states.items() if state.result is not None}
        self.doubtful = {key for key, state in states.items() if state.doubtful}
        return states

    def _states(self, order_id: str) -> dict[str, journal.StepState]:
        with reading(self.work.engine) as connection:
            return journal.states(connection, order_id)

    def _do(self, step: Step, state: journal.StepState, *, last_try: bool = False) -> str:
        if step.creation_key and (made := self._made_elsewhere(step)):
            return made
        if state.open_since is not None and step.kind not in steps.REPEATABLE:
            self._wait_out(step, state.open_since)
            if found := self._look_up(step):
                return self._note_done(
                    step, state.attempts, found, "found by look-up after its answer was lost"
                )
            self._note(step, state.attempts, journal.ABSENT, "looked for after waiting, and not there")
            self.doubtful.add(step.key)
        elif state.attempts and (found := self._look_up(step)):
            # It was refused, or not there after waiting; even so nothing is sent a second time without a look.
            return self._note_done(step, state.attempts, found, "an earlier attempt was applied late")
        elif not state.attempts and step.kind in steps.LOOK_BEFORE and (found := self._there_already(step)):
            return self._note_done(step, 0, found, "it was there already")
        image = None
        if step.kind == "add_image":
            try:
                image = self.work.nuorder[self.row["brand"]].image(step.payload["url"])
            except NuorderPosError as error:
                if isinstance(error, Transient) and not last_try:
                    raise ImageLater(str(error)) from error
                # An image is no reason to hold an order: it goes without, and says so.
                return self._note_done(step, 0, steps.NOT_TO_BE_HAD, str(error))
        return self._attempt(step, state.attempts + 1, image)

    def _attempt(self, step: Step, attempt: int, image: Image | None) -> str:
        payload, target = resolve(step.payload, self.results), self._target(step)
        begun = False

        def begin() -> None:
            # The last thing before the request goes out: no wait is between the check of the fence and the write.
            nonlocal attempt, begun
            if begun:
                # The access token was refused, so nothing was applied. What goes out now is an attempt of its own:
                # the time in which others wait for it begins anew.
                self._note(step, attempt, journal.REFUSED, "the access token was refused")
                attempt += 1
            begun_at = self._begin(step, attempt)
            begun = True
            self._check_fresh(step, attempt, begun_at)

        before = self.work.meter.drips
        try:
            result = steps.send(self.work, step, payload, target, image, begin)
        except NuorderPosError as error:
            if not begun or isinstance(error, leases.LeaseLost):
                raise
            return self._failed(step, attempt, error, self.work.meter.drips - before)
        return self._note_done(step, attempt, result, drips=self.work.meter.drips - before)

    def _failed(self, step: Step, attempt: int, error: NuorderPosError, drips: Decimal) -> str:
        """Journal how a write that was sent failed, and raise what follows from it."""
        if isinstance(error, OutcomeUnknown):
            self._note(step, attempt, journal.UNKNOWN, str(error), drips)
            raise error
        if attempt > 1 and isinstance(error, Permanent) and (found := self._look_up(step)):
            # An earlier attempt of ours was applied after all, later than we waited.
            return self._note_done(step, attempt, found, "an earlier attempt was applied late")
        self._note(step, attempt, journal.REFUSED, str(error), drips)
        if step.kind == "add_image" and isinstance(error, Permanent) and error.status in REFUSALS:
            return self._note_done(step, 0, steps.NOT_TO_BE_HAD, str(error))
        raise self._explained(step, error) from error

    def _explained(self, step: Step, error: NuorderPosError) -> NuorderPosError:
        """A refusal of what was sent needs a person; a refusal of who sent it (401, 403) is for the operator."""
        if isinstance(error, Permanent) and error.status in REFUSALS:
            return NeedsMerchant(
                f"The POS refused {step.summary}: {error} Mend it in the POS, then ask for another try"
                " (Try again on its page, or `nuorder-pos rematch`); or archive the purchase order, if there is one, and reject the order."
            )
        return error

    def _begin(self, step: Step, attempt: int) -> datetime:
        order_id = self.plan.order_id
        with writing(self.work.engine) as connection:
            begun_at = journal.begin(connection, self.lease, order_id, step.key, step.kind, attempt)
            orders.change_in(connection, order_id, state=State.EXPORTING.value, reason="")
            exports.first_write(connection, order_id)
        return begun_at

    def _check_fresh(self, step: Step, attempt: int, begun_at: datetime) -> None:
        """Whether this process did not stand still since it wrote ``begun``: what is sent late is found by nobody."""
        try:
            with reading(self.work.engine) as connection:
                late = leases.check(connection, self.lease) - begun_at > SEND_WITHIN
        except leases.LeaseLost:
            self._note(step, attempt, journal.REFUSED, "not sent: the lease was taken over meanwhile")
            raise
        if late:
            raise Transient(f"{step.summary} was not sent: this process stood still for too long.")

    def _note_done(
        self, step: Step, attempt: int, result: str, note: str = "", drips: Decimal | None = None
    ) -> str:
        """Journal a step as done, with all that follows from it, in one transaction."""
        known = {**self.results, step.key: result}
        made = (
            links_for(self.work.engine, self.row, self.plan, known, step.key)
            if step.kind == "create_item"
            else []
        )
        try:
            self._commit_done(step, attempt, result, note, drips, made)
        except leases.LeaseLost:
            self._note_surplus(step, attempt, result)
            raise
        return result

    def _commit_done(
        self, step: Step, attempt: int, result: str, note: str, drips: Decimal | None, made: list[NewLink]
    ) -> None:
        with writing(self.work.engine) as connection:
            journal.finish(
                connection, self.lease, self.plan.order_id, step.key, step.kind, attempt, journal.DONE, result=result,
                drips=drips, note=note,
            )  # fmt: skip
            if step.creation_key and result != steps.NOT_TO_BE_HAD:
                creations.made(connection, self.work.pos.account_id, step.creation_key, result)
            # At once, so that other orders with the same variant see that it was made by us, and for what.
            links.save(connection, self.work.pos.account_id, self.row["brand"], made, self.plan.decided_by)
            if step.kind == "create_po":
                url = self.work.pos.po_url(result)
                orders.change_in(connection, self.plan.order_id, po_id=result, po_url=url)

    def _note_surplus(self, step: Step, attempt: int, result: str) -> None:
        """What this process made while another one did the step in its place: reading back takes it away."""
        counts = self._states(self.plan.order_id).get(step.key, journal.StepState()).result
        if result in (counts, steps.NOT_TO_BE_HAD) or step.kind in steps.REPEATABLE:
            return
        note = f"made beside {counts}, which the export goes on with"
        with writing(self.work.engine) as connection:
            journal.finish(
                connection, self.lease, self.plan.order_id, step.key, step.kind, attempt, journal.SURPLUS,
                result=result, note=note,
            )  # fmt: skip
            exports.look_again(connection, self.plan.order_id, timedelta(0))

    def _note(self, step: Step, attempt: int, event: str, note: str, drips: Decimal | None = None) -> None:
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
        if step.kind == "add_line":
            return place_lines(self.work, self.plan, self.results, self.doubtful).get(step.key)
        payload, natural = resolve(step.payload, self.results), resolve(step.natural, self.results)
        return steps.look_up(self.work, step, natural, payload, self._target(step))

    def _there_already(self, step: Step) -> str | None:
        payload, natural = resolve(step.payload, self.results), resolve(step.natural, self.results)
        return steps.there_already(self.work, step, natural, payload)

    def _wait_out(self, step: Step, open_since: datetime) -> None:
        """Come back only when no request of an attempt that was lost can be under way any more, else ``Transient``."""
        with reading(self.work.engine) as connection:
            waited = database_now(connection) - open_since
        missing = timedelta(seconds=self.work.account.waiting_time) - waited
        if missing > timedelta(0):
            raise Transient(
                f"The answer to {step.summary} was lost; it is looked for once no request can be under way any more.",
                retry_after=missing.total_seconds(),
            )

    def _made_elsewhere(self, step: Step) -> str | None:
        """What another order's export made under the same creation key; ``None`` where it is ours to make."""
        account_id, order_id = self.work.pos.account_id, self.plan.order_id
        holder, made = creations.claim(self.work.engine, account_id, step.creation_key, order_id)
        if made is not None:
            if steps.still_there(self.work, step, made):
                return self._note_made_by(step, made, holder)
            creations.forget(self.work.engine, account_id, step.creation_key, made)
            return self._made_elsewhere(step)
        return None if holder == order_id else self._take_over(step, holder)

    def _note_made_by(self, step: Step, made: str, holder: str) -> str:
        with writing(self.work.engine) as connection:
            leases.renew(connection, self.lease)
            journal.finish(
                connection, self.lease, self.plan.order_id, step.key, step.kind, 0, journal.DONE, result=made,
                note=f"made by the export of order {holder}",
            )  # fmt: skip
        return made

    def _take_over(self, step: Step, holder: str) -> str | None:
        """Take over the key of an export that did not finish: not while it works, nor while a request of it can be
        under way; then what it may have made is looked for."""
        try:
            other = leases.acquire(self.work.engine, lease_name(holder), self.lease.holder)
        except Transient:
            raise Transient(
                f"The export of order {holder} is making {step.summary} right now.",
                retry_after=BUSY_ELSEWHERE,
            ) from None
        try:
            # Read under its lease: what it wrote just before it gave up must not be missed.
            state = self._states(holder).get(step.key, journal.StepState())
            account_id = self.work.pos.account_id
            if state.result:
                return self._note_made_by(step, state.result, holder)
            if state.attempts and (found := self._left_by(step, holder, state)):
                with writing(self.work.engine) as connection:
                    leases.renew(connection, other)
                    creations.made(connection, account_id, step.creation_key, found)
                return self._note_made_by(step, found, holder)
            ours = self._inherit(step, other, holder, unsure=state.open_since is not None or state.doubtful)
        finally:
            leases.release(self.work.engine, other)
        # A third export may have taken it over between our look and our lease: then that one is waited for.
        return None if ours else self._made_elsewhere(step)

    def _inherit(self, step: Step, other: leases.Lease, holder: str, *, unsure: bool) -> bool:
        """Take a key over, and with it the doubt whether the holder's attempt may still be applied.

        ``other`` is the holder's own lease: were it lost while the POS was asked, the holder may have gone on.
        """
        order_id = self.plan.order_id
        with writing(self.work.engine) as connection:
            leases.renew(connection, other)
            leases.renew(connection, self.lease)
            ours = creations.hand_over(
                connection, self.work.pos.account_id, step.creation_key, holder, order_id
            )
            if ours and unsure:
                note = f"the attempt of order {holder} was not found after waiting"
                journal.finish(
                    connection, self.lease, order_id, step.key, step.kind, 0, journal.ABSENT, note=note
                )
                self.doubtful.add(step.key)
        return ours

    def _left_by(self, step: Step, holder: str, state: journal.StepState) -> str | None:
        """What attempts of another order's export, which will not go on, left in the POS.

        Looked for where that export put it: an image that we would put on an item may be on its matrix.
        """
        if state.open_since is not None:
            self._wait_out(step, state.open_since)
        begun = exports.get(self.work.engine, holder)
        planned = plan_from_data(json.loads(begun["plan"])).steps if begun else ()
        theirs = next((one for one in planned if one.key == step.key), None)
        if theirs is None:
            return self._look_up(step)
        made = {key: one.result for key, one in self._states(holder).items() if one.result is not None}
        try:
            natural, payload = resolve(theirs.natural, made), resolve(theirs.payload, made)
            target = resolve(theirs.target, made)
        except KeyError:  # it planned anew since, and what this plan refers to was not made
            return self._look_up(step)
        return steps.look_up(self.work, theirs, natural, payload, target)
