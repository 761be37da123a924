"""The cost table, the leaky bucket and the burst limiter."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.pos.costs import request_cost
from sandbox.pos.limiter import Limiter
from sandbox.pos.query import parse_query
from sandbox.switches import Switches


class Hand(Clock):
    """A clock that a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def ticks(self) -> float:
        return self.time


def _limiter(clock: Clock, **switches: Any) -> Limiter:
    return Limiter(clock, Switches(switches), "1", "c")


def _cost(
    method: str, resource: str, query: str = "", body: Any = None, has_id: bool = False, nested: str = "all"
) -> float:
    return float(request_cost(method, resource, has_id, parse_query(query), body, nested))


@pytest.mark.parametrize(
    "registers, size, drip, burst", [(1, 90, 1, 20), (2, 100, 1.5, 22), (3, 110, 2, 24), (5, 130, 3, 28)]
)
def test_size_drip_and_burst_follow_the_registers(registers: int, size: int, drip: float, burst: int) -> None:
    limiter = _limiter(Hand(), registers=registers)
    assert (limiter.size, limiter.drip, limiter.ceiling) == (size, drip, burst)


def test_one_request_may_overshoot_and_then_the_bucket_must_drain() -> None:
    clock = Hand()
    limiter = _limiter(clock, registers=1, burst_ceiling=1000)
    for _ in range(44):
        assert limiter.charge(2).blocked_by is None
    assert limiter.level() == 88
    assert limiter.charge(4.57).headers["X-LS-Api-Bucket-Level"] == "92.57/90"
    blocked = limiter.charge(10)
    assert blocked.blocked_by == "api-leaky-bucket"
    assert blocked.headers["Retry-After"] == "3"
    assert blocked.headers["X-LS-API-RateLimit-Type"] == "api-leaky-bucket"
    assert blocked.headers["X-LS-Api-Request-Cost"] == "10"
    clock.time = 2.5
    assert limiter.charge(1).blocked_by == "api-leaky-bucket"
    clock.time = 2.6
    assert limiter.charge(1).blocked_by is None


@pytest.mark.parametrize("switch, blocked", [("block", "api-leaky-bucket"), ("serve", None)])
def test_a_level_equal_to_the_size(switch: str, blocked: str | None) -> None:
    limiter = _limiter(Hand(), registers=1, burst_ceiling=1000, level_equal_size=switch)
    limiter.charge(90)
    assert limiter.charge(1).blocked_by == blocked


def test_the_burst_window_is_one_fixed_second() -> None:
    clock = Hand()
    limiter = _limiter(clock, registers=1)
    clock.time = 0.9
    verdicts = [limiter.charge(0) for _ in range(21)]
    assert [verdict.blocked_by for verdict in verdicts] == [None] * 20 + ["api-burst-limiter"]
    assert verdicts[19].headers["X-LS-API-Burst-Level"] == "20/20"
    assert verdicts[20].headers["Retry-After"] == "1"
    clock.time = 1.0
    assert limiter.charge(0).blocked_by is None


def test_a_faster_clock_drains_faster_and_says_so() -> None:
    limiter = Limiter(Clock(speed=100), Switches({"registers": 5}), "1", "c")
    assert limiter.charge(100).headers["X-LS-Api-Drip-Rate"] == "300"
    time.sleep(0.1)
    assert limiter.level() < 75


@pytest.mark.parametrize(
    "method, resource, query, body, has_id, cost",
    [
        ("GET", "Item", "", None, False, 1),
        ("POST", "Order", "", {"vendorID": 2, "shopID": 1}, False, 1),
        ("POST", "OrderLine", "", {"orderID": 1}, False, 1),
        ("PUT", "Vendor", "", {"name": "x"}, True, 1),
        ("POST", "Category", "", {"name": "x"}, False, 10),
        ("DELETE", "Category", "", None, True, 10),
        ("GET", "Category", "", None, False, 1),
        ("GET", "Item", "count=1", None, False, 10),
        ("GET", "Item", 'load_relations=["Category"]', None, True, 1.1),
        ("GET", "Item", 'load_relations=["ItemShops"]', None, True, 1.2),
        ("GET", "Item", 'load_relations=["Category"]', None, False, 1.2),
        ("GET", "Item", 'load_relations=["ItemShops"]', None, False, 1.4),
        ("GET", "Order", 'load_relations=["OrderLines"]', None, True, 1.2),
        ("GET", "Item", 'load_relations=["TagRelations","TagRelations.Tag"]', None, True, 1.4),
        ("GET", "Order", "load_relations=all", None, True, 1.7),
        ("GET", "Item", "or=upc%3D1|upc%3D2|upc%3D3", None, False, 1),
        ("GET", "Item", "or=description%3D~,%25a%25|description%3D~,%25b%25", None, False, 1),
        ("GET", "Item", "or=ItemVendorNums.value%3D1|ItemVendorNums.value%3D2", None, False, 1),
        ("GET", "Item", "or=upc%3D1|ItemVendorNums.value%3D2", None, False, 21),
        (
            "GET",
            "Item",
            'load_relations=["ItemVendorNums"]&ItemVendorNums.value=IN,["1","2"]',
            None,
            False,
            1.4,
        ),
        ("GET", "ItemMatrix", "itemMatrixID=IN,[1,2]", None, False, 1),
        ("GET", "Item", "or=upc%3D1|ean%3D2", None, False, 3),
        ("GET", "Item", "or=itemID%3D%3E,1|upc%3D%3E,2", None, False, 12),
        ("GET", "Item", "or=upc%3D1|ItemShops.qoh%3D2|ItemShops.backorder%3D1", None, False, 22),
    ],
)
def test_the_cost_table(method: str, resource: str, query: str, body: Any, has_id: bool, cost: float) -> None:
    assert _cost(method, resource, query, body, has_id) == pytest.approx(cost)


