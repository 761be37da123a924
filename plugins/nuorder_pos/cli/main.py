"""``nuorder-pos``: all verbs. Nothing heavy is imported before a verb runs: ``--help`` answers at once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nuorder_pos.cli.connect import connect
from nuorder_pos.cli.decide import approve, reject, rematch
from nuorder_pos.cli.export_report import export_report
from nuorder_pos.cli.links import links
from nuorder_pos.cli.orders import orders, plan, runbook
from nuorder_pos.cli.report import report
from nuorder_pos.cli.setup import check, db
from nuorder_pos.cli.standin import sandbox
from nuorder_pos.cli.trouble import Verbs

app = typer.Typer(
    name="nuorder-pos",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    # Plain help: our texts hold brackets and paths that would be read as markup, and rich takes time to load.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"nuorder-pos {version('nuorder-pos')}")
        except PackageNotFoundError:
            print("nuorder-pos (not installed: run from a checkout)")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Finalized NuORDER orders become Lightspeed Retail POS purchase orders: reviewed, scheduled, once.

    Exit status: 0; 1 if the thing asked for did not succeed; 2 for wrong usage. NUORDER_POS_DEBUG=1 shows
    tracebacks.

    \b
    Example:
      nuorder-pos orders
      nuorder-pos report 104503
      nuorder-pos approve 104503 --shop "Main Street"

    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show an umlaut must not end the program.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


app.command()(check)
app.add_typer(db)
app.command()(orders)
app.command()(report)
app.command()(approve)
app.command()(reject)
app.command()(rematch)
app.command()(plan)
app.command()(runbook)
app.add_typer(links)
app.command("export-report")(export_report)
app.add_typer(connect)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(sandbox)


if __name__ == "__main__":
    app(prog_name="nuorder-pos")
