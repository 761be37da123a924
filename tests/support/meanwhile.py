"""Stop a piece of work at one of its requests, do something else meanwhile, and let it go on or die there."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import requests

_PATIENCE = 30.0


class Killed(BaseException):
    """Ends the stopped work where it stands, as Airflow ends a task that somebody clears."""


class Stopped:
    """Work on a thread of its own that stands at a request. ``outcome`` is what it gave, or the error that ended it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.reached, self._go = threading.Event(), threading.Event()
        self._killed = False
        self.outcome: Any = None
        self._work = work
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin, and come back once it stands."""
        self._thread.start()
        while not self.reached.wait(0.02):
            assert self._thread.is_alive(), f"it ended before it came to the request: {self.outcome!r}"

    def here(self) -> bool:
        """Whether the caller is the stopped work."""
        return threading.current_thread() is self._thread

    def stand(self) -> None:
        """Stand until told to go on."""
        self.reached.set()
        assert self._go.wait(_PATIENCE), "nobody let it go on"
        if self._killed:
            raise Killed

    def let_go(self) -> None:
        """Let it go on, and do not wait for it."""
        self._go.set()

    def go_on(self) -> Any:
        """Let it go on to its end; gives the outcome."""
        self.let_go()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "it does not come to its end"
        return self.outcome

    def kill(self) -> None:
        """End it where it stands."""
        self._killed = True
        self.go_on()

    def _run(self) -> None:
        try:
            self.outcome = self._work()
        except BaseException as error:
            self.outcome = error


@contextmanager
def stopped_at(
    work: Callable[[], Any],
    method: str,
    path: str,
    *,
    nth: int = 1,
    when: Literal["before", "after"] = "before",
) -> Iterator[Stopped]:
    """Run the work until its ``nth`` request that matches stands before it is sent, or after its answer came.

    ``path`` is a regular expression. The work goes on at the end of the block, if it was not told to before.
    """
    one = Stopped(work)
    real = requests.Session.send
    seen = 0

    def send(
        session: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        nonlocal seen
        matches = (
            one.here()
            and request.method == method
            and re.search(path, urlsplit(request.url or "").path) is not None
        )
        seen += matches
        if matches and seen == nth and when == "before":
            one.stand()
        answer = real(session, request, **options)
        if matches and seen == nth and when == "after":
            try:
                one.stand()
            except BaseException:
                answer.close()
                raise
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        one.start()
        try:
            yield one
        finally:
            one.go_on()


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all on threads that begin together; what each gave, or the error that ended it."""
    start = threading.Barrier(len(works))
    outcome: list[Any] = [None] * len(works)

    def one(place: int) -> None:
        start.wait(_PATIENCE)
        try:
            outcome[place] = works[place]()
        except Exception as error:
            outcome[place] = error

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "some never came to an end"
    return outcome
