"""Kill an export and its verification at every boundary in turn, have the DAG go on, and judge.

python -m prove crashes                      both databases, every boundary
python -m prove -v crashes --database sqlite --at 141
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prove.attempt import Outcome
from prove.database import KINDS
from prove.figures import Report
from prove.judge import EXPORTED, judge
from prove.lanes import in_lanes
from prove.recovery import AFTER_A_KILL, EXPORT, STAGES, VERIFY, Runs, task
from prove.scene import Scene, set_up, standard, warm
from prove.states import states_along
from prove.world import WAITING_TIME, Ledgers, World, world

APPROVED, WRITTEN = "approved", "written"
"""Checkpoints: nothing of the order was written yet; it was exported and not verified."""


@dataclass(frozen=True)
class Sweep:
    """An order in a world, with both its stages at hand and their boundaries counted."""

    number: str
    before: Ledgers
    stages: dict[str, Outcome]

    @property
    def boundaries(self) -> int:
        """Of export and verification together."""
        return sum(len(outcome.boundaries) for outcome in self.stages.values())

    def place(self, number: int) -> tuple[str, int]:
        """The stage in which a boundary of the whole lies, and its number there."""
        exported = len(self.stages[EXPORT].boundaries)
        return (EXPORT, number) if number <= exported else (VERIFY, number - exported)


def prepare(in_world: World, scene: Scene) -> Sweep:
    """Approve the scene's order, and go once through export and verification without any fault."""
    warm(in_world)
    set_up(in_world, scene)
    # An hour after the approval the access token has ended: its renewal is part of the attempt.
    in_world.clock.sleep(3600)
    (number,) = scene.numbers
    before = in_world.ledgers()
    in_world.save(APPROVED)
    whole = Runs(in_world)
    stages = {EXPORT: whole.once(number, EXPORT)}
    in_world.save(WRITTEN)
    stages[VERIFY] = whole.once(number, VERIFY)
    whole.next_run()
    verdict = judge(in_world, before)
    problems = [
        *whole.story.trouble,
        *verdict.violations,
        *(str(o) for o in stages.values() if o.kind != "done"),
    ]
    if problems or verdict.ends[0].state != "exported":
        raise AssertionError(f"without any fault: {problems}\n" + "\n".join(whole.story.lines))
    return Sweep(number, before, stages)


@dataclass(frozen=True)
class First:
    """A crash, and how many boundaries leave the same state as it does."""

    at: int
    same: int = 1


def by_state(in_world: World, sweep: Sweep) -> list[First]:
    """The boundaries of the order, one for each state that stands while a process is there."""
    groups: dict[str, list[int]] = {}
    passed = 0
    for stage, checkpoint in zip(STAGES, (APPROVED, WRITTEN), strict=True):
        in_world.restore(checkpoint)
        for number, state in states_along(in_world, task(sweep.number, stage, "walker")):
            groups.setdefault(state, []).append(passed + number)
        passed += len(sweep.stages[stage].boundaries)
    return [First(numbers[-1], len(numbers)) for numbers in groups.values()]


def crash(in_world: World, sweep: Sweep, at: int) -> dict[str, Any]:
    """One crash at a boundary of the whole, and everything until the end."""
    stage, number = sweep.place(at)
    in_world.restore(APPROVED if stage == EXPORT else WRITTEN)
    # Airflow starts a killed task again after a minute; a person who clears it may be later than the waiting time.
    runs = Runs(in_world, after_kill=AFTER_A_KILL if at % 4 < 2 else WAITING_TIME + 1)
    killed = runs.once(sweep.number, stage, kill_at=number)
    what = str(killed.boundaries[-1]) if killed.boundaries else "the start"
    if killed.kind != "killed" or len(killed.boundaries) != number:
        runs.story.trouble.append(f"it was to be killed at boundary {number} and ended otherwise: {killed}")
    runs.finish(sweep.number, stage, killed)
    runs.next_run()
    return result(
        in_world, sweep.before, runs, exported=True, at=at, what=f"{stage} {what}", database=in_world.kind
    )


