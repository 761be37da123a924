"""``links styles``: what merchants decided for the matrices of styles."""

from __future__ import annotations

from typing import Annotated

import typer

from nuorder_pos.cli.options import By, Json, decider
from nuorder_pos.cli.output import say, say_json, table
from nuorder_pos.cli.text import plural
from nuorder_pos.cli.words import word
from nuorder_pos.errors import NeedsMerchant

styles = typer.Typer(
    name="styles",
    help="Remembered choices for the matrices of styles: list, withdraw.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_CHOICES = {"new": "a new matrix", "by_color": "a matrix for each colour"}


@styles.callback()
def _styles() -> None:
    """What merchants decided for the matrix of a style: asked once, then remembered for the style."""


@styles.command("list")
def list_(
    brand: Annotated[str | None, typer.Option(metavar="B", help="Only styles of this brand.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Withdrawn choices too.")] = False,
    json: Json = False,
) -> None:
    """List remembered choices for the matrices of styles.

    \b
    Example:
      nuorder-pos links styles list --brand "Acme Outdoor"
    """
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store.style_choices import list_choices

    rows = list_choices(open_engine(), brand=brand, all_history=history)
    if json:
        instants = ("made_at", "withdrawn_at")
        say_json(
            [
                {
                    **row,
                    "choice_id": str(row["choice_id"]),
                    **{name: row[name] and row[name].isoformat() for name in instants},
                }
                for row in rows
            ]
        )
        return
    if not rows:
        say("No remembered choices. They are made where a report asks about the matrix of a style.")
        return
    columns = ["choice", "brand", "style", "decided", "order", "by", "since"]
    shown = [
        [
            row["choice_id"],
            row["brand"],
            row["style"],
            f"matrix {row['choice']}" if row["choice"].isdigit() else word(_CHOICES, row["choice"]),
            row["order_number"] or row["order_id"],
            row["made_by"],
            str(row["made_at"])[:10],
        ]
        for row in rows
    ]
    if history:
        columns.append("withdrawn")
        for cells, row in zip(shown, rows, strict=True):
            cells.append(
                f"{str(row['withdrawn_at'])[:10]} by {row['withdrawn_by']}" if row["withdrawn_at"] else ""
            )
    say(table(columns, shown, right=("choice",), whole=("since",)), "", f"{plural(len(rows), 'choice')}.")


@styles.command()
def withdraw(
    choice: Annotated[
        int, typer.Argument(metavar="CHOICE", help="The choice's number, as `links styles list` shows it.")
    ],
    by: By = None,
    json: Json = False,
) -> None:
    """Withdraw a remembered choice.

    The next order with the style asks again; the choice stays as history.

    \b
    Example:
      nuorder-pos links styles withdraw 3
    """
    who = decider(by)
    from nuorder_pos.runtime import open_engine
    from nuorder_pos.store import style_choices

    if not style_choices.withdraw(open_engine(), choice, who):
        raise NeedsMerchant(
            f"There is no choice {choice} that counts: `nuorder-pos links styles list` shows them."
        )
    if json:
        say_json({"choice_id": str(choice), "withdrawn_by": who})
    else:
        say(f"Choice {choice} is withdrawn: the next order with the style asks again.")
