"""NuORDER's orders, products and errors."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.data import brand, empty
from sandbox.sample import dataset
from sandbox.sample.builder import Line, Terms, order
from sandbox.sample.catalog import STYLES

STATUSES = ("draft", "review", "pending", "approved", "processed", "shipped", "cancelled")


def _order(number: str, status: str = "approved", **more: Any) -> dict[str, Any]:
    lines = [Line(STYLES["AC-1002"], "Navy", {"S": 2, "M": 3})]
    return order(
        "acme", number, status, datetime(2026, 3, 1, 9, tzinfo=UTC), lines, more.pop("terms", None), **more
    )


def _load(pos: Any, *orders: dict[str, Any], products: list[Any] | None = None) -> None:
    pos.control(
        "_reset",
        data={
            "nuorder": {
                "brands": [
                    brand("Acme Outdoor", "acme", list(orders), products),
                    brand("Other", "nordlys", [_order("77")]),
                ]
            }
        },
    )


@pytest.mark.parametrize("status", STATUSES)
def test_orders_are_listed_by_status(pos: Any, nuorder: Any, status: str) -> None:
    made = _order("1", status)
    _load(pos, made)
    assert nuorder.get(f"/api/orders/{status}/list").json() == [made["_id"]]
    assert nuorder.get(f"/api/orders/{status}/detail").json()[0]["_id"] == made["_id"]
    others = [other for other in STATUSES if other != status]
    assert all(nuorder.get(f"/api/orders/{other}/list").json() == [] for other in others[:2])


def test_one_order_by_id_and_by_number(pos: Any, nuorder: Any) -> None:
    made = _order("104-1")
    _load(pos, made)
    assert nuorder.get(f"/api/order/{made['_id']}").json()["order_number"] == "104-1"
    assert nuorder.get("/api/order/number/104-1").json()["_id"] == made["_id"]
    assert nuorder.get("/api/order/number/77").json() == {"code": 404, "message": "order not found"}


def test_payments_come_only_when_asked_for(pos: Any, nuorder: Any) -> None:
    made = _order("1")
    _load(pos, made)
    path = f"/api/order/{made['_id']}"
    assert "__metadata" not in nuorder.get(path).json()
    assert "payments" in nuorder.get(path + "?__populate=__payments").json()["__metadata"]


def test_statuses_in_the_path(pos: Any, nuorder: Any) -> None:
    _load(pos, _order("1"))
    assert len(nuorder.get("/api/orders/Approved/list").json()) == 1
    assert nuorder.get("/api/orders/edited/detail").json() == []
    assert nuorder.get("/api/orders/processing/list").status_code == 400
    pos.switch(status_any_case=False, invalid_status_code=404)
    assert nuorder.get("/api/orders/Approved/list").status_code == 404


def test_orders_between_dates(pos: Any, nuorder: Any) -> None:
    made = _order("1", "draft")
    _load(pos, made)
    assert nuorder.get("/api/orders/list?start_date=2026-03-01&end_date=2026-03-01").json() == [made["_id"]]
    assert nuorder.get("/api/orders/list?start_date=2026-03-02&end_date=2026-03-05").json() == []
    pos.switch(orders_list_date="start_ship")
    assert nuorder.get("/api/orders/list?start_date=2026-03-31&end_date=2026-03-31").json() == [made["_id"]]


def test_lists_may_be_paged(pos: Any, nuorder: Any) -> None:
    made = [_order(str(number)) for number in range(5)]
    _load(pos, *made)
    path = "/api/orders/approved/list?__limit=2"
    assert len(nuorder.get(path).json()) == 5
    pos.switch(orders_paging="dunder")
    assert nuorder.get(path).json() == [made[0]["_id"], made[1]["_id"]]
    assert nuorder.get(f"{path}&__last_id={made[3]['_id']}").json() == [made[4]["_id"]]
    assert nuorder.get("/api/orders/approved/list?__limit=x").status_code == 400


def test_writes_are_forbidden_until_the_switch_allows_them(pos: Any, nuorder: Any) -> None:
    made = _order("1")
    _load(pos, made)
    path = f"/api/order/{made['_id']}/processed"
    assert nuorder.call("POST", path).status_code == 403
    pos.switch(nuorder_writes="allowed")
    answer = nuorder.call("POST", path).json()
    assert (answer["status"], answer["modified_on"]) == ("processed", made["modified_on"])
    pos.switch(status_moves_modified=True)
    assert (
        nuorder.call("POST", f"/api/order/{made['_id']}/cancel").json()["modified_on"] > made["modified_on"]
    )
    created = nuorder.call(
        "PUT",
        "/api/order/new",
        json={
            "retailer": {"retailer_code": "x"},
            "currency_code": "USD",
            "line_items": [{}],
            "ship_start": "2026/05/01",
        },
    )
    assert (created.status_code, created.json()["start_ship"]) == (201, "2026-05-01T00:00:00.000Z")
    assert nuorder.call("PUT", "/api/order/new", json={}).status_code == 400


def test_a_missing_body_on_company_new_is_the_recorded_500(nuorder: Any) -> None:
    answer = nuorder.call("POST", "/api/company/new")
    assert (answer.status_code, answer.text) == (500, "Oops, there was a problem!\n")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_prices_before_or_after_discounts(pos: Any, nuorder: Any) -> None:
    made = _order("1", terms=Terms(discount=Decimal(10)))
    _load(pos, made)
    path = f"/api/order/{made['_id']}"
    size = nuorder.get(path).json()["line_items"][0]["sizes"][0]
    assert (size["price"], size["original_price"], made["total"]) == (32.4, 36, 162)
    pos.switch(price_includes_discounts=False)
    shown = nuorder.get(path).json()
    assert (shown["line_items"][0]["sizes"][0]["price"], shown["total"]) == (36, 162)


def test_an_order_may_have_the_fields_of_2014_only(pos: Any, nuorder: Any) -> None:
    made = _order("1")
    _load(pos, made)
    pos.switch(order_shape="2014")
    shown = nuorder.get(f"/api/order/{made['_id']}").json()
    assert "order_discounts" not in shown
    assert set(shown["line_items"][0]["sizes"][0]) == {"size", "quantity", "price", "upc"}


def test_products_and_their_pictures(pos: Any, nuorder: Any) -> None:
    sample = dataset()["nuorder"]["brands"][0]
    pos.control("_reset", data={"nuorder": {"brands": [sample]}})
    wanted = next(one for one in sample["products"] if one["images"])
    shown = nuorder.get(f"/api/product/{wanted['_id']}").json()
    assert nuorder.get(f"/api/product/external_id/{wanted['brand_id']}").json() == shown
    picture = nuorder.http.get(shown["images"][0], timeout=5)
    assert picture.content.startswith(b"\x89PNG")
    other = nuorder.http.get(shown["images"][0].replace(".png", "x.png"), timeout=5)
    assert other.content != picture.content
    pos.switch(product_images="objects")
    assert "url" in nuorder.get(f"/api/product/{wanted['_id']}").json()["images"][0]
    pos.switch(product_images="ids")
    assert "http" not in nuorder.get(f"/api/product/{wanted['_id']}").json()["images"][0]


def test_product_lists(pos: Any, nuorder: Any) -> None:
    sample = dataset()["nuorder"]["brands"][0]
    pos.control("_reset", data={"nuorder": {"brands": [sample]}})
    found = nuorder.get("/api/products/season/ss27/list").json()
    assert all(isinstance(one, str) for one in found)
    assert len(found) == 3
    assert nuorder.get("/api/products/season/ss27/detail").status_code == 404
    assert len(nuorder.get("/api/products/modified/after/1/1/2020").json()) == len(sample["products"])
    assert nuorder.get("/api/schemas/order").json()[0]["fields"][0]["key"] == "order_number"


def test_a_missing_product_is_the_recorded_404(nuorder: Any, recorded: Any) -> None:
    kept = recorded("nuorder/http_product_404.json")[0]["response"]
    answer = nuorder.get("/api/product/541204aca01ceed9650486a2")
    assert (answer.status_code, answer.json()) == (kept["status"], kept["body"])
    assert answer.headers["X-Powered-By"] == kept["headers"]["X-Powered-By"]
    assert all(name in answer.headers for name in ("Request-Token", "Cache-Control", "ETag"))


@pytest.mark.parametrize("form", ["text", "empty"])
def test_error_bodies_are_switchable(pos: Any, nuorder: Any, form: str) -> None:
    pos.switch(nuorder_error_bodies=form)
    assert nuorder.get("/api/product/1").text == ("product not found" if form == "text" else "")


def test_more_than_five_at_once_is_too_many(pos: Any, nuorder: Any, another_nuorder: Any) -> None:
    pos.switch(nuorder_latency_ms=500)
    statuses: list[int] = []

    def ask() -> None:
        client = another_nuorder()
        answer = client.get("/api/orders/approved/list")
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert answer.headers["Retry-After"] == "1"
        client.http.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429] * 3


def test_acts_of_the_brand(pos: Any, nuorder: Any) -> None:
    made = _order("1")
    _load(pos, made)

    def do(**act: Any) -> Any:
        answer = nuorder.http.post(nuorder.origin + "/_do", json=act, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    edited = do(
        act="edit_order",
        _id=made["_id"],
        line=0,
        size="S",
        line_changes={"quantity": 9},
        changes={"total": 432},
    )["order"]
    assert (edited["edited"], edited["total"]) == (True, 432)
    assert edited["modified_on"] > made["modified_on"]
    assert nuorder.get("/api/order/number/1").json()["line_items"][0]["sizes"][0]["quantity"] == 9
    assert do(act="set_status", order_number="1", status="cancelled")["order"]["status"] == "cancelled"
    do(act="add_order", brand="acme", order=_order("2"))
    assert nuorder.get("/api/order/number/2").status_code == 200
    bad = nuorder.http.post(nuorder.origin + "/_do", json={"act": "dance"}, timeout=5)
    assert bad.status_code == 400
    ledger = nuorder.http.get(nuorder.origin + "/_ledger", timeout=5).json()
    assert {one["order_number"] for one in ledger["orders"]} == {"1", "2", "77"}
    assert any(one["path"] == "/api/order/number/2" for one in ledger["requests"])


def test_a_recorded_order_can_be_served_as_it_is(pos: Any, nuorder: Any, recorded: Any) -> None:
    kept = recorded("nuorder/order_2023_processed_full.json")
    _load(pos, kept)
    assert nuorder.get(f"/api/order/{kept['_id']}?__populate=__payments").json() == kept


def test_sample_orders_have_the_fields_of_the_recorded_one(recorded: Any) -> None:
    kept = recorded("nuorder/order_2023_processed_full.json")
    made = _order("1")
    pdf = {name for name in kept if name.endswith("_pdf") or name == "existing_pdf_linesheet"}
    assert set(kept) - pdf - {"__split_overrides", "__configure_to_order_items"} <= set(made)
    assert set(kept["line_items"][0]) <= set(made["line_items"][0])
    assert set(kept["line_items"][0]["sizes"][0]) <= set(made["line_items"][0]["sizes"][0])
    assert set(kept["order_discounts"]) == set(made["order_discounts"])


def test_the_handshake_answers_have_the_recorded_lengths(recorded: Any) -> None:
    body = recorded("nuorder/http_initiate_200.json")[0]["response"]["body"]
    assert set(body) == {"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"}


def test_an_unknown_section_in_a_dataset_is_named(server: Any) -> None:
    with pytest.raises(ValueError, match="no such section: shops"):
        server.world.reset({**empty(), "shops": []})
