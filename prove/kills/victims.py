"""Whom to kill: every kind of process, and the tasks that run just now."""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from prove.kills.stack import WORKERS, KillStack

BACK_AFTER = (2.0, 6.0)
"""Seconds until a container engine has started again what was killed."""
LONGEST_SLEEP = 600.0
"""Seconds after which a process that was made to stand still goes on, whether another took its work over or not."""

TASK, SUPERVISOR = "task process", "task supervisor"
ASLEEP = "task supervisor; the task stands still and goes on later"
LAST = ("task process at its last attempt", "supervisor and task at the last attempt")

WRITES = ["order.export", "order.verify"]
RUNNING = """
SELECT task_id, run_id, map_index, try_number, max_tries, pid FROM task_instance
WHERE dag_id = 'nuorder_po_export' AND state = 'running' AND pid IS NOT NULL AND task_id = ANY(%s)
"""
CLAIMS = """
SELECT o.order_id, o.claim_run_id, o.claim_map_index,
       o.state = 'exporting' AND max(j.at) > now() - interval '1.5 seconds' AS writing
FROM nuorder_pos.nuorder_order o LEFT JOIN nuorder_pos.journal j USING (order_id)
WHERE o.claim_run_id <> '' GROUP BY o.order_id
"""
NO_FURTHER = """
UPDATE task_instance SET max_tries = 0
WHERE dag_id = 'nuorder_po_export' AND task_id = 'order.export' AND run_id = %s AND map_index = %s AND try_number = 0
RETURNING map_index
"""
FENCE = "SELECT token FROM nuorder_pos.lease WHERE name = 'order:' || %s"


@dataclass(frozen=True)
class Task:
    """A task attempt that runs, its process, and its order."""

    label: str
    process: psutil.Process
    is_last: bool
    order_id: str
    is_writing: bool


@dataclass
class Asleep:
    """A process that stands still, and the fencing token that it holds."""

    task: Task
    token: int
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST_SLEEP)


