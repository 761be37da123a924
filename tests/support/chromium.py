"""The distribution's Chromium, headless, driven by Playwright. No browser is ever downloaded.

Every page that is opened here is watched: a message of the console, an error of a script, a request to another host or
one that the content policy forbids makes the test fail in the end.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright
from support.desk import Desk
from support.web_place import COOKIE

REQUIRED = os.environ.get("NUORDER_POS_TEST_BROWSER_REQUIRED", "") not in ("", "0")
NAMES = ("chromium", "chromium-browser")
HOW = "no Chromium is installed: install the package chromium of the system, or name a program in NUORDER_POS_TEST_CHROMIUM"
ARGUMENTS = (
    "--no-sandbox",  # CI runs as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)


def program() -> str | None:
    """Where Chromium is."""
    named = os.environ.get("NUORDER_POS_TEST_CHROMIUM", "")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def need_program() -> str:
    """Where Chromium is; the test is skipped where there is none, unless one is required."""
    found = program()
    if found is None:
        if REQUIRED:
            pytest.fail(HOW)
        pytest.skip(HOW)
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    found = need_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visits:
    """The people who sit at browsers during one test, and what went wrong in their pages."""

    browser: Browser
    desk: Desk
    trouble: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def person(self, user: str = "", *, dark: bool = False, scripts: bool = True, width: int = 1280,
               height: int = 900, touch: bool = False) -> BrowserContext:  # fmt: skip
        """A browser of somebody's own, signed in if a user is named."""
        context = self.browser.new_context(
            color_scheme="dark" if dark else "light", java_script_enabled=scripts, has_touch=touch,
            viewport={"width": width, "height": height}, locale="en-US", timezone_id="UTC", reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        if user:
            cookie = {"name": COOKIE, "value": self.desk.web.token(user), "url": self.desk.web.base}
            context.add_cookies([cookie])  # type: ignore[list-item]
        context.on("page", self._watch)
        self._contexts.append(context)
        return context

    def open(self, path: str, user: str = "mia", **how: object) -> Page:
        """A page of the desk in a browser of its own."""
        page = self.person(user, **how).new_page()  # type: ignore[arg-type]
        page.goto(self.desk.web.url(path))
        return page

    def close(self) -> None:
        """Ends all of them."""
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page) -> None:
        ours = urlsplit(self.desk.web.base).netloc
        pos = urlsplit(self.desk.sandbox.backoffice).netloc

        def requested(address: str) -> None:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https") and parts.netloc not in (ours, pos):
                self.trouble.append(f"{page.url} asks {address}")

        def said(message: ConsoleMessage) -> None:
            # What Airflow's own pages around ours say is none of our business; a refusal by status is what tests are for.
            ours_says = message.location["url"].startswith(self.desk.web.url())
            expected = "status of 4" in message.text or message.text.startswith("An iframe which has both")
            if message.type in ("error", "warning") and ours_says and not expected:
                self.trouble.append(f"{page.url} says {message.text}")

        def asked(dialog: Dialog) -> None:
            self.trouble.append(f"{page.url} opens a dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", asked)
        page.on("request", lambda request: requested(request.url))
        page.on("console", said)
        page.on("pageerror", lambda error: self.trouble.append(f"{page.url} fails: {error}"))
