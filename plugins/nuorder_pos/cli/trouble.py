"""Errors become one sentence on standard error and exit status 1, never a traceback."""

from __future__ import annotations

import logging
import os
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from nuorder_pos.cli.output import complain, say_json
from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent, Transient

DEBUG = "NUORDER_POS_DEBUG"
JSON = "nuorder_pos.json"
"""Where the root context remembers that a machine reads."""
_PACKAGE = Path(__file__).resolve().parents[1]
_KINDS = {
    NeedsMerchant: "needs_merchant",
    Permanent: "permanent",
    Transient: "transient",
    OutcomeUnknown: "outcome_unknown",
}


class Verbs(TyperGroup):
    """The group of all verbs: what they raise is said in a sentence."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the verb."""
        try:
            with _quiet():
                return super().invoke(ctx)
        except NuorderPosError as error:
            fail(ctx, error)
        except BrokenPipeError:
            raise
        except OSError as error:
            if debugging():
                traceback.print_exc()
            named = f"{error.filename}: " if error.filename else ""
            complain(f"{named}{error.strerror or error}.")
            raise typer.Exit(1) from None
        except Exception as error:
            # Wrong usage and the verbs' own endings carry an exit status: the framework shows them.
            if hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                raise
            if debugging():
                traceback.print_exc()
            complain(unexpected(error))
            raise typer.Exit(1) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without log lines and warnings on the way: what matters to a person comes as a sentence."""
    if debugging():
        yield
        return
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def fail(ctx: typer.Context, error: NuorderPosError) -> None:
    """Say what is wrong and end with status 1; for machines as an object on standard output too."""
    if debugging():
        traceback.print_exception(error)
    complain(str(error) or type(error).__name__)
    if ctx.find_root().meta.get(JSON):
        say_json({"error": str(error), "kind": kind(error)})
    raise typer.Exit(1) from None


def kind(error: NuorderPosError) -> str:
    """How to recover, as scripts may ask for it."""
    return next((name for base, name in _KINDS.items() if isinstance(error, base)), "error")


def unexpected(error: BaseException) -> str:
    """One sentence about a mistake of ours.

    The error's own text may hold a secret (an address with a password).
    """
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            place = f" in {path.relative_to(_PACKAGE)}, line {frame.lineno}"
    return (
        f"Something unexpected went wrong ({type(error).__name__}{place}); nothing more is known here, "
        f"run the same with {DEBUG}=1 for the details."
    )


def debugging() -> bool:
    """Whether a person asked for tracebacks."""
    return os.environ.get(DEBUG, "") not in ("", "0")
