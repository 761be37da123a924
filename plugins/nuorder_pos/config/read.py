"""From the file to frozen values, or to one sentence for each mistake."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from nuorder_pos.config.model import BrandsFile
from nuorder_pos.config.places import Places
from nuorder_pos.config.rules import Loc, broken_rules
from nuorder_pos.config.sentences import sentence
from nuorder_pos.errors import Permanent

# libyaml's loader is ten times as fast and knows lines as well; it is not in every build of PyYAML.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def brands_path() -> Path:
    """The file's path: ``NUORDER_POS_BRANDS``, else ``include/brands.yaml`` in AIRFLOW_HOME, else in the checkout."""
    if named := os.environ.get("NUORDER_POS_BRANDS"):
        return Path(named).expanduser()
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "include" / "brands.yaml"
    checkout = Path(__file__).resolve().parents[3] / "include" / "brands.yaml"
    return checkout if checkout.is_file() and not home.is_file() else home


def load_brands(path: Path | None = None) -> BrandsFile:
    """Reads the brands file. ``Permanent`` with file, line and what is allowed, one sentence for each mistake."""
    path = brands_path() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Permanent(
            f"The brands file {path} cannot be read ({error.strerror or error}): create it,"
            " or name another file in NUORDER_POS_BRANDS."
        ) from None
    except UnicodeDecodeError:
        raise Permanent(f"The brands file {path} is not UTF-8 text: save it as UTF-8.") from None
    return parse_brands(text, str(path))


def parse_brands(text: str, name: str) -> BrandsFile:
    """The file's text as values; ``name`` is what messages call the file. Errors as ``load_brands``."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        places = Places(node)
        data = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise Permanent(
            f"{name}{_yaml_place(error)}: this is not valid YAML: {_yaml_problem(error)}."
        ) from None
    finally:
        loader.dispose()
    mistakes = [(line, f"{key!r} is there twice") for line, key in places.twice]
    file, found = _validated(data, places)
    if file is None or found or mistakes:
        mistakes += [(places.line(loc), text) for loc, text in found]
        mistakes.sort(key=lambda mistake: mistake[0])
        told = (f"{name}, line {line}: {text}{'' if text.endswith('?') else '.'}" for line, text in mistakes)
        raise Permanent("\n".join(told))
    return file


def _validated(data: Any, places: Places) -> tuple[BrandsFile | None, list[tuple[Loc, str]]]:
    """The values, or the place and sentence of each mistake."""
    if data is None:
        return None, [((), "the file is empty; it begins with 'accounts:'")]
    try:
        file = BrandsFile.model_validate(_with_account_names(data))
    except ValidationError as error:
        return None, [sentence(detail, places) for detail in error.errors(include_url=False)]
    return file, list(broken_rules(file))


def _with_account_names(data: Any) -> Any:
    """An account knows its name, which in the file is the key it stands under."""
    if not isinstance(data, dict) or not isinstance(data.get("accounts"), dict):
        return data
    accounts = {
        name: value if not isinstance(value, dict) or "name" in value else {**value, "name": str(name)}
        for name, value in data["accounts"].items()
    }
    return {**data, "accounts": accounts}


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f", line {mark.line + 1}" if mark is not None else ""


def _yaml_problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0].rstrip(".")
