"""Shops for sentences: what brands file and POS know of them. Nothing here decides; unknown is an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nuorder_pos.errors import NeedsMerchant, NuorderPosError

if TYPE_CHECKING:
    from nuorder_pos.config import BrandsFile
    from nuorder_pos.domain.pos import PosShop


def default_shop(brands: BrandsFile | None, account: str, brand: str) -> str:
    """The shop that the brands file gives a brand, or nothing."""
    held = brands.accounts.get(account) if brands is not None else None
    return next((entry.shop or "" for entry in held.brands if entry.name == brand), "") if held else ""


def brands_if_readable() -> BrandsFile | None:
    """The brands file, where it is there and right: a report is shown without it too."""
    from nuorder_pos.config import load_brands

    try:
        return load_brands()
    except NuorderPosError:
        return None


def known_shops(engine: Any, brands: BrandsFile | None, account: str) -> list[PosShop]:
    """The live shops that some run has read from the POS; the POS is not asked."""
    from nuorder_pos import connections
    from nuorder_pos.pipeline import gather

    if brands is None or account not in brands.accounts:
        return []
    conn_id = brands.accounts[account].lightspeed_conn_id
    try:
        settings = connections.lightspeed_settings(conn_id)
        return gather.remembered_shops(engine, conn_id, settings.account_id)
    except NuorderPosError:
        return []


def remembered_shops(engine: Any, brands: BrandsFile | None, account: str) -> list[str]:
    """The names of the shops that some run has read from the POS."""
    return [shop.name for shop in known_shops(engine, brands, account)]


def require_shop(account: str, wanted: str | None, default: str) -> None:
    """Refuse a shop that the POS does not have, before a decision is recorded that would not count.

    Where the POS cannot be asked, nothing is refused here: the rules are kept where decisions are read.
    """
    from nuorder_pos.domain.decisions import choose_shop

    shops = _shops(account)
    names = ", ".join(shop.name for shop in shops if not shop.archived)
    if not wanted and not default:
        which = f" one of {names}" if names else " a name or an id"
        raise NeedsMerchant(
            f"No shop is named, and the brands file gives this brand none: add --shop with{which}."
        )
    if wanted and shops:
        found = choose_shop(wanted, shops)
        if isinstance(found, str):
            raise NeedsMerchant(f"Nothing was recorded: {found}.")


def _shops(account: str) -> list[PosShop]:
    from nuorder_pos.pipeline import gather
    from nuorder_pos.runtime import open_work

    try:
        with open_work(account) as work:
            return gather.shops(work)
    except NuorderPosError:
        return []
