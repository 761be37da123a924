"""Lightspeed's token endpoint: code and refresh grants, and the address where a person authorises (fact sheet
``lightspeed-r-series.md``, section 2)."""

from __future__ import annotations

import base64
import hashlib
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from nuorder_pos.clients.body import clean
from nuorder_pos.clients.classify import Refused, UnexpectedBody
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_set import TokenSet, claims
from nuorder_pos.clients.transport import Answer, Transport
from nuorder_pos.errors import OutcomeUnknown, Permanent, Transient

SCOPES = (
    "employee:inventory",
    "employee:purchase_orders",
    "employee:product_cost",
    "employee:product_edit",
    "employee:vendors",
    "employee:manufacturers",
    "employee:categories",
    "employee:tags",
    "employee:admin_inventory",
)
_UNKNOWN_LIFE = timedelta(minutes=10)
"""Life of an access token where neither ``expires_in`` nor the token itself tells."""
_DECIDED = ("invalid_grant", "invalid_client", "invalid_scope", "unauthorized_client")


class TokenEndpoint:
    """``POST /auth/oauth/token``: JSON first, form fields where the server wants them.

    ``count`` is called before every request and may refuse it by raising.
    """

    def __init__(
        self, settings: LightspeedSettings, transport: Transport, count: Callable[[], None] = lambda: None
    ) -> None:
        self._settings = settings
        self._count = count
        self._transport = transport
        self._as_form = False

    def refresh(self, refresh_token: str, seed: str, now: datetime) -> TokenSet:
        """A new pair for a refresh token.

        Raises ``Refused`` with the OAuth code, or ``Transient``. A failed refresh may be repeated: the old refresh
        token lives until the new access token is used for the first time.
        """
        answer = self._post({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return _token_set(answer.data, refresh_token, seed, now)

    def exchange(self, code: str, verifier: str, redirect_uri: str, seed: str, now: datetime) -> TokenSet:
        """The first pair for an authorisation code, which lives 60 seconds. Raises as ``refresh`` does."""
        fields = {"grant_type": "authorization_code", "code": code.strip()}
        if verifier:
            fields["code_verifier"] = verifier
        if redirect_uri:
            fields["redirect_uri"] = redirect_uri
        return _token_set(self._post(fields).data, "", seed, now)

    def _post(self, grant: Mapping[str, str]) -> Answer:
        settings = self._settings
        url = f"{settings.checked_auth_url()}/auth/oauth/token"
        fields = {"client_id": settings.client_id, "client_secret": settings.client_secret, **grant}
        secrets = [value for name, value in fields.items() if name not in ("client_id", "grant_type")]
        try:
            if not self._as_form:
                try:
                    self._count()
                    return self._transport.send("POST", url, write=True, json=fields, hide=secrets)
                except Permanent as error:
                    if not _may_want_a_form(error):
                        raise
            self._count()
            answer = self._transport.send("POST", url, write=True, form=fields, hide=secrets)
        except OutcomeUnknown as error:
            raise Transient(f"{error} A token request may be repeated safely.") from None
        self._as_form = True
        return answer


def authorize_url(
    settings: LightspeedSettings,
    *,
    state: str,
    challenge: str = "",
    scopes: Sequence[str] = SCOPES,
    redirect_uri: str = "",
) -> str:
    """Where a person grants access. ``challenge`` is the second half of ``pkce_pair``."""
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "scope": " ".join(scopes),
        "state": state,
    }
    if challenge:
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    if redirect_uri:
        query["redirect_uri"] = redirect_uri
    return f"{settings.checked_auth_url()}/auth/oauth/authorize?{urlencode(query)}"


def pkce_pair() -> tuple[str, str]:
    """A verifier (64 characters) and its S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    return verifier, pkce_challenge(verifier)


def pkce_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _may_want_a_form(error: Permanent) -> bool:
    """Whether a refusal of a JSON body leaves room for the other documented encodings."""
    code = error.code if isinstance(error, Refused) else ""
    return error.status == 415 or (error.status == 400 and code not in _DECIDED)


def _token_set(data: Any, old_refresh: str, seed: str, now: datetime) -> TokenSet:
    """The pair in an answer. ``now`` is the instant before the request, so that its end is never set too late."""
    body = data if isinstance(data, dict) else {}
    access = body.get("access_token")
    refresh = body.get("refresh_token") or old_refresh
    if not isinstance(access, str) or not access or not isinstance(refresh, str) or not refresh:
        said = clean(str(body.get("error_description") or ""), 160)
        raise UnexpectedBody(
            f"The token endpoint answered without a token pair{': ' + said if said else ''}."
        )
    return TokenSet(access, refresh, _end(body.get("expires_in"), access, now), seed, now)


def _end(expires_in: Any, access_token: str, now: datetime) -> datetime:
    try:
        seconds = float(expires_in)
        if math.isfinite(seconds) and seconds > 0:
            return now + timedelta(seconds=seconds)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return datetime.fromtimestamp(float(claims(access_token)["exp"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return now + _UNKNOWN_LIFE
