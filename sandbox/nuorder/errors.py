"""Errors of the NuORDER API."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response


class NuOrderError(Exception):
    """A request that is answered with ``{"code", "message"}``."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def error_response(error: NuOrderError, form: str = "json") -> Response:
    """The recorded 404 is ``{"code":404,"message":"product not found"}``; the bodies of other statuses are
    undocumented, so ``form`` (switch ``nuorder_error_bodies``) may turn them into text or nothing."""
    if error.status == 500:
        return Response("Oops, there was a problem!\n", status_code=500, media_type="text/plain")
    if form == "text":
        return Response(
            error.message, status_code=error.status, media_type="text/plain", headers=error.headers
        )
    if form == "empty":
        return Response(b"", status_code=error.status, headers=error.headers)
    return JSONResponse(
        {"code": error.status, "message": error.message}, status_code=error.status, headers=error.headers
    )
