"""What the checks of the deployment have in common."""

from __future__ import annotations

from typing import Any

import pytest
from support import compose

SECRETS = {
    "POSTGRES_PASSWORD": "pgsecret1",
    "NUORDER_POS_DB_PASSWORD": "possecret2",
    "REDIS_PASSWORD": "redissecret3",
    "AIRFLOW_SECRET_KEY": "k" * 40,
    "AIRFLOW_JWT_SECRET": "j" * 40,
    "AIRFLOW_FERNET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "ADMIN_PASSWORD": "adminsecret4",
}


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    """The compose file as it is with every secret set."""
    return compose.load(SECRETS)
