"""Records of the POS as frozen values.

Ids and codes are strings exactly as the POS gave them; money is ``Decimal`` in the account's currency unless a field
says otherwise; instants are aware. Empty text means "not set".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PosItem:
    """One item (a variant, or an item outside a matrix)."""

    item_id: str
    description: str = ""
    upc: str = ""
    ean: str = ""
    system_sku: str = ""
    custom_sku: str = ""
    manufacturer_sku: str = ""
    archived: bool = False
    matrix_id: str = ""
    attribute_set_id: str = ""
    color: str = ""
    size: str = ""
    default_cost: Decimal | None = None
    default_vendor_id: str = ""
    manufacturer_id: str = ""
    vendor_numbers: tuple[tuple[str, str], ...] = ()
    """Pairs of (vendor id, the vendor's own id for this item)."""
    category_id: str = ""
    prices: tuple[tuple[str, Decimal | None], ...] = ()
    """Pairs of (price level id, amount)."""
    stock: tuple[tuple[str, Decimal], ...] = ()
    """Pairs of (shop id, quantity on hand); shop ``0`` is the sum over all shops. Empty where it was not loaded."""
    created: datetime | None = None
    changed: datetime | None = None
    """When the item itself was last changed; stock does not count."""


@dataclass(frozen=True, slots=True)
class BrandInPos:
    """The ids under which the POS knows a brand: as vendor and as manufacturer. Empty where it does not know it."""

    vendor_ids: frozenset[str] = frozenset()
    manufacturer_ids: frozenset[str] = frozenset()

    def has(self, item: PosItem) -> bool | None:
        """Whether the item is the brand's; ``None`` where it names neither manufacturer nor vendor."""
        if item.manufacturer_id not in ("", "0") and self.manufacturer_ids:
            return item.manufacturer_id in self.manufacturer_ids
        vendors = {item.default_vendor_id, *(vendor for vendor, _ in item.vendor_numbers)} - {"", "0"}
        if vendors:
            return bool(vendors & self.vendor_ids)
        return None if item.manufacturer_id in ("", "0") else False


@dataclass(frozen=True, slots=True)
class PosMatrix:
    """A style in the POS, whose items differ by the attributes of its attribute set."""

    matrix_id: str
    description: str
    attribute_set_id: str
    archived: bool = False
    default_vendor_id: str = ""
    manufacturer_id: str = ""


@dataclass(frozen=True, slots=True)
class PosVendor:
    """A vendor. ``currency`` is the ISO code it is bought from in, empty where the account's own applies."""

    vendor_id: str
    name: str
    archived: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class PosShop:
    """A shop. ``time_zone`` is an IANA name; dates that the POS shows are dates in that zone."""

    shop_id: str
    name: str
    time_zone: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class NamedRecord:
    """A record of which only id and name matter: manufacturer, price level, attribute set."""

    record_id: str
    name: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class PosAccount:
    """The POS account: its id, its name and the currency it keeps its books in."""

    account_id: str
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class PoLine:
    """One line of a purchase order as it stands in the POS."""

    line_id: str
    order_id: str
    item_id: str
    quantity: int
    price: Decimal
    original_price: Decimal | None = None
    vendor_cost: Decimal | None = None
    received: int = 0
    """Units that were received or checked in."""


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """A purchase order as it stands in the POS. Dates are instants; the shop's zone gives the calendar day."""

    order_id: str
    vendor_id: str = ""
    shop_id: str = ""
    ref_num: str = ""
    b2b_order_uid: str = ""
    b2b_order_number: str = ""
    note: str = ""
    stock_instructions: str = ""
    ordered: datetime | None = None
    expected: datetime | None = None
    received: datetime | None = None
    created: datetime | None = None
    complete: bool = False
    archived: bool = False
    ship_cost: Decimal = Decimal(0)
    other_cost: Decimal = Decimal(0)
    total_quantity: int | None = None
    subtotal: Decimal | None = None
    total: Decimal | None = None
    lines: tuple[PoLine, ...] = field(default=())

    @property
    def status(self) -> str:
        """The status that the POS derives: Open, Ordered, Check-In or Finished."""
        if self.complete:
            return "Finished"
        if self.received is not None:
            return "Check-In"
        return "Ordered" if self.ordered is not None else "Open"
