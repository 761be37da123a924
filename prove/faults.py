"""The faults that a seed may script, and how they are drawn by chance."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from prove.world import WAITING_TIME, Json

READ_TIMEOUT = 0.3
"""Seconds that the harness' clients wait for an answer: what hangs, or answers after five seconds, costs no more."""

_NTH = (1, 1, 1, 1, 2, 2, 3, 4, 6)
_ANY_WRITE = ("POST", "POST", "POST", "PUT")
_RESOURCES = (
    "", "", "/Vendor", "/Manufacturer", "/ItemMatrix", "/Item\\.json", "/Item\\.json", "/Image", "/Order\\.json",
    "/Order\\.json", "/OrderLine", "/OrderLine",
)  # fmt: skip
"""A write to any of them is drawn, and to lines and items more often: these make most of an export."""


@dataclass(frozen=True)
class Scripted:
    """One fault as the sandbox takes it. ``name`` is its kind in the figures; ``too_late``: the POS applies the request
    when nobody can expect it any more, which is outside of the promise."""

    name: str
    spec: Json
    too_late: bool = False


def _write_faults() -> dict[str, Json]:
    return {
        "refused": {"action": "refuse"},
        "timed out, not applied": {"action": "hang", "apply": False, "seconds": 3600},
        "timed out, applied": {"action": "hang", "apply": True, "seconds": 3600},
        "reset, applied": {"action": "drop_after_apply"},
        "500, applied": {"action": "status", "status": 500, "apply": True},
        "500, not applied": {"action": "status", "status": 500},
        "502": {"action": "status", "status": 502},
        "503": {"action": "status", "status": 503, "headers": {"Retry-After": "20"}},
        "503, applied": {"action": "status", "status": 503, "apply": True},
        "429 burst": {"action": "burst_429"},
        "429 bucket": {"action": "bucket_429", "seconds": 30},
        "401": {"action": "status", "status": 401, "body": {"message": "Access token has expired"}},
        "tokens revoked": {"action": "revoke_tokens"},
        "truncated, applied": {"action": "truncate"},
        "web page, applied": {"action": "html", "apply": True},
        "web page, not applied": {"action": "html"},
        "answer after five seconds": {"action": "delay", "seconds": 5},
    }


def _read_faults() -> dict[str, Json]:
    kinds = _write_faults()
    for name in [name for name in kinds if name.endswith(", applied") and name != "truncated, applied"]:
        del kinds[name]
    return {
        f"read: {name.removesuffix(', not applied').removesuffix(', applied')}": s
        for name, s in kinds.items()
    }


def _token_faults() -> dict[str, Json]:
    return {
        "token: refused": {"action": "refuse"},
        "token: answer lost": {"action": "drop_after_apply"},
        "token: timed out, applied": {"action": "hang", "apply": True, "seconds": 3600},
        "token: 503": {"action": "status", "status": 503},
    }


def _nuorder_faults() -> dict[str, Json]:
    return {
        "NuORDER: refused": {"action": "refuse"},
        "NuORDER: timed out": {"action": "hang", "seconds": 3600},
        "NuORDER: 500": {"action": "status", "status": 500},
        "NuORDER: 429": {"action": "status", "status": 429, "headers": {"Retry-After": "5"}},
        "NuORDER: truncated": {"action": "truncate"},
        "NuORDER: web page": {"action": "html"},
    }


def draw(chance: random.Random, *, too_late: bool) -> Scripted:
    """A fault by chance. ``too_late`` allows those that are outside of the promise."""
    kind = chance.choices(
        ("write", "late", "too late", "read", "token", "nuorder"),
        (56, 16, 24 if too_late else 0, 12, 4, 8),
    )[0]
    if kind in ("late", "too late"):
        return _late(chance, after_waiting=kind == "too late")
    where: dict[str, Any] = {"nth": chance.choice(_NTH), "times": chance.choice((1, 1, 1, 2, 4))}
    if kind == "write":
        name, spec = chance.choice(sorted(_write_faults().items(), key=lambda pair: pair[0]))
        method = chance.choice(_ANY_WRITE)
        # Only the purchase order is changed by an export; everything else is created.
        where |= {
            "method": method,
            "path": "/API/.*" + (chance.choice(_RESOURCES) if method == "POST" else "/Order/"),
        }
    elif kind == "read":
        name, spec = chance.choice(sorted(_read_faults().items(), key=lambda pair: pair[0]))
        where |= {"method": "GET", "path": "/API/", "nth": chance.randint(1, 15)}
    elif kind == "token":
        name, spec = chance.choice(sorted(_token_faults().items(), key=lambda pair: pair[0]))
        where |= {"method": "POST", "path": "/auth/oauth/token", "nth": 1}
    else:
        name, spec = chance.choice(sorted(_nuorder_faults().items(), key=lambda pair: pair[0]))
        where |= {"method": "GET", "path": chance.choice(("/api/", "/images/")), "nth": chance.randint(1, 3)}
        where["server"] = "nuorder"
    return Scripted(name, {**spec, **where})


def _late(chance: random.Random, *, after_waiting: bool) -> Scripted:
    """Applied after the client was told otherwise. Within the waiting time nobody looks before it is there; a request
    that takes a while to be sent still has some seconds left."""
    if after_waiting:
        seconds, name = (
            chance.randint(WAITING_TIME + 5, 4 * WAITING_TIME),
            "applied late, after the waiting time",
        )
    else:
        seconds, name = chance.randint(1, WAITING_TIME - 10), "applied late, within the waiting time"
    spec: Json = {
        "method": "POST", "path": "/API/.*" + chance.choice(_RESOURCES), "nth": chance.choice(_NTH),
        "action": "apply_late", "seconds": seconds,
    }  # fmt: skip
    status = chance.choice((None, 500, 502, 504))
    return Scripted(name, spec | ({} if status is None else {"status": status}), after_waiting)
