"""Help, wrong usage and trouble: what every verb has in common."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.errors import Transient

VERBS = [
    ["check"],
    ["db", "upgrade"],
    ["orders"],
    ["report"],
    ["approve"],
    ["reject"],
    ["rematch"],
    ["plan"],
    ["runbook"],
    ["links", "list"],
    ["links", "set"],
    ["links", "withdraw"],
    ["links", "check"],
    ["links", "styles", "list"],
    ["links", "styles", "withdraw"],
    ["export-report"],
    ["connect", "nuorder"],
    ["connect", "lightspeed"],
    ["sandbox"],
]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUORDER_POS_DEBUG", raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_has_an_example_and_says_json(verb: list[str]) -> None:
    result = run(*verb, "--help")
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert f"nuorder-pos {' '.join(verb)}" in result.output
    assert "--json" in result.output


def test_every_verb_is_listed() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(verb[0] in result.output for verb in VERBS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["report"],
        ["report", "1", "--format", "pdf"],
        ["report", "1", "--json", "--format", "csv"],
        ["orders", "--status", "gone"],
        ["approve", "1", "--by", "  "],
        ["approve", "1", "--line", "3"],
        ["approve", "1", "--line", "3=", "--by", "Sam"],
        ["approve", "1", "--line", "3=new", "--line", "3=7", "--by", "Sam"],
        ["reject", "1"],
        ["reject", "1", "--reason", " "],
        ["links", "withdraw", "seven"],
        [
            "links",
            "set",
            "--brand",
            "B",
            "--style",
            "S",
            "--item",
            "1",
            "--upc",
            "012345678901",
            "--by",
            "Sam",
        ],
        ["links", "styles", "withdraw", "seven"],
        ["links", "styles", "withdraw", "7", "--by", " "],
        ["export-report", "no_such_view"],
        ["connect", "nuorder", "nuorder_acme"],
        ["connect", "nuorder", "nuorder_acme", "--show", "--output", "x.json"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Error" in result.stderr
    assert "Traceback" not in result.output


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from nuorder_pos.cli.main import app\n"
        "assert CliRunner().invoke(app, ['approve', '--help']).exit_code == 0\n"
        "heavy = ('airflow', 'pandas', 'sqlalchemy', 'requests', 'nuorder_pos.config', 'jinja2', 'yaml')\n"
        "print(*sorted(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def raising(error: BaseException) -> Callable[[], Any]:
    def raiser() -> Any:
        raise error

    return raiser


def test_an_error_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "open_engine", raising(Transient("The database is down\x1b[31m: start it.")))
    result = run("orders")
    assert result.exit_code == 1
    assert result.stderr == "The database is down[31m: start it.\n"
    assert result.stdout == ""


def test_an_error_is_an_object_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "open_engine", raising(Transient("The database is down.")))
    for arguments in (["orders", "--json"], ["report", "1", "--format", "json"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {"error": "The database is down.", "kind": "transient"}
        assert result.stderr == "The database is down.\n"


def test_the_unexpected_is_a_sentence_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "open_engine", raising(KeyError("postgresql://user:secret@host")))
    result = run("orders")
    assert result.exit_code == 1
    assert "secret" not in result.output
    assert "KeyError" in result.stderr
    assert "NUORDER_POS_DEBUG=1" in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.splitlines()) == 1


def test_the_details_are_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUORDER_POS_DEBUG", "1")
    monkeypatch.setattr(runtime, "open_engine", raising(KeyError("x")))
    result = run("orders")
    assert result.exit_code == 1
    assert "Traceback" in result.output


def test_a_file_that_cannot_be_written_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        runtime, "open_engine", raising(PermissionError(13, "Permission denied", "/x/report.html"))
    )
    result = run("orders")
    assert result.exit_code == 1
    assert result.stderr == "/x/report.html: Permission denied.\n"


def test_version() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.output.startswith("nuorder-pos")


def test_nobody_decides_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", raising(KeyError("no such uid")))
    result = run("approve", "1")
    assert result.exit_code == 2
    assert "name of who takes it" in result.stderr
