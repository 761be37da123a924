"""A retailer's whole world for a proof: both stand-in servers, the product's database, and one clock for all of them.

Everything can be kept as it stands and put back in some milliseconds. What an attempt does happens in processes that
are forked from here (``prove.attempt``), so nothing in this process stays connected to anything.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.clients import FreePace
from support.retail import ROOMY, Retail
from support.sandbox import Sandbox, Side

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.transport import Limits, Retry
from nuorder_pos.pipeline.work import DatabaseVault, Meter, Work
from nuorder_pos.store.engine import Engine
from prove.clock import Clock
from prove.database import Database, make_database

Json = dict[str, Any]
WAITING_TIME = 120
"""Seconds: the product's own default."""


class Shop(Retail):
    """The words of ``Retail`` with the product's real settings (lease, waiting time, three tries of a read); every wait
    is a jump of the world's clock."""

    def __init__(self, sandbox: Sandbox, engine: Engine, clock: Clock, limits: Limits) -> None:
        self._time, self._limits = clock, limits
        super().__init__(sandbox, engine)
        self.clock = clock  # type: ignore[assignment]
        self.configure(waiting_time=WAITING_TIME)
        self.renew()

    def renew(self) -> Work:
        """Connections of their own for this process."""
        self.close()
        self._open.clear()
        self.work = self.new_work()
        return self.work

    def new_work(self) -> Work:
        """A process of its own, as far as the pipeline can tell."""
        box = self.sandbox
        settings = LightspeedSettings(
            box.pos, box.client_id, box.client_secret, box.account_id, box.refresh_token, box.auth, box.backoffice,
            connection_id="lightspeed",
        )  # fmt: skip
        meter = Meter()
        lightspeed = Lightspeed(
            settings, DatabaseVault(self.engine, settings), FreePace(), timeouts=self._limits, retry=Retry(),
            clock=self._time, sleep=self._time.sleep, on_cost=meter.add,
        )  # fmt: skip
        self._open.append(lightspeed)
        return Work(self.engine, self.account, lightspeed, self.brands(), self._time, meter)

    def nuorder(self, slug: str) -> Nuorder:
        """The NuORDER client of a brand."""
        keys = (f"{slug}-key", f"{slug}-secret", f"{slug}-token", f"{slug}-token-secret")
        client = Nuorder(
            NuorderSettings(self.sandbox.nuorder, *keys, connection_id=slug), timeouts=self._limits, retry=Retry(),
            clock=self._time, sleep=self._time.sleep,
        )  # fmt: skip
        self._open.append(client)
        return client

    def brands(self) -> dict[str, Nuorder]:
        """A NuORDER client for each brand."""
        return {brand.name: self.nuorder(brand.nuorder_conn_id) for brand in self.account.brands}


@dataclass(frozen=True)
class Ledgers:
    """What stands on the two other sides: the POS's records by kind, NuORDER's orders and products."""

    pos: dict[str, list[Json]]
    orders: list[Json]
    products: list[Json]
    brand_names: dict[str, str]
    """By slug, which is what orders and products carry as ``__brand``."""


class World:
    """One sandbox, one database, one clock, one shop."""

    def __init__(self, kind: str, sandbox: Sandbox, database: Database, limits: Limits) -> None:
        self.kind, self.sandbox, self.database = kind, sandbox, database
        self.engine = database.engine
        self.clock = Clock()
        self.clock.install()
        self.clock.followers = [self._move_sandbox, database.move_clock]
        self._empty = database.save()
        self.shop = Shop(sandbox, self.engine, self.clock, limits)
        self._kept: dict[str, tuple[bytes | dict[str, bytes], float]] = {}

    def reset(self, data: Json, switches: Json) -> None:
        """Both servers with new data, the database empty, the time the real one."""
        self.sandbox.reset(data)
        self.sandbox.switch(**switches)
        self.database.restore(self._empty)
        self._set_clock(0.0)
        self.shop.renew()

    def save(self, name: str) -> None:
        """Keep everything as it stands: both servers with their late writes, the database, the time."""
        self.control("/_save", name=name)
        self._kept[name] = (self.database.save(), self.clock.ahead)

    def restore(self, name: str) -> None:
        """Put everything back to what was kept under this name. No attempt may be under way."""
        kept, ahead = self._kept[name]
        self.control("/_load", name=name)
        self.database.restore(kept)
        self._set_clock(ahead)

    def _set_clock(self, ahead: float) -> None:
        # The sandbox has its clock back already; that route goes ahead only.
        self.clock.followers = [self.database.move_clock]
        self.clock.move_to(ahead)
        self.clock.followers = [self._move_sandbox, self.database.move_clock]

    def forget(self, name: str) -> None:
        """Drop what was kept."""
        self._kept.pop(name, None)

    def control(self, path: str, side: Side = "pos", /, **body: Any) -> Any:
        """A control route of the sandbox, by POST."""
        return _call(f"{self.sandbox.origin(side)}{path}", body)

    def faults(self) -> list[Json]:
        """The scripted faults of both servers with their counts."""
        found: list[Json] = []
        for side in ("pos", "nuorder"):
            found += _call(f"{self.sandbox.origin(side)}/_faults")["faults"]
        return found

    def late_writes(self) -> int:
        """How many requests the POS has yet to apply."""
        count: int = _call(f"{self.sandbox.pos}/_clock", {"advance": 0})["late"]
        return count

    def clear_faults(self) -> None:
        """No more scripted faults on either server. Late writes that are under way still come."""
        for origin in (self.sandbox.pos, self.sandbox.nuorder):
            _call(f"{origin}/_faults", method="DELETE")

    def ledgers(self) -> Ledgers:
        """What the two other sides hold now."""
        pos = _call(f"{self.sandbox.pos}/_ledger?requests=0")["records"]
        nuorder = _call(f"{self.sandbox.nuorder}/_ledger?requests=0")
        names = {brand["slug"]: brand["name"] for brand in nuorder["brands"]}
        return Ledgers(pos, nuorder["orders"], nuorder["products"], names)

    def disconnect(self) -> None:
        """Nothing of this process stays open: before it is forked."""
        self.shop.close()
        self.engine.dispose()

    def _move_sandbox(self, ahead: float) -> None:
        told = _call(f"{self.sandbox.pos}/_clock", {"advance": 0})["moved"]
        if ahead > told:
            _call(f"{self.sandbox.pos}/_clock", {"advance": ahead - told})


@contextmanager
def world(kind: str, limits: Limits | None = None) -> Iterator[World]:
    """A world on ``sqlite`` or ``postgres``, gone at the end."""
    sandbox = Sandbox(data="empty", clock_speed=1)
    try:
        database = make_database(kind)
        try:
            made = World(kind, sandbox, database, limits or Limits(connect=2.0, read=10.0))
            try:
                yield made
            finally:
                made.disconnect()
                made.clock.remove()
        finally:
            database.close()
    finally:
        sandbox.stop()


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _call(url: str, body: Any = None, method: str | None = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, content, {"Content-Type": "application/json"} if content else {}, method=method
    )
    with _OPENER.open(request, timeout=30) as answer:
        return json.loads(answer.read())


__all__ = ["ROOMY", "WAITING_TIME", "Ledgers", "Shop", "World", "world"]
