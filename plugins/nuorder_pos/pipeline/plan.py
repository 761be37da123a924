"""Make the plan of an export, and say what it costs. A dry run writes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nuorder_pos.clients.costs import write_cost
from nuorder_pos.domain.answers import with_answers
from nuorder_pos.domain.catalogue import codes_to_look_up
from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.decisions import (
    Decision,
    Given,
    Recorded,
    carried_over,
    choose_shop,
    fold_answers,
    open_questions,
)
from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, State
from nuorder_pos.domain.money import plain, rounded
from nuorder_pos.domain.orders import Order, fold
from nuorder_pos.domain.plan import Plan, Settings, Step, make_plan
from nuorder_pos.domain.pos import PosShop
from nuorder_pos.domain.report import Report, still_stands
from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.pipeline import gather, snapshots
from nuorder_pos.pipeline.final import read_final
from nuorder_pos.pipeline.judging import standing_decision, verdict_on
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.purchase_order import as_planned
from nuorder_pos.pipeline.report import matched
from nuorder_pos.pipeline.steps import LOOK_BEFORE
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import kept, reports

NOTE_WORKS = "note_works"
NOT_TO_DECIDE = (
    "The order cannot be decided on any more, so there is nothing to preview: its page says how it stands."
)


def zone_named(name: str) -> ZoneInfo:
    """A shop's time zone; ``Permanent`` where the POS names one that does not exist."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise Permanent(
            f"A shop has the time zone {name!r}, which does not exist: correct it in the POS."
        ) from None


def ordered_day(order: Order, shop: PosShop) -> date | None:
    """The order's day: its creation instant's date in the shop's zone."""
    return order.created_on.astimezone(zone_named(shop.time_zone)).date() if order.created_on else None


def plan_for(work: Work, row: Mapping[str, Any], report: Report, decision: Decision) -> Plan:
    """The plan of an approved order, from its report as matched now."""
    brand = work.brand_of(row)
    shop = choose_shop(decision.shop_id, gather.shops(work))
    if isinstance(shop, str):
        raise NeedsMerchant(f"The approval cannot be used: {shop}.")
    answered, decision = with_answers(report, decision)
    manufacturer = gather.manufacturer_of(work, brand.name)
    vendor = report.context.vendor.vendor
    categories = {line.variant.category for line in report.lines if brand.category and line.variant.category}
    settings = Settings(
        vendor_name=report.context.vendor.name,
        vendor_id=vendor.vendor_id if vendor else "",
        vendor_address=dict(brand.vendor_address or {}),
        brand_name=brand.name,
        manufacturer_id=manufacturer,
        price_levels=tuple(gather.price_levels(work)),
        decimals=work.account.cost_decimals,
        write_b2b=work.account.write_b2b,
        note_works=kept.recall(work.engine, work.pos.account_id, NOTE_WORKS),
        expected_date=brand.expected_date,
        category=brand.category,
        category_ids={
            fold(name): found for name in sorted(categories) if (found := gather.category_of(work, name))
        },
        tags=brand.tags,
    )
    return make_plan(answered, decision, shop, ordered_day(report.order, shop), settings)


def step_drips(step: Step) -> Decimal:
    """What a step's write costs by the documented table."""
    resource = "Image" if step.kind == "add_image" else step.resource
    return write_cost(resource, {} if step.kind == "add_image" else step.payload)


def plan_drips(plan: Plan) -> Decimal:
    """What all writes of a plan cost."""
    return sum((step_drips(step) for step in plan.steps), Decimal(0))


def minimum_drips(plan: Plan, report: Report) -> Decimal:
    """Every write of the plan, and one look-up for each 100 distinct UPCs; no safety reads."""
    codes = {
        read_code(line.variant.upc).gtin or line.variant.upc for line in report.lines if line.variant.upc
    }
    return plan_drips(plan) + math.ceil(len(codes) / 100)


def read_drips(plan: Plan, report: Report) -> Decimal:
    """What the export reads beside its writes, about: the match once more, the search for a purchase order that is
    there already, look-ups before a matrix, vendor or brand is made, and the reading back."""
    lists = math.ceil(len(codes_to_look_up([line.variant for line in report.lines])) / 100)
    before = sum(step.kind in LOOK_BEFORE for step in plan.steps)
    by_hand = Decimal("3.2") if isinstance(plan.vendor, str) else Decimal(2)
    items = Decimal("1.6") if any(step.kind == "create_item" for step in plan.steps) else Decimal(0)
    return lists * Decimal("1.2") + by_hand + before + Decimal("1.3") + items


