"""Matrices: found by description, by id, with their items. What the server finds is compared again, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nuorder_pos.clients import pos_records, v3, wire
from nuorder_pos.clients.heeded import heeded
from nuorder_pos.clients.pos_account import plain_value
from nuorder_pos.clients.pos_api import PosApi
from nuorder_pos.domain.pos import PosItem, PosMatrix


class MatrixReads(PosApi):
    """Reads of matrices, archived ones included and marked."""

    def matrices_described(self, descriptions: Iterable[str]) -> list[PosMatrix]:
        """Matrices whose description is exactly one of ``descriptions`` but for surplus spaces, each once.

        Asked for with ``or=`` on the one field, which is documented with descriptions and costs nothing extra; a
        description with a character that means something in there is asked for alone.
        """
        wanted = {" ".join(text.split()): None for text in descriptions if text.strip()}
        folded = {text.casefold() for text in wanted}

        def asked_for(row: v3.Row) -> bool:
            return " ".join(v3.text(row, "description").split()).casefold() in folded

        found: dict[str, PosMatrix] = {}
        for name, value in _description_filters(list(wanted)):
            rows = self.query("ItemMatrix", {name: value, "archived": "true"})
            for row in heeded(rows, asked_for, "a matrix's description"):
                matrix = pos_records.matrix(row)
                if " ".join(matrix.description.split()) in wanted:
                    found.setdefault(matrix.matrix_id, matrix)
        return list(found.values())

    def matrices(self, matrix_ids: Iterable[str]) -> list[PosMatrix]:
        """The matrices with these ids, each once; one request for each 100. What is no id of a record is left out."""
        wanted = {number: None for number in matrix_ids if wire.is_id(number)}

        def asked_for(row: v3.Row) -> bool:
            return v3.text(row, "itemMatrixID") in wanted

        found: dict[str, PosMatrix] = {}
        for chunk in wire.chunks(list(wanted)):
            name, value = wire.any_of("itemMatrixID", chunk, "plain")
            rows = self.query("ItemMatrix", {name: value, "archived": "true"})
            for row in filter(asked_for, heeded(rows, asked_for, "itemMatrixID")):
                matrix = pos_records.matrix(row)
                found.setdefault(matrix.matrix_id, matrix)
        return list(found.values())

    def matrix(self, matrix_id: str) -> PosMatrix | None:
        """One matrix, or ``None``."""
        row = self.get("ItemMatrix", matrix_id)
        return pos_records.matrix(row) if row is not None else None

    def matrix_items(self, matrix_id: str, *, vendor_numbers: bool = False) -> list[PosItem]:
        """All items of a matrix with their attributes."""
        if matrix_id in ("", "0"):
            return []
        relations = ("ItemAttributes", "ItemVendorNums") if vendor_numbers else ("ItemAttributes",)
        rows = self.query("Item", {"itemMatrixID": matrix_id, "archived": "true"}, relations)
        items = (pos_records.item(row) for row in rows)
        return [item for item in items if item.matrix_id == matrix_id]


def _description_filters(descriptions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Query parameters that together ask for every description, the listable ones in few requests."""
    listable = []
    for text in descriptions:
        if wire.listable(text):
            listable.append(text)
        elif plain_value(text):
            yield "description", text
        else:
            yield wire.any_of("description", [text], "json")
    for chunk in wire.chunks(listable):
        yield wire.any_of("description", chunk, "or") if len(chunk) > 1 else ("description", chunk[0])
