"""The whole deployment as it stands in docker-compose.yaml, with one order going through while 400 runs wait.

One long test in steps: starting the services costs more than all it asks.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from services import crowd
from services.stack import SERVICES, Stack

from demo.settings import DAG_ID

pytestmark = [pytest.mark.services, pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(420)]

RUNS = 400
ON_TIME = 60.0
APPROVED = "104501"
NEVER_APPROVED = "104503"


def test_one_order_goes_through_and_the_schedule_keeps_time_while_400_runs_wait(stack: Stack) -> None:
    stack.until(lambda: not stack.api.unhealthy(), 120, "Airflow did not become healthy")
    stack.api.sign_in()
    stack.until(lambda: stack.api.has_dag(DAG_ID), 60, f"the DAG did not appear: {_import_errors(stack)}")

    stack.note("healthy, and the DAG is there")
    stack.api.unpause(DAG_ID)
    first = stack.until(lambda: _waiting_orders(stack), 120, "no order waited for its approval")
    stack.note("the first run waits")
    waiting = first[NEVER_APPROVED]
    with stack.metadata() as metadata:
        crowd.copy_waiting_run(metadata, waiting["run_id"], waiting["map_index"], waiting["order_id"], RUNS)
        crowded_at = datetime.now(UTC)
        stack.until(lambda: crowd.waiting(metadata) >= RUNS, 60, "the triggerer did not take up all triggers")

    stack.note(f"{RUNS} more runs wait")
    stack.nuorder_pos("approve", APPROVED, "--shop", "Main Street", "--by", "services test")
    late = stack.until(
        lambda: _next_run_after(stack, crowded_at), 60 + ON_TIME, "no further run found its orders"
    )
    stack.note(f"the next scheduled run found its orders after {late:.1f} s")
    assert late < ON_TIME

    with ThreadPoolExecutor(1) as pool:  # they take their time, and so does the export
        healthy = [pool.submit(stack.health_check, service) for service in (*SERVICES, "sandbox")]
        order = stack.until(
            lambda: stack.orders("exported").get(APPROVED), 120, f"{APPROVED} was not exported"
        )
        stack.note("exported")
        for check in healthy:
            check.result()
    stack.note("every health check passes")

    purchases = [record for record in stack.ledger()["Order"] if record["refNum"] == order["order_id"]]
    assert [str(record["orderID"]) for record in purchases] == [order["po_id"]]
    assert sum(line["quantity"] for line in purchases[0]["lines"]) == order["units"]
    with stack.metadata() as metadata:
        assert crowd.waiting(metadata) >= RUNS, "the other runs have stopped waiting"


def _import_errors(stack: Stack) -> Any:
    try:
        return stack.api.import_errors()
    except Exception as error:  # only to say more in a failure
        return error


def _waiting_orders(stack: Stack) -> dict[str, dict[str, Any]]:
    """Where each order of the first run waits, once all of them do."""
    orders = stack.orders("awaiting_approval")
    if not {APPROVED, NEVER_APPROVED} <= set(orders):
        return {}
    found = {}
    for run in stack.api.runs(DAG_ID):
        for task in stack.api.tasks(DAG_ID, run["dag_run_id"]):
            number = str(task["rendered_map_index"]).rpartition(" ")[2]
            if task["task_id"] == crowd.WAIT and task["state"] == "deferred" and number in orders:
                order_id = orders[number]["order_id"]
                found[number] = {
                    "run_id": run["dag_run_id"],
                    "map_index": task["map_index"],
                    "order_id": order_id,
                }
    return found if {APPROVED, NEVER_APPROVED} <= set(found) else {}


def _next_run_after(stack: Stack, moment: datetime) -> float | None:
    """Seconds from the scheduled moment of the first run after ``moment`` to the end of its `discover`."""
    with stack.metadata() as metadata:
        row = metadata.execute(
            "SELECT extract(epoch FROM i.end_date - r.run_after) FROM dag_run r JOIN task_instance i "
            "ON i.dag_id = r.dag_id AND i.run_id = r.run_id AND i.task_id = 'discover' "
            "WHERE r.run_type = 'scheduled' AND r.run_after > %s AND i.state = 'success' ORDER BY r.run_after LIMIT 1",
            (moment,),
        ).fetchone()
    return float(row[0]) if row else None
