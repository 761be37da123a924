"""What has to be known about the POS before an order can be matched, read at the lowest cost."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import asdict
from datetime import timedelta

from rapidfuzz.fuzz import token_set_ratio

from nuorder_pos.config import BrandConfig
from nuorder_pos.domain.orders import Order, fold
from nuorder_pos.domain.pos import BrandInPos, NamedRecord, PosAccount, PosShop, PosVendor
from nuorder_pos.domain.report import Context, Related, VendorFinding, vendors_for
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline.lookups import Lookups
from nuorder_pos.pipeline.pos_catalogue import Wanted, look_up
from nuorder_pos.pipeline.pos_search import use_right_list_form
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import kept, orders, style_choices
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


def related(work: Work, brand: str, order: Order) -> tuple[Related, ...]:
    """Orders of the same group, or of the same number before a split suffix, that were exported."""
    split = SPLIT_SUFFIX.match(order.number)
    base = split["base"] if split else order.number
    numbers = [base, *(f"{base}-{part}" for part in range(1, MOST_PARTS + 1))]
    rows = orders.related_exported(work.engine, brand, order.order_id, order.group_id, numbers)
    return tuple(Related(row["order_id"], row["order_number"]) for row in rows)


def brand_in_pos(work: Work, brand: BrandConfig, vendor: VendorFinding) -> BrandInPos:
    """Under which ids the POS knows the brand."""
    manufacturer = manufacturer_of(work, brand.name)
    return BrandInPos(frozenset(found.vendor_id for found in vendor.found), frozenset({manufacturer} - {""}))


def wanted_of(
    work: Work, brand: BrandConfig, order: Order, known_ids: Collection[str] | None = None
) -> Wanted:
    """What matching an order asks of the POS; ``known_ids`` as for ``Wanted``."""
    in_pos = brand_in_pos(work, brand, vendor_of(work, brand))
    return Wanted(brand.name, in_pos, order.variants, work.account.look_in, known_ids)


def context_for(
    work: Work, brand: BrandConfig, order: Order, lookups: Lookups, known_ids: Collection[str] | None = None
) -> Context:
    """Everything that a report is made from; ``known_ids`` as for ``Wanted``."""
    account = account_of(work)
    _remember_shops(work)
    wanted = wanted_of(work, brand, order, known_ids)
    (found,) = look_up(work, lookups, [wanted])
    styles = {variant.style_key for variant in order.variants}
    chosen = style_choices.choices_for(work.engine, account.account_id, brand.name, styles)
    return Context(
        account=account,
        brand=brand.name,
        vendor=vendor_of(work, brand),
        catalogue=found.catalogue,
        style_matrices=found.matrices,
        related=related(work, brand.name, order),
        decimals=work.account.cost_decimals,
        in_pos=wanted.in_pos,
        similar=token_set_ratio,
        style_choices={style: one.choice for style, one in chosen.items()},
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
