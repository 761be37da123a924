"""Our own database in trouble while an export is at work: what is in the POS afterwards is there once.

Every trouble is told as ``Transient`` with a sentence; what was sent and what was not is found out by the next attempt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from support.databases import Place, execute
from support.meanwhile import stopped_at
from support.orders import Json, item, line, order, pos, upc
from support.postgres_server import PostgresServer, Wire, own_postgres, wire_to
from support.retail import Retail
from support.sandbox import Sandbox

from nuorder_pos.errors import NuorderPosError, Transient
from nuorder_pos.pipeline.work import PoRef
from nuorder_pos.store import engine as store_engine
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import Engine, make_engine, reading
from nuorder_pos.store.tables import SCHEMA

CANNOT_BE_USED = "The project's database cannot be used now"
HEAD, LINE = r"/Order\.json$", r"/OrderLine\.json$"
FLOOR = pos([item(7, upc(1))])


def plain(number: str) -> Json:
    """An order of one known and one new item."""
    return order(number, line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))


def ready(retail: Retail, *numbers: str) -> None:
    """Orders approved; the first one is exported, so that the others find everything there and are alike."""
    retail.given(plain("1000"), *(plain(number) for number in numbers), shop_floor=FLOOR)
    retail.configure(waiting_time=0)
    retail.approved("1000", *numbers)
    retail.export("1000")


def goods(retail: Retail, number: str) -> list[tuple[int, int]]:
    return sorted((one["itemID"], one["quantity"]) for one in retail.the_purchase_order(number)["lines"])


GOODS = [(7, 2), (8, 3)]


def time_passes_for_leases(retail: Retail) -> None:
    execute(retail.engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00'")


def finished(retail: Retail, number: str) -> bool:
    """Go on after the trouble; whether the POS has everything once."""
    time_passes_for_leases(retail)
    retail.export_until_done(number)
    items = [one["upc"] for one in retail.records("Item")]
    return (
        goods(retail, number) == GOODS
        and retail.row(number)["state"] == "exported"
        and sorted(items) == [upc(1), upc(2)]
    )


def told_by(work: Callable[[], Any]) -> str:
    """What an attempt that the database failed said; empty where it came through."""
    try:
        work()
    except Transient as error:
        return str(error)
    return ""


def attempt(retail: Retail, number: str = "1001") -> Callable[[], PoRef]:
    """One attempt, as a process of its own."""
    work = retail.new_work()
    return lambda: retail.export(number, "worker", work)


STRIDES = {"1001": 1, "1002": 2, "1003": 3}
"""Each attempt of an order fails so many transactions later than the one before it: so every kind of transaction is
met, by attempts that begin and by attempts that go on after a failure."""


def failing_later_each_time(
    retail: Retail, number: str, fail_at: Callable[[int], None], mend: Callable[[], None]
) -> list[str]:
    """One attempt after the other, each failed by its database, until one comes through; what the failed ones said."""
    spoke: list[str] = []
    for tries in range(1, 60):
        fail_at(tries * STRIDES[number])
        told = told_by(lambda: retail.export(number))
        mend()
        time_passes_for_leases(retail)
        if not told:
            assert finished(retail, number), spoke
            return spoke
        spoke.append(told)
    raise AssertionError(f"order {number} never comes to its end: {spoke[-3:]}")


# ---- Postgres ----


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that this module may restart."""
    with own_postgres() as server:
        engine = make_engine(server.address)
        migrate.upgrade(engine)
        engine.dispose()
        yield server


@pytest.fixture
def on_own_server(own_server: PostgresServer, sandbox_process: Sandbox) -> Iterator[Retail]:
    engine = make_engine(own_server.address)
    tables = ", ".join(
        f"{SCHEMA}.{name}" for name in sa.inspect(engine).get_table_names(SCHEMA) if "alembic" not in name
    )
    with engine.begin() as connection:
        # Append-only tables refuse it, but for whom triggers do not count.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
    one = Retail(sandbox_process, engine)
    yield one
    one.close()
    engine.dispose()


