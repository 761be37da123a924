"""The stored form of a report: JSON data whose names users rely on. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nuorder_pos.domain.evidence import color_of, size_of
from nuorder_pos.domain.match_data import Candidate, Question, Status
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.report import Line, Report


def as_data(report: Report) -> dict[str, Any]:
    """The stored form of a report; the keys that users rely on are named in the interface."""
    order = report.order
    counts = {status.value: sum(line.match.status is status for line in report.lines) for status in Status}
    return {
        "brand": report.context.brand,
        "order_number": order.number,
        "order_id": order.order_id,
        "report_hash": report.report_hash,
        "content_hash": report.content_hash,
        "summary": {
            **counts,
            "lines": len(report.lines),
            "units": sum(line.units for line in report.lines),
            "questions": len(report.questions),
            "goods": plain(sum((line.units * line.unit_cost for line in report.lines), Decimal(0))),
            "reading": report.pricing.reading.name,
            "currency_sent_as": report.currency,
            "vendor": report.context.vendor.vendor.vendor_id if report.context.vendor.vendor else "",
            "vendor_name": report.context.vendor.name,
        },
        "order": {
            "status": order.status,
            "currency": order.currency,
            "total": None if order.total is None else plain(order.total),
            "customer_po": order.customer_po,
            "ship_start": str(order.first_ship_start or ""),
            "ship_end": str(order.last_ship_end or ""),
            "shipping": plain(order.shipping),
            "surcharge": plain(order.surcharge),
            "discount": plain(order.discount),
            "retailer": order.retailer,
            "created_on": order.created_on.isoformat() if order.created_on else "",
        },
        "warnings": [{"code": w.code, "text": w.text} for w in report.warnings],
        "questions": [_question_data(q) for q in report.questions],
        "lines": [_line_data(line) for line in report.lines],
    }


def _question_data(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "line": question.line or None,
        "text": question.text,
        "choices": [{"value": c.value, "meaning": c.meaning} for c in question.choices],
        **({"style": question.style, "lines": dict(question.lines)} if question.style else {}),
    }


def _candidate_data(candidate: Candidate) -> dict[str, Any]:
    item = candidate.item
    held = dict(item.stock)
    return {
        "item_id": item.item_id,
        "reason": candidate.reason,
        "likely": candidate.likely,
        "description": item.description,
        "archived": item.archived,
        "upc": item.upc or item.ean,
        "sku": item.custom_sku or item.system_sku,
        "manufacturer_sku": item.manufacturer_sku,
        "color": color_of(item),
        "size": size_of(item),
        "matrix_id": "" if item.matrix_id == "0" else item.matrix_id,
        "vendor_id": "" if item.default_vendor_id == "0" else item.default_vendor_id,
        "default_cost": None if item.default_cost is None else plain(item.default_cost),
        "stock": plain(held["0"]) if "0" in held else None,
        "created": item.created.isoformat() if item.created else "",
        "changed": item.changed.isoformat() if item.changed else "",
    }


def _line_data(line: Line) -> dict[str, Any]:
    found, variant = line.match, line.variant
    return {
        "line": variant.line,
        "style_number": variant.style_number,
        "color": variant.color,
        "size": variant.size,
        "name": variant.name,
        "upc": variant.upc,
        "quantity": variant.quantity,
        "units": line.units,
        "unit_cost": plain(line.unit_cost),
        "status": found.status.value,
        "rule": found.rule,
        "why": found.why,
        "item_id": found.item.item_id if found.item else None,
        "item_description": found.item.description if found.item else None,
        "candidates": [_candidate_data(c) for c in found.candidates],
        "matrix": line.placement.words if found.status is Status.NEW_ITEM else None,
        "warnings": [{"code": w.code, "text": w.text} for w in line.warnings],
        "product_id": variant.product_id,
        "image": variant.images[0] if variant.images else None,
    }
