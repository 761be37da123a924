"""Every guard of the promise: what it is there for, how it is taken away, and the tests that must notice.

A guard is taken away by the smallest change that leaves code which runs. Several tests may be named; one that fails is
enough, and they run in the order given.
"""

from __future__ import annotations

from dataclasses import dataclass

from prove.guards_copy import Patch

SQLITE, POSTGRES = "not postgres", "postgres"
"""Which of the databases the tests run on, as a marker for pytest. One is enough where the guard is no business of the
database."""


@dataclass(frozen=True)
class Guard:
    """One guard. ``tests`` are files below ``tests/``, with the name of a test function, or of one of its cases."""

    name: str
    against: str
    patches: tuple[Patch, ...]
    tests: tuple[str, ...]
    on: str = SQLITE


PRODUCT = "plugins/nuorder_pos/"
TABLES = "store/migrations/versions/0001_first_tables.py"
STAYS_WHOLE = "store/migrations/versions/0003_append_only.py"

LEASES = "store/test_leases.py::"
ORDERS = "store/test_orders.py::"
RECORDED = "store/test_migrations.py::test_what_was_recorded_is_never_changed_nor_deleted"
REPLACED = "security/test_append_only.py::test_no_second_row_takes_the_place_of_one_that_is_there"
CHANGED = "security/test_append_only.py::test_no_statement_changes_a_row"
LOST = "pipeline/test_lost_answers.py::"
LOST_ANSWER = f"{LOST}test_a_record_whose_answer_was_lost_is_found_and_not_made_twice"
GIVEN_UP = "pipeline/test_guards_of_looking.py::test_an_attempt_that_was_given_up_and_applied_late_is_found_before_the_next_one"
KILLED = "pipeline/test_killed_exports.py::"
LATE = "pipeline/test_late_writes.py::"
MEANWHILE = "pipeline/test_changed_meanwhile.py::"
ELSEWHERE = "pipeline/test_exported_elsewhere.py::"
SUPERSEDING = "pipeline/test_superseding.py::"
SHARED = "pipeline/test_shared_records.py::"
AT_ONCE = "pipeline/test_two_at_once.py::"
DISCOVERY = "pipeline/test_discovery.py::"
DECISIONS = "pipeline/test_decisions.py::"
TROUBLE = "pipeline/test_trouble.py::"
WRITES = "clients/test_lightspeed_writes.py::"


def _guard(
    name: str, against: str, file: str, old: str, new: str, *tests: str, on: str = SQLITE, also: tuple[Patch, ...] = ()
) -> Guard:  # fmt: skip
    return Guard(name, against, (_patch(file, old, new), *also), tests, on)


def _patch(file: str, old: str, new: str) -> Patch:
    return Patch(PRODUCT + file, old, new)


def _changes_allowed(table: str, on: str) -> Guard:
    """The trigger that keeps the rows of a table from being changed or deleted, never firing."""
    if on == POSTGRES:
        database, old, never = "Postgres", '"FOR EACH ROW ', "WHEN (false) "
    else:
        database, old, never = (
            "SQLite",
            '"CREATE TRIGGER {table}_stays_{act.lower()} BEFORE {act} ON {table} ',
            "WHEN 0 ",
        )
    return _guard(
        f"{table} is append-only, {database}", "somebody who changes or deletes what was recorded",
        TABLES, old, f"{old}{{'{never}' if table == '{table}' else ''}}", RECORDED, CHANGED, on=on,
    )  # fmt: skip


BEGUN_INDEX = _patch(
    TABLES,
    '["order_id", "step_key", "attempt"],\n        unique=True',
    '["order_id", "step_key", "attempt"],\n        unique=False',
)
DONE_INDEX = _patch(
    TABLES,
    '["order_id", "step_key"],\n        unique=True',
    '["order_id", "step_key"],\n        unique=False',
)
REFUSED_BY_THE_DATABASE = f"{LEASES}test_the_database_itself_refuses_a_second_row"
ONCE = f"{LEASES}test_an_attempt_is_begun_once_and_a_step_is_done_once"

