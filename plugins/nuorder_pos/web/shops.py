"""The shops that a merchant chooses from."""

from __future__ import annotations

from nuorder_pos import connections, runtime
from nuorder_pos.domain.decisions import choose_shop
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.pos import PosShop
from nuorder_pos.errors import NeedsMerchant, NuorderPosError
from nuorder_pos.pipeline import gather
from nuorder_pos.store import kept
from nuorder_pos.store.engine import Engine


def known_shops(engine: Engine, account: str) -> list[PosShop]:
    """The live shops of a POS account as they were last read. Only where nobody ever read them the POS is asked; nothing
    where that cannot be done."""
    try:
        config = runtime.account_config(account)
        account_id = connections.lightspeed_settings(config.lightspeed_conn_id).account_id
        found = kept.recall(engine, account_id, gather.SHOPS) if account_id else None
        if found is None:
            with runtime.open_work(account) as work:
                listed = gather.shops(work)
        else:
            listed = [PosShop(**shop) for shop in found]
    except NuorderPosError:
        return []
    return [shop for shop in listed if not shop.archived]


def value_of(shop: PosShop, shops: list[PosShop]) -> str:
    """How a decision names the shop: by its name, or by its id where several have that name."""
    return shop.shop_id if sum(fold(one.name) == fold(shop.name) for one in shops) > 1 else shop.name


def chosen_value(wanted: str, shops: list[PosShop]) -> str:
    """The value of the shop that is meant by a name or an id; the text itself where there is none."""
    found = choose_shop(wanted, shops)
    return wanted if isinstance(found, str) else value_of(found, shops)


def require_shop(wanted: str, default: str, shops: list[PosShop]) -> None:
    """Refuse a shop that the POS does not have before a decision is recorded that would not count. Where no shop is
    known nothing is refused: the rules are kept where decisions are read."""
    if not wanted and not default:
        raise NeedsMerchant("Nothing was recorded: choose the shop that the goods go to.")
    if shops and isinstance(problem := choose_shop(wanted or default, shops), str):
        raise NeedsMerchant(f"Nothing was recorded: {problem}.")
