"""POS items side by side, and which lines have such a table."""

from __future__ import annotations

from typing import Any

from support.desk import NASTY, Desk
from support.page import Page
from web.routes import decide, the_form
from web.test_decisions_on_the_page import question

from nuorder_pos.web.comparison import MOST, compare, worth_comparing


def candidate(item_id: str, **more: Any) -> dict[str, Any]:
    return {"item_id": item_id, "reason": "holds the UPC", "description": "Tee", "archived": False} | more


def line(number: str, *candidates: dict[str, Any]) -> dict[str, Any]:
    return {
        "line": number, "style_number": "TEE", "name": "Trail Tee", "color": "Red", "size": "M", "upc": "1",
        "unit_cost": "10", "candidates": list(candidates),
    }  # fmt: skip


def report(*lines: dict[str, Any], asked: str = "") -> dict[str, Any]:
    return {
        "lines": list(lines), "questions": [{"line": asked, "code": "duplicate_upc"}] if asked else [],
        "summary": {"vendor": "7", "vendor_name": "Acme"},
    }  # fmt: skip


def facts(*candidates: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    row = line("1", *candidates)
    return {fact.name: (fact.ordered, *fact.held) for fact in compare(row, report(row)).facts}


def test_the_order_stands_beside_the_items_and_the_likely_one_comes_first() -> None:
    first = candidate(
        "8", color="Rot", vendor_id="9", stock="0", default_cost="9.5", changed="2026-01-02T10:00:00+00:00"
    )
    likely = candidate("9", likely=True, vendor_id="7", stock="4", reason="holds the UPC; it has stock")
    row = line("1", first, likely)
    assert [(item.item_id, item.likely) for item in compare(row, report(row)).items] == [
        ("9", True),
        ("8", False),
    ]
    said = facts(first, likely)
    assert said["Vendor"] == ("Acme", "Acme", "vendor 9")
    assert said["Stock in all shops"] == ("", "4", "0")
    assert said["Default cost"] == ("10.00", "", "9.50")
    assert said["Last changed"] == ("", "", "2026-01-02")
    assert said["Colour"] == ("Red", "", "Rot")


def test_a_report_from_before_has_a_smaller_table() -> None:
    assert list(facts(candidate("7"), candidate("8"))) == ["Description", "Why it is offered"]


def test_a_table_stands_where_there_is_something_to_choose() -> None:
    one, two = candidate("7"), candidate("8")
    assert worth_comparing(report(line("1", one, two), line("2", one), line("3"))) == {"1"}
    assert worth_comparing(report(line("1"), line("2", one), asked="2")) == {"2"}


def test_a_very_large_order_has_tables_for_its_questions_first() -> None:
    lines = [line(str(n), candidate("7"), candidate("8")) for n in range(1, MOST + 50)]
    found = worth_comparing(report(*lines, asked=str(MOST + 49)))
    assert len(found) == MOST
    assert str(MOST + 49) in found


def test_without_scripts_a_button_of_the_table_chooses_and_keeps_the_rest(desk: Desk) -> None:
    number = desk.duplicates()
    number_of, choices = question(desk, number)
    mia = desk.web.login("mia")
    page = Page(mia.get(desk.page(number)).text)
    assert "Compare 2 POS items" in page.text
    (button,) = [
        b
        for b in page.form("/decision").buttons
        if b.get("value") == choices[1] and b["name"] == f"line.{number_of}"
    ]
    assert "/review#line-" in button["formaction"]
    form = the_form(desk, mia, number)
    # As a browser sends it: the list of the line first, then the button that was pressed.
    fields = [*(form.fields | {"line.1": "new"}).items(), (button["name"], button["value"])]
    answer = mia.post(f"{desk.page(number)}/review", data=fields)
    kept = Page(answer.text).form("/decision").fields
    assert (kept[f"line.{number_of}"], kept["line.1"]) == (choices[1], "new")
    assert decide(desk, mia, number, "approve", **{button["name"]: button["value"]}).status_code == 303
    assert desk.decisions(number)[0]["lines"] == {number_of: choices[1]}


def test_a_viewer_compares_and_has_no_button(desk: Desk) -> None:
    number = desk.duplicates()
    page = Page(desk.web.login("vic").get(desk.page(number)).text)
    assert "Compare 2 POS items" in page.text
    assert not [b for b in page.all("button") if b.get("name", "").startswith("line.")]


def test_the_likely_item_is_the_first_of_the_list_and_named_in_the_table(desk: Desk) -> None:
    (code,) = desk.codes(1)
    desk.item(code, "Cap (old)")
    likely = desk.item(code, "Cap Blue", stock=3)
    number = _one_line(desk, code)
    (asked,) = desk.report(number)["lines"]
    assert [c["item_id"] for c in asked["candidates"] if c["likely"]] == [likely]
    source = desk.web.login("mia").get(desk.page(number)).text
    options = source.partition('name="line.1"')[2].partition("</select>")[0].split("<option")[2:]
    assert f'value="{likely}"' in options[0]
    assert "(most likely)" in options[0]
    assert sum("most likely" in option for option in options) == 1
    assert "Why it is offered" in Page(source).text


def test_every_variant_says_why(desk: Desk) -> None:
    number = desk.clean()
    text = Page(desk.web.login("vic").get(desk.page(number)).text).text
    for row in desk.report(number)["lines"]:
        assert row["why"] in text


def test_hostile_items_are_compared_as_text(desk: Desk) -> None:
    number = desk.nasty()
    source = desk.web.login("mia").get(desk.page(number)).text
    assert "Compare 2 POS items" in source
    page = Page(source)
    assert NASTY[:20] in page.text
    assert not page.inline
    assert not [tag for tag in page.all("img") if tag.get("src") == "x"]
    assert not [one for _, one in page.tags if "style" in one or "onerror" in one]


def _one_line(desk: Desk, code: str) -> str:
    from support.orders import line as ordered

    number = desk.order(ordered(f"CAP-{code}", "Blue", {"M": 2}, upcs={"M": code}))
    desk.run(number)
    return number
