"""What a person at the brand does in NuORDER: edit, change a status, add an order, drop a product."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.nuorder import orders
from sandbox.nuorder.store import Brand, Json

if TYPE_CHECKING:
    from sandbox.world import World


def do(world: World, given: Json) -> Json:
    """Carry out one act; gives the order or product it left behind."""
    act = given.get("act")
    if act not in _ACTS:
        raise ValueError(f"act must be one of {', '.join(_ACTS)}, not {act!r}")
    return {"done": act, **_ACTS[act](world, given)}


def _edit_order(world: World, given: Json) -> Json:
    """``changes`` replaces fields of the order; ``line``, with ``size`` and ``line_changes``, one size."""
    _, order = world.nuorder.find_order(given)
    if "line" in given:
        line = order["line_items"][int(given["line"])]
        target = (
            line
            if "size" not in given
            else next(size for size in line["sizes"] if size["size"] == given["size"])
        )
        target |= given.get("line_changes", {})
    return {"order": orders.edit(world, order, given.get("changes", {}), given.get("by", "Rep One"))}


def _set_status(world: World, given: Json) -> Json:
    _, order = world.nuorder.find_order(given)
    return {"order": orders.set_status(world, order, given["status"])}


def _brand(world: World, given: Json) -> Brand:
    for brand in world.nuorder.brands:
        if given.get("brand") in (brand.slug, brand.name):
            return brand
    raise ValueError(f"no such brand: {given.get('brand')!r}")


def _add_order(world: World, given: Json) -> Json:
    order = given["order"]
    _brand(world, given).orders[str(order["_id"])] = order
    return {"order": order}


def _delete_order(world: World, given: Json) -> Json:
    brand, order = world.nuorder.find_order(given)
    return {"order": brand.orders.pop(str(order["_id"]))}


def _add_product(world: World, given: Json) -> Json:
    product = given["product"]
    _brand(world, given).products[str(product["_id"])] = product
    return {"product": product}


def _product(world: World, given: Json) -> tuple[Brand, Json]:
    for brand in world.nuorder.brands:
        if given["_id"] in brand.products:
            return brand, brand.products[given["_id"]]
    raise ValueError(f"no such product: {given['_id']!r}")


def _delete_product(world: World, given: Json) -> Json:
    brand, product = _product(world, given)
    return {"product": brand.products.pop(str(product["_id"]))}


def _edit_product(world: World, given: Json) -> Json:
    _, product = _product(world, given)
    product |= given.get("changes", {})
    product["modified_on"] = orders.iso(world.clock.now())
    return {"product": product}


_ACTS: dict[str, Callable[[Any, Json], Json]] = {
    "edit_order": _edit_order,
    "set_status": _set_status,
    "add_order": _add_order,
    "delete_order": _delete_order,
    "add_product": _add_product,
    "delete_product": _delete_product,
    "edit_product": _edit_product,
}
