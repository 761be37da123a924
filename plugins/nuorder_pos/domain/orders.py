"""A NuORDER order and its products as frozen values, read from a snapshot.

Source of the shapes: NuORDER's order and product objects. Presence varies by year and by order: only ``_id`` is certain,
and nothing may be written as an absent key, ``""``, ``[]``, ``{}`` or ``null``. Ship dates are calendar dates written as
midnight UTC and are taken as they stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from nuorder_pos.domain.money import amount

LARGEST_QUANTITY = 1_000_000
LARGEST_ORDER = 1_000_000_000
_LETTER_SIZES = ("xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")


class OrderUnreadable(ValueError):
    """The order cannot be read with certainty; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One ordered size of one style and colour: one row of the report.

    ``line`` numbers the rows of the order from 1. Prices are for one ordered unit in the order's currency, before any
    reading of discounts. ``line_total`` is the order's own amount for the whole colour line, where it states one.
    ``prices`` are the product's own (currency, wholesale, retail), in every currency that the brand gives.
    """

    line: str
    group: int
    product_id: str
    style_number: str
    color: str
    size: str
    quantity: int
    price: Decimal | None
    original_price: Decimal | None = None
    price_after_discount: Decimal | None = None
    line_total: Decimal | None = None
    upc: str = ""
    units_per_pack: int = 1
    ship_start: date | None = None
    ship_end: date | None = None
    brand_ref: str = ""
    season: str = ""
    category: str = ""
    name: str = ""
    msrp: Decimal | None = None
    wholesale: Decimal | None = None
    prices: tuple[tuple[str, Decimal | None, Decimal | None], ...] = ()
    images: tuple[str, ...] = ()
    product_missing: bool = False
    size_place: int = 0
    """The size's place among all sizes of the product, as the brand lists them; sizes that it does not list come last."""

    @property
    def style_key(self) -> str:
        """What makes two rows the same style of a brand: the style number, or the product where it has none."""
        return fold(self.style_number) or self.product_id

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two rows the same article of a brand: style, colour, size, without regard to case and spaces."""
        return (self.style_key, fold(self.color), fold(self.size))


@dataclass(frozen=True, slots=True)
class Order:
    """A finalized order. Amounts in ``currency``; ``discount`` and ``surcharge_percent`` are percent."""

    order_id: str
    number: str
    status: str
    currency: str
    created_on: datetime | None
    modified_on: datetime | None
    ship_start: date | None
    ship_end: date | None
    variants: tuple[Variant, ...]
    total: Decimal | None = None
    total_quantity: Decimal | None = None
    discount: Decimal = Decimal(0)
    surcharge_percent: Decimal = Decimal(0)
    surcharge: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    stated_totals: tuple[tuple[str, Decimal], ...] = ()
    customer_po: str = ""
    group_id: str = ""
    creator: str = ""
    rep_name: str = ""
    rep_email: str = ""
    retailer: str = ""
    cancelled_units: int = 0
    notes: str = ""
    problems: tuple[str, ...] = field(default=())

    @property
    def units(self) -> int:
        """Ordered units, as the order counts them."""
        return sum(variant.quantity for variant in self.variants)

    @property
    def last_ship_end(self) -> date | None:
        """The order's last ship date, else the latest of its lines."""
        return self.ship_end or max((v.ship_end for v in self.variants if v.ship_end), default=None)

    @property
    def first_ship_start(self) -> date | None:
        """The order's first ship date, else the earliest of its lines."""
        return self.ship_start or min((v.ship_start for v in self.variants if v.ship_start), default=None)


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Text compared by people: without regard to case and to runs of spaces."""
    return " ".join(text.split()).casefold()


def text(value: object) -> str:
    """A field as text; ``""`` for every way of writing "nothing"."""
    if value is None or isinstance(value, Mapping | list | bool):
        return ""
    # Left out here, so that all read the same and no log or terminal is steered: what no database keeps (halves of
    # surrogate pairs), control characters, and marks that turn the writing direction.
    whole = str(value).encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNSEEN.sub("", " ".join(whole.split())).split())


def calendar_date(value: object) -> date | None:
    """A ship date: the first ten characters of the text, never converted into another zone."""
    try:
        return date.fromisoformat(str(value)[:10].replace("/", "-")) if value else None
    except ValueError:
        return None


def instant(value: object) -> datetime | None:
    """An ISO 8601 instant, in UTC."""
    try:
        parsed = datetime.fromisoformat(str(value)) if value else None
        if parsed is None:
            return None
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: the first or last day of the calendar, moved into UTC
        return None


def _money(value: object, what: str) -> Decimal | None:
    try:
        return amount(value)
    except ValueError as error:
        raise OrderUnreadable(f"{what}: {error}") from None


def _lenient(value: object) -> Decimal | None:
    try:
        return amount(value)
    except ValueError:
        return None


def first_given(*values: object) -> Decimal | None:
    """The first of several places that holds an amount; zero is one."""
    return next((found for value in values if (found := _lenient(value)) is not None), None)


def _price(what: str, *values: object) -> Decimal | None:
    return _not_negative(next((p for value in values if (p := _money(value, what)) is not None), None), what)


def _not_negative(price: Decimal | None, what: str) -> Decimal | None:
    if price is not None and price < 0:
        raise OrderUnreadable(f"{what} is negative ({price})")
    return price


def _per_pack(ordered: Mapping[str, Any], known: Mapping[str, Any], number: str) -> int:
    given = first_given(ordered.get("units_per_pack"), known.get("units_per_pack"))
    if given is not None and given > LARGEST_QUANTITY:
        raise OrderUnreadable(f"the units per pack in line {number} are {given}, more than anybody packs")
    return max(1, int(given or 1))


def _count(value: object, what: str) -> int:
    number = _money(value, what)
    if number is None:
        return 0
    if number != number.to_integral_value():
        raise OrderUnreadable(f"{what} is {number}, which is no whole number")
    if number < 0:
        raise OrderUnreadable(f"{what} is negative ({number})")
    if number > LARGEST_QUANTITY:
        raise OrderUnreadable(f"{what} is {number}, more than anybody orders")
    return int(number)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _objects(value: object, what: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects that hold what was ordered: what is none of them may not be left out in silence."""
    if value in (None, "", [], {}):
        return ()
    if not isinstance(value, list | tuple):
        raise OrderUnreadable(f"{what} are no list")
    if not all(isinstance(entry, Mapping) for entry in value):
        raise OrderUnreadable(f"{what} hold something that is no object")
    return value