def result(
    in_world: World, before: Ledgers, runs: Runs, *, promised: bool = True, exported: bool = False, **about: Any
) -> dict[str, Any]:  # fmt: skip
    """A case as the lanes report it. ``exported``: nothing happened for which an order may be held."""
    verdict = judge(in_world, before, promised=promised)
    if exported:
        stopped = [end for end in verdict.ends if end.state != EXPORTED]
        runs.story.trouble += [f"order {e.number} is {e.state}, for no need: {e.reason}" for e in stopped]
    return {
        **about,
        "violations": [*verdict.violations, *runs.story.trouble],
        "named": verdict.named,
        "ends": [(end.state, end.reason) for end in verdict.ends],
        "attempts": runs.story.attempts,
        "story": runs.story.lines,
    }


def sweep(kind: str, lanes: int, only: int | None = None, states: bool = False) -> Iterator[dict[str, Any]]:
    """Every boundary on a database, or one for each state that is left; yields a result for each."""
    # Counted once, for all lanes: where a request was just sent, chance says whether the server has done it by then.
    with world(kind) as made:
        prepared = prepare(made, standard())
        yield {"boundaries": prepared.boundaries}
        numbers = list(range(1, prepared.boundaries + 1))
        if only:
            numbers = [only]
        elif states:
            numbers = [first.at for first in by_state(made, prepared)]

    def work(share: Sequence[int]) -> Iterator[dict[str, Any]]:
        with world(kind) as own:
            counted = prepare(own, standard())
            for at in share:
                yield crash(own, counted, at)

    yield from in_lanes(numbers, lanes, work)


def run(
    kinds: Sequence[str] = KINDS, lanes: int = 2, only: int | None = None, verbose: bool = False,
    states: Sequence[str] = (),
) -> Report:  # fmt: skip
    """The part ``crashes`` of the proof. On the databases ``states``, once for each state that a crash leaves."""
    report, began = Report("crashes"), time.monotonic()
    for kind in kinds:
        for found in sweep(kind, lanes, only, kind in states):
            if "boundaries" in found:
                report.figures[f"boundaries on {kind}"] = found["boundaries"]
                continue
            report.count(f"crashes on {kind}")
            note_result(report, found, f"crash on {kind} at {found['what']}",
                        f"python -m prove -v crashes --database {kind} --at {found['at']}", verbose)  # fmt: skip
    report.seconds = time.monotonic() - began
    return report


def note_result(report: Report, found: dict[str, Any], name: str, again: str, verbose: bool) -> None:
    """Count how the orders of a case ended; a failure keeps its story and what repeats it."""
    report.count("attempts", found["attempts"])
    for state, reason in found["ends"]:
        report.count(f"orders {state}" + (f": {_kind_of(reason)}" if state != "exported" else ""))
    if verbose:
        print("\n".join([name, *(f"    {line}" for line in found["story"])]))
    if found["violations"]:
        story = "\n    ".join(found["story"])
        report.failures.append(f"{name}: {'; '.join(found['violations'])}\n    {story}\n  again: {again}")


def _kind_of(reason: str) -> str:
    """A reason without what is different in each case."""
    words = ["…" if any(c.isdigit() for c in word) else word for word in reason.split()]
    return " ".join(words[:9])


def add_to(commands: Any) -> None:
    """The command line of this part."""
    own: argparse.ArgumentParser = commands.add_parser(
        "crashes", help="a crash at every boundary of one order"
    )
    own.add_argument("--database", choices=KINDS, action="append", help="default: both")
    own.add_argument("--at", type=int, help="only this boundary")
    own.add_argument(
        "--states", choices=KINDS, action="append", default=[],
        help="on this database only one boundary for each state that a crash leaves",
    )  # fmt: skip
    own.set_defaults(
        parts=lambda given: [run(given.database or KINDS, given.lanes, given.at, given.verbose, given.states)]
    )
