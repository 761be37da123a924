from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nuorder_pos.clients import pacing
from nuorder_pos.clients.pacer import Pacer
from nuorder_pos.clients.pacing import Bucket, InMemoryPace, blocked, drained, new_bucket, reserve, settle
from nuorder_pos.errors import Transient

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def bucket(level: float = 0.0, size: float = 90.0, drip: float = 1.0, **more: object) -> Bucket:
    return replace(new_bucket(NOW), level=level, size=size, drip=drip, **more)  # type: ignore[arg-type]


def headers(level: str, burst: str = "1/20", drip: str = "1", cost: str = "1") -> dict[str, str]:
    return {
        "X-LS-API-Bucket-Level": level,
        "x-ls-api-burst-level": burst,
        "X-Ls-Api-Drip-Rate": drip,
        "X-LS-Api-Request-Cost": cost,
    }


def test_a_bucket_drains_and_never_below_empty() -> None:
    assert drained(bucket(10, drip=1.5), at(4)).level == 4
    assert drained(bucket(10, drip=1.5), at(400)).level == 0
    assert drained(bucket(10), at(-5)) == replace(bucket(10), window=drained(bucket(10), at(-5)).window)


def test_a_request_that_fits_is_charged_at_once() -> None:
    after, wait = reserve(bucket(88), 2, NOW)
    assert (after.level, wait) == (90, 0)


def test_a_request_that_does_not_fit_waits_until_it_does() -> None:
    before = bucket(89, drip=2)
    after, wait = reserve(before, 5, NOW)
    assert after.level == 89
    assert wait == pytest.approx(2)
    assert reserve(after, 5, at(wait))[1] == 0


def test_a_request_larger_than_the_bucket_waits_for_an_empty_one() -> None:
    assert reserve(bucket(0, size=5), 10, NOW)[1] == 0
    assert reserve(bucket(1, size=5), 10, NOW)[1] == pytest.approx(1)


@pytest.mark.parametrize("limit", [5, 20, 28, 40])
def test_no_second_of_anybodys_counting_holds_more_requests_than_the_limit(limit: int) -> None:
    now, sent = NOW, []
    current = bucket(size=1e6, drip=1e6, burst_limit=limit)
    while len(sent) < 100:
        current, wait = reserve(current, 1, now)
        if wait:
            now += timedelta(seconds=wait)
        else:
            sent.append(now)
    for start in sent:
        assert sum(start <= one < start + timedelta(seconds=1) for one in sent) <= limit
    assert sent[-1] - NOW <= timedelta(seconds=100 / (limit * 0.7) + 1)


def test_the_headers_are_trusted_over_what_was_believed() -> None:
    current, _ = reserve(bucket(50), 2, NOW)
    settled = settle(current, 2, 1.0, headers("12.351366519926/130", "3/28", "3"), NOW)
    assert (settled.level, settled.size, settled.drip, settled.burst_limit) == (12.351366519926, 130, 3, 28)
    higher = settle(current, 2, 10.0, headers("92.57/90"), NOW)
    assert higher.level == 92.57


def test_a_fractional_drip_rate_stays_one() -> None:
    assert settle(bucket(), 1, None, {"X-LS-Api-Drip-Rate": "1.5"}, NOW).drip == 1.5


@pytest.mark.parametrize("junk", ["", "x", "nan/90", "-3/90", "5", "5/0", "/", "inf/inf"])
def test_headers_that_make_no_sense_change_nothing_bad(junk: str) -> None:
    current, _ = reserve(bucket(50), 2, NOW)
    settled = settle(current, 2, None, {"X-LS-Api-Bucket-Level": junk, "X-LS-API-Burst-Level": junk}, NOW)
    assert settled.size == 90
    assert settled.burst_limit in (20, 90)
    assert settled.level >= 0


def test_a_request_without_an_answer_stays_charged() -> None:
    current, _ = reserve(bucket(50), 2, NOW)
    settled = settle(current, 2, None, {}, NOW)
    assert settled.level == 52
    assert settled.charges == ()


def test_an_older_answer_does_not_forget_a_request_that_came_later() -> None:
    current, _ = reserve(bucket(40), 1, NOW)
    current, _ = reserve(current, 10, at(0.1))
    # the first answer was written before the server saw the second request
    current = settle(current, 1, 1.0, headers("1/90"), at(0.2))
    assert current.level >= 11
    # and the other way round: the second answer arrives first
    current, _ = reserve(bucket(40), 1, NOW)
    current, _ = reserve(current, 10, at(0.1))
    current = settle(current, 10, 10.0, headers("11/90"), at(0.2))
    current = settle(current, 1, 1.0, headers("1/90"), at(0.3))
    assert current.level >= 10.7
    assert current.charges == ()


