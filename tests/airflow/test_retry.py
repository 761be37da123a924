"""The retry decision as a table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowTaskTimeout

from nuorder_pos.airflow.retry import RETRIES, ByKindOfError, backoff, decide
from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown, Permanent, Transient

WAITING_TIME = 120.0

RETRIED = [
    (Transient("down"), 1, 30),
    (Transient("down"), 2, 60),
    (Transient("down"), 9, 900),
    (Transient("down"), 10_000, 900),
    (Transient("limit", retry_after=7.5), 1, 7.5),
    (Transient("limit", retry_after=3600), 4, 3600),
    (Transient("limit", retry_after=0), 4, 1),
    (Transient("made elsewhere", retry_after=10), 5, 30),
    (Transient("made elsewhere", retry_after=10), 7, 120),
    (Transient("limit", retry_after=3600), 12, 3600),
    (OutcomeUnknown("sent, no answer"), 1, WAITING_TIME),
    (OutcomeUnknown("sent, no answer"), 9, WAITING_TIME),
    (AirflowTaskTimeout("two hours"), 1, WAITING_TIME),
    (ZeroDivisionError("not foreseen"), 1, 30),
    (ZeroDivisionError("not foreseen"), 2, 60),
]

FAILED = [
    (Permanent("wrong secret"), 1),
    (Permanent("no right", status=403), 1),
    (NeedsMerchant("choose a shop"), 1),
    (ZeroDivisionError("not foreseen"), 3),
    (KeyError(), 3),
]


@pytest.mark.parametrize("error,try_number,seconds", RETRIED)
def test_what_may_pass_is_tried_again_after(error: Exception, try_number: int, seconds: float) -> None:
    decision = decide(error, try_number, WAITING_TIME)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(seconds=seconds)
    assert str(error) in (decision.reason or "")


@pytest.mark.parametrize("error,try_number", FAILED)
def test_what_needs_a_person_fails_at_once(error: Exception, try_number: int) -> None:
    decision = decide(error, try_number, WAITING_TIME)
    assert decision.action is RetryAction.FAIL
    assert decision.reason


def test_the_policy_decides_with_the_account_s_waiting_time() -> None:
    decision = ByKindOfError(45).evaluate(OutcomeUnknown("?"), 1, 10)
    assert decision.retry_delay == timedelta(seconds=45)


def test_all_waits_together_cover_hours() -> None:
    assert sum(backoff(number) for number in range(1, RETRIES + 1)) > 4 * 3600
