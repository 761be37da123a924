"""NuORDER's two ways to sign, and its handshake (fact sheet ``nuorder.md``, section 2).

``rfc5849`` is standard OAuth 1.0a. ``nuorder`` is the scheme of NuORDER's own documentation: no percent-encoding, a
fixed order of parameters, a hexadecimal signature; query strings are known to fail with it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from nuorder_pos.clients.body import clean
from nuorder_pos.clients.classify import UnexpectedBody
from nuorder_pos.clients.origins import checked_origin
from nuorder_pos.clients.transport import Limits, Transport
from nuorder_pos.errors import Permanent

SCHEMES = ("rfc5849", "nuorder")

# Both libraries log signatures and headers at DEBUG.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def timestamp_now() -> str:
    """Unix seconds as text."""
    return str(int(time.time()))


def fresh_nonce() -> str:
    """16 letters and digits, new for each request."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))


@dataclass(frozen=True, slots=True)
class Keys:
    """The four secrets of a connection. Token and token secret are empty before the handshake."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)


class Rfc5849Auth(AuthBase):
    """Signs a request by RFC 5849, HMAC-SHA1, in the header, the query included."""

    def __init__(
        self, keys: Keys, timestamp: Callable[[], str] = timestamp_now, nonce: Callable[[], str] = fresh_nonce
    ) -> None:
        self._keys = keys
        self._timestamp = timestamp
        self._nonce = nonce

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        keys = self._keys
        sign = OAuth1(
            keys.consumer_key,
            client_secret=keys.consumer_secret,
            resource_owner_key=keys.token,
            resource_owner_secret=keys.token_secret,
            timestamp=self._timestamp(),
            nonce=self._nonce(),
        )
        signed: requests.PreparedRequest = sign(request)
        return signed


class NuorderSchemeAuth(AuthBase):
    """Signs a request in NuORDER's own scheme.

    ``signed_extra`` are members that go into the base string (callback, verifier), ``unsigned_extra`` members that
    stand in the header only (application name).
    """

    def __init__(
        self,
        keys: Keys,
        timestamp: Callable[[], str] = timestamp_now,
        nonce: Callable[[], str] = fresh_nonce,
        signed_extra: Sequence[tuple[str, str]] = (),
        unsigned_extra: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._keys = keys
        self._timestamp = timestamp
        self._nonce = nonce
        self._signed_extra = tuple(signed_extra)
        self._unsigned_extra = tuple(unsigned_extra)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        keys, stamp, nonce = self._keys, self._timestamp(), self._nonce()
        signature = nuorder_signature(
            str(request.method), str(request.url), keys, stamp, nonce, self._signed_extra
        )
        callback = tuple(pair for pair in self._signed_extra if pair[0] == "oauth_callback")
        others = tuple(pair for pair in self._signed_extra if pair[0] != "oauth_callback")
        members = (
            ("oauth_consumer_key", keys.consumer_key),
            ("oauth_timestamp", stamp),
            ("oauth_nonce", nonce),
            ("oauth_version", "1.0"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_token", keys.token),
            ("oauth_signature", signature),
            *callback,
            *self._unsigned_extra,
            *others,
        )
        request.headers["Authorization"] = "OAuth " + ",".join(f'{name}="{value}"' for name, value in members)
        return request


def nuorder_signature(
    method: str, url: str, keys: Keys, timestamp: str, nonce: str, extra: Sequence[tuple[str, str]] = ()
) -> str:
    """The lower-case hexadecimal signature of NuORDER's own scheme over a full URL, exactly as it is called."""
    members = (
        ("oauth_consumer_key", keys.consumer_key),
        ("oauth_token", keys.token),
        ("oauth_timestamp", timestamp),
        ("oauth_nonce", nonce),
        ("oauth_version", "1.0"),
        ("oauth_signature_method", "HMAC-SHA1"),
        *extra,
    )
    base = f"{method.upper()}{url}?" + "&".join(f"{name}={value}" for name, value in members)
    key = f"{keys.consumer_secret}&{keys.token_secret}"
    return hmac.new(key.encode(), base.encode(), hashlib.sha1).hexdigest()


def auth_for(scheme: str, keys: Keys) -> AuthBase:
    """The signer of a connection's ``signature`` setting. Raises ``Permanent`` for an unknown one."""
    if scheme == "rfc5849":
        return Rfc5849Auth(keys)
    if scheme == "nuorder":
        return NuorderSchemeAuth(keys)
    raise Permanent(
        f"The signature setting of a NuORDER connection is one of {', '.join(SCHEMES)}, not {scheme!r}."
    )


class Signer:
    """``Credentials`` that sign every request with one ``AuthBase``; NuORDER's tokens have no renewal."""

    def __init__(self, auth: AuthBase) -> None:
        self._auth = auth

    def sign(self) -> AuthBase:
        return self._auth

    def renew(self, used: AuthBase) -> AuthBase | None:
        return None


def initiate(
    origin: str,
    keys: Keys,
    *,
    application_name: str,
    callback: str = "oob",
    allow_http: bool = False,
    limits: Limits | None = None,
) -> Keys:
    """First step of the handshake: the temporary token pair, for which a person then approves the application.

    Always in NuORDER's own scheme. Raises as ``Transport.send`` does.
    """
    name = " ".join(clean(application_name, 100).replace('"', "").replace(",", " ").split())
    auth = NuorderSchemeAuth(
        Keys(keys.consumer_key, keys.consumer_secret),
        signed_extra=[("oauth_callback", callback)],
        unsigned_extra=[("application_name", name)],
    )
    return _handshake(origin, "/api/initiate", keys, auth, allow_http, limits)


def exchange(
    origin: str, temporary: Keys, verifier: str, *, allow_http: bool = False, limits: Limits | None = None
) -> Keys:
    """Second step: the permanent token pair for the temporary one and the code that the person was shown.

    Always in NuORDER's own scheme. Raises as ``Transport.send`` does.
    """
    code = verifier.strip()
    if not code or not code.isascii() or not code.isalnum():
        raise Permanent(
            "The verification code consists of letters and digits only; copy it again from NuORDER."
        )
    auth = NuorderSchemeAuth(temporary, signed_extra=[("oauth_verifier", code)])
    return _handshake(origin, "/api/token", temporary, auth, allow_http, limits)


def _handshake(
    origin: str, path: str, keys: Keys, auth: AuthBase, allow_http: bool, limits: Limits | None
) -> Keys:
    checked = checked_origin(origin, what="The host of the NuORDER connection", allow_http=allow_http)
    transport = Transport("NuORDER", credentials=Signer(auth), limits=limits, allow_http=allow_http)
    try:
        # Not repeated: a step of the handshake may use up the code or the temporary token.
        answer = transport.send(
            "GET", f"{checked}{path}", write=True, headers={"Content-Type": "application/json"}
        )
    finally:
        transport.close()
    data = answer.data if isinstance(answer.data, dict) else {}
    token, secret = data.get("oauth_token"), data.get("oauth_token_secret")
    if not isinstance(token, str) or not isinstance(secret, str) or not token or not secret:
        raise UnexpectedBody(f"NuORDER at {urlsplit(checked).netloc} answered {path} without a token pair.")
    return Keys(keys.consumer_key, keys.consumer_secret, token, secret)
