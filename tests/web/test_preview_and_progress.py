"""The preview of a purchase order and the page that follows its export, at the server and in a real browser."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect
from support.chromium import Visits, chromium
from support.desk import NASTY, Desk
from support.page import Page
from support.web_place import PREFIX, BrowserLike
from web.routes import the_form

from nuorder_pos.pipeline.export import Export
from nuorder_pos.web.access import NO_SUCH_ORDER


def preview(desk: Desk, session: BrowserLike, number: str, **choices: str) -> requests.Response:
    """The button "Preview" of the order's page, with these choices made before."""
    fields = the_form(desk, desk.web.login("mia"), number).fields
    return session.post(f"{desk.page(number)}/preview", data=fields | choices)


def settled(desk: Desk, number: str) -> tuple[dict[str, str], dict[str, str]]:
    """A new item for every line that asks, and the first answer to every other question."""
    questions = desk.report(number)["questions"]
    lines = {q["line"]: "new" for q in questions if q["line"]}
    return lines, {q["code"]: q["choices"][0]["value"] for q in questions if not q["line"]}


def told(desk: Desk, session: BrowserLike, number: str, after: int = 0) -> dict[str, Any]:
    answer = session.get(f"/api/v1{desk.page(number)}/progress?after={after}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# ---- the preview ----


def test_the_preview_shows_the_purchase_order_that_is_then_written(desk: Desk) -> None:
    number = desk.duplicates(shipping="12.50", customer_po_number="PO-77")
    mia, chosen = desk.web.login("mia"), str(desk.report(number)["questions"][0]["choices"][0]["value"])
    answer = preview(desk, mia, number, **{"line.2": chosen, "shop": "Harbor Mall"})
    assert answer.status_code == 200
    page = Page(answer.text)
    for words in ("Harbor Mall", "Ridge Jacket Black S", f"#{chosen}", "New item", "372.50 USD", "PO-77",
                  "less than a minute", "create purchase order for", "3 lines, 9 units"):  # fmt: skip
        assert words in page.text
    desk.approve(number, shop="Harbor Mall", lines={"2": chosen})
    assert desk.let_through(number) == "go"
    (po,) = desk.purchase_orders(number)
    assert (po["totalCost"], po["totalQuantity"], po["shopID"]) == ("372.5", 9, 2)


def test_a_preview_records_nothing_and_writes_nothing(desk: Desk) -> None:
    number = desk.clean()
    before = [r for r in desk.sandbox.ledger("pos") if r["method"] != "GET" and "oauth" not in r["path"]]
    assert preview(desk, desk.web.login("mia"), number).status_code == 200
    after = [r for r in desk.sandbox.ledger("pos") if r["method"] != "GET" and "oauth" not in r["path"]]
    assert len(after) == len(before)
    assert desk.decisions(number) == []


def test_the_way_back_keeps_every_choice(desk: Desk) -> None:
    number = desk.duplicates()
    mia = desk.web.login("mia")
    choices = {"line.2": "new", "shop": "Harbor Mall", "comment": "for <Harbor>", "reason": "not yet"}
    form = Page(preview(desk, mia, number, **choices).text).forms[0]
    assert form.action.endswith("/review")
    assert {name: form.fields[name] for name in choices} == choices
    back = mia.post(form.action.removeprefix(PREFIX), data=form.fields)
    assert back.status_code == 200
    fields = Page(back.text).form("/decision").fields
    assert (fields["line.2"], fields["shop"], fields["reason"]) == ("new", "Harbor Mall", "not yet")
    assert desk.decisions(number) == []


def test_open_questions_are_named_and_the_choices_are_not_lost(desk: Desk) -> None:
    number = desk.duplicates()
    answer = preview(desk, desk.web.login("mia"), number, comment="keep me")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "Questions are open" in page.text
    assert "line 2: 2 POS items hold the UPC" in page.text
    assert page.forms[0].fields["comment"] == "keep me"


def test_a_preview_of_a_stale_page_says_so(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    fields = the_form(desk, mia, number).fields
    desk.brand_edits(number)
    desk.sql("SELECT 1")
    answer = mia.post(f"{desk.page(number)}/preview", data=fields)
    assert (answer.status_code, "changed since" in Page(answer.text).text) == (409, True)
    answer = mia.post(f"{desk.page(number)}/preview", data=fields | {"report_hash": "0" * 64})
    assert (answer.status_code, "changed since the page was made" in Page(answer.text).text) == (409, True)


def test_a_pos_that_does_not_answer_is_said_and_the_way_back_is_open(desk: Desk) -> None:
    number = desk.clean()
    desk.sandbox.fault(method="GET", path=r"/Item\.json", action="status", status=503, times=50)
    try:
        answer = preview(desk, desk.web.login("mia"), number)
    finally:
        desk.sandbox.clear_faults()
    assert answer.status_code == 503
    assert Page(answer.text).forms[0].action.endswith("/review")


def test_a_preview_costs_drips_and_so_is_for_those_who_decide(desk: Desk) -> None:
    number = desk.clean()
    assert preview(desk, desk.web.login("vic"), number).status_code == 403
    assert preview(desk, desk.web.anonymous(), number).status_code == 401
    assert desk.web.login("mia").post("/orders/none-such/preview", data={"shop": "1"}).status_code == 404


def test_foreign_text_in_a_preview_is_text(desk: Desk) -> None:
    number = desk.nasty()
    lines, answers = settled(desk, number)
    asked = {f"line.{line}": value for line, value in lines.items()}
    asked |= {f"answer.{code}": value for code, value in answers.items()}
    answer = preview(desk, desk.web.login("mia"), number, shop="1", comment=NASTY, **asked)
    assert answer.status_code == 200, Page(answer.text).text[:500]
    page = Page(answer.text)
    assert page.inline == []
    assert "<script>alert(1)</script>" in page.text
    assert page.all("img") == []
    assert "\u202e" not in answer.text


# ---- following an export ----


def test_a_recorded_approval_is_followed_until_the_purchase_order_is_there(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    desk.approve(number)
    found = told(desk, mia, number)
    assert (found["headline"], found["finished"]) == ("The approval by mia is recorded.", False)
    source = mia.get(f"{desk.page(number)}/progress").text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in source
    assert desk.let_through(number) == "go"
    found = told(desk, mia, number)
    assert (found["finished"], found["done"], found["export_status_words"]) == (
        True,
        found["total"],
        "Exported",
    )
    page = Page(source := mia.get(f"{desk.page(number)}/progress").text)
    assert "http-equiv" not in source
    (link,) = [one for one in page.all("a") if one.get("data-part") == "po-link"]
    assert link["href"] == desk.row(number)["po_url"]
    assert (link["rel"], link["target"]) == ("noopener", "_blank")
    assert f"View PO #{desk.row(number)['po_id']}" in page.text


def test_the_order_s_page_shows_the_progress(desk: Desk) -> None:
    number = desk.exported()
    page = Page(desk.web.login("vic").get(desk.page(number)).text)
    (section,) = [one for one in page.all("section") if "data-progress" in one]
    assert section["data-progress"] == f"{PREFIX}/api/v1{desk.page(number)}/progress"
    assert "data-again" not in section
    assert "View PO #" in page.text


def test_progress_is_told_to_those_who_may_read(desk: Desk) -> None:
    number = desk.clean()
    for path in (f"{desk.page(number)}/progress", f"/api/v1{desk.page(number)}/progress"):
        assert desk.web.login("vic").get(path).status_code == 200
        assert desk.web.program("vic").get(path).status_code == 200
        assert desk.web.anonymous().get(path).status_code == 401
    assert desk.web.login("mia").get("/orders/none-such/progress").status_code == 404
    answer = desk.web.login("mia").get("/api/v1/orders/none-such/progress")
    assert (answer.status_code, answer.json()) == (404, {"error": NO_SUCH_ORDER})
    assert desk.web.login("mia").get(f"/api/v1{desk.page(number)}/progress?after=x").status_code == 422


def test_foreign_text_in_a_plan_is_text(desk: Desk) -> None:
    number = desk.nasty()
    lines, answers = settled(desk, number)
    desk.approve(number, shop="1", lines=lines, answers=answers)
    desk.let_through(number)
    source = desk.web.login("mia").get(f"{desk.page(number)}/progress").text
    page = Page(source)
    assert page.inline == []
    assert "<script>alert(1)</script>" in page.text
    assert all(one["src"].startswith(f"{PREFIX}/static/") for one in page.all("script"))


# ---- in a browser ----


@pytest.fixture
def visits(desk: Desk) -> Iterator[Visits]:
    with chromium() as browser:
        found = Visits(browser, desk)
        try:
            yield found
        finally:
            found.close()
        assert found.trouble == []


@pytest.fixture
def slow_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write takes a while, as in life."""
    real = Export._attempt

    def slow(self: Export, *args: Any, **more: Any) -> str:
        time.sleep(1.0)
        return real(self, *args, **more)

    monkeypatch.setattr(Export, "_attempt", slow)


def part(page: BrowserPage, name: str) -> Any:
    return page.locator(f'[data-part="{name}"]')


@pytest.mark.thorough
def test_the_page_follows_an_export_without_moving_the_keyboard_s_place(
    desk: Desk, visits: Visits, slow_steps: None
) -> None:
    number = desk.clean()
    desk.approve(number)
    page = visits.open(f"{desk.page(number)}/progress")
    expect(part(page, "headline")).to_have_text("The approval by mia is recorded.")
    page.get_by_role("link", name="Back to the order").focus()
    outcome: list[str] = []
    run = threading.Thread(target=lambda: outcome.append(desk.let_through(number)))
    run.start()
    try:
        expect(part(page, "headline")).to_have_text(re.compile(r"^Step \d of \d: "), timeout=20_000)
        expect(page.locator(".steps li.done").first).to_be_visible()
        assert 0 < page.locator("progress").evaluate("bar => bar.value / bar.max") < 1
        assert "steps done" in str(part(page, "said").text_content())
    finally:
        run.join()
    assert outcome == ["go"]
    row = desk.row(number)
    expect(page.get_by_role("link", name=f"View PO #{row['po_id']}")).to_have_attribute("href", row["po_url"])
    expect(part(page, "status")).to_have_text("Exported")
    assert str(part(page, "said").text_content()).startswith("Exported as purchase order")
    assert page.evaluate("document.activeElement.textContent") == "Back to the order"
    assert page.locator(".steps li").last.get_attribute("data-key") == "read_back"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4_000)
    assert asked == []


@pytest.mark.thorough
def test_without_an_answer_the_page_says_so_asks_less_often_and_recovers(desk: Desk, visits: Visits) -> None:
    number = desk.clean()
    desk.approve(number)
    page = visits.open(f"{desk.page(number)}/progress")
    page.route("**/api/v1/**", lambda route: route.fulfill(status=503, body="{}"))
    expect(part(page, "trouble")).to_contain_text("No answer at present", timeout=10_000)
    page.unroute("**/api/v1/**")
    expect(part(page, "trouble")).to_be_hidden(timeout=20_000)
    page.route("**/api/v1/**", lambda route: route.fulfill(status=401, body="{}"))
    expect(part(page, "trouble")).to_contain_text("sign in to Airflow again", timeout=10_000)
    desk.reject(number, "only a test")
    desk.look(number)
    # The answers that this test made up are the only trouble there was.
    visits.trouble[:] = [one for one in visits.trouble if "status of 503" not in one]


@pytest.mark.thorough
def test_without_scripts_the_page_loads_itself_again(desk: Desk, visits: Visits) -> None:
    number = desk.clean()
    desk.approve(number)
    page = visits.open(f"{desk.page(number)}/progress", scripts=False)
    expect(part(page, "headline")).to_have_text("The approval by mia is recorded.")
    assert desk.let_through(number) == "go"
    expect(part(page, "headline")).to_contain_text("Exported as purchase order", timeout=15_000)


@pytest.mark.thorough
@pytest.mark.parametrize("dark", [False, True])
def test_preview_and_progress_are_fit_for_everybody(desk: Desk, visits: Visits, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    number = desk.clean()
    page = visits.open(desk.page(number), dark=dark, width=1024)
    page.get_by_role("button", name="Preview the purchase order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Purchase order for")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Back to the order").first.click()
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_visible()
    desk.approve(number)
    desk.let_through(number)
    page.goto(desk.web.url(f"{desk.page(number)}/progress"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
