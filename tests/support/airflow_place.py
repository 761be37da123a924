"""A place for Airflow of its own, and the sandbox's brands and connections as its environment."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from support.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """A folder with an Airflow home, and the environment in which its commands run."""

    folder: Path
    env: dict[str, str]

    def run(self, *command: str, check: bool = True, **more_env: str) -> subprocess.CompletedProcess[str]:
        """Runs a Python module (``airflow``, ``nuorder_pos.cli.main``) or ``-c`` code to its end."""
        arguments = command if command[0] == "-c" else ("-m", *command)
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.env | more_env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=200,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr[-4000:]}"
            )
        return done

    def json(self, code: str, **more_env: str) -> object:
        """The JSON that ``code`` prints as its last line."""
        return json.loads(self.run("-c", code, **more_env).stdout.strip().splitlines()[-1])

    def brands(self, text: str) -> None:
        """Replaces the brands file."""
        (self.folder / "brands.yaml").write_text(text, encoding="utf-8")


def clean_environment(folder: Path) -> dict[str, str]:
    """This process's environment without settings that would lead elsewhere, with the package installed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "NUORDER_POS", "_AIR"))
    }
    return kept | {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW_CONN_NUORDER_POS_DB": f"sqlite:///{folder}/nuorder_pos.db",
        "NUORDER_POS_BRANDS": str(folder / "brands.yaml"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), *_entry_points(folder)]),
    }


def _entry_points(folder: Path) -> list[str]:
    """Where the package is not installed: a stand-in for its metadata, so that Airflow finds plugin and provider."""
    try:
        importlib.metadata.distribution("nuorder-pos")
    except importlib.metadata.PackageNotFoundError:
        info = folder / "metadata" / "nuorder_pos-0.0.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nuorder-pos\nVersion: 0.0.0\n")
        (info / "entry_points.txt").write_text(
            "[airflow.plugins]\nnuorder_pos = nuorder_pos.airflow.plugin:NuorderPosPlugin\n"
            "[apache_airflow_provider]\nprovider_info = nuorder_pos.airflow.provider:get_provider_info\n"
        )
        return [str(info.parent)]
    return []


def connections(sandbox: Sandbox) -> dict[str, str]:
    """The sandbox as connections in JSON form."""
    pos = {
        "conn_type": "lightspeed_retail",
        "host": sandbox.pos,
        "login": sandbox.client_id,
        "password": sandbox.client_secret,
        "extra": {
            "account_id": sandbox.account_id,
            "refresh_token": sandbox.refresh_token,
            "auth_url": sandbox.auth,
            "backoffice_url": sandbox.backoffice,
        },
    }
    found: dict[str, Mapping[str, object]] = {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": pos}
    for brand in sandbox.brands:
        found[f"AIRFLOW_CONN_NUORDER_{brand.slug.upper()}"] = {
            "conn_type": "nuorder",
            "host": sandbox.nuorder,
            "login": brand.consumer_key,
            "password": brand.consumer_secret,
            "extra": {"token": brand.token, "token_secret": brand.token_secret},
        }
    return {name: json.dumps(value) for name, value in found.items()}


def brands_of(sandbox: Sandbox) -> str:
    """A brands file with the sandbox's brands, each with a default shop."""
    brands = [
        {"name": brand.name, "nuorder_conn_id": f"nuorder_{brand.slug}", "shop": "Main Street"}
        | {"since": "2020-01-01"}
        for brand in sandbox.brands
    ]
    text: str = yaml.safe_dump({"accounts": {"main": {"brands": brands}}}, allow_unicode=True)
    return text
