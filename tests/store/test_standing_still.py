"""A process that stands still in the midst of a transaction, as one that was stopped or whose machine is gone: Postgres
only, where nothing else ends the transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from support.databases import Place

from nuorder_pos.errors import Transient
from nuorder_pos.store import engine as store_engine
from nuorder_pos.store import kept
from nuorder_pos.store.engine import Engine, make_engine

pytestmark = pytest.mark.postgres

KEY = "the account"
EMPTY = "0"


@pytest.fixture
def two(databases: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Engine, Engine]]:
    """The engines of two processes; a transaction may stand open for one second instead of half a minute."""
    monkeypatch.setattr(store_engine, "STANDS_STILL", 1)
    address = databases.engine("postgres").url.render_as_string(hide_password=False)
    made = make_engine(address), make_engine(address)
    yield made
    for one in made:
        one.dispose()


def test_others_go_on_and_the_one_that_wakes_up_has_written_nothing(two: tuple[Engine, Engine]) -> None:
    sleeping, awake = two
    asleep, wake_up = threading.Event(), threading.Event()
    said: list[Exception] = []

    def stand_still(bucket: str) -> tuple[str, None]:
        asleep.set()
        wake_up.wait(60)
        return "from the one that woke up", None

    def sleeper() -> None:
        try:
            kept.update_bucket(sleeping, KEY, EMPTY, stand_still)
        except Exception as error:
            said.append(error)

    thread = threading.Thread(target=sleeper)
    thread.start()
    try:
        assert asleep.wait(20)
        kept.update_bucket(awake, KEY, EMPTY, lambda bucket: (bucket + "1", None))
    finally:
        wake_up.set()
        thread.join(60)
    assert [type(error) for error in said] == [Transient]
    assert kept.update_bucket(awake, KEY, EMPTY, lambda bucket: (bucket, bucket)) == "01"
    assert kept.update_bucket(sleeping, KEY, EMPTY, lambda bucket: (bucket, bucket)) == "01"


def test_a_wait_for_a_row_ends_with_a_passing_trouble(
    two: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, waiter = two
    monkeypatch.setattr(store_engine, "STANDS_STILL", 60)
    monkeypatch.setattr(store_engine, "WAITS_FOR_A_LOCK", 1)
    kept.update_bucket(holder, KEY, EMPTY, lambda bucket: (bucket, None))

    def meanwhile(bucket: str) -> tuple[str, None]:
        with pytest.raises(Transient, match="lock timeout"):
            kept.update_bucket(waiter, KEY, EMPTY, lambda other: (other, None))
        return bucket + "2", None

    holder.dispose()  # its next connection has the new limits
    kept.update_bucket(holder, KEY, EMPTY, meanwhile)
    assert kept.update_bucket(waiter, KEY, EMPTY, lambda bucket: (bucket, bucket)) == "02"
