"""The page with all orders: filtered, sorted, a page at a time; and the approval of several at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nuorder_pos import runtime
from nuorder_pos.cli.shops import brands_if_readable, default_shop, known_shops
from nuorder_pos.cli.words import DECISION, STATE, said_once
from nuorder_pos.cli.words import state as words_of_state
from nuorder_pos.config import BrandsFile, load_brands
from nuorder_pos.domain.lifecycle import ExportStatus, State
from nuorder_pos.domain.pos import PosShop
from nuorder_pos.errors import NuorderPosError, Permanent
from nuorder_pos.pipeline import decide, order_list
from nuorder_pos.pipeline.order_list import ASKS, PAGE, TO_DECIDE
from nuorder_pos.pipeline.orders import row_of
from nuorder_pos.store import order_list as stored
from nuorder_pos.store.engine import Engine
from nuorder_pos.web.access import Who, need_decide
from nuorder_pos.web.decision_form import LONGEST_COMMENT
from nuorder_pos.web.form import Form, Sent
from nuorder_pos.web.pages import render, root_of
from nuorder_pos.web.shops import label_of, value_of

router = APIRouter()

QUICK = {
    "": "All",
    TO_DECIDE: "Waits for a decision",
    ASKS: "Has open questions",
    ExportStatus.NOT_EXPORTED.value: "Not exported",
    ExportStatus.IN_PROGRESS.value: "Export in progress",
    ExportStatus.EXPORTED.value: "Exported",
}
"""Statuses by the words of the quick filters."""
COLUMNS = (
    ("brand", "Brand", "brand", ""),
    ("order", "Order", "order", ""),
    ("customer_po", "Customer PO", "customer_po", ""),
    ("ship", "Ship window", "ship", ""),
    ("units", "Units", "-units", "number"),
    ("total", "Total", "-total", "number"),
    ("", "Match", "", ""),
    ("status", "Export status", "status", ""),
)
"""Sort key, heading, how its first click sorts, class."""
MOST_AT_ONCE = 200


@router.get("/orders")
def orders_page(request: Request, who: Who) -> Response:
    """The list. Its filters, sorting and page stand in the address."""
    engine = runtime.open_engine()
    search, problems = order_list.read_search(request.query_params)
    found = order_list.look(engine, search, who.reads)
    brands = brands_if_readable()
    decides = {account for account in found.accounts if who.decides(account)}
    rows = [_shown(row, brands, decides) for row in found.rows]
    selectable = [row for row in rows if row["selectable"]]
    return render(
        request, who, "orders.html", 400 if problems else 200,
        rows=rows, found=found, search=search, problems=(*problems, *found.problems), columns=COLUMNS, quick=QUICK,
        state_words={state.value: STATE[state] for state in stored.BY_STATUS}, per_page=PAGE,
        address=lambda **changed: f"{root_of(request)}/orders{_query(search.parameters(**changed))}",
        back=urlencode(search.parameters()), may_decide=bool(decides), selectable=selectable,
        shops=_shops_to_choose(engine, brands, selectable),
    )  # fmt: skip


@router.get("/orders/approve", include_in_schema=False)
def nothing_to_see(request: Request, who: Who) -> RedirectResponse:
    """The address of the result, opened again: the list is where to go."""
    return RedirectResponse(f"{root_of(request)}/orders", 303)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of the selected orders."""

    order_id: str
    title: str
    approved: bool
    said: str


@router.post("/orders/approve")
def approve_selected(request: Request, who: Who, form: Sent) -> Response:
    """Approve the selected orders, each as it was shown. One that cannot be approved does not stop the others."""
    engine = runtime.open_engine()
    # Asked once for each account: every answer costs Airflow a query.
    rights = {
        account: who.decides(account)
        for account in dict.fromkeys(account for account, _ in stored.brands(engine))
        if who.reads(account)
    }
    if not any(rights.values()):
        need_decide(who, next(iter(rights), "main"))
    chosen = list(dict.fromkeys(form.all("order")))
    problem = ""
    if not chosen:
        problem = "No order was selected, so nothing was approved: select at least one in the list."
    elif len(chosen) > MOST_AT_ONCE:
        problem = f"{len(chosen)} orders are too many at once, so nothing was approved: select at most {MOST_AT_ONCE}."
    elif len(form.one("comment")) > LONGEST_COMMENT:
        problem = (
            f"The comment is longer than {LONGEST_COMMENT} characters, so nothing was approved: shorten it."
        )
    outcomes = [] if problem else _approve_all(engine, load_brands(), who.name, rights, chosen, form)
    done = sum(outcome.approved for outcome in outcomes)
    search, _ = order_list.read_search(dict(parse_qsl(form.one("back"))))
    return render(
        request, who, "orders_approved.html", 200 if done else 400 if problem else 409,
        outcomes=outcomes, done=done, problem=problem, back=f"{root_of(request)}/orders{_query(search.parameters())}",
    )  # fmt: skip


