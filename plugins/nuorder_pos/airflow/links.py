"""Links on the task pages.

Airflow 3 calls ``get_link`` in the task's own process when it ends, and keeps the URL as an XCom: the API server
only reads that. So a link may ask our database, and the API server never opens it.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperatorLink


class PurchaseOrderLink(BaseOperatorLink):
    """The purchase order in the POS, once there is one."""

    name = "View PO"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """URL, or empty text as long as there is no purchase order."""
        from nuorder_pos import runtime
        from nuorder_pos.pipeline import orders

        return orders.po_url(runtime.open_engine(), operator.order_id) or ""
