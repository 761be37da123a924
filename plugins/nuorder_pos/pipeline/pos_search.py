"""Which searches the POS of an account understands: tried out once, kept for a month."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import kept

MONTH, DAY = timedelta(days=30), timedelta(days=1)
_CODES, _VENDOR_NUMBERS = "code_search", "vendor_number_search/1"


def use_right_list_form(work: Work) -> list[str]:
    """Ask for lists in the form that this POS understands, and give the fields that together find a code.

    Probed once, and again after a month: a form that is not understood may find nothing without an error.
    """
    account_id = work.pos.account_id
    known = kept.recall(work.engine, account_id, _CODES, within=MONTH)
    if known is None:
        work.pos.in_list_form = work.pos.probe_in_lists()
        fields = ["itemCode"] if work.pos.finds_by_item_code() else ["upc", "ean"]
        known = {"form": work.pos.in_list_form, "fields": fields}
        kept.keep(work.engine, account_id, _CODES, known)
    work.pos.in_list_form = known["form"]
    return list(known["fields"])


def vendor_number_form(work: Work) -> Literal["json", "plain"] | None:
    """The form in which this POS finds items by a list of vendor numbers, or ``None`` where it cannot.

    Probed once, and again after a month; where no item has a vendor number to ask with, after a day.
    """
    account_id = work.pos.account_id
    known = kept.recall(work.engine, account_id, _VENDOR_NUMBERS, within=MONTH)
    if known == "unasked":
        known = kept.recall(work.engine, account_id, _VENDOR_NUMBERS, within=DAY)
    if known is None:
        known = work.pos.probe_vendor_numbers()
        kept.keep(work.engine, account_id, _VENDOR_NUMBERS, known)
    return known if known in ("json", "plain") else None
