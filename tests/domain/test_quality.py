"""Weeks without holes, shares, and percentiles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.domain.quality import (
    MOST_WEEKS,
    Counts,
    LeadTime,
    Period,
    monday,
    ranks,
    read_period,
    share,
    total,
    usual_period,
)

USUAL = Period(date(2026, 9, 7), date(2026, 11, 23))


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_week_begins_on_the_monday_on_or_before_the_day(day: date) -> None:
    found = monday(day)
    assert found.isoweekday() == 1
    assert timedelta(0) <= day - found < timedelta(7)


def test_a_week_across_the_new_year_is_one_week() -> None:
    assert monday(date(2026, 12, 31)) == monday(date(2027, 1, 3)) == date(2026, 12, 28)


def test_a_period_has_every_week_and_all_of_its_last_one() -> None:
    period = Period(date(2026, 11, 9), date(2026, 11, 23))
    assert period.weeks == (date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23))
    assert period.start == datetime(2026, 11, 9, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 30, tzinfo=UTC)


def test_usually_twelve_weeks_are_shown_up_to_the_newest_data() -> None:
    period = usual_period(date(2025, 1, 1), date(2026, 11, 25))
    assert (period.last, len(period.weeks)) == (date(2026, 11, 23), 12)


def test_a_young_installation_has_no_weeks_before_its_first_data() -> None:
    assert usual_period(date(2026, 11, 18), date(2026, 11, 25)).weeks == (
        date(2026, 11, 16),
        date(2026, 11, 23),
    )


def test_any_day_of_a_week_names_it() -> None:
    assert read_period("2026-11-11", "2026-11-22", USUAL) == Period(date(2026, 11, 9), date(2026, 11, 16))


def test_nothing_asked_for_is_the_usual() -> None:
    assert read_period("", "  ", USUAL) == USUAL


def test_only_a_first_week_goes_up_to_the_newest_data() -> None:
    assert read_period("2026-11-02", "", USUAL) == Period(date(2026, 11, 2), USUAL.last)
    assert read_period("2027-03-01", "", USUAL).weeks == (date(2027, 3, 1),)
    assert len(read_period("2001-01-01", "", USUAL).weeks) == MOST_WEEKS


def test_only_a_last_week_goes_back_twelve() -> None:
    period = read_period("", "2026-06-30", USUAL)
    assert (period.last, len(period.weeks)) == (date(2026, 6, 29), 12)


@pytest.mark.parametrize(
    "first, last, says",
    [
        ("yesterday", "", "from='yesterday' is no date: write it as 2026-03-02."),
        ("", "2026-02-30", "to='2026-02-30' is no date"),
        ("0001-01-01", "", "choose a year between 2000 and 2099"),
        ("", "9999-12-31", "choose a year between 2000 and 2099"),
        ("2026-11-23", "2026-11-02", "is after the last"),
        ("2020-01-01", "2026-11-02", "at most: choose a shorter period"),
    ],
)
def test_a_wrong_period_is_a_sentence(first: str, last: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_period(first, last, USUAL)


def test_a_share_is_exact_and_nothing_of_nothing_is_no_share() -> None:
    assert share(2, 3) == Decimal("0.6667")
    assert share(0, 3) == Decimal(0)
    assert share(0, 0) is None


def test_the_match_rate_is_what_the_pos_knew() -> None:
    both = total([Counts(1, 10, 2, 6, 2), Counts(2, 30, 0, 10, 20)])
    assert both == Counts(3, 40, 2, 16, 22)
    assert both.match_rate == Decimal("0.4500")
    assert total([]).match_rate is None


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=60))
def test_half_take_no_longer_than_the_median_and_nine_of_ten_no_longer_than_the_ninetieth(
    seconds: list[int],
) -> None:
    order = sorted(seconds)
    low, high, ninetieth = (order[rank - 1] for rank in ranks(len(order)))
    middle = Decimal(low + high) / 2
    assert sum(one <= middle for one in order) * 2 >= len(order)
    assert sum(one >= middle for one in order) * 2 >= len(order)
    assert sum(one <= ninetieth for one in order) * 10 >= 9 * len(order)
    assert sum(one < ninetieth for one in order) * 10 < 9 * len(order)


def test_times_are_given_in_hours() -> None:
    assert LeadTime.of(2, [3600, 7200, 7200]) == LeadTime(2, Decimal("1.50"), Decimal("2.00"))
