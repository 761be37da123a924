"""Stories by chance: one to three orders, faults at any request, crashes at any boundary, jumps of time; each is
repeated by its seed.

    python -m prove seeds --seeds 10000
    python -m prove -v seed 1234

Waits are jumps of the clock, so that a story is the same on every machine; only where a machine is so busy that an
answer takes longer than ``READ_TIMEOUT``, a request is lost that the script does not name.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from nuorder_pos.clients.transport import Limits
from prove.crashes import note_result, result
from prove.database import KINDS
from prove.faults import READ_TIMEOUT, Scripted, draw
from prove.figures import Report
from prove.lanes import in_lanes
from prove.recovery import EXPORT, NEXT_RUN, VERIFY, Runs
from prove.scene import Scene, by_chance, set_up, warm
from prove.world import Ledgers, World, world

SCENES = 24
"""Scenes that the seeds choose from; each is matched and approved once for each lane."""
LIMITS = Limits(connect=1.0, read=READ_TIMEOUT, total=20.0, write_total=20.0)
ONE_IN = 4
"""Of so many seeds one may have requests that the POS applies after the waiting time."""
A_DAY = 86_400.0 + 3600


class Story:
    """One seed in one world."""

    def __init__(self, in_world: World, scenes: dict[int, Ledgers], seed: int) -> None:
        self.world, self.seed = in_world, seed
        self.chance = random.Random(seed)
        self.promised = self.chance.randrange(ONE_IN) > 0
        number = self.chance.randrange(SCENES)
        self.before = _scene(in_world, scenes, number)
        self.runs = Runs(in_world, tries=20)
        self.stages = dict.fromkeys(_scene_of(number).numbers, EXPORT)
        self.faults: list[Scripted] = []
        self.crashes = 0

    def tell(self) -> dict[str, Any]:
        """Everything, from the first attempt to the verdict."""
        for _ in range(self.chance.randint(3, 8)):
            self._one_thing()
        fired = self._end_of_faults()
        for number, stage in self.stages.items():
            if stage:
                self.runs.finish(number, stage)
        self.runs.next_run()
        # Now the second look at what may have been late is due, and a day later what was held is tried once more.
        self.runs.next_run(NEXT_RUN)
        self.runs.next_run(A_DAY)
        return result(
            self.world, self.before, self.runs, promised=self._kept(fired), seed=self.seed, fired=fired,
            crashes=self.crashes, orders=len(self.stages),
        )  # fmt: skip

    def _one_thing(self) -> None:
        for _ in range(self.chance.choice((0, 1, 1, 2))):
            fault = draw(self.chance, too_late=not self.promised)
            self.faults.append(fault)
            self.world.control("/_faults", **fault.spec)
            self.runs.story.tell(f"  fault: {fault.name} {fault.spec}")
        number = self.chance.choice(sorted(self.stages))
        if stage := self.stages[number]:
            kill_at = self.chance.randint(1, 160) if self.chance.random() < 0.35 else None
            outcome = self.runs.once(number, stage, kill_at=kill_at, seed=self.chance.randrange(1 << 30))
            self.crashes += outcome.kind == "killed"
            if outcome.kind == "done":
                self.stages[number] = VERIFY if stage == EXPORT else ""
        jump = self.chance.choice((0, 1, 10, 31, 61, 95, 121, 200, 400, 3700))
        if jump:
            self.world.clock.sleep(jump)
            self.runs.story.tell(f"  {jump} seconds pass")

    def _end_of_faults(self) -> Counter[str]:
        scripted = self.world.faults()
        fired: Counter[str] = Counter()
        for fault in self.faults:
            (same,) = [one for one in scripted if _is(one, fault)][:1]
            fired[fault.name] += len(same["fired"])
            scripted.remove(same)
        self.world.clear_faults()
        return +fired

    def _kept(self, fired: Counter[str]) -> bool:
        return not any(fired[fault.name] for fault in self.faults if fault.too_late)


def _is(one: dict[str, Any], fault: Scripted) -> bool:
    spec = {name: value for name, value in fault.spec.items() if name != "server"}
    return all(one.get(name) == value for name, value in spec.items())


def _scene_of(number: int) -> Scene:
    return by_chance(random.Random(f"scene {number}"))


def _scene(in_world: World, scenes: dict[int, Ledgers], number: int) -> Ledgers:
    """Put the world to where a scene's orders are approved."""
    if number not in scenes:
        set_up(in_world, _scene_of(number))
        scenes[number] = in_world.ledgers()
        in_world.save(f"scene {number}")
    in_world.restore(f"scene {number}")
    return scenes[number]


def run(seeds: Sequence[int], lanes: int = 2, verbose: bool = False, kinds: Sequence[str] = KINDS) -> Report:
    """The part ``seeds`` of the proof. Every third seed is told on Postgres, the others on SQLite."""
    report, began = Report("seeds"), time.monotonic()
    fired: Counter[str] = Counter()

    def work(share: Sequence[int]) -> Iterator[dict[str, Any]]:
        for kind in kinds:
            own = [seed for seed in share if kind == _database_of(seed)]
            if own:
                with world(kind, LIMITS) as made:
                    warm(made)
                    scenes: dict[int, Ledgers] = {}
                    for seed in own:
                        yield Story(made, scenes, seed).tell()

    for found in in_lanes(seeds, lanes, work):
        report.count("seeds")
        report.count("orders", found["orders"])
        report.count("crashes", found["crashes"])
        fired.update(found["fired"])
        if found["named"]:
            report.count("named to a person (outside of the promise)", len(found["named"]))
        note_result(
            report, found, f"seed {found['seed']}", f"python -m prove -v seed {found['seed']}", verbose
        )
        if found["violations"]:
            print(f"seed {found['seed']}: {found['violations'][0]}", flush=True)
    report.count_all("fault", fired)
    report.count("faults fired", fired.total())
    report.seconds = time.monotonic() - began
    return report


def _database_of(seed: int) -> str:
    return "postgres" if seed % 3 == 0 else "sqlite"


def add_to(commands: Any) -> None:
    """The command lines of this part."""
    many: argparse.ArgumentParser = commands.add_parser("seeds", help="stories by chance")
    many.add_argument("--seeds", type=int, default=200, help="how many")
    many.add_argument("--first", type=int, default=1, help="the first of them")
    many.set_defaults(
        parts=lambda given: [run(range(given.first, given.first + given.seeds), given.lanes, given.verbose)]
    )
    one: argparse.ArgumentParser = commands.add_parser("seed", help="one of these stories")
    one.add_argument("seed", type=int)
    one.set_defaults(parts=lambda given: [run([given.seed], 1, given.verbose)])


__all__ = ["Story", "add_to", "run"]
