"""Deciding on the order page, by plain forms as a browser without scripts sends them."""

from __future__ import annotations

import pytest
import requests
from support.desk import NASTY, Desk
from support.page import Form, Page
from support.web_place import PREFIX, BrowserLike
from web.routes import decide, the_form


def post(session: BrowserLike, form: Form, ending: str, **fields: str) -> requests.Response:
    """The form sent to another of its addresses, as a button with ``formaction`` does."""
    path = form.action.removeprefix(PREFIX).removesuffix("/decision")
    return session.post(f"{path}/{ending}", data=form.fields | fields)


def question(desk: Desk, number: str) -> tuple[str, list[str]]:
    """The line of the order's only question, and its choices."""
    (asked,) = desk.report(number)["questions"]
    return asked["line"], [choice["value"] for choice in asked["choices"]]


def test_export_records_an_approval_and_leads_back_to_the_page(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    answer = decide(desk, mia, number, "approve", comment="looks right")
    assert answer.status_code == 303
    page = Page(mia.get(answer.headers["Location"].removeprefix(PREFIX)).text)
    assert "Your approval is recorded" in page.text
    (taken,) = desk.decisions(number)
    assert (taken["decision"], taken["decided_by"], taken["shop"], taken["comment"]) == (
        "approve", "mia", "Main Street", "looks right",
    )  # fmt: skip
    assert desk.let_through(number) == "go"
    shown = Page(mia.get(desk.page(number)).text)
    po = desk.row(number)
    assert f"View PO #{po['po_id']}" in shown.text
    assert po["po_url"] in {link.get("href") for link in shown.all("a")}
    assert not {"approve", "reject", "rematch"} & {button.get("value") for button in shown.all("button")}


def test_only_what_differs_from_the_report_is_recorded(desk: Desk) -> None:
    number = desk.clean()
    decide(desk, desk.web.login("mia"), number, "approve", **{"line.1": "new"})
    (taken,) = desk.decisions(number)
    assert taken["lines"] == {"1": "new"}


def test_with_an_open_question_nothing_is_recorded_and_every_choice_stays(desk: Desk) -> None:
    number = desk.duplicates()
    line, choices = question(desk, number)
    mia = desk.web.login("mia")
    answer = decide(
        desk, mia, number, "approve", **{"line.1": "new", "comment": "not yet", "shop": "Harbor Mall"}
    )
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "Questions are open, so nothing was recorded" in page.text
    assert not desk.decisions(number)
    form = page.form("/decision")
    assert (form.fields["line.1"], form.fields["shop"], form.fields[f"line.{line}"]) == (
        "new",
        "Harbor Mall",
        "",
    )
    assert "not yet" in answer.text
    sent = mia.post(
        form.action.removeprefix(PREFIX), data=form.fields | {"action": "approve", f"line.{line}": choices[1]}
    )
    assert sent.status_code == 303
    assert desk.let_through(number) == "go"
    (po,) = desk.purchase_orders(number)
    assert po["shopID"] == 2


def test_a_brand_without_a_shop_needs_the_choice_of_one(desk: Desk) -> None:
    number = desk.clean(brand="nordlys")
    mia = desk.web.login("mia")
    refused = decide(desk, mia, number, "approve")
    assert refused.status_code == 409
    assert "choose the shop" in Page(refused.text).text
    unknown = decide(desk, mia, number, "approve", shop="Moon Base")
    assert "the POS has no shop 'Moon Base'" in Page(unknown.text).text
    assert not desk.decisions(number)
    assert decide(desk, mia, number, "approve", shop="Main Street").status_code == 303


def test_reject_needs_a_reason_and_keeps_it(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    without = decide(desk, mia, number, "reject")
    assert without.status_code == 409
    assert "needs a reason" in Page(without.text).text
    assert decide(desk, mia, number, "reject", reason="wrong season").status_code == 303
    assert desk.look(number) == "closed"
    assert "Rejected by mia: wrong season" in Page(mia.get(desk.page(number)).text).text


def test_match_again_asks_for_a_new_report(desk: Desk) -> None:
    number = desk.clean()
    assert decide(desk, desk.web.login("mia"), number, "rematch").status_code == 303
    (row,) = desk.sql("SELECT rematch_asked_at FROM nuorder_order WHERE order_id = :id", id=desk.id(number))
    assert row["rematch_asked_at"] is not None


def test_a_button_that_does_not_exist_does_nothing(desk: Desk) -> None:
    number = desk.clean()
    assert decide(desk, desk.web.login("mia"), number, "delete").status_code == 409
    assert not desk.decisions(number)


@pytest.mark.parametrize("value", ["javascript:1", "-1", "7 OR 1=1", "new;", "line:x"])
def test_a_choice_that_no_list_offers_is_refused(desk: Desk, value: str) -> None:
    number = desk.clean()
    answer = decide(desk, desk.web.login("mia"), number, "approve", **{"line.1": value})
    assert answer.status_code == 409
    assert not desk.decisions(number)


def test_the_second_of_two_people_is_told_and_nothing_is_overwritten(desk: Desk) -> None:
    number = desk.clean()
    mia, ann = desk.web.login("mia"), desk.web.login("ann")
    form = the_form(desk, ann, number)
    decide(desk, mia, number, "reject", reason="wrong season")
    second = ann.post(
        form.action.removeprefix(PREFIX), data=form.fields | {"action": "approve", "line.1": "new"}
    )
    assert second.status_code == 409
    page = Page(second.text)
    assert "mia rejected this order at" in page.text
    assert [taken["decided_by"] for taken in desk.decisions(number)] == ["mia"]
    again = page.form("/decision")
    assert again.fields["line.1"] == "new"
    assert (
        ann.post(again.action.removeprefix(PREFIX), data=again.fields | {"action": "approve"}).status_code
        == 303
    )
    assert [taken["decided_by"] for taken in desk.decisions(number)] == ["mia", "ann"]


def test_a_stale_page_cannot_approve_and_shows_what_changed(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    form = the_form(desk, mia, number)
    desk.brand_edits(number)
    desk.run(number)
    fields = form.fields | {"action": "approve", "line.1": "new", "line.2": "new", "comment": "mine"}
    answer = mia.post(form.action.removeprefix(PREFIX), data=fields)
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "changed since this page was made" in page.text
    assert "units 3 became 9" in page.text
    assert not desk.decisions(number)
    fresh = page.form("/decision")
    assert fresh.fields["line.1"] == "new"
    assert fresh.fields["line.2"] != "new"
    assert "could not be kept" in page.text
    assert "line 2 (" in page.text
    assert fresh.fields["report_hash"] != form.fields["report_hash"]
    assert (
        mia.post(fresh.action.removeprefix(PREFIX), data=fresh.fields | {"action": "approve"}).status_code
        == 303
    )


def test_a_form_without_a_report_is_refused(desk: Desk) -> None:
    number = desk.clean()
    other = the_form(desk, desk.web.login("mia"), desk.clean()).fields["report_hash"]
    for report_hash in ("", "0" * 64, other):
        answer = decide(desk, desk.web.login("mia"), number, "approve", report_hash=report_hash)
        assert answer.status_code == 409
    assert not desk.decisions(number)


def test_an_item_of_the_pos_is_found_and_used_without_scripts(desk: Desk) -> None:
    number = desk.duplicates()
    line, _ = question(desk, number)
    (code,) = desk.codes(1)
    item = desk.item(code, f"Quite another jacket {number}", stock=7)
    mia = desk.web.login("mia")
    form = the_form(desk, mia, number)
    first = post(mia, form, "search", search=line, comment="kept")
    assert "Ridge Jacket Black M" in Page(first.text).text
    asking = Page(first.text).form("/search")
    found = mia.post(
        asking.action.removeprefix(PREFIX), data=asking.fields | {"search": line, "q": f"another {number}"}
    )
    page = Page(found.text)
    assert f"Quite another jacket {number}" in page.text
    results = page.form("/search")
    (use,) = [button for button in results.buttons if button.get("value") == item]
    back = mia.post(use["formaction"].removeprefix(PREFIX), data=results.fields | {use["name"]: item})
    assert back.status_code == 200
    review = Page(back.text).form("/decision")
    assert review.fields[f"line.{line}"] == item
    assert f"{item} · Quite another jacket {number}" in Page(back.text).text
    assert "kept" in back.text
    assert not desk.decisions(number)
    mia.post(review.action.removeprefix(PREFIX), data=review.fields | {"action": "approve"})
    assert desk.let_through(number) == "go", desk.row(number)["reason"]


def test_the_stock_is_shown_without_scripts_and_the_choices_stay(desk: Desk) -> None:
    number = desk.duplicates()
    mia = desk.web.login("mia")
    answer = post(
        mia, the_form(desk, mia, number), "review", stock="1", **{"line.3": "new", "comment": "kept"}
    )
    assert "Stock in Main Street: 2" in Page(answer.text).text
    assert "kept" in answer.text


def test_a_decision_that_does_not_count_says_why(desk: Desk) -> None:
    number = desk.clean()
    decide(desk, desk.web.login("mia"), number, "approve", **{"line.1": "999999999"})
    desk.look(number)
    assert "does not count" in Page(desk.web.login("mia").get(desk.page(number)).text).text


def test_choices_of_a_superseded_approval_are_carried_over(desk: Desk) -> None:
    number = desk.duplicates()
    line, choices = question(desk, number)
    desk.approve(number, lines={line: choices[1]}, shop="Harbor Mall")
    desk.look(number)
    desk.brand_edits(number, size="S")
    desk.run(number)
    form = the_form(desk, desk.web.login("mia"), number)
    assert (form.fields[f"line.{line}"], form.fields["shop"]) == (choices[1], "Harbor Mall")


def test_an_attack_in_a_comment_is_shown_as_text(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    decide(desk, mia, number, "approve", comment=NASTY)
    text = mia.get(desk.page(number)).text
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "{{ 7*7 }}" in Page(text).text


# ---- what somebody did not see, did not choose, or did not do ----


def test_a_page_that_comes_back_says_what_somebody_else_decided_meanwhile(desk: Desk) -> None:
    number = desk.duplicates()
    ann = desk.web.login("ann")
    form = the_form(desk, ann, number)
    decide(desk, desk.web.login("mia"), number, "reject", reason="wrong season")
    for fields in ({"stock": "1"}, {"line.1": "new"}):
        back = post(ann, form, "review", **fields)
        assert back.status_code == 409
        page = Page(back.text)
        assert "mia rejected this order at" in page.text
        assert "Your choices are kept" not in page.text
    line, _ = question(desk, number)
    assert "mia rejected this order at" in Page(post(ann, form, "search", search=line).text).text
    assert post(ann, page.form("/decision"), "review").status_code == 200


def test_a_page_that_comes_back_says_that_the_report_changed_although_no_choice_is_lost(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    form = the_form(desk, mia, number)
    desk.brand_edits(number)
    desk.run(number)
    page = Page(post(mia, form, "review").text)
    assert "changed since this page was made" in page.text
    assert "could not be kept" not in page.text


def test_a_refusal_for_another_reason_says_too_what_somebody_else_decided(desk: Desk) -> None:
    number = desk.duplicates()
    ann = desk.web.login("ann")
    form = the_form(desk, ann, number)
    decide(desk, desk.web.login("mia"), number, "reject", reason="wrong season")
    answer = ann.post(form.action.removeprefix(PREFIX), data=form.fields | {"action": "approve"})
    text = Page(answer.text).text
    assert "Questions are open" in text
    assert "mia rejected this order at" in text


def test_a_choice_that_is_taken_back_is_not_the_one_that_was_carried_over(desk: Desk) -> None:
    number = desk.duplicates()
    line, choices = question(desk, number)
    desk.approve(number, lines={line: choices[1]})
    desk.look(number)
    desk.brand_edits(number, size="S")
    desk.run(number)
    mia, before = desk.web.login("mia"), len(desk.decisions(number))
    refused = decide(desk, mia, number, "approve", **{f"line.{line}": ""})
    assert refused.status_code == 409
    page = Page(refused.text)
    assert f"choose an item for line {line}" in page.text
    assert page.form("/decision").fields[f"line.{line}"] == ""
    preview = post(mia, the_form(desk, mia, number), "preview", **{f"line.{line}": ""})
    assert f"choose an item for line {line}" in Page(preview.text).text
    back = Page(preview.text).form("/review")
    kept = Page(mia.post(back.action.removeprefix(PREFIX), data=back.fields).text)
    assert kept.form("/decision").fields[f"line.{line}"] == ""
    assert len(desk.decisions(number)) == before
    # A search that ends without a choice takes nothing back.
    asking = Page(post(mia, the_form(desk, mia, number), "search", search=line).text).form("/search")
    (without,) = [button for button in asking.buttons if button.get("name") == f"line.{line}"][:1]
    assert without["value"] == choices[1]


def test_an_emptied_shop_is_not_the_brand_s_own(desk: Desk) -> None:
    number = desk.clean()
    answer = decide(desk, desk.web.login("mia"), number, "approve", shop="")
    assert answer.status_code == 409
    assert "choose the shop" in Page(answer.text).text
    assert not desk.decisions(number)


@pytest.mark.parametrize("done", ["approve", "reject", "rematch"])
def test_an_address_cannot_say_that_something_was_recorded(desk: Desk, done: str) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    address = f"{desk.page(number)}?done={done}"
    said = {
        "approve": "Your approval is rec",
        "reject": "Your rejection is rec",
        "rematch": "will be matched again",
    }[done]
    assert said not in Page(mia.get(address).text).text
    decide(desk, mia, number, done, reason="wrong season")
    assert said in Page(mia.get(address).text).text
    if done != "rematch":
        assert said not in Page(desk.web.login("ann").get(address).text).text


def test_an_approval_that_cannot_count_is_refused_at_once(desk: Desk) -> None:
    number = desk.clean()
    mia = desk.web.login("mia")
    for value in ("line:1", "line:99", "line:2"):
        answer = decide(desk, mia, number, "approve", **{"line.1": value})
        assert answer.status_code == 409
        assert "which is no new item" in Page(answer.text).text
    assert not desk.decisions(number)


def test_a_double_click_is_one_decision_and_is_told_as_one(desk: Desk) -> None:
    for action, more in (
        ("approve", {"line.1": "new", "comment": "fine"}),
        ("reject", {"reason": "wrong season"}),
    ):
        number = desk.clean()
        mia = desk.web.login("mia")
        form = the_form(desk, mia, number)
        fields = form.fields | {"action": action} | more
        answers = [mia.post(form.action.removeprefix(PREFIX), data=fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert answers[0].headers["Location"] == answers[1].headers["Location"]
        assert len(desk.decisions(number)) == 1
        other = mia.post(
            form.action.removeprefix(PREFIX), data=fields | {"line.1": "line:3", "reason": "else"}
        )
        assert other.status_code == 409
        ann = desk.web.login("ann").post(form.action.removeprefix(PREFIX), data=fields)
        assert ann.status_code == 409


def test_a_reason_has_a_longest(desk: Desk) -> None:
    number = desk.clean()
    answer = decide(desk, desk.web.login("mia"), number, "reject", reason="x" * 1001)
    assert answer.status_code == 409
    assert "shorten it" in Page(answer.text).text
    assert not desk.decisions(number)


def test_a_preview_is_for_those_who_decide(desk: Desk) -> None:
    number = desk.clean()
    form = the_form(desk, desk.web.login("mia"), number)
    assert post(desk.web.login("vic"), form, "preview").status_code == 403
