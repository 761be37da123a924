"""Two at once: cleared tasks, re-runs, backfills, runs side by side, accounts that share a brand, orders that share goods.

Judged by what the stand-in POS has in its ledger at the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from support.meanwhile import all_at_once, stopped_at
from support.orders import Json, item, line, order, pos, products_of, upc
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.errors import NuorderPosError, Transient
from nuorder_pos.pipeline.discover import discover
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.report import SUPERSEDED_REASON
from nuorder_pos.pipeline.verify import verify
from nuorder_pos.pipeline.work import Claim, PoRef, RunRef, Work
from nuorder_pos.store import orders as stored_orders

FLOOR = pos([item(7, upc(1)), item(8, upc(2))])
NOTHING_THERE = pos(vendors=[], manufacturers=[])
HEAD, LINE = r"/Order\.json$", r"/OrderLine\.json$"


def known(number: str = "1001", **fields: object) -> Json:
    """An order of two sizes that the POS has."""
    return order(number, line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}), **fields)


def ready(retail: Retail, *raw: Json, shop_floor: Json | None = None) -> None:
    retail.given(*(raw or (known(),)), shop_floor=FLOOR if shop_floor is None else shop_floor)
    retail.configure(waiting_time=0)


def goods(retail: Retail, number: str = "1001") -> list[tuple[int, int]]:
    """Item and quantity of each line of the order's one purchase order."""
    return sorted((one["itemID"], one["quantity"]) for one in retail.the_purchase_order(number)["lines"])


def try_until_done(retail: Retail, number: str, work: Work, most: float = 40.0) -> None:
    """As the DAG does it, only that it waits less: one attempt after the other until it is done."""
    until = time.monotonic() + most
    while True:
        try:
            retail.export(number, holder=f"worker of {number}", work=work)
            return
        except Transient:
            assert time.monotonic() < until, f"order {number} does not come to its end"
            time.sleep(0.02)


# ---- somebody clears a task ----


def test_a_cleared_order_that_is_exported_is_left_as_it_is(retail: Retail) -> None:
    ready(retail)
    retail.approved("1001")
    po = retail.export("1001", holder="run-1/1")
    sent = len(retail.written())
    retail.match("1001")
    assert retail.look("1001").kind == "closed"
    assert retail.export("1001", holder="run-1/2") == po
    assert len(retail.written()) == sent
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.parametrize(
    "path, nth, when", [(HEAD, 1, "after"), (LINE, 2, "before"), (r"/Order/\d+\.json$", 1, "after")]
)
def test_an_order_that_is_cleared_in_the_middle_of_its_export_goes_on_where_it_stood(
    retail: Retail, path: str, nth: int, when: Any
) -> None:
    ready(retail)
    retail.approved("1001")
    method = "PUT" if "Order/" in path else "POST"
    with stopped_at(
        lambda: retail.export("1001", "run-1/1", retail.new_work()), method, path, nth=nth, when=when
    ) as first:
        first.kill()
    retail.match("1001")
    assert retail.look("1001").kind == "go"
    retail.export("1001", holder="run-1/2")
    assert goods(retail) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


@pytest.mark.parametrize("path, nth", [(LINE, 2)])
def test_a_cleared_task_whose_first_attempt_still_lives_waits_for_it(
    retail: Retail, path: str, nth: int
) -> None:
    ready(retail)
    retail.approved("1001")
    with stopped_at(
        lambda: retail.export("1001", "run-1/1", retail.new_work()), "POST", path, nth=nth
    ) as first:
        with pytest.raises(Transient, match=r"another process \(run-1/1\)") as told:
            retail.export("1001", holder="run-1/2")
        assert 80 < (told.value.retry_after or 0) <= 90
        first.go_on()
    assert retail.export("1001", holder="run-1/2").po_id
    assert goods(retail) == [(7, 2), (8, 3)]
    assert len(retail.written("OrderLine")) == 2


# ---- runs side by side ----


def everything_lives(claims: Sequence[Claim]) -> set[str]:
    return {claim.order_id for claim in claims}


def everything_is_dead(_claims: Sequence[Claim]) -> set[str]:
    return set()


def discovery(
    retail: Retail, run: str, is_live: Callable[[Sequence[Claim]], set[str]] = everything_lives
) -> Callable[[], list[str]]:
    work = retail.new_work()
    return lambda: discover(work, run=RunRef("dag", run), is_live=is_live)


RUNS = (
    "scheduled__2026-04-01T00:00",
    "scheduled__2026-04-01T00:30",
    "manual__by Mia",
    "backfill__2026-03-31",
)


