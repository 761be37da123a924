"""What the DAG does with an order, attempt by attempt, each in a process of its own; waits are jumps of the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.report import make_report
from nuorder_pos.pipeline.verify import verify
from prove.attempt import Job, Outcome, attempt
from prove.world import WAITING_TIME, World

EXPORT, VERIFY = "export", "verify"
STAGES = (EXPORT, VERIFY)
AFTER_A_KILL = 60.0
"""Seconds until Airflow starts a task again whose process was killed."""
TRIES = 12
"""Attempts of one task. With the waits below these are hours; who needs more does not come to an end."""
NEXT_RUN = 1800.0
"""Seconds between two runs of the DAG."""


@dataclass
class Story:
    """What happened, in lines for a reader; ``trouble`` is what must not happen in any story."""

    lines: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    attempts: int = 0

    def tell(self, line: str) -> None:
        """One more thing that happened."""
        self.lines.append(line)


def task(number: str, stage: str, holder: str) -> Job:
    """One task of the DAG for one order: ``export`` or ``verify``."""

    def work(world: World) -> str:
        do = export if stage == EXPORT else verify
        return do(world.shop.work, world.shop.id(number), holder=holder).po_id

    return work


def wait_after(outcome: Outcome, tries: int, after_kill: float = AFTER_A_KILL) -> float | None:
    """Seconds until the task is tried again; ``None`` where it is not."""
    if outcome.kind == "killed":
        return after_kill
    if outcome.error == "OutcomeUnknown":
        return WAITING_TIME
    if outcome.passing:
        grown = min(900.0, 30.0 * 2**tries)
        return grown if outcome.retry_after is None else max(1.0, outcome.retry_after)
    return None


class Runs:
    """The runs of the DAG over one world."""

    def __init__(
        self, world: World, story: Story | None = None, tries: int = TRIES, after_kill: float = AFTER_A_KILL
    ) -> None:
        self.world, self.tries, self.after_kill = world, tries, after_kill
        self.story = story or Story()
        self._holders = 0
        self._runs = 0

    def once(self, number: str, stage: str, *, kill_at: int | None = None, seed: int = 0) -> Outcome:
        """One attempt of one task."""
        self._holders += 1
        outcome = attempt(
            self.world, task(number, stage, f"worker {self._holders}"), kill_at=kill_at, seed=seed
        )
        self.story.attempts += 1
        self.story.tell(f"{number} {stage}: {outcome}")
        self._check(outcome, f"{stage} of order {number}")
        return outcome

    def finish(self, number: str, stage: str = EXPORT, before: Outcome | None = None) -> None:
        """Try a task again, and then the one after it, until the order is exported or a person is needed.

        ``before`` is an attempt that has been made already.
        """
        for each in STAGES[STAGES.index(stage) :]:
            if not self._until_over(number, each, before if each == stage else None):
                return

    def _until_over(self, number: str, stage: str, outcome: Outcome | None) -> bool:
        for tries in range(self.tries):
            if outcome is None:
                outcome = self.once(number, stage)
            if outcome.kind == "done":
                return True
            wait = wait_after(outcome, tries, self.after_kill)
            if wait is None:
                return False
            self.world.clock.sleep(wait)
            self.story.tell(f"  {wait:.0f} seconds pass")
            outcome = None
        self.story.trouble.append(f"{stage} of order {number} did not come to an end in {self.tries} tries")
        return False

    def next_run(self, after: float = NEXT_RUN) -> None:
        """Time passes, and the DAG runs once more: discovery with all that it does, and every order that it takes."""
        self.world.clock.sleep(after)
        self._runs += 1
        run = f"later-{self._runs}"
        found = self._repeated(f"discovery of run {run}", lambda world: world.shop.discover(run))
        for number in found or ():
            if self._repeated(f"report of order {number}", _reported(number)) == "go":
                self.finish(number)
            self._repeated(f"release of order {number}", _released(number, run))

    def _repeated(self, name: str, job: Job) -> Any:
        """Another task of the DAG, until it is done."""
        for tries in range(self.tries):
            outcome = attempt(self.world, job)
            self.story.tell(f"{name}: {outcome}{f' {outcome.result}' if outcome.result is not None else ''}")
            self._check(outcome, name)
            if outcome.kind == "done":
                return outcome.result
            wait = wait_after(outcome, tries, self.after_kill)
            if wait is None:
                # These do not depend on what a fault left behind: nothing may stop them for good.
                self.story.trouble.append(f"{name} was given up: {outcome}")
                return None
            self.world.clock.sleep(wait)
        self.story.trouble.append(f"{name} did not come to an end in {self.tries} tries")
        return None

    def _check(self, outcome: Outcome, name: str) -> None:
        if outcome.kind == "raised" and not outcome.ours:
            self.story.trouble.append(f"{name} ended with an error that nobody foresaw: {outcome.trace}")


def _reported(number: str) -> Job:
    def work(world: World) -> str:
        make_report(world.shop.work, world.shop.id(number))
        return world.shop.look(number).kind

    return work


def _released(number: str, run: str) -> Job:
    def work(world: World) -> None:
        world.shop.release(number, run)

    return work
