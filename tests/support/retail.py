"""A retailer at work: one POS account and its brands against the sandbox, on one database, with no Airflow around."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from support.clients import FreePace
from support.orders import ACME, Json, brand, object_id, pos
from support.sandbox import Sandbox, Side

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.transport import Limits, Retry
from nuorder_pos.config import AccountConfig, BrandConfig, BrandsFile
from nuorder_pos.domain.report import digest
from nuorder_pos.errors import OutcomeUnknown, Transient
from nuorder_pos.pipeline import decide, orders, read, report, waiting
from nuorder_pos.pipeline.discover import discover
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.verify import verify
from nuorder_pos.pipeline.waiting import Look
from nuorder_pos.pipeline.work import Claim, DatabaseVault, Meter, PoRef, RunRef, Work
from nuorder_pos.store.engine import Engine

QUICK = Retry(attempts=2, first=0.0, longest=0.0, patience=1.0)
SINCE = date(2026, 1, 1)
ROOMY = {
    "burst_ceiling": 100_000,
    "bucket_size": 1_000_000,
    "drip_rate": 100_000,
    "refreshes_per_minute": 1000,
}
"""The sandbox's limits so wide that nobody waits; limits are the clients' tests' business."""


@dataclass
class Clock:
    """The real time, moved."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Retail:
    """What a person, a DAG and a brand do, one word each. Orders are named by their number."""

    def __init__(self, sandbox: Sandbox, engine: Engine) -> None:
        self.sandbox, self.engine = sandbox, engine
        self.clock = Clock()
        self.account = AccountConfig(
            name="main",
            brands=(
                BrandConfig(name="Acme Outdoor", nuorder_conn_id="acme", since=SINCE, shop="Main Street"),
            ),
            waiting_time=1,
        )
        self._open: list[Lightspeed | Nuorder] = []
        self.work = self.new_work()

    # ---- setting the scene ----

    def given(self, *raw_orders: Json, products: Sequence[Json] | None = None, shop_floor: Json | None = None,
              others: Sequence[Json] = (), **switches: Any) -> None:  # fmt: skip
        """Orders of Acme Outdoor, the POS as it stands, further brands, and switches of the sandbox."""
        brands = [brand("Acme Outdoor", "acme", raw_orders, products), *others]
        self.sandbox.reset(
            {"nuorder": {"brands": brands}, "pos": pos() if shop_floor is None else shop_floor}
        )
        self.sandbox.switch(**ROOMY, **switches)

    def configure(self, **settings: Any) -> None:
        """Change settings of the account; ``brand`` is a dict of settings of Acme Outdoor. Also without a check:
        a waiting time of 0 is for tests only."""
        own: dict[str, Any] = settings.pop("brand", {})
        if own:
            first = BrandConfig.model_validate({**self.account.brands[0].model_dump(), **own})
            settings["brands"] = (first, *self.account.brands[1:])
        self.account = self.account.model_copy(update=settings)
        self.work.account = self.account

    def new_work(self) -> Work:
        """A process of its own, as far as the pipeline can tell: clients, pace and meter are new."""
        box = self.sandbox
        settings = LightspeedSettings(
            box.pos, box.client_id, box.client_secret, box.account_id, box.refresh_token, box.auth, box.backoffice,
            connection_id="lightspeed",
        )  # fmt: skip
        meter = Meter()
        lightspeed = Lightspeed(
            settings, DatabaseVault(self.engine, settings), FreePace(),
            timeouts=Limits(connect=2.0, read=10.0, total=20.0), retry=QUICK, on_cost=meter.add,
        )  # fmt: skip
        self._open.append(lightspeed)
        return Work(self.engine, self.account, lightspeed, _Brands(self), self.clock, meter)

    def nuorder(self, slug: str) -> Nuorder:
        """The NuORDER client of a brand."""
        keys = (f"{slug}-key", f"{slug}-secret", f"{slug}-token", f"{slug}-token-secret")
        client = Nuorder(NuorderSettings(self.sandbox.nuorder, *keys, connection_id=slug), retry=QUICK)
        self._open.append(client)
        return client

    def close(self) -> None:
        """Close all connections."""
        for client in self._open:
            client.close()

    # ---- the flow ----

    def discover(self, run: str = "run-1", *, live: set[str] | None = None, **wanted: Any) -> list[str]:
        """A run looks for orders; gives their numbers. ``live`` are numbers whose claim another live run still holds."""

        def is_live(claims: Sequence[Claim]) -> set[str]:
            return {claim.order_id for claim in claims} & {self.id(number) for number in live or ()}

        found = discover(self.work, run=RunRef("dag", run), is_live=is_live, **wanted)
        return [str(orders.row_of(self.engine, order_id)["order_number"]) for order_id in found]

    def release(self, number: str, run: str = "run-1") -> None:
        """The run ends its claim."""
        orders.release(self.engine, self.id(number), RunRef("dag", run))

    def match(self, number: str) -> Json:
        """Make the report and read it as people do."""
        report.make_report(self.work, self.id(number))
        return self.report(number)

    def report(self, number: str) -> Json:
        """The current report as people read it."""
        return read.report(self.engine, self.id(number))

    def approve(self, number: str, *, shop: str | None = None, by: str = "Mia", lines: dict[str, str] | None = None,
                answers: dict[str, str] | None = None) -> None:  # fmt: skip
        """Approve by the command line's door."""
        brands = BrandsFile(accounts={"main": self.account})
        decide.approve(
            self.engine, brands, self.id(number), shop=shop, lines=lines or {}, answers=answers or {}, by=by
        )

    def look(self, number: str) -> Look:
        """What the sensor does."""
        return waiting.look(self.work, self.id(number))

    def approved(self, *numbers: str, **decision: Any) -> None:
        """Discover, match and approve."""
        self.discover(f"run-for-{'-'.join(numbers)}")
        for number in numbers:
            self.match(number)
            self.approve(number, **decision)
            assert self.look(number).kind == "go", self.row(number)["reason"]

    def export(self, number: str, holder: str = "worker", work: Work | None = None) -> PoRef:
        """One attempt to export and verify."""
        own = work or self.work
        export(own, self.id(number), holder=holder)
        return verify(own, self.id(number), holder=holder)

    def export_until_done(self, number: str, tries: int = 6) -> PoRef:
        """As the DAG does it: again after what may pass by itself, waiting as long as it says."""
        for _ in range(tries):
            try:
                return self.export(number)
            except OutcomeUnknown:
                continue
            except Transient as error:
                time.sleep(min(error.retry_after or 0.0, 1.5))
        return self.export(number)

    # ---- looking at the outcome ----

    def id(self, number: str) -> str:
        """The ``_id`` that the builders give an order of this number."""
        return object_id("order", number)

    def row(self, number: str) -> Json:
        """The order as ``orders --json`` has it."""
        return orders.entry(orders.row_of(self.engine, self.id(number)))

    def records(self, name: str, side: Side = "pos") -> list[Json]:
        """All records of one kind in the sandbox's ledger."""
        url = f"{self.sandbox.origin(side)}/_ledger?requests=0"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            body: Json = json.loads(answer.read())
        found: list[Json] = body["records"][name] if side == "pos" else body[name]
        return found

    def purchase_orders(self, number: str | None = None) -> list[Json]:
        """The purchase orders in the POS; of one NuORDER order, if it is named."""
        ours = None if number is None else self.id(number)
        return [po for po in self.records("Order") if ours is None or po["refNum"] == ours]

    def the_purchase_order(self, number: str) -> Json:
        """The one purchase order of an order."""
        (po,) = self.purchase_orders(number)
        return po

    def written(self, path: str = "") -> list[Json]:
        """The POST, PUT and DELETE requests that the POS was sent, oldest first; those whose path holds ``path``."""
        return [
            request
            for request in self.sandbox.ledger("pos")
            if request["method"] != "GET" and "oauth" not in request["path"] and path in request["path"]
        ]


class _Brands(dict[str, Nuorder]):
    """Clients by brand name, made when first asked for."""

    def __init__(self, retail: Retail) -> None:
        super().__init__()
        self._retail = retail

    def __missing__(self, name: str) -> Nuorder:
        slug = self._retail.account.brand(name).nuorder_conn_id
        self[name] = self._retail.nuorder(slug)
        return self[name]


def hash_of(value: Any) -> str:
    """A hash that no report has."""
    return digest(value)


def second_brand(
    *raw_orders: Json, name: str = "Birch", slug: str = "birch", products: Sequence[Json] | None = None
) -> Json:
    """Another brand for ``Retail.given``."""
    return brand(name, slug, raw_orders, products)


def with_second_brand(retail: Retail, name: str = "Birch", slug: str = "birch", **settings: Any) -> None:
    """Put a second brand into the account's configuration."""
    added = BrandConfig(name=name, nuorder_conn_id=slug, since=SINCE, shop="Main Street", **settings)
    retail.configure(brands=(*retail.account.brands, added))


__all__ = ["ACME", "Callable", "Clock", "Retail", "hash_of", "second_brand", "with_second_brand"]
