"""The page "Match quality" for analysts and buyers, and its numbers as CSV. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from nuorder_pos import runtime
from nuorder_pos.domain import quality as domain
from nuorder_pos.domain.quality import Counts, LeadTime, Period
from nuorder_pos.store import quality
from nuorder_pos.store.engine import Engine
from nuorder_pos.web import charts
from nuorder_pos.web.access import Visitor, Who
from nuorder_pos.web.figures import DRAWN, FIGURES, Numbers
from nuorder_pos.web.pages import render

router = APIRouter()
TABLE_ROWS = 500
"""How many rows a table on the page shows; the file has all."""
SPANS = (4, 12, 26, 52)
"""Numbers of weeks that are offered as links."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a brand (empty: all), and days in the first and in the last week."""

    brand: str
    first: str
    last: str


def _asked(
    brand: str = "",
    first: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
) -> Asked:
    return Asked(brand.strip(), first, last)


Filters = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True, slots=True)
class View:
    """What a visitor looks at: the brands that they may choose from, and which orders and weeks count."""

    brands: tuple[str, ...]
    scope: quality.Scope
    period: Period


@router.get("/quality")
def page(request: Request, who: Who, asked: Filters) -> HTMLResponse:
    """All charts of a period."""
    engine = runtime.open_engine()
    view = _view(engine, who, asked)
    if view is None:
        return render(request, who, "quality.html", view=None, asked=asked)
    found = Numbers(engine, view.scope)
    figures = [make(found, view.period) for make in FIGURES.values()]
    return render(
        request, who, "quality.html", view=view, asked=asked, figures=figures, facts=_facts(found),
        query=_query(asked.brand, view.period), spans=_spans(asked.brand, view.period), table_rows=TABLE_ROWS,
        drawn=DRAWN, charts=charts,
    )  # fmt: skip


@router.get("/quality/{chart}.csv")
def numbers(who: Who, chart: str, asked: Filters) -> Response:
    """The numbers of one chart, all rows of them."""
    if chart not in FIGURES:
        raise HTTPException(404, f"There is no such chart: choose one of {', '.join(FIGURES)}.")
    engine = runtime.open_engine()
    view = _view(engine, who, asked)
    if view is None:
        raise HTTPException(404, "There are no numbers yet: no order that you may see has a match report.")
    text = FIGURES[chart](Numbers(engine, view.scope), view.period).csv()
    name = f"{chart}_{view.period.first}_{view.period.last}.csv"
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _view(engine: Engine, who: Visitor, asked: Asked) -> View | None:
    """What is asked for, within what the visitor may read; ``None`` where there is nothing at all yet."""
    known = quality.brands(engine)
    accounts = sorted(account for account in {account for account, _ in known} if who.reads(account))
    span = quality.span(engine, accounts) if accounts else None
    if span is None:
        return None
    oldest, newest = (at.date() for at in span)
    try:
        period = domain.read_period(asked.first, asked.last, domain.usual_period(oldest, newest))
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    brands = sorted({brand for account, brand in known if account in accounts}, key=str.casefold)
    return View(tuple(brands), quality.Scope(accounts, asked.brand, period.start, period.end), period)


def _facts(found: Numbers) -> tuple[Counts, int, LeadTime | None]:
    """The figures of the whole period: variants, new items, how long exports took."""
    times = found.times(by_brand=False, by_week=False)
    return domain.total(found.counts.values()), sum(found.items.values()), next(iter(times.values()), None)


def _query(brand: str, period: Period) -> str:
    asked: dict[str, Any] = {"from": period.first, "to": period.last}
    return urlencode({"brand": brand, **asked} if brand else asked)


def _spans(brand: str, period: Period) -> list[tuple[int, str, bool]]:
    """Links to other numbers of weeks that end with the same one."""
    found = []
    for count in SPANS:
        first: date = period.last - domain.WEEK * (count - 1)
        found.append((count, _query(brand, Period(first, period.last)), first == period.first))
    return found
