"""Product images: which addresses may be fetched, and whether what came is an image. Addresses come from a payload,
so they are treated as hostile. ``image_host`` does the fetching."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from nuorder_pos.clients.body import clean
from nuorder_pos.clients.origins import is_loopback, origin_of, same_origin
from nuorder_pos.errors import Permanent, Transient

LARGEST = 10 * 1024 * 1024
"""Bytes."""
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}

# Scheme, host and port in the one form that every parser reads alike: no user name, no backslash, no letters that a
# library would turn into others, no zone of an IPv6 address.
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?(?=[/?#]|$)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_DOCUMENTATION_V6 = ipaddress.IPv6Network("3fff::/20")
# Not the world's, whatever the version of Python says: protocol assignments (metadata of one cloud among them) and the
# relays of 6to4.
_RESERVED_V4 = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HERE = ("127.0.0.1", "::1")

Resolve = Callable[[str, int], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Image:
    """The bytes of an image, its true content type, and a safe file name that ends accordingly."""

    data: bytes = field(repr=False)
    content_type: str
    filename: str


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host name. Raises ``Transient`` when the name is not found."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Transient(f"The image host {clean(host, 80)} was not found.") from None


def check_image_url(
    url: str, origin: str, hosts: Iterable[str], find: Resolve = resolve
) -> tuple[str, ...] | None:
    """The addresses to which a connection may be made for the image at ``url``; ``None`` where any will do, because it
    is the connection's own origin. Raises ``Permanent`` unless the image may be fetched.

    Allowed are the connection's own origin, and https at the origin's host or at one of ``hosts`` (a leading ``*.``
    stands for any sub-domain, a port other than 443 must be named) where every address of the name is public. Where the connection itself is on loopback,
    any loopback address counts as well, with http too.
    """
    shown = _shown(url)
    parts = urlsplit(url) if origin_of(url) else None
    host = (parts.hostname or "").lower().removesuffix(".") if parts else ""
    if parts is None or not host or parts.scheme.lower() not in ("http", "https"):
        raise Permanent(f"{shown!r} is no address of an image.")
    if parts.username is not None or parts.password is not None:
        raise Permanent(f"The image address at {clean(host, 80)} contains credentials; it is not fetched.")
    if not _ADDRESS.match(url) or _CONTROL.search(url):
        raise Permanent(f"{shown!r} is no address of an image: its host cannot be read with certainty.")
    if same_origin(url, origin):
        return None
    if is_loopback(urlsplit(origin).hostname or ""):
        if is_loopback(host):
            # Names are not looked up: every one that ends in .localhost means this machine (RFC 6761).
            return (host,) if _address(host) else _HERE
    elif is_loopback(host):
        raise Permanent(f"The image host {host} is this machine itself; it is not fetched.")
    if parts.scheme.lower() != "https":
        raise Permanent(f"The image address {shown!r} is plain http; only https is fetched.")
    allowed = {(urlsplit(origin).hostname or "").lower(), *(name.strip().lower() for name in hosts)} - {""}
    if not any(_matches(host, parts.port, name) for name in allowed):
        raise Permanent(
            f"The image host {host} is not among the hosts of this connection; add it to image_hosts in the"
            " connection's extra if it is right."
        )
    found = tuple(find(host, parts.port or 443))
    if not found or not all(is_public(address) for address in found):
        raise Permanent(f"The image host {host} leads into a private network; it is not fetched.")
    return found


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. Addresses that carry an IPv4 address inside (mapped, 6to4,
    NAT64) are judged by that one; whatever else has no place in the public range of IPv6 is not public."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        return found in _PUBLIC_V6 and found.is_global and found not in _DOCUMENTATION_V6
    if found is None or any(found in network for network in _RESERVED_V4):
        return False
    return found.is_global and not found.is_multicast


def as_image(content: bytes, url: str) -> Image:
    """The image in ``content``, judged by its first bytes. Raises ``Permanent`` when it is none of PNG, JPEG, GIF,
    WebP."""
    kind = sniff(content)
    if not kind:
        raise Permanent(f"What {_shown(url)!r} holds is not a PNG, JPEG, GIF or WebP image.")
    name = unquote(urlsplit(url).path).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "image"
    return Image(content, kind, f"{safe}.{_EXTENSIONS[kind]}")


def sniff(content: bytes) -> str:
    """The content type by magic bytes; empty when it is none of the four."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""


def _shown(url: str) -> str:
    """An address for a sentence, without its query: that may hold a signature."""
    return clean(url.partition("?")[0].rpartition("@")[2], 120)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IP address; ``None`` for anything else. A zone (``%eth0``) names a network card of this machine: no address."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def _matches(host: str, port: int | None, allowed: str) -> bool:
    name = urlsplit(allowed).netloc if "://" in allowed else allowed
    name, _, wanted_port = name.partition(":")
    if str(port or 443) != (wanted_port or "443"):
        return False
    if name.startswith("*."):
        return host.endswith(name[1:])
    return host == name
