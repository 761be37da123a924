"""Who asks, and what they may do. The answers come from Airflow (``nuorder_pos.airflow.web``); the rules are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException

from nuorder_pos import runtime
from nuorder_pos.domain.decisions import names_somebody
from nuorder_pos.store import orders

NO_SUCH_ORDER = "There is no order with this id here: open it from the list of orders."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in. ``may_read`` and ``may_decide`` take the name of an account of the brands file."""

    name: str
    may_read: Callable[[str], bool]
    may_decide: Callable[[str], bool]

    def reads(self, account: str) -> bool:
        """Whether orders of the account are shown to them."""
        return self.may_read(account)

    def decides(self, account: str) -> bool:
        """Whether they may approve and reject. A decision carries a name, so "Anonymous" never may."""
        return names_somebody(self.name) and self.may_decide(account)


def visitor() -> Visitor:
    """Nobody, until the shell that serves the app says who it is (``app.dependency_overrides[visitor]``)."""
    raise HTTPException(401, "Sign in to Airflow first.")


Who = Annotated[Visitor, Depends(visitor)]


def row_of(order_id: str) -> Mapping[str, Any]:
    """The order's row; 404 where there is none."""
    row = orders.get(runtime.open_engine(), order_id)
    if row is None:
        raise HTTPException(404, NO_SUCH_ORDER)
    return row


def need_read(who: Visitor, account: str) -> None:
    """404 unless the visitor may see orders of the account: that there is such an order is not theirs to know."""
    if not who.reads(account):
        raise HTTPException(404, NO_SUCH_ORDER)


def need_decide(who: Visitor, account: str) -> None:
    """403 unless the visitor may decide on orders of the account."""
    need_read(who, account)
    if not names_somebody(who.name):
        raise HTTPException(
            403,
            "A decision needs the name of the person who takes it: sign in to Airflow with a login of your own.",
        )
    if not who.decides(account):
        raise HTTPException(
            403, "Your login may read but not decide: ask for a role that may edit the DAG of this account."
        )
