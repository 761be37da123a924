"""Access tokens that are renewed once for all processes, and stored before their first use.

Every renewal replaces the refresh token too, and the old pair dies when the new access token is used for the first
time. So a new pair is stored durably before it is handed out, and only one process renews at a time; the others find
its result in the vault. There they also find how often the token endpoint was asked lately and what it refused, so that
all of them together keep to its limit and a dead refresh token is not tried again for each request.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import requests
from requests.auth import AuthBase

from nuorder_pos.clients.classify import Refused, Unavailable
from nuorder_pos.clients.oauth import SCOPES, TokenEndpoint, authorize_url, pkce_challenge, pkce_pair
from nuorder_pos.clients.pacer import utc_now
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_set import (
    MARGIN,
    Attempts,
    InMemoryVault,
    TokenSet,
    TokenVault,
    claims,
    fingerprint,
    needs_refresh,
)
from nuorder_pos.clients.transport import Limits, Transport
from nuorder_pos.errors import Permanent, Transient

__all__ = [
    "MARGIN",
    "SCOPES",
    "BearerCredentials",
    "InMemoryVault",
    "TokenSet",
    "TokenVault",
    "Tokens",
    "authorize_url",
    "claims",
    "exchange_code",
    "fingerprint",
    "needs_refresh",
    "pkce_challenge",
    "pkce_pair",
]

_log = logging.getLogger(__name__)
_ATTEMPTS = 5
_PERIOD = timedelta(seconds=60)
_TRIES = 2
_REFUSED_FOR = timedelta(minutes=10)
"""A token or client that was refused is not tried again for so long: a refusal that was a mistake of the server still
passes by itself."""


class Tokens:
    """The token pair of one connection. Safe to use from several threads."""

    def __init__(
        self,
        vault: TokenVault,
        settings: LightspeedSettings,
        *,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._vault = vault
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._transport = _token_transport(settings, limits)
        self._endpoint = TokenEndpoint(settings, self._transport, self._count_attempt)
        self._seed = fingerprint(settings.refresh_token)
        self._known: TokenSet | None = None
        self._client = fingerprint(f"{settings.client_id}\n{settings.client_secret}")
        self._one_at_a_time = threading.Lock()

    def access_token(self) -> str:
        """A token that is good for at least a minute, renewed first where necessary. Raises as ``renew`` does."""
        known = self._known or self._stored()
        if known is not None and not needs_refresh(known, self._clock()):
            self._known = known
            return known.access_token
        return self.renew(after=known.access_token if known else "")

    def renew(self, after: str) -> str:
        """A token other than ``after``, which has ended or was refused.

        Renews under the vault's lock, unless another process has done so meanwhile. Raises ``Permanent`` when a
        person has to authorise again or the client id or secret is wrong, ``Transient`` when it may pass.
        """
        with self._one_at_a_time, self._vault.exclusive():
            stored = self._stored()
            now = self._clock()
            if stored is not None and stored.access_token != after and not needs_refresh(stored, now):
                self._known = stored
                return stored.access_token
            first = stored.refresh_token if stored is not None else self._settings.refresh_token
            renewed = self._renewed(first)
            self._vault.save(renewed)
            self._known = renewed
            _log.info("renewed the access token of %s", self._settings.name)
            return renewed.access_token

    def adopt(self, tokens: TokenSet) -> None:
        """Stores a pair that came from elsewhere (``nuorder-pos connect``) as the present one."""
        with self._one_at_a_time, self._vault.exclusive():
            self._vault.save(tokens)
            self._known = tokens

    def close(self) -> None:
        """Closes its connections."""
        self._transport.close()

    def _stored(self) -> TokenSet | None:
        """The stored pair, if it descends from the connection's present refresh token (or the connection has none)."""
        stored = self._vault.load()
        if stored is None or not stored.refresh_token:
            return None
        return stored if not self._settings.refresh_token or stored.seed == self._seed else None

    def _renewed(self, first: str) -> TokenSet:
        """A new pair for the stored refresh token; where that is refused, for the connection's own."""
        candidates = [token for token in dict.fromkeys((first, self._settings.refresh_token)) if token]
        if not candidates:
            raise Permanent(
                f"{_start(self._settings.name)} has no refresh token yet: authorise once with nuorder-pos connect"
                " lightspeed."
            )
        for token in candidates:
            if self._was_refused(fingerprint(token)):
                continue
            if self._was_refused(self._client):
                raise _client_refused(self._settings)
            try:
                return self._refresh(token)
            except Refused as error:
                if _is_client_refused(error):
                    self._note_refused(self._client)
                if error.code != "invalid_grant":
                    raise _explained(error, self._settings) from None
                self._note_refused(fingerprint(token))
        raise Permanent(
            f"Lightspeed no longer accepts the refresh token of {self._settings.name} (unused for 30 days, revoked, or"
            " used elsewhere): authorise again with nuorder-pos connect lightspeed."
        )

    def _refresh(self, token: str) -> TokenSet:
        """Asks for a new pair, once more when the answer was lost."""
        for remaining in range(_TRIES - 1, -1, -1):
            try:
                return self._endpoint.refresh(token, self._seed, self._clock())
            except Transient as error:
                limited = isinstance(error, Unavailable) and error.status == 429
                if not remaining or limited or error.retry_after:
                    raise
                _log.warning("renewing the access token failed, trying once more: %s", error)
                self._sleep(1.0)
        raise AssertionError("unreachable")

    def _count_attempt(self) -> None:
        """Lightspeed allows five attempts a minute for each connection. Raises ``Transient`` instead of a sixth.

        Counted over all processes, and written down before the request goes out: one that is killed is counted too.
        """
        now, known = self._clock(), self._vault.attempts()
        # An instant far ahead comes from a clock that was wrong; it must not block for longer than the period.
        lately = sorted(moment for moment in known.asked if abs(now - moment) < _PERIOD)[-_ATTEMPTS:]
        if len(lately) == _ATTEMPTS:
            raise Transient(
                f"An access token for {self._settings.name} was asked for five times within a minute, and more are not"
                " allowed.",
                retry_after=max(1.0, min(_PERIOD, lately[0] + _PERIOD - now).total_seconds()),
            )
        self._vault.note(Attempts((*lately, now), known.refused))

    def _was_refused(self, mark: str) -> bool:
        when = self._vault.attempts().refused.get(mark)
        return when is not None and abs(self._clock() - when) < _REFUSED_FOR

    def _note_refused(self, mark: str) -> None:
        now, known = self._clock(), self._vault.attempts()
        still = {other: when for other, when in known.refused.items() if abs(now - when) < _REFUSED_FOR}
        self._vault.note(Attempts(known.asked, {**still, mark: now}))


