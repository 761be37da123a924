"""Read the purchase order back and compare it with the plan; only then is the order exported."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from nuorder_pos.clients import v3
from nuorder_pos.domain.decisions import MAYBE_EXPORTED
from nuorder_pos.domain.lifecycle import EXPORTED, State
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.plan import Plan, Ref, Step
from nuorder_pos.domain.plan_data import plan_from_data, resolve
from nuorder_pos.domain.pos import PurchaseOrder
from nuorder_pos.domain.readback import differences, item_not_written, note_kept
from nuorder_pos.domain.report import content_hash
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Permanent
from nuorder_pos.pipeline import snapshots, surplus
from nuorder_pos.pipeline.export import Export
from nuorder_pos.pipeline.judging import LOOK_AGAIN_AFTER, standing_decision
from nuorder_pos.pipeline.orders import note_error, row_of
from nuorder_pos.pipeline.plan import NOTE_WORKS, zone_named
from nuorder_pos.pipeline.prepare import lease_name, still_final
from nuorder_pos.pipeline.saved_links import links_for
from nuorder_pos.pipeline.steps import NOT_TO_BE_HAD, names_order
from nuorder_pos.pipeline.work import PoRef, Work
from nuorder_pos.store import exports, journal, kept, leases, links, orders, style_choices
from nuorder_pos.store.engine import database_now, reading, writing

_log = logging.getLogger(__name__)
LATER_EDIT = "a later edit in NuORDER"
NEIGHBOURS = 20
"""Newest purchase orders of the vendor among which the order's own, and any written beside it meanwhile, are looked
for: one request finds both."""


def verify(work: Work, order_id: str, *, holder: str) -> PoRef:
    """Compare the purchase order with the plan. ``NeedsMerchant`` names every difference, and the order is held."""
    with work.counted(order_id), leases.held_lease(work.engine, lease_name(order_id), holder) as lease:
        try:
            return _verify(work, order_id, lease)
        except leases.LeaseLost:
            raise
        except NuorderPosError as error:
            note_error(work, order_id, error)
            raise


def _verify(work: Work, order_id: str, lease: leases.Lease) -> PoRef:
    row = row_of(work.engine, order_id)
    if row["state"] in EXPORTED:
        return PoRef(row["po_id"] or "", row["po_url"] or "")
    begun = exports.get(work.engine, order_id)
    if begun is None or not row["po_id"]:
        raise Permanent("There is no purchase order to verify yet: the export comes first.")
    plan = plan_from_data(json.loads(begun["plan"]))
    states = _states(work, order_id)
    results = {key: state.result for key, state in states.items() if state.result is not None}
    missing = [step.summary for step in plan.steps if step.key not in results]
    if missing:
        raise Permanent(
            f"The export is not complete ({len(missing)} steps are open, the next is {missing[0]})."
        )
    vendor = resolve(plan.vendor, results)
    around = work.pos.purchase_orders_of_vendor(vendor, NEIGHBOURS, whole=True)
    po = next((one for one in around if one.order_id == row["po_id"]), None) or _read(work, row)
    _not_by_hand_as_well(work, plan, po, around)
    if surplus.take_back(work, lease, row, plan, states, po, around):
        po = _read(work, row)
        states = _states(work, order_id)
    if begun["finished_at"] is not None:
        # It was compared when it was exported; what people have changed in the POS since is theirs.
        _finish(work, lease, row, plan, states, po, json.loads(begun["not_written"]), begun["finished_at"])
        return PoRef(po.order_id, work.pos.po_url(po.order_id))
    items = {line.step: resolve(line.item, results) for line in plan.lines}
    zone = zone_named(plan.zone)
    if differences(plan, items, vendor, po, zone):
        po = _read(work, row)  # a list may tell less than the record itself
    if found := differences(plan, items, vendor, po, zone):
        raise NeedsMerchant(
            f"Purchase order #{po.order_id} is not as planned: {'; '.join(found[:8])}. Correct it in the POS, then ask "
            "for another try (Try again on its page, or `nuorder-pos rematch`)."
        )
    not_written = _check_notes(work, lease, row, plan, po, results)
    not_written |= _check_items(work, plan, items.values(), results)
    not_written |= _check_rest(work, plan, po, results)
    not_written |= _check_vendor_costs(work, plan, po)
    not_written |= _check_images(plan, results) | _check_edit(work, row)
    _finish(work, lease, row, plan, states, po, not_written)
    _log.info("%s %s is exported as purchase order #%s", row["brand"], row["order_number"], po.order_id)
    return PoRef(po.order_id, work.pos.po_url(po.order_id))


def _states(work: Work, order_id: str) -> dict[str, journal.StepState]:
    with reading(work.engine) as connection:
        return journal.states(connection, order_id)


def _read(work: Work, row: Mapping[str, Any]) -> PurchaseOrder:
    po = work.pos.purchase_order(row["po_id"])
    if po is None:
        raise NeedsMerchant(
            f"Purchase order #{row['po_id']} is gone from the POS: reject the order, and enter it by hand if it is still wanted."
        )
    return po


def _not_by_hand_as_well(work: Work, plan: Plan, po: PurchaseOrder, around: Sequence[PurchaseOrder]) -> None:
    """Whether a person exported the order, too, between our check and our write. What the check had found already was
    either answered, or nothing would have been written."""
    others = [
        other
        for other in around
        if other.order_id != po.order_id
        and other.ref_num != plan.order_id
        and not other.archived
        and names_order(other, plan)
    ]
    standing = standing_decision(work, plan.order_id) if others else None
    if others and not (standing and standing[1].answers.get(MAYBE_EXPORTED) == "export"):
        named = ", ".join(f"#{other.order_id}" for other in others)
        raise NeedsMerchant(
            f"Purchase order #{po.order_id} is of an order that was exported by hand at the same time as {named}:"
            " archive one of them in the POS, then ask for another try (Try again on its page, or `nuorder-pos rematch`)."
        )


def _check_notes(
    work: Work,
    lease: leases.Lease,
    row: Mapping[str, Any],
    plan: Plan,
    po: PurchaseOrder,
    results: dict[str, str],
) -> dict[str, str]:
    """Whether the POS keeps General notes is undocumented: tried once, remembered, else the text goes where it fits."""
    head = next(step for step in plan.steps if step.key == "po")
    tried = "Note" in head.payload
    if tried and not note_kept(plan, po):
        po = _read(work, row)
    if tried and note_kept(plan, po):
        kept.keep(work.engine, work.pos.account_id, NOTE_WORKS, True)
        return {}
    if tried:
        kept.keep(work.engine, work.pos.account_id, NOTE_WORKS, False)
        step = Step(
            "notes",
            "write_notes",
            "notes as stock instructions",
            "Order",
            {"stockInstructions": plan.notes},
            target=Ref("po"),
        )
        attempt = Export(work, lease, row, plan)
        attempt.extra(step)
        po = _read(work, row)
    where = (
        "kept as stock instructions" if fold(po.stock_instructions) == fold(plan.notes) else "kept here only"
    )
    return {"General notes": f"could not be written, {where}: {plan.notes}"}


def _check_items(
    work: Work, plan: Plan, on_lines: Iterable[str], results: Mapping[str, str]
) -> dict[str, str]:
    """Fields of new items that did not take: they never hold the order, the goods and the money are right. An item
    on the purchase order that was archived, merged or deleted since the last match does."""
    made = {results[step.key]: step for step in plan.steps if step.kind == "create_item"}
    wanted = sorted({*made, *on_lines})
    full = bool(made)
    read = work.pos.items_by_codes("itemID", wanted, attributes=full, vendor_numbers=full)
    there = {item.item_id: item for item in read}
    if lost := [one for one in wanted if one not in there or there[one].archived]:
        named = ", ".join(f"{one} {there[one].description if one in there else ''}".strip() for one in lost)
        raise NeedsMerchant(
            f"On purchase order #{results['po']} is an item that was archived, merged or deleted meanwhile: {named}."
            " Un-archive it, or put the right item on the line and finish the order by hand; then ask for another try"
            " (Try again on its page, or `nuorder-pos rematch`)."
        )
    found: dict[str, str] = {}
    for step_item in made:
        item, step = there[step_item], made[step_item]
        for name, sent in item_not_written(resolve(step.payload, results), item).items():
            found[f"{name} of {item.description or item.item_id}"] = f"could not be written: {sent}"
    found |= _check_tags(work, [s for s in made.values() if "Tags" in s.payload], results)
    return found


def _check_tags(work: Work, tagged: list[Step], results: Mapping[str, str]) -> dict[str, str]:
    """Tags have no documented way of being written: sent, read back, and said if they did not take."""
    if not tagged:
        return {}
    first = tagged[0]
    row = work.pos.get("Item", results[first.key], ("TagRelations.Tag",)) or {}
    names = {
        fold(v3.text(v3.nested(relation, "Tag"), "name"))
        for relation in v3.relation(row, "TagRelations", "TagRelation")
    }
    wanted = {tag for step in tagged for tag in step.payload["Tags"]["tag"]}
    missing = sorted(
        tag for tag in wanted if fold(tag) not in names and fold(tag).replace(" ", "") not in names
    )
    return {"tags": f"could not be written: {', '.join(missing)}"} if missing else {}


def _check_rest(work: Work, plan: Plan, po: PurchaseOrder, results: Mapping[str, str]) -> dict[str, str]:
    """What was written beside the order and its items: a new vendor's address and rep, Lightspeed's own link."""
    found: dict[str, str] = {}
    for step in plan.steps:
        sent = _texts(step.payload.get("Contact", "")) + _texts(step.payload.get("Reps", ""))
        if step.kind == "create_vendor" and sent:
            row = work.pos.get("Vendor", results[step.key], ("Contact", "Reps")) or {}
            kept_text = fold(json.dumps([row.get("Contact", ""), row.get("Reps", "")], ensure_ascii=False))
            if missing := [text for text in sent if fold(text) not in kept_text]:
                found["vendor address"] = f"could not be written: {', '.join(missing)}"
        if step.kind == "create_po" and "b2bOrderUID" in step.payload:
            pairs = (("b2bOrderUID", po.b2b_order_uid), ("b2bOrderNumber", po.b2b_order_number))
            found |= {
                name: f"could not be written: {step.payload[name]}"
                for name, kept in pairs
                if kept != step.payload[name]
            }
    return found


def _check_vendor_costs(work: Work, plan: Plan, po: PurchaseOrder) -> dict[str, str]:
    """Shipping and other costs of an order in the vendor's currency, whose writing is undocumented."""
    wanted = (
        ("shipVendorCost", "shipping", plan.ship_cost),
        ("otherVendorCost", "other costs", plan.other_cost),
    )
    sent = [(name, words, cost) for name, words, cost in wanted if plan.vendor_currency and cost]
    if not sent:
        return {}
    row = work.pos.get("Order", po.order_id) or {}
    return {
        words: f"could not be written in the vendor's currency: {plain(cost)}"
        for name, words, cost in sent
        if v3.amount(row, name) != cost
    }


