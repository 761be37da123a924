"""Airflow connections as settings of our clients, in every process: task, triggerer, API server, plain command line.

Beside ``nuorder_pos.airflow`` the only module that knows Airflow; it imports it when a connection is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from nuorder_pos.connection_fields import Connection, Entry, wrong
from nuorder_pos.errors import NuorderPosError, Permanent, Transient

if TYPE_CHECKING:
    from nuorder_pos.clients.nuorder import NuorderSettings
    from nuorder_pos.clients.settings import LightspeedSettings

DATABASE = "nuorder_pos_db"
_POSTGRES = ("postgres", "postgresql", "postgres+psycopg", "postgresql+psycopg")


def nuorder_settings(conn_id: str) -> NuorderSettings:
    """The NuORDER client's settings. ``Permanent`` if the connection is missing or incomplete, ``Transient`` if it
    could not be read."""
    # Imported here, because the triggerer asks for the database only and needs no HTTP.
    from nuorder_pos.clients.nuorder import NuorderSettings

    entry = _entry(conn_id, "nuorder")
    allow_http = entry.flag("allow_http")
    settings = NuorderSettings(
        origin=entry.origin("https://wholesale.nuorder.com", allow_http=allow_http),
        consumer_key=entry.need("login", "the consumer key"),
        consumer_secret=entry.need("password", "the consumer secret"),
        token=entry.text("token"),
        token_secret=entry.text("token_secret"),
        signature=_signature(entry),
        image_hosts=entry.names("image_hosts"),
        allow_http=allow_http,
        connection_id=conn_id,
    )
    _mask(settings.consumer_key, settings.consumer_secret, settings.token, settings.token_secret)
    return settings


def lightspeed_settings(conn_id: str) -> LightspeedSettings:
    """The POS client's settings. Errors as ``nuorder_settings``."""
    from nuorder_pos.clients.settings import API_ORIGIN, AUTH_ORIGIN, BACKOFFICE_ORIGIN, LightspeedSettings

    entry = _entry(conn_id, "lightspeed_retail")
    allow_http = entry.flag("allow_http")
    settings = LightspeedSettings(
        origin=entry.origin(API_ORIGIN, allow_http=allow_http),
        auth_url=entry.extra_origin("auth_url", AUTH_ORIGIN, allow_http=allow_http),
        backoffice_url=entry.extra_origin("backoffice_url", BACKOFFICE_ORIGIN, allow_http=allow_http),
        account_id=entry.text("account_id"),
        client_id=entry.need("login", "the client id"),
        client_secret=entry.need("password", "the client secret"),
        refresh_token=entry.text("refresh_token"),
        allow_http=allow_http,
        connection_id=conn_id,
    )
    _mask(settings.client_secret, settings.refresh_token)
    return settings


def database_url() -> str:
    """SQLAlchemy URL of the project's database; without the connection, an SQLite file in AIRFLOW_HOME."""
    found = _find(DATABASE)
    if found is None:
        home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser().absolute()
        return f"sqlite:///{home / 'nuorder_pos.db'}"
    entry = Entry.of(DATABASE, found)
    kind = (found.conn_type or "").lower()
    if kind == "sqlite":
        path = found.schema or found.host or ""
        if not path.startswith("/"):
            raise Permanent(
                f"The connection {DATABASE!r} must name its SQLite file by the full path (four slashes in a URL:"
                " sqlite:////data/nuorder_pos.db), because every process reads it from another folder."
            )
        return f"sqlite:///{path}"
    if kind not in _POSTGRES and not kind.startswith("postgresql+"):
        raise Permanent(f"The connection {DATABASE!r} is of type {kind!r}; allowed are postgres and sqlite.")
    _mask(found.password or "")
    driver = "postgresql+psycopg" if kind in _POSTGRES else kind
    user = quote(found.login or "", safe="") + (
        f":{quote(found.password, safe='')}" if found.password else ""
    )
    host = (found.host or "") + (f":{found.port}" if found.port else "")
    query = urlencode({key: str(value) for key, value in entry.extra.items() if isinstance(value, str | int)})
    where = f"{user}@{host}" if user else host
    return f"{driver}://{where}/{found.schema or ''}" + (f"?{query}" if query else "")


def _signature(entry: Entry) -> Literal["rfc5849", "nuorder"]:
    match entry.text("signature"):
        case "" | "rfc5849":
            return "rfc5849"
        case "nuorder":
            return "nuorder"
        case other:
            raise Permanent(
                f"In the extra of {entry.conn_id!r} 'signature' is {wrong(other)}; allowed are rfc5849 and nuorder."
            )


def _entry(conn_id: str, conn_type: str) -> Entry:
    found = _find(conn_id)
    if found is None:
        raise Permanent(
            f"There is no connection {conn_id!r}: create it with the type {conn_type} (Admin > Connections),"
            f" or set {_variable(conn_id)}."
        )
    if (found.conn_type or conn_type) != conn_type:
        raise Permanent(
            f"The connection {conn_id!r} is of type {found.conn_type!r}; it must be {conn_type!r}."
        )
    return Entry.of(conn_id, found)


def _variable(conn_id: str) -> str:
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def _find(conn_id: str) -> Connection | None:
    """Airflow's connection object, ``None`` if there is none anywhere."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        pass
    if os.environ.get(_variable(conn_id)):
        # Airflow hides why a value cannot be read, and goes on as if the variable were not set.
        raise Permanent(f"{_variable(conn_id)} is neither a JSON object nor a URI that Airflow can read.")
    if (trouble := _why_not_found(conn_id)) is not None:
        raise trouble
    return _from_metadata(conn_id)


def _comms() -> Any | None:
    """The line to the API server that tasks and triggers have."""
    from airflow.sdk.execution_time import task_runner

    return getattr(task_runner, "SUPERVISOR_COMMS", None)


def _why_not_found(conn_id: str) -> NuorderPosError | None:
    """The trouble, if a place where the connection may be could not be read.

    Airflow 3.3 reports an unreachable API server or vault as "not defined". Taken at its word, a minute's outage
    would make a task write into an SQLite file instead of the project's database.
    """
    from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection
    from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded

    message = f"The connection {conn_id!r} could not be read: "
    try:
        for backend in ensure_secrets_backend_loaded():
            backend.get_connection(conn_id=conn_id)
        reply = comms.send(GetConnection(conn_id=conn_id)) if (comms := _comms()) is not None else None
    except Exception as error:  # noqa: BLE001 - each secrets backend has errors of its own
        return Transient(f"{message}{error}.")
    if isinstance(reply, ErrorResponse) and reply.error.value != "CONNECTION_NOT_FOUND":
        return Transient(f"{message}Airflow's API server answered {reply.error.value}.")
    return None


def _from_metadata(conn_id: str) -> Any | None:
    """A connection that was created in the UI, for the command line. Tasks and servers have asked for it already."""
    if _comms() is not None or os.environ.get("_AIRFLOW_PROCESS_CONTEXT"):
        return None
    from airflow.configuration import conf

    url = conf.get("database", "sql_alchemy_conn")
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        return None
    from airflow.secrets.metastore import MetastoreBackend

    try:
        return MetastoreBackend().get_connection(conn_id)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises
        raise Transient(
            f"The connection {conn_id!r} could not be read from Airflow's database: {error}."
        ) from None


def _mask(*secrets: str) -> None:
    """Hides the values in every log. Airflow knows names such as password and token, not ``consumer_key``."""
    from airflow.sdk.log import mask_secret

    for secret in secrets:
        if secret:
            mask_secret(secret)
