"""The page "Match quality": through Airflow's own server, as analysts and buyers open it."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from support.databases import database_kind, databases, engine
from support.desk import BRANDS, Desk
from support.page import Page
from support.rows import add_order, add_report

from nuorder_pos import runtime
from nuorder_pos.domain.quality import monday
from nuorder_pos.store.engine import Engine
from nuorder_pos.web import charts, quality
from nuorder_pos.web.access import Visitor
from nuorder_pos.web.charts import Drawing, Series
from nuorder_pos.web.figures import ALL, FIGURES

__all__ = ["database_kind", "databases", "engine"]  # fixtures

THIS_WEEK = monday(datetime.now(UTC).date())
WEEKS = tuple(THIS_WEEK - timedelta(days=7 * number) for number in reversed(range(12)))
STATIC = Path(quality.__file__).parent / "static"


def numbers(desk: Desk, chart: str, **filters: str) -> list[dict[str, str]]:
    """The file of a chart."""
    answer = desk.web.login("vic").get(f"/quality/{chart}.csv?{urlencode(filters)}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def tables(source: str) -> dict[str, list[list[str]]]:
    """The tables of the page by their caption, rows of texts."""
    found = {}
    for table in re.findall(r"<table.*?</table>", source, re.DOTALL):
        caption = Page(re.search(r"<caption>.*?</caption>", table, re.DOTALL)[0]).text  # type: ignore[index]
        body = table.split("<tbody>")[1]
        found[caption] = [
            [Page(cell).text for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
            for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
        ]
    return found


# ---- what a visitor sees ----


def test_an_exported_order_shows_in_every_chart(desk: Desk) -> None:
    brand = BRANDS["acme"]
    desk.exported()
    before = {chart: numbers(desk, chart, brand=brand)[-1] for chart in FIGURES}
    desk.exported()
    after = {chart: numbers(desk, chart, brand=brand)[-1] for chart in FIGURES}

    def more(chart: str, name: str) -> int:
        return int(after[chart][name]) - int(before[chart][name])

    assert {one["week"] for chart, one in after.items() if chart != "lost-matches"} == {str(THIS_WEEK)}
    assert [more("match-rate", name) for name in ("orders", "variants", "upc_match", "new_item")] == [
        1,
        3,
        2,
        1,
    ]
    assert (more("lost-matches", "missing_upc"), more("lost-matches", "variants")) == (1, 3)
    assert more("new-items", "items_created") == 1
    assert more("lead-time", "orders") == 1
    assert Decimal(0) <= Decimal(after["lead-time"]["median_hours"]) < Decimal(1)


def test_duplicate_codes_are_counted_where_matches_are_lost(desk: Desk) -> None:
    desk.clean()
    brand = BRANDS["acme"]
    (before,) = numbers(desk, "lost-matches", brand=brand)
    desk.duplicates()
    (after,) = numbers(desk, "lost-matches", brand=brand)
    assert int(after["duplicate_upc"]) - int(before["duplicate_upc"]) == 1


def test_the_page_shows_the_numbers_of_the_files(desk: Desk) -> None:
    desk.exported()
    desk.nasty()
    answer = desk.web.login("vic").get("/quality")
    assert answer.status_code == 200
    shown = tables(answer.text)
    assert len(shown) == len(FIGURES)
    for chart, rows in zip(FIGURES, shown.values(), strict=True):
        file = numbers(desk, chart)
        assert len(rows) == len(file) > 0
        assert [row[0] for row in rows] == [next(iter(row.values())) for row in file]
    rates = {(row[0], row[1]): row[-1] for row in next(iter(shown.values()))}
    for row in numbers(desk, "match-rate"):
        assert rates[row["week"], row["brand"]] == f"{Decimal(row['match_rate']) * 100:.1f}%"


def test_all_brands_are_the_sum_of_the_brands(desk: Desk) -> None:
    desk.exported()
    desk.nasty()
    rows = numbers(desk, "match-rate")
    for week in {row["week"] for row in rows}:
        of_week = [row for row in rows if row["week"] == week]
        (every,) = (int(row["variants"]) for row in of_week if row["brand"] == ALL)
        assert every == sum(int(row["variants"]) for row in of_week if row["brand"] != ALL)


def test_the_filters_stand_in_the_address_and_hold_for_the_files(desk: Desk) -> None:
    desk.exported()
    desk.nasty()
    asked = {"brand": BRANDS["oneil"], "from": str(THIS_WEEK - timedelta(days=12)), "to": str(THIS_WEEK)}
    page = Page(desk.web.login("mia").get(f"/quality?{urlencode(asked)}").text)
    first = str(monday(THIS_WEEK - timedelta(days=12)))
    assert page.form("/quality").fields == asked | {"from": first}
    links = [urlsplit(one["href"]) for one in page.all("a") if ".csv" in one.get("href", "")]
    assert len(links) >= 2
    for link in links:
        assert {name: values[0] for name, values in parse_qs(link.query).items()} == asked | {"from": first}
    file = desk.web.login("mia").get(f"{links[0].path.removeprefix('/nuorder-pos')}?{links[0].query}")
    assert {row["brand"] for row in csv.DictReader(io.StringIO(file.text))} == {asked["brand"]}
    assert file.headers["Content-Disposition"] == f'attachment; filename="match-rate_{first}_{THIS_WEEK}.csv"'


def test_a_brand_that_nobody_knows_has_nothing_to_show(desk: Desk) -> None:
    desk.clean()
    answer = desk.web.login("vic").get(f"/quality?{urlencode({'brand': '<script>alert(1)</script>'})}")
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "No match report was built in these weeks." in page.text
    assert "No export created an item in these weeks." in page.text
    assert "No order was exported in these weeks." in page.text
    assert page.inline == []
    assert page.all("svg") == []


@pytest.mark.parametrize(
    "query, says",
    [
        ("from=soon", "is no date: write it as 2026-03-02."),
        ("from=2026-11-16&to=2026-01-01", "choose an earlier first week"),
        ("from=2010-01-01&to=2026-01-01", "choose a shorter period"),
    ],
)
def test_a_period_that_cannot_be_is_a_sentence(desk: Desk, query: str, says: str) -> None:
    desk.clean()
    for path in ("/quality", "/quality/match-rate.csv"):
        answer = desk.web.login("vic").get(f"{path}?{query}")
        assert answer.status_code == 422
        assert says in Page(answer.text).text


def test_a_chart_that_there_is_not_is_named(desk: Desk) -> None:
    answer = desk.web.login("vic").get("/quality/profit.csv")
    assert answer.status_code == 404
    assert "choose one of match-rate, lost-matches, new-items, lead-time" in Page(answer.text).text


def test_names_are_shown_as_text_and_nothing_is_styled_or_scripted_inline(desk: Desk) -> None:
    desk.nasty()
    answer = desk.web.login("vic").get("/quality")
    page = Page(answer.text)
    assert BRANDS["oneil"] in page.text
    assert page.all("b") == []
    assert page.inline == []
    assert [tag for tag, attributes in page.tags if "style" in attributes] == []
    assert [tag for tag, attributes in page.tags if any(name.startswith("on") for name in attributes)] == []


def test_every_chart_has_a_name_and_a_description_of_its_own(desk: Desk) -> None:
    desk.exported()
    desk.nasty()
    source = desk.web.login("vic").get("/quality").text
    drawn = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
    assert len(drawn) >= len(FIGURES)
    ids: list[str] = []
    for text in drawn:
        chart = ElementTree.fromstring(text)
        assert chart.get("role") == "img"
        named = [
            next(one for one in chart if one.get("id") == ident)
            for ident in chart.get("aria-labelledby", "").split()
        ]
        assert [one.tag for one in named] == ["title", "desc"]
        assert all((one.text or "").strip() for one in named)
        ids += [one.get("id", "") for one in named]
    every = [attributes["id"] for _, attributes in Page(source).tags if "id" in attributes]
    assert len(every) == len(set(every))
    assert set(ids) <= set(every)


# ---- who may see what, and files that are safe to open ----


@pytest.fixture
def place(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The routes on a database of their own."""
    monkeypatch.setattr(runtime, "open_engine", lambda: engine)
    return engine


