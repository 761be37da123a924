"""Every answer and every broken exchange is judged here, once. Pure: facts in, an error or ``None`` out.

What decides is whether a write may have been applied:

- never sent (name not found, connection refused, connect time limit): ``Transient``
- answered and refused (4xx): ``Permanent`` with its status; 409, 429 and "Please try again later." are ``Transient``
- perhaps applied (read time limit, reset, cut off, a web page with status 200, 5xx): ``OutcomeUnknown`` for a write,
  ``Transient`` for a read
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3 import exceptions as wire

from nuorder_pos.clients.body import BodyState, clean, declared_status, ended, message_of
from nuorder_pos.errors import NuorderPosError, OutcomeUnknown, Permanent, Transient

_NEVER_SENT = (
    wire.NewConnectionError,  # also names that are not found, and refused connections
    wire.ConnectTimeoutError,
)
_NEVER_SENT_OUTER = (requests.exceptions.ConnectTimeout,)
_BAD_REQUEST = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.UnrewindableBodyError,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom, as it may be shown: the path has no query. An API may have given the path."""

    service: str
    method: str
    path: str
    write: bool

    def __str__(self) -> str:
        return f"{self.method} {clean(self.path, 200)}"


Explain = Callable[[Asked, int, Mapping[str, str], str], str | None]
"""(what was asked, status, headers, the server's message) to a better sentence for a refusal, or ``None``."""


class Unavailable(Transient):
    """The server is there and cannot answer now. ``status`` is its HTTP status."""

    def __init__(self, message: str, *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.status = status


class Refused(Permanent):
    """An answer that refuses. ``code`` is the OAuth error code in its body, such as ``invalid_grant``, or empty."""

    def __init__(self, message: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(message, status=status)
        self.code = code


class DeadlineExceeded(OSError):
    """A whole answer took longer than allowed, although each single piece came in time."""


class UnexpectedBody(Transient):
    """A read was answered with a body that is not what it should be: cut off, a web page, another shape."""


def classify_answer(
    asked: Asked,
    status: int,
    headers: Mapping[str, str],
    state: BodyState,
    data: Any,
    text: str,
    explain: Explain | None = None,
) -> NuorderPosError | None:
    """The error that an answer amounts to, or ``None`` for a good one.

    A good answer has status 2xx and a JSON body; a 204 may be empty.
    """
    if 200 <= status <= 299:
        status_inside = declared_status(data) if state is BodyState.JSON else None
        if status_inside is None:
            return _check_body(asked, status, state)
        status = status_inside
    message = message_of(state, data, text)
    said = f": {message}" if message else f" with {state.value}" if state is not BodyState.JSON else ""
    sentence = f"{asked.service} answered {status} to {asked}{said}"
    wait = retry_after(headers)
    if status == 429 or (status == 503 and limiter(headers)):
        return Unavailable(
            f"{asked.service} limits the pace ({status}) at {asked}.", status=status, retry_after=wait
        )
    if status >= 500 or status in (408, 425):
        if asked.write:
            return OutcomeUnknown(f"{ended(sentence)} Whether it was applied is not known.")
        return Unavailable(ended(sentence), status=status, retry_after=wait)
    if status == 409:
        return Unavailable(
            f"{ended(sentence)} Somebody else changed the same record.", status=status, retry_after=wait
        )
    if status == 400 and "please try again later" in message.lower():
        return Unavailable(ended(sentence), status=status, retry_after=wait)
    if 300 <= status <= 399:
        return Permanent(
            f"{asked.service} answered {asked} with a redirection ({status}), which is never followed:"
            " put the address that it really has into the connection.",
            status=status,
        )
    better = explain(asked, status, headers, message) if explain else None
    code = data.get("error") if isinstance(data, dict) else None
    return Refused(better or ended(sentence), status=status, code=code if isinstance(code, str) else "")


def classify_exception(asked: Asked, error: Exception) -> NuorderPosError:
    """The error that a broken exchange amounts to."""
    chain = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return Permanent(
            f"{asked.service} could not be reached safely: its certificate was not accepted"
            f" ({clean(str(chain[-1]), 160)}). Check the host in the connection, and the machine's certificates."
        )
    if isinstance(error, _BAD_REQUEST):
        return Permanent(
            f"{asked.service} could not be asked ({asked}): {clean(str(error), 160)}. Check the connection's host."
        )
    if isinstance(error, _NEVER_SENT_OUTER) or any(isinstance(cause, _NEVER_SENT) for cause in chain):
        return Transient(f"{asked.service} could not be reached ({_reason(chain)}); {asked} was not sent.")
    if asked.write:
        return OutcomeUnknown(
            f"{asked.service} did not finish its answer to {asked} ({_reason(chain)}):"
            " whether it was applied is not known."
        )
    return Transient(f"{asked.service} did not finish its answer to {asked} ({_reason(chain)}).")


def unexpected(asked: Asked, what: str) -> NuorderPosError:
    """The error for an answer that is JSON, and yet not the shape that was promised."""
    if asked.write:
        return OutcomeUnknown(
            f"{asked.service} answered {asked} with {what}: whether it was applied is not known."
        )
    return UnexpectedBody(f"{asked.service} answered {asked} with {what}.")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """``Retry-After`` in seconds (a number or a date), or ``None``."""
    value = header(headers, "Retry-After").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (aware - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None


def limiter(headers: Mapping[str, str]) -> str:
    """Which limiter blocked the request, as ``X-LS-API-RateLimit-Type`` names it; empty when none did."""
    return header(headers, "X-LS-API-RateLimit-Type").strip().lower()


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by name in any case; empty when absent. The vendor's own pages differ in case."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def _check_body(asked: Asked, status: int, state: BodyState) -> NuorderPosError | None:
    if state is BodyState.JSON or (status == 204 and state is BodyState.EMPTY):
        return None
    return unexpected(asked, f"{state.value} instead of JSON (status {status})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything that it wraps, outermost first."""
    seen: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        inner = [value for value in current.args if isinstance(value, BaseException)]
        for name in ("reason", "original_error"):
            value = getattr(current, name, None)
            if isinstance(value, BaseException):
                inner.append(value)
        # __context__ is left out on purpose: it may belong to an earlier request
        queue += [*inner, current.__cause__]


def _reason(chain: tuple[BaseException, ...]) -> str:
    """A short name for what broke; exception texts are not shown, they may hold addresses and object names."""
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (DeadlineExceeded, "it took longer than the time limit for a whole answer"),
        (wire.NameResolutionError, "the name of the host was not found"),
        (ConnectionRefusedError, "connection refused"),
        (wire.NewConnectionError, "no connection could be made"),  # before its base class below
        ((requests.exceptions.ConnectTimeout, wire.ConnectTimeoutError), "connect time limit"),
        ((requests.exceptions.ReadTimeout, wire.ReadTimeoutError, TimeoutError), "read time limit"),
        (wire.IncompleteRead, "the answer was cut off"),
        (wire.DecodeError, "the answer could not be decompressed"),
        (ssl.SSLError, "the encrypted connection failed"),
        (ConnectionResetError, "connection reset"),
        ((wire.ProtocolError, requests.exceptions.ConnectionError), "connection lost"),
    )
    for kind, words in kinds:
        if any(isinstance(cause, kind) for cause in chain):
            return words
    return type(chain[0]).__name__
