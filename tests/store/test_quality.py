"""What the page "Match quality" counts: by brand and week, on both databases, for the accounts that may be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import rows
from support.rows import add_order, add_report

from nuorder_pos.domain.quality import Counts, LeadTime
from nuorder_pos.store import orders, quality
from nuorder_pos.store.engine import Engine, writing
from nuorder_pos.store.tables import export, journal, match_report, match_report_warning

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = MONDAY.date()
NEXT = date(2026, 11, 23)
LATER = timedelta(days=7)


def scope(
    brand: str = "",
    accounts: tuple[str, ...] = ("main",),
    start: datetime = MONDAY,
    end: datetime = MONDAY + 2 * LATER,
) -> quality.Scope:
    return quality.Scope(accounts, brand, start, end)


def matched(
    engine: Engine, order_id: str, at: datetime, counts: tuple[int, int, int] = (1, 2, 1),
    warnings: Mapping[str, str] | None = None, **fields: Any,
) -> None:  # fmt: skip
    """An order with a report that was built at an instant; warnings by the line that they are about."""
    number = f"{sum(map(ord, order_id)):x}{order_id.encode().hex()}"
    report_hash = number.ljust(64, "0")[:64]
    add_order(engine, order_id, report_hash=report_hash, **fields)
    found = {"lines": sum(counts), "confirmed": counts[0], "upc_match": counts[1], "new_item": counts[2]}
    with writing(engine) as connection:
        connection.execute(
            sa.insert(match_report).values(
                report_hash=report_hash,
                order_id=order_id,
                snapshot_id=1,
                built_at=at,
                units=1,
                goods=Decimal(1),
                questions=0,
                body="{}",
                **found,
            )
        )
        for line, code in (warnings or {}).items():
            connection.execute(
                sa.insert(match_report_warning).values(
                    report_hash=report_hash, line=line, code=code, question=False, text="-"
                )
            )


def exported(
    engine: Engine, order_id: str, at: datetime, *, state: str = "exported", finished: bool = True
) -> None:
    """The export of an order, which ended at an instant."""
    orders.change(engine, order_id, state=state)
    with writing(engine) as connection:
        connection.execute(
            sa.insert(export).values(
                order_id=order_id,
                account_id="77",
                report_hash="0" * 64,
                approval_id=1,
                snapshot_id=1,
                plan="{}",
                approved_at=at,
                started_at=at,
                first_write_at=at,
                finished_at=at if finished else None,
            )
        )


def wrote(
    engine: Engine, order_id: str, event: str, at: datetime, result: str | None = None, *, step: str = "item:1",
    kind: str = "create_item", attempt: int = 1,
) -> None:  # fmt: skip
    """A row of the journal."""
    with writing(engine) as connection:
        connection.execute(
            sa.insert(journal).values(
                order_id=order_id,
                step_key=step,
                kind=kind,
                attempt=attempt,
                event=event,
                at=at,
                holder="h",
                token=1,
                result=result,
            )
        )


def made(engine: Engine, order_id: str, at: datetime, item_id: str, step: str = "item:1") -> None:
    """An item that an export created."""
    wrote(engine, order_id, "begun", at, step=step)
    wrote(engine, order_id, "done", at, item_id, step=step)


# ---- match rate -------------------------------------------------------------------------------------------------------


def test_variants_are_counted_by_brand_and_week(engine: Engine) -> None:
    matched(engine, "a", MONDAY, (1, 2, 3))
    matched(engine, "b", MONDAY + timedelta(days=2), (4, 0, 0))
    matched(engine, "c", MONDAY + LATER, (0, 1, 0))
    matched(engine, "d", MONDAY, (0, 0, 5), brand="Koyo")
    assert quality.match_counts(engine, scope()) == {
        ("Acme Outdoor", WEEK): Counts(2, 10, 5, 2, 3),
        ("Acme Outdoor", NEXT): Counts(1, 1, 0, 1, 0),
        ("Koyo", WEEK): Counts(1, 5, 0, 0, 5),
    }


@pytest.mark.parametrize(
    "at, week",
    [
        (datetime(2026, 11, 16, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC), date(2026, 11, 9)),
        (datetime(2027, 1, 3, 12, tzinfo=UTC), date(2026, 12, 28)),
    ],
)
def test_a_week_begins_on_monday_in_utc(engine: Engine, at: datetime, week: date) -> None:
    matched(engine, "a", at)
    found = quality.match_counts(engine, scope(start=at - LATER, end=at + LATER))
    assert list(found) == [("Acme Outdoor", week)]


def test_an_order_counts_once_with_its_current_report(engine: Engine) -> None:
    old = add_report(engine) if add_order(engine) else ""
    matched(engine, "x", MONDAY, (3, 0, 0))
    (newer,) = (
        row["report_hash"]
        for row in rows(engine, "SELECT report_hash FROM nuorder_order WHERE order_id = 'x'")
    )
    orders.change(engine, "x", report_hash=None)
    orders.change(engine, "o-1", report_hash=newer)
    assert old != newer
    assert quality.match_counts(engine, scope()) == {("Acme Outdoor", WEEK): Counts(1, 3, 3, 0, 0)}


def test_the_end_of_the_period_does_not_belong_to_it(engine: Engine) -> None:
    matched(engine, "a", MONDAY - timedelta(microseconds=1))
    matched(engine, "b", MONDAY + 2 * LATER)
    assert quality.match_counts(engine, scope()) == {}


def test_one_brand_can_be_asked_for(engine: Engine) -> None:
    matched(engine, "a", MONDAY)
    matched(engine, "b", MONDAY, brand="Koyo", warnings={"1": "missing_upc"})
    assert {brand for brand, _ in quality.match_counts(engine, scope("Koyo"))} == {"Koyo"}
    assert set(quality.lost_matches(engine, scope("Koyo"))) == {"Koyo"}
    assert quality.match_counts(engine, scope("koyo' OR 1=1 --")) == {}


def test_other_accounts_are_not_counted(engine: Engine) -> None:
    matched(engine, "a", MONDAY, warnings={"1": "missing_upc"}, account="east")
    exported(engine, "a", MONDAY)
    made(engine, "a", MONDAY, "1")
    for accounts in (("main",), ()):
        asked = scope(accounts=accounts)
        assert quality.match_counts(engine, asked) == {}
        assert quality.lost_matches(engine, asked) == {}
        assert quality.items_created(engine, asked) == {}
        assert quality.lead_times(engine, asked) == {}
        assert quality.span(engine, accounts) is None
    assert quality.match_counts(engine, scope(accounts=("east", "main"))) != {}


# ---- where matches are lost -------------------------------------------------------------------------------------------


def test_lost_matches_are_counted_by_brand_and_reason(engine: Engine) -> None:
    matched(engine, "a", MONDAY, warnings={"1": "missing_upc", "2": "missing_upc", "3": "archived_upc"})
    matched(engine, "b", MONDAY, warnings={"1": "invalid_upc", "2": "cost_change"}, brand="Koyo")
    assert quality.lost_matches(engine, scope()) == {
        "Acme Outdoor": {"missing_upc": 2, "invalid_upc": 0, "duplicate_upc": 0, "archived_upc": 1},
        "Koyo": {"missing_upc": 0, "invalid_upc": 1, "duplicate_upc": 0, "archived_upc": 0},
    }


def test_a_variant_with_warning_and_question_of_one_code_counts_once(engine: Engine) -> None:
    matched(engine, "a", MONDAY, warnings={"1": "duplicate_upc"})
    (row,) = rows(engine, "SELECT report_hash FROM nuorder_order")
    with writing(engine) as connection:
        connection.execute(
            sa.insert(match_report_warning).values(
                report_hash=row["report_hash"], line="1", code="duplicate_upc", question=True, text="-"
            )
        )
    assert quality.lost_matches(engine, scope())["Acme Outdoor"]["duplicate_upc"] == 1


def test_the_question_of_a_real_report_is_counted(engine: Engine) -> None:
    add_order(engine)
    add_report(engine, twins=True)
    now = datetime.now(UTC)
    found = quality.lost_matches(engine, scope(start=now - LATER, end=now + LATER))
    assert found["Acme Outdoor"]["duplicate_upc"] == 1


# ---- new items --------------------------------------------------------------------------------------------------------


def test_items_are_counted_in_the_week_in_which_they_were_made(engine: Engine) -> None:
    matched(engine, "a", MONDAY)
    exported(engine, "a", MONDAY + LATER)
    made(engine, "a", MONDAY + timedelta(days=6, hours=23), "1", "item:1")
    made(engine, "a", MONDAY + LATER, "2", "item:2")
    assert quality.items_created(engine, scope()) == {("Acme Outdoor", WEEK): 1, ("Acme Outdoor", NEXT): 1}


def test_an_item_that_another_export_made_is_not_counted_again(engine: Engine) -> None:
    for order_id in ("a", "b"):
        matched(engine, order_id, MONDAY)
        exported(engine, order_id, MONDAY + timedelta(days=8))
    made(engine, "a", MONDAY, "1")
    wrote(engine, "b", "done", MONDAY + LATER, "1", attempt=0)
    assert quality.items_created(engine, scope()) == {("Acme Outdoor", WEEK): 1}
    assert quality.items_created(engine, scope(start=MONDAY + LATER)) == {}


def test_what_was_not_applied_and_what_is_no_item_is_not_counted(engine: Engine) -> None:
    matched(engine, "a", MONDAY)
    exported(engine, "a", MONDAY)
    wrote(engine, "a", "begun", MONDAY)
    wrote(engine, "a", "unknown", MONDAY)
    wrote(engine, "a", "begun", MONDAY, kind="create_matrix", step="matrix:1")
    wrote(engine, "a", "done", MONDAY, "5", kind="create_matrix", step="matrix:1")
    assert quality.items_created(engine, scope()) == {}


def test_items_of_an_export_that_is_not_finished_are_counted(engine: Engine) -> None:
    matched(engine, "a", MONDAY)
    exported(engine, "a", MONDAY, state="held", finished=False)
    made(engine, "a", MONDAY, "1")
    assert quality.items_created(engine, scope()) == {("Acme Outdoor", WEEK): 1}


# ---- from finalized to exported ---------------------------------------------------------------------------------------


def took(engine: Engine, order_id: str, hours: float, end: datetime = MONDAY, **fields: Any) -> None:
    """An order that was exported so long after it was first seen."""
    matched(engine, order_id, MONDAY, first_seen_at=end - timedelta(hours=hours), **fields)
    exported(engine, order_id, end)


def test_median_and_ninetieth_percentile_by_brand_and_week(engine: Engine) -> None:
    for number, hours in enumerate((7, 1, 3, 5)):
        took(engine, f"a{number}", hours)
    took(engine, "b", 1.5, brand="Koyo")
    took(engine, "c", 40, MONDAY + LATER)
    assert quality.lead_times(engine, scope()) == {
        ("Acme Outdoor", WEEK): LeadTime(4, Decimal("4.00"), Decimal("7.00")),
        ("Acme Outdoor", NEXT): LeadTime(1, Decimal("40.00"), Decimal("40.00")),
        ("Koyo", WEEK): LeadTime(1, Decimal("1.50"), Decimal("1.50")),
    }


def test_all_brands_and_all_weeks_are_taken_together_and_not_averaged(engine: Engine) -> None:
    for number in range(10):
        took(engine, f"a{number}", number + 1)
    took(engine, "b", 1000, MONDAY + LATER, brand="Koyo")
    assert quality.lead_times(engine, scope(), by_brand=False, by_week=False) == {
        ("", None): LeadTime(11, Decimal("6.00"), Decimal("10.00"))
    }
    assert quality.lead_times(engine, scope(), by_brand=False) == {
        ("", WEEK): LeadTime(10, Decimal("5.50"), Decimal("9.00")),
        ("", NEXT): LeadTime(1, Decimal("1000.00"), Decimal("1000.00")),
    }


def test_only_finished_exports_of_ours_have_a_time(engine: Engine) -> None:
    matched(engine, "a", MONDAY)
    exported(engine, "a", MONDAY, state="held", finished=False)
    matched(engine, "b", MONDAY)
    orders.change(engine, "b", state="exported_elsewhere")
    assert quality.lead_times(engine, scope()) == {}


# ---- what there is, and the view --------------------------------------------------------------------------------------


def test_brands_are_told_with_their_accounts(engine: Engine) -> None:
    add_order(engine, "a")
    add_order(engine, "b")
    add_order(engine, "c", account="east", brand="Koyo")
    assert quality.brands(engine) == [("main", "Acme Outdoor"), ("east", "Koyo")]


def test_the_span_goes_from_the_first_report_to_the_last_export(engine: Engine) -> None:
    assert quality.span(engine, ["main"]) is None
    matched(engine, "a", MONDAY)
    assert quality.span(engine, ["main"]) == (MONDAY, MONDAY)
    exported(engine, "a", MONDAY + LATER)
    assert quality.span(engine, ["main"]) == (MONDAY, MONDAY + LATER)


def test_the_view_for_analysts_says_the_same_as_the_page(engine: Engine) -> None:
    matched(engine, "a", MONDAY, (1, 2, 3), {"1": "missing_upc", "2": "archived_upc"})
    exported(engine, "a", MONDAY + timedelta(hours=5))
    made(engine, "a", MONDAY, "1", "item:1")
    made(engine, "a", MONDAY, "2", "item:2")
    matched(engine, "b", MONDAY, (4, 0, 0))
    add_order(engine, "c")
    first, second = rows(engine, "SELECT * FROM match_quality ORDER BY order_id")
    assert (first["variants"], first["confirmed"], first["upc_match"], first["new_item"]) == (6, 1, 2, 3)
    lost = quality.lost_matches(engine, scope())["Acme Outdoor"]
    assert {name: first[name] for name in lost} == lost
    assert first["items_created"] == sum(quality.items_created(engine, scope()).values()) == 2
    assert (second["variants"], second["items_created"], second["finished_at"]) == (4, 0, None)


@pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_example_of_the_data_dictionary_works(engine: Engine) -> None:
    from pathlib import Path

    matched(engine, "a", MONDAY, (1, 2, 1), {"1": "missing_upc"})
    text = (Path(__file__).parents[2] / "docs/data-dictionary.md").read_text("utf-8")
    example = next(part for part in text.split("```sql\n")[1:] if "match_quality" in part).split("```")[0]
    (row,) = rows(engine, example)
    assert (row["week"], row["match_rate"], row["missing_upc"]) == (WEEK, Decimal("0.75"), 1)
