"""How verbs speak: tables and sentences for people, JSON for machines.

Nothing that is printed is read as rich markup, and all text passes ``clean``: order numbers, names and notes
are foreign.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nuorder_pos.cli.text import clean, clean_block

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

PLAIN_WIDTH = 120
"""Columns where nobody's terminal says how wide it is: in a pipe, a file, a log."""


def console(*, stderr: bool = False) -> Console:
    """A console on what is standard output now; plain where that is no terminal."""
    from rich.console import Console

    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        made.width = PLAIN_WIDTH
    return made


def say(*parts: RenderableType) -> None:
    """Print for people. A plain sentence is never broken by us: what stands in it may be copied."""
    made = console()
    for part in parts:
        if isinstance(part, str):
            print(clean_block(part))
        elif made.is_terminal:
            made.print(part)
        else:
            with made.capture() as held:
                made.print(part)
            # Columns are filled up with spaces, which nobody wants in a file.
            print("\n".join(row.rstrip() for row in held.get().splitlines()))


def complain(text: str) -> None:
    """A sentence, or a few lines, on standard error."""
    print(clean_block(text), file=sys.stderr)


def say_json(data: Any) -> None:
    """Print for machines. Pure ASCII, so that no foreign character reaches a terminal as it is."""
    print(json.dumps(data, indent=2, default=str))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[str] = (),
    whole: Iterable[str] = (),
    widths: Sequence[int] = (),
) -> Table:
    """A table of clean text.

    ``right``: columns of numbers; ``whole``: columns that are never broken, such as codes; ``widths``: the
    least widths, so that tables below each other stand in line.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", show_edge=False
    )
    numbers, unbroken = set(right), set(whole)
    for place, name in enumerate(columns):
        made.add_column(
            Text(name),
            min_width=widths[place] if widths else None,
            justify="right" if name in numbers else "left",
            no_wrap=name in unbroken or name in numbers,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(Text(clean(cell)) for cell in row))
    return made


def facts(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a row; pairs without a value are left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold")
    for name, value in rows:
        if text := clean(value, lines=True):
            made.add_row(Text(name), Text(text))
    return made


def heading(text: str) -> RenderableType:
    """A line that begins something new."""
    from rich.text import Text

    return Text(clean(text), style="bold")


def indented(text: str, columns: int) -> RenderableType:
    """A paragraph some columns in; what does not fit goes on below its own beginning."""
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(clean(text), overflow="fold"), (0, 0, 0, columns))
