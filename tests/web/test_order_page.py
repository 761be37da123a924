"""The order page as it is read: what it shows, for whom, and how fast."""

from __future__ import annotations

import re
import time

import pytest
from support.desk import Desk
from support.page import Page
from web.routes import the_form


def page_of(desk: Desk, number: str, user: str = "mia", query: str = "") -> Page:
    answer = desk.web.login(user).get(desk.page(number) + query)
    assert answer.status_code == 200, answer.text[-500:]
    return Page(answer.text)


def test_the_head_says_where_each_field_goes(desk: Desk) -> None:
    number = desk.clean(
        customer_po_number="CPO-77", creator_name="Casey Creator", notes="call before delivery",
    )  # fmt: skip
    text = page_of(desk, number).text
    for said in (
        "Brand Acme Outdoor → Purchase order: Vendor: Acme Outdoor", f"Order number {number} → Purchase order: General notes",
        "Customer PO CPO-77 → Purchase order: General notes", "Created by Casey Creator", "Sales rep Robin Rep",
        f"NuORDER id {desk.id(number)} → Purchase order: Reference number", "Order notes call before delivery",
        "→ Purchase order: Expected date", "→ Purchase order: Subtotal", "Units 6",
    ):  # fmt: skip
        assert said in text, said


def test_each_variant_offers_its_candidates_and_a_new_item(desk: Desk) -> None:
    number = desk.duplicates()
    source = desk.web.login("mia").get(desk.page(number)).text
    (asked,) = desk.report(number)["questions"]
    (field,) = re.findall(rf'<select name="line.{asked["line"]}".*?</select>', source, re.S)
    assert "Choose…" in field
    for told in (
        "Ridge Jacket Black M, SKU RJ-BLK-M",
        "Ridge Jacket Blk M (old), SKU RJ-OLD-M",
        'value="new"',
    ):
        assert told in field
    (matched,) = re.findall(r'<select name="line.1".*?</select>', source, re.S)
    assert "Create new item in POS" in matched
    assert "Ridge Jacket Black S" in matched


def test_tabs_matrices_and_variants_carry_counts_and_warnings(desk: Desk) -> None:
    number = desk.duplicates()
    text = page_of(desk, number).text
    assert "Matched items 2" in text
    assert "1 open" in text
    assert re.search(r"New items \d", text)
    assert "0 Confirmed" in text
    assert "2 UPC match" in text
    assert "1 New item" in text
    assert "Export is not possible yet: 1 question is open." in text


def test_every_control_has_a_name_and_every_id_is_there_once(desk: Desk) -> None:
    page = page_of(desk, desk.duplicates())
    labelled = {label.get("for") for label in page.all("label")}
    for tag in ("select", "input", "textarea"):
        for field in page.all(tag):
            if field.get("type") in ("hidden", "radio"):
                continue
            assert field.get("aria-label") or field.get("id") in labelled, field
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids, link


def test_what_changed_is_shown_where_an_approval_was_superseded(desk: Desk) -> None:
    text = page_of(desk, desk.superseded()).text
    assert "What changed since the last report" in text
    assert "units 3 became 9" in text
    assert "was taken on an earlier report" in text


def test_a_cost_change_shows_old_and_new(desk: Desk) -> None:
    from support.orders import line

    (code,) = desk.codes(1)
    desk.item(code, "Costly tee", cost="12.50")
    number = desk.order(line(f"COST-{code}", "Red", {"M": 2}, upcs={"M": code}))
    desk.run(number)
    text = page_of(desk, number).text
    assert "Cost 10 in the order, 12.5 on the POS item (it stays)." in text
    assert "1 cost change" in text


def test_a_viewer_sees_choices_as_text_and_no_control(desk: Desk) -> None:
    number = desk.duplicates()
    page = page_of(desk, number, "vic")
    for tag in ("select", "input", "textarea", "button"):
        assert page.all(tag) == [], tag
    assert "Not chosen yet" in page.text
    assert "Ridge Jacket Black S" in page.text


def test_a_viewer_may_look_at_the_stock(desk: Desk) -> None:
    text = page_of(desk, desk.duplicates(), "vic", "?stock=1").text
    assert "Stock in Main Street: 2" in text


def test_an_exported_order_shows_its_purchase_order_and_nothing_to_decide(desk: Desk) -> None:
    number = desk.exported()
    page = page_of(desk, number)
    assert f"View PO #{desk.row(number)['po_id']}" in page.text
    assert [form for form in page.forms if form.method == "post"] == []


def test_an_order_without_a_report_says_so(desk: Desk) -> None:
    desk.clean()
    (row,) = desk.sql("SELECT order_id FROM nuorder_order WHERE report_hash IS NULL AND listed_only LIMIT 1")
    answer = desk.web.login("mia").get(f"/orders/{row['order_id']}")
    assert answer.status_code == 200
    assert "no match report yet" in Page(answer.text).text


@pytest.mark.parametrize(
    "path", ["/orders/000000000000000000000000", "/api/v1/orders/000000000000000000000000"]
)
def test_an_unknown_order_is_not_found(desk: Desk, path: str) -> None:
    answer = desk.web.login("mia").get(path)
    assert answer.status_code == 404
    assert "no order with this id" in answer.text


def test_names_that_attack_are_shown_as_text(desk: Desk) -> None:
    number = desk.nasty()
    order_id = next(key for known, key in desk._ids.items() if known.startswith(number[:5]))
    answer = desk.web.login("mia").get(f"/orders/{order_id}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.inline == []
    assert not [
        attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)
    ]
    assert all("alert" not in script["src"] for script in page.all("script"))
    assert "\u202e" not in answer.text
    assert "\x1b" not in answer.text
    assert "{{ 7*7 }}" in page.text


def test_an_order_of_1500_variants_opens_within_a_second_and_its_form_can_be_sent(desk: Desk) -> None:
    number = desk.big()
    mia = desk.web.login("mia")
    mia.get(desk.page(number))
    begun = time.monotonic()
    answer = mia.get(desk.page(number))
    took = time.monotonic() - begun
    assert answer.status_code == 200
    assert answer.text.count('<select name="line.') == 1500
    assert took < 1.0
    form = the_form(desk, mia, number)
    assert (
        mia.post(f"{desk.page(number)}/decision", data=form.fields | {"action": "approve"}).status_code == 303
    )
    (taken,) = desk.decisions(number)
    assert taken["lines"] == {}


def test_after_the_export_a_new_line_names_the_item_that_it_became(desk: Desk) -> None:
    number = desk.exported()
    lines = desk.report(number)["lines"]
    new = next(line for line in lines if line["status"] == "new_item")
    (written,) = desk.purchase_orders(number)
    (made,) = {str(line["itemID"]) for line in written["lines"]} - {line["item_id"] for line in lines}
    source = desk.web.login("mia").get(desk.page(number)).text
    (row,) = re.findall(rf'<tr id="line-{new["line"]}".*?</tr>', source, re.S)
    assert f"{made} · the item in the purchase order" in row
    assert "Create new item" not in row
