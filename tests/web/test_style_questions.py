"""Questions that are asked once for a style: where they stand, and what their answers do."""

from __future__ import annotations

from support.desk import Desk
from support.page import Page
from support.styles import in_its_matrix, in_two_matrices
from support.web_place import PREFIX, BrowserLike
from web.routes import decide, the_form
from web.test_decisions_on_the_page import post

MATRIX, THERE = "answer.matrix_unclear/vst-{}", "answer.in_matrix/vst-{}"


def field(pattern: str, number: str) -> str:
    return pattern.format(number.casefold())


def shown(session: BrowserLike, desk: Desk, number: str) -> str:
    return session.get(desk.page(number)).text


def test_a_question_about_a_style_stands_once_at_its_matrix_and_is_named_at_its_other_colours(
    desk: Desk,
) -> None:
    number, _ = in_two_matrices(desk)
    source = shown(desk.web.login("mia"), desk, number)
    head, _, new = source.partition('<section class="panel" id="new"')
    code = f"matrix_unclear/vst-{number.casefold()}"
    assert f'<fieldset class="card question" id="question-{code}"' in new
    assert source.count("<fieldset") == 1
    assert source.count(f'href="#question-{code}"') == 2  # in the list of questions, and at the other colour
    assert f'href="#question-{code}">style VST-{number}</a>' in head
    assert "Asked once for all colours of the style" in new
    assert "1 open" in new
    assert Page(source).text.count("its matrix follows from the answer about the style") == 2


def test_an_answer_about_a_style_is_recorded_and_followed(desk: Desk) -> None:
    number, made = in_two_matrices(desk)
    mia = desk.web.login("mia")
    assert decide(desk, mia, number, "approve").status_code == 409
    assert not desk.decisions(number)
    answer = decide(desk, mia, number, "approve", **{field(MATRIX, number): made["Blue"]})
    assert answer.status_code == 303
    (taken,) = desk.decisions(number)
    assert taken["answers"] == {f"matrix_unclear/vst-{number.casefold()}": made["Blue"]}
    assert desk.let_through(number) == "go"
    assert {one["itemMatrixID"] for one in new_items(desk, number)} == {int(made["Blue"])}


def test_an_answer_is_kept_through_a_search_a_preview_and_a_refusal(desk: Desk) -> None:
    number, _ = in_two_matrices(desk)
    mia, name = desk.web.login("mia"), field(MATRIX, number)
    asking = Page(post(mia, the_form(desk, mia, number), "search", **{"search": "2", name: "new"}).text).form(
        "/search"
    )
    assert asking.fields[name] == "new"
    preview = Page(post(mia, the_form(desk, mia, number), "preview", **{name: "by_color"}).text)
    back, *_ = [form for form in preview.forms if form.action.endswith("/review")]
    assert back.fields[name] == "by_color"
    again = Page(mia.post(back.action.removeprefix(PREFIX), data=back.fields).text)
    assert again.form("/decision").fields[name] == "by_color"
    refused = decide(desk, mia, number, "approve", **{name: "by_color", "shop": ""})
    assert refused.status_code == 409
    assert Page(refused.text).form("/decision").fields[name] == "by_color"


def test_with_the_items_that_are_there_every_line_shows_which_one_it_gets(desk: Desk) -> None:
    number, there = in_its_matrix(desk)
    mia, name = desk.web.login("mia"), field(THERE, number)
    before = Page(shown(mia, desk, number)).text
    assert "As answered for style VST-" in before
    page = post(mia, the_form(desk, mia, number), "review", **{name: "existing"}).text
    fields = Page(page).form("/decision").fields
    assert (fields[name], fields["line.2"], fields["line.3"], fields["line.4"]) == ("existing", "", "", "new")
    assert f"As for the style: {there['M']} · Ridge Vest Red Medium" in Page(page).text
    cells = [one.get("data-item") for one in Page(page).all("td") if one.get("class") == "live"]
    assert cells[1:] == [there["M"], there["L"], None]
    viewer = Page(shown(desk.web.login("vic"), desk, number)).text
    assert "As answered for style VST-" in viewer


def test_the_style_s_answer_gives_the_lines_their_items_and_makes_none(desk: Desk) -> None:
    number, there = in_its_matrix(desk)
    mia = desk.web.login("mia")
    assert decide(desk, mia, number, "approve", **{field(THERE, number): "existing"}).status_code == 303
    (taken,) = desk.decisions(number)
    assert taken["lines"] == {}
    assert "As for the style: " + there["M"] in Page(shown(mia, desk, number)).text
    assert desk.let_through(number) == "go"
    assert [one["description"].split()[-1] for one in new_items(desk, number)] == ["XL"]
    assert set(there.values()) <= ordered_items(desk, number)


def test_a_line_that_is_decided_by_itself_goes_before_the_style(desk: Desk) -> None:
    number, there = in_its_matrix(desk)
    mia = desk.web.login("mia")
    chosen = {field(THERE, number): "existing", "line.3": "new"}
    assert decide(desk, mia, number, "approve", **chosen).status_code == 303
    assert desk.decisions(number)[0]["lines"] == {"3": "new"}
    assert the_form(desk, mia, number).fields["line.3"] == "new"
    assert desk.let_through(number) == "go"
    assert ordered_items(desk, number) & set(there.values()) == {there["M"]}


def test_creating_new_ones_beside_them_is_the_other_answer(desk: Desk) -> None:
    number, there = in_its_matrix(desk)
    mia = desk.web.login("mia")
    page = Page(post(mia, the_form(desk, mia, number), "review", **{field(THERE, number): "new"}).text)
    assert "As for the style: Create new item in POS" in page.text
    assert decide(desk, mia, number, "approve", **{field(THERE, number): "new"}).status_code == 303
    assert desk.let_through(number) == "go"
    assert not ordered_items(desk, number) & set(there.values())


def ordered_items(desk: Desk, number: str) -> set[str]:
    """The items in the order's purchase order."""
    (po,) = desk.purchase_orders(number)
    return {
        str(one["itemID"])
        for one in desk._books("pos")["records"]["OrderLine"]
        if one["orderID"] == po["orderID"]
    }


def new_items(desk: Desk, number: str) -> list[dict[str, object]]:
    """The items that the export made: they are in the purchase order and were not in the POS before."""
    created = {str(row["item_id"]) for row in desk.sql(
        "SELECT item_id FROM link WHERE order_id = :id AND origin = 'created'", id=desk.id(number)
    )}  # fmt: skip
    return [one for one in desk._books("pos")["records"]["Item"] if str(one["itemID"]) in created]
