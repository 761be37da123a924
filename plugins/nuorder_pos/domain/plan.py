"""The plan of an export as pure data: every write, in its order, with a deterministic key.

A payload may hold ``Ref``: the id that an earlier step gives. What several orders may need at once (vendor, brand,
category, matrix, item) has a ``creation_key``, unique for the POS account, so that it is made once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from nuorder_pos.domain.answers import style_choices
from nuorder_pos.domain.decisions import Decision
from nuorder_pos.domain.evidence import COLOR_ONLY, SIZE_ONLY, has_size
from nuorder_pos.domain.match_data import NEW, SAME_AS
from nuorder_pos.domain.matrices import Place, Placement, item_description
from nuorder_pos.domain.money import plain, rounded
from nuorder_pos.domain.orders import Order, Variant, fold, text
from nuorder_pos.domain.pos import NamedRecord, PosShop
from nuorder_pos.domain.pricing import PACKS
from nuorder_pos.domain.report import ACCOUNT_CURRENCY, Line, Report, digest

SKU_LENGTH = 100
VENDOR_ID_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Ref:
    """The POS id that the step with this key gives."""

    step: str


Value = str | Ref | Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One write. ``target`` is the record to change, empty where one is created; ``natural`` finds it again."""

    key: str
    kind: str
    summary: str
    resource: str
    payload: Mapping[str, Any]
    target: str | Ref = ""
    creation_key: str = ""
    natural: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of the purchase order as it will be read back. ``item`` is an id, or the step that makes the item."""

    step: str
    item: str | Ref
    quantity: int
    unit_cost: Decimal


@dataclass(frozen=True, slots=True)
class UsedItem:
    """The item that a report line uses, and the matrix it is in. ``origin``: ``upc``, ``choice`` or ``created``."""

    line: str
    item: str | Ref
    matrix: str | Ref
    origin: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of one export and what must be there when they are done."""

    order_id: str
    number: str
    report_hash: str
    decided_by: str
    shop_id: str
    vendor: str | Ref
    steps: tuple[Step, ...]
    lines: tuple[PlannedLine, ...]
    vendor_currency: bool
    ship_cost: Decimal
    other_cost: Decimal
    expected: date | None
    ordered: date | None
    zone: str
    """The shop's time zone, in which the dates are days."""
    notes: str
    used_items: tuple[UsedItem, ...]
    """What becomes a saved link when the export is done."""
    style_matrices: Mapping[str, Value] = field(default_factory=dict)
    """What was decided about the matrices of styles (by key), remembered when the export is done; the matrix that a
    step makes where a new one was chosen."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an account wants otherwise, and what was learned about its POS."""

    vendor_name: str
    vendor_id: str = ""
    vendor_address: Mapping[str, str] = field(default_factory=dict)
    brand_name: str = ""
    manufacturer_id: str = ""
    price_levels: tuple[NamedRecord, ...] = ()
    decimals: int = 2
    write_b2b: bool = False
    note_works: bool | None = None
    """Whether the POS keeps the General notes that the API sends; ``None`` while that is not known."""
    expected_date: str = "ship_end"
    category: bool = False
    category_ids: Mapping[str, str] = field(default_factory=dict)
    tags: bool = False


