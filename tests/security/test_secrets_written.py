"""Orders go their way, by the command line and by the DAG, with trouble on it, at the lowest log level. Then everything that
was written is searched for every secret that was planted or handed out meanwhile."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from security.desk import Desk, connection_of, desk, pos_connection_of
from security.planted import Planted
from support.airflow_place import Place, clean_environment
from support.orders import Json, brand, item, line, order, pos, upc
from support.retail import ROOMY
from support.sandbox import Sandbox

from nuorder_pos.clients.token_seal import seal_key, unseal
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import make_engine

KEYS = {
    "consumer_key": "plantedConsumerKey/7Qx+1=",
    "consumer_secret": "plantedConsumerSecret/8Rw+2=",
    "token": "plantedToken/9Sv+3=",
    "token_secret": "plantedTokenSecret/1Tu+4=",
}
FERNET = "cGxhbnRlZEZlcm5ldEtleTEyMzQ1Njc4OTAxMjM0NTY="
ECHO = (
    f'OAuth oauth_consumer_key="{KEYS["consumer_key"]}", oauth_token="{KEYS["token"]}" and in clear'
    f" {KEYS['consumer_key']} {KEYS['token']}"
)


def planted_in(sandbox: Sandbox) -> Planted:
    return Planted(
        **KEYS, client_secret=sandbox.client_secret, refresh_token=sandbox.refresh_token, fernet=FERNET
    )


def one_brand(*numbers: str, new: bool = True) -> Json:
    """A brand with planted keys; its orders have a line that the POS knows, and one that is new."""
    orders = [
        order(number, line("TEE", sizes={"S": 1}, upcs={"S": upc(1)}), *([line("NEW")] if new else ()))
        for number in numbers
    ]
    return brand("Acme Outdoor", "acme", orders) | KEYS


def trouble(sandbox: Sandbox) -> None:
    """Servers that refuse, break and echo, once or twice each, in the middle of the work."""
    said: dict[str, Any] = {"action": "status", "content_type": "application/json"}
    nuorder = {**said, "server": "nuorder", "body": {"message": ECHO}}
    sandbox.fault(**nuorder, path="/api/order/", status=500)
    sandbox.fault(**nuorder, path="/api/product/", status=503)
    sandbox.fault(
        **{**nuorder, "body": ECHO, "content_type": "text/plain"}, path="/api/product/", nth=3, status=502
    )
    sandbox.fault(server="pos", path="/Item", nth=2, action="revoke_tokens")
    sandbox.fault(server="pos", path="/Shop", action="html")


def add_those_in_the_database(planted: Planted, sandbox: Sandbox, database: Path) -> None:
    """The present pair, which lies there sealed."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT sealed FROM token_set").fetchall()
    assert rows, "the pair is kept"
    for (sealed,) in rows:
        pair = unseal(sealed, seal_key(sandbox.client_id, sandbox.client_secret))
        planted.add("access token", pair.access_token)
        planted.add("refresh token that was handed out", pair.refresh_token)


def add_those_in_the_ledger(planted: Planted, sandbox: Sandbox) -> None:
    """Every refresh token that was ever used."""
    for entry in sandbox.ledger("pos"):
        if "oauth/token" in entry["path"] and isinstance(entry["body"], dict):
            planted.add("refresh token that was handed out", str(entry["body"].get("refresh_token", "")))


# ---- the command line ----


