"""Secrets that cannot be mistaken for anything else, and the search for them in whatever was written."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import requests


class Planted:
    """Secrets by name. What is searched for is each in every form in which a program may write it down."""

    def __init__(self, **secrets: str) -> None:
        self._forms: dict[bytes, str] = {}
        for name, value in secrets.items():
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """One more secret. Anything shorter than eight characters would be found everywhere."""
        if len(value) < 8:
            return
        raw = value.encode()
        forms = {
            raw, quote(value, safe="").encode(), quote_plus(value).encode(), html.escape(value).encode(),
            json.dumps(value)[1:-1].encode(), value.replace("/", "\\/").encode(), raw.hex().encode(),
            base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="), repr(value)[1:-1].encode(),
        }  # fmt: skip
        for form in forms:
            self._forms.setdefault(form, name)

    def add_those_of(self, request: requests.PreparedRequest) -> None:
        """The credentials that a request carries: token or signature, and what a token request says in its body."""
        header = request.headers.get("Authorization", "")
        text = header.decode() if isinstance(header, bytes) else header
        if text.startswith("Bearer "):
            self.add("access token", text.removeprefix("Bearer "))
        for part in text.removeprefix("OAuth ").split(","):
            name, _, value = part.strip().partition("=")
            if name == "oauth_signature":
                self.add("signature", value.strip('"'))
                self.add("signature", requests.utils.unquote(value.strip('"')))
        if "/oauth/token" in (request.url or "") and isinstance(request.body, bytes):
            for name, value in json.loads(request.body).items():
                if "token" in name or "secret" in name or name in ("code", "code_verifier"):
                    self.add(name, str(value))

    def __len__(self) -> int:
        return len(set(self._forms.values()))

    @property
    def names(self) -> set[str]:
        """What kinds of secret are known."""
        return set(self._forms.values())

    def found_in(self, written: bytes | str) -> set[str]:
        """The names of the secrets that stand in something that was written."""
        content = written.encode("utf-8", "replace") if isinstance(written, str) else written
        return {name for form, name in self._forms.items() if form in content}

    def found_below(self, folder: Path) -> dict[str, set[str]]:
        """The files below a folder that hold secrets, databases and their logs among them."""
        found = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and (names := self.found_in(path.read_bytes())):
                found[str(path.relative_to(folder))] = names
        return found


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error with everything that hangs on it, also where its context is not shown."""
    seen: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is not None and not any(one is known for known in seen):
            seen.append(one)
            queue += [one.__cause__, one.__context__, *(a for a in one.args if isinstance(a, BaseException))]
            yield one


def told_by(error: BaseException) -> str:
    """All that an error, and the errors behind it, say when they are shown in any way."""
    import traceback

    parts = [*traceback.format_exception(error)]
    for one in chain_of(error):
        parts += [str(one), repr(one), repr(one.args), *getattr(one, "__notes__", ())]
        parts += [repr(value) for name, value in vars(one).items() if not name.startswith("_")]
    return "\n".join(parts)


def shown_by(*things: Any) -> str:
    """The ``repr`` and ``str`` of objects of ours and of everything of ours that they hold."""
    seen: set[int] = set()
    said: list[str] = []
    queue: list[Any] = list(things)
    while queue:
        one = queue.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if type(one).__module__.startswith(("nuorder_pos", "sqlalchemy.engine")):
            said += [repr(one), str(one), f"{one}"]
            queue += _held_by(one)
        elif isinstance(one, list | tuple | set):
            queue += one
        elif isinstance(one, dict):
            queue += one.values()
    return "\n".join(said)


def _held_by(one: Any) -> Iterable[Any]:
    names = [
        *getattr(one, "__dict__", ()),
        *(n for k in type(one).__mro__ for n in getattr(k, "__slots__", ())),
    ]
    return [getattr(one, name, None) for name in names if isinstance(name, str)]
