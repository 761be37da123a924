"""What the retailer pays for one unit: the reading of prices, discounts and packs that gives the order's own total.

Whether NuORDER's ``price`` already contains discounts is undocumented, and so is what a pack's quantity counts. So
every plausible reading is tried against what the order says about itself, order by order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from nuorder_pos.domain.money import HALF_CENT
from nuorder_pos.domain.orders import Order, Variant

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Cost:
    """Units and the unrounded cost of one unit, as one reading has it."""

    units: int
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the order. ``goods`` is the sum of its lines; ``off`` how far the nearest stated total is away."""

    name: str
    meaning: str
    costs: tuple[Cost, ...]
    goods: Decimal
    off: Decimal


@dataclass(frozen=True, slots=True)
class Pricing:
    """The outcome: the chosen reading, or several to choose from.

    ``choices`` is not empty where a person has to decide. ``rounding`` is the difference that rounding explains.
    """

    reading: Reading
    choices: tuple[Reading, ...] = ()
    rounding: Decimal = Decimal(0)


_Unit = Callable[[Variant], Decimal | None]

_PRICES: tuple[tuple[str, str, _Unit], ...] = (
    ("price", "the line's price is what you pay", lambda v: v.price),
    (
        "after_discount",
        "the line's price after its discount is what you pay",
        lambda v: v.price_after_discount,
    ),
    ("line_total", "the line's discounted total, spread over its units, is what you pay", lambda v: None),
    ("original_price", "the line's original price is what you pay", lambda v: v.original_price),
)


def price_readings(order: Order) -> list[Reading]:
    """Every reading of prices and discounts, the simplest first. Packs are left as the order counts them."""
    factor = (HUNDRED - order.discount) / HUNDRED
    found: list[Reading] = []
    for suffix, words, share in (
        ("", "", Decimal(1)),
        ("_less_discount", f" less {order.discount} %", factor),
    ):
        if suffix and share == 1:
            continue
        for name, meaning, unit in _PRICES:
            costs = _spread(order) if name == "line_total" else _each(order, unit)
            if costs is not None:
                scaled = tuple(Cost(c.units, c.unit_cost * share) for c in costs)
                found.append(_reading(order, name + suffix, meaning + words, scaled))
    return found


def _each(order: Order, unit: _Unit) -> tuple[Cost, ...] | None:
    costs = []
    for variant in order.variants:
        price = unit(variant)
        if price is None and variant.quantity:
            return None
        costs.append(Cost(variant.quantity, price or Decimal(0)))
    return tuple(costs)


def _spread(order: Order) -> tuple[Cost, ...] | None:
    """Each colour line's discounted total, spread over its sizes in proportion to their prices."""
    listed: dict[int, Decimal] = {}
    for v in order.variants:
        listed[v.group] = listed.get(v.group, Decimal(0)) + v.quantity * (v.price or Decimal(0))
    costs = []
    for v in order.variants:
        if v.line_total is None or (v.quantity and not listed[v.group]):
            return None
        price = v.price or Decimal(0)
        costs.append(Cost(v.quantity, price * v.line_total / listed[v.group] if listed[v.group] else price))
    return tuple(costs)


def targets(order: Order) -> list[Decimal]:
    """What the lines may add up to: the order's totals, with and without shipping and surcharge."""
    if order.total is None:
        return [value for name, value in order.stated_totals if name == "discounted_total"]
    percent = order.surcharge_percent / HUNDRED
    stated = [order.total]
    for shipping in {Decimal(0), order.shipping}:
        for surcharge in {Decimal(0), order.surcharge}:
            rest = order.total - shipping - surcharge
            stated.append(rest)
            if percent:
                stated.append(rest / (1 + percent))
    return list(dict.fromkeys(stated))


def _reading(order: Order, name: str, meaning: str, costs: tuple[Cost, ...]) -> Reading:
    goods = sum((c.units * c.unit_cost for c in costs), Decimal(0))
    off = min((abs(goods - target) for target in targets(order)), default=Decimal(0))
    return Reading(name, meaning, costs, goods, off)


def read_prices(order: Order) -> Pricing:
    """Choose the reading that gives the order's own total; offer all of them where none does, or two disagree."""
    readings = price_readings(order)
    if not readings:
        raise ValueError("no line of the order carries a price")
    units = max(order.units, 1)
    exact = [reading for reading in readings if reading.off == 0]
    close = exact or [reading for reading in readings if reading.off <= HALF_CENT * units]
    if not close:
        return Pricing(readings[0], tuple(readings))
    best = close[0]
    if len(disagreeing := _distinct(close)) > 1:
        return Pricing(best, tuple(disagreeing))
    return Pricing(best, rounding=best.off)


def _differs(one: Reading, other: Reading) -> bool:
    return any(
        abs(a.unit_cost - b.unit_cost) > HALF_CENT for a, b in zip(one.costs, other.costs, strict=True)
    )


def _distinct(readings: Iterable[Reading]) -> list[Reading]:
    kept: list[Reading] = []
    for reading in readings:
        if all(_differs(reading, other) for other in kept):
            kept.append(reading)
    return kept


@dataclass(frozen=True, slots=True)
class PackReading:
    """How to read the lines that come in packs: each as ``units`` pieces at ``unit_cost``."""

    name: str
    meaning: str


PACKS = PackReading("packs", "the quantity counts packs and the price is for a pack")
PACKS_UNIT_PRICE = PackReading("packs_unit_price", "the quantity counts packs and the price is for one piece")
PIECES = PackReading("pieces", "the quantity counts pieces and the price is for one piece")


def read_packs(order: Order, pricing: Pricing) -> tuple[PackReading | None, tuple[PackReading, ...]]:
    """The reading of packs that the order's totals prove, or the readings to choose from.

    A total in money alone cannot tell packs from pieces, because either way quantity times price is the same; the
    order's total quantity can, where it differs from the sum of the lines.
    """
    packs = [v for v in order.variants if v.units_per_pack > 1 and v.quantity]
    if not packs:
        return None, ()
    counted = order.units
    pieces = sum(v.quantity * v.units_per_pack for v in order.variants)
    by_piece = sum(
        (
            c.units * v.units_per_pack * c.unit_cost
            for v, c in zip(order.variants, pricing.reading.costs, strict=True)
        ),
        Decimal(0),
    )
    money_says_piece = pricing.reading.off > HALF_CENT * counted and any(
        abs(by_piece - target) <= HALF_CENT * pieces for target in targets(order)
    )
    if money_says_piece and order.total_quantity in (None, pieces, counted):
        return PACKS_UNIT_PRICE, ()
    if order.total_quantity == pieces != counted and not pricing.choices:
        return PACKS, ()
    return None, (PACKS, PIECES)


def apply_packs(variant: Variant, cost: Cost, reading: PackReading | None) -> Cost:
    """Units and unit cost of one row once the reading of packs is known."""
    per_pack = variant.units_per_pack
    if per_pack == 1 or reading in (None, PIECES):
        return cost
    if reading == PACKS_UNIT_PRICE:
        return Cost(cost.units * per_pack, cost.unit_cost)
    return Cost(cost.units * per_pack, cost.unit_cost / per_pack)


PACK_READINGS = {reading.name: reading for reading in (PACKS, PACKS_UNIT_PRICE, PIECES)}
