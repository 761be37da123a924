"""Which searches this POS understands: tried out with codes that exist, where no documentation says it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Literal

from nuorder_pos.clients import v3, wire
from nuorder_pos.clients.classify import Unavailable
from nuorder_pos.clients.pos_api import PAGE
from nuorder_pos.clients.pos_items import (
    ITEM_CODE,
    TOO_MUCH,
    VENDOR_NUMBER,
    ItemReads,
    codes_of,
    status_of,
)
from nuorder_pos.errors import Permanent

_PAGES = 3
VendorNumberSearch = Literal["json", "plain", "refused", "unasked"]
"""The form in which a list of vendor numbers is understood, ``refused`` for none, ``unasked`` where no item has one."""


class SearchProbes(ItemReads):
    """Questions whose right answer is known beforehand."""

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

    def probe_vendor_numbers(self) -> VendorNumberSearch:
        """Whether a list of vendor numbers finds items, and in which form: an ``IN`` on a relation's field is not
        documented. ``or=`` is not tried, it may cost ten times as much there."""
        known = self._known_codes(VENDOR_NUMBER)
        if not known:
            return "unasked"
        if self._finds(VENDOR_NUMBER, known, "json"):
            return "json"
        return "plain" if self._finds(VENDOR_NUMBER, known, "plain") else "refused"

    def _known_codes(self, field: str) -> list[str]:
        """Up to three codes that items of this account have."""
        for sort in ("itemID", "-itemID"):
            rows = self.query("Item", {"archived": "true", "sort": sort}, _needed_for(field))
            listed = list(islice(rows, PAGE * _PAGES))
            known: list[str] = []
            for name in ITEM_CODE if field == "itemCode" else (field,):
                codes = {code for row in listed for code in codes_of(row, name)}
                usable = (code for code in codes if wire.listable(code))
                known += sorted(usable, key=lambda code: (code[0] != "0", code))[:3]
            if known:
                return list(dict.fromkeys(known))
        return []

    def _finds(self, field: str, codes: Sequence[str], form: wire.InForm) -> bool:
        name, value = wire.any_of(field, codes, form)
        wanted, found = set(codes), set()
        rows = self.query("Item", {name: value, "archived": "true"}, _needed_for(field))
        try:
            for row in islice(rows, PAGE):
                hits = wanted.intersection(codes_of(row, field))
                if not hits and v3.text(row, "itemID") not in wanted:
                    return False  # the filter was not understood
                found |= hits
        except (Permanent, Unavailable) as error:
            if status_of(error) not in TOO_MUCH:
                raise
            return False
        return found == wanted


def _needed_for(field: str) -> tuple[str, ...]:
    """A relation that is searched in has to be loaded."""
    return ("ItemVendorNums",) if field == VENDOR_NUMBER else ()
