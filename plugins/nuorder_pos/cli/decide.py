"""``approve``, ``reject`` and ``rematch``: what a merchant decides, recorded in the database."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuorder_pos.cli.options import By, Json, OrderName, decider, pairs
from nuorder_pos.cli.output import complain, say, say_json
from nuorder_pos.cli.text import clean, plural
from nuorder_pos.cli.trouble import kind
from nuorder_pos.errors import NeedsMerchant

if TYPE_CHECKING:
    from nuorder_pos.cli.style_questions import OfStyle

Comment = Annotated[str, typer.Option(metavar="TEXT", help="Kept with the decision.")]


def approve(
    order: OrderName,
    shop: Annotated[
        str | None, typer.Option(metavar="SHOP", help="Name or id; may be left out if the brand has one.")
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE=VALUE", help="A POS item id, or new; once for each line to be decided."),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=VALUE", help="The answer to a question about the whole order or a style."),
    ] = None,
    by: By = None,
    comment: Comment = "",
    json: Json = False,
) -> None:
    """Approve an order for export.

    Open questions must be answered; `report` lists them with their choices.

    \b
    Example:
      nuorder-pos approve 104503 --shop "Main Street" --line 4=2101 --line 7=new --answer pack=packs
      nuorder-pos approve 104503 --answer matrix_unclear/tee=30
    """
    who = decider(by)
    lines = pairs(line or (), "--line", "LINE=ITEM_ID or LINE=new")
    answers = pairs(answer or (), "--answer", "CODE=VALUE")
    from nuorder_pos.cli.shops import default_shop, require_shop
    from nuorder_pos.config import load_brands
    from nuorder_pos.domain.lifecycle import ExportStatus, export_status
    from nuorder_pos.pipeline import decide
    from nuorder_pos.pipeline.orders import find, row_of
    from nuorder_pos.runtime import open_engine

    brands = load_brands()
    engine = open_engine()
    order_id = find(engine, order)
    row = row_of(engine, order_id)
    default = default_shop(brands, row["account"], row["brand"])
    still_open, styles = _still_open(engine, order_id, lines, answers)
    if row["report_hash"] and not still_open and export_status(row["state"]) is ExportStatus.NOT_EXPORTED:
        require_shop(row["account"], shop, default)
    try:
        recorded = decide.approve(
            engine, brands, order_id, shop=shop, lines=lines, answers=answers, by=who, comment=comment
        )
    except NeedsMerchant as error:
        command = _command(order, shop or (None if default else "SHOP"), lines, answers, still_open)
        _refuse(error, still_open, styles, command, json)
        raise typer.Exit(1) from None
    given = {"shop": shop, "lines": lines, "answers": answers, "comment": comment}
    _confirm("Approved", engine, order_id, {**given, **recorded, "decided_by": who}, json)
    if not json:
        say(f"The export follows by itself; `nuorder-pos plan {_typed(order)}` shows what it will do.")


def _typed(order: str) -> str:
    return shlex.quote(clean(order))


def _still_open(
    engine: Any, order_id: str, lines: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], dict[str, OfStyle]]:
    """The open questions with their choices, and the styles that they are about; the refusal's own sentence names them
    by code only."""
    from nuorder_pos.cli.style_questions import of_styles
    from nuorder_pos.domain.decisions import carried_over, fold_answers, open_questions
    from nuorder_pos.errors import NuorderPosError
    from nuorder_pos.pipeline.read import report

    try:
        found = report(engine, order_id)
    except NuorderPosError:
        return [], {}
    still_open = open_questions(found, *carried_over(found, *fold_answers(found, lines, answers)))
    return still_open, of_styles(found)


def _refuse(
    error: NeedsMerchant,
    questions: list[Mapping[str, Any]],
    styles: Mapping[str, OfStyle],
    command: str,
    json: bool,
) -> None:
    if json:
        complain(str(error))
        say_json({"error": str(error), "kind": kind(error), "open_questions": questions})
        return
    # The error names the open questions; with their choices they are named below.
    complain(str(error).splitlines()[0] if questions else str(error))
    for text in _questions(questions, styles):
        complain(text)
    if questions:
        complain(f"\nFor example:\n  {command}")


def _questions(questions: list[Mapping[str, Any]], styles: Mapping[str, OfStyle]) -> Iterator[str]:
    from nuorder_pos.cli.style_questions import about

    for number, question in enumerate(questions, start=1):
        where = f"line {question['line']}" if question.get("line") else clean(about(question["code"], styles))
        yield f"\n{number}. {where}: {clean(question.get('text') or question.get('code'))}"
        offered = [
            (_option(question, choice), clean(choice.get("meaning")))
            for choice in question.get("choices") or ()
        ]
        width = max((len(option) for option, _ in offered), default=0)
        yield from (f"     {option.ljust(width)}  {meaning}" for option, meaning in offered)


def _option(question: Mapping[str, Any], choice: Mapping[str, Any]) -> str:
    flag, name = ("--line", question["line"]) if question.get("line") else ("--answer", question["code"])
    return f"{flag} {shlex.quote(clean(name))}={shlex.quote(clean(choice.get('value')))}"


def _command(
    order: str,
    shop: str | None,
    lines: Mapping[str, str],
    answers: Mapping[str, str],
    questions: list[Mapping[str, Any]],
) -> str:
    """What was typed, with the first choice of each question that is open."""
    parts = ["nuorder-pos approve", _typed(order)]
    if shop:
        parts.append(f"--shop {shlex.quote(shop)}")
    parts.extend(f"--line {shlex.quote(f'{name}={value}')}" for name, value in lines.items())
    parts.extend(f"--answer {shlex.quote(f'{name}={value}')}" for name, value in answers.items())
    parts.extend(
        _option(question, question["choices"][0]) for question in questions if question.get("choices")
    )
    return " ".join(parts)


def _confirm(verb: str, engine: Any, order_id: str, recorded: Mapping[str, Any], json: bool) -> None:
    """Say what was recorded; ids as text."""
    from nuorder_pos.pipeline.orders import label

    if json:
        said = {
            key: str(value) if key.endswith("_id") and value is not None else value
            for key, value in recorded.items()
        }
        say_json(said)
        return
    # Each on its own: what is said may have several lines, a name may not.
    shop = f" for the shop {clean(recorded['shop'])}" if recorded.get("shop") else ""
    say(f"{verb}: {clean(label(engine, order_id))}{shop}, by {clean(recorded['decided_by'])}.")
    for key, one in (("lines", "line"), ("answers", "question")):
        if decided := recorded.get(key):
            named = ", ".join(f"{clean(name)} = {clean(value)}" for name, value in decided.items())
            say(f"{plural(len(decided), one)} decided: {named}.")
    if recorded.get("report_hash"):
        say(f"Recorded for the report {recorded['report_hash']}.")


def reject(
    order: OrderName,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the decision.")],
    by: By = None,
    json: Json = False,
) -> None:
    """Reject an order.

    It is not exported until somebody approves it after all.

    \b
    Example:
      nuorder-pos reject 104506 --reason "wrong currency, the brand sends a new order"
    """
    who = decider(by)
    if not reason.strip():
        raise typer.BadParameter("a rejection needs a reason", param_hint="'--reason'")
    from nuorder_pos.pipeline import decide
    from nuorder_pos.pipeline.orders import find
    from nuorder_pos.runtime import open_engine

    engine = open_engine()
    order_id = find(engine, order)
    recorded = decide.reject(engine, order_id, reason=reason.strip(), by=who)
    _confirm("Rejected", engine, order_id, {**recorded, "reason": reason.strip(), "decided_by": who}, json)


def rematch(order: OrderName, by: By = None, json: Json = False) -> None:
    """Match an order again.

    A waiting, rejected or expired one, for example after a UPC was added to an item in the POS.

    \b
    Example:
      nuorder-pos rematch 104503
    """
    who = decider(by)
    from nuorder_pos.pipeline import decide
    from nuorder_pos.pipeline.orders import find
    from nuorder_pos.runtime import open_engine

    engine = open_engine()
    order_id = find(engine, order)
    asked = decide.rematch(engine, order_id, by=who)
    if json:
        say_json(asked)
    else:
        say(f"Asked for a new match of {clean(order)}; the run that waits for it, or the next one, makes it.")
