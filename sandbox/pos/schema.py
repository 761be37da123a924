"""What fields each POS resource has, which of them a client may write, and by what a list may be sorted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from sandbox.money import ZERO

Kind = Literal["int", "money", "bool", "text", "time"]
Record = dict[str, Any]
"""One stored record: native values under the field names, related rows under names that begin with ``_``."""


@dataclass(frozen=True)
class Field:
    """One field. ``write`` is yes, no, create (only on POST), update (only on PUT), or the name of the switch
    that decides."""

    name: str
    kind: Kind = "text"
    write: str = "yes"
    default: Any = None
    length: str = ""

    @property
    def empty(self) -> Any:
        """The value of a cleared field: an empty text, zero, false; a date is unset."""
        return {"int": 0, "money": ZERO, "bool": False, "text": "", "time": None}[self.kind]

    @property
    def start(self) -> Any:
        """The value on creation when the client sends none."""
        return self.empty if self.default is None else self.default


@dataclass(frozen=True)
class Resource:
    """One resource: its fields in the order of the recordings, the methods it knows, its sort fields."""

    name: str
    key: str
    fields: tuple[Field, ...]
    sort: tuple[str, ...]
    methods: str = "GET POST PUT DELETE"
    right: str = ""
    path: str = ""
    write_cost: int = 1

    @property
    def archives(self) -> bool:
        """Whether DELETE keeps the record."""
        return any(field.name == "archived" for field in self.fields)

    def field(self, name: str) -> Field | None:
        """A field by name; letter case is ignored, because the documentation itself varies it."""
        if name.lower() == self.key.lower():
            return Field(self.key, "int", "no")
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)


def _text(*names: str, write: str = "yes") -> tuple[Field, ...]:
    return tuple(Field(name, "text", write) for name in names)


def _ids(*names: str, write: str = "yes") -> tuple[Field, ...]:
    return tuple(Field(name, "int", write) for name in names)


def _money(*names: str, write: str = "yes") -> tuple[Field, ...]:
    return tuple(Field(name, "money", write) for name in names)


def _bools(*names: str, write: str = "yes") -> tuple[Field, ...]:
    return tuple(Field(name, "bool", write) for name in names)


_CREATED = Field("createTime", "time", "no")
_STAMP = Field("timeStamp", "time", "no")
_DESCRIPTION = Field("description", "text", length="description_length")

# fmt: off
_RESOURCES = (
    Resource("Item", "itemID", (
        *_text("systemSku", write="no"), *_money("defaultCost"), *_money("avgCost", write="no"),
        Field("discountable", "bool", default=True), Field("tax", "bool", default=True),
        Field("archived", "bool", "update"), Field("itemType", default="default"), *_bools("serialized"),
        _DESCRIPTION, *_ids("modelYear"), *_text("upc", "ean"),
        Field("customSku", length="sku_length"), Field("manufacturerSku", length="sku_length"),
        _CREATED, _STAMP, *_bools("publishToEcom"), *_ids("categoryID"),
        Field("taxClassID", "int", default=1),
        *_ids("departmentID", "itemMatrixID", "manufacturerID", "seasonID", "defaultVendorID"),
    ), ("itemID", "timeStamp", "description"), right="product_edit"),
    Resource("ItemMatrix", "itemMatrixID", (
        _DESCRIPTION, Field("tax", "bool", default=True), *_money("defaultCost"),
        Field("itemType", default="default"), *_bools("serialized"), *_ids("modelYear"), *_bools("archived"),
        _STAMP, *_ids("itemAttributeSetID", "manufacturerID", "categoryID", "defaultVendorID", "taxClassID",
                      "seasonID", "departmentID"),
    ), ("itemMatrixID", "timeStamp", "description"), right="product_edit"),
    Resource("ItemAttributeSet", "itemAttributeSetID", (
        *_text("name", "attributeName1", "attributeName2", "attributeName3"), *_bools("system", write="no"),
        *_bools("archived"),
    ), ("itemAttributeSetID",), "GET POST PUT", right="product_edit"),
    Resource("ItemShop", "itemShopID", (
        *_ids("qoh", "sellable", "backorder", "componentQoh", "componentBackorder", "onLayaway",
              "onSpecialOrder", "onWorkorder", "onTransferOut", "onTransferIn", write="no"),
        *_money("averageCost", write="no"), *_ids("nextFifoLotID", write="no"),
        *_money("nextFifoLotCost", write="no"), *_ids("lastReceivedLotID", write="no"),
        *_money("lastReceivedCost", "totalValueFifo", "totalValueAvgCost", "totalValueNegativeInventory",
                write="no"),
        *_ids("reorderPoint", "reorderLevel"), _STAMP, *_ids("itemID", "shopID", write="no"),
    ), ("itemShopID", "timeStamp"), "GET PUT", right="inventory"),
    Resource("Vendor", "vendorID", (
        *_text("name"), *_bools("archived", write="no"), *_text("accountNumber", "priceLevel"),
        *_bools("updatePrice", "updateCost", "updateDescription", "shareSellThrough"), _STAMP,
        *_text("b2bSellerUID", write="b2b_fields"),
    ), ("vendorID", "timeStamp", "name"), right="vendors"),
    Resource("Manufacturer", "manufacturerID", (*_text("name"), _CREATED, _STAMP),
             ("manufacturerID", "timeStamp", "name"), "GET POST PUT", right="manufacturers"),
    Resource("Category", "categoryID", (
        *_text("name"), *_ids("nodeDepth", write="no"), *_text("fullPathName"),
        *_ids("leftNode", "rightNode", write="no"), _CREATED, _STAMP, *_ids("parentID"),
    ), ("categoryID", "timeStamp", "leftNode", "rightNode"), right="categories", write_cost=10),
    Resource("PriceLevel", "priceLevelID", (
        *_text("name"), *_bools("archived", "canBeArchived", write="no"),
        Field("type", "text", "no", "fixed"), Field("Calculation", "text", "no"),
    ), ("priceLevelID",), "GET PUT", right="product_edit"),
    Resource("TaxClass", "taxClassID", (*_text("name"), _STAMP), ("taxClassID",), right="admin_inventory"),
    Resource("Tag", "tagID", _text("name"), ("tagID",), right="tags"),
    Resource("Season", "seasonID", _text("name"), ("seasonID",), right="product_edit"),
    Resource("CurrencyRate", "currencyRateID", (*_text("currencyCode"), *_money("rate"), _CREATED, _STAMP),
             ("currencyRateID",), "GET POST PUT", right="admin_purchases"),
    Resource("Shop", "shopID", (
        *_text("name"), *_money("serviceRate"), Field("timeZone", default="America/New_York"),
        *_bools("taxLabor"), Field("labelTitle", default="Shop Name"), *_bools("labelMsrp", "archived"),
        _STAMP, *_text("companyRegistrationNumber", "vatNumber"), *_bools("zebraBrowserPrint"),
        *_ids("contactID", "taxCategoryID", "receiptSetupID", "ccGatewayID"), *_text("gatewayConfigID"),
        Field("priceLevelID", "int", default=1),
    ), ("shopID",), "GET POST PUT", right="admin_shops"),
    Resource("Order", "orderID", (
        *(Field(name, "time") for name in ("orderedDate", "receivedDate")),
        *_text("shipInstructions", "stockInstructions"), *_money("shipCost"),
        *_money("shipVendorCost", write="order_money_fields"), *_money("otherCost"),
        *_money("otherVendorCost", write="order_money_fields"), *_bools("complete", "archived", write="no"),
        *_money("discount"), *_money("totalDiscount", write="no"), *_ids("totalQuantity", write="no"),
        *_money("subTotalCost", "totalCost", write="no"), Field("arrivalDate", "time"), _STAMP,
        Field("refNum", length="refnum_length"), _CREATED,
        *_money("vendorCurrencyRate", write="order_money_fields"),
        *_text("vendorCurrencyCode", "shippingCostMethod", write="order_money_fields"),
        *_bools("hasShipments", write="no"), *_text("discountMethod", write="order_money_fields"),
        *_money("discountMoneyValue", "discountMoneyVendorValue", write="order_money_fields"),
        *_bools("discountIsPercent", write="order_money_fields"),
        *_money("discountPercentValue", write="order_money_fields"),
        *_bools("costsModifiedAfterShipment", write="no"),
        *_text("b2bOrderUID", "b2bOrderNumber", write="b2b_fields"), *_ids("vendorID"),
        *_ids("noteID", write="no"), *_ids("shopID"), *_ids("createdByEmployeeID", write="no"),
    ), ("orderID", "timeStamp"), right="purchase_orders"),
    Resource("OrderLine", "orderLineID", (
        *_ids("quantity"), *_money("price", "originalPrice", "vendorCost"), *_ids("checkedIn", write="no"),
        *_ids("numReceived"), _STAMP, *_money("total", write="no"), _CREATED,
        *_money("shippingCost", "shippingVendorCost", "discountMoneyValue", "discountMoneyVendorValue",
                "discountPercentValue", write="no"), *_ids("orderID", write="create"), *_ids("itemID"),
    ), ("orderLineID", "timeStamp", "orderID"), right="purchase_orders"),
    Resource("CustomField", "customFieldID", (
        Field("type", default="string"), *_text("name", "uom"), *_ids("decimalPrecision"),
        *_bools("archived"),
    ), ("customFieldID", "timeStamp", "name"), right="purchase_orders", path="Order/CustomField"),
    Resource("Image", "imageID", (
        *_text("description"), *_text("filename", write="no"), *_ids("ordering"),
        *_text("publicID", "baseImageURL", write="no"), *_ids("size", write="no"), _CREATED, _STAMP,
        *_ids("itemID", "itemMatrixID"),
    ), ("imageID", "timeStamp"), right="product_edit"),
    Resource("OrderShipment", "orderShipmentID", (
        *_ids("orderID", "sequenceNumber", "totalQtyReceived", write="no"),
        *_money("totalVendorCost", "totalCost", write="no"),
        *_text("currencyCode", "vendorCurrencyCode", write="no"),
        *_money("vendorCurrencyRate", write="no"), _CREATED, *_text("paymentDueDate", write="no"),
        *_text("shipmentPackingRefNum", write="no"), _STAMP, *_ids("employeeID", write="no"),
        Field("receptionDate", "time", "no"), *_money("shippingCost", "cost", "vendorCost", write="no"),
        *_text("status", write="no"),
    ), ("orderShipmentID", "paymentDueDate", "sequenceNumber"), "GET",
        right="purchase_orders", path="Shipment"),
)
# fmt: on

RESOURCES: Final[dict[str, Resource]] = {resource.name: resource for resource in _RESOURCES}
