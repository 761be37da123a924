"""The list of guards fits the present code: what is to be taken away is there, and so are the tests that must notice."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from prove.figures import Report
from prove.guards import not_green, note
from prove.guards_copy import ROOT, Failure, Patch, PatchFails, Ran
from prove.guards_list import GUARDS, Guard

named = pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)


@cache
def parsed(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"))


def without(guard: Guard) -> dict[str, str]:
    """The files of a guard as they are without it."""
    changed: dict[str, str] = {}
    for patch in guard.patches:
        changed[patch.file] = patch.applied(changed.get(patch.file) or (ROOT / patch.file).read_text("utf-8"))
    return changed


@named
def test_a_guard_can_be_taken_away_exactly_once_and_what_is_left_is_another_program(guard: Guard) -> None:
    for file, text in without(guard).items():
        assert ast.dump(ast.parse(text)) != ast.dump(parsed(file))


@named
def test_the_tests_of_a_guard_are_there(guard: Guard) -> None:
    assert guard.tests
    for test in guard.tests:
        file, _, function = test.partition("::")
        there = {node.name for node in parsed(f"tests/{file}").body if isinstance(node, ast.FunctionDef)}
        assert not function or function.split("[")[0] in there, test


def test_guards_have_a_name_of_their_own_and_say_what_they_are_against() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
    assert all(guard.against and not guard.against.endswith(".") for guard in GUARDS)


def test_what_is_left_without_a_guard_knows_all_its_names(tmp_path: Path) -> None:
    """Code with a name that nobody defined would fail every test, and prove nothing."""
    for number, guard in enumerate(GUARDS):
        for file, text in without(guard).items():
            (tmp_path / f"without_{number}_{Path(file).name}").write_text(text, "utf-8")
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F821,F822,F823",
        ".",
    ]
    said = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stdout


def test_a_patch_whose_text_is_not_there_or_there_twice_is_refused() -> None:
    for text in ("nothing", "guard() guard()"):
        with pytest.raises(PatchFails):
            Patch("some.py", "guard()", "pass").applied(text)


@pytest.mark.parametrize(
    "when, kinds, words, broken",
    [
        pytest.param("call", ["AssertionError", "Exception"], "assert 2 == 1", False, id="a wrong outcome"),
        pytest.param("call", ["Failed", "Exception"], "DID NOT RAISE LeaseLost", False, id="no error"),
        pytest.param(
            "call", ["LeaseLost", "Transient", "Exception"], "taken over", False, id="an error of ours"
        ),
        pytest.param("call", ["NameError", "Exception"], "name 'x' is not defined", True, id="no such name"),
        pytest.param("call", ["UnboundLocalError", "NameError"], "x", True, id="a kind of that"),
        pytest.param("setup", ["OperationalError", "Exception"], "no such table", True, id="before the test"),
        pytest.param("collection", ["CollectionError"], "invalid syntax", True, id="no Python"),
        pytest.param(
            "call", ["Failed", "Exception"], "Timeout (>240.0s) from pytest-timeout.", True, id="no end"
        ),
    ],
)
def test_only_code_that_does_the_wrong_thing_counts_as_noticed(
    when: str, kinds: list[str], words: str, broken: bool
) -> None:
    assert Failure("tests/test_it.py::test_it", when, kinds, words).broken is broken


def test_tests_that_fail_or_are_left_out_without_any_change_prove_nothing() -> None:
    wanted = ["tests/a.py::test_a", "tests/a.py::test_b[one]"]
    both = ["tests/a.py::test_a[sqlite]", "tests/a.py::test_b[one]"]
    assert not_green(Ran(passed=both), wanted) == []
    assert not_green(Ran(passed=both[:1]), wanted) == ["is not there: tests/a.py::test_b[one]"]
    assert not_green(Ran(passed=both, skipped=["tests/a.py::test_c"]), wanted) == [
        "is skipped: tests/a.py::test_c"
    ]
    failure = Failure("tests/a.py::test_b[one]", "call", ["AssertionError"], "no")
    assert len(not_green(Ran(passed=both[:1], failed=[failure]), wanted)) == 1


def test_a_guard_that_nobody_misses_or_whose_patch_is_broken_is_a_violation() -> None:
    three = GUARDS[:3]
    ends = (
        {"caught": "test_a", "broken": ""},
        {"caught": "", "broken": "NameError"},
        {"caught": "", "broken": ""},
    )
    report = Report("guards")
    note(report, three, {guard.name: dict(end) for guard, end in zip(three, ends, strict=True)})
    assert report.figures == {"guards taken away": 3, "caught by a test": 1}
    assert [failure.split(":")[0] for failure in report.failures] == [three[1].name, three[2].name]
