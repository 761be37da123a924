"""Fixtures of the security tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.databases import Place, database_kind, databases, engine
from support.retail import Retail
from support.sandbox import Sandbox

from nuorder_pos.store.engine import Engine

__all__ = ["database_kind", "databases", "engine"]


@pytest.fixture
def retail(sandbox_process: Sandbox, engine: Engine) -> Iterator[Retail]:
    """A retailer with the brand Acme Outdoor, on both databases."""
    one = Retail(sandbox_process, engine)
    yield one
    one.close()


@pytest.fixture(scope="module")
def quick_folder() -> Iterator[Path]:
    """A folder in memory where the system can: an SQLite database is synced at every commit."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def with_roles(databases: Place) -> Engine:
    """The empty Postgres database as its worker sees it. Skipped where the tests may not make roles."""
    found = databases.engine("postgres")
    if not databases.makes_roles:
        pytest.skip("the user of NUORDER_POS_TEST_POSTGRES may not make roles")
    return found
