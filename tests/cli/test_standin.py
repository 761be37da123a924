"""``nuorder-pos sandbox``: the stand-in servers as a process of their own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nuorder_pos.cli import standin
from nuorder_pos.cli.main import app

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}
    return subprocess.Popen(
        [sys.executable, "-m", "nuorder_pos.cli.main", "sandbox", *arguments],
        env=environment,
        cwd="/",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_it_prints_connections_for_the_shell_and_ends_with_us() -> None:
    process = start("--print-env", "--clock-speed", "50")
    assert process.stdout is not None
    try:
        found = {}
        for line in process.stdout:
            word, assignment = shlex.split(line)
            assert word == "export"
            name, _, value = assignment.partition("=")
            found[name] = json.loads(value)
            if len(found) == 5:
                break
        assert found["AIRFLOW_CONN_NUORDER_ACME"]["conn_type"] == "nuorder"
        pos = found["AIRFLOW_CONN_LIGHTSPEED_DEFAULT"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{pos['host']}/_ledger?requests=0", timeout=10) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    with pytest.raises(OSError, match="refused"):
        opener.open(f"{pos['host']}/_ledger", timeout=5)


def test_options_are_passed_on() -> None:
    process = start("describe")
    output, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert any(order["order_number"] == "104501" for order in json.loads(output))


def test_wrong_options_are_wrong_usage() -> None:
    process = start("--set", "no_such_switch=1")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no_such_switch" in told


def test_without_the_package_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(standin, "__file__", str(tmp_path / "a/b/c/d/standin.py"))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    result = CliRunner().invoke(app, ["sandbox"])
    assert result.exit_code == 1
    assert "not of the installed package" in result.stderr
