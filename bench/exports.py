"""What an exported order costs in drips and in seconds, beside the minimum and the limiter's bound."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from decimal import Decimal

from bench.sandbox import CountingMeter, bucket_level, sandbox, work_on
from nuorder_pos.clients.pacing import Bucket
from nuorder_pos.config import BrandsFile
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline import decide, discover, export, look_ahead, orders, read, report, verify, waiting
from nuorder_pos.pipeline.work import RunRef, Work
from nuorder_pos.store import exports


@dataclass(frozen=True, slots=True)
class Figure:
    """One exported order. Drips as the POS charged them; seconds from the approval to ``exported``."""

    label: str
    lines: int
    drips: Decimal
    minimum: Decimal
    seconds: float
    bound: float


def measure() -> tuple[list[Figure], Decimal]:
    """Export every order of the sandbox's sample data that can be decided, one after the other, as fast as the limiter
    lets them; and the drips of what was looked up for all of them together."""
    figures = []
    with sandbox("--registers", "5") as ready, work_on(ready) as work:
        brands = BrandsFile(accounts={"main": work.account})
        ids = discover.discover(work, run=RunRef("bench", "bench"), is_live=lambda _: set())
        look_ahead.look_ahead(work, "bench", ids)
        meter = work.meter
        assert isinstance(meter, CountingMeter)
        together = meter.drips
        for order_id in ids:
            try:
                report.make_report(work, order_id, "bench")
                _answer(work, brands, order_id)
                figure = _export(work, order_id)
            except NuorderPosError as error:
                print(f"  left out: {orders.label(work.engine, order_id)}: {str(error).splitlines()[0][:90]}")
                continue
            if figure is not None:
                print(f"  exported: {figure.label}", flush=True)
                figures.append(figure)
    return figures, together


def _answer(work: Work, brands: BrandsFile, order_id: str) -> None:
    """Approve with the first answer to every question, as a benchmark may."""
    found = read.report(work.engine, order_id)
    questions = found["questions"]
    lines = {q["line"]: q["choices"][0]["value"] for q in questions if q["line"]}
    answers = {q["code"]: q["choices"][0]["value"] for q in questions if not q["line"]}
    decide.approve(work.engine, brands, order_id, shop=None, lines=lines, answers=answers, by="bench")


def _export(work: Work, order_id: str) -> Figure | None:
    meter = work.meter
    assert isinstance(meter, CountingMeter)
    drips, requests, level = meter.drips, meter.requests, bucket_level(work)
    begun = time.monotonic()
    look = waiting.look(work, order_id)
    if look.kind != "go":
        raise NuorderPosError(look.reason)
    export.export(work, order_id, holder="bench")
    verify.verify(work, order_id, holder="bench")
    seconds = time.monotonic() - begun
    row, done = orders.row_of(work.engine, order_id), exports.get(work.engine, order_id)
    if done is None:
        return None  # it was in the POS already
    return Figure(
        label=orders.label(work.engine, order_id),
        lines=len(read.report(work.engine, order_id)["lines"]),
        drips=row["drips"],
        minimum=done["minimum_drips"],
        seconds=seconds,
        bound=bound(float(meter.drips - drips) + level.level, meter.requests - requests, level),
    )


def bound(drips: float, requests: int, bucket: Bucket) -> float:
    """The limiter's own bound in seconds: what does not fit into the bucket at the drip rate, and the burst windows."""
    return max((drips - bucket.size) / bucket.drip, math.ceil(requests / bucket.burst_limit) - 1, 0.0)
