"""What every answer and every request must have: a strict content policy, and no writing from another site."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
    "base-uri": "'none'",
}
POLICY = "; ".join(f"{kind} {source}" for kind, source in _SOURCES.items())
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
READS = frozenset({"GET", "HEAD", "OPTIONS"})
BY_PROGRAM = "X-Requested-By"
"""Header of a program that sends no ``Origin``. A page of another site cannot add it without being asked first."""


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign write; add the headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["method"] not in READS and not from_here(Headers(scope=scope)):
            refused = PlainTextResponse(
                "This request comes from another site, so nothing was done. Open the page inside Airflow and try again.",
                403,
            )
            await refused(scope, receive, sent)
            return
        await self._app(scope, receive, sent)


def from_here(headers: Mapping[str, str]) -> bool:
    """Whether a writing request comes from our own page, or from a program.

    ``Sec-Fetch-Site`` is the browser's own word, which no page can set: it decides where it is there. An older browser
    sends ``Origin`` alone, which must be our host. A request with neither was not sent by a page, or by a very old
    browser: then it must have what a page of another site cannot give it, a bearer token or ``X-Requested-By``.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    if origin is not None:
        return _host_of(origin) in _hosts(headers)
    return headers.get("authorization", "").casefold().startswith("bearer ") or BY_PROGRAM in headers


def _host_of(origin: str) -> str | None:
    # A proxy may end TLS before us, so the scheme is not compared.
    try:
        return urlsplit(origin).netloc.casefold() or None
    except ValueError:
        return None


def _hosts(headers: Mapping[str, str]) -> set[str]:
    # A proxy in front names the address that the browser knows; a page can set neither header.
    named = (headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip())
    return {host.casefold() for host in named if host}
