"""Resources with little of their own: stock rows, attribute sets, shops, tags, custom fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record, Resource
from sandbox.pos.tables.base import Body, Table

if TYPE_CHECKING:
    from sandbox.pos.state import PosState

_FIELD_TYPES = (
    "string",
    "text",
    "url",
    "email",
    "datetime",
    "date",
    "boolean",
    "integer",
    "float",
    "single_choice",
    "multi_choice",
)


class Named(Table):
    """A resource whose name may not be blank."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A name."""
        self.need_text(record, body, "name", "name cannot be blank.")


class AttributeSets(Named):
    """The four system sets are read only; an account may add its own."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """System sets stay as they are."""
        super().check(record, body, privileged)
        if record is not None and record["system"] and not privileged:
            raise PosError(400, "A system ItemAttributeSet cannot be changed.")


class Tags(Named):
    """Tag names are stored in lower case without spaces, as documented for "New Tag"."""

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        record["name"] = "".join(record["name"].split()).lower()

    def find_or_create(self, name: str) -> int:
        """The id of a tag."""
        wanted = "".join(name.split()).lower()
        for tag in self.state.all("Tag"):
            if tag["name"] == wanted:
                return int(tag["tagID"])
        return int(self.create({"name": name})["tagID"])


class CustomFields(Named):
    """Definitions of custom fields of orders."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A known type, a short unit."""
        super().check(record, body, privileged)
        if body.get("type", "string") not in _FIELD_TYPES:
            raise PosError(400, f"type must be one of {', '.join(_FIELD_TYPES)}.")
        if len(str(body.get("uom") or "")) > 4:
            raise PosError(400, "uom has at most 4 characters.")


class ItemShops(Table):
    """Stock of an item in a shop; shop 0 is the sum. Backorder is kept up to date from the orders."""

    def __init__(self, state: PosState, resource: Resource) -> None:
        super().__init__(state, resource)
        self._by_item: dict[int, list[Record]] = {}

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        if creating:
            self._by_item.setdefault(record["itemID"], []).append(record)

    def of_item(self, item_id: int) -> list[Record]:
        """The rows of one item."""
        return self._by_item.get(item_id, [])

    def refresh_backorder(self, item_ids: Iterable[int]) -> None:
        """Count what Ordered purchase orders still expect (switch ``ordered_raises_backorder``)."""
        counting = self.state.switches.on("ordered_raises_backorder")
        wanted = set(item_ids)
        open_orders = {
            order["orderID"]: order["shopID"]
            for order in self.state.all("Order")
            if counting and order["_ordered"] and not order["archived"] and not order["complete"]
        }
        expected: dict[tuple[int, int], int] = {}
        for line in self.state.all("OrderLine"):
            if line["itemID"] in wanted and line["orderID"] in open_orders:
                missing = max(0, line["quantity"] - line["checkedIn"])
                for shop_id in (0, open_orders[line["orderID"]]):
                    key = (line["itemID"], shop_id)
                    expected[key] = expected.get(key, 0) + missing
        for item_id in wanted:
            for held in self.of_item(item_id):
                amount = expected.get((item_id, held["shopID"]), 0)
                if held["backorder"] != amount:
                    held["backorder"], held["timeStamp"] = amount, self.state.now()
