"""Fixtures: a sandbox on real sockets, and small clients of our own for both APIs."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from sandbox.serve import Sandbox, Settings, running  # noqa: E402  (the path above comes first)

# Large enough that only the limiter's own tests meet it.
ROOMY = {"burst_ceiling": 100_000, "bucket_size": 1_000_000, "refreshes_per_minute": 1000}


class Pos:
    """A POS client that keeps its last answer and reads its token anew after a reset."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready, self.origin = ready, ready["pos"]
        self.base = f"{self.origin}/API/V3/Account/{ready['account_id']}"
        self.http = requests.Session()
        self.last = requests.Response()

    def token(self, **fields: str) -> requests.Response:
        """A token call, by default a refresh with the first refresh token."""
        body = {
            "client_id": self.ready["client_id"],
            "client_secret": self.ready["client_secret"],
            "grant_type": "refresh_token",
            "refresh_token": self.ready["refresh_token"],
            **fields,
        }
        return self.http.post(f"{self.origin}/auth/oauth/token", data=body, timeout=10)

    def connect(self) -> None:
        """Take a fresh access token."""
        answer = self.token()
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One request; the JSON of its answer."""
        url = path if path.startswith("http") else f"{self.base}/{path}"
        self.last = self.http.request(method, url, timeout=10, **options)
        return self.last.json()

    def get(self, path: str, /, **params: Any) -> Any:
        """GET with query parameters."""
        return self.call("GET", path, params=params)

    def post(self, name: str, /, **body: Any) -> Any:
        """POST; the record without its wrapper, or the error body."""
        answer = self.call("POST", f"{name}.json", json=body)
        return answer.get(name, answer)

    def put(self, name: str, number: Any, /, **body: Any) -> Any:
        """PUT; as :meth:`post`."""
        answer = self.call("PUT", f"{name}/{number}.json", json=body)
        return answer.get(name, answer)

    def delete(self, name: str, number: Any) -> Any:
        """DELETE; as :meth:`post`."""
        answer = self.call("DELETE", f"{name}/{number}.json")
        return answer.get(name, answer)

    def rows(self, name: str, /, **params: Any) -> list[Any]:
        """A list query as a list, whatever its shape."""
        found = self.get(f"{name}.json", **params)
        assert self.last.status_code == 200, self.last.text
        listed = found.get(name, [])
        return listed if isinstance(listed, list) else [listed]

    def control(self, path: str, /, **body: Any) -> Any:
        """A control route: POST with a body."""
        answer = self.http.post(f"{self.origin}/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **values: Any) -> None:
        """Set switches."""
        self.control("_switches", **values)

    def records(self, name: str) -> list[dict[str, Any]]:
        """All records of a type from the ledger."""
        ledger = self.http.get(f"{self.origin}/_ledger", timeout=10).json()
        records: list[dict[str, Any]] = ledger["records"][name]
        return records

    def requests(self) -> list[dict[str, Any]]:
        """All requests from the ledger."""
        listed: list[dict[str, Any]] = self.http.get(f"{self.origin}/_ledger", timeout=10).json()["requests"]
        return listed


class NuOrder:
    """A NuORDER client for one brand, with both signing schemes."""

    def __init__(self, origin: str, brand: dict[str, Any]) -> None:
        self.origin, self.brand = origin, brand
        self.http = requests.Session()

    def oauth(self, **changes: str) -> OAuth1:
        """Standard signatures, by oauthlib."""
        keys = {**self.brand, **changes}
        return OAuth1(keys["consumer_key"], keys["consumer_secret"], keys["token"], keys["token_secret"])

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET with a standard signature."""
        return self.http.get(self.origin + path, auth=self.oauth(), timeout=10, **options)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any method with a standard signature."""
        return self.http.request(method, self.origin + path, auth=self.oauth(), timeout=10, **options)

    def header_a(
        self,
        method: str,
        url: str,
        *,
        extra: dict[str, str] | None = None,
        quotes: bool = True,
        word: str = "OAuth",
        unsigned: dict[str, str] | None = None,
        **changes: str,
    ) -> str:
        """NuORDER's own scheme, written by hand from its table."""
        keys = {**self.brand, **changes}
        members = {
            "oauth_consumer_key": keys["consumer_key"],
            "oauth_token": keys["token"],
            "oauth_timestamp": keys.get("timestamp", str(int(time.time()))),
            "oauth_nonce": keys.get("nonce", secrets.token_hex(8)),
            "oauth_version": "1.0",
            "oauth_signature_method": "HMAC-SHA1",
            **(extra or {}),
        }
        base = f"{method}{url}?" + "&".join(f"{name}={value}" for name, value in members.items())
        key = f"{keys['consumer_secret']}&{keys['token_secret']}"
        members["oauth_signature"] = hmac.new(key.encode(), base.encode(), hashlib.sha1).hexdigest()
        mark = '"' if quotes else ""
        listed = {**members, **(unsigned or {})}
        return f"{word} " + ",".join(f"{name}={mark}{value}{mark}" for name, value in listed.items())

    def get_a(self, path: str, **options: Any) -> requests.Response:
        """GET with NuORDER's own signature."""
        url = self.origin + path
        return self.http.get(url, headers={"Authorization": self.header_a("GET", url, **options)}, timeout=10)


@pytest.fixture(scope="session")
def server() -> Iterator[Sandbox]:
    """One sandbox for all tests; each test begins with a reset."""
    with running(Settings(data="empty", switches=dict(ROOMY))) as sandbox:
        yield sandbox


@pytest.fixture
def ready(server: Sandbox) -> dict[str, Any]:
    """The ready file of an empty sandbox, back to its start."""
    server.world.reset()
    return server.ready()


@pytest.fixture
def pos(ready: dict[str, Any]) -> Iterator[Pos]:
    """A connected POS client."""
    client = Pos(ready)
    client.connect()
    yield client
    client.http.close()


@pytest.fixture
def nuorder(ready: dict[str, Any]) -> Iterator[NuOrder]:
    """A client of the first brand."""
    client = NuOrder(ready["nuorder"], ready["brands"][0])
    yield client
    client.http.close()


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of recorded answers, when it is there."""
    folder = Path(os.environ.get("NUORDER_POS_FIXTURES") or ROOT.parent / "shared" / "api" / "fixtures")
    if not folder.is_dir():
        pytest.skip("no recorded answers at hand")
    return folder


@pytest.fixture
def recorded(fixtures: Path) -> Callable[[str], Any]:
    """A recorded answer by its path below the folder."""
    return lambda name: json.loads((fixtures / name).read_text(encoding="utf-8"))


@pytest.fixture
def another_nuorder(ready: dict[str, Any]) -> Callable[..., NuOrder]:
    """Further NuORDER clients, for any of the brands."""
    return lambda place=0: NuOrder(ready["nuorder"], ready["brands"][place])


@pytest.fixture
def another_pos(ready: dict[str, Any]) -> Callable[[], Pos]:
    """Further POS clients, not connected."""
    return lambda: Pos(ready)
