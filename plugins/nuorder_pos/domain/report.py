"""The match report: what one order version means in the POS, with everything a merchant must know before deciding.

Pure. The report has a hash that covers what a decision rests on (order content, status, item and candidates of each
line, costs, questions) and nothing else: not stock, images or descriptions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.catalogue import Catalogue
from nuorder_pos.domain.match_data import Choice, Match, Question, Status, Warn
from nuorder_pos.domain.matching import cost_warning, match
from nuorder_pos.domain.matrices import MATRIX_UNCLEAR, Placement, Shelf, shelves
from nuorder_pos.domain.money import HALF_CENT, plain, rounded
from nuorder_pos.domain.orders import Order, Variant, fold
from nuorder_pos.domain.pos import BrandInPos, PosAccount, PosVendor
from nuorder_pos.domain.pricing import (
    PACK_READINGS,
    PACKS_UNIT_PRICE,
    Cost,
    PackReading,
    Pricing,
    Reading,
    apply_packs,
    read_packs,
    read_prices,
)
from nuorder_pos.domain.resemblance import Similarity, offer, offer_again
from nuorder_pos.domain.style_questions import ask_about_styles

ACCOUNT_CURRENCY = "account"
VENDOR_CURRENCY = "vendor"
NEW_VENDOR = "new"
EXPORT_TOO = "export"


@dataclass(frozen=True, slots=True)
class VendorFinding:
    """The POS vendor of a brand: one of ``found``, or none yet and ``name`` will be created."""

    name: str
    found: tuple[PosVendor, ...] = ()

    @property
    def vendor(self) -> PosVendor | None:
        """The vendor, where there is exactly one."""
        return self.found[0] if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class Related:
    """Another order of the same group, or of the same number before a split suffix, that was exported."""

    order_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Context:
    """What was gathered for one order before the report is made."""

    account: PosAccount
    brand: str
    vendor: VendorFinding
    catalogue: Catalogue
    style_matrices: Mapping[str, Mapping[str, str]]
    """Attribute set by matrix id, of the matrices that earlier links of a style (its key) lead to."""
    related: tuple[Related, ...] = ()
    decimals: int = 2
    in_pos: BrandInPos = field(default_factory=BrandInPos)
    """Under which ids the POS knows the brand: candidates by resemblance are looked for among its items only."""
    similar: Similarity | None = None
    """How alike two descriptions are; without it no candidate is offered for its description."""
    style_choices: Mapping[str, str] = field(default_factory=dict)
    """What was decided about the matrix of a style before, by the style's key."""
    offered: Mapping[str, Sequence[str]] | None = None
    """Items that an approved report offered, by line: then these are offered again and no others are looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report. ``units`` and ``unit_cost`` are what the PO line will say under the chosen reading."""

    match: Match
    units: int
    unit_cost: Decimal
    placement: Placement
    warnings: tuple[Warn, ...]

    @property
    def variant(self) -> Variant:
        """The ordered variant."""
        return self.match.variant


@dataclass(frozen=True, slots=True)
class Report:
    """A match report. ``pricing`` and ``pack`` hold the readings; ``currency`` the way amounts are sent."""

    order: Order
    context: Context
    lines: tuple[Line, ...]
    pricing: Pricing
    pack: PackReading | None
    currency: str
    warnings: tuple[Warn, ...]
    questions: tuple[Question, ...]
    content_hash: str
    report_hash: str
    shelves: Mapping[str, Shelf] = field(default_factory=dict)
    """The matrices that each style is in, by the style's key."""


def vendors_for(wanted: str | None, brand: str, vendors: Iterable[PosVendor]) -> VendorFinding | None:
    """Find the brand's vendor: by the brands file (name or id), else by name without regard to case.

    ``None`` where the brands file names an id that the POS does not have.
    """
    live = [vendor for vendor in vendors if not vendor.archived]
    if wanted and wanted.isdigit():
        named = tuple(v for v in live if v.vendor_id == wanted)
        by_name = tuple(v for v in live if fold(v.name) == fold(wanted))
        return VendorFinding(wanted, named or by_name) if named or by_name else None
    name = wanted or brand
    return VendorFinding(name, tuple(v for v in live if fold(v.name) == fold(name)))


