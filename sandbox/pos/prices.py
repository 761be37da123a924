"""ItemPrice rows of items and matrices: one amount for each price level of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.money import ZERO, plain, to_decimal
from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.shapes import one_or_many
from sandbox.pos.tables.base import Body, rows_of

if TYPE_CHECKING:
    from sandbox.pos.state import PosState


def write(state: PosState, record: Record, body: Body) -> None:
    """Take the rows of a body; a row names its level by id, or by the level's name."""
    for sent in rows_of(body, "Prices", "ItemPrice"):
        level = state.get("PriceLevel", sent.get("useTypeID"))
        name = str(sent.get("useType") or "").casefold()
        level = level or next(
            (one for one in state.all("PriceLevel") if one["name"].casefold() == name), None
        )
        if level is None:
            continue
        try:
            record["_prices"][level["priceLevelID"]] = to_decimal(sent.get("amount") or 0)
        except ValueError as error:
            raise PosError(400, "amount must be a number.") from error


def shown(state: PosState, record: Record) -> dict[str, Any]:
    """A row for every live price level, zero where none was written."""
    rows = [
        {
            "amount": plain(record["_prices"].get(level["priceLevelID"], ZERO)),
            "useTypeID": str(level["priceLevelID"]),
            "useType": level["name"],
        }
        for level in state.all("PriceLevel")
        if not level["archived"]
    ]
    return {"ItemPrice": one_or_many(rows)}
