from __future__ import annotations

import logging
import re

import pytest
import requests
from support.sandbox import Sandbox

from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.nuorder_auth import (
    Keys,
    NuorderSchemeAuth,
    Rfc5849Auth,
    auth_for,
    exchange,
    fresh_nonce,
    initiate,
)
from nuorder_pos.clients.transport import NoAuth
from nuorder_pos.errors import Permanent

HOST = "https://wholesale.sandbox1.nuorder.com"
KEYS = Keys("ck_example", "cs_example", "tok_example", "toksec_example")


def stamp() -> str:
    return "1700000000"


def nonce() -> str:
    return "AbCdEfGh12345678"


def header(auth: requests.auth.AuthBase, path: str) -> str:
    prepared = requests.Request("GET", HOST + path, auth=auth).prepare()
    value = prepared.headers["Authorization"]
    return value.decode() if isinstance(value, bytes) else str(value)


def signature(value: str) -> str:
    found = re.search(r'oauth_signature="([^"]*)"', value)
    assert found
    return found.group(1)


def test_vector_1_nuorders_own_scheme_with_its_whole_header() -> None:
    assert header(NuorderSchemeAuth(KEYS, stamp, nonce), "/api/orders/approved/list") == (
        'OAuth oauth_consumer_key="ck_example",oauth_timestamp="1700000000",oauth_nonce="AbCdEfGh12345678",'
        'oauth_version="1.0",oauth_signature_method="HMAC-SHA1",oauth_token="tok_example",'
        'oauth_signature="8c36355a03812bfa1af6dae5159f622ac4d94527"'
    )


def test_vector_2_initiate_has_an_empty_token() -> None:
    auth = NuorderSchemeAuth(
        Keys("ck_example", "cs_example"),
        stamp,
        nonce,
        signed_extra=[("oauth_callback", "oob")],
        unsigned_extra=[("application_name", "shop")],
    )
    value = header(auth, "/api/initiate")
    assert signature(value) == "5c7b395086d759a0acc5722597c75ba9b4c6756a"
    assert value.endswith(',oauth_callback="oob",application_name="shop"')


def test_vector_3_token_carries_the_verifier() -> None:
    auth = NuorderSchemeAuth(KEYS, stamp, nonce, signed_extra=[("oauth_verifier", "ver1234567890abc")])
    value = header(auth, "/api/token")
    assert signature(value) == "514d3aa5b40b6b5fbc73c5f7a8f12f071cac4243"
    assert value.endswith(',oauth_verifier="ver1234567890abc"')


def test_vector_4_a_query_in_nuorders_own_scheme() -> None:
    value = header(
        NuorderSchemeAuth(KEYS, stamp, nonce), "/api/orders/list?start_date=2025-01-01&end_date=2025-12-31"
    )
    assert signature(value) == "1b8cfaf9963ed449a7749e885ef3e9bde564a28c"


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/api/orders/approved/list", "IXRKtJ%2FWtUdG1gOGCE90k8TPNOs%3D"),
        ("/api/orders/approved/detail?__populate=__payments", "eH7I0mdjU9gaHvMOitr3WXZkd90%3D"),
    ],
    ids=["vector 5", "vector 6"],
)
def test_vectors_of_rfc_5849(path: str, expected: str) -> None:
    assert signature(header(Rfc5849Auth(KEYS, stamp, nonce), path)) == expected


def test_a_nonce_is_16_letters_and_digits_and_new_each_time() -> None:
    found = {fresh_nonce() for _ in range(50)}
    assert len(found) == 50
    assert all(re.fullmatch("[A-Za-z0-9]{16}", one) for one in found)


def test_secrets_are_in_no_repr() -> None:
    assert "example" not in repr(KEYS)


def test_signing_writes_nothing_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    header(Rfc5849Auth(KEYS), "/api/orders/approved/list")
    assert not caplog.records


def test_an_unknown_scheme_is_a_setting_to_mend() -> None:
    with pytest.raises(Permanent, match="rfc5849, nuorder"):
        auth_for("plain", KEYS)
    assert isinstance(auth_for("rfc5849", KEYS), Rfc5849Auth)
    assert not isinstance(auth_for("nuorder", KEYS), NoAuth)


def test_the_handshake_gives_a_pair_that_works(sandbox: Sandbox) -> None:
    brand = sandbox.brands[0]
    consumer = Keys(brand.consumer_key, brand.consumer_secret)
    temporary = initiate(sandbox.nuorder, consumer, application_name='Shop "one", two')
    code = sandbox.approve("Shop one two")["oauth_verifier"]
    keys = exchange(sandbox.nuorder, temporary, f" {code} ")
    settings = NuorderSettings(
        sandbox.nuorder, keys.consumer_key, keys.consumer_secret, keys.token, keys.token_secret
    )
    with Nuorder(settings) as client:
        assert client.order_ids("approved")


def test_a_wrong_verification_code_is_refused(sandbox: Sandbox) -> None:
    brand = sandbox.brands[0]
    temporary = initiate(
        sandbox.nuorder, Keys(brand.consumer_key, brand.consumer_secret), application_name="shop"
    )
    with pytest.raises(Permanent) as caught:
        exchange(sandbox.nuorder, temporary, "wrong1234567890a")
    assert caught.value.status is not None
    with pytest.raises(Permanent, match="letters and digits"):
        exchange(sandbox.nuorder, temporary, 'a"b')
