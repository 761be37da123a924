"""Product images come from addresses in a payload: which of them are fetched, from where, and how much of it."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import urllib3.util.connection
from security.tls_server import Network, TlsServer, certificates
from support.clients import ScriptedServer, http

from nuorder_pos.clients import image_host
from nuorder_pos.clients.image_host import ImageHost
from nuorder_pos.clients.images import LARGEST, check_image_url, is_public
from nuorder_pos.clients.nuorder import Nuorder, NuorderSettings
from nuorder_pos.clients.transport import Limits, Retry
from nuorder_pos.errors import NuorderPosError, Permanent, Transient

ORIGIN = "https://wholesale.nuorder.com"
CDN = "cdn.example.com"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PUBLIC = "93.184.216.34"
ONCE = Retry(attempts=1, first=0.0, longest=0.0)
QUICK = Limits(connect=1.0, read=2.0, total=5.0, max_bytes=LARGEST)
KEYS = ("key", "secret", "token", "token-secret")

PRIVATE = [
    "10.0.0.5", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "0.1.2.3", "255.255.255.255",
    "169.254.169.254", "100.64.0.1", "192.0.0.192", "192.88.99.1", "198.18.0.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1",
    "::ffff:10.0.0.5", "::ffff:169.254.169.254", "::ffff:7f00:1", "::10.0.0.5", "::7f00:1", "2002:a00:5::",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "64:ff9b::a00:5", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "64:ff9b:1::5db8:d822", "2001:0:a00:5::1", "2001:db8::1", "3fff::1", "5f00::1", "4000::1", "", "no address",
]  # fmt: skip


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    found = ScriptedServer()
    yield found
    found.close()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Everything that is dialled, led to servers of the test instead of into the world."""
    made = Network()
    monkeypatch.setattr(image_host, "create_connection", made.connect)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", made.connect)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return made


def host_for(find: Callable[[str, int], Any], *hosts: str, origin: str = ORIGIN) -> ImageHost:
    return ImageHost(origin, hosts or (CDN,), find=find, limits=QUICK, retry=ONCE)


# ---- where an address leads ----


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_outside_the_public_internet_is_not_dialled(network: Network, address: str) -> None:
    assert not is_public(address)
    for answers in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(Permanent, match="private network"):
            host_for(lambda host, port, found=answers: found).fetch(f"https://{CDN}/1.png")
    assert network.dialled == []


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "2606:2800:220:1::1", f"::ffff:{PUBLIC}", "2002:5db8:d822::1", "64:ff9b::5db8:d822", "2001:4860:4860::8888"],
)  # fmt: skip
def test_an_address_of_the_public_internet_may_be_dialled(address: str) -> None:
    assert check_image_url(f"https://{CDN}/1.png", ORIGIN, [CDN], lambda host, port: [address]) == (address,)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0177.0.0.01", "127.1", "127.0.1", "10.5", "0xa9fea9fe",
        "2852039166", "169.254.43518", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[0:0:0:0:0:0:0:1]", "127.0.0.1.", "localhost.",
        "LOCALHOST", "a.localhost", "0", "127.000.000.001",
    ],
)  # fmt: skip
@pytest.mark.parametrize("origin", [ORIGIN, "https://127.0.0.1:8443"])
def test_no_spelling_of_this_machine_or_its_network_is_dialled(
    network: Network, host: str, origin: str
) -> None:
    """Even where somebody has put that very spelling into ``image_hosts``. The system's own resolver answers."""
    images = ImageHost(origin, [host.strip("[]"), host], limits=QUICK, retry=ONCE)
    with pytest.raises(NuorderPosError):
        images.fetch(f"https://{host}/1.png")
    loopback_is_allowed = origin != ORIGIN
    assert all(loopback_is_allowed and ip_address(found).is_loopback for found in network.dialled)


