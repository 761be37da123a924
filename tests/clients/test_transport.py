from __future__ import annotations

import gzip
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
from requests.auth import AuthBase
from support.clients import QUICK, SHORT, ScriptedServer, http

from nuorder_pos.clients.transport import Answer, Limits, Retry, Transport
from nuorder_pos.errors import OutcomeUnknown, Permanent, Transient


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silence(connection: socket.socket) -> None:
    time.sleep(0.7)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(30):
        connection.sendall(b" ")
        time.sleep(0.1)


def cut_chunk(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n')


CUT_OFF = http(body='{"a": 1}', headers={"Content-Length": "99"})
BROKEN: dict[str, Any] = {
    "closed at once": b"",
    "reset": reset,
    "silent": silence,
    "cut off": CUT_OFF,
    "cut off in a chunk": cut_chunk,
    "slower than the whole time limit": drip,
    "bad gzip": http(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    "no http": b"SSH-2.0-OpenSSH\r\n",
    "web page with 200": http(body="<html>", kind="application/json"),
    "plain 500": http(500, "Oops, there was a problem!\n", "text/plain"),
    "502": http(502, "<html>bad gateway", "text/html"),
}


class Pace:
    def __init__(self) -> None:
        self.events: list[Any] = []

    def before(self, cost: float) -> None:
        self.events.append(("before", cost))

    def after(self, predicted: float, headers: Mapping[str, str]) -> None:
        self.events.append(("after", predicted, headers.get("x-ls-api-request-cost")))

    def throttled(self, headers: Mapping[str, str]) -> None:
        self.events.append(("throttled", headers.get("Retry-After")))


class Token(AuthBase):
    def __init__(self, value: str) -> None:
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.value}"
        return request


class Renewable:
    def __init__(self, *values: str) -> None:
        self.values = list(values)

    def sign(self) -> AuthBase:
        return Token(self.values[0])

    def renew(self, used: AuthBase) -> AuthBase | None:
        self.values.pop(0)
        return Token(self.values[0]) if self.values else None


@pytest.fixture
def build(server: ScriptedServer) -> Iterator[Callable[..., Transport]]:
    made: list[Transport] = []

    def make(**options: Any) -> Transport:
        made.append(Transport("The server", **{"limits": SHORT, "retry": QUICK, **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def read(transport: Transport, server: ScriptedServer) -> Answer:
    return transport.send("GET", f"{server.origin}/x.json", write=False)


def write(transport: Transport, server: ScriptedServer) -> Answer:
    return transport.send("POST", f"{server.origin}/x.json", write=True, json={"a": "1"})


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_write_is_sent_once_and_its_outcome_is_unknown(
    server: ScriptedServer, build: Callable[..., Transport], broken: Any
) -> None:
    server.replies = [broken, http()]
    with pytest.raises(OutcomeUnknown):
        write(build(), server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_read_is_sent_again(server: ScriptedServer, build: Callable[..., Transport], broken: Any) -> None:
    server.replies = [broken, http(body='{"fine": 1}')]
    assert read(build(), server).data == {"fine": 1}
    assert len(server.requests) == 2


def test_a_read_gives_up_after_its_attempts(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(503, "")]
    with pytest.raises(Transient):
        read(build(), server)
    assert len(server.requests) == 3


@pytest.mark.parametrize("call", [read, write])
def test_nobody_listening_is_transient_for_both(
    server: ScriptedServer, build: Callable[..., Transport], call: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server.origin = f"http://127.0.0.1:{port}"
    with pytest.raises(Transient, match=r"connection refused.*was not sent"):
        call(build(), server)


@pytest.mark.parametrize("call", [read, write])
def test_json_as_html_is_json(server: ScriptedServer, build: Callable[..., Transport], call: Any) -> None:
    server.replies = [http(body='{"a": "1"}', kind="text/html; charset=UTF-8")]
    assert call(build(), server).data == {"a": "1"}
    server.replies = [http(400, '{"httpCode":"400","message":"Item not created."}', "text/html")]
    with pytest.raises(Permanent, match="Item not created") as caught:
        call(build(), server)
    assert caught.value.status == 400


def test_a_compressed_answer_is_read(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})]
    assert read(build(), server).data == {"a": 1}


def test_a_401_renews_once_and_sends_a_second_time_even_a_write(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    server.replies = [http(401, "{}"), http()]
    write(build(credentials=Renewable("old", "new")), server)
    assert [b"Bearer old" in one for one in server.requests] == [True, False]
    assert (
        server.requests[0].partition(b"\r\n\r\n")[2]
        == server.requests[1].partition(b"\r\n\r\n")[2]
        == b'{"a": "1"}'
    )


def test_a_second_401_is_the_end(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(401, '{"message":"Invalid access token."}')]
    with pytest.raises(Permanent) as caught:
        read(build(credentials=Renewable("one", "two", "three")), server)
    assert caught.value.status == 401
    assert len(server.requests) == 2


def test_a_redirection_is_not_followed(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(307, "", headers={"Location": f"{server.origin}/elsewhere"})]
    for call in (read, write):
        with pytest.raises(Permanent, match="redirection"):
            call(build(), server)
    assert len(server.requests) == 2


def test_the_pace_is_asked_before_and_told_after_every_attempt(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    pace = Pace()
    server.replies = [
        http(429, "", headers={"Retry-After": "1", "X-LS-Api-Request-Cost": "1"}),
        b"",
        http(headers={"X-LS-API-Request-Cost": "2.5"}),
    ]
    build(pace=pace, sleep=lambda seconds: None).send("GET", f"{server.origin}/x", write=False, cost=1.5)
    assert pace.events == [
        ("before", 1.5),
        ("after", 1.5, "1"),
        ("throttled", "1"),
        ("before", 1.5),
        ("after", 1.5, None),
        ("before", 1.5),
        ("after", 1.5, "2.5"),
    ]


def test_trouble_with_the_bookkeeping_does_not_hide_the_answer_of_a_write(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    class Broken(Pace):
        def after(self, predicted: float, headers: Mapping[str, str]) -> None:
            raise RuntimeError("database away")

    server.replies = [http(body='{"Item": {"itemID": "7"}}')]
    assert write(build(pace=Broken()), server).data == {"Item": {"itemID": "7"}}


def test_retry_after_is_waited_for_with_an_upper_bound(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    slept: list[float] = []
    server.replies = [http(503, "", headers={"Retry-After": "4"}), http()]
    read(build(sleep=slept.append), server)
    assert slept == [4.0]
    server.replies = [http(503, "", headers={"Retry-After": "3600"})]
    with pytest.raises(Transient) as caught:
        read(build(sleep=slept.append), server)
    assert caught.value.retry_after == 3600
    assert slept == [4.0]


def test_waits_grow_with_jitter(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    slept: list[float] = []
    server.replies = [http(503, "")]
    with pytest.raises(Transient):
        read(build(retry=Retry(5, 1.0, 3.0, 30.0), sleep=slept.append, jitter=lambda: 0.5), server)
    assert slept == [0.75, 1.5, 2.25, 2.25]


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    with pytest.raises(Permanent, match="plain http"):
        build().send("GET", "http://pos.example.com/x", write=False)


def test_a_body_beyond_the_limit_is_refused(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(body='"' + "x" * 200_000 + '"')]
    small = Limits(1, 1, 2, max_bytes=100_000)
    with pytest.raises(Permanent):
        read(build(limits=small), server)
    with pytest.raises(OutcomeUnknown):
        write(build(limits=small), server)


def test_cookies_are_neither_kept_nor_sent(server: ScriptedServer, build: Callable[..., Transport]) -> None:
    server.replies = [http(headers={"Set-Cookie": "session=1; Path=/"})]
    transport = build()
    read(transport, server)
    read(transport, server)
    assert b"cookie" not in server.requests[1].lower()


def test_neither_netrc_nor_proxies_touch_a_call_to_this_machine(
    server: ScriptedServer, build: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.replies = [http()]
    read(build(), server)
    assert b"authorization" not in server.requests[0].lower()


def test_logs_name_method_path_and_status_but_no_query_and_no_token(
    server: ScriptedServer, build: Callable[..., Transport], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "nuorder_pos")
    server.replies = [http(), http(401, '{"message":"bad token sesame-token"}')]
    transport = build(credentials=Renewable("sesame-token"))
    transport.send("GET", f"{server.origin}/API/Item.json", params={"upc": "private"}, write=False)
    with pytest.raises(Permanent) as caught:
        read(transport, server)
    assert "sesame" not in str(caught.value)
    assert "GET /API/Item.json -> 200" in caplog.text
    assert "private" not in caplog.text
    assert "sesame" not in caplog.text


def test_threads_have_connections_of_their_own(
    server: ScriptedServer, build: Callable[..., Transport]
) -> None:
    server.replies = [http(body='{"a": 1}')]
    transport, found = build(), []
    threads = [threading.Thread(target=lambda: found.append(read(transport, server).data)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"a": 1}] * 5
