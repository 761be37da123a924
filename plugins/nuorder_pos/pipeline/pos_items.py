"""POS items as a person looks at them now: stock in the chosen shop, SKUs, vendor; found by id or by a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from nuorder_pos.domain.decisions import choose_shop
from nuorder_pos.domain.money import plain
from nuorder_pos.domain.pos import PosItem
from nuorder_pos.pipeline import gather
from nuorder_pos.pipeline.pos_search import use_right_list_form
from nuorder_pos.pipeline.work import Work
from nuorder_pos.store import kept

AT_ONCE = 100
"""Ids in one request to the POS."""
HITS = 20
_VENDOR_NAME = "vendor_name/1"
_KEPT = timedelta(days=1)


def details(work: Work, item_ids: Iterable[str], shop: str = "") -> list[dict[str, Any]]:
    """The items with these ids, archived ones too; what the POS does not have is left out.

    ``shop`` (id or name) is where the stock is counted; without one, or where the POS has none like it, in all shops.
    """
    wanted = list(dict.fromkeys(item_id for item_id in item_ids if item_id.isascii() and item_id.isdigit()))
    if not wanted:
        return []
    use_right_list_form(work)
    return _shown(work, work.pos.items_by_codes("itemID", wanted, attributes=True, stock=True), shop)


def search(work: Work, words: str, shop: str = "") -> list[dict[str, Any]]:
    """Live items for words of the description, a SKU or a UPC: at most ``HITS``."""
    use_right_list_form(work)
    found = [item for item in work.pos.search_items(words, limit=HITS, stock=True) if not item.archived]
    return _shown(work, found, shop)


def _shown(work: Work, items: Sequence[PosItem], shop: str) -> list[dict[str, Any]]:
    found = choose_shop(shop, gather.shops(work)) if shop else ""
    # The POS keeps the sum over all shops under the shop 0.
    shop_id, name = ("0", "all shops") if isinstance(found, str) else (found.shop_id, found.name)
    vendors = {item.default_vendor_id for item in items if item.default_vendor_id}
    names = {vendor_id: _vendor_name(work, vendor_id) for vendor_id in sorted(vendors)}
    return [
        {
            "item_id": item.item_id, "description": item.description, "upc": item.upc, "ean": item.ean,
            "custom_sku": item.custom_sku, "system_sku": item.system_sku, "manufacturer_sku": item.manufacturer_sku,
            "color": item.color, "size": item.size, "archived": item.archived,
            "default_cost": None if item.default_cost is None else plain(item.default_cost),
            "vendor": names.get(item.default_vendor_id, ""), "shop": name, "stock": _stock(item, shop_id),
            "url": work.pos.item_url(item.item_id),
        }
        for item in items
    ]  # fmt: skip


def _stock(item: PosItem, shop_id: str) -> str | None:
    held = dict(item.stock)
    if shop_id in held:
        return plain(held[shop_id])
    # The POS keeps rows only where it needs them: with others there, this shop has none.
    return "0" if held else None


def _vendor_name(work: Work, vendor_id: str) -> str:
    account_id = work.pos.account_id
    known = kept.recall(work.engine, account_id, _VENDOR_NAME, vendor_id, within=_KEPT)
    if known is None:
        vendor = work.pos.vendor(vendor_id)
        known = vendor.name if vendor else ""
        kept.keep(work.engine, account_id, _VENDOR_NAME, known, vendor_id)
    return str(known)