@pytest.fixture
def retail(databases: Place, sandbox_process: Sandbox) -> Iterator[Retail]:
    """On the Postgres of all tests."""
    one = Retail(sandbox_process, databases.engine("postgres"))
    yield one
    one.close()


RESTARTS = {
    "in order, before the purchase order": ("fast", HEAD, 1, "before"),
    "in order, after the second line": ("fast", LINE, 2, "after"),
    "as after a crash, after the purchase order": ("immediate", HEAD, 1, "after"),
}


@pytest.mark.postgres
@pytest.mark.parametrize("restart", RESTARTS)
def test_a_restart_of_postgres_in_the_middle_of_an_export_is_not_even_noticed(
    on_own_server: Retail, own_server: PostgresServer, restart: str
) -> None:
    retail = on_own_server
    how, path, nth, when = RESTARTS[restart]
    ready(retail, "1001")
    with stopped_at(attempt(retail), "POST", path, nth=nth, when=when) as one:  # type: ignore[arg-type]
        own_server.restart(how)  # type: ignore[arg-type]
        outcome = one.go_on()
    assert not isinstance(outcome, BaseException), outcome
    assert goods(retail, "1001") == GOODS
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.postgres
def test_an_export_whose_postgres_is_gone_says_so_and_goes_on_when_it_is_back(
    on_own_server: Retail, own_server: PostgresServer
) -> None:
    retail = on_own_server
    ready(retail, "1001")
    with stopped_at(attempt(retail), "POST", HEAD, when="after") as one:
        own_server.stop("immediate")
        try:
            outcome = one.go_on()
        finally:
            own_server.start()
    assert isinstance(outcome, Transient)
    assert CANNOT_BE_USED in str(outcome)
    assert finished(retail, "1001")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wire_to() as made:
        yield made


@pytest.fixture
def by_wire(databases: Place, sandbox_process: Sandbox, wire: Wire) -> Iterator[Retail]:
    """Its database is reached over a wire that can be cut; ``engine`` leads there as well."""
    direct = databases.engine("postgres").url
    through = sa.make_url(wire.address).set(database=direct.database).update_query_dict(direct.query)
    engine = make_engine(through.render_as_string(hide_password=False))
    one = Retail(sandbox_process, engine)
    yield one
    one.close()
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_is_cut_at_any_commit_of_an_export_doubles_nothing(
    by_wire: Retail, wire: Wire, when: Any
) -> None:
    """``after``: the server has committed and nobody heard of it. The next attempt finds out."""
    ready(by_wire, *STRIDES)
    for number in STRIDES:
        told = failing_later_each_time(by_wire, number, lambda commit: wire.cut(commit, when), wire.mend)
        assert all(CANNOT_BE_USED in one for one in told), told
    assert wire.cuts > 9


def beside(retail: Retail, **options: Any) -> sa.Engine:
    """A way to the server that is not the product's: of the owner, who may end connections and change settings."""
    url = retail.engine.url.difference_update_query(["options"])
    return sa.create_engine(url, poolclass=sa.pool.NullPool, **options)


def at_once(retail: Retail) -> sa.Connection:
    """A connection of the owner whose statements are committed one by one."""
    return beside(retail, isolation_level="AUTOCOMMIT").connect()


def terminate(other: sa.Connection, driver: Any) -> None:
    other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": driver.info.backend_pid})


@pytest.mark.postgres
def test_a_backend_that_is_terminated_before_any_commit_doubles_nothing(retail: Retail) -> None:
    ready(retail, *STRIDES)
    count, at, ended = 0, 0, 0

    def set_at(commit: int) -> None:
        nonlocal count, at
        count, at = 0, commit

    with at_once(retail) as other:

        def before_commit(connection: sa.Connection) -> None:
            nonlocal count, ended
            count += 1
            if count == at:
                terminate(other, connection.connection.driver_connection)
                ended += 1

        event.listen(retail.engine, "commit", before_commit)
        try:
            for number in STRIDES:
                told = failing_later_each_time(retail, number, set_at, lambda: set_at(0))
                assert all(CANNOT_BE_USED in one for one in told), told
        finally:
            event.remove(retail.engine, "commit", before_commit)
    assert ended > 9


