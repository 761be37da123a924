"""docker-compose.yaml as `docker compose` would see it: merged, with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yaml"
EXAMPLE = ROOT / ".env.example"

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<word>[^}]*))?\})")


class Missing(Exception):
    """A variable that must be set and is not."""


def filled_in(text: str, env: Mapping[str, str]) -> str:
    """``${NAME}``, ``${NAME:-default}``, ``${NAME:?message}`` and ``$$``, as compose reads them."""

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return "$"
        if env.get(name):
            return env[name]
        if found["kind"] == ":?":
            raise Missing(f"{name}: {found['word']}")
        return found["word"] or ""

    return _VARIABLE.sub(value, text)


def variables() -> dict[str, bool]:
    """Every variable of the file, and whether it must be set."""
    found: dict[str, bool] = {}
    for match in _VARIABLE.finditer(FILE.read_text(encoding="utf-8")):
        if match["name"]:
            found[match["name"]] = found.get(match["name"], False) or match["kind"] == ":?"
    return found


def load(env: Mapping[str, str]) -> dict[str, Any]:
    """The file with variables filled in and anchors merged."""
    return _each(yaml.safe_load(FILE.read_text(encoding="utf-8")), env)


def _each(node: Any, env: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _each(value, env) for key, value in node.items()}
    if isinstance(node, list):
        return [_each(value, env) for value in node]
    return filled_in(node, env) if isinstance(node, str) else node


def example_settings(*, commented: bool = False) -> dict[str, list[str]]:
    """The variables of ``.env.example`` with the values they are given; ``commented`` = those offered behind a #."""
    pattern = re.compile(r"^(?P<off>#?)(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
    found: dict[str, list[str]] = {}
    for match in pattern.finditer(EXAMPLE.read_text(encoding="utf-8")):
        if bool(match["off"]) == commented:
            found.setdefault(match["name"], []).append(match["value"].strip("'"))
    return found
