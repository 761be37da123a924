"""The list of every request a server received, for ``GET /_ledger``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Entry:
    """One request. ``applied`` tells whether the service carried it out (answered 2xx inside), which a client
    that lost the answer cannot know; ``status`` is what went out, ``None`` if nothing did."""

    seq: int
    time: datetime
    method: str
    path: str
    query: str
    body: Any
    status: int | None = None
    cost: str | None = None
    applied: bool = False
    fault: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**self.__dict__, "time": self.time.isoformat()}


def readable(body: bytes, content_type: str) -> Any:
    """A request body for people: JSON parsed, text as it is, files by their size only."""
    if not body:
        return None
    if "multipart/" in content_type:
        return {"multipart_bytes": len(body)}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"bytes": len(body)}
    try:
        return json.loads(text)
    except ValueError:
        return text


class Journal:
    """Requests in the order of their arrival. Numbers go on after :meth:`clear`, so that they stay unique."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._last = 0

    def begin(self, time: datetime, method: str, path: str, query: str, body: Any) -> Entry:
        """Note a request on arrival."""
        self._last += 1
        entry = Entry(self._last, time, method, path, query, body)
        self.entries.append(entry)
        return entry

    def entry(self, seq: int) -> Entry | None:
        """The request of this number, unless it was forgotten."""
        return next((entry for entry in reversed(self.entries) if entry.seq == seq), None)

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """All requests as plain JSON."""
        return [entry.as_dict() for entry in self.entries]
