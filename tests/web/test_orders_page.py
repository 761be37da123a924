"""The page with all orders, through Airflow's server: found, read, shared by its address, approved several at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from requests import Response
from support import desk as scene
from support.airflow_place import connections
from support.databases import execute
from support.desk import NASTY, Desk, open_desk
from support.orders import line
from support.sandbox import Sandbox
from typer.testing import CliRunner

from nuorder_pos.cli.main import app
from nuorder_pos.domain.pos import PosShop
from nuorder_pos.store import kept
from nuorder_pos.web.shops import chosen_value, label_of, value_of

pytestmark = pytest.mark.slow


def listed(desk: Desk, user: str = "mia", **parameters: str) -> Response:
    """The page as somebody sees it."""
    return desk.web.login(user).get(f"/orders?{urlencode(parameters)}")


def rows(page: Response) -> list[str]:
    """The table's rows, as HTML."""
    return re.findall(r"<tr>(.*?)</tr>", page.text.partition("<tbody>")[2], re.DOTALL)


def text(html: str) -> str:
    """What a person reads of it, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def row(page: Response, desk: Desk, number: str) -> str:
    """The row of one order, as HTML."""
    (found,) = [one for one in rows(page) if f'/orders/{desk.id(number)}"' in one]
    return found


def box(page: Response, desk: Desk, number: str) -> str:
    """The value of the order's checkbox."""
    (found,) = re.findall(rf'name="order" value="({desk.id(number)}:[^"]*)"', page.text)
    return str(found)


def approve(desk: Desk, *values: str, user: str = "mia", **fields: str) -> Response:
    """Send the form with these orders selected."""
    data = {"order": list(values), **fields}
    return desk.web.login(user).post("/orders/approve", data=data)


def test_a_row_says_what_a_buyer_asks_first(desk: Desk) -> None:
    number = desk.clean(customer_po_number="FALL-77")
    read = text(row(listed(desk, q=number), desk, number))
    report = desk.report(number)["order"]
    assert read.startswith(f"Acme Outdoor Shop: Main Street {number} FALL-77 {report['ship_start']} to")
    assert "6 60.00 USD 2 UPC match 1 new Not exported Waits for approval" in read


def test_an_exported_order_links_to_its_purchase_order_and_offers_nothing_more(desk: Desk) -> None:
    number = desk.exported()
    html = unescape(row(listed(desk, q=number), desk, number))
    order = desk.row(number)
    assert (
        f'href="{order["po_url"]}" target="_blank" rel="noopener noreferrer">View PO #{order["po_id"]}<'
        in html
    )
    assert "Exported" in text(html)
    assert "checkbox" not in html
    assert "open question" not in html


def test_open_questions_are_counted_and_keep_an_order_from_being_selected(desk: Desk) -> None:
    number = desk.duplicates()
    page = listed(desk, q=number, status="open_questions")
    assert "1 open question" in text(row(page, desk, number))
    assert 'name="order"' not in page.text
    assert (
        number
        not in listed(desk, q=number, status="exported").text.partition("<main")[2].partition("<tbody>")[2]
    )


def test_a_failed_or_held_order_says_why(desk: Desk) -> None:
    number = desk.clean()
    desk.reject(number, "wrong season, the brand sends a new one")
    assert desk.look(number) == "closed"
    assert "Rejected" in text(row(listed(desk, q=number, status="rejected"), desk, number))


def test_filters_sorting_and_page_stand_in_the_address(desk: Desk) -> None:
    low, high = desk.clean(customer_po_number="SHARED-1"), desk.clean(customer_po_number="SHARED-2")
    page = listed(desk, q="shared-", brand="Acme Outdoor", status="to_decide", sort="-customer_po")
    assert [number for one in rows(page) for number in (low, high) if desk.id(number) in one] == [high, low]
    assert 'aria-sort="descending"' in page.text
    assert 'value="shared-"' in page.text
    assert re.search(r'<option value="Acme Outdoor" selected>', page.text)
    assert "q=shared-" in page.text.partition("<thead>")[2].partition("</thead>")[0]
    turned = listed(desk, q="shared-", sort="customer_po")
    assert [number for one in rows(turned) for number in (low, high) if desk.id(number) in one] == [low, high]


