"""The POS of the generated world: writes item rows, and keeps book of which item holds which article number where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from bench.matching.gtins import gtin
from bench.matching.truth import Json
from bench.matching.words import Written


@dataclass(frozen=True, slots=True)
class Says:
    """What an item says about itself. ``where``: in its attributes, in its description, or nowhere."""

    style: str
    color: Written
    size: Written
    where: str


@dataclass(frozen=True, slots=True)
class Holding:
    """An item that holds a number in one of the documented fields."""

    item_id: str
    field: str
    archived: bool


class Shelf:
    """Item and matrix rows so far."""

    def __init__(self) -> None:
        self.rows: list[Json] = []
        self.matrices: list[Json] = []
        self.says: dict[str, Says] = {}
        self.holdings: dict[str, list[Holding]] = defaultdict(list)

    def matrix(self, description: str, set_id: str) -> str:
        """A new matrix; gives its id."""
        matrix_id = str(500 + len(self.matrices))
        self.matrices.append(
            {
                "itemMatrixID": matrix_id,
                "description": description,
                "itemAttributeSetID": set_id,
                "archived": "false",
            }
        )
        return matrix_id

    def item(
        self,
        random: Random,
        description: str,
        says: Says | None = None,
        *,
        matrix_id: str = "0",
        set_id: str = "1",
        vendor_id: str = "0",
        manufacturer_id: str = "0",
        archived: bool = False,
        idle: bool = False,
        fields: dict[str, str] | None = None,
        codes: dict[str, str] | None = None,
    ) -> str:
        """A new item; gives its id. ``fields``: texts of upc, ean, customSku, manufacturerSku, vendorNumber.
        ``codes``: field -> the article number (as the brand wrote it) that the field's text is a documented spelling of.
        ``idle``: nothing in stock, not touched for years."""
        item_id = str(1000 + len(self.rows))
        texts = fields or {}
        year = "2019" if idle else random.choice(("2024", "2025"))
        row: Json = {
            "itemID": item_id,
            "systemSku": f"21{int(item_id):010d}",
            "description": description,
            "defaultCost": str(random.randrange(8, 90)),
            "archived": "true" if archived else "false",
            "itemType": "default",
            "upc": texts.get("upc", ""),
            "ean": texts.get("ean", ""),
            "customSku": texts.get("customSku", ""),
            "manufacturerSku": texts.get("manufacturerSku", ""),
            "createTime": f"{year}-03-01T12:00:00+00:00",
            "timeStamp": f"{year}-{random.randrange(4, 10):02d}-11T12:00:00+00:00",
            "itemMatrixID": matrix_id,
            "manufacturerID": manufacturer_id,
            "defaultVendorID": vendor_id,
        }
        if says is not None and says.where == "attributes":
            row["ItemAttributes"] = {
                "attribute1": says.color.text if set_id != "2" else "",
                "attribute2": says.size.text,
                "attribute3": "",
                "itemAttributeSetID": set_id,
            }
        if number := texts.get("vendorNumber"):
            row["ItemVendorNums"] = {
                "ItemVendorNum": {
                    "itemVendorNumID": item_id,
                    "value": number,
                    "itemID": item_id,
                    "vendorID": vendor_id,
                }
            }
        stock = "0" if idle or archived else str(random.randrange(0, 12))
        row["ItemShops"] = {"ItemShop": [{"shopID": "0", "qoh": stock}, {"shopID": "1", "qoh": stock}]}
        self.rows.append(row)
        if says is not None:
            self.says[item_id] = says
        for where, code in (codes or {}).items():
            self.holdings[gtin(code)].append(Holding(item_id, where, archived))
        return item_id

    def live(self, code: str) -> list[str]:
        """The live items that hold this number in a documented field and spelling, each once."""
        return list(dict.fromkeys(h.item_id for h in self.holdings[gtin(code)] if not h.archived))
