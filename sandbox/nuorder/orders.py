"""Orders as a retailer's credential reads them, and the write calls a brand's would make."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.nuorder.errors import NuOrderError
from sandbox.nuorder.store import STATUSES, Brand, Json

if TYPE_CHECKING:
    from sandbox.world import World

# Fields that were on orders recorded in 2014; everything else came later or is missing on some orders.
_OF_2014: Final = frozenset(
    {
        "_id",
        "order_number",
        "schema_id",
        "customer_po_number",
        "order_tags",
        "status",
        "edited",
        "split",
        "easy_order_ready",
        "edited_on",
        "edited_by",
        "submitted_by",
        "created_on",
        "modified_on",
        "start_ship",
        "end_ship",
        "currency_code",
        "total",
        "discount",
        "additional_percentage",
        "retailer",
        "rep_name",
        "rep_code",
        "billing_address",
        "shipping_address",
        "notes",
        "existing_pdf_original",
        "existing_pdf_linesheet",
        "line_items",
    }
)
_LINE_OF_2014: Final = frozenset({"product", "sizes", "warehouse"})
_SIZE_OF_2014: Final = frozenset({"size", "quantity", "price", "upc"})
_PRODUCT_OF_2014: Final = frozenset({"_id", "style_number", "color", "color_code", "brand_id"})


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as NuORDER writes dates."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def status_of(world: World, given: str) -> str:
    """A status from a path; upper case may be accepted, an unknown one is an error."""
    name = given.lower() if world.switches.on("status_any_case") else given
    if name not in (*STATUSES, "edited"):
        raise NuOrderError(world.switches.whole("invalid_status_code"), f"invalid status: {given}")
    return name


def in_status(world: World, brand: Brand, given: str) -> list[Json]:
    """The brand's orders of one status. ``edited`` answers an empty list, as recorded, although orders with
    that flag exist."""
    name = status_of(world, given)
    return [order for order in brand.orders.values() if order.get("status") == name]


def between(world: World, brand: Brand, start: str, end: str) -> list[Json]:
    """``/api/orders/list``: orders of all statuses; which date is compared is a switch."""
    field = world.switches.text("orders_list_date")
    return [
        order
        for order in brand.orders.values()
        if start <= str(order.get(field) or "")[:10] <= (end or "9999")
    ]


def page(world: World, found: list[Json], query: Mapping[str, str]) -> list[Json]:
    """Lists are unpaged. By switch ``orders_paging`` the parameters of one unproven client work: ``__limit``
    (50, at most 500) and ``__last_id``."""
    if world.switches.text("orders_paging") == "none":
        return found
    ids = [str(order["_id"]) for order in found]
    start = ids.index(query["__last_id"]) + 1 if query.get("__last_id") in ids else 0
    try:
        limit = min(500, max(1, int(query.get("__limit", "50"))))
    except ValueError as error:
        raise NuOrderError(400, "invalid __limit") from error
    return found[start : start + limit]


def shown(world: World, order: Json, populate: str = "") -> Json:
    """An order as it is served: payments only when asked for, prices by the switch, fields by the switch."""
    out = copy.deepcopy(order)
    if "__payments" not in populate:
        out.pop("__metadata", None)
    if not world.switches.on("price_includes_discounts"):
        for line in out.get("line_items", []):
            for size in line.get("sizes", []):
                size["price"] = size.get("original_price", size.get("price"))
    return _as_in_2014(out) if world.switches.text("order_shape") == "2014" else out


def _as_in_2014(order: Json) -> Json:
    out = {key: value for key, value in order.items() if key in _OF_2014}
    out["line_items"] = []
    for line in order.get("line_items", []):
        kept = {key: value for key, value in line.items() if key in _LINE_OF_2014}
        kept["product"] = {key: value for key, value in line["product"].items() if key in _PRODUCT_OF_2014}
        kept["sizes"] = [
            {key: value for key, value in size.items() if key in _SIZE_OF_2014}
            for size in line.get("sizes", [])
        ]
        out["line_items"].append(kept)
    return out


def need(brand: Brand, order_id: str) -> Json:
    """One of the brand's own orders; those of other brands do not exist for it."""
    order = brand.orders.get(order_id)
    if order is None:
        raise NuOrderError(404, "order not found")
    return order


def need_number(brand: Brand, number: str) -> Json:
    """An order by number."""
    order = brand.by_number(number)
    if order is None:
        raise NuOrderError(404, "order not found")
    return order


def set_status(world: World, order: Json, given: str) -> Json:
    """A status change. It does not move ``modified_on`` (recorded in 2014), unless the switch says so."""
    verbs = {"process": "processed", "cancel": "cancelled"}
    order["status"] = status_of(world, verbs.get(given, given))
    if world.switches.on("status_moves_modified"):
        order["modified_on"] = iso(world.clock.now())
    return order


def edit(world: World, order: Json, changes: Json, by: str = "Rep One") -> Json:
    """An edit moves ``edited_on`` and ``modified_on``; the status stays."""
    order |= changes
    now = iso(world.clock.now())
    order |= {"edited": True, "edited_on": now, "edited_by": by, "modified_on": now}
    return order


def create(world: World, brand: Brand, body: Any) -> Json:
    """``PUT /api/order/new``: which fields are required is undocumented; retailer, currency and lines
    here."""
    missing = [
        name
        for name in ("retailer", "currency_code", "line_items")
        if not isinstance(body, dict) or not body.get(name)
    ]
    if missing:
        raise NuOrderError(400, f"missing: {', '.join(missing)}")
    now = world.clock.now()
    order = {
        "_id": f"{int(now.timestamp()):08x}{len(brand.orders):016x}",
        "status": "draft",
        "edited": False,
        "created_on": iso(now),
        "modified_on": iso(now),
        "discount": 0,
        "additional_percentage": 0,
        **body,
    }
    for old, new in (("ship_start", "start_ship"), ("ship_end", "end_ship")):
        if old in order:
            order[new] = order.pop(old).replace("/", "-") + "T00:00:00.000Z"
    brand.orders[order["_id"]] = order
    return order