@pytest.mark.postgres
def test_connections_that_are_terminated_between_transactions_are_not_even_noticed(retail: Retail) -> None:
    ready(retail, "1001")
    returns, ended = 0, 0
    with at_once(retail) as other:

        def returned(driver: Any, _record: Any) -> None:
            nonlocal returns, ended
            returns += 1
            if driver is not None and returns % 4 == 1:
                terminate(other, driver)
                ended += 1

        event.listen(retail.engine, "checkin", returned)
        try:
            retail.export("1001")
        finally:
            event.remove(retail.engine, "checkin", returned)
    assert ended > 5
    assert goods(retail, "1001") == GOODS
    assert retail.row("1001")["state"] == "exported"


def waits_for_a_lock(retail: Retail, within: float = 20.0) -> None:
    """Come back once somebody in this database waits for a lock."""
    until = time.monotonic() + within
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with at_once(retail) as connection:
        while not connection.scalar(query):
            assert time.monotonic() < until, "nobody came to wait for a lock"
            time.sleep(0.01)


@contextmanager
def deadlocks_are_noticed_after(retail: Retail, setting: str) -> Iterator[None]:
    """Let the product's connections look for a deadlock after so much waiting: who looks first loses."""
    database = retail.engine.url.database
    with at_once(retail) as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET deadlock_timeout = '{setting}'")
        retail.engine.dispose()
        yield
        connection.exec_driver_sql(f"ALTER DATABASE {database} RESET deadlock_timeout")
    retail.engine.dispose()


HELD = f"SELECT 1 FROM {SCHEMA}.nuorder_order WHERE order_id = :id FOR UPDATE"
BEGUN = ("GET", HEAD, f"UPDATE {SCHEMA}.lease SET expires_at = expires_at WHERE name = 'order:' || :id")
SECOND_DONE = (
    f"INSERT INTO {SCHEMA}.journal (order_id, step_key, kind, attempt, event, at, holder, token)"
    " VALUES (:id, 'po', 'create_po', 1, 'done', now(), 'nobody', 0)"
)
DONE = ("POST", HEAD, SECOND_DONE)


@pytest.mark.postgres
@pytest.mark.parametrize("wanted", [BEGUN, DONE], ids=["a step is begun", "a step is done"])
@pytest.mark.parametrize("loser", ["the export", "the other one"])
def test_a_deadlock_with_another_connection_doubles_nothing(
    retail: Retail, wanted: tuple[str, str, str], loser: str
) -> None:
    """The other one holds the order's row, and wants what the export took before it comes to that row."""
    method, path, statement = wanted
    ready(retail, "1001")
    ours, theirs = ("400ms", "20s") if loser == "the export" else ("20s", "10ms")
    named = {"id": retail.id("1001")}
    lost: list[sa.exc.DBAPIError] = []
    with (
        deadlocks_are_noticed_after(retail, ours),
        beside(retail).connect() as other,
        stopped_at(attempt(retail), method, path, when="after") as one,
    ):
        other.exec_driver_sql(f"SET deadlock_timeout = '{theirs}'")
        other.execute(sa.text(HELD), named)
        one.let_go()
        waits_for_a_lock(retail)
        try:
            other.execute(sa.text(statement), named)
        except sa.exc.OperationalError as error:
            lost.append(error)
        other.rollback()
        outcome = one.go_on()
    if loser == "the export":
        assert isinstance(outcome, Transient), outcome
        assert "deadlock detected" in str(outcome)
        assert not lost
    else:
        assert "deadlock detected" in str(lost[0])
        assert not isinstance(outcome, BaseException), outcome
    assert finished(retail, "1001")