class Listener(logging.Handler):
    """Writes down everything that anybody logs, with all that belongs to it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(f"{record.name} {record.getMessage()} {record.__dict__!r}")
        if record.exc_info:
            self.written.append(logging.Formatter().formatException(record.exc_info))


@dataclass
class Day:
    """What a day at the desk left behind."""

    desk: Desk
    planted: Planted
    logged: list[str] = field(default_factory=list)


VERBS = (
    ("check",), ("orders",), ("orders", "--json"), ("links", "list"), ("report", "1001"), ("report", "1001", "--json"),
    ("report", "1001", "--format", "html"), ("plan", "1001"), ("runbook", "1001"), ("runbook", "1001", "--json"),
    ("approve", "1001", "--shop", "nowhere", "--by", "Mia"),
)  # fmt: skip


@pytest.fixture(scope="module")
def day(sandbox_process: Sandbox, quick_folder: Path) -> Iterator[Day]:
    """Discover, match, approve and export with trouble on the way, every verb once quietly and once with debugging, and
    every connection wrong once."""
    owner, planted, listener = one_brand("1001"), planted_in(sandbox_process), Listener()
    sandbox_process.reset({"nuorder": {"brands": [owner]}, "pos": pos()})
    sandbox_process.switch(**ROOMY)
    root, send = logging.getLogger(), HTTPAdapter.send
    levels = {
        name: logging.getLogger(name).level
        for name in ("", "urllib3", "sqlalchemy.engine", "nuorder_pos", "requests")
    }

    def noted(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        planted.add_those_of(request)
        return send(self, request, *args, **options)

    with pytest.MonkeyPatch.context() as patch, desk(quick_folder, sandbox_process, owner) as here:
        patch.setattr(HTTPAdapter, "send", noted)
        patch.setenv("AIRFLOW__CORE__FERNET_KEY", FERNET)
        root.addHandler(listener)
        for name in levels:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            trouble(sandbox_process)
            sandbox_process.fault(server="pos", path="/OrderLine", method="POST", action="drop_after_apply")
            work_through(here)
            for words in VERBS:
                here.run(*words, status=None)
            patch.setenv("NUORDER_POS_DEBUG", "1")
            go_wrong(here, sandbox_process, owner, patch)
        finally:
            root.removeHandler(listener)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
        here.run("export-report", "--format", "csv", "--output", str(quick_folder / "out"), status=None)
        add_those_in_the_database(planted, sandbox_process, quick_folder / "project.db")
        add_those_in_the_ledger(planted, sandbox_process)
        yield Day(here, planted, listener.written)


def work_through(here: Desk) -> None:
    """As a run does it: again after what may pass by itself."""
    assert here.reports() == ["1001"]
    here.run("approve", "1001", "--by", "Mia")
    order_id = here.json("orders")[0]["order_id"]
    for _ in range(3):
        try:
            here.let_through(order_id)
        except NuorderPosError as error:
            here.said.append(str(error))
    assert here.json("orders")[0]["state"] in ("exported", "exporting", "held")


def go_wrong(here: Desk, sandbox: Sandbox, owner: Json, patch: pytest.MonkeyPatch) -> None:
    """Wrong keys, a wrong client, dead tokens, a database that does not let us in."""
    from nuorder_pos import runtime

    wrong = {
        "AIRFLOW_CONN_NUORDER_ACME": [
            connection_of(sandbox, owner, password=KEYS["consumer_secret"] + "x"),
            connection_of(sandbox, owner, host=f"https://u:{KEYS['consumer_secret']}@x"),
        ],
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT": [
            pos_connection_of(sandbox, password=sandbox.client_secret + "x"),
            pos_connection_of(sandbox, host=sandbox.pos.replace("http:", "https:")),
        ],
    }
    for name, values in wrong.items():
        for value in values:
            with patch.context() as once:
                once.setenv(name, value)
                here.run("check", status=None)
    with patch.context() as once:
        once.setenv(
            "AIRFLOW_CONN_NUORDER_POS_DB",
            f"postgresql://worker:{KEYS['token_secret']}@127.0.0.1:9/nuorder_pos",
        )
        runtime.close_engine()
        for verb in (("check",), ("orders", "--json"), ("db", "upgrade")):
            here.run(*verb, status=None)
    runtime.close_engine()
    refusal = {
        "action": "status",
        "status": 401,
        "body": {"message": ECHO},
        "content_type": "application/json",
    }
    sandbox.fault(server="nuorder", path="/api/orders/", **refusal)
    here.run("check", status=None)
    here.run("report", "no such order", status=None)


def test_every_kind_of_secret_was_in_use(day: Day) -> None:
    assert day.planted.names >= {
        *KEYS, "client_secret", "refresh_token", "fernet", "signature", "access token", "refresh token that was handed out",
    }  # fmt: skip
    assert len(day.logged) > 200
    assert any("urllib3" in entry for entry in day.logged), "the libraries' own words are among them"
    said = "\n".join(day.desk.said)
    assert "[removed]" in said + "\n".join(day.logged), "a server echoed"
    assert "Traceback" in said, "somebody asked for the details"


def test_no_output_holds_a_secret(day: Day) -> None:
    found = {text[:300]: names for text in day.desk.said if (names := day.planted.found_in(text))}
    assert found == {}


def test_no_log_holds_a_secret(day: Day) -> None:
    found = {entry[:300]: names for entry in day.logged if (names := day.planted.found_in(entry))}
    assert found == {}


def test_no_file_and_no_table_holds_a_secret(day: Day) -> None:
    """The database as it lies on the disk, every page of it, its log too."""
    assert (day.desk.folder / "project.db").stat().st_size > 50_000
    assert day.planted.found_below(day.desk.folder) == {}


def test_the_pair_is_there_and_sealed(day: Day) -> None:
    with closing(sqlite3.connect(day.desk.folder / "project.db")) as database:
        (sealed,) = database.execute("SELECT sealed FROM token_set").fetchone()
    assert day.planted.found_in(sealed) == set()
    with pytest.raises(NuorderPosError):
        unseal(sealed, seal_key("sandbox-client", "another secret"))


# ---- the DAG ----


def test_a_run_of_the_dag_writes_no_secret_anywhere(sandbox: Sandbox, tmp_path: Path) -> None:
    """Logs, XComs, rendered templates, Airflow's database, ours, and what is printed, at the lowest log level."""
    owner, planted = one_brand("1001", "1002", new=False), planted_in(sandbox)
    sandbox.reset({"nuorder": {"brands": [owner]}, "pos": pos([item(7, upc(1))])})
    sandbox.switch(**ROOMY)
    database = tmp_path / "nuorder_pos.db"
    migrate.upgrade(make_engine(f"sqlite:///{database}"))
    place = Place(tmp_path, clean_environment(tmp_path) | {
        "AIRFLOW_CONN_NUORDER_ACME": connection_of(sandbox, owner),
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT": pos_connection_of(sandbox),
        "AIRFLOW__CORE__FERNET_KEY": FERNET,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
    })  # fmt: skip
    place.brands(
        "accounts: {main: {brands: [{name: Acme Outdoor, nuorder_conn_id: nuorder_acme, since: 2026-01-01,"
        " shop: Main Street, auto_approve: {max_total: '5000'}}]}}\n"
    )
    place.run("airflow", "db", "migrate")
    trouble(sandbox)
    # An order that cannot be read with these keys: a failure with an echo that is not retried away.
    refused = owner["orders"][1]["_id"]
    sandbox.fault(
        server="nuorder",
        path=f"/api/order/{refused}",
        times=99,
        action="status",
        status=403,
        body={"message": ECHO},
    )
    conf = {"order_numbers": [], "brands": [], "max_orders": 5}
    done = place.run("airflow", "dags", "test", "nuorder_po_export", "-c", json.dumps(conf), check=False)
    story = done.stdout + done.stderr
    add_those_in_the_database(planted, sandbox, database)
    add_those_in_the_ledger(planted, sandbox)

    assert "DEBUG" in story.upper()
    assert "403" in story, "the refusal was told"
    with closing(sqlite3.connect(database)) as connection:
        states = dict(connection.execute("SELECT order_number, state FROM nuorder_order").fetchall())
        assert states == {"1001": "exported"}, story[-3000:]
    with closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as connection:
        assert connection.execute("SELECT count(*) FROM xcom").fetchone()[0] > 0
    assert planted.found_in(ours(story)) == set()
    found = planted.found_below(tmp_path)
    assert {path: names for path, names in found.items() if not path.endswith(("airflow.cfg", ".log"))} == {}
    logs = sorted((tmp_path / "airflow" / "logs").rglob("*.log"))
    for text in (story, *(path.read_text(errors="replace") for path in logs)):
        assert planted.found_in(ours(text)) == set()
        assert "oauth_signature=" not in text
        assert "Authorization" not in text
        assert "Bearer ey" not in text


def ours(text: str) -> str:
    """A log without the entries in which ``airflow dags test`` itself, at DEBUG only, prints what it was told to hide.
    (Airflow 3.3.2, ``InProcessSupervisorComms``. The supervisor of a worker leaves those messages out.)"""
    return "\n".join(row for row in text.splitlines() if "msg=MaskSecret(" not in row)
