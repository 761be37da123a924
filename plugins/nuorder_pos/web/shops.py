"""The shops that a merchant chooses from."""

from __future__ import annotations

from nuorder_pos.cli import shops as remembered
from nuorder_pos.domain.decisions import choose_shop
from nuorder_pos.domain.orders import fold
from nuorder_pos.domain.pos import PosShop
from nuorder_pos.errors import NeedsMerchant
from nuorder_pos.store.engine import Engine


def known_shops(engine: Engine, account: str) -> list[PosShop]:
    """The live shops of a POS account as a run last read them; none where no run did. A page never asks the POS."""
    return remembered.known_shops(engine, remembered.brands_if_readable(), account)


def value_of(shop: PosShop, shops: list[PosShop]) -> str:
    """How a decision names the shop: by its name, or by its id where the name would lead to another shop or to none.

    A name may be another shop's id: ids count first where decisions are read.
    """
    return shop.name if fold(shop.name) and choose_shop(shop.name, shops) == shop else shop.shop_id


def label_of(shop: PosShop, shops: list[PosShop]) -> str:
    """How the shop is shown: with its id where a decision has to name it by that."""
    return shop.name if value_of(shop, shops) == shop.name else f"{shop.name} (id {shop.shop_id})".strip()


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
