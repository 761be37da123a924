"""The command line and the process: ready file, signals, public URLs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from sandbox.__main__ import main
from sandbox.serve import Settings, running

ROOT = Path(__file__).resolve().parents[2]


def _start(tmp_path: Path, *more: str) -> tuple[subprocess.Popen[str], dict[str, Any], float]:
    ready_file = tmp_path / "ready.json"
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--ready-file", str(ready_file), *more],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not ready_file.exists() and time.monotonic() < begun + 20:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process, json.loads(ready_file.read_text(encoding="utf-8")), time.monotonic() - begun


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_announces_itself_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    process, ready, seconds = _start(
        tmp_path, "--set", "upc_rule=any", "--registers", "2", "--clock-speed", "10"
    )
    try:
        assert seconds < 10  # about half a second on an idle machine
        assert ready["pid"] == process.pid
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", ready["nuorder"])
        assert {
            "pos",
            "backoffice",
            "auth",
            "account_id",
            "client_id",
            "client_secret",
            "refresh_token",
        } <= set(ready)
        assert [brand["slug"] for brand in ready["brands"]] == ["acme", "nordlys", "oneil", "koyo"]
        switches = requests.get(ready["pos"] + "/_switches", timeout=5).json()["switches"]
        assert (switches["upc_rule"], switches["registers"]) == ("any", 2)
        token = requests.post(
            ready["auth"] + "/auth/oauth/token",
            timeout=5,
            json={
                "client_id": ready["client_id"],
                "client_secret": ready["client_secret"],
                "grant_type": "refresh_token",
                "refresh_token": ready["refresh_token"],
            },
        ).json()
        assert token["expires_in"] == 360
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert ready["nuorder"] in out
    assert ready["pos"] in out


def test_the_ready_json_stands_alone_on_standard_output(tmp_path: Path) -> None:
    process, ready, _ = _start(tmp_path, "--data", "empty", "--print-ready")
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert json.loads(out) == ready
    assert ready["pos"] in err


def test_it_ends_while_a_request_hangs(tmp_path: Path) -> None:
    process, ready, _ = _start(tmp_path, "--data", "empty")
    requests.post(ready["pos"] + "/_faults", json={"action": "hang", "path": "jwks"}, timeout=5)
    with pytest.raises(requests.ReadTimeout):
        requests.get(ready["pos"] + "/.well-known/jwks", timeout=0.2)
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_data_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"pos": {"account": {"accountID": "9", "name": "Nine"}}}), encoding="utf-8")
    with running(Settings(data=str(path))) as sandbox:
        assert sandbox.ready()["account_id"] == "9"


def test_signatures_are_checked_against_the_public_url() -> None:
    with running(Settings(data="empty", public_nuorder="https://nuorder.example/")) as sandbox:
        ready, brand = sandbox.ready(), sandbox.ready()["brands"][0]
        assert ready["nuorder"] == "https://nuorder.example"
        host, port = sandbox.sockets["nuorder"].getsockname()
        request = requests.Request(
            "GET",
            "https://nuorder.example/api/orders/approved/list",
            auth=OAuth1(
                brand["consumer_key"], brand["consumer_secret"], brand["token"], brand["token_secret"]
            ),
        ).prepare()
        path = f"http://{host}:{port}/api/orders/approved/list"
        answer = requests.get(path, headers={"Authorization": request.headers["Authorization"]}, timeout=5)
        assert answer.status_code == 200
        local = requests.get(
            path,
            timeout=5,
            auth=OAuth1(
                brand["consumer_key"], brand["consumer_secret"], brand["token"], brand["token_secret"]
            ),
        )
        assert local.status_code == 401


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["--set", "upc_rule"], "needs SWITCH=VALUE"),
        (["--set", "nothing=1"], "no such switch"),
        (["--data", "missing.json"], "missing.json"),
        (["--clock-speed", "0"], "above zero"),
    ],
)
def test_wrong_usage_is_explained(arguments: list[str], text: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert text in capsys.readouterr().err


def test_describe_and_switches_print_json(capsys: Any) -> None:
    assert main(["describe"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"brand", "order_number", "order_id", "status", "remark"} <= set(rows[0])
    assert main(["switches"]) == 0
    assert "archived_blocks_upc" in json.loads(capsys.readouterr().out)


def test_it_shares_no_code_with_the_product() -> None:
    for path in (ROOT / "sandbox").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not re.match(r"\s*(from|import) (nuorder_pos|airflow)", line), path
    assert os.path.isdir(ROOT / "sandbox")
