"""The order page's form and the decision that it means. Pure.

``line.N`` holds a POS item's id, ``new`` or ``line:M``; ``answer.CODE`` an answer about the whole order; ``found.ID`` what a
search said of an item. A line that the form does not name stays as the report proposes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nuorder_pos.cli.style_questions import of_styles
from nuorder_pos.domain.decisions import Given
from nuorder_pos.domain.match_data import NEW, SAME_AS
from nuorder_pos.errors import NeedsMerchant, Permanent
from nuorder_pos.web.form import Form

LINE, ANSWER, FOUND = "line.", "answer.", "found."
LONGEST_COMMENT = 1000
_UNCHANGED = (
    "product_id", "style_number", "color", "size", "upc", "units", "unit_cost", "status", "item_id",
)  # fmt: skip
Report = Mapping[str, Any]


def read_form(form: Form, report: Report) -> Given:
    """What somebody chose: only what differs from the report's own proposals, settles a question, or replaces a
    decision that was carried over; empty where a decision was taken back ("Choose…") and none took its place.
    ``Permanent`` for what no page of ours sends."""
    proposed, carried = proposals(report), (report.get("carried") or {}).get("answers", {})
    lines = {name: value for name, value in _named(form, LINE) if value != proposed.get(name, "")}
    answers = {code: value for code, value in _named(form, ANSWER) if value and value != carried.get(code)}
    for line, value in lines.items():
        if value and not _is_choice(value):
            raise Permanent(
                f"Line {line[:20]} cannot be {value[:40]!r}: choose one of the list, or search the POS."
            )
    comment = form.one("comment")
    if len(comment) > LONGEST_COMMENT:
        raise Permanent(f"The comment is longer than {LONGEST_COMMENT} characters: shorten it.")
    seen = form.one("seen")
    if not seen.isascii() or not seen.isdecimal() or len(seen) > 18:
        raise Permanent("The page did not say which decisions you saw: open it again.")
    return Given(form.one("shop"), lines, answers, form.one("report_hash"), int(seen), comment)


def need_items(given: Given) -> None:
    """Refuse an approval while a line's decision is taken back: it would fall to the one that was carried over."""
    if empty := [line[:20] for line, value in given.lines.items() if not value]:
        named = f"line {empty[0]}" if len(empty) == 1 else f"the lines {', '.join(empty[:10])}"
        raise NeedsMerchant(f"Nothing was recorded: choose an item for {named}.")


def proposals(report: Report) -> dict[str, str]:
    """By line, what stands in the page before anybody chose: a decision carried over, the matched item, ``new``; empty
    where a question is open, also one about its style that may give it an item."""
    carried = (report.get("carried") or {}).get("lines", {})
    asked = {question["line"] for question in report["questions"] if question["line"]}
    # Only so is "new" told from a line that was left to the style's answer.
    asked |= {line for found in of_styles(report).values() for line in found.items}
    return {
        line["line"]: carried.get(line["line"]) or ("" if line["line"] in asked else line["item_id"] or NEW)
        for line in report["lines"]
    }


def found_items(form: Form) -> dict[str, str]:
    """What searches said of the items that were chosen from them, by id."""
    return {item: text[:200] for item, text in _named(form, FOUND) if item.isascii() and item.isdigit()}


def hidden_fields(given: Given, found: Mapping[str, str], reason: str = "") -> list[tuple[str, str]]:
    """The fields that carry the choices through another page and back."""
    used = set(given.lines.values())
    return [
        ("report_hash", given.report_hash), ("seen", str(given.seen)), ("shop", given.shop),
        ("comment", given.comment), ("reason", reason),
        *((LINE + line, value) for line, value in given.lines.items()),
        *((ANSWER + code, value) for code, value in given.answers.items()),
        *((FOUND + item, text) for item, text in found.items() if item in used),
    ]  # fmt: skip


def moved(given: Given, before: Report, now: Report) -> tuple[Given, list[str]]:
    """Choices on another report of the order: kept on lines that did not change, under their new numbers, and for
    questions that are asked again. Also names, in words, the choices that are gone: also those of lines that cannot be
    told apart."""
    were, are = (Counter(_key(line) for line in report["lines"]) for report in (before, now))
    places = {_key(line): line["line"] for line in now["lines"]}
    single = {key for key in places if were[key] == are[key] == 1}
    numbers = {line["line"]: places[key] if (key := _key(line)) in single else "" for line in before["lines"]}
    codes = {question["code"] for question in now["questions"] if not question["line"]}
    lines, lost = {}, []
    for line, value in given.lines.items():
        other = numbers.get(value.removeprefix(SAME_AS), "") if value.startswith(SAME_AS) else ""
        if (here := numbers.get(line, "")) and (other or not value.startswith(SAME_AS)):
            lines[here] = SAME_AS + other if other else value
        else:
            lost.append(_words(before, line))
    lost += [f"the answer to {code}" for code in given.answers if code not in codes]
    answers = {code: value for code, value in given.answers.items() if code in codes}
    return replace(given, lines=lines, answers=answers), lost


def _key(line: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(str(line[name]) for name in _UNCHANGED), *sorted(c["item_id"] for c in line["candidates"]))


def _words(report: Report, line: str) -> str:
    for row in report["lines"]:
        if row["line"] == line:
            return f"line {line} ({row['style_number']} {row['color']} {row['size']})"
    return f"line {line}"


def _named(form: Form, prefix: str) -> Iterator[tuple[str, str]]:
    for name in form.names():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), form.one(name)


def _is_choice(value: str) -> bool:
    number = value.removeprefix(SAME_AS)
    return value == NEW or (number.isascii() and number.isdigit() and len(number) <= 20)
