from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.clients import QUICK, SHORT, ScriptedServer, http, nuorder_settings
from support.sandbox import Sandbox

from nuorder_pos.clients.nuorder import FINAL_STATUSES, Nuorder, NuorderSettings
from nuorder_pos.errors import Permanent, Transient

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def scripted(server: ScriptedServer, **options: Any) -> Nuorder:
    return Nuorder(
        NuorderSettings(server.origin, "ck", "cs", "tok", "toksec"), retry=QUICK, timeouts=SHORT, **options
    )


def test_orders_are_listed_by_status_and_read_one_by_one(nuorder: Nuorder) -> None:
    for status in FINAL_STATUSES:
        ids = nuorder.order_ids(status)
        assert ids
        order = nuorder.order(ids[0])
        assert order is not None
        assert order["_id"] == ids[0]
        assert order["status"] == status
        assert nuorder.order_by_number(order["order_number"]) == order
    product_id = order["line_items"][0]["product"]["_id"]
    product = nuorder.product(product_id)
    assert product is not None
    assert product["_id"] == product_id


@pytest.mark.parametrize("signature", ["rfc5849", "nuorder"])
def test_both_ways_of_signing_work(sandbox: Sandbox, signature: str) -> None:
    with Nuorder(nuorder_settings(sandbox, signature=signature), retry=QUICK) as client:
        assert "approved orders are visible" in client.check()


def test_what_is_not_there_is_none(nuorder: Nuorder) -> None:
    assert nuorder.order("0" * 24) is None
    assert nuorder.product("0" * 24) is None
    assert nuorder.order_by_number("no such/number?x") is None


def test_no_number_is_ever_a_float(nuorder: Nuorder) -> None:
    def floats(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [found for entry in value.values() for found in floats(entry)]
        if isinstance(value, list):
            return [found for entry in value for found in floats(entry)]
        return [value] if isinstance(value, float) else []

    orders = [nuorder.order(one) for status in FINAL_STATUSES for one in nuorder.order_ids(status)]
    assert orders
    assert not floats(orders)


def test_an_unknown_status_and_an_empty_id_never_leave_the_house(server: ScriptedServer) -> None:
    server.replies = [http(body="[]")]
    with scripted(server) as client:
        for call in (
            lambda: client.order_ids("edited"),
            lambda: client.order(""),
            lambda: client.product(".."),
        ):
            with pytest.raises(Permanent):
                call()
    assert not server.requests


def test_a_refused_signature_names_connection_and_scheme(sandbox: Sandbox) -> None:
    with (
        Nuorder(nuorder_settings(sandbox, token_secret="wrong-secret"), retry=QUICK) as client,
        pytest.raises(Permanent, match=r"nuorder_acme.*rfc5849") as caught,
    ):
        client.order_ids("approved")
    assert caught.value.status == 401
    assert "wrong-secret" not in str(caught.value)
    assert "clock" not in str(caught.value)


def test_a_clock_that_is_wrong_is_said(sandbox: Sandbox) -> None:
    late = lambda: datetime.now(UTC) - timedelta(minutes=10)  # noqa: E731
    with (
        Nuorder(nuorder_settings(sandbox, token="wrong"), retry=QUICK, clock=late) as client,
        pytest.raises(Permanent, match="seconds behind NuORDER's"),
    ):
        client.check()


@pytest.mark.parametrize("missing", ["consumer_key", "token", "token_secret"])
def test_a_connection_without_its_keys_is_refused_at_once(sandbox: Sandbox, missing: str) -> None:
    with pytest.raises(Permanent, match=f"nuorder_acme has no {missing}"):
        Nuorder(nuorder_settings(sandbox, **{missing: " "}))


def test_a_right_that_is_missing_is_permanent(server: ScriptedServer) -> None:
    server.replies = [http(403, '{"code":403,"message":"nope"}')]
    with scripted(server) as client, pytest.raises(Permanent, match="nope") as caught:
        client.order("1")
    assert caught.value.status == 403
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "first",
    [
        http(500, "Oops, there was a problem!\n", "text/plain"),
        http(200, "<html>Just a moment</html>", "application/json"),
        http(200, '[{"_id": "5'),
        http(429, "", headers={"Retry-After": "0"}),
        http(200, "[]", headers={"Content-Length": "500"}),
        b"",
    ],
    ids=["plain 500", "web page", "damaged", "429", "cut off", "nothing"],
)
def test_a_read_is_tried_again(server: ScriptedServer, first: bytes) -> None:
    server.replies = [first, http(200, '["a"]', "text/html")]
    with scripted(server) as client:
        assert client.order_ids("approved") == ["a"]
    nonces = {request.split(b'oauth_nonce="')[1][:16] for request in server.requests}
    assert len(server.requests) == len(nonces) == 2


