"""The outermost layer of both servers: keeps the journal and carries out scripted faults.

It reads the request whole, runs the service with the answer held back, and then decides what goes out. That
is how an answer can be lost after the write was done, or a write be done long after the client gave up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.journal import Entry, Journal, readable
from sandbox.late import LateWrites

HTML_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking.</body></html>"
Headers = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """A complete answer of the service."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """One header by its lower-case name."""
        return next(
            (value.decode("latin-1") for key, value in self.headers if key.lower() == name.encode()), None
        )


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def run(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Run the service on one request and keep its answer."""
    answer = Answer()
    pending = [body]

    async def receive() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    await app(dict(scope), receive, send)
    return answer


async def deliver(answer: Answer, send: Send) -> None:
    """Send an answer as it is."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def hang_up(scope: Scope) -> None:
    """Close the connection without an answer."""
    transport = scope.get("extensions", {}).get("sandbox.transport")
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)


@dataclass
class Gate:
    """ASGI wrapper: control routes pass, everything else is noted and may be hit by a fault.

    ``before`` holds what a service does for an action of its own (revoke tokens, fill the bucket).
    """

    app: ASGIApp
    faults: Faults
    journal: Journal
    clock: Clock
    late: LateWrites
    before: dict[str, Callable[[Fault], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.late.carry_out = self._apply_late

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_"):
            await self.app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        query = scope["query_string"].decode("latin-1")
        fault = self.faults.take(method, path, query, None)
        if fault is not None and fault.action == "refuse":
            self._note(scope, b"", fault)
            await hang_up(scope)
            return
        body = await read_body(receive)
        fault = fault or self.faults.take(method, path, query, body)
        entry = self._note(scope, body, fault)
        if fault is None:
            answer = await self._apply(scope, body, entry)
            entry.status = answer.status
            await deliver(answer, send)
        else:
            await self._fail(fault, scope, body, entry, send)

    def _note(self, scope: Scope, body: bytes, fault: Fault | None) -> Entry:
        content_type = next(
            (value.decode("latin-1") for key, value in scope["headers"] if key == b"content-type"), ""
        )
        entry = self.journal.begin(
            self.clock.now(),
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            readable(body, content_type),
        )
        if fault is not None:
            entry.fault = fault.id
            fault.fired.append(entry.seq)
        return entry

    async def _apply(self, scope: Scope, body: bytes, entry: Entry) -> Answer:
        answer = await run(self.app, scope, body)
        entry.applied = answer.status < 300
        entry.cost = answer.header("x-ls-api-request-cost")
        return answer

    async def _fail(self, fault: Fault, scope: Scope, body: bytes, entry: Entry, send: Send) -> None:
        """Carry out one fault on one request."""
        if fault.action in self.before:
            self.before[fault.action](fault)
            answer = await self._apply(scope, body, entry)
            entry.status = answer.status
            await deliver(answer, send)
            return
        if fault.action == "apply_late":
            self.late.add(fault.seconds, scope, body, entry.seq)
            answer = Answer()
        else:
            answer = await self._apply(scope, body, entry) if fault.apply else Answer()
        if fault.action in ("refuse", "drop_after_apply"):
            await hang_up(scope)
        elif fault.action == "hang":
            await self.clock.sleep(fault.seconds or 3600)
            await hang_up(scope)
        elif fault.action == "delay":
            await self.clock.sleep(fault.seconds)
            entry.status = answer.status
            await deliver(answer, send)
        elif fault.action == "truncate":
            entry.status = answer.status
            await self._half(answer, scope, send)
        elif fault.action == "apply_late" and fault.status is None:
            await hang_up(scope)
        else:
            scripted = _scripted(fault, answer)
            entry.status = scripted.status
            await deliver(scripted, send)

    async def _apply_late(self, scope: Scope, body: bytes, seq: int) -> None:
        """Carry out a request long after its client was answered."""
        entry = self.journal.entry(seq) or Entry(
            seq, self.clock.now(), scope["method"], scope["path"], "", None
        )
        await self._apply(scope, body, entry)

    @staticmethod
    async def _half(answer: Answer, scope: Scope, send: Send) -> None:
        """Announce the whole length, send half of it, and close."""
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport = scope.get("extensions", {}).get("sandbox.transport")
        if transport is not None:
            transport.close()
            await asyncio.sleep(0.01)


def _scripted(fault: Fault, answer: Answer) -> Answer:
    """The answer that a fault prescribes; a limiter header of the real answer stays on it."""
    if fault.action == "html":
        status, body, content_type = 200, HTML_PAGE, "text/html; charset=UTF-8"
        if fault.status is not None:
            status = fault.status
    else:
        status = fault.status or 500
        if isinstance(fault.body, str):
            body, content_type = fault.body.encode(), "text/plain; charset=UTF-8"
        elif fault.body is None:
            body, content_type = b"", "text/plain; charset=UTF-8"
        else:
            body, content_type = json.dumps(fault.body).encode(), "application/json"
    headers = [(key, value) for key, value in answer.headers if key.lower().startswith((b"x-ls-", b"cf-"))]
    headers += [
        (b"content-type", (fault.content_type or content_type).encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    headers += [(key.lower().encode(), str(value).encode()) for key, value in fault.headers.items()]
    return Answer(status, headers, body)
