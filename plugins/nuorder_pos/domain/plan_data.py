"""A plan as JSON data and back: the export row keeps the plan that its first write fixed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.plan import Plan, PlannedLine, Ref, Step, UsedItem


def resolve(value: Any, results: Mapping[str, str]) -> Any:
    """Replace every ``Ref`` by the id that its step gave. ``KeyError`` names a step that has none yet."""
    if isinstance(value, Ref):
        return results[value.step]
    if isinstance(value, Mapping):
        return {key: resolve(entry, results) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(entry, results) for entry in value]
    return value


def plan_to_data(plan: Plan) -> dict[str, Any]:
    """The plan as JSON data; a ``Ref`` becomes ``{"$ref": step}``."""
    return {
        "order_id": plan.order_id,
        "number": plan.number,
        "report_hash": plan.report_hash,
        "decided_by": plan.decided_by,
        "shop_id": plan.shop_id,
        "vendor": _out(plan.vendor),
        "steps": [
            {
                "key": s.key, "kind": s.kind, "summary": s.summary, "resource": s.resource, "payload": _out(s.payload),
                "target": _out(s.target), "creation_key": s.creation_key, "natural": _out(s.natural),
            }
            for s in plan.steps
        ],
        "lines": [
            {"step": line.step, "item": _out(line.item), "quantity": line.quantity, "unit_cost": str(line.unit_cost)}
            for line in plan.lines
        ],
        "vendor_currency": plan.vendor_currency,
        "ship_cost": str(plan.ship_cost),
        "other_cost": str(plan.other_cost),
        "expected": plan.expected.isoformat() if plan.expected else None,
        "ordered": plan.ordered.isoformat() if plan.ordered else None,
        "zone": plan.zone,
        "notes": plan.notes,
        "used_items": [
            {"line": u.line, "item": _out(u.item), "matrix": _out(u.matrix), "origin": u.origin} for u in plan.used_items
        ],
        "style_matrices": _out(plan.style_matrices),
    }  # fmt: skip


def plan_from_data(data: Mapping[str, Any]) -> Plan:
    """The plan that ``plan_to_data`` wrote."""
    return Plan(
        order_id=data["order_id"],
        number=data["number"],
        report_hash=data["report_hash"],
        decided_by=data["decided_by"],
        shop_id=data["shop_id"],
        vendor=_in(data["vendor"]),
        steps=tuple(
            Step(
                s["key"], s["kind"], s["summary"], s["resource"], _in(s["payload"]), _in(s["target"]), s["creation_key"],
                _in(s["natural"]),
            )
            for s in data["steps"]
        ),
        lines=tuple(
            PlannedLine(line["step"], _in(line["item"]), line["quantity"], Decimal(line["unit_cost"]))
            for line in data["lines"]
        ),
        vendor_currency=data["vendor_currency"],
        ship_cost=Decimal(data["ship_cost"]),
        other_cost=Decimal(data["other_cost"]),
        expected=date.fromisoformat(data["expected"]) if data["expected"] else None,
        ordered=date.fromisoformat(data["ordered"]) if data["ordered"] else None,
        zone=data["zone"],
        notes=data["notes"],
        used_items=tuple(
            UsedItem(u["line"], _in(u["item"]), _in(u["matrix"]), u["origin"]) for u in data["used_items"]
        ),
        style_matrices=_in(data.get("style_matrices", {})),
    )  # fmt: skip


def _out(value: Any) -> Any:
    if isinstance(value, Ref):
        return {"$ref": value.step}
    if isinstance(value, Mapping):
        return {key: _out(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_out(entry) for entry in value]
    return value


def _in(value: Any) -> Any:
    if isinstance(value, Mapping):
        return (
            Ref(value["$ref"])
            if set(value) == {"$ref"}
            else {key: _in(entry) for key, entry in value.items()}
        )
    if isinstance(value, list):
        return [_in(entry) for entry in value]
    return value
