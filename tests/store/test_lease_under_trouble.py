"""The lease when things go badly: its holder sleeps through it and wakes up, clocks jump by hours, hosts disagree.

What counts is the POS: whoever was taken over writes nothing more there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import pytest
from support.databases import execute, rows
from support.meanwhile import Stopped, stopped_at
from support.orders import item, line, order, pos, upc
from support.retail import Retail
from support.sandbox import Sandbox

from nuorder_pos.clients import nuorder, nuorder_auth
from nuorder_pos.clients.pacer import Pacer
from nuorder_pos.clients.pacing import InMemoryPace, new_bucket
from nuorder_pos.errors import NuorderPosError, OutcomeUnknown, Permanent, Transient
from nuorder_pos.store import engine as store_engine
from nuorder_pos.store import journal
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.leases import LEASE_TIME, LeaseLost, acquire, release, renew

HEAD, LINE = r"/Order\.json$", r"/OrderLine\.json$"
LONG = timedelta(hours=5)


@pytest.fixture
def retail(sandbox_process: Sandbox, engine: Engine) -> Iterator[Retail]:
    one = Retail(sandbox_process, engine)
    yield one
    one.close()


def ready(retail: Retail, **settings: Any) -> None:
    """An order of one known item and one that is new."""
    raw = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))
    # A request that the POS carries out late is refused where its access token has ended by then.
    retail.given(raw, shop_floor=pos([item(7, upc(1))]), access_token_seconds=10_000_000)
    retail.configure(**{"waiting_time": 0, **settings})
    retail.approved("1001")


def standing(retail: Retail, method: str, path: str, nth: int = 1, when: Any = "after") -> Any:
    work = retail.new_work()
    return stopped_at(lambda: retail.export("1001", "sleeper", work), method, path, nth=nth, when=when)


def goods(retail: Retail) -> list[tuple[int, int]]:
    return sorted((one["itemID"], one["quantity"]) for one in retail.the_purchase_order("1001")["lines"])


GOODS = [(7, 2), (8, 3)]


def time_passes_for_leases(retail: Retail) -> None:
    execute(retail.engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00'")


def everything(retail: Retail) -> dict[str, Any]:
    kinds = ("Vendor", "Manufacturer", "ItemMatrix", "Item", "Image", "Order", "OrderLine")
    return {kind: retail.records(kind) for kind in kinds}


# ---- the holder sleeps through its lease ----

WAKES: dict[str, tuple[str, str, int]] = {
    "while it looks for purchase orders": ("GET", HEAD, 1),
    "while it makes the item": ("POST", r"/Item\.json$", 1),
    "while it makes the purchase order": ("POST", HEAD, 1),
    "while it writes the last line": ("POST", LINE, 2),
    "while it writes date and costs": ("PUT", r"/Order/\d+\.json$", 1),
    "while it reads the purchase order back": ("GET", r"/Order/\d+\.json$", 1),
}


@pytest.mark.parametrize("wakes", WAKES)
def test_a_holder_that_wakes_up_after_it_was_taken_over_writes_nothing_more(
    retail: Retail, wakes: str
) -> None:
    ready(retail)
    sleeper: Stopped
    with standing(retail, *WAKES[wakes]) as sleeper:
        time_passes_for_leases(retail)
        retail.export("1001", holder="awake")
        done, requests = everything(retail), len(retail.written())
        outcome = sleeper.go_on()
    assert not isinstance(outcome, BaseException) or isinstance(outcome, NuorderPosError), outcome
    assert everything(retail) == done
    assert len(retail.written()) == requests
    assert goods(retail) == GOODS
    assert retail.row("1001")["state"] == "exported"
    assert [one["name"] for one in rows(retail.engine, "SELECT name FROM lease WHERE holder <> ''")] == []


def test_every_holder_s_steps_carry_a_higher_token_than_those_before(retail: Retail) -> None:
    ready(retail)
    tokens = []
    for path, nth in ((r"/ItemMatrix\.json$", 1), (HEAD, 1), (LINE, 1)):
        with standing(retail, "POST", path, nth) as sleeper:
            time_passes_for_leases(retail)
            sleeper.kill()
    time_passes_for_leases(retail)
    retail.export("1001", holder="awake")
    for row in rows(retail.engine, "SELECT holder, token FROM journal WHERE event = 'begun' ORDER BY seq"):
        tokens.append(row["token"])
    assert tokens == sorted(tokens)
    assert len(set(tokens)) >= 4
    assert goods(retail) == GOODS


def test_a_holder_whose_lease_ran_out_and_whom_nobody_took_over_goes_on(retail: Retail) -> None:
    ready(retail)
    with standing(retail, "POST", HEAD) as sleeper:
        time_passes_for_leases(retail)
        outcome = sleeper.go_on()
    assert not isinstance(outcome, BaseException), outcome
    assert goods(retail) == GOODS


def test_two_takers_of_a_lease_that_ran_out_are_one_holder_and_one_that_waits(engine: Engine) -> None:
    old = acquire(engine, "order:1", "old", timedelta(seconds=-1))
    new = acquire(engine, "order:1", "new")
    with pytest.raises(Transient, match=r"\(new\)"):
        acquire(engine, "order:1", "late")
    for act in (renew, lambda c, held: journal.begin(c, held, "o-1", "po", "create_po", 1)):
        with pytest.raises(LeaseLost), writing(engine) as connection:
            act(connection, old)
    release(engine, old)
    with writing(engine) as connection:
        renew(connection, new)
    assert new.token == old.token + 1


def test_a_lease_is_longer_than_any_answer_may_take() -> None:
    """A holder that lives always comes to renew it: the longest write, with what goes before it."""
    limits = nuorder.Limits()
    assert limits.connect + limits.read + limits.write_total < LEASE_TIME.total_seconds()


# ---- clocks that jump ----


class _Jumped:
    """The machine's clock, by hours ahead or behind."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + self.by


