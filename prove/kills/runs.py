"""The runs that the options ask for, each on a stack of its own; nothing is left running, whatever happens."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from demo import processes
from demo.voice import Voice
from prove.figures import Report
from prove.kills import ROOT
from prove.kills.campaign import Campaign, Plan
from prove.kills.figures import report
from prove.kills.keeper import Gone
from prove.kills.scene import scene
from prove.kills.servers import NotInstalled, Servers
from prove.kills.stack import SOON, Failed, KillStack
from prove.kills.victims import ASLEEP, LAST, SUPERVISOR, TASK

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KINDS = [
    TASK, SUPERVISOR, "worker with its children", "worker's main process", "scheduler", "triggerer",
    "API server", "DAG processor", "Redis restarted", "Postgres restarted",
]  # fmt: skip
SHORT = ["worker with its children", TASK, "scheduler"]
EITHER = ["Redis restarted", "Postgres restarted"]
AT_DEFAULTS = [ASLEEP, "worker with its children", "scheduler"]
"""What Airflow notices by a heartbeat that stays away."""


def run(given: argparse.Namespace) -> list[Report]:
    """Every run that was asked for; a failure in one does not stop the next."""
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    voice = Voice()
    voice.title(f"Real Airflow under kills, seed {seed}")
    with _signals_as_interrupt():
        return [_one(name, plan, settings, voice, given.keep) for name, plan, settings in _plans(given, seed)]


def _plans(given: argparse.Namespace, seed: int) -> list[tuple[str, Plan, dict[str, str]]]:
    chance = random.Random(seed)
    if given.short:
        deck = [*SHORT, chance.choice(EITHER)]
        chance.shuffle(deck)
        return [("short", Plan(deck, 8, seed, at_once=4, limit=480), SOON)]
    plans = []
    if given.kills:
        plan = Plan(deck_of(given.kills, chance), given.orders, seed, at_once=6, limit=1800)
        plans.append(("soon", plan, SOON))
    if given.defaults:
        deck = [AT_DEFAULTS[n % len(AT_DEFAULTS)] for n in range(given.defaults)]
        plan = Plan(deck, 3 * given.defaults, seed, at_once=3, limit=1800)
        plans.append(("at Airflow's own heartbeats", plan, {}))
    return plans


def deck_of(count: int, chance: random.Random) -> list[str]:
    """Every kind as often as any other, in a random order. From 20 on the tasks and their supervisors also meet the
    last attempt that Airflow has, and a task that stands still without its supervisor and goes on later."""
    rounds = [KINDS, [ASLEEP if kind == SUPERVISOR else LAST[0] if kind == TASK else kind for kind in KINDS]]
    deck = [kind for n in range(count // len(KINDS) + 1) for kind in rounds[n % 2]][:count]
    if count >= 2 * len(KINDS):
        deck[deck.index("DAG processor", len(KINDS))] = LAST[1]
    chance.shuffle(deck)
    return deck


def _one(name: str, plan: Plan, settings: dict[str, str], voice: Voice, keep: bool) -> Report:
    """One run with everything of its own; its folder stays if it failed."""
    base = Path(os.environ.get("NUORDER_POS_RUN") or ROOT / ".run").absolute()
    folder = base / "prove-kills" / name.replace(" ", "-").replace("'", "")
    made = Report(f"kills, {name}")
    if left := processes.remembered(folder / "started.json"):
        if processes.runner_lives(folder / "started.json"):
            made.failures.append(f"Another run is at work in {folder}.")
            return made
        processes.end(left)  # the rest of a run that was killed itself
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stack: KillStack | None = None
    try:
        stack = KillStack(folder, Servers(), settings)
        voice.step("Starting Postgres, Redis, the stand-ins and Airflow with two workers")
        orders = scene(plan.orders)
        stack.begin(orders)
        made = report(name, Campaign(stack, plan, voice).run())
    except (Failed, Gone, NotInstalled) as error:
        made.failures.append(str(error))
    finally:
        if stack is not None and (still := _end(stack, voice)):
            made.failures.append(f"these processes could not be ended: {', '.join(still)}")
    if made.failures or keep:
        voice.remark(f"Logs, ledger and journal are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return made


def _end(stack: KillStack, voice: Voice) -> list[str]:
    """End every process, whatever signal comes meanwhile; gives those that are left."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        left = [str(one.pid) for one in stack.end()]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not left:
        voice.step("Every process that was started has ended")
    return left


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """So that whoever stops this run makes it end what it started."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
