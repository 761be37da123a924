"""What keeps a holder from going on that has no lease any more, and two from having one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from nuorder_pos.errors import Transient
from nuorder_pos.store.engine import Engine, reading, writing
from nuorder_pos.store.leases import Lease, LeaseLost, acquire, release, renew
from nuorder_pos.store.tables import lease


def test_who_gave_a_lease_back_cannot_renew_it(engine: Engine) -> None:
    """Nobody took it over, so that its token is still the highest one."""
    held = acquire(engine, "order:1", "ann")
    release(engine, held)
    with pytest.raises(LeaseLost), writing(engine) as connection:
        renew(connection, held)
    assert acquire(engine, "order:1", "ben").token == held.token + 1


@pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_two_that_come_for_a_free_lease_at_the_same_moment_do_not_both_get_it(engine: Engine) -> None:
    """A third connection stands on the row until both wait for it; on SQLite only one can be there at all."""
    release(engine, acquire(engine, "order:1", "before"))
    with ThreadPoolExecutor(2) as pool:
        with writing(engine) as third:
            third.execute(sa.select(lease).where(lease.c.name == "order:1").with_for_update())
            both = [pool.submit(acquire, engine, "order:1", holder) for holder in ("ann", "ben")]
            wait_for_two_that_wait(engine)
        outcome = [one.exception() or one.result() for one in both]
    assert sum(isinstance(one, Lease) for one in outcome) == 1, outcome
    assert sum(isinstance(one, Transient) for one in outcome) == 1, outcome


def wait_for_two_that_wait(engine: Engine) -> None:
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + 30
    while True:
        with reading(engine) as connection:
            connection.exec_driver_sql(
                "SET LOCAL ROLE NONE"
            )  # what others wait for is hidden from the worker
            if connection.scalar(query) == 2:
                return
        assert time.monotonic() < until, "the two never came to wait for the row"
        time.sleep(0.01)
