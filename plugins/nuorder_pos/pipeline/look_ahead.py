"""Read and look up for all orders of a run together, before each of them is matched on its own.

Only for the cost: codes of several orders share the lists in which the POS is asked, and each value is asked for once.
Whatever fails here is asked for again when its order is matched, and fails there, for that order alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline import gather, snapshots
from nuorder_pos.pipeline.final import is_settled, read_final
from nuorder_pos.pipeline.lookups import FRESH, Lookups
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.pipeline.pos_catalogue import Wanted, look_up
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import pos_answers

_log = logging.getLogger(__name__)
SNAPSHOT = "snapshot/1"
AT_ONCE = 50
"""Orders whose look-ups go together: what they hold is in memory at the same time."""


def look_ahead(work: Work, run: str, order_ids: Sequence[str]) -> int:
    """Read these orders and look up everything that matching them needs; how many could be read.

    ``run`` is the key under which ``make_report`` finds it again. Raises nothing: it only saves requests.
    """
    read = 0
    for start in range(0, len(order_ids), AT_ONCE):
        wanted = [
            one for order_id in order_ids[start : start + AT_ONCE] if (one := _read(work, run, order_id))
        ]
        read += len(wanted)
        try:
            look_up(work, Lookups(work, run), wanted)
        except NuorderPosError as error:
            _log.warning(
                "The POS was not asked for all orders together, so each order asks by itself: %s", error
            )
    return read


def _read(work: Work, run: str, order_id: str) -> Wanted | None:
    try:
        row = row_of(work.engine, order_id)
        if is_settled(row) or row["rematch_asked_at"] is not None:
            return None
        raw = read_final(work, row)
        shot = snapshots.take(work.engine, work.nuorder[row["brand"]], order_id, raw)
        wanted = gather.wanted_of(work, work.brand_of(row), shot.order)
        kept = {order_id: [{"snapshot_id": shot.snapshot_id}]}
        pos_answers.keep(work.engine, work.account.name, run, SNAPSHOT, kept)
    except NuorderPosError as error:
        _log.warning("Order %s is left to its own task: %s", order_id, error)
        return None
    return wanted


def snapshot_of(work: Work, run: str, row: Mapping[str, Any]) -> snapshots.Snapshot | None:
    """The snapshot that ``look_ahead`` took of an order within this run, if it did so lately."""
    if not run:
        return None
    order_id = row["order_id"]
    found = pos_answers.recall(work.engine, work.account.name, run, SNAPSHOT, [order_id], within=FRESH)
    work.brand_of(row)  # the sentence for a brand that was taken out of the brands file
    return snapshots.load(work.engine, found[order_id][0]["snapshot_id"]) if order_id in found else None
