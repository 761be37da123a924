"""The program against SQLite and the stand-in servers: what operators and merchants type, in order."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sandbox import Sandbox
from typer.testing import CliRunner, Result

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.cli.standin import environment_of
from nuorder_pos.pipeline import discover, export, report, verify, waiting
from nuorder_pos.pipeline import orders as known
from nuorder_pos.pipeline.work import RunRef

BRANDS = """
accounts:
  main:
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme, since: 2020-01-01}
      - {name: "Nørdlys & Søn", nuorder_conn_id: nuorder_nordlys, since: 2020-01-01, shop: Main Street}
      - {name: "Kōyō Denim", nuorder_conn_id: nuorder_koyo, since: 2020-01-01}
"""
RUN = RunRef("nuorder_po_export", "test")
CHOSEN = ("104501", "104502", "104503", "104506", "20881", "20884")


def run(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return result


def read(*arguments: str, status: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", status=status).stdout)


@pytest.fixture(scope="module")
def place(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A migrated database with match reports of some orders, and the environment that leads to it."""
    folder = tmp_path_factory.mktemp("cli")
    sandbox_process.reset()
    (folder / "brands.yaml").write_text(BRANDS, encoding="utf-8")
    environment = {
        **dict(environment_of(sandbox_process.ready)),
        "AIRFLOW_CONN_NUORDER_POS_DB": f"sqlite:///{folder / 'project.db'}",
        "NUORDER_POS_BRANDS": str(folder / "brands.yaml"),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        runtime.close_engine()
        run("db", "upgrade")
        with runtime.open_work("main") as work:
            ids = discover.discover(work, run=RUN, is_live=lambda claims: set())
            for order_id in ids:
                if known.row_of(work.engine, order_id)["order_number"] in CHOSEN:
                    report.make_report(work, order_id)
        yield folder
        runtime.close_engine()


@pytest.fixture(autouse=True)
def _in_place(place: Path) -> None:
    """Every test here runs where the reports are."""


def let_through(number: str) -> waiting.Look:
    """What a run does with an order: look, export, verify."""
    with runtime.open_work("main") as work:
        order_id = known.find(work.engine, number)
        look = waiting.look(work, order_id)
        if look.kind == "go":
            export.export(work, order_id, holder="test")
            verify.verify(work, order_id, holder="test")
        return look


def test_upgrading_again_changes_nothing() -> None:
    found = read("db", "upgrade")
    assert found["state"] == "ok"
    assert found["was"] == found["version"]


def test_orders_are_listed_with_what_scripts_rely_on() -> None:
    rows = read("orders", "--brand", "acme outdoor")
    wanted = {
        "brand",
        "order_number",
        "order_id",
        "export_status",
        "state",
        "reason",
        "report_hash",
        "po_id",
        "po_url",
        "total",
        "currency",
        "units",
    }
    assert rows
    assert all(wanted <= set(row) for row in rows)
    assert {row["brand"] for row in rows} == {"Acme Outdoor"}
    text = run("orders").stdout
    assert "Not exported" in text
    assert "waits for approval" in text
    assert "3,976.75 USD" in text


def test_a_report_has_the_fields_that_scripts_rely_on() -> None:
    found = read("report", "104503")
    assert {
        "brand",
        "order_number",
        "order_id",
        "report_hash",
        "shop",
        "warnings",
        "questions",
        "lines",
    } <= set(found)
    assert {"code", "line", "choices"} <= set(found["questions"][0])
    names = {
        "line",
        "style_number",
        "color",
        "size",
        "upc",
        "quantity",
        "unit_cost",
        "status",
        "item_id",
        "candidates",
        "matrix",
        "warnings",
    }
    assert all(names <= set(line) for line in found["lines"])
    assert {"duplicate_upc", "archived_upc"} <= {question["code"] for question in found["questions"]}
    assert read("report", found["order_id"])["report_hash"] == found["report_hash"]
    assert json.loads(run("report", "104503", "--format", "json").stdout) == found


def test_a_report_in_every_form(tmp_path: Path) -> None:
    lines = read("report", "104503")["lines"]
    run("plan", "104501")  # reads the shops, which are remembered
    table = run("report", "104503").stdout
    assert all(line["upc"] in table for line in lines)
    assert "not chosen yet: Main Street or Harbor Mall" in table
    rows = list(csv.DictReader(io.StringIO(run("report", "104503", "--format", "csv").stdout)))
    assert [row["upc"] for row in rows] == [line["upc"] for line in lines]
    run("report", "104503", "--format", "html", "--output", str(tmp_path / "report.html"))
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_file_in_a_place_that_is_not_there(tmp_path: Path) -> None:
    result = run("report", "104503", "--output", str(tmp_path / "none" / "report.txt"), status=1)
    assert "No such file or directory" in result.stderr


def test_a_number_that_two_brands_share_must_be_named_in_full() -> None:
    assert "Nørdlys & Søn/20884" in run("report", "20884", status=1).stderr
    assert read("report", "Kōyō Denim/20884")["brand"] == "Kōyō Denim"
    assert "'nope'" in run("report", "nope", status=1).stderr


def test_approving_with_open_questions_lists_them_with_their_choices() -> None:
    result = run("approve", "104503", "--shop", "Main Street", "--by", "Sam", status=1)
    asked = read("report", "104503")["questions"]
    for question in asked:
        for choice in question["choices"]:
            assert f"--line {question['line']}={choice['value']}" in result.stderr
    refused = read("approve", "104503", "--by", "Sam", status=1)
    assert [question["line"] for question in refused["open_questions"]] == [
        question["line"] for question in asked
    ]
    assert refused["kind"] == "needs_merchant"
    assert read("report", "104503")["decisions"] == [], "nothing was recorded"


def test_the_command_that_the_report_shows_approves(monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    shown = next(
        line for line in run("report", "104503").stdout.splitlines() if "nuorder-pos approve" in line
    )
    command = shlex.split(shown)[1:]
    command[command.index("SHOP")] = "Main Street"
    monkeypatch.setattr("getpass.getuser", lambda: "morgan")
    found = read(*command)
    assert found["decided_by"] == "morgan"
    assert found["shop"] == "Main Street"
    assert set(found["lines"]) == {question["line"] for question in read("report", "104503")["questions"]}
    assert isinstance(found["approval_id"], str)
    assert read("report", "104503")["decisions"][-1]["decided_by"] == "morgan"


def test_a_shop_that_is_not_there_is_refused() -> None:
    result = run("approve", "104502", "--shop", "Mian Street", "--by", "Sam", status=1)
    assert "Main Street, Harbor Mall" in result.stderr
    result = run("approve", "104502", "--by", "Sam", status=1)
    assert "--shop with one of Main Street, Harbor Mall" in result.stderr
    assert read("report", "104502")["decisions"] == []


def test_a_line_that_is_not_there_is_refused() -> None:
    assert "no line 99" in run("approve", "104502", "--line", "99=new", "--shop", "1", status=1).stderr


def test_a_plan_costs_what_its_steps_cost() -> None:
    found = read("plan", "104501")
    assert {"order_number", "report_hash", "steps", "drips", "minimum_drips", "seconds"} <= set(found)
    assert all({"key", "kind", "summary", "drips"} <= set(step) for step in found["steps"])
    text = run("plan", "104501").stdout
    assert "nothing is written" in text
    assert "create purchase order for 104501" in text
    assert f"{found['drips']}, of it {found['read_drips']} for reading" in text


def test_approve_export_and_read_what_was_done() -> None:
    text = run("approve", "104501", "--shop", "Main Street", "--by", "Sam", "--comment", "for spring").stdout
    assert "Approved: Acme Outdoor 104501 for the shop Main Street, by Sam." in text
    assert let_through("104501").kind == "go"
    (row,) = [row for row in read("orders", "--status", "exported") if row["order_number"] == "104501"]
    assert row["po_id"]
    text = run("orders", "--status", "Exported").stdout
    assert f"104501: View PO #{row['po_id']} {row['po_url']}" in text
    journal = read("runbook", "104501")
    assert {step["event"] for step in journal["steps"]} == {"begun", "done"}
    text = run("runbook", "104501").stdout
    assert "What happens next" in text
    assert "create purchase order for 104501" in text
    assert "sent, no answer yet" not in text
    assert "exported" in run("approve", "104501", "--by", "Sam", "--shop", "1", status=1).stderr


def test_a_rejected_order_can_be_matched_again() -> None:
    found = read("reject", "104506", "--reason", "wrong currency", "--by", "Sam")
    assert found["decision"] == "reject"
    assert let_through("104506").kind == "closed"
    assert "Rejected by Sam: wrong currency" in run("orders", "--status", "rejected").stdout
    assert read("rematch", "104506", "--by", "Sam")["asked_by"] == "Sam"


def test_links_are_set_listed_and_withdrawn() -> None:
    place = ("--brand", "acme outdoor", "--style", "AC-1005", "--color", "Rust", "--size", "60L")
    assert read("links", "set", *place, "--item", "40", "--by", "Sam")["brand"] == "Acme Outdoor"
    (link,) = read("links", "list", "--style", "ac-1005", "--brand", "Acme Outdoor")
    assert (link["item_id"], link["made_by"], link["origin"]) == ("40", "Sam", "choice")
    assert "by hand" in run("links", "list", "--style", "AC-1005").stdout
    run("links", "withdraw", link["link_id"], "--by", "Kim")
    assert read("links", "list", "--style", "AC-1005") == []
    assert "by Kim" in run("links", "list", "--style", "AC-1005", "--history").stdout
    assert "no live link" in run("links", "withdraw", link["link_id"], status=1).stderr


def test_a_link_needs_a_live_item_and_a_known_brand() -> None:
    place = ("--style", "AC-1005", "--color", "Rust", "--size", "60L")
    assert (
        "does not exist"
        in run("links", "set", "--brand", "Acme Outdoor", *place, "--item", "99999", status=1).stderr
    )
    assert (
        "is archived"
        in run("links", "set", "--brand", "Acme Outdoor", *place, "--item", "42", status=1).stderr
    )
    assert (
        "no brand 'Nobody'"
        in run("links", "set", "--brand", "Nobody", *place, "--item", "40", status=1).stderr
    )


def test_views_are_exported(tmp_path: Path) -> None:
    text = run("export-report", "report_line", "--order", "104503").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    lines = read("report", "104503")["lines"]
    assert [(row["line"], row["upc"]) for row in rows] == [(line["line"], line["upc"]) for line in lines]
    assert {row["brand"] for row in read("export-report", "order_status", "--brand", "kōyō denim")} == {
        "Kōyō Denim"
    }
    assert "report_line" in read("export-report", "--list")
    run("export-report", "--output", str(tmp_path / "all"))
    assert (tmp_path / "all" / "decision.csv").is_file()
    assert run("export-report", status=2).stderr


def test_views_as_parquet_keep_their_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    run("export-report", "report_line", "order_status", "--format", "parquet", "--output", str(tmp_path))
    lines = parquet.read_table(tmp_path / "report_line.parquet")
    assert str(lines.schema.field("upc").type) == "string"
    assert str(lines.schema.field("unit_cost").type) == "decimal128(18, 4)"
    assert str(lines.schema.field("quantity").type) == "int64"
    status = parquet.read_table(tmp_path / "order_status.parquet")
    assert str(status.schema.field("created_on").type) == "timestamp[us, tz=UTC]"
    assert str(status.schema.field("po_id").type) == "string"
    assert str(status.schema.field("listed_only").type) == "bool"


def test_views_as_a_workbook(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    run("export-report", "--output", str(tmp_path / "all.xlsx"))
    assert (tmp_path / "all.xlsx").read_bytes().startswith(b"PK")


def test_what_is_not_installed_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    result = run("export-report", "--output", str(tmp_path / "all.xlsx"), status=1)
    assert "nuorder-pos[reports]" in result.stderr


def test_check_finds_everything_right(sandbox_process: Sandbox) -> None:
    writes = [row for row in sandbox_process.ledger("pos") if row["method"] in ("POST", "PUT", "DELETE")]
    found = read("check")
    assert found["ok"], found
    states = {one["check"]: one["state"] for one in found["checks"]}
    assert states["POS rights"] == "ok"
    assert states["shop of Nørdlys & Søn"] == "ok"
    assert states["NuORDER connection nuorder_koyo (Kōyō Denim)"] == "ok"
    assert states["POS look-up by lists"] == "ok"
    assert states["clock against NuORDER"] == "ok"
    after = [row for row in sandbox_process.ledger("pos") if row["method"] in ("POST", "PUT", "DELETE")]
    assert [row for row in after[len(writes) :] if "/oauth/" not in row["path"]] == [], "nothing is written"


def test_check_says_what_is_wrong(
    sandbox_process: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    brands = BRANDS.replace("shop: Main Street", "shop: Mian Street").replace(
        "nuorder_conn_id: nuorder_koyo", 'nuorder_conn_id: nuorder_gone, vendor: "99999"'
    )
    (tmp_path / "brands.yaml").write_text(brands, encoding="utf-8")
    monkeypatch.setenv("NUORDER_POS_BRANDS", str(tmp_path / "brands.yaml"))
    wrong = json.loads(os.environ["AIRFLOW_CONN_NUORDER_ACME"])
    wrong["password"] = "not-the-secret"
    monkeypatch.setenv("AIRFLOW_CONN_NUORDER_ACME", json.dumps(wrong))
    sandbox_process.switch(denied_rights="admin,vendors,tags")
    try:
        found = read("check", status=1)
    finally:
        sandbox_process.switch(denied_rights="")
    failed = {
        one["check"]: f"{one['detail']} {one['mend']}" for one in found["checks"] if one["state"] == "failed"
    }
    assert "Mian Street" in failed["shop of Nørdlys & Søn"]
    assert "nuorder_gone" in failed["NuORDER connection nuorder_gone (Kōyō Denim)"]
    assert "401" in failed["NuORDER connection nuorder_acme (Acme Outdoor)"]
    assert "99999" in failed["vendor of Kōyō Denim"]
    assert "vendors" in failed["POS rights"]
    assert "tags" not in failed["POS rights"], "no brand writes tags"
    assert "not-the-secret" not in json.dumps(found), "no secret is shown"


def test_a_database_without_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NUORDER_POS_DB", f"sqlite:///{tmp_path / 'empty.db'}")
    runtime.close_engine()
    try:
        assert "nuorder-pos db upgrade" in run("orders", status=1).stderr
        checks = {one["check"]: one for one in read("check", status=1)["checks"]}
        assert checks["database"]["state"] == "ok"
        assert checks["migrations"]["state"] == "failed"
        assert "db upgrade" in checks["migrations"]["mend"]
        assert checks["POS connection lightspeed_default"]["state"] == "warning"
    finally:
        runtime.close_engine()


def test_a_mistake_in_the_brands_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "brands.yaml").write_text(BRANDS.replace("shop:", "shpo:"), encoding="utf-8")
    monkeypatch.setenv("NUORDER_POS_BRANDS", str(tmp_path / "brands.yaml"))
    checks = {one["check"]: one for one in read("check", status=1)["checks"]}
    assert "did you mean 'shop'" in checks["brands file"]["detail"]
    assert "line" in run("approve", "104502", "--shop", "1", status=1).stderr
    assert run("report", "104503").stdout, "a report is shown all the same"


class Typed:
    """The program as a process, spoken to as a person would."""

    def __init__(self, *arguments: str) -> None:
        root = Path(__file__).resolve().parents[2]
        environment = {**os.environ, "PYTHONPATH": f"{root / 'plugins'}{os.pathsep}{root}"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nuorder_pos.cli.main", *arguments],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def until(self, text: str) -> str:
        """Read what is told, up to the line with this text."""
        assert self.process.stderr is not None
        told = ""
        for line in self.process.stderr:
            told += line
            if text in line:
                return told
        raise AssertionError(f"{text!r} was not told: {told}")

    def answer(self, text: str) -> tuple[str, str, int]:
        """Type a line; gives what is then on standard output and standard error, and the exit status."""
        output, told = self.process.communicate(text + "\n", timeout=60)
        return output, told, self.process.returncode


def redirected(url: str) -> str:
    """Where a browser is sent when the person agrees."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(url, timeout=10)
    with caught.value:
        return str(caught.value.headers["Location"])


def authorise(typed: Typed) -> str:
    told = typed.until("paste it at once")
    return redirected(next(line for line in told.splitlines() if line.startswith("http")))


def test_connecting_to_lightspeed() -> None:
    typed = Typed("connect", "lightspeed", "--json")
    output, told, status = typed.answer(authorise(typed))
    assert status == 0, told
    found = json.loads(output)
    assert found["stored"]
    assert found["account_id"] == "223344"
    assert "token_type" not in output + told
    assert read("check")["ok"], "the stored pair works"


def test_an_answer_to_another_request_is_refused() -> None:
    typed = Typed("connect", "lightspeed")
    address = authorise(typed)
    _, told, status = typed.answer(address.replace("state=", "state=x"))
    assert status == 1
    assert "begin again" in told


def test_connecting_to_nuorder(sandbox_process: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "extra.json"
    typed = Typed(
        "connect", "nuorder", "nuorder_acme", "--application-name", "our-shop", "--output", str(file)
    )
    typed.until("verification code")
    body = json.dumps({"application_name": "our-shop"}).encode()
    request = urllib.request.Request(
        f"{sandbox_process.nuorder}/_approve", body, {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        code = json.load(answer)["oauth_verifier"]
    output, told, status = typed.answer(code)
    assert status == 0, told
    extra = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(extra) == {"token", "token_secret"}
    assert not any(secret in output + told for secret in extra.values()), "shown nowhere"
    assert "approved orders are visible" in told
    assert (
        "is there already"
        in run("connect", "nuorder", "nuorder_acme", "--output", str(file), status=1).stderr
    )


def test_a_wrong_verification_code_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "extra.json"
    typed = Typed("connect", "nuorder", "nuorder_acme", "--output", str(file))
    typed.until("verification code")
    _, told, status = typed.answer("0000000000000000")
    assert status == 1
    assert "401" in told
    assert not file.exists()