def read_order(snapshot: Mapping[str, Any]) -> Order:
    """Read a snapshot ``{"order": raw order, "products": {product id: raw product or null}}``.

    Raises ``OrderUnreadable`` where a number that decides about goods or money is none.
    """
    raw = _mapping(snapshot.get("order"))
    products = _mapping(snapshot.get("products"))
    order_id = text(raw.get("_id"))
    if not order_id:
        raise OrderUnreadable("the order has no _id")
    currency = text(raw.get("currency_code")).upper()
    sizes = [
        (group, line, size)
        for group, line in enumerate(_lines(raw, products), start=1)
        for size in line.sizes
    ]
    variants = tuple(
        _variant(line, size, str(number), group, currency)
        for number, (group, line, size) in enumerate(sizes, start=1)
    )
    if sum(variant.quantity * variant.units_per_pack for variant in variants) > LARGEST_ORDER:
        raise OrderUnreadable("its quantities add up to more than anybody orders")
    discounts = _mapping(raw.get("order_discounts"))
    shipping = _mapping(raw.get("shipping_information"))
    return Order(
        order_id=order_id,
        number=text(raw.get("order_number")) or order_id,
        status=text(raw.get("status")).casefold(),
        currency=currency,
        created_on=instant(raw.get("created_on")),
        modified_on=instant(raw.get("modified_on")),
        ship_start=calendar_date(raw.get("start_ship")),
        ship_end=calendar_date(raw.get("end_ship")),
        variants=variants,
        total=_money(raw.get("total"), "the order's total"),
        total_quantity=_lenient(raw.get("total_quantity")),
        discount=_money(raw.get("discount"), "the order's discount") or Decimal(0),
        surcharge_percent=_money(raw.get("additional_percentage"), "the order's surcharge") or Decimal(0),
        surcharge=_surcharge(raw, discounts),
        shipping=first_given(
            discounts.get("shipping_final_amount"), shipping.get("final_amount"), shipping.get("price")
        )
        or Decimal(0),
        stated_totals=tuple(
            (name, value)
            for name in ("discounted_total", "total_after_line_item_discount", "original_total")
            if (value := _lenient(discounts.get(name))) is not None
        ),
        customer_po=text(raw.get("customer_po_number")),
        group_id=text(raw.get("order_group_id")),
        creator=text(raw.get("creator_name")),
        rep_name=text(raw.get("rep_name")),
        rep_email=text(raw.get("rep_email")),
        retailer=text(_mapping(raw.get("retailer")).get("retailer_name")),
        cancelled_units=int(_lenient(raw.get("__cancelled_units")) or 0),
        notes=text(raw.get("notes")),
    )


