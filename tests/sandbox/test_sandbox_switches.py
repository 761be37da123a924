"""The other answer of switches that no other test turns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.switches import SWITCHES, Switches

PACKAGE = Path(__file__).resolve().parents[2] / "sandbox"


def test_every_switch_is_asked_somewhere() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "switches.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert not [name for name in SWITCHES if not re.search(rf'"{name}"', text)]


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_a_default_is_one_of_its_own_values(name: str) -> None:
    switch = SWITCHES[name]
    assert switch.parse(str(switch.default)) == switch.default
    assert switch.about


def test_values_come_as_text_or_as_json() -> None:
    switches = Switches({"registers": "3", "nonce_check": "off"})
    switches.set({"drip_rate": 2, "upc_rule": "any"})
    assert (switches.whole("registers"), switches.on("nonce_check"), switches.number("drip_rate")) == (
        3,
        False,
        2.0,
    )
    with pytest.raises(ValueError, match="no such switch: hats"):
        switches.set({"registers": 9, "hats": 1})
    assert switches.whole("registers") == 3


def test_the_handshake_may_refuse_standard_signatures(pos: Any, nuorder: Any) -> None:
    assert nuorder.call("GET", "/api/initiate").status_code == 200
    pos.switch(scheme_b_handshake=False)
    assert nuorder.call("GET", "/api/initiate").status_code == 401


def test_lists_of_products_may_be_objects(pos: Any, nuorder: Any) -> None:
    pos.control("_reset", data="sample", keep=["tokens"])
    pos.switch(products_list="objects", products_detail="objects")
    for form in ("list", "detail"):
        assert nuorder.get(f"/api/products/season/SS27/{form}").json()[0]["season"] == "SS27"


def test_creating_an_order_may_answer_200(pos: Any, nuorder: Any) -> None:
    pos.switch(nuorder_writes="allowed", order_create_status=200)
    body = {"retailer": {"retailer_code": "x"}, "currency_code": "USD", "line_items": [{}]}
    assert nuorder.call("PUT", "/api/order/new", json=body).status_code == 200


def test_no_limit_on_requests_in_flight(pos: Any, nuorder: Any) -> None:
    pos.switch(nuorder_concurrency=0, nuorder_retry_after=9)
    assert nuorder.get("/api/orders/approved/list").status_code == 200


def test_nested_entities_may_be_free(pos: Any) -> None:
    pos.switch(nested_costs="none")
    pos.post("Item", description="a", Prices={"ItemPrice": [{"amount": "1", "useTypeID": "1"}]})
    assert pos.last.headers["X-LS-Api-Request-Cost"] == "1"


def test_the_text_of_a_429(pos: Any) -> None:
    pos.switch(rate_limit_text="Rate Limited", burst_ceiling=1)
    answers = [pos.get("Shop.json") for _ in range(20)]
    assert "Rate Limited" in {answer.get("message") for answer in answers}


def test_a_shorter_url_limit(pos: Any) -> None:
    pos.switch(url_limit=60)
    assert pos.get("Shop.json", shopID="1" * 30)["httpCode"] == "414"


def test_refresh_tokens_die_unused(pos: Any) -> None:
    pos.switch(refresh_token_days=0)
    dead = (
        pos.token().json() if pos.token().status_code == 200 else {"refresh_token": "sandbox-refresh-token"}
    )
    assert pos.token(refresh_token=dead["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_status_of_too_many_refreshes(another_pos: Any) -> None:
    client = another_pos()
    client.switch(refreshes_per_minute=1, refresh_limit_status=400)
    assert [client.token().status_code for _ in range(2)] == [200, 400]
    client.http.close()


def test_a_scope_on_a_token_call_may_be_ignored(another_pos: Any) -> None:
    client = another_pos()
    client.switch(token_scope_field="ignore")
    assert client.token(scope="employee:all").status_code == 200
    client.http.close()


def test_lengths(pos: Any) -> None:
    pos.switch(refnum_length=5, sku_length=4)
    assert pos.post("Order", shopID=1, refNum="1234567")["refNum"] == "12345"
    assert pos.post("Item", description="a", customSku="123456")["customSku"] == "1234"


def test_a_vendor_reply_may_be_complete(pos: Any) -> None:
    pos.post("Vendor", name="v")
    pos.switch(vendor_put_omits_name=False)
    assert pos.put("Vendor", 1, accountNumber="1")["name"] == "v"


def test_an_ordered_order_may_leave_the_backorder_alone(pos: Any) -> None:
    pos.switch(ordered_raises_backorder=False)
    pos.post("Item", description="a")
    pos.post("Order", shopID=1)
    pos.post("OrderLine", orderID=1, itemID=1, quantity=2)
    pos.put("Order", 1, orderedDate="2026-04-04")
    assert pos.records("Order")[0]["status"] == "Ordered"
    assert {row["backorder"] for row in pos.records("ItemShop")} == {0}