def make_report(order: Order, context: Context) -> Report:
    """Match the order and state what is open. Raises ``ValueError`` with a sentence where it cannot be priced."""
    if not any(variant.quantity for variant in order.variants):
        raise ValueError("it has no lines with a quantity")
    pricing = read_prices(order)
    pack, pack_choices = read_packs(order, pricing)
    if pack == PACKS_UNIT_PRICE:
        pricing = replace(pricing, choices=())  # read this way, the order's own total comes out
    matched = match(order.variants, context.catalogue, context.in_pos)
    if context.offered is None:
        offered = offer(matched, context.catalogue, context.in_pos, context.similar)
    else:
        offered = offer_again(matched, context.catalogue, context.offered)
    on_shelves = shelves(offered, context.catalogue, context.style_matrices, context.style_choices)
    matches, about_styles = ask_about_styles(offered, on_shelves, context.catalogue)
    lines = tuple(
        _line(found, cost, pack, on_shelves[found.variant.style_key].place(found.variant), context.decimals)
        for found, cost in zip(matches, pricing.reading.costs, strict=True)
    )
    currency, currency_questions = _currency(order, context)
    questions = (
        *_totals_questions(order, pricing),
        *_pack_questions(pack_choices),
        *_vendor_questions(context.vendor),
        *currency_questions,
        *_related_questions(context.related),
        *about_styles,
        *(question for found in matches for question in found.questions),
    )
    content = content_hash(order)
    report = Report(
        order,
        context,
        lines,
        pricing,
        pack,
        currency,
        _order_warnings(order, context, pricing, lines),
        questions,
        content,
        "",
        on_shelves,
    )
    return replace(report, report_hash=_report_hash(report))


def _line(found: Match, cost: Cost, pack: PackReading | None, placement: Placement, decimals: int) -> Line:
    read = apply_packs(found.variant, cost, pack)
    unit_cost = rounded(read.unit_cost, decimals)
    warnings = list(found.warnings)
    variant = found.variant
    if found.item is not None:
        warnings.extend(cost_warning(found.item, unit_cost))
    if variant.units_per_pack > 1:
        treated = pack.meaning if pack else "the order does not say how they are counted"
        warnings.append(Warn("pack", f"Comes in packs of {variant.units_per_pack}; {treated}."))
    if not variant.quantity:
        warnings.append(
            Warn("zero_quantity", "Nothing of this size is ordered; it gives no line and no new item.")
        )
    if variant.product_missing:
        warnings.append(
            Warn("product_missing", "NuORDER no longer has this product; its name and images are not known.")
        )
    is_new = found.status is Status.NEW_ITEM and variant.quantity and not found.questions
    if is_new and not found.code.nothing and not found.may_carry_code:
        warnings.append(
            Warn("code_not_written", f"The new item is created without the code {found.code.text}.")
        )
    return Line(found, read.units, unit_cost, placement, tuple(warnings))


def _order_warnings(
    order: Order, context: Context, pricing: Pricing, lines: Sequence[Line]
) -> tuple[Warn, ...]:
    found = []
    windows = sorted(
        {(str(v.ship_start), str(v.ship_end)) for v in order.variants if v.ship_start or v.ship_end}
    )
    if len(windows) > 1:
        listed = "; ".join(f"{start} to {end}" for start, end in windows)
        found.append(
            Warn(
                "ship_windows", f"Several ship windows ({listed}): one purchase order with one expected date."
            )
        )
    if order.cancelled_units:
        found.append(
            Warn(
                "cancelled_units",
                f"{order.cancelled_units} units were cancelled; the order as it stands counts.",
            )
        )
    if context.vendor.vendor is None and not context.vendor.found:
        found.append(
            Warn("vendor_new", f"The POS has no vendor named {context.vendor.name} yet; it will be created.")
        )
    if order.created_on is None:
        found.append(
            Warn(
                "no_order_date",
                "The order has no date in NuORDER, so the purchase order gets no ordered date and stays Open.",
            )
        )
    sent = sum((line.units * line.unit_cost for line in lines), Decimal(0))
    off = abs(sent - pricing.reading.goods)
    if pricing.rounding or (off and off <= HALF_CENT * max(order.units, 1)):
        cents = plain(rounded(pricing.rounding or off, 4))
        found.append(
            Warn("rounding", f"Rounding of unit costs makes a difference of {cents} {order.currency}.")
        )
    return tuple(found)


