"""What a person does in the POS's back office: archive, merge, correct a code, key an order by hand,
receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.pos.ledger import plain_record
from sandbox.pos.schema import Record
from sandbox.pos.tables.orders import status

if TYPE_CHECKING:
    from sandbox.world import World

Given = dict[str, Any]


def do(world: World, given: Given) -> dict[str, Any]:
    """Carry out one act; gives the record it left behind."""
    act = given.get("act")
    if act not in _ACTS:
        raise ValueError(f"act must be one of {', '.join(_ACTS)}, not {act!r}")
    name, record = _ACTS[act](world, given)
    return {"done": act, name: plain_record(world.pos, name, record)}


def _item(world: World, given: Given, key: str = "itemID") -> Record:
    if key == "itemID" and "itemID" not in given and "upc" in given and given["act"] != "set_upc":
        found = [one for one in world.pos.all("Item") if one["upc"] == given["upc"]]
        if len(found) != 1:
            raise ValueError(f"{len(found)} items have the UPC {given['upc']}")
        return found[0]
    return world.pos.need("Item", given[key])


def _archive_item(world: World, given: Given) -> tuple[str, Record]:
    return "Item", world.pos.tables.item.delete(_item(world, given))


def _unarchive_item(world: World, given: Given) -> tuple[str, Record]:
    return "Item", world.pos.tables.item.update(_item(world, given), {"archived": False}, privileged=True)


def _merge_items(world: World, given: Given) -> tuple[str, Record]:
    """The loser's lines and stock go to the winner. What remains of it is undocumented: archived, or gone."""
    winner, loser = _item(world, given, "winner"), _item(world, given, "loser")
    items = world.pos.tables.item
    for line in world.pos.all("OrderLine"):
        if line["itemID"] == loser["itemID"]:
            line["itemID"] = winner["itemID"]
    for name in ("upc", "ean"):
        if loser[name] and not winner[name]:
            winner[name], loser[name] = loser[name], ""
    for kept, gone in zip(items.stock_rows(winner), items.stock_rows(loser), strict=False):
        kept["qoh"] = kept["sellable"] = kept["qoh"] + gone["qoh"]
    if given.get("loser_is", "archived") == "gone":
        del world.pos.rows["Item"][loser["itemID"]]
    else:
        items.delete(loser)
    winner["timeStamp"] = world.pos.now()
    stock = world.pos.tables.stock
    stock.refresh_backorder([winner["itemID"], loser["itemID"]])
    return "Item", winner


def _set_upc(world: World, given: Given) -> tuple[str, Record]:
    body: Given = {name: given[name] for name in ("upc", "ean") if name in given}
    return "Item", world.pos.tables.item.update(_item(world, given), body, privileged=True)


def _update(world: World, given: Given) -> tuple[str, Record]:
    name = given["type"]
    record = world.pos.need(name, given["id"])
    return name, world.pos.tables[name].update(record, given["changes"], privileged=True)


def _create(world: World, given: Given) -> tuple[str, Record]:
    name = given["type"]
    return name, world.pos.tables[name].create(given["record"], privileged=True)


def _delete(world: World, given: Given) -> tuple[str, Record]:
    name = given["type"]
    return name, world.pos.tables[name].delete(world.pos.need(name, given["id"]))


def _delete_line(world: World, given: Given) -> tuple[str, Record]:
    line = world.pos.need("OrderLine", given["orderLineID"])
    order = world.pos.need("Order", line["orderID"])
    world.pos.tables.line.remove(line, order)
    return "Order", order


def _receive(world: World, given: Given) -> tuple[str, Record]:
    """Receive everything on an order: Check-In, and with ``finish`` also into the inventory."""
    pos = world.pos
    order = pos.need("Order", given["orderID"])
    table = pos.tables.order
    lines = table.lines(order)
    order["receivedDate"], order["_received"] = pos.now(), bool(lines)
    for line in lines:
        line["numReceived"] = line["quantity"]
    if given.get("finish"):
        for line in lines:
            line["checkedIn"], line["numReceived"] = line["quantity"], 0
            for held in pos.tables.stock.of_item(line["itemID"]):
                if held["shopID"] in (0, order["shopID"]):
                    held["qoh"] += line["quantity"]
                    held["sellable"] = held["qoh"]
        order["complete"], order["hasShipments"] = True, True
        pos.tables["OrderShipment"].create(
            {
                "orderID": order["orderID"],
                "sequenceNumber": 1,
                "totalQtyReceived": order["totalQuantity"],
                "totalCost": order["totalCost"],
                "currencyCode": pos.account["defaultCurrency"]["code"],
                "vendorCurrencyCode": order["vendorCurrencyCode"],
                "vendorCurrencyRate": order["vendorCurrencyRate"],
                "employeeID": pos.employee_id,
                "cost": order["totalCost"],
                "shippingCost": order["shipCost"],
                "status": "finished",
                "receptionDate": pos.now().isoformat(),
            },
            privileged=True,
        )
    table.recount(order, stamp=True)
    assert not lines or status(order) in ("Check-In", "Finished")
    return "Order", order


_ACTS: dict[str, Callable[[Any, Given], tuple[str, Record]]] = {
    "archive_item": _archive_item,
    "unarchive_item": _unarchive_item,
    "merge_items": _merge_items,
    "set_upc": _set_upc,
    "update": _update,
    "create": _create,
    "delete": _delete,
    "delete_line": _delete_line,
    "receive": _receive,
}
