"""Items: found by code, by vendor number, by words, by id. What the server finds is compared again, exactly."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

from nuorder_pos.clients import pos_records, v3, wire
from nuorder_pos.clients.classify import Unavailable
from nuorder_pos.clients.heeded import NotSearchable, alike, heeded
from nuorder_pos.clients.pos_account import plain_value
from nuorder_pos.clients.pos_api import PAGE, PosApi
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.errors import NuorderPosError, Permanent

_log = logging.getLogger(__name__)
CODE_FIELDS = ("upc", "ean", "customSku", "manufacturerSku", "itemID", "itemMatrixID", "itemCode")
ITEM_CODE = ("upc", "ean")
"""Fields that a search by ``itemCode`` looks into. It looks into itemID as well, which is no code: such hits are left."""
VENDOR_NUMBER = "ItemVendorNums.value"
LONGEST_LIST, SHORTER_LIST = wire.LONGEST_LIST, 50
TOO_MUCH = (400, 413, 414, 422, 431, 500)
"""Statuses after which a list is asked for in a shorter or another form."""
WORD_PAGES = 3
"""Pages that are read for one list of words: words find what they like, codes only what holds them."""
_TEXTS = 15
_SHORTEST_TEXT = 3


class ItemReads(PosApi):
    """Reads of items, archived ones included and marked: a default search hides those that hold a UPC."""

    _longest_list = LONGEST_LIST

    def items_by_codes(
        self, field: str, codes: Iterable[str], *, attributes: bool = False, vendor_numbers: bool = False,
        stock: bool = False,
    ) -> list[PosItem]:  # fmt: skip
        """All items whose ``field`` is exactly one of ``codes``, each once.

        ``field`` is one of ``CODE_FIELDS``; ``itemCode`` finds by UPC and EAN at once, ``itemMatrixID`` the items of
        matrices. One request for each 100 distinct codes in the form ``in_list_form``; after an error in lists of 50,
        then as ``or=``. ``attributes``, ``vendor_numbers`` and ``stock`` load those relations, which cost 0.2, 0.4 and
        0.4 drips a request. Raises ``NotSearchable`` where the POS answers with everything.
        """
        if field not in CODE_FIELDS:
            raise ValueError(f"items are found by one of {', '.join(CODE_FIELDS)}, not {field!r}")
        ids_only = field in ("itemID", "itemMatrixID")
        wanted = [c for c in dict.fromkeys(codes) if (wire.is_id(c) if ids_only else c.strip())]
        relations = _relations(attributes, vendor_numbers, stock)
        lists = [code for code in wanted if wire.listable(code)]
        found: dict[str, PosItem] = {}
        for chunk in wire.chunks(lists, self._longest_list):
            for row in self._rows_of_chunk(field, chunk, relations, self.in_list_form):
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

    def items_by_vendor_numbers(
        self, values: Iterable[str], form: Literal["json", "plain"], *, stock: bool = False
    ) -> list[PosItem]:
        """All items that some vendor numbers exactly one of ``values``, each once, with attributes and vendor numbers.

        ``form`` is what ``probe_vendor_numbers`` found. One request for each 100 distinct values; one that means
        something in a list is left out. Raises ``NotSearchable`` where the POS refuses or ignores the search.
        """
        relations = _relations(True, True, stock)
        found: dict[str, PosItem] = {}
        for chunk in wire.chunks(_listable(values), self._longest_list):
            for row in self._rows_of_chunk(VENDOR_NUMBER, chunk, relations, form):
                _keep(found, row)
        return list(found.values())

    def items_described(
        self, texts: Iterable[str], *, manufacturer_id: str = "", most_pages: int = WORD_PAGES
    ) -> list[PosItem]:
        """Items whose description says one of ``texts`` (see ``describes``), newest first, each once, with attributes.

        Asked for with ``or=`` on the one field, which costs nothing extra, 15 texts at a time; of each such list
        ``most_pages`` pages of 100 are read. A list that has more is asked for text by text, so that what one text finds
        never depends on which others were asked for with it. Texts of one or two characters and those that mean something in a list are
        left out. ``manufacturer_id`` keeps to one brand. Raises ``NotSearchable`` where the POS ignores the search.
        """
        wanted = [text for text in _listable(texts) if len(text.strip()) >= _SHORTEST_TEXT]

        def asked_for(row: v3.Row) -> bool:
            return any(describes(v3.text(row, "description"), text) for text in wanted)

        params = {"archived": "true", "sort": "-itemID"}
        if manufacturer_id:
            params["manufacturerID"] = manufacturer_id
        found: dict[str, PosItem] = {}
        lists = list(wire.chunks(wanted, _TEXTS))
        while lists:
            chunk = lists.pop(0)
            name, value = wire.like_any("description", chunk)
            rows = heeded(
                self.query("Item", {name: value, **params}, _relations(True, False)), asked_for, "description"
            )
            read = list(islice(rows, PAGE * most_pages))
            if len(chunk) > 1 and len(read) == PAGE * most_pages:
                lists += [[text] for text in chunk]
                continue
            for row in read:
                if asked_for(row) and manufacturer_id in ("", v3.text(row, "manufacturerID")):
                    _keep(found, row)
        return list(found.values())

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

    def _rows_of_chunk(
        self, field: str, codes: Sequence[str], relations: Sequence[str], form: wire.InForm
    ) -> list[v3.Row]:
        """The rows of some codes; a refusal of the list is answered by shorter lists, then by the ``or`` form."""
        try:
            return self._exact(field, set(codes), wire.any_of(field, codes, form), relations)
        except NotSearchable:
            if form == "or" or field == VENDOR_NUMBER:
                raise
            _log.warning("lists of %s are ignored, all lists are asked for in another form", field)
            self.in_list_form = "or"
            return self._exact(field, set(codes), wire.any_of(field, codes, "or"), relations)
        except (Permanent, Unavailable) as error:
            shorter = len(codes) > SHORTER_LIST
            if status_of(error) not in TOO_MUCH or (not shorter and form == "or"):
                raise
            if not shorter and field == VENDOR_NUMBER:
                raise NotSearchable(f"Lightspeed refuses lists of vendor numbers: {error}") from error
            _log.warning("a list of %d codes was refused, asking in another form: %s", len(codes), error)
        if not shorter:
            return self._exact(field, set(codes), wire.any_of(field, codes, "or"), relations)
        found: list[v3.Row] = []
        for part in wire.chunks(codes, SHORTER_LIST):
            found += self._rows_of_chunk(field, part, relations, form)
        self._longest_list = SHORTER_LIST
        return found

    def _exact(
        self, field: str, codes: set[str], condition: tuple[str, str], relations: Sequence[str]
    ) -> list[v3.Row]:
        """The rows of a query whose field is one of the codes. ``NotSearchable`` for a filter that is ignored."""
        near = {alike(code) for code in codes}

        def asked_for(row: v3.Row) -> bool:
            held = codes_of(row, field)
            if field == "itemCode":
                held.append(v3.text(row, "itemID"))
            return any(alike(code) in near for code in held)

        name, value = condition
        rows = self.query("Item", {name: value, "archived": "true"}, relations)
        found, foreign = [], 0
        for row in heeded(rows, asked_for, field):
            if codes.intersection(codes_of(row, field)):
                found.append(row)
            else:
                foreign += 1
        if foreign:
            _log.warning("%d items were answered that were not asked for (%s)", foreign, field)
        return found


def describes(description: str, text: str) -> bool:
    """Whether a description has the words of ``text`` in their order, in any case, with anything between them."""
    rest = description.casefold()
    for word in text.casefold().split():
        _, found, rest = rest.partition(word)
        if not found:
            return False
    return True


def codes_of(row: v3.Row, field: str) -> list[str]:
    """What a row holds in a field, in all fields that a search by ``itemCode`` means, or as vendor numbers."""
    if field == VENDOR_NUMBER:
        return [v3.text(number, "value") for number in v3.relation(row, "ItemVendorNums", "ItemVendorNum")]
    return [v3.text(row, name) for name in (ITEM_CODE if field == "itemCode" else (field,))]


def status_of(error: NuorderPosError) -> int | None:
    """The HTTP status that an error came with."""
    return error.status if isinstance(error, Permanent | Unavailable) else None


def _listable(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value.strip() and wire.listable(value)]


def _relations(attributes: bool, vendor_numbers: bool, stock: bool = False) -> tuple[str, ...]:
    wanted = {"ItemAttributes": attributes, "ItemVendorNums": vendor_numbers, "ItemShops": stock}
    return tuple(name for name, load in wanted.items() if load)


def _keep(found: dict[str, PosItem], row: v3.Row) -> None:
    item = pos_records.item(row)
    found.setdefault(item.item_id, item)
