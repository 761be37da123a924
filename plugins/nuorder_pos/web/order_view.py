"""A stored match report as the order page shows it: matrices with their variants, choices, questions, warnings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nuorder_pos.cli.text import money
from nuorder_pos.cli.words import LINE_STATUS, word
from nuorder_pos.domain.match_data import NEW, SAME_AS
from nuorder_pos.web.decision_form import Report, proposals

CREATE = "Create new item in POS"
MATCHED, NEW_ITEMS = "matched", "new"
BADGES = {"confirmed": "ok", "upc_match": "info", "new_item": ""}


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a drop-down."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One ordered size. ``options`` are what it may be in the POS, ``chosen`` one of their values or empty."""

    line: str
    label: str
    size: str
    upc: str
    quantity: str
    unit_cost: str
    status: str
    options: tuple[Option, ...]
    chosen: str
    item_id: str
    cost_changes: tuple[str, ...]
    warnings: tuple[str, ...]
    question: str
    still_open: bool
    place: str

    @property
    def word(self) -> str:
        """The status as a merchant calls it."""
        return LINE_STATUS[self.status]

    @property
    def badge(self) -> str:
        """The kind of badge of its status."""
        return BADGES[self.status]

    @property
    def chosen_text(self) -> str:
        """What was chosen, in words."""
        return next((o.text for o in self.options if o.value == self.chosen and o.value), "Not chosen yet")


@dataclass(frozen=True, slots=True)
class Matrix:
    """One style in one colour within a tab."""

    key: str
    style: str
    name: str
    color: str
    image_line: str
    statuses: tuple[tuple[str, str, int], ...]
    """Word, kind of badge, number of variants."""
    units: int
    cost: str
    cost_changes: int
    warnings: int
    still_open: int
    variants: tuple[Variant, ...]

    @property
    def title(self) -> str:
        """Style number, name and colour, as far as they are known."""
        parts = (f"{self.style} {self.name}".strip(), self.color)
        return ", ".join(part for part in parts if part) or "No style number"


