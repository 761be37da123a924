"""A stored match report as the order page shows it: matrices with their variants, choices, questions, warnings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nuorder_pos.cli.style_questions import OfStyle, of_styles
from nuorder_pos.cli.text import money
from nuorder_pos.cli.words import LINE_STATUS, word
from nuorder_pos.domain.match_data import NEW, SAME_AS
from nuorder_pos.domain.matrices import EXISTING, MATRIX_UNCLEAR
from nuorder_pos.web.comparison import Comparison, compare, worth_comparing
from nuorder_pos.web.decision_form import Report, proposals

CREATE = "Create new item in POS"
MATCHED, NEW_ITEMS = "matched", "new"
_WAITS = "its matrix follows from the answer about the style"
BADGES = {"confirmed": "ok", "upc_match": "info", "new_item": ""}


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a drop-down."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class ByStyle:
    """A line that an answer about its style decides on, as long as nobody decides on the line itself."""

    code: str
    item_id: str
    answer: str
    texts: Mapping[str, str]
    """What the drop-down says, by the answer; empty for none."""


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
    why: str
    compared: Comparison | None
    by_style: ByStyle | None

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
        wanted = self.chosen or self.by_style is not None
        return next((o.text for o in self.options if o.value == self.chosen and wanted), "Not chosen yet")


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
    asked: tuple[Asked, ...] = ()
    """Questions about its style, put here."""
    elsewhere: tuple[Asked, ...] = ()
    """Questions about its style that are put at another colour of it."""

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
    """A question; ``line`` is empty where it is about the whole order or a style. ``value`` is the answer so far."""

    code: str
    line: str
    where: str
    text: str
    choices: tuple[Option, ...]
    value: str
    of_style: bool = False

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
    styles = of_styles(report)
    by_style = _by_style(report, styles, answered)
    waiting = {row["line"] for code, one in styles.items() if _is(code, MATRIX_UNCLEAR) for row in one.rows}
    tables = worth_comparing(report)
    variants = {
        line["line"]: _variant(
            line, by_line.get(line["line"], ()), chosen[line["line"]], found or {},
            compare(line, report) if line["line"] in tables else None,
            by_style.get(line["line"]), line["line"] in waiting,
        )
        for line in report["lines"]
    }  # fmt: skip
    questions = tuple(_asked(q, chosen, answered, variants, styles) for q in report["questions"])
    tabs = tuple(
        _tab(
            name,
            title,
            [x for x in report["lines"] if (x["status"] == "new_item") is new],
            variants,
            styles,
            questions,
        )
        for name, title, new in ((MATCHED, "Matched items", False), (NEW_ITEMS, "New items", True))
    )
    return View(
        tabs, questions, _counts(report),
        tuple(w["text"] for w in report["warnings"]), tuple(str(change) for change in report.get("changes") or ()),
    )  # fmt: skip


def _is(code: str, name: str) -> bool:
    return code.partition("/")[0] == name


def _by_style(
    report: Report, styles: Mapping[str, OfStyle], answered: Mapping[str, str]
) -> dict[str, ByStyle]:
    """The lines that an answer about their style may give an item. A decision that was carried over goes before it."""
    carried = (report.get("carried") or {}).get("lines", {})
    found = {}
    for code, one in styles.items():
        for row in one.rows:
            if row["line"] in one.items and row["line"] not in carried:
                first = row["candidates"][0]
                item = f"{first['item_id']} · {first['description'] or 'no description'}"
                texts = {"": f"As answered for style {one.label}: still open", EXISTING: f"As for the style: {item}",
                         NEW: f"As for the style: {CREATE}"}  # fmt: skip
                answer = answered.get(code, "")
                found[row["line"]] = ByStyle(code, first["item_id"], answer if answer in texts else "", texts)
    return found


def _variant(
    line: Mapping[str, Any], questions: Iterable[Mapping[str, Any]], chosen: str, found: Mapping[str, str],
    compared: Comparison | None, by_style: ByStyle | None, waits: bool,
) -> Variant:  # fmt: skip
    asked = tuple(questions)
    ordered, units = line["quantity"], line["units"]
    named = " ".join(part for part in (line["color"], line["size"]) if part)
    by_answer = by_style.answer if by_style and not chosen else ""
    item_id = by_style.item_id if by_style and by_answer == EXISTING else chosen if chosen.isdigit() else ""
    becomes_new = NEW in (chosen, by_answer)
    return Variant(
        line=line["line"],
        label=f"line {line['line']}, {named or line['style_number']}",
        size=line["size"] or "one size",
        upc=line["upc"],
        quantity=str(ordered) if units == ordered else f"{ordered} (= {units} units)",
        unit_cost=money(line["unit_cost"]),
        status=line["status"],
        options=_options(line, asked, chosen, found, by_style),
        chosen=chosen,
        item_id=item_id,
        cost_changes=tuple(w["text"] for w in line["warnings"] if w["code"] == "cost_change"),
        warnings=tuple(w["text"] for w in line["warnings"] if w["code"] != "cost_change"),
        question=" ".join(q["text"] for q in asked),
        still_open=bool(asked) and not chosen,
        place=(_WAITS if waits else line["matrix"] or "") if becomes_new else "",
        why=str(line.get("why") or ""),
        compared=compared,
        by_style=by_style,
    )


def _options(
    line: Mapping[str, Any], asked: Sequence[Mapping[str, Any]], chosen: str, found: Mapping[str, str],
    by_style: ByStyle | None,
) -> tuple[Option, ...]:  # fmt: skip
    """The most likely item, the question's choices, the matched item, other candidates, a new item, and what was chosen
    from a search."""
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
    likely = [c["item_id"] for c in line["candidates"] if c.get("likely") and c["item_id"] in options]
    named = {item: f"{options[item]} (most likely)" for item in likely}
    first = (Option("", "Choose…"),) if asked else ()
    if by_style and not asked:
        first = (Option("", by_style.texts[by_style.answer]),)
    return (*first, *(Option(value, text) for value, text in {**named, **options, **named}.items()))


def _other(value: str, found: Mapping[str, str]) -> str:
    if value == NEW:
        return CREATE
    if value.startswith(SAME_AS):
        return f"The same article as line {value.removeprefix(SAME_AS)}"
    return f"{value} · {found[value]}" if value in found else f"POS item {value}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tab(
    name: str, title: str, lines: Sequence[Mapping[str, Any]], variants: Mapping[str, Variant],
    styles: Mapping[str, OfStyle], questions: Sequence[Asked],
) -> Tab:  # fmt: skip
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        groups.setdefault((line["style_number"] or line["product_id"], line["color"]), []).append(line)
    concerned = {q.code: {row["line"] for row in styles[q.code].rows} for q in questions if q.of_style}
    placed: set[str] = set()
    matrices = []
    for number, rows in enumerate(groups.values(), start=1):
        here = [q for q in questions if q.of_style and concerned[q.code] & {row["line"] for row in rows}]
        asked = tuple(q for q in here if q.code not in placed)
        elsewhere = tuple(q for q in here if q.code in placed)
        placed |= {q.code for q in asked}
        matrices.append(_matrix(f"{name}-{number}", rows, variants, asked, elsewhere))
    return Tab(
        name, title, len(lines), sum(m.warnings + m.cost_changes for m in matrices),
        sum(m.still_open for m in matrices), tuple(matrices),
    )  # fmt: skip


def _matrix(
    key: str, lines: Sequence[Mapping[str, Any]], variants: Mapping[str, Variant], asked: tuple[Asked, ...],
    elsewhere: tuple[Asked, ...],
) -> Matrix:  # fmt: skip
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
        still_open=sum(row.still_open for row in rows) + sum(not one.value for one in asked),
        variants=rows,
        asked=asked,
        elsewhere=elsewhere,
    )


def _asked(
    question: Mapping[str, Any],
    chosen: Mapping[str, str],
    answered: Mapping[str, str],
    variants: Mapping[str, Variant],
    styles: Mapping[str, OfStyle],
) -> Asked:
    line = question["line"] or ""
    choices = tuple(Option(c["value"], _sentence(c["meaning"])) for c in question["choices"])
    value = chosen.get(line, "") if line else answered.get(question["code"], "")
    if not line and value not in {choice.value for choice in choices}:
        value = ""  # an answer that was possible once: the question is open
    about = styles.get(question["code"]) if not line else None
    where = (
        variants[line].label if line in variants else f"style {about.label}" if about else "the whole order"
    )
    # One that no row of the page stands for is asked with those about the whole order.
    return Asked(question["code"], line, where, question["text"], choices, value, bool(about and about.rows))


def _counts(report: Report) -> tuple[tuple[str, str, int], ...]:
    links = {"confirmed": MATCHED, "upc_match": MATCHED, "new_item": NEW_ITEMS}
    return tuple(
        (word(LINE_STATUS, status), link, sum(line["status"] == status for line in report["lines"]))
        for status, link in links.items()
    )
