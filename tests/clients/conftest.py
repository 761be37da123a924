"""Clients of the sandbox, and a server that answers by script."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clients import QUICK, FreePace, ScriptedServer, nuorder_settings
from support.sandbox import Sandbox

from nuorder_pos.clients.lightspeed import Lightspeed, LightspeedSettings
from nuorder_pos.clients.nuorder import Nuorder
from nuorder_pos.clients.token_set import InMemoryVault


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    found = ScriptedServer()
    yield found
    found.close()


@pytest.fixture
def pos_settings(sandbox: Sandbox) -> LightspeedSettings:
    return LightspeedSettings(
        origin=sandbox.pos,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        account_id=sandbox.account_id,
        refresh_token=sandbox.refresh_token,
        auth_url=sandbox.auth,
        backoffice_url=sandbox.backoffice,
        connection_id="lightspeed_default",
    )


@pytest.fixture
def new_pos(pos_settings: LightspeedSettings) -> Iterator[Callable[..., Lightspeed]]:
    """Makes clients of the sandbox's POS; those of one test share a vault unless one is given."""
    opened: list[Lightspeed] = []

    def make(
        vault: Any = None, pace: Any = None, settings: LightspeedSettings | None = None, **options: Any
    ) -> Any:
        # The sandbox's refresh token works once: a second vault could not begin with it.
        client = Lightspeed(
            settings or pos_settings, vault or shared, pace or FreePace(), **{"retry": QUICK, **options}
        )
        opened.append(client)
        return client

    shared = InMemoryVault()
    yield make
    for client in opened:
        client.close()


@pytest.fixture
def pos(new_pos: Callable[..., Lightspeed]) -> Lightspeed:
    return new_pos()


@pytest.fixture
def nuorder(sandbox: Sandbox) -> Iterator[Nuorder]:
    with Nuorder(nuorder_settings(sandbox), retry=QUICK) as client:
        yield client


@pytest.fixture(scope="session")
def fixtures_folder() -> Path:
    """Recorded traffic and documentation samples, which are not part of the project."""
    named = os.environ.get("NUORDER_POS_FIXTURES")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "api" / "fixtures"
    if not folder.is_dir():
        pytest.skip("the recorded fixtures are not here (NUORDER_POS_FIXTURES)")
    return folder
