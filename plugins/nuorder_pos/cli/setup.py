"""``check`` and ``db upgrade``: what a person runs after setting something up."""

from __future__ import annotations

import typer

from nuorder_pos.cli.options import Json
from nuorder_pos.cli.output import say, say_json, table
from nuorder_pos.cli.text import plural

db = typer.Typer(name="db", help="The project's database.", no_args_is_help=True, rich_markup_mode=None)


def check(json: Json = False) -> None:
    """Check database, connections and rights.

    Brands file, database, every NuORDER and POS connection, the rights behind them, and the shops and vendors
    that the brands file names. Nothing is written to NuORDER or the POS. Exit status 1 if anything failed.

    \b
    Example:
      nuorder-pos check

    """
    from nuorder_pos.cli.checks import FAILED, OK, WARNING, run

    found = run()
    counted = {state: sum(one.state == state for one in found) for state in (OK, WARNING, FAILED)}
    if json:
        checks = [
            {"check": one.name, "state": one.state, "detail": one.detail, "mend": one.mend} for one in found
        ]
        say_json({"ok": not counted[FAILED], "checks": checks})
    else:
        rows = [(one.state, one.name, f"{one.detail} {one.mend}".strip()) for one in found]
        say(table(("", "what", "found"), rows, whole=("",)))
        named = [f"{counted[OK]} ok", plural(counted[WARNING], "warning"), f"{counted[FAILED]} failed"]
        say("", ", ".join(named) + ".")
    if counted[FAILED]:
        raise typer.Exit(1)


@db.callback()
def _db() -> None:
    """The project's database: tables and views."""


@db.command()
def upgrade(json: Json = False) -> None:
    """Create or migrate the project's tables.

    Views too. Safe to repeat.

    \b
    Example:
      nuorder-pos db upgrade
    """
    from nuorder_pos import connections
    from nuorder_pos.store import migrate
    from nuorder_pos.store.engine import make_engine

    engine = make_engine(connections.database_url())
    try:
        before = migrate.status(engine)
        migrate.upgrade(engine)
        after = migrate.status(engine)
    finally:
        engine.dispose()
    if json:
        say_json({"version": after.current, "was": before.current or None, "state": after.state})
    elif before.current == after.current:
        say(f"The project's database is at version {after.current} already; its views are in place.")
    else:
        said = (
            f"from version {before.current} to {after.current}"
            if before.current
            else f"at version {after.current}"
        )
        say(f"The project's database is {'created ' if not before.current else 'migrated '}{said}.")
