"""Fixtures for every room's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from support.desk import Desk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: what starts Airflow, and among it what starts all of its services. What is too long for
    every run is left to its own command."""
    if os.environ.get("NUORDER_POS_TEST_PAGES") != "all":
        left_out = pytest.mark.skip(reason="looked at by `make pages`")
        for item in items:
            if item.get_closest_marker("thorough"):
                item.add_marker(left_out)
    items.sort(
        key=lambda item: (not item.get_closest_marker("services"), not item.get_closest_marker("slow"))
    )


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for all tests, so fast that nobody waits for its limits."""
    process = Sandbox()
    yield process
    process.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox with its sample data as if it had just started."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """The merchant's desk: one API server with our plugin for all page tests of a worker. Each test gives itself the
    orders that it needs, under numbers of their own."""
    from support.desk import open_desk

    with open_desk() as one:
        yield one