@pytest.mark.parametrize(
    "parameters, said",
    [
        ({"status": "<b>x"}, "There is no status “<b>x”"),
        ({"sort": "password"}, "cannot be sorted by “password”"),
        ({"page": "-1"}, "There is no page “-1”"),
        ({"page": "99999"}, "this is the last one"),
        ({"brand": "Nobody"}, "No order of a brand “Nobody”"),
        ({"q": "\x00%_'\"", "status": "held"}, "No order fits"),
        ({"q": "x" * 3000}, "too long"),
    ],
)
def test_what_does_not_exist_is_a_sentence(desk: Desk, parameters: dict[str, str], said: str) -> None:
    page = listed(desk, **parameters)
    assert page.status_code in (200, 400)
    assert said in text(page.text)


def test_no_hits_lead_back_to_all_orders(desk: Desk) -> None:
    page = listed(desk, q="no-such-order-at-all")
    assert "No order fits. Show all orders" in text(page.text)


def test_older_orders_are_shown_on_request_only(desk: Desk) -> None:
    desk.clean()
    page, older = listed(desk, q="101305"), listed(desk, q="101305", older="1")
    assert "1 older order would fit" in text(page.text)
    assert "101305" in text(rows(older)[0])
    assert "checkbox" not in rows(older)[0]


def test_the_tab_of_a_run_shows_the_orders_of_that_run(desk: Desk) -> None:
    other = desk.clean()
    number = desk.order(line("TAB", "Red", {"M": 1}))
    desk.run(number, run="manual__tab")
    page = listed(desk, dag_id="nuorder_po_export", run_id="manual__tab")
    assert [desk.id(number) in one for one in rows(page)] == [True]
    assert "manual__tab" in text(page.text)
    assert desk.id(other) not in page.text


def test_hostile_names_are_text(desk: Desk) -> None:
    number = desk.nasty()
    page = listed(desk, q="o'neil")
    html = row(page, desk, number)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert 'O\'Neil "Studio" <b>' in unescape(html)
    assert "<script>alert(1)</script>" in unescape(html)
    assert "\u202e" not in page.text
    assert "\x1b" not in page.text
    echoed = listed(desk, q=NASTY, brand=NASTY, account=NASTY, run_id=NASTY, sort=NASTY, status=NASTY)
    assert "<script>alert" not in echoed.text
    assert "<img src=x" not in echoed.text


def test_several_orders_are_approved_in_one_go_for_their_brands_own_shops(desk: Desk) -> None:
    first, second = desk.clean(), desk.clean()
    page = listed(desk)
    done = approve(
        desk, box(page, desk, first), box(page, desk, second), comment="season start", back="q=W7&page=2"
    )
    assert done.status_code == 200
    assert "2 orders approved" in text(done.text)
    assert 'href="/nuorder-pos/orders?q=W7&amp;page=2"' in done.text
    for number in (first, second):
        (decision,) = desk.decisions(number)
        assert (decision["decision"], decision["decided_by"], decision["shop"]) == (
            "approve",
            "mia",
            "Main Street",
        )
        assert decision["comment"] == "season start"
        assert desk.let_through(number) == "go"
        assert len(desk.purchase_orders(number)) == 1


def test_an_approved_order_is_not_offered_again_while_its_decision_waits_to_be_taken_up(desk: Desk) -> None:
    number = desk.clean()
    approve(desk, box(listed(desk, q=number), desk, number))
    page = listed(desk, q=number)
    assert "Approved by mia" in text(row(page, desk, number))
    assert 'name="order"' not in page.text
    assert "No order fits" in text(listed(desk, q=number, status="to_decide").text)


def test_one_that_cannot_be_approved_does_not_stop_the_others(desk: Desk) -> None:
    good, edited, taken, asks = desk.clean(), desk.clean(), desk.clean(), desk.duplicates()
    page = listed(desk)
    boxes = [box(page, desk, number) for number in (edited, taken, good)]
    desk.brand_edits(edited)
    desk.run(edited)
    desk.approve(taken, by="ann", shop="Harbor Mall")
    asking = f"{desk.id(asks)}:{desk.report(asks)['report_hash']}:0"
    done = approve(desk, *boxes, asking, "nobody:x:0", "rubbish", f"{desk.id(good)}:{'0' * 64}:²")
    read = text(done.text)
    assert done.status_code == 200
    assert "1 order approved, 6 not" in read
    assert f"Acme Outdoor {edited} : The order or its match changed since this page was made" in read
    assert f"Acme Outdoor {taken} : ann approved this order" in read
    assert f"Acme Outdoor {asks} : Questions are open, so nothing was recorded" in read
    assert "No order 'nobody' is known." in read
    assert "The page did not say which report you saw" in read
    assert [len(desk.decisions(number)) for number in (good, edited, taken, asks)] == [1, 0, 1, 0]


