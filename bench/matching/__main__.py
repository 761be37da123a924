"""``make bench-matching``: how good matching is, on labelled cases made by seed; with ``--speed``, how fast."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.matching import baseline, show, speed
from bench.matching.generate import generate
from bench.matching.judge import judge
from bench.matching.profiles import PROFILES
from bench.matching.subject import subject


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(prog="python -m bench.matching", description=__doc__)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--variants", type=int, default=100_000, help="ordered variants of each profile")
    words.add_argument("--profile", choices=(*PROFILES, "both"), default="both")
    words.add_argument(
        "--explain", type=int, default=0, metavar="N", help="print N lines whose right item was not offered"
    )
    words.add_argument("--json", type=Path, help="write the figures there as well")
    words.add_argument(
        "--speed", action="store_true", help="100,000 variants against 1,000,000 items instead"
    )
    given = words.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=180)  # a file has room for whole rows
    found: dict[str, Any] = {}
    if given.speed:
        found["speed"] = speed.show(console)
    else:
        for name in PROFILES:
            if given.profile in (name, "both"):
                found[name] = _quality(console, name, given)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(
            json.dumps({"seed": given.seed, **found}, indent=1, ensure_ascii=False), "utf-8"
        )


def _quality(console: Console, name: str, given: argparse.Namespace) -> dict[str, Any]:
    world = generate(given.seed, PROFILES[name], given.variants)
    begun = time.perf_counter()
    with subject(world) as matching:
        figures = judge(world.truths, matching.outcomes())
    plain = judge(world.truths, baseline.outcomes(world))
    show.show(console, name, world, figures, plain, explain=given.explain)
    console.print(f"Seed {given.seed}; matched and judged in {time.perf_counter() - begun:.0f} s.")
    return {"matching": show.as_data(figures), "equal_upc": show.as_data(plain)}


if __name__ == "__main__":
    main()
