from __future__ import annotations

import pickle
import socket
import ssl
from datetime import UTC, datetime

import pytest
import requests
from urllib3 import exceptions as wire

from nuorder_pos.clients.body import BodyState, read_body
from nuorder_pos.clients.classify import (
    Asked,
    DeadlineExceeded,
    Refused,
    Unavailable,
    classify_answer,
    classify_exception,
    retry_after,
)
from nuorder_pos.errors import NuorderPosError, OutcomeUnknown, Permanent, Transient

READ = Asked("Lightspeed", "GET", "/API/V3/Account/1/Item.json", write=False)
WRITE = Asked("Lightspeed", "POST", "/API/V3/Account/1/Item.json", write=True)


def judged(
    asked: Asked, status: int, body: bytes = b"{}", headers: dict[str, str] | None = None
) -> NuorderPosError | None:
    return classify_answer(asked, status, headers or {}, *read_body(body))


@pytest.mark.parametrize("status", range(200, 205))
@pytest.mark.parametrize("asked", [READ, WRITE])
def test_json_with_2xx_is_good(asked: Asked, status: int) -> None:
    assert judged(asked, status) is None


@pytest.mark.parametrize("status", [*range(400, 408), *range(410, 425), *range(426, 429), *range(430, 500)])
@pytest.mark.parametrize("asked", [READ, WRITE])
def test_4xx_is_permanent_and_carries_status_and_message(asked: Asked, status: int) -> None:
    error = judged(asked, status, b'{"message": "An Item must have a description."}')
    assert isinstance(error, Permanent)
    assert error.status == status
    assert "An Item must have a description." in str(error)


@pytest.mark.parametrize("status", range(500, 600))
def test_5xx_is_transient_for_a_read_and_unknown_for_a_write(status: int) -> None:
    read, write = judged(READ, status, b"Oops", {"Retry-After": "7"}), judged(WRITE, status, b"<html>")
    assert isinstance(read, Unavailable)
    assert read.status == status
    assert read.retry_after == 7
    assert isinstance(write, OutcomeUnknown)


@pytest.mark.parametrize("asked", [READ, WRITE])
def test_the_limiter_never_applied_anything(asked: Asked) -> None:
    limited = judged(asked, 429, b"<html>slow down", {"retry-after": "3"})
    assert isinstance(limited, Transient)
    assert limited.retry_after == 3
    old = judged(asked, 503, b"", {"x-ls-api-ratelimit-type": "api-leaky-bucket", "Retry-After": "2"})
    assert isinstance(old, Transient)
    assert old.retry_after == 2


@pytest.mark.parametrize("asked", [READ, WRITE])
@pytest.mark.parametrize(
    "status, body", [(409, b"{}"), (400, b'{"message":"Please try again later."}')], ids=["conflict", "later"]
)
def test_refusals_that_pass_are_transient(asked: Asked, status: int, body: bytes) -> None:
    assert isinstance(judged(asked, status, body), Transient)


@pytest.mark.parametrize("body", [b"<html>Just a moment...", b'{"Item": {"itemID": "12', b"", b"OK"])
def test_a_200_that_is_no_json_is_not_believed(body: bytes) -> None:
    assert isinstance(judged(READ, 200, body), Transient)
    assert isinstance(judged(WRITE, 200, body), OutcomeUnknown)


def test_an_error_body_with_200_is_judged_by_the_status_inside() -> None:
    error = judged(READ, 200, b'{"httpCode":"401","message":"Invalid access token."}')
    assert isinstance(error, Permanent)
    assert error.status == 401


def test_a_redirection_is_refused_with_advice() -> None:
    error = judged(WRITE, 302, b"", {"Location": "https://evil.example/?code=1"})
    assert isinstance(error, Permanent)
    assert "evil" not in str(error)
    assert "connection" in str(error)


def test_the_oauth_code_is_kept_and_headers_are_never_shown() -> None:
    error = judged(WRITE, 400, b'{"error":"invalid_grant","hint":"x"}', {"Authorization": "Bearer abcdefgh"})
    assert isinstance(error, Refused)
    assert error.code == "invalid_grant"
    assert "abcdefgh" not in str(error)


def test_errors_survive_being_handed_to_another_process() -> None:
    for error in (judged(READ, 400), judged(READ, 503, b"", {"Retry-After": "3"}), judged(WRITE, 500)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.__dict__) == (type(error), str(error), error.__dict__)


def test_an_explanation_replaces_the_sentence_of_a_refusal() -> None:
    error = classify_answer(
        READ,
        403,
        {},
        BodyState.JSON,
        {"message": "no"},
        "",
        lambda asked, status, headers, message: f"{status} {message}",
    )
    assert str(error) == "403 no"


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ConnectTimeout(),
        requests.exceptions.ConnectionError(
            wire.MaxRetryError(None, "/", wire.NewConnectionError(None, "refused"))  # type: ignore[arg-type]
        ),
        requests.exceptions.ConnectionError(
            wire.MaxRetryError(None, "/", wire.NameResolutionError("h", None, socket.gaierror()))  # type: ignore[arg-type]
        ),
    ],
    ids=["connect time limit", "refused", "no such name"],
)
def test_what_was_never_sent_is_transient_even_for_a_write(error: Exception) -> None:
    found = classify_exception(WRITE, error)
    assert isinstance(found, Transient)
    assert "was not sent" in str(found)


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ReadTimeout(),
        requests.exceptions.ConnectionError(wire.ProtocolError("aborted", ConnectionResetError())),
        requests.exceptions.ChunkedEncodingError(wire.ProtocolError("x", wire.IncompleteRead(1, 2))),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.SSLError(ssl.SSLEOFError()),
        DeadlineExceeded(),
        TimeoutError(),
        wire.ReadTimeoutError(None, "/", "slow"),  # type: ignore[arg-type]
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_was_perhaps_applied_is_unknown_for_a_write_and_transient_for_a_read(error: Exception) -> None:
    assert isinstance(classify_exception(WRITE, error), OutcomeUnknown)
    assert isinstance(classify_exception(READ, error), Transient)


def test_a_bad_certificate_and_a_bad_address_are_permanent() -> None:
    bad = requests.exceptions.SSLError(
        wire.MaxRetryError(None, "/", wire.SSLError(ssl.SSLCertVerificationError("self-signed")))
    )  # type: ignore[arg-type]
    assert isinstance(classify_exception(WRITE, bad), Permanent)
    assert isinstance(classify_exception(WRITE, requests.exceptions.InvalidURL("x")), Permanent)


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("3", 3.0),
        ("1.5", 1.5),
        ("-4", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 01 Jan 2025 00:00:30 GMT", 30.0),
        ("Tue, 31 Dec 2024 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as_number_or_date(value: str, seconds: float | None) -> None:
    assert retry_after({"RETRY-after": value}, datetime(2025, 1, 1, tzinfo=UTC)) == seconds
