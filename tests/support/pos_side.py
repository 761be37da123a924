"""The POS's side of matching, for the pipeline's tests: items of matrices, and the look-ups that it was sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from support.orders import Json, item
from support.retail import Retail

OURS: Json = {"manufacturerID": 1, "defaultVendorID": 1}
"""Of the brand Acme Outdoor, as ``orders.pos`` has it."""


def matrix(matrix_id: int, description: str = "Trail Tee TEE", attribute_set: int = 1, **fields: Any) -> Json:
    """A matrix of the POS; by default of colours and sizes."""
    return {
        "itemMatrixID": matrix_id,
        "description": description,
        "itemAttributeSetID": attribute_set,
        **fields,
    }


def member(
    item_id: int, code: str = "", color: str = "Red", size: str = "M", matrix_id: int = 0, **fields: Any
) -> Json:
    """An item of our brand with colour and size."""
    attributes = {"itemAttributeSetID": 1, "attribute1": color, "attribute2": size}
    own: Json = {
        "itemMatrixID": matrix_id,
        "ItemAttributes": attributes,
        "description": f"Item {item_id}",
        **OURS,
    }
    return item(item_id, code, **{**own, **fields})


def numbered(value: str) -> Json:
    """An item's field for the vendor's own number."""
    return {"ItemVendorNums": {"ItemVendorNum": [{"value": value, "vendorID": 1}]}}


def attributes(found: Json) -> tuple[str, str]:
    """Colour and size of an item of the sandbox's ledger."""
    held = found.get("attributes") or {}
    return held.get("attribute1", ""), held.get("attribute2", "")


class Requests:
    """The look-ups of items and matrices that the POS was sent since the last look."""

    def __init__(self, retail: Retail) -> None:
        self._retail = retail
        self._before = len(self._all())

    def new(self) -> list[str]:
        """Their queries; the next call begins anew."""
        found = self._all()
        listed, self._before = found[self._before :], len(found)
        return listed

    def _all(self) -> list[str]:
        rows = self._retail.sandbox.ledger("pos")
        return [
            f"{row['path'].rpartition('/')[2]} {unquote(row['query'])}"
            for row in rows
            if row["method"] == "GET" and "/Item" in row["path"]
        ]


def by_size(report: Json) -> dict[str, Json]:
    """The rows of a report by size; the order has one colour of one style."""
    return {row["size"]: row for row in report["lines"]}


def candidates(row: Json) -> list[str]:
    """The ids of a row's candidates, the first one first."""
    return [one["item_id"] for one in row["candidates"]]


def codes(rows: Json) -> list[str]:
    """The codes of a row's or a report's warnings."""
    return [one["code"] for one in rows["warnings"]]