IN_THE_DATABASE = (
    Guard(
        "unique index of begun, Postgres", "one attempt of a step that two processes begin",
        (BEGUN_INDEX,), (ONCE, REFUSED_BY_THE_DATABASE), POSTGRES,
    ),
    Guard(
        "unique index of done, Postgres", "a step that is done twice, with two POS ids",
        (DONE_INDEX,), (ONCE, REFUSED_BY_THE_DATABASE), POSTGRES,
    ),
    # SQLite has a second net: the trigger against INSERT OR REPLACE refuses the same rows. Both are taken away.
    Guard(
        "unique index of begun and its trigger, SQLite", "one attempt of a step that two processes begin",
        (BEGUN_INDEX, _patch(STAYS_WHOLE, "\"event = 'begun' AND NEW.event = 'begun'", "\"0 AND NEW.event = 'begun'")),
        (ONCE, REFUSED_BY_THE_DATABASE),
    ),
    Guard(
        "unique index of done and its trigger, SQLite", "a step that is done twice, with two POS ids",
        (DONE_INDEX, _patch(STAYS_WHOLE, "\"event = 'done' AND NEW.event = 'done'", "\"0 AND NEW.event = 'done'")),
        (ONCE, REFUSED_BY_THE_DATABASE),
    ),
    _guard(
        "one export for each order id", "an order that is exported by two accounts or two plans",
        TABLES, 'sa.PrimaryKeyConstraint("order_id", name="pk_export")',
        'sa.PrimaryKeyConstraint("order_id", "account_id", name="pk_export")',
        f"{ORDERS}test_an_order_has_one_export",
    ),
    _guard(
        "one row for each order over all accounts", "an order that two accounts with one brand both export",
        TABLES, 'sa.PrimaryKeyConstraint("order_id", name="pk_nuorder_order")',
        'sa.PrimaryKeyConstraint("order_id", "account", name="pk_nuorder_order")',
        f"{ORDERS}test_an_order_is_added_once_over_all_accounts",
    ),
    _guard(
        "creation key unique", "a vendor, matrix or item that two orders make at the same time",
        TABLES, 'sa.PrimaryKeyConstraint("account_id", "creation_key", name="pk_creation")',
        'sa.PrimaryKeyConstraint("account_id", "creation_key", "order_id", name="pk_creation")',
        f"{LEASES}test_a_creation_key_belongs_to_the_first_order_that_claims_it",
        f"{LEASES}test_of_many_orders_that_claim_a_key_at_once_one_holds_it",
    ),
    *(_changes_allowed(table, on) for table in ("journal", "approval") for on in (SQLITE, POSTGRES)),
    _guard(
        "journal rows are not replaced, SQLite", "INSERT OR REPLACE, which deletes without asking the triggers of DELETE",
        STAYS_WHOLE, 'there = f"EXISTS (SELECT 1 FROM {table} WHERE {clash})"', 'there = f"0 /* {clash} */"', REPLACED,
    ),
    _guard(
        "append-only tables are not emptied, Postgres", "TRUNCATE, which asks no trigger for rows",
        STAYS_WHOLE, 'BEFORE TRUNCATE ON {table} "\n                f"FOR EACH STATEMENT',
        'BEFORE TRUNCATE ON {table} "\n                f"FOR EACH STATEMENT WHEN (false)', CHANGED, on=POSTGRES,
    ),
)  # fmt: skip

THE_LEASE = (
    _guard(
        "lease respected while it lives", "two processes that export one order at the same time",
        "store/leases.py", "if row.holder and row.expires_at > now:", "if False:",
        f"{LEASES}test_a_lease_has_one_holder_and_others_are_told_who_and_for_how_long",
        f"{AT_ONCE}test_export_and_verify_of_one_order_never_run_beside_each_other",
    ),
    _guard(
        "lease expires", "an order that nobody ever takes up again after its process was killed",
        "store/leases.py", "if row.holder and row.expires_at > now:", "if row.holder:",
        f"{LEASES}test_a_lease_that_ran_out_is_taken_over_with_a_higher_token",
    ),
    _guard(
        "lease row locked while it is taken, Postgres", "two processes that find the same lease free",
        "store/leases.py", "lease.c.name == name).with_for_update()).one()", "lease.c.name == name)).one()",
        "store/test_guards_of_the_lease.py::test_two_that_come_for_a_free_lease_at_the_same_moment_do_not_both_get_it",
        on=POSTGRES,
    ),
    _guard(
        "token goes up with every holder", "an old holder that cannot be told from the new one",
        "store/leases.py", "token = row.token + 1", "token = row.token",
        f"{LEASES}test_the_token_goes_up_with_every_holder",
    ),
    _guard(
        "fencing token compared", "a holder that was taken over by an attempt of the same name",
        "store/leases.py",
        "lease.c.token == held.token, lease.c.holder == held.holder)\n        .values(expires_at=database_now(connection) + time)",
        "lease.c.holder == held.holder)\n        .values(expires_at=database_now(connection) + time)",
        f"{LEASES}test_who_was_taken_over_by_itself_is_refused_at_renewal",
    ),
    _guard(
        "holder compared", "a process that goes on after it gave its lease back",
        "store/leases.py",
        "lease.c.token == held.token, lease.c.holder == held.holder)\n        .values(expires_at=database_now(connection) + time)",
        "lease.c.token == held.token)\n        .values(expires_at=database_now(connection) + time)",
        "store/test_guards_of_the_lease.py::test_who_gave_a_lease_back_cannot_renew_it",
    ),
    _guard(
        "every step renews the lease", "a holder that is taken over in the middle of a long export",
        "store/leases.py", ".values(expires_at=database_now(connection) + time)", ".values(expires_at=lease.c.expires_at)",
        f"{LEASES}test_a_renewed_lease_lasts_longer",
    ),
    _guard(
        "lease checked before a step is begun", "an old holder that wakes up and writes",
        "store/journal.py", "    renew(connection, held)\n", "",
        f"{LEASES}test_nothing_is_begun_without_the_lease",
    ),
    _guard(
        "export works under the lease", "an export beside a verification, or beside another export",
        "pipeline/export.py", "leases.held_lease(work.engine, lease_name(order_id), holder) as lease",
        'leases.held_lease(work.engine, lease_name(order_id) + holder, holder) as lease',
        f"{KILLED}test_a_second_attempt_beside_a_live_one_leaves_the_orders_story_alone",
    ),
    _guard(
        "verification works under the lease", "a verification beside an export that still writes",
        "pipeline/verify.py", "leases.held_lease(work.engine, lease_name(order_id), holder) as lease",
        'leases.held_lease(work.engine, lease_name(order_id) + holder, holder) as lease',
        f"{AT_ONCE}test_export_and_verify_of_one_order_never_run_beside_each_other",
    ),
    _guard(
        "second check before sending: the lease", "a process that stood still after it wrote begun, and was taken over",
        "pipeline/export.py", "late = leases.check(connection, self.lease) - begun_at > SEND_WITHIN",
        "late = database_now(connection) - begun_at > SEND_WITHIN",
        "pipeline/test_guards_of_sending.py::test_whoever_was_taken_over_between_its_intent_and_its_request_sends_nothing",
        f"{LATE}test_a_process_whose_lease_was_taken_while_it_stood_still_does_not_send",
    ),
    _guard(
        "second check before sending: the time", "a request that leaves when others have waited for it long enough",
        "pipeline/export.py", "        if late:\n", "        if False:\n",
        "pipeline/test_guards_of_sending.py::test_whoever_stood_still_between_its_intent_and_its_request_sends_nothing",
        f"{LATE}test_a_process_that_stood_still_after_it_wrote_its_intent_does_not_send",
    ),
    _guard(
        "lease checked when the export is closed", "an old verification that calls an order exported",
        "pipeline/verify.py",
        "        leases.renew(connection, lease)\n        links.save", "        links.save",
        "pipeline/test_guards_of_sending.py::test_a_verification_that_was_taken_over_does_not_close_the_order",
    ),
)  # fmt: skip

