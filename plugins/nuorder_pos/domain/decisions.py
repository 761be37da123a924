"""A merchant's decision, judged where it is read, so that every way of recording one obeys the same rules.

Pure: a recorded approval and the stored form of the current report in, a verdict out. A decision that does not count
is kept with the reason.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nuorder_pos.domain.match_data import NEW, SAME_AS
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.pos import PosShop

APPROVE = frozenset({"approve", "approved"})
REJECT = frozenset({"reject", "rejected"})
NOBODY = frozenset({"", "anonymous", "anonymous user", "nobody", "none", "null", "undefined", "unknown"})
"""What systems write where they do not know who somebody is, in the form of ``_letters_of``."""
_UNSEEN_LETTERS = frozenset("\u115f\u1160")
"""Fillers of the Korean script: letters by name, and nothing to be seen."""
MAYBE_EXPORTED = "maybe_exported"
"""Answer ``export``: none of the purchase orders that may be this order already is it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the table ``approval`` as somebody wrote it; ``lines`` and ``answers`` are JSON text."""

    approval_id: int
    report_hash: str
    decision: str
    shop: str
    decided_by: str
    lines: str
    answers: str
    comment: str
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that counts. ``lines``: line -> item id, ``new`` or ``line:N``. ``answers``: code -> value."""

    approved: bool
    decided_by: str
    shop_id: str = ""
    comment: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a recorded decision counts; ``reason`` is a sentence where it does not."""

    decision: Decision | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody has chosen and not recorded yet: a shop (id or name, empty for the brand's own), lines and answers
    as for ``Decision``.

    ``report_hash`` and ``seen`` (the newest decision's id, 0 for none) say what was before them.
    """

    shop: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    report_hash: str = ""
    seen: int = 0
    comment: str = ""


def names_somebody(who: str) -> bool:
    """Whether a text can be a person's or a system's name: it has a letter or digit that is to be seen, and is none of
    the words for nobody, however they are spelt."""
    return _letters_of(who) not in NOBODY


def _letters_of(text: str) -> str:
    """What is left of a name without marks, signs and characters that are not to be seen; words with one space."""
    shown = "".join(
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Cf", "Cc", "Mn")
    )
    letters = "".join(
        c if c.isalnum() and c not in _UNSEEN_LETTERS else " " if c.isspace() else "" for c in shown
    )
    return fold(letters)


def mapping_of(text: str, what: str) -> dict[str, str]:
    """Read a JSON object of text from a column; raises ``ValueError`` with a sentence."""
    if not text or not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{what} is not JSON") from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(
        isinstance(v, str | int) and not isinstance(v, bool) for v in found.values()
    ):
        raise ValueError(f'{what} must be a JSON object of text, such as {{"3": "new"}}')
    return {str(key).strip(): str(value).strip() for key, value in found.items()}


