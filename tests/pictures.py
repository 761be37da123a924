"""Pictures of every page in every state, light and dark: ``make pictures`` writes them into docs/images.

They are taken of the real thing: Airflow's API server, the sandbox's sample, orders that went through the pipeline.
Only the past weeks of "Match quality" are generated (support/past_weeks.py).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from support.chromium import Visits, chromium
from support.desk import BRANDS, Desk, open_desk
from support.past_weeks import generate
from support.small_png import smaller
from support.styles import in_its_matrix, in_two_matrices

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
TALLEST = 1200
"""Long pages are cut here or a little above: a picture shows what they look like, not all that they say."""
_CUT = """([top, tallest]) => {
  // Where nothing that is read is cut through, looked for upwards.
  const rects = [...document.querySelectorAll("h1,h2,h3,p,tr,summary,dd,dt,li:not(:has(li)),label,button,select,input,img,svg,progress")]
    .map((one) => [one.getBoundingClientRect(), /^H/.test(one.tagName) ? 60 : 0])  // a heading stays with what follows
    .filter(([one]) => one.height && one.height < 600)
    .map(([one, more]) => ({ top: one.top, bottom: one.bottom + more }));
  const end = Math.max(document.querySelector("main").getBoundingClientRect().bottom + scrollY + 16, 320);
  if (end - top <= tallest) return Math.round(end - top);
  for (let y = top + tallest; y > top + tallest - 300; y -= 1) {
    if (!rects.some((one) => one.top + scrollY + 1 < y && y < one.bottom + scrollY - 1)) return Math.round(y - top);
  }
  return tallest;
}"""


@dataclass(frozen=True)
class Picture:
    """One file in two themes: ``user`` opens ``path`` and does ``then``; the picture begins at ``above``, if named."""

    name: str
    path: str
    user: str = "mia"
    width: int = 1280
    then: Callable[[Page], Any] | None = None
    above: str = ""
    window: bool = False
    """Only the window of 900 px, not the whole page: for what lies over it."""


# ---- what people do before a picture is taken ------------------------------------------------------------------------


def tab(name: str) -> Callable[[Page], None]:
    """Chooses a tab of the order."""
    return lambda page: page.get_by_role("tab", name=name).click()


def press(name: str) -> Callable[[Page], None]:
    """Presses a button."""
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


def compare(line: str) -> Callable[[Page], None]:
    """Opens the items of a line side by side."""
    return lambda page: page.locator(f'tr[data-compare="{line}"] summary').click()


def answered(choice: str) -> Callable[[Page], None]:
    """Answers a question about a style among the new items."""

    def act(page: Page) -> None:
        tab("New items")(page)
        page.get_by_role("radio", name=choice).check()

    return act


def search(line: str, words: str) -> Callable[[Page], None]:
    """Opens the search of a line and looks for something."""

    def act(page: Page) -> None:
        page.locator(f"#line-{line}").get_by_role("button", name="Search the POS for").click()
        page.get_by_label("Name, SKU or UPC").fill(words)
        page.get_by_label("Name, SKU or UPC").press("Enter")
        expect(page.locator('dialog [data-part="said"]')).to_contain_text("found")

    return act


def approve_in_one_go(desk: Desk, number: str) -> Callable[[Page], None]:
    """Selects all that can be selected and approves it; Ann has approved one of them meanwhile."""

    def act(page: Page) -> None:
        for box in page.locator('input[name="order"]').all():
            box.check()
        desk.approve(number, by="ann")
        page.locator("#approve-button").click()
        page.get_by_role("heading", level=1, name="approved").wait_for()

    return act


def too_late(desk: Desk, number: str) -> Callable[[Page], None]:
    """Exports on a page that was opened before Ann rejected the order."""

    def act(page: Page) -> None:
        desk.reject(number, "Ordered twice: see 104501", by="ann")
        page.get_by_role("button", name="Export", exact=True).click()
        page.locator("#problem").wait_for()

    return act


def stale(desk: Desk, number: str) -> Callable[[Page], None]:
    """Exports on a page whose report is not the newest any more."""

    def act(page: Page) -> None:
        desk.brand_edits(number, quantity=12)
        desk.run(number)
        page.get_by_role("button", name="Export", exact=True).click()
        page.locator("#problem").wait_for()

    return act


# ---- orders in every state -------------------------------------------------------------------------------------------


@contextmanager
def faulty(desk: Desk, **fault: Any) -> Iterator[None]:
    """The POS answers wrongly."""
    desk.sandbox.fault(**fault)
    try:
        yield
    except Exception as error:  # it is to fail
        print(f"  as wanted: {error}")
    finally:
        desk.sandbox.clear_faults()


@contextmanager
def under_way(desk: Desk, number: str) -> Iterator[None]:
    """An export that the POS keeps waiting in the middle."""
    desk.sandbox.fault(method="POST", path="OrderLine", action="delay", seconds=15, nth=2, times=1)

    def lines() -> int:
        return sum(
            "OrderLine" in one["path"] and one["method"] == "POST" for one in desk.sandbox.ledger("pos")
        )

    before = lines()
    export = threading.Thread(target=desk.let_through, args=(number,))
    export.start()
    for _ in range(200):
        if lines() > before:
            break
        time.sleep(0.1)
    time.sleep(0.5)
    try:
        yield
    finally:
        export.join()
        desk.sandbox.clear_faults()


def scenes(desk: Desk, wanted: Callable[[str], bool]) -> Iterator[Picture]:
    """What to look at. Each scene is set just before its picture is taken, and changes what the next ones show."""
    for brand in BRANDS:
        desk.run(brand=brand)
    desk.approve("104501")
    assert desk.let_through("104501") == "go"
    desk.run("104501", brand="acme")
    numbers = iter(range(104511, 104600))

    def order(**fields: Any) -> str:
        number = next(numbers)
        return desk.clean(str(number), customer_po_number=f"FALL-{number - 104500}", **fields)

    moved, refused, held, failed, approved, expired, cancelled = (order() for _ in range(7))
    desk.approve(moved)
    desk.brand_edits(moved)
    desk.run(moved)
    desk.reject(refused, "Ordered twice: see 104501")
    desk.look(refused)
    desk.approve(held)
    with faulty(desk, method="POST", path="OrderLine", action="status", status=422, nth=2, times=1):
        desk.let_through(held)
    desk.approve(failed)
    with faulty(desk, method="POST", path=".", action="status", status=422, nth=1, times=1,
                body={"message": "The category is archived"}):  # fmt: skip
        desk.let_through(failed)
    desk.approve(approved)
    desk.look(approved)
    desk.look(expired, ahead=timedelta(days=60))
    desk.sandbox.do("nuorder", "set_status", _id=desk.id(cancelled), status="cancelled")
    desk.run(cancelled)
    desk.approve("104505")
    desk.let_through("104505")  # the sample has a purchase order for it
    for number in (held, failed, approved, expired, cancelled, "104505"):
        print(f"  {number}: {desk.row(number)['state']}")

    sample, plain = desk.page("104503"), desk.page("104502")
    yield Picture("orders", "/orders")
    yield Picture("orders-1024", "/orders", width=1024)
    yield Picture("orders-none", "/orders?q=nothing-is-called-so")
    yield Picture("order-questions", sample)
    yield Picture("order-matched-items", sample, above='[role="tablist"]')
    yield Picture("order-duplicate-upc", sample, above="details:has(> * #line-22)")
    yield Picture("order-compared", sample, then=compare("22"), above="details:has(> * #line-22)")
    yield Picture("order-new-items", sample, then=tab("New items"), above='[role="tablist"]')
    yield Picture("order-decide", plain, above=".decide")
    yield Picture("order-1024", sample, width=1024, above='[role="tablist"]')
    yield Picture("order-tablet", sample, width=820, above='[role="tablist"]')
    yield Picture("order-viewer", sample, user="vic", above="details:has(> * #line-22)")
    yield Picture("search", sample, then=search("22", "duffel"), window=True)
    yield Picture("preview", plain, then=press("Preview the purchase order"))
    yield Picture("order-superseded", desk.page(moved))
    yield Picture("order-approved", desk.page(approved))
    yield Picture("order-held", desk.page(held))
    yield Picture("order-failed", desk.page(failed))
    yield Picture("order-rejected", desk.page(refused))
    yield Picture("order-expired", desk.page(expired))
    yield Picture("order-cancelled", desk.page(cancelled))
    yield Picture("order-exported", desk.page("104501"))
    yield Picture("order-exported-elsewhere", desk.page("104505"))
    if wanted("order-style-in-two-matrices"):
        number, _ = in_two_matrices(desk, str(next(numbers)))
        yield Picture(
            "order-style-in-two-matrices", desk.page(number), then=tab("New items"), above='[role="tablist"]'
        )
    if wanted("order-style-in-its-matrix"):
        number, _ = in_its_matrix(desk, str(next(numbers)))
        act = answered("Use the items that are there")
        yield Picture("order-style-in-its-matrix", desk.page(number), then=act, above='[role="tablist"]')
    if wanted("order-under-way"):
        number = order()
        desk.approve(number)
        with under_way(desk, number):
            yield Picture("order-under-way", desk.page(number))
    if wanted("order-decided-meanwhile"):
        number = order()
        yield Picture("order-decided-meanwhile", desk.page(number), then=too_late(desk, number))
    if wanted("order-stale"):
        number = order()
        yield Picture("order-stale", desk.page(number), then=stale(desk, number))
    if wanted("orders-approved"):
        order()
        act = approve_in_one_go(desk, order())
        yield Picture("orders-approved", "/orders?q=1045&brand=Acme+Outdoor", then=act)
    yield Picture("not-found", "/nothing")
    if wanted("quality"):
        with desk.work() as work:
            generate(work.engine, list(BRANDS.values()))
        yield Picture("quality", "/quality")
        yield Picture("quality-1024", "/quality", width=1024)
        yield Picture("quality-brand", "/quality?brand=Acme+Outdoor")


# ---- taking them -----------------------------------------------------------------------------------------------------


def take(visits: Visits, blank: Page, picture: Picture) -> None:
    """Opens the page once and writes two files: what a scene does cannot always be done again."""
    page = visits.open(picture.path, picture.user, width=picture.width)
    page.wait_for_load_state("networkidle")
    if picture.then:
        picture.then(page)
        page.wait_for_timeout(500)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(200)
        if picture.window:
            png = page.screenshot()
        else:
            page.evaluate("scrollTo(0, 0)")
            top = _top(page, picture.above)
            height = page.evaluate(_CUT, [top, TALLEST])
            png = page.screenshot(
                full_page=True, clip={"x": 0, "y": top, "width": picture.width, "height": height}
            )
        write(blank, f"{picture.name}-{theme}", png)
    page.context.close()


def _top(page: Page, above: str) -> int:
    if not above:
        return 0
    box = page.locator(above).first.bounding_box()
    assert box is not None, f"{above} is not on the page"
    return max(0, int(box["y"]) - 16)


def in_airflow(visits: Visits, blank: Page, dark: bool) -> None:
    """The desk as it stands inside of Airflow's own pages."""
    page = visits.person("mia", dark=dark).new_page()
    page.goto(f"{visits.desk.web.base}/")
    page.get_by_role("link", name="Orders", exact=True).click()
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    write(blank, f"in-airflow-{'dark' if dark else 'light'}", page.screenshot())
    page.context.close()


def write(blank: Page, name: str, png: bytes) -> None:
    """Writes one file."""
    file = FOLDER / f"desk-{name}.png"
    file.write_bytes(smaller(blank, png))
    print(f"  {file.relative_to(FOLDER.parents[1])}, {file.stat().st_size // 1024} kB", flush=True)


def main() -> int:
    """All pictures, or those whose name holds a word of the command line."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = sys.argv[1:]

    def wanted(name: str) -> bool:
        return not words or any(word in name for word in words)

    with open_desk() as desk, chromium() as browser:
        visits, blank = Visits(browser, desk), browser.new_page()
        for picture in scenes(desk, wanted):
            if wanted(picture.name):
                take(visits, blank, picture)
            if picture.name == "orders" and wanted("in-airflow"):
                for dark in (False, True):
                    in_airflow(visits, blank, dark)
        visits.close()
        for sentence in visits.trouble:
            print(f"  {sentence}", file=sys.stderr)
    return 1 if visits.trouble else 0


if __name__ == "__main__":
    sys.exit(main())
