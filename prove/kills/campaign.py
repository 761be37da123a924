"""One run: approve orders at a pace, kill at random moments, wait until every order is settled, judge."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from demo.settings import DAG_ID
from demo.voice import Voice
from prove.judge import judge
from prove.kills.scene import Json
from prove.kills.sides import seen
from prove.kills.stack import Failed, KillStack
from prove.kills.victims import ASLEEP, LAST, SUPERVISOR, TASK, WRITES, Victims
from prove.world import Ledgers

APPROVE = (
    "INSERT INTO nuorder_pos.approval (report_hash, decision, decided_by, comment) "
    "VALUES (%s, 'approve', 'the kill run', 'as soon as it waits')"
)
ORDERS = (
    "SELECT o.order_id, o.order_number, o.state, o.reason, o.retry, o.report_hash, o.claim_run_id, "
    "coalesce(e.look_again_at <= now(), false) AS looked_at_again "
    "FROM nuorder_pos.nuorder_order o LEFT JOIN nuorder_pos.export e USING (order_id) ORDER BY o.order_number"
)
EXPORTED = ("exported", "exported_elsewhere")
STOPPED = ("held", "failed")
WAITING = ("awaiting_approval", "superseded")
PAUSE = (2.0, 10.0)
"""Seconds between two kills."""
IN_WRITES = 0.8
"""Share of the kills that wait for an export in the midst of its writes; the others come at any moment."""
WRITES_WITHIN = 20.0
"""Seconds that such a kill waits; then any moment will do."""
LAST_WITHIN = 90.0
"""Seconds from an approval until its export must have been met."""
DEEP = (0.0, 1.5)
"""Seconds that a write goes on before the kill, so that every part of an export is met."""


@dataclass(frozen=True)
class Plan:
    """What a run does. ``at_once``: orders that are approved before the first kill; the others follow the kills."""

    deck: list[str]
    orders: int
    seed: int
    at_once: int
    limit: float
    """Seconds in which everything must be settled, from the first approval on."""


@dataclass
class Outcome:
    """What came out."""

    plan: Plan
    kills: Counter[str] = field(default_factory=Counter)
    while_writing: int = 0
    woken: int = 0
    woken_too_late: int = 0
    ended_alone: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    attempts: int = 0
    most_attempts: int = 0
    take_overs: int = 0
    by_later_run: int = 0
    again_approved: int = 0
    seconds: float = 0.0


class Campaign:
    """One run on a stack that stands."""

    def __init__(self, stack: KillStack, plan: Plan, voice: Voice) -> None:
        self.stack, self.plan, self.voice = stack, plan, voice
        self.chance = random.Random(plan.seed)
        self.victims = Victims(stack, self.chance)
        self.outcome = Outcome(plan)
        self._approved: set[str] = set()
        self._decided: set[str] = set()
        self._run_of: dict[str, str] = {}
        self._rows: dict[str, Json] = {}

    def run(self) -> Outcome:
        """Everything; the outcome says whether it is good."""
        self._ready()
        before = self.stack.sides()
        began = time.monotonic()
        deadline = began + self.plan.limit
        try:
            self._kill_all(deadline)
            self._settle(deadline)
        except Failed as error:
            self.outcome.violations.append(f"time ran out: {error}")
        self.outcome.seconds = time.monotonic() - began
        self._look_back(before)
        return self.outcome

    # --- phases --------------------------------------------------------------------------------------------------

    def _ready(self) -> None:
        """The DAG is there and all orders wait for their approval."""
        self.stack.wait_for(lambda: self.stack.api.has_dag(DAG_ID), 90, "the DAG did not appear")
        self.stack.api.unpause(DAG_ID)
        self.voice.step("Airflow stands; the orders are found and matched")

        def waiting() -> bool:
            self._look()
            return sum(row["state"] in WAITING for row in self._rows.values()) >= self.plan.orders

        self.stack.wait_for(
            waiting, 120 + 8 * self.plan.orders, "not all orders came to wait for their approval"
        )
        self.voice.step(f"{self.plan.orders} orders wait; approving, and killing")

    def _kill_all(self, deadline: float) -> None:
        for number, kind in enumerate(self.plan.deck, start=1):
            self._approve_up_to(self.plan.at_once + self.plan.orders * (number - 1) // len(self.plan.deck))
            self._wait(self.chance.uniform(*PAUSE), deadline)
            if kind in LAST:
                said = self._last_attempt(kind, deadline)
            else:
                said = self._until_killed(kind, deadline)
            self.outcome.kills[kind] += 1
            self.voice.step(f"kill {number}: {kind} ({said}); {self._standing()}")

    def _until_killed(self, kind: str, deadline: float) -> str:
        """Kill one of a kind, once orders are open and there is one to kill."""
        patient = time.monotonic() + (WRITES_WITHIN if self.chance.random() < IN_WRITES else 0)

        def killed() -> str:
            self._look()
            if not self._open():
                self._approve_up_to(len(self._approved) + 1)
                return ""
            writing = self.victims.writing()
            if not writing and time.monotonic() < patient:
                return ""
            if kind in (TASK, SUPERVISOR, ASLEEP) and not self.victims.tasks():
                return ""
            if writing:
                self._pause(self.chance.uniform(*DEEP))
            said = self.victims.kinds[kind]()
            self.outcome.while_writing += bool(said and (writing or kind == ASLEEP))
            return said

        return str(self._until(killed, deadline, f"{kind} could not be killed"))

    def _last_attempt(self, kind: str, deadline: float) -> str:
        """Kill an export of which Airflow knows that there is no further attempt. One that was done before it could be
        killed is followed by the next order's."""

        def marked() -> str:
            self._look()
            waiting = [row for row in self._rows.values() if self._undecided(row)]
            return self.victims.mark_last(waiting[0]["order_id"]) if waiting else ""

        def killed() -> str:
            self._look()
            if not self.victims.last_running(is_writing=True):
                return ""
            self._pause(self.chance.uniform(*DEEP))
            said = self.victims.kill_last(kind)
            self.outcome.while_writing += bool(said)
            return said

        while True:
            order_id = str(
                self._until(marked, min(deadline, time.monotonic() + 60), "no order waits any more")
            )
            self._approve(self._rows[order_id])
            with contextlib.suppress(Failed):
                said = self._until(
                    killed, min(deadline, time.monotonic() + LAST_WITHIN), "it was done before"
                )
                return f"{self._rows[order_id]['order_number']}, {said}"

    def _settle(self, deadline: float) -> None:
        """Approve the rest, and wait until runs of the schedule have settled every order."""
        self._approve_up_to(self.plan.orders)
        shown = time.monotonic()

        def settled() -> bool:
            nonlocal shown
            self._look()
            self._approve_up_to(self.plan.orders)
            if time.monotonic() > shown + 20:
                shown = time.monotonic()
                self.voice.step(self._standing())
            return (
                len(self._approved) >= self.plan.orders
                and not self._open()
                and not self.victims.anybody_asleep
            )

        self._until(settled, deadline, "not every approved order was settled")
        self.voice.step("every order is settled; judging by the POS's ledger")

    def _look_back(self, before: Ledgers) -> None:
        out = self.outcome
        out.ended_alone = self.stack.keeper.ended_alone
        self._until(self._look, time.monotonic() + 60, "the database is gone")
        now = self.stack.sides()
        journal = self._until(
            lambda: self._ask(True, "SELECT * FROM nuorder_pos.journal ORDER BY seq"),
            time.monotonic() + 60,
            "no journal",
        )
        for name, content in (("ledger", now.pos), ("orders", self._rows), ("journal", journal)):
            (self.stack.folder / f"{name}.json").write_text(
                json.dumps(content, indent=1, default=str), "utf-8"
            )
        out.states = Counter(row["state"] for row in self._rows.values())
        out.reasons = Counter(row["reason"] for row in self._rows.values() if row["state"] in STOPPED)
        out.woken, out.woken_too_late = self.victims.woken, self.victims.woken_too_late
        out.left = [f"order {row['order_number']} is {row['state']}: {row['reason']}" for row in self._open()]
        out.left += [
            f"order {raw['order_number']} is unknown" for raw in now.orders if raw["_id"] not in self._rows
        ]
        out.violations += judge(seen(now, self._rows), before).violations
        writers: dict[str, list[str]] = {}
        for row in journal:
            if row["event"] == "begun" and row["kind"] != "write_notes":  # that one is the verification's
                writers.setdefault(row["order_id"], []).append(row["holder"])
        out.take_overs = sum(len(set(holders)) > 1 for holders in writers.values())
        out.by_later_run = sum(
            holders[-1].split("/")[1] != self._run_of[order_id] for order_id, holders in writers.items()
        )
        tries = self._ask(
            False,
            "SELECT coalesce(sum(try_number), 0) AS attempts, coalesce(max(try_number), 0) AS most "
            "FROM task_instance WHERE dag_id = %s AND task_id = ANY(%s)",
            (DAG_ID, WRITES),
        )
        if tries:
            out.attempts, out.most_attempts = int(tries[0]["attempts"]), int(tries[0]["most"])

    # --- approving and looking -----------------------------------------------------------------------------------

    def _undecided(self, row: Json) -> bool:
        return row["state"] in WAITING and row["report_hash"] not in self._decided

    def _approve_up_to(self, count: int) -> None:
        """Approve orders that wait, by one insert each as another system would do it."""
        for row in list(self._rows.values()):
            if self._undecided(row) and (row["order_id"] in self._approved or len(self._approved) < count):
                self._approve(row)

    def _approve(self, row: Json) -> None:
        try:
            self.stack.ask(True, APPROVE, (row["report_hash"],))
        except psycopg.OperationalError:
            return  # at the next look
        self.outcome.again_approved += row["order_id"] in self._approved
        self._approved.add(row["order_id"])
        self._run_of.setdefault(row["order_id"], row["claim_run_id"])
        self._decided.add(row["report_hash"])

    def _look(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self.victims.watch()
        rows = self._ask(True, ORDERS)
        if rows:
            self._rows = {row["order_id"]: row for row in rows}
        return bool(rows)

    def _open(self) -> list[Json]:
        """Approved orders that are not settled."""
        return [
            row
            for row in self._rows.values()
            if row["order_id"] in self._approved
            and (row["state"] not in EXPORTED or row["looked_at_again"])
            and not (row["state"] in STOPPED and not row["retry"])
        ]

    def _standing(self) -> str:
        states = Counter(row["state"] for row in self._rows.values())
        return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))

    def _ask(self, project: bool, query: str, values: tuple[Any, ...] = ()) -> list[Json]:
        try:
            return self.stack.ask(project, query, values)
        except psycopg.OperationalError:
            return []  # it is being restarted

    def _until(self, true: Callable[[], Any], deadline: float, what: str) -> Any:
        def asked() -> Any:
            try:
                return true()
            except psycopg.OperationalError:
                return None

        return self.stack.wait_for(asked, max(0.1, deadline - time.monotonic()), what)

    def _pause(self, seconds: float) -> None:
        """Nothing, so that the moment that was chosen is met."""
        time.sleep(seconds)

    def _wait(self, seconds: float, deadline: float) -> None:
        until = min(deadline, time.monotonic() + seconds)
        while time.monotonic() < until:
            self.stack.keeper.tick()
            self._look()
            time.sleep(0.2)
