"""The JSON API, as programs use it. The examples of docs/api.md are run here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import event
from support.desk import Desk

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


def test_a_program_lists_reads_and_approves(desk: Desk) -> None:
    number = desk.duplicates()
    mia = desk.web.program("mia")
    listed = mia.get("/api/v1/orders", params={"q": number}).json()
    assert [row["order_number"] for row in listed["orders"]] == [number]
    path = f"/api/v1/orders/{desk.id(number)}"
    report = mia.get(path).json()
    (asked,) = report["questions"]
    body = {
        "decision": "approve", "report_hash": report["report_hash"], "seen": report["seen"],
        "lines": {asked["line"]: asked["choices"][0]["value"]}, "comment": "by script",
    }  # fmt: skip
    done = mia.post(f"{path}/decision", json=body)
    assert done.status_code == 200, done.text
    (taken,) = desk.decisions(number)
    assert (taken["decided_by"], taken["comment"]) == ("mia", "by script")
    again = mia.post(f"{path}/decision", json=body)
    assert again.status_code == 409
    assert again.json()["seen"] == taken["approval_id"]
    assert mia.get(path).json()["decisions"][-1]["decided_by"] == "mia"


def test_open_questions_are_refused_with_a_sentence(desk: Desk) -> None:
    number = desk.duplicates()
    mia = desk.web.program("mia")
    path = f"/api/v1/orders/{desk.id(number)}"
    report = mia.get(path).json()
    body = {"decision": "approve", "report_hash": report["report_hash"], "seen": 0}
    refused = mia.post(f"{path}/decision", json=body)
    assert refused.status_code == 409
    assert "Questions are open" in refused.json()["error"]
    assert not desk.decisions(number)


def test_a_stale_report_is_refused_with_what_changed(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.program("mia")
    path = f"/api/v1/orders/{desk.id(number)}"
    report = mia.get(path).json()
    desk.brand_edits(number)
    desk.run(number)
    refused = mia.post(
        f"{path}/decision", json={"decision": "approve", "report_hash": report["report_hash"], "seen": 0}
    )
    assert refused.status_code == 409
    assert any("units 3 became 9" in change for change in refused.json()["changes"])
    assert refused.json()["report_hash"] == desk.row(number)["report_hash"]


@pytest.mark.parametrize(
    "body",
    [
        [], "x", {}, {"decision": "delete"}, {"decision": "approve"}, {"decision": "approve", "report_hash": "x"},
        {"decision": "approve", "report_hash": "x", "seen": -1}, {"decision": "approve", "report_hash": "x", "seen": True},
        {"decision": "approve", "report_hash": "x", "seen": 0, "lines": []},
        {"decision": "approve", "report_hash": "x", "seen": 0, "lines": {"1": 5}},
        {"decision": "approve", "report_hash": "x", "seen": 0, "shop": 1},
    ],
)  # fmt: skip
def test_a_body_that_is_wrong_is_refused_with_a_sentence(desk: Desk, body: object) -> None:
    number = desk.clean()
    answer = desk.web.program("mia").post(f"/api/v1/orders/{desk.id(number)}/decision", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert not desk.decisions(number)


def test_a_viewer_reads_and_cannot_decide(desk: Desk) -> None:
    number = desk.clean()
    vic = desk.web.program("vic")
    path = f"/api/v1/orders/{desk.id(number)}"
    assert vic.get(path).json()["may_decide"] is False
    assert vic.post(f"{path}/decision", json={"decision": "rematch"}).status_code == 403


def test_items_are_found_by_words_sku_upc_and_id_with_their_stock(desk: Desk) -> None:
    number = desk.duplicates()
    (code,) = desk.codes(1)
    item = desk.item(code, f"Winter parka {number}", stock=3, customSku=f"WP-{number}")
    path = f"/api/v1/orders/{desk.id(number)}/items"
    mia = desk.web.program("mia")
    for asked in ({"q": f"parka {number}"}, {"q": f"WP-{number}"}, {"q": code}, {"ids": item}):
        found = mia.get(path, params={**asked, "shop": "Main Street"}).json()["items"]
        assert [(one["item_id"], one["stock"], one["shop"]) for one in found] == [
            (item, "3", "Main Street")
        ], asked
    (elsewhere,) = mia.get(path, params={"ids": item, "shop": "Harbor Mall"}).json()["items"]
    assert elsewhere["stock"] == "0"
    (all_over,) = mia.get(path, params={"ids": item}).json()["items"]
    assert (all_over["stock"], all_over["shop"]) == ("3", "all shops")
    assert mia.get(path, params={"ids": ",".join(map(str, range(1, 102)))}).status_code == 422
    assert mia.get(path).status_code == 422


def test_the_description_of_the_api_is_for_those_who_are_signed_in(desk: Desk) -> None:
    assert desk.web.anonymous().get("/api/v1/openapi.json").status_code == 401
    described = desk.web.program("vic").get("/api/v1/openapi.json").json()
    assert "/api/v1/orders/{order_id}/decision" in described["paths"]
    assert all(path.startswith("/api/") for path in described["paths"])


def test_the_examples_of_the_documentation_are_true(desk: Desk) -> None:
    """Requests in the page are sent as they stand, for an order that fits; the fields of the answers are compared."""
    number = desk.duplicates()
    mia = desk.web.program("mia")
    report = mia.get(f"/api/v1/orders/{desk.id(number)}").json()
    (asked,) = report["questions"]
    known = {
        "ORDER_ID": desk.id(number), "REPORT_HASH": report["report_hash"], "LINE": asked["line"],
        "ITEM_ID": asked["choices"][0]["value"],
    }  # fmt: skip
    text = DOCS.read_text("utf-8")
    for name, value in known.items():
        text = text.replace(name, value)
    examples = re.findall(
        r"```http\n(GET|POST) /nuorder-pos(\S+)\n(?:Content-Type: application/json\n\n(.*?))?```\n\n```json\n(.*?)```",
        text, re.S,
    )  # fmt: skip
    assert len(examples) >= 4
    for method, path, body, shown in examples:
        answer = mia.request(method, path, **({"json": json.loads(body)} if body else {}))
        assert answer.status_code == 200, f"{method} {path}: {answer.text}"
        assert _keys(json.loads(shown)) <= _keys(answer.json()), f"{method} {path}"


def test_what_is_too_large_or_cannot_count_is_refused(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.program("mia")
    path = f"/api/v1/orders/{desk.id(number)}"
    report = mia.get(path).json()
    body = {"decision": "approve", "report_hash": report["report_hash"], "seen": 0}
    large = mia.post(f"{path}/decision", json=body | {"answers": {"x": "y" * 1_000_001}})
    assert (large.status_code, "larger than 1 MB" in large.json()["error"]) == (413, True)
    for lines in ({"1": "line:2"}, {"1": ""}):
        refused = mia.post(f"{path}/decision", json=body | {"lines": lines})
        assert (refused.status_code, "line 1" in refused.json()["error"]) == (409, True)
    long = mia.post(f"{path}/decision", json=body | {"decision": "reject", "reason": "x" * 1001})
    assert (long.status_code, "shorten it" in long.json()["error"]) == (409, True)
    broken = mia.post(f"{path}/decision", data="{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["error"]) == (422, "The body cannot be read as JSON.")
    assert not desk.decisions(number)


def test_asking_again_reads_neither_the_report_nor_the_journal_again(desk: Desk) -> None:
    from nuorder_pos import runtime
    from nuorder_pos.pipeline.progress import progress
    from nuorder_pos.web.images import _images

    number = desk.exported()
    report_hash = desk.report(number)["report_hash"]
    with desk.inside():
        engine, said = runtime.open_engine(), []
        event.listen(engine, "before_cursor_execute", lambda *given: said.append(str(given[2])))
        first = progress(engine, desk.id(number))
        assert any("journal.note" in one for one in said)
        said.clear()
        assert progress(engine, desk.id(number)) == first
        assert not any("journal.note" in one for one in said)
        _images.cache_clear()
        assert _images(report_hash) == _images(report_hash)
        assert sum("match_report.body" in one for one in said) == 1


def _keys(value: object, prefix: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{prefix}.{key}" for key in value} | {
            k for key, one in value.items() for k in _keys(one, f"{prefix}.{key}")
        }
    if isinstance(value, list) and value:
        return _keys(value[0], f"{prefix}[]")
    return set()
