"""An export followed live: a page of its own that also works without scripts, and the same as JSON for polling."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from nuorder_pos import runtime
from nuorder_pos.cli import words
from nuorder_pos.pipeline.progress import progress
from nuorder_pos.web.access import Who, need_read, row_of
from nuorder_pos.web.pages import render

router = APIRouter()


@router.get("/orders/{order_id}/progress", include_in_schema=False)
def page(request: Request, order_id: str, who: Who) -> HTMLResponse:
    """The export of an order, step by step; without scripts it loads itself again while something may happen."""
    need_read(who, row_of(order_id)["account"])
    return render(request, who, "progress.html", progress=progress(runtime.open_engine(), order_id))


@router.get("/api/v1/orders/{order_id}/progress")
def as_json(order_id: str, who: Who, after: int = Query(0, ge=0)) -> dict[str, Any]:
    """Where the export of an order stands.

    ``after``: only the steps that moved since the ``seq`` of an earlier answer. ``again_in`` are the seconds after which
    it is worth asking again, null where nothing happens by itself any more (``finished``).
    """
    need_read(who, row_of(order_id)["account"])
    found = progress(runtime.open_engine(), order_id, after=after)
    for step in found["steps"]:
        step |= {
            "words": words.step(step["kind"], step["summary"]),
            "state_words": words.word(words.STEP_STATE, step["state"]),
        }
    return {
        **found,
        "export_status_words": words.export_status(found),
        "state_words": words.state(found["state"]),
    }