def make_plan(
    report: Report, decision: Decision, shop: PosShop, ordered: date | None, settings: Settings
) -> Plan:
    """Plan the export of an approved order. Deterministic: the same inputs give the same keys and the same order."""
    order = report.order
    steps: list[Step] = []
    vendor = decision.answers.get("vendor_unclear") or settings.vendor_id or _vendor(steps, order, settings)
    items = _items(steps, report, decision, vendor, settings)
    lines = _po_lines(report, items)
    notes = general_notes(order)
    expected = order.first_ship_start if settings.expected_date == "ship_start" else order.last_ship_end
    in_vendor_currency = decision.answers.get("currency_mismatch", report.currency) != ACCOUNT_CURRENCY
    other = rounded(order_surcharge(report), settings.decimals)
    shipping = rounded(order.shipping, settings.decimals)
    head: dict[str, Any] = {"vendorID": vendor, "shopID": shop.shop_id, "refNum": order.order_id}
    if expected:
        head["arrivalDate"] = expected.isoformat()
    if settings.note_works is False:
        head["stockInstructions"] = notes
    else:
        head["Note"] = {"note": notes, "isPublic": "false"}
    if settings.write_b2b:
        head |= {"b2bOrderUID": order.order_id, "b2bOrderNumber": order.number}
    steps.append(
        Step("po", "create_po", f"purchase order for {order.number} in {shop.name}", "Order", head,
             natural={"ref_num": order.order_id, "number": order.number})
    )  # fmt: skip
    steps.extend(_line_step(planned, report, in_vendor_currency) for planned in lines)
    # Shipping and other costs have fields for the vendor's currency too, whose writing is undocumented: tried, and read
    # back. The documented fields are in the account's currency; writing the order's amounts there would be wrong money.
    names = ("shipVendorCost", "otherVendorCost") if in_vendor_currency else ("shipCost", "otherCost")
    costs = {names[0]: plain(shipping), names[1]: plain(other)}
    if ordered:
        costs["orderedDate"] = ordered.isoformat()
    steps.append(
        Step(
            "ordered",
            "place_order",
            "ordered date, shipping and other costs",
            "Order",
            costs,
            target=Ref("po"),
        )
    )
    return Plan(
        order.order_id, order.number, report.report_hash, decision.decided_by, shop.shop_id, vendor, tuple(steps), lines, in_vendor_currency,
        shipping, other, expected, ordered, shop.time_zone, notes, _used(report, decision, items, steps),
        _remembered(report, decision, items, steps),
    )  # fmt: skip


def _remembered(
    report: Report, decision: Decision, items: Mapping[str, str | Ref], steps: Sequence[Step]
) -> dict[str, Value]:
    """What the merchant decided for styles. "A new matrix" is remembered as that matrix: asked once, not made twice."""
    made = {step.key: step.payload.get("itemMatrixID", "") for step in steps if step.kind == "create_item"}
    remembered: dict[str, Value] = dict(style_choices(report, decision))
    for line in report.lines:
        item = items.get(line.variant.line)
        if remembered.get(line.variant.style_key) == NEW and isinstance(item, Ref) and made[item.step]:
            remembered[line.variant.style_key] = made[item.step]
    return {style: choice for style, choice in remembered.items() if choice != NEW}


def _used(
    report: Report, decision: Decision, items: Mapping[str, str | Ref], steps: Sequence[Step]
) -> tuple[UsedItem, ...]:
    made = {step.key: step.payload.get("itemMatrixID", "") for step in steps if step.kind == "create_item"}
    used = []
    for line in report.lines:
        item = items.get(line.variant.line)
        if item is None:
            continue
        if isinstance(item, Ref):
            # What a person chose is not asked again, also where the choice was a new item in place of a match.
            chosen = decision.lines.get(line.variant.line) == NEW and bool(_decided_against(line))
            used.append(UsedItem(line.variant.line, item, made[item.step], "choice" if chosen else "created"))
            continue
        known = report.context.catalogue.items.get(item)
        origin = "upc"
        if item == decision.lines.get(line.variant.line):
            origin = "choice"  # also where it confirms the link that was there: the same is not asked again
        elif line.match.link is not None and line.match.link.item_id == item:
            origin = line.match.link.origin
        used.append(UsedItem(line.variant.line, item, known.matrix_id if known else "", origin))
    return tuple(used)


def order_surcharge(report: Report) -> Decimal:
    """The order's surcharge in money: stated, else the percentage of the goods."""
    order = report.order
    if order.surcharge or not order.surcharge_percent:
        return order.surcharge
    return report.pricing.reading.goods * order.surcharge_percent / 100


def general_notes(order: Order) -> str:
    """Creator, customer PO number, discount, order number and sales rep, as far as the order has them."""
    rep = " ".join(
        part for part in (order.rep_name, f"<{order.rep_email}>" if order.rep_email else "") if part
    )
    rows = (
        ("NuORDER order", order.number),
        ("Customer PO", order.customer_po),
        ("Created by", order.creator),
        ("Sales rep", rep),
        ("Discount", f"{plain(order.discount)} %" if order.discount else ""),
    )
    return "\n".join(f"{name}: {value}" for name, value in rows if value)