def test_a_request_that_never_comes_back_is_forgotten_in_time() -> None:
    current, _ = reserve(bucket(), 5, NOW)
    current, _ = reserve(current, 1, at(200))
    assert settle(current, 1, 1.0, headers("1/90"), at(200)).level == 1


def test_after_a_429_everybody_waits_as_long_as_the_server_says() -> None:
    stopped = blocked(bucket(20), 3, "api-leaky-bucket", NOW)
    assert reserve(stopped, 1, NOW)[1] == pytest.approx(3)
    assert stopped.level == 90
    assert reserve(blocked(bucket(), None, "api-burst-limiter", NOW), 1, NOW)[1] >= 1
    assert reserve(blocked(bucket(drip=0.5), None, "", NOW), 1, NOW)[1] >= 2
    assert reserve(blocked(bucket(), 1e9, "", NOW), 1, NOW)[1] <= 600


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    stopped = blocked(blocked(bucket(), 30, "", NOW), 1, "api-burst-limiter", NOW)
    assert reserve(stopped, 1, NOW)[1] == pytest.approx(30)


def test_a_full_burst_counter_in_an_answer_waits_for_the_next_second() -> None:
    assert reserve(settle(bucket(), 1, 1.0, headers("1/90", "20/20"), NOW), 1, NOW)[1] >= 1


def test_a_bucket_survives_its_store() -> None:
    current, _ = reserve(blocked(bucket(3.25), 0, "", NOW), 1.5, at(1))
    current, _ = reserve(current, 1, at(1))
    current = settle(current, 1.5, 1.5, headers("4/90"), at(2))
    current = blocked(current, 3, "", at(2))
    assert current.charges
    assert pacing.loads(pacing.dumps(current)) == current


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    drip=st.sampled_from([1.0, 1.5, 3.0]),
    size=st.sampled_from([90.0, 130.0]),
    workers=st.integers(1, 4),
    factor=st.sampled_from([0.5, 1.0]),
)
def test_concurrent_workers_never_overflow_the_servers_bucket(
    seed: int, drip: float, size: float, workers: int, factor: float
) -> None:
    """A server that drains continuously, answers that arrive late and in any order, costs that were predicted wrongly:
    the level that we believe is never below the server's, so nothing is sent that would overflow it."""
    chance = random.Random(seed)
    ours = bucket(drip=drip, size=size, burst_limit=10_000)
    level, when = 0.0, 0.0
    events: list[tuple[float, int, str, float, dict[str, str]]] = [
        (0.0, n, "send", 0.0, {}) for n in range(workers)
    ]
    served = 0
    while events and served < 150:
        events.sort(key=lambda event: (event[0], event[1]))
        moment, worker, kind, cost, told = events.pop(0)
        level, when = max(0.0, level - drip * (moment - when)), moment
        if kind == "send":
            cost = chance.choice([1.0, 1.0, 1.5, 2.0, 10.0])
            ours, wait = reserve(ours, cost, at(moment))
            if wait:
                events.append((moment + wait, worker, "send", 0.0, {}))
            else:
                events.append((moment + chance.uniform(0.01, 0.2), worker, "serve", cost, {}))
        elif kind == "serve":
            actual = cost * factor
            assert level < size, "429"
            level += actual
            served += 1
            told = headers(f"{level}/{size:g}", "1/10000", str(drip), str(actual))
            events.append((moment + chance.uniform(0.01, 0.2), worker, "answer", cost, told))
        else:
            ours = settle(ours, cost, float(told["X-LS-Api-Request-Cost"]), told, at(moment))
            under_way = sum(event[3] for event in events if event[2] == "serve")
            assert drained(ours, at(moment)).level >= level + under_way * factor - 1e-6
            events.append((moment, worker, "send", 0.0, {}))


def test_the_documented_time_of_an_order_is_nearly_reached() -> None:
    """173 drips in 153 requests on one register: 82 s is the floor; a pace below the size needs one second more."""
    clock = [NOW]

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    pacer = Pacer(InMemoryPace(bucket()), lambda: clock[0], sleep)
    for cost in [1.0] * 113 + [1.5] * 40:
        pacer.before(cost)
        pacer.after(cost, {})
    assert clock[0] - NOW <= timedelta(seconds=84)


def test_a_pacer_gives_up_a_wait_that_is_too_long() -> None:
    slept: list[float] = []
    pacer = Pacer(InMemoryPace(bucket()), lambda: NOW, slept.append, patience=60)
    pacer.throttled({"Retry-After": "300"})
    with pytest.raises(Transient) as caught:
        pacer.before(1)
    assert caught.value.retry_after == pytest.approx(300)
    assert not slept