def test_runs_that_discover_at_the_same_time_share_the_orders_and_none_goes_to_two(retail: Retail) -> None:
    numbers = [str(1000 + n) for n in range(8)]
    retail.given(*(known(number) for number in numbers), shop_floor=FLOOR)
    found = all_at_once(*(discovery(retail, run) for run in RUNS))
    taken = [order_id for one in found for order_id in one]
    assert sorted(taken) == sorted(retail.id(number) for number in numbers)
    for run, claimed in zip(RUNS, found, strict=True):
        assert stored_orders.claimed_by(retail.engine, "dag", run) == claimed
        places = [stored_orders.get(retail.engine, order_id) for order_id in claimed]
        assert [row["claim_map_index"] for row in places if row] == list(range(len(claimed)))


def test_of_runs_that_find_the_same_run_dead_one_takes_its_orders_over(retail: Retail) -> None:
    numbers = ("1001", "1002", "1003")
    retail.given(*(known(number) for number in numbers), shop_floor=FLOOR)
    retail.discover("dead")
    found = all_at_once(*(discovery(retail, run, everything_is_dead) for run in RUNS[:3]))
    holders = Counter(row["claim_run_id"] for row in stored_orders.claims(retail.engine, "main"))
    assert sum(holders.values()) == len(numbers)
    assert set(holders) <= set(RUNS)
    for run, claimed in zip(RUNS, found, strict=False):
        # Who was robbed in between finds out when its orders are read again; its tasks meet at the lease.
        assert set(stored_orders.claimed_by(retail.engine, "dag", run)) <= set(claimed)


def test_a_re_run_in_the_middle_of_an_export_gives_the_same_places_and_writes_nothing_twice(
    retail: Retail,
) -> None:
    ready(retail, known("1001"), known("1002"))
    retail.approved("1001", "1002")
    run = "run-for-1001-1002"
    places = stored_orders.claimed_by(retail.engine, "dag", run)
    with stopped_at(
        lambda: retail.export("1001", f"{run}/1", retail.new_work()), "POST", LINE, nth=2
    ) as first:
        first.kill()
    again = retail.discover(run)
    assert [retail.id(number) for number in again] == places
    for number in ("1001", "1002"):
        retail.match(number)
        assert retail.look(number).kind == "go"
        retail.export(number, holder=f"{run}/2")
        retail.release(number, run)
    assert [goods(retail, number) for number in ("1001", "1002")] == [[(7, 2), (8, 3)]] * 2
    assert retail.discover(run) == []


def test_a_backfill_that_takes_a_living_run_for_dead_meets_it_at_the_lease(retail: Retail) -> None:
    ready(retail)
    retail.approved("1001")
    with stopped_at(
        lambda: retail.export("1001", "living/1", retail.new_work()), "POST", LINE, nth=1
    ) as living:
        assert retail.discover("backfill", live=set()) == ["1001"]
        retail.match("1001")
        assert retail.look("1001").kind == "go"
        with pytest.raises(Transient, match="living/1"):
            retail.export("1001", holder="backfill/1")
        living.go_on()
    retail.export("1001", holder="backfill/1")
    assert goods(retail) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


def test_many_attempts_of_one_order_at_the_same_time_give_one_purchase_order(retail: Retail) -> None:
    ready(retail, order("1001", line(sizes={"S": 1, "M": 1}, upcs={"S": upc(1), "M": upc(9)})))
    retail.approved("1001")
    works = [retail.new_work() for _ in range(5)]

    def attempt(place: int) -> Callable[[], object]:
        return lambda: retail.export("1001", holder=f"attempt {place}", work=works[place])

    outcome = all_at_once(*(attempt(place) for place in range(len(works))))
    assert {type(one) for one in outcome} == {Transient, PoRef}, "they never met, or none came through"
    try_until_done(retail, "1001", works[0])
    assert len(retail.the_purchase_order("1001")["lines"]) == 2
    assert Counter(one["upc"] for one in retail.records("Item")) == {upc(1): 1, upc(2): 1, upc(9): 1}


# ---- two accounts, two brands ----


def test_two_accounts_that_have_one_brand_export_each_of_its_orders_once(retail: Retail) -> None:
    numbers = ("1001", "1002", "1003", "1004")
    ready(retail, *(known(number) for number in numbers))
    east, west = retail.new_work(), retail.new_work()
    east.account = retail.account.model_copy(update={"name": "east"})
    west.account = retail.account.model_copy(update={"name": "west"})

    def look_for(work: Work) -> Callable[[], list[str]]:
        return lambda: discover(
            work, run=RunRef(f"dag of {work.account.name}", "run"), is_live=everything_lives
        )

    found = all_at_once(look_for(east), look_for(west))
    assert sorted(found[0] + found[1]) == sorted(retail.id(number) for number in numbers)
    for number in numbers:
        mine = east if retail.id(number) in found[0] else west
        retail.work = mine
        retail.match(number)
        retail.approve(number, shop="Main Street")
        assert retail.look(number).kind == "go"
        retail.export(number)
    for work in (east, west):
        again = discover(work, run=RunRef(f"dag of {work.account.name}", "next"), is_live=everything_is_dead)
        assert again == []
    assert [goods(retail, number) for number in numbers] == [[(7, 2), (8, 3)]] * 4
    assert len(retail.purchase_orders()) == 4


