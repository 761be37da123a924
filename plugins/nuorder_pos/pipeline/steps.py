"""How each kind of step is sent, and how it is found again by its natural key when its answer was lost."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from nuorder_pos.clients import pos_records, v3
from nuorder_pos.clients.images import Image
from nuorder_pos.clients.pos_account import plain_value
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.plan import Plan, Step
from nuorder_pos.domain.pos import PosItem, PurchaseOrder
from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown, Permanent
from nuorder_pos.pipeline.work import Work

REMOVALS = frozenset({"remove_order", "remove_line"})
"""Take back what was applied one time too many: a purchase order is archived, a line removed."""

REPEATABLE = frozenset({"unarchive_item", "place_order", "write_notes"}) | REMOVALS
"""Changes that give the same record when they are sent twice: these need no look-up before they are sent again."""

ANY_WILL_DO = frozenset({"create_brand", "create_category", "add_image"})
"""Of these several with one name are as good as one: the first is taken."""

OUR_REF = re.compile(r"[0-9a-f]{24}")
"""Form of a NuORDER ``_id``, which is what we write as ``refNum``."""

SHORTEST_TELLING_NUMBER = 4
"""An order number of fewer characters says little where it stands in a note."""

NOT_TO_BE_HAD = "none"
"""Result of an image step whose image could not be fetched, or which the POS refused."""

ID_FIELDS = {
    "Vendor": "vendorID", "Manufacturer": "manufacturerID", "Category": "categoryID", "ItemMatrix": "itemMatrixID",
    "Item": "itemID", "Order": "orderID", "OrderLine": "orderLineID",
}  # fmt: skip


def send(
    work: Work,
    step: Step,
    payload: Mapping[str, Any],
    target: str,
    image: Image | None,
    before_send: Callable[[], None],
) -> str:
    """Send one step, once; gives the id of the record. ``before_send`` runs when nothing is left to wait for."""
    if image is not None:
        owner = {"matrix_id": target} if step.resource.startswith("ItemMatrix") else {"item_id": target}
        ordering = int(payload["ordering"])
        row = work.pos.upload_image(
            image, description=payload["description"], ordering=ordering, before_send=before_send, **owner
        )
        return v3.text(row, "imageID") or "sent"
    if step.kind in REMOVALS:
        try:
            work.pos.delete(step.resource, target, before_send=before_send)
        except Permanent as error:
            if error.status != 404:  # gone already is as good
                raise
        return target
    if target:
        work.pos.update(step.resource, target, payload, before_send=before_send)
        return target
    row = work.pos.create(step.resource, payload, before_send=before_send)
    made = v3.text(row, ID_FIELDS[step.resource])
    if not made:
        # It was applied, and what it made is not known: the next try looks for it.
        raise OutcomeUnknown(f"The POS answered the creation of {step.summary} without an id.")
    return made


def look_up(
    work: Work, step: Step, natural: Mapping[str, Any], payload: Mapping[str, Any], target: str
) -> str | None:
    """The id of the record that a lost write of ours made, or ``None`` where it was not applied.

    Raises ``NeedsMerchant`` where more than one record could be it.
    """
    found = every(work, step, natural, payload, target)
    if len(found) > 1 and step.kind not in ANY_WILL_DO:
        raise NeedsMerchant(
            f"After a lost answer {step.summary} was found more than once in the POS ({', '.join(found)}): "
            "remove what is too many, then let the order be tried again."
        )
    return found[0] if found else None


def every(
    work: Work, step: Step, natural: Mapping[str, Any], payload: Mapping[str, Any], target: str
) -> list[str]:
    """The ids of all live records in the POS that are what this step makes."""
    return _LOOK_UPS[step.kind](work, step, natural, payload, target)


def there_already(
    work: Work, step: Step, natural: Mapping[str, Any], payload: Mapping[str, Any]
) -> str | None:
    """What a person made by hand since the report, where exactly one record is what this step would make."""
    found = every(work, step, natural, payload, "")
    return found[0] if len(found) == 1 or (found and step.kind in ANY_WILL_DO) else None


_LookUp = Callable[[Work, Step, Mapping[str, Any], Mapping[str, Any], str], list[str]]


def _vendor(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [v.vendor_id for v in work.pos.vendors_named(natural["name"]) if not v.archived]


def _brand(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [m.record_id for m in work.pos.manufacturers_named(natural["name"]) if not m.archived]


def _category(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    rows = work.pos.query("Category", {"fullPathName": natural["name"]})
    return [
        v3.text(r, "categoryID") for r in rows if fold(v3.text(r, "fullPathName")) == fold(natural["name"])
    ]


def _matrix(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [
        m.matrix_id
        for m in work.pos.matrices_described([natural["description"]])
        if not m.archived
        and m.attribute_set_id in ("", natural["attribute_set"])
        and m.default_vendor_id in ("", "0", natural["vendor"])
    ]


def _item(work: Work, _s: Step, natural: Mapping[str, Any], payload: Mapping[str, Any], _t: str) -> list[str]:
    if natural["upc"]:
        items = work.pos.items_by_codes("upc", [natural["upc"]])
    elif natural["matrix"]:
        items = [i for i in work.pos.matrix_items(natural["matrix"]) if _same_attributes(i, natural)]
    else:
        items = _items_described(work, payload["description"])
    return [i.item_id for i in items if not i.archived and _same_text(i.description, payload["description"])]


def _items_described(work: Work, description: str) -> list[PosItem]:
    if not plain_value(description):
        # A look-up that cannot be put must not be taken for "not there".
        raise NeedsMerchant(
            f"Whether the item {description!r} was created cannot be looked up: look into the POS, and reject the order "
            "or finish it by hand."
        )
    return [
        pos_records.item(r) for r in work.pos.query("Item", {"description": description, "archived": "true"})
    ]


def _same_text(kept: str, sent: str) -> bool:
    """Whether the POS kept a text, be it trimmed or with its signs written as entities."""
    return fold(html.unescape(kept)) == fold(html.unescape(sent))


def _same_attributes(item: PosItem, natural: Mapping[str, Any]) -> bool:
    return fold(item.color) == fold(natural["color"]) and fold(item.size) == fold(natural["size"])


def _image(
    work: Work, step: Step, _n: Mapping[str, Any], payload: Mapping[str, Any], target: str
) -> list[str]:
    owner = {"matrix_id": target} if step.resource.startswith("ItemMatrix") else {"item_id": target}
    return [
        v3.text(row, "imageID")
        for row in work.pos.images_of(**owner)
        if _same_text(v3.text(row, "description"), payload["description"])
        and v3.text(row, "ordering") in ("", payload["ordering"])
    ]


def _po(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    found = work.pos.purchase_orders(ref_num=natural["ref_num"])
    # An archived one counts where it is the only one: whoever archived it meant the order.
    return [po.order_id for po in found if not po.archived] or [po.order_id for po in found]


_LOOK_UPS: dict[str, _LookUp] = {
    "create_vendor": _vendor,
    "create_brand": _brand,
    "create_category": _category,
    "create_matrix": _matrix,
    "create_item": _item,
    "add_image": _image,
    "create_po": _po,
}

LOOK_BEFORE = frozenset({"create_vendor", "create_brand", "create_category", "create_matrix"})
"""What a person may have made by hand since the report: looked for by name before it is created."""


def still_there(work: Work, step: Step, record_id: str) -> bool:
    """Whether a record that another export made is in the POS and not archived."""
    if step.kind == "add_image":
        return True
    row = work.pos.get(step.resource, record_id)
    return row is not None and v3.text(row, "archived") != "true"


def exported_by_hand(
    work: Work, plan: Plan, created_on: datetime | None
) -> tuple[list[PurchaseOrder], list[PurchaseOrder]]:
    """Purchase orders that may be this order already: (certain, doubtful).

    Certain: one that carries the order's id as ``refNum`` or ``b2bOrderUID``; one with its number in ``b2bOrderNumber``
    or in the notes that is younger than the order and has its units or its goods. Doubtful: an archived one, and any
    other with the number.
    """
    found = {po.order_id: po for po in work.pos.purchase_orders(ref_num=plan.order_id)}
    found |= {po.order_id: po for po in work.pos.purchase_orders_with_b2b_uid(plan.order_id)}
    certain = [po for po in found.values() if not po.archived]
    doubtful = [po for po in found.values() if po.archived]
    if isinstance(plan.vendor, str):
        for po in work.pos.purchase_orders_of_vendor(plan.vendor):
            if po.order_id not in found and names_order(po, plan):
                (certain if _looks_like(po, plan, created_on) else doubtful).append(po)
    return certain, doubtful


def names_order(po: PurchaseOrder, plan: Plan) -> bool:
    """Whether a purchase order that is not one of ours names the order: by its id or number, or in a note."""
    if po.b2b_order_uid == plan.order_id:
        return True
    if po.ref_num != plan.order_id and OUR_REF.fullmatch(po.ref_num) is not None:
        return False
    named = re.compile(rf"(?<![\w-]){re.escape(plan.number)}(?![\w-])")
    return any(named.search(text) for text in (po.note, po.stock_instructions, po.b2b_order_number))


def _looks_like(po: PurchaseOrder, plan: Plan, created_on: datetime | None) -> bool:
    units = sum(line.quantity for line in plan.lines)
    goods = sum((line.quantity * line.unit_cost for line in plan.lines), Decimal(0))
    telling = len(plan.number) >= SHORTEST_TELLING_NUMBER
    younger = created_on is None or po.created is None or po.created >= created_on
    return telling and younger and not po.archived and (po.total_quantity == units or po.subtotal == goods)
