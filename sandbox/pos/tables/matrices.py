"""Item matrices: the family of a style. Its attribute values grow with the items that join it."""

from __future__ import annotations

from typing import Any

from sandbox.pos import prices
from sandbox.pos.errors import PosError
from sandbox.pos.schema import Record
from sandbox.pos.shapes import one_or_many, row
from sandbox.pos.tables.base import Body, Table, rows_of


class Matrices(Table):
    """POST needs description and attribute set; DELETE archives the items too."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """Description and attribute set."""
        verb = "created" if record is None else "updated"
        self.need_text(
            record, body, "description", f"ItemMatrix not {verb}. An ItemMatrix must have a description."
        )
        if record is None or "itemAttributeSetID" in body:
            if not body.get("itemAttributeSetID"):
                raise PosError(400, f"ItemMatrix not {verb}. An ItemMatrix must have an itemAttributeSetID.")
            self.state.need("ItemAttributeSet", body["itemAttributeSetID"], 400)

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        if creating:
            record |= {"_prices": {}, "_values": [[], [], []], "_tags": []}
        prices.write(self.state, record, body)
        if creating and self.state.switches.text("items_in_post_matrix") == "accept":
            for sent in rows_of(body, "Items", "Item"):
                sent["itemMatrixID"] = record["itemMatrixID"]
                self.state.tables.item.create(sent, privileged)

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        super().delete(record)
        for item in self.state.all("Item"):
            if item["itemMatrixID"] == record["itemMatrixID"] and not item["archived"]:
                self.state.tables.item.delete(item)
        return record

    def show(self, record: Record) -> dict[str, Any]:
        """The attributes that the set names: several values a list, one a bare string, none an empty text."""
        shown = row(self.resource, record) | {"Prices": prices.shown(self.state, record)}
        attribute_set = self.state.get("ItemAttributeSet", record["itemAttributeSetID"])
        for number in (1, 2, 3):
            if attribute_set is not None and attribute_set[f"attributeName{number}"]:
                values = record["_values"][number - 1]
                shown[f"attribute{number}Values"] = one_or_many(list(values)) if values else ""
        return shown
