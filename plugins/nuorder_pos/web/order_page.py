"""Everything that the order page shows, gathered from our own database. The POS is asked only for the stock, on request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nuorder_pos import connections, runtime
from nuorder_pos.cli import words
from nuorder_pos.domain.decisions import APPROVE, Given, fold_answers, mapping_of
from nuorder_pos.domain.lifecycle import EXPORTED, IN_PROGRESS, State, export_status
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline import pos_items, snapshots
from nuorder_pos.pipeline.orders import reason_of
from nuorder_pos.pipeline.progress import progress
from nuorder_pos.pipeline.read import items_written
from nuorder_pos.store import approvals, reports
from nuorder_pos.store.engine import Engine
from nuorder_pos.web import shops
from nuorder_pos.web.access import Visitor
from nuorder_pos.web.decision_form import Report, moved
from nuorder_pos.web.order_facts import facts
from nuorder_pos.web.order_view import View, view
from nuorder_pos.web.pages import render

Row = Mapping[str, Any]
MOST_STOCK = 500
"""Items whose stock is shown for a whole page: five requests to the POS."""
_FOLLOWED = IN_PROGRESS | EXPORTED | {State.APPROVED, State.FAILED}


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody has chosen and not recorded. ``found``: what searches said of items."""

    given: Given
    found: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    lost: tuple[str, ...] = ()
    """Choices that the current report has no place for, in words."""


def show(
    request: Request, who: Visitor, row: Row, *, choices: Choices | None = None, status: int = 200, problem: str = "",
    notice: str = "", with_stock: bool = False,
) -> Response:  # fmt: skip
    """The page of an order. Unsaved choices are shown as they were made; ``problem`` says why nothing was recorded."""
    engine = runtime.open_engine()
    report = reports.get_report(engine, row["report_hash"])
    history = approvals.history(engine, row["order_id"])
    context: dict[str, Any] = {
        "row": row, "problem": problem, "notice": notice, "reason": reason_of(row), "view": None,
        "export_status": words.word(words.EXPORT_STATUS, _status(row)),
        "progress": progress(engine, row["order_id"]) if _follow(row, history) else None,
        "decisions": [_decision(entry, row) for entry in history], "stock": {}, "stock_problem": "",
        "seen": history[-1]["approval_id"] if history else 0, "may": _may(who, row, report),
        "lost": choices.lost if choices else (), "rejection": choices.reason if choices else "",
    }  # fmt: skip
    if report is not None:
        context |= _of_report(engine, row, report, history, choices)
        if with_stock:
            stocked: View = context["view"]
            ids = (v.item_id for tab in stocked.tabs for m in tab.matrices for v in m.variants if v.item_id)
            context["stock"], context["stock_problem"] = _stock(row, ids, context["shop"])
    return render(request, who, "order.html", status, **context)


def on_current(engine: Engine, row: Row, choices: Choices, before: Report | None) -> Choices:
    """Choices made on an earlier report, as far as the current one has a place for them."""
    now = reports.get_report(engine, row["report_hash"])
    if now is None or before is None or before["report_hash"] == now["report_hash"]:
        return choices
    given, lost = moved(choices.given, before, now)
    return Choices(given, choices.found, choices.reason, tuple(lost))


def _of_report(
    engine: Engine, row: Row, report: Report, history: list[dict[str, Any]], choices: Choices | None
) -> dict[str, Any]:
    standing = _standing(history, row, report)
    given = choices.given if choices else standing or Given()
    known = shops.known_shops(engine, row["account"])
    default = default_shop(row)
    wanted = given.shop or _last_shop(history) or default
    offered = [(shops.value_of(shop, known), shops.label_of(shop, known)) for shop in known]
    # Once the export has begun, a new item is one of the POS: what became of each line is shown, not what was chosen.
    made = items_written(engine, row["order_id"]) if row["state"] in IN_PROGRESS | EXPORTED else {}
    told = dict.fromkeys(made.values(), "the item in the purchase order")
    said = {**told, **(choices.found if choices else {})}
    laid = view(report, {**given.lines, **made}, given.answers, said)
    order = snapshots.load(engine, report["snapshot_id"]).order
    return {
        "report": report, "view": laid, "facts": facts(order, report, _expected_date(row)), "given": given,
        "shops": offered, "default_shop": default, "shop": shops.chosen_value(wanted, known) if wanted else "",
        "item_url": item_links(row["account"]), "standing": standing, "found": choices.found if choices else {},
    }  # fmt: skip


