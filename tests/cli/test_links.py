"""Saved links and remembered choices as operators work with them, on SQLite and on Postgres, with the stand-in POS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.databases import database_kind, databases, engine
from support.orders import brand, item, pos, upc
from support.rows import add_order
from support.sandbox import Sandbox
from typer.testing import CliRunner, Result

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.cli.standin import environment_of
from nuorder_pos.domain.codes import read_code
from nuorder_pos.store import links, style_choices
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.links import NewLink

__all__ = ["database_kind", "databases", "engine"]  # fixtures

BRANDS = """
accounts:
  main:
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme, since: 2020-01-01}
      - {name: Birch, nuorder_conn_id: nuorder_birch, since: 2020-01-01}
"""
GTIN = read_code(upc(1)).gtin


def run(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return result


def read(*arguments: str, status: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", status=status).stdout)


@pytest.fixture
def pos_side(
    sandbox_process: Sandbox, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """Items 7, 8 and 9 in the POS, and the program on an empty database."""
    items = [item(7, upc(1)), item(8, upc(2)), item(9, upc(3), itemMatrixID=0)]
    brands = [brand("Acme Outdoor", "acme"), brand("Birch", "birch")]
    sandbox_process.reset({"nuorder": {"brands": brands}, "pos": pos(items)})
    (tmp_path / "brands.yaml").write_text(BRANDS, encoding="utf-8")
    for name, value in environment_of(sandbox_process.ready):
        monkeypatch.setenv(name, value)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setenv("NUORDER_POS_BRANDS", str(tmp_path / "brands.yaml"))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "airflow"))
    monkeypatch.setattr(runtime, "open_engine", lambda: engine)
    return sandbox_process


@pytest.fixture
def linked(engine: Engine, pos_side: Sandbox) -> Callable[..., None]:
    """Saves a link as an export does."""

    def save(item_id: str, style: str, name: str = "Acme Outdoor", **more: Any) -> None:
        with writing(engine) as connection:
            new = NewLink((style, "red", "m"), item_id, more.pop("origin", "upc"), **more)
            links.save(connection, pos_side.account_id, name, [new], "Mia")

    return save


def reads(sandbox: Sandbox) -> int:
    """How often items were looked up by a list of their ids so far."""
    asked = [str(request) for request in sandbox.ledger("pos") if "Item.json" in str(request)]
    return len([request for request in asked if "itemID" in request and "sort" not in request])


def test_a_check_finds_what_is_archived_and_gone_and_says_what_to_do(
    pos_side: Sandbox, linked: Callable[..., None]
) -> None:
    for item_id, style in (("7", "tee"), ("8", "cap"), ("9", "sock"), ("9", "sock 2")):
        linked(item_id, style)
    shown = run("links", "check").stdout
    assert "main: 3 linked items to look up, 1 request, 1 drip." in shown
    assert "All linked items are there." in shown
    pos_side.do("pos", "archive_item", itemID=8)
    pos_side.do("pos", "merge_items", winner=7, loser=9, loser_is="gone")
    shown = run("links", "check").stdout
    assert "un-archive the item in the POS" in shown
    assert "deleted, or merged into another one" in shown
    assert "3 links broken" in shown
    again = read("links", "check")
    assert [(one["style"], one["trouble"]) for one in again["broken"]] == [
        ("cap", "archived"), ("sock", "gone"), ("sock 2", "gone"),
    ]  # fmt: skip
    assert (again["items"], again["news"]) == (3, 0)
    assert [one["style"] for one in read("links", "list", "--broken")] == ["cap", "sock", "sock 2"]
    assert "archived in the POS" in run("links", "list").stdout
    pos_side.do("pos", "unarchive_item", itemID=8)
    assert "sock" in run("links", "check").stdout
    assert [one["style"] for one in read("links", "list", "--broken")] == ["sock", "sock 2"]


def test_links_that_had_trouble_count_again(pos_side: Sandbox, linked: Callable[..., None]) -> None:
    linked("8", "cap")
    pos_side.do("pos", "archive_item", itemID=8)
    run("links", "check")
    pos_side.do("pos", "unarchive_item", itemID=8)
    assert "1 link that had trouble counts again." in run("links", "check").stdout


def test_many_items_are_looked_up_in_lists_of_a_hundred(
    pos_side: Sandbox, linked: Callable[..., None]
) -> None:
    for number in range(1001, 1102):
        linked(str(number), f"s{number}")
    before = reads(pos_side)
    result = run("links", "check", "--json")
    assert reads(pos_side) - before == 2
    assert "main: 101 linked items to look up, 2 requests, 2 drips." in result.stderr
    assert len(json.loads(result.stdout)["broken"]) == 101


def test_a_check_of_a_brand_looks_at_its_links_only(pos_side: Sandbox, linked: Callable[..., None]) -> None:
    linked("98", "tee")
    linked("99", "cap", "Birch")
    assert [one["brand"] for one in read("links", "check", "--brand", "birch")["broken"]] == ["Birch"]
    assert "no brand 'Nobody'" in run("links", "check", "--brand", "Nobody", status=1).stderr


def test_nothing_to_check_asks_nothing(pos_side: Sandbox) -> None:
    before = reads(pos_side)
    assert "0 linked items" in run("links", "check").stdout
    assert reads(pos_side) == before


@pytest.mark.usefixtures("pos_side")
def test_links_by_hand_are_marked_and_keep_their_number(engine: Engine, linked: Callable[..., None]) -> None:
    linked("7", "tee", upc=upc(1), gtin=GTIN)
    place = ("--brand", "acme outdoor", "--style", "cap", "--color", "red", "--size", "m")
    run("links", "set", *place, "--item", "8", "--upc", upc(2), "--by", "Sam")
    assert "2 links, 1 of them by hand." in run("links", "list").stdout
    (one,) = read("links", "list", "--by-hand")
    assert (one["item_id"], one["by_hand"], one["upc"], one["gtin"]) == (
        "8",
        True,
        upc(2),
        read_code(upc(2)).gtin,
    )
    assert [one["by_hand"] for one in read("links", "list")] == [True, False]
    assert "No saved links of this kind." in run("links", "list", "--broken").stdout
    assert GTIN in run("links", "list", "--style", "TEE").stdout


@pytest.mark.usefixtures("pos_side")
def test_history_says_who_when_why_and_what_came_instead(engine: Engine, linked: Callable[..., None]) -> None:
    add_order(engine, "o-1", order_number="1001")
    linked("7", "tee")
    linked("8", "tee", order_id="o-1")
    place = ("--brand", "Acme Outdoor", "--style", "tee", "--color", "red", "--size", "m")
    run("links", "set", *place, "--item", "9", "--by", "Sam")
    (live,) = read("links", "list")
    run("links", "withdraw", live["link_id"], "--by", "Kim", "--because", "two styles were mixed up")
    assert read("links", "list") == []
    history = read("links", "list", "--history")
    assert [(one["item_id"], one["withdrawn_by"], one["withdrawn_because"]) for one in history] == [
        ("7", "Mia", "replaced by item 8, in order 1001"),
        ("8", "Sam", "replaced by item 9, by hand"),
        ("9", "Kim", "two styles were mixed up"),
    ]
    shown = " ".join(run("links", "list", "--history").stdout.split())
    assert "by Kim" in shown


@pytest.mark.usefixtures("pos_side")
def test_a_code_that_is_not_valid_is_not_taken() -> None:
    place = ("--brand", "Acme Outdoor", "--style", "cap", "--item", "8", "--by", "Sam")
    result = run("links", "set", *place, "--upc", upc(2)[1:], status=2)
    assert upc(2) in " ".join(result.stderr.replace("│", " ").split()), "what would repair it is offered"
    assert read("links", "list") == []


def test_choices_for_styles_are_listed_and_withdrawn(engine: Engine, pos_side: Sandbox) -> None:
    assert "No remembered choices" in run("links", "styles", "list").stdout
    add_order(engine, "o-1", order_number="1001")
    with writing(engine) as connection:
        chosen = {"tee": "30", "cap": "by_color", "sock": "new"}
        style_choices.save(connection, pos_side.account_id, "Acme Outdoor", chosen, "Mia", "o-1")
    shown = run("links", "styles", "list").stdout
    for words in ("matrix 30", "a matrix for each colour", "a new matrix", "1001", "3 choices."):
        assert words in shown
    (cap, *_others) = read("links", "styles", "list", "--brand", "acme OUTDOOR")
    assert (cap["style"], cap["choice"], cap["made_by"], cap["order_number"]) == (
        "cap",
        "by_color",
        "Mia",
        "1001",
    )
    assert read("links", "styles", "withdraw", cap["choice_id"], "--by", "Kim")["withdrawn_by"] == "Kim"
    assert "no choice" in run("links", "styles", "withdraw", cap["choice_id"], status=1).stderr
    assert [one["style"] for one in read("links", "styles", "list")] == ["sock", "tee"]
    assert "by Kim" in run("links", "styles", "list", "--history").stdout
    kept = read("links", "styles", "list", "--history")
    assert [one["withdrawn_by"] for one in kept] == ["Kim", None, None]
