"""The stand-in servers as a process, for tests of every room. Nothing of their code is imported here."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
Side = Literal["pos", "nuorder"]
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Brand:
    """A brand of the NuORDER stand-in with its own credentials."""

    name: str
    slug: str
    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


class Sandbox:
    """A running sandbox process: where it listens, and its control routes."""

    def __init__(
        self,
        *,
        data: str = "sample",
        settings: Sequence[str] = (),
        clock_speed: float = 200,
        registers: int = 5,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nuorder-pos-sandbox-")
        folder = Path(self._folder.name)
        ready = folder / "ready.json"
        command = [sys.executable, "-m", "sandbox", "--ready-file", str(ready), "--nuorder-port", "0"]
        command += ["--pos-port", "0", "--data", data, "--registers", str(registers)]
        command += ["--clock-speed", str(clock_speed)]
        for setting in settings:
            command += ["--set", setting]
        self._log = (folder / "log.txt").open("w+")
        self._default_data = data
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT
        )
        try:
            self.ready = self._wait_for(ready)
        except BaseException:
            self.stop()
            raise
        self.nuorder: str = self.ready["nuorder"]
        self.pos: str = self.ready["pos"]
        self.auth: str = self.ready["auth"]
        self.backoffice: str = self.ready["backoffice"]
        self.account_id = str(self.ready["account_id"])
        self.client_id: str = self.ready["client_id"]
        self.client_secret: str = self.ready["client_secret"]
        self.refresh_token: str = self.ready["refresh_token"]

    @property
    def brands(self) -> list[Brand]:
        """The brands with their credentials."""
        keys = Brand.__dataclass_fields__
        return [Brand(**{key: brand[key] for key in keys}) for brand in self.ready["brands"]]

    def reset(self, data: Any = None) -> None:
        """Puts back data, switches, faults, tokens and ledger. ``data``: ``None`` for what the process began with."""
        self._call("/_reset", {"data": self._default_data if data is None else data})

    def switch(self, **switches: Any) -> None:
        """Turns switches."""
        self._call("/_switches", switches)

    def fault(self, **fault: Any) -> None:
        """Adds a fault: ``method``, ``path`` (a regular expression), ``nth``, ``times``, ``action`` and its details."""
        self._call("/_faults", fault)

    def clear_faults(self) -> None:
        """Removes all faults."""
        self._call("/_faults", None, "DELETE")

    def ledger(self, side: Side) -> list[dict[str, Any]]:
        """The requests that one side has seen since the last reset."""
        answer = self._request(f"{self.origin(side)}/_ledger", None, "GET")
        rows = answer.get("requests", answer) if isinstance(answer, dict) else answer
        assert isinstance(rows, list), f"a ledger is a list of requests, not {type(rows).__name__}"
        return rows

    def do(self, side: Side, act: str, **details: Any) -> Any:
        """Does what a person would do in the web application of that side."""
        return self._request(f"{self.origin(side)}/_do", {"act": act, **details}, "POST")

    def approve(self, application_name: str, **details: Any) -> Any:
        """The person who approves a pending application in NuORDER."""
        return self._request(
            f"{self.nuorder}/_approve", {"application_name": application_name, **details}, "POST"
        )

    def origin(self, side: Side) -> str:
        """The origin of one side."""
        return self.pos if side == "pos" else self.nuorder

    def stop(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._log.close()
        self._folder.cleanup()

    def _call(self, path: str, body: Any, method: str = "POST") -> Any:
        return self._request(f"{self.pos}{path}", body, method)

    def _request(self, url: str, body: Any, method: str) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            url, content, {"Content-Type": "application/json"} if content else {}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                told = error.read().decode(errors="replace")[:500]
            raise AssertionError(f"{method} {url} was answered {error.code}: {told}") from None
        return json.loads(text) if text.strip() else None

    def _wait_for(self, ready: Path) -> dict[str, Any]:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if ready.exists() and (text := ready.read_text()):
                try:
                    found: dict[str, Any] = json.loads(text)
                    return found
                except ValueError:
                    pass  # still being written
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        self._log.flush()
        self._log.seek(0)
        raise RuntimeError(f"the sandbox did not start: {self._log.read()[-2000:]}")
