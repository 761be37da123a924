"""What a review of the reading of orders found: zeros, negative prices, products without a style, answers in any order."""

from __future__ import annotations

import random
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.orders import Json, line, order, product, products_of
from support.values import context, read

from nuorder_pos.domain.orders import OrderUnreadable, Variant, instant, read_order
from nuorder_pos.domain.report import content_hash, make_report


def one(raw_size: Json | None = None, of_product: Json | None = None, **fields: Any) -> Variant:
    """The only row of an order, with these fields of its size and its product."""
    raw_line = line() | fields
    raw_line["sizes"] = [raw_line["sizes"][0] | (raw_size or {})]
    (found,) = read(order("1001", raw_line), [product() | (of_product or {})]).variants
    return found


def test_a_zero_is_given_and_the_next_place_is_not_asked() -> None:
    assert one({"price": 0, "price_precise": "9.99"}).price == 0
    assert one({"price": "", "price_precise": "9.99"}).price == Decimal("9.99")
    assert one({"retail": 0}).msrp == 0
    assert one(of_product={"pricing": {"USD": {"wholesale": 0, "retail": 25}}}).wholesale == 0
    free = order("1001", line()) | {
        "order_discounts": {"shipping_final_amount": 0, "surcharges": {"total_surcharge": 0}, "surcharge": 7},
        "shipping_information": {"price": 12},
    }
    assert [read(free).shipping, read(free).surcharge] == [Decimal(0), Decimal(0)]
    listed = order("1001", line()) | {
        "order_discounts": {"surcharge": ""},
        "order_surcharges": [{"price": 2}, {"price": 3}],
    }
    assert read(listed).surcharge == 5


@pytest.mark.parametrize("name", ["price", "original_price"])
def test_a_negative_price_is_refused(name: str) -> None:
    with pytest.raises(OrderUnreadable, match="price in line 1 is negative"):
        one({name: "-1.00"})


@pytest.mark.parametrize("name", ["item_price_after_discount", "discounted_total"])
def test_a_negative_amount_of_a_line_is_refused(name: str) -> None:
    with pytest.raises(OrderUnreadable, match="in line 1 is negative"):
        one(None, None, **{name: -5})


def test_two_products_without_a_style_number_are_two_styles() -> None:
    raw = order(
        "1001", line("", "Red", product_id="p1"), line("", "Red", product_id="p2"), line(" Tee ", "Red")
    )
    found = read(raw).variants
    assert len({v.identity for v in found}) == 3
    assert {v.style_key for v in found} == {"p1", "p2", "tee"}


def test_the_product_s_prices_are_known_in_every_currency_the_size_s_own_first() -> None:
    of_product = {
        "pricing": {"USD": {"wholesale": 10, "retail": 25}, "cad": {"wholesale": 13, "retail": 32}},
        "sizes": [{"size": "m", "pricing": {"USD": {"wholesale": 11}}}],
    }
    assert one(of_product=of_product).prices == (
        ("CAD", Decimal(13), Decimal(32)),
        ("USD", Decimal(11), Decimal(25)),
    )
    assert one(of_product={"pricing": []}).prices == ()


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "yesterday", 4711]
)
def test_an_instant_outside_of_the_calendar_is_none(moment: object) -> None:
    assert instant(moment) is None


@pytest.mark.parametrize("many", ["1e9999999", "1e-9999999", "0e9999999", 10**13], ids=str)
def test_a_number_without_measure_is_no_amount(many: object) -> None:
    with pytest.raises(OrderUnreadable, match="the order's total"):
        read(order("1001", line()) | {"total": many})
    assert one({"retail": many}).msrp == 25


def test_more_than_anybody_orders_or_packs_is_refused() -> None:
    with pytest.raises(OrderUnreadable, match="more than anybody packs"):
        one({"units_per_pack": 10**9})
    with pytest.raises(OrderUnreadable, match="add up to more than anybody orders"):
        one({"units_per_pack": 10**5, "quantity": 10**5})


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals()
    | st.sampled_from(["1e99999999", "-0", "0001-01-01T00:00:00+05:00", "\ud800", "\x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PLACES = (
    "created_on", "start_ship", "total", "discount", "__cancelled_units", "order_discounts", "shipping_information",
    "order_surcharges", "line_items", "total_quantity", "currency_code", "retailer", "order_number",
)  # fmt: skip
OF_LINE = ("product", "sizes", "ship_start", "discounted_total", "item_price_after_discount", "retail_string")
OF_SIZE = ("size", "quantity", "price", "price_precise", "original_price", "units_per_pack", "upc", "retail")
OF_PRODUCT = ("sizes", "pricing", "images", "name", "style_number", "brand_id")


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.dictionaries(st.sampled_from(PLACES), JUNK, max_size=3),
    st.dictionaries(st.sampled_from(OF_LINE), JUNK, max_size=2),
    st.dictionaries(st.sampled_from(OF_SIZE), JUNK, max_size=3),
    st.dictionaries(st.sampled_from(OF_PRODUCT), JUNK, max_size=2),
)
def test_whatever_nuorder_says_is_read_or_refused(
    top: Json, of_line: Json, of_size: Json, of_product: Json
) -> None:
    raw = order("1001", line()) | top
    if "line_items" not in top:
        raw["line_items"][0]["sizes"][0] |= of_size
        raw["line_items"][0] |= of_line
    try:
        found = read_order({"order": raw, "products": {product()["_id"]: product() | of_product}})
    except OrderUnreadable:
        return
    assert len(content_hash(found)) == 64
    assert found.number.encode()


def test_the_order_of_an_answer_changes_neither_numbers_nor_groups_nor_hash() -> None:
    raw = order(
        "1001",
        line("TEE", "Red", {"L": 1, "S": 2, "M": 0}, ship_start="2026-04-01"),
        line("TEE", "Red", {"S": 2}, ship_start="2026-05-01"),
        line("TEE", "Red", {"S": 2}, ship_start="2026-05-01", discounted_total=15),
        line("CAP", "Blue", {"10": 3, "9": 1}),
        line("CAP", "Black", {"One Size": 3}),
    )
    raw["line_items"][0]["sizes"].append(dict(raw["line_items"][0]["sizes"][1], units_per_pack=2))
    products = products_of(raw)
    first = read(raw, products)
    dice = random.Random(7)
    for _ in range(20):
        other = deepcopy(raw)
        dice.shuffle(other["line_items"])
        for each in other["line_items"]:
            dice.shuffle(each["sizes"])
        again = read(other, products)
        assert again.variants == first.variants
        assert content_hash(again) == content_hash(first)
    assert [v.line for v in first.variants] == [str(n) for n in range(1, 10)]
    assert [v.size for v in first.variants[:3]] == ["One Size", "9", "10"]


def test_sizes_stand_as_the_product_has_them() -> None:
    sizes = [{"size": name} for name in ("Tall", "Regular", "Short")]
    raw = order("1001", line(sizes={"Regular": 1, "Short": 1, "Tall": 1}))
    assert [v.size for v in read(raw, [product(sizes=sizes)]).variants] == ["Tall", "Regular", "Short"]


def test_an_order_without_a_date_says_that_its_purchase_order_stays_open() -> None:
    def codes(raw: Json) -> list[str]:
        return [warning.code for warning in make_report(read(raw), context()).warnings]

    assert "no_order_date" not in codes(order("1001", line()))
    assert "no_order_date" in codes(order("1001", line(), created_on=""))
