"""POS or NuORDER down, rights missing, one bad order among good ones: a clear sentence, nothing lost, nothing twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.databases import execute, rows
from support.orders import Json, item, line, order, pos, product, upc
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent, Transient
from nuorder_pos.pipeline import decide, read
from nuorder_pos.pipeline import orders as pipeline_orders
from nuorder_pos.pipeline.work import DatabasePace, DatabaseVault
from nuorder_pos.store import exports

CODE = {"sizes": {"M": 2}, "upcs": {"M": upc(1)}}
RAW = order("1001", line(**CODE))


def approved(retail: Retail, raw: Json = RAW, **scene: object) -> None:
    retail.given(raw, shop_floor=pos([item(7, upc(1))]), **scene)
    retail.approved("1001")


@contextmanager
def pos_down(retail: Retail) -> Iterator[None]:
    """Nobody listens where the POS should be: every connection is refused."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = retail.work.pos.settings
    origin = f"http://127.0.0.1:{port}"
    away = LightspeedSettings(
        origin, settings.client_id, settings.client_secret, settings.account_id, settings.refresh_token,
        settings.auth_url, settings.backoffice_url, connection_id="lightspeed",
    )  # fmt: skip
    there = retail.work.pos
    gone = Lightspeed(
        away, DatabaseVault(retail.engine, away), DatabasePace(retail.engine, "away", retail.clock)
    )
    retail.work.pos = gone
    try:
        yield
    finally:
        retail.work.pos = there
        gone.close()


def test_an_order_whose_pos_is_down_waits_as_not_exported_and_goes_on_without_a_new_approval(
    retail: Retail,
) -> None:
    approved(retail)
    with pos_down(retail), pytest.raises(Transient, match="could not be reached"):
        retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("failed", "not_exported")
    assert "could not be reached" in row["reason"]
    assert retail.discover("run-2") == ["1001"]
    retail.match("1001")
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"
    assert [d["counts"] for d in retail.report("1001")["decisions"]] == [True]


def test_a_pos_that_goes_down_in_the_middle_leaves_the_order_in_progress_until_it_is_back(
    retail: Retail,
) -> None:
    approved(retail)
    retail.sandbox.fault(
        method="POST", path="/OrderLine", action="status", status=503, headers={"Retry-After": "7"}
    )
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("held", "in_progress")
    assert "do not export it by hand" in row["reason"]
    retail.configure(waiting_time=0)
    assert retail.discover("run-2") == ["1001"]
    assert retail.look("1001").kind == "go"
    retail.export("1001")
    assert len(retail.the_purchase_order("1001")["lines"]) == 1


