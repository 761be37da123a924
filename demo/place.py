"""Where a demonstration keeps its things: one folder, with everything below it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """The folder of one demonstration; ``.run`` in the checkout holds one for ``run`` and one for ``up``."""

    root: Path

    @classmethod
    def named(cls, name: str) -> Place:
        base = os.environ.get("NUORDER_POS_RUN")
        return cls((Path(base).absolute() if base else CHECKOUT / ".run") / name)

    @property
    def airflow_home(self) -> Path:
        return self.root / "airflow"

    @property
    def database(self) -> Path:
        """The project's own database, an SQLite file here."""
        return self.root / "nuorder_pos.db"

    @property
    def brands(self) -> Path:
        return self.root / "brands.yaml"

    @property
    def ready(self) -> Path:
        """Where the sandbox says that it is ready, with its addresses and credentials."""
        return self.root / "sandbox.json"

    @property
    def passwords(self) -> Path:
        return self.airflow_home / "passwords.json"

    @property
    def record(self) -> Path:
        """What was started, so that ``down`` finds it."""
        return self.root / "started.json"

    @property
    def environment(self) -> Path:
        """The settings as shell lines, for a person who wants to type ``nuorder-pos`` or ``airflow`` beside it."""
        return self.root / "environment.sh"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def make_empty(self) -> None:
        """An empty folder, nobody else's to read: it holds passwords."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.airflow_home.mkdir(parents=True)
        (self.root / "logs").mkdir()
        self.root.chmod(0o700)
