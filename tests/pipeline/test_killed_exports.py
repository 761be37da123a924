"""A process that dies in the middle of an export, and one that only seems to: the next one goes on, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.databases import execute
from support.orders import item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import Transient
from nuorder_pos.store.leases import LeaseLost

ROOT = Path(__file__).resolve().parents[2]


def fired(retail: Retail) -> int:
    """How many requests scripted faults have met."""
    found = retail.sandbox._request(f"{retail.sandbox.pos}/_faults", None, "GET")
    return sum(len(fault["fired"]) for fault in found["faults"])


def wait_until_hanging(retail: Retail) -> None:
    until = time.monotonic() + 30
    while not fired(retail):
        assert time.monotonic() < until, "the request that is to hang never came"
        time.sleep(0.02)


@contextmanager
def another_process(retail: Retail, number: str) -> Iterator[subprocess.Popen[bytes]]:
    """An export of the order in a process of its own; killed at the end if it still lives."""
    given: dict[str, Any] = {
        "database": retail.engine.url.render_as_string(hide_password=False),
        "sandbox": retail.sandbox.ready,
        "order_id": retail.id(number),
        "holder": "killed",
        "waiting_time": 1,
    }
    paths = os.pathsep.join(str(ROOT / part) for part in ("plugins", ".", "tests"))
    process = subprocess.Popen(
        [sys.executable, "-m", "support.export_process"], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(given).encode())
        process.stdin.close()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def time_passes_for_the_lease(retail: Retail) -> None:
    """Let the lease of a holder that does not come back run out."""
    execute(retail.engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00' WHERE name LIKE 'order:%'")


def ready_to_export(retail: Retail) -> None:
    sizes = {"S": 2, "M": 3}
    codes = {"S": upc(1), "M": upc(2)}
    retail.given(
        order("1001", line(sizes=sizes, upcs=codes)), shop_floor=pos([item(7, upc(1)), item(8, upc(2))])
    )
    retail.approved("1001")


@pytest.mark.parametrize(
    "path, nth, applied",
    [
        pytest.param(r"/223344/Order\.json$", 1, True, id="at the purchase order, which was applied"),
        pytest.param(r"/OrderLine\.json$", 2, False, id="at the second line, which was not applied"),
    ],
)
def test_a_killed_export_is_finished_by_the_next_one(
    retail: Retail, path: str, nth: int, applied: bool
) -> None:
    ready_to_export(retail)
    retail.sandbox.fault(method="POST", path=path, nth=nth, action="hang", apply=applied)
    with another_process(retail, "1001") as process:
        wait_until_hanging(retail)
        with pytest.raises(Transient, match="being worked on by another process"):
            retail.export("1001", holder="too early")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with pytest.raises(Transient) as told:
        retail.export("1001", holder="still too early")
    assert 0 < (told.value.retry_after or 0) <= 90
    time_passes_for_the_lease(retail)
    retail.export_until_done("1001")
    po = retail.the_purchase_order("1001")
    assert [(one["itemID"], one["quantity"]) for one in po["lines"]] == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


def test_a_second_attempt_beside_a_live_one_leaves_the_orders_story_alone(retail: Retail) -> None:
    ready_to_export(retail)
    retail.sandbox.fault(method="POST", path="/OrderLine", action="delay", seconds=0.8)
    outcome: list[object] = []
    first = threading.Thread(
        target=lambda: outcome.append(retail.export("1001", holder="first", work=retail.new_work()))
    )
    first.start()
    wait_until_hanging(retail)
    with pytest.raises(Transient, match="first"):
        retail.export("1001", holder="second")
    assert retail.row("1001")["state"] == "exporting"
    first.join(20)
    assert [len(po["lines"]) for po in retail.purchase_orders("1001")] == [2]
    assert retail.row("1001")["state"] == "exported"
    assert len(outcome) == 1


def test_a_holder_that_was_taken_over_while_it_slept_writes_nothing_more(retail: Retail) -> None:
    ready_to_export(retail)
    retail.configure(waiting_time=0)
    retail.sandbox.fault(method="POST", path=r"/OrderLine\.json$", action="delay", seconds=1.5)
    outcome: list[BaseException] = []

    def sleepy() -> None:
        try:
            retail.export("1001", holder="sleepy", work=retail.new_work())
        except BaseException as error:
            outcome.append(error)

    asleep = threading.Thread(target=sleepy)
    asleep.start()
    wait_until_hanging(retail)
    time_passes_for_the_lease(retail)
    retail.export("1001", holder="awake")
    asleep.join(20)
    (po,) = retail.purchase_orders("1001")
    assert [(one["itemID"], one["quantity"]) for one in po["lines"]] == [(7, 2), (8, 3)]
    assert [type(error) for error in outcome] == [LeaseLost]
    assert retail.row("1001")["state"] == "exported"
