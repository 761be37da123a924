"""Rotating refresh tokens under real processes that renew, stop and die, on both databases.

In front of the stand-in's token endpoint stands a gate. It sees every refresh, can hold one at a chosen moment, and can
make the used refresh token die at once (the rule before 2026) instead of with the first use of the new access token (the
rule since).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from support.databases import database_kind, databases, engine, execute
from support.orders import item, line, order, pos, upc
from support.retail import ROOMY, Retail
from support.sandbox import Sandbox
from support.token_process import HOLDING, NOTED, RECEIVED, ROOT, STORED, Crew, Worker
from typer.testing import CliRunner

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.tokens import authorize_url, exchange_code, pkce_pair
from nuorder_pos.errors import Permanent
from nuorder_pos.pipeline import discover, export, report, verify, waiting
from nuorder_pos.pipeline.work import RunRef
from nuorder_pos.store.engine import Engine

__all__ = ["database_kind", "databases", "engine"]

LOST = "the request is sent, and never reaches the server"
ROTATED = "the server rotated, its answer is not out yet"
MINUTE = 61.0
"""Seconds after which, on the clock of the processes, the stand-in's access tokens (18 seconds) have ended."""
OLD_TOKEN_LIVES = pytest.param(False, id="old token lives until the new one is used")
OLD_TOKEN_DIES = pytest.param(True, id="old token dies at once")
DEAD = (
    "Lightspeed no longer accepts the refresh token of connection lightspeed_default (unused for 30 days, revoked, or used"
    " elsewhere): authorise again with nuorder-pos connect lightspeed."
)
BOTH_RULES = pytest.mark.parametrize("at_once", [OLD_TOKEN_LIVES, OLD_TOKEN_DIES])


class Gate:
    """A server in front of the token endpoint. ``asked`` holds the refresh tokens in the order of their arrival."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.asked: list[str] = []
        self.statuses: list[int] = []
        self.most_at_once = 0
        self.dies_at_once = False
        self.broken = 0
        self.hold_at = ""
        self.held, self.go_on = threading.Event(), threading.Event()
        self._lock, self._inside = threading.Lock(), 0
        handler = type("Handler", (_Handler,), {"gate": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def answer(self, body: bytes) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(json.loads(body).get("refresh_token", "a code"))
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        try:
            if self._stopped(LOST):
                status, content = 503, b"{}"
            elif self.broken:
                status, content = self.broken, b"{}"
            else:
                status, content = _fetch(f"{self.sandbox.auth}/auth/oauth/token", body)
                if self.dies_at_once and status == 200:
                    self._use(json.loads(content)["access_token"])
            self._stopped(ROTATED)
            with self._lock:
                self.statuses.append(status)
            return status, content
        finally:
            with self._lock:
                self._inside -= 1

    def _use(self, access_token: str) -> None:
        url = f"{self.sandbox.pos}/API/V3/Account/{self.sandbox.account_id}.json"
        assert _fetch(url, None, {"Authorization": f"Bearer {access_token}"})[0] == 200

    def _stopped(self, place: str) -> bool:
        """Wait there if a test wants it; whether it did."""
        if place != self.hold_at:
            return False
        self.hold_at = ""
        self.held.set()
        return self.go_on.wait(30)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gate: ClassVar[Gate]

    def do_POST(self) -> None:
        status, content = self.gate.answer(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True  # whoever asked is dead

    def log_message(self, *arguments: Any) -> None:
        pass


def _fetch(url: str, body: bytes | None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    one = Crew()
    yield one
    one.close()


@pytest.fixture
def gate(sandbox_process: Sandbox) -> Iterator[Gate]:
    sandbox_process.reset("empty")
    sandbox_process.switch(**ROOMY)
    one = Gate(sandbox_process)
    yield one
    one.close()


@pytest.fixture
def hire(crew: Crew, gate: Gate, engine: Engine) -> Iterator[Callable[..., Worker]]:
    """Starts a process with the connection's first refresh token, or another one."""

    def one(refresh_token: str = "", dies_when: str = "") -> Worker:
        return crew.hire(
            {
                "database": engine.url.render_as_string(hide_password=False),
                "sandbox": gate.sandbox.ready,
                "auth": gate.origin,
                "refresh_token": refresh_token or gate.sandbox.refresh_token,
                "dies_when": dies_when,
            }
        )

    yield one
    crew.dismiss()


