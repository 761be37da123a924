"""Waits until the shared bucket has room, and books what answers say about it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from nuorder_pos.clients import pacing
from nuorder_pos.clients.pacing import Bucket, PaceStore
from nuorder_pos.errors import Transient

_log = logging.getLogger(__name__)
PATIENCE = 120.0
"""Seconds that a worker waits for the rate limit."""


def utc_now() -> datetime:
    """The present instant, aware."""
    return datetime.now(UTC)


class Pacer:
    """Pace of one (account, API client). ``patience`` is the longest single wait in seconds that is slept through;
    a longer one becomes a ``Transient`` with that wait, so that no worker is held."""

    def __init__(
        self,
        store: PaceStore,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._patience = patience

    def before(self, cost: float) -> None:
        """Returns once ``cost`` drips are charged and the request may be sent. Raises ``Transient`` when that is
        further away than ``patience``."""
        while (wait := self._store.update(lambda bucket: pacing.reserve(bucket, cost, self._clock()))) > 0:
            if wait > self._patience:
                raise Transient(
                    f"The POS asks for a pause of {wait:.0f} seconds before the next request.",
                    retry_after=wait,
                )
            _log.debug("waiting %.2f s for the rate limit", wait)
            self._sleep(wait)

    def after(self, predicted: float, headers: Mapping[str, str]) -> None:
        """Books an answer. Without headers (no answer came) the predicted cost stays charged."""
        actual = pacing.actual_cost(headers)
        self._apply(lambda bucket: pacing.settle(bucket, predicted, actual, headers, self._clock()))

    def throttled(self, headers: Mapping[str, str]) -> None:
        """Books a 429: everybody who shares the bucket waits."""
        wait, kind = pacing.blocked_by(headers)
        self._apply(lambda bucket: pacing.blocked(bucket, wait, kind, self._clock()))

    def _apply(self, change: Callable[[Bucket], Bucket]) -> None:
        self._store.update(lambda bucket: (change(bucket), None))
