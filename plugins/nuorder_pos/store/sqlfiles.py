"""The SQL files that people read: in ``include/sql`` of the checkout, and as ``nuorder_pos/sql`` in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def sql_folder() -> Path:
    """The folder that holds the SQL files."""
    installed = _PACKAGE / "sql"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "include" / "sql"


def views() -> dict[str, str]:
    """The text of every view, by name, in the order in which they may be created (a file name may start with a number)."""
    return {
        path.stem.split("__")[-1]: path.read_text("utf-8")
        for path in sorted((sql_folder() / "views").glob("*.sql"))
    }
