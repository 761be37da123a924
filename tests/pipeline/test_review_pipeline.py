"""What a review of the pipeline found: trouble that spreads, reasons that cannot be logged, caches of another release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.databases import rows
from support.orders import Json, item, line, order, pos, upc
from support.retail import Retail, second_brand, with_second_brand

from nuorder_pos.clients.nuorder import Nuorder
from nuorder_pos.errors import NeedsMerchant, Permanent, Transient
from nuorder_pos.pipeline import gather, orders, report
from nuorder_pos.pipeline.judging import one_line
from nuorder_pos.store import approvals, kept
from nuorder_pos.store import orders as store_orders

FLOOR = pos([item(7, upc(1))])


def plain(number: str) -> Json:
    return order(number, line(upcs={"M": upc(1)}))


def failing(monkeypatch: pytest.MonkeyPatch, retail: Retail, failures: dict[str, Exception]) -> list[str]:
    """NuORDER fails for these orders; gives the ids that were asked for."""
    asked: list[str] = []
    answer = Nuorder.order

    def fails(self: Nuorder, order_id: str) -> object:
        asked.append(order_id)
        for number, error in failures.items():
            if retail.id(number) == order_id:
                raise error
        return answer(self, order_id)

    monkeypatch.setattr(Nuorder, "order", fails)
    return asked


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("deep"), KeyError("x"), Permanent("no"), NeedsMerchant("ask")], ids=repr
)
def test_orders_that_fail_in_any_way_never_stop_the_others(
    retail: Retail, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    bad = [f"bad{n}" for n in range(5)]
    retail.given(*map(plain, [*bad, "good"]), shop_floor=FLOOR)
    failing(monkeypatch, retail, dict.fromkeys(bad, error))
    assert retail.discover() == ["good"]
    assert str(error) in caplog.text


def test_orders_that_fail_again_and_again_do_not_hide_the_others_while_nuorder_answers(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [f"bad{n}" for n in range(5)]
    retail.given(*map(plain, [*bad, "good"]), shop_floor=FLOOR)
    failing(monkeypatch, retail, dict.fromkeys(bad, Transient("answers 500")))
    assert retail.discover() == ["good"]


def test_three_passing_failures_in_a_row_give_the_brand_up_where_its_lists_fail_as_well(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = [f"down{n}" for n in range(5)]
    retail.given(*map(plain, down), others=[second_brand(plain("other"))], shop_floor=FLOOR)
    with_second_brand(retail)
    asked = failing(monkeypatch, retail, dict.fromkeys(down, Transient("down")))
    listed, acmes = Nuorder.order_ids, retail.work.nuorder["Acme Outdoor"]

    def fails_as_well(self: Nuorder, status: str) -> list[str]:
        if self is acmes and len(asked) == 3:
            raise Transient("down")
        return listed(self, status)

    monkeypatch.setattr(Nuorder, "order_ids", fails_as_well)
    assert retail.discover() == ["other"]
    assert len(asked) == 4
    (acme,) = rows(retail.engine, "SELECT last_error FROM brand WHERE name = 'Acme Outdoor'")
    assert acme["last_error"] == "down"


def test_a_brand_that_fails_in_an_unforeseen_way_stops_no_other(
    retail: Retail, monkeypatch: pytest.MonkeyPatch
) -> None:
    retail.given(plain("1001"), others=[second_brand(plain("other"))], shop_floor=FLOOR)
    with_second_brand(retail)
    lists = Nuorder.order_ids
    first = retail.work.nuorder["Acme Outdoor"]

    def fails(self: Nuorder, status: str) -> list[str]:
        if self is first:
            raise RecursionError("deep")
        return list(lists(self, status))

    monkeypatch.setattr(Nuorder, "order_ids", fails)
    assert retail.discover() == ["other"]
    (acme,) = rows(retail.engine, "SELECT last_error FROM brand WHERE name = 'Acme Outdoor'")
    assert acme["last_error"] == "RecursionError: deep"


def test_a_failed_order_is_taken_when_a_run_names_it_by_number_or_id(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    retail.match("1001")
    retail.release("1001")
    orders.failed(retail.engine, retail.id("1001"), "Ask the brand.", retry=False)
    assert retail.discover("run-2") == []
    assert retail.discover("run-3", order_numbers=["1001"]) == ["1001"]
    retail.release("1001", "run-3")
    assert retail.discover("run-4", order_numbers=[retail.id("1001")]) == ["1001"]


def test_what_a_person_has_to_mend_is_tried_again_a_day_after_it_was_tried(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    retail.match("1001")
    retail.release("1001")
    retail.clock.ahead = timedelta(hours=30)
    orders.failed(retail.engine, retail.id("1001"), "Ask.", retry=False, at=retail.clock())
    (row,) = rows(retail.engine, "SELECT matched_at, tried_at FROM nuorder_order")
    assert str(row["tried_at"]) > str(row["matched_at"])
    retail.clock.ahead = timedelta(hours=50)
    assert retail.discover("run-2") == []
    retail.clock.ahead = timedelta(hours=55)
    assert retail.discover("run-3") == ["1001"]


def test_a_waiting_order_keeps_waiting_through_a_passing_failure_of_its_daily_match(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    before = retail.match("1001")
    orders.failed(retail.engine, retail.id("1001"), "The POS is down.")
    shown = retail.row("1001")
    assert (shown["state"], shown["reason"]) == ("awaiting_approval", "The POS is down.")
    assert retail.match("1001")["report_hash"] == before["report_hash"]
    assert retail.row("1001")["reason"] == ""
    retail.approve("1001")
    assert retail.look("1001").kind == "go"


def test_a_superseded_order_says_so_again_after_a_passing_failure(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    retail.match("1001")
    store_orders.change(retail.engine, retail.id("1001"), state="superseded", reason=report.SUPERSEDED_REASON)
    orders.failed(retail.engine, retail.id("1001"), "The POS is down.")
    assert (retail.row("1001")["state"], retail.row("1001")["reason"]) == ("superseded", "The POS is down.")
    retail.match("1001")
    assert retail.row("1001")["reason"] == report.SUPERSEDED_REASON


def test_an_order_of_a_brand_that_was_taken_out_of_the_file_says_so(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    with_second_brand(retail)
    retail.configure(brands=retail.account.brands[1:])
    with pytest.raises(Permanent, match="Acme Outdoor is not in the brands file"):
        retail.match("1001")


def test_what_a_person_wrote_is_one_line_in_the_reason(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    report_hash = retail.match("1001")["report_hash"]
    comment = "too late\r\nERROR forged \x1b[31m" + "x" * 5000
    approvals.record(retail.engine, report_hash, "reject", decided_by="Mia\n\u202eB", comment=comment)
    retail.look("1001")
    reason = str(retail.row("1001")["reason"])
    assert reason.startswith("Rejected by Mia B: too late ERROR forged [31mxxx")
    assert reason.isprintable()
    assert len(reason) < 600
    assert retail.report("1001")["decisions"][0]["comment"] == comment.strip()


def test_a_reason_why_a_decision_does_not_count_is_one_line_too(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    retail.discover()
    report_hash = retail.match("1001")["report_hash"]
    approvals.record(
        retail.engine, report_hash, "approve", shop="Nowhere\nERROR " + "x" * 900, decided_by="Mia"
    )
    retail.look("1001")
    (verdict,) = rows(retail.engine, "SELECT counts, reason FROM approval_verdict")
    for reason in (str(verdict["reason"]), str(retail.row("1001")["reason"])):
        assert reason.isprintable()
        assert len(reason) < 600


def test_one_line_keeps_what_fits() -> None:
    assert one_line("  two\twords ") == "two words"
    assert one_line("abcdef", 4) == "abc…"


def test_what_another_release_kept_is_not_read(retail: Retail) -> None:
    retail.given(plain("1001"), shop_floor=FLOOR)
    for kind in ("account", "shops", "price_levels", "vendor"):
        kept.keep(retail.engine, retail.work.pos.account_id, kind, [{"field": "of another release"}])
    assert gather.account_of(retail.work).currency == "USD"
    assert gather.shops(retail.work) == gather.shops(retail.work)
    assert gather.price_levels(retail.work)
    assert gather.vendor_of(retail.work, retail.account.brands[0]).vendor is not None
    kinds = {row["kind"] for row in rows(retail.engine, "SELECT kind FROM reference")}
    assert {"account/1", "shops/1", "price_levels/1", "vendor/1"} <= kinds


def test_an_order_whose_answer_comes_in_another_order_is_no_edit(retail: Retail) -> None:
    raw = order("1001", line("TEE", sizes={"S": 1, "M": 2}), line("CAP", sizes={"One Size": 1}))
    retail.given(raw, shop_floor=pos())
    retail.discover()
    before = retail.match("1001")["report_hash"]
    turned = raw | {"line_items": [one | {"sizes": one["sizes"][::-1]} for one in raw["line_items"][::-1]]}
    retail.given(turned, shop_floor=pos())
    retail.discover("run-2")
    (row,) = rows(retail.engine, "SELECT rematch_asked_at FROM nuorder_order")
    assert row["rematch_asked_at"] is None
    assert retail.match("1001")["report_hash"] == before
