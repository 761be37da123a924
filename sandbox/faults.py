"""Scripted faults: what is to go wrong, when, and what has fired.

A fault is posted as JSON to ``/_faults``; the fields are those of :class:`Fault`. The carrying out stands in
:mod:`sandbox.gate`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

ACTIONS: Final = (
    "refuse",
    "drop_after_apply",
    "hang",
    "status",
    "truncate",
    "html",
    "delay",
    "apply_late",
    "revoke_tokens",
    "burst_429",
    "bucket_429",
)
_FIELDS: Final = frozenset(
    {
        "method",
        "path",
        "query",
        "body_matches",
        "nth",
        "times",
        "action",
        "seconds",
        "apply",
        "status",
        "body",
        "content_type",
        "headers",
        "server",
    }
)
_APPLIES_BY_DEFAULT: Final = frozenset({"drop_after_apply", "truncate", "delay", "apply_late"})


@dataclass
class Fault:
    """One scripted fault.

    It counts the requests that match ``method`` and the regular expressions ``path``, ``query`` and
    ``body_matches``, and applies to ``times`` of them beginning with the ``nth``.
    """

    id: int
    action: str
    method: str = ""
    path: str = ""
    query: str = ""
    body_matches: str = ""
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    apply: bool = False
    status: int | None = None
    body: Any = None
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    fired: list[int] = field(default_factory=list)

    def matches(self, method: str, path: str, query: str, body: bytes | None) -> bool:
        """Whether the request is one this fault counts; ``body=None`` means the body was not read yet."""
        if self.method and self.method.upper() != method:
            return False
        if not re.search(self.path, path) or not re.search(self.query, query):
            return False
        if self.body_matches:
            return body is not None and bool(re.search(self.body_matches, body.decode("utf-8", "replace")))
        return True

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; ``fired`` holds the sequence numbers of the requests it was applied to."""
        return {**self.__dict__, "done": len(self.fired) >= self.times}


def parse(spec: Any, number: int) -> Fault:
    """Check and convert a posted fault; raises ``ValueError`` with what is wrong."""
    if not isinstance(spec, dict):
        raise ValueError("a fault is a JSON object")
    unknown = sorted(set(spec) - _FIELDS)
    if unknown:
        raise ValueError(f"no such field in a fault: {', '.join(unknown)}")
    action = spec.get("action")
    if action not in ACTIONS:
        raise ValueError(f"action must be one of {', '.join(ACTIONS)}, not {action!r}")
    given = {key: value for key, value in spec.items() if key not in ("action", "server")}
    nested = given.get("status")
    if isinstance(nested, dict):
        given.pop("status")
        given |= nested
    given.setdefault("apply", action in _APPLIES_BY_DEFAULT)
    for pattern in ("path", "query", "body_matches"):
        try:
            re.compile(str(given.get(pattern, "")))
        except re.error as error:
            raise ValueError(f"{pattern} is not a regular expression: {error}") from error
    if action == "status" and given.get("status") is None:
        raise ValueError("action status needs a status")
    return Fault(id=number, action=str(action), **given)


class Faults:
    """The faults of one server."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, spec: Any) -> Fault:
        """Script one more fault."""
        fault = parse(spec, self._last + 1)
        self._last += 1
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Drop all faults."""
        self._faults.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """All faults with their counts."""
        return [fault.as_dict() for fault in self._faults]

    def take(self, method: str, path: str, query: str, body: bytes | None) -> Fault | None:
        """Count the request in every fault that matches, and give the first one that applies now.

        Called twice for a request: before its body is read (faults without ``body_matches``) and after.
        """
        chosen = None
        for fault in self._faults:
            if bool(fault.body_matches) != (body is not None):
                continue
            if not fault.matches(method, path, query, body):
                continue
            fault.seen += 1
            if chosen is None and fault.nth <= fault.seen < fault.nth + fault.times:
                chosen = fault
        return chosen
