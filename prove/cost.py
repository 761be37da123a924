"""What safety costs: drips and seconds of an export beside one that sends the same writes and nothing else.

    python -m prove cost

The bare export sends the writes of the very same plan, one after the other: no second match, no search for a purchase
order that is there already, no look-up, no lease, no journal, no reading back.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from support.orders import item, line, order, pos, upc

from nuorder_pos.domain.plan_data import resolve
from nuorder_pos.pipeline import plan, snapshots, steps
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.final import read_final
from nuorder_pos.pipeline.judging import standing_decision
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.report import matched
from nuorder_pos.pipeline.verify import verify
from prove.attempt import attempt
from prove.database import KINDS
from prove.figures import Report
from prove.scene import Scene, set_up, standard
from prove.world import World, world

ROUNDS = 5
LINES = 40
Measured = tuple[str, float]
"""Drips as text, and seconds."""


def known_items() -> Scene:
    """An order of 40 lines for items in stock, not the account's first: nothing but the purchase order is written."""
    sizes = {f"{n:02d}": n for n in range(1, LINES + 1)}
    codes = {size: upc(n) for n, size in enumerate(sizes, start=1)}
    stock = [item(n, upc(n), description=f"Tee {size}") for n, size in enumerate(sizes, start=1)]
    earlier = order(EARLIER, line(sizes={"01": 1}, upcs={"01": upc(1)}))
    return Scene((order("1001", line(sizes=sizes, upcs=codes)), earlier), shop_floor=pos(stock))


SCENES: dict[str, Callable[[], Scene]] = {
    "first order of an account": standard, f"{LINES} known items": known_items,
}  # fmt: skip
EARLIER = "0999"
"""An order that was exported before: from it the project knows what this POS keeps."""


def guarded(in_world: World, number: str = "1001") -> Measured:
    """The product's own export and verification."""
    work, order_id = in_world.shop.work, in_world.shop.id(number)
    before, began = work.meter.drips, time.perf_counter()
    export(work, order_id, holder="cost")
    verify(work, order_id, holder="cost")
    return str(work.meter.drips - before), time.perf_counter() - began


def bare(in_world: World) -> Measured:
    """The same writes and nothing else. Matching and planning happen before the clock starts."""
    work, order_id = in_world.shop.work, in_world.shop.id("1001")
    row = row_of(work.engine, order_id)
    seen = snapshots.fresh_order(work.engine, row["snapshot_id"], read_final(work, row))
    standing = standing_decision(work, order_id)
    assert standing is not None
    planned = plan.plan_for(work, row, matched(work, work.brand_of(row), seen), standing[1])
    before, began, results = work.meter.drips, time.perf_counter(), dict[str, str]()
    for step in planned.steps:
        pictured = step.kind == "add_image"
        image = work.nuorder[row["brand"]].image(str(step.payload["url"])) if pictured else None
        payload, target = resolve(step.payload, results), resolve(step.target, results)
        results[step.key] = steps.send(work, step, payload, target, image, lambda: None)
    return str(work.meter.drips - before), time.perf_counter() - began


@dataclass(frozen=True)
class Cost:
    """One scene on one database: drips, and the median of the seconds."""

    drips: Decimal
    seconds: float


def measure(in_world: World, way: Callable[[World], Measured]) -> Cost:
    """Some rounds from the same start, each in a process of its own."""
    rounds: list[Measured] = []
    for _ in range(ROUNDS):
        in_world.restore("approved")
        outcome = attempt(in_world, way)
        if outcome.kind != "done":
            raise AssertionError(f"the export did not come to its end: {outcome}")
        rounds.append(outcome.result)
    return Cost(Decimal(rounds[0][0]), median(seconds for _, seconds in rounds))


def run() -> Report:
    """The part ``cost`` of the proof."""
    report, began = Report("cost"), time.monotonic()
    for kind in KINDS:
        with world(kind) as made:
            for name, scene in SCENES.items():
                given = scene()
                set_up(made, given)
                if EARLIER in given.numbers:
                    attempt(made, lambda there: guarded(there, EARLIER))
                made.save("approved")
                safe, plain = measure(made, guarded), measure(made, bare)
                where = f"{name}, {kind}"
                report.figures |= {
                    f"{where}: drips, bare": str(plain.drips.normalize()),
                    f"{where}: drips of safety": str((safe.drips - plain.drips).normalize()),
                    f"{where}: drips, times bare": f"{safe.drips / plain.drips:.2f}",
                    f"{where}: own seconds, bare": f"{plain.seconds:.2f}",
                    f"{where}: own seconds of safety": f"{safe.seconds - plain.seconds:.2f}",
                }
    report.seconds = time.monotonic() - began
    return report


def add_to(commands: Any) -> None:
    """The command ``cost``."""
    own: argparse.ArgumentParser = commands.add_parser("cost", help="what safety costs in drips and seconds")
    own.set_defaults(parts=lambda given: [run()])
