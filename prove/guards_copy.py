"""A copy of the project in which one guard at a time is taken away, and its tests run against it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prove.guards_probe import ANSWER

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("plugins", "tests", "sandbox", "include", "dags", "demo", "prove")
"""What tests need beside ``pyproject.toml``."""

NOT_BEHAVIOUR = {"SyntaxError", "ImportError", "NameError", "AttributeError", "TypeError", "CollectionError"}
"""Errors of code that does not run, rather than of code that does the wrong thing."""

_LONGEST = 420.0
_PLUGINS = ("pytest_timeout", "prove.guards_probe")
"""The only ones that are needed: those that install themselves take longer to load than most of the tests."""
_WARNINGS = ("error", r"ignore:<psycopg\.Connection object:ResourceWarning")
"""As in ``pyproject.toml``, without what would import Airflow."""


class PatchFails(ValueError):
    """The text to be replaced is not there exactly once."""


@dataclass(frozen=True)
class Patch:
    """A small change of one file: ``old`` occurs in it exactly once."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The file's text with the change. Raises ``PatchFails``."""
        if (times := text.count(self.old)) != 1:
            raise PatchFails(
                f"{self.file} holds the text of the patch {times} times and not once:\n{self.old}"
            )
        return text.replace(self.old, self.new)

    def line(self, text: str) -> int:
        """The number of the first line that it changes."""
        before, after = text.splitlines(), self.applied(text).splitlines()
        return next(
            (n for n, (a, b) in enumerate(zip(before, after, strict=False), 1) if a != b), len(before)
        )


@dataclass
class Failure:
    """A test that failed, and how."""

    test: str
    when: str
    kinds: list[str]
    words: str

    @property
    def broken(self) -> bool:
        """Whether it says that the code does not run, and nothing about what it does."""
        late = "Timeout" in self.words and "Failed" in self.kinds
        return self.when != "call" or late or bool(NOT_BEHAVIOUR.intersection(self.kinds))

    def __str__(self) -> str:
        return f"{self.test} ({self.kinds[0]}: {self.words})"


@dataclass
class Ran:
    """How some tests ended."""

    passed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    words: str = ""


class Copy:
    """The project below a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".run"))
        shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")

    @contextmanager
    def without(self, patches: Sequence[Patch]) -> Iterator[None]:
        """Take a guard away for as long as the block lasts. Raises ``PatchFails`` before anything is changed."""
        changed: dict[str, str] = {}
        for patch in patches:
            changed[patch.file] = patch.applied(
                changed.get(patch.file) or self._path(patch.file).read_text("utf-8")
            )
        was = {file: self._path(file).read_text("utf-8") for file in changed}
        try:
            self._write(changed)
            yield
        finally:
            self._write(was)

    def line(self, patch: Patch) -> int:
        """The number of the first line that a patch changes."""
        return patch.line(self._path(patch.file).read_text("utf-8"))

    def run(self, tests: Sequence[str], marker: str = "", *, first_failure: bool = True) -> Ran:
        """Run tests against this copy in a process of its own; ``marker`` as for ``pytest -m``."""
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [
            "-o",
            "filterwarnings=" + "\n".join(_WARNINGS),
            *(word for one in _PLUGINS for word in ("-p", one)),
        ]
        command += [*(["-x"] if first_failure else []), *(["-m", marker] if marker else [])]
        ended = _run(
            [*command, *tests], self.folder, {ANSWER: str(answer), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        )
        if not answer.exists():
            return Ran(failed=[Failure("pytest", "start", ["CollectionError"], ended[-600:])], words=ended)
        found = json.loads(answer.read_text("utf-8"))
        code = Path(found["code"])
        if not code.is_relative_to(self.folder.resolve()):
            raise AssertionError(f"the tests ran against {code}, which is not the copy in {self.folder}")
        return Ran(found["passed"], found["skipped"], [Failure(**one) for one in found["failed"]], ended)

    def _path(self, file: str) -> Path:
        return self.folder / file

    def _write(self, texts: dict[str, str]) -> None:
        for file, text in texts.items():
            path = self._path(file)
            path.write_text(text, "utf-8")
            # Compiled code is told from its source by second and size only.
            Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def project_copy() -> Iterator[Copy]:
    """A copy that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nuorder-pos-guards-") as folder:
        yield Copy(Path(folder))


def _run(command: Sequence[str], folder: Path, more: dict[str, str]) -> str:
    """Run a command to its end, with nothing left of it whatever happens; gives what it said."""
    paths = os.pathsep.join(str(folder / part) for part in ("plugins", "", "tests"))
    environment = {**os.environ, "PYTHONPATH": paths, "AIRFLOW_HOME": str(folder / "airflow"), **more}
    with (folder / "said.txt").open("w+b") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            pass
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        said.seek(0)
        return said.read().decode(errors="replace")
