"""Who may see and who may decide: Airflow's logins and roles, on every route there is."""

from __future__ import annotations

import pytest
import requests
from support.desk import Desk
from support.page import Page
from support.web_place import COOKIE, PREFIX, BrowserLike
from web.routes import Way, decide, the_form, ways

DECIDING = {"approve", "reject", "rematch"}
OTHERS_NAMES = {"by": "ann", "decided_by": "ann", "name": "ann", "user": "ann", "who": "ann"}


@pytest.fixture(scope="module")
def waiting(desk: Desk) -> str:
    """An order that nobody may have decided on when these tests are through."""
    return desk.clean()


def answers(desk: Desk, session: BrowserLike, number: str, *, writing: bool) -> dict[Way, requests.Response]:
    found = {}
    for way in ways(desk, number):
        if way.writes == writing:
            kind = "json" if way.pattern.startswith("/api/") else "data"
            found[way] = session.request(way.method, way.path, **({kind: {"q": "x"}} if writing else {}))
    return found


# ---- without a login ----


@pytest.mark.parametrize("writing", [False, True])
def test_without_a_login_every_route_answers_401(desk: Desk, waiting: str, writing: bool) -> None:
    told = answers(desk, desk.web.anonymous(), waiting, writing=writing)
    assert told
    assert {str(way): answer.status_code for way, answer in told.items() if answer.status_code != 401} == {}
    assert not desk.decisions(waiting)


@pytest.mark.parametrize("forged", ["", "not.a.token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."])
def test_a_made_up_token_is_no_login(desk: Desk, waiting: str, forged: str) -> None:
    with desk.web.anonymous() as somebody:
        somebody.cookies.set(COOKIE, forged, domain="127.0.0.1", path="/")
        assert somebody.get("/orders").status_code in (401, 403)
        assert somebody.get(
            desk.page(waiting), headers={"Authorization": f"Bearer {forged}"}
        ).status_code in (
            401,
            403,
        )


def test_without_a_login_nothing_of_an_order_is_told(desk: Desk, waiting: str) -> None:
    with desk.web.anonymous() as somebody:
        known = somebody.get(desk.page(waiting))
        unknown = somebody.get("/orders/000000000000000000000000")
    assert waiting not in known.text
    assert (known.status_code, known.text.replace(desk.id(waiting), "")) == (
        unknown.status_code,
        unknown.text.replace("000000000000000000000000", ""),
    )


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_framework_tells_nobody_about_the_routes(desk: Desk, path: str) -> None:
    assert desk.web.anonymous().get(path).status_code in (401, 404)


def test_style_sheets_and_scripts_may_be_read_by_anybody(desk: Desk) -> None:
    assert desk.web.anonymous().get("/static/desk.css").status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"]
)
def test_nothing_but_them_is_served_from_there(desk: Desk, path: str) -> None:
    answer = desk.web.anonymous().get(f"{desk.web.url(path)}")
    assert answer.status_code in (401, 404)
    assert "FastAPI" not in answer.text


# ---- somebody who may read ----


def test_a_viewer_reads_every_page(desk: Desk, waiting: str) -> None:
    told = answers(desk, desk.web.login("vic"), waiting, writing=False)
    refused = {
        str(way): answer.status_code for way, answer in told.items() if answer.status_code in (401, 403)
    }
    assert refused == {}
    broken = {str(way): answer.text[-300:] for way, answer in told.items() if answer.status_code >= 500}
    assert broken == {}


def test_a_viewer_is_refused_by_everything_that_writes(desk: Desk, waiting: str) -> None:
    told = answers(desk, desk.web.login("vic"), waiting, writing=True)
    assert told
    assert {str(way): answer.status_code for way, answer in told.items() if answer.status_code != 403} == {}
    assert not desk.decisions(waiting)


def test_a_viewers_form_is_refused_with_a_sentence_and_nothing_is_recorded(desk: Desk, waiting: str) -> None:
    form = the_form(desk, desk.web.login("mia"), waiting)
    vic = desk.web.login("vic")
    answer = vic.post(form.action.removeprefix(PREFIX), data=form.fields | {"action": "approve"})
    assert answer.status_code == 403
    assert "may read but not decide" in Page(answer.text).text
    assert not desk.decisions(waiting)


def test_a_viewers_pages_have_no_way_to_decide(desk: Desk, waiting: str) -> None:
    vic = desk.web.login("vic")
    for path in ("/orders", desk.page(waiting)):
        page = Page(vic.get(path).text)
        assert [form.action for form in page.forms if form.method == "post"] == [], path
        assert [button for button in page.all("button") if button.get("value") in DECIDING] == [], path


def test_the_pages_of_somebody_who_may_decide_have_them(desk: Desk, waiting: str) -> None:
    form = the_form(desk, desk.web.login("mia"), waiting)
    assert {"approve", "reject", "rematch"} <= {button.get("value") for button in form.buttons}


# ---- somebody who may decide ----


@pytest.mark.parametrize("user", ["mia", "ann"])
def test_who_decided_is_the_login(desk: Desk, user: str) -> None:
    number = desk.clean()
    answer = decide(desk, desk.web.login(user), number, "approve")
    assert answer.status_code in (302, 303), Page(answer.text).text
    (decision,) = desk.decisions(number)
    assert (decision["decided_by"], decision["decision"]) == (user, "approve")


def test_who_decided_is_the_login_whatever_the_form_says(desk: Desk) -> None:
    number = desk.clean()
    for mia in (desk.web.login("mia"), desk.web.program("mia")):
        decide(desk, mia, number, "approve", how={"params": OTHERS_NAMES}, **OTHERS_NAMES)
    assert {decision["decided_by"] for decision in desk.decisions(number)} == {"mia"}


def test_the_name_in_the_page_is_the_login(desk: Desk, waiting: str) -> None:
    assert "Signed in as mia" in Page(desk.web.login("mia").get(desk.page(waiting)).text).text


# ---- nobody in particular ----


def test_where_airflow_asks_nobody_for_a_login_everybody_reads_and_nobody_decides(open_to_all: Desk) -> None:
    number = open_to_all.clean()
    with open_to_all.web.anonymous() as somebody:
        token = somebody.get(f"{open_to_all.web.base}/auth/token").json()["access_token"]
        somebody.cookies.set(COOKIE, token, domain="127.0.0.1", path="/")
        page = Page(somebody.get(open_to_all.page(number)).text)
        assert [form.action for form in page.forms if form.method == "post"] == []
        told = answers(open_to_all, somebody, number, writing=True)
    assert {str(way): answer.status_code for way, answer in told.items() if answer.status_code != 403} == {}
    assert all("sign in to Airflow with a login of your own" in answer.text for answer in told.values())
    assert not open_to_all.decisions(number)