def fold_answers(
    report: Mapping[str, Any], lines: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Move answers to questions about one line (``CODE:LINE``, or ``CODE`` where only one line asks) to the lines."""
    by_line, whole = dict(lines), {}
    for key, value in answers.items():
        code, _, line = key.partition(":")
        asking = [
            q["line"]
            for q in report["questions"]
            if q["code"] == code and q["line"] and line in ("", q["line"])
        ]
        if line or len(asking) == 1:
            by_line.setdefault(line or asking[0], value)
        else:
            whole[code] = value
    return by_line, whole


def carried_over(
    report: Mapping[str, Any], lines: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Decisions on unchanged lines of an earlier report, below those that were taken now."""
    carried = report.get("carried") or {}
    return {**carried.get("lines", {}), **lines}, {**carried.get("answers", {}), **answers}


def open_questions(
    report: Mapping[str, Any], lines: Mapping[str, str], answers: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The questions that neither a line decision nor an answer settles."""
    still_open = []
    for question in report["questions"]:
        given = lines.get(question["line"]) if question["line"] else answers.get(question["code"])
        values = {choice["value"] for choice in question["choices"]}
        if given is None or (not question["line"] and given not in values):
            still_open.append(question)
    return still_open


def items_to_look_up(recorded: Recorded, report: Mapping[str, Any]) -> set[str]:
    """Item ids that a decision names, in whatever form, and the report does not vouch for."""
    try:
        taken = fold_answers(
            report, mapping_of(recorded.lines, "lines"), mapping_of(recorded.answers, "answers")
        )
    except ValueError:
        return set()  # the judge says what is wrong
    return {item for item in wanted_items(report, carried_over(report, *taken)[0]) if item.isdigit()}


def wanted_items(report: Mapping[str, Any], lines: Mapping[str, str]) -> set[str]:
    """Item ids named by line decisions that the report itself does not vouch for: they must be looked up."""
    vouched = {c["item_id"] for line in report["lines"] for c in line["candidates"]}
    vouched |= {line["item_id"] for line in report["lines"] if line["item_id"]}
    return {v for v in lines.values() if v != NEW and not v.startswith(SAME_AS)} - vouched


def choose_shop(wanted: str, shops: Sequence[PosShop]) -> PosShop | str:
    """The shop by id or name, or a sentence that says why not."""
    live = [shop for shop in shops if not shop.archived]
    found = [s for s in live if s.shop_id == wanted] or [s for s in live if fold(s.name) == fold(wanted)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(shop.name for shop in live)
    return f"the POS has {'no' if not found else 'more than one'} shop {wanted!r}; it has {names}"


def judge(
    recorded: Recorded,
    report: Mapping[str, Any] | None,
    current_hash: str,
    *,
    shops: Sequence[PosShop],
    default_shop: str = "",
    live_items: Collection[str] = (),
) -> Verdict:
    """Judge one recorded decision against the current report.

    ``live_items`` are the ids of POS items that exist and are not archived, among those ``wanted_items`` asked for.
    """
    if report is None or recorded.report_hash != current_hash:
        return Verdict(None, "it was taken on a report that is not the current one")
    if not names_somebody(recorded.decided_by):
        return Verdict(None, "it names nobody who decided")
    word = fold(recorded.decision)
    if word in REJECT:
        return Verdict(Decision(False, recorded.decided_by, comment=recorded.comment))
    if word not in APPROVE:
        return Verdict(None, f"its decision is {recorded.decision[:40]!r}; allowed are approve and reject")
    try:
        taken = fold_answers(
            report, mapping_of(recorded.lines, "lines"), mapping_of(recorded.answers, "answers")
        )
    except ValueError as error:
        return Verdict(None, str(error))
    if problem := _answers_problem(report, taken[1]):
        return Verdict(None, problem)
    lines, answers = carried_over(report, *taken)
    if problem := lines_problem(report, lines, live_items):
        return Verdict(None, problem)
    if still_open := open_questions(report, lines, answers):
        named = "; ".join(f"{q['code']}{' in line ' + q['line'] if q['line'] else ''}" for q in still_open)
        return Verdict(None, f"questions are open: {named}")
    if not (wanted := recorded.shop or default_shop):
        return Verdict(None, "it names no shop, and the brand has no default shop")
    shop = choose_shop(wanted, shops)
    if isinstance(shop, str):
        return Verdict(None, shop)
    return Verdict(Decision(True, recorded.decided_by, shop.shop_id, recorded.comment, lines, answers))


def _answers_problem(report: Mapping[str, Any], answers: Mapping[str, str]) -> str:
    """An answer to a question that the report does not ask would change the purchase order behind its back."""
    allowed = {q["code"]: {c["value"] for c in q["choices"]} for q in report["questions"] if not q["line"]}
    allowed[MAYBE_EXPORTED] = {"export"}
    for code, value in answers.items():
        if code not in allowed:
            return f"it answers {code[:40]!r}, which the report does not ask"
        if value not in allowed[code]:
            return f"its answer {value[:40]!r} to {code} is none of {', '.join(sorted(allowed[code]))}"
    return ""


def lines_problem(report: Mapping[str, Any], lines: Mapping[str, str], live_items: Collection[str]) -> str:
    """What is wrong with decisions about lines (those carried over among them), or nothing. ``live_items`` as for ``judge``."""
    known = {line["line"]: line for line in report["lines"]}
    unvouched = wanted_items(report, lines)
    for line, value in lines.items():
        if line not in known:
            return f"the report has no line {line!r}"
        if value.startswith(SAME_AS):
            other = value.removeprefix(SAME_AS)
            if other == line or other not in known or lines.get(other, NEW) != NEW or known[other]["item_id"]:
                return f"line {line} is to be the same new item as line {other!r}, which is no new item"
        elif value in unvouched and value not in live_items:
            return f"line {line} names POS item {value!r}, which does not exist or is archived"
    return ""
