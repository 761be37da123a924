"""What a person sees: one calm line for each step, with the seconds since the start."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PLAIN_WIDTH = 132


class Voice:
    """Prints steps, remarks and tables."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or _console()
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def title(self, text: str) -> None:
        self._console.print(f"[bold]{escape(text)}[/]", highlight=False)

    def step(self, text: str) -> None:
        self._console.print(f"[dim]{self.elapsed:6.1f} s[/]  {escape(text)}", highlight=False)

    def remark(self, text: str) -> None:
        self._console.print(f"          [dim]{escape(text)}[/]", highlight=False)

    def good(self, text: str) -> None:
        self._console.print(f"[dim]{self.elapsed:6.1f} s[/]  [green]{escape(text)}[/]", highlight=False)

    def bad(self, text: str) -> None:
        self._console.print(f"[dim]{self.elapsed:6.1f} s[/]  [bold red]{escape(text)}[/]", highlight=False)

    def quote(self, text: str) -> None:
        """The output of another program, as it came."""
        self._console.out(text.rstrip("\n"), highlight=False)

    def table(
        self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Collection[str] = ()
    ) -> None:
        """``right`` names the columns whose cells stand to the right."""
        table = Table(
            title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD
        )
        for column in columns:
            justify = "right" if column in right else "left"
            table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for row in rows:
            table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
        self._console.print()
        self._console.print(table, highlight=False)
        self._console.print()


def _console() -> Console:
    console = Console(soft_wrap=False)
    return console if console.is_terminal else Console(width=PLAIN_WIDTH, no_color=True)
