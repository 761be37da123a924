"""A browser for each file of tests: while Playwright runs, nothing else in the process may run an event loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.desk import Desk


@pytest.fixture(scope="session", autouse=True)
def _with_a_browser() -> None:
    """Said before anything is started that only a browser would look at."""
    from support.chromium import need_program

    need_program()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium, or the reason why there is none."""
    from support.chromium import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def visits(browser: object, desk: Desk) -> Iterator[object]:
    """People at browsers; whatever goes wrong in their pages fails the test."""
    from support.chromium import Visits

    ongoing = Visits(browser, desk)  # type: ignore[arg-type]
    yield ongoing
    ongoing.close()
    assert ongoing.trouble == []
