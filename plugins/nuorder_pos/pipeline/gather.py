"""What has to be known about the POS before an order can be matched, read at the lowest cost."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import timedelta

from nuorder_pos.config import BrandConfig
from nuorder_pos.domain.catalogue import Catalogue, codes_to_look_up
from nuorder_pos.domain.codes import read_code
from nuorder_pos.domain.orders import Order, Variant, fold
from nuorder_pos.domain.pos import NamedRecord, PosAccount, PosItem, PosShop, PosVendor
from nuorder_pos.domain.report import Context, Related, VendorFinding, vendors_for
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import kept, links, orders
from nuorder_pos.store.engine import Engine

_log = logging.getLogger(__name__)

DAY, SHORT = timedelta(days=1), timedelta(minutes=10)
SPLIT_SUFFIX = re.compile(r"^(?P<base>.+)-(?P<part>\d{1,2})$")
MOST_PARTS = 20
ACCOUNT, SHOPS, PRICE_LEVELS, VENDOR = "account/1", "shops/1", "price_levels/1", "vendor/1"
"""Kinds of kept records. Their number goes up with every change of the records' fields."""
ACCOUNT_ID = "account_id/1"
"""Kept by the connection's id: the account that a connection belongs to which does not name it."""


def account_of(work: Work) -> PosAccount:
    """The POS account, kept for a day."""
    account_id = _account_id(work)
    if found := kept.recall(work.engine, account_id, ACCOUNT, within=DAY):
        return PosAccount(**found)
    account = work.pos.account()
    kept.keep(work.engine, account_id, ACCOUNT, asdict(account))
    return account


def shops(work: Work, *, fresh: bool = False) -> list[PosShop]:
    """The shops, kept for a day."""
    account_id = _account_id(work)
    if not fresh and (found := kept.recall(work.engine, account_id, SHOPS, within=DAY)):
        return [PosShop(**shop) for shop in found]
    listed = work.pos.shops()
    kept.keep(work.engine, account_id, SHOPS, [asdict(shop) for shop in listed])
    return listed


def remembered_shops(engine: Engine, conn_id: str, account_id: str) -> list[PosShop]:
    """The live shops as they were last read, however long ago; the POS is not asked.

    ``account_id`` is what the connection says, which may be nothing: then it is what was learned about the connection.
    """
    account_id = account_id.strip() or str(kept.recall(engine, conn_id, ACCOUNT_ID) or "")
    found = kept.recall(engine, account_id, SHOPS) if account_id else None
    return [shop for shop in (PosShop(**one) for one in found or ()) if not shop.archived]


def _account_id(work: Work) -> str:
    """The id of the POS account, remembered where the client had to find it out: pages have no client to ask."""
    account_id = work.pos.account_id
    conn_id = work.account.lightspeed_conn_id
    if (
        not work.pos.settings.account_id.strip()
        and kept.recall(work.engine, conn_id, ACCOUNT_ID) != account_id
    ):
        kept.keep(work.engine, conn_id, ACCOUNT_ID, account_id)
    return account_id


def price_levels(work: Work) -> list[NamedRecord]:
    """The price levels, kept for a day: their ids differ from account to account."""
    account_id = work.pos.account_id
    if found := kept.recall(work.engine, account_id, PRICE_LEVELS, within=DAY):
        return [NamedRecord(**level) for level in found]
    listed = work.pos.price_levels()
    kept.keep(work.engine, account_id, PRICE_LEVELS, [asdict(level) for level in listed])
    return listed


def vendor_of(work: Work, brand: BrandConfig, *, fresh: bool = False) -> VendorFinding:
    """The brand's vendor. One that exists is kept for ten minutes; that there is none is asked again each time."""
    wanted = brand.vendor or brand.name
    account_id = work.pos.account_id
    if not fresh and (found := kept.recall(work.engine, account_id, VENDOR, fold(wanted), within=SHORT)):
        return VendorFinding(wanted, tuple(PosVendor(**vendor) for vendor in found))
    if wanted.isdigit():
        by_id = work.pos.vendor(wanted)
        listed = [by_id] if by_id is not None else work.pos.vendors_named(wanted)
    else:
        listed = work.pos.vendors_named(wanted)
    finding = vendors_for(brand.vendor, brand.name, listed)
    if finding is None:
        raise NeedsMerchant(
            f"The brands file names vendor {wanted} for {brand.name}, and the POS has no such vendor: correct it."
        )
    if finding.found:
        kept.keep(work.engine, account_id, VENDOR, [asdict(vendor) for vendor in finding.found], fold(wanted))
    return finding


def manufacturer_of(work: Work, name: str) -> str:
    """The id of the POS's brand (manufacturer) of this name, or ``""``."""
    account_id = work.pos.account_id
    if found := kept.recall(work.engine, account_id, "manufacturer", fold(name), within=DAY):
        return str(found)
    listed = sorted(work.pos.manufacturers_named(name), key=lambda m: (len(m.record_id), m.record_id))
    if not listed:
        return ""
    kept.keep(work.engine, account_id, "manufacturer", listed[0].record_id, fold(name))
    return listed[0].record_id


