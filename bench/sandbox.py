"""Starts the stand-in servers for a measurement, and the work of an account on them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from nuorder_pos.clients import pacing
from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.config import AccountConfig, BrandConfig
from nuorder_pos.pipeline.work import DatabasePace, DatabaseVault, Meter, Work
from nuorder_pos.store import migrate
from nuorder_pos.store.engine import make_engine

PACE = "bench"
ROOT = Path(__file__).resolve().parents[1]


class CountingMeter(Meter):
    """Counts requests beside drips."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    def add(self, drips: Decimal) -> None:
        """Count one request."""
        super().add(drips)
        self.requests += 1


def bucket_level(work: Work) -> pacing.Bucket:
    """The shared bucket as it is now."""

    def look(bucket: pacing.Bucket) -> tuple[pacing.Bucket, pacing.Bucket]:
        now = pacing.drained(bucket, work.clock())
        return now, now

    return DatabasePace(work.engine, PACE, work.clock).update(look)


@contextmanager
def sandbox(*options: str) -> Iterator[dict[str, Any]]:
    """The sandbox with its sample data; gives what its ready file says."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, "-m", "sandbox", "--ready-file", str(ready), *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 20
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("The sandbox did not start.")
                time.sleep(0.05)
            yield json.loads(ready.read_text("utf-8"))
        finally:
            process.terminate()
            process.wait(timeout=10)


@contextmanager
def work_on(ready: dict[str, Any], waiting_time: int = 5) -> Iterator[Work]:
    """The work of an account that reads all brands of the sandbox, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/bench.db")
        migrate.upgrade(engine)
        settings = LightspeedSettings(
            ready["pos"], ready["client_id"], ready["client_secret"], ready["account_id"], ready["refresh_token"],
            ready["auth"], ready["backoffice"], connection_id="lightspeed_default",
        )  # fmt: skip
        meter = CountingMeter()
        since = datetime.now(UTC).date() - timedelta(days=300)
        brands = tuple(
            BrandConfig(name=b["name"], nuorder_conn_id=b["slug"], since=since, shop="Main Street")
            for b in ready["brands"]
        )
        nuorder = {
            b["name"]: Nuorder(
                NuorderSettings(
                    ready["nuorder"], b["consumer_key"], b["consumer_secret"], b["token"], b["token_secret"]
                )
            )
            for b in ready["brands"]
        }

        def now() -> datetime:
            return datetime.now(UTC)

        pace = DatabasePace(engine, PACE, now)
        with Lightspeed(settings, DatabaseVault(engine, settings), pace, on_cost=meter.add) as pos:
            yield Work(
                engine,
                AccountConfig(name="main", brands=brands, waiting_time=waiting_time),
                pos,
                nuorder,
                now,
                meter,
            )
        engine.dispose()
