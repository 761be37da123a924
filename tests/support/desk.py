"""The merchant's desk with everything behind it: sandbox, project database, API server, and orders in every state.

The dataset is the sandbox's sample, so that pages look as they do for somebody who tries the product. Tests add orders
of their own, each under a number and with codes that nobody else uses, and so need not know of each other.
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from support.airflow_place import Place, clean_environment, connections
from support.databases import Place as Databases
from support.databases import rows
from support.orders import Json, line, order, product
from support.retail import ROOMY
from support.sandbox import Sandbox, Side
from support.web_place import WebPlace

# Airflow writes its configuration file where this points to as soon as it is imported. Never into the home folder.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="nuorder-pos-airflow-"))

DAG_ID = "nuorder_po_export"
BRANDS = {
    "acme": "Acme Outdoor",
    "nordlys": "Nørdlys & Søn",
    "oneil": 'O\'Neil "Studio" <b>',
    "koyo": "Kōyō Denim",
}
SHOPS = {"acme": "Main Street", "koyo": "Harbor Mall"}
"""The default shops. For the other brands the choice of a shop is the merchant's."""
NASTY = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}</td></table><b>bold</b>"
    "\u202eevil\u2066\x1b[31m'; DROP TABLE approval; --"
)
"""A name as nobody should have one."""