def _vendor(steps: list[Step], order: Order, settings: Settings) -> Ref:
    payload: dict[str, Any] = {"name": settings.vendor_name}
    if contact := _contact(settings.vendor_address):
        payload["Contact"] = contact
    first, _, last = order.rep_name.partition(" ")
    given = settings.vendor_address
    if "rep_first_name" in given or "rep_last_name" in given:
        first, last = given.get("rep_first_name", ""), given.get("rep_last_name", "")
    if first or last:
        payload["Reps"] = {"VendorRep": {"firstName": first, "lastName": last}}
    key = f"vendor:{fold(settings.vendor_name)}"
    steps.append(
        Step(key, "create_vendor", f"vendor {settings.vendor_name}", "Vendor", payload,
             creation_key=key, natural={"name": settings.vendor_name})
    )  # fmt: skip
    return Ref(key)


def _contact(address: Mapping[str, str]) -> dict[str, Any]:
    contact: dict[str, Any] = {}
    postal = {
        k: address[k] for k in ("address1", "address2", "city", "state", "zip", "country") if address.get(k)
    }
    if postal:
        contact["Addresses"] = {"ContactAddress": postal}
    if phone := address.get("phone"):
        contact["Phones"] = {"ContactPhone": {"number": phone, "useType": "Work"}}
    if email := address.get("email"):
        contact["Emails"] = {"ContactEmail": {"address": email, "useType": "Primary"}}
    return contact


def _brand(steps: list[Step], settings: Settings) -> str | Ref:
    if settings.manufacturer_id:
        return settings.manufacturer_id
    key = f"brand:{fold(settings.brand_name)}"
    if not any(step.key == key for step in steps):
        steps.append(
            Step(
                key, "create_brand", f"brand {settings.brand_name}", "Manufacturer", {"name": settings.brand_name},
                 creation_key=key, natural={"name": settings.brand_name})
        )  # fmt: skip
    return Ref(key)


def _category(steps: list[Step], name: str, settings: Settings) -> str | Ref | None:
    if not settings.category or not name:
        return None
    if known := settings.category_ids.get(fold(name)):
        return known
    key = f"category:{fold(name)}"
    if not any(step.key == key for step in steps):
        steps.append(
            Step(key, "create_category", f"category {name}", "Category", {"name": name}, creation_key=key,
                 natural={"name": name})
        )  # fmt: skip
    return Ref(key)


def _items(
    steps: list[Step], report: Report, decision: Decision, vendor: str | Ref, settings: Settings
) -> dict[str, str | Ref]:
    """The item of every line that has one, adding the steps that make new items; by line."""
    items: dict[str, str | Ref] = {}
    made: dict[tuple[str, str, str], Ref] = {}
    later: list[tuple[str, str]] = []
    wanted_codes = _codes_of_new_items(report, decision)
    for line in _as_the_brand_lists_them(report.lines):
        variant = line.variant
        choice = decision.lines.get(variant.line, "")
        if not variant.quantity:
            continue
        if choice.startswith(SAME_AS):
            later.append((variant.line, choice.removeprefix(SAME_AS)))
        elif choice and choice != NEW:
            _unarchive(steps, line, choice)
            items[variant.line] = choice
        elif line.match.item is not None and choice != NEW:
            items[variant.line] = line.match.item.item_id
        elif variant.identity in made:
            items[variant.line] = made[variant.identity]
        else:
            ref = _new_item(steps, report, line, wanted_codes, vendor, settings)
            items[variant.line] = made[variant.identity] = ref
    for line_number, other in later:
        if other in items:
            items[line_number] = items[other]
    return items


def _as_the_brand_lists_them(lines: Sequence[Line]) -> list[Line]:
    """Lines style by style, by the brand's own order of sizes: a matrix shows its sizes in the order in which its items
    were made."""
    styles: dict[str, int] = {}
    for line in lines:
        styles.setdefault(line.variant.style_key, len(styles))
    return sorted(lines, key=lambda one: (styles[one.variant.style_key], one.variant.size_place))


def _codes_of_new_items(report: Report, decision: Decision) -> dict[str, str]:
    """The code each new item may be given, by line: valid, held by nothing, and claimed by one new item only."""
    claims: dict[str, list[Line]] = {}
    for line in report.lines:
        found = line.match
        decided = decision.lines.get(line.variant.line, "")
        is_new = decided == NEW or (not decided and found.item is None)
        if is_new and found.code.writable and line.variant.quantity:
            claims.setdefault(found.code.gtin, []).append(line)
    given = {}
    for lines in claims.values():
        if len({line.variant.identity for line in lines}) > 1 or report.context.catalogue.holders(
            lines[0].match.code
        ):
            continue
        given[lines[0].variant.line] = lines[0].match.code.text
    return given


