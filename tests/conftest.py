"""Fixtures for every room's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sandbox import Sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: what starts Airflow, and among it what starts all of its services."""
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
