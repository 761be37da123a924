"""Two attempts that live at the same time, interleaved: one stands at a boundary while the other one works."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import psycopg
from support.orders import line, order, pos, upc

from prove.attempt import Attempt, Blocked, Outcome
from prove.boundaries import BEFORE_COMMIT, BEFORE_SEND, Boundary
from prove.crashes import APPROVED, WRITTEN, Sweep, prepare, result
from prove.judge import judge
from prove.recovery import EXPORT, STAGES, Runs, task
from prove.scene import Scene, set_up, standard, warm
from prove.world import World

SAME, SHARED = "one order", "two orders"
"""Two attempts of one order; an attempt each of two orders that need the same new vendor, brand, matrix and items."""

OVER, ALIVE, CROSSED, CUT = "lease over", "lease alive", "crossed", "cut"
"""The first stands for longer than its lease, and the second does everything meanwhile; no time passes, and the second
tries once; the first stands for longer than its lease, and wakes up while the second stands somewhere, too; nobody else
is at work, but the server ends the first one's connections while it stands around a commit."""

SCENES, MODES = (SAME, SHARED), (OVER, ALIVE, CROSSED, CUT)
PAST_THE_LEASE = 95.0
_PATIENCE = 1.0
"""Real seconds after which an attempt that is silent waits for a lock."""


@dataclass(frozen=True)
class Case:
    """One interleaving: the first attempt stands at boundary ``at``."""

    database: str
    scene: str
    mode: str
    at: int

    def __str__(self) -> str:
        return f"{self.scene}, {self.mode}, first stands at {self.at}, {self.database}"

    @property
    def words(self) -> str:
        """The options that repeat it."""
        return f"--database {self.database} --scene '{self.scene}' --mode '{self.mode}' --at {self.at}"


def two_orders() -> Scene:
    """Two orders of the same new style, with an image, in other quantities; vendor and brand are new as well."""
    both = [
        order(
            number,
            line("COAT", "Blue", {"S": quantity, "L": 1}, upcs={"S": upc(11), "L": upc(12)}, price="45.50"),
        )
        for number, quantity in (("1001", 1), ("1002", 3))
    ]
    shop = pos([], [{"vendorID": 1, "name": "Old Supplier"}], [{"manufacturerID": 1, "name": "Old Supplier"}])
    return Scene(tuple(both), pictured=("COAT",), shop_floor=shop)


class Beside(Runs):
    """The runs of the DAG while another attempt may stand somewhere."""

    def __init__(self, world: World, number: str, stage: str) -> None:
        super().__init__(world)
        self._name = f"{number} {stage}"
        self.first = Attempt(world, task(number, stage, "the first"))
        self.stood_at: Boundary | None = None

    def stand(self, at: int) -> None:
        """Have the first attempt go to its boundary."""
        self.stood_at = self.first.run(until=at)
        self.story.tell(f"{self._name}: the first stands at {self.stood_at}")
        if self.stood_at is None:
            self.story.trouble.append(
                f"the first was to stand at boundary {at} and ended: {self.first.outcome}"
            )

    def let_go(self, beside: Attempt | None = None) -> Outcome:
        """Have the first attempt go on to its end."""
        if self.first.outcome is None:
            self._go(self.first, beside)
        assert self.first.outcome is not None
        self.story.attempts += 1
        self.story.tell(f"{self._name}: the first, let go: {self.first.outcome}")
        self._check(self.first.outcome, self._name)
        return self.first.outcome

    def cross(self, number: str, stage: str, at: int) -> Outcome:
        """The second goes to a boundary of its own and stands there while the first goes on to its end."""
        second = Attempt(self.world, task(number, stage, "the second"))
        try:
            self._go(second, self.first, until=at)
            self.story.tell(f"{number} {stage}: the second stands at {second.boundaries[-1]}")
            self.let_go(second)
            if second.outcome is None:
                self._go(second, None)
        finally:
            ended = second.outcome or second.kill()
        self.story.attempts += 1
        self.story.tell(f"{number} {stage}: the second, let go: {ended}")
        self._check(ended, f"{number} {stage}")
        return ended

    def once(self, number: str, stage: str, *, kill_at: int | None = None, seed: int = 0) -> Outcome:
        """One attempt of one task, beside the one that stands."""
        if self.first.outcome is not None or kill_at is not None:
            return super().once(number, stage, kill_at=kill_at, seed=seed)
        self._holders += 1
        running = Attempt(self.world, task(number, stage, f"worker {self._holders}"), seed)
        self._go(running, self.first)
        outcome = running.outcome
        assert outcome is not None
        self.story.attempts += 1
        self.story.tell(f"{number} {stage}: {outcome}")
        self._check(outcome, f"{stage} of order {number}")
        return outcome

    def _go(self, running: Attempt, beside: Attempt | None, until: int | None = None) -> None:
        """Run; where the one beside stands inside of a transaction and is waited for, it commits."""
        inside = beside is not None and beside.outcome is None and _inside(beside)
        try:
            running.run(until=until, patience=_PATIENCE if inside else None)
        except Blocked:
            assert beside is not None
            self.story.tell(f"  it waits for a lock; the one beside goes on to {beside.step()}")
            running.wait()


