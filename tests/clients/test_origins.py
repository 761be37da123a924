from __future__ import annotations

import pytest

from nuorder_pos.clients.origins import checked_origin, is_loopback, origin_of, same_origin
from nuorder_pos.errors import Permanent


def test_an_origin_is_normalised() -> None:
    assert checked_origin(" https://API.Example.com:443/ ", what="host") == "https://api.example.com"
    assert checked_origin("http://127.0.0.1:8080", what="host") == "http://127.0.0.1:8080"
    assert checked_origin("http://[::1]:8080", what="host") == "http://[::1]:8080"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "api.example.com",
        "ftp://x",
        "https://",
        "https://x/API/V3",
        "https://x:99999",
        "https://u:secret@x",
        "https://x?a=1",
    ],
)
def test_what_is_no_origin_is_refused_without_showing_secrets(value: str) -> None:
    with pytest.raises(Permanent) as caught:
        checked_origin(value, what="The host")
    assert "secret" not in str(caught.value)


def test_plain_http_is_for_this_machine_unless_it_is_allowed() -> None:
    with pytest.raises(Permanent, match="plain http"):
        checked_origin("http://pos.example.com", what="The host")
    assert checked_origin("http://pos:8080", what="The host", allow_http=True) == "http://pos:8080"


@pytest.mark.parametrize(
    "host, here",
    [
        ("localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("localhost.evil.com", False),
    ],
)
def test_loopback_is_known(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_same_origin_needs_scheme_host_and_port() -> None:
    assert same_origin("https://a.com/x?y", "https://A.com:443")
    assert not same_origin("https://a.com", "http://a.com")
    assert not same_origin("https://a.com@b.com/", "https://a.com")
    assert not same_origin("", "")
    assert origin_of("https://[bad") == ""
