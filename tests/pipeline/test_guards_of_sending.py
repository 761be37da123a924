"""The last moments before a request goes out, and what counts once it went: each case has one guard and no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import execute
from support.meanwhile import stopped_at
from support.orders import item, line, order, pos, products_of, upc
from support.retail import Retail

from nuorder_pos.errors import OutcomeUnknown, Permanent, Transient
from nuorder_pos.pipeline import export as exporting
from nuorder_pos.pipeline import read
from nuorder_pos.pipeline.export import export
from nuorder_pos.pipeline.verify import verify
from nuorder_pos.store import leases

RAW = order("1001", line(sizes={"S": 2, "M": 3}, upcs={"S": upc(1), "M": upc(2)}))


on_one_database = pytest.mark.parametrize("database_kind", ["sqlite"])
"""For what is no business of the database."""


def ready(retail: Retail) -> None:
    retail.given(RAW, shop_floor=pos([item(7, upc(1)), item(8, upc(2))]))
    retail.configure(waiting_time=0)
    retail.approved("1001")


def goods(retail: Retail) -> list[tuple[int, int]]:
    return [(one["itemID"], one["quantity"]) for one in retail.the_purchase_order("1001")["lines"]]


@contextmanager
def between_intent_and_request(retail: Retail, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Something happens once an intent is committed, when the next connection is taken: no transaction is open then."""
    written: list[bool] = []

    def see(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if "journal" in statement and statement.startswith("INSERT") and "begun" in values and not written:
            written.append(False)

    def act(*_: Any) -> None:
        if written == [False]:
            written[0] = True
            meanwhile()

    sa.event.listen(retail.engine, "after_cursor_execute", see)
    sa.event.listen(retail.engine, "checkout", act)
    try:
        yield
    finally:
        sa.event.remove(retail.engine, "after_cursor_execute", see)
        sa.event.remove(retail.engine, "checkout", act)
    assert written == [True], "nothing was begun, or nothing was asked of the database after it"


def test_whoever_was_taken_over_between_its_intent_and_its_request_sends_nothing(retail: Retail) -> None:
    ready(retail)

    def another_process_does_it_all() -> None:
        execute(
            retail.engine, "UPDATE lease SET expires_at = '2026-01-01 00:00:00' WHERE name LIKE 'order:%'"
        )
        retail.export("1001", holder="second", work=retail.new_work())

    with between_intent_and_request(retail, another_process_does_it_all), pytest.raises(leases.LeaseLost):
        retail.export("1001", holder="first")
    assert len(retail.written("Order.json")) == 1
    assert goods(retail) == [(7, 2), (8, 3)]
    assert retail.row("1001")["state"] == "exported"


def test_whoever_stood_still_between_its_intent_and_its_request_sends_nothing(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(retail)
    monkeypatch.setattr(exporting, "SEND_WITHIN", timedelta(seconds=0.05))
    with (
        between_intent_and_request(retail, lambda: time.sleep(0.2)),
        pytest.raises(Transient, match="stood still"),
    ):
        retail.export("1001", holder="first")
    monkeypatch.undo()
    assert retail.written() == []
    retail.export("1001", holder="second")
    assert goods(retail) == [(7, 2), (8, 3)]


@on_one_database
def test_a_verification_that_was_taken_over_does_not_close_the_order(retail: Retail) -> None:
    """A new holder may be taking something back, or have found a difference."""
    ready(retail)
    export(retail.work, retail.id("1001"), holder="first")
    with stopped_at(
        lambda: verify(retail.work, retail.id("1001"), holder="old"), "GET", r"/order/[0-9a-f]{24}"
    ) as old:
        execute(retail.engine, "UPDATE lease SET token = token + 1, holder = 'new' WHERE name LIKE 'order:%'")
        told = old.go_on()
    assert isinstance(told, leases.LeaseLost)
    assert retail.row("1001")["state"] == "exporting"


@on_one_database
def test_a_write_whose_token_was_refused_goes_out_as_an_attempt_of_its_own(retail: Retail) -> None:
    ready(retail)
    retail.sandbox.fault(method="POST", path=r"/Order\.json$", action="status", status=401)
    retail.export("1001")
    steps = [s for s in read.runbook(retail.engine, retail.id("1001"))["steps"] if s["step"] == "po"]
    told = [(s["attempt"], s["event"]) for s in steps]
    assert told == [(1, "begun"), (1, "refused"), (2, "begun"), (2, "done")]
    assert goods(retail) == [(7, 2), (8, 3)]


@on_one_database
def test_a_creation_that_is_answered_without_an_id_is_looked_for(retail: Retail) -> None:
    ready(retail)
    body = {"@attributes": {"count": "1"}, "Order": {"refNum": retail.id("1001")}}
    retail.sandbox.fault(
        method="POST", path=r"/Order\.json$", action="status", status=200, body=body, apply=True
    )
    with pytest.raises(OutcomeUnknown, match="without an id"):
        retail.export("1001")
    retail.export("1001")
    assert goods(retail) == [(7, 2), (8, 3)]
    assert len(retail.written("Order.json")) == 1


@on_one_database
def test_an_export_with_open_steps_cannot_be_verified(retail: Retail) -> None:
    """The image comes last, so that the purchase order itself is as planned."""
    raw = order("1001", line(sizes={"S": 2}, upcs={"S": upc(1)}))
    retail.given(raw, products=products_of(raw, images=["/images/tee.png"]), shop_floor=pos())
    (shown,) = retail.records("products", "nuorder")
    address = f"{retail.sandbox.nuorder}/images/tee.png"
    retail.sandbox.do("nuorder", "edit_product", _id=shown["_id"], changes={"images": [address]})
    retail.configure(waiting_time=0)
    retail.approved("1001")
    retail.sandbox.fault(method="PUT", path=r"/Order/", action="status", status=429)
    with pytest.raises(Transient):
        retail.export("1001")
    with pytest.raises(Permanent, match="1 steps are open"):
        verify(retail.work, retail.id("1001"), holder="too early")
    assert retail.row("1001")["export_status"] != "exported"
