"""Endpoints with a shape of their own: image upload and the display template of orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.pos import relations
from sandbox.pos.errors import PosError
from sandbox.pos.schema import RESOURCES, Record
from sandbox.pos.shapes import scalar, single

if TYPE_CHECKING:
    from sandbox.pos.state import PosState


async def upload(state: PosState, request: Request, parent: tuple[str, str]) -> dict[str, Any]:
    """``POST …/Image.json``: multipart with a JSON part ``data`` and a file part ``image``."""
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        raise PosError(400, "Image not created. The request must be multipart/form-data.")
    async with request.form() as form:
        data, image = form.get("data"), form.get("image")
        text = (await data.read()).decode() if isinstance(data, UploadFile) else str(data or "{}")
        content = await image.read() if isinstance(image, UploadFile) else b""
        filename = (image.filename or "") if isinstance(image, UploadFile) else ""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise PosError(400, "Image not created. The data part is not JSON.") from error
    owner = {RESOURCES[parent[0]].key: int(parent[1])} if parent[0] and parent[1].isdigit() else {}
    if parent[0] and not owner:
        raise PosError(404, f"{parent[0]} with ID {parent[1]} does not exist.")
    if not isinstance(fields, dict):
        raise PosError(400, "Image not created. The data part is not a JSON object.")
    images = state.tables.image
    record = images.upload(fields, filename, content, owner)
    return single("Image", images.show(record))


def display_order(state: PosState, record: Record) -> dict[str, Any]:
    """An order with vendor, shop, note, lines with their items, and computed blocks ``m``; it ignores
    load_relations."""
    wanted: dict[str, set[str]] = {"OrderLines": {"Item"}, "Note": set(), "Vendor": set(), "Shop": set()}
    shown = state.tables.order.show(record) | relations.load(state, "Order", record, wanted)
    vendor = state.get("Vendor", record["vendorID"])
    if vendor is not None:
        contact = state.tables.vendor.contact_shown(vendor)
        shown["Vendor"] = {**shown["Vendor"], **({"Contact": contact} if contact else {})}
    inner = shown.get("OrderLines", {}).get("OrderLine", [])
    for line in inner if isinstance(inner, list) else [inner]:
        item = state.get("Item", line["itemID"])
        if item is not None:
            numbers = relations.load(state, "Item", item, {"ItemVendorNums": set()})
            line["Item"] = line["Item"] | numbers
        line["m"] = {"cost": line["price"], "total": line["total"]}
    shown["m"] = {
        "subtotal": scalar(record["subTotalCost"]),
        "totalDiscount": scalar(record["totalDiscount"]),
        "total": scalar(record["totalCost"]),
        "shipping": scalar(record["shipCost"]),
        "other": scalar(record["otherCost"]),
    }
    return shown
