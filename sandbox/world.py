"""Everything the two servers share: clock, switches, data, tokens, limiter, journals, faults."""

from __future__ import annotations

import copy
from typing import Any

from starlette.requests import Request

from sandbox import data
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.nuorder.nonces import Nonces
from sandbox.nuorder.store import NuOrderStore
from sandbox.pos.limiter import Limiter
from sandbox.pos.state import PosState
from sandbox.pos.tokens import CLIENT_ID, Tokens
from sandbox.switches import Switches

SIDES = ("nuorder", "pos")


class World:
    """The sandbox as a whole. ``reset`` puts it back to the data it was started with."""

    def __init__(
        self, start: Any = "sample", switches: dict[str, Any] | None = None, speed: float = 1.0
    ) -> None:
        self.clock = Clock(speed)
        self.switches = Switches(switches)
        self.journals = {side: Journal() for side in SIDES}
        self.faults = {side: Faults() for side in SIDES}
        self.public: dict[str, str] = {}
        self._start = start
        self._load(data.resolve(start))

    def _load(self, dataset: dict[str, Any]) -> None:
        # Both halves are read before either is replaced: a mistake in the data leaves the world as it was.
        pos = data.load_pos(copy.deepcopy(dataset.get("pos") or {}), PosState(self.clock, self.switches))
        self.nuorder = NuOrderStore(copy.deepcopy(dataset.get("nuorder") or {}))
        self.pos = pos
        self.account_id = str(self.pos.account["accountID"])
        self._fresh_access()

    def _fresh_access(self) -> None:
        self.tokens = Tokens(self.clock, self.switches, self.account_id)
        self.limiter = Limiter(self.clock, self.switches, self.account_id, CLIENT_ID)
        self.nonces = Nonces()

    def reset(self, source: Any = None, keep: frozenset[str] = frozenset()) -> None:
        """Load a dataset (default: the one of the start) and forget everything else, except what is in
        ``keep``: switches, faults, ledger, tokens."""
        kept = self.tokens
        dataset = data.resolve(self._start if source is None else source)
        if "switches" not in keep:
            self.switches.reset()
        self._load(dataset)
        if "tokens" in keep:
            self.tokens = kept
            self.tokens.account_id = self.account_id
        for side in SIDES:
            if "faults" not in keep:
                self.faults[side].clear()
            if "ledger" not in keep:
                self.journals[side].clear()

    def origin(self, side: str, request: Request) -> str:
        """The public origin of a server: fixed on the command line, otherwise what the client called."""
        return self.public.get(side) or f"{request.url.scheme}://{request.headers.get('host', '')}"

    def pos_origin(self, request: Request) -> str:
        """The POS's public origin, for the URLs of neighbouring pages."""
        return self.origin("pos", request)
