"""Rows of the POS as the values of ``domain.pos``. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from nuorder_pos.clients import v3
from nuorder_pos.clients.classify import UnexpectedBody
from nuorder_pos.domain.pos import (
    NamedRecord,
    PoLine,
    PosAccount,
    PosItem,
    PosMatrix,
    PosShop,
    PosVendor,
    PurchaseOrder,
)


def item(row: v3.Row) -> PosItem:
    """An ``Item`` row. Colour and size come from the relation ItemAttributes: attribute1 and attribute2 in the
    system's sets. Without that relation, ItemVendorNums or ItemShops, those fields are empty."""
    attributes = v3.nested(row, "ItemAttributes")
    return PosItem(
        item_id=_required(row, "itemID"),
        description=v3.text(row, "description"),
        upc=v3.text(row, "upc"),
        ean=v3.text(row, "ean"),
        system_sku=v3.text(row, "systemSku"),
        custom_sku=v3.text(row, "customSku"),
        manufacturer_sku=v3.text(row, "manufacturerSku"),
        archived=v3.boolean(row, "archived"),
        matrix_id=v3.reference(row, "itemMatrixID"),
        attribute_set_id=v3.reference(attributes, "itemAttributeSetID"),
        color=v3.text(attributes, "attribute1"),
        size=v3.text(attributes, "attribute2"),
        default_cost=v3.amount(row, "defaultCost"),
        default_vendor_id=v3.reference(row, "defaultVendorID"),
        manufacturer_id=v3.reference(row, "manufacturerID"),
        vendor_numbers=tuple(
            (v3.reference(number, "vendorID"), v3.text(number, "value"))
            for number in v3.relation(row, "ItemVendorNums", "ItemVendorNum")
        ),
        category_id=v3.reference(row, "categoryID"),
        prices=tuple(
            (v3.reference(price, "useTypeID"), v3.amount(price, "amount"))
            for price in v3.relation(row, "Prices", "ItemPrice")
        ),
        stock=tuple(
            (v3.text(held, "shopID"), v3.amount(held, "qoh") or Decimal(0))
            for held in v3.relation(row, "ItemShops", "ItemShop")
        ),
        created=v3.instant(row, "createTime"),
        changed=v3.instant(row, "timeStamp"),
    )


def matrix(row: v3.Row) -> PosMatrix:
    """An ``ItemMatrix`` row."""
    return PosMatrix(
        matrix_id=_required(row, "itemMatrixID"),
        description=v3.text(row, "description"),
        attribute_set_id=v3.reference(row, "itemAttributeSetID"),
        archived=v3.boolean(row, "archived"),
        default_vendor_id=v3.reference(row, "defaultVendorID"),
        manufacturer_id=v3.reference(row, "manufacturerID"),
    )


def vendor(row: v3.Row) -> PosVendor:
    """A ``Vendor`` row; its currency is that of ``purchasingCurrency``."""
    return PosVendor(
        vendor_id=_required(row, "vendorID"),
        name=v3.text(row, "name"),
        archived=v3.boolean(row, "archived"),
        currency=v3.text(v3.nested(row, "purchasingCurrency"), "code").upper(),
    )


def shop(row: v3.Row) -> PosShop:
    """A ``Shop`` row."""
    return PosShop(
        shop_id=_required(row, "shopID"),
        name=v3.text(row, "name"),
        time_zone=v3.text(row, "timeZone"),
        archived=v3.boolean(row, "archived"),
    )


def named(row: v3.Row, key: str) -> NamedRecord:
    """A row of which only id (``key``) and name matter."""
    return NamedRecord(_required(row, key), v3.text(row, "name"), v3.boolean(row, "archived"))


def account(row: v3.Row, account_id: str) -> PosAccount:
    """An account's own record."""
    currency = v3.text(v3.nested(row, "defaultCurrency"), "code").upper()
    return PosAccount(v3.text(row, "accountID") or account_id, v3.text(row, "name"), currency)


def line(row: v3.Row) -> PoLine:
    """An ``OrderLine`` row."""
    quantity, price = v3.integer(row, "quantity"), v3.amount(row, "price")
    if quantity is None:
        raise UnexpectedBody("Lightspeed answered with an order line without a quantity.")
    return PoLine(
        line_id=_required(row, "orderLineID"),
        order_id=v3.reference(row, "orderID"),
        item_id=v3.reference(row, "itemID"),
        quantity=quantity,
        price=price if price is not None else Decimal(0),
        original_price=v3.amount(row, "originalPrice"),
        vendor_cost=v3.amount(row, "vendorCost"),
        received=max(v3.integer(row, "numReceived") or 0, v3.integer(row, "checkedIn") or 0),
    )


def purchase_order(row: v3.Row, lines: Iterable[PoLine] | None = None) -> PurchaseOrder:
    """An ``Order`` row; ``lines`` replace those of its relation OrderLines."""
    own = (
        lines if lines is not None else (line(entry) for entry in v3.relation(row, "OrderLines", "OrderLine"))
    )
    return PurchaseOrder(
        order_id=_required(row, "orderID"),
        vendor_id=v3.reference(row, "vendorID"),
        shop_id=v3.reference(row, "shopID"),
        ref_num=v3.text(row, "refNum"),
        b2b_order_uid=v3.text(row, "b2bOrderUID"),
        b2b_order_number=v3.text(row, "b2bOrderNumber"),
        note=v3.text(v3.nested(row, "Note"), "note"),
        stock_instructions=v3.text(row, "stockInstructions"),
        ordered=v3.instant(row, "orderedDate"),
        expected=v3.instant(row, "arrivalDate"),
        received=v3.instant(row, "receivedDate"),
        created=v3.instant(row, "createTime"),
        complete=v3.boolean(row, "complete"),
        archived=v3.boolean(row, "archived"),
        ship_cost=v3.amount(row, "shipCost") or Decimal(0),
        other_cost=v3.amount(row, "otherCost") or Decimal(0),
        total_quantity=v3.integer(row, "totalQuantity"),
        subtotal=v3.amount(row, "subTotalCost"),
        total=v3.amount(row, "totalCost"),
        lines=tuple(own),
    )


def _required(row: v3.Row, key: str) -> str:
    value = v3.text(row, key)
    if not value:
        raise UnexpectedBody(f"Lightspeed answered with a record without {key}.")
    return value
