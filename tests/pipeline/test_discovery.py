"""Which orders a run finds and takes, and which it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.databases import rows
from support.orders import Json, item, line, object_id, order, pos, upc
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.errors import NeedsMerchant, NuorderPosError, Permanent
from nuorder_pos.pipeline import orders as pipeline_orders
from nuorder_pos.pipeline.work import RunRef


def plain(number: str, **fields: object) -> Json:
    return order(number, line(upcs={"M": upc(1)}), **fields)


FLOOR = pos([item(7, upc(1))])


def known(retail: Retail) -> dict[str, str]:
    """State by order number of everything that is known; orders that are only listed are marked."""
    found = rows(
        retail.engine, "SELECT order_number, state, listed_only FROM nuorder_order ORDER BY order_number"
    )
    return {str(r["order_number"]): "listed only" if r["listed_only"] else str(r["state"]) for r in found}


def test_the_three_final_statuses_are_taken_and_the_others_are_not(retail: Retail) -> None:
    statuses = ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled")
    retail.given(*(plain(status, status=status) for status in statuses), shop_floor=FLOOR)
    assert sorted(retail.discover()) == ["approved", "processed", "shipped"]
    assert known(retail) == dict.fromkeys(("approved", "processed", "shipped"), "discovered")


def test_the_oldest_order_comes_first(retail: Retail) -> None:
    days = {"b": "2026-03-02", "a": "2026-05-02", "c": "2026-01-02"}
    retail.given(*(plain(n, created_on=f"{day}T00:00:00.000Z") for n, day in days.items()), shop_floor=FLOOR)
    assert retail.discover() == ["c", "b", "a"]


def test_orders_created_before_since_are_listed_and_not_taken(retail: Retail) -> None:
    retail.given(
        plain("old", created_on="2025-12-31T23:59:59.000Z"),
        plain("new", created_on="2026-01-01T00:00:00.000Z"),
        shop_floor=FLOOR,
    )
    assert retail.discover() == ["new"]
    assert known(retail) == {"old": "listed only", "new": "discovered"}
    assert "only listed" in retail.row("old")["reason"]
    assert retail.discover("run-2", live={"new"}) == []


def test_an_older_order_is_taken_when_a_run_names_it(retail: Retail) -> None:
    old = plain("old", created_on="2020-01-01T00:00:00.000Z")
    retail.given(old, plain("new"), shop_floor=FLOOR)
    assert retail.discover(order_numbers=["old"]) == ["old"]
    assert known(retail)["old"] == "discovered"


def test_an_older_order_that_was_listed_before_is_taken_when_a_later_run_names_it(retail: Retail) -> None:
    retail.given(plain("old", created_on="2020-01-01T00:00:00.000Z"), shop_floor=FLOOR)
    assert retail.discover() == []
    assert retail.discover("run-2", order_numbers=[retail.id("old")]) == ["old"]


def test_a_run_that_names_orders_takes_no_others(retail: Retail) -> None:
    retail.given(plain("1001"), plain("1002"), shop_floor=FLOOR)
    assert retail.discover(order_numbers=["1002"]) == ["1002"]
    assert retail.discover("run-2", live={"1002"}) == ["1001"]


def test_without_since_the_day_the_brand_was_first_seen_counts(retail: Retail) -> None:
    today = retail.clock().date()
    retail.configure(brand={"since": None})
    retail.given(
        plain("yesterday", created_on=f"{today - timedelta(days=1)}T12:00:00.000Z"),
        plain("today", created_on=f"{today}T12:00:00.000Z"),
        shop_floor=FLOOR,
    )
    assert retail.discover() == ["today"]
    retail.clock.ahead = timedelta(days=30)
    assert known(retail)["yesterday"] == "listed only"
    assert retail.discover("run-2") == ["today"]


def test_an_order_without_a_date_is_taken_rather_than_lost(retail: Retail) -> None:
    retail.given(plain("1001", created_on=""), shop_floor=FLOOR)
    assert retail.discover() == ["1001"]


def test_the_brand_comes_from_the_credential(retail: Retail) -> None:
    raw = plain("2001", __brand_name="Somebody Else")
    retail.given(plain("1001"), others=[second_brand(raw)], shop_floor=FLOOR)
    with_second_brand(retail)
    retail.discover()
    assert (retail.row("1001")["brand"], retail.row("2001")["brand"]) == ("Acme Outdoor", "Birch")


def test_two_brands_may_have_an_order_of_the_same_number(retail: Retail) -> None:
    twin = plain("1001") | {"_id": object_id("order", "twin")}
    retail.given(plain("1001"), others=[second_brand(twin)], shop_floor=FLOOR)
    with_second_brand(retail)
    assert retail.discover() == ["1001", "1001"]
    with pytest.raises(Permanent, match="Acme Outdoor/1001, Birch/1001|Birch/1001, Acme Outdoor/1001"):
        pipeline_orders.find(retail.engine, "1001")
    assert pipeline_orders.find(retail.engine, "birch/1001") == object_id("order", "twin")
    assert pipeline_orders.find(retail.engine, retail.id("1001")) == retail.id("1001")


def test_a_run_may_be_narrowed_to_brands(retail: Retail) -> None:
    retail.given(plain("1001"), others=[second_brand(plain("2001"))], shop_floor=FLOOR)
    with_second_brand(retail)
    assert retail.discover(brands=["birch"]) == ["2001"]
    with pytest.raises(
        Permanent, match="brand Cedar, which account main does not have; it has Acme Outdoor, Birch"
    ):
        retail.discover("run-2", brands=["Cedar"])


def test_a_brand_that_cannot_be_read_does_not_stop_the_others(retail: Retail) -> None:
    retail.given(plain("1001"), others=[], shop_floor=FLOOR)  # the stand-in knows no credentials of Birch
    with_second_brand(retail)
    assert retail.discover() == ["1001"]
    (birch,) = rows(retail.engine, "SELECT last_error FROM brand WHERE name = 'Birch'")
    assert "401" in str(birch["last_error"])


def test_where_no_brand_can_be_read_the_run_fails_with_the_reason(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.sandbox.fault(server="nuorder", path="/api/orders", times=1000, action="status", status=500)
    with pytest.raises(NuorderPosError, match="500"):
        retail.discover()


def test_one_order_that_cannot_be_read_does_not_stop_the_other_orders_of_its_brand(retail: Retail) -> None:
    numbers = ("1001", "1002", "1003")
    retail.given(*(plain(n) for n in numbers), shop_floor=FLOOR)
    for number in ("1001", "1002"):
        retail.sandbox.fault(
            server="nuorder", path=f"/api/order/{retail.id(number)}", times=1000, action="status", status=500
        )
    assert retail.discover() == ["1003"]


# ---- claims ----


def test_an_order_belongs_to_one_live_run(retail: Retail) -> None:
    retail.given(plain("1001"), plain("1002"), shop_floor=FLOOR)
    assert sorted(retail.discover("run-1")) == ["1001", "1002"]
    assert retail.discover("run-2", live={"1001", "1002"}) == []


def test_an_order_whose_run_is_dead_is_taken_over(retail: Retail) -> None:
    retail.given(plain("1001"), plain("1002"), shop_floor=FLOOR)
    retail.discover("run-1")
    assert retail.discover("run-2", live={"1001"}) == ["1002"]
    assert retail.discover("run-3", live={"1001", "1002"}) == []


def test_a_repeated_discovery_of_the_same_run_gives_the_same_orders_in_the_same_places(
    retail: Retail,
) -> None:
    retail.given(plain("1001"), plain("1002"), shop_floor=FLOOR)
    first = retail.discover("run-1")
    retail.sandbox.do(
        "nuorder", "add_order", brand="acme", order=plain("1000", created_on="2026-01-05T00:00:00.000Z")
    )
    assert retail.discover("run-1") == first
    assert retail.discover("run-2", live=set(first)) == ["1000"]


def test_an_order_that_a_run_released_is_free_for_the_next(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover("run-1")
    retail.release("1001", "run-1")
    assert retail.discover("run-2", live={"1001"}) == ["1001"]


def test_a_run_cannot_release_what_another_run_holds(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover("run-1")
    pipeline_orders.release(retail.engine, retail.id("1001"), RunRef("dag", "run-0"))
    assert retail.discover("run-2", live={"1001"}) == []


def test_what_is_over_the_limit_waits_for_the_next_run(retail: Retail) -> None:
    retail.given(*(plain(f"100{n}") for n in range(5)), shop_floor=FLOOR)
    first = retail.discover("run-1", max_orders=2)
    second = retail.discover("run-2", live=set(first), max_orders=2)
    assert (len(first), len(second), set(first) & set(second)) == (2, 2, set())


def test_an_exported_order_is_never_taken_again(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.approved("1001")
    retail.export("1001")
    assert retail.discover("run-2") == []
    assert retail.discover("run-3", order_numbers=["1001"]) == []


def test_a_new_run_with_nothing_new_costs_no_request_to_the_pos(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover("run-1")
    retail.match("1001")
    before = len(retail.sandbox.ledger("pos"))
    assert retail.discover("run-2", live={"1001"}) == []
    assert len(retail.sandbox.ledger("pos")) == before


def test_a_cancelled_order_that_is_known_is_closed(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    retail.match("1001")
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1001"), status="cancelled")
    assert retail.discover("run-2") == []
    row = retail.row("1001")
    assert (row["state"], row["reason"]) == ("cancelled", "The brand cancelled the order in NuORDER.")
    assert retail.look("1001").kind == "closed"


def test_an_order_that_needs_a_person_is_tried_again_once_a_day_and_no_more_often(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=pos(vendors=[]))
    retail.approved("1001")
    retail.sandbox.fault(
        method="POST", path="/Item", times=100, action="status", status=422, body={"message": "no"}
    )
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    assert retail.discover("run-2") == []
    retail.clock.ahead = timedelta(hours=25)
    assert retail.discover("run-3") == ["1001"]
    with pytest.raises(NeedsMerchant):
        retail.export("1001")
    retail.clock.ahead = timedelta(hours=26)
    assert retail.discover("run-4") == []


def test_what_may_pass_by_itself_is_taken_up_by_the_next_run(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.approved("1001")
    retail.sandbox.fault(method="POST", path="/Order", action="status", status=429)
    with pytest.raises(NuorderPosError):
        retail.export("1001")
    assert retail.discover("run-2") == ["1001"]
    retail.match("1001")
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_the_snapshot_keeps_no_addresses_and_no_buyer(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    retail.match("1001")
    (kept,) = rows(retail.engine, "SELECT body FROM snapshot")
    text = str(kept["body"])
    assert "Trail Tee" in text
    assert "Retailer Street" not in text
    assert "Bo Buyer" not in text
    assert "bo@shop.example" not in text
