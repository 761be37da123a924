"""What a connection says, read with complaints in whole sentences. Knows nothing of Airflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nuorder_pos.clients.origins import checked_origin
from nuorder_pos.errors import Permanent

_SCHEMES = ("http", "https")
_SHORT = 10


class Connection(Protocol):
    """The fields that Airflow's connection objects have in common."""

    conn_type: str | None
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None
    extra: str | None


def wrong(value: str) -> str:
    """A wrong value for a sentence. A long one is not shown: it may be a secret in the wrong place."""
    return repr(value) if len(value) <= _SHORT else "something else"


@dataclass(frozen=True, slots=True)
class Entry:
    """One connection with readers that complain in whole sentences."""

    conn_id: str
    fields: Connection = field(repr=False)
    extra: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, conn_id: str, found: Connection) -> Entry:
        """Reads the extra. ``Permanent`` if it is no JSON object."""
        try:
            extra = json.loads(found.extra or "{}")
        except ValueError:
            extra = None
        if not isinstance(extra, dict):
            raise Permanent(
                f'The extra of the connection {conn_id!r} is not a JSON object such as {{"token": "…"}}.'
            )
        return cls(conn_id, found, extra)

    def need(self, name: str, words: str) -> str:
        """A field of the connection that must be there; ``words`` say what it is."""
        value = str(getattr(self.fields, name) or "").strip()
        if not value:
            raise Permanent(f"The connection {self.conn_id!r} lacks its {name}: it is {words}.")
        return value

    def text(self, key: str) -> str:
        """The extra's value as text, empty if it is absent."""
        value = self.extra.get(key)
        return "" if value is None else str(value).strip()

    def flag(self, key: str) -> bool:
        """A switch; a URI can only say it as text."""
        value = self.text(key).lower()
        if value not in ("", "true", "false"):
            raise Permanent(
                f"In the extra of {self.conn_id!r} {key!r} is {wrong(value)}; allowed are true and false."
            )
        return value == "true"

    def names(self, key: str) -> tuple[str, ...]:
        """A list, or text with commas (the form that a URI and the form in the UI can say)."""
        value = self.extra.get(key) or ()
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise Permanent(f"In the extra of {self.conn_id!r} {key!r} must be a list of host names.")
        return tuple(name for part in parts if (name := str(part).strip()))

    def origin(self, example: str, *, allow_http: bool) -> str:
        """Scheme, host and port, whichever of the fields they stand in."""
        what = f"The host of the connection {self.conn_id!r}"
        host = self.need("host", f"the origin of the API, such as {example}").rstrip("/")
        schema = (self.fields.schema or "").strip().strip("/").lower()
        if schema and schema not in _SCHEMES:
            raise Permanent(
                f"{what} must be an origin without a path: its schema is {schema!r}, allowed are https and http."
            )
        if "://" not in host:
            bracketed = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
            host = f"{schema or 'https'}://{bracketed}"
        if self.fields.port and not host.endswith(f":{self.fields.port}"):
            host = f"{host}:{self.fields.port}"
        return checked_origin(host, what=what, allow_http=allow_http)

    def extra_origin(self, key: str, default: str, *, allow_http: bool) -> str:
        """The origin under ``key``."""
        what = f"{key!r} of the connection {self.conn_id!r}"
        return checked_origin(self.text(key) or default, what=what, allow_http=allow_http)
