"""Take every guard away in turn, and show that a test turns red.

    python -m prove guards                         all, with a table
    python -m prove.guards --only "token" --lanes 1

A guard that can be taken away while its tests stay green is unproven. First the tests run against an unchanged copy of
the project and must all pass; then once for each guard, against a copy without it. What counts is a test that fails
because the code does the wrong thing; code that does not even run is a broken patch.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from prove.figures import Report
from prove.guards_copy import Copy, Failure, PatchFails, Ran, project_copy
from prove.guards_list import GUARDS, PRODUCT, Guard
from prove.lanes import in_lanes


def chosen(only: Sequence[str]) -> list[Guard]:
    """The guards whose name holds one of these words; all without any."""
    return [guard for guard in GUARDS if not only or any(word.lower() in guard.name.lower() for word in only)]


def unchanged(guards: Sequence[Guard], lanes: int) -> list[str]:
    """What is wrong with the tests of these guards before anything is taken away."""
    tests = sorted({(guard.on, f"tests/{test}") for guard in guards for test in guard.tests})
    # A file to each: a test that another one leaves something behind for would fail here and not there.
    files = sorted({(on, test.split("::")[0]) for on, test in tests})

    def work(share: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        with project_copy() as copy:
            for on, file in share:
                own = [test for where, test in tests if where == on and test.split("::")[0] == file]
                yield {"wrong": not_green(copy.run(own, on, first_failure=False), own)}

    return [words for found in in_lanes(files, lanes, work) for words in found["wrong"]]


def not_green(ran: Ran, tests: Sequence[str]) -> list[str]:
    """What is wrong with an unchanged run of these tests: each must be there, and pass."""
    wrong = [f"fails without any change: {failure}" for failure in ran.failed]
    wrong += [f"is skipped: {test}" for test in ran.skipped]
    if not wrong:
        wrong += [
            f"is not there: {test}" for test in tests if not any(_is_case(one, test) for one in ran.passed)
        ]
    return wrong


def _is_case(ran: str, test: str) -> bool:
    """Whether what ran is this test, or one of the cases of this function or file."""
    return ran == test or ran.startswith((f"{test}[", f"{test}::"))


def take_away(copy: Copy, guard: Guard) -> dict[str, Any]:
    """Run the tests of one guard without it; gives which of them noticed."""
    began = time.monotonic()
    where = guard.patches[0].file.removeprefix(PRODUCT)
    try:
        where += f":{copy.line(guard.patches[0])}"
        with copy.without(guard.patches):
            ran = copy.run([f"tests/{test}" for test in guard.tests], guard.on)
    except PatchFails as error:
        ran = Ran(failed=[Failure("the patch", "before", ["PatchFails"], str(error))])
    failure = next(iter(ran.failed), None)
    return {
        "guard": guard.name, "where": where, "caught": str(failure) if failure and not failure.broken else "",
        "test": _short(failure) if failure else "", "broken": str(failure) if failure and failure.broken else "",
        "seconds": time.monotonic() - began,
    }  # fmt: skip


def _short(failure: Failure) -> str:
    return failure.test.removeprefix("tests/")


def removed(guards: Sequence[Guard], lanes: int) -> Iterator[dict[str, Any]]:
    """Take each of the guards away; yields what happened, as it comes."""

    def work(share: Sequence[Guard]) -> Iterable[dict[str, Any]]:
        with project_copy() as copy:
            for guard in share:
                yield take_away(copy, guard)

    return in_lanes(guards, lanes, work)


def run(only: Sequence[str] = (), lanes: int = 2, console: Console | None = None) -> Report:
    """The part ``guards`` of the proof."""
    out, began = console or Console(), time.monotonic()
    report = Report("guards")
    guards = chosen(only)
    if not guards:
        report.failures.append(f"no guard is named {', '.join(only)}")
    elif wrong := unchanged(guards, lanes):
        report.failures += wrong
    else:
        out.print(f"The tests of {len(guards)} guards are green without any change.")
        found = {}
        for one in removed(guards, lanes):
            found[one["guard"]] = one
            said = "broken patch" if one["broken"] else "caught" if one["caught"] else "STAYS GREEN"
            out.print(Text(f"{said:12} {one['seconds']:5.1f} s  {one['guard']}"), highlight=False)
        note(report, guards, found)
        out.print(table(guards, found))
    report.seconds = time.monotonic() - began
    return report


def note(report: Report, guards: Sequence[Guard], found: dict[str, dict[str, Any]]) -> None:
    """Count what was noticed; a guard that nobody missed, or whose patch is broken, is a failure."""
    report.figures = {
        "guards taken away": len(found),
        "caught by a test": sum(bool(o["caught"]) for o in found.values()),
    }
    for guard in guards:
        one = found[guard.name]
        if one["broken"]:
            report.failures.append(f"{guard.name}: the patch is broken: {one['broken']}")
        elif not one["caught"]:
            report.failures.append(
                f"{guard.name}: stays green without it (against {guard.against}): {', '.join(guard.tests)}"
            )


def table(guards: Sequence[Guard], found: dict[str, dict[str, Any]]) -> Table:
    """Guard, where it was taken away, the test that noticed."""
    made = Table(title="Guards, taken away one at a time")
    for name in ("guard", "taken away in", "noticed by"):
        made.add_column(name, overflow="fold")
    made.add_column("s", justify="right")
    for guard in guards:
        one = found[guard.name]
        noticed = one["test"] if one["caught"] else "broken patch" if one["broken"] else "nothing"
        made.add_row(Text(guard.name), Text(one["where"]), Text(noticed), f"{one['seconds']:.0f}")
    return made


def add_to(commands: Any) -> None:
    """The command line of this part."""
    own: argparse.ArgumentParser = commands.add_parser(
        "guards", help="take every guard away: a test must notice"
    )
    own.add_argument(
        "--only", action="append", default=[], metavar="WORDS", help="guards whose name holds these words"
    )
    own.set_defaults(parts=lambda given: [run(given.only, given.lanes)])


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m prove.guards``."""
    parser = argparse.ArgumentParser(
        prog="python -m prove.guards", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--only", action="append", default=[], metavar="WORDS")
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="only name them")
    given = parser.parse_args(arguments)
    if given.list:
        for guard in chosen(given.only):
            print(f"{guard.name}: {guard.against}")
        return 0
    report = run(given.only, given.lanes)
    for failure in report.failures:
        print(failure)
    print(f"{report.figures} in {report.seconds:.0f} seconds")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