def _unarchive(steps: list[Step], line: Line, item_id: str) -> None:
    for candidate in line.match.candidates:
        key = f"unarchive:{item_id}"
        if candidate.item.item_id == item_id and candidate.item.archived and all(s.key != key for s in steps):
            summary = f"un-archive item {item_id} {text(candidate.item.description)}"
            steps.append(Step(key, "unarchive_item", summary, "Item", {"archived": "false"}, target=item_id))


def _new_item(
    steps: list[Step],
    report: Report,
    line: Line,
    codes: Mapping[str, str],
    vendor: str | Ref,
    settings: Settings,
) -> Ref:
    variant, placement = line.variant, line.placement
    brand = _brand(steps, settings)
    category = _category(steps, variant.category, settings)
    matrix, fresh_matrix = _matrix(steps, report, placement, line, brand, category, vendor, settings)
    description = item_description(variant)
    payload: dict[str, Any] = {"description": description, "manufacturerID": brand, "defaultVendorID": vendor}
    if category is not None:
        payload["categoryID"] = category
    wholesale, msrp = own_prices(report, variant)
    if wholesale is not None:
        payload["defaultCost"] = plain(rounded(wholesale, settings.decimals))
    if variant.style_number:
        payload["manufacturerSku"] = variant.style_number[:SKU_LENGTH]
    code = codes.get(variant.line, "")
    if code:
        payload["upc"] = code
    if prices := _prices(msrp, settings):
        payload["Prices"] = prices
    if variant.brand_ref:
        number = {"value": variant.brand_ref[:VENDOR_ID_LENGTH], "vendorID": vendor}
        payload["ItemVendorNums"] = {"ItemVendorNum": [number]}
    attributes = _attributes(line, placement)
    if matrix is not None:
        payload["itemMatrixID"] = matrix
        payload["ItemAttributes"] = attributes
    if settings.tags and variant.season:
        payload["Tags"] = {"tag": [variant.season]}
    key = item_key(settings.brand_name, variant, _decided_against(line))
    natural = {
        "upc": code,
        "style": variant.style_number[:SKU_LENGTH],
        "description": description,
        "color": attributes.get("attribute1", "") if matrix is not None else "",
        "size": attributes.get("attribute2", "") if matrix is not None else "",
        "matrix": matrix if matrix is not None else "",
    }
    steps.append(
        Step(key, "create_item", f"item {description}", "Item", payload, creation_key=key, natural=natural)
    )
    _images(steps, line, matrix if fresh_matrix else None, Ref(key))
    return Ref(key)


def item_key(brand: str, variant: Variant, against: Sequence[str] = ()) -> str:
    """The creation key of a variant's item. ``against``: the items that a merchant decided against for it."""
    return f"item:{digest([fold(brand), *variant.identity, *against])[:24]}"


def _decided_against(line: Line) -> list[str]:
    """The items that the report offered for a line that becomes a new item all the same."""
    offered = {candidate.item.item_id for candidate in line.match.candidates}
    if line.match.item is not None:
        offered.add(line.match.item.item_id)
    return sorted(offered)


def own_prices(report: Report, variant: Variant) -> tuple[Decimal | None, Decimal | None]:
    """Wholesale and retail of one piece in the account's currency, which is the one that an item's prices are in.

    Nothing where the product has no price in that currency: another currency's number would be wrong money.
    """
    wholesale, retail = variant.wholesale, variant.msrp
    if report.order.currency != report.context.account.currency:
        listed = {currency: (cost, price) for currency, cost, price in variant.prices}
        wholesale, retail = listed.get(report.context.account.currency, (None, None))
    pieces = variant.units_per_pack if report.pack == PACKS else 1
    return (
        wholesale / pieces if wholesale is not None else None,
        retail / pieces if retail is not None else None,
    )


