"""The control routes of both servers: ledger, faults, switches, reset, checkpoints, the clock, and acts of a person.

They need no credentials and count nowhere; the servers listen on loopback.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.nuorder import acts as nuorder_acts
from sandbox.pos import acts as pos_acts
from sandbox.pos import ledger as pos_ledger
from sandbox.pos.errors import PosError
from sandbox.switches import SWITCHES

if TYPE_CHECKING:
    from sandbox.world import World

_KEEPABLE = frozenset({"switches", "faults", "ledger", "tokens"})


async def _posted(request: Request) -> dict[str, Any]:
    raw = await request.body()
    given = json.loads(raw) if raw else {}
    if not isinstance(given, dict):
        raise ValueError("the body must be a JSON object")
    return given


def routes(world: World, side: str) -> list[Route]:
    """The control routes of one server."""

    def guarded(work: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Any]:
        """An endpoint that answers a mistake in the posted JSON with 400 and a sentence."""

        async def endpoint(request: Request) -> JSONResponse:
            try:
                done = work(await _posted(request))
                return JSONResponse(await done if inspect.isawaitable(done) else done)
            except (ValueError, KeyError, TypeError, PosError) as error:
                return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

        return endpoint

    async def ledger(request: Request) -> JSONResponse:
        body = pos_ledger.ledger(world.pos) if side == "pos" else world.nuorder.ledger()
        if request.query_params.get("requests", "1") not in ("0", "false"):
            body["requests"] = world.journals[side].as_list()
        return JSONResponse(body)

    async def show_faults(request: Request) -> JSONResponse:
        return JSONResponse({"faults": world.faults[side].as_list()})

    async def drop_faults(request: Request) -> JSONResponse:
        world.faults[side].clear()
        return JSONResponse({"faults": []})

    def add_fault(given: dict[str, Any]) -> dict[str, Any]:
        return world.faults[given.get("server", side)].add(given).as_dict()

    async def show_switches(request: Request) -> JSONResponse:
        about = {
            name: {"default": one.default, "choices": list(one.choices), "about": one.about}
            for name, one in SWITCHES.items()
        }
        return JSONResponse({"switches": world.switches.as_dict(), "about": about})

    def set_switches(given: dict[str, Any]) -> dict[str, Any]:
        world.switches.set(given)
        return {"switches": world.switches.as_dict()}

    def reset(given: dict[str, Any]) -> dict[str, Any]:
        keep = frozenset(given.get("keep", ()))
        if keep - _KEEPABLE:
            raise ValueError(f"keep may name {', '.join(sorted(_KEEPABLE))}")
        world.reset(given.get("data"), keep)
        return {"reset": True}

    def named(given: dict[str, Any]) -> str:
        if not isinstance(given.get("name"), str) or not given["name"]:
            raise ValueError("a checkpoint has a name")
        return str(given["name"])

    def save(given: dict[str, Any]) -> dict[str, Any]:
        world.save(named(given))
        return {"saved": given["name"]}

    def load(given: dict[str, Any]) -> dict[str, Any]:
        world.load(named(given))
        return {"loaded": given["name"]}

    async def advance(given: dict[str, Any]) -> dict[str, Any]:
        await world.advance(float(given.get("advance", 0)))
        waiting = sum(len(late.pending()) for late in world.late.values())
        return {"now": world.clock.now().isoformat(), "moved": world.clock.moved, "late": waiting}

    def do(given: dict[str, Any]) -> Any:
        acts = pos_acts if side == "pos" else nuorder_acts
        return acts.do(world, given)

    return [
        Route("/_ledger", ledger),
        Route("/_faults", show_faults),
        Route("/_faults", guarded(add_fault), methods=["POST"]),
        Route("/_faults", drop_faults, methods=["DELETE"]),
        Route("/_switches", show_switches),
        Route("/_switches", guarded(set_switches), methods=["POST"]),
        Route("/_reset", guarded(reset), methods=["POST"]),
        Route("/_save", guarded(save), methods=["POST"]),
        Route("/_load", guarded(load), methods=["POST"]),
        Route("/_clock", guarded(advance), methods=["POST"]),
        Route("/_do", guarded(do), methods=["POST"]),
    ]
