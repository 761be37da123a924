"""Which claims are live, from what the task-execution API says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse

from nuorder_pos.airflow.liveness import judge, live_orders


@dataclass(frozen=True)
class Claim:
    order_id: str
    run_id: str
    map_index: int = 0
    dag_id: str = "nuorder_po_export"


def error(status: int) -> AirflowRuntimeError:
    return AirflowRuntimeError(
        ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": status, "message": "no"})
    )


@dataclass
class FakeApi:
    """Airflow's answers: states by run, run states by run; an exception is raised."""

    states: dict[str, dict[str, str | None]] = field(default_factory=dict)
    runs: dict[str, str | Exception] = field(default_factory=dict)
    broken: Exception | None = None
    calls: list[tuple[str, int]] = field(default_factory=list)

    def get_task_states(
        self, dag_id: str, *, task_ids: list[str] | None = None, run_ids: list[str] | None = None
    ) -> dict[str, Any]:
        self.calls.append(("states", len(run_ids or ())))
        if self.broken:
            raise self.broken
        return {run: states for run, states in self.states.items() if run in (run_ids or ())}

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        self.calls.append(("run", 1))
        state = self.runs.get(run_id, error(404))
        if isinstance(state, Exception):
            raise state
        return state


def steps(
    report: str | None, wait: str | None, export: str | None, verify: str | None, at: int = 0
) -> dict[str, Any]:
    names = ("match_report", "wait_for_approval", "export", "verify")
    return {
        f"order.{name}_{at}": state for name, state in zip(names, (report, wait, export, verify), strict=True)
    }


TABLE = [
    ("waits for its approval", steps("success", "deferred", None, None), "live"),
    ("exports", steps("success", "success", "running", None), "live"),
    ("waits for its next try", steps("success", "success", "up_for_retry", None), "live"),
    ("was exported", steps("success", "success", "success", "success"), "ended"),
    ("was rejected", steps("success", "skipped", "skipped", "skipped"), "ended"),
    ("failed for good", steps("success", "success", "failed", "upstream_failed"), "ended"),
    (
        "was exported, and somebody cleared the export alone",
        steps("success", "success", "queued", "success"),
        "live",
    ),
    ("is between two steps", steps("success", "success", None, None), "ask"),
    ("was mapped and not begun", steps(None, None, None, None), "ask"),
    ("has a neighbour that is at work", steps("success", "running", None, None, at=1), "ask"),
    ("is not mapped yet", {"order.match_report": None, "order.verify": None}, "ask"),
    (
        "discover failed",
        {"order.match_report": "upstream_failed", "order.verify": "upstream_failed"},
        "ended",
    ),
    ("is in a run that nobody knows", {}, "ask"),
    ("is in a run that nobody knows", None, "ask"),
]


@pytest.mark.parametrize(
    "case,states,verdict", TABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_order_that(case: str, states: dict[str, str | None] | None, verdict: str) -> None:
    assert judge(states, 0) == verdict


@pytest.mark.parametrize("position", [1, 10])
def test_positions_are_not_mixed_up(position: int) -> None:
    states = {
        **steps("success", "success", "success", "success", at=1),
        **steps("running", None, None, None, at=10),
    }
    assert judge(states, position) == ("ended" if position == 1 else "live")


def test_a_run_that_was_deleted_holds_nothing() -> None:
    assert live_orders(FakeApi(), [Claim("a", "gone")]) == set()


def test_a_run_that_has_just_begun_holds_its_orders() -> None:
    api = FakeApi(states={"new": {"order.verify": None}}, runs={"new": "running"})
    assert live_orders(api, [Claim("a", "new", 0), Claim("b", "new", 1)]) == {"a", "b"}
    assert api.calls == [("states", 1), ("run", 1)], "the run is asked for once, not for each order"


def test_a_run_that_ended_between_two_steps_holds_nothing() -> None:
    api = FakeApi(states={"old": steps("success", "success", None, None)}, runs={"old": "failed"})
    assert live_orders(api, [Claim("a", "old")]) == set()


def test_while_airflow_does_not_answer_every_order_stays_where_it_is() -> None:
    claims = [Claim("a", "one"), Claim("b", "two")]
    assert live_orders(FakeApi(broken=error(500)), claims) == {"a", "b"}
    assert live_orders(FakeApi(runs={"one": error(503), "two": "running"}), claims) == {"a", "b"}


def test_four_hundred_waiting_runs_cost_a_handful_of_calls() -> None:
    waiting = steps("success", "deferred", None, None)
    api = FakeApi(states={f"run-{number}": waiting for number in range(400)})
    claims = [Claim(f"order-{number}", f"run-{number}") for number in range(400)]
    assert len(live_orders(api, claims)) == 400
    assert len(api.calls) == 8


def test_runs_of_two_dags_are_asked_for_apart() -> None:
    api = FakeApi(states={"same": steps("running", None, None, None)})
    claims = [Claim("a", "same"), Claim("b", "same", dag_id="nuorder_po_export__outlet")]
    assert live_orders(api, claims) == {"a", "b"}
    assert api.calls == [("states", 1), ("states", 1)]
