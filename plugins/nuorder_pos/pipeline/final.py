"""Whether an order is to be matched, and reading it from NuORDER as long as it is final."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuorder_pos.domain.lifecycle import CANCELLED_STATUS, CLOSED, FINAL_STATUSES, IN_PROGRESS
from nuorder_pos.domain.orders import text
from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.pipeline.judging import one_line
from nuorder_pos.pipeline.work import Work


class NotFinal(NeedsMerchant):
    """The order is cancelled, gone, or no longer final in NuORDER."""


def read_final(work: Work, row: Mapping[str, Any]) -> dict[str, Any]:
    """Read an order from NuORDER, and make sure that it is still final. Raises ``NotFinal``."""
    order_id = row["order_id"]
    work.brand_of(row)  # the sentence for a brand that was taken out of the brands file
    raw = work.nuorder[row["brand"]].order(order_id)
    status = one_line(text((raw or {}).get("status")).casefold(), 40)
    if raw is not None and status in FINAL_STATUSES:
        return raw
    if raw is None:
        reason = "NuORDER no longer has this order."
    elif status == CANCELLED_STATUS:
        reason = "The brand cancelled the order in NuORDER."
    else:
        reason = f"The order went back to {status or 'no status'} in NuORDER; it is not final any more."
    raise NotFinal(reason)


def is_settled(row: Mapping[str, Any]) -> bool:
    """Whether an order keeps the report that it has: it was handled and nobody asked for a new one, or it is being
    exported on that report."""
    if not row["report_hash"]:
        return False
    return row["state"] in IN_PROGRESS or (row["state"] in CLOSED and row["rematch_asked_at"] is None)