def _surcharge(raw: Mapping[str, Any], discounts: Mapping[str, Any]) -> Decimal:
    stated = first_given(
        _mapping(discounts.get("surcharges")).get("total_surcharge"), discounts.get("surcharge")
    )
    if stated is not None:
        return stated
    listed = (_lenient(_mapping(entry).get("price")) for entry in _sequence(raw.get("order_surcharges")))
    return sum((value for value in listed if value), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Line:
    """One colour line of the order, with its product; ``known`` are the product's own sizes, in the product's order."""

    raw: Mapping[str, Any]
    product_id: str
    product: Mapping[str, Any]
    missing: bool
    known: Mapping[str, Mapping[str, Any]]
    sizes: Sequence[Mapping[str, Any]]

    @property
    def thin(self) -> Mapping[str, Any]:
        """The little that the line itself says about the product."""
        return _mapping(self.raw.get("product"))

    @property
    def style(self) -> str:
        return text(self.thin.get("style_number")) or text(self.product.get("style_number"))

    @property
    def color(self) -> str:
        thin = self.thin
        return text(thin.get("color")) or text(self.product.get("color")) or text(thin.get("color_code"))

    def place_of(self, ordered: Mapping[str, Any]) -> int:
        """The place of an ordered size among the product's; behind them all where the product does not list it."""
        name = fold(text(ordered.get("size")))
        if name in self.known:
            return list(self.known).index(name)
        return len(self.known) + next(n for n, size in enumerate(self.sizes) if size is ordered)


def _lines(raw: Mapping[str, Any], products: Mapping[str, Any]) -> list[_Line]:
    """The colour lines with their sizes, always in the same order, whatever the order in which NuORDER gives them."""
    found: list[tuple[Any, _Line]] = []
    for line in _objects(raw.get("line_items"), "its lines"):
        product_id = text(_mapping(line.get("product")).get("_id"))
        product = _mapping(products.get(product_id))
        known = {fold(text(s.get("size"))): s for s in map(_mapping, _sequence(product.get("sizes")))}
        places = {size: place for place, size in enumerate(known)}
        keyed = sorted(
            ((_size_key(size, places), size) for size in _objects(line.get("sizes"), "the sizes of a line")),
            key=lambda pair: pair[0],
        )
        missing = product_id in products and products[product_id] is None
        own = _Line(line, product_id, product, missing, known, [size for _, size in keyed])
        window = (str(line.get("ship_start") or ""), str(line.get("ship_end") or ""))
        rest = {name: value for name, value in line.items() if name != "sizes"}
        key = (fold(own.style), fold(own.color), product_id, window, [k for k, _ in keyed], _canonical(rest))
        found.append((key, own))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _size_key(size: Mapping[str, Any], places: Mapping[str, int]) -> tuple[Any, ...]:
    name = fold(text(size.get("size")))
    return (
        places.get(name, len(places)), _natural(name), text(size.get("upc")), _lenient(size.get("quantity")) or 0,
        first_given(size.get("price"), size.get("price_precise")) or 0, _canonical(size),
    )  # fmt: skip


def _natural(size: str) -> tuple[Any, ...]:
    """Sizes as people sort them: S before M before L, 9 before 10, then by name."""
    if size in _LETTER_SIZES:
        return (0, _LETTER_SIZES.index(size), size)
    number = re.match(r"[0-9]{1,9}", size)
    return (1, int(number.group()), size) if number else (2, 0, size)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _variant(line: _Line, ordered: Mapping[str, Any], number: str, group: int, currency: str) -> Variant:
    raw, thin, product = line.raw, line.thin, line.product
    size = text(ordered.get("size"))
    known = line.known.get(fold(size), {})
    pricing, own_pricing = _by_currency(product.get("pricing")), _by_currency(known.get("pricing"))
    in_currency, own_in_currency = pricing.get(currency, {}), own_pricing.get(currency, {})
    return Variant(
        line=number,
        group=group,
        product_id=line.product_id,
        style_number=line.style,
        color=line.color,
        size=size,
        quantity=_count(ordered.get("quantity"), f"the quantity in line {number}"),
        price=_price(f"the price in line {number}", ordered.get("price"), ordered.get("price_precise")),
        original_price=_not_negative(
            _lenient(ordered.get("original_price")), f"the original price in line {number}"
        ),
        price_after_discount=_not_negative(
            _lenient(raw.get("item_price_after_discount")), f"the discounted price in line {number}"
        ),
        line_total=_not_negative(_lenient(raw.get("discounted_total")), f"the total in line {number}"),
        upc=text(ordered.get("upc")) or text(known.get("upc")),
        units_per_pack=_per_pack(ordered, known, number),
        ship_start=calendar_date(raw.get("ship_start")),
        ship_end=calendar_date(raw.get("ship_end")),
        brand_ref=text(product.get("brand_id")) or text(thin.get("brand_id")),
        season=text(thin.get("season")) or text(product.get("season")),
        category=text(product.get("category"))
        or text(thin.get("department"))
        or text(product.get("department")),
        name=text(product.get("name")),
        msrp=first_given(
            ordered.get("retail"),
            own_in_currency.get("retail"),
            in_currency.get("retail"),
            raw.get("retail_string"),
        ),
        wholesale=first_given(
            own_in_currency.get("wholesale"),
            in_currency.get("wholesale"),
            ordered.get("original_price"),
            ordered.get("price"),
        ),
        prices=_prices(own_pricing, pricing),
        images=_images(product.get("images")),
        product_missing=line.missing,
        size_place=line.place_of(ordered),
    )


def _by_currency(pricing: object) -> dict[str, Mapping[str, Any]]:
    return {str(currency).strip().upper(): _mapping(prices) for currency, prices in _mapping(pricing).items()}


def _prices(
    own: Mapping[str, Mapping[str, Any]], pricing: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[str, Decimal | None, Decimal | None], ...]:
    """Wholesale and retail price in every currency: the size's own, else the product's."""
    return tuple(
        (
            currency,
            first_given(own.get(currency, {}).get("wholesale"), pricing.get(currency, {}).get("wholesale")),
            first_given(own.get(currency, {}).get("retail"), pricing.get(currency, {}).get("retail")),
        )
        for currency in sorted({*own, *pricing})
    )


def _images(value: object) -> tuple[str, ...]:
    """Addresses of images. Their form is undocumented: text and objects that carry an address are taken, the rest left."""
    addresses = []
    for entry in _sequence(value):
        address = (
            entry
            if isinstance(entry, str)
            else next(
                (
                    v
                    for k in ("url", "secure_url", "src", "href")
                    if isinstance(v := _mapping(entry).get(k), str)
                ),
                "",
            )
        )
        if address.startswith(("https://", "http://")):
            addresses.append(address)
    return tuple(addresses)
