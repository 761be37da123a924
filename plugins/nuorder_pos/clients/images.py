"""Product images: which addresses may be fetched, and whether what came is an image. Addresses come from a payload,
so they are treated as hostile."""

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


def check_image_url(url: str, origin: str, hosts: Iterable[str], find: Resolve = resolve) -> None:
    """Raises ``Permanent`` unless an image may be fetched from ``url``.

    Allowed are the connection's own origin, and https at the origin's host or at one of ``hosts`` (a leading ``*.``
    stands for any sub-domain) where every address of the name is public. Where the connection itself is on loopback,
    any loopback address counts as well, with http too.
    """
    shown = _shown(url)
    parts = urlsplit(url) if origin_of(url) else None
    host = (parts.hostname or "").lower().rstrip(".") if parts else ""
    if parts is None or not host or parts.scheme.lower() not in ("http", "https"):
        raise Permanent(f"{shown!r} is no address of an image.")
    if parts.username or parts.password:
        raise Permanent(f"The image address at {host} contains credentials; it is not fetched.")
    if same_origin(url, origin):
        return
    if is_loopback(urlsplit(origin).hostname or ""):
        if is_loopback(host):
            return
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
    for address in find(host, parts.port or 443):
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise Permanent(f"The image host {host} leads into a private network; it is not fetched.")


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


def _matches(host: str, port: int | None, allowed: str) -> bool:
    name = urlsplit(allowed).netloc if "://" in allowed else allowed
    name, _, wanted_port = name.partition(":")
    if wanted_port and str(port or 443) != wanted_port:
        return False
    if name.startswith("*."):
        return host.endswith(name[1:])
    return host == name
