"""Fixtures of the pipeline's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.databases import database_kind, databases, engine
from support.retail import Retail
from support.sandbox import Sandbox

from nuorder_pos.store.engine import Engine

__all__ = ["database_kind", "databases", "engine"]


@pytest.fixture
def retail(sandbox_process: Sandbox, engine: Engine) -> Iterator[Retail]:
    """A retailer with the brand Acme Outdoor; ``given`` sets its scene."""
    one = Retail(sandbox_process, engine)
    yield one
    one.close()
