"""Writes that are done long after their client was answered, or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import Scope

from sandbox.clock import Clock

_KEPT: Final = (
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "root_path", "query_string", "headers",
    "server", "client",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class LateWrite:
    """A request that waits for its time: ``due`` is in seconds of the sandbox's clock, ``seq`` its number in the
    list of requests."""

    due: float
    scope: dict[str, Any]
    body: bytes
    seq: int


class LateWrites:
    """The late writes of one server. ``carry_out`` is what does one; the gate sets it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[LateWrite, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self.carry_out: Callable[[Scope, bytes, int], Awaitable[None]] | None = None

    def add(self, seconds: float, scope: Scope, body: bytes, seq: int) -> None:
        """Have a request carried out ``seconds`` from now."""
        # The connection does not belong to it: it may be gone by then.
        kept = {name: scope[name] for name in _KEPT if name in scope}
        self._start(LateWrite(self._clock.seconds() + seconds, kept, body, seq))

    def pending(self) -> list[LateWrite]:
        """What has not been done yet, the earliest first."""
        return sorted(self._waiting, key=lambda one: (one.due, one.seq))

    def put(self, writes: list[LateWrite]) -> None:
        """Wait for these, and for no others any more."""
        for task in self._waiting.values():
            # A reset may come from a thread of its own.
            task.get_loop().call_soon_threadsafe(task.cancel)
        self._waiting = {}
        for one in writes:
            self._start(one)

    async def settle(self) -> None:
        """Return once everything that is due has been done, the earliest first."""
        for one in self.pending():
            if one.due <= self._clock.seconds():
                await self._do(one)
        async with self._one_at_a_time:
            pass  # one that was being done already

    def _start(self, one: LateWrite) -> None:
        self._waiting[one] = asyncio.get_running_loop().create_task(self._wait(one))

    async def _wait(self, one: LateWrite) -> None:
        await self._clock.sleep(one.due - self._clock.seconds())
        await self._do(one)

    async def _do(self, one: LateWrite) -> None:
        async with self._one_at_a_time:
            if self._waiting.pop(one, None) is not None and self.carry_out is not None:
                await self.carry_out(dict(one.scope), one.body, one.seq)
