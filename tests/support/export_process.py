"""``python -m support.export_process``: exports one order in a process of its own, so that a test can kill it.

Reads JSON from standard input: database, sandbox (its ready file's content), order_id, holder, waiting_time, brand.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.config import AccountConfig, BrandConfig
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.work import DatabasePace, DatabaseVault, Work
from nuorder_pos.store.engine import make_engine


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def main() -> None:
    """One attempt."""
    given = json.load(sys.stdin)
    ready = given["sandbox"]
    engine = make_engine(given["database"])
    brand = BrandConfig(
        name="Acme Outdoor", nuorder_conn_id="acme", since=date(2026, 1, 1), shop="Main Street"
    )
    account = AccountConfig(name="main", brands=(brand,), waiting_time=given["waiting_time"])
    settings = LightspeedSettings(
        ready["pos"], ready["client_id"], ready["client_secret"], ready["account_id"], ready["refresh_token"],
        ready["auth"], ready["backoffice"], connection_id="lightspeed",
    )  # fmt: skip
    pos = Lightspeed(settings, DatabaseVault(engine, settings), DatabasePace(engine, "process", now))
    keys = ("acme-key", "acme-secret", "acme-token", "acme-token-secret")
    nuorder = Nuorder(NuorderSettings(ready["nuorder"], *keys, connection_id="acme"))
    export(
        Work(engine, account, pos, {"Acme Outdoor": nuorder}, now), given["order_id"], holder=given["holder"]
    )


if __name__ == "__main__":
    main()
