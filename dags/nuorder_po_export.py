"""### NuORDER orders to purchase orders

Finds the orders that brands have finalized in NuORDER, matches every ordered size against the POS, and shows the
merchant a report. Once the merchant has approved it, the order is written into Lightspeed Retail POS as a purchase
order, exactly once, and read back.

The orders of a run are read and looked up in the POS together (`look_up_together`), which saves requests. Then each
order goes its own way, labelled `<brand> <order number>`:

| task | does |
|---|---|
| `match_report` | compares the order with the POS and stores the report |
| `wait_for_approval` | waits for the decision, for days if need be, without holding a worker |
| `export` | writes the purchase order; after a failure it goes on from where it stood |
| `verify` | reads the purchase order back and compares it with the plan |

An order that fails is taken up by the next run. Clearing a task is safe: what was written is never written again.
Decide with `nuorder-pos approve` or `nuorder-pos reject`; `nuorder-pos orders` shows where every order stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, Param, task_group

from nuorder_pos.airflow.retry import AFTER_A_KILL, RETRIES, ByKindOfError
from nuorder_pos.airflow.sensors import WaitForApproval
from nuorder_pos.airflow.tasks import DiscoverOrders, ExportOrder, LookAhead, MatchReport, VerifyOrder
from nuorder_pos.config import AccountConfig, dag_id_of, load_brands


def purchase_orders(account: AccountConfig) -> DAG:
    """The DAG of one POS account."""
    with DAG(
        dag_id_of(account.name),
        description=f"Finalized NuORDER orders become purchase orders ({account.lightspeed_conn_id})",
        doc_md=__doc__,
        schedule=account.schedule,
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - as Airflow's own examples write it
        catchup=False,
        # A run lives as long as an order in it waits: a week at a run each half hour is 336 runs. At Airflow's
        # default of 16 the schedule would stop after a working day.
        max_active_runs=2000,
        params=what_may_be_chosen(account),
        default_args={
            "retries": RETRIES,
            "retry_delay": AFTER_A_KILL,
            "retry_policy": ByKindOfError(account.waiting_time),
        },
        tags=["nuorder", "lightspeed"],
    ) as dag:

        @task_group
        def order(order_id: str) -> None:
            it = {"account": account.name, "order_id": order_id}
            (
                MatchReport(task_id="match_report", **it)
                >> WaitForApproval(task_id="wait_for_approval", deferrable=True, **it)
                >> ExportOrder(task_id="export", execution_timeout=timedelta(hours=2), **it)
                >> VerifyOrder(task_id="verify", **it)
            )

        discover = DiscoverOrders(task_id="discover", account=account.name)
        together = LookAhead(task_id="look_up_together", account=account.name, order_ids=discover.output)
        together >> order.expand(order_id=discover.output)
    return dag


def what_may_be_chosen(account: AccountConfig) -> dict[str, Param]:
    """The form under Trigger. Scheduled runs take the defaults."""
    brands = [brand.name for brand in account.brands]
    return {
        "order_numbers": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Order numbers",
            description="Only these orders, one each line, also those from before a brand's date."
            " Empty: all that are new.",
        ),
        "brands": Param(
            [],
            type="array",
            items={"type": "string", "enum": brands},
            examples=brands,
            title="Brands",
            description="Only these brands. Empty: all of the brands file.",
        ),
        "max_orders": Param(
            account.map_orders,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Most orders",
            description="What is over waits for the next run.",
        ),
    }


for each_account in load_brands().accounts.values():
    purchase_orders(each_account)
