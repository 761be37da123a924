"""``sandbox``: starts the stand-in NuORDER and POS as a process of its own."""

from __future__ import annotations

import json as json_module
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from nuorder_pos.cli.options import Json
from nuorder_pos.cli.output import complain
from nuorder_pos.errors import Permanent


def sandbox(
    ctx: typer.Context,
    print_env: Annotated[
        bool,
        typer.Option("--print-env", help="Print the connections as lines for the shell, once it is ready."),
    ] = False,
    json: Json = False,
) -> None:
    """Start the stand-in NuORDER and POS.

    They run until Ctrl-C. Further options go to `python -m sandbox`.

    `--json` prints addresses and credentials as JSON when it is ready. `nuorder-pos sandbox describe` lists
    the sample orders, `nuorder-pos sandbox -- --help` all its options.

    \b
    Example:
      nuorder-pos sandbox --nuorder-port 8081 --pos-port 8082
      nuorder-pos sandbox --print-env > sandbox.env &

    """
    folder = _folder()
    options = list(ctx.args)
    wanted = print_env or json
    if wanted and "--print-ready" not in options:
        options.append("--print-ready")
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(folder), environment.get("PYTHONPATH", "")) if part
    )
    command = [sys.executable, "-m", "sandbox", *options]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE if print_env else None, text=True
    )

    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    # Whoever ends us ends the servers too; Ctrl-C reaches them by itself.
    signal.signal(signal.SIGTERM, forward)
    if process.stdout is not None:
        for line in process.stdout:
            _translate(line)
    status = _wait(process)
    if status not in (0, -signal.SIGTERM, -signal.SIGINT):
        raise typer.Exit(2 if status == 2 else 1)


def _folder() -> Path:
    """The folder that holds the package, which belongs to the checkout and not to the installed product."""
    for folder in (Path(__file__).resolve().parents[3], Path.cwd(), *map(Path, sys.path)):
        if (folder / "sandbox" / "serve.py").is_file():
            return folder
    raise Permanent(
        "The sandbox is not here: it is a part of the project's checkout, not of the installed package. "
        "Run this in the checkout, or set PYTHONPATH to it."
    )


def _translate(line: str) -> None:
    """The line that says "ready" as lines for the shell; anything else as it is."""
    try:
        ready = json_module.loads(line)
    except ValueError:
        complain(line.rstrip("\n"))
        return
    for name, value in environment_of(ready):
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()


def environment_of(ready: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The stand-ins as connections in environment variables; a brand's connection is ``nuorder_<its short
    name>``.
    """
    yield (
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT",
        json_module.dumps(
            {
                "conn_type": "lightspeed_retail",
                "host": ready["pos"],
                "login": ready["client_id"],
                "password": ready["client_secret"],
                "extra": {
                    "account_id": ready["account_id"],
                    "refresh_token": ready["refresh_token"],
                    "auth_url": ready["auth"],
                    "backoffice_url": ready["backoffice"],
                },
            }
        ),
    )
    for brand in ready["brands"]:
        yield (
            f"AIRFLOW_CONN_NUORDER_{brand['slug'].replace('-', '_').upper()}",
            json_module.dumps(
                {
                    "conn_type": "nuorder",
                    "host": ready["nuorder"],
                    "login": brand["consumer_key"],
                    "password": brand["consumer_secret"],
                    "extra": {"token": brand["token"], "token_secret": brand["token_secret"]},
                }
            ),
        )


def _wait(process: subprocess.Popen[str]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # it got the same Ctrl-C and is ending