def test_equal_numbers_of_two_brands_that_one_vendor_sells_are_two_orders_also_at_the_same_time(
    retail: Retail,
) -> None:
    theirs = known("2001", order_number="1001")
    retail.given(known("1001"), others=[second_brand(theirs)], shop_floor=FLOOR)
    with_second_brand(retail, vendor="Acme Outdoor")
    retail.configure(waiting_time=0)
    retail.approved("1001", "2001")
    with stopped_at(lambda: retail.export("1001", "first", retail.new_work()), "POST", LINE, nth=1):
        retail.export("2001", holder="second")
    assert [retail.row(number)["state"] for number in ("1001", "2001")] == ["exported", "exported"]
    assert [goods(retail, number) for number in ("1001", "2001")] == [[(7, 2), (8, 3)]] * 2


# ---- different orders that need the same new records ----

STYLES = ("TEE", "CAP", "SOCK")


def of_all_styles(number: str, place: int) -> Json:
    """The same new styles, colours and sizes, each order with them in another succession."""
    turned = (*STYLES[place % 3 :], *STYLES[: place % 3])
    lines = [
        line(
            style,
            "Red",
            {"S": place + 1, "M": 1},
            upcs={"S": upc(10 * STYLES.index(style)), "M": upc(10 * STYLES.index(style) + 1)},
        )
        for style in turned
    ]
    return order(number, *lines)


def pictured(retail: Retail, *raw: Json, **switches: Any) -> None:
    """Orders of products that have an image, and a shop that has nothing of them."""
    shown = products_of(*raw)
    retail.given(*raw, products=shown, shop_floor=NOTHING_THERE, **switches)
    for product in shown:
        address = f"{retail.sandbox.nuorder}/images/{product['style_number']}.png"
        retail.sandbox.do("nuorder", "edit_product", _id=product["_id"], changes={"images": [address]})


def made_once(retail: Retail) -> dict[str, int]:
    """Of each kind: how often the most frequent record is there."""
    kinds = {
        "Vendor": ("name",),
        "Manufacturer": ("name",),
        "Category": ("name",),
        "ItemMatrix": ("description",),
        "Item": ("upc",),
        "Image": ("itemMatrixID", "description"),
    }
    found = {}
    for kind, names in kinds.items():
        count = Counter(tuple(str(one[name]) for name in names) for one in retail.records(kind))
        found[kind] = max(count.values())
    return found


def test_orders_that_need_the_same_new_styles_in_other_successions_make_each_record_once(
    retail: Retail,
) -> None:
    numbers = ("1001", "1002", "1003", "1004")
    raw = [of_all_styles(number, place) for place, number in enumerate(numbers)]
    pictured(retail, *raw, pos_latency_ms=3)
    retail.configure(waiting_time=0, brand={"category": True})
    retail.approved(*numbers)
    works = {number: retail.new_work() for number in numbers}
    outcome = all_at_once(*((lambda n=n: try_until_done(retail, n, works[n])) for n in numbers))  # type: ignore[misc]
    assert outcome == [None] * len(numbers)
    assert made_once(retail) == dict.fromkeys(made_once(retail), 1)
    assert (len(retail.records("ItemMatrix")), len(retail.records("Item"))) == (3, 6)
    by_id = {one["itemID"]: one["upc"] for one in retail.records("Item")}
    for place, number in enumerate(numbers):
        got = Counter((by_id[i], quantity) for i, quantity in goods(retail, number))
        want = Counter(
            (size["upc"], size["quantity"]) for one in raw[place]["line_items"] for size in one["sizes"]
        )
        assert got == want
        assert retail.row(number)["state"] == "exported"


VENDOR, MATRIX, ITEM = r"/Vendor\.json$", r"/ItemMatrix\.json$", r"/Item\.json$"


@pytest.mark.parametrize(
    "path, when", [(VENDOR, "before"), (MATRIX, "before"), (ITEM, "before"), (ITEM, "after")]
)
def test_an_order_that_stands_while_it_makes_a_record_is_waited_for_and_its_record_is_used(
    retail: Retail, path: str, when: Any
) -> None:
    new = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}
    ready(retail, order("1001", line(**new)), order("1002", line(**new)), shop_floor=NOTHING_THERE)
    retail.approved("1001", "1002")
    second = retail.new_work()
    with stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()), "POST", path, when=when
    ) as first:
        with pytest.raises(Transient) as told:
            retail.export("1002", holder="second", work=second)
        assert (told.value.retry_after or 0) > 0
        first.go_on()
    try_until_done(retail, "1002", second)
    found = {
        kind: len(retail.records(kind)) for kind in ("Vendor", "Manufacturer", "ItemMatrix", "Item", "Order")
    }
    assert found == {"Vendor": 1, "Manufacturer": 1, "ItemMatrix": 1, "Item": 1, "Order": 2}
    assert [goods(retail, number) for number in ("1001", "1002")] == [[(1, 2)], [(1, 2)]]