def visitor(*accounts: str) -> Visitor:
    return Visitor("mia", lambda account: account in accounts, lambda account: False)


def file(who: Visitor, chart: str) -> list[dict[str, str]]:
    answer = quality.numbers(who, chart, quality.Asked("", "", ""))
    return list(csv.DictReader(io.StringIO(bytes(answer.body).decode())))


def test_only_accounts_that_the_visitor_may_read_are_counted(place: Engine) -> None:
    add_order(place, "o-1")
    add_report(place, "o-1")
    add_order(place, "o-2", account="east", brand="Koyo")
    add_report(place, "o-2")
    assert {row["brand"] for row in file(visitor("main"), "match-rate")} == {"Acme Outdoor"}
    assert {row["brand"] for row in file(visitor("east"), "lost-matches")} == {"Koyo"}
    assert {row["brand"] for row in file(visitor("east", "main"), "match-rate")} == {
        "Acme Outdoor",
        "Koyo",
        ALL,
    }
    view = quality._view(place, visitor("main"), quality.Asked("", "", ""))
    assert view is not None
    assert view.brands == ("Acme Outdoor",)
    assert quality._view(place, visitor(), quality.Asked("", "", "")) is None


@pytest.mark.parametrize("chart", ["match-rate", "lost-matches"])
def test_a_brand_that_looks_like_a_formula_is_text_in_the_file(place: Engine, chart: str) -> None:
    name = '=HYPERLINK("http://evil","x")'
    add_order(place, brand=name)
    add_report(place)
    assert {row["brand"] for row in file(visitor("main"), chart)} == {f"'{name}"}


