"""Numbers every boundary of a running attempt, from outside of the product: around each commit and each request.

A boundary lies between two things of which a crash may leave the first done and the second not. Its number is its place
in the attempt; its name says what is happening there.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
import sqlalchemy as sa
from sqlalchemy import event
from urllib3.connection import HTTPConnection

BEFORE_COMMIT, AFTER_COMMIT = "commit:before", "commit:after"
BEFORE_SEND, SENT, APPLIED, READ = "send:before", "send:out", "send:applied", "send:read"
"""Nothing went out; the bytes are out and nobody waited for the server; the server is done and its answer waits; the
answer was read and nobody has acted on it."""

_ACCOUNT = re.compile(r"^/API/V3/Account/\d+|\.json$")


@dataclass(frozen=True, slots=True)
class Boundary:
    """One boundary of an attempt."""

    number: int
    moment: str
    what: str

    def __str__(self) -> str:
        return f"{self.number} {self.moment} {self.what}"

    @property
    def is_commit(self) -> bool:
        """Whether it is before or after a commit."""
        return self.moment in (BEFORE_COMMIT, AFTER_COMMIT)


class Watch:
    """Sees the boundaries of this process and tells ``reached`` of each, while the process stands there."""

    def __init__(self, reached: Callable[[Boundary], None]) -> None:
        self._reached = reached
        self._count = 0
        self._changes: dict[int, list[str]] = {}

    def at(self, moment: str, what: str) -> None:
        """One more boundary."""
        self._count += 1
        self._reached(Boundary(self._count, moment, what))

    def install(self, engine: sa.Engine) -> None:
        """Watch the commits of an engine and the requests of this process, until it ends."""
        self._watch_commits(engine)
        self._watch_requests()

    def _watch_commits(self, engine: sa.Engine) -> None:
        commit = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            what = ", ".join(self._changes.pop(_raw(connection), [])) or "nothing"
            self.at(BEFORE_COMMIT, what)
            commit(connection)
            self.at(AFTER_COMMIT, what)

        def executed(
            connection: sa.Connection, _c: Any, statement: str, _p: Any, context: Any, _m: bool
        ) -> None:
            if context is not None and (what := _change(context, statement)):
                changes = self._changes.setdefault(_raw(connection.connection), [])
                if what not in changes:
                    changes.append(what)

        def began(connection: sa.Connection) -> None:
            self._changes.pop(_raw(connection.connection), None)

        engine.dialect.do_commit = do_commit  # type: ignore[method-assign,assignment]
        event.listen(engine, "begin", began)
        event.listen(engine, "after_cursor_execute", executed)

    def _watch_requests(self) -> None:
        watch = self
        send, getresponse, close = HTTPConnection.request, HTTPConnection.getresponse, requests.Response.close

        def watched_send(connection: Any, method: str, url: str, *args: Any, **options: Any) -> None:
            connection.prove_what = what = f"{method} {_short(url)}"
            watch.at(BEFORE_SEND, what)
            send(connection, method, url, *args, **options)
            watch.at(SENT, what)

        def watched_getresponse(connection: Any) -> Any:
            if connection.sock is not None:
                select.select([connection.sock], [], [], connection.sock.gettimeout())
            watch.at(APPLIED, connection.prove_what)
            return getresponse(connection)

        def watched_close(response: requests.Response) -> None:
            close(response)
            if not getattr(response, "prove_read", False):
                response.prove_read = True  # type: ignore[attr-defined]
                watch.at(READ, f"{response.request.method} {_short(str(response.request.path_url))}")

        HTTPConnection.request = watched_send  # type: ignore[method-assign,assignment]
        HTTPConnection.getresponse = watched_getresponse  # type: ignore[method-assign,assignment]
        requests.Response.close = watched_close  # type: ignore[method-assign,assignment]


def _raw(connection: Any) -> int:
    """One key for a driver's connection, seen through the pool's proxy or not."""
    return id(getattr(connection, "dbapi_connection", connection))


def _change(context: Any, statement: str) -> str:
    """A statement that changes something, in two or three words; a journal row by its event and step."""
    word = statement.lstrip().split(maxsplit=1)[0].upper()
    if word not in ("INSERT", "UPDATE", "DELETE"):
        return ""
    table = getattr(getattr(context.compiled, "statement", None), "table", None)
    name = getattr(table, "name", "?")
    if name == "journal" and context.compiled_parameters:
        row = context.compiled_parameters[0]
        return f"{row.get('event', word)} {row.get('step_key', '')}".strip()
    return f"{word.lower()} {name}"


def _short(url: str) -> str:
    """A request's path without what every path has."""
    return _ACCOUNT.sub("", url.partition("?")[0]) or "/"
