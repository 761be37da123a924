"""The order page: look, choose, search, decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nuorder_pos import runtime
from nuorder_pos.config import load_brands
from nuorder_pos.domain.decisions import Given, carried_over, fold_answers, lines_problem, wanted_items
from nuorder_pos.domain.lifecycle import State
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Permanent, Transient
from nuorder_pos.pipeline import decide, pos_items
from nuorder_pos.store import approvals, reports
from nuorder_pos.web import meanwhile, shops
from nuorder_pos.web.access import Who, need_decide, need_read, row_of
from nuorder_pos.web.decision_form import (
    FOUND,
    LINE,
    LONGEST_COMMENT,
    Report,
    found_items,
    hidden_fields,
    need_items,
    proposals,
    read_form,
)  # fmt: skip
from nuorder_pos.web.form import Form, Sent
from nuorder_pos.web.order_page import Choices, Row, default_shop, on_current, show
from nuorder_pos.web.pages import render, root_of

router = APIRouter()
NOTICES = {
    "approve": "Your approval is recorded. The export follows by itself: its run, or the next one, takes the order up"
    " once it has checked the approval against the POS.",
    "reject": "Your rejection is recorded. The order is not exported unless somebody approves it after all.",
    "rematch": "The order will be matched again by the run that waits for it, or by the next one.",
}
ACTIONS = tuple(NOTICES)


@router.get("/orders/{order_id}", include_in_schema=False)
def order_page(request: Request, who: Who, order_id: str, done: str = "", stock: str = "") -> Response:
    """The order as it stands."""
    row = row_of(order_id)
    need_read(who, row["account"])
    notice = NOTICES[done] if done in NOTICES and _is_so(row, done, who.name) else ""
    return show(request, who, row, notice=notice, with_stock=stock == "1")


@router.post("/orders/{order_id}/review", include_in_schema=False)
def review(request: Request, who: Who, order_id: str, form: Sent) -> Response:
    """The page with choices that are not recorded: back from a search or a preview, or with the stock."""
    row = row_of(order_id)
    need_decide(who, row["account"])
    sent = _choices(row, form)
    # The page that is shown now is a current one: what it did not show before is said, or it would go unseen.
    problem = _since(row, sent.given)
    choices = on_current(runtime.open_engine(), row, sent, _report_of(form, order_id))
    notice = "" if choices.lost or problem else "Your choices are kept on this page. Nothing is recorded yet."
    return show(
        request, who, row, choices=choices, notice=notice, with_stock=form.one("stock") == "1", problem=problem,
        status=409 if problem else 200,
    )  # fmt: skip


@router.post("/orders/{order_id}/search", include_in_schema=False)
def search(request: Request, who: Who, order_id: str, form: Sent) -> Response:
    """Search the POS for one line, without scripts. The choices made so far go along in the form."""
    row = row_of(order_id)
    need_decide(who, row["account"])
    report = _report_of(form, order_id) or _current(row)
    line = next((one for one in report["lines"] if one["line"] == form.one("search")), None)
    if line is None:
        raise Permanent("The page did not say for which line to search: open the order again.")
    choices = _choices(row, form)
    asked = "q" in form.names()
    words = form.one("q")[:200] if asked else _first_guess(line)
    hits, problem = [], ""
    try:
        with runtime.open_work(row["account"], for_page=True) as work:
            hits = pos_items.search(work, words, choices.given.shop or default_shop(row)) if words else []
    except NuorderPosError as error:
        problem = str(error)
    current = choices.given.lines.get(line["line"], proposals(report)[line["line"]])
    rest = {number: value for number, value in choices.given.lines.items() if number != line["line"]}
    fields = hidden_fields(replace(choices.given, lines=rest), choices.found, choices.reason) + [
        (FOUND + hit["item_id"], hit["description"]) for hit in hits
    ]
    return render(
        request, who, "search.html", 503 if problem else 200, row=row, line=line, words_asked=words, hits=hits,
        problem=problem, fields=fields, field=LINE + line["line"], current=current, asked=asked,
        meanwhile=_since(row, choices.given),
    )  # fmt: skip


@router.post("/orders/{order_id}/decision", include_in_schema=False)
def decision(request: Request, who: Who, order_id: str, form: Sent) -> Response:
    """Record what the pressed button says: approve, reject, or match again."""
    row = row_of(order_id)
    need_decide(who, row["account"])
    action = form.one("action")
    if action not in NOTICES:
        raise Permanent("The page did not say what to do: open the order again and press one of its buttons.")
    choices = Choices(Given(), {}, form.one("reason"))
    try:
        if action != "rematch":  # which asks nothing of what stands in the page
            choices = _choices(row, form)
        if action == "approve" and not choices.given.shop:
            # Every page has the brand's own shop in its field: somebody took it out.
            raise NeedsMerchant("Nothing was recorded: choose the shop that the goods go to.")
        record(row, action, choices.given, who.name, choices.reason)
    except NuorderPosError as error:
        now = row_of(order_id)
        history = approvals.history(runtime.open_engine(), order_id)
        if meanwhile.recorded_already(
            history, action, choices.given, who.name, choices.reason, report_hash=now["report_hash"]
        ):
            return _recorded(request, order_id, action)
        problem = str(error)
        if action != "rematch" and choices.given.report_hash and not isinstance(error, decide.Conflict):
            problem = "\n".join(filter(None, (_since(now, choices.given), problem)))
        choices = on_current(runtime.open_engine(), now, choices, _report_of(form, order_id))
        status = 503 if isinstance(error, Transient) else 409
        return show(request, who, now, choices=choices, status=status, problem=problem)
    return _recorded(request, order_id, action)


def record(row: Row, action: str, given: Given, by: str, reason: str = "") -> dict[str, Any]:
    """Record an action of the page or of the JSON API under the same rules."""
    engine = runtime.open_engine()
    order_id, expected, seen = row["order_id"], given.report_hash, given.seen
    if action == "rematch":
        return decide.rematch(engine, order_id, by=by)
    if len(reason) > LONGEST_COMMENT:
        raise Permanent(f"The reason is longer than {LONGEST_COMMENT} characters: shorten it.")
    if action == "reject":
        return decide.reject(engine, order_id, reason=reason, by=by, expected_hash=expected, seen=seen)
    if row["report_hash"] == given.report_hash:  # a stale page is told so first
        _need_valid(row, given)
        shops.require_shop(given.shop, default_shop(row), shops.known_shops(engine, row["account"]))
    return decide.approve(
        engine, load_brands(), order_id, shop=given.shop or None, lines=given.lines, answers=given.answers, by=by,
        comment=given.comment, expected_hash=expected, seen=seen,
    )  # fmt: skip


def _need_valid(row: Row, given: Given) -> None:
    """Refuse what would not count whatever the POS says. Whether its items are live is judged when it is taken up."""
    need_items(given)
    report = _current(row)
    lines, _ = carried_over(report, *fold_answers(report, given.lines, given.answers))
    ids = {value for value in wanted_items(report, lines) if value.isascii() and value.isdigit()}
    if problem := lines_problem(report, lines, ids):
        raise NeedsMerchant(f"Nothing was recorded, because {problem}.")


def _recorded(request: Request, order_id: str, action: str) -> Response:
    return RedirectResponse(f"{root_of(request)}/orders/{order_id}?done={action}", 303)


def _is_so(row: Row, action: str, by: str) -> bool:
    """Whether the action that an address names was taken: anybody can write an address."""
    if action == "rematch":
        # `retry` says it of an export that stands still; elsewhere it is how an order begins.
        return row["rematch_asked_at"] is not None or (row["state"] == State.HELD and bool(row["retry"]))
    history = approvals.history(runtime.open_engine(), row["order_id"])
    return meanwhile.is_own(history, action, by, report_hash=row["report_hash"])


def _since(row: Row, given: Given) -> str:
    history = approvals.history(runtime.open_engine(), row["order_id"])
    return meanwhile.since(row, history, given.report_hash, given.seen)


def _choices(row: Row, form: Form) -> Choices:
    report = _report_of(form, row["order_id"])
    if report is None:
        raise Permanent("The page is too old, or not ours: open the order again, then decide.")
    return Choices(read_form(form, report), found_items(form), form.one("reason"))


def _report_of(form: Form, order_id: str) -> Report | None:
    """The report on which the choices were made, if it is one of this order."""
    report = reports.get_report(runtime.open_engine(), form.one("report_hash"))
    return report if report is not None and report["order_id"] == order_id else None


def _current(row: Row) -> Report:
    report = reports.get_report(runtime.open_engine(), row["report_hash"])
    if report is None:
        raise Permanent("The order has no match report yet: wait for the next run.")
    return report


def _first_guess(line: Mapping[str, Any]) -> str:
    return str(line["upc"] or line["name"] or line["style_number"])
