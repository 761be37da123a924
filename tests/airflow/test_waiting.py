"""The wait: trigger, shared poller, sensor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred
from airflow.sdk.module_loading import import_string

from nuorder_pos.airflow import base, poller, sensors
from nuorder_pos.airflow.poller import Poller
from nuorder_pos.airflow.sensors import AFTER_TROUBLE, WaitForApproval
from nuorder_pos.airflow.triggers import OrderNeedsAttention
from nuorder_pos.errors import Permanent, Transient

SOON = 0.02


class Database:
    """Stands for the one query of all triggers: what was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.decided: set[str] = set()
        self.trouble: Exception | None = None
        self.threads: set[str] = set()

    def __call__(self, order_ids: Collection[str]) -> set[str]:
        self.asked.append(set(order_ids))
        self.threads.add(threading.current_thread().name)
        if self.trouble:
            raise self.trouble
        return self.decided & set(order_ids)


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(SOON / 4)


def test_all_who_wait_share_one_question() -> None:
    database = Database()

    async def scene() -> None:
        shared = Poller(database)
        waits = {name: asyncio.create_task(shared.attention(name, SOON)) for name in "abc"}
        await until(lambda: len(database.asked) >= 3)
        assert all(asked == {"a", "b", "c"} for asked in database.asked)
        database.decided = {"b"}
        await waits["b"]
        assert not waits["a"].done()
        assert not waits["c"].done()
        database.decided = {"a", "c"}
        await asyncio.gather(*waits.values())

    asyncio.run(scene())
    assert threading.main_thread().name not in database.threads, "the query must not hold the event loop"


def test_nobody_is_asked_for_once_nobody_waits() -> None:
    database = Database()

    async def scene() -> None:
        shared = Poller(database)
        wait = asyncio.create_task(shared.attention("a", SOON))
        await until(lambda: database.asked)
        wait.cancel()
        await asyncio.gather(wait, return_exceptions=True)
        await asyncio.sleep(3 * SOON)
        asked = len(database.asked)
        await asyncio.sleep(3 * SOON)
        assert len(database.asked) == asked
        again = asyncio.create_task(shared.attention("b", SOON))
        database.decided = {"b"}
        await again

    asyncio.run(scene())


def test_an_order_that_is_to_wait_longer_is_not_asked_for_before() -> None:
    database = Database()

    async def scene() -> None:
        shared = Poller(database)
        waits = [
            asyncio.create_task(shared.attention("soon", SOON)),
            asyncio.create_task(shared.attention("later", 1000.0)),
        ]
        await until(lambda: len(database.asked) >= 3)
        assert {name for asked in database.asked for name in asked} == {"soon"}
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    asyncio.run(scene())


def test_a_database_that_does_not_answer_delays_and_never_fails(caplog: pytest.LogCaptureFixture) -> None:
    database = Database()
    database.trouble = OSError("connection refused")
    database.decided = {"a"}

    async def scene() -> None:
        shared = Poller(database)
        wait = asyncio.create_task(shared.attention("a", SOON))
        await until(lambda: len(database.asked) >= 3)
        assert not wait.done()
        database.trouble = None
        await wait

    asyncio.run(scene())
    assert "Cannot ask for decisions, next try in" in caplog.text


def test_the_trigger_can_be_built_from_what_it_serializes() -> None:
    path, arguments = OrderNeedsAttention("5f1a", "main", 2.5).serialize()
    assert arguments == {"order_id": "5f1a", "account": "main", "poll_interval": 2.5}
    again = import_string(path)(**arguments)
    assert again.serialize() == (path, arguments)


def test_the_trigger_fires_once_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "_ask_database", lambda order_ids: set(order_ids))

    async def scene() -> list[Any]:
        return [event.payload async for event in OrderNeedsAttention("5f1a", "main", SOON).run()]

    assert asyncio.run(scene()) == [{"order_id": "5f1a"}]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A deferrable sensor whose pipeline answers what is in ``looks``; ``released`` are the claims it gave back."""
    scene = SimpleNamespace(looks=[], released=[])

    def look(work: object, order_id: str) -> SimpleNamespace:
        answer = scene.looks.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(kind=answer, reason=f"because of {answer}")

    class Work:
        def __enter__(self) -> None: ...
        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(sensors, "_look_at", look)
    monkeypatch.setattr(sensors, "release", lambda order_id, context: scene.released.append(order_id))
    monkeypatch.setattr(base.OrderTask, "work", lambda self: Work())
    monkeypatch.setattr(base.OrderTask, "order_label", "Acme 1001")
    scene.sensor = WaitForApproval(
        task_id="wait", account="main", order_id="5f1a", poll_interval=5.0, deferrable=True
    )
    return scene


def run(sensor: WaitForApproval) -> None:
    # Airflow warns about `execute` outside of a task; what it wraps is what is meant here.
    WaitForApproval.execute.__wrapped__(sensor, {})  # type: ignore[attr-defined]


def test_an_approval_lets_the_order_through(wait: SimpleNamespace) -> None:
    wait.looks = ["go"]
    run(wait.sensor)
    assert wait.released == []


def test_without_a_decision_it_waits_in_the_triggerer(wait: SimpleNamespace) -> None:
    wait.looks = ["wait"]
    with pytest.raises(TaskDeferred) as deferred:
        run(wait.sensor)
    assert deferred.value.method_name == "execute_complete"
    assert deferred.value.timeout is None, "the order's own term ends the wait, not Airflow's"
    assert deferred.value.trigger.serialize()[1] == {
        "order_id": "5f1a",
        "account": "main",
        "poll_interval": 5.0,
    }


def test_a_closed_order_skips_what_follows_and_gives_its_claim_back(wait: SimpleNamespace) -> None:
    wait.looks = ["closed"]
    with pytest.raises(AirflowSkipException, match="Acme 1001: because of closed"):
        run(wait.sensor)
    assert wait.released == ["5f1a"]


@pytest.mark.parametrize(
    "error,seconds",
    [
        (Transient("POS down"), AFTER_TROUBLE),
        (Transient("limit", retry_after=300), 300),
        (Transient("limit", retry_after=0.5), 5.0),
    ],
)
def test_passing_trouble_never_fails_the_wait(
    wait: SimpleNamespace, error: Transient, seconds: float
) -> None:
    wait.looks = [error]
    with pytest.raises(TaskDeferred) as deferred:
        run(wait.sensor)
    assert deferred.value.trigger.serialize()[1]["poll_interval"] == seconds


def test_trouble_that_does_not_pass_does(wait: SimpleNamespace) -> None:
    wait.looks = [Permanent("the credentials are wrong")]
    with pytest.raises(Permanent):
        run(wait.sensor)


@pytest.mark.parametrize("looks,ready", [(["wait"], False), ([Transient("down")], False), (["go"], True)])
def test_it_can_poke_as_well(wait: SimpleNamespace, looks: list[Any], ready: bool) -> None:
    wait.looks = looks
    wait.sensor.deferrable = False
    assert wait.sensor.poke({}) is ready


def test_airflow_s_own_limit_never_ends_the_wait_first(wait: SimpleNamespace) -> None:
    assert wait.sensor.timeout > 365 * 24 * 3600
    assert wait.sensor.execution_timeout is None
