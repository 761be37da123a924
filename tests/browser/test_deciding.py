"""A merchant at the browser: reviewing, choosing, exporting, rejecting, alone and beside others."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from support.chromium import Visits
from support.desk import NASTY, Desk
from support.orders import line
from support.styles import in_its_matrix

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
PO = re.compile(r"View PO #\d+")


def choice(page: Page, number: str) -> str:
    """The drop-down of a line."""
    return f'select[name="line.{number}"]'


def open_line(page: Page, number: str) -> None:
    """Unfolds what holds the line, as a person does."""
    select = page.locator(choice(page, number))
    for closed in page.locator("details:not([open])").filter(has=select).all():
        closed.locator("> summary").click()
    expect(select).to_be_visible()


def export_button(page: Page) -> object:
    return page.get_by_role("button", name="Export", exact=True)


# ---- the way of one order ----


@SCRIPTS
def test_duplicate_upcs_are_settled_and_the_export_is_followed_to_the_po(
    visits: Visits, desk: Desk, scripts: bool
) -> None:
    number = desk.duplicates()
    page = visits.open("/orders", scripts=scripts)
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    if scripts:
        expect(export_button(page)).to_be_disabled()
    options = page.locator(f"{choice(page, '2')} option").all_inner_texts()
    assert sum("RJ-BLK-M" in text or "RJ-OLD-M" in text for text in options) == 2
    open_line(page, "2")
    wanted = page.locator(f"{choice(page, '2')} option", has_text="RJ-BLK-M").get_attribute("value")
    page.locator(choice(page, "2")).select_option(wanted)
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert (decision["decision"], decision["decided_by"]) == ("approve", "mia")
    assert decision["lines"] == {"2": wanted}
    assert desk.let_through(number) == "go"
    if not scripts:
        page.reload()
    expect(page.get_by_role("link", name=PO)).to_be_visible(timeout=20_000)
    link = page.get_by_role("link", name=PO).get_attribute("href") or ""
    assert link.startswith(desk.sandbox.backoffice)
    expect(export_button(page)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Exported")
    (po,) = desk.purchase_orders(number)
    assert link.count(f"id={po['orderID']}") == 1


@SCRIPTS
def test_an_open_question_is_not_approved(visits: Visits, desk: Desk, scripts: bool) -> None:
    number = desk.duplicates()
    page = visits.open(desk.page(number), scripts=scripts)
    button = export_button(page)
    if button.is_enabled():
        button.click()
    expect(page.locator("main")).to_contain_text("question")
    assert desk.decisions(number) == []


@SCRIPTS
def test_an_order_is_rejected_with_a_reason(visits: Visits, desk: Desk, scripts: bool) -> None:
    number = desk.clean()
    page = visits.open(desk.page(number), scripts=scripts)
    reason = "Ordered twice, <b>see 104501</b>"
    page.locator('[name="reason"]').fill(reason)
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("main")).to_contain_text("mia")
    desk.look(number)
    assert desk.row(number)["state"] == "rejected"
    page.goto(desk.web.url(desk.page(number)))
    expect(page.locator("main")).to_contain_text(reason)
    (decision,) = desk.decisions(number)
    assert (decision["decision"], decision["decided_by"], decision["comment"]) == ("reject", "mia", reason)


@pytest.mark.thorough
@SCRIPTS
def test_a_rejection_without_a_reason_is_not_recorded(visits: Visits, desk: Desk, scripts: bool) -> None:
    number = desk.clean()
    page = visits.open(desk.page(number), scripts=scripts)
    page.get_by_role("button", name="Reject").click()
    page.wait_for_timeout(500)
    assert desk.decisions(number) == []


def test_several_orders_without_questions_are_approved_in_one_go(visits: Visits, desk: Desk) -> None:
    brand = "koyo"
    numbers = [desk.clean(brand=brand), desk.clean(brand=brand)]
    asks = desk.duplicates(brand=brand)
    page = visits.open("/orders?q=W7")
    for number in numbers:
        page.get_by_role("checkbox", name=re.compile(rf"Select .*{number}")).check()
    assert page.get_by_role("checkbox", name=re.compile(asks)).count() == 0
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 orders approved")
    assert [len(desk.decisions(number)) for number in (*numbers, asks)] == [1, 1, 0]


@SCRIPTS
def test_a_choice_that_the_report_does_not_offer_is_found_by_searching(
    visits: Visits, desk: Desk, scripts: bool
) -> None:
    number = desk.clean()
    other = desk.item(desk.codes(1)[0], f"Quite another tee {number}", customSku=f"SKU-{number}")
    page = visits.open(desk.page(number), scripts=scripts)
    open_line(page, "1")
    page.locator("#line-1").get_by_role("button", name="Search the POS for").click()
    page.get_by_label("Name, SKU or UPC").fill(f"SKU-{number}")
    page.get_by_label("Name, SKU or UPC").press("Enter")
    page.get_by_role("row").or_(page.get_by_role("listitem")).filter(
        has_text=f"Quite another tee {number}"
    ).get_by_role("button").click()
    expect(page.locator(choice(page, "1"))).to_have_value(other)
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert decision["lines"] == {"1": other}


# ---- others, and time ----


def test_a_viewer_reads_and_has_nothing_to_decide_with(visits: Visits, desk: Desk) -> None:
    number = desk.duplicates()
    page = visits.open(desk.page(number), "vic")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    expect(page.locator("main")).to_contain_text("Ridge Jacket")
    for name in ("Export", "Reject", "Match again"):
        expect(page.get_by_role("button", name=re.compile(name))).to_have_count(0)
    page.goto(desk.web.url("/orders"))
    expect(page.get_by_role("checkbox", name=re.compile("Select"))).to_have_count(0)


def test_of_two_who_decide_at_once_the_second_is_told_and_nothing_is_overwritten(
    visits: Visits, desk: Desk
) -> None:
    number = desk.clean()
    mia, ann = visits.open(desk.page(number), "mia"), visits.open(desk.page(number), "ann")
    export_button(mia).click()
    expect(mia.locator("main")).to_contain_text("mia")
    ann.locator('[name="reason"]').fill("Not this season")
    ann.get_by_role("button", name="Reject").click()
    expect(ann.locator("main")).to_contain_text("mia approved this order")
    assert [(one["decided_by"], one["decision"]) for one in desk.decisions(number)] == [("mia", "approve")]
    # Having seen it, she may decide otherwise.
    ann.goto(desk.web.url(desk.page(number)))
    expect(ann.locator("main")).to_contain_text("mia")


def test_a_stale_page_cannot_approve_and_shows_what_changed(visits: Visits, desk: Desk) -> None:
    number = desk.clean()
    page = visits.open(desk.page(number))
    desk.brand_edits(number, quantity=9)
    desk.run(number)
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("units 3 became 9")
    assert desk.decisions(number) == []
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert decision["report_hash"] == desk.report(number)["report_hash"]


@pytest.mark.thorough
def test_a_superseded_approval_is_shown_with_what_changed(visits: Visits, desk: Desk) -> None:
    number = desk.superseded()
    page = visits.open(desk.page(number))
    expect(page.locator("main")).to_contain_text("units 3 became 9")
    expect(page.locator("main")).to_contain_text(re.compile("approv", re.IGNORECASE))
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    assert desk.let_through(number) == "go"


def test_hostile_names_are_shown_as_text(visits: Visits, desk: Desk) -> None:
    number = desk.nasty()
    page = visits.open(desk.page(number))
    shown = page.locator("main").inner_text()
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}" in shown
    assert page.locator("main b, main img[src=x]").count() == 0
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x1b]", page.content())
    page.goto(desk.web.url("/orders?q=W7"))
    assert NASTY[:30] in page.locator("main").inner_text()


@pytest.mark.thorough
def test_an_order_is_matched_again_when_somebody_asks(visits: Visits, desk: Desk) -> None:
    (code,) = desk.codes(1)
    number = desk.number()
    desk.order(line(f"CAP-{number}", "Blue", {"M": 2}, upcs={"M": code}), number=number)
    desk.run(number)
    assert desk.report(number)["lines"][0]["status"] == "new_item"
    desk.item(code, "Cap Blue")
    page = visits.open(desk.page(number))
    page.get_by_role("button", name=re.compile("Match again", re.IGNORECASE)).click()
    page.wait_for_load_state()
    desk.look(number)
    page.goto(desk.web.url(desk.page(number)))
    assert desk.report(number)["lines"][0]["status"] == "upc_match"
    expect(page.locator("main")).to_contain_text("Cap Blue")


def test_the_keyboard_alone_is_enough_to_decide(visits: Visits, desk: Desk) -> None:
    number = desk.duplicates()
    page = visits.open(desk.page(number))

    def tab_to(script: str, most: int = 150) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"(e => {script})(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key never came to {script}")

    if not page.locator(choice(page, "2")).is_visible():
        tab_to("e.tagName === 'SUMMARY' && !e.parentElement.open")
        page.keyboard.press("Enter")
    tab_to("e.name === 'line.2'")
    page.keyboard.type("Create")
    tab_to("e.tagName === 'BUTTON' && e.textContent.trim() === 'Export'")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert decision["lines"] == {"2": "new"}


@pytest.mark.thorough
def test_a_very_large_order_stays_usable(visits: Visits, desk: Desk) -> None:
    number = desk.big()
    page = visits.open(desk.page(number))
    page.wait_for_load_state("load")
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert ready < 8_000  # a second of the server's time; the rest is the browser's, on a busy machine
    expect(export_button(page)).to_be_visible()


@pytest.mark.thorough
def test_a_strange_address_leaves_the_page_alive(visits: Visits, desk: Desk) -> None:
    number = desk.duplicates()
    page = visits.open(f"{desk.page(number)}#%")
    expect(page.locator("#why")).to_contain_text("1 question is open")
    expect(export_button(page)).to_be_disabled()


@pytest.mark.thorough
def test_an_answer_about_another_shop_that_comes_late_is_dropped(visits: Visits, desk: Desk) -> None:
    number = desk.duplicates()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "Main" in route.request.url and not held:
            held.append(route)
        else:
            route.continue_()

    page = visits.open("/orders")
    page.route("**/items?*", hold)
    page.goto(desk.web.url(desk.page(number)))
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    page.locator("#shop").select_option("Harbor Mall")
    expect(page.locator("#line-1 td.live")).to_contain_text("Stock in Harbor Mall")
    held[0].continue_()
    page.wait_for_timeout(700)
    expect(page.locator("#line-1 td.live")).to_contain_text("Stock in Harbor Mall")


@pytest.mark.thorough
def test_a_double_click_on_export_is_one_decision(visits: Visits, desk: Desk) -> None:
    number = desk.clean()
    page = visits.open(desk.page(number))
    export_button(page).dblclick()
    expect(page.locator("main")).to_contain_text("Your approval is recorded")
    assert len(desk.decisions(number)) == 1


@pytest.mark.thorough
def test_the_part_that_decides_does_not_go_from_under_the_keyboard(visits: Visits, desk: Desk) -> None:
    number = desk.clean()
    desk.approve(number)
    page = visits.open(desk.page(number))
    page.locator("#comment").focus()
    assert desk.let_through(number) == "go"
    expect(page.get_by_role("link", name=PO)).to_be_visible(timeout=20_000)
    assert page.evaluate("document.activeElement.id") == "comment"
    expect(export_button(page)).to_be_disabled()
    page.get_by_role("link", name=PO).focus()
    expect(export_button(page)).to_have_count(0)


# ---- several items with one code, and a style that is in the POS already ----


@SCRIPTS
def test_items_are_compared_one_is_chosen_in_the_table_and_the_order_exported(
    visits: Visits, desk: Desk, scripts: bool
) -> None:
    number = desk.duplicates()
    wanted = next(
        c["item_id"]
        for one in desk.report(number)["lines"]
        for c in one["candidates"]
        if "(old)" not in c["description"]
    )
    page = visits.open(desk.page(number), scripts=scripts)
    open_line(page, "2")
    page.get_by_text("Compare 2 POS items").click()
    button = page.get_by_role("button", name=re.compile(f"^Use item {wanted}"))
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(page.locator(choice(page, "2"))).to_have_value(wanted)
    expect(page.locator(f'tr[data-compare="2"] button[value="{wanted}"]')).to_have_attribute(
        "aria-pressed", "true"
    )
    assert desk.decisions(number) == []
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert decision["lines"] == {"2": wanted}


@SCRIPTS
def test_a_style_s_question_is_answered_at_its_matrix_and_every_line_shows_its_item(
    visits: Visits, desk: Desk, scripts: bool
) -> None:
    number, there = in_its_matrix(desk)
    page = visits.open(desk.page(number), scripts=scripts)
    page.locator("#questions").get_by_role("link", name=f"style VST-{number}").click()
    panel = page.locator("#new")
    expect(panel.get_by_role("group", name=re.compile(f"Style VST-{number}"))).to_be_visible()
    open_count = panel.locator("[data-open]")
    expect(open_count).to_have_text("1 open")
    panel.get_by_role("radio", name="Use the items that are there").check()
    if scripts:
        expect(open_count).to_be_hidden()
        expect(page.locator("#line-2 td.live")).to_contain_text(f"Item {there['M']}")
        expect(page.locator(f"{choice(page, '2')} option").first).to_contain_text(
            f"As for the style: {there['M']}"
        )
        expect(page.locator(f"{choice(page, '4')} option").first).to_have_text("Create new item in POS")
        expect(page.locator("#why")).to_contain_text("Nothing is open")
        expect(page.locator("#questions")).to_contain_text("Use the items that are there")
    export_button(page).click()
    expect(page.locator("main")).to_contain_text("mia")
    (decision,) = desk.decisions(number)
    assert (decision["lines"], list(decision["answers"].values())) == ({}, ["existing"])
