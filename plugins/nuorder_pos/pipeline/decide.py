"""Record decisions. Nothing here decides whether they count: that is judged where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuorder_pos.config import BrandsFile
from nuorder_pos.domain.decisions import carried_over, fold_answers, names_somebody, open_questions
from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, State
from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.store import approvals, orders, reports
from nuorder_pos.store.engine import Engine, database_now, writing


def approve(
    engine: Engine, brands: BrandsFile, order_id: str, *, shop: str | None, lines: Mapping[str, str],
    answers: Mapping[str, str], by: str, comment: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Record an approval of the order's current report. ``NeedsMerchant`` with the open questions where there are any."""
    row = _decidable(engine, order_id, by)
    report = reports.get_report(engine, row["report_hash"])
    if report is None:
        raise NeedsMerchant("The order has no match report yet: wait for the next run, then approve.")
    given = carried_over(report, *fold_answers(report, lines, answers))
    unknown = [line for line in given[0] if line not in {entry["line"] for entry in report["lines"]}]
    if unknown:
        raise Permanent(
            f"The report has no line {unknown[0]}; its lines are numbered from 1 to {len(report['lines'])}."
        )
    if questions := open_questions(report, *given):
        named = "\n".join(
            f"- {q['code']}{' (line ' + q['line'] + ')' if q['line'] else ''}: {q['text']}" for q in questions
        )
        raise NeedsMerchant(f"Questions are open, so nothing was recorded:\n{named}")
    if not shop and not _default_shop(brands, row):
        raise Permanent("No shop is named, and the brands file gives this brand none: add --shop.")
    approval_id = approvals.record(
        engine, row["report_hash"], "approve", shop=shop or "", decided_by=by.strip(), lines=lines, answers=answers,
        comment=comment,
    )  # fmt: skip
    return {
        "approval_id": approval_id,
        "order_id": order_id,
        "report_hash": row["report_hash"],
        "decision": "approve",
    }


def reject(engine: Engine, order_id: str, *, reason: str, by: str) -> dict[str, Any]:
    """Record a rejection with its reason. A held export may be rejected too, once its purchase order is archived."""
    row = _decidable(engine, order_id, by, also=State.HELD)
    if not reason.strip():
        raise Permanent("A rejection needs a reason.")
    if not row["report_hash"]:
        raise NeedsMerchant("The order has no match report yet: wait for the next run, then reject.")
    approval_id = approvals.record(
        engine, row["report_hash"], "reject", decided_by=by.strip(), comment=reason.strip()
    )
    return {
        "approval_id": approval_id,
        "order_id": order_id,
        "report_hash": row["report_hash"],
        "decision": "reject",
    }


def rematch(engine: Engine, order_id: str, *, by: str) -> dict[str, Any]:
    """Ask for the order to be matched, or its export to be tried, again."""
    row = row_of(engine, order_id)
    if row["state"] in EXPORTED:
        raise Permanent("The order is exported; there is nothing to match.")
    with writing(engine) as connection:
        values: dict[str, Any] = {"retry": True}
        if row["state"] not in IN_PROGRESS:
            values["rematch_asked_at"] = database_now(connection)
        if row["listed_only"]:
            values |= {"listed_only": False, "reason": ""}
        orders.change_in(connection, order_id, **values)
    return {"order_id": order_id, "asked_by": by, "state": row["state"]}


def _decidable(engine: Engine, order_id: str, by: str, also: State | None = None) -> Mapping[str, Any]:
    if not names_somebody(by):
        raise Permanent("A decision needs the name of the person who takes it: --by NAME.")
    row = row_of(engine, order_id)
    if row["state"] in EXPORTED:
        raise Permanent("The order is exported; it cannot be decided on again.")
    if row["state"] in IN_PROGRESS and row["state"] != also:
        raise Permanent("Part of the order is in the POS already; it cannot be decided on again.")
    if row["state"] == State.CANCELLED:
        raise Permanent("The order is cancelled in NuORDER.")
    return row


def _default_shop(brands: BrandsFile, row: Mapping[str, Any]) -> str:
    account = brands.accounts.get(row["account"])
    try:
        return (account.brand(row["brand"]).shop or "") if account else ""
    except KeyError:
        return ""
