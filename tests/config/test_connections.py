"""Connections in every form, origins, secrets, and one clear sentence for each thing that is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from nuorder_pos import connections
from nuorder_pos.connections import database_url, lightspeed_settings, nuorder_settings
from nuorder_pos.errors import Permanent, Transient

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="nuorder-pos-airflow-"))

EXTRA = {"token": "the-token", "token_secret": "its-secret"}
QUERY = "token=the-token&token_secret=its-secret"


def as_json(**fields: Any) -> str:
    return json.dumps({"login": "the-key", "password": "the-secret", "extra": EXTRA} | fields)


HOSTS = {
    "with scheme": (as_json(host="https://api.example.com"), "https://api.example.com"),
    "without scheme": (as_json(host="api.example.com"), "https://api.example.com"),
    "with a slash": (as_json(host="https://api.example.com/"), "https://api.example.com"),
    "with a port in it": (as_json(host="https://api.example.com:8443"), "https://api.example.com:8443"),
    "with a port beside it": (as_json(host="api.example.com", port=8443), "https://api.example.com:8443"),
    "with the same port twice": (
        as_json(host="https://a.example.com:99", port=99),
        "https://a.example.com:99",
    ),
    "with the scheme as schema": (as_json(host="127.0.0.1", port=81, schema="http"), "http://127.0.0.1:81"),
    "on loopback": (as_json(host="http://localhost:8801"), "http://localhost:8801"),
    "of the sixth version": (as_json(host="::1", port=88, schema="http"), "http://[::1]:88"),
    "by name, http on purpose": (
        as_json(host="http://sandbox:8801", extra={**EXTRA, "allow_http": True}),
        "http://sandbox:8801",
    ),
    "as a URI": (f"nuorder://the-key:the-secret@api.example.com/?{QUERY}", "https://api.example.com"),
    "as a URI with scheme": (
        f"nuorder://http://the-key:the-secret@127.0.0.1:8801/?{QUERY}",
        "http://127.0.0.1:8801",
    ),
    "as a URI with the scheme at its end": (
        f"nuorder://the-key:the-secret@127.0.0.1:8801/http?{QUERY}",
        "http://127.0.0.1:8801",
    ),
    "as a URI with the origin encoded": (
        f"nuorder://the-key:the-secret@http%3A%2F%2Fsandbox%3A8801/?{QUERY}&allow_http=true",
        "http://sandbox:8801",
    ),
}


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Sets connections of the environment: ``connection(conn_id, value)``. Airflow's database is not there."""
    monkeypatch.setattr(connections, "_from_metadata", lambda conn_id: None)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW_CONN_NUORDER_POS_DB", raising=False)
    return lambda conn_id, value: monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", value)


@pytest.mark.parametrize("case", HOSTS)
def test_a_host(case: str, connection: Any) -> None:
    value, origin = HOSTS[case]
    connection("nuorder_acme", value)
    settings = nuorder_settings("nuorder_acme")
    assert settings.origin == origin
    assert (settings.consumer_key, settings.consumer_secret) == ("the-key", "the-secret")
    assert (settings.token, settings.token_secret) == ("the-token", "its-secret")
    assert (settings.signature, settings.connection_id) == ("rfc5849", "nuorder_acme")


@pytest.mark.parametrize(
    "hosts", ["cdn.example.com, img.example.com", ["cdn.example.com", "img.example.com"]]
)
def test_what_nuorder_may_be_told_further(hosts: object, connection: Any) -> None:
    extra = {**EXTRA, "signature": "nuorder", "image_hosts": hosts}
    connection("nuorder_acme", as_json(conn_type="nuorder", host="api.example.com", extra=extra))
    settings = nuorder_settings("nuorder_acme")
    assert settings.signature == "nuorder"
    assert settings.image_hosts == ("cdn.example.com", "img.example.com")


def test_the_pos_with_everything(connection: Any) -> None:
    extra = {
        "account_id": 223344,
        "refresh_token": "the-first",
        "auth_url": "http://127.0.0.1:1",
        "backoffice_url": "http://127.0.0.1:2/",
    }
    connection("pos", as_json(conn_type="lightspeed_retail", host="http://127.0.0.1:3", extra=extra))
    settings = lightspeed_settings("pos")
    assert (settings.client_id, settings.client_secret) == ("the-key", "the-secret")
    assert (settings.account_id, settings.refresh_token) == ("223344", "the-first")
    assert settings.origin == "http://127.0.0.1:3"
    assert (settings.auth_url, settings.backoffice_url) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_the_pos_as_a_uri(connection: Any) -> None:
    uri = "lightspeed-retail://client:sec%2Fret@api.lightspeedapp.com/?account_id=7&refresh_token=def50"
    connection("pos", uri)
    settings = lightspeed_settings("pos")
    assert (settings.client_secret, settings.account_id, settings.refresh_token) == ("sec/ret", "7", "def50")
    assert settings.auth_url == "https://cloud.lightspeedapp.com"


