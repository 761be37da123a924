"""Writes that the POS applies after they were given up for lost."""

from __future__ import annotations

from typing import Any

import pytest
from support.databases import execute
from support.orders import item, line, order, pos, upc
from support.retail import Retail

from nuorder_pos.errors import OutcomeUnknown
from nuorder_pos.pipeline.export import export

SIZES = {"S": 2, "M": 3}
LATE = 100.0
"""Seconds after which the POS applies what it did not answer: the clock of the sandbox is moved, nobody waits."""
LASTING = {"access_token_seconds": 10_000_000}
"""Access tokens that live through that move, at the pace of the sandbox's clock."""


def an_order_of_known_items(retail: Retail) -> None:
    raw = order("1001", line(sizes=SIZES, upcs={"S": upc(1), "M": upc(2)}))
    retail.given(raw, shop_floor=pos([item(7, upc(1)), item(8, upc(2))]), **LASTING)
    retail.configure(waiting_time=0)
    retail.approved("1001")


def late(retail: Retail, path: str, **fault: Any) -> None:
    retail.sandbox.fault(method="POST", path=path, action="apply_late", seconds=LATE, **fault)


def the_pos_catches_up(retail: Retail) -> None:
    retail.sandbox._call("/_clock", {"advance": LATE + 1})


def written_twice(retail: Retail) -> None:
    """Export, but not verify yet, with a write that was given up and sent again."""
    with pytest.raises(OutcomeUnknown):
        export(retail.work, retail.id("1001"), holder="first")
    export(retail.work, retail.id("1001"), holder="second")


def lines_of(po: dict[str, Any]) -> list[tuple[int, int]]:
    return sorted((one["itemID"], one["quantity"]) for one in po["lines"])


def live(retail: Retail) -> list[dict[str, Any]]:
    return [po for po in retail.purchase_orders("1001") if not po["archived"]]


def a_quarter_of_an_hour_passes(retail: Retail) -> None:
    execute(retail.engine, "UPDATE export SET look_again_at = '2026-01-01 00:00:00'")
