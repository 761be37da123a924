"""How a request is sent: time limits, pace, credentials, one judgement of the answer. Only reads are sent again."""

from __future__ import annotations

import html
import json as json_module
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote, quote_plus, unquote, urlencode, urlsplit

import requests
import tenacity
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from nuorder_pos.clients.body import BodyState, read_body
from nuorder_pos.clients.classify import (
    Asked,
    DeadlineExceeded,
    Explain,
    classify_answer,
    classify_exception,
    limiter,
)
from nuorder_pos.clients.connections import RawPipeAdapter
from nuorder_pos.clients.origins import check_scheme, is_loopback
from nuorder_pos.errors import Permanent, Transient

_log = logging.getLogger(__name__)
_PIECE = 64 * 1024
_CREDENTIAL = re.compile(r'="([^"]*)"|^Bearer (\S+)$')
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of every call in seconds, and the largest body in bytes.

    ``read`` is the longest silence between two pieces of an answer, ``total`` the longest whole answer.
    """

    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0
    write_total: float = 45.0
    """Longest whole answer of a write: with ``connect`` and ``read`` it stays below the lease under which it is sent."""
    max_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a read is sent in all, the first wait and the longest wait in seconds.

    A ``Retry-After`` above ``patience`` is not waited for here: the error goes to the caller with it.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 10.0
    patience: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. ``data`` is the parsed JSON, ``None`` for an empty body or one that was fetched as bytes."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    text: str = field(repr=False)
    content: bytes = field(repr=False)


class Credentials(Protocol):
    """Signs requests. ``renew`` gives a new signer after a 401, or ``None`` where there is nothing to renew."""

    def sign(self) -> AuthBase: ...

    def renew(self, used: AuthBase) -> AuthBase | None: ...


class Pace(Protocol):
    """Waits before a request, and learns from its answer."""

    def before(self, cost: float) -> None: ...

    def after(self, predicted: float, headers: Mapping[str, str]) -> None: ...

    def throttled(self, headers: Mapping[str, str]) -> None: ...


class NoAuth(AuthBase):
    """Sends no credentials, not even those of a ``.netrc`` file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Anonymous:
    """``Credentials`` of a call that has none."""

    def sign(self) -> AuthBase:
        return NoAuth()

    def renew(self, used: AuthBase) -> AuthBase | None:
        return None


def with_query(url: str, params: Sequence[tuple[str, str]] | Mapping[str, str] | None) -> str:
    """``url`` with the parameters, everything but letters, digits and ``_.-~`` percent-encoded (a space as %20)."""
    if not params:
        return url
    pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs, quote_via=quote, safe='')}"


def _secrets(prepared: requests.PreparedRequest) -> list[str]:
    """What a request carries in its ``Authorization`` header, in the pieces that a server might echo."""
    header = prepared.headers.get("Authorization", b"")
    text = header.decode() if isinstance(header, bytes) else header
    return [found for pair in _CREDENTIAL.findall(text) for found in pair if found and found != "HMAC-SHA1"]


def _forms_of(secrets: Iterable[str]) -> list[str]:
    """Secrets as a server may have understood them or may write them, the longest first."""
    known = {form for secret in secrets for form in (secret, unquote(secret))}
    written = {
        form
        for one in known
        for form in (
            one,
            quote(one, safe=""),
            quote_plus(one),
            html.escape(one),
            json_module.dumps(one)[1:-1],
        )
    }
    return sorted((form for form in written if len(form) >= _SHORTEST_SECRET), key=len, reverse=True)


