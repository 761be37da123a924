"""docker-compose.yaml against the compose specification, and against what it refers to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from support import compose

OURS = ("migrate", "api-server", "scheduler", "dag-processor", "triggerer", "worker", "sandbox")
LONG_RUNNING = ("postgres", "redis", *OURS[1:])


def test_the_file_obeys_the_compose_specification(stack: dict[str, Any]) -> None:
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(stack)).to_spec()


def test_that_check_would_notice_a_wrong_key(stack: dict[str, Any]) -> None:
    wrong = yaml.safe_dump(stack).replace("healthcheck:", "healthchek:", 1)

    with pytest.raises(ValueError, match="healthchek"):
        compose_spec.PyCompose.from_yaml(wrong)


@pytest.mark.parametrize("name", [name for name, needed in compose.variables().items() if needed])
def test_a_missing_secret_stops_compose_with_its_name(name: str) -> None:
    everything = dict.fromkeys(compose.variables(), "x")
    del everything[name]

    with pytest.raises(compose.Missing, match=name):
        compose.load(everything)


def test_the_example_names_every_variable_and_no_value_of_a_secret() -> None:
    given, offered = compose.example_settings(), compose.example_settings(commented=True)
    needed = {name for name, must in compose.variables().items() if must}

    assert needed <= set(given)
    assert set(compose.variables()) <= set(given) | set(offered)
    assert {name for name, values in given.items() if any(values)} == {"ADMIN_USER"}


def test_every_service_that_stays_has_a_health_check_and_restarts(stack: dict[str, Any]) -> None:
    for name in LONG_RUNNING:
        assert stack["services"][name]["healthcheck"]["test"], name
        assert stack["services"][name]["restart"] == "unless-stopped", name


def test_our_containers_run_without_root_and_without_privileges(stack: dict[str, Any]) -> None:
    for name in OURS:
        service = stack["services"][name]
        assert service["user"] == "50000:0", name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_api_server_is_reachable_and_on_loopback_only(stack: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in stack["services"].items() if "ports" in service}

    assert published == {"api-server": ["127.0.0.1:8080:8080"]}


def test_everything_waits_for_the_migration(stack: dict[str, Any]) -> None:
    for name in OURS[1:-1]:
        condition = stack["services"][name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully", name
    assert stack["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_hosts_in_addresses_are_services_of_the_file(stack: dict[str, Any]) -> None:
    addresses = [
        value
        for service in stack["services"].values()
        for value in (service.get("environment") or {}).values()
    ]
    hosts = set(re.findall(r"://(?:[^@/]*@)?([a-z-]+):\d+", " ".join(map(str, addresses)))) - {"localhost"}

    assert hosts == {"postgres", "redis", "api-server"}
    assert hosts <= set(stack["services"])


def test_every_file_it_refers_to_is_there(stack: dict[str, Any]) -> None:
    mounted = {
        Path(volume.split(":")[0])
        for service in stack["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith((".", "/"))
    }

    assert mounted == {Path("include/brands.yaml")}
    assert all((compose.ROOT / path).is_file() for path in mounted)
    named = {
        volume.split(":")[0]
        for s in stack["services"].values()
        for volume in s.get("volumes", [])
        if volume[0] != "."
    }
    assert named == set(stack["volumes"])


def test_the_project_database_is_created_for_its_own_user(stack: dict[str, Any]) -> None:
    script = stack["configs"]["project-database"]["content"]

    assert "CREATE ROLE nuorder_pos LOGIN PASSWORD 'possecret2'" in script
    assert stack["services"]["postgres"]["configs"][0]["target"].startswith("/docker-entrypoint-initdb.d/")


def test_the_sandbox_connections_of_the_example_are_the_sandbox_s_own() -> None:
    from support.sandbox import Sandbox

    offered = compose.example_settings(commented=True)
    nuorder = json.loads(offered["AIRFLOW_CONN_NUORDER_ACME"][1])
    pos = json.loads(offered["AIRFLOW_CONN_LIGHTSPEED_DEFAULT"][1])
    process = Sandbox()
    try:
        ready = process.ready
    finally:
        process.stop()
    acme = next(brand for brand in ready["brands"] if brand["slug"] == "acme")

    assert (nuorder["login"], nuorder["password"]) == (acme["consumer_key"], acme["consumer_secret"])
    assert nuorder["extra"]["token"] == acme["token"]
    assert nuorder["extra"]["token_secret"] == acme["token_secret"]
    assert (pos["login"], pos["password"]) == (ready["client_id"], ready["client_secret"])
    assert pos["extra"]["account_id"] == ready["account_id"]
    assert pos["extra"]["refresh_token"] == ready["refresh_token"]
