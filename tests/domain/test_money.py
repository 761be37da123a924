"""Amounts: read from whatever NuORDER writes, rounded half up, never a float."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.domain.money import amount, plain, rounded

cents = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@pytest.mark.parametrize(
    "written, meant",
    [
        (12, "12"), (12.1, "12.1"), (0.1 + 0.2, "0.30000000000000004"), ("12.50", "12.5"), (" 12.5 ", "12.5"),
        ("$45.00", "45"), ("C$45.00", "45"), ("€ 45.00", "45"), ("1,234.50", "1234.5"), ("$1,234,567", "1234567"),
        (Decimal("3.335"), "3.335"), ("-4", "-4"), (0, "0"), ("0.00", "0"),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly(written: object, meant: str) -> None:
    assert amount(written) == Decimal(meant)


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_nothing_is_written_in_four_ways(nothing: object) -> None:
    assert amount(nothing) is None


@pytest.mark.parametrize(
    "text",
    ["two", "12,50", "1.234,56", "1,23", "12,3456", "1_000", "--5", "$", "NaN", "Infinity", "1e30", "٣"],
)
def test_what_is_no_amount_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        amount(text)


@pytest.mark.parametrize("thing", [True, False, object(), ["1"], {"a": 1}])
def test_what_cannot_be_an_amount_is_refused(thing: object) -> None:
    with pytest.raises(ValueError):
        amount(thing)


@pytest.mark.parametrize("value, places, wanted", [("0.005", 2, "0.01"), ("0.015", 2, "0.02"), ("2.675", 2, "2.68"),
                                                  ("-0.005", 2, "-0.01"), ("1.5", 0, "2"), ("3.33335", 4, "3.3334")])  # fmt: skip
def test_half_is_rounded_up_as_on_invoices(value: str, places: int, wanted: str) -> None:
    assert rounded(Decimal(value), places) == Decimal(wanted)


@given(cents)
def test_plain_text_is_the_same_amount_without_exponent(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert "e" not in text.lower()
    assert not (text.endswith(("0", ".")) and "." in text)


@given(cents)
def test_what_is_written_plainly_is_read_again(value: Decimal) -> None:
    assert amount(plain(value)) == value