def together(workers: list[Worker], **wanted: Any) -> list[dict[str, Any]]:
    """All of them at the same time; how all their calls ended."""
    for worker in workers:
        worker.tell(**wanted)
    return [answer for worker in workers for answer in worker.answers()]


def went_well(answers: list[dict[str, Any]]) -> bool:
    return bool(answers) and all(not answer["error"] for answer in answers)


def the_lease_of_the_dead_runs_out(engine: Engine) -> None:
    execute(engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00' WHERE name LIKE 'tokens:%'")


def refused_calls(sandbox: Sandbox) -> int:
    return sum(one["status"] == 401 for one in sandbox.ledger("pos"))


@BOTH_RULES
def test_four_processes_go_on_through_many_rotations(
    gate: Gate, hire: Callable[..., Worker], at_once: bool
) -> None:
    gate.dies_at_once = at_once
    workers = [hire() for _ in range(4)]
    rounds = 6
    for number in range(rounds):
        assert went_well(together(workers, ahead=number * MINUTE, calls=3))
        assert len(gate.asked) == number + 1, "each time the token ended, one process renewed it for all"
    assert gate.statuses == [200] * rounds
    assert len(set(gate.asked)) == rounds, "each refresh token is used once"
    assert gate.most_at_once == 1
    assert refused_calls(gate.sandbox) == 0


def test_a_revoked_access_token_is_renewed_once_for_all_processes(
    gate: Gate, hire: Callable[..., Worker]
) -> None:
    workers = [hire() for _ in range(4)]
    assert went_well(together(workers))
    for revoked in (1, 2, 3):
        gate.sandbox.fault(method="GET", path="/API/", nth=3, action="revoke_tokens")
        assert went_well(together(workers, calls=4))
        assert len(gate.asked) == 1 + revoked
    assert refused_calls(gate.sandbox) >= 3
    assert (len(set(gate.asked)), gate.most_at_once) == (4, 1)


def test_all_processes_together_ask_five_times_a_minute_at_most(
    gate: Gate, hire: Callable[..., Worker]
) -> None:
    gate.broken = 503
    workers = [hire() for _ in range(4)]
    answers = together(workers, calls=5)
    assert len(answers) == 20
    assert len(gate.asked) == 5
    assert {answer["error"] for answer in answers} <= {"Transient", "Unavailable"}
    limited = [answer for answer in answers if "five times within a minute" in answer["said"]]
    assert len(limited) >= 15
    assert all(0 < answer["retry_after"] <= 60 for answer in limited)
    gate.broken = 0
    assert went_well(together(workers, ahead=MINUTE)), "a minute later they go on by themselves"
    assert len(gate.asked) == 6


def test_attempts_of_processes_that_were_killed_count_too(gate: Gate, hire: Callable[..., Worker], engine: Engine) -> None:  # fmt: skip
    for _ in range(5):
        assert hire(dies_when=NOTED).ask() == []
        the_lease_of_the_dead_runs_out(engine)
    (answer,) = hire().ask()
    assert "five times within a minute" in answer["said"]
    assert gate.asked == []


def killed_in_the_middle(gate: Gate, hire: Callable[..., Worker], place: str) -> None:
    """A process renews the pair that another one stored a minute ago, and is killed at ``place``."""
    assert went_well(hire().ask())
    if place not in (LOST, ROTATED):
        assert hire(dies_when=place).ask(ahead=MINUTE) == []
        return
    gate.hold_at = place
    victim = hire()
    victim.tell(ahead=MINUTE)
    assert gate.held.wait(30)
    victim.kill()
    gate.go_on.set()


@BOTH_RULES
@pytest.mark.parametrize("place", [HOLDING, NOTED, LOST, ROTATED, RECEIVED, STORED])
def test_after_a_kill_in_a_renewal_the_next_process_goes_on_or_says_what_to_do(
    gate: Gate, hire: Callable[..., Worker], engine: Engine, place: str, at_once: bool
) -> None:
    gate.dies_at_once = at_once
    killed_in_the_middle(gate, hire, place)
    the_lease_of_the_dead_runs_out(engine)
    others = [hire() for _ in range(3)]
    before = len(gate.asked)
    answers = together(others, ahead=MINUTE, calls=4)
    lost = at_once and place in (ROTATED, RECEIVED)
    if not lost:
        assert went_well(answers)
        assert len(gate.asked) - before <= 1
        return
    assert len(answers) == 12
    assert {(answer["error"], answer["said"]) for answer in answers} == {("Permanent", DEAD)}
    assert len(gate.asked) - before <= 2, "the kept token and the connection's own, each once, for all calls"
    anew = authorised_anew(gate.sandbox)
    assert went_well(together([hire(refresh_token=anew) for _ in range(3)], ahead=MINUTE))


def authorised_anew(sandbox: Sandbox) -> str:
    """A new refresh token, as an operator gets one for the connection."""
    settings = LightspeedSettings(
        sandbox.pos, sandbox.client_id, sandbox.client_secret, sandbox.account_id, auth_url=sandbox.auth
    )
    verifier, challenge = pkce_pair()
    sent_to = agreed(authorize_url(settings, state="s", challenge=challenge))
    return exchange_code(settings, parse_qs(urlsplit(sent_to).query)["code"][0], verifier).refresh_token


def agreed(url: str) -> str:
    """Where a browser is sent when the person agrees."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments: Any) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    with pytest.raises(urllib.error.HTTPError) as sent_on:
        opener.open(url, timeout=20)
    with sent_on.value:
        return str(sent_on.value.headers["Location"])


@BOTH_RULES
def test_a_pair_that_arrives_late_replaces_only_the_one_it_was_made_from(
    gate: Gate, hire: Callable[..., Worker], engine: Engine, at_once: bool
) -> None:
    gate.dies_at_once = at_once
    sleepy, other = hire(), hire()
    assert went_well(together([sleepy, other]))
    gate.hold_at = ROTATED
    sleepy.tell(ahead=MINUTE)
    assert gate.held.wait(30)
    os.kill(sleepy.pid, signal.SIGSTOP)
    the_lease_of_the_dead_runs_out(engine)
    (meanwhile,) = other.ask(ahead=MINUTE)
    if at_once:
        assert "nuorder-pos connect lightspeed" in meanwhile["said"]
    else:
        assert not meanwhile["error"]
    gate.go_on.set()
    os.kill(sleepy.pid, signal.SIGCONT)
    assert went_well(sleepy.answers())
    for later in (1, 2, 3):
        assert went_well(together([sleepy, other], ahead=(1 + later) * MINUTE))
    assert gate.statuses.count(200) == (5 if at_once else 6)


@pytest.mark.parametrize("wrong", ["refresh token", "client"])
def test_a_refusal_is_remembered_and_tried_again_ten_minutes_later(
    gate: Gate, hire: Callable[..., Worker], wrong: str
) -> None:
    gate.broken = 401 if wrong == "client" else 0
    workers = [hire(refresh_token="never issued") for _ in range(2)]
    answers = together(workers, calls=5)
    assert {answer["error"] for answer in answers} == {"Permanent"}
    assert len({answer["said"] for answer in answers}) == 1
    assert len(gate.asked) == 1
    assert not went_well(together(workers, ahead=9 * MINUTE))
    assert len(gate.asked) == 1
    assert not went_well(together(workers, ahead=11 * MINUTE))
    assert len(gate.asked) == 2


NUMBERS = ("1001", "1002", "1003")
BRANDS = """
accounts:
  main:
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme, since: 2026-01-01, shop: Main Street}
"""


@pytest.fixture
def shop(gate: Gate, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retail]:
    """A retailer with three orders, whose connections are in the environment, as for the command line and for tasks."""
    retail = Retail(gate.sandbox, engine)
    raw = [order(number, line(sizes={"S": 2}, upcs={"S": upc(1)})) for number in NUMBERS]
    retail.given(*raw, shop_floor=pos([item(7, upc(1))]))
    (tmp_path / "brands.yaml").write_text(BRANDS, encoding="utf-8")
    keys = {
        "login": "acme-key",
        "password": "acme-secret",
        "conn_type": "nuorder",
        "host": gate.sandbox.nuorder,
    }
    tokens = {"token": "acme-token", "token_secret": "acme-token-secret"}
    url = engine.url.set(drivername=engine.url.get_backend_name()).render_as_string(hide_password=False)
    for name, value in {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "NUORDER_POS_BRANDS": str(tmp_path / "brands.yaml"),
        "AIRFLOW_CONN_NUORDER_ACME": json.dumps({**keys, "extra": tokens}),
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT": pos_connection(gate, gate.sandbox.refresh_token),
        "AIRFLOW_CONN_NUORDER_POS_DB": url,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    runtime.close_engine()
    yield retail
    runtime.close_engine()
    retail.close()


def pos_connection(gate: Gate, refresh_token: str) -> str:
    box = gate.sandbox
    extra = {"account_id": box.account_id, "refresh_token": refresh_token, "auth_url": gate.origin}
    return json.dumps(
        {
            "conn_type": "lightspeed_retail",
            "host": box.pos,
            "login": box.client_id,
            "password": box.client_secret,
            "extra": extra,
        }
    )


def a_run(run: str) -> list[str]:
    """A run goes as far as it can with each order; gives the numbers that it took, and fails with what stopped it."""
    with runtime.open_work("main") as work:
        ids = discover.discover(work, run=RunRef("dag", run), is_live=lambda claims: set())
    for order_id in ids:
        with runtime.open_work("main") as work:
            report.make_report(work, order_id)
            if waiting.look(work, order_id).kind == "go":
                export.export(work, order_id, holder=run)
                verify.verify(work, order_id, holder=run)
    return ids


def typed(*arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def connect_again(gate: Gate) -> None:
    """`nuorder-pos connect lightspeed`, typed by a person."""
    paths = os.pathsep.join(str(ROOT / part) for part in ("plugins", "."))
    with subprocess.Popen(
        [sys.executable, "-m", "nuorder_pos.cli.main", "connect", "lightspeed"], cwd=ROOT, text=True,
        env={**os.environ, "PYTHONPATH": paths}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        address = next(told for told in process.stderr if told.startswith("http")).strip()
        sent_to = agreed(address.replace(gate.origin, gate.sandbox.auth))
        _, told = process.communicate(sent_to + "\n", timeout=60)
    assert process.returncode == 0, told


@pytest.mark.parametrize("way", ["connect", "a new refresh token in the connection"])
def test_dead_tokens_lose_no_order_and_all_go_through_once_they_are_mended(
    gate: Gate, shop: Retail, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    a_run("the run that makes the reports")
    for number in NUMBERS:
        typed("approve", number, "--by", "Mia")
        with runtime.open_work("main") as work:
            assert waiting.look(work, shop.id(number)).kind == "go"
    body = {"client_id": shop.sandbox.client_id, "client_secret": shop.sandbox.client_secret}
    revoke = json.dumps({**body, "refresh_token": shop.sandbox.refresh_token}).encode()
    assert _fetch(f"{gate.sandbox.auth}/auth/oauth/revoke", revoke)[0] == 200
    before = len(gate.asked)
    for number in NUMBERS:
        with (
            runtime.open_work("main") as work,
            pytest.raises(Permanent, match="nuorder-pos connect lightspeed"),
        ):
            export.export(work, shop.id(number), holder="a worker")
    assert len(gate.asked) - before <= 2
    rows = {row["order_number"]: row for row in typed("orders")}
    assert set(rows) == set(NUMBERS)
    assert {(row["export_status"], row["reason"]) for row in rows.values()} == {("not_exported", DEAD)}
    assert shop.purchase_orders() == []

    if way == "connect":
        connect_again(gate)
    else:
        anew = authorised_anew(gate.sandbox)
        monkeypatch.setenv("AIRFLOW_CONN_LIGHTSPEED_DEFAULT", pos_connection(gate, anew))
    for number in NUMBERS:
        shop.release(number, "the run that makes the reports")
    assert set(a_run("the next run")) == {shop.id(number) for number in NUMBERS}
    assert {row["export_status"] for row in typed("orders")} == {"exported"}
    assert sorted(po["refNum"] for po in shop.purchase_orders()) == sorted(map(shop.id, NUMBERS))