@pytest.mark.parametrize("path, when", [(VENDOR, "after"), (MATRIX, "after"), (ITEM, "after")])
def test_a_record_of_an_order_that_died_while_it_made_it_is_there_once(
    retail: Retail, path: str, when: Any
) -> None:
    new = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}
    ready(retail, order("1001", line(**new)), order("1002", line(**new)), shop_floor=NOTHING_THERE)
    retail.approved("1001", "1002")
    with stopped_at(
        lambda: retail.export("1001", "first", retail.new_work()), "POST", path, when=when
    ) as first:
        first.kill()
    works = {number: retail.new_work() for number in ("1001", "1002")}
    outcome = all_at_once(*((lambda n=n: try_until_done(retail, n, works[n])) for n in works))  # type: ignore[misc]
    assert outcome == [None, None]
    found = {
        kind: len(retail.records(kind)) for kind in ("Vendor", "Manufacturer", "ItemMatrix", "Item", "Order")
    }
    assert found == {"Vendor": 1, "Manufacturer": 1, "ItemMatrix": 1, "Item": 1, "Order": 2}


def test_an_image_that_an_order_uploaded_before_it_died_is_not_uploaded_again_by_the_next_one(
    retail: Retail,
) -> None:
    """The first made the matrix, and shows the image there; for the second the matrix is not new."""
    new = {"sizes": {"S": 1, "M": 2}, "upcs": {"S": upc(1), "M": upc(2)}}
    pictured(retail, *(order(number, line(**new)) for number in ("1001", "1002")))
    retail.configure(waiting_time=0)
    retail.approved("1001", "1002")
    work = retail.new_work()
    with stopped_at(
        lambda: retail.export("1001", "first", work), "POST", r"/Image\.json$", when="after"
    ) as one:
        one.kill()
    retail.export("1002", holder="second")
    retail.export("1001", holder="third")
    assert len(retail.records("Image")) == 1
    assert [retail.row(number)["state"] for number in ("1001", "1002")] == ["exported", "exported"]


def test_parts_of_a_split_order_that_were_approved_together_are_each_exported_or_asked_about(
    retail: Retail,
) -> None:
    new = {"upcs": {"M": upc(1)}}
    parts = ("1001", "1001-1")
    raw = [
        order(number, line(sizes={"M": n}, **new), group_id="g-1") for n, number in enumerate(parts, start=2)
    ]
    retail.given(*raw, shop_floor=NOTHING_THERE, pos_latency_ms=3)
    retail.configure(waiting_time=0)
    retail.approved(*parts)
    works = {number: retail.new_work() for number in parts}
    outcome = all_at_once(*((lambda n=n: try_until_done(retail, n, works[n])) for n in parts))  # type: ignore[misc]
    states = {number: retail.row(number)["state"] for number in parts}
    assert "exported" in states.values()
    for number, told in zip(parts, outcome, strict=True):
        if told is not None:
            assert isinstance(told, NuorderPosError), told
            assert (states[number], retail.row(number)["reason"]) == ("superseded", SUPERSEDED_REASON)
            retail.approve(
                number,
                answers={q["code"]: q["choices"][0]["value"] for q in retail.report(number)["questions"]},
            )
            assert retail.look(number).kind == "go"
            try_until_done(retail, number, works[number])
    assert {number: retail.row(number)["state"] for number in parts} == dict.fromkeys(parts, "exported")
    assert [len(retail.records(kind)) for kind in ("Vendor", "ItemMatrix", "Item", "Order")] == [1, 1, 1, 2]
    assert [goods(retail, number) for number in parts] == [[(1, 2)], [(1, 3)]]


def test_export_and_verify_of_one_order_never_run_beside_each_other(retail: Retail) -> None:
    """Airflow may start `verify` of one attempt while an older `export` still lives."""
    ready(retail)
    retail.approved("1001")
    work = retail.new_work()
    with (
        stopped_at(lambda: export(work, retail.id("1001"), holder="old export"), "PUT", r"/Order/"),
        pytest.raises(Transient, match="old export"),
    ):
        verify(retail.work, retail.id("1001"), holder="early verify")
    verify(retail.work, retail.id("1001"), holder="verify")
    assert retail.row("1001")["state"] == "exported"
