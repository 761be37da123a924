"""Items and matrices: found by code, by description, by id. What the server finds is compared again, exactly."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from nuorder_pos.clients import pos_records, v3, wire
from nuorder_pos.clients.classify import Unavailable
from nuorder_pos.clients.pos_account import plain_value
from nuorder_pos.clients.pos_api import PAGE, PosApi
from nuorder_pos.domain.pos import PosItem, PosMatrix
from nuorder_pos.errors import NuorderPosError, Permanent

_log = logging.getLogger(__name__)
CODE_FIELDS = ("upc", "ean", "customSku", "manufacturerSku", "itemID", "itemCode")
ITEM_CODE = ("upc", "ean")
"""Fields that a search by ``itemCode`` looks into. It looks into itemID as well, which is no code: such hits are left."""
LONGEST_LIST = 100
SHORTER_LIST = 50
_TOO_MUCH = (400, 413, 414, 422, 431, 500)
"""Statuses after which a list is asked for in a shorter or another form."""
_PROBE_PAGES = 3
_DESCRIPTIONS_LENGTH = 1500


class ItemReads(PosApi):
    """Reads of items and matrices, archived ones included and marked: a default search hides those that hold a UPC."""

    _longest_list = LONGEST_LIST

    def items_by_codes(
        self, field: str, codes: Iterable[str], *, attributes: bool = False, vendor_numbers: bool = False,
        stock: bool = False,
    ) -> list[PosItem]:  # fmt: skip
        """All items whose ``field`` is exactly one of ``codes``, each once.

        ``field`` is one of ``CODE_FIELDS``; ``itemCode`` finds by UPC and EAN at once. One request for each 100
        distinct codes in the form ``in_list_form``; after an error in lists of 50, then as ``or=``. ``attributes``,
        ``vendor_numbers`` and ``stock`` load those relations, which cost 0.2, 0.4 and 0.4 drips a request.
        """
        if field not in CODE_FIELDS:
            raise ValueError(f"items are found by one of {', '.join(CODE_FIELDS)}, not {field!r}")
        wanted = list(dict.fromkeys(code for code in codes if code.strip()))
        relations = _relations(attributes, vendor_numbers, stock)
        lists = [code for code in wanted if wire.listable(code)]
        found: dict[str, PosItem] = {}
        for chunk in _chunks(lists, self._longest_list):
            for row in self._rows_of_chunk(field, chunk, relations):
                _keep(found, row)
        for code in wanted:
            if not wire.listable(code) and plain_value(code):
                for row in self._exact(field, {code}, (field, code), relations):
                    _keep(found, row)
            elif not wire.listable(code):
                _log.warning("a code that starts like an operator cannot be searched for: %r", code[:40])
        return list(found.values())

    def item(self, item_id: str, *, attributes: bool = True, vendor_numbers: bool = False) -> PosItem | None:
        """One item, or ``None``."""
        row = self.get("Item", item_id, _relations(attributes, vendor_numbers))
        return pos_records.item(row) if row is not None else None

    def items_by_vendor_number(self, value: str) -> list[PosItem]:
        """Items that some vendor numbers exactly ``value`` (the relation ItemVendorNums)."""
        if not plain_value(value):
            return []
        params = {"ItemVendorNums.value": value, "archived": "true"}
        rows = self.query("Item", params, _relations(True, True))
        items = (pos_records.item(row) for row in rows)
        return [item for item in items if any(number == value for _, number in item.vendor_numbers)]

    def search_items(self, words: str, *, limit: int = 20, stock: bool = False) -> list[PosItem]:
        """Live items for a person who looks for one: every word is in the description, or the text is a code."""
        text = " ".join(words.split())
        if not text:
            return []
        found: dict[str, PosItem] = {}
        if " " not in text and wire.listable(text):
            for field in ("upc", "ean", "customSku", "manufacturerSku"):
                for item in self.items_by_codes(field, [text], attributes=True, stock=stock):
                    found.setdefault(item.item_id, item)
        parts = [part.casefold() for part in text.split()]
        longest = max(text.split(), key=len)
        pattern = longest.replace("%", "").replace("_", "")
        if pattern and len(found) < limit:
            rows = self.query("Item", {"description": f"~,%{pattern}%"}, _relations(True, False, stock))
            for row in islice(rows, PAGE * 3):
                item = pos_records.item(row)
                if all(part in item.description.casefold() for part in parts):
                    found.setdefault(item.item_id, item)
                if len(found) >= limit:
                    break
        return list(found.values())[:limit]

    def matrices_described(self, descriptions: Iterable[str]) -> list[PosMatrix]:
        """Matrices whose description is exactly one of ``descriptions`` but for surplus spaces, each once.

        Asked for with ``or=`` on the one field, which is documented with descriptions and costs nothing extra; a
        description with a character that means something in there is asked for alone.
        """
        wanted = {" ".join(text.split()): None for text in descriptions if text.strip()}
        found: dict[str, PosMatrix] = {}
        for name, value in _description_filters(list(wanted)):
            for row in self.query("ItemMatrix", {name: value, "archived": "true"}):
                matrix = pos_records.matrix(row)
                if " ".join(matrix.description.split()) in wanted:
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
        params = {"itemMatrixID": matrix_id, "archived": "true"}
        items = (
            pos_records.item(row) for row in self.query("Item", params, _relations(True, vendor_numbers))
        )
        return [item for item in items if item.matrix_id == matrix_id]

    def probe_in_lists(self, field: str = "upc") -> wire.InForm:
        """Which form of a list of codes this API understands: the first that finds items known to have such codes.

        How texts are to be quoted in an ``IN`` list is not documented. An API that takes the quotes for a part of the
        code answers "nothing found", without an error, and every article would be created a second time. So the
        question is put with up to three codes that exist, those with a leading zero first: a form passes when all of
        them are found, and only them. Where no form passes, or no item has a code to ask with, the answer is ``or``,
        which is documented. The result belongs in ``in_list_form``.
        """
        known = self._known_codes(field)
        if known:
            for form in wire.IN_FORMS:
                if self._finds(field, known, form):
                    return form
        return "or"

    def finds_by_item_code(self) -> bool:
        """Whether a list of ``itemCode`` finds items by UPC and by EAN, in the form ``in_list_form``.

        That is documented, and halves the look-ups; it is tried with codes that exist before it is relied on.
        """
        known = self._known_codes("itemCode")
        return bool(known) and self._finds("itemCode", known, self.in_list_form)

    def _known_codes(self, field: str) -> list[str]:
        """Up to three codes that items of this account have."""
        for sort in ("itemID", "-itemID"):
            rows = self.query("Item", {"archived": "true", "sort": sort})
            listed = list(islice(rows, PAGE * _PROBE_PAGES))
            known: list[str] = []
            for name in ITEM_CODE if field == "itemCode" else (field,):
                codes = {v3.text(row, name) for row in listed}
                usable = (code for code in codes if wire.listable(code))
                known += sorted(usable, key=lambda code: (code[0] != "0", code))[:3]
            if known:
                return list(dict.fromkeys(known))
        return []

    def _finds(self, field: str, codes: Sequence[str], form: wire.InForm) -> bool:
        name, value = wire.any_of(field, codes, form)
        wanted, found = set(codes), set()
        try:
            for row in islice(self.query("Item", {name: value, "archived": "true"}), PAGE):
                hits = wanted.intersection(_codes(row, field))
                if not hits and v3.text(row, "itemID") not in wanted:
                    return False  # the filter was not understood
                found |= hits
        except (Permanent, Unavailable) as error:
            if _status(error) not in _TOO_MUCH:
                raise
            return False
        return found == wanted

    def _rows_of_chunk(self, field: str, codes: Sequence[str], relations: Sequence[str]) -> list[v3.Row]:
        """The rows of some codes; a refusal of the list is answered by shorter lists, then by the ``or`` form."""
        form = self.in_list_form
        try:
            return self._exact(field, set(codes), wire.any_of(field, codes, form), relations)
        except (Permanent, Unavailable) as error:
            shorter = len(codes) > SHORTER_LIST
            if _status(error) not in _TOO_MUCH or (not shorter and form == "or"):
                raise
            _log.warning("a list of %d codes was refused, asking in another form: %s", len(codes), error)
        if not shorter:
            return self._exact(field, set(codes), wire.any_of(field, codes, "or"), relations)
        found: list[v3.Row] = []
        for part in _chunks(codes, SHORTER_LIST):
            found += self._rows_of_chunk(field, part, relations)
        self._longest_list = SHORTER_LIST
        return found

    def _exact(
        self, field: str, codes: set[str], condition: tuple[str, str], relations: Sequence[str]
    ) -> list[v3.Row]:
        """The rows of a query whose field is one of the codes: a filter that was ignored gives no false hits."""
        name, value = condition
        rows = self.query("Item", {name: value, "archived": "true"}, relations)
        found, foreign = [], 0
        for row in rows:
            if codes.intersection(_codes(row, field)):
                found.append(row)
            else:
                foreign += 1
        if foreign:
            _log.warning("%d items were answered that were not asked for (%s)", foreign, field)
        return found


def _description_filters(descriptions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Query parameters that together ask for every description, the listable ones in few requests."""
    chunk: list[str] = []
    for text in descriptions:
        if not wire.listable(text):
            if plain_value(text):
                yield "description", text
            else:
                yield wire.any_of("description", [text], "json")
            continue
        if chunk and (len(chunk) == LONGEST_LIST or sum(map(len, chunk)) + len(text) > _DESCRIPTIONS_LENGTH):
            yield wire.any_of("description", chunk, "or")
            chunk = []
        chunk.append(text)
    if len(chunk) == 1:
        yield "description", chunk[0]
    elif chunk:
        yield wire.any_of("description", chunk, "or")


def _codes(row: v3.Row, field: str) -> list[str]:
    """What a row holds in a field, or in all fields that a search by ``itemCode`` means."""
    return [v3.text(row, name) for name in (ITEM_CODE if field == "itemCode" else (field,))]


def _relations(attributes: bool, vendor_numbers: bool, stock: bool = False) -> tuple[str, ...]:
    wanted = {"ItemAttributes": attributes, "ItemVendorNums": vendor_numbers, "ItemShops": stock}
    return tuple(name for name, load in wanted.items() if load)


def _keep(found: dict[str, PosItem], row: v3.Row) -> None:
    item = pos_records.item(row)
    found.setdefault(item.item_id, item)


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _status(error: NuorderPosError) -> int | None:
    return error.status if isinstance(error, Permanent | Unavailable) else None
