"""The tasks of the DAG: each calls one function of the pipeline and passes ids on, nothing else."""

from __future__ import annotations

from functools import partial
from inspect import getdoc
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.context import Context

from nuorder_pos.airflow.base import OrderTask, holder_of, record, release, run_of
from nuorder_pos.airflow.links import PurchaseOrderLink
from nuorder_pos.errors import NuorderPosError


class DiscoverOrders(BaseOperator):
    """Finds the account's finalized orders, claims them for this run, and returns their ids."""

    def __init__(self, *, account: str, **kwargs: Any) -> None:
        kwargs.setdefault("doc_md", getdoc(type(self)))
        super().__init__(**kwargs)
        self.account = account

    def execute(self, context: Context) -> list[str]:
        """Order ids; the position of an id is the map index of its tasks."""
        from nuorder_pos import runtime
        from nuorder_pos.airflow.liveness import live_orders
        from nuorder_pos.pipeline.discover import discover

        params = context["params"]
        with runtime.open_work(self.account) as work:
            found = discover(
                work,
                run=run_of(context),
                order_numbers=params["order_numbers"],
                brands=params["brands"],
                max_orders=params["max_orders"],
                is_live=partial(live_orders, context["ti"]),
            )
        self.log.info("%d orders go through this run", len(found))
        return found


class LookAhead(BaseOperator):
    """Reads the run's orders and looks their codes up in the POS together: fewer requests than each order by itself."""

    template_fields = ("order_ids",)

    def __init__(self, *, account: str, order_ids: Any, **kwargs: Any) -> None:
        kwargs.setdefault("doc_md", getdoc(type(self)))
        super().__init__(**kwargs)
        self.account = account
        self.order_ids = order_ids

    def execute(self, context: Context) -> None:
        """Fails for nothing that a single order can look up for itself. See ``pipeline.look_ahead``."""
        from nuorder_pos import runtime
        from nuorder_pos.pipeline.look_ahead import look_ahead

        order_ids = list(self.order_ids)
        try:
            with runtime.open_work(self.account) as work:
                read = look_ahead(work, context["ti"].run_id, order_ids)
            self.log.info("%d of %d orders were read and looked up together", read, len(order_ids))
        except NuorderPosError as error:
            self.log.warning("Nothing was looked up together: %s", error)


class MatchReport(OrderTask):
    """Compares every ordered variant with the POS and stores the report."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_retry_callback = [record, *self.on_retry_callback]

    def execute(self, context: Context) -> None:
        """See ``pipeline.report.make_report``."""
        from nuorder_pos.pipeline.report import make_report

        self.log.info("%s: matching against the POS", self.order_label)
        with self.work() as work:
            report_hash = make_report(work, self.order_id, context["ti"].run_id)
        self.log.info("%s: match report %s is ready", self.order_label, report_hash)


class ExportOrder(OrderTask):
    """Writes the approved order into the POS as a purchase order, exactly once."""

    operator_extra_links = (PurchaseOrderLink(),)
    recorded_by_pipeline = (NuorderPosError,)

    def execute(self, context: Context) -> None:
        """See ``pipeline.export.export``."""
        from nuorder_pos.pipeline.export import export

        self.log.info("%s: exporting", self.order_label)
        with self.work() as work:
            po = export(work, self.order_id, holder=holder_of(context))
        self.log.info("%s: purchase order %s: %s", self.order_label, po.po_id, po.po_url)


class VerifyOrder(OrderTask):
    """Reads the purchase order back and compares it with the plan; only then is the order exported."""

    operator_extra_links = (PurchaseOrderLink(),)
    recorded_by_pipeline = (NuorderPosError,)

    def execute(self, context: Context) -> None:
        """See ``pipeline.verify.verify``."""
        from nuorder_pos.pipeline.verify import verify

        with self.work() as work:
            po = verify(work, self.order_id, holder=holder_of(context))
        self.log.info("%s: exported as purchase order %s", self.order_label, po.po_id)
        release(self.order_id, context)
