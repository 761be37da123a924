"""The purchase order that an export would write with the choices a merchant has just made. Nothing is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from nuorder_pos import runtime
from nuorder_pos.errors import NuorderPosError, Transient
from nuorder_pos.pipeline.plan import dry_run
from nuorder_pos.store import reports
from nuorder_pos.web.access import Who, need_decide, row_of
from nuorder_pos.web.decision_form import found_items, hidden_fields, need_items, read_form
from nuorder_pos.web.form import Sent
from nuorder_pos.web.pages import render

router = APIRouter()
STALE = (
    "The order or its match changed since the page was made, so there is no preview of these choices: go back to the"
    " order and look at what changed."
)
LONG_PLAN = 40
"""Steps from which on the list is folded: the purchase order above it is what is looked at."""


@router.post("/orders/{order_id}/preview", include_in_schema=False)
def preview(request: Request, order_id: str, who: Who, form: Sent) -> HTMLResponse:
    """The purchase order, its steps, cost and expected time. 409 with the sentence where an export would not begin."""
    row = row_of(order_id)
    need_decide(who, row["account"])  # it asks NuORDER and the POS, which costs the account drips
    report = reports.get_report(runtime.open_engine(), row["report_hash"])
    found: dict[str, Any] | None = None
    problem, status = "", 200
    if report is None or form.one("report_hash") != row["report_hash"]:
        # Back on its page the order says what changed, and keeps of the choices what still applies.
        problem, status = STALE, 409
        fields = [(name, value) for name in form.names() for value in form.all(name)]
    else:
        given = read_form(form, report)
        fields = hidden_fields(given, found_items(form), form.one("reason"))
        try:
            need_items(given)
            with runtime.open_work(row["account"], for_page=True) as work:
                found = dry_run(work, order_id, given)
        except NuorderPosError as error:
            problem, status = str(error), 503 if isinstance(error, Transient) else 409
    seconds, steps = (Decimal(found["seconds"]), len(found["steps"])) if found else (Decimal(0), 0)
    return render(
        request, who, "preview.html", status, order=row, plan=found, problem=problem,
        fields=fields, time=duration(seconds), folded=steps > LONG_PLAN,
    )  # fmt: skip


def duration(seconds: Decimal) -> str:
    """A time that nobody can know to the second, in words."""
    minutes = int((seconds + 59) // 60)
    if seconds < 50:
        return "less than a minute"
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    hours = int((seconds + 1800) // 3600)
    return f"about {hours} hours"