class BearerCredentials:
    """``Credentials`` for the transport: the present token, and a newer one after a 401."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def sign(self) -> AuthBase:
        return _Bearer(self._tokens.access_token())

    def renew(self, used: AuthBase) -> AuthBase | None:
        return _Bearer(self._tokens.renew(after=used.token)) if isinstance(used, _Bearer) else None


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def __repr__(self) -> str:
        return "<bearer token>"


def exchange_code(
    settings: LightspeedSettings,
    code: str,
    verifier: str = "",
    *,
    redirect_uri: str = "",
    limits: Limits | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> TokenSet:
    """The first pair for an authorisation code, for ``nuorder-pos connect``; store it with ``Tokens.adopt``.

    Its ``seed`` is that of the connection's present refresh token. Raises ``Permanent`` or ``Transient``.
    """
    transport = _token_transport(settings, limits)
    try:
        endpoint = TokenEndpoint(settings, transport)
        return endpoint.exchange(code, verifier, redirect_uri, fingerprint(settings.refresh_token), clock())
    except Refused as error:
        if error.code == "invalid_grant":
            raise Permanent(
                "Lightspeed does not accept this code: it lives 60 seconds and works once. Authorise again.",
                status=error.status,
            ) from None
        raise _explained(error, settings) from None
    finally:
        transport.close()


def _token_transport(settings: LightspeedSettings, limits: Limits | None) -> Transport:
    """A transport with time limits so short that a renewal with its second try ends within 55 seconds: others wait
    for it, and a vault's lock may have an end of its own."""
    wished = limits or Limits()
    short = Limits(min(wished.connect, 5.0), min(wished.read, 10.0), min(wished.total, 15.0))
    return Transport("Lightspeed's token endpoint", limits=short, allow_http=settings.allow_http)


def _explained(error: Refused, settings: LightspeedSettings) -> Permanent:
    """A sentence for a refusal of the token endpoint. Without its status: that would be taken for the API's own, a 404
    for a record that is gone, a 400 for a payload that the POS refuses."""
    if _is_client_refused(error):
        return _client_refused(settings)
    if error.status == 404:
        return Permanent(
            f"There is no token endpoint at {settings.auth_url}: check auth_url of {settings.name}."
        )
    return Permanent(str(error))


def _is_client_refused(error: Refused) -> bool:
    return error.status == 401 or error.code in ("invalid_client", "unauthorized_client")


def _client_refused(settings: LightspeedSettings) -> Permanent:
    return Permanent(
        f"Lightspeed does not accept client id and secret of {settings.name} (login and password of the"
        " connection): compare them with the registered application."
    )


def _start(name: str) -> str:
    return name[0].upper() + name[1:]