def _totals_questions(order: Order, pricing: Pricing) -> tuple[Question, ...]:
    if not pricing.choices:
        return ()
    total = plain(order.total) if order.total is not None else "unknown"
    text = (
        f"The order's own total is {total} {order.currency}, and no reading of lines, discounts, shipping and surcharge "
        "gives it. Which cost is right?"
        if pricing.reading.off
        else f"Several readings of the prices give the order's own total {total} {order.currency}. Which one is right?"
    )
    return (Question("totals_mismatch", text, tuple(_reading_choice(r, order) for r in pricing.choices)),)


def _reading_choice(reading: Reading, order: Order) -> Choice:
    return Choice(
        reading.name, f"{reading.meaning}: goods of {plain(rounded(reading.goods, 2))} {order.currency}"
    )


def _pack_questions(choices: Sequence[PackReading]) -> tuple[Question, ...]:
    if not choices:
        return ()
    text = "Some lines come in packs, and the order's totals do not say how they are counted. How are they to be read?"
    return (Question("pack", text, tuple(Choice(c.name, c.meaning) for c in choices)),)


def _vendor_questions(finding: VendorFinding) -> tuple[Question, ...]:
    if len(finding.found) < 2:
        return ()
    choices = tuple(Choice(v.vendor_id, f"vendor {v.vendor_id}, {v.name}") for v in finding.found)
    return (
        Question(
            "vendor_unclear",
            f"The POS has {len(finding.found)} vendors named {finding.name}. Which one is it?",
            choices,
        ),
    )


def _currency(order: Order, context: Context) -> tuple[str, tuple[Question, ...]]:
    vendor = context.vendor.vendor
    bought_in = (vendor.currency if vendor else "") or context.account.currency
    if order.currency and order.currency == context.account.currency:
        return ACCOUNT_CURRENCY, ()
    if order.currency and order.currency == bought_in:
        return VENDOR_CURRENCY, ()
    named = order.currency or "no currency"
    text = f"The order is in {named}, the POS account in {context.account.currency}, the vendor is bought from in {bought_in}."
    choices = (
        Choice(ACCOUNT_CURRENCY, f"send the order's amounts as {context.account.currency}, as they stand"),
        Choice(
            VENDOR_CURRENCY, f"send the order's amounts as {bought_in}, the vendor's currency, as they stand"
        ),
    )
    return ACCOUNT_CURRENCY, (Question("currency_mismatch", text, choices),)


def _related_questions(related: Sequence[Related]) -> tuple[Question, ...]:
    if not related:
        return ()
    numbers = ", ".join(other.number for other in related)
    text = f"A related order was exported already ({numbers}). Is this one to be exported too?"
    return (Question("related_exported", text, (Choice(EXPORT_TOO, "yes, export this one too"),)),)