PRICES = {"ItemPrice": [{"amount": "1", "useTypeID": "1"}, {"amount": "2", "useTypeID": "2"}]}


@pytest.mark.parametrize(
    "body, cost",
    [
        ({"description": "x", "itemMatrixID": 1, "ItemAttributes": {"attribute1": "a"}}, 1.5),
        ({"description": "x", "Prices": PRICES}, 2),
        (
            {
                "ItemAttributes": {"attribute1": "a"},
                "Prices": PRICES,
                "ItemVendorNums": {"ItemVendorNum": [{"value": "v", "vendorID": 1}]},
            },
            3,
        ),
        ({"Note": {"note": "x"}}, 1.5),
        ({"Prices": {"ItemPrice": {"amount": "1"}}}, 1.5),
        ({"name": "x", "Contact": {"custom": "", "Addresses": {"ContactAddress": {"city": "x"}}}}, 2),
    ],
)
def test_every_nested_entity_costs_half_a_drip(body: Any, cost: float) -> None:
    assert _cost("POST", "Item", "", body) == cost
    assert _cost("POST", "Item", "", body, nested="none") == 1


def test_attributes_may_be_free() -> None:
    body = {"ItemAttributes": {"attribute1": "a"}, "Prices": PRICES}
    assert _cost("POST", "Item", "", body, nested="no_attributes") == 2


def test_the_example_of_a_whole_order() -> None:
    find = _cost("GET", "Item", "upc=IN,[1,2]&archived=true&limit=100")
    variant = _cost("POST", "Item", "", {"itemMatrixID": 1, "ItemAttributes": {"attribute1": "a"}})
    matrix = _cost("POST", "ItemMatrix", "", {"description": "m", "itemAttributeSetID": 1})
    line, head, ordered = (
        _cost("POST", "OrderLine", "", {}),
        _cost("POST", "Order", "", {}),
        _cost("PUT", "Order", "", {}, True),
    )
    assert find + 10 * matrix + 40 * variant + head + 100 * line + ordered == 173


def test_headers_on_every_answer_and_failures_cost_too(pos: Any) -> None:
    pos.switch(bucket_size=0, burst_ceiling=0)
    pos.get("Item.json", load_relations=json.dumps(["ItemShops"]))
    seen = pos.last.headers
    assert seen["x-ls-api-request-cost"] == "1.4"
    assert seen["X-LS-Api-Bucket-Level"] == "1.4/130"
    assert (seen["X-LS-API-Burst-Level"].split("/")[1], seen["X-LS-Api-Drip-Rate"]) == ("28", "3")
    assert (seen["X-LS-Acct-Id"], seen["X-LS-Oauth-Client-Id"]) == (pos.ready["account_id"], "sandbox-client")
    assert "Cf-Ray" in seen
    assert "X-LS-API-RateLimit-Type" not in seen
    pos.post("Item", description="")
    assert (pos.last.status_code, pos.last.headers["X-LS-Api-Request-Cost"]) == (400, "1")
    assert pos.requests()[-1]["cost"] == "1"


def test_a_full_bucket_over_the_wire(pos: Any) -> None:
    pos.switch(bucket_size=10, drip_rate=4)
    statuses = []
    while 429 not in statuses and len(statuses) < 200:  # a slow machine drains meanwhile
        pos.get("Shop.json")
        statuses.append(pos.last.status_code)
    assert statuses[:10] == [200] * 10
    assert statuses[-1] == 429
    assert pos.last.headers["X-LS-API-RateLimit-Type"] == "api-leaky-bucket"
    assert pos.last.json()["message"] == "Rate Limit Exceeded"
    time.sleep(float(pos.last.headers["Retry-After"]) / 2)
    pos.get("Shop.json")
    assert pos.last.status_code == 200


def test_control_routes_cost_nothing(pos: Any) -> None:
    pos.get("Shop.json")
    level = pos.last.headers["X-LS-Api-Bucket-Level"]
    for _ in range(5):
        pos.records("Item")
    pos.switch(drip_rate=0.0001)
    pos.get("Shop.json")
    assert float(pos.last.headers["X-LS-Api-Bucket-Level"].split("/")[0]) <= float(level.split("/")[0]) + 1
