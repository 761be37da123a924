from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.clients import SHORT, FreePace, ScriptedServer, http
from support.sandbox import Sandbox

from nuorder_pos.clients.lightspeed import Lightspeed, LightspeedSettings
from nuorder_pos.clients.token_seal import seal, seal_key, unseal
from nuorder_pos.clients.tokens import (
    InMemoryVault,
    Tokens,
    TokenSet,
    authorize_url,
    claims,
    exchange_code,
    fingerprint,
    needs_refresh,
    pkce_challenge,
    pkce_pair,
)
from nuorder_pos.clients.transport import Limits
from nuorder_pos.errors import Permanent, Transient

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SEED = fingerprint("first")


def settings(server: ScriptedServer, refresh_token: str = "first") -> LightspeedSettings:
    return LightspeedSettings(
        origin=server.origin,
        client_id="the-client",
        client_secret="the-secret",
        account_id="1",
        refresh_token=refresh_token,
        auth_url=server.origin,
        connection_id="lightspeed_default",
    )


def pair(access: str = "A1", refresh: str = "R1", seed: str = SEED, minutes: float = 30) -> TokenSet:
    return TokenSet(access, refresh, NOW + timedelta(minutes=minutes), seed)


def granted(access: str = "A2", refresh: str = "R2", **more: Any) -> bytes:
    body = {
        "token_type": "Bearer",
        "expires_in": 1800,
        "access_token": access,
        "refresh_token": refresh,
        **more,
    }
    return http(body=json.dumps(body))


def refused(code: str, status: int = 400) -> bytes:
    return http(status, json.dumps({"error": code, "error_description": "No.", "hint": "h"}))


def sent(request: bytes) -> dict[str, str]:
    head, _, body = request.partition(b"\r\n\r\n")
    if b"application/x-www-form-urlencoded" in head:
        return {name: values[0] for name, values in parse_qs(body.decode()).items()}
    found: dict[str, str] = json.loads(body)
    return found


class Recorder(InMemoryVault):
    """A vault that writes down what happens to it."""

    def __init__(self, tokens: TokenSet | None = None) -> None:
        super().__init__(tokens)
        self.events: list[str] = []

    def save(self, tokens: TokenSet) -> None:
        self.events.append(f"save {tokens.access_token}")
        super().save(tokens)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        self.events.append("lock")
        with super().exclusive():
            yield
        self.events.append("unlock")


@pytest.fixture
def make(server: ScriptedServer) -> Iterator[Callable[..., Tokens]]:
    made: list[Tokens] = []

    def build(
        vault: Any = None, refresh_token: str = "first", now: Callable[[], datetime] = lambda: NOW
    ) -> Tokens:
        tokens = Tokens(
            vault or InMemoryVault(),
            settings(server, refresh_token),
            limits=SHORT,
            clock=now,
            sleep=lambda seconds: None,
        )
        made.append(tokens)
        return tokens

    yield build
    for tokens in made:
        tokens.close()


