"""``python -m prove``: the proof as a whole, or one part of it, with its figures.

A part is a module with ``add_to(commands)``, which adds its own command and sets ``parts`` to a function of the parsed
arguments that gives its reports. ``PARTS`` names the modules, and what ``all`` and ``ci`` run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import logging
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from prove.figures import Report, show, write

MODULES = (
    "prove.crashes", "prove.pairs", "prove.late", "prove.seeds", "prove.together", "prove.kills", "prove.guards", "prove.cost",
)  # fmt: skip
ALL: tuple[tuple[str, ...], ...] = (
    ("crashes",),
    ("pairs",),
    ("late",),
    ("seeds", "--seeds", "{seeds}"),
    ("together",),
    ("kills", "--defaults", "2"),
    ("guards",),
    ("cost",),
)
CI: tuple[tuple[str, ...], ...] = (
    ("crashes", "--states", "postgres"),
    ("pairs", "--sample", "{pairs}"),
    ("late", "--every", "5"),
    ("seeds", "--seeds", "200"),
    ("together", "--sample", "60"),
    ("kills", "--short"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and give the exit status: 0 only where nothing is wrong."""
    given = _parser().parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what goes wrong on purpose is told by the stories
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended, too
    began = time.monotonic()
    try:
        reports: list[Report] = given.parts(given)
    except KeyboardInterrupt:
        return 130
    show(reports)
    if given.json:
        write(reports, given.json)
    wrong = sum(len(report.failures) for report in reports)
    print(f"{wrong} violations in {time.monotonic() - began:.0f} seconds")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m prove", description="Exactly once, proven.")
    parser.add_argument(
        "--lanes", type=int, default=2, help="processes side by side, each with a world of its own"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what happens in each case")
    commands = parser.add_subparsers(required=True)
    there = []
    for name in MODULES:
        if importlib.util.find_spec(name) and hasattr(module := importlib.import_module(name), "add_to"):
            module.add_to(commands)
            there.append(name)
    for name, parts, words in (("all", ALL, "everything"), ("ci", CI, "the short version")):
        own = commands.add_parser(name, help=words)
        own.add_argument("--seeds", type=int, default=10_000)
        own.add_argument(
            "--pairs", type=int, default=150, help="pairs of crashes in the short version's sample"
        )
        own.set_defaults(parts=lambda given, parts=parts: _several(parser, given, parts, there))
    return parser


def _several(
    parser: argparse.ArgumentParser, given: argparse.Namespace, parts: Sequence[Sequence[str]], there: Sequence[str]
) -> list[Report]:  # fmt: skip
    reports: list[Report] = []
    for name, *options in parts:
        if f"prove.{name}" in there:
            words = [name, *(one.format(seeds=given.seeds, pairs=given.pairs) for one in options)]
            print(f"{' '.join(words)} …", flush=True)
            one = parser.parse_args(["--lanes", str(given.lanes), *words])
            reports += one.parts(one)
    return reports


if __name__ == "__main__":
    sys.exit(main())
