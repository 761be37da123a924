"""What the POS applies after the waiting time is taken back; crash that, too, at each of its boundaries, and judge.

Twice: a purchase order and a line come before the export is read back, and they come after it was exported, so that the
next run's second look finds them.

    python -m prove late
    python -m prove -v late --database sqlite --case after --at 12
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prove.attempt import Job, Outcome, attempt
from prove.crashes import note_result, result
from prove.database import KINDS
from prove.figures import Report
from prove.lanes import in_lanes
from prove.recovery import AFTER_A_KILL, EXPORT, NEXT_RUN, VERIFY, Runs, task
from prove.scene import set_up, small, warm
from prove.world import WAITING_TIME, Ledgers, World, world

CASES = ("before", "after")
"""Applied before the export is read back, and after that."""
LATE = {"before": WAITING_TIME + 20, "after": 4 * WAITING_TIME}
"""Seconds after which the POS applies them."""


@dataclass(frozen=True)
class Late:
    """A world in which a purchase order and a line are there twice, and the attempt that finds them."""

    number: str
    before: Ledgers
    case: str
    finds: Job
    whole: Outcome


def prepare(in_world: World, case: str) -> Late:
    """Have both applied late, and let the DAG go on to where they are found."""
    set_up(in_world, small())
    (number,) = small().numbers
    before = in_world.ledgers()
    for path in ("/Order\\.json", "/OrderLine\\.json"):
        in_world.control(
            "/_faults", method="POST", path=path, action="apply_late", status=504, seconds=LATE[case]
        )
    runs = Runs(in_world)
    for _ in range(3):  # the order is lost, then the line, then it is done
        outcome = runs.once(number, EXPORT)
        if outcome.kind != "done":
            in_world.clock.sleep(WAITING_TIME)
    finds = task(number, VERIFY, "finder")
    if case == "after":
        runs.finish(number, VERIFY)
        in_world.clock.sleep(LATE[case] + NEXT_RUN)
        finds = _discovery
    else:
        in_world.clock.sleep(LATE[case])
    there = [po for po in in_world.ledgers().pos["Order"] if not po["archived"]]
    if outcome.kind != "done" or len(there) != 2 or in_world.late_writes():
        raise AssertionError("the scene did not come about:\n" + "\n".join(runs.story.lines))
    in_world.save(case)
    whole = attempt(in_world, finds)
    if whole.kind != "done":
        raise AssertionError(f"without a crash: {whole}")
    return Late(number, before, case, finds, whole)


def _discovery(in_world: World) -> list[str]:
    return in_world.shop.discover("looks again")


def crash(in_world: World, late: Late, at: int) -> dict[str, Any]:
    """One crash while what is too many is taken back, and everything until the end."""
    in_world.restore(late.case)
    runs = Runs(in_world)
    killed = attempt(in_world, late.finds, kill_at=at)
    what = str(killed.boundaries[-1])
    runs.story.tell(f"{late.case}: {killed}")
    if killed.kind != "killed":
        runs.story.trouble.append(f"it was to be killed at boundary {at} and ended otherwise: {killed}")
    in_world.clock.sleep(AFTER_A_KILL)
    if late.case == "before":
        runs.finish(late.number, VERIFY)
    runs.next_run()
    runs.next_run()
    found = result(
        in_world, late.before, runs, promised=False, exported=True, at=at, what=f"{late.case} {what}", case=late.case,
        database=in_world.kind,
    )  # fmt: skip
    if found["named"]:
        found["violations"].append(f"it was to be taken back, not only named: {found['named']}")
    return found


def sweep(
    kind: str, cases: Sequence[str], lanes: int, only: int | None, every: int
) -> Iterator[dict[str, Any]]:
    """Every boundary of the attempts that take something back."""

    def work(share: Sequence[int]) -> Iterator[dict[str, Any]]:
        with world(kind) as made:
            warm(made)
            for case in cases:
                late = prepare(made, case)
                yield {"boundaries": len(late.whole.boundaries), "case": case}
                numbers = (
                    [only]
                    if only
                    else range(1 + share[0] * every, len(late.whole.boundaries) + 1, lanes * every)
                )
                for at in numbers:
                    yield crash(made, late, at)

    yield from in_lanes(list(range(1 if only else lanes)), lanes, work)


def run(
    kinds: Sequence[str] = KINDS, cases: Sequence[str] = CASES, lanes: int = 2, only: int | None = None,
    verbose: bool = False, every: int = 1,
) -> Report:  # fmt: skip
    """The part ``late`` of the proof. ``every``: only each so-many-th boundary."""
    report, began = Report("late"), time.monotonic()
    for kind in kinds:
        for found in sweep(kind, cases, lanes, only, every):
            if "boundaries" in found:
                report.figures[f"boundaries, applied {found['case']} reading back, {kind}"] = found[
                    "boundaries"
                ]
                continue
            report.count(f"crashes on {kind}")
            again = f"python -m prove -v late --database {kind} --case {found['case']} --at {found['at']}"
            note_result(report, found, f"crash on {kind} at {found['what']}", again, verbose)
    report.seconds = time.monotonic() - began
    return report


def add_to(commands: Any) -> None:
    """The command line of this part."""
    own: argparse.ArgumentParser = commands.add_parser(
        "late", help="a crash while late writes are taken back"
    )
    own.add_argument("--database", choices=KINDS, action="append", help="default: both")
    own.add_argument("--case", choices=CASES, action="append", help="default: both")
    own.add_argument("--at", type=int, help="only this boundary")
    own.add_argument("--every", type=int, default=1, help="only each so-many-th boundary")
    own.set_defaults(
        parts=lambda given: [
            run(
                given.database or KINDS,
                given.case or CASES,
                given.lanes,
                given.at,
                given.verbose,
                given.every,
            )
        ]
    )