def digest(value: Any) -> str:
    """A SHA-256 over canonical JSON; decimals and dates count as text."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def content_hash(order: Order) -> str:
    """What of an order decides about its export. Neither status nor ``modified_on``: both move without a change."""
    head = (
        order.order_id, order.number, order.currency, order.ship_start, order.ship_end, order.customer_po,
        _number(order.total), _number(order.discount), _number(order.surcharge), _number(order.surcharge_percent),
        _number(order.shipping), order.rep_name, order.creator, order.cancelled_units,
    )  # fmt: skip
    lines = [
        (v.line, v.product_id, v.style_number, v.color, v.size, v.quantity, _number(v.price), _number(v.line_total),
         _number(v.price_after_discount), v.upc, v.units_per_pack, v.ship_start, v.ship_end)
        for v in order.variants
    ]  # fmt: skip
    return digest([head, lines])


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _report_hash(report: Report) -> str:
    lines = [
        (
            line.variant.line,
            line.match.status.value,
            line.match.item.item_id if line.match.item else "",
            sorted(c.item.item_id for c in line.match.candidates),
            line.units,
            plain(line.unit_cost),
        )
        for line in report.lines
    ]
    questions = sorted((q.code, q.line, sorted(c.value for c in q.choices)) for q in report.questions)
    return digest([report.context.account.account_id, report.content_hash, report.currency, lines, questions])


def still_stands(approved: Mapping[str, Any], now: Report, made: Collection[str] = ()) -> bool:
    """Whether an approval of the report ``approved`` (its stored form) holds for what is matched now.

    It does where nothing changed, and where the only change is that another export of ours made an item for a New item
    (``made`` holds the ids of such items, in case their links are not saved yet).
    """
    if approved["report_hash"] == now.report_hash:
        return True
    if approved["content_hash"] != now.content_hash or len(approved["lines"]) != len(now.lines):
        return False
    if approved["summary"]["currency_sent_as"] != now.currency:
        return False
    asked = {(q["code"], q["line"] or ""): {c["value"] for c in q["choices"]} for q in approved["questions"]}
    asks = {(q.code, q.line): {c.value for c in q.choices} for q in now.questions}
    for code in _of_matrices_of_ours(now):
        if asked.get((code, ""), set()) <= asks.get((code, ""), set()):
            asked.pop((code, ""), None)
            asks.pop((code, ""), None)
    # Questions about a line go where its item is made; those about the whole order must be the ones that were answered.
    if asks.keys() - asked.keys() or _whole(asked, now) != _whole(asks, now):
        return False
    created = {*made, *(k.item_id for k in now.context.catalogue.links.values() if k.origin == "created")}
    return all(
        _same_or_made(was, line, created) for was, line in zip(approved["lines"], now.lines, strict=True)
    )


def _of_matrices_of_ours(now: Report) -> list[str]:
    """Questions where a style goes that are there, or have a choice more, only because an export of ours made one more
    matrix of it since: that is no reason to ask for this order again."""
    found = []
    for style, shelf in now.shelves.items():
        links = now.context.catalogue.links_of(style)
        made = {k.matrix_id for k in links if k.origin == "created"} - {
            k.matrix_id for k in links if k.origin != "created"
        }
        if len(shelf.known.keys() - made) < 2:
            found.append(f"{MATRIX_UNCLEAR}/{shelf.slug}")
    return found


def _whole(questions: Mapping[tuple[str, str], set[str]], now: Report) -> dict[str, set[str]]:
    """Questions about the whole order. Those about a style of which nothing new is left are none any more."""
    placed = {line.variant.style_key for line in now.lines if line.match.item is None and line.units}
    done = {shelf.slug for style, shelf in now.shelves.items() if style not in placed}
    return {
        code: values
        for (code, line), values in questions.items()
        if not line and code.partition("/")[2] not in done
    }


def _same_or_made(was: Mapping[str, Any], line: Line, made: Collection[str]) -> bool:
    found = line.match
    if Decimal(was["unit_cost"]) != line.unit_cost or was["units"] != line.units:
        return False
    if was["status"] == Status.NEW_ITEM and found.item is not None:
        return found.item.item_id in made or (found.link is not None and found.link.origin == "created")
    same_item = (was["item_id"] or "") == (found.item.item_id if found.item else "")
    seen = {c["item_id"] for c in was["candidates"]}
    # An item that an export of ours made since is another line's: that it resembles this one changes nothing.
    same_candidates = seen == {i for c in found.candidates if (i := c.item.item_id) in seen or i not in made}
    return same_item and same_candidates and (was["status"] == found.status or _became_linked(was, found))


def _became_linked(was: Mapping[str, Any], found: Match) -> bool:
    """The same item, now confirmed by a link where it was matched by its code before."""
    return was["status"] == Status.UPC_MATCH and found.status is Status.CONFIRMED and bool(was["item_id"])


def pack_reading(name: str) -> PackReading:
    """The pack reading with this name."""
    return PACK_READINGS[name]