class Victims:
    """Kills one process of a kind; each gives what it killed in words, or nothing if there was none."""

    def __init__(self, stack: KillStack, chance: random.Random) -> None:
        self._stack = stack
        self._chance = chance
        self._asleep: list[Asleep] = []
        self.woken = 0
        self.woken_too_late = 0
        self.kinds: dict[str, Callable[[], str]] = {
            TASK: self._task,
            SUPERVISOR: self._supervisor,
            ASLEEP: self._to_sleep,
            "worker with its children": lambda: self._service(self._chance.choice(WORKERS)),
            "worker's main process": self._worker_main,
            "scheduler": lambda: self._service("scheduler"),
            "triggerer": lambda: self._service("triggerer"),
            "API server": lambda: self._service("api-server"),
            "DAG processor": lambda: self._service("dag-processor"),
            "Redis restarted": lambda: self._service("redis"),
            "Postgres restarted": self._postgres,
        }

    # --- looking -------------------------------------------------------------------------------------------------

    def tasks(self, ids: list[str] = WRITES) -> list[Task]:
        """Running attempts of these tasks whose process is one of ours."""
        claims = {(row["claim_run_id"], row["claim_map_index"]): row for row in self._stack.ask(True, CLAIMS)}
        found = []
        for row in self._stack.ask(False, RUNNING, (ids,)):
            claim = claims.get((row["run_id"], row["map_index"]))
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(row["pid"])
                if claim and self._stack.keeper.is_ours(process) and process.status() != psutil.STATUS_ZOMBIE:
                    label = f"{row['task_id']}[{row['map_index']}] attempt {row['try_number']}"
                    found.append(
                        Task(label, process, not row["max_tries"], claim["order_id"], bool(claim["writing"]))
                    )
        return [task for task in found if task.process not in self._still]

    def writing(self) -> list[Task]:
        """Exports that have written something a moment ago, and are not done."""
        return [task for task in self.tasks(["order.export"]) if task.is_writing]

    def last_running(self, *, is_writing: bool) -> Task | None:
        """An attempt that runs and is the last."""
        found = (task for task in self.tasks(["order.export"]) if task.is_last)
        return next((task for task in found if task.is_writing or not is_writing), None)

    def watch(self) -> None:
        """Wake up what stands still, once another attempt has taken its order over."""
        for one in list(self._asleep):
            rows = self._stack.ask(True, FENCE, (one.task.order_id,))
            taken_over = bool(rows) and rows[0]["token"] > one.token
            if taken_over or time.monotonic() > one.until:
                self._asleep.remove(one)
                self._stack.keeper.spared.discard(one.task.process.pid)
                with contextlib.suppress(psutil.Error):
                    one.task.process.resume()
                    self.woken += 1
                    self.woken_too_late += taken_over

    @property
    def anybody_asleep(self) -> bool:
        return bool(self._asleep)

    @property
    def _still(self) -> list[psutil.Process]:
        return [one.task.process for one in self._asleep]

    # --- killing -------------------------------------------------------------------------------------------------

    def mark_last(self, order_id: str) -> str:
        """Have Airflow give the export of a waiting order one attempt only; gives the order's id once it is so."""
        for row in self._stack.ask(True, CLAIMS):
            place = (row["claim_run_id"], row["claim_map_index"])
            if row["order_id"] == order_id and self._stack.ask(False, NO_FURTHER, place):
                return order_id
        return ""

    def kill_last(self, kind: str) -> str:
        """Kill such an attempt, in one of the two ways."""
        task = self.last_running(is_writing=False)
        if task is None:
            return ""
        if kind == LAST[1] and (parent := self._supervisor_of(task)) is not None:
            parent.kill()
        task.process.kill()
        return task.label

    def _supervisor_of(self, task: Task) -> psutil.Process | None:
        parent = task.process.parent()
        workers = {self._stack.keeper.main_process(name) for name in WORKERS}
        if parent is None or parent in workers or not self._stack.keeper.is_ours(parent):
            return None
        return parent

    def _one_task(self) -> Task | None:
        """One that is in the midst of its writes, if there is any."""
        running = self.writing() or self.tasks()
        return self._chance.choice(running) if running else None

    def _task(self) -> str:
        task = self._one_task()
        if task is None:
            return ""
        task.process.kill()
        return task.label

    def _supervisor(self) -> str:
        task = self._one_task()
        parent = None if task is None else self._supervisor_of(task)
        if task is None or parent is None:
            return ""
        parent.kill()
        return f"of {task.label}"

    def _to_sleep(self) -> str:
        writing = self.writing()
        task = self._chance.choice(writing) if writing else None
        parent = None if task is None else self._supervisor_of(task)
        if task is None or parent is None:
            return ""
        self._stack.keeper.spared.add(task.process.pid)
        parent.kill()
        # The system wakes up a process that stands still when its parent ends: so it is stopped after that.
        # At once, because it ends by itself when it comes to its next log line.
        with contextlib.suppress(psutil.NoSuchProcess):
            while parent.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.001)
        with contextlib.suppress(psutil.NoSuchProcess):
            task.process.suspend()
        rows = self._stack.ask(True, FENCE, (task.order_id,))
        self._asleep.append(Asleep(task, rows[0]["token"] if rows else 0))
        return f"of {task.label}"

    def _worker_main(self) -> str:
        name = self._chance.choice(WORKERS)
        return name if self._stack.keeper.kill(name, self._soon(), only_main=True) else ""

    def _service(self, name: str) -> str:
        return name if self._stack.keeper.kill(name, self._soon()) else ""

    def _postgres(self) -> str:
        # What `pg_ctl stop --mode immediate` sends: every connection is cut, nothing is finished or written back.
        done = self._stack.keeper.kill("postgres", self._soon(), number=signal.SIGQUIT)
        return "postgres" if done else ""

    def _soon(self) -> float:
        return self._chance.uniform(*BACK_AFTER)
