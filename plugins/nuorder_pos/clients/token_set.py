"""The POS token pair, which rotates on every use, and the port of the place that keeps it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

MARGIN = timedelta(seconds=60)
"""An access token that ends sooner than this is renewed first; one with a short life, in its last quarter."""


@dataclass(frozen=True, slots=True)
class TokenSet:
    """A token pair. ``expires_at`` is the end of the access token, ``issued_at`` its beginning if known, both aware.

    ``seed`` is the ``fingerprint`` of the connection's refresh token that this pair descends from: when somebody puts
    a new refresh token into the connection, the seed no longer fits and the pair is left behind.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    seed: str
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """What the processes tell each other about the token endpoint: when it was asked lately, and what it refused.

    ``refused`` holds fingerprints and the instant of the refusal.
    """

    asked: tuple[datetime, ...] = ()
    refused: Mapping[str, datetime] = field(default_factory=dict)


class TokenVault(Protocol):
    """Where the present pair lives, one for each (account, API client). All processes share it.

    A process may be stopped for so long that ``exclusive`` no longer keeps the others off. So within it ``save`` takes
    a pair only while the stored one is still that which ``load`` gave, and ``note`` writes only while it holds; else
    both raise ``Transient``.
    """

    def load(self) -> TokenSet | None:
        """The stored pair, or ``None``."""
        ...

    def save(self, tokens: TokenSet) -> None:
        """Stores a pair durably: when this returns, a crash does not lose it."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Holds off every other process while a pair is renewed."""
        ...

    def attempts(self) -> Attempts:
        """What is known of the token endpoint."""
        ...

    def note(self, attempts: Attempts) -> None:
        """Stores what is known of the token endpoint, as durably as ``save``."""
        ...


class InMemoryVault:
    """A vault for one process: tests, and uses that end with it."""

    def __init__(self, tokens: TokenSet | None = None) -> None:
        self.tokens = tokens
        self._attempts = Attempts()
        self._lock = threading.Lock()

    def load(self) -> TokenSet | None:
        return self.tokens

    def save(self, tokens: TokenSet) -> None:
        self.tokens = tokens

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock:
            yield

    def attempts(self) -> Attempts:
        return self._attempts

    def note(self, attempts: Attempts) -> None:
        self._attempts = attempts


def fingerprint(refresh_token: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a connection's refresh token."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()[:16]


def needs_refresh(tokens: TokenSet, now: datetime) -> bool:
    """Whether the access token has ended or is about to end (see ``MARGIN``)."""
    life = tokens.expires_at - tokens.issued_at if tokens.issued_at else None
    return tokens.expires_at - now <= (MARGIN if life is None else min(MARGIN, life / 4))


def claims(access_token: str) -> dict[str, Any]:
    """The claims inside an access token, unverified: good for the account id, never for a decision on trust.

    Empty when the token is no JWT.
    """
    parts = access_token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}
