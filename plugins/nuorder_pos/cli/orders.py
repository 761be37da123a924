"""``orders``, ``plan`` and ``runbook``: where orders stand, what an export would do, what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nuorder_pos.cli.options import Json, OrderName
from nuorder_pos.cli.output import facts, heading, say, say_json, table
from nuorder_pos.cli.text import clean, money, plural
from nuorder_pos.cli.words import EXPORT_STATUS, export_status, said_once, state
from nuorder_pos.cli.words import step as step_words

if TYPE_CHECKING:
    from rich.console import RenderableType

OUTCOME = {
    "begun": "sent, no answer yet",
    "done": "done",
    "refused": "refused",
    "unknown": "unknown: is looked up before anything is sent again",
    "absent": "not found after waiting: may be sent again",
    "surplus": "one too many: is taken back",
}


def orders(
    status: Annotated[
        str | None,
        typer.Option(
            metavar="S", help="Only orders with this status: not_exported, in_progress, exported, or a state."
        ),
    ] = None,
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only orders of this brand.")] = None,
    older: Annotated[
        bool, typer.Option("--all", help="In the table too: orders older than their brand's since date.")
    ] = False,
    json: Json = False,
) -> None:
    """List the orders with their export status.

    Orders that were created before their brand's `since` date are counted below the table; JSON holds them
    all.

    \b
    Example:
      nuorder-pos orders --status not_exported --brand "Acme Outdoor"

    """
    from nuorder_pos.pipeline.orders import listing
    from nuorder_pos.runtime import open_engine

    wanted = None if status is None else _status(status)
    rows = listing(open_engine(), status=wanted, brand=brand)
    if json:
        say_json(rows)
    else:
        say(*_orders_table(rows, older))


def _status(given: str) -> str:
    """The name of a status, also where somebody types the word that is shown."""
    from nuorder_pos.domain.lifecycle import ExportStatus, State

    name = "_".join(given.casefold().split())
    known = {str(entry) for entry in (*ExportStatus, *State)}
    name = {"export_in_progress": "in_progress"}.get(name, name)
    if name not in known:
        raise typer.BadParameter(
            f"{given!r} is no status; allowed are {', '.join(sorted(known))}", param_hint="'--status'"
        )
    return name


def _orders_table(rows: Sequence[Mapping[str, Any]], older: bool) -> Iterator[RenderableType]:
    if not rows:
        yield "No orders. A run of the DAG nuorder_po_export finds them."
        return
    shown = [row for row in rows if older or not row.get("listed_only")]
    if shown:
        yield table(
            ("brand", "order", "status", "reason", "units", "total", "PO"),
            [
                (
                    row["brand"],
                    row["order_number"],
                    export_status(row),
                    _reason(row),
                    row.get("units"),
                    money(row.get("total"), str(row.get("currency") or "")),
                    row.get("po_id"),
                )
                for row in shown
            ],
            right=("units", "total"),
            whole=("order", "status", "PO"),
        )
        yield ""
    if linked := [row for row in shown if row.get("po_url")]:
        for row in linked:
            yield f"{clean(row['order_number'])}: View PO #{clean(row['po_id'])} {clean(row['po_url'])}"
        yield ""
    counted = Counter(export_status(row) for row in shown)
    named = ", ".join(f"{counted[word]} {word}" for word in EXPORT_STATUS.values() if counted[word])
    yield f"{plural(len(shown), 'order')}{': ' if named else ''}{named}."
    if hidden := Counter(str(row["brand"]) for row in rows if row not in shown):
        brands = ", ".join(f"{clean(name)} {number}" for name, number in sorted(hidden.items()))
        yield (
            f"{plural(sum(hidden.values()), 'older order')} only listed ({brands}): "
            "created before the brand's since date, taken only when a run names them; --all shows them."
        )


def _reason(row: Mapping[str, Any]) -> str:
    said = str(row.get("reason") or "")
    # The reason of an order that is only listed says it all.
    return said if row.get("listed_only") and said else said_once(row.get("state"), said)


def plan(order: OrderName, json: Json = False) -> None:
    """Show what an export would write (dry run).

    Every step with its cost in API drips, and how long it takes. Nothing is written.

    \b
    Example:
      nuorder-pos plan 104501
    """
    from nuorder_pos.pipeline.orders import account_of, find
    from nuorder_pos.pipeline.plan import dry_run
    from nuorder_pos.runtime import open_engine, open_work

    engine = open_engine()
    order_id = find(engine, order)
    with open_work(account_of(engine, order_id)) as work:
        found = dry_run(work, order_id)
    if json:
        say_json(found)
    else:
        say(*_plan_table(found))


def _plan_table(found: Mapping[str, Any]) -> Iterator[RenderableType]:
    steps, minimum = found.get("steps") or (), found.get("minimum_drips")
    yield heading(
        f"Plan for {clean(found.get('brand'))} order {clean(found.get('order_number'))}: nothing is written"
    )
    if not found.get("approved"):
        yield "The order is not approved; its export would do this with the decisions that are known now."
    yield ""
    yield table(
        ("step", "what", "drips"),
        [
            (number, step_words(step.get("kind"), step.get("summary")), step.get("drips"))
            for number, step in enumerate(steps, start=1)
        ],
        right=("step", "drips"),
    )
    yield ""
    yield facts(
        (
            ("Steps", len(steps)),
            (
                "Drips",
                f"{found.get('drips')}, of it {found.get('read_drips')} for reading; the writes and one look-up alone: {minimum}",
            ),
            ("Expected time", _duration(found.get("seconds"))),
            ("Report", found.get("report_hash")),
        )
    )


def _duration(seconds: object) -> str:
    try:
        number = float(str(seconds))
    except ValueError:
        return ""
    if number < 1:
        return "not held up by the API's limit"
    if number < 90:
        return f"about {plural(max(1, round(number)), 'second')}"
    return f"about {plural(round(number / 60), 'minute')} ({round(number):,} seconds)"


def runbook(order: OrderName, json: Json = False) -> None:
    """Show the journal of an order's export.

    Step by step, and what happens next.

    \b
    Example:
      nuorder-pos runbook 104501
    """
    from nuorder_pos.pipeline.orders import find
    from nuorder_pos.pipeline.read import runbook as read
    from nuorder_pos.runtime import open_engine

    engine = open_engine()
    found = read(engine, find(engine, order))
    if json:
        say_json(found)
    else:
        say(*_runbook_table(found))


def _runbook_table(found: Mapping[str, Any]) -> Iterator[RenderableType]:
    steps = found.get("steps") or ()
    order = found.get("order")
    head = order if isinstance(order, Mapping) else {}
    yield heading(f"Export of {_order_title(found)}")
    yield facts(
        (
            ("Export status", export_status(head) if head else ""),
            ("State", state(found.get("state"))),
            ("Reason", found.get("reason")),
            ("Purchase order", " ".join(str(head[key]) for key in ("po_id", "po_url") if head.get(key))),
            (
                "Steps",
                f"{found.get('steps_done', 0)} of {found['steps_planned']} done"
                if found.get("steps_planned")
                else "",
            ),
        )
    )
    yield ""
    if steps:
        yield heading("Journal")
        yield table(
            ("", "begun (UTC)", "step", "outcome", "POS id", "drips", "note"),
            list(_attempts(steps)),
            right=("", "drips"),
            whole=("begun (UTC)",),
        )
    else:
        yield "Nothing was sent to the POS for this order."
    if history := found.get("history"):
        yield ""
        yield heading("History")
        rows = [
            (_moment(entry.get("at")), state(entry.get("state")), entry.get("reason")) for entry in history
        ]
        yield table(("at (UTC)", "state", "reason"), rows, whole=("at (UTC)",))
    yield ""
    yield heading("What happens next")
    yield str(found.get("next") or "Nothing.")


def _moment(instant: object) -> str:
    return str(instant or "")[:19].replace("T", " ")


def _attempts(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    """One row for each attempt of a step: its beginning and what came of it."""
    attempts: dict[tuple[object, object], list[Mapping[str, Any]]] = {}
    for step in steps:
        attempts.setdefault((step.get("step"), step.get("attempt")), []).append(step)
    for number, events in enumerate(attempts.values(), start=1):
        first, last = events[0], events[-1]
        again = first.get("attempt")
        drips = next((event["drips"] for event in reversed(events) if event.get("drips") is not None), None)
        yield (
            number,
            _moment(first.get("at")),
            _step(first) + (f" (attempt {again})" if isinstance(again, int) and again > 1 else ""),
            OUTCOME.get(str(last.get("event")), str(last.get("event"))),
            last.get("result"),
            drips,
            "; ".join(str(event["note"]).removesuffix(".") for event in events if event.get("note")),
        )


def _step(step: Mapping[str, Any]) -> str:
    return step_words(step.get("kind"), step.get("summary") or step.get("step"))


def _order_title(found: Mapping[str, Any]) -> str:
    order = found.get("order")
    if isinstance(order, Mapping):
        return " ".join(str(order[key]) for key in ("brand", "order_number") if order.get(key))
    return str(order or "")