THE_JOURNAL = (
    _guard(
        "intent written before the request", "a request of which nobody knows after a crash",
        "clients/transport.py",
        "        if before_send is not None:\n            before_send()\n        started = time.monotonic()",
        "        started = time.monotonic()",
        LOST_ANSWER, f"{KILLED}test_a_killed_export_is_finished_by_the_next_one",
        also=(
            _patch(
                "clients/transport.py", "        return status, seen, content\n\n    def _longest",
                "        if before_send is not None:\n            before_send()\n        return status, seen, content\n\n"
                "    def _longest",
            ),
        ),
    ),
    _guard(
        "what the journal says is done is not done again", "a step that is sent once for each attempt",
        "pipeline/export.py", "            if step.key in self.results:\n                continue\n", "",
        f"{LOST}test_an_order_that_was_held_goes_on_from_where_it_stood",
    ),
    _guard(
        "an unknown outcome stays open", "a write that may have been applied and counts as refused",
        "pipeline/export.py", "self._note(step, attempt, journal.UNKNOWN, str(error), drips)",
        "self._note(step, attempt, journal.REFUSED, str(error), drips)",
        f"{LOST}test_nothing_is_sent_again_while_the_lost_request_may_still_be_under_way",
    ),
    _guard(
        "waiting before the look-up", "a look-up that comes before the request which it looks for",
        "pipeline/export.py", "if missing > timedelta(0):", "if False:",
        f"{LOST}test_nothing_is_sent_again_while_the_lost_request_may_still_be_under_way",
    ),
    _guard(
        "a second sending after a refused token is an attempt of its own",
        "others who wait from the first sending, while the second one is under way",
        "pipeline/export.py", "                attempt += 1\n            begun_at", "            begun_at",
        "pipeline/test_guards_of_sending.py::test_a_write_whose_token_was_refused_goes_out_as_an_attempt_of_its_own",
    ),
)  # fmt: skip

