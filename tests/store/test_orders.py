"""Orders, their history and claims; reports and decisions; links with their past."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from support.databases import execute, rows
from support.rows import add_order, add_report

from nuorder_pos.domain.lifecycle import State
from nuorder_pos.store import approvals, exports, links, orders, reports
from nuorder_pos.store.engine import Engine, writing

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def row(engine: Engine, order_id: str = "o-1") -> dict[str, Any]:
    found = orders.get(engine, order_id)
    assert found is not None
    return found


# ---- orders ----


def test_an_order_is_added_once_over_all_accounts(engine: Engine) -> None:
    assert add_order(engine)
    assert not add_order(engine, account="second", brand="Other")
    assert row(engine)["account"] == "main"


def test_every_state_and_reason_is_in_the_history(engine: Engine) -> None:
    add_order(engine)
    orders.change(engine, "o-1", state="awaiting_approval")
    orders.change(engine, "o-1", state="awaiting_approval", reason="waits")
    orders.change(engine, "o-1", units=5)
    orders.change(engine, "o-1", state="awaiting_approval", reason="waits")
    assert [(e["state"], e["reason"]) for e in orders.events(engine, "o-1")] == [
        ("discovered", ""), ("awaiting_approval", ""), ("awaiting_approval", "waits"),
    ]  # fmt: skip


def test_a_state_is_left_alone_where_it_may_not_be_changed(engine: Engine) -> None:
    add_order(engine, state="exported")
    assert not orders.change_state(engine, "o-1", State.FAILED, "no", unless={"exported"})
    assert orders.change_state(engine, "o-1", State.CANCELLED, "yes", unless={"held"})
    assert (row(engine)["state"], row(engine)["reason"]) == ("cancelled", "yes")


def test_orders_are_found_by_number_or_id_and_brand_in_any_case(engine: Engine) -> None:
    add_order(engine, "o-1", order_number="77")
    add_order(engine, "o-2", order_number="77", brand="Birch")

    def found(*wanted: str) -> list[str]:
        return sorted(r["order_id"] for r in orders.search(engine, *wanted))

    assert (found("77"), found("77", "BIRCH"), found("o-1"), found("78")) == (
        ["o-1", "o-2"],
        ["o-2"],
        ["o-1"],
        [],
    )


def test_many_known_orders_are_found_at_once(engine: Engine) -> None:
    for number in range(3):
        add_order(engine, f"o-{number}")
    wanted = [f"o-{number}" for number in range(1200)]
    assert sorted(orders.known_by_id(engine, wanted)) == ["o-0", "o-1", "o-2"]


def test_drips_add_up(engine: Engine) -> None:
    add_order(engine)
    for drips in ("1.5", "0.2", "0"):
        orders.add_drips(engine, "o-1", Decimal(drips))
    assert row(engine)["drips"] == Decimal("1.7")


def test_the_day_a_brand_was_first_seen_stays(engine: Engine) -> None:
    assert orders.brand_first_seen(engine, "main", "Acme", date(2026, 3, 1)) == date(2026, 3, 1)
    assert orders.brand_first_seen(engine, "main", "Acme", date(2026, 4, 1)) == date(2026, 3, 1)
    assert orders.brand_first_seen(engine, "second", "Acme", date(2026, 4, 1)) == date(2026, 4, 1)


# ---- claims ----


def claim(engine: Engine, run: str, *ids: str, dead: dict[str, str | None] | None = None) -> list[str]:
    return orders.claim(engine, ids, "dag", run, dead or {})


def test_a_claim_gives_its_orders_their_places(engine: Engine) -> None:
    for order_id in ("o-1", "o-2", "o-3"):
        add_order(engine, order_id)
    claim(engine, "other", "o-2")
    assert claim(engine, "run", "o-1", "o-2", "o-3") == ["o-1", "o-3"]
    assert [row(engine, order_id)["claim_map_index"] for order_id in ("o-1", "o-3")] == [0, 1]
    assert orders.claimed_by(engine, "dag", "run") == ["o-1", "o-3"]
    assert orders.claimed_by(engine, "another dag", "run") == []


def test_a_dead_run_s_claim_is_taken_over_unless_somebody_was_faster(engine: Engine) -> None:
    add_order(engine)
    claim(engine, "dead", "o-1")
    assert claim(engine, "heir", "o-1", dead={"o-1": "dead"}) == ["o-1"]
    assert claim(engine, "late heir", "o-1", dead={"o-1": "dead"}) == []
    assert row(engine)["claim_run_id"] == "heir"


def test_only_its_own_run_ends_a_claim(engine: Engine) -> None:
    add_order(engine)
    claim(engine, "run", "o-1")
    orders.release(engine, "o-1", "dag", "other")
    orders.release(engine, "o-1", "other dag", "run")
    assert row(engine)["claim_run_id"] == "run"
    orders.release(engine, "o-1", "dag", "run")
    assert row(engine)["claim_run_id"] is None


def test_two_runs_that_claim_at_once_share_no_order_and_lose_none(engine: Engine) -> None:
    ids = [f"o-{number}" for number in range(12)]
    for order_id in ids:
        add_order(engine, order_id)
    with ThreadPoolExecutor(4) as pool:
        outcome = list(pool.map(lambda run: claim(engine, run, *ids), ["run-1", "run-2", "run-3", "run-4"]))
    assert sorted(one for got in outcome for one in got) == sorted(ids)


# ---- reports and decisions ----


def test_a_snapshot_is_kept_once_and_numbers_come_back_exactly(engine: Engine) -> None:
    first = reports.add_snapshot(engine, "o-1", {"price": Decimal("0.1"), "name": "Ærø"}, "h", "c")
    assert reports.add_snapshot(engine, "o-1", {"price": 7}, "h", "c") == first
    assert reports.get_snapshot(engine, first) == {"price": "0.1", "name": "Ærø"}
    assert reports.add_snapshot(engine, "o-1", {"price": 7}, "h2", "c") != first


def test_a_report_is_kept_once_with_its_rows(engine: Engine) -> None:
    add_order(engine)
    report_hash = add_report(engine, twins=True)
    assert add_report(engine, twins=True) == report_hash
    assert len(rows(engine, "SELECT * FROM match_report_line")) == 2
    found = reports.get_report(engine, report_hash)
    assert found is not None
    assert [one["line"] for one in found["lines"]] == ["1", "2"]
    assert reports.get_report(engine, "x") is None
    assert reports.get_report(engine, None) is None
    summary = {
        r["code"]: bool(r["question"])
        for r in rows(engine, "SELECT code, question FROM match_report_warning")
    }
    assert summary["duplicate_upc"] is True


INSERT = "INSERT INTO approval (report_hash, decision, shop, decided_by, lines, answers, comment) VALUES ({})"


def test_an_approval_is_one_insert_of_another_system(engine: Engine) -> None:
    """The documented route, word for word, with the columns as text."""
    add_order(engine)
    report_hash = add_report(engine)
    execute(
        engine,
        INSERT.format(
            f"'{report_hash}', 'approve', 'Main Street', 'erp', '{{\"1\": \"new\"}}', '{{}}', 'ok'"
        ),
    )
    (found,) = approvals.unjudged(engine, "o-1")
    assert (found.report_hash, found.decision, found.shop, found.decided_by) == (
        report_hash,
        "approve",
        "Main Street",
        "erp",
    )
    assert (found.lines, found.answers, found.comment) == ('{"1": "new"}', "{}", "ok")
    (kept,) = rows(engine, "SELECT approval_id, decided_at FROM approval")
    assert kept["approval_id"] == 1
    assert approvals.history(engine, "o-1")[0]["decided_at"].tzinfo is not None


def test_an_insert_that_leaves_everything_out_is_kept_too(engine: Engine) -> None:
    add_order(engine)
    report_hash = add_report(engine)
    execute(engine, f"INSERT INTO approval (report_hash) VALUES ('{report_hash}')")
    (found,) = approvals.unjudged(engine, "o-1")
    assert (found.decision, found.shop, found.decided_by, found.lines, found.answers) == ("", "", "", "", "")


def test_an_approval_and_one_by_sql_have_ids_of_one_sequence(engine: Engine) -> None:
    add_order(engine)
    report_hash = add_report(engine)
    first = approvals.record(engine, report_hash, "reject", decided_by="Mia")
    execute(engine, INSERT.format(f"'{report_hash}', 'approve', '', 'erp', '', '', ''"))
    third = approvals.record(engine, report_hash, "approve", decided_by="Mia", lines={"1": "Ærø"})
    assert [r.approval_id for r in approvals.unjudged(engine, "o-1")] == [first, first + 1, third]


def verdict(engine: Engine, approval_id: int, counts: bool, reason: str = "") -> None:
    with writing(engine) as connection:
        approvals.give_verdict(connection, approval_id, "o-1", counts, reason)


def test_the_first_verdict_stands_and_the_newest_that_counts_is_the_standing_one(engine: Engine) -> None:
    add_order(engine)
    report_hash = add_report(engine)
    ids = [approvals.record(engine, report_hash, "approve", decided_by="Mia") for _ in range(3)]
    verdict(engine, ids[0], True)
    verdict(engine, ids[1], True)
    verdict(engine, ids[2], False, "why")
    verdict(engine, ids[2], True)
    assert approvals.standing(engine, "o-1") == ids[1]
    assert approvals.unjudged(engine, "o-1") == []
    assert [(bool(d["counts"]), d["reason"]) for d in approvals.history(engine, "o-1")] == [
        (True, ""), (True, ""), (False, "why"),
    ]  # fmt: skip


def test_decisions_on_hashes_that_no_report_has_are_orphans(engine: Engine) -> None:
    add_order(engine)
    approvals.record(engine, add_report(engine), "approve", decided_by="Mia")
    lost = approvals.record(engine, "no such hash", "approve", decided_by="Mia")
    execute(engine, "INSERT INTO approval (decision) VALUES ('approve')")
    assert [o.approval_id for o in approvals.orphans(engine)] == [lost, lost + 1]


# ---- which waiting orders need a look ----


def waiting(engine: Engine, **fields: Any) -> str:
    add_order(engine)
    report_hash = add_report(engine)
    now = datetime.now(UTC)
    orders.change(engine, "o-1", **{"matched_at": now, "expires_at": now + timedelta(days=7)} | fields)
    return report_hash


def attention(engine: Engine) -> bool:
    return orders.attention(engine, ["o-1", "o-2"], datetime.now(UTC) - timedelta(days=1)) == {"o-1"}


def test_an_order_that_only_waits_needs_no_look(engine: Engine) -> None:
    waiting(engine)
    assert not attention(engine)
    assert orders.attention(engine, [], datetime.now(UTC)) == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "approved"},
        {"state": "cancelled"},
        {"rematch_asked_at": LONG_AGO},
        {"matched_at": LONG_AGO},
        {"expires_at": LONG_AGO},
    ],
    ids=lambda fields: next(iter(fields.items()))[0] + " " + str(next(iter(fields.values())))[:9],
)
def test_an_order_needs_a_look_when(engine: Engine, fields: dict[str, Any]) -> None:
    waiting(engine, **fields)
    assert attention(engine)


def test_a_decision_that_nobody_judged_needs_a_look_until_it_is_judged(engine: Engine) -> None:
    report_hash = waiting(engine)
    approval_id = approvals.record(engine, report_hash, "approve", decided_by="Mia")
    assert attention(engine)
    verdict(engine, approval_id, False)
    assert not attention(engine)


def test_closed_orders_are_opened_by_a_new_decision_or_by_asking(engine: Engine) -> None:
    report_hash = waiting(engine, state="expired")
    assert orders.reopened(engine, "main") == set()
    approvals.record(engine, report_hash, "approve", decided_by="Mia")
    assert orders.reopened(engine, "main") == {"o-1"}
    assert orders.reopened(engine, "second") == set()


# ---- related orders ----


def test_exported_orders_of_the_group_or_the_number_are_related(engine: Engine) -> None:
    for order_id, fields in {
        "same group": {"group_id": "g", "state": "exported"},
        "first part": {"order_number": "77-1", "state": "exported_elsewhere"},
        "not exported": {"order_number": "77-2", "state": "approved"},
        "other brand": {"order_number": "77-3", "state": "exported", "brand": "Birch"},
        "other number": {"order_number": "78", "state": "exported"},
        "itself": {"order_number": "77", "state": "exported", "group_id": "g"},
    }.items():
        add_order(engine, order_id, **fields)
    numbers = ["77", "77-1", "77-2", "77-3"]
    found = orders.related_exported(engine, "Acme Outdoor", "itself", "g", numbers)
    assert sorted(r["order_id"] for r in found) == ["first part", "same group"]


def test_orders_without_a_group_are_not_all_related(engine: Engine) -> None:
    add_order(engine, "o-2", group_id="", state="exported")
    assert orders.related_exported(engine, "Acme Outdoor", "o-1", "", ["77"]) == []


# ---- exports ----


def test_an_order_has_one_export(engine: Engine) -> None:
    values = {
        "account_id": "77", "report_hash": "h", "approval_id": 1, "snapshot_id": 1, "plan": "{}", "approved_at": LONG_AGO,
        "started_at": LONG_AGO,
    }  # fmt: skip
    with writing(engine) as connection:
        exports.put(connection, "o-1", values)
    columns = "order_id, account_id, report_hash, approval_id, snapshot_id, plan, approved_at, started_at"
    with pytest.raises(sa.exc.IntegrityError):
        execute(
            engine,
            f"INSERT INTO export ({columns}) VALUES ('o-1', '78', 'h', 1, 1, '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
        )


def test_the_first_write_is_the_first(engine: Engine) -> None:
    values = {
        "account_id": "77", "report_hash": "h", "approval_id": 1, "snapshot_id": 1, "plan": "{}", "approved_at": LONG_AGO,
        "started_at": LONG_AGO,
    }  # fmt: skip
    with writing(engine) as connection:
        exports.put(connection, "o-1", values)
        exports.first_write(connection, "o-1")
    first = exports.get(engine, "o-1")
    with writing(engine) as connection:
        exports.first_write(connection, "o-1")
    assert first is not None
    assert first["first_write_at"] is not None
    assert exports.get(engine, "o-1") == first


# ---- links ----

TEE = ("tee", "red", "m")


def save(
    engine: Engine,
    item_id: str,
    origin: str = "upc",
    identity: tuple[str, str, str] = TEE,
) -> None:
    with writing(engine) as connection:
        links.save(connection, "77", "Acme", [links.NewLink(identity, item_id, origin)], "Mia")


def live(engine: Engine, account: str = "77", brand: str = "Acme") -> dict[tuple[str, str, str], str]:
    return {one.identity: one.item_id for one in links.for_variants(engine, account, brand, {"tee"}, ())}


def test_a_link_belongs_to_account_and_brand(engine: Engine) -> None:
    save(engine, "7")
    assert (live(engine), live(engine, "78"), live(engine, brand="Birch")) == ({TEE: "7"}, {}, {})


def test_a_link_that_changes_stays_as_history(engine: Engine) -> None:
    for item_id in ("7", "8", "8"):
        save(engine, item_id)
    assert live(engine) == {TEE: "8"}
    history = links.list_links(engine, all_history=True)
    assert [(one["item_id"], one["withdrawn_at"] is None) for one in history] == [("7", False), ("8", True)]
    assert [one["item_id"] for one in links.list_links(engine, brand="ACME")] == ["8"]


def test_a_link_that_a_person_confirms_becomes_a_choice_and_stays_one(engine: Engine) -> None:
    for origin in ("upc", "choice", "upc"):
        save(engine, "7", origin)
    assert [(one["origin"], one["withdrawn_at"] is None) for one in links.list_links(engine, all_history=True)] == [
        ("upc", False), ("choice", True),
    ]  # fmt: skip


def test_a_withdrawn_link_is_gone_and_remembered(engine: Engine) -> None:
    save(engine, "7")
    (one,) = links.list_links(engine)
    assert links.withdraw_link(engine, one["link_id"], "Ann")
    assert not links.withdraw_link(engine, one["link_id"], "Ben")
    assert live(engine) == {}
    (kept,) = links.list_links(engine, all_history=True)
    assert (kept["withdrawn_by"], kept["made_by"]) == ("Ann", "Mia")
    save(engine, "8")
    assert live(engine) == {TEE: "8"}


def test_a_variant_has_one_live_link(engine: Engine) -> None:
    save(engine, "7")
    columns = "account_id, brand, style, color, size, item_id, origin, made_by, made_at"
    with pytest.raises(sa.exc.IntegrityError):
        execute(
            engine,
            f"INSERT INTO link ({columns}) VALUES ('77', 'Acme', 'tee', 'red', 'm', '9', 'upc', 'x', CURRENT_TIMESTAMP)",
        )


def test_a_link_set_by_hand_is_folded_and_a_choice(engine: Engine) -> None:
    links.set_link(
        engine, account_id="77", brand="Acme", style=" TEE ", color="Red", size="M", item_id="7", made_by="Mia"
    )  # fmt: skip
    assert live(engine) == {TEE: "7"}
    assert links.list_links(engine)[0]["origin"] == "choice"
