"""Look-ups in the POS for matching: in lists, each value once, answers kept for the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from nuorder_pos.clients.heeded import NotSearchable
from nuorder_pos.clients.pos_items import WORD_PAGES, describes
from nuorder_pos.clients.wire import LONGEST_VALUE, is_id, listable
from nuorder_pos.domain.pos import PosItem, PosMatrix
from nuorder_pos.errors import NuorderPosError
from nuorder_pos.pipeline.pos_search import use_right_list_form, vendor_number_form
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import pos_answers, pos_json

_log = logging.getLogger(__name__)
T = TypeVar("T", PosItem, PosMatrix)

FRESH, KEPT = timedelta(hours=1), timedelta(days=1)
"""How long an answer of a run is used, and after which time it is deleted."""


class Lookups:
    """Looks items and matrices up, archived ones included. Items come with their attributes, sorted by id.

    With ``run``, the key of a run, answers are kept in the database, "nothing" too: each value is asked for once in
    that run, by whatever process, and again after an hour. Without it, once for each object. Values that the POS cannot
    hold, or that mean something in a list, find nothing. Errors are those of the client.
    """

    def __init__(self, work: Work, run: str = "") -> None:
        self._work, self._run = work, run
        self._answers: dict[str, dict[str, Sequence[Any]]] = {}
        self._items: dict[str, PosItem] = {}
        self._fields: list[str] = []
        self._tidied = False

    def by_code(self, codes: Iterable[str]) -> list[PosItem]:
        """Items with one of these codes as UPC or EAN."""

        def ask(missing: list[str]) -> list[PosItem]:
            pos = self._work.pos
            return [
                i
                for field in self._code_fields()
                for i in pos.items_by_codes(field, missing, attributes=True)
            ]

        return self._of_items("code", codes, ask, lambda item: (item.upc, item.ean))

    def by_sku(self, codes: Iterable[str]) -> list[PosItem]:
        """Items with one of these codes as custom SKU or manufacturer SKU."""

        def ask(missing: list[str]) -> list[PosItem]:
            self._code_fields()
            pos, fields = self._work.pos, ("customSku", "manufacturerSku")
            return [i for field in fields for i in pos.items_by_codes(field, missing, attributes=True)]

        return self._of_items(
            "sku", codes, ask, lambda item: (item.custom_sku, item.manufacturer_sku), needed=False
        )

    def by_vendor_number(self, values: Iterable[str]) -> list[PosItem]:
        """Items that a vendor numbers so, with all their vendor numbers; none where the POS has no such search."""

        def ask(missing: list[str]) -> list[PosItem]:
            form = vendor_number_form(self._work)
            if form is None:
                raise NotSearchable("This POS does not find items by lists of vendor numbers.")
            return self._work.pos.items_by_vendor_numbers(missing, form)

        return self._of_items(
            "vendor_number",
            values,
            ask,
            lambda item: (number for _, number in item.vendor_numbers),
            needed=False,
        )

    def by_id(self, item_ids: Iterable[str]) -> list[PosItem]:
        """The items with these ids. Those that were found in another way are not asked for again."""
        wanted = set(item_ids)
        known = [self._items[item_id] for item_id in wanted & self._items.keys()]

        def ask(missing: list[str]) -> list[PosItem]:
            self._code_fields()
            return self._work.pos.items_by_codes("itemID", missing, attributes=True)

        missing = filter(is_id, wanted - self._items.keys())
        return together(known, self._of_items("item_id", missing, ask, lambda item: (item.item_id,)))

    def numbered(self, item_ids: Iterable[str]) -> list[PosItem]:
        """The items with these ids, with their vendor numbers: what was found by one is seen again."""

        def ask(missing: list[str]) -> list[PosItem]:
            self._code_fields()
            return self._work.pos.items_by_codes("itemID", missing, attributes=True, vendor_numbers=True)

        return self._of_items("item_id+numbers", filter(is_id, item_ids), ask, lambda item: (item.item_id,))

    def in_matrices(self, matrix_ids: Iterable[str]) -> list[PosItem]:
        """All items of these matrices."""

        def ask(missing: list[str]) -> list[PosItem]:
            self._code_fields()
            return self._work.pos.items_by_codes("itemMatrixID", missing, attributes=True)

        return self._of_items("matrix_id", filter(is_id, matrix_ids), ask, lambda item: (item.matrix_id,))

    def described(
        self, texts: Iterable[str], *, manufacturer_id: str = "", most_pages: int = WORD_PAGES
    ) -> list[PosItem]:
        """Items whose description has the words of one of these texts in their order; see ``items_described``.

        What many items say finds the newest of them only: ``most_pages`` pages of 100 for each 15 texts.
        """
        wanted = {" ".join(text.split()) for text in texts}

        def ask(missing: list[str]) -> list[PosItem]:
            pos = self._work.pos
            return pos.items_described(missing, manufacturer_id=manufacturer_id, most_pages=most_pages)

        kind = f"description@{manufacturer_id}:{most_pages}"
        return self._of_items(
            kind,
            wanted,
            ask,
            lambda item: (text for text in wanted if describes(item.description, text)),
            needed=False,
        )

    def stocked(self, item_ids: Iterable[str]) -> list[PosItem]:
        """The items with these ids, with their stock by shop and their vendor numbers: for the few to choose from."""

        def ask(missing: list[str]) -> list[PosItem]:
            self._code_fields()
            return self._work.pos.items_by_codes(
                "itemID", missing, attributes=True, vendor_numbers=True, stock=True
            )

        return self._of_items("item_id+stock", filter(is_id, item_ids), ask, lambda item: (item.item_id,))

    def matrices(self, matrix_ids: Iterable[str]) -> list[PosMatrix]:
        """The matrices with these ids, sorted by id."""
        found = self._look_up(
            "matrix", filter(is_id, matrix_ids), self._work.pos.matrices, lambda matrix: (matrix.matrix_id,),
            pos_json.load_matrix,
        )  # fmt: skip
        return sorted({m.matrix_id: m for m in found}.values(), key=lambda m: (len(m.matrix_id), m.matrix_id))

    def _of_items(
        self, kind: str, values: Iterable[str], ask: Callable[[list[str]], Iterable[PosItem]],
        holds: Callable[[PosItem], Iterable[str]], *, needed: bool = True,
    ) -> list[PosItem]:  # fmt: skip
        found = together(self._look_up(kind, values, ask, holds, pos_json.load_item, needed))
        for item in found:
            self._items.setdefault(item.item_id, item)
        return found

    def _look_up(
        self, kind: str, values: Iterable[str], ask: Callable[[list[str]], Iterable[T]],
        holds: Callable[[T], Iterable[str]], load: Callable[[Mapping[str, Any]], T], needed: bool = True,
    ) -> list[T]:  # fmt: skip
        """The records that hold one of the values. ``needed``: an error where the POS does not understand the search;
        else it finds nothing, which is said once and not kept."""
        wanted = dict.fromkeys(value for value in values if _can_be_held(value))
        known = self._answers.setdefault(kind, {})
        if self._run and (missing := [value for value in wanted if value not in known]):
            kept = pos_answers.recall(
                self._work.engine, self._work.pos.account_id, self._run, _field(kind), missing, within=FRESH
            )
            known.update((value, tuple(map(load, records))) for value, records in kept.items())
        if missing := [value for value in wanted if value not in known]:
            try:
                answers = _by_value(missing, ask(missing), holds)
            except NotSearchable as error:
                if needed:
                    raise
                _log.warning("Not looked up by %s: %s", kind, error)
                answers = {}
                known.update(dict.fromkeys(missing, ()))
            known.update(answers)
            self._keep(kind, answers)
        return [record for value in wanted for record in known[value]]

    def _keep(self, kind: str, answers: Mapping[str, Sequence[PosItem | PosMatrix]]) -> None:
        if not self._run or not answers:
            return
        written = {value: [pos_json.dump(record) for record in records] for value, records in answers.items()}
        pos_answers.keep(self._work.engine, self._work.pos.account_id, self._run, _field(kind), written)
        if not self._tidied:
            self._tidied = True
            try:
                pos_answers.forget(self._work.engine, KEPT)
            except NuorderPosError as error:  # the right to delete may not be given yet
                _log.warning("Old answers of the POS could not be deleted: %s", error)

    def _code_fields(self) -> list[str]:
        """The fields that find a code, with lists in the form that this POS understands."""
        self._fields = self._fields or use_right_list_form(self._work)
        return self._fields


def together(*answers: Iterable[PosItem]) -> list[PosItem]:
    """Items of several answers, each once, the newest record with all the stock and vendor numbers that were loaded;
    sorted by id."""
    found: dict[str, PosItem] = {}
    for item in (item for answer in answers for item in answer):
        known = found.get(item.item_id)
        found[item.item_id] = item if known is None else _both(known, item)
    return sorted(found.values(), key=lambda item: (len(item.item_id), item.item_id))


def _both(one: PosItem, other: PosItem) -> PosItem:
    if one == other:
        return one
    older, newer = sorted((one, other), key=_age)
    return replace(
        newer, vendor_numbers=newer.vendor_numbers or older.vendor_numbers, stock=newer.stock or older.stock
    )


def _age(item: PosItem) -> tuple[float, bool, bool]:
    """A key that puts newer and fuller records last."""
    moment = item.changed.timestamp() if item.changed else 0.0
    return moment, bool(item.stock), bool(item.vendor_numbers)


def _by_value(
    values: Iterable[str], records: Iterable[T], holds: Callable[[T], Iterable[str]]
) -> dict[str, list[T]]:
    """The records by the values that they hold; a value that nothing holds has an empty list."""
    found: dict[str, list[T]] = {value: [] for value in values}
    for record in records:
        for value in dict.fromkeys(holds(record)):
            if value in found:
                found[value].append(record)
    return found


def _can_be_held(value: str) -> bool:
    return bool(value.strip()) and len(value) <= LONGEST_VALUE and value.isprintable() and listable(value)


def _field(kind: str) -> str:
    return f"{kind}/{pos_json.VERSION}"