def test_a_brand_without_a_shop_needs_one_to_be_chosen(desk: Desk) -> None:
    number = desk.clean(brand="nordlys")
    assert desk.report(number)["questions"] == []
    page = listed(desk, q=number)
    assert "No shop of its own" in text(row(page, desk, number))
    assert '<option value="Harbor Mall">' in page.text
    value = box(page, desk, number)
    refused = approve(desk, value)
    assert refused.status_code == 409
    assert "gives this brand no shop, and none was chosen" in text(refused.text)
    assert "The POS has no shop “Moon”" in text(approve(desk, value, **{"shop:main": "Moon"}).text)
    assert desk.decisions(number) == []
    assert approve(desk, value, **{"shop:main": "Harbor Mall"}).status_code == 200
    assert desk.decisions(number)[0]["shop"] == "Harbor Mall"


def test_the_shop_chosen_for_brands_without_one_does_not_move_the_others(desk: Desk) -> None:
    number = desk.clean()
    approve(desk, box(listed(desk, q=number), desk, number), **{"shop:main": "Harbor Mall"})
    assert desk.decisions(number)[0]["shop"] == "Main Street"


def test_who_approved_is_the_login_whatever_the_form_says(desk: Desk) -> None:
    number = desk.clean()
    approve(desk, box(listed(desk, q=number), desk, number), by="ann", decided_by="ann")
    assert desk.decisions(number)[0]["decided_by"] == "mia"


def forged(desk: Desk, number: str) -> str:
    """The value that a checkbox of the order would have, up to date in every part."""
    decided = desk.decisions(number)
    seen = decided[-1]["approval_id"] if decided else 0
    return f"{desk.id(number)}:{desk.report(number)['report_hash']}:{seen}"


def closed(desk: Desk, how: str) -> str:
    """An order without open questions on which a person has decided already, or whose time went by."""
    if how == "superseded":
        return desk.superseded()
    number = desk.clean()
    if how == "expired":
        desk.look(number, ahead=timedelta(days=400))
    elif how == "approved":
        desk.approve(number)
    else:
        desk.reject(number, "wrong season")
        assert desk.look(number) == "closed"
    if how == "matched again":
        assert desk.web.login("mia").post(
            f"{desk.page(number)}/decision", data={"action": "rematch"}
        ).ok  # fmt: skip
        desk.run(number)
    return number


@pytest.mark.parametrize(
    "how, state, said",
    [
        ("rejected", "rejected", "The state of this order is “rejected”"),
        ("expired", "expired", "The state of this order is “expired without a decision”"),
        ("superseded", "superseded", "changed after it was approved, waits for approval again”"),
        ("matched again", "awaiting_approval", "mia rejected this order already"),
        ("approved", "awaiting_approval", "mia approved this order already"),
    ],
)
def test_what_somebody_decided_on_is_not_approved_with_others_whatever_the_form_says(
    desk: Desk, how: str, state: str, said: str
) -> None:
    number = closed(desk, how)
    assert desk.row(number)["state"] == state
    page = listed(desk, q=number)
    assert 'name="order"' not in page.text
    before = desk.decisions(number)
    refused = approve(desk, forged(desk, number))
    assert refused.status_code == 409
    assert said in text(refused.text)
    assert "open the order's own page" in text(refused.text)
    assert desk.decisions(number) == before


def shop(shop_id: str, name: str) -> PosShop:
    return PosShop(shop_id, name, "UTC")


def test_a_shop_is_named_by_its_id_where_its_name_leads_to_another_shop_or_to_none() -> None:
    shops = [
        shop("1", "2"),
        shop("2", "Main"),
        shop("3", "Twin"),
        shop("4", "twin "),
        shop("5", "5"),
        shop("6", ""),
    ]
    assert [value_of(one, shops) for one in shops] == ["1", "Main", "3", "4", "5", "6"]
    assert [chosen_value(value_of(one, shops), shops) for one in shops] == ["1", "Main", "3", "4", "5", "6"]
    assert [label_of(one, shops) for one in shops][:3] == ["2 (id 1)", "Main", "Twin (id 3)"]


@pytest.fixture(scope="module")
def unnamed() -> Iterator[Desk]:
    """A desk whose POS connection names no account, and whose POS has a shop with a number for a name."""

    def without_account(sandbox: Sandbox) -> dict[str, str]:
        found = connections(sandbox)
        pos = json.loads(found["AIRFLOW_CONN_LIGHTSPEED_DEFAULT"])
        del pos["extra"]["account_id"]
        return found | {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(pos)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene, "connections", without_account)
        with open_desk() as one:
            one.sandbox.do("pos", "create", type="Shop", record={"name": "2", "timeZone": "America/New_York"})
            yield one


