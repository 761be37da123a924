"""The purchase order that comes of a plan, as a person reads it before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.money import plain
from nuorder_pos.domain.plan import Plan, PlannedLine, Ref, Step
from nuorder_pos.domain.pos import PosItem, PosVendor
from nuorder_pos.domain.report import Report
from nuorder_pos.pipeline import gather
from nuorder_pos.pipeline.work import Work


def as_planned(work: Work, plan: Plan, report: Report) -> dict[str, Any]:
    """Head and lines as the plan has them. ``report`` is the one that it was made from, with the answered readings.

    Amounts are decimal text, dates ISO. An id is ``None`` where the record is made on the way.
    """
    vendor = _vendor(plan, report)
    shop = next((one for one in gather.shops(work) if one.shop_id == plan.shop_id), None)
    items = _items(work, plan, report)
    sources = _sources(plan, report)
    goods = sum((line.quantity * line.unit_cost for line in plan.lines), Decimal(0))
    account = report.context.account.currency
    return {
        "vendor": {
            "id": None if isinstance(plan.vendor, Ref) else plan.vendor,
            "name": vendor.name if vendor else report.context.vendor.name,
            "new": isinstance(plan.vendor, Ref),
        },
        "shop": {"id": plan.shop_id, "name": shop.name if shop else plan.shop_id},
        "expected": plan.expected.isoformat() if plan.expected else None,
        "ordered": plan.ordered.isoformat() if plan.ordered else None,
        "ref_num": plan.order_id,
        "notes": plan.notes,
        "currency": (vendor.currency if vendor else "") or account if plan.vendor_currency else account,
        "units": sum(line.quantity for line in plan.lines),
        "subtotal": plain(goods),
        "ship_cost": plain(plan.ship_cost),
        "other_cost": plain(plan.other_cost),
        "total": plain(goods + plan.ship_cost + plan.other_cost),
        "lines": [
            {
                "lines": sources[line.step],
                **_item_words(line, items),
                "quantity": line.quantity,
                "unit_cost": plain(line.unit_cost),
                "extended": plain(line.quantity * line.unit_cost),
            }
            for line in plan.lines
        ],
    }


def _vendor(plan: Plan, report: Report) -> PosVendor | None:
    return next((one for one in report.context.vendor.found if one.vendor_id == plan.vendor), None)


def _sources(plan: Plan, report: Report) -> dict[str, list[str]]:
    """The lines of the report whose units each line of the purchase order holds."""
    cost = {line.variant.line: line.unit_cost for line in report.lines if line.units}
    of_item: dict[tuple[str | Ref, Decimal], list[str]] = {}
    for used in plan.used_items:
        if used.line in cost:
            of_item.setdefault((used.item, cost[used.line]), []).append(used.line)
    return {line.step: of_item[line.item, line.unit_cost] for line in plan.lines}


def _items(work: Work, plan: Plan, report: Report) -> Mapping[str, PosItem | Step]:
    """What each item id, or key of the step that makes an item, stands for. Only what a person chose from a search is
    asked of the POS: the match knows the rest."""
    found: dict[str, PosItem | Step] = {s.key: s for s in plan.steps if s.kind == "create_item"}
    found |= report.context.catalogue.items
    found |= {c.item.item_id: c.item for line in report.lines for c in line.match.candidates}
    unknown = sorted({line.item for line in plan.lines if isinstance(line.item, str)} - found.keys())
    if unknown:
        found |= {item.item_id: item for item in work.pos.items_by_codes("itemID", unknown)}
    return found


def _item_words(line: PlannedLine, items: Mapping[str, PosItem | Step]) -> dict[str, Any]:
    item = items.get(line.item.step if isinstance(line.item, Ref) else line.item)
    if isinstance(item, Step):
        made = item.payload
        return {
            "item_id": None, "new": True, "item": str(made["description"]), "sku": str(made.get("manufacturerSku", "")),
            "upc": str(made.get("upc", "")),
        }  # fmt: skip
    sku = (item.custom_sku or item.manufacturer_sku or item.system_sku) if item else ""
    return {
        "item_id": str(line.item), "new": False, "item": item.description if item else "", "sku": sku,
        "upc": (item.upc or item.ean) if item else "",
    }  # fmt: skip
