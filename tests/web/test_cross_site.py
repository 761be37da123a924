"""What another site may not do through a merchant's browser, and what no page of ours contains."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from support.desk import Desk
from support.page import Page
from web.routes import decide, the_form, ways

FOREIGN = {
    "a foreign origin": {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
    "a foreign origin that begins like ours": {"Origin": "{base}.evil.example", "Sec-Fetch-Site": None},
    "our origin as somebody's password": {"Origin": "http://{host}@evil.example", "Sec-Fetch-Site": None},
    "another port of this machine": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": None},
    "the origin null of a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": None},
    "an origin that nobody can read": {"Origin": "http://[", "Sec-Fetch-Site": None},
    "an empty origin": {"Origin": "", "Sec-Fetch-Site": None},
    "another site, says the browser": {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    "another site, whatever the origin": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour of the same site": {"Sec-Fetch-Site": "same-site"},
    "an address typed by hand": {"Origin": None, "Sec-Fetch-Site": "none"},
    "no origin and no browser's word": {"Origin": None, "Sec-Fetch-Site": None},
}
INLINE = re.compile(r"^on[a-z]+$")


@pytest.fixture(scope="module")
def waiting(desk: Desk) -> str:
    """An order that nobody may have decided on when these tests are through."""
    return desk.clean()


@pytest.fixture(scope="module")
def pages(desk: Desk, waiting: str) -> dict[str, Page]:
    """Every page that a GET gives, for orders in several states, and the pages that say no."""
    mia = desk.web.login("mia")
    found = {}
    for number in (waiting, desk.duplicates(), desk.superseded(), desk.exported(), desk.nasty()):
        for way in ways(desk, number):
            if not way.writes:
                answer = mia.get(way.path)
                if "text/html" in answer.headers.get("Content-Type", ""):
                    found[f"{way} of {number[:10]}"] = Page(answer.text)
    found["no such page"] = Page(mia.get("/nothing").text)
    found["no login"] = Page(desk.web.anonymous().get("/orders").text)
    return found


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_post_of_another_site_is_refused_on_every_route(
    desk: Desk, waiting: str, headers: dict[str, str | None]
) -> None:
    mia = desk.web.login("mia")
    sent = {k: v and v.format(base=desk.web.base, host=desk.web.host) for k, v in headers.items()}
    fields = the_form(desk, mia, waiting).fields | {"action": "approve"}
    writing = [way for way in ways(desk, waiting) if way.method != "GET"]
    assert writing
    for way in writing:
        answer = mia.request(way.method, way.path, data=fields, headers=sent)
        assert (answer.status_code, str(way)) == (403, str(way))
        assert "another site" in answer.text
    assert not desk.decisions(waiting)


def test_a_post_of_our_own_page_goes_through(desk: Desk) -> None:
    number = desk.clean()
    answer = decide(desk, desk.web.login("mia"), number, "approve")
    assert answer.status_code in (302, 303), Page(answer.text).text
    assert len(desk.decisions(number)) == 1


def test_behind_a_proxy_the_address_that_the_browser_knows_counts(desk: Desk) -> None:
    number = desk.clean()
    behind = {
        "Origin": "https://airflow.example",
        "X-Forwarded-Host": "airflow.example",
        "Sec-Fetch-Site": None,
    }
    answer = decide(desk, desk.web.login("mia"), number, "approve", how={"headers": behind})
    assert answer.status_code in (302, 303)


def test_behind_a_proxy_that_hides_the_address_the_browser_s_own_word_counts(desk: Desk) -> None:
    number = desk.clean()
    behind = {"Origin": "https://airflow.example", "Sec-Fetch-Site": "same-origin"}
    answer = decide(desk, desk.web.login("mia"), number, "approve", how={"headers": behind})
    assert answer.status_code in (302, 303)


def test_a_program_needs_a_bearer_token_or_says_who_it_is(desk: Desk) -> None:
    number = desk.clean()
    by_token, by_cookie = desk.web.program("mia"), desk.web.login("mia")
    assert decide(desk, by_token, number, "rematch").status_code in (200, 303)
    none: dict[str, str | None] = {"Origin": None, "Sec-Fetch-Site": None}
    assert decide(desk, by_cookie, number, "rematch", how={"headers": none}).status_code == 403
    named = none | {"X-Requested-By": "a script"}
    assert decide(desk, by_cookie, number, "rematch", how={"headers": named}).status_code in (200, 303)


# ---- what every answer says ----


def test_every_answer_has_the_policy_that_forbids_inline_script(desk: Desk, waiting: str) -> None:
    mia = desk.web.login("mia")
    answers = [mia.request(way.method, way.path) for way in ways(desk, waiting) if not way.writes]
    answers += [mia.get("/nothing"), mia.get("/static/desk.css"), desk.web.anonymous().get("/orders")]
    answers += [mia.post(desk.page(waiting), headers={"Origin": "https://evil.example"})]
    for answer in answers:
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'", answer.url
        assert policy["script-src"] == "'self'", answer.url
        assert policy["style-src"] == "'self'", answer.url
        assert policy["frame-ancestors"] == "'self'", answer.url
        assert policy["form-action"] == "'self'", answer.url
        assert policy["base-uri"] == "'none'", answer.url
        assert not any(
            word in " ".join(policy.values()) for word in ("unsafe", "http", "data:", "*", "blob:")
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.url


def test_pages_and_data_are_not_kept_by_the_browser_or_a_proxy(desk: Desk, waiting: str) -> None:
    mia = desk.web.login("mia")
    for way in ways(desk, waiting):
        if not way.writes and not way.pattern.startswith("/images/"):
            assert mia.get(way.path).headers["Cache-Control"] == "no-store", way


# ---- what no page contains ----


def test_no_page_has_inline_script_or_style(pages: dict[str, Page]) -> None:
    assert len(pages) > 5
    for name, page in pages.items():
        assert page.inline == [], name
        for tag, attributes in page.tags:
            assert "style" not in attributes, (name, tag, attributes)
            assert not [one for one in attributes if INLINE.match(one)], (name, tag, attributes)
            assert tag not in ("iframe", "object", "embed", "base"), name
        assert all("src" in script for script in page.all("script")), name


def test_no_page_loads_anything_from_elsewhere(desk: Desk, pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for tag, attributes in page.tags:
            for what in ("src", "href", "action", "formaction", "data", "poster", "srcset", "xlink:href"):
                address = attributes.get(what, "")
                if tag == "a" and what == "href":
                    continue
                parts = urlsplit(address)
                assert not parts.netloc, (name, tag, address)
                assert parts.scheme == "", (name, tag, address)


def test_links_lead_to_the_desk_the_pos_or_nuorder_only(desk: Desk, pages: dict[str, Page]) -> None:
    allowed = {desk.sandbox.backoffice, desk.sandbox.nuorder, desk.web.base}
    for name, page in pages.items():
        for link in page.all("a"):
            parts = urlsplit(link.get("href", ""))
            if parts.netloc:
                assert f"{parts.scheme}://{parts.netloc}" in allowed, (name, link)
                assert "noopener" in link.get("rel", "") or link.get("target", "") != "_blank", (name, link)
            else:
                assert parts.scheme == "", (name, link)


def test_hostile_texts_are_shown_as_text(pages: dict[str, Page]) -> None:
    shown = "\n".join(page.text for page in pages.values())
    assert "<script>alert(1)</script>" in shown
    for name, page in pages.items():
        assert [one for one in page.all("img") if one.get("src") == "x"] == [], name
        assert page.all("b") == [], name
        assert "49" not in page.text.split(), name  # {{ 7*7 }} stays as it is
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x1b]", page.text), name
