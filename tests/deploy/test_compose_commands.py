"""Every command and variable of docker-compose.yaml, and the Dockerfile, against the real programs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import compose

KNOWN = """
import json, sys
from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager

ProvidersManager().initialize_providers_configuration()
known = {
    f"AIRFLOW__{section.upper()}__{option.upper()}"
    for section, described in conf.configuration_description.items()
    for option in described["options"]
}
print(json.dumps(sorted(set(json.load(sys.stdin)) - known)))
"""

PARSE = """
import json, sys
from airflow.cli import cli_parser

parser = cli_parser.get_parser()
for words in json.load(sys.stdin):
    asked = parser.parse_args(words)
    assert callable(asked.func), words
print("parsed")
"""


def airflow_environment(service: dict[str, Any], home: Path) -> dict[str, str]:
    """The service's variables, with a metadata database that is not needed here."""
    given = {name: str(value) for name, value in (service.get("environment") or {}).items()}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "NUORDER_POS"))
    }
    programs = str(Path(sys.executable).parent)
    return kept | given | {"AIRFLOW_HOME": str(home), "PATH": f"{programs}{os.pathsep}{kept['PATH']}"}


def asked(script: str, question: Any, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        input=json.dumps(question),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


def airflow_commands(stack: dict[str, Any]) -> list[list[str]]:
    """Each call of ``airflow`` in commands and health checks, without its first word."""
    found = []
    for service in stack["services"].values():
        for words in (service.get("command"), service.get("healthcheck", {}).get("test")):
            if words and words[0] == "airflow":
                found.append(words[1:])
            for line in "\n".join(words or []).splitlines():
                if line.startswith("airflow "):
                    found.append(shlex.split(line)[1:])
    return found


def test_every_airflow_variable_is_a_setting_of_airflow(stack: dict[str, Any], tmp_path: Path) -> None:
    service = stack["services"]["scheduler"]
    names = [name for name in service["environment"] if name.startswith("AIRFLOW__")]

    unknown = asked(KNOWN, [*names, "AIRFLOW__CORE__NO_SUCH_THING"], airflow_environment(service, tmp_path))

    assert json.loads(unknown) == ["AIRFLOW__CORE__NO_SUCH_THING"]


@pytest.mark.slow
def test_every_airflow_command_is_understood(stack: dict[str, Any], tmp_path: Path) -> None:
    commands = airflow_commands(stack)

    assert ["celery", "worker"] in commands
    assert len(commands) == 9
    assert asked(PARSE, commands, airflow_environment(stack["services"]["worker"], tmp_path)) == "parsed"


def test_the_worker_s_health_check_asks_an_app_that_exists(stack: dict[str, Any], tmp_path: Path) -> None:
    words = shlex.split(stack["services"]["worker"]["healthcheck"]["test"][1])
    app, _, name = words[words.index("--app") + 1].rpartition(".")
    script = f"import json, sys\nfrom {app} import {name}\nprint(type({name}).__name__)"

    assert words[0] == "celery"
    assert asked(script, None, airflow_environment(stack["services"]["worker"], tmp_path)) == "Celery"


def test_the_migration_calls_our_command_line(stack: dict[str, Any]) -> None:
    lines = stack["services"]["migrate"]["command"][2].splitlines()
    program = Path(sys.executable).with_name("nuorder-pos")
    done = subprocess.run(
        [program, "db", "upgrade", "--help"], capture_output=True, text=True, timeout=60, check=False
    )

    assert "nuorder-pos db upgrade" in lines
    assert done.returncode == 0, done.stderr


def test_the_sandbox_s_command_is_understood(stack: dict[str, Any]) -> None:
    words = stack["services"]["sandbox"]["command"]
    done = subprocess.run(
        [sys.executable, *words[1:], "switches"],
        cwd=compose.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert words[:3] == ["python", "-m", "sandbox"]
    assert done.returncode == 0, done.stderr


def test_the_image_is_of_the_release_that_is_locked() -> None:
    dockerfile = (compose.ROOT / "Dockerfile").read_text(encoding="utf-8")
    locked = re.search(
        r"^apache-airflow==(\S+)", (compose.ROOT / "requirements-deploy.lock").read_text(), re.MULTILINE
    )

    assert locked is not None
    assert f"apache/airflow:slim-{locked[1]}-python3.12" in dockerfile


def test_every_file_the_image_copies_is_there_and_not_ignored() -> None:
    text = (compose.ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = {
        line[1:] for line in (compose.ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = [
        word
        for words in re.findall(r"^COPY (?:--\S+ )*(.+)$", text, re.MULTILINE)
        for word in words.split()[:-1]
    ]

    assert copied
    for path in copied:
        assert (compose.ROOT / path).exists(), path
        assert path.split("/")[0] in allowed, path


def test_both_locks_agree_and_name_no_host() -> None:
    pins = {}
    for name in ("requirements.lock", "requirements-deploy.lock"):
        text = (compose.ROOT / name).read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pins[name] = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))

    deploy = pins["requirements-deploy.lock"]
    assert deploy.items() <= pins["requirements.lock"].items()
    assert not {"pytest", "ruff", "mypy"} & set(deploy)
