"""The parts of the kill run that need no Airflow."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from prove.judge import judge
from prove.kills.keeper import Gone, Keeper, Service
from prove.kills.runs import KINDS, deck_of
from prove.kills.scene import BRANDS, scene
from prove.kills.sides import seen
from prove.kills.victims import ASLEEP, LAST
from prove.world import Ledgers

FAMILY = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    one = Keeper(tmp_path / "started.json")
    yield one
    assert not one.end()


def running(keeper: Keeper, tmp_path: Path, code: str) -> psutil.Process:
    keeper.add(Service("it", [sys.executable, "-c", code], {}, tmp_path / "log", tmp_path))
    process = keeper.main_process("it")
    assert process is not None
    return process


def until(true: Callable[[], object], keeper: Keeper) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        keeper.tick()
        time.sleep(0.02)


def lives(process: psutil.Process) -> bool:
    """A process that has ended and that nobody has asked for yet is a zombie."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_service_that_was_killed_is_started_again(keeper: Keeper, tmp_path: Path) -> None:
    first = running(keeper, tmp_path, FAMILY)
    until(first.children, keeper)
    (child,) = first.children()
    assert keeper.kill("it", back_after=0.1)
    assert not lives(first)
    assert not lives(child)
    until(lambda: keeper.main_process("it"), keeper)
    assert keeper.main_process("it") != first
    assert not keeper.ended_alone


def test_children_live_on_where_only_the_main_process_is_killed_and_end_with_everything(
    keeper: Keeper, tmp_path: Path
) -> None:
    first = running(keeper, tmp_path, FAMILY)
    until(first.children, keeper)
    (child,) = first.children()
    assert keeper.kill("it", back_after=60, only_main=True)
    assert lives(child)
    assert keeper.is_ours(child)
    assert not keeper.is_ours(psutil.Process())
    assert not keeper.end()
    assert not lives(child)


def test_a_service_that_ends_by_itself_is_counted(keeper: Keeper, tmp_path: Path) -> None:
    running(keeper, tmp_path, "pass")
    until(lambda: keeper.ended_alone, keeper)
    assert keeper.ended_alone == {"it (status 0)": 1}


def test_a_service_that_may_not_be_lost_ends_the_run(keeper: Keeper, tmp_path: Path) -> None:
    words = [sys.executable, "-c", "raise SystemExit(3)"]
    keeper.add(Service("the POS", words, {}, tmp_path / "log", tmp_path, comes_back=False))
    with pytest.raises(Gone, match="the POS ended by itself with status 3"):
        until(lambda: False, keeper)


def test_a_process_that_is_spared_outlives_its_service(keeper: Keeper, tmp_path: Path) -> None:
    first = running(keeper, tmp_path, FAMILY)
    until(first.children, keeper)
    (child,) = first.children()
    keeper.spared.add(child.pid)
    assert keeper.kill("it", back_after=60)
    assert not lives(first)
    assert lives(child)


def test_twenty_kills_meet_every_kind_in_an_order_that_follows_from_the_seed() -> None:
    deck = deck_of(20, random.Random(1))
    assert deck == deck_of(20, random.Random(1))
    assert deck != deck_of(20, random.Random(2))
    assert len(deck) == 20
    assert set(deck) == {*KINDS, *LAST, ASLEEP}
    assert {deck.count(kind) for kind in KINDS} == {1, 2}


def test_an_order_that_says_exported_and_is_not_in_the_pos_is_a_violation() -> None:
    orders = scene(10)
    data = orders.data("http://127.0.0.1:1")
    brands = data["nuorder"]["brands"]
    raws = [{**raw, "__brand": one["slug"]} for one in brands for raw in one["orders"]]
    products = [product for one in brands for product in one["products"]]
    pos = {
        kind: [] for kind in ("Order", "OrderLine", "Item", "ItemMatrix", "Vendor", "Manufacturer", "Image")
    }
    now = Ledgers(pos, raws, products, {slug: name for name, slug in BRANDS.items()})
    rows = {
        raw["_id"]: {"order_number": raw["order_number"], "state": "exported", "reason": ""} for raw in raws
    }
    assert len(rows) == 10
    assert len(judge(seen(now, rows), now).violations) == 10
    rows[raws[0]["_id"]] |= {"state": "held", "reason": "A person has to look."}
    assert len(judge(seen(now, rows), now).violations) == 9
