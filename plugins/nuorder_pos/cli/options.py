"""Arguments and options that several verbs share."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from typing import Annotated

import typer

from nuorder_pos.cli.trouble import JSON
from nuorder_pos.domain.decisions import names_somebody


def _remember(ctx: typer.Context, value: bool) -> bool:
    """Keep the wish where a failure finds it."""
    if value:
        ctx.find_root().meta[JSON] = True
    return value


Json = Annotated[
    bool, typer.Option("--json", callback=_remember, help="JSON for machines instead of a table for people.")
]
OrderName = Annotated[
    str,
    typer.Argument(
        metavar="ORDER", help="An order number, brand/number where brands share one, or the order's _id."
    ),
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decides; the system's user if left out, never empty."),
]


def decider(by: str | None) -> str:
    """The name that is recorded with a decision."""
    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError, ImportError):
            by = ""
    if not names_somebody(by):
        raise typer.BadParameter("a decision needs the name of who takes it", param_hint="'--by'")
    return by.strip()


def pairs(given: Iterable[str], option: str, meaning: str) -> dict[str, str]:
    """``NAME=VALUE`` options as a mapping; the same name with two values is a mistake."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise typer.BadParameter(f"{text!r} is not {meaning}", param_hint=f"'{option}'")
        if found.setdefault(name, value) != value:
            raise typer.BadParameter(
                f"{name} is given twice, with {found[name]} and {value}", param_hint=f"'{option}'"
            )
    return found
