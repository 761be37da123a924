"""What the desk's pages cost the server, beside a plain SELECT of the same rows in the same run.

The app is asked as a server asks it, without the network and without Airflow's login around it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nuorder_pos import runtime
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine, reading, writing
from nuorder_pos.store.order_list import BY_STATUS
from nuorder_pos.store.tables import approval, approval_verdict, match_report, nuorder_order

ORDERS = 10_000
ROUNDS = 15
POSTGRES = os.environ.get("NUORDER_POS_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
BRANDS = ("Acme Outdoor", "Birch", "Kōyō Denim", "Nørdlys & Søn", 'O\'Neil "Studio" <b>')
LIST_PAGES = {
    "newest first": "",
    "last page": "page=200",
    "by total, page 100": "sort=-total&page=100",
    "by brand": "sort=brand",
    "by status": "sort=status",
    "waits for a decision": "status=to_decide",
    "has open questions": "status=open_questions",
    "one brand, exported": "brand=Birch&status=exported",
    "text": "q=birch+po-77",
    "text without a hit": "q=zzzz",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Median milliseconds of a page, and of a plain SELECT of the order rows that it shows."""

    database: str
    name: str
    page: float
    plain: float


def measure_list() -> list[Page]:
    """The list of orders with ten thousand of them, on each database that is there."""
    found = []
    for kind in ("sqlite", "postgres"):
        try:
            with _database(kind) as engine:
                _fill(engine)
                found += [_measure(kind, engine, name, query) for name, query in LIST_PAGES.items()]
        except sa.exc.OperationalError as error:
            print(f"  left out: {kind}: {str(error.orig).splitlines()[0][:90]}")
    return found


def _measure(kind: str, engine: Engine, name: str, query: str) -> Page:
    ids = _ids(visit("/orders", query)[1])
    rows = sa.select(nuorder_order).where(nuorder_order.c.order_id.in_(ids))

    def plain() -> None:
        with reading(engine) as connection:
            assert len(connection.execute(rows).all()) == len(ids)

    pages, selects = [], []
    for _ in range(ROUNDS):
        pages.append(timed(lambda: visit("/orders", query)))
        selects.append(timed(plain))
    return Page(kind, name, statistics.median(pages), statistics.median(selects))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


_app: Any = None


def visit(path: str, query: str = "") -> tuple[int, str]:
    """Ask the desk for a page as somebody who may do everything: status and body."""
    global _app
    if _app is None:
        from nuorder_pos.web import access
        from nuorder_pos.web.app import make_app

        _app = make_app()
        _app.dependency_overrides[access.visitor] = lambda: access.Visitor(
            "bench", lambda _: True, lambda _: True
        )
    return asyncio.run(_ask(_app, path, query))


async def _ask(app: Any, path: str, query: str) -> tuple[int, str]:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": [],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    answer: dict[str, Any] = {"status": 0, "body": bytearray()}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answer["status"] = message.get("status", answer["status"])
        answer["body"] += message.get("body", b"")

    await app(scope, receive, send)
    assert answer["status"] == 200, answer["body"].decode()[:2000]
    return answer["status"], answer["body"].decode()


@contextmanager
def _database(kind: str) -> Iterator[Engine]:
    """A migrated database of its own, in force for the app; with a brands file whose brands have shops."""
    with tempfile.TemporaryDirectory() as folder:
        brands = [
            {"name": name, "nuorder_conn_id": f"nuorder_{place}", "shop": "Main Street"}
            for place, name in enumerate(BRANDS)
        ]
        file = Path(folder) / "brands.yaml"
        file.write_text(json.dumps({"accounts": {"main": {"brands": brands}}}), "utf-8")
        name = f"nuorder_pos_bench_{uuid.uuid4().hex[:8]}"
        url = f"sqlite:///{folder}/bench.db"
        if kind == "postgres":
            _on_server(f"CREATE DATABASE {name}")
            url = sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
        before = os.environ.get("NUORDER_POS_BRANDS")
        os.environ["NUORDER_POS_BRANDS"] = str(file)
        engine = make_engine(url)
        try:
            migrate.upgrade(engine)
            runtime.close_engine()
            runtime._engines[os.getpid()] = engine  # a connection of Airflow's would bring Airflow along
            yield engine
        finally:
            runtime.close_engine()
            engine.dispose()
            if before is None:
                del os.environ["NUORDER_POS_BRANDS"]
            else:
                os.environ["NUORDER_POS_BRANDS"] = before
            if kind == "postgres":
                _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(statement: str) -> None:
    server = sa.create_engine(
        sa.make_url(POSTGRES).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.pool.NullPool,
        connect_args={"connect_timeout": 5},
    )
    with server.connect() as connection:
        connection.exec_driver_sql(statement)