def test_pages_know_the_shops_and_never_ask_the_pos_also_where_the_connection_names_no_account(
    unnamed: Desk,
) -> None:
    number = unnamed.clean(brand="nordlys")
    asked = len(unnamed.sandbox.ledger("pos"))
    page = listed(unnamed, q=number)
    assert '<option value="Harbor Mall">' in page.text
    own = unnamed.web.login("mia").get(unnamed.page(number))
    assert re.search(r'<option value="Harbor Mall"', own.text)
    with unnamed.inside():
        said = CliRunner().invoke(app, ["report", number])
    assert "Harbor Mall" in said.stdout
    assert len(unnamed.sandbox.ledger("pos")) == asked


def test_where_no_shop_was_ever_read_the_page_asks_for_its_name_and_not_the_pos(unnamed: Desk) -> None:
    number = unnamed.clean(brand="nordlys")
    (row_of_shops,) = unnamed.sql("SELECT account_id FROM reference WHERE kind = 'shops/1'")
    account_id = str(row_of_shops["account_id"])
    with unnamed.work() as work:
        held = kept.recall(work.engine, account_id, "shops/1")
        execute(work.engine, "DELETE FROM reference WHERE kind = 'shops/1'")
        asked = len(unnamed.sandbox.ledger("pos"))
        try:
            own = unnamed.web.login("mia").get(unnamed.page(number))
            assert re.search(r'<input[^>]*name="shop"', own.text)
            assert "No shop of the POS is known here yet" in text(listed(unnamed, q=number).text)
        finally:
            kept.keep(work.engine, account_id, "shops/1", held)
    assert len(unnamed.sandbox.ledger("pos")) == asked


def test_goods_go_to_the_chosen_shop_where_its_name_is_another_shops_number(unnamed: Desk) -> None:
    number = unnamed.clean(brand="nordlys")
    page = listed(unnamed, q=number)
    (value,) = re.findall(r'<option value="([^"]*)">2 \(id \d+\)</option>', page.text)
    assert value != "2"  # which is the id of Harbor Mall
    done = approve(unnamed, box(page, unnamed, number), **{"shop:main": value})
    assert f"Approved for the shop 2 (id {value})." in text(done.text)
    assert unnamed.let_through(number) == "go"
    assert [str(po["shopID"]) for po in unnamed.purchase_orders(number)] == [value]


def test_nothing_selected_is_said(desk: Desk) -> None:
    desk.clean()
    done = approve(desk)
    assert done.status_code == 400
    assert "No order was selected" in text(done.text)


def test_a_viewer_reads_and_finds_nothing_to_decide_with(desk: Desk) -> None:
    number = desk.clean()
    page = listed(desk, "vic", q=number)
    assert number in text(row(page, desk, number))
    assert "Your login may read but not decide." in text(page.text)
    assert 'type="submit"' in page.text  # the filter's
    assert 'method="post"' not in page.text
    assert 'name="order"' not in page.text
    value = box(listed(desk, q=number), desk, number)
    for fields in ({"order": [value]}, {}):
        refused = desk.web.login("vic").post("/orders/approve", data=fields or {"comment": "x"})
        assert refused.status_code == 403
        assert "may read but not decide" in text(refused.text)
    assert desk.decisions(number) == []


def test_the_address_of_the_result_leads_back_to_the_list(desk: Desk) -> None:
    answer = desk.web.login("mia").get("/orders/approve", allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/nuorder-pos/orders")


def test_what_is_no_form_is_refused_with_a_sentence(desk: Desk) -> None:
    answer = desk.web.login("mia").post("/orders/approve", json={"order": []})
    assert answer.status_code == 415
    assert "takes a form" in text(answer.text)


def test_without_any_order_the_page_says_where_they_come_from_and_nobody_decides_namelessly(
    open_to_all: Desk,
) -> None:
    anybody = open_to_all.web.login("mia")
    page = anybody.get("/orders")
    assert page.status_code == 200
    assert "There are no orders yet. A run of the DAG nuorder_po_export finds them." in text(page.text)
    number = open_to_all.clean()
    page = anybody.get("/orders")
    assert number in text(page.text)
    assert 'name="order"' not in page.text
    value = f"{open_to_all.id(number)}:{open_to_all.report(number)['report_hash']}:0"
    refused = anybody.post("/orders/approve", data={"order": [value]})
    assert refused.status_code == 403
    assert open_to_all.decisions(number) == []
