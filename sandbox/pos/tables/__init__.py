"""One module for each group of POS resources: what a write does beyond storing its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.pos.schema import RESOURCES
from sandbox.pos.tables.base import Table
from sandbox.pos.tables.categories import Categories
from sandbox.pos.tables.images import Images
from sandbox.pos.tables.items import Items
from sandbox.pos.tables.lines import OrderLines
from sandbox.pos.tables.matrices import Matrices
from sandbox.pos.tables.orders import Orders
from sandbox.pos.tables.small import AttributeSets, CustomFields, ItemShops, Named, Tags
from sandbox.pos.tables.vendors import Vendors

if TYPE_CHECKING:
    from sandbox.pos.state import PosState


class Tables(dict[str, Table]):
    """The table of every resource by name; those with rules of their own by attribute too."""

    def __init__(self, state: PosState) -> None:
        self.item = Items(state, RESOURCES["Item"])
        self.matrix = Matrices(state, RESOURCES["ItemMatrix"])
        self.stock = ItemShops(state, RESOURCES["ItemShop"])
        self.vendor = Vendors(state, RESOURCES["Vendor"])
        self.tag = Tags(state, RESOURCES["Tag"])
        self.order = Orders(state, RESOURCES["Order"])
        self.line = OrderLines(state, RESOURCES["OrderLine"])
        self.image = Images(state, RESOURCES["Image"])
        others: dict[str, type[Table]] = {
            "ItemAttributeSet": AttributeSets,
            "Manufacturer": Named,
            "Category": Categories,
            "TaxClass": Named,
            "Season": Named,
            "Shop": Named,
            "CustomField": CustomFields,
        }
        own = (self.item, self.matrix, self.stock, self.vendor, self.tag, self.order, self.line, self.image)
        super().__init__(
            {name: others.get(name, Table)(state, resource) for name, resource in RESOURCES.items()}
        )
        self.update({table.resource.name: table for table in own})
