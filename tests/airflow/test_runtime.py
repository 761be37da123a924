"""Everything put together in one process: engine, clients, hooks, and what a task writes down when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.airflow_place import Place, brands_of, connections
from support.sandbox import Sandbox

from nuorder_pos import runtime
from nuorder_pos.airflow.base import record, record_and_release
from nuorder_pos.airflow.hooks import LightspeedRetailHook, NuorderHook
from nuorder_pos.airflow.links import PurchaseOrderLink
from nuorder_pos.airflow.sensors import WaitForApproval
from nuorder_pos.airflow.tasks import ExportOrder, MatchReport
from nuorder_pos.airflow.triggers import OrderNeedsAttention
from nuorder_pos.errors import NeedsMerchant, Permanent, Transient
from nuorder_pos.store import kept, migrate, orders
from nuorder_pos.store.engine import make_engine

RUN = SimpleNamespace(dag_id="nuorder_po_export", run_id="manual__1")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A project database of this test's own, not migrated yet."""
    url = f"sqlite:///{tmp_path}/nuorder_pos.db"
    monkeypatch.setenv("AIRFLOW_CONN_NUORDER_POS_DB", url)
    runtime.close_engine()
    yield url
    runtime.close_engine()


@pytest.fixture
def migrated_database(database: str) -> Any:
    migrate.upgrade(make_engine(database))
    return runtime.open_engine()


@pytest.fixture
def sandbox_env(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_database: Any
) -> Sandbox:
    """The sandbox as connections and brands file of this process."""
    for name, value in connections(sandbox).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "brands.yaml").write_text(brands_of(sandbox), encoding="utf-8")
    monkeypatch.setenv("NUORDER_POS_BRANDS", str(tmp_path / "brands.yaml"))
    return sandbox


def test_a_database_without_tables_says_what_to_do(database: str) -> None:
    with pytest.raises(Permanent, match="nuorder-pos db upgrade"):
        runtime.open_engine()
    migrate.upgrade(make_engine(database))
    assert runtime.open_engine() is runtime.open_engine()