LOOK_UP = (
    _guard(
        "look-up before a resend", "any write whose answer was lost",
        "pipeline/export.py",
        "            if found := self._look_up(step):",
        "            if found := None:",
        LOST_ANSWER,
    ),
    _guard(
        "look-up before a resend: purchase order", "a second purchase order",
        "pipeline/steps.py", "found = work.pos.purchase_orders(ref_num=natural[\"ref_num\"])",
        "found: list[PurchaseOrder] = []",
        f"{LOST_ANSWER}[sqlite-Order]",
    ),
    _guard(
        "look-up before a resend: line", "a line that is there twice",
        "pipeline/export.py", "return place_lines(self.work, self.plan, self.results, self.doubtful).get(step.key)",
        "return None",
        "pipeline/test_guards_of_looking.py::test_a_line_whose_answer_was_lost_is_not_sent_again",
    ),
    _guard(
        "look-up before a resend: item by its UPC", "a second item for a variant",
        "pipeline/steps.py", 'items = work.pos.items_by_codes("upc", [natural["upc"]])', "items: list[PosItem] = []",
        f"{LOST_ANSWER}[sqlite-Item]",
    ),
    _guard(
        "look-up before a resend: item by matrix and attributes", "a second item for a variant without a code",
        "pipeline/steps.py",
        'items = [i for i in work.pos.matrix_items(natural["matrix"]) if _same_attributes(i, natural)]', "items = []",
        "pipeline/test_guards_of_looking.py::test_an_item_without_a_code_whose_answer_was_lost_is_not_made_twice",
    ),
    _guard(
        "attributes and description compared in that look-up", "another size that is taken for the one that was lost",
        "pipeline/steps.py",
        'items = [i for i in work.pos.matrix_items(natural["matrix"]) if _same_attributes(i, natural)]',
        'return [i.item_id for i in work.pos.matrix_items(natural["matrix"])][:1]',
        "pipeline/test_guards_of_looking.py::test_another_size_is_not_taken_for_an_item_that_was_not_made",
    ),
    _guard(
        "description compared in the look-up of items", "somebody else's item with the same code",
        "pipeline/steps.py", ' and _same_text(i.description, payload["description"])]', "]",
        "pipeline/test_guards_of_looking.py::test_somebody_else_s_item_is_not_taken_for_one_that_was_not_made",
    ),
    _guard(
        "look-up before a resend: item by its description", "a second item for a variant with neither code nor matrix",
        "pipeline/steps.py", 'items = _items_described(work, payload["description"])', "items = []",
        "pipeline/test_guards_of_looking.py::test_an_item_without_a_code_whose_answer_was_lost_is_not_made_twice",
    ),
    _guard(
        "a look-up that cannot be put holds the order", "a question that was not put and counts as answered with no",
        "pipeline/steps.py", "    if not plain_value(description):", "    if not plain_value(description):\n        return []\n    if False:",
        "pipeline/test_guards_of_looking.py::test_an_item_that_cannot_be_looked_up_holds_the_order",
    ),
    _guard(
        "look-up before a resend: matrix", "a second matrix for a style",
        "pipeline/steps.py", 'for m in work.pos.matrices_described([natural["description"]])',
        'for m in work.pos.matrices_described([natural["description"]])[:0]',
        f"{LOST_ANSWER}[sqlite-ItemMatrix]",
    ),
    _guard(
        "look-up before a resend: vendor", "a second vendor",
        "pipeline/steps.py", 'for v in work.pos.vendors_named(natural["name"]) if not v.archived',
        'for v in work.pos.vendors_named(natural["name"])[:0] if not v.archived',
        f"{LOST_ANSWER}[sqlite-Vendor]",
    ),
    _guard(
        "look-up before a resend: brand", "a second manufacturer",
        "pipeline/steps.py", 'for m in work.pos.manufacturers_named(natural["name"]) if not m.archived',
        'for m in work.pos.manufacturers_named(natural["name"])[:0] if not m.archived',
        f"{LOST_ANSWER}[sqlite-Manufacturer]",
    ),
    _guard(
        "look-up before a resend: category", "a second category",
        "pipeline/steps.py", "for r in rows if fold(v3.text(r, \"fullPathName\"))", "for r in () if fold(v3.text(r, \"fullPathName\"))",
        f"{LOST_ANSWER}[sqlite-Category]",
    ),
    _guard(
        "look-up before a resend: image", "an image that is there twice",
        "pipeline/steps.py", "for row in work.pos.images_of(**owner)", "for row in list(work.pos.images_of(**owner))[:0]",
        f"{LOST_ANSWER}[sqlite-Image]",
    ),
    _guard(
        "a look before every further attempt", "an attempt that was given up and applied after all",
        "pipeline/export.py", "elif state.attempts and (found := self._look_up(step)):", "elif state.attempts and (found := None):",
        f"{GIVEN_UP}[item]",
    ),
    _guard(
        "a look after a refused further attempt", "an order that is held although its own record is there",
        "pipeline/export.py", "if attempt > 1 and isinstance(error, Permanent) and (found := self._look_up(step)):",
        "if False and (found := self._look_up(step)):",
        "pipeline/test_guards_of_looking.py::test_an_item_that_is_refused_because_our_own_late_one_is_there_is_taken",
    ),
    _guard(
        "a refused first attempt is no success", "somebody else's item that is taken because the POS says 'already exists'",
        "pipeline/export.py", "if attempt > 1 and isinstance(error, Permanent) and (found := self._look_up(step)):",
        "if isinstance(error, Permanent) and (found := self._look_up(step)):",
        "pipeline/test_guards_of_looking.py::test_an_item_that_somebody_else_made_meanwhile_is_refused_and_not_taken",
    ),
    _guard(
        "two that could be it hold the order", "an item that is taken where there are two",
        "pipeline/steps.py", "if len(found) > 1 and step.kind not in ANY_WILL_DO:", "if False:",
        "pipeline/test_guards_of_looking.py::test_two_records_that_could_be_the_lost_one_hold_the_order",
    ),
    _guard(
        "a look by name before a vendor, brand or matrix is made", "one that a person made since the plan",
        "pipeline/steps.py", 'LOOK_BEFORE = frozenset({"create_vendor", "create_brand", "create_category", "create_matrix"})',
        "LOOK_BEFORE: frozenset[str] = frozenset()",
        "pipeline/test_guards_of_looking.py::test_a_brand_that_a_person_makes_after_the_plan_is_used",
    ),
    _guard(
        "a line that cannot be placed holds the order", "a resend beside a line that somebody changed",
        "pipeline/lines.py", "        if match is None:\n            raise NeedsMerchant(",
        "        if match is None:\n            continue\n        if match is None:\n            raise NeedsMerchant(",
        f"{LOST}test_a_line_that_somebody_added_by_hand_holds_the_order_and_justifies_no_resend",
    ),
    _guard(
        "archived purchase orders are found by our reference", "a second purchase order beside an archived one",
        "clients/pos_orders.py", 'rows = self.query("Order", {"refNum": ref_num, "archived": "true"}, relations)',
        'rows = self.query("Order", {"refNum": ref_num}, relations)',
        f"{ELSEWHERE}test_a_doubtful_find_is_a_question_and_nothing_is_written",
    ),
    _guard(
        "archived purchase orders are found by their notes", "an order that was keyed by hand and archived",
        "clients/pos_orders.py", '            "archived": "true",\n            "sort": "-orderID",', '            "sort": "-orderID",',
        f"{ELSEWHERE}test_a_doubtful_find_is_a_question_and_nothing_is_written",
    ),
    _guard(
        "archived items are found by their code", "a new item with a UPC that an archived item holds",
        "clients/pos_items.py", 'rows = self.query("Item", {name: value, "archived": "true"}, relations)',
        'rows = self.query("Item", {name: value}, relations)',
        f"{DECISIONS}test_an_item_held_by_an_archived_item_only_is_unarchived_as_a_step_of_its_own",
    ),
    _guard(
        "the reference is compared exactly", "another order's purchase order, where the POS ignores the filter",
        "clients/pos_orders.py", 'if v3.text(row, "refNum") == ref_num)', ")",
        f"{ELSEWHERE}test_where_the_pos_ignores_the_filter_on_the_reference_no_other_order_is_taken_for_ours",
    ),
    _guard(
        "the code is compared exactly", "another item, where the POS ignores the filter",
        "clients/pos_items.py", "            if codes.intersection(codes_of(row, field)):\n                found.append(row)",
        "            if True:\n                found.append(row)",
        "clients/test_lightspeed_reads.py::test_a_filter_that_is_ignored_gives_no_false_hits",
    ),
)  # fmt: skip