class Desk:
    """A retailer's desk. Orders are named by their number; ``acme`` and so on are the brands of the sample."""

    def __init__(
        self, folder: Path, *, database: str = "", all_admins: bool = False, whole: bool = False
    ) -> None:
        self.folder = folder
        self.sandbox = Sandbox()
        self.sandbox.switch(**ROOMY)
        self._ids: dict[str, str] = {}
        self._brand: dict[str, str] = {}
        self._numbers = itertools.count(7001)
        self._codes = itertools.count(1)
        self.database = database or f"sqlite:///{folder}/nuorder_pos.db"
        env = clean_environment(folder) | connections(self.sandbox)
        env["AIRFLOW_CONN_NUORDER_POS_DB"] = self.database
        env["NO_PROXY"] = env["no_proxy"] = "127.0.0.1,localhost"
        self.place = Place(folder, env)
        self.place.brands(_brands_file())
        self.web = WebPlace(self.place, all_admins=all_admins, whole=whole)

    # ---- life ----

    def start(self) -> None:
        """The project's tables and the API server."""
        from nuorder_pos.store import migrate
        from nuorder_pos.store.engine import make_engine

        if self.database.startswith("sqlite"):
            engine = make_engine(self.database)
            migrate.upgrade(engine)
            engine.dispose()
        self.web.start()

    def stop(self) -> None:
        """Ends every process."""
        self.web.stop()
        self.sandbox.stop()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This process as one of the place: the same connections, brands file and database as the API server's."""
        from nuorder_pos import runtime

        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.place.env.items():
                if name.startswith(("AIRFLOW_CONN_", "NUORDER_POS_", "NO_PROXY", "no_proxy")):
                    patch.setenv(name, value)
            runtime.close_engine()
            try:
                yield
            finally:
                runtime.close_engine()

    @contextmanager
    def work(self, ahead: timedelta = timedelta(0)) -> Iterator[Any]:
        """The pipeline's ``Work``, as a task has it; ``ahead`` moves its clock."""
        from nuorder_pos import runtime

        with self.inside(), runtime.open_work("main") as work:
            work.clock = lambda: datetime.now(UTC) + ahead
            yield work

    # ---- what the brand does ----

    def codes(self, count: int) -> list[str]:
        """Valid UPCs that nothing else has."""
        return [_upc(next(self._codes)) for _ in range(count)]

    def number(self) -> str:
        """An order number that nothing else has."""
        return f"W{next(self._numbers)}"

    def order(self, *lines: Json, number: str = "", brand: str = "acme", products: Sequence[Json] | None = None,
              **fields: Any) -> str:  # fmt: skip
        """A finalized order of the day before yesterday with its products; gives its number."""
        number = number or self.number()
        created = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
        dates = {
            "created_on": _iso(created),
            "modified_on": _iso(created + timedelta(minutes=10)),
            "start_ship": _midnight(created + timedelta(days=30)),
            "end_ship": _midnight(created + timedelta(days=50)),
        }
        raw = order(number, *lines, **({"rep_name": "Robin Rep"} | dates | fields))
        made = [_product_of(one) for one in lines] if products is None else products
        for one in made:
            self.sandbox.do("nuorder", "add_product", brand=brand, product=one)
        self.sandbox.do("nuorder", "add_order", brand=brand, order=raw)
        self._ids[number], self._brand[number] = raw["_id"], brand
        return number

    def brand_edits(self, number: str, *, line: int = 0, size: str = "M", quantity: int = 9) -> None:
        """The brand changes the quantity of one size; the order's total follows."""
        raw = next(one for one in self._raw_orders() if one["_id"] == self.id(number))
        changed = next(one for one in raw["line_items"][line]["sizes"] if one["size"] == size)
        total = raw["total"] + (quantity - changed["quantity"]) * changed["price"]
        self.sandbox.do(
            "nuorder", "edit_order", _id=raw["_id"], line=line, size=size,
            line_changes={"quantity": quantity}, changes={"total": round(total, 2)},
        )  # fmt: skip

    def _raw_orders(self) -> list[Json]:
        found: list[Json] = self._books("nuorder")["orders"]
        return found

    def _books(self, side: Side) -> Json:
        with requests.Session() as session:
            session.trust_env = False
            url = f"{self.sandbox.origin(side)}/_ledger"
            found: Json = session.get(url, params={"requests": "0"}, timeout=30).json()
            return found

    # ---- what stands in the POS ----

    def item(self, code: str, description: str = "Trail Tee Red M", *, cost: str = "10", stock: int = 0,
             **fields: Any) -> str:  # fmt: skip
        """An item of the POS with this UPC; gives its id. ``stock`` is what Main Street has."""
        record = {"upc": code, "description": description, "defaultCost": cost} | fields
        if stock:
            record["qoh"] = {"1": stock}
        done = self.sandbox.do("pos", "create", type="Item", record=record)
        return str(done["Item"]["itemID"])

    # ---- what a run does ----

    def run(self, *numbers: str, run: str = "", brand: str = "") -> None:
        """A run finds these orders, or all that a brand has for it, and makes their reports."""
        from nuorder_pos.pipeline import discover, report
        from nuorder_pos.pipeline.work import RunRef

        slug = brand or self._brand.get(next(iter(numbers), ""), "acme")
        with self.work() as work:
            found = discover.discover(
                work, run=RunRef(DAG_ID, run or f"manual__{uuid.uuid4().hex[:8]}"), order_numbers=numbers,
                brands=[BRANDS[slug]], is_live=lambda claims: set(),
            )  # fmt: skip
            for order_id in found:
                self._know(work, order_id)
                report.make_report(work, order_id)

    def let_through(self, number: str, ahead: timedelta = timedelta(0)) -> str:
        """What a run does with an order that was decided on: judge the decision, and export where it counts.

        Gives how the wait ended: ``go``, ``wait``, ``closed``.
        """
        from nuorder_pos.pipeline import export, verify, waiting

        with self.work(ahead) as work:
            look = waiting.look(work, self.id(number))
            if look.kind == "go":
                export.export(work, self.id(number), holder="desk")
                verify.verify(work, self.id(number), holder="desk")
            return str(look.kind)

    def look(self, number: str, ahead: timedelta = timedelta(0)) -> str:
        """Only the look of the waiting sensor: it judges decisions and matches again."""
        from nuorder_pos.pipeline import waiting

        with self.work(ahead) as work:
            return str(waiting.look(work, self.id(number)).kind)

    def approve(self, number: str, *, by: str = "mia", shop: str | None = None,
                lines: Mapping[str, str] | None = None, answers: Mapping[str, str] | None = None,
                comment: str = "") -> None:  # fmt: skip
        """Approve by the command line's door."""
        from nuorder_pos.config import load_brands
        from nuorder_pos.pipeline import decide

        with self.work() as work:
            decide.approve(
                work.engine, load_brands(), self.id(number), shop=shop, lines=lines or {}, answers=answers or {},
                by=by, comment=comment,
            )  # fmt: skip

    def reject(self, number: str, reason: str, by: str = "mia") -> None:
        """Reject by the command line's door."""
        from nuorder_pos.pipeline import decide

        with self.work() as work:
            decide.reject(work.engine, self.id(number), reason=reason, by=by)

    # ---- looking ----

    def id(self, number: str) -> str:
        """NuORDER's ``_id`` of the order."""
        return self._ids[number]

    def page(self, number: str) -> str:
        """The path of the order's page."""
        return f"/orders/{self.id(number)}"

    def row(self, number: str) -> Json:
        """The order as ``nuorder-pos orders --json`` has it."""
        from nuorder_pos.pipeline import orders

        with self.work() as work:
            return orders.entry(orders.row_of(work.engine, self.id(number)))

    def report(self, number: str) -> Json:
        """The current report as people read it."""
        from nuorder_pos.pipeline import read

        with self.work() as work:
            return read.report(work.engine, self.id(number))

    def decisions(self, number: str) -> list[Json]:
        """What was recorded about the order, oldest first."""
        from nuorder_pos.store import approvals

        with self.work() as work:
            told = [dict(row) for row in approvals.history(work.engine, self.id(number))]
        return [one | {name: json.loads(one[name] or "{}") for name in ("lines", "answers")} for one in told]

    def purchase_orders(self, number: str) -> list[Json]:
        """The purchase orders in the POS that carry the order's id."""
        return [po for po in self._books("pos")["records"]["Order"] if po["refNum"] == self.id(number)]

    def sql(self, statement: str, **values: object) -> list[dict[str, object]]:
        """Rows of the project's database, in raw SQL."""
        with self.work() as work:
            return rows(work.engine, statement, **values)

    def _know(self, work: Any, order_id: str) -> None:
        from nuorder_pos.pipeline import orders

        self._ids.setdefault(str(orders.row_of(work.engine, order_id)["order_number"]), order_id)

    # ---- orders in every state ----

    def clean(self, number: str = "", **fields: Any) -> str:
        """A matched order without open questions: two UPC matches and a new item."""
        codes = self.codes(2)
        number = number or self.number()
        style = f"TEE-{number}"
        for code, size in zip(codes, "SM", strict=True):
            self.item(code, f"Trail Tee Red {size}", stock=4)
        sizes = {"S": 2, "M": 3, "L": 1}
        self.order(
            line(style, "Red", sizes, upcs=dict(zip("SM", codes, strict=True))), number=number, **fields
        )
        self.run(number)
        return number

    def duplicates(self, number: str = "", **fields: Any) -> str:
        """A matched order with an open question: two POS items hold the UPC of its size M."""
        codes = self.codes(3)
        number = number or self.number()
        self.item(codes[0], "Ridge Jacket Black S", cost="40", stock=2)
        self.item(codes[1], "Ridge Jacket Black M", cost="40", stock=5, customSku="RJ-BLK-M")
        self.item(codes[1], "Ridge Jacket Blk M (old)", cost="38", customSku="RJ-OLD-M")
        sizes = {"S": 2, "M": 4, "L": 3}
        jacket = line(
            f"JKT-{number}", "Black", sizes, price="40.00", upcs=dict(zip("SML", codes, strict=True))
        )
        self.order(jacket, number=number, **fields)
        self.run(number)
        return number

    def superseded(self) -> str:
        """An order whose approval no longer counts: the brand edited it afterwards."""
        number = self.clean()
        self.approve(number)
        self.brand_edits(number)
        self.run(number)
        return number

    def exported(self) -> str:
        """An order with its purchase order in the POS."""
        number = self.clean()
        self.approve(number)
        assert self.let_through(number) == "go", self.row(number)["reason"]
        return number

    def nasty(self) -> str:
        """An order in which every free text attacks the page."""
        code, missing = self.codes(2)
        self.item(code, NASTY[:200])
        self.item(code, f"second {NASTY}"[:200])
        one = line(f"N{NASTY}", NASTY, {f"M{NASTY}": 2, "L": 1}, upcs={f"M{NASTY}": code, "L": missing}, notes=NASTY,
                   product_id=uuid.uuid4().hex[:24])  # fmt: skip
        name = product(one["product"]["style_number"], NASTY, name=NASTY, brand_id=NASTY, season=NASTY,
                       category=NASTY, images=["javascript:alert(3)", NASTY])  # fmt: skip
        number = self.order(
            one, products=[name | {"_id": one["product"]["_id"]}], number=f"{self.number()}{NASTY}",
            customer_po_number=NASTY, rep_name=NASTY, notes=NASTY, creator_name=NASTY, brand="oneil",
        )  # fmt: skip
        self.run(brand="oneil")
        return number

    def big(self, styles: int = 25, sizes: int = 60) -> str:
        """An order of very many variants (1,500 unless told), every tenth of them in the POS."""
        lines = []
        number = self.number()
        for style in range(styles):
            names = [f"{size:02d}" for size in range(sizes)]
            codes = dict(zip(names, self.codes(sizes), strict=True))
            for name in names[::10]:
                self.item(codes[name], f"Big style {style} {name}")
            lines.append(line(f"BIG-{number}-{style}", "Black", dict.fromkeys(names, 2), upcs=codes))
        self.order(*lines, number=number)
        self.run(number)
        return number


