from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from nuorder_pos.clients import wire
from nuorder_pos.clients.connections import with_raw_pipes
from nuorder_pos.clients.transport import with_query


def test_a_payload_holds_texts_only() -> None:
    sent = wire.payload(
        {
            "vendorID": 3,
            "shipCost": Decimal("7.50"),
            "tiny": Decimal("0E-8"),
            "tax": True,
            "note": None,
            "orderedDate": date(2025, 3, 1),
            "at": datetime(2025, 3, 1, 12, tzinfo=UTC),
            "Prices": {"ItemPrice": [{"amount": Decimal(20), "useTypeID": "1"}]},
        }
    )
    assert sent == {
        "vendorID": "3",
        "shipCost": "7.50",
        "tiny": "0.00000000",
        "tax": "true",
        "note": "",
        "orderedDate": "2025-03-01",
        "at": "2025-03-01T12:00:00+00:00",
        "Prices": {"ItemPrice": [{"amount": "20", "useTypeID": "1"}]},
    }


@pytest.mark.parametrize("value", [1.5, datetime(2025, 1, 1), object(), {"a": [2.0]}])  # noqa: DTZ001
def test_floats_and_instants_without_a_zone_are_mistakes(value: object) -> None:
    with pytest.raises(TypeError):
        wire.payload({"x": value})


def test_lists_of_values_in_their_three_forms() -> None:
    assert wire.any_of("upc", ["012", "3"], "json") == ("upc", 'IN,["012","3"]')
    assert wire.any_of("upc", ["012", "3"], "plain") == ("upc", "IN,[012,3]")
    assert wire.any_of("upc", ["012", "3"], "or") == ("or", "upc=012|upc=3")
    assert wire.any_of("itemID", ["1", "2"], "json") == ("itemID", "IN,[1,2]")


def test_operators_are_encoded_and_the_pipes_of_alternatives_are_not() -> None:
    url = with_query("https://x/Item.json", {"upc": 'IN,["0 1"]', "or": "upc=A|upc=B", "note": "a|b"})
    assert url == "https://x/Item.json?upc=IN%2C%5B%220%201%22%5D&or=upc%3DA%7Cupc%3DB&note=a%7Cb"
    assert with_raw_pipes(url).endswith("&or=upc%3DA|upc%3DB&note=a%7Cb")
    assert with_raw_pipes("/x?for=a%7Cb") == "/x?for=a%7Cb"


@pytest.mark.parametrize("value", ["", "a|b", "a,b", "~x", "50%", 'a"b', "[1]"])
def test_values_with_a_meaning_are_kept_out_of_lists(value: str) -> None:
    assert not wire.listable(value)
    assert wire.listable("0012-AB c")


def test_texts_that_a_field_may_say() -> None:
    assert wire.like_any("description", ["trail  tee"]) == ("description", "~,%trail%tee%")
    assert wire.like_any("description", ["a", "b"]) == ("or", "description=~,%a%|description=~,%b%")


def test_lists_are_neither_too_many_values_nor_too_long() -> None:
    codes = [f"{number:014}" for number in range(201)]
    assert [len(chunk) for chunk in wire.chunks(codes)] == [100, 100, 1]
    assert [len(chunk) for chunk in wire.chunks(codes[:60], 50)] == [50, 10]
    assert [len(chunk) for chunk in wire.chunks(["ü" * 255] * 9)] == [3, 3, 3]
    assert [list(chunk) for chunk in wire.chunks(["x" * 9000, "y"])] == [["x" * 9000], ["y"]]
    assert list(wire.chunks([])) == []


@pytest.mark.parametrize("value", ["", "0", "00", "-1", "1.0", " 1", "x", "²", "١"])
def test_what_is_no_id_of_a_record(value: str) -> None:
    assert not wire.is_id(value)
    assert wire.is_id("10")
