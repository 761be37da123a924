"""Origins (scheme, host, port) as a connection names them, and which of them may be spoken to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from nuorder_pos.errors import Permanent

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` in lower case, without the scheme's own port; empty when the URL has no host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    scheme = parts.scheme.lower()
    host = parts.hostname.lower()
    shown = f"[{host}]" if ":" in host else host
    return (
        f"{scheme}://{shown}" if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{scheme}://{shown}:{port}"
    )


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have scheme, host and port in common."""
    return bool(origin_of(one)) and origin_of(one) == origin_of(other)


def checked_origin(value: str, *, what: str, allow_http: bool = False) -> str:
    """The origin of a connection, without a trailing slash.

    ``what`` names the setting in the sentence of the error. Raises ``Permanent`` when the value is no origin, or when
    it is plain http to another machine and ``allow_http`` is not set.
    """
    text = value.strip()
    origin = origin_of(text)
    parts = urlsplit(text) if origin else None
    if parts is None or parts.scheme.lower() not in _DEFAULT_PORTS:
        raise Permanent(f"{what} must be an origin such as https://api.example.com, not {_shown(text)}.")
    if parts.username or parts.password:
        raise Permanent(f"{what} must not contain a user name or password; they have fields of their own.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Permanent(f"{what} must be scheme, host and port without a path: {origin}, not {_shown(text)}.")
    check_scheme(origin, what=what, allow_http=allow_http)
    return origin


def check_scheme(url: str, *, what: str, allow_http: bool) -> None:
    """Raises ``Permanent`` for plain http to another machine, unless ``allow_http`` says that it is wanted."""
    parts = urlsplit(url)
    if parts.scheme.lower() == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise Permanent(
            f"{what} is plain http ({origin_of(url)}), which would send credentials readable to everybody on the way:"
            " use https, or set allow_http in the connection's extra if you must."
        )


def _shown(text: str) -> str:
    """A wrong value for an error message, without anything that stands before an ``@``."""
    return repr(text.rpartition("@")[2][:80])
