"""What the page of an order of 1,500 variants costs the server, beside reading and parsing its stored report alone."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.sandbox import ROOT

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians in seconds, measured in turns in one run; ``page_bytes`` as they are sent."""

    variants: int
    page: float
    report: float
    page_bytes: int

    @property
    def ratio(self) -> float:
        """The whole page beside reading and parsing its report."""
        return self.page / self.report


def measure(variants: int = 1500) -> Figures:
    """Build the order through the pipeline, then open its page over HTTP on a real API server, signed in."""
    sys.path[:0] = [str(ROOT / "tests")]
    from support.desk import open_desk

    from nuorder_pos.store import reports

    with open_desk() as desk:
        number = desk.big(styles=variants // 60)
        with desk.work() as work, desk.web.login("mia") as mia:
            report_hash = desk.row(number)["report_hash"]
            path = desk.page(number)

            def page() -> int:
                answer = mia.get(path)
                answer.raise_for_status()
                return len(answer.content)

            size = page()  # once without a clock: templates are compiled, connections opened
            pages, alone = [], []
            for _ in range(ROUNDS):
                pages.append(_seconds(page))
                alone.append(_seconds(lambda: reports.get_report(work.engine, report_hash)))
    return Figures(variants, statistics.median(pages), statistics.median(alone), size)


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


if __name__ == "__main__":
    found = measure()
    print(
        f"The page of an order of {found.variants} variants: {found.page * 1000:.0f} ms, {found.ratio:.1f} times reading"
        f" its report ({found.report * 1000:.0f} ms), {found.page_bytes / 1e6:.2f} MB."
    )
