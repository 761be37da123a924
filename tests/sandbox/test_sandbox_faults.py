"""Scripted faults, the ledger, and reset."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def fault(pos: Any, **spec: Any) -> Any:
    return pos.control("_faults", **{"method": "POST", "path": "/Item\\.json$", **spec})


def items(pos: Any) -> int:
    return len(pos.records("Item"))


def fired(pos: Any) -> list[int]:
    listed = pos.http.get(f"{pos.origin}/_faults", timeout=5).json()["faults"]
    return [len(one["fired"]) for one in listed]


@pytest.mark.parametrize("action, applied", [("refuse", 0), ("drop_after_apply", 1)])
def test_the_connection_closes_without_an_answer(pos: Any, action: str, applied: int) -> None:
    fault(pos, action=action)
    with pytest.raises(LOST):
        pos.post("Item", description="a")
    assert items(pos) == applied
    entry = next(one for one in pos.requests() if one["fault"])
    assert (entry["status"], entry["applied"]) == (None, bool(applied))
    assert pos.post("Item", description="b")["description"] == "b"
    assert fired(pos) == [1]


def test_nth_times_and_body(pos: Any) -> None:
    fault(pos, action="status", status=503, nth=2, times=2)
    statuses = []
    for _ in range(4):
        pos.http.post(f"{pos.base}/Item.json", json={"description": "a"}, timeout=5)
        statuses.append(items(pos))
    assert statuses == [1, 1, 1, 2]
    fault(pos, action="status", status=500, body_matches="special")
    pos.post("Item", description="plain")
    assert pos.last.status_code == 200
    assert (
        pos.http.post(f"{pos.base}/Item.json", json={"description": "special"}, timeout=5).status_code == 500
    )


@pytest.mark.parametrize("apply", [False, True])
def test_a_scripted_status(pos: Any, apply: bool) -> None:
    fault(
        pos,
        action="status",
        status={
            "status": 422,
            "body": {"message": "x"},
            "headers": {"Retry-After": "4"},
            "content_type": "text/html",
            "apply": apply,
        },
    )
    pos.post("Item", description="a")
    assert (pos.last.status_code, pos.last.json()) == (422, {"message": "x"})
    assert (pos.last.headers["Retry-After"], pos.last.headers["Content-Type"]) == ("4", "text/html")
    assert items(pos) == int(apply)


def test_a_truncated_answer_was_applied(pos: Any) -> None:
    fault(pos, action="truncate")
    with pytest.raises(LOST):
        pos.post("Item", description="a")
    assert items(pos) == 1


def test_an_html_page_instead_of_json(pos: Any) -> None:
    fault(pos, action="html", apply=True)
    answer = pos.http.post(f"{pos.base}/Item.json", json={"description": "a"}, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert items(pos) == 1


def test_hang_and_delay(pos: Any) -> None:
    fault(pos, action="hang", seconds=5, apply=True)
    with pytest.raises(requests.ReadTimeout):
        pos.http.post(f"{pos.base}/Item.json", json={"description": "a"}, timeout=0.2)
    assert items(pos) == 1
    fault(pos, action="delay", seconds=0.2, nth=1)
    start = time.monotonic()
    assert pos.post("Item", description="b")["itemID"] == "2"
    assert time.monotonic() - start >= 0.2


@pytest.mark.parametrize("status", [None, 504])
def test_a_write_that_comes_late(pos: Any, status: int | None) -> None:
    fault(pos, action="apply_late", seconds=0.2, **({"status": status} if status else {}))
    if status:
        answer = pos.http.post(f"{pos.base}/Item.json", json={"description": "a"}, timeout=5)
        assert answer.status_code == status
    else:
        with pytest.raises(LOST):
            pos.post("Item", description="a")
    assert items(pos) == 0
    deadline = time.monotonic() + 3
    while not items(pos) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert items(pos) == 1
    assert next(one for one in pos.requests() if one["fault"])["applied"] is True


def test_tokens_can_be_revoked_and_limits_be_met(pos: Any) -> None:
    fault(pos, action="revoke_tokens", method="GET", path="/Shop")
    assert pos.get("Shop.json")["hint"] == "Access token has been revoked"
    pos.http.headers.pop("Authorization")
    pos.connect()
    fault(pos, action="burst_429", method="GET", path="/Shop")
    pos.get("Shop.json")
    assert (pos.last.status_code, pos.last.headers["X-LS-API-RateLimit-Type"]) == (429, "api-burst-limiter")
    fault(pos, action="bucket_429", method="GET", path="/Shop", seconds=1.5)
    pos.get("Shop.json")
    assert (pos.last.status_code, pos.last.headers["Retry-After"]) == (429, "2")
    assert pos.last.headers["X-LS-API-RateLimit-Type"] == "api-leaky-bucket"


@pytest.mark.parametrize(
    "spec, text",
    [
        ({"action": "explode"}, "action must be one of"),
        ({"action": "refuse", "pth": "x"}, "no such field"),
        ({"action": "refuse", "path": "("}, "not a regular expression"),
        ({"action": "status"}, "needs a status"),
    ],
)
def test_a_wrong_fault_is_explained(pos: Any, spec: dict[str, Any], text: str) -> None:
    answer = pos.http.post(f"{pos.origin}/_faults", json=spec, timeout=5)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


def test_faults_belong_to_a_server_and_can_be_dropped(pos: Any, nuorder: Any) -> None:
    pos.control("_faults", action="status", status=503, path="/api/orders", server="nuorder", times=5)
    assert nuorder.get("/api/orders/approved/list").status_code == 503
    assert pos.get("Shop.json")["Shop"]
    listed = nuorder.http.get(nuorder.origin + "/_faults", timeout=5).json()["faults"]
    assert (listed[0]["seen"], listed[0]["done"]) == (1, False)
    nuorder.http.delete(nuorder.origin + "/_faults", timeout=5)
    assert nuorder.get("/api/orders/approved/list").status_code == 200


def test_the_ledger_lists_records_and_requests(pos: Any) -> None:
    pos.post("Item", description="a")
    pos.call("POST", "Item.json", json={"description": ""})
    ledger = pos.http.get(f"{pos.origin}/_ledger", timeout=5).json()
    item = ledger["records"]["Item"][0]
    assert (item["itemID"], item["archived"], item["defaultCost"]) == (1, False, "0")
    assert item["prices"] == {"Default": "0", "MSRP": "0", "Online": "0", "Employee": "0"}
    good, bad = ledger["requests"][-2:]
    assert (good["method"], good["body"], good["status"], good["applied"]) == (
        "POST",
        {"description": "a"},
        200,
        True,
    )
    assert (bad["status"], bad["applied"], bad["seq"]) == (400, False, good["seq"] + 1)
    assert "requests" not in pos.http.get(f"{pos.origin}/_ledger?requests=0", timeout=5).json()


def test_reset_brings_everything_back(pos: Any) -> None:
    pos.post("Item", description="a")
    pos.switch(error_bodies="html")
    fault(pos, action="refuse")
    pos.control("_reset")
    assert items(pos) == 0
    assert pos.requests() == []
    assert fired(pos) == []
    assert pos.http.get(f"{pos.origin}/_switches", timeout=5).json()["switches"]["error_bodies"] == "envelope"
    pos.get("Shop.json")
    assert pos.last.status_code == 401


def test_reset_can_keep_and_can_load_other_data(pos: Any) -> None:
    pos.switch(error_bodies="html")
    pos.control(
        "_reset", data={"pos": {"shops": [{"shopID": 7, "name": "Only"}]}}, keep=["tokens", "switches"]
    )
    assert pos.get("Shop.json")["Shop"]["name"] == "Only"
    assert pos.http.get(f"{pos.origin}/_switches", timeout=5).json()["switches"]["error_bodies"] == "html"
    wrong = pos.http.post(f"{pos.origin}/_reset", json={"keep": ["hats"]}, timeout=5)
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    "given, text",
    [
        ({"no_such": 1}, "no such switch"),
        ({"error_bodies": "poem"}, "must be one of"),
        ({"registers": "many"}, "must be a number"),
        ({"nonce_check": "perhaps"}, "true or false"),
    ],
)
def test_wrong_switches_are_explained(pos: Any, given: dict[str, Any], text: str) -> None:
    answer = pos.http.post(f"{pos.origin}/_switches", json=given, timeout=5)
    assert (answer.status_code, text in answer.json()["error"]) == (400, True)


def test_latency(pos: Any) -> None:
    pos.switch(pos_latency_ms=100)
    start = time.monotonic()
    pos.get("Shop.json")
    assert time.monotonic() - start >= 0.1


def test_a_mistake_in_the_data_changes_nothing(pos: Any) -> None:
    pos.post("Item", description="a")
    wrong = {"pos": {"shops": []}, "nuorder": {"brands": [{"name": "without keys"}]}}
    answer = pos.http.post(f"{pos.origin}/_reset", json={"data": wrong}, timeout=5)
    assert answer.status_code == 400
    assert items(pos) == 1
    answer = pos.http.post(f"{pos.origin}/_reset", json={"data": {"pos": {"hats": []}}}, timeout=5)
    assert "no such POS section: hats" in answer.json()["error"]