SENDING = (
    _guard(
        "no answer of a write takes longer than the lease", "a holder that waits for an answer while it is taken over",
        "clients/transport.py", "min(self._limits.total, self._limits.write_total) if asked.write else self._limits.total",
        "self._limits.total",
        "clients/test_guards_of_writes.py::test_a_write_whose_answer_comes_too_slowly_is_given_up_where_a_read_is_waited_for",
    ),
    _guard(
        "transport never resends a write", "a write that the lowest layer sends twice",
        "clients/transport.py", "        if write:\n            return attempt()\n", "",
        f"{WRITES}test_a_limited_write_was_not_applied_and_is_not_repeated",
    ),
    _guard(
        "redirections are not followed", "a write that is sent again to where an answer points",
        "clients/transport.py", "allow_redirects=False", "allow_redirects=True",
        "clients/test_transport.py::test_a_redirection_is_not_followed",
    ),
    _guard(
        "5xx of a write is an unknown outcome", "a write that was applied and counts as refused",
        "clients/classify.py", "    if status >= 500 or status in (408, 425):\n        if asked.write:",
        "    if status >= 500 or status in (408, 425):\n        if False:",
        "clients/test_classify.py::test_5xx_is_transient_for_a_read_and_unknown_for_a_write",
    ),
    _guard(
        "a broken exchange of a write is an unknown outcome", "a write that was applied and counts as never sent",
        "clients/classify.py", "    if asked.write:\n        return OutcomeUnknown(\n            f\"{asked.service} did not finish",
        "    if False:\n        return OutcomeUnknown(\n            f\"{asked.service} did not finish",
        "clients/test_classify.py::test_what_was_perhaps_applied_is_unknown_for_a_write_and_transient_for_a_read",
        LOST_ANSWER,
    ),
    _guard(
        "a creation that is answered without an id is unknown", "a record that was made and that nobody can name",
        "pipeline/steps.py", "    if not made:\n", "    if False:\n",
        "pipeline/test_guards_of_sending.py::test_a_creation_that_is_answered_without_an_id_is_looked_for",
    ),
)  # fmt: skip