def _inside(standing: Attempt) -> bool:
    return bool(standing.boundaries) and standing.boundaries[-1].moment == BEFORE_COMMIT


def prepare_scene(world: World, scene: str) -> Sweep:
    """Approve the scene's orders, count the first one's boundaries, and go through all of it once without a fault."""
    if scene == SAME:
        return prepare(world, standard())
    warm(world)
    orders = two_orders()
    set_up(world, orders)
    before = world.ledgers()
    world.save(APPROVED)
    runs = Runs(world)
    number, other = orders.numbers
    exported = runs.once(number, EXPORT)
    runs.finish(number, before=exported)
    runs.finish(other)
    runs.next_run()
    verdict = judge(world, before)
    if problems := [
        *runs.story.trouble,
        *verdict.violations,
        *(e for e in verdict.ends if e.state != "exported"),
    ]:
        raise AssertionError(f"without any fault: {problems}\n" + "\n".join(runs.story.lines))
    return Sweep(number, before, {EXPORT: exported})


def cases_of(sweep: Sweep, database: str, scene: str, mode: str) -> list[Case]:
    """Every boundary of the first; connections are cut on Postgres, around the commits of one order."""
    places = range(1, sweep.boundaries + 1)
    if mode != CUT:
        return [Case(database, scene, mode, at) for at in places]
    if database != "postgres" or scene != SAME:
        return []
    boundaries = [one for stage in STAGES for one in sweep.stages[stage].boundaries]
    return [Case(database, scene, mode, at) for at in places if boundaries[at - 1].is_commit]


def interleave(world: World, sweep: Sweep, case: Case, seed: int = 0) -> dict[str, Any]:
    """One interleaving, everything until its end, and the verdict."""
    stage, number = sweep.place(case.at)
    world.restore(APPROVED if stage == EXPORT else WRITTEN)
    runs = Beside(world, sweep.number, stage)
    second = sweep.number if case.scene == SAME else two_orders().numbers[1]
    try:
        runs.stand(number)
        if case.mode in (OVER, CROSSED):
            world.clock.sleep(PAST_THE_LEASE)
        if case.mode == OVER:
            runs.finish(second, stage)
            first = runs.let_go()
        elif case.mode == ALIVE:
            tried = runs.once(second, stage)
            first = runs.let_go()
            runs.finish(second, stage, tried)
        elif case.mode == CUT:
            _cut_connections(world)
            first = runs.let_go()
            runs.finish(sweep.number, stage, first)
        else:
            chosen = random.Random(f"{seed}/{case}").randint(1, len(sweep.stages[stage].boundaries))
            crossed = runs.cross(second, stage, chosen)
            first = runs.let_go() if runs.first.outcome is None else runs.first.outcome
            runs.finish(second, stage, crossed)
        if case.scene == SHARED:
            runs.finish(sweep.number, stage, first)
    finally:
        runs.first.kill()
    runs.next_run()
    what = f"{stage} {runs.stood_at}"
    return _result(world, sweep, runs, case, what)


def _cut_connections(world: World) -> None:
    """The server ends every connection to the product's database."""
    address = world.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _result(world: World, sweep: Sweep, runs: Beside, case: Case, what: str) -> dict[str, Any]:
    """Who stood for longer than the waiting time right before its request, and sent it then, is outside of the promise:
    what it doubled must be taken back or named."""
    at, ended = runs.stood_at, runs.first.outcome
    promised = case.mode in (ALIVE, CUT) or at is None or at.moment != BEFORE_SEND
    about: dict[str, Any] = {"database": case.database, "what": what, "case": str(case), "words": case.words}
    about["first"] = "done" if ended is not None and ended.kind == "done" else getattr(ended, "error", "")
    return result(world, sweep.before, runs, promised=promised, **about)