@pytest.mark.parametrize("body", ["{}", '"x"', "null", "[1]", '[""]', "[[]]"])
def test_a_list_of_another_shape_is_not_taken_for_no_orders(server: ScriptedServer, body: str) -> None:
    server.replies = [http(200, body)]
    with scripted(server) as client, pytest.raises(Transient):
        client.order_ids("approved")


@pytest.mark.parametrize("body", ["[]", "{}", '{"_id": "other"}', "null", '{"message":"x","code":500}'])
def test_another_record_is_not_taken_for_the_one_asked_for(server: ScriptedServer, body: str) -> None:
    server.replies = [http(200, body)]
    with scripted(server) as client, pytest.raises(Transient):
        client.order("abc")


def test_a_server_that_never_answers_ends_with_the_time_limit(server: ScriptedServer) -> None:
    server.replies = [lambda connection: time.sleep(0.8)]
    began = time.monotonic()
    with (
        Nuorder(
            NuorderSettings(server.origin, "ck", "cs", "tok", "toksec"),
            timeouts=SHORT,
            retry=QUICK.__class__(attempts=1),
        ) as client,
        pytest.raises(Transient, match="read time limit"),
    ):
        client.order("1")
    assert time.monotonic() - began < 3


def test_at_most_two_requests_of_a_credential_are_under_way(server: ScriptedServer, sandbox: Sandbox) -> None:
    sandbox.switch(nuorder_concurrency=2, nuorder_latency_ms=40)
    errors: list[Exception] = []

    def read() -> None:
        try:
            with Nuorder(nuorder_settings(sandbox), retry=QUICK.__class__(attempts=1)) as client:
                client.order_ids("approved")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_an_image_is_fetched_without_credentials(server: ScriptedServer) -> None:
    server.replies = [http(200, PNG, "text/plain")]
    with scripted(server) as client:
        image = client.image(f"{server.origin}/images/boot%20red.jpg")
    assert (image.content_type, image.filename, image.data) == ("image/png", "boot-red.png", PNG)
    assert b"authorization" not in server.requests[0].lower()
    assert "PNG" not in repr(image)


@pytest.mark.parametrize(
    "reply",
    [
        http(200, "<html>no</html>", "image/png"),
        http(302, "", headers={"Location": "http://127.0.0.1:1/x.png"}),
        http(404, "gone"),
        http(200, b"", headers={"Content-Length": "0"}),
    ],
    ids=["web page", "redirection", "gone", "empty"],
)
def test_what_is_no_image_is_refused_for_good(server: ScriptedServer, reply: bytes) -> None:
    server.replies = [reply]
    with scripted(server) as client, pytest.raises(Permanent):
        client.image(f"{server.origin}/1.png")
    assert len(server.requests) == 1


def test_an_image_that_is_too_large_is_refused(server: ScriptedServer) -> None:
    server.replies = [http(200, PNG + b"0" * (10 * 1024 * 1024))]
    with scripted(server) as client, pytest.raises(Permanent, match="10 MB"):
        client.image(f"{server.origin}/1.png")


def test_settings_show_no_secret() -> None:
    shown = repr(
        NuorderSettings("https://x", "consumer-key", "consumer-secret", "the-token", "the-token-secret")
    )
    assert not any(secret in shown for secret in ("consumer-key", "consumer-secret", "the-token"))
