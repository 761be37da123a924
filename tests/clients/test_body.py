from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.clients.body import BodyState, clean, declared_status, message_of, read_body


@pytest.mark.parametrize(
    "content, state",
    [
        (b'{"a": 1}', BodyState.JSON),
        (b"\xef\xbb\xbf[]", BodyState.JSON),
        (b"  \n", BodyState.EMPTY),
        (b"", BodyState.EMPTY),
        (b"<!doctype html><title>Down</title>", BodyState.MARKUP),
        (b"\n <?xml version='1.0'?><Item/>", BodyState.MARKUP),
        (b"Oops, there was a problem!\n", BodyState.TEXT),
        (b'{"Item": [{"itemID": "1"', BodyState.BROKEN),
        (b'[{"a": NaN}]', BodyState.BROKEN),
        (b"[" * 100_000, BodyState.BROKEN),
        (b"caf\xe9", BodyState.TEXT),
    ],
)
def test_a_body_is_judged_by_its_bytes(content: bytes, state: BodyState) -> None:
    assert read_body(content)[0] is state


def test_numbers_are_decimals_never_floats() -> None:
    assert read_body(b'{"price": 12.10, "quantity": 3}')[1] == {"price": Decimal("12.10"), "quantity": 3}
    assert isinstance(read_body(b"0.1")[1], Decimal)


@given(st.binary(max_size=200))
def test_any_bytes_have_a_state(content: bytes) -> None:
    state, data, _ = read_body(content)
    assert data is None or state is BodyState.JSON


def test_messages_are_one_short_line_without_secrets() -> None:
    text = (
        "bad\x00 \x1b[31mthing\r\n oauth_signature=abc123, Bearer eyJhbGciOi.eyJz.sig refresh_token: 'def50'"
    )
    line = clean(text)
    assert "abc123" not in line
    assert "eyJ" not in line
    assert "def50" not in line
    assert "\x1b" not in line
    assert "\n" not in line
    assert len(clean("x" * 1000)) == 300


def test_the_servers_own_sentence_is_found_in_every_known_shape() -> None:
    v3 = {"httpCode": "400", "message": "Item not created.", "errorClass": "Exception"}
    assert message_of(BodyState.JSON, v3, "") == "Item not created."
    oauth = {
        "error": "access_denied",
        "error_description": "Denied.",
        "hint": "Access token has been revoked",
    }
    assert message_of(BodyState.JSON, oauth, "") == "Denied. Access token has been revoked"
    assert message_of(BodyState.MARKUP, None, "<html><title>502 Bad\ngateway</title>") == "502 Bad gateway"
    assert message_of(BodyState.TEXT, None, "Oops\n") == "Oops"
    assert message_of(BodyState.JSON, [1], "") == ""


@pytest.mark.parametrize(
    "data, status",
    [
        ({"httpCode": "500", "message": "x"}, 500),
        ({"code": 404, "message": "product not found"}, 404),
        ({"_id": "1", "code": 400, "message": "a product may have these"}, None),
        ({"code": 400}, None),
        ({"httpCode": "200"}, None),
        ({"@attributes": {}, "httpCode": "500"}, None),
        ([], None),
    ],
)
def test_an_error_in_the_body_of_a_200_is_seen(data: object, status: int | None) -> None:
    assert declared_status(data) == status


def test_what_no_log_file_can_hold_is_replaced() -> None:
    assert clean("a page at /\udfff\ud800 x") == "a page at /?? x"