STILL_TRUE = (
    _guard(
        "by-hand check before the first write", "an order that a person exported already",
        "pipeline/prepare.py", "    if elsewhere := _exported_elsewhere(work, row, plan, decision, lease):", "    if elsewhere := None:",
        f"{ELSEWHERE}test_a_purchase_order_that_is_there_is_taken_for_the_export",
    ),
    _guard(
        "by-hand check before the purchase order of an export that goes on", "a person who exports while ours cannot",
        "pipeline/prepare.py",
        "    return found or plan\n", "    return plan\n",
        f"{MEANWHILE}test_a_purchase_order_keyed_by_hand_while_our_export_could_not_begin_its_own_is_seen",
    ),
    _guard(
        "by-hand check after the last write", "a person who exports between our check and our write",
        "pipeline/verify.py", "    _not_by_hand_as_well(work, plan, po, around)\n", "",
        f"{MEANWHILE}test_a_purchase_order_keyed_by_hand_after_our_check_holds_the_order_and_both_are_named",
    ),
    _guard(
        "our own late purchase order is known as ours", "an empty purchase order of ours that counts as keyed by hand",
        "pipeline/prepare.py", "    if len(ours) == 1 and state.attempts:", "    if False:",
        f"{GIVEN_UP}[order]",
    ),
    _guard(
        "order read again before writing", "an order that the brand edited or cancelled after the approval",
        "pipeline/prepare.py", "raw = read_final(work, row)", 'raw = reports.get_snapshot(work.engine, row["snapshot_id"])["order"]',
        f"{SUPERSEDING}test_an_edit_after_the_approval_supersedes_it",
        f"{SUPERSEDING}test_an_order_that_is_not_final_any_more_right_before_writing_is_not_exported",
    ),
    _guard(
        "only final orders are exported", "an order that the brand cancelled or took back",
        "pipeline/final.py", "if raw is not None and status in FINAL_STATUSES:", "if raw is not None:",
        f"{SUPERSEDING}test_an_order_that_is_not_final_any_more_right_before_writing_is_not_exported",
    ),
    _guard(
        "order read again before an export goes on", "an order that was cancelled in the middle of its export",
        "pipeline/prepare.py", "    still_final(work, row)\n    plan = plan_from_data", "    plan = plan_from_data",
        f"{SUPERSEDING}test_a_cancellation_after_the_first_write_holds_the_order",
    ),
    _guard(
        "order read again when it is verified", "an edit or a cancellation while the export was at work",
        "pipeline/verify.py",
        " | _check_edit(work, row)",
        "",
        f"{MEANWHILE}test_a_cancellation_while_the_export_is_at_work_holds_it_and_says_what_to_do",
        f"{MEANWHILE}test_an_edit_while_the_export_is_at_work_leaves_the_approved_version_and_is_said",
    ),
    _guard(
        "match repeated before writing", "goods that changed in the POS after the approval",
        "pipeline/prepare.py", "if not still_stands(approved, report, _made_by_us(work, row, approved, report)):", "if False:",
        f"{SUPERSEDING}test_a_matched_item_that_was_archived_since_supersedes_the_approval",
        f"{SUPERSEDING}test_a_second_item_with_the_upc_supersedes_the_approval_and_asks",
    ),
    _guard(
        "chosen items looked at once more", "an item that was chosen and archived since",
        "pipeline/prepare.py", "    _chosen_items_are_there(work, approved, report, decision)\n", "",
        f"{SUPERSEDING}test_a_chosen_item_that_was_archived_since_is_not_put_on_a_purchase_order",
    ),
    _guard(
        "items looked at once more when the order is verified", "an item that was archived or merged after the plan",
        "pipeline/verify.py", "if lost := [one for one in wanted if one not in there or there[one].archived]:", "if lost := []:",
        f"{MEANWHILE}test_an_item_that_goes_between_the_plan_and_its_line_is_said_and_never_silently_ordered",
    ),
    _guard(
        "an export that has begun keeps its plan", "a second plan beside the first one's records",
        "pipeline/prepare.py", "if begun is None or not journal.anything_sent(connection, row[\"order_id\"]):", "if True:",
        f"{SUPERSEDING}test_once_writing_has_begun_the_approved_version_is_finished",
    ),
    _guard(
        "approvals judged: of the current report", "an approval of an older version",
        "domain/decisions.py", "if report is None or recorded.report_hash != current_hash:", "if report is None:",
        f"{SUPERSEDING}test_an_approval_of_the_old_report_that_comes_late_does_not_count",
    ),
    _guard(
        "approvals judged: in somebody's name", "an approval by nobody",
        "domain/decisions.py", "if not names_somebody(recorded.decided_by):", "if False:",
        f"{DECISIONS}test_bad_inserts_are_kept_do_not_count_and_say_why",
    ),
    _guard(
        "approval read again before writing", "a rejection that comes while the export is tried again",
        "pipeline/prepare.py", "    judge_decisions(work, order_id)\n    row = row_of", "    row = row_of",
        "pipeline/test_guards_of_approval.py::test_a_rejection_that_nobody_has_judged_yet_stops_the_export",
    ),
    _guard(
        "approval and report belong together", "an approval of the report before the present one",
        "pipeline/prepare.py", 'if approvals.get(work.engine, approval_id).report_hash != row["report_hash"]:', "if False:",
        "pipeline/test_guards_of_approval.py::test_an_approval_of_an_earlier_report_does_not_export_the_present_one",
    ),
    _guard(
        "a decision after the export began does not count", "an order that is rejected while its purchase order is there",
        "pipeline/judging.py", 'if row["state"] in EXPORTED or row["state"] == State.EXPORTING:', "if False:",
        "pipeline/test_guards_of_approval.py::test_a_rejection_of_an_order_that_a_person_exported_changes_nothing",
    ),
    _guard(
        "an exported order is not exported again", "a task that somebody clears",
        "pipeline/export.py", "    if row[\"state\"] in EXPORTED:\n        _log.info", "    if False:\n        _log.info",
        "pipeline/test_guards_of_approval.py::test_a_repeated_export_of_an_order_that_a_person_exported_gives_that_purchase_order",
    ),
)  # fmt: skip

