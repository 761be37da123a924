"""Fixtures of the property tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from properties.world import Worlds
from support.databases import Place, databases
from support.sandbox import Sandbox

__all__ = ["databases"]


@pytest.fixture
def worlds(
    sandbox_process: Sandbox, databases: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worlds]:  # fmt: skip
    """Makes one world after the other, each on an empty database."""
    made = Worlds(sandbox_process, databases, caplog, monkeypatch)
    yield made
    made.close()
