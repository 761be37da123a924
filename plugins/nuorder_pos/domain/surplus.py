"""What is in the POS one time too many, because a write was applied later than it was waited for. Pure.

Only what is certainly ours and holds nothing of anybody else's may be taken back: an empty purchase order, and a line
that says word for word what a line of the plan says and that the plan does not account for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nuorder_pos.domain.money import plain
from nuorder_pos.domain.plan import Plan
from nuorder_pos.domain.pos import PoLine, PurchaseOrder
from nuorder_pos.domain.readback import Key, line_key


@dataclass(frozen=True, slots=True)
class Surplus:
    """A record that is one too many. ``words`` name it and its twin, which the export goes on with."""

    kind: str
    """Kind of the step that takes it back: ``remove_order`` or ``remove_line``."""
    resource: str
    record_id: str
    step: str
    """Key of the step of the plan that made it."""
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How often a step of the plan was sent beyond the once that counts."""

    most: int = 0
    """How many records there may still be beside the one that counts; those taken back are not among them any more."""
    known: tuple[str, ...] = ()
    """POS ids of records that it is known to have made beside its result."""


def surplus_orders(
    po: PurchaseOrder, same_ref: Sequence[PurchaseOrder], sent: Sent
) -> tuple[list[Surplus], list[PurchaseOrder]]:
    """Of the live purchase orders with the same ``refNum``: (empty ones of ours, those that a person must look at)."""
    others = [other for other in same_ref if other.order_id != po.order_id and not other.archived]
    empty = [other for other in others if _untouched(other) and not other.lines and not other.total_quantity]
    ours = empty if len(empty) <= sent.most else [other for other in empty if other.order_id in sent.known]
    found = [
        Surplus(
            "remove_order", "Order", other.order_id, "po",
            f"purchase order #{other.order_id}, which is empty and was applied late beside #{po.order_id}",
        )
        for other in ours
    ]  # fmt: skip
    return found, [other for other in others if other not in ours]


def surplus_lines(
    plan: Plan,
    items: Mapping[str, str],
    results: Mapping[str, str],
    po: PurchaseOrder,
    sent: Mapping[str, Sent],
) -> tuple[list[Surplus], list[str]]:
    """Lines of the purchase order that an attempt of ours made beside the one that counts: (those to be taken back,
    those that a person must look at, in words).

    ``items`` gives the item id of each planned line, ``results`` its line id, by step key. From a purchase order that is
    being received nothing is taken.
    """
    planned: dict[Key, list[str]] = defaultdict(list)
    for line in plan.lines:
        planned[items[line.step], line.quantity, line.unit_cost].append(line.step)
    there: dict[Key, list[PoLine]] = defaultdict(list)
    for one in po.lines:
        there[line_key(one, plan.vendor_currency)].append(one)
    found: list[Surplus] = []
    unclear: list[str] = []
    for key, steps in planned.items():
        counted = Counter(results[step] for step in steps)
        beside = [one for one in there[key] if one.line_id not in counted]
        too_many = len(there[key]) - len(steps)
        most = sum(sent.get(step, Sent()).most for step in steps)
        if too_many <= 0 or not most:
            continue
        item, quantity, cost = key
        if too_many > most or not _untouched(po) or any(one.received for one in there[key]):
            ids = ", ".join(f"#{one.line_id}" for one in there[key])
            unclear.append(
                f"lines {ids} ({quantity} of item {item} at {plain(cost)}, planned {len(steps)} times)"
            )
            continue
        known = {record_id for step in steps for record_id in sent.get(step, Sent()).known}
        beside.sort(key=lambda one: (one.line_id not in known, one.line_id))
        found += [
            Surplus(
                "remove_line", "OrderLine", one.line_id, _step_of(one, steps, sent),
                f"line #{one.line_id} ({quantity} of item {item} at {plain(cost)}), which was applied late beside"
                f" #{results[steps[0]]}",
            )
            for one in beside[:too_many]
        ]  # fmt: skip
    return found, unclear


def _step_of(line: PoLine, steps: Sequence[str], sent: Mapping[str, Sent]) -> str:
    """Which of the equal steps made a line: the one that is known to, else the first that was sent more than once."""
    doubtful = [step for step in steps if step in sent and sent[step].most]
    return next((step for step in doubtful if line.line_id in sent[step].known), doubtful[0])


def _untouched(po: PurchaseOrder) -> bool:
    return po.received is None and not po.complete
