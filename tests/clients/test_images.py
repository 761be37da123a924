from __future__ import annotations

import pytest

from nuorder_pos.clients.images import as_image, check_image_url, sniff
from nuorder_pos.errors import Permanent

HTTPS = "https://wholesale.nuorder.com"
LOCAL = "http://127.0.0.1:8000"


def public(host: str, port: int) -> list[str]:
    return ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]


def private(host: str, port: int) -> list[str]:
    return ["93.184.216.34", "10.0.0.5"]


@pytest.mark.parametrize(
    "url, origin, hosts",
    [
        ("https://wholesale.nuorder.com/img/1.png", HTTPS, ()),
        ("https://cdn.example.com/1.png", HTTPS, ("cdn.example.com",)),
        ("https://CDN.example.com:443/1.png", HTTPS, ("https://cdn.example.com",)),
        ("https://a.cdn.example.com/1.png", HTTPS, ("*.example.com",)),
        ("https://cdn.example.com:8443/1.png", HTTPS, ("cdn.example.com:8443",)),
        ("http://127.0.0.1:8000/1.png", LOCAL, ()),
        ("http://localhost:9000/1.png", LOCAL, ()),
        ("http://nuorder:8000/1.png", "http://nuorder:8000", ()),
    ],
)
def test_allowed_addresses(url: str, origin: str, hosts: tuple[str, ...]) -> None:
    check_image_url(url, origin, hosts, public)


@pytest.mark.parametrize(
    "url, origin, hosts",
    [
        ("http://wholesale.nuorder.com/1.png", HTTPS, ()),
        ("https://evil.example.com/1.png", HTTPS, ("cdn.example.com",)),
        ("https://cdn.example.com.evil.com/1.png", HTTPS, ("cdn.example.com",)),
        ("https://evilexample.com/1.png", HTTPS, ("*.example.com",)),
        ("https://cdn.example.com@evil.com/1.png", HTTPS, ("cdn.example.com",)),
        ("https://user:pw@cdn.example.com/1.png", HTTPS, ("cdn.example.com",)),
        ("http://127.0.0.1:8000/1.png", HTTPS, ("127.0.0.1",)),
        ("https://localhost/1.png", HTTPS, ("localhost",)),
        ("http://169.254.169.254/latest/meta-data", LOCAL, ("169.254.169.254",)),
        ("file:///etc/passwd", LOCAL, ()),
        ("ftp://127.0.0.1/x", LOCAL, ()),
        ("data:image/png;base64,AAAA", LOCAL, ()),
        ("//cdn.example.com/1.png", HTTPS, ("cdn.example.com",)),
        ("5d4c3b2a1f", HTTPS, ()),
        ("", HTTPS, ()),
        ("https://cdn.example.com:22/1.png", HTTPS, ("cdn.example.com:443",)),
    ],
)
def test_refused_addresses(url: str, origin: str, hosts: tuple[str, ...]) -> None:
    with pytest.raises(Permanent) as caught:
        check_image_url(url, origin, hosts, public)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "169.254.169.254", "127.0.0.1", "::1", "fd00::1", "fe80::1%eth0", "0.0.0.0"]
)
def test_a_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(Permanent, match="private network"):
        check_image_url(
            "https://cdn.example.com/1.png", HTTPS, ["cdn.example.com"], lambda host, port: [address]
        )
    with pytest.raises(Permanent, match="private network"):
        check_image_url("https://cdn.example.com/1.png", HTTPS, ["cdn.example.com"], private)


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.mark.parametrize(
    "content, kind",
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg onload=alert(1)>", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_a_kind_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


def test_a_file_name_is_safe_and_ends_as_its_content_says() -> None:
    assert as_image(PNG, "https://x/a/../b%2Fc%20d.jpg?size=1").filename == "c-d.png"
    assert as_image(PNG, "https://x/").filename == "image.png"
    with pytest.raises(Permanent, match="not a PNG"):
        as_image(b"<html>", "https://x/1.png")
