"""Pictures of every page in every state, light and dark: ``make pictures`` writes them into docs/images.

They are taken of the real thing: Airflow's API server, the sandbox's sample, orders that went through the pipeline.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from support.chromium import Visits, chromium
from support.desk import Desk, open_desk

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
TALLEST = 1200
"""Long pages are cut here: a picture shows what they look like, not all that they say."""


@dataclass(frozen=True)
class Picture:
    """One file; ``user`` looks at ``path`` in a window of this width."""

    name: str
    path: str
    user: str = "mia"
    width: int = 1280
    tab: str = ""


def scenes(desk: Desk) -> list[Picture]:
    """Orders in every state, and what to look at."""
    for brand in ("acme", "nordlys", "oneil", "koyo"):
        desk.run(brand=brand)
    desk.approve("104501")
    assert desk.let_through("104501") == "go"
    desk.run("104501", brand="acme")
    moved, refused, held = desk.superseded(), desk.clean(), desk.clean()
    desk.reject(refused, "Ordered twice: see 104501")
    desk.look(refused)
    desk.approve(held)
    try:
        desk.sandbox.fault(method="POST", path="OrderLine", action="status", status=422, nth=2, times=1)
        desk.let_through(held)
    except Exception as error:  # it is to fail
        print(f"  the held order: {error}")
    finally:
        desk.sandbox.clear_faults()
    approved = desk.clean()
    desk.approve(approved)
    sample = desk.page("104503")
    return [
        Picture("orders", "/orders"),
        Picture("orders-none", "/orders?q=nothing-is-called-so"),
        Picture("order-questions", sample),
        Picture("order-new-items", sample, tab="New items"),
        Picture("order-viewer", sample, user="vic"),
        Picture("order-superseded", desk.page(moved)),
        Picture("order-approved", desk.page(approved)),
        Picture("order-held", desk.page(held)),
        Picture("order-rejected", desk.page(refused)),
        Picture("order-exported", desk.page("104501")),
        Picture("quality", "/quality"),
        Picture("not-found", "/nothing"),
        Picture("orders-1024", "/orders", width=1024),
        Picture("order-1024", sample, width=1024),
        Picture("order-tablet", sample, width=820),
    ]


def take(visits: Visits, picture: Picture, dark: bool) -> Path:
    """Opens the page and writes the file."""
    page = visits.open(picture.path, picture.user, dark=dark, width=picture.width)
    if picture.tab:
        page.get_by_role("tab", name=picture.tab).or_(
            page.get_by_role("link", name=picture.tab)
        ).first.click()
    page.wait_for_load_state("networkidle")
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": picture.width, "height": height})
    file = FOLDER / f"desk-{picture.name}-{'dark' if dark else 'light'}.png"
    page.screenshot(path=file)
    page.context.close()
    return file


def in_airflow(visits: Visits, path: str, name: str, dark: bool) -> Path:
    """The desk as it stands inside of Airflow's own pages."""
    page = visits.person("mia", dark=dark).new_page()
    page.goto(f"{visits.desk.web.base}/")
    page.get_by_role("link", name="Orders", exact=True).click()
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(1000)
    file = FOLDER / f"desk-{name}-{'dark' if dark else 'light'}.png"
    page.screenshot(path=file)
    page.context.close()
    return file


def main() -> int:
    """All pictures, or those whose name holds a word of the command line."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = sys.argv[1:]
    with open_desk() as desk, chromium() as browser:
        visits = Visits(browser, desk)
        for picture in scenes(desk):
            if words and not any(word in picture.name for word in words):
                continue
            for dark in (False, True):
                print(f"  {take(visits, picture, dark).relative_to(FOLDER.parents[1])}")
        for dark in (False, True):
            print(f"  {in_airflow(visits, '/orders', 'in-airflow', dark).relative_to(FOLDER.parents[1])}")
        visits.close()
        for sentence in visits.trouble:
            print(f"  {sentence}", file=sys.stderr)
    return 1 if visits.trouble else 0


if __name__ == "__main__":
    sys.exit(main())
