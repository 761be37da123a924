"""One world for all tests of the harness: a sandbox, a database, a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nuorder_pos.clients.transport import Limits
from prove.faults import READ_TIMEOUT
from prove.scene import set_up, standard
from prove.world import Ledgers, World, world


@pytest.fixture(scope="module")
def whole() -> Iterator[World]:
    """A world on SQLite."""
    with world("sqlite", Limits(connect=5.0, read=READ_TIMEOUT * 10)) as made:
        yield made


@pytest.fixture(scope="module")
def approved(whole: World) -> Ledgers:
    """The standard order is approved; how the other sides stood then. Kept as ``approved``."""
    set_up(whole, standard())
    whole.save("approved")
    return whole.ledgers()