@dataclass(frozen=True, slots=True)
class Tab:
    """Matched items, or new items."""

    name: str
    title: str
    count: int
    warnings: int
    still_open: int
    matrices: tuple[Matrix, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; ``line`` is empty where it is about the whole order. ``value`` is the answer so far."""

    code: str
    line: str
    where: str
    text: str
    choices: tuple[Option, ...]
    value: str

    @property
    def answer(self) -> str:
        """The answer so far, in words."""
        if not self.value:
            return ""
        return next(
            (choice.text for choice in self.choices if choice.value == self.value), _other(self.value, {})
        )


@dataclass(frozen=True, slots=True)
class View:
    """The whole report, with the choices laid over it."""

    tabs: tuple[Tab, ...]
    questions: tuple[Asked, ...]
    counts: tuple[tuple[str, str, int], ...]
    """Word, link, number."""
    warnings: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def still_open(self) -> tuple[Asked, ...]:
        """Questions without an answer."""
        return tuple(question for question in self.questions if not question.value)


def view(
    report: Report,
    lines: Mapping[str, str],
    answers: Mapping[str, str],
    found: Mapping[str, str] | None = None,
) -> View:
    """Lay out a report. ``lines`` and ``answers`` are choices above what it proposes, ``found`` what searches said of
    items."""
    chosen = {**proposals(report), **lines}
    answered = {**(report.get("carried") or {}).get("answers", {}), **answers}
    by_line: dict[str, list[Mapping[str, Any]]] = {}
    for question in report["questions"]:
        if question["line"]:
            by_line.setdefault(question["line"], []).append(question)
    variants = {
        line["line"]: _variant(line, by_line.get(line["line"], ()), chosen[line["line"]], found or {})
        for line in report["lines"]
    }
    tabs = tuple(
        _tab(name, title, [x for x in report["lines"] if (x["status"] == "new_item") is new], variants)
        for name, title, new in ((MATCHED, "Matched items", False), (NEW_ITEMS, "New items", True))
    )
    return View(
        tabs, tuple(_asked(q, chosen, answered, variants) for q in report["questions"]), _counts(report),
        tuple(w["text"] for w in report["warnings"]), tuple(str(change) for change in report.get("changes") or ()),
    )  # fmt: skip


def _variant(
    line: Mapping[str, Any], questions: Iterable[Mapping[str, Any]], chosen: str, found: Mapping[str, str]
) -> Variant:
    asked = tuple(questions)
    ordered, units = line["quantity"], line["units"]
    named = " ".join(part for part in (line["color"], line["size"]) if part)
    return Variant(
        line=line["line"],
        label=f"line {line['line']}, {named or line['style_number']}",
        size=line["size"] or "one size",
        upc=line["upc"],
        quantity=str(ordered) if units == ordered else f"{ordered} (= {units} units)",
        unit_cost=money(line["unit_cost"]),
        status=line["status"],
        options=_options(line, asked, chosen, found),
        chosen=chosen,
        item_id=chosen if chosen.isdigit() else "",
        cost_changes=tuple(w["text"] for w in line["warnings"] if w["code"] == "cost_change"),
        warnings=tuple(w["text"] for w in line["warnings"] if w["code"] != "cost_change"),
        question=" ".join(q["text"] for q in asked),
        still_open=bool(asked) and not chosen,
        place=(line["matrix"] or "") if chosen == NEW else "",
    )


def _options(
    line: Mapping[str, Any], asked: Sequence[Mapping[str, Any]], chosen: str, found: Mapping[str, str]
) -> tuple[Option, ...]:
    """The question's choices, the matched item, other candidates, a new item, and what was chosen from a search."""
    options: dict[str, str] = {}
    for question in asked:
        for choice in question["choices"]:
            options.setdefault(choice["value"], _sentence(choice["meaning"]))
    if line["item_id"]:
        options.setdefault(
            line["item_id"], f"{line['item_id']} · {line['item_description'] or 'no description'}"
        )
    for candidate in line["candidates"]:
        archived = "" if not candidate.get("archived") or "archived" in candidate["reason"] else ", archived"
        text = f"{candidate['item_id']} · {candidate['description'] or 'no description'} ({candidate['reason']}{archived})"
        options.setdefault(candidate["item_id"], text)
    options.setdefault(NEW, CREATE)
    if chosen and chosen not in options:
        options[chosen] = _other(chosen, found)
    first = (Option("", "Choose…"),) if asked else ()
    return (*first, *(Option(value, text) for value, text in options.items()))


def _other(value: str, found: Mapping[str, str]) -> str:
    if value == NEW:
        return CREATE
    if value.startswith(SAME_AS):
        return f"The same article as line {value.removeprefix(SAME_AS)}"
    return f"{value} · {found[value]}" if value in found else f"POS item {value}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tab(name: str, title: str, lines: Sequence[Mapping[str, Any]], variants: Mapping[str, Variant]) -> Tab:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        groups.setdefault((line["style_number"] or line["product_id"], line["color"]), []).append(line)
    matrices = tuple(
        _matrix(f"{name}-{number}", rows, variants) for number, rows in enumerate(groups.values(), start=1)
    )
    return Tab(
        name, title, len(lines), sum(m.warnings + m.cost_changes for m in matrices),
        sum(m.still_open for m in matrices), matrices,
    )  # fmt: skip


def _matrix(key: str, lines: Sequence[Mapping[str, Any]], variants: Mapping[str, Variant]) -> Matrix:
    rows = tuple(variants[line["line"]] for line in lines)
    costs = sorted({Decimal(line["unit_cost"]) for line in lines})
    statuses = tuple(
        (LINE_STATUS[status], BADGES[status], count)
        for status in LINE_STATUS
        if (count := sum(row.status == status for row in rows))
    )
    return Matrix(
        key=key,
        style=lines[0]["style_number"],
        name=next((line["name"] for line in lines if line["name"]), ""),
        color=lines[0]["color"],
        image_line=next((line["line"] for line in lines if line["image"]), ""),
        statuses=statuses,
        units=sum(line["units"] for line in lines),
        cost=money(costs[0]) if len(costs) == 1 else f"{money(costs[0])} to {money(costs[-1])}",
        cost_changes=sum(bool(row.cost_changes) for row in rows),
        warnings=sum(bool(row.warnings) for row in rows),
        still_open=sum(row.still_open for row in rows),
        variants=rows,
    )


def _asked(
    question: Mapping[str, Any],
    chosen: Mapping[str, str],
    answered: Mapping[str, str],
    variants: Mapping[str, Variant],
) -> Asked:
    line = question["line"] or ""
    choices = tuple(Option(c["value"], _sentence(c["meaning"])) for c in question["choices"])
    value = chosen.get(line, "") if line else answered.get(question["code"], "")
    if not line and value not in {choice.value for choice in choices}:
        value = ""  # an answer that was possible once: the question is open
    where = variants[line].label if line in variants else "the whole order"
    return Asked(question["code"], line, where, question["text"], choices, value)


def _counts(report: Report) -> tuple[tuple[str, str, int], ...]:
    links = {"confirmed": MATCHED, "upc_match": MATCHED, "new_item": NEW_ITEMS}
    return tuple(
        (word(LINE_STATUS, status), link, sum(line["status"] == status for line in report["lines"]))
        for status, link in links.items()
    )
