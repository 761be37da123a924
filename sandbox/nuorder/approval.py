"""The page where a person approves a pending application, and the same for scripts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.nuorder import auth

if TYPE_CHECKING:
    from sandbox.world import World

_PAGE = """<!DOCTYPE html><html lang="en">
<head><meta charset="utf-8"><title>Pending applications</title></head>
<body><h1>Pending applications</h1>{body}</body></html>"""


def page(world: World) -> Callable[[Request], Awaitable[Response]]:
    """``GET /_approve`` lists the pending applications; ``POST`` approves one, from the form or as JSON."""

    async def approve(request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(_PAGE.format(body=_list(world)))
        posted_json = "json" in request.headers.get("content-type", "json")
        given: dict[str, Any]
        if posted_json:
            raw = await request.body()
            given = json.loads(raw) if raw else {}
        else:
            async with request.form() as form:
                given = {name: str(value) for name, value in form.items()}
        try:
            done = auth.approve(world, str(given.get("application_name", "")), str(given.get("brand", "")))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        if posted_json:
            return JSONResponse(done)
        return HTMLResponse(
            _PAGE.format(
                body=f"<p>{escape(done['application_name'])} is approved. Verification "
                f"code: <code>{escape(done['oauth_verifier'])}</code></p>"
            )
        )

    return approve


def _list(world: World) -> str:
    forms = [
        f'<form method="post"><input type="hidden" name="application_name" value="{escape(pending.name)}">'
        f'<input type="hidden" name="brand" value="{escape(brand.slug)}">'
        f"{escape(brand.name)}: {escape(pending.name)} <button>Approve</button></form>"
        for brand in world.nuorder.brands
        for pending in brand.pending
    ]
    return "".join(forms) or "<p>None.</p>"
