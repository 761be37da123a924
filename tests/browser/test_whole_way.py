"""One order's whole way through all of Airflow: scheduler, triggerer, workers; the merchant signs in as people do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from support.chromium import Visits
from support.desk import DAG_ID, Desk, open_desk
from support.orders import line

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A desk with all of Airflow's services, instead of the one that the other files share."""
    with open_desk(whole=True) as one:
        yield one


def until(true: Callable[[], object], seconds: float, desk: Desk, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} within {seconds:.0f} seconds\n{desk.web.tail(60)}"
        time.sleep(0.5)


def test_from_the_login_to_view_po(visits: Visits, desk: Desk) -> None:
    # What stands before: two items with one code in the POS, a finalized order, a run that finds it.
    codes = desk.codes(3)
    desk.item(codes[0], "Ridge Jacket Black S", cost="40")
    desk.item(codes[1], "Ridge Jacket Black M", cost="40", customSku="RJ-M")
    desk.item(codes[1], "Ridge Jacket Blk M (old)", cost="38", customSku="RJ-OLD-M")
    upcs = dict(zip("SML", codes, strict=True))
    number = desk.order(line("RIDGE", "Black", {"S": 2, "M": 4, "L": 3}, price="40.00", upcs=upcs))
    airflow = desk.web.api("ann")
    airflow.sign_in()
    until(lambda: airflow.has_dag(DAG_ID), 60, desk, "Airflow did not read the DAG")
    airflow.unpause(DAG_ID)
    run = airflow.trigger(DAG_ID, {"order_numbers": [number]})

    # The merchant signs in and opens the desk from the navigation.
    page = visits.person().new_page()
    page.goto(f"{desk.web.base}/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill(desk.web.passwords["mia"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Orders", exact=True).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    asks = frame.get_by_role("row").filter(has_text=number).filter(has_text="1 open question")

    def listed() -> bool:
        frame.get_by_role("link", name="Orders", exact=True).click()
        page.wait_for_timeout(500)
        return asks.count() == 1

    until(listed, 90, desk, "The order's report did not come")

    # Review, choose, export.
    frame.get_by_role("link", name=number).click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text(number)
    select = frame.locator('select[name="line.2"]')
    if not select.is_visible():
        for closed in frame.locator("details:not([open])").filter(has=select).all():
            closed.locator("> summary").click()
    wanted = frame.locator('select[name="line.2"] option', has_text="RJ-M").get_attribute("value")
    select.select_option(wanted)
    frame.get_by_role("button", name="Export", exact=True).click()

    # The page follows by itself, until the purchase order is there.
    po = frame.get_by_role("link", name=re.compile(r"View PO #\d+"))
    expect(po).to_be_visible(timeout=120_000)
    (decision,) = desk.decisions(number)
    assert (decision["decided_by"], decision["lines"]) == ("mia", {"2": wanted})
    (written,) = desk.purchase_orders(number)
    assert desk.row(number)["po_id"] == str(written["orderID"])

    # "View PO" opens the POS in a window of its own, out of Airflow's frame too.
    with page.context.expect_page() as opened:
        po.click()
    assert opened.value.url.startswith(desk.sandbox.backoffice)
    opened.value.close()

    # The run's own tab shows the same order.
    page.goto(f"{desk.web.base}/dags/{DAG_ID}/runs/{run}")
    page.get_by_role("link", name="Orders", exact=True).last.click()
    row = page.frame_locator("iframe").get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("Exported")
