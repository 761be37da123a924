"""The JSON API: what the pages show and do, for programs, behind the same login and rights. Documented in docs/api.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nuorder_pos import runtime
from nuorder_pos.domain.decisions import Given
from nuorder_pos.errors import Permanent
from nuorder_pos.pipeline import decide, order_list, pos_items, read
from nuorder_pos.pipeline.pos_items import AT_ONCE
from nuorder_pos.store import approvals, reports
from nuorder_pos.web.access import Who, need_decide, need_read, row_of
from nuorder_pos.web.decision_form import LONGEST_COMMENT
from nuorder_pos.web.form import limited
from nuorder_pos.web.order import ACTIONS, record

router = APIRouter()
LARGEST = 1_000_000
_BODY = {
    "required": True,
    "description": "decision, report_hash; seen, shop, lines, answers, comment, reason",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


async def _sent(request: Request) -> Any:
    """The body of a request, read from JSON. 413 for one that no program of ours makes."""
    if request.headers.get("content-type", "").split(";")[0].strip().casefold() != "application/json":
        raise HTTPException(422, "The body has to be a JSON object, sent as application/json.")
    too_large = f"The body is larger than {LARGEST // 1_000_000} MB: send only what was decided."
    body = await limited(request, LARGEST, too_large)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(422, "The body cannot be read as JSON.") from None


Sent = Annotated[Any, Depends(_sent)]


@router.get("/api/v1/openapi.json", include_in_schema=False)
def openapi(request: Request, who: Who) -> dict[str, Any]:
    """The description of this API, for those who are signed in."""
    described: dict[str, Any] = request.app.openapi()
    paths = {path: said for path, said in described["paths"].items() if path.startswith("/api/")}
    return {**described, "paths": paths}


@router.get("/api/v1/orders")
def orders(request: Request, who: Who) -> dict[str, Any]:
    """A page of the list of orders. Takes the parameters of the page's address: brand, status, q, sort, page, older."""
    search, problems = order_list.read_search(request.query_params)
    if problems:
        raise HTTPException(422, " ".join(problems))
    found = order_list.look(runtime.open_engine(), search, who.reads)
    return {"orders": found.rows, "hits": found.hits, "page": found.page, "pages": found.pages}


@router.get("/api/v1/orders/{order_id}")
def order(who: Who, order_id: str) -> dict[str, Any]:
    """An order's current report with state and decisions. ``seen`` is the newest decision: a new decision names it."""
    row = row_of(order_id)
    need_read(who, row["account"])
    engine = runtime.open_engine()
    seen = approvals.newest(
        engine, order_id
    )  # before the report: what comes between the two is not taken for seen
    return {
        **read.report(engine, order_id),
        "seen": seen,
        "may_decide": who.decides(row["account"]),
    }


@router.get("/api/v1/orders/{order_id}/items")
def items(who: Who, order_id: str, q: str = "", ids: str = "", shop: str = "") -> dict[str, Any]:
    """Items of the order's POS account: those named in ``ids`` (up to 100, with commas between), or those that ``q``
    finds by words of the description, SKU or UPC. ``shop``: where the stock is counted, all shops if it is left out."""
    row = row_of(order_id)
    need_read(who, row["account"])
    wanted = [one.strip() for one in ids.split(",") if one.strip()]
    if bool(wanted) == bool(q.strip()):
        raise HTTPException(422, "Say either q, what to search for, or ids, the items to look at.")
    if len(wanted) > AT_ONCE:
        raise HTTPException(
            422, f"At most {AT_ONCE} ids are answered at once: ask for the others separately."
        )
    with runtime.open_work(row["account"], for_page=True) as work:
        found = pos_items.details(work, wanted, shop) if wanted else pos_items.search(work, q[:200], shop)
    return {"items": found}


@router.post("/api/v1/orders/{order_id}/decision", response_model=None, openapi_extra={"requestBody": _BODY})
def decision(who: Who, order_id: str, body: Sent) -> dict[str, Any] | Response:
    """Approve, reject or rematch. Who decides is the login. 409 where the report changed or somebody decided meanwhile
    (with what happened), and where a question is open: then nothing is recorded."""
    row = row_of(order_id)
    need_decide(who, row["account"])
    action, given, reason = _read(body)
    try:
        return record(row, action, given, who.name, reason)
    except decide.Conflict as error:
        report = reports.get_report(runtime.open_engine(), row_of(order_id)["report_hash"])
        told = {
            "report_hash": (report or {}).get("report_hash"),
            "changes": (report or {}).get("changes", []),
        }
        return JSONResponse(
            {"error": str(error), **told, "seen": approvals.newest(runtime.open_engine(), order_id)}, 409
        )


def _read(body: Any) -> tuple[str, Given, str]:
    if not isinstance(body, Mapping):
        raise HTTPException(422, "The body has to be a JSON object.")
    action = _text(body, "decision")
    if action not in ACTIONS:
        raise HTTPException(422, f"decision has to be one of {', '.join(ACTIONS)}.")
    report_hash = _text(body, "report_hash")
    if action != "rematch" and not report_hash:
        raise HTTPException(422, "report_hash has to say which report was decided on: GET the order first.")
    seen = body.get("seen")
    if action != "rematch" and (not isinstance(seen, int) or isinstance(seen, bool) or not 0 <= seen < 2**63):
        raise HTTPException(422, "seen has to be the number of the newest decision, as GET gives it.")
    comment = _text(body, "comment")
    if len(comment) > LONGEST_COMMENT:
        raise Permanent(f"The comment is longer than {LONGEST_COMMENT} characters: shorten it.")
    lines, answers = _texts(body, "lines"), _texts(body, "answers")
    return (
        action,
        Given(_text(body, "shop"), lines, answers, report_hash, seen or 0, comment),
        _text(body, "reason"),
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = "" if body.get(name) is None else body[name]
    if not isinstance(value, str):
        raise HTTPException(422, f"{name} has to be text.")
    return value.strip()


def _texts(body: Mapping[str, Any], name: str) -> dict[str, str]:
    value = {} if body.get(name) is None else body[name]
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise HTTPException(422, f'{name} has to be an object of texts, such as {{"3": "new"}}.')
    return {str(key).strip(): one.strip() for key, one in value.items()}
