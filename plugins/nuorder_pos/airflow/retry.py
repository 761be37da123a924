"""When a task is tried again: decided by the kind of error, so that the waiting time is the server's where it has one.

Airflow does not ask this policy after ``kill -9`` or when memory ran out; then plain ``retries`` applies. Nothing here
protects against a second write: that is the journal's work.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.definitions.context import Context
from airflow.sdk.exceptions import AirflowTaskTimeout

from nuorder_pos.errors import NeedsMerchant, NuorderPosError, OutcomeUnknown, Permanent, Transient

RETRIES = 20
"""Attempts after the first. With the waits below they cover four hours of a POS that is down; after that the next run
takes the order up."""

AFTER_A_KILL = timedelta(seconds=60)
"""Wait where Airflow does not ask the policy."""

FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
AT_THEIR_WORD = 4
"""Attempts that wait exactly as long as they were told (a server's ``Retry-After``, the end of another one's lease). From
then on the waits grow as well: a wait of ten seconds told twenty times is over in minutes, and an export that makes what
this one needs may take an hour."""
UNEXPECTED_TRIES = 3
"""Attempts in all at an error that nobody foresaw: more would only hide it."""


def backoff(try_number: int) -> float:
    """Seconds before the attempt after ``try_number`` (from 1): 30, 60, 120 … 900."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(try_number, 1) - 1, 16)))


def sentence(error: BaseException) -> str:
    """What people read. Our own errors are sentences already; of one that nobody foresaw they get its name."""
    if isinstance(error, NuorderPosError):
        return str(error)
    return (
        f"An error that was not foreseen ({type(error).__name__}: {error}): the task's log has the details."
    )


def decide(error: BaseException, try_number: int, waiting_time: float) -> RetryDecision:
    """What happens after ``error`` in attempt ``try_number`` (from 1).

    ``waiting_time``: seconds after which a request of ours can no longer be in flight.
    """
    reason = sentence(error)
    if isinstance(error, Permanent | NeedsMerchant):
        return RetryDecision.fail(reason)
    if isinstance(error, Transient):
        return RetryDecision.retry(timedelta(seconds=_wait(error.retry_after, try_number)), reason)
    if isinstance(error, OutcomeUnknown | AirflowTaskTimeout):
        return RetryDecision.retry(timedelta(seconds=waiting_time), reason)
    if try_number >= UNEXPECTED_TRIES:
        return RetryDecision.fail(reason)
    return RetryDecision.retry(timedelta(seconds=backoff(try_number)), reason)


def _wait(told: float | None, try_number: int) -> float:
    if told is None:
        return backoff(try_number)
    return max(1.0, told, backoff(try_number - AT_THEIR_WORD) if try_number > AT_THEIR_WORD else 0.0)


class ByKindOfError(RetryPolicy):
    """``decide`` as the policy of a task."""

    def __init__(self, waiting_time: float) -> None:
        self.waiting_time = waiting_time

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """See ``decide``. Airflow still ends after ``max_tries``."""
        return decide(exception, try_number, self.waiting_time)
