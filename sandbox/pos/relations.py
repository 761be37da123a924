"""The relations of each resource: whether they hold one or many rows, and how the rows are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.pos.errors import PosError
from sandbox.pos.query import Query
from sandbox.pos.schema import RESOURCES, Record
from sandbox.pos.shapes import collection, one_or_many, scalar

if TYPE_CHECKING:
    from sandbox.pos.state import PosState

Nested = frozenset[str]
Load = Callable[["PosState", Record, Nested], Any]


@dataclass(frozen=True)
class Relation:
    """``load`` gives what stands under the relation's name, or None when the key is absent. ``nested`` are
    the
    relations of its rows that can be named as ``Relation.nested``, with whether they hold many."""

    many: bool
    load: Load
    row: str = ""
    nested: tuple[tuple[str, bool], ...] = ()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: scalar(value) for key, value in values.items() if value is not None}


def _one(name: str) -> Relation:
    """A relation to one record by its foreign key, absent when the key is 0."""

    def load(state: PosState, record: Record, nested: Nested) -> Any:
        found = state.get(name, record.get(RESOURCES[name].key))
        return state.tables[name].show(found) if found else None

    return Relation(False, load, name)


def _item_shops(state: PosState, record: Record, nested: Nested) -> Any:
    return collection("ItemShop", state.tables.item.short_stock(record))


def _attributes(state: PosState, record: Record, nested: Nested) -> Any:
    if not record["_attributes"]:
        return None
    shown = _plain(record["_attributes"])
    found = state.get("ItemAttributeSet", record["_attributes"]["itemAttributeSetID"])
    if "ItemAttributeSet" in nested and found:
        shown["ItemAttributeSet"] = state.tables["ItemAttributeSet"].show(found)
    return shown


def _note(state: PosState, record: Record, nested: Nested) -> Any:
    return _plain(record["_note"]) if record["_note"] else None


def _rows(key: str, name: str) -> Load:
    def load(state: PosState, record: Record, nested: Nested) -> Any:
        return collection(name, [_plain(one) for one in record[key]])

    return load


def _tags(state: PosState, record: Record, nested: Nested) -> Any:
    rows = []
    for tag_id in record["_tags"]:
        tag = state.get("Tag", tag_id)
        if tag:
            shown: dict[str, Any] = {"tagID": str(tag_id)}
            rows.append(shown | ({"Tag": state.tables.tag.show(tag)} if "Tag" in nested else {}))
    return collection("TagRelation", rows)


def _images(key: str) -> Load:
    def load(state: PosState, record: Record, nested: Nested) -> Any:
        return collection("Image", state.tables.image.shown_rows(key, record[key]))

    return load


def _matrix_items(state: PosState, record: Record, nested: Nested) -> Any:
    rows = [
        state.tables.item.show(item)
        for item in state.all("Item")
        if item["itemMatrixID"] == record["itemMatrixID"] and not item["archived"]
    ]
    return collection("Item", rows)


def _order_lines(state: PosState, record: Record, nested: Nested) -> Any:
    table = state.tables.line
    rows = []
    for line in table.of_order(record["orderID"]):
        shown = table.show(line)
        item = state.get("Item", line["itemID"])
        if "Item" in nested and item:
            shown["Item"] = state.tables.item.show(item)
        rows.append(shown)
    return collection("OrderLine", rows)


def _contact(state: PosState, record: Record, nested: Nested) -> Any:
    return state.tables.vendor.contact_shown(record)


def _nothing(state: PosState, record: Record, nested: Nested) -> Any:
    return None


def _parent(state: PosState, record: Record, nested: Nested) -> Any:
    parent = state.get("Category", record["parentID"])
    return state.tables["Category"].show(parent) if parent else None


def _line_item(state: PosState, record: Record, nested: Nested) -> Any:
    item = state.get("Item", record["itemID"])
    return state.tables.item.show(item) if item else None


_VALUES = Relation(True, _rows("_custom", "CustomFieldValue"), "CustomFieldValue", (("value", False),))
_TAGS = Relation(True, _tags, "TagRelation", (("Tag", False),))

# fmt: off
RELATIONS: Final[dict[str, dict[str, Relation]]] = {
    "Item": {
        "Category": _one("Category"), "TaxClass": _one("TaxClass"),
        "ItemAttributes": Relation(False, _attributes, nested=(("ItemAttributeSet", False),)),
        "Manufacturer": _one("Manufacturer"), "Note": Relation(False, _note),
        "Images": Relation(True, _images("itemID"), "Image"),
        "ItemShops": Relation(True, _item_shops, "ItemShop"),
        "ItemVendorNums": Relation(True, _rows("_vendor_nums", "ItemVendorNum"), "ItemVendorNum"),
        "ItemComponents": Relation(True, _rows("_components", "ItemComponent"), "ItemComponent"),
        "ItemECommerce": Relation(False, _nothing), "TagRelations": _TAGS, "CustomFieldValues": _VALUES,
        "ItemPrices": Relation(True, _nothing),
    },
    "ItemMatrix": {
        "Category": _one("Category"), "TaxClass": _one("TaxClass"), "Department": Relation(False, _nothing),
        "ItemAttributeSet": _one("ItemAttributeSet"), "Manufacturer": _one("Manufacturer"),
        "Season": _one("Season"), "Images": Relation(True, _images("itemMatrixID"), "Image"),
        "Items": Relation(True, _matrix_items, "Item"), "ItemECommerce": Relation(False, _nothing),
        "TagRelations": _TAGS,
    },
    "Order": {
        "OrderLines": Relation(True, _order_lines, "OrderLine", (("Item", False),)),
        "Note": Relation(False, _note), "Vendor": _one("Vendor"), "Shop": _one("Shop"),
        "CustomFieldValues": _VALUES,
    },
    "OrderLine": {"Item": Relation(False, _line_item, "Item"), "Order": _one("Order")},
    "Vendor": {"Contact": Relation(False, _contact),
               "Reps": Relation(True, _rows("_reps", "VendorRep"), "VendorRep")},
    "Category": {"Parent": Relation(False, _parent)},
    "ItemShop": {"Item": Relation(False, _line_item, "Item"), "Shop": _one("Shop")},
    "Shop": {"PriceLevel": _one("PriceLevel")},
}
# fmt: on
_NOT_IN_ALL: Final = frozenset({"CustomFieldValues"})


def requested(resource: str, query: Query) -> dict[str, set[str]]:
    """The relations to load with their nested names; ``all`` leaves out the custom field values, which must
    be
    named. An unknown relation is a 400."""
    known = RELATIONS.get(resource, {})
    wanted: dict[str, set[str]] = {}
    if query.all_relations:
        for name, relation in known.items():
            if name not in _NOT_IN_ALL:
                wanted[name] = {nested for nested, _ in relation.nested}
    for full in query.relations:
        name, _, nested_name = full.partition(".")
        if name == "all":
            continue
        relation_ = known.get(name)
        if relation_ is None or (nested_name and nested_name not in dict(relation_.nested)):
            raise PosError(400, f"{resource} has no relation {full}.")
        wanted.setdefault(name, set())
        if nested_name:
            wanted[name].add(nested_name)
    return wanted


def load(state: PosState, resource: str, record: Record, wanted: dict[str, set[str]]) -> dict[str, Any]:
    """The wanted relations of a record, in the order of the catalogue. Without rows the key is absent, or by
    switch ``empty_relation`` an empty text: both were recorded."""
    loaded = {}
    for name, relation in RELATIONS.get(resource, {}).items():
        if name in wanted:
            value = relation.load(state, record, frozenset(wanted[name]))
            if (
                value is None
                and relation.row
                and relation.many
                and state.switches.text("empty_relation") == "string"
            ):
                value = ""
            if value is not None:
                loaded[name] = value
    return loaded


def rows_of_relation(loaded: Any, relation: Relation) -> list[dict[str, Any]]:
    """The rows of a loaded relation as a list."""
    if loaded is None:
        return []
    inner = loaded.get(relation.row, []) if relation.many else loaded
    listed = inner if isinstance(inner, list) else [inner]
    return [one for one in listed if isinstance(one, dict)]


__all__ = ["RELATIONS", "Relation", "load", "one_or_many", "requested", "rows_of_relation"]