def test_where_nothing_is_matched_yet_the_page_says_so(place: Engine) -> None:
    from fastapi import Request

    request = Request(
        {"type": "http", "method": "GET", "path": "/quality", "headers": [], "query_string": b""}
    )
    for who in (visitor("main"), visitor()):
        answer = quality.page(request, who, quality.Asked("", "", ""))
        assert "There is nothing to show yet" in Page(bytes(answer.body).decode()).text


# ---- drawings ----


SERIES = (Series("Confirmed", "confirmed"), Series("UPC match", "upc-match"), Series("New item", "new-item"))


def of(drawing: Drawing, css: str) -> list[charts.Mark]:
    return [mark for mark in drawing.marks if css in mark.css.split()]


def drawings(weeks: tuple[date, ...]) -> Iterator[Drawing]:
    counts = {week: (number % 7, number % 3, 1) for number, week in enumerate(weeks)}
    yield charts.shares("a", "A", weeks, counts, SERIES)
    yield charts.columns(
        "b", "B", weeks, {week: 10**number for number, week in enumerate(weeks[:9])}, 10**8, SERIES[0]
    )
    yield charts.bars("c", "C", [("Brand " * 30, 5, "5 (1.0%)"), ("Other", 0, "0 (0.0%)")], 5, SERIES[0])
    times = {week: (Decimal(number), Decimal(number * 30)) for number, week in enumerate(weeks)}
    yield charts.lines("d", "D", weeks, times, Decimal(30 * len(weeks)), SERIES[:2])


@pytest.mark.parametrize("count", [1, 2, 12, 104])
def test_everything_stays_inside_of_its_drawing(count: int) -> None:
    for drawing in drawings(tuple(WEEKS[0] + timedelta(days=7 * number) for number in range(count))):
        for mark in drawing.marks:
            assert 0 <= mark.x <= mark.x + mark.width <= drawing.width, mark
            assert 0 <= mark.y <= mark.y + mark.height <= drawing.height, mark