# ---- what an address says, read by different parsers ----


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example\\.cdn.example.com/1.png",
        "https://evil.example\\@a.cdn.example.com/1.png",
        "https://evil.example/\\@a.cdn.example.com/1.png",
        "https://a.cdn.example.com\\@evil.example/1.png",
        "https://a.cdn.example.com@evil.example/1.png",
        "https://a.cdn.example.com:443@evil.example/1.png",
        "https://@a.cdn.example.com/1.png",
        "https://:@a.cdn.example.com/1.png",
        "https://evil.example%2f.cdn.example.com/1.png",
        "https://evil.example%23.cdn.example.com/1.png",
        "https://evil.example;.cdn.example.com/1.png",
        "https://evil.example&.cdn.example.com/1.png",
        "https://evil.example\t.cdn.example.com/1.png",
        "https://evil.example\r\n.cdn.example.com/1.png",
        "https://evil.example\x00.cdn.example.com/1.png",
        "https://evil.example .cdn.example.com/1.png",
        "https://evil.example／.cdn.example.com/1.png",
        "https://evil.example＠a.cdn.example.com/1.png",
        "https://evil.example⁄.cdn.example.com/1.png",
        "https://①②⑦.⓪.⓪.①/1.png",
        "https://１２７.0.0.1/1.png",
        "https://evil。.cdn.example.com/1.png",
        "https://a..cdn.example.com/1.png",
        "https://.cdn.example.com/1.png",
        "https://a.cdn.example.com../1.png",
        "https://a.cdn.example.com:/1.png\x01",
        "https://a.cdn.example.com:99999/1.png",
        "https://a.cdn.example.com:443:80/1.png",
        "https://a.cdn.example.com:22/1.png",
        "https://[fe80::1%25eth0]/1.png",
        "https://[::1]evil/1.png",
        "https:a.cdn.example.com/1.png",
        "https:/a.cdn.example.com/1.png",
        "https:///a.cdn.example.com/1.png",
        "https:\\\\a.cdn.example.com/1.png",
        "//a.cdn.example.com/1.png",
        " https://a.cdn.example.com/1.png",
        "\x01https://a.cdn.example.com/1.png",
        "http://a.cdn.example.com/1.png",
        "ftp://a.cdn.example.com/1.png",
        "gopher://a.cdn.example.com/1.png",
        "file:///etc/passwd",
        "file://a.cdn.example.com/etc/passwd",
        "jar:https://a.cdn.example.com/1.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
        "https://xcdn.example.com/1.png",
        "https://cdn.example.com.evil.example/1.png",
        "https://evil.example/?.cdn.example.com",
        "https://evil.example#.cdn.example.com",
        "",
    ],
)
def test_an_address_that_parsers_read_differently_is_refused(network: Network, url: str) -> None:
    asked: list[str] = []

    def find(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    with pytest.raises(Permanent) as caught:
        host_for(find, "*.cdn.example.com").fetch(url)
    assert (network.dialled, asked) == ([], []), "not even the name is looked up"
    assert str(caught.value).isprintable()


def test_a_very_long_host_is_judged_at_once() -> None:
    """A pattern that backtracks would not come back from this."""
    with pytest.raises(Permanent):
        check_image_url("https://" + "a" * 5000 + "!.cdn.example.com/1.png", ORIGIN, ["*.cdn.example.com"])
    with pytest.raises(Permanent):
        check_image_url("https://" + "a." * 5000 + "!/1.png", ORIGIN, ["*.cdn.example.com"])


# ---- the name is looked up once, and the connection goes there ----


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate for the host of the images, one for another host, and the authority that signed both."""
    return certificates(tmp_path_factory.mktemp("certificates"), CDN, "other.example.com")


@pytest.fixture
def trusted(papers: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(papers["authority"]))
    return papers


def test_a_name_that_is_bound_anew_after_the_check_leads_nowhere_else(
    network: Network, trusted: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[Any] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: Any, **more: Any) -> Any:
        if host == "127.0.0.1":
            return real(host, port, *args, **more)
        looked_up.append(host)
        answer = PUBLIC if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    with TlsServer(trusted[CDN], http(200, PNG)) as far, TlsServer(trusted[CDN], http(200, PNG)) as near:
        network.leads(PUBLIC, far.port)
        network.leads("127.0.0.1", near.port)
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        nuorder = Nuorder(NuorderSettings(ORIGIN, *KEYS, image_hosts=(CDN,)), timeouts=QUICK, retry=ONCE)
        with nuorder:
            assert nuorder.image(f"https://{CDN}/1.png").data == PNG
        assert looked_up == [CDN], "the name is looked up once"
        assert network.dialled == [PUBLIC]
        assert far.names == [CDN], "the certificate is asked for by name"
        assert f"host: {CDN}\r\n".encode() in far.requests[0].lower()
        assert near.requests == []


def test_the_certificate_must_be_that_of_the_name(network: Network, trusted: dict[str, Path]) -> None:
    with TlsServer(trusted["other.example.com"], http(200, PNG)) as server:
        network.leads(PUBLIC, server.port)
        with pytest.raises(Permanent, match="certificate was not accepted"):
            host_for(lambda host, port: [PUBLIC]).fetch(f"https://{CDN}/1.png")
        assert network.dialled == [PUBLIC]
        assert server.requests == []


def test_the_next_address_of_a_name_is_tried_and_no_other(network: Network, trusted: dict[str, Path]) -> None:
    with TlsServer(trusted[CDN], http(200, PNG)) as server:
        network.leads(PUBLIC, server.port)
        images = host_for(lambda host, port: ["2606:2800:220:1::1", PUBLIC])
        assert images.fetch(f"https://{CDN}/1.png").data == PNG
        assert network.dialled == ["2606:2800:220:1::1", PUBLIC]


def test_a_host_none_of_whose_addresses_answers_may_answer_later(network: Network) -> None:
    with pytest.raises(Transient, match="could not be reached"):
        host_for(lambda host, port: [PUBLIC, "2606:2800:220:1::1"]).fetch(f"https://{CDN}/1.png")
    assert network.dialled == [PUBLIC, "2606:2800:220:1::1"]


# ---- this machine ----


def test_a_connection_on_loopback_may_have_its_images_on_loopback_without_a_look_up(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [http(200, PNG)]
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **more: Any) -> Any:
        assert host in ("127.0.0.1", "::1"), f"{host} was looked up"
        return real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    images = ImageHost("http://127.0.0.1:9", (), limits=QUICK, retry=ONCE)
    for host in ("127.0.0.1", "localhost", "pictures.localhost"):
        assert images.fetch(f"http://{host}:{server.port}/1.png").data == PNG


def test_a_connection_elsewhere_may_not_reach_this_machine(server: ScriptedServer) -> None:
    server.replies = [http(200, PNG)]
    images = ImageHost(
        ORIGIN, ("127.0.0.1", "localhost", f"127.0.0.1:{server.port}"), limits=QUICK, retry=ONCE
    )
    for url in (f"{server.origin}/1.png", f"http://localhost:{server.port}/1.png", "https://localhost/1.png"):
        with pytest.raises(Permanent, match="this machine itself"):
            images.fetch(url)
    assert server.requests == []


def test_a_redirection_is_not_followed(server: ScriptedServer) -> None:
    behind = ScriptedServer()
    behind.replies = [http(200, PNG)]
    try:
        images = ImageHost(server.origin, (), limits=QUICK, retry=ONCE)
        for status in (301, 302, 303, 307, 308):
            server.replies = [http(status, "", headers={"Location": f"{behind.origin}/inside.png"})]
            with pytest.raises(Permanent, match="redirection"):
                images.fetch(f"{server.origin}/1.png")
        assert behind.requests == []
    finally:
        behind.close()


# ---- how much, and what ----


def test_an_image_that_swells_when_it_is_unpacked_is_refused_before_it_fills_the_memory(
    server: ScriptedServer,
) -> None:
    bomb = gzip.compress(PNG + b"\0" * 256 * 1024 * 1024, compresslevel=1)
    assert len(bomb) < 4 * 1024 * 1024, "small on the wire"
    server.replies = [http(200, bomb, "image/png", {"Content-Encoding": "gzip"})]
    del bomb
    images = ImageHost(server.origin, (), limits=QUICK, retry=ONCE)
    tracemalloc.start()
    try:
        with pytest.raises(Permanent, match="10 MB"):
            images.fetch(f"{server.origin}/1.png")
        highest = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert highest < 6 * LARGEST


def test_an_image_without_end_is_given_up(server: ScriptedServer) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + PNG)
        while not server.closing.is_set():
            connection.sendall(b"\0" * 65536)
            sent += 65536

    server.replies = [endless]
    with pytest.raises(Permanent, match="10 MB"):
        ImageHost(server.origin, (), limits=QUICK, retry=ONCE).fetch(f"{server.origin}/1.png")
    assert sent < 4 * LARGEST


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"\x7fELF",
        b"MZ\x90",
        b"BM1234",
        b"II*\x00",
        b"\x89PNG",
        b"RIFF\x00\x00\x00\x00WAVE",
    ],
)
def test_what_calls_itself_an_image_and_is_none_is_refused(server: ScriptedServer, body: bytes) -> None:
    server.replies = [http(200, body, "image/png", {"Content-Disposition": 'inline; filename="1.png"'})]
    with pytest.raises(Permanent, match="not a PNG, JPEG, GIF or WebP"):
        ImageHost(server.origin, (), limits=QUICK, retry=ONCE).fetch(f"{server.origin}/1.png")


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd.png", '/a"; filename="b.exe.png', "/a%0d%0aX-Evil:1.png", "/%00.png", "/а\u202egnp.exe", "/.htaccess"],
)  # fmt: skip
def test_a_file_name_from_an_address_says_nothing_but_letters(server: ScriptedServer, path: str) -> None:
    server.replies = [http(200, PNG)]
    image = ImageHost(server.origin, (), limits=QUICK, retry=ONCE).fetch(f"{server.origin}{path}")
    stem, _, ending = image.filename.rpartition(".")
    assert ending == "png"
    assert stem
    assert stem.replace("-", "").replace("_", "").isalnum()
    assert stem.isascii()


# ---- what may pass, and what does not: on this the export decides whether to try an image again ----


@pytest.mark.parametrize(
    "reply", [http(500), http(502), http(503), http(429), http(408), http(200, PNG)[:-30]]
)
def test_a_host_that_cannot_answer_now_is_an_error_that_may_pass(
    server: ScriptedServer, reply: bytes
) -> None:
    server.replies = [reply]
    with pytest.raises(Transient):
        ImageHost(server.origin, (), limits=QUICK, retry=ONCE).fetch(f"{server.origin}/1.png")


def test_a_host_whose_name_is_not_found_may_be_found_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(Transient, match="was not found"):
        ImageHost(ORIGIN, (CDN,), limits=QUICK, retry=ONCE).fetch(f"https://{CDN}/1.png")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_an_image_that_a_host_refuses_is_refused_for_good(server: ScriptedServer, status: int) -> None:
    server.replies = [http(status, "no")]
    with pytest.raises(Permanent):
        ImageHost(server.origin, (), limits=QUICK, retry=ONCE).fetch(f"{server.origin}/1.png")
