"""The match report as table, CSV and page, from its stored form."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from nuorder_pos.cli.output import say
from nuorder_pos.cli.render.page import as_page
from nuorder_pos.cli.render.sheet import REPORT_COLUMNS, as_csv, cell, report_csv
from nuorder_pos.cli.render.table import as_tables
from nuorder_pos.cli.render.view import Shops, view

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(report: dict[str, Any], capsys: pytest.CaptureFixture[str], **more: Any) -> str:
    say(*as_tables(report, **more))
    return capsys.readouterr().out


def test_the_table_reads_as_a_merchant_wants_it(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(report, capsys)
    head, questions, lines = (
        text.index("Customer PO"),
        text.index("To be answered"),
        text.index("RJ-100 Ridge Jacket, Black"),
    )
    assert (
        head
        < questions
        < text.index("To know")
        < lines
        < text.index("RJ-100 Ridge Jacket, Pine")
        < text.index("SK-9")
    )
    for expected in (
        "Nørdlys & Søn order 104503",
        "2026-03-01 to 2026-04-30",
        "46,610.50 USD",
        "not chosen yet",
        "Not exported: waits for approval",
        "6 variants: 1 Confirmed, 2 UPC match, 3 New item - 2 questions are open.",
        "--line 2=2102",
        "--answer pack=units",
        "new item (joins matrix 881)",
        "to be decided (2102, 3377)",
        "lines 4, 5 (S, M): The brand gave no UPC.",
        "2 (= 12 units)",
        "nuorder-pos approve 104503 --shop SHOP --line 2=2102 --answer pack=units",
    ):
        assert expected in text
    assert "\x1b" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_every_variant_is_a_row(report: dict[str, Any]) -> None:
    assert sum(len(group.rows) for group in view(report).groups) == len(report["lines"])


def test_the_brands_own_shop_needs_no_naming(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(report, capsys, shops=Shops("Harbor Mall"))
    assert "--shop" not in text
    assert "Harbor Mall" in text


def test_shops_to_choose_from_are_named(report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert "not chosen yet: Main Street or Harbor Mall" in shown(
        report, capsys, shops=Shops("", ("Main Street", "Harbor Mall"))
    )


def test_an_exported_order_offers_no_approval(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    report |= {
        "export_status": "exported",
        "state": "exported",
        "po_id": "106",
        "po_url": "https://pos.example/106",
    }
    text = shown(report, capsys)
    assert "nuorder-pos approve" not in text
    assert "https://pos.example/106" in text


def test_what_was_answered_before_is_not_asked_in_the_command(report: dict[str, Any]) -> None:
    report["carried"] = {"lines": {"2": "3377"}, "answers": {}}
    laid_out = view(report)
    assert laid_out.questions[0].settled == "3377"
    assert laid_out.command == "nuorder-pos approve 104503 --shop SHOP --answer pack=units"


def test_decisions_and_changes_are_shown(report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    report["changes"] = ["line 3 (RJ-100): units 2 became 4"]
    taken = {
        "decision": "approve",
        "shop": "Nowhere",
        "decided_by": "Sam",
        "decided_at": "2026-02-01T10:00:00+00:00",
        "counts": False,
        "reason": "the POS has no shop 'Nowhere'",
        "current": True,
        "comment": "",
    }
    report["decisions"] = [taken, {**taken, "counts": None, "shop": "", "comment": "go"}]
    text = shown(report, capsys)
    assert "units 2 became 4" in text
    assert (
        "Approved for Nowhere by Sam, 2026-02-01 10:00 UTC: does not count, because the POS has no shop"
        in text
    )
    assert "Approved by Sam, 2026-02-01 10:00 UTC (go): not looked at yet" in text


def test_commands_are_safe_to_paste(report: dict[str, Any]) -> None:
    report["order_number"] = "1; rm -rf ~"
    report["questions"][0]["choices"][0]["value"] = "$(reboot)"
    command = view(report).command
    assert "'1; rm -rf ~'" in command
    assert "--line 2='$(reboot)'" in command


def test_hostile_text_stays_text_in_a_terminal(
    hostile: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    text = shown(hostile, capsys)
    assert not CONTROL.search(text)
    assert "[red]" in text, "markup is shown, not obeyed"


@pytest.mark.parametrize("colour", ["1", ""])
def test_hostile_text_stays_text_where_colours_are_forced(
    hostile: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, colour: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", colour)
    text = re.sub(r"\x1b\[[\d;]*m", "", shown(hostile, capsys))
    assert not CONTROL.search(text)


def test_codes_are_never_cut(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "012345678905" in shown(report, capsys)


def test_csv_has_one_row_for_each_variant(report: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(report_csv(report))))
    assert [row["line"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert tuple(rows[0]) == REPORT_COLUMNS
    assert rows[0]["upc"] == "012345678905"
    assert rows[1]["candidates"] == "2102 3377"
    assert rows[1]["question"] == "duplicate_upc"
    assert rows[3]["warning_codes"] == "missing_upc"


@pytest.mark.parametrize(
    "value, written",
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\tx", "'x"),
        ("\r=1", "'=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("-", "'-"),
        ("-5e9", "'-5e9"),
        ("012345678905", "012345678905"),
        ("5 = five", "5 = five"),
        ("\x00=1", "'=1"),
        (None, ""),
        (True, "true"),
        (7, "7"),
        ("a\x1b[0m\nb", "a[0m b"),
    ],
)
def test_a_spreadsheet_runs_nothing(value: object, written: str) -> None:
    assert cell(value) == written


def test_csv_cells_with_separators_and_quotes_stay_whole() -> None:
    text = as_csv(["a", "b"], [['x","=1', "one\ntwo"]])
    assert list(csv.reader(io.StringIO(text))) == [["a", "b"], ['x","=1', "one two"]]


def test_hostile_csv_begins_no_formula(hostile: dict[str, Any]) -> None:
    hostile["lines"][0]["name"] = '=cmd|"/c calc"!A1'
    for row in csv.reader(io.StringIO(report_csv(hostile))):
        for value in row:
            assert not value.startswith(("=", "+", "@", "\t", "\r"))
            assert not CONTROL.search(value)


class Page(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_everything_and_loads_nothing(report: dict[str, Any]) -> None:
    text = as_page(report)
    page = Page(text)
    names = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(names)
    assert not any(key.startswith("on") or key in ("src", "href") for _, attrs in page.tags for key in attrs)
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert names.count("table") == 3
    assert names.count("tr") == 3 + len(report["lines"])
    for expected in (
        "Nørdlys & Søn order 104503",
        "46,610.50 USD",
        "--line 2=2102",
        "new item (joins matrix 881)",
    ):
        assert expected in page.text


def test_hostile_text_stays_text_in_the_page(hostile: dict[str, Any], report: dict[str, Any]) -> None:
    page = Page(as_page(hostile))
    quiet = Page(as_page(report))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in quiet.tags}
    assert not CONTROL.search(page.text)
    assert "<script>alert(1)</script>" in page.text, "shown as text"


def test_an_attribute_cannot_be_left(report: dict[str, Any]) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    report["lines"][0] |= {"style_number": evil, "status": f'x" onmouseover="{evil}'}
    page = Page(as_page(report))
    assert "img" not in {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") for _, attrs in page.tags for key in attrs)


def test_a_bare_report_is_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no order" not in shown({"order_number": "1", "brand": "B"}, capsys)
    assert "B order 1" in as_page({"order_number": "1", "brand": "B"})