def test_a_first_write_that_was_refused_for_sure_leaves_the_order_not_exported(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="POST", path="/Order", action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    row = retail.row("1001")
    assert (row["state"], row["export_status"]) == ("failed", "not_exported")
    assert "do not export it by hand" not in row["reason"]


def test_the_wish_of_the_server_reaches_whoever_retries(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(
        method="POST", path="/Order", action="status", status=429, headers={"Retry-After": "13"}
    )
    with pytest.raises(Transient) as told:
        retail.export("1001")
    assert told.value.retry_after == 13


def test_a_right_that_is_missing_is_said_and_mended(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.switch(denied_rights="purchase_orders")
    with pytest.raises(Permanent, match="purchase"):
        retail.export("1001")
    assert "purchase" in retail.row("1001")["reason"]
    retail.sandbox.switch(denied_rights="")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_a_dead_refresh_token_is_said_with_what_to_do(retail: Retail) -> None:
    retail.given(RAW, shop_floor=pos([item(7, upc(1))]))
    retail.discover()
    retail.sandbox.fault(
        method="POST",
        path="/auth/oauth/token",
        times=50,
        action="status",
        status=400,
        body={"error": "invalid_grant"},
    )
    with pytest.raises(Permanent, match="connect"):
        retail.match("1001")


def test_nuorder_down_while_matching_is_transient(retail: Retail) -> None:
    retail.given(RAW, shop_floor=pos([item(7, upc(1))]))
    retail.discover()
    retail.sandbox.fault(server="nuorder", path="/api/order/", times=2, action="status", status=502)
    with pytest.raises(Transient):
        retail.match("1001")
    assert retail.match("1001")["order_number"] == "1001"


def test_a_bad_order_never_stops_the_others(retail: Retail) -> None:
    """One order of each kind of trouble, and a good one that goes all the way."""
    bad_lines = order("1002", line(sizes={"M": -1}))
    asking = order("1003", line(**CODE), total="77")
    cancelled = order("1004", line(**CODE))
    held = order("1005", line("NEW", "Red", {"M": 1}, upcs={"M": upc(5)}))
    numbers = ("1001", "1002", "1003", "1004", "1005")
    retail.given(RAW, bad_lines, asking, cancelled, held, shop_floor=pos([item(7, upc(1))]))
    retail.sandbox.fault(
        method="POST", path=r"/Item\.json", times=50, action="status", status=422, body={"message": "no"}
    )
    assert sorted(retail.discover()) == sorted(numbers)
    retail.sandbox.do("nuorder", "set_status", _id=retail.id("1004"), status="cancelled")
    for number in numbers:
        try:
            retail.match(number)
            retail.approve(number)
            retail.look(number)
            retail.export(number)
        except NuorderPosError:
            pass
    states = {number: retail.row(number)["state"] for number in numbers}
    assert states == {
        "1001": "exported", "1002": "failed", "1003": "awaiting_approval", "1004": "cancelled", "1005": "held",
    }  # fmt: skip
    assert len(retail.purchase_orders()) == 1


@pytest.mark.parametrize(
    "images",
    [
        ["{nuorder}/images/gone.png"],
        ["https://elsewhere.example/a.png"],
        ["not an address"],
        [7, {"id": "x"}],
    ],
    ids=["that is gone", "of a host that is not allowed", "that is no address", "of a form nobody knows"],
)
def test_an_image_never_keeps_an_order_from_being_exported(retail: Retail, images: list[object]) -> None:
    made = product()
    retail.given(RAW, products=[made], shop_floor=pos())
    own = [one.format(nuorder=retail.sandbox.nuorder) if isinstance(one, str) else one for one in images]
    retail.sandbox.do("nuorder", "edit_product", _id=made["_id"], changes={"images": own})
    retail.sandbox.fault(server="nuorder", path="/images/gone.png", times=50, action="status", status=404)
    retail.approved("1001")
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"
    assert retail.records("Image") == []


def test_a_vendor_that_the_pos_refuses_because_an_archived_one_has_its_name_is_said(retail: Retail) -> None:
    vendor = {"vendorID": 3, "name": "Acme Outdoor", "archived": True}
    retail.given(RAW, shop_floor=pos([item(7, upc(1))], vendors=[vendor]), vendor_names_unique=True)
    retail.approved("1001")
    with pytest.raises(NeedsMerchant, match="already exists"):
        retail.export("1001")
    assert "vendor Acme Outdoor" in retail.row("1001")["reason"]
    assert retail.purchase_orders() == []


def test_a_purchase_order_that_differs_from_the_plan_holds_the_order_and_names_the_difference(
    retail: Retail,
) -> None:
    approved(retail)
    retail.sandbox.fault(method="PUT", path="/Order/", action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    po = retail.the_purchase_order("1001")
    changes = {"quantity": 3}
    retail.sandbox.do("pos", "update", type="OrderLine", id=po["lines"][0]["orderLineID"], changes=changes)
    with pytest.raises(NeedsMerchant, match="not as planned"):
        retail.export("1001")
    row = retail.row("1001")
    assert row["state"] == "held"
    assert "item 7, 2 at 10" in row["reason"]
    retail.sandbox.do(
        "pos", "update", type="OrderLine", id=po["lines"][0]["orderLineID"], changes={"quantity": 2}
    )
    decide.rematch(retail.engine, retail.id("1001"), by="Mia")
    assert retail.discover("run-2") == ["1001"]
    retail.export("1001")
    assert retail.row("1001")["state"] == "exported"


def test_a_purchase_order_that_somebody_deleted_is_said_to_be_gone(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="PUT", path="/Order/", action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    po = retail.the_purchase_order("1001")
    retail.sandbox.do("pos", "delete", type="Order", id=po["orderID"])
    with pytest.raises(NeedsMerchant, match="archived"):
        retail.export("1001")
    assert retail.row("1001")["state"] == "held"


def test_a_shop_in_a_time_zone_that_does_not_exist_is_said(retail: Retail) -> None:
    shops = [{"shopID": 1, "name": "Main Street", "timeZone": "Mars/Olympus"}]
    retail.given(RAW, shop_floor=pos([item(7, upc(1))], shops=shops))
    retail.approved("1001")
    with pytest.raises(Permanent, match="Mars/Olympus"):
        retail.export("1001")
    assert retail.written() == []


def test_a_shop_that_was_archived_after_the_export_began_is_no_crash(retail: Retail) -> None:
    approved(retail)
    retail.sandbox.fault(method="PUT", path="/Order/", action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    retail.sandbox.do("pos", "update", type="Shop", id=1, changes={"archived": True})
    execute(retail.engine, "DELETE FROM reference WHERE kind LIKE 'shops%'")  # kept for a day, which is over
    try:
        retail.export("1001")
    except NuorderPosError as error:
        assert str(error)  # noqa: PT017 - it may raise, or not; if it does, with a sentence
    assert len(retail.purchase_orders("1001")) == 1


def test_a_brand_that_was_taken_out_of_the_brands_file_is_said(retail: Retail) -> None:
    approved(retail)
    with_second_brand(retail)
    retail.configure(brands=retail.account.brands[1:])
    with pytest.raises(Permanent, match="Acme Outdoor is not in the brands file"):
        retail.export("1001")


def test_the_runbook_tells_the_story_step_by_step_and_what_is_next(retail: Retail) -> None:
    approved(retail)
    retail.configure(waiting_time=0)
    retail.sandbox.fault(method="POST", path="/OrderLine", action="drop_after_apply")
    with pytest.raises(OutcomeUnknown):
        retail.export("1001")
    told = read.runbook(retail.engine, retail.id("1001"))
    assert [(s["step"], s["event"]) for s in told["steps"]] == [
        ("po", "begun"), ("po", "done"), ("line:1", "begun"), ("line:1", "unknown"),
    ]  # fmt: skip
    assert (told["steps_done"], told["steps_planned"]) == (1, 3)
    assert "do not export it by hand" in told["next"]
    retail.export("1001")
    told = read.runbook(retail.engine, retail.id("1001"))
    found_again = next(s for s in told["steps"] if (s["step"], s["event"]) == ("line:1", "done"))
    assert "look-up" in found_again["note"]
    assert [h["state"] for h in told["history"]][-1] == "exported"
    assert told["next"] == "Nothing: it is exported, read back and compared."


def test_the_cost_of_an_order_is_counted_with_all_reads_and_is_what_the_pos_charged(retail: Retail) -> None:
    approved(retail)
    retail.export("1001")
    charged = sum(
        float(r["cost"]) for r in retail.sandbox.ledger("pos") if r["cost"] and "oauth" not in r["path"]
    )
    row = retail.row("1001")
    assert 0 < float(row["drips"]) <= charged
    export = exports.get(retail.engine, retail.id("1001"))
    assert export is not None
    assert float(export["minimum_drips"]) <= float(row["drips"])


def test_the_time_of_the_approval_is_that_of_the_decision(retail: Retail) -> None:
    approved(retail)
    (decided,) = rows(retail.engine, "SELECT decided_at FROM approval")
    retail.export("1001")
    (shown,) = rows(retail.engine, "SELECT approved_at, approved_by FROM order_status")
    assert str(shown["approved_at"])[:26] == str(decided["decided_at"])[:26]
    assert shown["approved_by"] == "Mia"


def test_orders_of_two_brands_with_one_number_have_a_purchase_order_each(retail: Retail) -> None:
    other = order("2001", line(**CODE), order_number="1001")
    retail.given(RAW, others=[second_brand(other)], shop_floor=pos([item(7, upc(1))]))
    with_second_brand(retail)
    retail.approved("1001", "2001")
    retail.export("1001")
    retail.export("2001")
    assert {po["refNum"] for po in retail.purchase_orders()} == {retail.id("1001"), retail.id("2001")}


def test_an_unknown_order_and_an_unknown_status_are_sentences(retail: Retail) -> None:
    with pytest.raises(Permanent, match=r"No order '4711' is known; `nuorder-pos orders` lists"):
        pipeline_orders.find(retail.engine, "4711")
    with pytest.raises(
        Permanent, match="There is no status 'done'; allowed are not_exported, in_progress, exported"
    ):
        pipeline_orders.listing(retail.engine, status="done")


def test_orders_are_listed_by_the_words_of_a_merchant_and_by_state(retail: Retail) -> None:
    retail.given(RAW, order("1002", line(**CODE)), shop_floor=pos([item(7, upc(1))]))
    retail.approved("1001")
    retail.export("1001")

    def listed(**wanted: str) -> list[str]:
        return sorted(str(one["order_number"]) for one in pipeline_orders.listing(retail.engine, **wanted))

    assert listed() == ["1001", "1002"]
    assert listed(status="exported") == ["1001"]
    assert listed(status="not_exported") == ["1002"]
    assert listed(status="discovered", brand="ACME outdoor") == ["1002"]
    assert listed(brand="Birch") == []
