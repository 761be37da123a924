"""Attempts that are killed or stand still at their boundaries, and worlds that go back to what they were."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nuorder_pos.store import leases
from prove.attempt import Attempt, attempt
from prove.boundaries import AFTER_COMMIT, APPLIED, BEFORE_COMMIT, BEFORE_SEND, READ, SENT, Boundary
from prove.lanes import LaneFailed, in_lanes
from prove.recovery import EXPORT, Runs, task
from prove.seeds import Story
from prove.states import state_of
from prove.world import Ledgers, World

# Processes are forked here on purpose; what they inherit of the test runner's threads they never use.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
ORDER = "1001"
EXPORTING = task(ORDER, EXPORT, "worker")


@pytest.fixture
def ready(whole: World, approved: Ledgers) -> World:
    """The order is approved, and nothing was written."""
    whole.restore("approved")
    return whole


def the(boundaries: list[Boundary], moment: str, what: str) -> Boundary:
    """The first boundary of a moment and a name."""
    return next(one for one in boundaries if one.moment == moment and what in one.what)


def test_every_commit_and_request_has_its_boundaries_in_their_order(ready: World) -> None:
    whole = attempt(ready, EXPORTING)
    assert whole.kind == "done", whole.trace
    assert [one.number for one in whole.boundaries] == list(range(1, len(whole.boundaries) + 1))
    moments = [
        (one.moment, one.what)
        for one in whole.boundaries[the(whole.boundaries, BEFORE_COMMIT, "begun po").number - 1 :][:8]
    ]
    assert [moment for moment, _ in moments] == [
        BEFORE_COMMIT, AFTER_COMMIT, BEFORE_SEND, SENT, APPLIED, READ, BEFORE_COMMIT, AFTER_COMMIT,
    ]  # fmt: skip
    assert {what for moment, what in moments if moment.startswith("send")} == {"POST /Order"}
    assert "done po" in moments[-1][1]


@pytest.mark.parametrize("moment, there", [(BEFORE_SEND, 0), (APPLIED, 1), (READ, 1)])
def test_a_killed_attempt_leaves_what_was_done_at_its_boundary(ready: World, moment: str, there: int) -> None:
    boundaries = attempt(ready, EXPORTING).boundaries
    ready.restore("approved")
    killed = attempt(ready, EXPORTING, kill_at=the(boundaries, moment, "POST /Order").number)
    assert killed.kind == "killed"
    assert killed.boundaries[-1].moment == moment
    assert len(ready.ledgers().pos["Order"]) == there
    assert ready.shop.row(ORDER)["state"] == "exporting"


def test_a_transaction_that_was_killed_before_its_commit_never_was(ready: World) -> None:
    before = state_of(ready)
    killed = attempt(ready, EXPORTING, kill_at=1)
    assert (killed.kind, killed.boundaries[-1].moment) == ("killed", BEFORE_COMMIT)
    assert state_of(ready) == before


def test_an_attempt_that_stands_still_finds_the_time_moved_and_its_lease_taken(ready: World) -> None:
    first = Attempt(ready, EXPORTING)
    whole = attempt(ready, EXPORTING)  # finds an order that nobody works on, and exports it
    ready.restore("approved")
    at = the(whole.boundaries, AFTER_COMMIT, "begun po").number
    stands = first.run(until=at)
    assert stands is not None
    assert stands.moment == AFTER_COMMIT
    ready.clock.sleep(leases.LEASE_TIME.total_seconds() + 40)
    second = Runs(ready)
    second.finish(ORDER)
    first.run()
    assert first.outcome is not None
    assert first.outcome.kind == "raised"
    assert len(ready.ledgers().pos["Order"]) == 1


def test_a_world_goes_back_to_what_it_was(ready: World) -> None:
    before = state_of(ready)
    ahead = ready.clock.ahead
    attempt(ready, EXPORTING)
    ready.clock.sleep(500)
    assert state_of(ready) != before
    ready.restore("approved")
    assert (state_of(ready), ready.clock.ahead) == (before, ahead)


def test_a_seed_tells_the_same_story_twice(whole: World) -> None:
    def told() -> dict[str, object]:
        found = Story(whole, {}, 31).tell()
        # A wait is counted from when it was asked for: the real time in between may make it a second more or less.
        found["story"] = [line for line in found["story"] if not line.endswith("seconds pass")]
        return found

    first = told()
    assert told() == first
    assert first["violations"] == []
    assert first["fired"]


def test_a_lane_that_fails_is_not_passed_over() -> None:
    def work(share: list[int]) -> list[dict[str, int]]:
        return [{"tenth": 10 // number} for number in share]

    assert sorted(one["tenth"] for one in in_lanes([1, 2, 5], 2, work)) == [2, 5, 10]
    with pytest.raises(LaneFailed, match="ZeroDivisionError"):
        list(in_lanes([1, 0], 2, work))


def test_one_command_crashes_at_a_boundary_and_writes_the_figures(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    paths = ":".join(str(ROOT / part) for part in ("plugins", ".", "tests"))
    done = subprocess.run(
        [sys.executable, "-m", "prove", "--json", str(figures), "crashes", "--database", "sqlite", "--at", "60"],
        cwd=ROOT, env={"PYTHONPATH": paths, "PATH": ""}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(figures.read_text("utf-8"))
    assert report["failures"] == []
    assert (report["figures"]["crashes on sqlite"], report["figures"]["orders exported"]) == (1, 1)
