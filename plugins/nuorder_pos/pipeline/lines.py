"""Place the lines of a purchase order: which line of the plan is which line in the POS."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nuorder_pos.domain.plan import Plan, PlannedLine
from nuorder_pos.domain.plan_data import resolve
from nuorder_pos.domain.pos import PoLine
from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline.work import Work


def same_line(planned: PlannedLine, item: str, line: PoLine, vendor_currency: bool) -> bool:
    """Whether a line in the POS says what the plan says: item, quantity and unit cost."""
    cost = line.vendor_cost if vendor_currency and line.vendor_cost is not None else line.price
    return line.item_id == item and line.quantity == planned.quantity and cost == planned.unit_cost


def place_lines(
    work: Work, plan: Plan, results: Mapping[str, str], doubtful: Collection[str]
) -> dict[str, str]:
    """The POS line of each planned line that is there, by step key.

    A line in the POS that belongs to none holds the order: it never justifies a resend. One that says what a line in
    ``doubtful`` (steps that were sent more than once) says was applied late; reading back takes it away.
    """
    lines = work.pos.order_lines(results["po"])
    known = {results[p.step]: p.step for p in plan.lines if p.step in results}
    placed = {known[line.line_id]: line.line_id for line in lines if line.line_id in known}
    rest = [line for line in lines if line.line_id not in known]
    open_lines = [p for p in plan.lines if p.step not in results]
    for line in rest:
        match = next(
            (p for p in open_lines if _says(p, line, plan, results)),
            None,
        )
        if match is None and any(_says(p, line, plan, results) for p in plan.lines if p.step in doubtful):
            continue
        if match is None:
            raise NeedsMerchant(
                f"Purchase order #{results['po']} has a line that is not in the plan (item {line.item_id}, quantity "
                f"{line.quantity}, cost {line.price}): somebody changed it. Remove that line, or finish the order by hand."
            )
        open_lines.remove(match)
        placed[match.step] = line.line_id
    return placed


def _says(planned: PlannedLine, line: PoLine, plan: Plan, results: Mapping[str, str]) -> bool:
    if not isinstance(planned.item, str) and planned.item.step not in results:
        return False
    return same_line(planned, resolve(planned.item, results), line, plan.vendor_currency)
