"""What an export teaches for the next one: which POS item a brand's variant is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.plan import Plan, Ref
from nuorder_pos.domain.plan_data import resolve
from nuorder_pos.pipeline import snapshots
from nuorder_pos.store.engine import Engine
from nuorder_pos.store.links import NewLink


def links_for(
    engine: Engine, row: Mapping[str, Any], plan: Plan, results: Mapping[str, str], step: str | None = None
) -> list[NewLink]:
    """The links of a plan's lines; only those of the item that ``step`` made, where one is named."""
    variants = {v.line: v for v in snapshots.load(engine, row["snapshot_id"]).order.variants}
    numbers = _numbers(plan, {line: variant.upc for line, variant in variants.items()})
    return [
        NewLink(
            identity=variants[used.line].identity,
            item_id=resolve(used.item, results),
            origin=used.origin,
            matrix_id=resolve(used.matrix, results),
            upc=variants[used.line].upc,
            gtin=numbers[used.line],
            product_id=variants[used.line].product_id,
            order_id=plan.order_id,
        )
        for used in plan.used_items
        if step is None or used.item == Ref(step)
    ]


def _numbers(plan: Plan, upcs: Mapping[str, str]) -> dict[str, str]:
    """The article number of each line. Empty where its code is not valid, or where lines that use different items carry
    it: then it is the brand's mistake, and must not lead to one of the two when a variant is renamed."""
    codes = {used.line: read_code(upcs[used.line]) for used in plan.used_items}
    numbers = {line: code.gtin if code.valid else "" for line, code in codes.items()}
    items: dict[str, set[str | Ref]] = {}
    for used in plan.used_items:
        items.setdefault(numbers[used.line], set()).add(used.item)
    return {line: number if len(items[number]) == 1 else "" for line, number in numbers.items()}
