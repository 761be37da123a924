"""Crash an export, crash its recovery, have the DAG go on, and judge: every pair of boundaries.

Every boundary of the order is a first crash; whatever attempt then follows (one that only finds the lease taken, one
that waits, one that looks up and goes on, the verification) is crashed at each of its own boundaries. Boundaries that
leave the very same state behind (``prove.states``) are one case: a process that only reads leaves what was there.
Each state is reached by a real SIGKILL and recovered from.

    python -m prove pairs
    python -m prove pairs --sample 150 --seed 7
    python -m prove -v pairs --first 61 --attempt 3 --second 20
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prove.attempt import Outcome
from prove.crashes import APPROVED, WRITTEN, First, Sweep, by_state, note_result, prepare, result
from prove.figures import Report
from prove.lanes import in_lanes
from prove.recovery import EXPORT, STAGES, TRIES, Runs, Story, task, wait_after
from prove.scene import small
from prove.states import states_along
from prove.world import World, world


@dataclass(frozen=True)
class Step:
    """One attempt of a recovery: the checkpoint that it begins at, and how it went without a second crash."""

    checkpoint: str
    stage: str
    outcome: Outcome


@dataclass(frozen=True)
class Choice:
    """Which pairs: all, or by chance ``seconds`` of each of the firsts, or the one that is named."""

    seconds: int | None = None
    seed: int = 0
    attempt: int | None = None
    second: int | None = None


def pairs_of(in_world: World, sweep: Sweep, first: First, choice: Choice) -> Iterator[dict[str, Any]]:
    """Every second crash after a first one."""
    stage, number = sweep.place(first.at)
    in_world.restore(APPROVED if stage == EXPORT else WRITTEN)
    runs = Runs(in_world)
    killed = runs.once(sweep.number, stage, kill_at=number)
    what = f"{stage} {killed.boundaries[-1] if killed.boundaries else 'the start'}"
    begin = list(runs.story.lines)
    steps = _recovery(in_world, runs, sweep.number, stage, killed)
    yield {"pairs": first.same * sum(len(step.outcome.boundaries) for step in steps)}
    seen: set[str] = set()
    cases = [
        (n, step, m) for n, step in enumerate(steps, 1) for m in range(1, len(step.outcome.boundaries) + 1)
    ]
    if choice.second is not None:
        cases = [case for case in cases if (case[0], case[2]) == (choice.attempt, choice.second)]
    elif choice.seconds is not None:
        chance = random.Random(f"{choice.seed}/{first.at}")
        cases = chance.sample(cases, min(choice.seconds, len(cases)))
    else:
        cases = list(_new_states(in_world, sweep.number, steps, seen))
    for n, step, second in cases:
        in_world.restore(step.checkpoint)
        after = Runs(in_world, Story([*begin, f"  … attempt {n} of the recovery:"]))
        again = after.once(sweep.number, step.stage, kill_at=second)
        if again.kind != "killed":
            after.story.trouble.append(
                f"the recovery was to be killed at boundary {second} and ended: {again}"
            )
        after.finish(sweep.number, step.stage, again)
        after.next_run()
        yield result(
            in_world, sweep.before, after, exported=True, first=first.at, what=f"{what}, then {step.stage} {again.boundaries[-1]}",
            attempt=n, second=second,
        )  # fmt: skip
    for step in steps:
        in_world.forget(step.checkpoint)


def _recovery(in_world: World, runs: Runs, number: str, stage: str, killed: Outcome) -> list[Step]:
    """The recovery without a second crash, with a checkpoint before each of its attempts."""
    steps: list[Step] = []
    outcome: Outcome | None = killed
    for each in STAGES[STAGES.index(stage) :]:
        for tries in range(TRIES):
            if outcome is None:
                checkpoint = f"recovery {len(steps)}"
                in_world.save(checkpoint)
                outcome = runs.once(number, each)
                steps.append(Step(checkpoint, each, outcome))
            if outcome.kind == "done" or (wait := wait_after(outcome, tries)) is None:
                break
            in_world.clock.sleep(wait)
            outcome = None
        if outcome is None or outcome.kind != "done":
            break
        outcome = None
    return steps


def _new_states(
    in_world: World, number: str, steps: Sequence[Step], seen: set[str]
) -> Iterator[tuple[int, Step, int]]:
    """Those boundaries of a recovery at which a state stands that no boundary before it had."""
    for n, step in enumerate(steps, 1):
        in_world.restore(step.checkpoint)
        found = []
        for boundary, state in states_along(in_world, task(number, step.stage, "walker")):
            key = f"{step.stage} {state}"
            if key not in seen:
                seen.add(key)
                found.append((n, step, boundary))
        yield from found


def run(
    lanes: int = 2, sample: int | None = None, seed: int = 0, only: tuple[int, int, int] | None = None,
    verbose: bool = False, kind: str = "sqlite",
) -> Report:  # fmt: skip
    """The part ``pairs`` of the proof."""
    report, began = Report("pairs"), time.monotonic()
    with world(kind) as made:
        prepared = prepare(made, small())
        firsts = by_state(made, prepared)
    report.figures = {"boundaries": prepared.boundaries, "states after the first crash": len(firsts)}
    choice = Choice()
    if only:
        firsts = [First(only[0], 1)]
        choice = Choice(attempt=only[1], second=only[2])
    elif sample is not None:
        firsts = random.Random(seed).sample(firsts, min(len(firsts), max(1, sample // _SECONDS)))
        choice = Choice(seconds=_SECONDS, seed=seed)

    def work(share: Sequence[First]) -> Iterator[dict[str, Any]]:
        with world(kind) as own:
            sweep = prepare(own, small())
            for first in share:
                yield from pairs_of(own, sweep, first, choice)

    for found in in_lanes(firsts, lanes, work):
        if "pairs" in found:
            report.count("pairs" if sample is None else "pairs to choose from", found["pairs"])
            continue
        report.count("pairs crashed and recovered")
        note_result(
            report, found, f"pair {found['what']}",
            f"python -m prove -v pairs --database {kind} --first {found['first']} --attempt {found['attempt']} "
            f"--second {found['second']}", verbose,
        )  # fmt: skip
    report.seconds = time.monotonic() - began
    return report


_SECONDS = 6
"""Second crashes that a sample takes after each of its first ones."""


def add_to(commands: Any) -> None:
    """The command line of this part."""
    own: argparse.ArgumentParser = commands.add_parser("pairs", help="a crash, and a crash of its recovery")
    own.add_argument("--sample", type=int, help="so many by chance")
    own.add_argument("--seed", type=int, default=0, help="of the chance")
    own.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    own.add_argument("--first", type=int, help="only this one: boundary of the order,")
    own.add_argument("--attempt", type=int, default=1, help="attempt of the recovery")
    own.add_argument("--second", type=int, default=1, help="and boundary of that attempt")
    own.set_defaults(parts=_parts)


def _parts(given: argparse.Namespace) -> list[Report]:
    only = (given.first, given.attempt, given.second) if given.first else None
    return [run(given.lanes, given.sample, given.seed, only, given.verbose, given.database)]