def category_of(work: Work, name: str) -> str:
    """The id of the top-level category of this name, or ``""``. Writing one costs ten times as much as reading it."""
    account_id = work.pos.account_id
    if found := kept.recall(work.engine, account_id, "category", fold(name), within=DAY):
        return str(found)
    for row in work.pos.query("Category", {"fullPathName": name}):
        if fold(str(row.get("fullPathName", ""))) == fold(name):
            kept.keep(work.engine, account_id, "category", str(row["categoryID"]), fold(name))
            return str(row["categoryID"])
    return ""


def use_right_list_form(work: Work) -> list[str]:
    """Ask for lists in the form that this POS understands, and give the fields that together find a code.

    Probed once, and again after a month: a form that is not understood may find nothing without an error.
    """
    account_id = work.pos.account_id
    known = kept.recall(work.engine, account_id, "code_search", within=30 * DAY)
    if known is None:
        work.pos.in_list_form = work.pos.probe_in_lists()
        fields = ["itemCode"] if work.pos.finds_by_item_code() else ["upc", "ean"]
        known = {"form": work.pos.in_list_form, "fields": fields}
        kept.keep(work.engine, account_id, "code_search", known)
    work.pos.in_list_form = known["form"]
    return list(known["fields"])


def catalogue_for(
    work: Work, brand: str, variants: Sequence[Variant]
) -> tuple[Catalogue, dict[str, dict[str, str]]]:
    """Look up every code in the UPC and the EAN field, and every linked item. Also the matrices that links lead to."""
    fields = use_right_list_form(work)
    styles = {v.style_key for v in variants}
    saved, matrices = links.for_styles(work.engine, work.pos.account_id, brand, styles)
    wanted = codes_to_look_up(variants)
    found: dict[str, PosItem] = {}
    for field in fields:
        for item in work.pos.items_by_codes(field, wanted, attributes=True) if wanted else ():
            found[item.item_id] = item
    identities = {v.identity for v in variants}
    linked = {link.item_id for identity, link in saved.items() if identity in identities} - set(found)
    for item in work.pos.items_by_codes("itemID", sorted(linked), attributes=True) if linked else ():
        found[item.item_id] = item
    catalogue = Catalogue.of(found.values(), saved)
    return catalogue, _live_matrices(work, catalogue, variants, matrices)


def _live_matrices(
    work: Work, catalogue: Catalogue, variants: Sequence[Variant], matrices: dict[str, frozenset[str]]
) -> dict[str, dict[str, str]]:
    """The matrices that a new variant may join: checked to be there, for styles that have a new variant."""
    joining = {
        v.style_key
        for v in variants
        if v.identity not in catalogue.links and not catalogue.holders(read_code(v.upc))
    }
    live: dict[str, dict[str, str]] = {}
    for style in joining & matrices.keys():
        found = [work.pos.matrix(matrix_id) for matrix_id in sorted(matrices[style])]
        live[style] = {m.matrix_id: m.attribute_set_id for m in found if m is not None and not m.archived}
    return live


def related(work: Work, brand: str, order: Order) -> tuple[Related, ...]:
    """Orders of the same group, or of the same number before a split suffix, that were exported."""
    split = SPLIT_SUFFIX.match(order.number)
    base = split["base"] if split else order.number
    numbers = [base, *(f"{base}-{part}" for part in range(1, MOST_PARTS + 1))]
    rows = orders.related_exported(work.engine, brand, order.order_id, order.group_id, numbers)
    return tuple(Related(row["order_id"], row["order_number"]) for row in rows)


def context_for(work: Work, brand: BrandConfig, order: Order) -> Context:
    """Everything that a report is made from."""
    account = account_of(work)
    _remember_shops(work)
    vendor = vendor_of(work, brand)
    catalogue, matrices = catalogue_for(work, brand.name, order.variants)
    return Context(
        account=account,
        brand=brand.name,
        vendor=vendor,
        catalogue=catalogue,
        style_matrices=matrices,
        related=related(work, brand.name, order),
        decimals=work.account.cost_decimals,
    )


def _remember_shops(work: Work) -> None:
    """Read the shops for the page on which the report is decided on: it offers those that are remembered. A report
    needs none of them, so it is made without them too."""
    try:
        shops(work)
    except NuorderPosError as error:
        _log.warning("The shops could not be read, so pages may not offer them: %s", error)


def live_items(work: Work, item_ids: Collection[str]) -> set[str]:
    """Which of these items exist and are not archived."""
    if not item_ids:
        return set()
    use_right_list_form(work)
    return {i.item_id for i in work.pos.items_by_codes("itemID", sorted(item_ids)) if not i.archived}
