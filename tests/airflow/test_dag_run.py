"""The DAG run to its end by ``airflow dags test``: real pipeline, real sandbox, decisions by SQL while it waits."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.airflow_place import Place, brands_of, connections
from support.sandbox import Sandbox

from nuorder_pos.store import migrate
from nuorder_pos.store.engine import make_engine

pytestmark = pytest.mark.slow
DECISIONS = {"104501": "approve", "104504-1": "reject"}


class Merchant(threading.Thread):
    """Decides on each order as soon as its report is there, the way another system would: one insert."""

    def __init__(self, database: Path, decisions: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.database, self.left = database, dict(decisions)
        self.ended = threading.Event()

    def run(self) -> None:
        while self.left and not self.ended.wait(0.3):
            with closing(sqlite3.connect(self.database, timeout=30)) as database, database:
                waiting = database.execute(
                    "SELECT order_number, report_hash FROM nuorder_order WHERE state = 'awaiting_approval'"
                ).fetchall()
                for number, report_hash in waiting:
                    if decision := self.left.pop(number, None):
                        database.execute(
                            "INSERT INTO approval (report_hash, decision, decided_by, comment) VALUES (?, ?, ?, ?)",
                            (report_hash, decision, "Ann", "as agreed"),
                        )


@pytest.fixture
def ready(migrated: Place, sandbox: Sandbox, tmp_path: Path) -> Iterator[Place]:
    """A fresh project database, and the sandbox behind every connection."""
    database = tmp_path / "pos.db"
    migrate.upgrade(make_engine(f"sqlite:///{database}"))
    env = migrated.env | connections(sandbox)
    env |= {
        "AIRFLOW_CONN_NUORDER_POS_DB": f"sqlite:///{database}",
        "NUORDER_POS_BRANDS": str(tmp_path / "brands.yaml"),
    }
    place = Place(tmp_path, env)
    place.brands(brands_of(sandbox))
    return place


def airflow_rows(place: Place, query: str) -> list[Any]:
    database = Path(place.env["AIRFLOW_HOME"]) / "airflow.db"
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def project_rows(place: Place, query: str) -> list[Any]:
    with closing(sqlite3.connect(place.folder / "pos.db")) as connection:
        return connection.execute(query).fetchall()


def test_orders_wait_for_their_decision_and_each_goes_its_own_way(ready: Place, sandbox: Sandbox) -> None:
    merchant = Merchant(ready.folder / "pos.db", DECISIONS)
    merchant.start()
    conf = {"order_numbers": list(DECISIONS), "brands": ["Acme Outdoor"]}
    done = ready.run("airflow", "dags", "test", "nuorder_po_export", "-c", json.dumps(conf), check=False)
    merchant.ended.set()
    story = done.stdout + done.stderr
    assert done.returncode == 0, story[-6000:]

    orders = {
        number: (state, reason, po_id, claim)
        for number, state, reason, po_id, claim in project_rows(
            ready,
            "SELECT order_number, state, reason, po_id, claim_run_id FROM nuorder_order WHERE listed_only = 0"
            " AND brand = 'Acme Outdoor'",
        )
    }
    assert orders["104501"][0] == "exported", story[-6000:]
    assert orders["104504-1"][:2] == ("rejected", "Rejected by Ann: as agreed")
    assert orders["104501"][3] is None, "the claim is given back"
    assert orders["104504-1"][3] is None
    assert orders["104502"][0] == "discovered", "not named, so left for another run"

    made = [
        row
        for row in sandbox.ledger("pos")
        if row["method"] == "POST" and row["path"].endswith("/Order.json")
    ]
    assert len(made) == 1

    tasks = {
        (task, index): (state, label)
        for task, index, state, label in airflow_rows(
            ready, "SELECT task_id, map_index, state, rendered_map_index FROM task_instance"
        )
    }
    indexes = {label: index for (task, index), (_, label) in tasks.items() if task == "order.match_report"}
    assert sorted(indexes) == ["Acme Outdoor 104501", "Acme Outdoor 104504-1"]
    exported, rejected = indexes["Acme Outdoor 104501"], indexes["Acme Outdoor 104504-1"]
    assert tasks["order.verify", exported] == ("success", "Acme Outdoor 104501")
    assert tasks["order.wait_for_approval", rejected] == ("skipped", "Acme Outdoor 104504-1")
    assert tasks["order.export", rejected][0] == "skipped"

    kept = airflow_rows(ready, "SELECT task_id, key, value FROM xcom")
    ids = [json.loads(value) for task, key, value in kept if key == "return_value"]
    assert [sorted(found) for found in ids] == [
        sorted(order_id for (order_id,) in project_rows(ready, "SELECT order_id FROM match_report"))
    ], "XCom carries order ids"
    links = {json.loads(value) for _, key, value in kept if key == "_link_PurchaseOrderLink"}
    assert any(f"id={orders['104501'][2]}&" in (link or "") for link in links)

    began = time.monotonic()
    again = ready.run("airflow", "dags", "test", "nuorder_po_export", "-c", json.dumps(conf | {"brands": []}))
    assert "0 orders go through this run" in again.stdout + again.stderr
    assert time.monotonic() - began < 60


def test_what_needs_a_person_fails_at_once_with_its_sentence(ready: Place) -> None:
    """No retry: a connection that is missing is still missing a minute later."""
    env = {name: value for name, value in ready.env.items() if not name.startswith("AIRFLOW_CONN_NUORDER_")}
    env["AIRFLOW_CONN_NUORDER_POS_DB"] = ready.env["AIRFLOW_CONN_NUORDER_POS_DB"]
    done = Place(ready.folder, env).run("airflow", "dags", "test", "nuorder_po_export", check=False)
    story = done.stdout + done.stderr
    assert "There is no connection 'nuorder_acme': create it with the type nuorder" in story
    tries = airflow_rows(
        ready,
        "SELECT state, try_number FROM task_instance WHERE task_id = 'discover' ORDER BY start_date DESC LIMIT 1",
    )
    assert tries == [("failed", 1)]
