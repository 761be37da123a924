"""What one unit costs: the reading of prices, discounts and packs that gives the order's own total."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.orders import Json, line, number, order
from support.values import codes, pos_item, read, report

from nuorder_pos.domain.pricing import read_packs, read_prices
from nuorder_pos.domain.report import Report


def costs(made: Report) -> list[str]:
    return [f"{one.units} x {one.unit_cost}" for one in made.lines]


def with_fields(raw: Json, **fields: object) -> Json:
    """Fields on every line of an order."""
    for one in raw["line_items"]:
        one |= fields
    return raw


def test_a_price_whose_sum_is_the_total_is_what_is_paid() -> None:
    made = report(order("1001", line(sizes={"S": 2, "M": 3}, price="10.00"), total="50"))
    assert (costs(made), codes(made) & {"totals_mismatch", "rounding"}) == (["2 x 10.00", "3 x 10.00"], set())


def test_an_order_discount_that_is_inside_the_price_is_not_taken_off_again() -> None:
    made = report(order("1001", line(sizes={"M": 2}, price="9.00"), discount=10, total="18"))
    assert (costs(made), made.questions) == (["2 x 9.00"], ())


def test_an_order_discount_that_is_not_inside_the_price_is_taken_off() -> None:
    made = report(order("1001", line(sizes={"M": 2}, price="10.00"), discount=10, total="18"))
    assert (costs(made), made.questions) == (["2 x 9.00"], ())


def test_a_line_discount_is_read_from_the_price_after_it() -> None:
    raw = order("1001", line(sizes={"M": 2}, price="10.00"), total="16")
    made = report(with_fields(raw, item_price_after_discount="$8.00"))
    assert (costs(made), made.questions) == (["2 x 8.00"], ())


def test_a_line_discount_is_read_from_the_line_s_total() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 3}, price="10.00"), total="32")
    made = report(with_fields(raw, discounted_total="32"))
    assert (costs(made), made.questions) == (["1 x 8.00", "3 x 8.00"], ())


def test_line_and_order_discount_together_are_found() -> None:
    raw = order("1001", line(sizes={"M": 10}, price="10.00"), discount=10, total="72")
    made = report(with_fields(raw, item_price_after_discount="$8.00"))
    assert (costs(made), made.questions) == (["10 x 7.20"], ())


def test_a_line_s_total_is_spread_over_sizes_in_proportion_to_their_prices() -> None:
    raw = order("1001", line(sizes={"S": 1, "M": 1}, price="10.00"), total="27")
    raw["line_items"][0]["sizes"][1]["price"] = 20
    made = report(with_fields(raw, discounted_total="27"))
    assert costs(made) == ["1 x 9.00", "1 x 18.00"]


@pytest.mark.parametrize(
    "total",
    ["100", "112.5", "104.25", "116.75"],
    ids=["both outside", "shipping inside", "surcharge inside", "both inside"],
)
def test_shipping_and_surcharge_may_be_inside_or_outside_the_total(total: str) -> None:
    raw = order("1001", line(sizes={"M": 10}, price="10.00"), shipping="12.50", surcharge="4.25", total=total)
    made = report(raw)
    assert (costs(made), made.questions) == (["10 x 10.00"], ())


def test_a_surcharge_in_percent_may_be_inside_the_total() -> None:
    raw = order("1001", line(sizes={"M": 10}, price="10.00"), additional_percentage=2.5, total="102.5")
    made = report(raw)
    assert (costs(made), made.questions) == (["10 x 10.00"], ())


def test_half_a_cent_a_unit_is_rounding_and_said_so() -> None:
    made = report(order("1001", line(sizes={"M": 100}, price="3.34"), total="333.50"))
    assert made.questions == ()
    assert "rounding" in codes(made)


def test_more_than_half_a_cent_a_unit_is_a_question() -> None:
    made = report(order("1001", line(sizes={"M": 100}, price="3.34"), total="333.49"))
    assert [q.code for q in made.questions] == ["totals_mismatch"]


def test_an_exact_reading_goes_before_one_that_only_comes_near() -> None:
    raw = order("1001", line(sizes={"M": 100}, price="10.00"), total="999.60")
    made = report(with_fields(raw, discounted_total="999.60"))
    assert made.pricing.reading.name == "line_total"
    assert made.questions == ()


def test_no_reading_that_gives_the_total_is_a_question_with_every_reading_as_a_choice() -> None:
    made = report(order("1001", line(sizes={"M": 2}, price="10.00"), discount=25, total="99"))
    (asked,) = made.questions
    assert asked.code == "totals_mismatch"
    assert [c.value for c in asked.choices] == [
        "price",
        "original_price",
        "price_less_discount",
        "original_price_less_discount",
    ]
    assert "99 USD" in asked.text


def two_readings(total: str, original: str) -> Json:
    raw = order("1001", line(sizes={"M": 10}, price="10.00"), shipping="10", total=total)
    raw["line_items"][0]["sizes"][0]["original_price"] = number(original)
    return raw


def test_two_readings_that_give_the_total_with_different_costs_are_a_question() -> None:
    """Either the price and shipping inside the total, or the original price and shipping outside it."""
    made = report(two_readings("110", "11.00"))
    (asked,) = made.questions
    assert [c.value for c in asked.choices] == ["price", "original_price"]
    assert "Several readings" in asked.text


def test_two_readings_that_both_come_near_the_total_with_different_costs_are_a_question() -> None:
    made = report(two_readings("110.02", "11.00"))
    assert [q.code for q in made.questions] == ["totals_mismatch"]


def test_two_readings_with_the_same_costs_are_no_question() -> None:
    made = report(two_readings("100", "10.00"))
    assert made.questions == ()


def test_an_order_without_a_total_is_read_by_its_discounted_total() -> None:
    raw = order("1001", line(sizes={"M": 2}, price="10.00"), discount=10) | {"total": ""}
    raw["order_discounts"] = {"discounted_total": "18"}
    assert costs(report(raw)) == ["2 x 9.00"]


def test_an_order_without_any_total_has_nothing_to_reconcile() -> None:
    made = report(order("1001", line(sizes={"M": 2}, price="10.00")) | {"total": None})
    assert (costs(made), made.questions) == (["2 x 10.00"], ())


def test_without_any_price_an_order_cannot_be_read() -> None:
    raw = order("1001", line() | {"sizes": [{"size": "M", "quantity": 1}]}, total="1")
    with pytest.raises(ValueError, match="no line of the order carries a price"):
        read_prices(read(raw, products=[]))


def test_unit_costs_are_rounded_to_the_decimals_of_the_setting() -> None:
    raw = order("1001", line(sizes={"M": 3}, price="3.3333"), total="10")
    assert costs(report(raw)) == ["3 x 3.33"]
    assert costs(report(raw, decimals=4)) == ["3 x 3.3333"]


def test_what_rounding_of_unit_costs_makes_of_the_total_is_said() -> None:
    raw = order("1001", line(sizes={"M": 10}, price="3.335"), total="33.35")
    made = report(raw)
    assert costs(made) == ["10 x 3.34"]
    assert [w.text for w in made.warnings if w.code == "rounding"] == [
        "Rounding of unit costs makes a difference of 0.05 USD."
    ]


# ---- packs ----


def packs(per_pack: int = 6, quantity: int = 2, price: str = "12.00", **fields: object) -> Json:
    raw = order("1001", line(sizes={"M": quantity}, price=price), **fields)
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = per_pack
    return raw


def test_a_total_quantity_in_pieces_proves_that_the_quantity_counts_packs() -> None:
    made = report(packs(total_quantity=12, total="24"))
    assert (costs(made), made.questions) == (["12 x 2.00"], ())
    assert "pack" in codes(made)


def test_a_total_in_money_for_pieces_proves_that_the_price_is_for_a_piece() -> None:
    made = report(packs(total="144"))
    assert (costs(made), made.questions) == (["12 x 12.00"], ())


@pytest.mark.parametrize("counted", [2, None])
def test_where_nothing_proves_a_reading_of_packs_it_is_a_question(counted: int | None) -> None:
    raw = packs(total="24")
    if counted is not None:
        raw["total_quantity"] = counted
    made = report(raw)
    assert [(q.code, [c.value for c in q.choices]) for q in made.questions] == [("pack", ["packs", "pieces"])]


def test_lines_without_packs_are_left_alone() -> None:
    raw = order(
        "1001", line(sizes={"M": 2}, price="12.00"), line("CAP", sizes={"L": 3}, price="5.00"), total="39"
    )
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    raw["total_quantity"] = 15
    assert costs(report(raw)) == ["3 x 5.00", "12 x 2.00"]


def test_packs_of_one_are_no_packs() -> None:
    raw = packs(per_pack=1, total="24")
    assert read_packs(read(raw), read_prices(read(raw))) == (None, ())
    assert "pack" not in codes(report(raw))


# ---- cost changes ----


@pytest.mark.parametrize("old, said", [("8.00", True), ("10.00", False), ("0", False), (None, False)])
def test_a_cost_that_differs_from_the_item_s_default_cost_shows_old_and_new(
    old: str | None, said: bool
) -> None:
    raw = order("1001", line(sizes={"M": 1}, price="10.00", upcs={"M": "036000291452"}))
    known = pos_item("7", "036000291452", default_cost=None if old is None else Decimal(old))
    texts = [w.text for one in report(raw, known).lines for w in one.warnings if w.code == "cost_change"]
    assert texts == (["Cost 10 in the order, 8 on the POS item (it stays)."] if said else [])
