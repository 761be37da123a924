"""How each kind of step is sent, and how it is found again by its natural key when its answer was lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from nuorder_pos.clients import v3
from nuorder_pos.clients.images import Image
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.plan import Step
from nuorder_pos.domain.pos import PosItem, PurchaseOrder
from nuorder_pos.errors import NeedsMerchant, OutcomeUnknown
from nuorder_pos.pipeline.work import Work

REPEATABLE = frozenset({"unarchive_item", "place_order", "write_notes"})
"""Changes that give the same record when they are sent twice: these need no look-up before they are sent again."""

NOT_TO_BE_HAD = "none"
"""Result of an image step whose image could not be fetched."""

ID_FIELDS = {
    "Vendor": "vendorID", "Manufacturer": "manufacturerID", "Category": "categoryID", "ItemMatrix": "itemMatrixID",
    "Item": "itemID", "Order": "orderID", "OrderLine": "orderLineID",
}  # fmt: skip


def send(work: Work, step: Step, payload: Mapping[str, Any], target: str, image: Image | None) -> str:
    """Send one step, once; gives the id of the record. Raises the errors of a write."""
    if image is not None:
        owner = {"matrix_id": target} if step.resource.startswith("ItemMatrix") else {"item_id": target}
        ordering = int(payload["ordering"])
        row = work.pos.upload_image(image, description=payload["description"], ordering=ordering, **owner)
        return v3.text(row, "imageID") or "sent"
    if target:
        work.pos.update(step.resource, target, payload)
        return target
    row = work.pos.create(step.resource, payload)
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
    found = _LOOK_UPS[step.kind](work, step, natural, payload, target)
    if len(found) > 1:
        raise NeedsMerchant(
            f"After a lost answer {step.summary} was found more than once in the POS ({', '.join(found)}): "
            "remove what is too many, then let the order be tried again."
        )
    return found[0] if found else None


_LookUp = Callable[[Work, Step, Mapping[str, Any], Mapping[str, Any], str], list[str]]


def _vendor(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [v.vendor_id for v in work.pos.vendors_named(natural["name"]) if not v.archived]


def _brand(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [m.record_id for m in work.pos.manufacturers_named(natural["name"]) if not m.archived][:1]


def _category(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    rows = work.pos.query("Category", {"fullPathName": natural["name"]})
    return [
        v3.text(r, "categoryID") for r in rows if fold(v3.text(r, "fullPathName")) == fold(natural["name"])
    ][:1]


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
        return [i.item_id for i in items if not i.archived and i.description == payload["description"]]
    if natural["matrix"]:
        items = work.pos.matrix_items(natural["matrix"])
        return [i.item_id for i in items if not i.archived and _same_attributes(i, natural)]
    items = work.pos.items_by_codes("manufacturerSku", [natural["style"]]) if natural["style"] else []
    return [i.item_id for i in items if not i.archived and i.description == payload["description"]]


def _same_attributes(item: PosItem, natural: Mapping[str, Any]) -> bool:
    return fold(item.color) == fold(natural["color"]) and fold(item.size) == fold(natural["size"])


def _image(
    work: Work, step: Step, _n: Mapping[str, Any], payload: Mapping[str, Any], target: str
) -> list[str]:
    owner = {"matrix_id": target} if step.resource.startswith("ItemMatrix") else {"item_id": target}
    return [
        v3.text(row, "imageID")
        for row in work.pos.images_of(**owner)
        if v3.text(row, "description") == payload["description"]
        and v3.text(row, "ordering") in ("", payload["ordering"])
    ][:1]


def _po(work: Work, _s: Step, natural: Mapping[str, Any], _p: Mapping[str, Any], _t: str) -> list[str]:
    return [po.order_id for po in work.pos.purchase_orders(ref_num=natural["ref_num"])]


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
    work: Work, order_id: str, number: str, vendor_id: str
) -> tuple[list[PurchaseOrder], list[PurchaseOrder]]:
    """Purchase orders of this order that we did not write: (certain, doubtful).

    Certain: one that carries the order's id as ``refNum`` or ``b2bOrderUID``, or its number in the notes; doubtful: an
    archived one, or a number too short to mean only this order.
    """
    found = {po.order_id: po for po in work.pos.purchase_orders(ref_num=order_id)}
    found |= {po.order_id: po for po in work.pos.purchase_orders_with_b2b_uid(order_id)}
    certain = [po for po in found.values() if not po.archived]
    doubtful = [po for po in found.values() if po.archived]
    if vendor_id:
        named = re.compile(rf"(?<![\w-]){re.escape(number)}(?![\w-])")
        for po in work.pos.purchase_orders_of_vendor(vendor_id):
            other = po.ref_num not in ("", order_id) and re.fullmatch(r"[0-9a-f]{24}", po.ref_num) is not None
            if po.order_id in found or other or not named.search(f"{po.note}\n{po.stock_instructions}"):
                continue
            (doubtful if po.archived or len(number) < 4 else certain).append(po)
    return certain, doubtful
