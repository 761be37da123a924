"""What every piece of work is given: the database, the account's settings, the clients, a clock, a meter."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder
from nuorder_pos.clients.pacing import Bucket, dumps, loads, new_bucket
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_seal import attempts_from_text, attempts_to_text, seal, seal_key, unseal
from nuorder_pos.clients.token_set import Attempts, TokenSet
from nuorder_pos.config import AccountConfig, BrandConfig
from nuorder_pos.errors import Permanent, Transient
from nuorder_pos.store import kept, orders
from nuorder_pos.store.engine import Engine
from nuorder_pos.store.leases import Lease, acquire, release

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunRef:
    """A DAG run."""

    dag_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An order that a run has claimed, and the run's map index for it."""

    order_id: str
    dag_id: str
    run_id: str
    map_index: int


@dataclass(frozen=True, slots=True)
class PoRef:
    """A purchase order and its page in the POS."""

    po_id: str
    po_url: str


class Meter:
    """Counts the drips that this process spends."""

    def __init__(self) -> None:
        self.drips = Decimal(0)

    def add(self, drips: Decimal) -> None:
        """Count the cost of one request."""
        self.drips += drips


@dataclass
class Work:
    """One account's work. ``nuorder`` is by brand name; ``clock`` gives aware UTC instants."""

    engine: Engine
    account: AccountConfig
    pos: Lightspeed
    nuorder: Mapping[str, Nuorder]
    clock: Callable[[], datetime]
    meter: Meter = field(default_factory=Meter)

    def brand_of(self, row: Mapping[str, Any]) -> BrandConfig:
        """The brand of an order's row, as the brands file has it; ``Permanent`` where it has it no more."""
        try:
            return self.account.brand(row["brand"])
        except KeyError:
            raise Permanent(
                f"Brand {row['brand']} is not in the brands file of account {self.account.name} any more: add it again."
            ) from None

    @contextmanager
    def counted(self, order_id: str) -> Iterator[None]:
        """Count the API cost of a block to an order, also where the block fails."""
        before = self.meter.drips
        try:
            yield
        finally:
            orders.add_drips(self.engine, order_id, self.meter.drips - before)


class DatabaseVault:
    """The POS token pair in our database, sealed with a key that only holders of the client secret can make."""

    def __init__(self, engine: Engine, settings: LightspeedSettings) -> None:
        self._engine = engine
        self._conn_id = settings.connection_id or settings.client_id
        self._key = seal_key(settings.client_id, settings.client_secret)
        self._held: Lease | None = None
        self._loaded: str | None = None
        self._load_counts = False

    def load(self) -> TokenSet | None:
        """The stored pair; ``None`` where there is none, or it was sealed with another client secret."""
        sealed = kept.load_tokens(self._engine, self._conn_id)
        if self._held is not None and not self._load_counts:
            # The first one within `exclusive`, from which the renewal starts; a later one may be another thread's.
            self._loaded, self._load_counts = sealed, True
        if not sealed:
            return None
        try:
            return unseal(sealed, self._key)
        except Permanent as error:
            # A new client goes with a new refresh token in the connection, which then counts; if it is an old one,
            # the token endpoint's refusal says what to do.
            _log.warning("%s", error)
            return None

    def save(self, tokens: TokenSet) -> None:
        """Store a pair; committed when this returns."""
        sealed = seal(tokens, self._key)
        if not self._load_counts:
            kept.save_tokens(self._engine, self._conn_id, sealed)
        elif not kept.replace_tokens(self._engine, self._conn_id, self._loaded, sealed):
            raise Transient("Another process stored a newer token pair meanwhile; that one is used.")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold off every other process while a pair is renewed."""
        self._held = held = self._acquire(f"tokens:{self._conn_id}")
        try:
            yield
        finally:
            self._held, self._load_counts = None, False
            release(self._engine, held)

    def attempts(self) -> Attempts:
        """What the processes know of the token endpoint."""
        text = kept.load_attempts(self._engine, self._conn_id)
        return attempts_from_text(text) if text else Attempts()

    def note(self, attempts: Attempts) -> None:
        """Store what is known of the token endpoint; committed when this returns."""
        kept.save_attempts(self._engine, self._conn_id, attempts_to_text(attempts), self._held)

    def _acquire(self, name: str) -> Lease:
        holder = f"{socket.gethostname()}/{os.getpid()}"
        end = time.monotonic() + kept.TOKEN_LEASE.total_seconds() + 5
        while True:
            try:
                return acquire(self._engine, name, holder, kept.TOKEN_LEASE)
            except Transient:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)


class DatabasePace:
    """The bucket that all processes of one (account, API client) share."""

    def __init__(self, engine: Engine, pace_key: str, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._key = pace_key
        self._clock = clock

    def update(self, fn: Callable[[Bucket], tuple[Bucket, T]]) -> T:
        """Change the bucket under a row lock."""

        def change(text: str) -> tuple[str, T]:
            bucket, outcome = fn(loads(text))
            return dumps(bucket), outcome

        return kept.update_bucket(self._engine, self._key, dumps(new_bucket(self._clock())), change)