def test_after_closing_the_connection_is_read_again(
    migrated_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NUORDER_POS_DB", f"sqlite:///{tmp_path}/other.db")
    assert runtime.open_engine() is migrated_database
    runtime.close_engine()
    with pytest.raises(Permanent, match="no tables yet"):
        runtime.open_engine()


def test_an_account_that_the_brands_file_does_not_have(sandbox_env: Sandbox) -> None:
    with pytest.raises(Permanent, match="no account 'outlet'; it has main"), runtime.open_work("outlet"):
        pass


def test_work_has_clients_for_everything_and_counts_drips(sandbox_env: Sandbox) -> None:
    with runtime.open_work("main") as work:
        assert work.pos.shops()
        assert sorted(work.nuorder) == sorted(brand.name for brand in sandbox_env.brands)
        assert work.nuorder["Acme Outdoor"].order_ids("approved")
        assert work.meter.drips >= 1
        assert work.clock().tzinfo is not None


def test_a_brand_without_connection_does_not_stop_the_others(
    sandbox_env: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_NUORDER_KOYO")
    with runtime.open_work("main") as work:
        assert work.nuorder["Acme Outdoor"].order_ids("approved")
        with pytest.raises(Permanent, match="There is no connection 'nuorder_koyo'"):
            work.nuorder["Kōyō Denim"]


def test_the_test_button_says_what_it_found(sandbox_env: Sandbox) -> None:
    good, sentence = NuorderHook("nuorder_acme").test_connection()
    assert good
    assert "4 approved orders are visible" in sentence
    good, sentence = LightspeedRetailHook("lightspeed_default").test_connection()
    assert good
    assert "Sandbox Sports & Style" in sentence


def test_the_test_button_says_what_is_wrong(sandbox_env: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = connections(sandbox_env)["AIRFLOW_CONN_NUORDER_ACME"].replace(
        "sandbox-acme-secret", "wrong-secret"
    )
    monkeypatch.setenv("AIRFLOW_CONN_NUORDER_ACME", wrong)
    good, sentence = NuorderHook("nuorder_acme").test_connection()
    assert not good
    assert "nuorder_acme" in sentence
    assert LightspeedRetailHook("nowhere").test_connection() == (
        False,
        (
            "There is no connection 'nowhere': create it with the type lightspeed_retail (Admin > Connections),"
            " or set AIRFLOW_CONN_NOWHERE."
        ),
    )


def test_the_test_button_does_not_use_the_token_pair_up(
    sandbox_env: Sandbox, monkeypatch: pytest.MonkeyPatch, migrated_database: Any
) -> None:
    """Airflow tries a connection under an id of its own. Each renewal ends the pair before it, so both must share one."""
    with runtime.open_work("main") as work:
        first = work.pos.tokens.access_token()
    monkeypatch.setenv("AIRFLOW_CONN_TEST_X1", connections(sandbox_env)["AIRFLOW_CONN_LIGHTSPEED_DEFAULT"])
    assert LightspeedRetailHook("test_x1").test_connection()[0]
    with runtime.open_work("main") as work:
        assert work.pos.tokens.access_token() == first
        assert work.pos.shops()
    assert kept.load_tokens(migrated_database, "lightspeed_default") is None


def test_the_command_line_finds_connections_that_were_made_in_the_ui(migrated: Place) -> None:
    """Tasks ask Airflow's API for them; a plain process looks into Airflow's database, and only for what is nowhere
    else."""
    migrated.run(
        "airflow", "connections", "add", "nuorder_ui", "--conn-json",
        '{"conn_type": "nuorder", "host": "https://a.example.com", "login": "the-key", "password": "the-secret",'
        ' "extra": {"token": "the-token", "token_secret": "its-secret"}}',
    )  # fmt: skip
    code = "from nuorder_pos import connections as c; print(c.nuorder_settings('nuorder_ui').consumer_key)"
    assert migrated.run("-c", code).stdout.splitlines()[-1] == "the-key"


def test_the_command_line_needs_no_airflow_database(place: Place) -> None:
    code = "from nuorder_pos import connections as c; c.nuorder_settings('nowhere')"
    done = place.run("-c", code, check=False)
    assert "There is no connection 'nowhere'" in done.stderr.splitlines()[-1]
    assert not (place.folder / "airflow" / "airflow.db").exists()


@pytest.fixture
def order(migrated_database: Any) -> str:
    """An order that this run has claimed."""
    order_id = "5f1a000000000000000000aa"
    orders.add(
        migrated_database,
        {
            "order_id": order_id, "account": "main", "brand": "Acme Outdoor", "order_number": "1001",
            "nuorder_status": "approved", "state": "discovered", "reason": "", "listed_only": False,
        },
    )  # fmt: skip
    orders.claim(migrated_database, [order_id], RUN.dag_id, RUN.run_id, {order_id: None})
    return order_id


def state(engine: Any, order_id: str) -> tuple[str, str, str | None]:
    row = orders.get(engine, order_id)
    assert row is not None
    return row["state"], row["reason"], row["claim_run_id"]


def context(task: Any, error: BaseException | None) -> Any:
    return {"task": task, "ti": RUN, "exception": error}


def test_after_the_last_attempt_the_order_keeps_the_reason_and_is_free(
    migrated_database: Any, order: str
) -> None:
    task = MatchReport(task_id="match_report", account="main", order_id=order)
    record_and_release(context(task, Permanent("The credentials are wrong.")))
    assert state(migrated_database, order) == ("failed", "The credentials are wrong.", None)


def test_between_two_attempts_it_keeps_the_reason_and_its_run(migrated_database: Any, order: str) -> None:
    task = MatchReport(task_id="match_report", account="main", order_id=order)
    record(context(task, Transient("The POS is down.")))
    assert state(migrated_database, order) == ("failed", "The POS is down.", RUN.run_id)
    assert record in task.on_retry_callback


@pytest.mark.parametrize("error", [NeedsMerchant("Choose a vendor."), Transient("Another process holds it.")])
def test_what_the_pipeline_has_recorded_is_left_alone(
    migrated_database: Any, order: str, error: Exception
) -> None:
    task = ExportOrder(task_id="export", account="main", order_id=order)
    record_and_release(context(task, error))
    assert state(migrated_database, order) == ("discovered", "", None)


def test_an_error_that_nobody_foresaw_becomes_a_sentence(migrated_database: Any, order: str) -> None:
    record_and_release(
        context(WaitForApproval(task_id="wait", account="main", order_id=order), KeyError("x"))
    )
    told, reason, _ = state(migrated_database, order)
    assert told == "failed"
    assert reason == "An error that was not foreseen (KeyError: 'x'): the task's log has the details."


def test_a_killed_task_is_reported_from_outside_where_nothing_is_rendered(order: str) -> None:
    task = SimpleNamespace(order_id=object())
    record_and_release(context(task, None))


def test_label_and_link_come_from_the_database(migrated_database: Any, order: str) -> None:
    task = ExportOrder(task_id="export", account="main", order_id=order)
    assert task.order_label == "Acme Outdoor 1001"
    assert PurchaseOrderLink().get_link(task, ti_key=None) == ""
    orders.change(migrated_database, order, po_url="https://pos.example.com/?id=77")
    assert PurchaseOrderLink().get_link(task, ti_key=None) == "https://pos.example.com/?id=77"


def test_a_label_fails_no_task(database: str) -> None:
    assert ExportOrder(task_id="export", account="main", order_id="5f1a").order_label == "5f1a"


async def first_event(order_id: str) -> Any:
    async for event in OrderNeedsAttention(order_id, "main", 0.05).run():
        return event.payload
    return None


def test_the_trigger_asks_the_project_s_database(order: str) -> None:
    assert asyncio.run(first_event(order)) == {"order_id": order}


def test_the_trigger_goes_on_once_the_database_is_there(database: str) -> None:
    """It was not migrated, or not reachable, when the wait began."""

    async def scene() -> None:
        wait = asyncio.create_task(first_event("5f1a"))
        await asyncio.sleep(0.3)
        assert not wait.done()
        engine = make_engine(database)
        migrate.upgrade(engine)
        orders.add(
            engine,
            {
                "order_id": "5f1a", "account": "main", "brand": "Acme", "order_number": "1",
                "nuorder_status": "approved", "state": "approved", "reason": "", "listed_only": False,
            },
        )  # fmt: skip
        async with asyncio.timeout(10):
            assert await wait == {"order_id": "5f1a"}

    asyncio.run(scene())
