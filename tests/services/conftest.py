"""One start of all services for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from services.stack import Stack, servers

BRANDS: dict[str, Any] = {
    "accounts": {
        "main": {
            "lightspeed_conn_id": "lightspeed_default",
            "schedule": "* * * * *",
            "brands": [
                {
                    "name": "Acme Outdoor",
                    "nuorder_conn_id": "nuorder_acme",
                    "since": (datetime.now(UTC) - timedelta(days=5)).date().isoformat(),
                }
            ],
        }
    }
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    required = any(
        os.environ.get(name)
        for name in ("NUORDER_POS_TEST_SERVICES_REQUIRED", "NUORDER_POS_TEST_POSTGRES_REQUIRED")
    )
    try:
        postgres, redis = servers()
    except ConnectionError as error:
        if required:
            pytest.fail(str(error))
        pytest.skip(str(error))
    folder: Path = tmp_path_factory.mktemp("services")
    running = Stack(folder, postgres, redis)
    try:
        running.create(BRANDS)
        running.start()
        yield running
    finally:
        left = running.stop()
    assert not left, f"these processes could not be ended: {left}"