MISTAKES = {
    "a path": (
        as_json(host="https://api.example.com/api/v1"),
        (
            "The host of the connection 'nuorder_acme' must be scheme, host and port without a path:"
            " https://api.example.com, not 'https://api.example.com/api/v1'."
        ),
    ),
    "a path in a URI": (
        f"nuorder://the-key:the-secret@api.example.com/api?{QUERY}",
        (
            "The host of the connection 'nuorder_acme' must be an origin without a path: its schema is 'api',"
            " allowed are https and http."
        ),
    ),
    "http to another machine": (
        as_json(host="http://api.example.com"),
        "The host of the connection 'nuorder_acme' is plain http",
    ),
    "another scheme": (
        as_json(host="ftp://api.example.com"),
        "must be an origin such as https://api.example.com",
    ),
    "no host": (
        as_json(),
        "The connection 'nuorder_acme' lacks its host: it is the origin of the API, such as https://wholesale.nuorder.com.",
    ),
    "no key": (as_json(host="a.example.com", login=None), "lacks its login: it is the consumer key."),
    "no secret": (
        as_json(host="a.example.com", password=""),
        "lacks its password: it is the consumer secret.",
    ),
    "another type": (
        as_json(conn_type="http", host="a.example.com"),
        "The connection 'nuorder_acme' is of type 'http'; it must be 'nuorder'.",
    ),
    "an extra that is none": (
        as_json(host="a.example.com", extra="{token: x}"),
        "The extra of the connection 'nuorder_acme' is not a JSON object",
    ),
    "a signature that is none": (
        as_json(host="a.example.com", extra={**EXTRA, "signature": "sha256"}),
        "'signature' is 'sha256'; allowed are rfc5849 and nuorder.",
    ),
    "a switch that is none": (
        as_json(host="a.example.com", extra={**EXTRA, "allow_http": "maybe"}),
        "'allow_http' is 'maybe'; allowed are true and false.",
    ),
    "neither JSON nor URI": ('{"host": ', "AIRFLOW_CONN_NUORDER_ACME is neither a JSON object nor a URI"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_clear_sentence(case: str, connection: Any) -> None:
    value, expected = MISTAKES[case]
    connection("nuorder_acme", value)
    with pytest.raises(Permanent) as caught:
        nuorder_settings("nuorder_acme")
    assert expected in str(caught.value)
    assert "the-secret" not in str(caught.value)


def test_a_connection_that_is_missing_says_what_to_do(connection: Any) -> None:
    with pytest.raises(Permanent) as caught:
        lightspeed_settings("lightspeed_default")
    assert str(caught.value) == (
        "There is no connection 'lightspeed_default': create it with the type lightspeed_retail"
        " (Admin > Connections), or set AIRFLOW_CONN_LIGHTSPEED_DEFAULT."
    )


DATABASES = {
    "postgresql://us%40er:p%2Fw@db:5433/pos?sslmode=require": (
        "postgresql+psycopg://us%40er:p%2Fw@db:5433/pos?sslmode=require"
    ),
    "postgres://u@db/pos": "postgresql+psycopg://u@db/pos",
    "postgresql+psycopg://u:p@db/pos": "postgresql+psycopg://u:p@db/pos",
    "postgresql+psycopg2://u:p@db/pos": "postgresql+psycopg2://u:p@db/pos",
    '{"conn_type": "postgres", "host": "db", "login": "u", "password": "p", "schema": "pos"}': (
        "postgresql+psycopg://u:p@db/pos"
    ),
    "sqlite:////data/pos.db": "sqlite:////data/pos.db",
    '{"conn_type": "sqlite", "host": "/data/pos.db"}': "sqlite:////data/pos.db",
}


@pytest.mark.parametrize("value", DATABASES)
def test_the_database(value: str, connection: Any) -> None:
    connection("nuorder_pos_db", value)
    assert database_url() == DATABASES[value]


def test_without_a_connection_the_database_is_a_file_for_trying_out(connection: Any, tmp_path: Path) -> None:
    assert database_url() == f"sqlite:///{tmp_path}/nuorder_pos.db"


@pytest.mark.parametrize(
    "value,expected",
    [
        ("sqlite:///pos.db", "must name its SQLite file by the full path"),
        ("mysql://u:p@db/pos", "is of type 'mysql'; allowed are postgres and sqlite"),
    ],
)
def test_databases_that_cannot_be_used(value: str, expected: str, connection: Any) -> None:
    connection("nuorder_pos_db", value)
    with pytest.raises(Permanent, match=expected):
        database_url()


def test_a_vault_that_is_down_never_means_no_connection(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a minute's outage would make a task write into an SQLite file."""

    class Vault:
        def get_connection(self, conn_id: str) -> None:
            raise OSError("vault is sealed")

    from airflow.sdk.execution_time import supervisor

    monkeypatch.setattr(supervisor, "ensure_secrets_backend_loaded", lambda: [Vault()])
    with pytest.raises(Transient, match="'nuorder_pos_db' could not be read: vault is sealed"):
        database_url()


@pytest.mark.parametrize("kind,answer", [("API_SERVER_ERROR", "raises"), ("CONNECTION_NOT_FOUND", "file")])
def test_an_api_server_that_is_down_never_means_no_connection(
    kind: str, answer: str, connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import ErrorType
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import ErrorResponse

    class Comms:
        def send(self, message: object) -> ErrorResponse:
            return ErrorResponse(error=ErrorType(kind), detail={})

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Comms(), raising=False)
    if answer == "file":
        assert database_url().startswith("sqlite:///")
    else:
        with pytest.raises(Transient, match="Airflow's API server answered API_SERVER_ERROR"):
            database_url()


LOGGED = """
import logging, sys
from nuorder_pos import connections
nuorder = connections.nuorder_settings("nuorder_acme")
pos = connections.lightspeed_settings("pos")
from airflow.sdk._shared.secrets_masker import redact
for value in (nuorder.consumer_key, nuorder.consumer_secret, nuorder.token, nuorder.token_secret,
              pos.client_secret, pos.refresh_token):
    print(redact(f"said {value} aloud"))
"""


def test_secrets_are_masked_in_logs(tmp_path: Path) -> None:
    pos = {"account_id": "1", "refresh_token": "refresh-token-1"}
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW_CONN_NUORDER_ACME": as_json(host="a.example.com"),
        "AIRFLOW_CONN_POS": as_json(host="a.example.com", password="client-secret", extra=pos),
    }
    done = subprocess.run([sys.executable, "-c", LOGGED], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-6:] == ["said *** aloud"] * 6
