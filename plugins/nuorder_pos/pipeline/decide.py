"""Record decisions. Nothing here decides whether they count: that is judged where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuorder_pos.config import BrandsFile
from nuorder_pos.domain.decisions import APPROVE, carried_over, fold_answers, names_somebody, open_questions
from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, State
from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.pipeline.judging import one_line
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.store import approvals, orders, reports
from nuorder_pos.store.engine import Engine, database_now, writing


class Conflict(NeedsMerchant):
    """The page on which somebody decides is out of date: a new report, or another person's decision. Nothing recorded."""


class NewReport(Conflict):
    """The order or its match changed since the page was made."""


class DecidedMeanwhile(Conflict):
    """Somebody else decided since the page was made."""


def approve(
    engine: Engine, brands: BrandsFile, order_id: str, *, shop: str | None, lines: Mapping[str, str],
    answers: Mapping[str, str], by: str, comment: str = "", expected_hash: str | None = None, seen: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Record an approval of the order's current report. ``NeedsMerchant`` with the open questions where there are any.

    ``expected_hash`` and ``seen`` (the newest decision's id, 0 for none) are what the person had before them; where
    that is no longer how things stand, ``Conflict`` says what happened and nothing is recorded.
    """
    row = _decidable(engine, order_id, by)
    _check_current(row, expected_hash)
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
        raise Permanent("No shop is named, and the brands file gives this brand none: choose one.")
    approval_id = _record(
        engine, row, "approve", seen, shop=shop or "", decided_by=by.strip(), lines=lines, answers=answers,
        comment=comment,
    )  # fmt: skip
    return {
        "approval_id": approval_id,
        "order_id": order_id,
        "report_hash": row["report_hash"],
        "decision": "approve",
    }


def reject(
    engine: Engine,
    order_id: str,
    *,
    reason: str,
    by: str,
    expected_hash: str | None = None,
    seen: int | None = None,
) -> dict[str, Any]:
    """Record a rejection with its reason. A held export may be rejected too, once its purchase order is archived.

    ``expected_hash`` and ``seen`` as for ``approve``.
    """
    row = _decidable(engine, order_id, by, also=State.HELD)
    _check_current(row, expected_hash)
    if not reason.strip():
        raise Permanent("A rejection needs a reason.")
    if not row["report_hash"]:
        raise NeedsMerchant("The order has no match report yet: wait for the next run, then reject.")
    approval_id = _record(engine, row, "reject", seen, decided_by=by.strip(), comment=reason.strip())
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
        asked = "another try" if row["state"] in IN_PROGRESS else "a new match"
        orders.note(connection, order_id, f"{one_line(by, 100)} asked for {asked}.")
    return {"order_id": order_id, "asked_by": by, "state": row["state"]}


def _check_current(row: Mapping[str, Any], expected_hash: str | None) -> None:
    if expected_hash is not None and row["report_hash"] != expected_hash:
        raise NewReport(
            "The order or its match changed since this page was made, so nothing was recorded: look at what changed,"
            " then decide."
        )


def _record(engine: Engine, row: Mapping[str, Any], decision: str, seen: int | None, **values: Any) -> int:
    before = None if seen is None else approvals.Seen(row["order_id"], row["report_hash"], seen)
    try:
        return approvals.record(engine, row["report_hash"], decision, seen=before, **values)
    except approvals.Moved:
        _check_current(row_of(engine, row["order_id"]), row["report_hash"])
        last = approvals.history(engine, row["order_id"])[-1]
        word = "approved" if str(last["decision"]).casefold() in APPROVE else "rejected"
        raise DecidedMeanwhile(
            f"{last['decided_by']} {word} this order at {last['decided_at']:%H:%M} UTC, after this page was made, so"
            " nothing was recorded: look at that decision, then decide again if it has to change."
        ) from None


def _decidable(engine: Engine, order_id: str, by: str, also: State | None = None) -> Mapping[str, Any]:
    if not names_somebody(by):
        raise Permanent("A decision needs the name of the person who takes it.")
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