def _approve_all(
    engine: Engine, brands: BrandsFile, by: str, rights: Mapping[str, bool], chosen: Iterable[str], form: Form
) -> list[Outcome]:
    """``rights``: the accounts whose orders the visitor may see, and whether they may decide on them."""
    outcomes = []
    for value in chosen:
        order_id, report_hash, seen = [*value.rsplit(":", 2), "", ""][:3]
        title = ""
        try:
            if not seen.isascii() or not seen.isdecimal() or len(seen) > 18:
                raise Permanent("The page did not say which report you saw: open the list again.")
            row = row_of(engine, order_id)
            if row["account"] not in rights:
                raise Permanent(f"No order {order_id!r} is known.")
            title = f"{row['brand']} {row['order_number']}"
            if not rights[row["account"]]:
                raise Permanent(f"Your login may not decide on orders of the account {row['account']}.")
            _need_first_look(engine, row, report_hash, int(seen))
            shop = said = default_shop(brands, row["account"], row["brand"])
            if not shop:
                shop, said = _chosen_shop(engine, brands, row["account"], form)
            decide.approve(
                engine, brands, order_id, shop=shop, lines={}, answers={}, by=by, comment=form.one("comment"),
                expected_hash=report_hash, seen=int(seen),
            )  # fmt: skip
        except NuorderPosError as error:
            outcomes.append(Outcome(order_id, title or order_id, False, str(error)))
        else:
            outcomes.append(Outcome(order_id, title, True, f"Approved for the shop {said}."))
    return outcomes


def _need_first_look(engine: Engine, row: Mapping[str, Any], report_hash: str, seen: int) -> None:
    """Refuse what the list does not offer either. A page that is out of date is told so by ``decide.approve``."""
    decision = stored.newest_decisions(engine, [row["order_id"]]).get(row["order_id"])
    newest = decision["approval_id"] if decision is not None else 0
    if (row["report_hash"], newest) != (report_hash, seen):
        return
    if order_list.waits_for_first_look(row, decision):
        return
    if row["state"] == State.AWAITING_APPROVAL and decision is not None:
        word = str(decision["decision"] or "").strip().casefold()
        why = f"{decision['decided_by'] or 'Somebody'} {DECISION.get(word, 'decided').lower()} this order already"
    else:
        why = f"The state of this order is “{words_of_state(row['state'])}”"
    raise Permanent(f"{why}, so nothing was recorded: open the order's own page and decide there.")


def _chosen_shop(engine: Engine, brands: BrandsFile, account: str, form: Form) -> tuple[str, str]:
    """The shop of the form for brands without one of their own: as a decision names it, and as it is shown."""
    wanted = form.one(f"shop:{account}")
    if not wanted:
        raise Permanent(
            "The brands file gives this brand no shop, and none was chosen: choose one below the list, or open the order."
        )
    offered = dict(_offered(known_shops(engine, brands, account)))
    if wanted not in offered:
        raise Permanent(f"The POS has no shop “{wanted[:60]}”: choose one of the list.")
    return wanted, offered[wanted]


def _shown(row: dict[str, Any], brands: BrandsFile | None, decides: set[str]) -> dict[str, Any]:
    """A row with what the page says of it."""
    return row | {
        "said": _said(row),
        "tone": _tone(row),
        "shop": default_shop(brands, row["account"], row["brand"]),
        "selectable": row["approvable"] and row["account"] in decides,
    }


def _said(row: dict[str, Any]) -> str:
    """State and reason; a decision that nobody took up yet, or that does not count, is said as well."""
    decision = row["decision"]
    if row["pending"]:
        word = "Approved" if row["pending_approval"] else "Rejected"
        return f"{word} by {decision['decided_by']}; the decision is taken up by the order's run, or by the next one."
    # These reasons say all that their state would say.
    whole = row["reason"] and (row["listed_only"] or row["state"] == State.SUPERSEDED)
    said = row["reason"] if whole else said_once(row["state"], row["reason"])
    if decision is not None and decision["counts"] is False and decision["report_hash"] == row["report_hash"]:
        said = f"{said.rstrip('.')}. The decision of {decision['decided_by'] or 'nobody'} does not count: {decision['reason']}"
    return said[:1].upper() + said[1:]


def _tone(row: dict[str, Any]) -> str:
    """The colour of the badge; the words say the same."""
    if row["state"] in ("failed", "held"):
        return "bad"
    if (
        row["approvable"]
        or row["open_questions"]
        or (row["state"] == State.SUPERSEDED and not row["pending"])
    ):
        return "warn"
    return {"exported": "ok", "in_progress": "info"}.get(row["export_status"], "")


def _shops_to_choose(
    engine: Engine, brands: BrandsFile | None, rows: list[dict[str, Any]]
) -> dict[str, list[tuple[str, str]]]:
    """For each account with a selectable order whose brand has no shop of its own: the POS's shops, as a decision
    names them and as they are shown."""
    wanting = dict.fromkeys(row["account"] for row in rows if not row["shop"])
    return {account: _offered(known_shops(engine, brands, account)) for account in wanting}


def _offered(shops: list[PosShop]) -> list[tuple[str, str]]:
    return [(value_of(shop, shops), label_of(shop, shops)) for shop in shops]


def _query(parameters: dict[str, str]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
