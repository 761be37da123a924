from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.clients import v3
from nuorder_pos.clients.classify import UnexpectedBody

FRAME = {"@attributes": {"next": "", "previous": ""}}


@pytest.mark.parametrize(
    "body, count",
    [
        ({**FRAME, "Item": {"itemID": "1"}}, 1),
        ({**FRAME, "Item": [{"itemID": "1"}, {"itemID": "2"}]}, 2),
        ({**FRAME, "Item": []}, 0),
        ({**FRAME, "Item": ""}, 0),
        ({**FRAME, "Item": None}, 0),
        (FRAME, 0),
        ({"@attributes": {"count": "0"}}, 0),
        ({"Item": {"itemID": "1"}}, 1),
        ({**FRAME, "item": {"itemID": "1"}}, 1),
    ],
)
def test_rows_are_a_list_whatever_the_shape(body: Any, count: int) -> None:
    assert len(v3.rows(body, "Item")) == count


@pytest.mark.parametrize(
    "body", [{}, [], "x", None, {"Items": 1}, {**FRAME, "Item": "x"}, {**FRAME, "Item": [1]}]
)
def test_a_body_that_is_not_understood_is_not_nothing(body: Any) -> None:
    with pytest.raises(UnexpectedBody):
        v3.rows(body, "Item")


@pytest.mark.parametrize(
    "value, count",
    [
        ({"OrderLine": {"a": "1"}}, 1),
        ({"OrderLine": [{"a": "1"}, {"a": "2"}]}, 2),
        ({"OrderLine": ""}, 0),
        ({"@attributes": {}}, 0),
        ("", 0),
        ([], 0),
        ({}, 0),
        (None, 0),
        ([{"a": "1"}], 1),
    ],
)
def test_a_relation_is_a_list_whatever_the_shape(value: Any, count: int) -> None:
    assert len(v3.relation({"OrderLines": value}, "OrderLines", "OrderLine")) == count


def test_an_absent_relation_is_empty_and_a_strange_one_is_an_error() -> None:
    assert v3.relation({}, "OrderLines", "OrderLine") == []
    for strange in ("x", 3, {"Other": {}}):
        with pytest.raises(UnexpectedBody):
            v3.relation({"OrderLines": strange}, "OrderLines", "OrderLine")


def test_a_single_record_is_one_or_none() -> None:
    assert v3.single({**FRAME, "Item": {"itemID": "1"}}, "Item") == {"itemID": "1"}
    assert v3.single(FRAME, "Item") is None
    with pytest.raises(UnexpectedBody):
        v3.single({**FRAME, "Item": [{}, {}]}, "Item")


def test_scalars() -> None:
    row = {
        "upc": "0012345678905",
        "n": 12,
        "price": "9.56",
        "big": "1E+2",
        "yes": "true",
        "one": True,
        "none": None,
        "empty": "",
        "when": "2021-10-17T13:47:52+00:00",
        "zulu": "2021-10-17T13:47:52Z",
        "onWorkorder": "3",
        "fk": "0",
    }
    assert v3.text(row, "upc") == "0012345678905"
    assert v3.text(row, "n") == "12"
    assert v3.text(row, "absent") == v3.text(row, "none") == ""
    assert v3.amount(row, "price") == Decimal("9.56")
    assert v3.amount(row, "empty") is None
    assert v3.integer(row, "big") == 100
    assert v3.integer(row, "onWorkOrder") == 3
    assert v3.boolean(row, "yes")
    assert v3.boolean(row, "one")
    assert not v3.boolean(row, "absent")
    assert (
        v3.instant(row, "when") == v3.instant(row, "zulu") == datetime(2021, 10, 17, 13, 47, 52, tzinfo=UTC)
    )
    assert v3.instant(row, "absent") is None
    assert v3.reference(row, "fk") == ""


@pytest.mark.parametrize(
    "reader, value",
    [
        (v3.amount, "abc"),
        (v3.amount, "NaN"),
        (v3.integer, "1.5"),
        (v3.boolean, "maybe"),
        (v3.instant, "yesterday"),
        (v3.text, {"a": 1}),
        (v3.nested, "x"),
    ],
)
def test_a_wrong_scalar_is_named(reader: Any, value: Any) -> None:
    with pytest.raises(UnexpectedBody, match="field"):
        reader({"field": value}, "field")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Item", "@attributes", "x"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_gives_rows_or_an_error_that_may_pass(body: Any) -> None:
    try:
        found = v3.rows(body, "Item")
    except UnexpectedBody:
        return
    assert all(isinstance(row, dict) for row in found)
