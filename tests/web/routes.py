"""Every route of the desk, taken from the app itself: a route that is added later is tested without a word here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests
from fastapi.routing import APIRoute
from starlette.routing import Mount
from support.desk import Desk
from support.page import Form, Page
from support.web_place import PREFIX, BrowserLike

PUBLIC_MOUNTS = {"/static"}
"""What answers anybody: style sheets and scripts, the same for everybody."""
READING_POSTS = {f"/orders/{{order_id}}/{what}" for what in ("preview", "review", "search")}
"""Routes that take a form and write nothing."""


@dataclass(frozen=True)
class Way:
    """One method of one route, with a real order in its path."""

    method: str
    pattern: str
    path: str

    @property
    def writes(self) -> bool:
        """Whether it records something."""
        return self.method not in ("GET", "HEAD") and self.pattern not in READING_POSTS

    def __str__(self) -> str:
        return f"{self.method} {self.pattern}"


def ways(desk: Desk, number: str) -> list[Way]:
    """All of them, for the order of this number."""
    values = {"order_id": desk.id(number), "line": "1"}
    from nuorder_pos.web.app import make_app

    found = []
    for route in make_app().routes:
        if isinstance(route, Mount):
            assert route.path in PUBLIC_MOUNTS, f"{route.path} is mounted and answers anybody"
            continue
        assert isinstance(route, APIRoute), f"{route} is no route of ours and may answer anybody"
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: values.get(found[1], "1"), route.path)
        found += [Way(method, route.path, path) for method in sorted(route.methods)]
    assert {"/orders", "/orders/{order_id}", "/quality"} <= {way.pattern for way in found}
    return found


def decide(
    desk: Desk,
    session: BrowserLike,
    number: str,
    action: str,
    how: dict[str, Any] | None = None,
    **fields: str,
) -> requests.Response:
    """Sends the form of the order's page as it stands, with these fields on top and this button pressed."""
    form = the_form(desk, session, number)
    return session.post(
        form.action.removeprefix(PREFIX), data=form.fields | {"action": action} | fields, **(how or {})
    )


def the_form(desk: Desk, session: BrowserLike, number: str) -> Form:
    """The form that decides, from the order's page."""
    return Page(session.get(desk.page(number)).text).form("/decision")
