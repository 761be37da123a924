"""Everything the two servers share: clock, switches, data, tokens, limiter, journals, faults."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from starlette.requests import Request

from sandbox import data
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.late import LateWrite, LateWrites
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
        self.late = {side: LateWrites(self.clock) for side in SIDES}
        self._checkpoints: dict[str, bytes] = {}
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
        """Load a dataset (default: the one of the start) and forget everything else, late writes that wait for
        their time and moves of the clock included, except what is in ``keep``: switches, faults, ledger, tokens."""
        kept = self.tokens
        dataset = data.resolve(self._start if source is None else source)
        if "switches" not in keep:
            self.switches.reset()
        self.clock.move_to(0.0)
        self._load(dataset)
        if "tokens" in keep:
            self.tokens = kept
            self.tokens.account_id = self.account_id
        for side in SIDES:
            self.late[side].put([])
            if "faults" not in keep:
                self.faults[side].clear()
            if "ledger" not in keep:
                self.journals[side].clear()

    def save(self, name: str) -> None:
        """Keep everything as it stands under a name: records, tokens, limiter, nonces, requests, faults, switches,
        late writes that wait for their time, and how far the clock was moved. Answers that are held back belong to
        their connections and are not part of it."""
        self._checkpoints[name] = pickle.dumps(
            {
                "clock": self.clock.moved,
                "switches": self.switches.as_dict(),
                "nuorder": self.nuorder,
                "pos": self.pos.contents(),
                "tokens": self._contents(self.tokens),
                "limiter": self._contents(self.limiter),
                "nonces": self.nonces,
                "sides": {
                    side: (self.journals[side].__dict__, self.faults[side].__dict__, self._pending(side))
                    for side in SIDES
                },
            }
        )

    def load(self, name: str) -> None:
        """Put everything back to what :meth:`save` kept; raises ``ValueError`` for a name that it was not given."""
        if name not in self._checkpoints:
            known = ", ".join(sorted(self._checkpoints)) or "nothing"
            raise ValueError(f"no checkpoint {name!r}; saved is {known}")
        kept = pickle.loads(self._checkpoints[name])  # noqa: S301 - our own bytes, from this very process
        self.clock.move_to(kept["clock"])
        self.switches.set(kept["switches"])
        self.nuorder, self.nonces = kept["nuorder"], kept["nonces"]
        self.pos = PosState(self.clock, self.switches)
        self.pos.restore(kept["pos"])
        self.account_id = str(self.pos.account["accountID"])
        self.tokens.__dict__.update(kept["tokens"])
        self.limiter.__dict__.update(kept["limiter"])
        for side, (requests, faults, late) in kept["sides"].items():
            self.journals[side].__dict__.update(requests)
            self.faults[side].__dict__.update(faults)
            self.late[side].put([LateWrite(*one) for one in late])

    def _contents(self, holder: Tokens | Limiter) -> dict[str, Any]:
        """What a holder knows, without the clock and the switches, which it shares with everybody."""
        return {
            name: value
            for name, value in holder.__dict__.items()
            if value is not self.clock and value is not self.switches
        }

    def _pending(self, side: str) -> list[tuple[float, dict[str, Any], bytes, int]]:
        return [(one.due, one.scope, one.body, one.seq) for one in self.late[side].pending()]

    async def advance(self, seconds: float) -> None:
        """Move the clock ahead; late writes whose time has come are done when this returns."""
        if seconds < 0:
            raise ValueError("the clock goes ahead only; /_load takes it back")
        self.clock.move_to(self.clock.moved + seconds)
        for side in SIDES:
            await self.late[side].settle()

    def origin(self, side: str, request: Request) -> str:
        """The public origin of a server: fixed on the command line, otherwise what the client called."""
        return self.public.get(side) or f"{request.url.scheme}://{request.headers.get('host', '')}"

    def pos_origin(self, request: Request) -> str:
        """The POS's public origin, for the URLs of neighbouring pages."""
        return self.origin("pos", request)
