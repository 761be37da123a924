"""Work side by side: each lane is a process with a world of its own and its share of the cases."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, TypeVar

T = TypeVar("T")


class LaneFailed(RuntimeError):
    """A lane ended before its cases were done."""


def in_lanes(
    cases: Sequence[T], lanes: int, work: Callable[[Sequence[T]], Iterable[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """Give each lane its share of the cases; yields what they find, as it comes.

    What a lane finds must be writable as JSON. One lane works in this very process.
    """
    if lanes <= 1 or len(cases) <= 1:
        yield from work(cases)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    readers: dict[int, bytes] = {}
    pids = []
    for lane in range(min(lanes, len(cases))):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _lane(writer, cases[lane::lanes], work)
        os.close(writer)
        readers[reader] = b""
        pids.append(pid)
    try:
        yield from _listen(readers)
    finally:
        for pid in pids:
            _stop(pid)


def _lane(writer: int, cases: Sequence[T], work: Callable[[Sequence[T]], Iterable[dict[str, Any]]]) -> None:
    """The lane's process; never returns."""
    status = 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what it started is ended, too
    try:
        with os.fdopen(writer, "w") as out:
            try:
                with closing(_each(work(cases))) as results:  # also where this lane is told to end
                    for found in results:
                        out.write(json.dumps(found) + "\n")
                        out.flush()
                out.write(json.dumps({"lane": "done"}) + "\n")
                status = 0
            except Exception:  # noqa: BLE001 - it is raised again where the lanes are watched
                out.write(json.dumps({"lane": traceback.format_exc()}) + "\n")
    finally:
        os._exit(status)


def _each(found: Iterable[dict[str, Any]]) -> Generator[dict[str, Any], None, None]:
    yield from found


def _listen(readers: dict[int, bytes]) -> Iterator[dict[str, Any]]:
    done = 0
    lanes = len(readers)
    while readers:
        for reader in select.select(list(readers), [], [])[0]:
            piece = os.read(reader, 1 << 16)
            if not piece:
                os.close(reader)
                del readers[reader]
                continue
            *lines, readers[reader] = (readers[reader] + piece).split(b"\n")
            for line in lines:
                told = json.loads(line)
                if "lane" not in told:
                    yield told
                elif told["lane"] == "done":
                    done += 1
                else:
                    raise LaneFailed(told["lane"])
    if done != lanes:
        raise LaneFailed(f"{lanes - done} of {lanes} lanes ended before their work was done")


def _stop(pid: int) -> None:
    ended, _ = os.waitpid(pid, os.WNOHANG)
    if not ended:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
