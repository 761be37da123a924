"""OAuth 1 signatures in the two schemes that NuORDER accepts. Pure calculations.

Scheme A is NuORDER's own: method and URL and parameters run together without any encoding, signature in
lower-case hex. Scheme B is RFC 5849: encoded base string, signature in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote, unquote_plus, urlsplit

_A_ORDER: Final = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_version",
    "oauth_signature_method",
)
_A_EXTRA: Final = ("oauth_callback", "oauth_verifier")
_MEMBER: Final = re.compile(r'\s*([A-Za-z_]+)\s*=\s*("[^"]*"|[^",\s]*)\s*(?:,|$)')


def parse_header(header: str, unquoted: bool = True) -> dict[str, str]:
    """The members of an Authorization header, values as they stand. The scheme word's case is ignored; values
    without quotes were recorded in 2014 and are read unless ``unquoted`` is off. Unreadable gives nothing."""
    word, _, rest = header.strip().partition(" ")
    if word.lower() != "oauth":
        return {}
    members: dict[str, str] = {}
    place = 0
    while place < len(rest):
        found = _MEMBER.match(rest, place)
        if not found or found.end() == place:
            return {}
        name, value = found.groups()
        if value.startswith('"'):
            value = value[1:-1]
        elif not unquoted:
            return {}
        members[name] = value
        place = found.end()
    return members


def is_scheme_a(signature: str) -> bool:
    """Forty hex digits are scheme A, anything else is base64."""
    return re.fullmatch(r"[0-9a-f]{40}", signature) is not None


def _digest(key: str, base: str) -> bytes:
    return hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()


def base_a(method: str, url: str, params: Mapping[str, str]) -> str:
    """Scheme A: METHOD, URL, ``?``, parameters in fixed order. An absent token stays as ``oauth_token=``;
    callback and verifier stand last; application_name and the body are never signed."""
    members = [f"{name}={params.get(name, '')}" for name in _A_ORDER]
    members += [f"{name}={params[name]}" for name in _A_EXTRA if name in params]
    return f"{method}{url}?" + "&".join(members)


def sign_a(method: str, url: str, params: Mapping[str, str], consumer_secret: str, token_secret: str) -> str:
    """Scheme A's signature: the key is both secrets raw, joined by ``&`` even when one is empty."""
    return _digest(f"{consumer_secret}&{token_secret}", base_a(method, url, params)).hex()


def encode(text: str) -> str:
    """RFC 3986 encoding as RFC 5849 wants it."""
    return quote(text, safe="~")


def base_b(method: str, url: str, params: Mapping[str, str], more: Iterable[tuple[str, str]] = ()) -> str:
    """Scheme B: the query and form parameters are part of the string, realm and signature are not."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    if parts.port and parts.port != default:
        host += f":{parts.port}"
    pairs = [(encode(name), encode(value)) for name, value in query_pairs(parts.query)]
    pairs += [(encode(name), encode(value)) for name, value in more]
    pairs += [
        (encode(name), encode(value))
        for name, value in params.items()
        if name not in ("realm", "oauth_signature")
    ]
    joined = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    return "&".join(
        (method.upper(), encode(f"{parts.scheme.lower()}://{host}{parts.path or '/'}"), encode(joined))
    )


def sign_b(
    method: str,
    url: str,
    params: Mapping[str, str],
    consumer_secret: str,
    token_secret: str,
    more: Iterable[tuple[str, str]] = (),
) -> str:
    """Scheme B's signature."""
    key = f"{encode(consumer_secret)}&{encode(token_secret)}"
    return base64.b64encode(_digest(key, base_b(method, url, params, more))).decode()


def query_pairs(query: str) -> list[tuple[str, str]]:
    """A query string as decoded pairs; names without a value count with an empty one."""
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


def decoded(members: Mapping[str, str]) -> dict[str, str]:
    """Header members of scheme B are percent-encoded."""
    return {name: unquote(value) for name, value in members.items()}


def same(left: str, right: str) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
