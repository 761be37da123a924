"""A world with bad data in it, what a run makes of it, and what must be true of that.

The data come through the sockets of the stand-in. Orders are discovered, matched and reported as tasks do it, and shown by
the command line.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from support.databases import Place, execute
from support.orders import item, line, order, pos, products_of, upc
from support.retail import ROOMY, Retail
from support.sandbox import Sandbox, Side
from typer.testing import CliRunner

from nuorder_pos import runtime
from nuorder_pos.cli.main import app
from nuorder_pos.cli.render.sheet import report_csv
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline import discover, orders, read, report
from nuorder_pos.pipeline.work import RunRef

Json = dict[str, Any]
IN_A_WORLD = 40
FACTOR = float(os.environ.get("NUORDER_POS_PROPERTY_FACTOR", "0.1"))
SEED = int(os.environ.get("NUORDER_POS_PROPERTY_SEED", "0"))
"""Other worlds than usual: how many times as many, and which ones."""
GOOD = ("G1", "G2")
_POSTGRES = pytest.mark.postgres
_LONGEST_REASON = 700
_PYTHON = re.compile(r"\b[A-Za-z]*(?:Error|Exception|Traceback)\b| object at 0x|NoneType|<class |Decimal\(")
_FORMATS = ("table", "csv", "json", "html")

settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    phases=(
        Phase.explicit,
        Phase.generate,
    ),  # a failure names its orders itself; shrinking would run for minutes
    suppress_health_check=list(HealthCheck),
)


def parts(number: int) -> Any:
    """The parts of a test, every third one on SQLite and the others on Postgres, as parameters ``kind`` and ``part``."""
    kinds = [("postgres" if part % 3 else "sqlite", part) for part in range(number)]
    return pytest.mark.parametrize(
        "kind, part",
        [
            pytest.param(*one, id=f"{one[0]} {one[1]}", marks=_POSTGRES if one[0] == "postgres" else ())
            for one in kinds
        ],
    )


def each_world(
    worlds: int, part: int, **drawn: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], None]:
    """Run a function on so many worlds, drawn for this part; the same ones in each run."""

    def run(function: Callable[..., None]) -> None:
        seen, wanted = 0, max(1, round(worlds * FACTOR))

        @wraps(function)
        def counted(**values: Any) -> None:
            nonlocal seen
            seen += 1
            function(**values)

        chosen = settings(settings.get_profile("ci"), max_examples=wanted)
        seed(1000 * SEED + part)(chosen(given(**drawn)(counted)))()
        assert seen >= wanted, "fewer worlds than wanted could be drawn"

    return run


def code(number: int) -> str:
    """A valid UPC, another one for each number up to 9999."""
    body = f"0860{number:07d}"
    odd, even = sum(int(d) for d in body[0::2]), sum(int(d) for d in body[1::2])
    return body + str(-(3 * odd + even) % 10)


class Worlds:
    """Makes worlds."""

    def __init__(
        self, sandbox: Sandbox, databases: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:  # fmt: skip
        self._sandbox, self._databases, self._caplog, self._patch = sandbox, databases, caplog, monkeypatch
        self._last: World | None = None

    def make(self, kind: str) -> World:
        """The next one, on an empty database of this kind."""
        self.close()
        self._caplog.clear()
        self._last = World(self._sandbox, Retail(self._sandbox, self._databases.engine(kind)), self._caplog)
        engine = self._last.retail.engine
        self._patch.setattr(runtime, "open_engine", lambda: engine)
        return self._last

    def close(self) -> None:
        """End the last one."""
        if self._last is not None:
            self._last.retail.close()
            self._last = None


class World:
    """One brand with two good orders among bad ones."""

    def __init__(self, sandbox: Sandbox, retail: Retail, caplog: pytest.LogCaptureFixture) -> None:
        self.sandbox, self.retail, self.caplog = sandbox, retail, caplog
        self.troubles: list[str] = []
        self.texts: dict[str, str] = {}
        """By the ids of orders: the wounded document, for whoever reads that it was not survived."""

    # ---- setting the scene ----

    def given(
        self, raw_orders: Sequence[Json], products: Sequence[Json] | None, items: Iterable[Json] = (),
        others: Sequence[Json] = (),
    ) -> None:  # fmt: skip
        """These orders and the good ones, which have items 7 and 8; and other brands."""
        codes = {"S": upc(1), "M": upc(2)}
        good = [order(number, line("GOOD", sizes={"S": 2, "M": 3}, upcs=codes)) for number in GOOD]
        known = None if products is None else [*products, *products_of(*good)]
        floor = pos([item(7, upc(1)), item(8, upc(2)), *items])
        self.retail.given(*good, *raw_orders, products=known, shop_floor=floor, others=others)
        self.sandbox.switch(**ROOMY)

    def answers(self, side: Side, path: str, body: str, query: str = "", method: str = "GET") -> None:
        """From now on a request for this path is answered with this body."""
        self.sandbox.fault(
            server=side, method=method, path=path, query=query, action="status", status=200, body=body, times=10**6,
            content_type="application/json",
        )  # fmt: skip

    def answers_are_good_again(self) -> None:
        """From now on both services answer as they should."""
        for side in ("pos", "nuorder"):
            self.sandbox._request(f"{self.sandbox.origin(side)}/_faults", None, "DELETE")

    def forget_what_was_learned(self) -> None:
        """What is kept of the POS for a day, or of its token endpoint for a minute."""
        execute(self.retail.engine, "DELETE FROM reference")

    # ---- what a run does ----

    def discover(self, run: str) -> list[str]:
        """A run looks for orders; their ids."""
        with self._foreign_errors(f"the discovery of {run}"):
            try:
                return discover.discover(
                    self.retail.work, run=RunRef("dag", run), is_live=lambda claims: set()
                )
            except NuorderPosError as error:
                self.must_be_a_sentence(str(error), f"{run} ends with a sentence that")
        return []

    def match(self, order_id: str) -> None:
        """What the task of one order does, with what it writes down when it fails."""
        engine = self.retail.engine
        with self._foreign_errors(f"order {order_id}"):
            try:
                report.make_report(self.retail.work, order_id)
            except NeedsMerchant:
                pass  # written down by the pipeline
            except NuorderPosError as error:
                orders.failed(engine, order_id, str(error))

    def _foreign_errors(self, where: str) -> _Noted:
        return _Noted(self, where)

    def decide(self, number: str) -> None:
        """A merchant approves a report, and the sensor reads the decision."""
        with self._foreign_errors(f"the decision on {number}"):
            try:
                self.retail.approve(number)
                self.must_be_a_sentence(
                    self.retail.look(number).reason, f"after a decision on {number} the reason"
                )
            except NuorderPosError as error:
                self.must_be_a_sentence(str(error), f"the decision on {number} ends with a sentence that")

    def row(self, order_id: str) -> Json:
        """An order as the table has it."""
        return dict(orders.row_of(self.retail.engine, order_id))

    # ---- what must be true ----

    def must_be_a_sentence(self, told: str, where: str) -> None:
        """Note what keeps a text from being one for people."""
        for trouble in troubles_of(told):
            self.must(False, f"{where} {trouble}: {told[:400]!r}")

    def must(self, holds: object, what: str) -> None:
        """Note what does not hold; ``check`` tells all of it at once."""
        if not holds:
            self.troubles.append(what)

    def judge(self, ids: Iterable[str], shown: Sequence[str]) -> None:
        """Look at every order of the world. ``shown`` are those that the command line shows in every form; where
        there is one, it lists all orders, too."""
        engine, said = self.retail.engine, self.caplog.text
        for order_id in ids:
            try:
                row = orders.row_of(engine, order_id)
            except NuorderPosError:
                self.must(order_id in said, f"{order_id} is lost: neither in the table nor named in the log")
                continue
            if row["state"] == "awaiting_approval":
                self._judge_report(order_id)
            else:
                self._judge_reason(order_id, str(row["state"]), str(row["reason"]))
        for number in GOOD:
            self._judge_good(self.retail.id(number))
        for record in self.caplog.records:
            if record.exc_info:
                self.must(
                    False, f"a traceback in the log: {record.getMessage()[:300]}\n{self.caplog.text[-3000:]}"
                )
        if shown:
            self._judge_command_line(shown)
        if self.troubles:
            pytest.fail(self._told(), pytrace=False)

    def _told(self) -> str:
        concerned = [
            order_id for order_id in self.texts if any(order_id in trouble for trouble in self.troubles)
        ]
        documents = [f"{order_id} was {self.texts[order_id][:3000]}" for order_id in concerned[:5]]
        return "\n\n".join(trouble[:1500] for trouble in (*self.troubles[:8], *documents))

    def _judge_reason(self, order_id: str, state: str, reason: str) -> None:
        self.must(reason.strip(), f"{order_id} is {state} without a reason")
        self.must_be_a_sentence(reason, f"{order_id} is {state}; the reason")

    def _judge_report(self, order_id: str) -> None:
        with self._foreign_errors(f"the report of {order_id}"):
            found = read.report(self.retail.engine, order_id)
            rows = list(csv.DictReader(io.StringIO(report_csv(found))))
            self.must(len(rows) == len(found["lines"]) > 0, f"{order_id}: the CSV lost rows")
            if (ordered := sizes_in(self.texts.get(order_id, ""))) is not None:
                self.must(len(rows) == ordered, f"{order_id}: {ordered} sizes became {len(rows)} rows")
            json.loads(
                json.dumps(found), parse_constant=lambda name: self.must(False, f"{order_id}: {name} in JSON")
            )

    def _judge_good(self, order_id: str) -> None:
        found = read.report(self.retail.engine, order_id)
        seen = (found["state"], [(one["item_id"], one["units"], one["unit_cost"]) for one in found["lines"]])
        expected = ("awaiting_approval", [("7", 2, "10"), ("8", 3, "10")])
        self.must(seen == expected, f"a good order was affected: {seen} {found['reason']}")
        self.must(not found["questions"], f"a good order has questions: {found['questions']}")

    def _judge_command_line(self, shown: Sequence[str]) -> None:
        commands = [
            ["orders"],
            ["orders", "--all", "--json"],
            ["export-report", "report_line"],
        ]
        commands += [["report", order_id, "--format", form] for order_id in shown for form in _FORMATS]
        commands += [["runbook", order_id] for order_id in shown]
        for command in commands:
            result = CliRunner().invoke(app, command)
            foreign = result.exception is not None and not isinstance(result.exception, SystemExit)
            wrong = foreign or result.exit_code not in (0, 1) or "Something unexpected" in result.output
            self.must(not wrong and "Traceback" not in result.output, f"{command}: {result.output[-800:]}")
            if result.exit_code == 1:
                self.must_be_a_sentence(result.stderr, f"{command}: the sentence")
            elif "csv" not in command and "report_line" not in command:
                self.must(harmless(result.stdout), f"{command}: control characters reach the terminal")


class _Noted:
    """Notes an error that is not one of ours, and goes on."""

    def __init__(self, world: World, where: str) -> None:
        self._world, self._where = world, where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, Exception):
            return False
        if not isinstance(error, NuorderPosError):
            while trace.tb_next is not None and "nuorder_pos" in trace.tb_next.tb_frame.f_code.co_filename:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
            self._world.must(False, f"{self._where}: {type(error).__name__} at {place}: {str(error)[:300]}")
        else:
            self._world.must(False, f"{self._where}: {error}"[:600])
        return True


def sizes_in(text: str) -> int | None:
    """How many sizes an order has on its lines; ``None`` where the text is no order."""
    try:
        lines = json.loads(text)["line_items"]
        return sum(len(one.get("sizes") or ()) for one in lines)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def harmless(text: str) -> bool:
    """Whether nothing in a text steers a terminal or turns the direction of writing."""
    return all(character in "\n" or unicodedata.category(character) not in ("Cc", "Cs") for character in text)


def troubles_of(sentence: str) -> list[str]:
    """What keeps a text from being one clear sentence for a person."""
    told = sentence.strip()
    found = []
    if len(told) > _LONGEST_REASON:
        found.append(f"has {len(told)} characters")
    if not harmless(told) or re.search("[\u202a-\u202e\u2066-\u2069\u2028]", told):
        found.append("holds control characters")
    if "\n" in told:
        found.append("has several lines")
    if _PYTHON.search(told.replace("Internal Server Error", "")):
        found.append("talks of the program's inside")
    if told and told[-1] not in ".!?…":
        found.append("does not end")
    return found
