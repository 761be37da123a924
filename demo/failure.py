"""The one way in which a demonstration ends early."""

from __future__ import annotations

from pathlib import Path


class DemoFailed(Exception):
    """A sentence that says which part did not come true, and the log in which to look."""

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.log = log