def test_a_good_stored_token_is_used_without_asking(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    assert make(InMemoryVault(pair())).access_token() == "A1"
    assert not server.requests


def test_the_first_use_takes_the_connections_refresh_token(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    server.replies = [granted()]
    vault = Recorder()
    tokens = make(vault)
    assert tokens.access_token() == tokens.access_token() == "A2"
    assert vault.events == ["lock", "save A2", "unlock"]
    assert vault.tokens == TokenSet("A2", "R2", NOW + timedelta(seconds=1800), SEED, NOW)
    assert [sent(request) for request in server.requests] == [
        {
            "client_id": "the-client",
            "client_secret": "the-secret",
            "grant_type": "refresh_token",
            "refresh_token": "first",
        }
    ]


def test_a_pair_that_cannot_be_stored_is_not_used(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    class Broken(InMemoryVault):
        def save(self, tokens: TokenSet) -> None:
            raise OSError("disk full")

    server.replies = [granted()]
    tokens = make(Broken())
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            tokens.access_token()


def test_the_stored_refresh_token_is_used_next(server: ScriptedServer, make: Callable[..., Tokens]) -> None:
    server.replies = [granted()]
    assert make(InMemoryVault(pair(minutes=1))).access_token() == "A2"
    assert sent(server.requests[0])["refresh_token"] == "R1"


def test_a_pair_that_somebody_else_renewed_is_found_in_the_vault(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    vault = InMemoryVault(pair())
    tokens = make(vault)
    assert tokens.access_token() == "A1"
    vault.save(pair("B1", "S1"))
    assert tokens.renew(after="A1") == "B1"
    assert tokens.access_token() == "B1"
    assert not server.requests


def test_many_threads_renew_once(server: ScriptedServer, make: Callable[..., Tokens]) -> None:
    server.replies = [granted()]
    vault = InMemoryVault(pair(minutes=0))
    clients = [make(vault) for _ in range(6)]
    found: list[str] = []
    threads = [threading.Thread(target=lambda one=one: found.append(one.access_token())) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["A2"] * 6
    assert len(server.requests) == 1


def test_a_new_refresh_token_in_the_connection_replaces_the_stored_pair(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    server.replies = [granted()]
    vault = InMemoryVault(pair())
    assert make(vault, refresh_token="second").access_token() == "A2"
    assert sent(server.requests[0])["refresh_token"] == "second"
    assert vault.tokens is not None
    assert vault.tokens.seed == fingerprint("second")


def test_a_connection_without_a_refresh_token_uses_what_connect_stored(make: Callable[..., Tokens]) -> None:
    assert make(InMemoryVault(pair(seed=fingerprint(""))), refresh_token="").access_token() == "A1"
    with pytest.raises(Permanent, match="nuorder-pos connect lightspeed"):
        make(InMemoryVault(), refresh_token="").access_token()


def test_a_dead_stored_pair_falls_back_to_the_connections_own(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    server.replies = [refused("invalid_grant"), granted()]
    assert make(InMemoryVault(pair(minutes=0))).access_token() == "A2"
    assert [sent(request)["refresh_token"] for request in server.requests] == ["R1", "first"]


def test_a_dead_refresh_token_points_to_connect(server: ScriptedServer, make: Callable[..., Tokens]) -> None:
    server.replies = [refused("invalid_grant")]
    with pytest.raises(Permanent, match=r"lightspeed_default.*nuorder-pos connect lightspeed") as caught:
        make().access_token()
    assert "first" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status, code", [(401, "invalid_client"), (400, "invalid_client")])
def test_a_wrong_client_is_said(
    server: ScriptedServer, make: Callable[..., Tokens], status: int, code: str
) -> None:
    server.replies = [refused(code, status)]
    with pytest.raises(Permanent, match="client id and secret of connection lightspeed_default"):
        make().access_token()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "first",
    [refused("invalid_request"), http(415, ""), http(400, "<html>bad")],
    ids=["400", "415", "web page"],
)
def test_form_fields_follow_where_json_is_not_understood(
    server: ScriptedServer, make: Callable[..., Tokens], first: bytes
) -> None:
    server.replies = [first, granted("A2", "R2"), granted("A3", "R3")]
    tokens = make()
    assert tokens.access_token() == "A2"
    assert tokens.renew(after="A2") == "A3"
    kinds = [b"x-www-form-urlencoded" in request for request in server.requests]
    assert kinds == [False, True, True]
    assert sent(server.requests[1])["refresh_token"] == "first"


@pytest.mark.parametrize(
    "lost", [b"", http(502, "<html>"), http(200, "{}"), http(200, '{"error_description": "not expired"}')]
)
def test_a_lost_answer_is_asked_for_once_more(
    server: ScriptedServer, make: Callable[..., Tokens], lost: bytes
) -> None:
    server.replies = [lost, granted()]
    assert make().access_token() == "A2"
    assert {sent(request)["refresh_token"] for request in server.requests} == {"first"}


def test_never_more_than_five_attempts_a_minute(server: ScriptedServer, make: Callable[..., Tokens]) -> None:
    server.replies = [http(503, "")]
    clock = [NOW]
    tokens = make(now=lambda: clock[0])
    for _ in range(6):
        with pytest.raises(Transient):
            tokens.access_token()
    assert len(server.requests) == 5
    clock[0] += timedelta(seconds=61)
    server.replies = [granted()]
    assert tokens.access_token() == "A2"


def test_a_limit_of_the_token_endpoint_is_not_answered_by_another_attempt(
    server: ScriptedServer, make: Callable[..., Tokens]
) -> None:
    server.replies = [http(429, '{"error":"too_many"}', headers={"Retry-After": "30"})]
    with pytest.raises(Transient) as caught:
        make().access_token()
    assert caught.value.retry_after == 30
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "expires_in, seconds", [(1800, 1800), ("900", 900), (None, 2400), ("soon", 2400), (-1, 2400)]
)
def test_the_end_of_a_token_is_read_never_assumed(
    server: ScriptedServer, make: Callable[..., Tokens], expires_in: Any, seconds: int
) -> None:
    end = (NOW + timedelta(seconds=2400)).timestamp()
    body = base64.urlsafe_b64encode(json.dumps({"exp": end, "acct": "77"}).encode()).rstrip(b"=").decode()
    server.replies = [granted(f"h.{body}.s", expires_in=expires_in)]
    vault = InMemoryVault()
    make(vault).access_token()
    assert vault.tokens is not None
    assert vault.tokens.expires_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("minutes, due", [(30, False), (1.5, False), (1, True), (0, True), (-5, True)])
def test_a_token_is_renewed_a_minute_before_its_end(minutes: float, due: bool) -> None:
    assert needs_refresh(pair(minutes=minutes), NOW) is due


def test_a_token_with_a_short_life_is_used_for_most_of_it() -> None:
    short = TokenSet("a", "r", NOW + timedelta(seconds=40), "s", NOW)
    assert not needs_refresh(short, NOW + timedelta(seconds=29))
    assert needs_refresh(short, NOW + timedelta(seconds=30))


def test_claims_of_anything() -> None:
    assert claims("not a token") == claims("a.!!!.c") == claims("a.WzFd.c") == {}


def test_secrets_are_in_no_repr_and_no_log(
    server: ScriptedServer, make: Callable[..., Tokens], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [b"", granted("access-secret", "refresh-secret")]
    tokens = make(refresh_token="first-secret")
    tokens.access_token()
    shown = (
        caplog.text
        + repr(tokens.__dict__)
        + repr(settings(server))
        + repr(pair("access-secret", "refresh-secret"))
    )
    assert "-secret" not in shown


def test_pkce_and_the_address_for_a_person(server: ScriptedServer) -> None:
    assert (
        pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    verifier, challenge = pkce_pair()
    assert 43 <= len(verifier) <= 128
    url = urlsplit(
        authorize_url(settings(server), state="xyz", challenge=challenge, scopes=["employee:inventory"])
    )
    assert url.path == "/auth/oauth/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["the-client"],
        "scope": ["employee:inventory"],
        "state": ["xyz"],
        "code_challenge": [challenge],
        "code_challenge_method": ["S256"],
    }


def test_a_code_is_exchanged_for_the_first_pair(server: ScriptedServer) -> None:
    server.replies = [granted()]
    found = exchange_code(settings(server), " code ", "verifier", clock=lambda: NOW)
    assert found == TokenSet("A2", "R2", NOW + timedelta(seconds=1800), SEED, NOW)
    assert sent(server.requests[0])["code_verifier"] == "verifier"
    assert "scope" not in sent(server.requests[0])
    server.replies = [refused("invalid_grant")]
    with pytest.raises(Permanent, match="60 seconds"):
        exchange_code(settings(server), "code", clock=lambda: NOW)


def test_a_pair_that_connect_made_is_adopted(make: Callable[..., Tokens]) -> None:
    vault = InMemoryVault(pair())
    tokens = make(vault)
    tokens.adopt(pair("C1", "T1"))
    assert tokens.access_token() == "C1"
    assert vault.tokens == pair("C1", "T1")


def test_a_sealed_pair_opens_with_its_own_key_only() -> None:
    key = seal_key("the-client", "the-secret")
    sealed = seal(pair("access-token"), key)
    assert "access-token" not in sealed
    assert unseal(sealed, key) == pair("access-token")
    full = TokenSet("a", "r", NOW, "s", NOW)
    assert unseal(seal(full, key), key) == full
    for wrong in (seal_key("the-client", "another"), seal_key("other", "the-secret")):
        with pytest.raises(Permanent, match="nuorder-pos connect lightspeed"):
            unseal(sealed, wrong)
    with pytest.raises(Permanent):
        unseal(sealed[:-4] + "AAAA", key)
    with pytest.raises(Permanent, match="client secret"):
        seal_key("the-client", "")


def test_a_revoked_access_token_is_renewed_once_in_the_middle_of_work(
    sandbox: Sandbox, new_pos: Callable[..., Lightspeed]
) -> None:
    pos = new_pos()
    before = pos.tokens.access_token()
    sandbox.fault(method="GET", path=".*/Shop.json", nth=1, times=1, action="status", status=401, body="{}")
    assert pos.shops()
    assert pos.tokens.access_token() != before


def test_a_second_client_uses_the_pair_that_the_first_one_stored(
    sandbox: Sandbox, new_pos: Callable[..., Lightspeed]
) -> None:
    vault = Recorder()
    assert new_pos(vault).shops() == new_pos(vault).shops()
    assert len([event for event in vault.events if event.startswith("save")]) == 1


def test_pairs_rotate_through_many_renewals(sandbox: Sandbox, new_pos: Callable[..., Lightspeed]) -> None:
    pos = new_pos()
    seen = set()
    for _ in range(4):
        seen.add(pos.tokens.renew(after=pos.tokens.access_token()))
        assert pos.account().account_id == sandbox.account_id
    assert len(seen) == 4


def test_a_person_authorises_and_the_pair_works(
    sandbox: Sandbox, pos_settings: LightspeedSettings, new_pos: Callable[..., Lightspeed]
) -> None:
    verifier, challenge = pkce_pair()
    url = urlsplit(authorize_url(pos_settings, state="abc", challenge=challenge))
    browser = HTTPConnection(url.netloc)
    try:
        browser.request("GET", f"{url.path}?{url.query}")
        location = browser.getresponse().getheader("Location") or ""
    finally:
        browser.close()
    found = parse_qs(urlsplit(location).query)
    assert found["state"] == ["abc"]
    pair_of_connect = exchange_code(pos_settings, found["code"][0], verifier)
    vault = InMemoryVault()
    pos = new_pos(vault)
    pos.tokens.adopt(pair_of_connect)
    assert pos.account().account_id == sandbox.account_id
    assert vault.tokens == pair_of_connect
    with pytest.raises(Permanent, match="60 seconds"):
        exchange_code(pos_settings, found["code"][0], verifier)


def test_an_endless_token_endpoint_does_not_hold_the_lock_for_long(server: ScriptedServer) -> None:
    settings_of = settings(server)
    with Lightspeed(settings_of, InMemoryVault(), FreePace(), timeouts=Limits(60, 300, 600)) as client:
        limits = client.tokens._transport._limits
    assert 2 * (limits.connect + limits.total + limits.read) < 62
