"""A desk at which the command line is used: a database, a brands file and connections of its own against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.orders import Json
from support.sandbox import Sandbox
from typer.testing import CliRunner

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.pipeline import discover, export, report, verify, waiting
from nuorder_pos.pipeline import orders as known
from nuorder_pos.pipeline.work import RunRef

BRANDS = """
accounts:
  main:
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme, since: 2026-01-01, shop: Main Street, category: true}
"""


class Desk:
    """What somebody types there, and everything that came back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def run(self, *words: str, status: int | None = 0) -> Result:
        """A verb; its output is kept."""
        result: Result = CliRunner().invoke(app, list(words))
        self.said.append(result.output)
        assert status is None or result.exit_code == status, result.output
        return result

    def json(self, *words: str, status: int | None = 0) -> Any:
        """A verb's JSON."""
        return json.loads(self.run(*words, "--json", status=status).stdout)

    def reports(self, run: str = "run") -> list[str]:
        """A run finds orders and makes their reports; gives their numbers."""
        with runtime.open_work("main") as work:
            ids = discover.discover(work, run=RunRef("nuorder_po_export", run), is_live=lambda claims: set())
            for order_id in ids:
                report.make_report(work, order_id)
            return [str(known.row_of(work.engine, order_id)["order_number"]) for order_id in ids]

    def let_through(self, order_id: str) -> waiting.Look:
        """What a run does with an order that was decided on."""
        with runtime.open_work("main") as work:
            look = waiting.look(work, order_id)
            if look.kind == "go":
                export.export(work, order_id, holder="desk")
                verify.verify(work, order_id, holder="desk")
            return look


def connection_of(sandbox: Sandbox, brand: Json, **changes: Any) -> str:
    """A brand of a dataset as a connection in JSON form."""
    found = {
        "conn_type": "nuorder",
        "host": sandbox.nuorder,
        "login": brand["consumer_key"],
        "password": brand["consumer_secret"],
        "extra": {"token": brand["token"], "token_secret": brand["token_secret"]},
    }
    return json.dumps(found | changes)


def pos_connection_of(sandbox: Sandbox, **changes: Any) -> str:
    """The sandbox's POS as a connection in JSON form."""
    found = {
        "conn_type": "lightspeed_retail",
        "host": sandbox.pos,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {
            "account_id": sandbox.account_id,
            "refresh_token": sandbox.refresh_token,
            "auth_url": sandbox.auth,
            "backoffice_url": sandbox.backoffice,
        },
    }
    return json.dumps(found | changes)


@contextmanager
def desk(folder: Path, sandbox: Sandbox, brand: Json, **environment: str) -> Iterator[Desk]:
    """A desk with a migrated SQLite database; ``environment`` goes over what it sets itself."""
    (folder / "brands.yaml").write_text(BRANDS, encoding="utf-8")
    settings: Mapping[str, str] = {
        "AIRFLOW_CONN_NUORDER_ACME": connection_of(sandbox, brand),
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT": pos_connection_of(sandbox),
        "AIRFLOW_CONN_NUORDER_POS_DB": f"sqlite:///{folder / 'project.db'}",
        "NUORDER_POS_BRANDS": str(folder / "brands.yaml"),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **environment,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.delenv("COLUMNS", raising=False)
        runtime.close_engine()
        one = Desk(folder)
        one.run("db", "upgrade")
        try:
            yield one
        finally:
            runtime.close_engine()