AFTERWARDS = (
    _guard(
        "read-back comparison", "a purchase order that is not as planned",
        "pipeline/verify.py", "if found := differences(plan, items, vendor, po, zone):", "if found := []:",
        f"{TROUBLE}test_a_purchase_order_that_differs_from_the_plan_holds_the_order_and_names_the_difference",
    ),
    _guard(
        "lines too many are a difference", "a line that is there twice",
        "domain/readback.py", "sorted((got_lines - want_lines).items())]", "sorted((got_lines - want_lines).items())[:0]]",
        f"{MEANWHILE}test_a_purchase_order_that_a_person_changes_while_it_is_written_is_held_with_the_difference",
        "domain/test_readback.py",
    ),
    _guard(
        "lines that are missing are a difference", "a line that was lost",
        "domain/readback.py", "sorted((want_lines - got_lines).items())]", "sorted((want_lines - got_lines).items())[:0]]",
        f"{MEANWHILE}test_a_purchase_order_that_a_person_changes_while_it_is_written_is_held_with_the_difference",
        "domain/test_readback.py",
    ),
    _guard(
        "an export with open steps is not verified", "an order that is called exported half way",
        "pipeline/verify.py", "    if missing:\n", "    if False:\n",
        "pipeline/test_guards_of_sending.py::test_an_export_with_open_steps_cannot_be_verified",
    ),
    _guard(
        "surplus looked for when the order is verified", "an empty purchase order or a line that was applied late",
        "pipeline/verify.py", "if surplus.take_back(work, lease, row, plan, states, po, around):", "if False:",
        f"{LATE}test_an_empty_purchase_order_that_was_applied_late_is_archived_as_a_journaled_step",
        f"{LATE}test_a_line_that_was_applied_late_is_removed_as_a_journaled_step",
    ),
    _guard(
        "surplus that a person must look at holds the order", "a second purchase order with lines",
        "pipeline/surplus.py", "    if others:\n", "    if False:\n",
        f"{LATE}test_a_second_purchase_order_that_already_has_lines_holds_the_order_with_both_named",
    ),
    _guard(
        "a line too many that must not be removed holds the order", "a double on a purchase order that is being received",
        "pipeline/surplus.py", "        if unclear:\n", "        if False:\n",
        "pipeline/test_after_late_writes.py::test_a_line_that_is_there_twice_on_a_received_order_is_named_and_not_removed",
    ),
    _guard(
        "what was taken back is not counted again", "an equal line that a person adds later",
        "pipeline/surplus.py", "Sent(state.beside - gone[key], state.surplus)", "Sent(state.beside, state.surplus)",
        "pipeline/test_after_late_writes.py::test_a_line_that_a_person_adds_after_ours_was_taken_back_stays",
    ),
    _guard(
        "the holder's lease is checked when its key is taken over", "a holder that went on while the POS was asked",
        "pipeline/export.py",
        "        with writing(self.work.engine) as connection:\n            leases.renew(connection, other)\n            leases.renew",
        "        with writing(self.work.engine) as connection:\n            leases.renew",
        "pipeline/test_after_late_writes.py::test_a_key_is_not_taken_over_from_a_holder_that_went_on_while_the_pos_was_asked",
    ),
    _guard(
        "a rejection waits for what is under way", "a rejected order whose purchase order is applied all the same",
        "pipeline/judging.py", "        if row is not None and _under_way(work, row):\n", "        if False:\n",
        "pipeline/test_after_late_writes.py::test_a_rejection_waits_until_it_is_known_what_a_lost_request_made",
    ),
    _guard(
        "only untouched records are taken back", "a purchase order that somebody fills or receives by now",
        "domain/surplus.py", "if _untouched(other) and not other.lines and not other.total_quantity]", "]",
        f"{LATE}test_a_second_purchase_order_that_already_has_lines_holds_the_order_with_both_named",
    ),
    _guard(
        "no more is taken back than was sent", "a line that a person added",
        "domain/surplus.py", "        if too_many <= 0 or not most:\n", "        if too_many <= 0:\n",
        "domain/test_surplus.py", f"{LATE}test_a_later_look_leaves_alone_what_people_changed_since",
    ),
    _guard(
        "second items, matrices and vendors hold the order", "an item that the POS made late",
        "pipeline/surplus.py", "        _records_are_single(work, plan, results, sent)\n", "",
        f"{LATE}test_a_second_item_that_was_made_late_holds_the_order_with_both_named",
    ),
    _guard(
        "surplus noted by a holder that was taken over", "a record whose answer comes to a process that may not go on",
        "pipeline/export.py", "            self._note_surplus(step, attempt, result)\n", "",
        f"{LATE}test_what_a_holder_made_whose_place_was_taken_is_named_and_taken_back",
    ),
    _guard(
        "a second look is due where a write was sent twice", "what the POS applies after the order was verified",
        "pipeline/verify.py", "            exports.look_again(connection, order_id, LOOK_AGAIN_AFTER)\n", "            pass\n",
        f"{LATE}test_what_is_applied_after_the_export_was_read_back_is_taken_back_by_a_later_run",
    ),
    _guard(
        "the second look is done", "what the POS applies after the order was verified",
        "pipeline/discover.py", '    look_at_all(work, holder=f"{run.dag_id}/{run.run_id}/second look")\n', "",
        f"{LATE}test_what_is_applied_after_the_export_was_read_back_is_taken_back_by_a_later_run",
    ),
    _guard(
        "the line of a doubtful step does not stop the look-up", "an order that is held although all can be mended",
        "pipeline/lines.py", "if match is None and any(_says(p, line, plan, results) for p in plan.lines if p.step in doubtful):",
        "if False:",
        f"{LATE}test_a_line_that_is_there_twice_does_not_stop_the_look_for_another_one",
    ),
)  # fmt: skip