def expected_seconds(work: Work, drips: Decimal) -> Decimal:
    """How long the rate limit makes so many drips wait, by what the account's bucket holds and lets through at present.

    Before the first answer of an account told its rate, that of one register is supposed: the slowest there is.
    """
    bucket = work.pos.bucket()
    size, level, rate = (Decimal(str(one)) for one in (bucket.size, bucket.level, bucket.drip))
    over = max(Decimal(0), drips - max(Decimal(0), size - level))
    return rounded(over / max(rate, Decimal("0.001")), 1)


def dry_run(work: Work, order_id: str, given: Given | None = None) -> dict[str, Any]:
    """Every write that the export would do now, and the purchase order that comes of it. Writes nothing to the POS or
    about the order; raises the sentence that would stop the export.

    With ``given`` as if somebody had just approved the order with these choices, by the rules of every approval.
    """
    row = row_of(work.engine, order_id)
    if given is not None and row["state"] in EXPORTED | IN_PROGRESS | {State.CANCELLED}:
        raise NeedsMerchant(NOT_TO_DECIDE)
    raw = read_final(work, row)
    if row["snapshot_id"] is None:
        raise NeedsMerchant("The order has no match report yet: wait for the next run.")
    order = snapshots.fresh_order(work.engine, row["snapshot_id"], raw)
    report = matched(
        work, work.brand_of(row), order, again=reports.get_report(work.engine, row["report_hash"])
    )
    standing = standing_decision(work, order_id) if given is None else None
    if given is not None:
        decision = _as_given(work, row, report, given)
    else:
        decision = standing[1] if standing else _supposed(work, row)
    plan = plan_for(work, row, report, decision)
    reads = read_drips(plan, report)
    drips = plan_drips(plan) + reads
    return {
        "brand": row["brand"],
        "order_number": row["order_number"],
        "order_id": order_id,
        "report_hash": report.report_hash,
        "approved": standing is not None,
        "shop": decision.shop_id,
        "steps": [
            {"key": s.key, "kind": s.kind, "summary": s.summary, "drips": plain(step_drips(s))}
            for s in plan.steps
        ],
        "drips": plain(drips),
        "read_drips": plain(reads),
        "minimum_drips": plain(minimum_drips(plan, report)),
        "seconds": plain(expected_seconds(work, drips)),
        "purchase_order": as_planned(work, plan, with_answers(report, decision)[0]),
    }


def _as_given(work: Work, row: Mapping[str, Any], report: Report, given: Given) -> Decision:
    """The decision that these choices would be, judged as a recorded one is."""
    stored = reports.get_report(work.engine, row["report_hash"])
    if stored is None:
        raise NeedsMerchant("The order has no match report yet: wait for the next run.")
    taken = carried_over(stored, *fold_answers(stored, given.lines, given.answers))
    if questions := open_questions(stored, *taken):
        where = [f"line {q['line']}: " if q["line"] else "" for q in questions]
        named = "\n".join(f"- {at}{q['text']}" for at, q in zip(where, questions, strict=True))
        raise NeedsMerchant(f"Questions are open, so what would be written is not known yet:\n{named}")
    recorded = Recorded(
        0, row["report_hash"], "approve", given.shop, "preview", json.dumps(dict(given.lines)),
        json.dumps(dict(given.answers)), "",
    )  # fmt: skip
    verdict = verdict_on(work, row["order_id"], recorded)
    if verdict.decision is None:
        raise NeedsMerchant(f"The order cannot be exported with these choices: {verdict.reason}.")
    if not still_stands(stored, report):
        raise NeedsMerchant(
            "The order or its match changed since its report was made: match it again, then decide on the new report."
        )
    return verdict.decision


def _supposed(work: Work, row: Mapping[str, Any]) -> Decision:
    """The decision that a plan before approval supposes: the brand's shop, carried answers, nothing else."""
    report = reports.get_report(work.engine, row["report_hash"])
    lines, answers = carried_over(report or {}, {}, {})
    if report and (questions := open_questions(report, lines, answers)):
        codes = ", ".join(sorted({q["code"] for q in questions}))
        raise NeedsMerchant(f"The plan depends on open questions ({codes}): answer them first.")
    shops = [shop for shop in gather.shops(work) if not shop.archived]
    brand = work.brand_of(row)
    wanted = brand.shop or shops[0].shop_id
    shop = choose_shop(wanted, shops)
    if isinstance(shop, str):
        raise NeedsMerchant(f"The brands file names a shop for {brand.name} that cannot be used: {shop}.")
    return Decision(True, "dry run", shop.shop_id, lines=lines, answers=answers)
