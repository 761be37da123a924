"""Foreign text made safe, amounts and words for people."""

from __future__ import annotations

import pytest

from nuorder_pos.cli.text import clean, clean_block, money, plural, short
from nuorder_pos.cli.words import STATE, export_status, said_once, step
from nuorder_pos.domain.lifecycle import State


@pytest.mark.parametrize(
    "text, shown",
    [
        ("Ridge Jacket", "Ridge Jacket"),
        ("Nørdlys & Søn", "Nørdlys & Søn"),
        ("Kōyō", "Kōyō"),
        ("a\x1b[31mred\x1b[0m", "a[31mred[0m"),
        ("a\x9b31mred", "a31mred"),
        ("bell\x07\x00", "bell"),
        ("two\nlines\tand\rmore", "two lines and more"),
        ("fdp\u202eexe.gpj", "fdpexe.gpj"),
        ("one\u2028two", "one two"),
        (None, ""),
        (12, "12"),
    ],
)
def test_control_characters_never_reach_a_terminal(text: object, shown: str) -> None:
    assert clean(text) == shown


def test_lines_stay_where_they_are_asked_for() -> None:
    assert clean("one\r\ntwo\x1b", lines=True) == "one\ntwo"
    assert clean_block("head\n  body\x07\n\nend") == "head\n  body\n\nend"


def test_long_text_is_cut_with_a_mark() -> None:
    assert short("abcdef", 4) == "abc…"
    assert short("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    "amount, shown",
    [
        ("4312.5", "4,312.50"),
        ("0", "0.00"),
        ("-12", "-12.00"),
        ("1.2345", "1.2345"),
        ("100", "100.00"),
        ("", ""),
        (None, ""),
        ("\x1b[1m", "[1m"),
    ],
)
def test_amounts_are_written_as_merchants_write_them(amount: object, shown: str) -> None:
    assert money(amount) == shown


def test_currency_follows_the_amount() -> None:
    assert money("7", "USD") == "7.00 USD"


def test_counts_have_their_plural() -> None:
    assert [plural(1, "line"), plural(2, "line"), plural(0, "entry", "entries")] == [
        "1 line",
        "2 lines",
        "0 entries",
    ]


def test_every_state_has_words() -> None:
    assert set(STATE) == {state.value for state in State}
    assert export_status({"export_status": "in_progress"}) == "Export in progress"
    assert export_status({"export_status": "brand_new"}) == "brand new"


def test_state_and_reason_do_not_say_the_same_twice() -> None:
    assert said_once("rejected", "Rejected by Sam: no") == "Rejected by Sam: no"
    assert said_once("awaiting_approval", "") == "waits for approval"
    assert said_once("failed", "POS is down.") == "failed, nothing was sent: POS is down."
    assert said_once("exported", "") == ""


def test_a_step_says_what_it_does() -> None:
    assert step("create_item", "item Ridge Jacket") == "create item Ridge Jacket"
    assert step("place_order", "ordered date") == "set ordered date"
    assert step("unarchive_item", "un-archive item 4") == "un-archive item 4"
    assert step("write_notes", "") == "write notes"
