"""The two other sides and the states of the orders, in the form in which the judge asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from prove.world import Json, Ledgers, World


@dataclass(frozen=True)
class Sides:
    """What everything came to: the part of a ``World`` that the judge looks at."""

    now: Ledgers
    rows: Mapping[str, Json]

    @property
    def shop(self) -> Sides:
        return self

    def ledgers(self) -> Ledgers:
        return self.now

    def row(self, number: str) -> Json:
        """State and reason of an order, by its number."""
        return next(row for row in self.rows.values() if row["order_number"] == number)


def seen(now: Ledgers, rows: Mapping[str, Json]) -> World:
    """For ``prove.judge.judge``."""
    return cast("World", Sides(now, rows))
