"""What the report and a refused approval say of whys, likely items and questions about styles."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.desk import Desk
from support.styles import in_its_matrix, in_two_matrices
from typer.testing import CliRunner, Result

from nuorder_pos.cli.main import app
from nuorder_pos.cli.render.page import as_page
from nuorder_pos.cli.render.sheet import report_csv
from nuorder_pos.cli.render.view import view
from nuorder_pos.cli.style_questions import of_styles


@pytest.fixture
def told(desk: Desk) -> Iterator[Any]:
    """Runs the program beside the desk."""

    def run(*arguments: str, status: int = 0) -> Result:
        with desk.inside():
            result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == status, result.output
        return result

    return run


def plain(text: str) -> str:
    """Blanks made one, so that it does not matter where a line is broken."""
    return re.sub(r"\s+", " ", text)


def test_the_report_says_why_in_every_form(desk: Desk, told: Any) -> None:
    number = desk.duplicates()
    whys = [line["why"] for line in desk.report(number)["lines"]]
    assert all(whys)
    for form in ("table", "html", "json", "csv"):
        text = plain(told("report", number, "--format", form).stdout)
        for why in whys:
            assert why in text, form


def test_the_likely_item_is_named(report: dict[str, Any]) -> None:
    report["lines"][1]["candidates"][1]["likely"] = True
    assert view(report).groups[0].rows[1].item == "to be decided (3377 most likely, 2102)"
    rows = list(csv.DictReader(io.StringIO(report_csv(report))))
    assert [row["most_likely"] for row in rows] == ["", "3377", "", "", "", ""]


def test_a_report_from_before_has_no_why(report: dict[str, Any]) -> None:
    assert {row.why for group in view(report).groups for row in group.rows} == {""}
    assert '<p class="why">' not in as_page(report)
    assert of_styles(report) == {}


def test_a_refused_approval_names_the_style_and_its_answers(desk: Desk, told: Any) -> None:
    number, made = in_two_matrices(desk)
    refused = told("approve", number, "--by", "Mia", status=1)
    code = f"matrix_unclear/vst-{number.casefold()}"
    assert f"1. style VST-{number}: Style VST-{number} is in POS matrix" in refused.output
    for value in ("by_color", made["Red"], made["Blue"], "new"):
        assert f"--answer {code}={value}" in refused.output
    assert desk.decisions(number) == []
    # What it offers can be typed.
    said = told("approve", number, "--by", "Mia", "--answer", f"{code}={made['Red']}").stdout
    assert f"{code} = {made['Red']}" in said
    assert desk.decisions(number)[0]["answers"] == {code: made["Red"]}


def test_the_report_asks_about_a_style_and_not_about_the_whole_order(desk: Desk, told: Any) -> None:
    number, there = in_its_matrix(desk)
    text = plain(told("report", number).stdout)
    assert f"style VST-{number}: Style VST-{number} orders 2 variants" in text
    assert f"--answer in_matrix/vst-{number.casefold()}=existing" in text
    found = of_styles(json.loads(told("report", number, "--json").stdout))
    assert found[f"in_matrix/vst-{number.casefold()}"].items == {"2": there["M"], "3": there["L"]}
