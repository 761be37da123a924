"""The environment in which everything runs: Airflow's settings, the connections, the brands file."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shlex
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from demo.place import CHECKOUT, Place

DAG_ID = "nuorder_po_export"
USERS = {"admin": "admin", "buyer": "user", "viewer": "viewer"}  # name: role of Airflow's simple auth manager
_OURS = ("AIRFLOW", "NUORDER_POS_", "PYTHONPATH", "PYTHONHOME", "COLUMNS")


def base_environment(place: Place) -> dict[str, str]:
    """The caller's environment without settings that would lead elsewhere, and with our programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    programs = Path(sys.executable).parent
    return kept | {
        "PATH": f"{programs}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "PYTHONPATH": str(CHECKOUT),  # `python -m sandbox` is not part of the installed package
        "PYTHONUNBUFFERED": "1",
        "AIRFLOW_HOME": str(place.airflow_home),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "NO_COLOR": "1",
    }


def airflow_settings(place: Place, dags: Path = CHECKOUT / "dags") -> dict[str, str]:
    """Airflow on one machine with two cores, on ports that are free."""
    port, worker_logs, trigger_logs = free_ports(3)
    origin = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            f"{name}:{role}" for name, role in USERS.items()
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(place.passwords),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{origin}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": origin,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(worker_logs),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
        # One DAG file that does not change: look once, and leave the two cores to the tasks.
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
    }


def connections(ready: Mapping[str, Any], place: Place) -> dict[str, str]:
    """The stand-in servers as Airflow connections, the way a secrets backend or a compose file would give them."""
    found = {
        "AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(
            {
                "conn_type": "lightspeed_retail",
                "host": ready["pos"],
                "login": ready["client_id"],
                "password": ready["client_secret"],
                "extra": {
                    "account_id": ready["account_id"],
                    "refresh_token": ready["refresh_token"],
                    "auth_url": ready["auth"],
                    "backoffice_url": ready["backoffice"],
                },
            }
        ),
        "AIRFLOW_CONN_NUORDER_POS_DB": f"sqlite:///{place.database}",
        "NUORDER_POS_BRANDS": str(place.brands),
    }
    for brand in ready["brands"]:
        found[f"AIRFLOW_CONN_{connection_id(brand).upper()}"] = json.dumps(
            {
                "conn_type": "nuorder",
                "host": ready["nuorder"],
                "login": brand["consumer_key"],
                "password": brand["consumer_secret"],
                "extra": {"token": brand["token"], "token_secret": brand["token_secret"]},
            }
        )
    return found


def connection_id(brand: Mapping[str, Any]) -> str:
    return f"nuorder_{brand['slug'].replace('-', '_')}"


def write_brands(place: Place, ready: Mapping[str, Any], since: str, shops: list[str]) -> None:
    """The brands file: every brand of the sandbox; all but the first have a default shop, in turn."""
    brands: list[dict[str, Any]] = []
    for number, brand in enumerate(ready["brands"]):
        entry = {"name": brand["name"], "nuorder_conn_id": connection_id(brand), "since": since}
        if number and shops:
            entry["shop"] = shops[number % len(shops)]
        brands.append(entry)
    main = {"lightspeed_conn_id": "lightspeed_default", "schedule": "*/30 * * * *", "brands": brands}
    text = yaml.safe_dump({"accounts": {"main": main}}, allow_unicode=True, sort_keys=False)
    place.brands.write_text(text, encoding="utf-8")


def write_passwords(place: Place) -> dict[str, str]:
    """A new password for each user, in the file that Airflow's simple auth manager reads."""
    passwords = {name: secrets.token_urlsafe(9) for name in USERS}
    place.passwords.write_text(json.dumps(passwords), encoding="utf-8")
    place.passwords.chmod(0o600)
    return passwords


def write_environment(place: Place, environment: Mapping[str, str]) -> None:
    """Shell lines with what we set, for ``. .run/up/environment.sh``."""
    lines = [
        f"export {name}={shlex.quote(value)}"
        for name, value in sorted(environment.items())
        if os.environ.get(name) != value
    ]
    place.environment.write_text("\n".join(lines) + "\n", encoding="utf-8")
    place.environment.chmod(0o600)


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on just now."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
