"""The story that ``make demo`` tells: reports, decisions, exports, and what the POS says in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from demo.books import Books
from demo.failure import DemoFailed
from demo.product import Product, name_of
from demo.settings import DAG_ID
from demo.stage import Stage, ledger

Row = dict[str, Any]

REPORTS_WITHIN = 100.0
EXPORTS_WITHIN = 150.0
SETTLED_AFTER = 4.0
WAITING = "awaiting_approval"
DONE = "exported"
STUCK = ("superseded", "held", "cancelled", "expired")
APPROVALS = 4
"""How many orders without a question are approved; one more is approved by answering its question."""
WIDTH = 132
AT_ONCE = 2

ORDERS = "SELECT * FROM order_status WHERE NOT listed_only ORDER BY brand, order_number"
REPORTS = """
SELECT o.*, r.*
FROM order_status o
JOIN (SELECT order_id, count(*) AS lines,
             sum(status = 'confirmed') AS confirmed, sum(status = 'upc_match') AS upc_match,
             sum(status = 'new_item') AS new_item
      FROM report_line GROUP BY order_id) r ON r.order_id = o.order_id
WHERE o.state = 'awaiting_approval'
ORDER BY o.brand, o.order_number
"""
QUESTIONS = "SELECT order_id, code FROM report_warning WHERE question ORDER BY order_id, line"
LINES = "SELECT * FROM report_line WHERE order_id = ?"


@dataclass
class Story:
    """What happens on the stage."""

    stage: Stage
    product: Product
    waiting: dict[str, Row] = field(default_factory=dict)
    approved: dict[str, Row] = field(default_factory=dict)
    rejected: dict[str, Row] = field(default_factory=dict)
    questions: dict[str, list[str]] = field(default_factory=dict)

    def tell(self) -> None:
        """Raises :class:`DemoFailed` at the first part that does not come true."""
        self._await_reports()
        self._show_reports()
        self._decide()
        self._await_exports()
        self._show_outcome()
        self._check_books()

    # --- reports -------------------------------------------------------------------------------------------------

    def _await_reports(self) -> None:
        voice = self.stage.voice
        voice.step(
            "Waiting for the match reports: the DAG reads the orders and compares every line with the POS"
        )
        seen, since = -1, time.monotonic()

        def settled() -> bool:
            nonlocal seen, since
            orders = self.product.view(ORDERS)
            count = sum(order["state"] == WAITING for order in orders)
            if count != seen:
                seen, since = count, time.monotonic()
                if count:
                    voice.remark(f"{count} of {len(orders)} orders have a report and wait for a decision")
            matching = any(order["state"] == "discovered" and not order["reason"] for order in orders)
            return count > APPROVALS + 2 and not matching and time.monotonic() - since > SETTLED_AFTER

        self._until(settled, REPORTS_WITHIN, "The match reports did not come")
        self.waiting = {order["order_id"]: order for order in self.product.view(REPORTS)}
        for row in self.product.view(QUESTIONS):
            self.questions.setdefault(row["order_id"], []).append(row["code"])
        voice.good(f"{len(self.waiting)} match reports are there")

    def _show_reports(self) -> None:
        voice = self.stage.voice
        rows = [
            (
                order["brand"],
                order["order_number"],
                order["lines"],
                order["units"],
                f"{order['total']} {order['currency']}",
                order["confirmed"],
                order["upc_match"],
                order["new_item"],
                ", ".join(dict.fromkeys(self.questions.get(order["order_id"], []))),
            )
            for order in self.waiting.values()
        ]
        columns = (
            "Brand",
            "Order",
            "Lines",
            "Units",
            "Total",
            "Confirmed",
            "UPC match",
            "New item",
            "Open questions",
        )
        voice.table("Match reports", columns, rows, right=columns[2:8])
        clean = self._clean()
        brands = {order["brand"] for order in clean[:APPROVALS]}
        shown = clean[:1] + self._with_questions(other_than=brands)[:1]
        for order, text in zip(
            shown, self._at_once(partial(self.product.report_as_table, width=WIDTH), shown), strict=True
        ):
            voice.step(f"nuorder-pos report '{name_of(order)}'")
            voice.quote(text)

    # --- decisions -----------------------------------------------------------------------------------------------

    def _decide(self) -> None:
        voice = self.stage.voice
        clean = self._clean()
        with_questions = self._with_questions(other_than={order["brand"] for order in clean[:APPROVALS]})
        if len(clean) < APPROVALS or len(with_questions) < 2:
            raise DemoFailed(
                "The sample has too few orders that can be approved at once, or too few with a question."
            )
        voice.step(f"Now the merchant decides. {len(self.waiting)} orders wait, each for itself")
        shops = cycle(Books(ledger(self.stage.ready["pos"])["records"]).shops())
        *by_command, by_insert = clean[:APPROVALS]
        answered, rejected = with_questions[:2]

        decisions: list[Callable[[], str]] = [
            partial(self.product.approve, order, "--shop", next(shops), "--by", "mia") for order in by_command
        ]
        decisions.append(partial(self._approve_with_answers, answered, next(shops)))
        decisions.append(partial(self.product.reject, rejected, "Ordered twice; the brand knows"))
        for typed in self._at_once(lambda decision: decision(), decisions):
            voice.remark(typed)
        voice.step("Another system may approve as well, by one insert into the project's database")
        voice.remark(
            self.product.insert_approval(by_insert, next(shops), "erp", "checked by the buying system")
        )

        for order in (*by_command, by_insert, answered):
            self.approved[order["order_id"]] = self.waiting.pop(order["order_id"])
        self.rejected[rejected["order_id"]] = self.waiting.pop(rejected["order_id"])
        if not self.waiting:
            raise DemoFailed("No order is left that could go on waiting.")
        voice.good(f"{len(self.approved)} orders approved, 1 rejected, {len(self.waiting)} left waiting")

    def _approve_with_answers(self, order: Row, shop: str) -> str:
        words = ["--shop", shop, "--by", "mia"]
        for question in self.product.questions(order):
            code = question["code"] + (f":{question['line']}" if question["line"] else "")
            words += ["--answer", f"{code}={_value(question['choices'][0])}"]
        return self.product.approve(order, *words)

    def _clean(self) -> list[Row]:
        """Orders without a question, those that create least first; of a split order one part only, because the
        next part becomes a question once the first is exported."""
        clean = [order for order_id, order in self.waiting.items() if order_id not in self.questions]
        first: dict[tuple[str, str], Row] = {}
        for order in sorted(clean, key=lambda order: (order["new_item"], order["lines"])):
            first.setdefault((order["brand"], order["order_number"].partition("-")[0]), order)
        return list(first.values())

    def _with_questions(self, other_than: Collection[str] = ()) -> list[Row]:
        """Orders with questions: those of other brands first, then those with the fewest."""
        asking = [order for order_id, order in self.waiting.items() if order_id in self.questions]

        def place(order: Row) -> tuple[bool, int, int]:
            return order["brand"] in other_than, len(self.questions[order["order_id"]]), order["new_item"]

        return sorted(asking, key=place)

    # --- exports -------------------------------------------------------------------------------------------------

    def _await_exports(self) -> None:
        voice = self.stage.voice
        voice.step(
            "From here on nobody does anything: each sensor sees its decision and lets its order through"
        )
        shown: dict[str, str] = {}

        def all_exported() -> bool:
            orders = {order["order_id"]: order for order in self.product.view(ORDERS)}
            for order_id in (*self.approved, *self.rejected):
                words = _words(orders[order_id])
                if shown.get(order_id) != words:
                    shown[order_id] = words
                    voice.step(f"{name_of(orders[order_id])}: {words}")
            stuck = [order_id for order_id in self.approved if orders[order_id]["state"] in STUCK]
            if stuck:
                raise DemoFailed(
                    f"{name_of(orders[stuck[0]])} needs a person: {_words(orders[stuck[0]])}.", self._logs
                )
            rejected = all(orders[order_id]["state"] == "rejected" for order_id in self.rejected)
            return rejected and all(orders[order_id]["state"] == DONE for order_id in self.approved)

        self._until(all_exported, EXPORTS_WITHIN, "Not every approved order was exported")
        voice.good(f"All {len(self.approved)} approved orders are exported")

    def _show_outcome(self) -> None:
        voice = self.stage.voice
        table, orders = self._at_once(
            lambda ask: ask(), [partial(self.product.orders_as_table, WIDTH), self.product.orders]
        )
        voice.step("nuorder-pos orders")
        voice.quote(table)
        for order in orders:
            if order["order_id"] in self.approved:
                self.approved[order["order_id"]] |= order
        unlinked = [
            name_of(order) for order in self.approved.values() if not (order["po_id"] and order["po_url"])
        ]
        if unlinked:
            raise DemoFailed(f"These exported orders show no PO number or no link: {', '.join(unlinked)}.")
        wrong = [name_of(order) for order in self.approved.values() if order["export_status"] != "exported"]
        if wrong:
            raise DemoFailed(f"These orders are not shown as exported: {', '.join(wrong)}.")

    # --- what the POS says ---------------------------------------------------------------------------------------

    def _check_books(self) -> None:
        voice = self.stage.voice
        voice.step("Reading the purchase orders back from the POS itself, without our database")
        books = Books(ledger(self.stage.ready["pos"])["records"])
        for order_id, order in self.approved.items():
            if complaints := books.complaints(order, self.product.view(LINES, order_id)):
                raise DemoFailed(
                    f"{name_of(order)} is not in the POS as it should be: {'; '.join(complaints)}."
                )
            voice.remark(f"{name_of(order)}: exactly one, {books.amounts(books.of_order(order_id)[0])}")
        for order_id, order in {**self.rejected, **self.waiting}.items():
            if books.of_order(order_id):
                raise DemoFailed(f"{name_of(order)} was not approved and has a purchase order all the same.")
        example = min(self.approved.values(), key=lambda order: int(order["lines"]))
        purchase = books.of_order(example["order_id"])[0]
        columns = ("Item", "Description", "UPC / EAN", "Quantity", "Unit cost")
        voice.step(books.head(purchase))
        voice.table("", columns, books.rows(purchase), right=("Quantity", "Unit cost"))
        voice.good(
            f"One purchase order for each of the {len(self.approved)} approved orders, "
            f"none for the rejected one and the {len(self.waiting)} that wait"
        )

    # --- tools ---------------------------------------------------------------------------------------------------

    def _at_once(self, work: Callable[[Any], Any], over: list[Any]) -> list[Any]:
        """Runs commands side by side, as several people would; in the order given."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(work, over))

    def _until(self, true: Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            for service in self.stage.services:
                if not service.is_running():
                    raise DemoFailed(f"{otherwise}: {service.name} has ended by itself.", Path(service.log))
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"{otherwise} within {seconds:.0f} seconds.{self._failed_tasks()}", self._logs
                )
            time.sleep(0.5)

    @property
    def _logs(self) -> Path:
        return self.stage.place.airflow_home / "logs"

    def _failed_tasks(self) -> str:
        airflow = self.stage.airflow
        failed = [
            f"{task['task_id']} ({task.get('rendered_map_index') or task['map_index']})"
            for run in airflow.runs(DAG_ID)
            for task in airflow.tasks(DAG_ID, run["dag_run_id"])
            if task["state"] in ("failed", "up_for_retry")
        ]
        return f" Tasks that failed: {', '.join(failed[:5])}." if failed else ""


def _value(choice: Any) -> str:
    return str(choice["value"] if isinstance(choice, Mapping) else choice)


def _words(order: Mapping[str, Any]) -> str:
    said = str(order["state"]).replace("_", " ")
    if order["state"] == DONE:
        return f"{said}, PO {order['po_id']}"
    return f"{said} ({order['reason']})" if order["reason"] else said
