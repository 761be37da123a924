"""Checkpoints of the whole world, and a clock that can be moved."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.serve import Sandbox

HOUR = 3600


def descriptions(pos: Any) -> list[str]:
    return [item["description"] for item in pos.records("Item")]


def send(pos: Any, description: str, **options: Any) -> requests.Response:
    options.setdefault("timeout", 5)
    answer: requests.Response = pos.http.post(
        f"{pos.base}/Item.json", json={"description": description}, **options
    )
    return answer


def late(pos: Any, seconds: float, **fault: Any) -> None:
    pos.control(
        "_faults", method="POST", path="/Item", action="apply_late", status=503, seconds=seconds, **fault
    )


def faults(pos: Any) -> Any:
    return pos.http.get(f"{pos.origin}/_faults", timeout=5).json()["faults"]


def test_a_checkpoint_brings_back_records_tokens_requests_faults_and_switches(
    pos: Any, server: Sandbox
) -> None:
    pos.control("_faults", method="GET", path="/Shop", action="status", status=500, nth=9)
    pos.get("Shop.json")
    pos.post("Item", description="before")
    pos.control("_save", name="one")
    level, seen = server.world.limiter.level(), len(pos.requests())
    pos.post("Item", description="after")
    pos.get("Shop.json")
    pos.control("_switches", too_long="reject")
    server.world.tokens.revoke_access()
    pos.control("_load", name="one")
    assert descriptions(pos) == ["before"]
    assert len(pos.requests()) == seen
    assert [fault["seen"] for fault in faults(pos)] == [1]
    assert server.world.switches.text("too_long") == "truncate"
    assert server.world.limiter.level() <= level
    assert pos.post("Item", description="again")["description"] == "again"  # the token is good once more
    assert pos.records("Item")[-1]["itemID"] == 2


def test_a_checkpoint_can_be_loaded_again_and_is_not_changed_by_what_follows(pos: Any) -> None:
    pos.control("_save", name="empty")
    for _ in range(2):
        pos.post("Item", description="one more")
        pos.control("_load", name="empty")
        assert descriptions(pos) == []


def test_orders_keep_their_lines_over_a_checkpoint_and_items_their_stock(pos: Any) -> None:
    vendor = pos.post("Vendor", name="Acme")["vendorID"]
    item = pos.post("Item", description="Tee")["itemID"]
    order = pos.post("Order", vendorID=vendor, shopID=1)["orderID"]
    pos.post("OrderLine", orderID=order, itemID=item, quantity=2, price="10")
    pos.control("_save", name="ordered")
    pos.control("_reset", data="empty", keep=["tokens"])
    pos.control("_load", name="ordered")
    pos.put("Order", order, shipCost="5")
    (found,) = pos.records("Order")
    assert (len(found["lines"]), found["totalCost"]) == (1, "25")
    stock = len(pos.records("ItemShop"))
    pos.post("OrderLine", orderID=order, itemID=item, quantity=1, price="10")
    assert len(pos.records("Order")[0]["lines"]) == 2
    assert len(pos.records("ItemShop")) == stock


def test_a_checkpoint_holds_both_servers(pos: Any, nuorder: Any) -> None:
    def act(**given: Any) -> requests.Response:
        answer: requests.Response = nuorder.http.post(f"{nuorder.origin}/_do", json=given, timeout=5)
        return answer

    def products() -> int:
        return len(nuorder.http.get(f"{nuorder.origin}/_ledger", timeout=5).json()["products"])

    pos.control("_save", name="both")
    product = {"_id": "a" * 24, "style_number": "S", "color": "Red"}
    assert act(act="add_product", brand="acme", product=product).status_code == 200
    assert products() == 1
    pos.control("_load", name="both")
    assert products() == 0


def test_an_unknown_checkpoint_is_refused_with_what_there_is(pos: Any) -> None:
    pos.control("_save", name="known")
    answer = pos.http.post(f"{pos.origin}/_load", json={"name": "other"}, timeout=5)
    assert answer.status_code == 400
    assert "known" in answer.json()["error"]


def test_the_clock_moves_stamps_and_lifetimes(pos: Any) -> None:
    began = datetime.now(UTC)
    told = pos.control("_clock", advance=HOUR + 60)
    assert datetime.fromisoformat(told["now"]) >= began + timedelta(seconds=HOUR + 60)
    pos.call("GET", "Item.json")
    assert pos.last.status_code == 401
    pos.connect()
    stamp = pos.post("Item", description="later")["createTime"]
    assert datetime.fromisoformat(stamp) >= began + timedelta(seconds=HOUR)
    assert pos.http.post(f"{pos.origin}/_clock", json={"advance": -1}, timeout=5).status_code == 400


def test_a_late_write_is_there_when_the_clock_has_been_moved_to_its_time(pos: Any) -> None:
    late(pos, 300)
    assert send(pos, "late").status_code == 503
    pos.control("_clock", advance=299)
    assert descriptions(pos) == []
    pos.control("_clock", advance=2)
    assert descriptions(pos) == ["late"]
    assert [entry["applied"] for entry in pos.requests() if entry["fault"]] == [True]


def test_late_writes_are_done_in_the_order_of_their_times(pos: Any) -> None:
    for seconds in (200, 100, 300):
        late(pos, seconds, body_matches=f"^.*{seconds}")
        send(pos, f"after {seconds}")
    pos.control("_clock", advance=1000)
    assert descriptions(pos) == ["after 100", "after 200", "after 300"]


def test_late_writes_belong_to_the_checkpoint_and_those_after_it_are_dropped(pos: Any) -> None:
    late(pos, 300, times=2)
    send(pos, "known to the checkpoint")
    pos.control("_save", name="waiting")
    send(pos, "after the checkpoint")
    pos.control("_clock", advance=400)
    assert len(descriptions(pos)) == 2
    pos.control("_load", name="waiting")
    assert descriptions(pos) == []
    pos.control("_clock", advance=301)
    assert descriptions(pos) == ["known to the checkpoint"]


def test_a_reset_drops_late_writes_and_puts_the_clock_back(pos: Any) -> None:
    late(pos, 300)
    send(pos, "late")
    pos.control("_clock", advance=100)
    pos.control("_reset", data="empty", keep=["tokens"])
    assert pos.control("_clock", advance=0)["moved"] == 0
    pos.control("_clock", advance=400)
    assert descriptions(pos) == []


@pytest.mark.parametrize("action, status", [("delay", 200), ("hang", None)])
def test_an_answer_that_is_held_back_comes_when_the_clock_is_moved(
    pos: Any, action: str, status: int | None
) -> None:
    pos.control("_faults", method="POST", path="/Item", action=action, seconds=1800, apply=True)
    came: list[int | None] = []

    def call() -> None:
        try:
            came.append(send(pos, "held back", timeout=20).status_code)
        except requests.ConnectionError:
            came.append(None)

    waiting = threading.Thread(target=call)
    waiting.start()
    until = time.monotonic() + 10
    while not descriptions(pos) and time.monotonic() < until:
        time.sleep(0.01)
    assert waiting.is_alive()
    requests.post(f"{pos.origin}/_clock", json={"advance": 1801}, timeout=5)
    waiting.join(10)
    assert came == [status]


def test_a_late_write_comes_by_itself_too(pos: Any) -> None:
    late(pos, 0.05)
    send(pos, "late")
    until = time.monotonic() + 10
    while not descriptions(pos) and time.monotonic() < until:
        time.sleep(0.01)
    assert descriptions(pos) == ["late"]
