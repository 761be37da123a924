"""Items: prices, attributes, vendor numbers, stock rows, and the uniqueness of UPC and EAN."""

from __future__ import annotations

from typing import Any

from sandbox.money import ZERO, to_decimal
from sandbox.pos import prices
from sandbox.pos.errors import PosError
from sandbox.pos.schema import RESOURCES, Record
from sandbox.pos.shapes import collection, row, scalar
from sandbox.pos.tables.base import Body, Table, rows_of

_CODES = ("upc", "ean")
_SHORT_STOCK = (
    "itemShopID",
    "qoh",
    "backorder",
    "componentQoh",
    "componentBackorder",
    "reorderPoint",
    "reorderLevel",
    "timeStamp",
    "itemID",
    "shopID",
)


class Items(Table):
    """POST needs a description; codes are 11 to 14 digits and unique; DELETE archives and zeroes the
    stock."""

    def check(self, record: Record | None, body: Body, privileged: bool) -> None:
        """A description, codes that are free and well formed, a matrix that exists."""
        verb = "created" if record is None else "updated"
        if privileged:
            return
        self.need_text(record, body, "description", f"Item not {verb}. An Item must have a description.")
        for name in _CODES:
            code = str(body.get(name) or "")
            if code and (record is None or code != record[name]):
                self._check_code(record, name, code, verb)
        if record is not None and record["archived"] and str(body.get("archived")).lower() == "false":
            for name in _CODES:
                if name not in body and record[name]:
                    self._check_code(record, name, record[name], verb)
        matrix_id = body.get("itemMatrixID")
        if matrix_id not in (None, "", 0, "0"):
            self.state.need("ItemMatrix", matrix_id, 400)

    def _check_code(self, record: Record | None, name: str, code: str, verb: str) -> None:
        """The form of a code, and whether another item holds it; duplicates are 422."""
        rule = self.state.switches.text("upc_rule")
        if rule != "any" and not (code.isascii() and code.isdigit() and 11 <= len(code) <= 14):
            raise PosError(422, f"Item not {verb}. {name.upper()} must have 11 to 14 digits.")
        if rule == "check_digit" and not _check_digit_right(code):
            raise PosError(422, f"Item not {verb}. {name.upper()} has a wrong check digit.")
        fields = _CODES if self.state.switches.on("codes_across_fields") else (name,)
        for other in self.state.all("Item"):
            if other is record or (other["archived"] and not self.state.switches.on("archived_blocks_upc")):
                continue
            if any(other[field] == code for field in fields):
                raise PosError(
                    422, f"Item not {verb}. An Item with the {name.upper()} {code} already exists."
                )

    def moves_stamp(self, body: Body) -> bool:
        """The item's stamp does not move when only its stock rows change."""
        return set(body) != {"ItemShops"}

    def parsed(self, body: Body, creating: bool, privileged: bool, record: Record | None = None) -> Record:
        """Fields with the rules of this resource."""
        values = super().parsed(body, creating, privileged, record)
        if not privileged and values.get("archived"):
            del values["archived"]  # a PUT can only un-archive; DELETE archives
        return values

    def saved(self, record: Record, body: Body, creating: bool, privileged: bool) -> None:
        """Nested entities, and what follows from the record."""
        if creating:
            self._begin(record, body)
        self._nested_masters(record, body)
        prices.write(self.state, record, body)
        if "ItemAttributes" in body and isinstance(body["ItemAttributes"], dict):
            self._attributes(record, body["ItemAttributes"])
        for sent in rows_of(body, "ItemVendorNums", "ItemVendorNum"):
            self._vendor_number(record, sent)
        if isinstance(body.get("Note"), dict):
            record["_note"] = {
                "note": str(body["Note"].get("note") or ""),
                "isPublic": str(body["Note"].get("isPublic")).lower() == "true",
                "timeStamp": self.state.now(),
            }
        for sent in rows_of(body, "CustomFieldValues", "CustomFieldValue"):
            record["_custom"].append(sent)
        if "ItemComponents" in body:
            record["_components"] = rows_of(body, "ItemComponents", "ItemComponent")
        if "Tags" in body and (privileged or self.state.switches.text("item_tags") == "accept"):
            self._tags(record, body["Tags"])
        if not creating or privileged:
            self._stock(record, body, privileged)

    def _begin(self, record: Record, body: Body) -> None:
        """What a new item has of its own: a system SKU, prices of zero, one stock row per shop and a sum."""
        number = self.state.next_id("systemSku", int(str(record["systemSku"] or "0")[-9:]))
        record["systemSku"] = record["systemSku"] or f"21{number:010d}"
        record |= {
            "_attributes": None,
            "_vendor_nums": [],
            "_note": None,
            "_custom": [],
            "_tags": [],
            "_components": [],
            "_prices": {},
        }
        matrix = self.state.get("ItemMatrix", record["itemMatrixID"])
        if matrix is not None and self.state.switches.on("variants_inherit"):
            record["_prices"] = dict(matrix["_prices"])
            for name in ("taxClassID", "defaultVendorID", "manufacturerID", "categoryID"):
                if name not in body and matrix[name]:
                    record[name] = matrix[name]
        shops = [0, *(shop["shopID"] for shop in self.state.all("Shop"))]
        for shop_id in shops:
            self.state.tables.stock.create({"itemID": record["itemID"], "shopID": shop_id}, privileged=True)

    def _nested_masters(self, record: Record, body: Body) -> None:
        """Category, TaxClass and Manufacturer sent as objects: by id, else by name, else created."""
        for name in ("Category", "TaxClass", "Manufacturer"):
            sent, key = body.get(name), RESOURCES[name].key
            if not isinstance(sent, dict):
                continue
            found = self.state.get(name, sent.get(key))
            wanted = str(sent.get("name") or "").casefold()
            found = found or next(
                (one for one in self.state.all(name) if one["name"].casefold() == wanted), None
            )
            if found is None and wanted:
                found = self.state.tables[name].create({"name": sent["name"]})
            if found is not None:
                record[key] = found[key]

    def _attributes(self, record: Record, sent: dict[str, Any]) -> None:
        """Attribute values; those that the set does not name are dropped (size-only: attribute2)."""
        matrix = self.state.get("ItemMatrix", record["itemMatrixID"])
        set_id = matrix["itemAttributeSetID"] if matrix else int(sent.get("itemAttributeSetID") or 0)
        attribute_set = self.state.get("ItemAttributeSet", set_id)
        old = record["_attributes"] or {}
        new = {"itemAttributeSetID": set_id}
        for number in (1, 2, 3):
            name = f"attribute{number}"
            named = attribute_set is None or bool(attribute_set[f"attributeName{number}"])
            new[name] = str(sent.get(name, old.get(name, "")) or "") if named else ""
        record["_attributes"] = new
        if matrix is not None:
            for number in (1, 2, 3):
                values, value = matrix["_values"][number - 1], new[f"attribute{number}"]
                if value and value not in values:
                    values.append(value)

    def _vendor_number(self, record: Record, sent: dict[str, Any]) -> None:
        """A vendor's SKU for the item; one row per vendor. Its cost needs the vendor-cost feature."""
        known = record["_vendor_nums"]
        wanted = int(sent.get("itemVendorNumID") or 0)
        vendor_id = int(sent.get("vendorID") or record["defaultVendorID"] or 0)
        row_ = next(
            (
                one
                for one in known
                if one["itemVendorNumID"] == wanted or (not wanted and one["vendorID"] == vendor_id)
            ),
            None,
        )
        if row_ is None:
            row_ = {"itemVendorNumID": self.state.next_id("ItemVendorNum"), "value": "", "cost": ZERO}
            known.append(row_)
        if self.state.switches.on("vendor_cost_feature") and sent.get("cost"):
            row_["cost"] = to_decimal(sent["cost"])
        row_ |= {
            "value": str(sent.get("value", row_["value"]) or ""),
            "timeStamp": self.state.now(),
            "itemID": record["itemID"],
            "vendorID": vendor_id,
        }

    def _tags(self, record: Record, sent: Any) -> None:
        """Tags by name, in the forms that older clients know."""
        names = sent.get("tag", sent.get("Tag", [])) if isinstance(sent, dict) else sent
        names = names if isinstance(names, list) else [names]
        record["_tags"] = []
        for one in names:
            name = one.get("name", "") if isinstance(one, dict) else str(one)
            if name:
                record["_tags"].append(self.state.tables.tag.find_or_create(name))

    def _stock(self, record: Record, body: Body, privileged: bool) -> None:
        """Stock rows sent with a PUT, named by their own id or by the shop's; ``qoh`` by shop in data
        files."""
        for sent in rows_of(body, "ItemShops", "ItemShop"):
            for held in self.stock_rows(record):
                named = (
                    ("itemShopID", held["itemShopID"])
                    if sent.get("itemShopID")
                    else ("shopID", held["shopID"])
                )
                if str(sent.get(named[0])) == str(named[1]):
                    changes: Body = {
                        name: sent[name] for name in ("reorderPoint", "reorderLevel", "qoh") if name in sent
                    }
                    self.state.tables.stock.update(held, changes, privileged=True)
        if privileged and isinstance(body.get("qoh"), dict):
            for held in self.stock_rows(record):
                held["qoh"] = int(body["qoh"].get(str(held["shopID"]), 0) or 0)
        self._sum_stock(record)

    def _sum_stock(self, record: Record) -> None:
        """Row 0 is the sum of the shops."""
        *shops, everything = self.stock_rows(record)
        everything["qoh"] = sum(one["qoh"] for one in shops)
        for held in (*shops, everything):
            held["sellable"] = held["qoh"]

    def stock_rows(self, record: Record) -> list[Record]:
        """The stock rows of an item, shops first, the sum (shop 0) last."""
        stock = self.state.tables.stock
        return sorted(stock.of_item(record["itemID"]), key=lambda held: held["shopID"] or 10**9)

    def delete(self, record: Record) -> Record:
        """DELETE with what follows from it."""
        super().delete(record)
        for held in self.stock_rows(record):
            held["qoh"] = held["sellable"] = 0
        return record

    def show(self, record: Record) -> dict[str, Any]:
        """As in lists and in GET by id."""
        return row(self.resource, record) | {"Prices": prices.shown(self.state, record)}

    def reply(self, record: Record, body: Body, verb: str) -> dict[str, Any]:
        """POST and PUT replies also carry the stock rows, and for a variant its attributes and matrix."""
        shown = row(self.resource, record)
        if verb != "DELETE":
            matrix = self.state.get("ItemMatrix", record["itemMatrixID"])
            if record["_attributes"] and "ItemAttributes" in body:
                shown["ItemAttributes"] = {key: scalar(value) for key, value in record["_attributes"].items()}
                if matrix is not None:
                    shown["ItemMatrix"] = self.state.tables.matrix.show(matrix)
            shown["ItemShops"] = collection("ItemShop", self.short_stock(record))
        return shown | {"Prices": prices.shown(self.state, record)}

    def short_stock(self, record: Record) -> list[dict[str, str]]:
        """Stock rows in the short form that items carry."""
        return [{name: scalar(held[name]) for name in _SHORT_STOCK} for held in self.stock_rows(record)]


def _check_digit_right(code: str) -> bool:
    """GS1 check digit: weights 3 and 1 from the right."""
    digits = [int(char) for char in reversed(code)]
    return (
        digits[0] + sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits) if place)
    ) % 10 == 0
