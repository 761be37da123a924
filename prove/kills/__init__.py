"""Real Airflow under kills: the services of docker-compose.yaml, killed at random moments while orders go through.

``python -m prove kills`` (or ``python -m prove.kills``) starts everything itself: Postgres, Redis, the stand-ins, Airflow
with two Celery workers. It ends everything again, and asks the POS's own ledger whether each approved order came out
exactly once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prove.figures import Report

ROOT = Path(__file__).resolve().parents[2]

if (
    str(ROOT / "tests") not in sys.path
):  # the compose file's services as plain processes, and builders of orders
    sys.path.append(str(ROOT / "tests"))


def add_to(commands: Any) -> None:
    """The command ``kills``."""
    own = commands.add_parser(
        "kills", help="kill real Airflow's processes, Redis and Postgres while orders go through"
    )
    add_options(own)
    own.set_defaults(parts=_parts)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many kills and orders."""
    parser.add_argument("--kills", type=int, default=20, help="kills at shortened heartbeats (20)")
    parser.add_argument("--orders", type=int, default=30, help="orders that go through meanwhile (30)")
    parser.add_argument(
        "--seed", type=int, default=None, help="for the same kinds of kills, pauses and depths"
    )
    parser.add_argument(
        "--defaults",
        type=int,
        default=0,
        metavar="N",
        help="then N kills at Airflow's own heartbeats, minutes each",
    )
    parser.add_argument("--short", action="store_true", help="four kills, eight orders")
    parser.add_argument("--keep", action="store_true", help="keep the logs of a good run as well")


def _parts(given: argparse.Namespace) -> list[Report]:
    from prove.kills.runs import run

    return run(given)
