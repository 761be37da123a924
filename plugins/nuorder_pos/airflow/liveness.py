"""Which claims of other runs are still held by a live run, asked through the task-execution API only.

A task may not open Airflow's database. ``get_task_states`` answers for many runs at once, as
``{run_id: {"task_id": state, "task_id_<map index>": state}}``: the bare id is the task before it was mapped, and a run
that does not exist is absent.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, Protocol

from airflow.sdk.exceptions import AirflowRuntimeError

_log = logging.getLogger(__name__)

GROUP = "order"
"""Id of the mapped task group."""

STEPS = ("match_report", "wait_for_approval", "export", "verify")
TASK_IDS = [f"{GROUP}.{step}" for step in STEPS]
LAST = TASK_IDS[-1]

_AT_WORK = frozenset(
    (
        "scheduled",
        "queued",
        "running",
        "restarting",
        "deferred",
        "up_for_retry",
        "up_for_reschedule",
        "awaiting_input",
    )
)
_ENDED = frozenset(("success", "failed", "skipped", "upstream_failed", "removed"))
_RUN_AT_WORK = frozenset(("queued", "running", "restarting"))
# The run ids travel in the query string. Fifty of them stay far below what servers and proxies take.
_RUNS_IN_ONE_CALL = 50


class Claim(Protocol):
    """An order that a run holds, and its position in that run."""

    @property
    def order_id(self) -> str: ...
    @property
    def dag_id(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def map_index(self) -> int: ...


class Api(Protocol):
    """What is used of Airflow's ``RuntimeTaskInstance``."""

    def get_task_states(
        self, dag_id: str, *, task_ids: list[str] | None = None, run_ids: list[str] | None = None
    ) -> dict[str, Any]: ...

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str: ...


def live_orders(api: Api, claims: Sequence[Claim]) -> set[str]:
    """Order ids whose claim is held by a run that can still go on with them.

    What cannot be found out counts as live: to wait for the next run is harmless, to take an order from a run that
    works on it is not.
    """
    live: set[str] = set()
    by_dag: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_dag[claim.dag_id].append(claim)
    for dag_id, held in by_dag.items():
        for chunk in _chunks(sorted({claim.run_id for claim in held})):
            here = [claim for claim in held if claim.run_id in set(chunk)]
            try:
                live |= _live_of(api, dag_id, chunk, here)
            except AirflowRuntimeError as error:
                _log.warning(
                    "Airflow does not say how runs of %s stand, they keep their orders: %s", dag_id, error
                )
                live |= {claim.order_id for claim in here}
    return live


def _live_of(api: Api, dag_id: str, run_ids: list[str], claims: Sequence[Claim]) -> set[str]:
    states = api.get_task_states(dag_id, task_ids=TASK_IDS, run_ids=run_ids)
    runs: dict[str, bool] = {}
    live: set[str] = set()
    for claim in claims:
        verdict = judge(states.get(claim.run_id), claim.map_index)
        if verdict == "ask":
            if claim.run_id not in runs:
                runs[claim.run_id] = _run_is_live(api, dag_id, claim.run_id)
            verdict = "live" if runs[claim.run_id] else "ended"
        if verdict == "live":
            live.add(claim.order_id)
    return live


def judge(states: Mapping[str, str | None] | None, map_index: int) -> Literal["live", "ended", "ask"]:
    """What the states of one run's tasks say about one position; ``ask`` = the run's own state decides.

    Between two steps, and before a new run's tasks are mapped, no task is at work although the run is.
    """
    if not states:
        return "ask"
    own = [states.get(f"{task_id}_{map_index}", states.get(task_id)) for task_id in TASK_IDS]
    if any(state in _AT_WORK for state in own):
        return "live"
    return "ended" if own[-1] in _ENDED else "ask"


def _run_is_live(api: Api, dag_id: str, run_id: str) -> bool:
    try:
        return api.get_dagrun_state(dag_id, run_id) in _RUN_AT_WORK
    except AirflowRuntimeError as error:
        detail = error.error.detail or {}
        if detail.get("status_code") == 404:
            return False  # the run was deleted
        raise


def _chunks(run_ids: list[str]) -> Iterator[list[str]]:
    rest = iter(run_ids)
    while chunk := list(islice(rest, _RUNS_IN_ONE_CALL)):
        yield chunk