def _standing(history: list[dict[str, Any]], row: Row, report: Report) -> Given | None:
    """The newest approval of the current report, unless it was found not to count: what a new decision replaces."""
    for entry in reversed(history):
        if entry["report_hash"] != row["report_hash"] or entry["counts"] is False:
            continue
        if str(entry["decision"] or "").strip().casefold() not in APPROVE:
            return None
        try:
            lines, answers = fold_answers(
                report,
                mapping_of(entry["lines"] or "", "lines"),
                mapping_of(entry["answers"] or "", "answers"),
            )
        except ValueError:
            return None
        return Given(str(entry["shop"] or ""), lines, answers)
    return None


def _last_shop(history: list[dict[str, Any]]) -> str:
    """The shop of the newest approval, also of one on an earlier report, unless it was found not to count."""
    shops_named = (str(entry["shop"] or "") for entry in reversed(history) if entry["counts"] is not False)
    return next((shop for shop in shops_named if shop), "")


def default_shop(row: Row) -> str:
    """The shop that the brands file gives the order's brand, or nothing."""
    try:
        return runtime.account_config(row["account"]).brand(row["brand"]).shop or ""
    except (NuorderPosError, KeyError):
        return ""


def item_links(account: str) -> Callable[[str], str]:
    """The address of an item in the POS, by its id; empty where the connection does not say."""
    try:
        return connections.lightspeed_settings(runtime.account_config(account).lightspeed_conn_id).item_url
    except NuorderPosError:
        return lambda item_id: ""


def _expected_date(row: Row) -> str:
    try:
        return str(runtime.account_config(row["account"]).brand(row["brand"]).expected_date)
    except (NuorderPosError, KeyError):
        return "ship_end"


def _stock(row: Row, ids: Iterable[str], shop: str) -> tuple[dict[str, Any], str]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}, "No item of the POS is chosen yet."
    try:
        with runtime.open_work(row["account"], for_page=True) as work:
            found = pos_items.details(work, wanted[:MOST_STOCK], shop)
    except NuorderPosError as error:
        return {}, f"The POS cannot be asked for the stock now: {error}"
    cut = f"Stock is shown for the first {MOST_STOCK} items." if len(wanted) > MOST_STOCK else ""
    return {item["item_id"]: item for item in found}, cut


def _may(who: Visitor, row: Row, report: Report | None) -> dict[str, bool]:
    """Which actions the page offers. What is refused all the same is said where the decision is taken."""
    if not who.decides(row["account"]):
        return {"decide": False, "reject": False, "rematch": False}
    done = row["state"] in EXPORTED
    open_ = report is not None and not done and row["state"] != State.CANCELLED
    return {
        "decide": open_ and row["state"] not in IN_PROGRESS,
        "reject": open_ and row["state"] != State.EXPORTING,
        "rematch": not done and row["state"] not in (State.EXPORTING, State.CANCELLED),
    }


def _follow(row: Row, history: list[dict[str, Any]]) -> bool:
    """Whether there is an export to follow: one under way or done, or a decision that is about to be read."""
    return row["state"] in _FOLLOWED or any(
        entry["counts"] is None and entry["report_hash"] == row["report_hash"] for entry in history
    )


def _status(row: Row) -> str:
    return export_status(row["state"]).value


def _decision(entry: Mapping[str, Any], row: Row) -> dict[str, Any]:
    current = entry["report_hash"] == row["report_hash"]
    if entry["counts"] is None:
        verdict, kind = "not looked at yet", "info"
    elif not entry["counts"]:
        verdict, kind = f"does not count: {entry['reason']}", "warn"
    else:
        verdict, kind = ("counts", "ok") if current else ("was taken on an earlier report", "")
    return {
        "what": words.word(words.DECISION, str(entry["decision"] or "").strip().casefold()), "by": entry["decided_by"],
        "at": entry["decided_at"], "shop": entry["shop"], "comment": entry["comment"], "verdict": verdict, "kind": kind,
        "lines": _said(entry["lines"]), "answers": _said(entry["answers"]),
    }  # fmt: skip


def _said(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
