"""A decision that nobody stands for counts on no way, and its verdict says why."""

from __future__ import annotations

import pytest
from support.databases import execute, rows
from support.orders import line, order, upc
from support.retail import Retail
from typer.testing import CliRunner

from nuorder_pos.cli.main import app
from nuorder_pos.domain.decisions import names_somebody
from nuorder_pos.errors import NuorderPosError, Permanent
from nuorder_pos.pipeline import read

BLANK = {
    "empty": "", "a space": " ", "spaces": "   ", "tab and line break": "\t\r\n", "no-break space": "\u00a0",
    "em space": "\u2003", "ideographic space": "\u3000", "line separator": "\u2028", "next line": "\x85",
    "zero width space": "\u200b", "zero width joiner": "\u200d", "word joiner": "\u2060", "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad", "Mongolian vowel separator": "\u180e", "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0", "Hangul choseong filler": "\u115f", "Braille blank": "\u2800",
    "right-to-left override": "\u202e", "invisible separator": "\u2063", "tag characters": "\U000e0041\U000e0042",
    "variation selector": "\ufe0f", "a mark on nothing": "\u0301", "a bell": "\x07", "escape": "\x1b[31m"[:1],
    "a dash": "-", "dots": "…", "a question mark": "?", "an emoji": "🙂",
}  # fmt: skip
NOBODY = {
    "anonymous": "Anonymous", "in capitals": "ANONYMOUS", "with spaces": "  anonymous\t", "in brackets": "(anonymous)",
    "in quotes": "'Anonymous'", "in full width": "Ａｎｏｎｙｍｏｕｓ", "in mathematical letters": "𝐀nonymous",
    "with a zero width space": "Anony\u200bmous", "with a soft hyphen": "Anony\u00admous", "with a mark": "Anonymo\u0308us",
    "a user of Airflow": "Anonymous User", "with a no-break space": "Anonymous\u00a0User", "none": "None", "null": "null",
    "nobody": "Nobody", "unknown": "<unknown>", "undefined": "undefined",
}  # fmt: skip
SOMEBODY = [
    "Mia", "李", "Zoë Ærø", "मीरा", "أمينة", "Ｍia", "erp-2", "O'Neil", "Bo 🙂", "7", "Mia\u200b", "Nonette", "Null Jr.",
    "Anonymous Andy", "auto-approve",
]  # fmt: skip


@pytest.mark.parametrize("who", [*BLANK.values(), *NOBODY.values()], ids=[*BLANK, *NOBODY])
def test_nobody_is_known_however_it_is_written(who: str) -> None:
    assert not names_somebody(who)


@pytest.mark.parametrize("who", SOMEBODY)
def test_a_name_in_any_script_is_one(who: str) -> None:
    assert names_somebody(who)


def test_an_insert_without_a_name_does_not_count_and_says_why(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)})))
    retail.discover()
    report_hash = retail.match("1001")["report_hash"]
    tried: list[str | None] = [None, *BLANK.values(), *NOBODY.values()]
    for number, who in enumerate(tried):
        execute(
            retail.engine,
            "INSERT INTO approval (report_hash, decision, shop, decided_by) VALUES (:hash, :what, 'Main Street', :who)",
            hash=report_hash, what=("approve", "approve", "reject")[number % 3], who=who,
        )  # fmt: skip
    execute(
        retail.engine,
        "INSERT INTO approval (report_hash, decision, shop) VALUES (:hash, 'approve', 'Main Street')",
        hash=report_hash,
    )
    assert retail.look("1001").kind == "wait"
    verdicts = rows(retail.engine, "SELECT counts, reason FROM approval_verdict")
    assert len(verdicts) == len(tried) + 1, "every one of them is judged"
    assert {(bool(row["counts"]), row["reason"]) for row in verdicts} == {
        (False, "it names nobody who decided")
    }
    assert "names nobody who decided" in retail.row("1001")["reason"]
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    assert retail.purchase_orders() == []
    assert retail.written() == []

    execute(
        retail.engine,
        "INSERT INTO approval (report_hash, decision, shop, decided_by) VALUES (:hash, 'approve', 'Main Street', 'Jane')",
        hash=report_hash,
    )
    assert retail.look("1001").kind == "go", "with a name it does"
    decisions = read.report(retail.engine, retail.id("1001"))["decisions"]
    assert [one["decided_by"] for one in decisions if one["counts"]] == ["Jane"]


def test_the_pipelines_own_door_records_nothing_without_a_name(retail: Retail) -> None:
    retail.given(order("1001", line(sizes={"M": 2}, upcs={"M": upc(1)})))
    retail.discover()
    retail.match("1001")
    for who in (*BLANK.values(), *NOBODY.values()):
        with pytest.raises(Permanent, match="needs the name of the person"):
            retail.approve("1001", by=who)
    assert rows(retail.engine, "SELECT * FROM approval") == []


@pytest.mark.parametrize("who", ["", " ", "\u00a0", "\u200b", "\u3164", "-", "Anonymous", "ａnonymous"])
@pytest.mark.parametrize(
    "verb",
    [("approve", "1001"), ("reject", "1001", "--reason", "no"), ("links", "withdraw", "1")],
    ids=" ".join,
)  # fmt: skip
def test_no_verb_takes_nobody_for_a_name(verb: tuple[str, ...], who: str) -> None:
    """It does not even look for the database."""
    result = CliRunner().invoke(app, [*verb, "--by", who])
    assert result.exit_code == 2, result.output
    assert "needs the name" in " ".join(result.output.split())


def test_a_system_that_does_not_know_its_user_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for known in ("", "  ", "nobody"):
        monkeypatch.setattr("getpass.getuser", lambda known=known: known)
        assert CliRunner().invoke(app, ["approve", "1001"]).exit_code == 2

    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 50000")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert CliRunner().invoke(app, ["approve", "1001"]).exit_code == 2