def _matrix(
    steps: list[Step], report: Report, placement: Placement, line: Line, brand: str | Ref, category: str | Ref | None,
    vendor: str | Ref, settings: Settings,
) -> tuple[str | Ref | None, bool]:  # fmt: skip
    """The matrix of a new item and whether this plan makes it."""
    if placement.place is Place.PLAIN:
        return None, False
    if placement.place is Place.JOIN:
        return placement.matrix_id, False
    other = [part for part in (fold(placement.color), *placement.against) if part]
    key = (
        f"matrix:{digest([fold(settings.brand_name), placement.style, placement.attribute_set, *other])[:24]}"
    )
    if all(step.key != key for step in steps):
        payload: dict[str, Any] = {
            "description": placement.description or f"Style {placement.style}",
            "itemAttributeSetID": placement.attribute_set,
            "manufacturerID": brand,
            "defaultVendorID": vendor,
        }
        if category is not None:
            payload["categoryID"] = category
        natural = {
            "description": payload["description"],
            "attribute_set": placement.attribute_set,
            "vendor": vendor,
        }
        steps.append(
            Step(key, "create_matrix", f"matrix {payload['description']}", "ItemMatrix", payload, creation_key=key,
                 natural=natural)
        )  # fmt: skip
    return Ref(key), True


def _attributes(line: Line, placement: Placement) -> dict[str, str]:
    variant = line.variant
    size = variant.size if has_size(variant) else ""
    if placement.attribute_set == SIZE_ONLY:
        return {"itemAttributeSetID": SIZE_ONLY, "attribute2": size}
    if placement.attribute_set == COLOR_ONLY:
        return {"itemAttributeSetID": COLOR_ONLY, "attribute1": variant.color}
    return {"itemAttributeSetID": placement.attribute_set, "attribute1": variant.color, "attribute2": size}


def _prices(msrp: Decimal | None, settings: Settings) -> dict[str, Any] | None:
    """MSRP on every live price level of the account, resolved by name: the levels' ids differ from account to account."""
    if msrp is None:
        return None
    text = plain(rounded(msrp, settings.decimals))
    rows = [
        {"amount": text, "useTypeID": level.record_id, "useType": level.name}
        for level in settings.price_levels
        if not level.archived
    ]
    return {"ItemPrice": rows} if rows else None


def _images(steps: list[Step], line: Line, matrix: str | Ref | None, item: Ref) -> None:
    """The first image of each new style and colour: on the matrix that this plan makes, else on its first new item."""
    variant = line.variant
    if not variant.images:
        return
    address = variant.images[0]
    key = f"image:{digest([variant.product_id, fold(variant.color), address])[:24]}"
    if any(step.key == key for step in steps):
        return
    ordering = sum(step.kind == "add_image" and step.target == (matrix or item) for step in steps)
    payload = {
        "url": address,
        "description": f"{variant.name} {variant.color}".strip()[:255],
        "ordering": str(ordering),
    }
    resource = "ItemMatrix" if matrix is not None else "Item"
    creation = f"image:{digest([variant.product_id, address])[:24]}"
    steps.append(
        Step(key, "add_image", f"image of {payload['description']}", f"{resource}/Image", payload,
             target=matrix if matrix is not None else item, creation_key=creation)
    )  # fmt: skip


def _po_lines(report: Report, items: Mapping[str, str | Ref]) -> tuple[PlannedLine, ...]:
    """The purchase order's lines: quantities of one item add up only where the unit cost is the same."""
    order: list[tuple[str | Ref, Decimal]] = []
    quantities: dict[tuple[str | Ref, Decimal], int] = {}
    first: dict[tuple[str | Ref, Decimal], str] = {}
    for line in report.lines:
        item = items.get(line.variant.line)
        if item is None or not line.units:
            continue
        key = (item, line.unit_cost)
        if key not in quantities:
            order.append(key)
            first[key] = line.variant.line
        quantities[key] = quantities.get(key, 0) + line.units
    return tuple(PlannedLine(f"line:{first[key]}", key[0], quantities[key], key[1]) for key in order)


def _line_step(planned: PlannedLine, report: Report, in_vendor_currency: bool) -> Step:
    variant = next(line.variant for line in report.lines if f"line:{line.variant.line}" == planned.step)
    cost = plain(planned.unit_cost)
    amounts = {"vendorCost": cost} if in_vendor_currency else {"price": cost, "originalPrice": cost}
    payload = {
        "orderID": Ref("po"), "itemID": planned.item, "quantity": str(planned.quantity), "numReceived": "0", **amounts,
    }  # fmt: skip
    summary = f"{planned.quantity} x {item_description(variant)} at {cost}"
    return Step(planned.step, "add_line", summary, "OrderLine", payload)