@pytest.mark.postgres
@pytest.mark.parametrize(
    "isolation, moment", [("REPEATABLE READ", BEGUN), ("SERIALIZABLE", DONE)], ids=["begun", "done"]
)
def test_a_serialization_failure_doubles_nothing(
    databases: Place, sandbox_process: Sandbox, isolation: Any, moment: tuple[str, str, str]
) -> None:
    """On a server whose transactions are stricter by default, a row that changed meanwhile fails the transaction."""
    address = databases.engine("postgres").url.render_as_string(hide_password=False)
    engine = make_engine(address).execution_options(isolation_level=isolation)
    retail = Retail(sandbox_process, engine)
    named = {"id": retail.id("1001")}
    try:
        ready(retail, "1001")
        with (
            beside(retail).connect() as other,
            stopped_at(attempt(retail), moment[0], moment[1], when="after") as one,
        ):
            other.execute(
                sa.text(f"UPDATE {SCHEMA}.nuorder_order SET drips = drips + 1 WHERE order_id = :id"), named
            )
            one.let_go()
            waits_for_a_lock(retail)
            other.commit()
            outcome = one.go_on()
        assert isinstance(outcome, Transient), outcome
        assert "could not serialize access" in str(outcome)
        assert finished(retail, "1001")
    finally:
        retail.close()
        engine.dispose()


# ---- SQLite ----


@pytest.fixture
def small_pages(
    sandbox_process: Sandbox, tmp_path: Path
) -> Iterator[tuple[Retail, Callable[[int | None], None]]]:
    """On a file of small pages, so that nearly every row wants a new one, and a limit: from which of the next
    transactions on no page can be had (``None``: there is room again)."""
    counted, full_from = 0, 0

    def limit(transaction: int | None) -> None:
        nonlocal counted, full_from
        counted, full_from = 0, transaction or 0

    engine = _engine_of_small_pages(tmp_path)

    def begin(connection: sa.Connection) -> None:
        nonlocal counted
        if connection.get_execution_options().get("reading", False):
            return
        counted += 1
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        most = pages if full_from and counted >= full_from else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    event.listen(engine, "begin", begin)
    one = Retail(sandbox_process, engine)
    yield one, limit
    one.close()
    engine.dispose()


def _engine_of_small_pages(folder: Path) -> Engine:
    engine = make_engine(f"sqlite:///{folder / 'small.db'}")

    def small(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA page_size = 512")

    event.listen(engine, "connect", small, insert=True)
    migrate.upgrade(engine)
    return engine


def test_a_full_disk_at_any_point_of_an_export_is_said_and_doubles_nothing_once_there_is_room(
    small_pages: tuple[Retail, Callable[[int | None], None]],
) -> None:
    retail, limit = small_pages
    ready(retail, *STRIDES)
    told = [
        one
        for number in STRIDES
        for one in failing_later_each_time(retail, number, limit, lambda: limit(None))
    ]
    assert len(told) > 6
    assert all(CANNOT_BE_USED in one and "database or disk is full" in one for one in told), told


def test_a_file_that_another_program_keeps_locked_is_said_and_the_export_goes_on_later(
    sandbox_process: Sandbox, databases: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 0.2)
    engine = make_engine(databases.engine("sqlite").url.render_as_string(hide_password=False))
    retail = Retail(sandbox_process, engine)
    try:
        ready(retail, "1001")
        locked = sa.create_engine(engine.url, poolclass=sa.pool.NullPool)
        with (
            stopped_at(attempt(retail), "POST", HEAD, when="after") as one,
            locked.connect() as other,
        ):
            other.exec_driver_sql("BEGIN IMMEDIATE")
            outcome = one.go_on()
            other.exec_driver_sql("ROLLBACK")
        assert isinstance(outcome, NuorderPosError), outcome
        assert isinstance(outcome, Transient)
        assert f"{CANNOT_BE_USED}: database is locked" in str(outcome)
        assert finished(retail, "1001")
    finally:
        retail.close()
        engine.dispose()


@pytest.mark.parametrize("database_kind", ["postgres"], indirect=True)
def test_a_process_whose_connections_are_all_busy_says_so(engine: Engine) -> None:
    own = make_engine(engine.url.render_as_string(hide_password=False))
    own.pool._timeout = 0.1
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(reading(own))
        with pytest.raises(Transient, match="all connections of this process are busy"), reading(own):
            pass
    own.dispose()
