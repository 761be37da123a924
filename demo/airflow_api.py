"""The few questions and requests that a demonstration has for Airflow, by its public REST API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT = (5, 30)
COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass
class AirflowApi:
    """Airflow at ``origin``, as one of its users."""

    origin: str
    user: str
    password: str
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        self._session.trust_env = False  # no proxy stands between us and loopback

    def unhealthy(self) -> list[str]:
        """The components that do not report themselves healthy yet."""
        try:
            answer = self._session.get(f"{self.origin}/api/v2/monitor/health", timeout=TIMEOUT)
            parts = answer.json() if answer.ok else {}
        except requests.RequestException:
            return ["api_server", *COMPONENTS]
        return [name for name in COMPONENTS if (parts.get(name) or {}).get("status") != "healthy"]

    def sign_in(self) -> None:
        answer = self._session.post(
            f"{self.origin}/auth/token",
            json={"username": self.user, "password": self.password},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def has_dag(self, dag_id: str) -> bool:
        return self._session.get(f"{self.origin}/api/v2/dags/{dag_id}", timeout=TIMEOUT).ok

    def import_errors(self) -> list[str]:
        answer = self._ask("GET", "/importErrors")
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in answer["import_errors"]]

    def unpause(self, dag_id: str) -> None:
        self._ask("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Starts a run now; gives its id."""
        answer = self._ask("POST", f"/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf or {}})
        return str(answer["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        answer = self._ask("GET", f"/dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 100})
        return list(answer["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        answer = self._ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", params={"limit": 1000})
        return list(answer["task_instances"])

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.origin}/api/v2{path}", timeout=TIMEOUT, **more)
        answer.raise_for_status()
        return dict(answer.json())
