"""Puts brands file, connections, database and clients together. What tasks and the command line begin with."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from nuorder_pos import connections
from nuorder_pos.config import AccountConfig, load_brands
from nuorder_pos.errors import Permanent

if TYPE_CHECKING:
    from nuorder_pos.clients.lightspeed import Lightspeed
    from nuorder_pos.clients.nuorder import Nuorder
    from nuorder_pos.pipeline.work import Work
    from nuorder_pos.store.engine import Engine

PAGE_WAITS = 3.0
"""Seconds that a page waits for the rate limit, at most, before each request."""

# By process: a forked worker must not use its parent's database connections.
_engines: dict[int, Engine] = {}
_lock = threading.Lock()


def open_engine() -> Engine:
    """The project's database, one engine for each process, checked for its version when it is first opened.

    ``Permanent`` if the database is not migrated or its connection is wrong, ``Transient`` if it is not reachable.
    """
    from nuorder_pos.store.engine import make_engine
    from nuorder_pos.store.migrate import require_current

    with _lock:
        engine = _engines.get(os.getpid())
        if engine is None:
            engine = make_engine(connections.database_url())
            require_current(engine)
            _engines[os.getpid()] = engine
        return engine


def close_engine() -> None:
    """Forgets the engine; the next ``open_engine`` reads the connection again."""
    with _lock:
        engine = _engines.pop(os.getpid(), None)
    if engine is not None:
        engine.dispose()


@contextmanager
def open_work(account: str, *, for_page: bool = False) -> Iterator[Work]:
    """Database, clients and settings of one account of the brands file; the clients are closed at the end.

    ``for_page``: somebody waits in front of a page, and a thread of the API server with them. Then nothing is tried
    twice, and what the rate limit puts off for more than a moment is ``Transient`` at once.
    """
    from nuorder_pos.pipeline.work import Meter, Work

    config, engine, meter = account_config(account), open_engine(), Meter()
    with ExitStack() as stack:
        pos = stack.enter_context(
            open_pos(config.lightspeed_conn_id, engine, on_cost=meter.add, for_page=for_page)
        )
        make = partial(open_nuorder, for_page=for_page)
        brands = NuorderByBrand({brand.name: brand.nuorder_conn_id for brand in config.brands}, make)
        stack.callback(brands.close)
        yield Work(engine=engine, account=config, pos=pos, nuorder=brands, clock=_now, meter=meter)


def account_config(account: str) -> AccountConfig:
    """One account of the brands file. ``Permanent`` if the file has none of that name."""
    accounts = load_brands().accounts
    if account not in accounts:
        raise Permanent(f"The brands file has no account {account!r}; it has {', '.join(accounts)}.")
    return accounts[account]


def open_pos(
    conn_id: str,
    engine: Engine,
    on_cost: Callable[[Decimal], None] | None = None,
    *,
    for_page: bool = False,
) -> Lightspeed:
    """The POS client, whose token pair and pace are shared by all processes through the database.

    ``on_cost`` is told the drips of every answered request; ``for_page`` as for ``open_work``.
    """
    from nuorder_pos.clients.lightspeed import Lightspeed
    from nuorder_pos.pipeline.work import DatabasePace, DatabaseVault

    settings = connections.lightspeed_settings(conn_id)
    # Not the connection's id: Airflow's Test button tries a connection under an id of its own, and would turn the
    # token pair over behind the back of the one that is kept.
    key = f"{settings.origin} {settings.account_id or conn_id} {settings.client_id}"[:190]
    vault = DatabaseVault(engine, replace(settings, connection_id=key))
    pace = DatabasePace(engine, key, _now)
    if for_page:
        return Lightspeed(settings, vault, pace, on_cost=on_cost, patience=PAGE_WAITS, **_of_a_page())
    return Lightspeed(settings, vault, pace, on_cost=on_cost)


class NuorderByBrand(Mapping[str, "Nuorder"]):
    """NuORDER clients by brand name, each made when it is first asked for: a brand whose connection is wrong must
    not stop the others."""

    def __init__(self, conn_ids: Mapping[str, str], make: Callable[[str], Nuorder] | None = None) -> None:
        self._conn_ids = dict(conn_ids)
        self._make = make or open_nuorder
        self._made: dict[str, Nuorder] = {}

    def __getitem__(self, brand: str) -> Nuorder:
        if brand not in self._made:
            self._made[brand] = self._make(self._conn_ids[brand])
        return self._made[brand]

    def __iter__(self) -> Iterator[str]:
        return iter(self._conn_ids)

    def __len__(self) -> int:
        return len(self._conn_ids)

    def close(self) -> None:
        """Closes the clients that were made."""
        for client in self._made.values():
            client.close()
        self._made.clear()


def open_nuorder(conn_id: str, *, for_page: bool = False) -> Nuorder:
    """The NuORDER client of one connection; ``for_page`` as for ``open_work``."""
    from nuorder_pos.clients.nuorder import Nuorder

    return Nuorder(connections.nuorder_settings(conn_id), **(_of_a_page() if for_page else {}))


def _of_a_page() -> dict[str, Any]:
    from nuorder_pos.clients.transport import Limits, Retry

    return {"timeouts": Limits(connect=3.0, read=10.0, total=15.0), "retry": Retry(attempts=1)}


def _now() -> datetime:
    return datetime.now(UTC)