def _without(value: Any, secrets: Sequence[str]) -> Any:
    """A text, or JSON with all its texts, without secrets. JSON is looked at after it was parsed: it may write any
    character as an escape."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[removed]")
        return value
    if isinstance(value, dict):
        return {_without(key, secrets): _without(entry, secrets) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without(entry, secrets) for entry in value]
    return value


class Transport:
    """Sends requests of one service. ``service`` is its name in sentences for people."""

    def __init__(
        self,
        service: str,
        *,
        credentials: Credentials | None = None,
        pace: Pace | None = None,
        limits: Limits | None = None,
        retry: Retry | None = None,
        explain: Explain | None = None,
        allow_http: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.service = service
        self._credentials = credentials or Anonymous()
        self._pace = pace
        self._limits = limits or Limits()
        self._retry = retry or Retry()
        self._explain = explain
        self._allow_http = allow_http
        self._sleep = sleep
        self._jitter = jitter
        self._sessions = threading.local()
        self._opened: list[requests.Session] = []

    def send(
        self,
        method: str,
        url: str,
        *,
        write: bool,
        params: Sequence[tuple[str, str]] | Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: float = 1.0,
        raw: bool = False,
        hide: Sequence[str] = (),
        on_answer: Callable[[int, Mapping[str, str]], None] | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> Answer:
        """Sends a request and returns its good answer; every other end is one of the errors of ``errors.py``.

        A read is sent up to ``Retry.attempts`` times. A write is sent once; only a 401, which means that nothing was
        applied, is answered by renewing the credentials and sending it a second time. ``cost`` is the predicted cost
        in drips. ``raw`` skips the JSON check: the answer's ``content`` is what was asked for. ``hide`` are secrets in
        the request that must not come back in an error's text; those of the credentials are known. ``on_answer`` sees
        status and headers of everything that came back. ``before_send`` is called when nothing is left to wait for, right
        before the request goes out; what it raises keeps the request from being sent.
        """
        full = with_query(url, params)
        check_scheme(full, what=f"The address of {self.service}", allow_http=self._allow_http)
        asked = Asked(self.service, method, urlsplit(full).path, write)
        request = requests.Request(
            method,
            full,
            headers={"Accept": "*/*" if raw else "application/json", **(headers or {})},
            data=json_module.dumps(json, ensure_ascii=False).encode() if json is not None else form,
            files=files,
        )
        if json is not None:
            request.headers["Content-Type"] = "application/json"

        def attempt() -> Answer:
            return self._attempt(asked, request, cost, raw, hide, on_answer, before_send)

        if write:
            return attempt()
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Transient),
            stop=self._given_up,
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )(attempt)

    def close(self) -> None:
        """Closes the connections of all threads."""
        while self._opened:
            self._opened.pop().close()
        self._sessions = threading.local()

    def _attempt(
        self,
        asked: Asked,
        request: requests.Request,
        cost: float,
        raw: bool,
        hide: Sequence[str],
        on_answer: Callable[[int, Mapping[str, str]], None] | None,
        before_send: Callable[[], None] | None,
    ) -> Answer:
        signer = self._credentials.sign()
        sent: list[str] = []
        status, headers, content = self._exchange(asked, request, signer, cost, sent, on_answer, before_send)
        renewed = self._credentials.renew(signer) if status == 401 else None
        if renewed is not None:
            status, headers, content = self._exchange(
                asked, request, renewed, cost, sent, on_answer, before_send
            )
        if raw and 200 <= status <= 299:
            return Answer(status, headers, None, "", content)
        state, data, text = read_body(content)
        error = classify_answer(asked, status, headers, state, data, text, self._explain)
        if error is not None:
            secrets = _forms_of([*sent, *hide])
            safe_data, safe_text = _without(data, secrets), _without(text, secrets)
            raise classify_answer(asked, status, headers, state, safe_data, safe_text, self._explain) or error
        return Answer(status, headers, data if state is BodyState.JSON else None, text, content)

    def _exchange(
        self,
        asked: Asked,
        request: requests.Request,
        signer: AuthBase,
        cost: float,
        sent: list[str],
        on_answer: Callable[[int, Mapping[str, str]], None] | None,
        before_send: Callable[[], None] | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request on the wire: status, headers and body of its answer. Its credentials are added to ``sent``."""
        if self._pace is not None:
            self._pace.before(cost)
        if before_send is not None:
            before_send()
        started = time.monotonic()
        seen: Mapping[str, str] = {}
        status = 0
        try:
            request.auth = signer
            session = self._session()
            prepared = session.prepare_request(request)
            sent.extend(_secrets(prepared))
            response = session.send(
                prepared,
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                **self._environment(session, prepared),
            )
            with response:
                status, seen = response.status_code, response.headers
                content = self._read(response, started + self._longest(asked), asked)
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            raise classify_exception(asked, error) from None
        finally:
            self._book(status, seen, cost)
            seconds = time.monotonic() - started
            level = logging.DEBUG if not asked.write and 0 < status < 400 else logging.INFO
            drips = f", {cost:g} drips" if self._pace is not None else ""
            _log.log(level, "%s %s -> %s%s, %.2f s", self.service, asked, status or "-", drips, seconds)
        if on_answer is not None:
            on_answer(status, seen)
        return status, seen, content

    def _longest(self, asked: Asked) -> float:
        return min(self._limits.total, self._limits.write_total) if asked.write else self._limits.total

    def _book(self, status: int, headers: Mapping[str, str], cost: float) -> None:
        """Tells the pace what came back. Its trouble is logged only: the answer of a write must not be lost for it."""
        if self._pace is None:
            return
        try:
            self._pace.after(cost, headers)
            if status == 429 or (status == 503 and limiter(headers)):
                self._pace.throttled(headers)
        except Exception:  # noqa: BLE001 - whatever it is, it must not hide the answer
            _log.exception("The rate limit's bookkeeping failed; the request itself is not affected.")

    def _read(self, response: requests.Response, deadline: float, asked: Asked) -> bytes:
        """The whole body, in time and within the size limit. Raises ``Permanent`` when a read's body is too large."""
        pieces: list[bytes] = []
        size = 0
        while piece := response.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.max_bytes:
                if asked.write:
                    raise requests.exceptions.ContentDecodingError("body too large")
                raise Permanent(
                    f"{self.service} answered {asked} with more than {self._limits.max_bytes // 1024 // 1024} MB."
                )
            if time.monotonic() > deadline:
                raise DeadlineExceeded
        return b"".join(pieces)

    def _session(self) -> requests.Session:
        """This thread's session: no cookies, no retries of its own."""
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = requests.Session()
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.mount("http://", RawPipeAdapter())
            session.mount("https://", RawPipeAdapter())
            self._sessions.session = session
            self._opened.append(session)
        return session

    def _environment(self, session: requests.Session, prepared: requests.PreparedRequest) -> dict[str, Any]:
        """Proxies and certificates of the environment; loopback never goes through a proxy."""
        url = prepared.url or ""
        settings = dict(session.merge_environment_settings(url, {}, True, None, None))
        if is_loopback(urlsplit(url).hostname or ""):
            settings["proxies"] = {}
        return settings

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try of a read: doubling, with jitter, at least the server's ``Retry-After``."""
        error = state.outcome.exception() if state.outcome else None
        grown = min(self._retry.longest, self._retry.first * 2.0 ** (state.attempt_number - 1))
        wished = error.retry_after if isinstance(error, Transient) and error.retry_after else 0.0
        return max(wished, grown * (0.5 + self._jitter() / 2))

    def _given_up(self, state: tenacity.RetryCallState) -> bool:
        """Whether a read was tried often enough, or the server wants a longer pause than is slept through here."""
        error = state.outcome.exception() if state.outcome else None
        wished = error.retry_after if isinstance(error, Transient) and error.retry_after else 0.0
        return state.attempt_number >= self._retry.attempts or wished > self._retry.patience
