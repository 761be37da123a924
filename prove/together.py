"""The part ``together``: two live attempts, interleaved at every boundary of the first, on both databases."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from prove.crashes import note_result
from prove.database import KINDS
from prove.figures import Report
from prove.lanes import in_lanes
from prove.together_cases import MODES, SCENES, cases_of, interleave, prepare_scene
from prove.world import world

TAKEN_BACK = "taken back"
"""In the reason of an order of which something was."""


def sweep_all(
    kinds: Sequence[str], scenes: Sequence[str], modes: Sequence[str], lanes: int, *, at: int | None = None,
    sample: int | None = None, seed: int = 0,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Every interleaving, or a sample of them that follows from the seed; yields a result for each.

    The sample is divided evenly among scenes and databases.
    """
    for kind in kinds:

        def work(share: Sequence[int], kind: str = kind) -> Iterator[dict[str, Any]]:
            with world(kind) as made:
                for scene in scenes:
                    sweep = prepare_scene(made, scene)
                    cases = [case for mode in modes for case in cases_of(sweep, kind, scene, mode)]
                    cases = [case for case in cases if at is None or case.at == at]
                    yield {"boundaries": sweep.boundaries, "database": kind, "scene": scene}
                    if sample is not None:
                        each = max(1, sample // (len(kinds) * len(scenes)))
                        cases = random.Random(f"{seed}/{kind}/{scene}").sample(cases, min(each, len(cases)))
                    # Each lane counts for itself: the shares say which of the cases are its own.
                    for place, case in enumerate(cases):
                        if place % lanes == share[0]:
                            yield interleave(made, sweep, case, seed)

        yield from in_lanes(list(range(lanes)), lanes, work)


def run(
    kinds: Sequence[str] = KINDS, scenes: Sequence[str] = SCENES, modes: Sequence[str] = MODES, lanes: int = 2, *,
    at: int | None = None, sample: int | None = None, seed: int = 0, verbose: bool = False,
) -> Report:  # fmt: skip
    """The part ``together`` of the proof."""
    report, began = Report("together"), time.monotonic()
    one = 1 if at else lanes
    for found in sweep_all(kinds, scenes, modes, one, at=at, sample=sample, seed=seed):
        if "boundaries" in found:
            name = f"boundaries of the first, {found['scene']}, {found['database']}"
            report.figures[name] = found["boundaries"]
            continue
        report.count(f"interleavings on {found['database']}")
        report.count(f"the first, let go, ended: {found['first']}")
        if found["named"]:
            report.count("a request that was sent too late doubled a record, and both are named")
        if any(TAKEN_BACK in reason for _, reason in found["ends"]):
            report.count("a request that was sent too late doubled a record, which was taken back")
        again = f"python -m prove -v together {found['words']} --seed {seed}"
        note_result(report, found, f"{found['case']} ({found['what']})", again, verbose)
    report.seconds = time.monotonic() - began
    return report


def add_to(commands: Any) -> None:
    """The command line of this part."""
    own: argparse.ArgumentParser = commands.add_parser(
        "together", help="two live attempts, interleaved at every boundary"
    )
    own.add_argument("--database", choices=KINDS, action="append", help="default: both")
    own.add_argument("--scene", choices=SCENES, action="append", help="default: both")
    own.add_argument("--mode", choices=MODES, action="append", help="default: all")
    own.add_argument("--at", type=int, help="only with the first at this boundary")
    own.add_argument("--sample", type=int, help="so many of all")
    own.add_argument("--seed", type=int, default=0, help="of the sample, and of where the second stands")
    own.set_defaults(
        parts=lambda given: [
            run(
                given.database or KINDS, given.scene or SCENES, given.mode or MODES, given.lanes, at=given.at,
                sample=given.sample, seed=given.seed, verbose=given.verbose,
            )
        ]
    )  # fmt: skip
