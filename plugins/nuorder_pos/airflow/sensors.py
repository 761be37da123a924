"""The wait for the merchant's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, conf
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowSkipException

from nuorder_pos.airflow.base import OrderTask, release
from nuorder_pos.errors import Transient

if TYPE_CHECKING:
    from nuorder_pos.pipeline.waiting import Look
    from nuorder_pos.pipeline.work import Work

AFTER_TROUBLE = 60.0
"""Seconds before a look that failed for a passing reason is tried again, unless the error says how long."""


class WaitForApproval(OrderTask, BaseSensorOperator):
    """Lets the order through once an approval counts; skips what follows once it is rejected, expired or cancelled.

    While it is deferred it holds no worker. ``poll_interval``: seconds between two questions to the database.
    """

    def __init__(
        self,
        *,
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        # The order's own term ends the wait, with a state that says so. Airflow's limit must never come first.
        kwargs.setdefault("timeout", 366 * 24 * 3600.0)
        super().__init__(poke_interval=poll_interval, **kwargs)
        self.poll_interval = poll_interval
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Looks; then ends, or waits in the triggerer (``deferrable``) or here."""
        if not self.deferrable:
            super().execute(context)
            return
        wait = self._look(context)
        if wait is not None:
            from nuorder_pos.airflow.triggers import OrderNeedsAttention

            trigger = OrderNeedsAttention(order_id=self.order_id, account=self.account, poll_interval=wait)
            self.defer(trigger=trigger, method_name="execute_complete")

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """After the trigger fired: the same again."""
        self.execute(context)

    def poke(self, context: Context) -> bool:
        """Whether an approval counts."""
        return self._look(context) is None

    def _look(self, context: Context) -> float | None:
        """``None`` = go on, else seconds until it is worth asking again. Skips if the order is closed."""
        try:
            with self.work() as work:
                seen = _look_at(work, self.order_id)
        except Transient as error:
            self.log.warning("%s: cannot look now, it goes on waiting: %s", self.order_label, error)
            return AFTER_TROUBLE if error.retry_after is None else max(self.poll_interval, error.retry_after)
        self.log.info("%s: %s", self.order_label, seen.reason or seen.kind)
        if seen.kind == "closed":
            release(self.order_id, context)
            raise AirflowSkipException(f"{self.order_label}: {seen.reason}")
        return None if seen.kind == "go" else self.poll_interval


def _look_at(work: Work, order_id: str) -> Look:
    from nuorder_pos.pipeline.waiting import look

    return look(work, order_id)
