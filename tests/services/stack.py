"""The services of docker-compose.yaml as plain processes on this machine.

Commands and environment are read from the compose file; only what depends on the place is replaced: host names, ports,
the folder /opt/airflow, and the databases, which are this test's own.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis
import requests
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import URL, make_url
from support import compose

from demo import processes
from demo.airflow_api import AirflowApi
from demo.settings import free_ports

HOME = "/opt/airflow"
SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
SECRETS = (
    "POSTGRES_PASSWORD",
    "NUORDER_POS_DB_PASSWORD",
    "REDIS_PASSWORD",
    "AIRFLOW_SECRET_KEY",
    "AIRFLOW_JWT_SECRET",
    "ADMIN_PASSWORD",
)


class Stack:
    """Everything that the compose file starts, in ``folder``."""

    def __init__(self, folder: Path, postgres: URL, redis_origin: str) -> None:
        self.folder = folder
        self._postgres = postgres
        self._redis_origin = redis_origin
        self._name = f"nuorder_pos_services_{os.getpid()}"
        self._started: list[processes.Started] = []
        self._began = time.monotonic()
        ports = free_ports(6)
        keys = ("api", "health", "worker_logs", "trigger_logs", "nuorder", "pos")
        self._ports = dict(zip(keys, ports, strict=True))
        self.dotenv = {name: secrets.token_hex(24) for name in SECRETS} | {
            "AIRFLOW_FERNET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "WORKER_CONCURRENCY": "2",
        }
        self.file = compose.load(self.dotenv)
        self.redis_number = self._empty_redis_database()
        self.api = AirflowApi(
            f"http://127.0.0.1:{self._ports['api']}", "admin", self.dotenv["ADMIN_PASSWORD"]
        )

    # --- life ----------------------------------------------------------------------------------------------------

    def create(self, brands: dict[str, Any]) -> None:
        """Folder and databases."""
        for name in ("dags", "sandbox"):
            (self.folder / name).symlink_to(compose.ROOT / name)
        (self.folder / "include").mkdir()
        (self.folder / "logs").mkdir()
        (self.folder / "include" / "brands.yaml").write_text(json.dumps(brands), encoding="utf-8")
        with psycopg.connect(self._dsn(self._postgres.database or "postgres"), autocommit=True) as connection:
            for database in self.databases:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def start(self) -> None:
        """The sandbox, then the migration, then all services at once."""
        self._launch("sandbox")
        self.run("migrate", self._words("migrate"))
        self.note("migrated")
        for service in SERVICES:
            self._launch(service)

    def stop(self) -> list[Any]:
        """Ends every process and drops the databases; gives the processes that could not be ended."""
        left = processes.end(reversed(self._started))
        self._redis(self.redis_number).flushdb()
        with psycopg.connect(self._dsn(self._postgres.database or "postgres"), autocommit=True) as connection:
            for database in self.databases:
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
                )
        return left

    @property
    def databases(self) -> tuple[str, str]:
        """Airflow's and the project's."""
        return f"{self._name}_airflow", f"{self._name}_project"

    # --- what tests ask ------------------------------------------------------------------------------------------

    @property
    def pos(self) -> str:
        return f"http://127.0.0.1:{self._ports['pos']}"

    def metadata(self) -> psycopg.Connection[Any]:
        """A connection to Airflow's own database."""
        return psycopg.connect(self._dsn(self.databases[0]), autocommit=True)

    def orders(self, state: str) -> dict[str, dict[str, Any]]:
        """The orders in a state by number, read from the documented view."""
        query = b"SELECT * FROM nuorder_pos.order_status WHERE state = %s"
        with psycopg.connect(self._dsn(self.databases[1]), row_factory=dict_row) as connection:
            return {row["order_number"]: row for row in connection.execute(query, (state,))}

    def nuorder_pos(self, *words: str) -> Any:
        """Our command line, where a worker runs; gives its JSON."""
        return json.loads(self.run("worker", ["nuorder-pos", *words, "--json"]))

    def health_check(self, service: str) -> None:
        """Runs the service's own health check; raises if it fails."""
        kind, *words = self.file["services"][service]["healthcheck"]["test"]
        if kind == "CMD-SHELL":
            words = ["bash", "-c", words[0]]
        self.run(service, [self._placed(word) for word in words])

    def run(self, service: str, words: list[str]) -> str:
        """Runs a program with the service's environment and gives what it printed."""
        done = subprocess.run(
            words,
            env=self._environment(service),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def note(self, text: str) -> None:
        """A line with the seconds since the beginning, shown with ``pytest -s`` and after a failure."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}")

    def until(self, true: Callable[[], Any], seconds: float, what: str) -> Any:
        """Waits until ``true()`` gives something; fails with the ends of the logs, also if a service has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := true():
                return found
            for started in self._started:
                assert started.is_running(), f"{started.name} has ended by itself:\n{self._tail(started)}"
            time.sleep(0.5)
        logs = "\n".join(f"--- {started.name}\n{self._tail(started)}" for started in self._started)
        raise AssertionError(f"{what} within {seconds:.0f} seconds\n{logs}")

    def ledger(self) -> dict[str, Any]:
        """The POS's own records."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{self.pos}/_ledger", params={"requests": "0"}, timeout=30)
            return dict(answer.json()["records"])

    # --- from the compose file to this machine -------------------------------------------------------------------

    def _launch(self, service: str) -> None:
        log = self.folder / "logs" / f"{service}.log"
        environment = self._environment(service)
        self._started.append(processes.start(service, self._words(service), environment, log, self.folder))

    def _words(self, service: str) -> list[str]:
        return [self._placed(word) for word in self.file["services"][service]["command"]]

    def _environment(self, service: str) -> dict[str, str]:
        kept = {
            n: v
            for n, v in os.environ.items()
            if not n.startswith(("AIRFLOW", "NUORDER_POS", "PYTHON", "PYTEST"))
        }
        given = {
            name: self._placed(str(value))
            for name, value in self.file["services"][service]["environment"].items()
        }
        return {
            **kept,
            **self._sandbox_connections(),
            **given,
            # In containers these are what the image and the container bring.
            "AIRFLOW_HOME": str(self.folder),
            "HOSTNAME": _hostname(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "NO_PROXY": "127.0.0.1,localhost",
            # All services share one network here, so ports that are theirs alone in a container are chosen.
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self._ports["api"]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self._ports["health"]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self._ports["worker_logs"]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self._ports["trigger_logs"]),
        }

    def _sandbox_connections(self) -> dict[str, str]:
        """The connections that .env.example offers for the sandbox."""
        offered = compose.example_settings(commented=True)
        names = ("AIRFLOW_CONN_NUORDER_ACME", "AIRFLOW_CONN_LIGHTSPEED_DEFAULT")
        return {name: self._placed(offered[name][1]) for name in names}

    def _placed(self, text: str) -> str:
        """The same text for this machine: addresses of services, ports and folders."""
        airflow, project = self.databases
        server = self._address()
        for old, new in (
            (f"airflow:{self.dotenv['POSTGRES_PASSWORD']}@postgres:5432/airflow", f"{server}/{airflow}"),
            (
                f"nuorder_pos:{self.dotenv['NUORDER_POS_DB_PASSWORD']}@postgres:5432/nuorder_pos",
                f"{server}/{project}",
            ),
            (
                f"redis://:{self.dotenv['REDIS_PASSWORD']}@redis:6379/0",
                f"{self._redis_origin}/{self.redis_number}",
            ),
            ("http://api-server:8080", self.api.origin),
            ("http://localhost:8080", self.api.origin),
            ("http://localhost:8974", f"http://127.0.0.1:{self._ports['health']}"),
            ("http://localhost:8802", self.pos),
            ("http://sandbox:8801", f"http://127.0.0.1:{self._ports['nuorder']}"),
            ("http://sandbox:8802", self.pos),
            ("--host=0.0.0.0", "--host=127.0.0.1"),
            ("--nuorder-port=8801", f"--nuorder-port={self._ports['nuorder']}"),
            ("--pos-port=8802", f"--pos-port={self._ports['pos']}"),
            (HOME, str(self.folder)),
        ):
            text = text.replace(old, new)
        return sys.executable if text == "python" else text

    def _address(self) -> str:
        """User, password, host and port of the Postgres server, as part of an address."""
        address = self._postgres.set(drivername="x", database="", query={}).render_as_string(
            hide_password=False
        )
        return address.partition("//")[2].rstrip("/")

    def _dsn(self, database: str) -> str:
        address = self._postgres.set(drivername="postgresql", database=database, query={})
        return address.render_as_string(hide_password=False)

    def _redis(self, number: int) -> Any:
        return redis.Redis.from_url(f"{self._redis_origin}/{number}")

    def _empty_redis_database(self) -> int:
        for number in range(15, 0, -1):
            if not self._redis(number).dbsize():
                return number
        raise AssertionError("Redis has no empty database left for this test")

    def _tail(self, started: processes.Started) -> str:
        return "\n".join(Path(started.log).read_text(errors="replace").splitlines()[-25:])


def _hostname() -> str:
    from airflow.utils.net import getfqdn

    return str(getfqdn())


def servers() -> tuple[URL, str]:
    """Addresses of Postgres and Redis; ``ConnectionError`` with a sentence if one of them does not answer."""
    postgres = make_url(
        os.environ.get("NUORDER_POS_TEST_POSTGRES") or "postgresql://postgres@127.0.0.1:5432/postgres"
    )
    origin = (os.environ.get("NUORDER_POS_TEST_REDIS") or "redis://127.0.0.1:6379").rstrip("/")
    try:
        dsn = postgres.set(drivername="postgresql", query={}).render_as_string(hide_password=False)
        psycopg.connect(dsn, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise ConnectionError(
            f"Postgres does not answer ({str(error).splitlines()[0]}): start one at 127.0.0.1:5432 with a user "
            "postgres that needs no password, or name one in NUORDER_POS_TEST_POSTGRES"
        ) from None
    try:
        redis.Redis.from_url(origin, socket_connect_timeout=5).ping()
    except redis.RedisError as error:
        raise ConnectionError(
            f"Redis does not answer ({error}): start one at 127.0.0.1:6379, or name one in NUORDER_POS_TEST_REDIS"
        ) from None
    return postgres, origin
