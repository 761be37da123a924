"""What the program reads by itself, on SQLite and on Postgres: the documented views, in the same words."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.databases import database_kind, databases, engine
from typer.testing import CliRunner

from nuorder_pos import connections, runtime
from nuorder_pos.cli.main import app
from nuorder_pos.store import orders, reports
from nuorder_pos.store.engine import Engine, writing

__all__ = ["database_kind", "databases", "engine"]  # fixtures


@pytest.fixture
def reported(engine: Engine, report: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A database with one order and its report, and the program on it."""
    values = {
        "order_id": report["order_id"],
        "account": "main",
        "brand": report["brand"],
        "order_number": report["order_number"],
        "nuorder_status": "approved",
        "created_on": datetime(2026, 1, 14, 9, 30, tzinfo=UTC),
        "currency": "USD",
        "total": Decimal("46610.50"),
        "units": 1024,
        "state": "awaiting_approval",
        "reason": "=not a formula",
        "report_hash": report["report_hash"],
    }
    orders.add(engine, values)
    with writing(engine) as connection:
        reports.add_report(connection, report, 1, {}, [])
    monkeypatch.setattr(runtime, "open_engine", lambda: engine)
    return report


def exported(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["export-report", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_lines_are_exported_in_their_order(reported: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(exported("report_line"))))
    assert [row["line"] for row in rows] == [line["line"] for line in reported["lines"]]
    assert rows[0]["upc"] == "012345678905"
    assert rows[0]["unit_cost"] == "45.5"
    assert datetime.fromisoformat(rows[0]["built_at"]).tzinfo is not None


def test_an_order_is_exported_in_the_same_words(reported: dict[str, Any]) -> None:
    (row,) = json.loads(exported("order_status", "--json"))
    assert row["total"] == "46610.5"
    assert row["created_on"] == "2026-01-14T09:30:00+00:00"
    assert row["listed_only"] is False
    assert row["reason"] == "=not a formula", "JSON holds it as it is"
    (written,) = csv.DictReader(io.StringIO(exported("order_status")))
    assert written["reason"] == "'=not a formula"


def test_every_view_can_be_read(reported: dict[str, Any], tmp_path: Any) -> None:
    found = json.loads(exported("--json"))
    assert {name for name, rows in found.items() if rows} >= {"order_status", "report_line", "report_warning"}


def test_orders_and_report_are_shown(reported: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUORDER_POS_BRANDS", "/nowhere/brands.yaml")
    assert "46,610.50 USD" in CliRunner().invoke(app, ["orders"]).stdout
    result = CliRunner().invoke(app, ["report", "104503"])
    assert result.exit_code == 0, result.output
    assert "Nørdlys & Søn order 104503" in result.stdout


def test_a_bare_database_is_upgraded(
    databases: Any, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.bare(database_kind).url.render_as_string(hide_password=False)
    monkeypatch.setattr(connections, "database_url", lambda: url)
    result = CliRunner().invoke(app, ["db", "upgrade", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["was"] is None
    assert "already" in CliRunner().invoke(app, ["db", "upgrade"]).stdout
