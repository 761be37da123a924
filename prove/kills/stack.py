"""The services of docker-compose.yaml with two workers, on servers of our own."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import requests
from services.stack import Stack

from demo.settings import free_ports
from prove.kills import ROOT
from prove.kills.keeper import Keeper, Service
from prove.kills.scene import BRANDS, Scene
from prove.kills.servers import Servers
from prove.world import Ledgers

WORKERS = ("worker-1", "worker-2")
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", *WORKERS)
SOON = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "60",
}
"""How soon Airflow notices what died. Its defaults are 300, 10, 300, 30, 600, 120, 30 and 86400 seconds."""
POS_LATENCY_MS = 400
"""So that an export takes about as long as in life, and a kill can meet every part of it."""
WAITING_TIME = 15
"""Our own setting; the product's default is 120 seconds. The stand-in applies a request at once or not at all."""
ROOMY = {
    "burst_ceiling": 100_000, "bucket_size": 1_000_000, "drip_rate": 100_000, "refreshes_per_minute": 10_000,
    "nuorder_concurrency": 0,
}  # fmt: skip


class Failed(Exception):
    """Something did not come true; a sentence."""


class KillStack(Stack):
    """Everything, in ``folder``; what is killed is started again."""

    def __init__(self, folder: Path, servers: Servers, settings: dict[str, str]) -> None:
        self.keeper = Keeper(folder / "started.json")
        self.servers = servers
        self._settings = settings
        self._more_ports = dict(zip(WORKERS, free_ports(len(WORKERS)), strict=True))
        self._server_logs = folder / "servers"
        self._server_logs.mkdir(parents=True)
        try:
            self._start_servers(folder)
            super().__init__(folder, servers.postgres_url, servers.redis_origin)
        except BaseException:
            self.end()
            raise
        services = self.file["services"]
        for name in WORKERS:
            services[name] = copy.deepcopy(services["worker"])
            services[name]["command"] += ["--celery-hostname", name, "--pid", str(folder / f"{name}.pid")]

    def begin(self, scene: Scene) -> None:
        """Databases, the stand-ins, the migration, then all of Airflow; returns once the DAG's first run may start."""
        data = self.folder / "scene.json"
        data.write_text(json.dumps(scene.data(self.nuorder)), encoding="utf-8")
        self._make_place(scene)
        command = self.file["services"]["sandbox"]["command"]
        command += ["--data", str(data), "--set", f"pos_latency_ms={POS_LATENCY_MS}"]
        command += [word for name, value in ROOMY.items() for word in ("--set", f"{name}={value}")]
        self._keep("sandbox", comes_back=False)  # the POS's ledger is in its memory
        self.run("migrate", self._words("migrate"))
        for name in AIRFLOW:
            self._keep(name)
        self.wait_for(lambda: not self.api.unhealthy(), 300, "Airflow did not become healthy")
        self.api.sign_in()

    @property
    def nuorder(self) -> str:
        return f"http://127.0.0.1:{self._ports['nuorder']}"

    def wait_for(self, true: Callable[[], Any], seconds: float, what: str) -> Any:
        """Wait until ``true()`` gives something, keeping everything running meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.keeper.tick()
            if found := true():
                return found
            time.sleep(0.3)
        raise Failed(f"{what} within {seconds:.0f} seconds")

    def ask(self, project: bool, query: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """Rows of the project's database, or of Airflow's; ``psycopg.OperationalError`` while it is down."""
        dsn = self._dsn(self.databases[1 if project else 0])
        with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query.encode(), values)
            if cursor.description is None:
                return []
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def sides(self) -> Ledgers:
        """What the POS and NuORDER hold, by their own ledgers."""
        with requests.Session() as session:
            session.trust_env = False
            nuorder = session.get(f"{self.nuorder}/_ledger", params={"requests": "0"}, timeout=30).json()
        names = {brand["slug"]: brand["name"] for brand in nuorder["brands"]}
        return Ledgers(self.ledger(), nuorder["orders"], nuorder["products"], names)

    def end(self) -> list[Any]:
        """End every process; gives those that could not be ended."""
        left = self.keeper.end()
        self.servers.remove()
        return left

    # --- pieces --------------------------------------------------------------------------------------------------

    def _start_servers(self, folder: Path) -> None:
        self.servers.create()
        for name, words, user in (
            ("postgres", self.servers.postgres_words(), self.servers.as_user()),
            ("redis", self.servers.redis_words(), {}),
        ):
            log = self._server_logs / f"{name}.log"
            place = self.servers.folder
            self.keeper.add(
                Service(name, words, {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, log, place, user)
            )
        dsn = self.servers.postgres_url.render_as_string(hide_password=False)
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise Failed(f"Postgres did not start: {error}") from None
                time.sleep(0.2)

    def _make_place(self, scene: Scene) -> None:
        brands = [
            {"name": name, "nuorder_conn_id": f"nuorder_{slug}", "since": "2026-01-01", "shop": "Main Street"}
            for name, slug in BRANDS.items()
        ]
        main = {
            "lightspeed_conn_id": "lightspeed_default", "schedule": "* * * * *", "waiting_time": WAITING_TIME,
            "brands": brands,
        }  # fmt: skip
        self.create({"accounts": {"main": main}})

    def _keep(self, name: str, *, comes_back: bool = True) -> None:
        log = self.folder / "logs" / f"{name}.log"
        words, environment = self._words(name), self._environment(name)
        self.keeper.add(Service(name, words, environment, log, self.folder, comes_back=comes_back))

    def _environment(self, service: str) -> dict[str, str]:
        own = super()._environment(service) | self._settings
        own["PYTHONPATH"] = str(ROOT / "plugins")  # this checkout's product, whatever is installed
        if service in self._more_ports:
            own["AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"] = str(self._more_ports[service])
        return own

    def _sandbox_connections(self) -> dict[str, str]:
        found = super()._sandbox_connections()
        for slug in BRANDS.values():
            found[f"AIRFLOW_CONN_NUORDER_{slug.upper()}"] = json.dumps(
                {
                    "conn_type": "nuorder", "host": self.nuorder, "login": f"{slug}-key", "password": f"{slug}-secret",
                    "extra": {"token": f"{slug}-token", "token_secret": f"{slug}-token-secret"},
                }
            )  # fmt: skip
        return found
