"""Builds the stage: stand-in servers, the project's database, Airflow; for ``run`` as for ``up``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from demo import processes, settings
from demo.airflow_api import AirflowApi
from demo.failure import DemoFailed
from demo.place import CHECKOUT, Place
from demo.processes import Started
from demo.settings import DAG_ID
from demo.voice import Voice

SANDBOX_WITHIN = 20.0
AIRFLOW_WITHIN = 120.0
DAG_WITHIN = 60.0
FIRST_RUN_WITHIN = 8.0
SINCE = timedelta(days=7)
"""Older orders of the sample are only listed, as the years of orders before a real installation are."""


@dataclass
class Stage:
    """What stands when everything was started."""

    place: Place
    voice: Voice
    environment: dict[str, str] = field(default_factory=dict)
    services: list[Started] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    airflow: AirflowApi = field(default_factory=lambda: AirflowApi("", "", ""))
    dags: Path = CHECKOUT / "dags"

    def build(self) -> None:
        """Everything in order; ends with Airflow healthy and the DAG unpaused and running."""
        self.place.make_empty()
        self.environment = settings.base_environment(self.place)
        self._start_sandbox()
        self._write_settings()
        # Airflow takes longest: it starts while the project's own tables are created.
        self._start_airflow()
        self._migrate()
        self._await_airflow()
        self._unpause()

    def end(self) -> None:
        """Ends every process that was started, and says so."""
        if not self.services:
            return
        left = processes.end(reversed(self.services))
        if left:
            names = ", ".join(str(process.pid) for process in left)
            raise DemoFailed(f"These processes could not be ended: {names}.")
        self.voice.step("Ended every process that was started; none is left.")
        self.place.record.unlink(missing_ok=True)

    def _launch(self, name: str, command: list[str | Path]) -> Path:
        log = self.place.log(name)
        self.services.append(processes.start(name, command, self.environment, log, self.place.root))
        processes.remember(self.place.record, self.services)
        return log

    def _start_sandbox(self) -> None:
        self.voice.step(
            "Starting the sandbox: a stand-in NuORDER and a stand-in Lightspeed Retail, over HTTP"
        )
        ports = ["--nuorder-port", "0", "--pos-port", "0"]
        log = self._launch(
            "sandbox", [sys.executable, "-m", "sandbox", *ports, "--ready-file", self.place.ready]
        )
        self._until(self.place.ready.exists, SANDBOX_WITHIN, "The sandbox did not start", log)
        self.ready = json.loads(self.place.ready.read_text(encoding="utf-8"))
        self.voice.remark(f"NuORDER {self.ready['nuorder']}, POS {self.ready['pos']}")

    def _write_settings(self) -> None:
        shops = [shop["name"] for shop in ledger(self.ready["pos"])["records"].get("Shop", [])]
        since = (datetime.now(UTC) - SINCE).date().isoformat()
        settings.write_brands(self.place, self.ready, since, shops)
        self.passwords = settings.write_passwords(self.place)
        self.environment |= settings.airflow_settings(self.place, self.dags)
        self.environment |= settings.connections(self.ready, self.place)
        settings.write_environment(self.place, self.environment)
        names = ", ".join(brand["name"] for brand in self.ready["brands"])
        self.voice.step(f"Wrote the brands file for {names}; orders since {since}")

    def _start_airflow(self) -> None:
        self.voice.step("Starting Airflow (standalone: scheduler, dag processor, triggerer, API server)")
        self._launch("airflow", ["airflow", "standalone"])
        origin = self.environment["AIRFLOW__API__BASE_URL"]
        self.airflow = AirflowApi(origin, "admin", self.passwords["admin"])

    def _migrate(self) -> None:
        log = self.place.log("db-upgrade")
        command = ["nuorder-pos", "db", "upgrade"]
        done = subprocess.run(
            command, env=self.environment, cwd=self.place.root, capture_output=True, text=True, check=False
        )
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            raise DemoFailed("`nuorder-pos db upgrade` did not create the project's tables.", log)
        self.voice.step("Created the project's tables and views (nuorder-pos db upgrade)")

    def _await_airflow(self) -> None:
        log = self.place.log("airflow")
        self._until(
            lambda: not self.airflow.unhealthy(), AIRFLOW_WITHIN, "Airflow did not become healthy", log
        )
        self.voice.step(f"Airflow is healthy at {self.airflow.origin}")
        self.airflow.sign_in()

    def _unpause(self) -> None:
        log = self.place.log("airflow")
        try:
            self._until(
                lambda: self.airflow.has_dag(DAG_ID), DAG_WITHIN, f"The DAG {DAG_ID} did not appear", log
            )
        except DemoFailed:
            if errors := self.airflow.import_errors():
                raise DemoFailed(f"Airflow could not read the DAG: {errors[0]}", log) from None
            raise
        self.airflow.unpause(DAG_ID)
        self.voice.step(f"Unpaused the DAG {DAG_ID}")
        try:  # with its schedule's last moment already past, the first run starts by itself
            self._until(lambda: bool(self.airflow.runs(DAG_ID)), FIRST_RUN_WITHIN, "No run", log)
        except DemoFailed:
            self.airflow.trigger(DAG_ID)
        self.voice.step("Its first run has started")

    def _until(self, true: Callable[[], bool], seconds: float, otherwise: str, log: Path) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            for service in self.services:
                if not service.is_running():
                    raise DemoFailed(f"{otherwise}: {service.name} has ended by itself.", Path(service.log))
            if time.monotonic() > deadline:
                raise DemoFailed(f"{otherwise} within {seconds:.0f} seconds.", log)
            time.sleep(0.3)


def ledger(pos: str) -> dict[str, Any]:
    """The POS's own books: all its records, without the list of requests."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{pos}/_ledger", params={"requests": "0"}, timeout=(5, 30))
        answer.raise_for_status()
        return dict(answer.json())
