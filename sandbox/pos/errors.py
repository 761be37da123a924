"""Errors of the POS API, in the envelope that was recorded."""

from __future__ import annotations

import html
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

_NAMES = {422: "Unprocessable Entity", 429: "Too Many Requests"}


class PosError(Exception):
    """A request that is answered with an error status and the ordinary envelope."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def envelope(status: int, message: str) -> dict[str, Any]:
    """The recorded error body: every value a string."""
    name = _NAMES.get(status) or HTTPStatus(status).phrase
    return {"httpCode": str(status), "httpMessage": name, "message": message, "errorClass": "Exception"}


def error_response(status: int, message: str, form: str = "envelope") -> Response:
    """An error answer.

    Recorded 400 replies carry JSON under ``text/html``; that is kept. The bodies of the other statuses are
    undocumented, so ``form`` (switch ``error_bodies``) may turn them into a web page or nothing.
    """
    body = envelope(status, message)
    if status == 400:
        return JSONResponse(body, status_code=400, headers={"content-type": "text/html; charset=UTF-8"})
    if form == "html":
        page = f"<html><head><title>{status}</title></head><body>{html.escape(message)}</body></html>"
        return Response(page, status_code=status, media_type="text/html")
    if form == "empty":
        return Response(b"", status_code=status)
    return JSONResponse(body, status_code=status)
