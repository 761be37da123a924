"""What servers send back when they refuse: they may echo what they were sent. None of it reaches an error or a log."""

from __future__ import annotations

import contextlib
import html
import json
import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from requests.adapters import HTTPAdapter
from security.planted import Planted, shown_by, told_by
from support.clients import FreePace, ScriptedServer, http

from nuorder_pos import connections
from nuorder_pos.clients import nuorder_auth
from nuorder_pos.clients.lightspeed import Lightspeed
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.nuorder_auth import Keys, NuorderSchemeAuth, Rfc5849Auth, Signer
from nuorder_pos.clients.oauth import TokenEndpoint
from nuorder_pos.clients.settings import LightspeedSettings
from nuorder_pos.clients.token_seal import seal, seal_key
from nuorder_pos.clients.token_set import InMemoryVault, TokenSet, fingerprint
from nuorder_pos.clients.tokens import BearerCredentials, Tokens, exchange_code
from nuorder_pos.clients.transport import Limits, Retry, Transport
from nuorder_pos.connection_fields import Entry
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline.work import DatabaseVault
from nuorder_pos.store.engine import make_engine, reading

KEYS = {
    "consumer_key": "plantedConsumerKey/7Qx+1=",
    "consumer_secret": "plantedConsumerSecret/8Rw+2=",
    "token": "plantedToken/9Sv+3=",
    "token_secret": "plantedTokenSecret/1Tu+4=",
}
CLIENT_SECRET, REFRESH, CODE = "plantedClientSecret/2Ut+5=", "plantedRefreshToken/3Vs+6=", "plantedCode4Wr7"
VERIFIER, ACCESS = "plantedVerifier5Xq8", "plantedAccessToken/6Yp+9="
DB_PASSWORD = "plantedDatabasePassword7Zo1"
ONCE, SHORT = Retry(attempts=1), Limits(connect=0.3, read=0.4, total=1.0)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Planted:
    """All secrets, with the signatures of what is sent."""
    found = Planted(
        **KEYS, client_secret=CLIENT_SECRET, refresh_token=REFRESH, code=CODE, verifier=VERIFIER, access_token=ACCESS,
        database_password=DB_PASSWORD,
    )  # fmt: skip
    send = HTTPAdapter.send

    def noted(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        found.add_those_of(request)
        return send(self, request, *args, **options)

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    return found


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, the libraries below us too."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "nuorder_pos", "sqlalchemy", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    found = ScriptedServer()
    yield found
    found.close()


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Every entry with all its parts, as a handler that shows everything would write them."""
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


# ---- how a server may echo ----


def pieces(request: bytes) -> list[str]:
    """The credentials in a request one by one, as the server has understood them."""
    head, _, body = request.decode("utf-8", "replace").partition("\r\n\r\n")
    header = next((row for row in head.split("\r\n") if row.lower().startswith("authorization:")), "")
    said = header.partition(":")[2].strip().removeprefix("OAuth ").removeprefix("Bearer ")
    found = [
        unquote(part.partition("=")[2].strip().strip('"')) if "=" in part else part
        for part in said.split(",")
    ]
    found += [said]
    with contextlib.suppress(ValueError, AttributeError):
        found += [str(value) for value in json.loads(body).values()]
    return [one for one in found if len(one) > 7]


def all_escaped(text: str) -> str:
    """JSON may write every character as an escape."""
    return "".join(f"\\u{ord(c):04x}" for c in text if ord(c) < 0x10000)


ECHOES: dict[str, Callable[[str, list[str]], str]] = {
    "the whole request as text": lambda whole, parts: whole,
    "the whole request as message": lambda whole, parts: json.dumps({"message": whole}),
    "the whole request as description": lambda whole, parts: json.dumps({"error_description": whole, "error": "invalid"}),
    "the whole request as title": lambda whole, parts: f"<html><title>{html.escape(whole)}</title></html>",
    "each value as text": lambda whole, parts: "refused: " + " and ".join(parts),
    "each value as message": lambda whole, parts: json.dumps({"message": " and ".join(parts), "code": 400}),
    "each value with escaped slashes": lambda whole, parts: json.dumps({"message": " ".join(parts)}).replace("/", "\\/"),
    "each value with every character escaped": lambda whole, parts: f'{{"message": "{all_escaped(" ".join(parts))}"}}',
    "each value in a page": lambda whole, parts: f"<title>{' '.join(html.escape(p) for p in parts)}</title>",
    "each value with entities": lambda whole, parts: f"<title>{''.join(f'&#{ord(c)};' for c in ' '.join(parts))}</title>",
    "each value as hint": lambda whole, parts: json.dumps({"message": "no", "hint": "x" * 250 + " ".join(parts)}),
    "each value behind much text": lambda whole, parts: json.dumps({"message": "y" * 280 + " " + " ".join(parts)}),
    "each value as OAuth code": lambda whole, parts: json.dumps({"error": " ".join(parts)}),
    "JSON that is cut off": lambda whole, parts: json.dumps({"message": " ".join(parts)})[:-9],
}  # fmt: skip


def echoing(server: ScriptedServer, status: int, how: str) -> None:
    """The server answers everything with an echo."""

    def reply(connection: socket.socket) -> None:
        whole = server.requests[-1].decode("utf-8", "replace")
        connection.sendall(http(status, ECHOES[how](whole, pieces(server.requests[-1]))))

    server.replies = [reply]


def nuorder(origin: str, **changes: Any) -> Nuorder:
    settings = NuorderSettings(origin, **KEYS, connection_id="acme", **changes)
    return Nuorder(settings, retry=ONCE, timeouts=SHORT)


def pos_settings(origin: str) -> LightspeedSettings:
    return LightspeedSettings(
        origin, "client", CLIENT_SECRET, "77", REFRESH, auth_url=origin, connection_id="lightspeed"
    )


def pair() -> TokenSet:
    now = datetime.now(UTC)
    return TokenSet(ACCESS, REFRESH, now + timedelta(hours=1), fingerprint(REFRESH), now)


def pos(origin: str, tokens: TokenSet | None) -> Lightspeed:
    return Lightspeed(pos_settings(origin), InMemoryVault(tokens), FreePace(), timeouts=SHORT, retry=ONCE)


def ask(what: str, origin: str) -> None:
    """One of the requests that carry credentials."""
    match what:
        case "a NuORDER read":
            with nuorder(origin) as client:
                client.order("0" * 24)
        case "a NuORDER read in its own scheme":
            with nuorder(origin, signature="nuorder") as client:
                client.check()
        case "a POS read":
            pos(origin, pair()).shops()
        case "a POS write":
            pos(origin, pair()).create("Vendor", {"name": "Acme"})
        case "a token renewal":
            Tokens(
                InMemoryVault(), pos_settings(origin), limits=SHORT, sleep=lambda seconds: None
            ).access_token()
        case "a token exchange":
            exchange_code(pos_settings(origin), CODE, VERIFIER, limits=SHORT)
        case "the first step of a handshake":
            nuorder_auth.initiate(origin, Keys(**KEYS), application_name="ours", limits=SHORT)
        case "the second step of a handshake":
            nuorder_auth.exchange(origin, Keys(**KEYS), VERIFIER, limits=SHORT)


ASKED = [
    "a NuORDER read", "a NuORDER read in its own scheme", "a POS read", "a POS write", "a token renewal", "a token exchange",
    "the first step of a handshake", "the second step of a handshake",
]  # fmt: skip


@pytest.mark.parametrize("how", ECHOES)
@pytest.mark.parametrize("what", ASKED)
def test_what_a_server_echoes_is_in_no_error_and_no_log(
    server: ScriptedServer, planted: Planted, caplog: pytest.LogCaptureFixture, what: str, how: str
) -> None:
    for status in (400, 401, 403, 500, 200):
        echoing(server, status, how)
        before = len(server.requests)
        told = ""
        try:
            ask(what, server.origin)
        except NuorderPosError as error:
            told = told_by(error)
        assert planted.found_in(told) == set(), (status, told)
        assert len(server.requests) > before, "it was asked"
    assert planted.found_in(logged(caplog)) == set()
    sent = b"\n".join(server.requests)
    assert planted.found_in(sent), "the secrets were on their way"


@pytest.mark.parametrize("what", ASKED)
def test_a_connection_that_breaks_tells_no_secret(
    server: ScriptedServer, planted: Planted, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    breaks = {
        "closed": lambda connection: None,
        "cut off": lambda connection: connection.sendall(http(200, "{}" * 50)[:-40]),
        "no HTTP": lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n" + server.requests[-1]),
        "a header without end": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X" * 70000),
        "an echo as header": lambda connection: connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: /?" + pieces(server.requests[-1])[0].encode() + b"\r\nContent-Length: 0\r\n\r\n"
        ),
        "an echo as reason": lambda connection: connection.sendall(
            b"HTTP/1.1 500 " + pieces(server.requests[-1])[0].encode() + b"\r\nContent-Length: 0\r\n\r\n"
        ),
    }  # fmt: skip
    for name, reply in breaks.items():
        server.replies = [reply]
        with pytest.raises(NuorderPosError) as caught:
            ask(what, server.origin)
        assert planted.found_in(told_by(caught.value)) == set(), (name, str(caught.value))
    server.replies = [b"no TLS"]
    with pytest.raises(NuorderPosError) as caught:
        ask(what, server.origin.replace("http:", "https:"))
    assert planted.found_in(told_by(caught.value)) == set()
    with pytest.raises(NuorderPosError) as caught:
        ask(what, "http://127.0.0.1:9")
    assert planted.found_in(told_by(caught.value)) == set()
    assert planted.found_in(logged(caplog)) == set()


# ---- objects and settings ----


def test_no_object_shows_a_secret(planted: Planted, server: ScriptedServer) -> None:
    keys, settings = Keys(**KEYS), pos_settings(server.origin)
    engine = make_engine(f"postgresql://worker:{DB_PASSWORD}@127.0.0.1:9/nuorder_pos")
    vault = InMemoryVault(pair())
    tokens = Tokens(vault, settings)
    transport = Transport("service", credentials=BearerCredentials(tokens))
    server.replies = [http(200, json.dumps({"access_token": ACCESS, "refresh_token": REFRESH}))]
    answer = transport.send("GET", f"{server.origin}/auth/oauth/token", write=False)
    connection = _Connection()
    text = shown_by(
        keys, settings, nuorder(server.origin), pos(server.origin, pair()), tokens, transport, vault, pair(), engine, engine.url,
        Rfc5849Auth(keys), NuorderSchemeAuth(keys), Signer(Rfc5849Auth(keys)), TokenEndpoint(settings, transport),
        DatabaseVault(engine, settings), BearerCredentials(tokens), BearerCredentials(tokens).sign(), answer,
        Entry.of("acme", connection), seal_key("client", CLIENT_SECRET),
    )  # fmt: skip
    assert len(text) > 1000
    assert planted.found_in(text) == set()


class _Connection:
    conn_type, host, schema, login, port = "nuorder", "https://x", None, KEYS["consumer_key"], None
    password = KEYS["consumer_secret"]
    extra = json.dumps(
        {"token": KEYS["token"], "token_secret": KEYS["token_secret"], "refresh_token": REFRESH}
    )


def test_a_sealed_pair_shows_nothing_and_another_key_opens_nothing(planted: Planted) -> None:
    sealed = seal(pair(), seal_key("client", CLIENT_SECRET))
    assert planted.found_in(sealed) == set()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://worker:{DB_PASSWORD}@127.0.0.1:9/nuorder_pos",
        f"postgresql://worker:{DB_PASSWORD}@127.0.0.1:9/nuorder_pos?connect_timeout=1&sslmode=require",
        f"postgresql://worker:{DB_PASSWORD}@no-such-host.invalid/nuorder_pos",
        f"postgresql://127.0.0.1:9/nuorder_pos?user=worker&password={DB_PASSWORD}",
        f"postgresql://worker:{DB_PASSWORD}@127.0.0.1:port/nuorder_pos",
        f"postgresql://worker:{DB_PASSWORD}@[::1/nuorder_pos",
        f"postgresql://worker:a/{DB_PASSWORD}@127.0.0.1/nuorder_pos",
        f"postgresql://worker:1:{DB_PASSWORD}@127.0.0.1:9/nuorder_pos",
        f"postgresql+nodriver://worker:{DB_PASSWORD}@127.0.0.1/nuorder_pos",
        f"mysql://worker:{DB_PASSWORD}@127.0.0.1/nuorder_pos",
        f"{DB_PASSWORD}",
    ],
)
def test_a_database_that_cannot_be_used_says_so_without_its_password(
    planted: Planted, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    with pytest.raises(NuorderPosError) as caught:
        engine = make_engine(url)
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    assert planted.found_in(told_by(caught.value)) == set(), str(caught.value)
    assert planted.found_in(logged(caplog)) == set()


def test_a_connection_that_cannot_be_read_shows_nothing_of_it(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = {
        "no JSON": f'{{"conn_type": "nuorder", "password": "{KEYS["consumer_secret"]}"',
        "extra is no object": json.dumps({"conn_type": "nuorder", "host": "https://x", "login": KEYS["consumer_key"],
                                          "password": KEYS["consumer_secret"], "extra": json.dumps([REFRESH])}),
        "wrong type": json.dumps({"conn_type": "http", "password": KEYS["consumer_secret"]}),
        "secrets in the host": json.dumps({"conn_type": "nuorder", "host": f"https://u:{KEYS['consumer_secret']}@x",
                                           "login": KEYS["consumer_key"], "password": KEYS["consumer_secret"]}),
        "secret as signature": json.dumps({"conn_type": "nuorder", "host": "https://x", "login": "key",
                                           "password": "secret", "extra": {"allow_http": KEYS["token_secret"]}}),
        "secret as scheme": json.dumps({"conn_type": "nuorder", "host": "https://x", "login": "key",
                                        "password": "secret", "extra": {"signature": KEYS["token_secret"]}}),
        "a key that is lacking": json.dumps({"conn_type": "nuorder", "host": "https://x", "password": KEYS["consumer_secret"],
                                             "extra": {"token": KEYS["token"]}}),
    }  # fmt: skip
    for name, value in wrong.items():
        monkeypatch.setenv("AIRFLOW_CONN_NUORDER_ACME", value)
        with pytest.raises(NuorderPosError) as caught:
            connections.nuorder_settings("nuorder_acme")
        assert planted.found_in(told_by(caught.value)) == set(), (name, str(caught.value))
    assert planted.found_in(logged(caplog)) == set()
