"""Exclusion between processes, the journal and what is made once: on both databases, with threads that race."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import execute, rows

from nuorder_pos.errors import Transient
from nuorder_pos.store import creations, journal, kept
from nuorder_pos.store.engine import Engine, reading, writing
from nuorder_pos.store.leases import Lease, LeaseLost, acquire, held_lease, release, renew
from nuorder_pos.store.tables import journal as journal_table

OVER = timedelta(seconds=-1)


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same time; results and errors in their order."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        start.wait(10)
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


# ---- leases ----


def test_a_lease_has_one_holder_and_others_are_told_who_and_for_how_long(engine: Engine) -> None:
    acquire(engine, "order:1", "ann", timedelta(seconds=60))
    with pytest.raises(Transient, match=r"order:1 is being worked on by another process \(ann\)") as told:
        acquire(engine, "order:1", "ben")
    assert 50 < (told.value.retry_after or 0) <= 60


def test_not_even_its_own_holder_gets_a_lease_twice(engine: Engine) -> None:
    acquire(engine, "order:1", "ann")
    with pytest.raises(Transient):
        acquire(engine, "order:1", "ann")


def test_leases_of_other_names_are_free(engine: Engine) -> None:
    acquire(engine, "order:1", "ann")
    assert acquire(engine, "order:2", "ann").token == 1


def test_the_token_goes_up_with_every_holder(engine: Engine) -> None:
    tokens = []
    for holder in ("ann", "ben", "ann"):
        held = acquire(engine, "order:1", holder)
        tokens.append(held.token)
        release(engine, held)
    assert tokens == [1, 2, 3]


def test_a_lease_that_ran_out_is_taken_over_with_a_higher_token(engine: Engine) -> None:
    old = acquire(engine, "order:1", "ann", OVER)
    new = acquire(engine, "order:1", "ben")
    assert new.token > old.token


def test_who_was_taken_over_is_refused_at_renewal(engine: Engine) -> None:
    old = acquire(engine, "order:1", "ann", OVER)
    acquire(engine, "order:1", "ben")
    with pytest.raises(LeaseLost, match="was taken over"), writing(engine) as connection:
        renew(connection, old)


def test_who_was_taken_over_by_itself_is_refused_at_renewal(engine: Engine) -> None:
    old = acquire(engine, "order:1", "ann", OVER)
    acquire(engine, "order:1", "ann")
    with pytest.raises(LeaseLost), writing(engine) as connection:
        renew(connection, old)


def test_who_was_taken_over_cannot_release_the_new_holder_s_lease(engine: Engine) -> None:
    old = acquire(engine, "order:1", "ann", OVER)
    acquire(engine, "order:1", "ben")
    release(engine, old)
    with pytest.raises(Transient):
        acquire(engine, "order:1", "cleo")


def test_a_renewed_lease_lasts_longer(engine: Engine) -> None:
    held = acquire(engine, "order:1", "ann", timedelta(seconds=5))
    with writing(engine) as connection:
        renew(connection, held, timedelta(seconds=500))
    with pytest.raises(Transient) as told:
        acquire(engine, "order:1", "ben")
    assert (told.value.retry_after or 0) > 400


def test_a_lease_that_ran_out_and_nobody_took_is_still_its_holder_s(engine: Engine) -> None:
    held = acquire(engine, "order:1", "ann", OVER)
    with writing(engine) as connection:
        renew(connection, held)
    with pytest.raises(Transient):
        acquire(engine, "order:1", "ben")


def test_a_block_gives_its_lease_back_also_when_it_fails(engine: Engine) -> None:
    with pytest.raises(RuntimeError), held_lease(engine, "order:1", "ann"):
        raise RuntimeError
    assert acquire(engine, "order:1", "ben").token == 2


def test_of_many_that_want_a_lease_at_once_one_gets_it(engine: Engine) -> None:
    outcome = at_once([lambda n=n: acquire(engine, "order:1", f"worker {n}") for n in range(6)])  # type: ignore[misc]
    assert sum(isinstance(one, Lease) for one in outcome) == 1
    assert sum(isinstance(one, Transient) for one in outcome) == 5


# ---- the journal ----


def begin(engine: Engine, held: Lease, step: str = "po", attempt: int = 1) -> None:
    with writing(engine) as connection:
        journal.begin(connection, held, "o-1", step, "create_po", attempt)


def finish(
    engine: Engine, held: Lease, event: str, step: str = "po", attempt: int = 1, result: str | None = None
) -> None:
    with writing(engine) as connection:
        journal.finish(connection, held, "o-1", step, "create_po", attempt, event, result=result)


def state(engine: Engine, step: str = "po") -> journal.StepState:
    with reading(engine) as connection:
        return journal.states(connection, "o-1").get(step, journal.StepState())


def test_a_step_that_was_begun_and_has_no_end_is_open(engine: Engine) -> None:
    begin(engine, acquire(engine, "order:o-1", "ann"))
    found = state(engine)
    assert (found.done, found.attempts, found.open_since is not None) == (False, 1, True)


@pytest.mark.parametrize("event, is_open", [("done", False), ("refused", False), ("unknown", True)])
def test_a_step_is_closed_by_what_is_certain_only(engine: Engine, event: str, is_open: bool) -> None:
    held = acquire(engine, "order:o-1", "ann")
    begin(engine, held)
    finish(engine, held, event, result="30" if event == "done" else None)
    found = state(engine)
    assert (found.open_since is not None, found.result) == (is_open, "30" if event == "done" else None)


def test_a_refusal_of_an_earlier_attempt_does_not_close_a_later_one(engine: Engine) -> None:
    held = acquire(engine, "order:o-1", "ann")
    begin(engine, held, attempt=1)
    begin(engine, held, attempt=2)
    finish(engine, held, "refused", attempt=1)
    assert state(engine).open_since is not None


def test_nothing_is_begun_without_the_lease(engine: Engine) -> None:
    old = acquire(engine, "order:o-1", "ann", OVER)
    acquire(engine, "order:o-1", "ben")
    with pytest.raises(LeaseLost):
        begin(engine, old)
    assert journal.entries(engine, "o-1") == []


def test_an_answer_that_came_is_written_down_whoever_holds_the_lease(engine: Engine) -> None:
    old = acquire(engine, "order:o-1", "ann", timedelta(seconds=60))
    begin(engine, old)
    execute(engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00'")
    acquire(engine, "order:o-1", "ben")
    finish(engine, old, "done", result="30")
    assert state(engine).result == "30"


def test_an_attempt_is_begun_once_and_a_step_is_done_once(engine: Engine) -> None:
    held = acquire(engine, "order:o-1", "ann")
    begin(engine, held)
    with pytest.raises(LeaseLost):
        begin(engine, held)
    finish(engine, held, "done", result="30")
    with pytest.raises(LeaseLost):
        finish(engine, held, "done", attempt=2, result="31")
    assert [(row["event"], row["result"]) for row in journal.entries(engine, "o-1")] == [
        ("begun", None),
        ("done", "30"),
    ]


@pytest.mark.parametrize("event, attempts", [("begun", (1, 1)), ("done", (1, 2))])
def test_the_database_itself_refuses_a_second_row(
    engine: Engine, event: str, attempts: tuple[int, int]
) -> None:
    values = "'o-1', 'po', 'create_po', {attempt}, '{event}', CURRENT_TIMESTAMP, 'x', 1"
    insert = (
        "INSERT INTO journal (order_id, step_key, kind, attempt, event, at, holder, token) VALUES ("
        + values
        + ")"
    )
    execute(engine, insert.format(attempt=attempts[0], event=event))
    with pytest.raises(sa.exc.IntegrityError):
        execute(engine, insert.format(attempt=attempts[1], event=event))


def test_of_many_that_finish_a_step_at_once_one_row_stays(engine: Engine) -> None:
    held = acquire(engine, "order:o-1", "ann")
    begin(engine, held)
    at_once([lambda n=n: finish(engine, held, "done", result=str(n)) for n in range(5)])  # type: ignore[misc]
    with reading(engine) as connection:
        query = sa.select(sa.func.count()).select_from(journal_table).where(journal_table.c.event == "done")
        assert connection.scalar(query) == 1


def test_the_journal_is_read_in_the_order_in_which_it_was_written(engine: Engine) -> None:
    held = acquire(engine, "order:o-1", "ann")
    for step in ("vendor", "po", "line:1"):
        begin(engine, held, step)
        finish(engine, held, "done", step, result="1")
    found = journal.entries(engine, "o-1")
    assert [row["step_key"] for row in found] == ["vendor", "vendor", "po", "po", "line:1", "line:1"]
    assert {(row["holder"], row["token"]) for row in found} == {("ann", 1)}


# ---- what is made once ----


def test_a_creation_key_belongs_to_the_first_order_that_claims_it(engine: Engine) -> None:
    assert creations.claim(engine, "77", "vendor:acme", "o-1") == ("o-1", None)
    assert creations.claim(engine, "77", "vendor:acme", "o-2") == ("o-1", None)
    assert creations.claim(engine, "78", "vendor:acme", "o-2") == ("o-2", None)


def test_of_many_orders_that_claim_a_key_at_once_one_holds_it(engine: Engine) -> None:
    outcome = at_once([lambda n=n: creations.claim(engine, "77", "vendor:acme", f"o-{n}") for n in range(6)])  # type: ignore[misc]
    assert len(set(outcome)) == 1


def made(engine: Engine, pos_id: str) -> None:
    with writing(engine) as connection:
        creations.made(connection, "77", "vendor:acme", pos_id)


def test_what_was_made_is_told_to_whoever_comes_second(engine: Engine) -> None:
    creations.claim(engine, "77", "vendor:acme", "o-1")
    made(engine, "5")
    assert creations.claim(engine, "77", "vendor:acme", "o-2") == ("o-1", "5")


def handed_over(engine: Engine, from_order: str, to_order: str) -> bool:
    with writing(engine) as connection:
        return creations.hand_over(connection, "77", "vendor:acme", from_order, to_order)


def test_an_unused_key_can_be_handed_over_once_and_a_used_one_not(engine: Engine) -> None:
    creations.claim(engine, "77", "vendor:acme", "o-1")
    assert handed_over(engine, "o-1", "o-2")
    assert not handed_over(engine, "o-1", "o-3")
    assert creations.claim(engine, "77", "vendor:acme", "o-9") == ("o-2", None)
    made(engine, "5")
    assert not handed_over(engine, "o-2", "o-3")


def test_forgetting_a_record_that_is_gone_leaves_one_that_was_made_since(engine: Engine) -> None:
    creations.claim(engine, "77", "vendor:acme", "o-1")
    made(engine, "5")
    creations.forget(engine, "77", "vendor:acme", "5")
    creations.claim(engine, "77", "vendor:acme", "o-2")
    made(engine, "6")
    creations.forget(engine, "77", "vendor:acme", "5")
    assert creations.claim(engine, "77", "vendor:acme", "o-3") == ("o-2", "6")


def test_holders_are_told_for_claimed_keys_only(engine: Engine) -> None:
    creations.claim(engine, "77", "vendor:acme", "o-1")
    assert creations.holders(engine, "77", ["vendor:acme", "vendor:birch"]) == {"vendor:acme": ("o-1", None)}
    assert creations.holders(engine, "77", []) == {}


# ---- small things that are kept ----


def test_processes_that_share_a_bucket_take_turns(engine: Engine) -> None:
    def add_one() -> str:
        for _ in range(5):
            kept.update_bucket(engine, "bucket", "0", lambda text: (str(int(text) + 1), text))
        return "done"

    assert at_once([add_one] * 5) == ["done"] * 5
    assert kept.update_bucket(engine, "bucket", "0", lambda text: (text, text)) == "25"


def test_a_change_that_fails_leaves_the_bucket_as_it_was(engine: Engine) -> None:
    kept.update_bucket(engine, "bucket", "3", lambda text: (text, None))

    def fail(text: str) -> tuple[str, None]:
        raise RuntimeError(text)

    with pytest.raises(RuntimeError, match="3"):
        kept.update_bucket(engine, "bucket", "0", fail)
    assert kept.update_bucket(engine, "bucket", "0", lambda text: (text, text)) == "3"


def test_a_token_pair_replaces_the_one_before(engine: Engine) -> None:
    assert kept.load_tokens(engine, "lightspeed") is None
    for sealed in ("first", "second"):
        kept.save_tokens(engine, "lightspeed", sealed)
    assert kept.load_tokens(engine, "lightspeed") == "second"
    assert len(rows(engine, "SELECT * FROM token_set")) == 1


def test_what_is_kept_about_an_account_ages(engine: Engine) -> None:
    kept.keep(engine, "77", "shops", [{"name": "Straße"}])
    assert kept.recall(engine, "77", "shops", within=timedelta(days=1)) == [{"name": "Straße"}]
    execute(engine, "UPDATE reference SET fetched_at = '2026-01-01 00:00:00'")
    assert kept.recall(engine, "77", "shops", within=timedelta(days=1)) is None
    assert kept.recall(engine, "77", "shops") == [{"name": "Straße"}]
    assert kept.recall(engine, "78", "shops") is None
    kept.keep(engine, "77", "shops", [])
    assert kept.recall(engine, "77", "shops", within=timedelta(days=1)) == []