def test_the_parts_of_a_week_fill_its_column_in_their_proportion() -> None:
    drawing = charts.shares("a", "A", WEEKS, {WEEKS[0]: (50, 30, 20)}, SERIES)
    heights = [of(drawing, one.css)[0].height for one in SERIES]
    assert heights == pytest.approx([75, 45, 30], abs=0.2)
    assert drawing.about.endswith("Confirmed 50%; UPC match 30%; New item 20%.")


def test_labels_never_cover_each_other() -> None:
    for counts in itertools.permutations((1000, 1, 0)):
        drawing = charts.shares("a", "A", WEEKS, {WEEKS[3]: counts}, SERIES)
        places = sorted(mark.y for mark in of(drawing, "label"))
        assert len(places) == 3
        assert all(below - above >= 14 for above, below in itertools.pairwise(places))


def test_a_line_is_broken_where_a_week_has_nothing() -> None:
    times = {week: (Decimal(2), Decimal(9)) for week in (WEEKS[0], WEEKS[1], WEEKS[4], WEEKS[5])}
    (line, _) = of(charts.lines("d", "D", WEEKS, times, Decimal(9), SERIES[:2]), "curve")
    assert [step[0] for step in re.findall(r"[ML][^ML]*", line.text)] == ["M", "L", "M", "L"]


@pytest.mark.parametrize("most", ["0", "0.3", "1", "5.1", "7", "23", "101", "12345", "99999999"])
def test_an_axis_reaches_the_highest_value_in_few_round_steps(most: str) -> None:
    ticks = charts.scale(Decimal(most))
    assert ticks[0] == 0
    assert ticks[-1] >= Decimal(most)
    assert 2 <= len(ticks) <= 6


@pytest.mark.parametrize(
    "hours, says", [("0.5", "30 min"), ("1", "1.0 h"), ("47.9", "47.9 h"), ("60", "2.5 days")]
)
def test_times_are_said_as_people_say_them(hours: str, says: str) -> None:
    assert charts.duration(Decimal(hours)) == says


# ---- colours ----

# What somebody sees who lacks one kind of cone (Machado, Oliveira, Fernandes 2009), in linear RGB.
SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopes": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopes": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopes": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
THEMES = {"light": r":root \{(.*?)\}", "dark": r':root\[data-theme="dark"\] \{(.*?)\}',
          "preferred": r':root:not\(\[data-theme="light"\]\) \{(.*?)\}'}  # fmt: skip


def colours(theme: str) -> dict[str, str]:
    """The values of both style sheets in a theme."""
    found: dict[str, str] = {}
    for name in ("desk.css", "quality.css"):
        block = re.search(THEMES[theme], (STATIC / name).read_text("utf-8"), re.DOTALL)
        assert block is not None
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block[1]))
    return found


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(rgb: list[float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    x = (0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505
    z = (0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089
    fx, fy, fz = (max(0.0, part) ** (1 / 3) for part in (x, luminance(rgb), z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def seen(colour: str, who: str) -> list[float]:
    rgb = linear(colour)
    return [sum(factor * part for factor, part in zip(row, rgb, strict=True)) for row in SEEN_BY[who]]


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_colours_stand_out_from_the_page(theme: str) -> None:
    found = colours(theme)
    ground = luminance(linear(found["bg"]))
    drawn = {name: value for name, value in found.items() if name.startswith("chart-")}
    assert len(drawn) == 6
    for name, value in drawn.items():
        own = luminance(linear(value))
        assert (max(own, ground) + 0.05) / (min(own, ground) + 0.05) >= 3, name


@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_colours_side_by_side_are_told_apart(theme: str, who: str) -> None:
    found = colours(theme)
    for group in (("confirmed", "upc-match", "new-item"), ("median", "ninetieth")):
        for one, other in itertools.combinations(group, 2):
            pairs = zip(*(lab(seen(found[f"chart-{name}"], who)) for name in (one, other)), strict=True)
            assert sum((a - b) ** 2 for a, b in pairs) ** 0.5 >= 20, (one, other)


def test_the_dark_colours_are_the_same_by_choice_and_by_preference() -> None:
    assert colours("dark") == colours("preferred")
