"""Fetches images from the very addresses that were checked.

A name that is looked up once for the check and once more for the connection could lead elsewhere the second time. So
what the check found is pinned: the connection goes to one of those addresses, while certificate and ``Host`` are still
those of the name. Through a proxy it is the proxy that looks names up; there only the check stands.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from nuorder_pos.clients.images import Image, Resolve, as_image, check_image_url, resolve
from nuorder_pos.clients.transport import Transport

_pinned: ContextVar[tuple[str, ...] | None] = ContextVar("addresses of the image that is being fetched")


class ImageHost(Transport):
    """The transport of images: no credentials, no redirects, connections to checked addresses only.

    ``origin`` and ``hosts`` say where images may come from, see ``images.check_image_url``.
    """

    def __init__(self, origin: str, hosts: Iterable[str], *, find: Resolve = resolve, **options: Any) -> None:
        super().__init__("The image host", **options)
        self._origin = origin
        self._hosts = tuple(hosts)
        self._find = find

    def fetch(self, url: str) -> Image:
        """The image at an address.

        Raises ``Permanent`` when the address is not allowed, what it holds is no image or too large, or the host
        refuses it; ``Transient`` when the host is not found, cannot be reached or cannot answer now.
        """
        pinned = _pinned.set(check_image_url(url, self._origin, self._hosts, self._find))
        try:
            return as_image(self.send("GET", url, write=False, raw=True).content, url)
        finally:
            _pinned.reset(pinned)

    def _session(self) -> requests.Session:
        session = super()._session()
        if not isinstance(session.adapters["https://"], _PinnedAdapter):
            session.mount("http://", _PinnedAdapter())
            session.mount("https://", _PinnedAdapter())
        return session


def _connected(connection: HTTPConnection) -> socket.socket | None:
    """A socket to the first pinned address that answers; ``None`` where the connection is not bound to any."""
    addresses = _pinned.get()
    if addresses is None or connection.proxy is not None:
        return None
    failed: OSError | None = None
    for address in addresses:
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failed = error
    if isinstance(failed, TimeoutError):
        raise ConnectTimeoutError(connection, "connect time limit") from failed
    raise NewConnectionError(connection, "no address answered") from failed


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self) or super()._new_conn()


class _SafeConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self) or super()._new_conn()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class _PinnedAdapter(HTTPAdapter):
    """requests' adapter with these connections. It retries nothing by itself."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}
