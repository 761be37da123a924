"""A plugin for pytest: says whose code the tests ran against, and how each test ended.

It writes one JSON object to the file that the environment names: where ``nuorder_pos`` came from, the tests that passed,
those that were skipped, and the failures with the kind of their error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ANSWER = "NUORDER_POS_GUARDS_ANSWER"
"""Name of the environment variable with the file to write."""

_found: dict[str, Any] = {"code": "", "passed": [], "skipped": [], "failed": []}


def pytest_sessionstart() -> None:
    """Note which package the tests import."""
    import nuorder_pos

    _found["code"] = str(Path(nuorder_pos.__file__).resolve())


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be read is no test that failed."""
    if report.failed:
        words = str(report.longrepr).strip().splitlines()
        _note(report.nodeid, "collection", "CollectionError", words[-1] if words else "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Note how a phase of a test ended."""
    report = yield
    if report.skipped:
        _found["skipped"].append(item.nodeid)
    elif report.failed:
        error = call.excinfo.value if call.excinfo else None
        kinds = [kind.__name__ for kind in type(error).__mro__]
        _note(item.nodeid, report.when, ",".join(kinds), " ".join(str(error).split())[:300])
    elif report.when == "call":
        _found["passed"].append(item.nodeid)
    return report


def pytest_sessionfinish() -> None:
    """Write down what was found."""
    Path(os.environ[ANSWER]).write_text(json.dumps(_found), encoding="utf-8")


def _note(test: str, when: str, kinds: str, words: str) -> None:
    _found["failed"].append({"test": test, "when": when, "kinds": kinds.split(","), "words": words})
