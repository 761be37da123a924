"""HTML from templates. Every value is escaped; control characters and marks that turn text around never reach a page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from nuorder_pos.cli import words
from nuorder_pos.cli.text import clean, money, plural

if TYPE_CHECKING:
    from nuorder_pos.web.access import Visitor


def render(
    request: Request, who: Visitor | None, template: str, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """A page. ``who`` is the visitor, ``None`` only where nobody is signed in."""
    page = environment().get_template(template)
    text = page.render(root=root_of(request), path=request.url.path, who=who, **context)
    return HTMLResponse(text, status_code)


def root_of(request: Request) -> str:
    """The path at which the app is mounted, the prefix of a proxy included; no slash at its end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


@cache
def environment() -> Environment:
    """The template engine with what templates may use."""
    made = Environment(
        loader=PackageLoader("nuorder_pos.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )
    made.globals.update(words=words, plural=plural)
    made.filters.update(money=money, clean=clean, day=day, moment=moment, web_link=web_link)
    return made


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    return clean(value, lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


def day(value: date | str | None) -> str:
    """A calendar date as it stands, ``2026-03-01``; an instant's date as it is written."""
    return "" if value is None else str(value)[:10]


def moment(value: datetime | str | None) -> str:
    """An instant to the minute, in UTC: ``2026-03-01 14:05 UTC``."""
    if not value:
        return ""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def web_link(address: str | None) -> str:
    """The address if it is one of the web, else empty text: a link never runs a script."""
    return address if address and urlsplit(address).scheme in ("http", "https") else ""
