"""The app: its routes, its guard, and what it says when something is wrong. Airflow mounts it (``airflow.web``)."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from nuorder_pos.errors import NuorderPosError, Transient
from nuorder_pos.web import api, images, order, order_plan, orders, progress, quality
from nuorder_pos.web.access import Who
from nuorder_pos.web.guard import Guard
from nuorder_pos.web.pages import render, root_of

_log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"


def make_app() -> FastAPI:
    """The desk. Who a visitor is must be said by whoever serves it: ``app.dependency_overrides[access.visitor]``."""
    # FastAPI's own pages about the API would answer anybody.
    app = FastAPI(
        title="NuORDER to Lightspeed: the merchant's desk", docs_url=None, redoc_url=None, openapi_url=None
    )
    app.add_middleware(Guard)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_api_route("/", _home, include_in_schema=False)
    for room in (api, orders, order_plan, progress, order, quality, images):
        app.include_router(room.router)
    app.add_exception_handler(NuorderPosError, _known_trouble)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    return app


def _home(request: Request, who: Who) -> RedirectResponse:
    return RedirectResponse(f"{root_of(request)}/orders", 303)


def _known_trouble(request: Request, error: Exception) -> Response:
    return say(request, 503 if isinstance(error, Transient) else 409, str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    detail = error.detail
    if error.status_code == 404 and detail == "Not Found":
        detail = "There is no such page."
    return say(request, error.status_code, str(detail))


def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = " ".join(str(part) for part in first["loc"][1:]) or "the request"
    return say(request, 422, f"{where}: {first['msg']}.")


def say(request: Request, status: int, sentence: str) -> Response:
    """A refusal in a sentence: JSON below ``/api/``, a page elsewhere."""
    if request.url.path.removeprefix(root_of(request)).startswith("/api/"):
        return JSONResponse({"error": sentence}, status)
    return render(request, None, "error.html", status, status=status, sentence=sentence)