def _check_images(plan: Plan, results: Mapping[str, str]) -> dict[str, str]:
    missing = [s for s in plan.steps if s.kind == "add_image" and results[s.key] == NOT_TO_BE_HAD]
    return {step.summary: f"could not be fetched from {step.payload['url']}" for step in missing}


def _check_edit(work: Work, row: Mapping[str, Any]) -> dict[str, str]:
    """Whether the brand edited the order after the approval was acted on. The approved version is what is exported."""
    now = snapshots.fresh_order(work.engine, row["snapshot_id"], still_final(work, row))
    if content_hash(now) == row["content_hash"]:
        return {}
    return {LATER_EDIT: f"the purchase order is the approved version; the order's total is now {now.total}"}


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for key, entry in value.items() if key != "useType" for text in _texts(entry)]
    return [value] if isinstance(value, str) and value else []


def _finish(
    work: Work, lease: leases.Lease, row: Mapping[str, Any], plan: Plan, states: Mapping[str, journal.StepState],
    po: PurchaseOrder, not_written: dict[str, str], finished_at: datetime | None = None,
) -> None:  # fmt: skip
    order_id = plan.order_id
    results = {key: state.result for key, state in states.items() if state.result is not None}
    new_links = links_for(work.engine, row, plan, results)
    twice = surplus.images_twice(work, plan, states)
    with writing(work.engine) as connection:
        leases.renew(connection, lease)
        links.save(connection, work.pos.account_id, row["brand"], new_links, plan.decided_by)
        style_choices.save(
            connection,
            work.pos.account_id,
            row["brand"],
            resolve(plan.style_matrices, results),
            plan.decided_by,
            order_id,
        )
        exports.change(
            connection,
            order_id,
            finished_at=finished_at or database_now(connection),
            po_id=po.order_id,
            not_written=json.dumps(not_written, ensure_ascii=False),
        )
        if any(state.doubtful for state in states.values()):
            exports.look_again(connection, order_id, LOOK_AGAIN_AFTER)
        reason = _remarks(not_written, surplus.taken_back(states), twice)
        orders.change_in(connection, order_id, state=State.EXPORTED.value, reason=reason, po_id=po.order_id)


def _remarks(not_written: Mapping[str, str], taken_back: Sequence[str], twice: Sequence[str]) -> str:
    """What a person should know of an order that is exported all the same."""
    remarks = []
    if missing := sorted(name for name in not_written if name != LATER_EDIT):
        remarks.append(f"Could not be written: {', '.join(missing)}.")
    if LATER_EDIT in not_written:
        remarks.append("The brand edited the order in NuORDER after its export began.")
    if taken_back:
        remarks.append(f"Applied late by the POS, and taken back: {', '.join(taken_back)}.")
    remarks += twice
    return " ".join(remarks)