TOGETHER = (
    _guard(
        "creation key claimed", "two orders that make the same vendor, matrix or item",
        "pipeline/export.py", "if step.creation_key and (made := self._made_elsewhere(step)):", "if False and (made := self._made_elsewhere(step)):",
        f"{SHARED}test_the_second_order_uses_what_the_first_one_made_without_a_new_approval",
        f"{AT_ONCE}test_an_order_that_stands_while_it_makes_a_record_is_waited_for_and_its_record_is_used",
    ),
    _guard(
        "take-over waits for the lease of the holder", "a record that its holder is making right now",
        "pipeline/export.py", "other = leases.acquire(self.work.engine, lease_name(holder), self.lease.holder)",
        'other = leases.acquire(self.work.engine, "take-over of " + holder, self.lease.holder)',
        f"{AT_ONCE}test_an_order_that_stands_while_it_makes_a_record_is_waited_for_and_its_record_is_used",
    ),
    _guard(
        "take-over looks for what the holder left", "a record that a killed export made",
        "pipeline/export.py",
        "if state.attempts and (found := self._left_by(",
        "if False and (found := self._left_by(",
        "pipeline/test_guards_of_sharing.py::test_an_item_whose_answer_another_order_lost_is_found_by_one_that_planned_it_as_well",
    ),
    _guard(
        "take-over looks where the holder put it", "an image that one order puts on the matrix and the next one on an item",
        "pipeline/export.py", "        if theirs is None:\n", "        if True:\n",
        f"{AT_ONCE}test_an_image_that_an_order_uploaded_before_it_died_is_not_uploaded_again_by_the_next_one",
    ),
    _guard(
        "take-over waits until no request of the holder is under way", "a look-up that comes before the holder's request",
        "pipeline/export.py",
        "            self._wait_out(step, state.open_since)\n        begun",
        "            pass\n        begun",
        f"{SHARED}test_while_a_lost_request_of_another_order_may_be_under_way_the_next_order_waits",
    ),
    _guard(
        "take-over inherits the holder's doubt", "a record of the holder that the POS makes late",
        "pipeline/export.py", "            if ours and unsure:", "            if False:",
        "pipeline/test_guards_of_sharing.py::test_what_the_pos_makes_late_for_an_order_that_was_taken_over_holds_the_heir_with_both_named",
    ),
    _guard(
        "a record of another order is looked at before it is used", "an item that was archived since another order made it",
        "pipeline/export.py", "            if steps.still_there(self.work, step, made):", "            if True:",
        f"{SHARED}test_what_another_order_made_and_somebody_archived_since_is_made_again",
    ),
    _guard(
        "claims: an order is mapped into one live run", "two runs that work on one order",
        "pipeline/discover.py", 'if row["order_id"] not in live}', "}",
        f"{DISCOVERY}test_an_order_belongs_to_one_live_run",
    ),
    _guard(
        "claims: who was faster keeps the order", "two runs that find the same order free",
        "store/orders.py", ".where(nuorder_order.c.order_id == order_id, still)", ".where(nuorder_order.c.order_id == order_id)",
        f"{ORDERS}test_a_dead_run_s_claim_is_taken_over_unless_somebody_was_faster",
        f"{ORDERS}test_a_claim_gives_its_orders_their_places",
    ),
    _guard(
        "claims: only its own run releases an order", "a run that ends late and frees another one's order",
        "store/orders.py",
        "                nuorder_order.c.claim_dag_id == dag_id,\n                nuorder_order.c.claim_run_id == run_id,\n", "",
        f"{ORDERS}test_only_its_own_run_ends_a_claim",
    ),
    _guard(
        "the account that saw an order first exports it", "two accounts that have one brand",
        "pipeline/discover.py", "for row in orders.listing(work.engine, account=work.account.name)", "for row in orders.listing(work.engine)",
        f"{LOST}test_an_order_id_is_exported_once_over_all_accounts",
        f"{AT_ONCE}test_two_accounts_that_have_one_brand_export_each_of_its_orders_once",
    ),
)  # fmt: skip

GUARDS: tuple[Guard, ...] = (
    *IN_THE_DATABASE, *THE_LEASE, *THE_JOURNAL, *LOOK_UP, *SENDING, *STILL_TRUE, *AFTERWARDS, *TOGETHER,
)  # fmt: skip
