"""Tokens of the POS: grants, rotation, expiry, revocation, limits."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.pos import jwt

AUTHORIZE = "/auth/oauth/authorize"
SCOPE = "employee:inventory employee:purchase_orders"


def _works(pos: Any, token: str) -> bool:
    answer = pos.http.get(
        f"{pos.origin}/API/Session.json", headers={"Authorization": f"Bearer {token}"}, timeout=5
    )
    return bool(answer.status_code == 200)


@pytest.mark.parametrize("encoding", ["data", "json", "files"])
def test_token_calls_take_three_encodings(pos: Any, encoding: str) -> None:
    fields = {
        "client_id": "sandbox-client",
        "client_secret": "sandbox-client-secret",
        "grant_type": "refresh_token",
        "refresh_token": "sandbox-refresh-token",
    }
    body: Any = {name: (None, value) for name, value in fields.items()} if encoding == "files" else fields
    answer = pos.http.post(f"{pos.origin}/auth/oauth/token", timeout=5, **{encoding: body})
    assert set(answer.json()) == {"token_type", "expires_in", "access_token", "refresh_token"}
    assert answer.json()["expires_in"] == 3600


@pytest.mark.parametrize(
    "fields, status, error",
    [
        ({"scope": SCOPE}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"refresh_token": "wrong"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "wrong"}, 400, "invalid_grant"),
    ],
)
def test_token_errors(pos: Any, fields: dict[str, str], status: int, error: str) -> None:
    answer = pos.token(**fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description", "hint"}


def test_the_token_call_must_be_a_post(pos: Any) -> None:
    answer = pos.http.get(f"{pos.origin}/auth/oauth/token", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (405, "invalid_request")


def test_the_used_refresh_token_lives_until_the_new_access_token_is_used(pos: Any) -> None:
    first = pos.token().json()
    again = pos.token().json()  # the first answer was lost: the same refresh token once more
    assert again["refresh_token"] != first["refresh_token"]
    assert _works(pos, again["access_token"])
    assert pos.token().json()["error"] == "invalid_grant"
    assert pos.token(refresh_token=again["refresh_token"]).status_code == 200
    assert not _works(pos, first["access_token"])
    assert pos.token(refresh_token=first["refresh_token"]).json()["error"] == "invalid_grant"


def test_both_old_tokens_die_when_the_new_one_is_used(pos: Any) -> None:
    old = pos.token().json()
    assert _works(pos, old["access_token"])
    new = pos.token(refresh_token=old["refresh_token"]).json()
    assert _works(pos, old["access_token"])
    assert _works(pos, new["access_token"])
    assert not _works(pos, old["access_token"])
    assert pos.token(refresh_token=old["refresh_token"]).status_code == 400


def test_pairs_of_a_repeated_refresh_may_live_on(pos: Any) -> None:
    pos.switch(sibling_tokens="keep")
    first, second = pos.token().json(), pos.token().json()
    assert _works(pos, second["access_token"])
    assert _works(pos, first["access_token"])


def test_the_first_refresh_token_may_stay_good(pos: Any) -> None:
    pos.switch(seed_refresh_token="always")
    assert _works(pos, pos.token().json()["access_token"])
    assert _works(pos, pos.token().json()["access_token"])


def test_five_refreshes_a_minute(pos: Any) -> None:
    pos.control("_reset")
    pos.switch(refreshes_per_minute=5)
    answers = [pos.token() for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].json()["error"] == "invalid_request"


def test_an_expired_token_and_a_revoked_one(pos: Any) -> None:
    pos.switch(access_token_seconds=0)
    expired = pos.token().json()["access_token"]
    answer = pos.http.get(f"{pos.base}/Item.json", headers={"Authorization": f"Bearer {expired}"}, timeout=5)
    assert (answer.status_code, answer.json()) == (
        401,
        {
            "error": "access_denied",
            "error_description": "The resource owner or authorization server denied the request.",
            "hint": "Access token could not be verified",
        },
    )
    pos.switch(access_token_seconds=3600)
    pair = pos.token().json()
    assert _works(pos, pair["access_token"])
    fields = {
        "client_id": "sandbox-client",
        "client_secret": "sandbox-client-secret",
        "refresh_token": pair["refresh_token"],
    }
    assert pos.http.post(f"{pos.origin}/auth/oauth/revoke", json=fields, timeout=5).status_code == 200
    answer = pos.http.get(
        f"{pos.base}/Item.json", headers={"Authorization": f"Bearer {pair['access_token']}"}, timeout=5
    )
    assert answer.json()["hint"] == "Access token has been revoked"


def _part(token: str, place: int) -> Any:
    text = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_the_access_token_is_a_signed_jwt(pos: Any) -> None:
    token = pos.token().json()["access_token"]
    assert _part(token, 0) == {"typ": "JWT", "alg": "RS256", "kid": "RT_OAUTH2_2024_07_08"}
    claims = _part(token, 1)
    assert (claims["acct"], claims["aud"]) == (pos.ready["account_id"], "sandbox-client")
    assert isinstance(claims["exp"], float)
    assert "employee:purchase_orders" in claims["scope"].split()
    keys = pos.http.get(f"{pos.origin}/.well-known/jwks", timeout=5).json()["keys"]
    modulus = int.from_bytes(base64.urlsafe_b64decode(keys[0]["n"] + "=="), "big")
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    opened = pow(int.from_bytes(raw, "big"), 65537, modulus).to_bytes(jwt.key().size, "big")
    assert opened.endswith(hashlib.sha256(signed.encode()).digest())
    seen = pos.http.get(
        f"{pos.origin}/auth/oauth/introspect", headers={"Authorization": f"Bearer {token}"}, timeout=5
    )
    assert seen.json()["active"] is True


def _authorize(pos: Any, **query: str) -> Any:
    params = {"response_type": "code", "client_id": "sandbox-client", "scope": SCOPE, "state": "s 1", **query}
    return pos.http.get(pos.origin + AUTHORIZE, params=params, allow_redirects=False, timeout=5)


def test_a_person_authorizes_and_the_code_buys_tokens_once(pos: Any) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    answer = _authorize(
        pos, code_challenge=challenge, code_challenge_method="S256", redirect_uri="http://127.0.0.1:9/back"
    )
    target = urlsplit(answer.headers["Location"])
    query = parse_qs(target.query)
    assert (answer.status_code, target.netloc, query["state"]) == (302, "127.0.0.1:9", ["s 1"])
    grant = {"grant_type": "authorization_code", "code": query["code"][0]}
    tokens = pos.token(**grant, code_verifier=verifier).json()
    assert _part(tokens["access_token"], 1)["scope"] == SCOPE
    assert pos.token(**grant, code_verifier=verifier).json()["error"] == "invalid_grant"


def test_a_wrong_verifier_and_a_late_code_fail(pos: Any) -> None:
    answer = _authorize(pos, code_challenge="x", code_challenge_method="S256")
    assert answer.headers["Location"].startswith("https://localhost/callback?code=")
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    assert pos.token(grant_type="authorization_code", code=code, code_verifier="v" * 43).status_code == 400
    pos.switch(code_seconds=0)
    code = parse_qs(urlsplit(_authorize(pos).headers["Location"]).query)["code"][0]
    assert pos.token(grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "query, error",
    [
        ({"client_id": "x"}, "invalid_client"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"redirect_uri": "http://elsewhere.example/"}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
    ],
)
def test_authorize_errors(pos: Any, query: dict[str, str], error: str) -> None:
    answer = _authorize(pos, **query)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_session_and_account(pos: Any) -> None:
    session = pos.get(f"{pos.origin}/API/Session.json")
    assert (session["systemCustomerID"], session["shopCount"]) == (pos.ready["account_id"], "2")
    assert session["Rights"]["purchase_orders"] == "true"
    pos.switch(denied_rights="purchase_orders", single_shop=True)
    session = pos.get(f"{pos.origin}/API/Session.json")
    assert "purchase_orders" not in session["Rights"]
    assert session["Employee"]["singleShop"] == "true"
    assert pos.get("Order.json")["httpCode"] == "403"
    accounts = pos.get(f"{pos.origin}/API/V3/Account.json")
    assert accounts["Account"]["link"]["@attributes"]["href"] == f"/API/V3/Account/{pos.ready['account_id']}"
    account = pos.get(f"{pos.base}.json")
    assert account["defaultCurrency"] == {"code": "USD", "symbol": "$"}
    assert pos.call("GET", f"{pos.origin}/API/V3/Account/1/Item.json")["httpCode"] == "403"


def test_a_narrow_scope_cannot_write_items(pos: Any) -> None:
    code = parse_qs(urlsplit(_authorize(pos).headers["Location"]).query)["code"][0]
    token = pos.token(grant_type="authorization_code", code=code).json()["access_token"]
    pos.http.headers["Authorization"] = f"Bearer {token}"
    assert pos.post("Item", description="x")["httpCode"] == "403"
    assert pos.post("Order", shopID=1)["orderID"] == "1"
