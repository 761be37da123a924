"""What a part of the proof found, in figures: printed as a table, and written as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Figure = int | float | str


@dataclass
class Report:
    """One part of the proof: its figures by name, and every failure in words, with what repeats it."""

    part: str
    figures: dict[str, Figure] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, name: str, by: float = 1) -> None:
        """Raise a figure."""
        was = self.figures.get(name, 0)
        assert not isinstance(was, str)
        self.figures[name] = was + by

    def count_all(self, prefix: str, counts: Counter[str]) -> None:
        """Raise a figure for each kind of thing that was counted."""
        for name, number in sorted(counts.items()):
            self.count(f"{prefix}: {name}", number)


def show(reports: Sequence[Report], console: Console | None = None) -> None:
    """Print the figures, and each failure in full."""
    out = console or Console()
    table = Table(title="What was proven")
    table.add_column("part")
    table.add_column("figure")
    table.add_column("", justify="right")
    for report in reports:
        rows: list[tuple[str, Figure]] = [
            *report.figures.items(), ("violations", len(report.failures)), ("seconds", round(report.seconds)),
        ]  # fmt: skip
        for n, (name, value) in enumerate(rows):
            table.add_row(
                report.part if n == 0 else "", Text(name), Text(f"{value}"), end_section=n == len(rows) - 1
            )
    out.print(table)
    for report in reports:
        for failure in report.failures:
            out.print(Text(f"{report.part}: {failure}", style="red"))


def write(reports: Sequence[Report], path: Path) -> None:
    """The same as JSON."""
    body: list[dict[str, Any]] = [asdict(report) for report in reports]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
