"""The product as a user has it: its command line, and the documented insert for other systems."""

from __future__ import annotations

import json
import shlex
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from demo.failure import DemoFailed
from demo.place import Place

INSERT = (
    "INSERT INTO approval (report_hash, decision, shop, decided_by, lines, answers, comment) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class Product:
    """``nuorder-pos`` in the environment of a demonstration."""

    place: Place
    environment: Mapping[str, str]

    def orders(self) -> list[dict[str, Any]]:
        """What scripts get: ``nuorder-pos orders --json``."""
        return list(self._json("orders"))

    def orders_as_table(self, width: int) -> str:
        return self._text("orders", width=width)

    def questions(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The open questions of an order's report, each with the choices it offers."""
        return list(self._json("report", name_of(order), "--format", "json")["questions"])

    def view(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What an analyst does: reads the documented views."""
        with closing(
            sqlite3.connect(f"file:{self.place.database}?mode=ro", uri=True, timeout=30)
        ) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def report_as_table(self, order: Mapping[str, Any], width: int) -> str:
        return self._text("report", name_of(order), "--format", "table", width=width)

    def approve(self, order: Mapping[str, Any], *more: str) -> str:
        """Gives the command as it was typed."""
        return self._typed("approve", name_of(order), *more)

    def reject(self, order: Mapping[str, Any], reason: str) -> str:
        return self._typed("reject", name_of(order), "--reason", reason, "--by", "mia")

    def insert_approval(self, order: Mapping[str, Any], shop: str, by: str, comment: str) -> str:
        """The way of another system: one insert into the project's database."""
        row = (order["report_hash"], "approve", shop, by, "{}", "{}", comment)
        with closing(sqlite3.connect(self.place.database, timeout=30)) as connection, connection:
            connection.execute(INSERT, row)
        shown = ", ".join("'" + str(value).replace("'", "''") + "'" for value in row)
        return f"{INSERT.partition('VALUES')[0]}VALUES ({shown})"

    def _typed(self, *words: str) -> str:
        self._text(*words)
        return shlex.join(["nuorder-pos", *words])

    def _json(self, *words: str) -> Any:
        answer = self._text(*words, "--json")
        try:
            return json.loads(answer)
        except ValueError:
            raise DemoFailed(f"`nuorder-pos {shlex.join(words)}` did not print JSON.", self._log) from None

    def _text(self, *words: str, width: int = 132) -> str:
        command = ["nuorder-pos", *words]
        done = subprocess.run(
            command,
            env={**self.environment, "COLUMNS": str(width)},
            cwd=self.place.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        with self._log.open("a", encoding="utf-8") as log:
            log.write(
                f"$ {shlex.join(command)}\n{done.stdout}{done.stderr}[exit status {done.returncode}]\n\n"
            )
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or "it said nothing"
            raise DemoFailed(
                f"`{shlex.join(command)}` ended with status {done.returncode}: {said}", self._log
            )
        return done.stdout

    @property
    def _log(self) -> Any:
        return self.place.log("nuorder-pos")


def name_of(order: Mapping[str, Any]) -> str:
    """An order the way a person names it."""
    return f"{order['brand']}/{order['order_number']}"
