"""Connections that leave the pipes of an ``or=`` parameter as they are.

The POS documents a raw pipe between the alternatives of ``or=``, and ``%7C`` for a pipe inside a value. requests and
urllib3 encode every pipe; a server that takes the documentation at its word then sees one long value and finds
nothing. So the pipes of that one parameter are put back on the last step. (urllib3 2: no supported way round its
encoding; to be removed when it has one.)
"""

from __future__ import annotations

import re
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager

_ALTERNATIVES = re.compile(r"(?<=[?&])or=[^&]*")


def with_raw_pipes(target: str) -> str:
    """A request target whose ``or=`` parameter has raw pipes."""
    return _ALTERNATIVES.sub(lambda found: re.sub("%7c", "|", found.group(), flags=re.IGNORECASE), target)


class _PlainConnection(HTTPConnection):
    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        super().putrequest(method, with_raw_pipes(url), *args, **options)


class _SafeConnection(HTTPSConnection):
    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        super().putrequest(method, with_raw_pipes(url), *args, **options)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


class RawPipeAdapter(HTTPAdapter):
    """requests' adapter with these connections, directly and through a proxy. It retries nothing by itself."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        _use_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # those bring connections of their own
            _use_pools(manager)
        return manager


def _use_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SafePool}
