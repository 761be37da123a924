"""The match report in a reader's order: head, counts, questions, warnings, lines by style and colour.

Table and page show the same; this is what they have in common. Text is left as it came: each form makes it
safe in its own way.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuorder_pos.cli.style_questions import about, of_styles
from nuorder_pos.cli.text import clean, money, plural
from nuorder_pos.cli.words import DECISION, EXPORT_STATUS, LINE_STATUS, said_once, word

Data = Mapping[str, Any]

PROGRAM = "nuorder-pos"


@dataclass(frozen=True, slots=True)
class Shops:
    """``default``: the brand's own shop; ``others``: names to choose from, where they are known."""

    default: str = ""
    others: tuple[str, ...] = ()


NO_SHOPS = Shops()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: what to type, and what it means."""

    option: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with where it stands and the answers that are possible.

    ``settled``: an answer taken over already.
    """

    code: str
    where: str
    text: str
    choices: tuple[Choice, ...]
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One variant."""

    line: str
    size: str
    upc: str
    quantity: str
    unit_cost: str
    status: str
    item: str
    name: str
    marked: bool
    why: str = ""
    """One sentence that says why it has its status."""


@dataclass(frozen=True, slots=True)
class Group:
    """One style in one colour: its rows, and what is to be said about them (``lines 3, 4 (S, M): …``)."""

    style: str
    name: str
    color: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]

    @property
    def title(self) -> str:
        """Style number, name and colour, as far as they are known."""
        return (
            ", ".join(part for part in (f"{self.style} {self.name}".strip(), self.color) if part)
            or "No style number"
        )


@dataclass(frozen=True, slots=True)
class View:
    """The whole report."""

    title: str
    facts: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...]
    questions: tuple[Question, ...]
    command: str
    warnings: tuple[str, ...]
    changes: tuple[str, ...]
    decisions: tuple[str, ...]
    not_written: tuple[str, ...]
    groups: tuple[Group, ...]
    report_hash: str


def view(report: Data, order_name: str = "", shops: Shops = NO_SHOPS) -> View:
    """Lay out a stored report.

    ``order_name`` is what commands call the order: what the reader typed, else its number.
    """
    questions = tuple(_questions(report))
    name = order_name or str(report.get("order_number") or report.get("order_id") or "")
    return View(
        title=f"{report.get('brand') or ''} order {report.get('order_number') or ''}".strip(),
        facts=tuple((label, value) for label, value in _facts(report, shops) if value),
        counts=tuple(_counts(report)),
        questions=questions,
        command=_command(name, questions, shops) if _may_be_approved(report) else "",
        warnings=tuple(str(w.get("text") or w.get("code")) for w in report.get("warnings") or ()),
        changes=tuple(_changes(report)),
        decisions=tuple(_decisions(report)),
        not_written=tuple(f"{name}: {text}" for name, text in (report.get("not_written") or {}).items()),
        groups=tuple(_groups(report)),
        report_hash=str(report.get("report_hash") or ""),
    )


def _facts(report: Data, shops: Shops) -> Iterator[tuple[str, str]]:
    order, summary = report.get("order") or {}, report.get("summary") or {}
    currency = order.get("currency") or ""
    yield "Brand", str(report.get("brand") or "")
    yield "Order", str(report.get("order_number") or "")
    yield "Customer PO", str(order.get("customer_po") or "")
    yield "Retailer", str(order.get("retailer") or "")
    yield "Ordered on", str(order.get("created_on") or "")[:10]
    yield "Ship window", _window(order)
    yield "Units", f"{summary['units']:,}" if isinstance(summary.get("units"), int) else ""
    yield "Total", money(order.get("total"), currency)
    yield "Of it goods", money(summary.get("goods"), currency)
    yield "Shipping", money(order.get("shipping"), currency) if _some(order.get("shipping")) else ""
    yield "Surcharge", money(order.get("surcharge"), currency) if _some(order.get("surcharge")) else ""
    yield "Discount", f"{order['discount']} %" if _some(order.get("discount")) else ""
    yield "Vendor", str(summary.get("vendor_name") or "")
    offered = f"not chosen yet: {' or '.join(shops.others)}" if shops.others else "not chosen yet"
    yield "Shop", str(report.get("shop") or shops.default or offered)
    yield "Export status", _status(report)
    if report.get("state") in ("awaiting_approval", "superseded"):
        yield "Waits until", _moment(report.get("expires_at"))
    yield "Purchase order", " ".join(str(report[key]) for key in ("po_id", "po_url") if report.get(key))


def _some(value: object) -> bool:
    return str(value or "0") not in ("0", "0.0", "0.00")


def _window(order: Data) -> str:
    first, last = order.get("ship_start") or "", order.get("ship_end") or ""
    return f"{first} to {last}" if first and last and first != last else str(first or last)


def _status(report: Data) -> str:
    if not report.get("export_status"):
        return ""
    shown = word(EXPORT_STATUS, report["export_status"])
    behind = said_once(report.get("state"), report.get("reason"))
    return f"{shown}: {behind}" if behind else shown


def _counts(report: Data) -> Iterator[tuple[str, int]]:
    lines = report.get("lines") or ()
    for status, words in LINE_STATUS.items():
        yield words, sum(line.get("status") == status for line in lines)
    yield "Variants", len(lines)


def _questions(report: Data) -> Iterator[Question]:
    lines = {str(line.get("line")): line for line in report.get("lines") or ()}
    styles = of_styles(report)
    carried = report.get("carried") or {}
    for asked in report.get("questions") or ():
        line, code = str(asked.get("line") or ""), str(asked.get("code") or "")
        flag = f"--line {shlex.quote(line)}=" if line else f"--answer {shlex.quote(code)}="
        known = carried.get("lines", {}).get(line) if line else carried.get("answers", {}).get(code)
        yield Question(
            code=code,
            where=_where(line, lines.get(line)) if line else about(code, styles),
            text=str(asked.get("text") or code),
            choices=tuple(
                Choice(flag + shlex.quote(clean(choice.get("value"))), str(choice.get("meaning") or ""))
                for choice in asked.get("choices") or ()
            ),
            settled=str(known or ""),
        )


def _where(line: str, row: Data | None) -> str:
    if row is None:
        return f"line {line}"
    named = [str(row.get(key) or "") for key in ("name", "color", "size")]
    if not named[0]:
        named[0] = str(row.get("style_number") or "")
    return f"line {line}, " + ", ".join(part for part in named if part)


def _may_be_approved(report: Data) -> bool:
    return report.get("state") in (
        None,
        "",
        "awaiting_approval",
        "superseded",
        "rejected",
        "expired",
        "discovered",
    )


def _command(order_name: str, questions: Sequence[Question], shops: Shops) -> str:
    parts = [PROGRAM, "approve", shlex.quote(clean(order_name))]
    if not shops.default:
        parts.append("--shop SHOP")
    parts.extend(q.choices[0].option for q in questions if q.choices and not q.settled)
    return " ".join(parts)


def _moment(instant: object) -> str:
    """An instant for people, to the minute."""
    text = str(instant or "")
    return f"{text[:16].replace('T', ' ')} UTC" if text else ""


def _decisions(report: Data) -> Iterator[str]:
    for taken in report.get("decisions") or ():
        shop = f" for {taken['shop']}" if taken.get("shop") else ""
        said = f"{word(DECISION, taken.get('decision'))}{shop} by {taken.get('decided_by')}"
        said += f", {_moment(taken.get('decided_at'))}"
        if taken.get("comment"):
            said += f" ({taken['comment']})"
        if taken.get("counts") is False:
            said += f": does not count, because {taken.get('reason')}"
        elif taken.get("counts") is None:
            said += ": not looked at yet"
        elif not taken.get("current"):
            said += ": on an earlier report"
        yield said


def _changes(report: Data) -> Iterator[str]:
    for change in report.get("changes") or ():
        if isinstance(change, Mapping):
            where = f"line {change['line']}: " if change.get("line") else ""
            yield where + str(change.get("text") or change.get("what") or change.get("code") or "changed")
        else:
            yield str(change)


def _groups(report: Data) -> Iterator[Group]:
    asked = {str(q.get("line")) for q in report.get("questions") or () if q.get("line")}
    gathered: dict[tuple[str, str], list[Data]] = {}
    for line in report.get("lines") or ():
        gathered.setdefault((str(line.get("style_number") or ""), str(line.get("color") or "")), []).append(
            line
        )
    for (style, color), lines in gathered.items():
        name = next((str(line["name"]) for line in lines if line.get("name")), "")
        yield Group(style, name, color, tuple(_row(line, asked) for line in lines), tuple(_remarks(lines)))


def _row(line: Data, asked: Iterable[str]) -> Row:
    number = str(line.get("line") or "")
    return Row(
        line=number,
        size=str(line.get("size") or ""),
        upc=str(line.get("upc") or ""),
        quantity=_quantity(line),
        unit_cost=money(line.get("unit_cost")),
        status=word(LINE_STATUS, line.get("status")),
        item=_item(line, number in asked),
        name=str(line.get("name") or ""),
        marked=number in asked,
        why=str(line.get("why") or ""),
    )


def _quantity(line: Data) -> str:
    ordered, units = line.get("quantity"), line.get("units")
    return f"{ordered}" if units in (None, ordered) else f"{ordered} (= {plural(int(units), 'unit')})"


def _item(line: Data, open_question: bool) -> str:
    if line.get("item_id"):
        return " ".join(
            part for part in (str(line["item_id"]), str(line.get("item_description") or "")) if part
        )
    found = sorted(line.get("candidates") or (), key=lambda c: not c.get("likely"))
    candidates = ", ".join(f"{c.get('item_id')}{' most likely' * bool(c.get('likely'))}" for c in found)
    if open_question:
        return f"to be decided ({candidates})" if candidates else "to be decided"
    place = str(line.get("matrix") or "").removeprefix("item ")
    placed = f"new item ({place})" if place else "new item"
    return f"{placed}; perhaps {candidates}" if candidates else placed


def _remarks(lines: Iterable[Data]) -> Iterator[str]:
    """Each thing that is said, once, with the lines that it is said of."""
    said: dict[str, list[Data]] = {}
    for line in lines:
        for warning in line.get("warnings") or ():
            said.setdefault(str(warning.get("text") or warning.get("code")), []).append(line)
    for text, concerned in said.items():
        numbers = ", ".join(str(line.get("line")) for line in concerned)
        sizes = ", ".join(str(line["size"]) for line in concerned if line.get("size"))
        yield f"line{'s' if len(concerned) > 1 else ''} {numbers}{f' ({sizes})' if sizes else ''}: {text}"
