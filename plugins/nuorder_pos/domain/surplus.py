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
    """A record that is one too many, and its twin, which the export goes on with."""

    kind: str
    """Kind of the step that takes it back: ``remove_order`` or ``remove_line``."""
    resource: str
    record_id: str
    twin: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How often a step of the plan was sent beyond the once that counts."""

    given_up: int = 0
    known: tuple[str, ...] = ()
    """POS ids of records that it is known to have made beside its result."""

    @property
    def most(self) -> int:
        """How many records there may be beside the one that counts."""
        return max(self.given_up, len(self.known))


def surplus_orders(
    po: PurchaseOrder, same_ref: Sequence[PurchaseOrder], sent: Sent
) -> tuple[list[Surplus], list[PurchaseOrder]]:
    """Of the live purchase orders with the same ``refNum``: (empty ones of ours, those that a person must look at)."""
    others = [other for other in same_ref if other.order_id != po.order_id and not other.archived]
    empty = [other for other in others if _untouched(other) and not other.lines and not other.total_quantity]
    ours = empty if len(empty) <= sent.most else [other for other in empty if other.order_id in sent.known]
    found = [
        Surplus(
            "remove_order", "Order", other.order_id, po.order_id,
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
) -> list[Surplus]:
    """Lines of the purchase order that an attempt of ours made beside the one that counts.

    ``items`` gives the item id of each planned line, ``results`` its line id, by step key. A purchase order that is
    being received is left alone.
    """
    if not _untouched(po):
        return []
    planned: dict[Key, list[str]] = defaultdict(list)
    for line in plan.lines:
        planned[items[line.step], line.quantity, line.unit_cost].append(line.step)
    there: dict[Key, list[PoLine]] = defaultdict(list)
    for one in po.lines:
        there[line_key(one, plan.vendor_currency)].append(one)
    found = []
    for key, steps in planned.items():
        counted = Counter(results[step] for step in steps)
        beside = [one for one in there[key] if one.line_id not in counted]
        too_many = len(there[key]) - len(steps)
        if not 0 < too_many <= sum(sent.get(step, Sent()).most for step in steps):
            continue
        known = {record_id for step in steps for record_id in sent.get(step, Sent()).known}
        beside.sort(key=lambda one: (one.line_id not in known, one.line_id))
        item, quantity, cost = key
        found += [
            Surplus(
                "remove_line", "OrderLine", one.line_id, results[steps[0]],
                f"line #{one.line_id} ({quantity} of item {item} at {plain(cost)}), which was applied late beside"
                f" #{results[steps[0]]}",
            )
            for one in beside[:too_many]
        ]  # fmt: skip
    return found


def _untouched(po: PurchaseOrder) -> bool:
    return po.received is None and not po.complete
