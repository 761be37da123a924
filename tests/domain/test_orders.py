"""NuORDER's order, read with all its ways of writing things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.orders import Json, line, object_id, order, product, upc
from support.values import read

from nuorder_pos.domain.orders import OrderUnreadable, fold, read_order
from nuorder_pos.domain.report import content_hash

NOTHING: list[Any] = [None, "", [], {}]


def size(**fields: Any) -> Json:
    """An order with one size that has these fields."""
    row = {"size": "M", "quantity": 2, "price": 10} | fields
    return order("1001", line() | {"sizes": [row]}, total="20")


def test_every_size_of_every_line_is_a_row_numbered_from_one() -> None:
    found = read(order("1001", line("TEE", "Red", {"S": 1, "M": 0}), line("CAP", "Blue", {"L": 3})))
    assert [(v.line, v.style_number, v.color, v.size, v.quantity) for v in found.variants] == [
        ("1", "CAP", "Blue", "L", 3), ("2", "TEE", "Red", "S", 1), ("3", "TEE", "Red", "M", 0),
    ]  # fmt: skip
    assert found.units == 4


def test_the_rows_are_the_same_in_whatever_order_nuorder_gives_its_lines_and_sizes() -> None:
    lines = [
        line("TEE", "Red", {"S": 1, "M": 2, "XL": 3}),
        line("TEE", "Blue", {"10": 1, "9": 1}),
        line("CAP", "", {"L": 1}),
    ]
    turned = [one | {"sizes": one["sizes"][::-1]} for one in reversed(lines)]
    first, second = read(order("1001", *lines)), read(order("1001", *turned))
    assert first == second
    assert [v.size for v in first.variants] == ["L", "9", "10", "S", "M", "XL"]


@pytest.mark.parametrize("field", ["price", "original_price"])
def test_a_negative_price_is_refused(field: str) -> None:
    with pytest.raises(OrderUnreadable, match="negative"):
        read(size(**{field: -1}))


@pytest.mark.parametrize("quantity", ["3", 3, 3.0, "3.0", " 3 "])
def test_a_quantity_may_be_a_string(quantity: object) -> None:
    assert read(size(quantity=quantity)).units == 3


@pytest.mark.parametrize("price", ["12.50", 12.5, "$12.50", Decimal("12.50")])
def test_a_price_may_be_a_string_with_a_sign(price: object) -> None:
    assert read(size(price=price)).variants[0].price == Decimal("12.5")


def test_a_price_of_zero_is_a_price() -> None:
    assert read(size(price=0)).variants[0].price == 0


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_nothing_in_any_of_its_four_ways_is_nothing(nothing: object) -> None:
    names = (
        "customer_po_number", "discount", "additional_percentage", "order_discounts", "shipping_information", "retailer",
        "rep_name", "rep_email", "creator_name", "order_group_id", "created_on", "modified_on", "start_ship", "end_ship",
        "total", "notes", "__cancelled_units",
    )  # fmt: skip
    empty = read(order("1001", line()) | dict.fromkeys(names, nothing))
    absent = order("1001", line())
    for name in names:
        absent.pop(name, None)
    assert empty == read(absent)
    assert content_hash(empty) == content_hash(read(absent))


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_a_line_of_nothing_has_no_rows(nothing: object) -> None:
    assert read(order("1001") | {"line_items": nothing}, []).variants == ()
    assert read(order("1001", line() | {"sizes": nothing}, total="1")).variants == ()


@pytest.mark.parametrize(
    "quantity, why",
    [(-1, "negative"), ("-3", "negative"), (10**9, "more than anybody orders"), (1.5, "no whole number"),
     ("many", "not an amount"), (True, "not an amount"), ([1], "not an amount"), (float("nan"), "amount")],
    ids=repr,
)  # fmt: skip
def test_a_quantity_that_nobody_can_mean_is_refused_with_its_line(quantity: object, why: str) -> None:
    with pytest.raises(OrderUnreadable, match=f"quantity in line 1.*{why}"):
        read(size(quantity=quantity))


@pytest.mark.parametrize("field", ["total", "discount", "additional_percentage"])
def test_an_amount_that_decides_and_is_none_is_refused(field: str) -> None:
    with pytest.raises(OrderUnreadable, match="'ten' is not an amount"):
        read(order("1001", line()) | {field: "ten"})


def test_an_order_without_an_id_is_refused() -> None:
    with pytest.raises(OrderUnreadable, match="no _id"):
        read_order({"order": {"order_number": "1"}, "products": {}})


def test_without_a_number_the_id_is_the_number() -> None:
    raw = order("1001", line()) | {"order_number": ""}
    assert read(raw).number == object_id("order", "1001")


@pytest.mark.parametrize("number", ["104504-1", "A 77", "00012"])
def test_a_number_is_text(number: str) -> None:
    assert read(order("1001", line()) | {"order_number": number}).number == number


@pytest.mark.parametrize(
    "written", ["2026-04-20T00:00:00.000Z", "2026-04-20", "2026/04/20", "2026-04-20T23:59:59Z"]
)
def test_a_ship_date_is_the_calendar_day_as_it_stands(written: str) -> None:
    assert read(order("1001", line(), end_ship=written)).ship_end == date(2026, 4, 20)


@pytest.mark.parametrize("written", ["soon", "2026-13-01", "20th of April"])
def test_a_ship_date_that_is_none_is_left_out(written: object) -> None:
    assert read(order("1001", line(), end_ship=written)).ship_end is None


def test_the_ship_window_comes_from_the_lines_where_the_order_has_none() -> None:
    raw = order(
        "1001",
        line(ship_start="2026-05-02T00:00:00.000Z", ship_end="2026-05-20T00:00:00.000Z"),
        line("CAP", ship_start="2026-05-01T00:00:00.000Z", ship_end="2026-06-30T00:00:00.000Z"),
        start_ship="", end_ship=None,
    )  # fmt: skip
    found = read(raw)
    assert (found.first_ship_start, found.last_ship_end) == (date(2026, 5, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    "written, meant",
    [("2026-03-02T15:00:00.000Z", datetime(2026, 3, 2, 15, tzinfo=UTC)),
     ("2026-03-02T15:00:00-05:00", datetime(2026, 3, 2, 20, tzinfo=UTC)),
     ("2026-03-02T15:00:00", datetime(2026, 3, 2, 15, tzinfo=UTC)),
     ("yesterday", None)],
)  # fmt: skip
def test_the_order_date_is_an_instant(written: str, meant: datetime | None) -> None:
    assert read(order("1001", line(), created_on=written)).created_on == meant


def test_name_images_prices_and_the_brand_s_own_id_come_from_the_product() -> None:
    made = product(
        name="Trail Tee", wholesale="10", msrp="25", brand_id="tee-red", images=["https://x.example/a.jpg"]
    )
    (only,) = read(order("1001", line(sizes={"M": 1})), [made]).variants
    assert (only.name, only.brand_ref, only.wholesale, only.msrp) == (
        "Trail Tee",
        "tee-red",
        Decimal(10),
        Decimal(25),
    )
    assert only.images == ("https://x.example/a.jpg",)


@pytest.mark.parametrize(
    "images, kept",
    [
        (["https://x.example/a.jpg"], 1), ([{"url": "https://x.example/a.jpg"}], 1),
        ([{"secure_url": "http://x.example/a.jpg"}], 1), (["64229ea416f63f19d7ca3ed0"], 0), ([7, None, ["x"]], 0),
        ("https://x.example/a.jpg", 0), (None, 0),
    ],
    ids=repr,
)  # fmt: skip
def test_images_are_taken_in_the_forms_that_carry_an_address(images: Any, kept: int) -> None:
    made = product() | {"images": images}
    (only,) = read(order("1001", line(sizes={"M": 1})), [made]).variants
    assert len(only.images) == kept


def test_the_upc_of_the_order_goes_before_that_of_the_product() -> None:
    made = product(sizes=[{"size": "m", "upc": upc(2)}, {"size": "L", "upc": upc(3)}])
    raw = order("1001", line(sizes={"M": 1, "L": 1}, upcs={"M": upc(1)}))
    assert [v.upc for v in read(raw, [made]).variants] == [upc(1), upc(3)]


def test_a_product_that_nuorder_no_longer_has_is_marked() -> None:
    raw = order("1001", line(sizes={"M": 1}))
    deleted = read_order({"order": raw, "products": {object_id("product", "TEE", "Red"): None}})
    assert [v.product_missing for v in deleted.variants] == [True]
    assert [v.product_missing for v in read(raw).variants] == [False]


@pytest.mark.parametrize(
    "raw, shipping, surcharge",
    [
        ({"order_discounts": {"shipping_final_amount": "12.50"}}, "12.5", "0"),
        ({"shipping_information": {"price": 9, "final_amount": 8}}, "8", "0"),
        ({"shipping_information": {"price": 9}}, "9", "0"),
        ({"order_discounts": {"surcharges": {"total_surcharge": "4.25"}}}, "0", "4.25"),
        ({"order_discounts": {"surcharge": "4"}}, "0", "4"),
        ({"order_surcharges": [{"price": 1}, {"price": "2.5"}]}, "0", "3.5"),
        ({}, "0", "0"),
        ({"order_discounts": {"shipping_final_amount": "0"}, "shipping_information": {"price": 9}}, "0", "0"),
    ],
)
def test_shipping_and_surcharge_are_found_where_each_year_wrote_them(
    raw: Json, shipping: str, surcharge: str
) -> None:
    found = read(order("1001", line()) | raw)
    assert (found.shipping, found.surcharge) == (Decimal(shipping), Decimal(surcharge))


def test_identity_is_style_colour_and_size_without_regard_to_case_and_spaces() -> None:
    one = read(order("1001", line("Tee 5", "Dark  Red", {" m ": 1}))).variants[0]
    other = read(order("1001", line("TEE 5", "dark red", {"M": 1}))).variants[0]
    assert one.identity == other.identity == ("tee 5", "dark red", "m")


def test_control_characters_never_reach_the_database() -> None:
    assert read(order("1001", line("TEE\x00", "Red"))).variants[0].style_number == "TEE"


@pytest.mark.parametrize("one, other", [("Straße", "STRASSE"), ("ÆRØ ", "ærø"), ("a  b", "A B")])
def test_people_do_not_see_case_or_spaces(one: str, other: str) -> None:
    assert fold(one) == fold(other)