def _fill(engine: Engine, count: int = ORDERS) -> None:
    """Orders in all states, each with a report of forty kilobytes; a third of them with a decision."""
    body = json.dumps({"lines": ["x" * 40_000]})
    now = datetime.now(UTC)
    orders, reports, approvals, verdicts = [], [], [], []
    for number in range(count):
        # Most orders of a year's work are exported; a few hundred wait.
        state = BY_STATUS[number % len(BY_STATUS)] if number % 5 == 0 else "exported"
        order_id, report_hash = f"{number:024x}", f"{number:064x}"
        day = date(2026, 1, 1) + timedelta(days=number % 365)
        orders.append(
            {
                "order_id": order_id, "account": "main", "brand": BRANDS[number % 5], "order_number": str(100_000 + number),
                "nuorder_status": "approved", "created_on": now - timedelta(minutes=number * 37), "first_seen_at": now,
                "read_at": now, "customer_po": f"PO-{number * 7}", "ship_start": day, "ship_end": day + timedelta(days=30),
                "currency": "USD", "total": Decimal(number * 13 % 90_000) + Decimal("0.25"), "units": number * 7 % 3000,
                "state": str(state), "report_hash": report_hash, "group_id": "", "reason": "", "drips": Decimal(0),
                "po_id": str(number) if state == "exported" else None,
                "po_url": f"https://us.merchantos.com/?name=purchase.views.purchase&id={number}" if state == "exported" else None,
            }
        )  # fmt: skip
        asks = number % 3 == 0
        reports.append(
            {
                "report_hash": report_hash, "order_id": order_id, "snapshot_id": 1, "built_at": now, "lines": 40, "units": 100,
                "goods": Decimal(100), "confirmed": 10, "upc_match": 20, "new_item": 10, "questions": int(asks),
                "open_questions": int(asks), "body": body,
            }
        )  # fmt: skip
        if state == "exported" and number % 2:
            approvals.append(
                {
                    "approval_id": number + 1, "report_hash": report_hash, "decision": "approve", "shop": "1",
                    "decided_by": "ann", "lines": "{}", "answers": "{}", "comment": "", "decided_at": now,
                }
            )  # fmt: skip
            verdicts.append(
                {
                    "approval_id": number + 1,
                    "order_id": order_id,
                    "counts": True,
                    "reason": "",
                    "judged_at": now,
                }
            )
    with writing(engine) as connection:
        for table, rows in (
            (nuorder_order, orders),
            (match_report, reports),
            (approval, approvals),
            (approval_verdict, verdicts),
        ):
            for start in range(0, len(rows), 1000):
                connection.execute(sa.insert(table), rows[start : start + 1000])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")  # as autovacuum does by itself after a while


def _ids(page: str) -> list[str]:
    """The ids of the orders on a page."""
    marks = page.split('href="/orders/')[1:]
    return [mark.split('"', 1)[0] for mark in marks]


if __name__ == "__main__":
    for one in measure_list():
        print(
            f"{one.database:9} {one.name:24} {one.page:7.1f} ms, plain SELECT {one.plain:5.1f} ms, {one.page / one.plain:5.1f} times"
        )
