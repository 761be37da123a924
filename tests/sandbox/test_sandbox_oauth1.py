"""NuORDER's signatures: the vectors of the fact sheet, and what the server makes of them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from sandbox.nuorder import oauth1

HOST = "https://wholesale.sandbox1.nuorder.com"
MEMBERS = {
    "oauth_consumer_key": "ck_example",
    "oauth_token": "tok_example",
    "oauth_timestamp": "1700000000",
    "oauth_nonce": "AbCdEfGh12345678",
    "oauth_version": "1.0",
    "oauth_signature_method": "HMAC-SHA1",
}


@pytest.mark.parametrize(
    "path, more, token_secret, signature",
    [
        ("/api/orders/approved/list", {}, "toksec_example", "8c36355a03812bfa1af6dae5159f622ac4d94527"),
        (
            "/api/initiate",
            {"oauth_token": "", "oauth_callback": "oob"},
            "",
            "5c7b395086d759a0acc5722597c75ba9b4c6756a",
        ),
        (
            "/api/token",
            {"oauth_verifier": "ver1234567890abc"},
            "toksec_example",
            "514d3aa5b40b6b5fbc73c5f7a8f12f071cac4243",
        ),
        (
            "/api/orders/list?start_date=2025-01-01&end_date=2025-12-31",
            {},
            "toksec_example",
            "1b8cfaf9963ed449a7749e885ef3e9bde564a28c",
        ),
    ],
)
def test_vectors_of_nuorders_own_scheme(
    path: str, more: dict[str, str], token_secret: str, signature: str
) -> None:
    assert oauth1.sign_a("GET", HOST + path, MEMBERS | more, "cs_example", token_secret) == signature


@pytest.mark.parametrize(
    "path, signature",
    [
        ("/api/orders/approved/list", "IXRKtJ/WtUdG1gOGCE90k8TPNOs="),
        ("/api/orders/approved/detail?__populate=__payments", "eH7I0mdjU9gaHvMOitr3WXZkd90="),
    ],
)
def test_vectors_of_the_standard_scheme(path: str, signature: str) -> None:
    assert oauth1.sign_b("GET", HOST + path, MEMBERS, "cs_example", "toksec_example") == signature


def test_base_string_of_the_second_vector_keeps_the_empty_token() -> None:
    base = oauth1.base_a(
        "GET", HOST + "/api/initiate", MEMBERS | {"oauth_token": "", "oauth_callback": "oob"}
    )
    assert "&oauth_token=&" in base
    assert base.endswith("&oauth_callback=oob")


def test_application_name_is_never_signed_in_nuorders_scheme() -> None:
    plain = oauth1.sign_a("GET", HOST, MEMBERS, "a", "b")
    assert oauth1.sign_a("GET", HOST, MEMBERS | {"application_name": "x"}, "a", "b") == plain


def test_headers_are_read_quoted_unquoted_and_in_any_case() -> None:
    expected = {"oauth_nonce": "x=1", "oauth_token": ""}
    assert oauth1.parse_header('OAuth oauth_nonce="x=1", oauth_token=""') == expected
    assert oauth1.parse_header("oAuth oauth_nonce=x=1,oauth_token=") == expected
    assert oauth1.parse_header("oAuth oauth_nonce=x", unquoted=False) == {}
    assert oauth1.parse_header("Bearer abc") == {}
    assert oauth1.parse_header('OAuth oauth_nonce="x" rubbish') == {}


def test_both_schemes_work_over_the_wire(nuorder: Any) -> None:
    assert nuorder.get("/api/orders/approved/list").json() == []
    assert nuorder.get_a("/api/orders/approved/list").json() == []
    assert nuorder.get_a("/api/orders/approved/list", quotes=False, word="oAuth").status_code == 200


def test_a_query_needs_the_standard_scheme(nuorder: Any, pos: Any) -> None:
    path = "/api/orders/list?start_date=2025-01-01&end_date=2025-12-31"
    assert nuorder.get(path).status_code == 200
    refused = nuorder.get_a(path)
    assert (refused.status_code, refused.json()) == (
        401,
        {"code": 401, "message": "Signature is not correct"},
    )
    pos.switch(scheme_a_query="bc")
    assert nuorder.get_a(path).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"consumer_secret": "wrong"},
        {"token_secret": "wrong"},
        {"token": "unknown"},
        {"consumer_key": "unknown"},
        {"timestamp": str(int(time.time()) - 400)},
        {"timestamp": str(int(time.time()) + 86400)},  # far enough, however long the tests before it take
        {"nonce": ""},
    ],
)
def test_wrong_credentials_and_times_are_refused(nuorder: Any, changes: dict[str, str]) -> None:
    assert nuorder.get_a("/api/orders/approved/list", **changes).status_code == 401


def test_a_signature_holds_for_its_own_url_only(nuorder: Any) -> None:
    header = nuorder.header_a("GET", nuorder.origin + "/api/orders/approved/list")
    other = nuorder.http.get(
        nuorder.origin + "/api/orders/shipped/list", headers={"Authorization": header}, timeout=5
    )
    assert other.status_code == 401


def test_a_nonce_works_once(nuorder: Any, pos: Any) -> None:
    url = nuorder.origin + "/api/orders/approved/list"
    headers = {"Authorization": nuorder.header_a("GET", url)}
    answers = [nuorder.http.get(url, headers=headers, timeout=5).status_code for _ in range(2)]
    assert answers == [200, 401]
    pos.switch(nonce_check=False)
    assert nuorder.http.get(url, headers=headers, timeout=5).status_code == 200


def test_skew_and_quotes_are_switchable(nuorder: Any, pos: Any) -> None:
    pos.switch(timestamp_skew=0)
    assert nuorder.get_a("/api/orders/approved/list", timestamp="1700000000").status_code == 200
    pos.switch(unquoted_header=False)
    assert nuorder.get_a("/api/orders/approved/list", quotes=False).status_code == 401


def test_no_header_is_a_401(nuorder: Any) -> None:
    assert nuorder.http.get(nuorder.origin + "/api/orders/approved/list", timeout=5).status_code == 401


def _handshake(nuorder: Any, quotes: bool = True) -> dict[str, str]:
    first = nuorder.get_a(
        "/api/initiate",
        extra={"oauth_callback": "oob"},
        unsigned={"application_name": "po"},
        token="",
        token_secret="",
        quotes=quotes,
    )
    assert first.status_code == 200, first.text
    temporary: dict[str, str] = first.json()
    assert temporary["oauth_callback_confirmed"] is True
    assert (len(temporary["oauth_token"]), len(temporary["oauth_token_secret"])) == (16, 24)
    return temporary


def test_the_handshake_gives_a_pair_that_works(nuorder: Any) -> None:
    temporary = _handshake(nuorder)
    page = nuorder.http.get(nuorder.origin + "/_approve", timeout=5)
    assert "po" in page.text
    done = requests.post(nuorder.origin + "/_approve", json={"application_name": "po"}, timeout=5).json()
    keys = {"token": temporary["oauth_token"], "token_secret": temporary["oauth_token_secret"]}
    final = nuorder.get_a("/api/token", extra={"oauth_verifier": done["oauth_verifier"]}, **keys).json()
    assert (len(final["oauth_token"]), len(final["oauth_token_secret"])) == (24, 64)
    nuorder.brand = nuorder.brand | {
        "token": final["oauth_token"],
        "token_secret": final["oauth_token_secret"],
    }
    assert nuorder.get("/api/orders/approved/list").status_code == 200


def test_the_handshake_needs_approval_and_the_right_code(nuorder: Any) -> None:
    temporary = _handshake(nuorder)
    keys = {"token": temporary["oauth_token"], "token_secret": temporary["oauth_token_secret"]}
    assert nuorder.get_a("/api/token", extra={"oauth_verifier": "x"}, **keys).status_code == 401
    form = requests.post(nuorder.origin + "/_approve", data={"application_name": "po"}, timeout=5)
    assert "Verification" in form.text
    assert nuorder.get_a("/api/token", extra={"oauth_verifier": "wrong"}, **keys).status_code == 401
    unknown = requests.post(nuorder.origin + "/_approve", json={"application_name": "other"}, timeout=5)
    assert unknown.status_code == 404


def test_an_old_token_on_initiate_is_tolerated(nuorder: Any) -> None:
    answer = nuorder.get_a(
        "/api/initiate", extra={"oauth_callback": "oob"}, unsigned={"application_name": "po"}
    )
    assert answer.status_code == 200
