"""``python -m prove.kills``: exit status 0 only if nothing was doubled or lost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import prove.kills
from prove.figures import show
from prove.kills.runs import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m prove.kills", description=prove.kills.__doc__)
    prove.kills.add_options(parser)
    try:
        reports = run(parser.parse_args(arguments))
    except KeyboardInterrupt:
        return 130
    show(reports)
    return 1 if any(report.failures for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