@contextmanager
def open_desk(*, postgres: bool = False, all_admins: bool = False, whole: bool = False) -> Iterator[Desk]:
    """A started desk; on a Postgres database of its own, in an Airflow without logins, or with all of Airflow's
    services if asked."""
    with tempfile.TemporaryDirectory(prefix="nuorder-pos-desk-") as name:
        databases = Databases(Path(name))
        address = ""
        if postgres:
            engine = databases.engine("postgres", role="")
            address = engine.url.render_as_string(hide_password=False)
        try:
            desk = Desk(Path(name), database=address, all_admins=all_admins, whole=whole)
            try:
                desk.start()
                yield desk
            finally:
                desk.stop()
        finally:
            databases.close()


def _brands_file() -> str:
    since = (datetime.now(UTC) - timedelta(days=14)).date().isoformat()
    brands = [
        {"name": name, "nuorder_conn_id": f"nuorder_{slug}", "since": since}
        | ({"shop": SHOPS[slug]} if slug in SHOPS else {})
        for slug, name in BRANDS.items()
    ]
    text: str = yaml.safe_dump(
        {"accounts": {"main": {"schedule": None, "brands": brands}}}, allow_unicode=True, sort_keys=False
    )
    return text


def _product_of(one: Json) -> Json:
    thin = one["product"]
    prices = [size["price"] for size in one["sizes"]]
    return product(
        thin["style_number"], thin["color"], name=f"Trail {thin['style_number']}", images=["/images/trail.png"],
        wholesale=str(prices[0] if prices else 10),
    ) | {"_id": thin["_id"]}  # fmt: skip


def _upc(number: int) -> str:
    body = f"07{number:09d}"
    odd, even = sum(int(d) for d in body[0::2]), sum(int(d) for d in body[1::2])
    return body + str(-(3 * odd + even) % 10)


def _iso(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.000Z"


def _midnight(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}T00:00:00.000Z"
