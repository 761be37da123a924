"""Airflow's own API server as a process, with our plugin in it: what a merchant's browser talks to; and with it, where a
test asks for the whole of Airflow, scheduler, DAG processor and triggerer.

Users are those of Airflow's simple auth manager. Sessions come in two forms: as a browser has one (cookie, and the
headers that a browser adds by itself), and as a program has one (bearer token).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
from support.airflow_place import Place

from demo import processes
from demo.airflow_api import AirflowApi
from demo.settings import free_ports

USERS = {"ann": "admin", "mia": "user", "vic": "viewer"}
"""Name: role. Mia decides, Vic reads."""
PREFIX = "/nuorder-pos"
COOKIE = "_token"
_WITHIN = 90.0


class BrowserLike(requests.Session):
    """A session that sends what a browser sends with a form of its own page: ``Origin`` and ``Sec-Fetch-Site``.

    Paths are below the desk (``/orders``); a whole address is taken as it is. Redirects are not followed.
    """

    def __init__(self, base: str) -> None:
        super().__init__()
        self.trust_env = False
        self.base = base

    def request(self, method, url, **more):  # type: ignore[no-untyped-def]
        """As in ``requests``. A header given as ``None`` is left out."""
        if url.startswith("/"):
            url = f"{self.base}{PREFIX}{url}"
        headers = {"Sec-Fetch-Site": "same-origin"}
        if method.upper() not in ("GET", "HEAD"):
            headers["Origin"] = self.base
        more["headers"] = headers | dict(more.pop("headers", None) or {})
        more.setdefault("allow_redirects", False)
        more.setdefault("timeout", 60)
        return super().request(method, url, **more)


class ProgramLike(BrowserLike):
    """A session with a bearer token and none of a browser's headers."""

    def request(self, method, url, **more):  # type: ignore[no-untyped-def]
        """As in ``requests``."""
        more["headers"] = {"Sec-Fetch-Site": None, "Origin": None} | dict(more.pop("headers", None) or {})
        return super().request(method, url, **more)


class WebPlace:
    """``airflow api-server`` on loopback, with an Airflow home of its own in the place's folder; ``whole``: all services
    (``airflow standalone``)."""

    def __init__(self, place: Place, *, all_admins: bool = False, whole: bool = False) -> None:
        self.folder = place.folder
        self._whole = whole
        port, worker_logs, trigger_logs = free_ports(3)
        self.base = f"http://127.0.0.1:{port}"
        self.passwords = {name: f"{name}-password" for name in USERS}
        passwords = place.folder / "passwords.json"
        passwords.write_text(json.dumps(self.passwords), encoding="utf-8")
        self.place = Place(
            place.folder,
            place.env
            | {
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{n}:{r}" for n, r in USERS.items()),
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": str(all_admins),
                "AIRFLOW__API__HOST": "127.0.0.1",
                "AIRFLOW__API__PORT": str(port),
                "AIRFLOW__API__BASE_URL": self.base,
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__API__SECRET_KEY": "only-for-tests-" * 4,
                "AIRFLOW__API_AUTH__JWT_SECRET": "only-for-tests-" * 5,
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.base}/execution/",
                "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
                "AIRFLOW__CORE__PARALLELISM": "2",
                "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
                "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(worker_logs),
                "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
                "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{place.env.get('PATH', os.defpath)}",
                "PYTHONUNBUFFERED": "1",
                "NO_PROXY": "127.0.0.1,localhost",
            },
        )
        self.log = place.folder / f"api-server-{port}.log"
        self._started: list[processes.Started] = []

    # ---- life ----

    def start(self) -> None:
        """Migrates Airflow's database unless that was done, starts the server, and waits until it answers."""
        if not (self.folder / "airflow" / "airflow.db").exists():
            self.place.run("airflow", "db", "migrate")
        words = [sys.executable, "-m", "airflow", "standalone" if self._whole else "api-server"]
        self._started.append(processes.start("airflow", words, self.place.env, self.log, self.folder))
        api = self.api("ann")
        deadline = time.monotonic() + _WITHIN
        while not (self._answers() and (not self._whole or not api.unhealthy())):
            assert self._started[-1].is_running(), f"Airflow has ended:\n{self.tail()}"
            assert time.monotonic() < deadline, f"Airflow does not answer:\n{self.tail()}"
            time.sleep(0.1)

    def _answers(self) -> bool:
        with self.anonymous() as session:
            try:
                return session.get(f"{self.base}/api/v2/version").ok
            except requests.ConnectionError:
                return False

    def api(self, user: str) -> AirflowApi:
        """Airflow's own API for one of the users, not signed in yet."""
        return AirflowApi(self.base, user, self.passwords[user])

    def stop(self) -> None:
        """Ends it and what it started."""
        left = processes.end(reversed(self._started))
        assert not left, f"these processes could not be ended: {left}"

    def tail(self, lines: int = 40) -> str:
        """The end of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    # ---- visitors ----

    def url(self, path: str = "") -> str:
        """The whole address of a page of the desk."""
        return f"{self.base}{PREFIX}{path}"

    @property
    def host(self) -> str:
        """Name and port."""
        return urlsplit(self.base).netloc

    def token(self, user: str) -> str:
        """A token as Airflow gives it for name and password."""
        with BrowserLike(self.base) as session:
            answer = session.post(
                f"{self.base}/auth/token", json={"username": user, "password": self.passwords[user]}
            )
            assert answer.status_code == 201, f"{answer.status_code} {answer.text[:500]}"
            return str(answer.json()["access_token"])

    def login(self, user: str) -> BrowserLike:
        """Somebody in a browser."""
        session = BrowserLike(self.base)
        session.cookies.set(COOKIE, self.token(user), domain="127.0.0.1", path="/")
        return session

    def program(self, user: str) -> ProgramLike:
        """A script of theirs."""
        session = ProgramLike(self.base)
        session.headers["Authorization"] = f"Bearer {self.token(user)}"
        return session

    def anonymous(self) -> BrowserLike:
        """Somebody in a browser who is not signed in."""
        return BrowserLike(self.base)
