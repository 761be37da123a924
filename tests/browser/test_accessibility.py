"""Every page against WCAG 2.2 AA, light and dark, on a desk and on a tablet; and by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from support.chromium import Visits
from support.desk import Desk
from support.styles import in_its_matrix, in_two_matrices

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def violations(page: Page) -> list[str]:
    """What axe finds, a line for each element."""
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"][:5]
    ]


@pytest.fixture(scope="module")
def paths(desk: Desk) -> dict[str, str]:
    """Every page, in every state that looks different."""
    waiting = desk.clean()
    asks, moved, done, nasty = desk.duplicates(), desk.superseded(), desk.exported(), desk.nasty()
    refused = desk.clean()
    desk.reject(refused, "Ordered twice")
    desk.look(refused)
    desk.run("104503")
    return {
        "orders": "/orders",
        "orders, none fits": "/orders?q=nothing-is-called-so",
        "quality": "/quality",
        "waiting": desk.page(waiting),
        "open question": desk.page(asks),
        "compared": desk.page(asks),
        "style in two matrices": desk.page(in_two_matrices(desk)[0]),
        "style in its matrix": desk.page(in_its_matrix(desk)[0]),
        "sample": desk.page("104503"),
        "superseded": desk.page(moved),
        "exported": desk.page(done),
        "rejected": desk.page(refused),
        "nasty": desk.page(nasty),
        "no such page": "/nothing",
    }


PAGES = [
    "orders", "orders, none fits", "quality", "waiting", "open question", "compared", "style in two matrices",
    "style in its matrix", "sample", "superseded", "exported", "rejected", "nasty", "no such page",
]  # fmt: skip


def pages(*in_every_run: str) -> list[Any]:
    """All pages; those that are not named are looked at by `make pages`."""
    thorough = pytest.mark.thorough
    return [pytest.param(name, marks=() if name in in_every_run else thorough) for name in PAGES]


def unfold(page: Page, name: str) -> None:
    """Opens what is to be looked at in this state."""
    if name == "compared":
        page.get_by_text("Compare 2 POS items").click()
    elif name.startswith("style"):
        page.get_by_role("tab", name="New items").click()


@SCHEMES
@pytest.mark.parametrize("name", pages("compared", "style in two matrices"))
def test_a_page_has_no_barrier_that_axe_knows(
    visits: Visits, paths: dict[str, str], name: str, dark: bool
) -> None:
    page = visits.open(paths[name], dark=dark)
    unfold(page, name)
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.thorough
@SCHEMES
@pytest.mark.parametrize("name", ["orders", "open question"])
def test_neither_has_a_viewers_page(visits: Visits, paths: dict[str, str], name: str, dark: bool) -> None:
    assert violations(visits.open(paths[name], "vic", dark=dark)) == []


@pytest.mark.parametrize("width", [1280, 1024, 768])
@pytest.mark.parametrize("name", pages())
def test_a_page_is_not_wider_than_the_window(
    visits: Visits, paths: dict[str, str], name: str, width: int
) -> None:
    page = visits.open(paths[name], width=width, touch=width < 1000)
    unfold(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", pages())
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    visits: Visits, paths: dict[str, str], name: str
) -> None:
    page = visits.open(paths[name])
    unfold(page, name)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter(e => e.offsetParent !== null && !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0)
        .map((e, i) => { e.dataset.test = i; return i }).length"""
    )
    reached, shown, wide = set(), set(), {}
    for _ in range(min(wanted, 120) + 10):
        page.keyboard.press("Tab")
        number, ring, size, source = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
            return [e.dataset.test ?? null, s.outlineStyle !== 'none' || s.boxShadow !== 'none',
                    r.width > 0 && r.height > 0, e.outerHTML.slice(0, 120)] }"""
        )
        if number is not None:
            reached.add(number)
            wide[number] = source
            # A date field is several stops, of which only the first draws the ring around the whole.
            if ring and size:
                shown.add(number)
    assert [wide[number] for number in reached - shown] == []
    # Of several radio buttons of one name the Tab key stops at one only.
    assert len(reached) >= min(wanted, 120) * 0.5