@pytest.fixture
def machine(retail: Retail, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the clock of the machine that all workers are on."""
    jumped = _Jumped()
    monkeypatch.setattr(store_engine, "datetime", jumped)

    def move(by: timedelta) -> None:
        jumped.by = by
        retail.clock.ahead = by

    return move


JUMPS = pytest.mark.parametrize("by", [LONG, -LONG], ids=["ahead", "back"])


@JUMPS
def test_a_clock_that_jumps_while_an_export_is_at_work_doubles_nothing(
    retail: Retail, machine: Callable[[timedelta], None], by: timedelta
) -> None:
    """On Postgres the database's clock counts, and it did not jump: the second attempt waits. On SQLite the machine's
    clock is the database's: five hours ahead, the lease is over at once, and the first attempt is shut out."""
    ready(retail)
    with standing(retail, "POST", LINE, 1) as first:
        machine(by)
        taken_over = by > timedelta(0) and retail.engine.dialect.name == "sqlite"
        if taken_over:
            retail.export("1001", holder="second")
            assert isinstance(first.go_on(), LeaseLost)
        else:
            with pytest.raises(Transient, match="sleeper"):
                retail.export("1001", holder="second")
            assert not isinstance(first.go_on(), BaseException), first.outcome
    assert goods(retail) == GOODS
    assert len(retail.written("OrderLine")) == 2
    assert retail.row("1001")["state"] == "exported"


@JUMPS
def test_a_lost_answer_and_a_clock_that_jumps_double_nothing(
    retail: Retail, machine: Callable[[timedelta], None], by: timedelta
) -> None:
    """On Postgres the wait for a request that may be under way stays as long as it is. On SQLite it is over at once, or
    it takes as long as the clock was put back: until then nothing is sent."""
    ready(retail, waiting_time=60)
    retail.sandbox.fault(method="POST", path=LINE, action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    machine(by)
    sent = len(retail.written())
    if retail.engine.dialect.name == "sqlite" and by > timedelta(0):
        retail.export("1001")
    else:
        with pytest.raises(Transient) as told:
            retail.export("1001")
        longest = 60 + (LONG.total_seconds() if retail.engine.dialect.name == "sqlite" else 0)
        assert longest - 30 < (told.value.retry_after or 0) <= longest
        assert len(retail.written()) == sent
        machine(timedelta(0))
        retail.configure(waiting_time=0)
        retail.export("1001")
    assert goods(retail) == GOODS
    assert len(retail.written("OrderLine")) == 2


@pytest.mark.parametrize(
    "path, what", [(HEAD, "purchase order"), (LINE, "line")], ids=["the purchase order", "a line"]
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_request_that_is_still_under_way_when_sqlite_s_clock_jumps_ahead_is_found_and_taken_back(
    retail: Retail, machine: Callable[[timedelta], None], path: str, what: str
) -> None:
    """The wait for it is over too early, so it is sent again and is there twice: the next run sees it."""
    ready(retail, waiting_time=60)
    retail.sandbox.fault(method="POST", path=path, action="apply_late", seconds=100)
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    machine(LONG)
    retail.export("1001")
    assert goods(retail) == GOODS
    retail.sandbox._request(f"{retail.sandbox.pos}/_clock", {"advance": 100}, "POST")
    assert len(retail.purchase_orders("1001")) + len(retail.records("OrderLine")) == 4, "one too many"
    machine(LONG + timedelta(hours=1))
    retail.discover("next")
    live = [po for po in retail.purchase_orders("1001") if not po["archived"]]
    assert [sorted((one["itemID"], one["quantity"]) for one in po["lines"]) for po in live] == [GOODS]
    row = retail.row("1001")
    assert row["state"] == "exported"
    assert f"taken back: {what} #" in row["reason"]


def test_a_lease_that_a_dead_process_left_before_the_clock_was_put_back_ends_in_time_on_postgres(
    retail: Retail, machine: Callable[[timedelta], None]
) -> None:
    """On SQLite the order waits as long as the clock was put back, and says until when: late, never twice."""
    ready(retail)
    acquire(retail.engine, f"order:{retail.id('1001')}", "dead")
    machine(-LONG)
    with pytest.raises(Transient, match=r"another process \(dead\)") as told:
        retail.export("1001")
    behind = LONG.total_seconds() if retail.engine.dialect.name == "sqlite" else 0.0
    lease = LEASE_TIME.total_seconds()
    assert behind + lease - 30 < (told.value.retry_after or 0) <= behind + lease
    assert retail.written() == []
    machine(timedelta(0))
    time_passes_for_leases(retail)
    retail.export("1001")
    assert goods(retail) == GOODS


@contextmanager
def nuorder_sees_a_wrong_clock(retail: Retail, patch: pytest.MonkeyPatch, by: timedelta) -> Iterator[None]:
    """NuORDER's signatures carry the machine's time."""
    machine = nuorder_auth.time
    client = retail.work.nuorder["Acme Outdoor"]
    with patch.context() as patched:
        patched.setattr(
            nuorder_auth, "time", SimpleNamespace(time=lambda: machine.time() + by.total_seconds())
        )
        patched.setattr(client, "_clock", lambda: datetime.now(UTC) + by)
        yield


@pytest.mark.parametrize("moment, by", [("before its first write", LONG), ("in the middle", -LONG)])
def test_a_machine_whose_clock_is_wrong_is_told_so_by_nuorder_and_writes_nothing(
    retail: Retail, monkeypatch: pytest.MonkeyPatch, moment: str, by: timedelta
) -> None:
    ready(retail)
    if moment == "in the middle":
        retail.sandbox.fault(method="POST", path=LINE, action="status", status=429)
        with pytest.raises(Transient):
            retail.export("1001")
    sent = len(retail.written())
    with (
        nuorder_sees_a_wrong_clock(retail, monkeypatch, by),
        pytest.raises(Permanent, match=r"This machine's clock is \d+ seconds (ahead of|behind) NuORDER's"),
    ):
        retail.export("1001")
    assert len(retail.written()) == sent
    assert "This machine's clock is" in retail.row("1001")["reason"]
    retail.export_until_done("1001")
    assert goods(retail) == GOODS
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.parametrize("blocked", [False, True], ids=["full", "blocked by a 429"])
def test_a_clock_that_was_put_back_does_not_hold_up_whoever_waits_for_the_rate_limit(blocked: bool) -> None:
    """What is written in the bucket lies hours ahead then: waiting for that instant would hold a worker for hours."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    waited = timedelta(0)

    def sleep(seconds: float) -> None:
        nonlocal now, waited
        now += timedelta(seconds=seconds)
        waited += timedelta(seconds=seconds)

    store = InMemoryPace(new_bucket(now))
    pacer = Pacer(store, clock=lambda: now, sleep=sleep, patience=3600)
    while store.bucket.level < 90:
        pacer.before(10)
    if blocked:
        pacer.throttled({"X-LS-Api-Limiter-Type": "bucket", "Retry-After": "20"})
    waited, now = timedelta(0), now - LONG
    pacer.before(10)
    assert waited < timedelta(minutes=11)
    assert waited >= timedelta(seconds=5), "the bucket is full all the same"
