"""One question for all waiting triggers of a process: which of these orders need attention?

With a thousand orders waiting, a thousand triggers that each ask the database every few seconds would be its largest
user. They subscribe here instead, and one query each round answers for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

_log = logging.getLogger(__name__)

Ask = Callable[[Collection[str]], set[str]]
"""Order ids in, those that need attention out. Runs in a thread and may raise anything."""

LONGEST_ROUND = 5.0
"""Seconds after which a new subscription is noticed, whatever the others wait for."""

LONGEST_PAUSE = 60.0
"""Seconds between two questions while the database does not answer."""


@dataclass(frozen=True, slots=True, eq=False)
class _Subscription:
    order_id: str
    interval: float
    due: float
    awake: asyncio.Future[None]


class Poller:
    """The subscriptions of one event loop."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: set[_Subscription] = set()
        self._task: asyncio.Task[None] | None = None

    async def attention(self, order_id: str, interval: float) -> None:
        """Returns when the order needs attention; first asked after ``interval`` seconds, then in every round."""
        loop = asyncio.get_running_loop()
        mine = _Subscription(order_id, interval, loop.time() + interval, loop.create_future())
        self._waiting.add(mine)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._rounds(), name="nuorder-pos-poller")
        try:
            await mine.awake
        finally:  # also when the trigger is cancelled: its order must not be asked for any longer
            self._waiting.discard(mine)

    async def _rounds(self) -> None:
        loop = asyncio.get_running_loop()
        trouble = 0.0
        while self._waiting:
            await asyncio.sleep(trouble or min(LONGEST_ROUND, *(each.interval for each in self._waiting)))
            due = [each for each in self._waiting if each.due <= loop.time() + 0.01]
            if not due:
                continue
            try:
                awake = await asyncio.to_thread(self._ask, {each.order_id for each in due})
            except Exception as error:  # noqa: BLE001 - whatever it is, the orders go on waiting
                trouble = min(LONGEST_PAUSE, max(trouble * 2, min(each.interval for each in due)))
                _log.warning("Cannot ask for decisions, next try in %.0f s: %s", trouble, error)
                continue
            trouble = 0.0
            for each in due:
                if each.order_id in awake and not each.awake.done():
                    each.awake.set_result(None)


_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, Poller] = WeakKeyDictionary()


def shared_poller() -> Poller:
    """The poller of the running event loop; a triggerer process has one loop."""
    loop = asyncio.get_running_loop()
    if loop not in _pollers:
        _pollers[loop] = Poller(_ask_database)
    return _pollers[loop]


def _ask_database(order_ids: Collection[str]) -> set[str]:
    from datetime import UTC, datetime

    from nuorder_pos import runtime
    from nuorder_pos.pipeline.waiting import needs_attention

    try:
        return needs_attention(runtime.open_engine(), order_ids, datetime.now(UTC))
    except Exception:
        runtime.close_engine()  # the next round asks for the connection again, which may have been changed
        raise
