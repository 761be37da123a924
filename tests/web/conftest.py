"""Fixtures of the desk's page tests. The desk itself is started once for each worker (``tests/conftest.py``)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.desk import Desk, open_desk


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Desk]:
    """A desk in an Airflow that asks nobody for a login: everybody is "Anonymous"."""
    with open_desk(all_admins=True) as one:
        yield one
