"""Where reading ends: data that nobody means are named as damaged before they can do harm further on."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties.world import World, Worlds
from support.orders import line, order

from nuorder_pos.clients import v3
from nuorder_pos.clients.body import BodyState, read_body
from nuorder_pos.clients.classify import UnexpectedBody
from nuorder_pos.errors import Permanent


@pytest.fixture
def world(worlds: Worlds) -> World:
    made = worlds.make("sqlite")
    made.given([order("B1", line(sizes={"S": 1}))], None)
    return made


@given(depth=st.integers(1, 2000), kind=st.sampled_from(["[]", "{}"]))
def test_json_is_read_up_to_a_depth_that_can_be_written_again(depth: int, kind: str) -> None:
    opened = "[" if kind == "[]" else '{"a":'
    text = opened * depth + "1" + kind[1] * depth
    assert (read_body(text.encode())[0] is BodyState.JSON) is (depth <= 64)


@pytest.mark.parametrize("value", ["1e16", "-1e400", "1e999999", "1e-31"])
def test_a_number_of_the_pos_that_nobody_means_is_none(value: str) -> None:
    with pytest.raises(UnexpectedBody, match="defaultCost, which is not a number"):
        v3.amount({"defaultCost": value}, "defaultCost")


def test_an_order_that_cannot_be_read_is_its_own_trouble_and_not_that_of_nuorder(world: World) -> None:
    bad = world.retail.id("B1")
    for body in ("NaN", "[]", '{"_id": 5}', '{"_id": "another"}', '{"_id": "cut'):
        world.answers("nuorder", f"/api/order/{bad}$", body)
        with pytest.raises(Permanent, match="Its other answers are in order"):
            world.retail.work.nuorder["Acme Outdoor"].order(bad)
        world.answers_are_good_again()
    assert world.retail.work.nuorder["Acme Outdoor"].order(bad)


def test_entries_of_a_list_that_are_no_ids_are_named_and_keep_no_order_away(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.answers(
        "nuorder", "/api/orders/approved/list$", '["a", null, {"id": "b"}, 7, {"_id": "c"}, "", "a"]'
    )
    with caplog.at_level(logging.ERROR):
        assert world.retail.work.nuorder["Acme Outdoor"].order_ids("approved") == ["a", "c"]
    assert caplog.text.count("is no order id") == 4
