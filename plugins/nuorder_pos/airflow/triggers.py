"""What the triggerer runs while an order waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from nuorder_pos.airflow.poller import shared_poller


class OrderNeedsAttention(BaseTrigger):
    """Fires when a decision was recorded for the order, or its wait has something else to do (expiry, rematch).

    It judges nothing: the sensor does that with the work's own rules. ``poll_interval``: seconds.
    """

    def __init__(self, order_id: str, account: str, poll_interval: float = 5.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.order_id = order_id
        self.account = account
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, from which the triggerer builds it again."""
        arguments = {"order_id": self.order_id, "account": self.account, "poll_interval": self.poll_interval}
        return f"{__name__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event, with the order's id. A database that does not answer delays it and never fails the wait."""
        await shared_poller().attention(self.order_id, self.poll_interval)
        yield TriggerEvent({"order_id": self.order_id})  # type: ignore[no-untyped-call]
