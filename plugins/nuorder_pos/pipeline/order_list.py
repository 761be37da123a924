"""The list of orders as a merchant asks for it: filters from words that may stand in an address, rows ready to show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nuorder_pos.domain.decisions import APPROVE, REJECT
from nuorder_pos.domain.lifecycle import WAITING, ExportStatus, State, export_status
from nuorder_pos.domain.orders import text
from nuorder_pos.pipeline.orders import entry
from nuorder_pos.store import order_list
from nuorder_pos.store.engine import Engine

PAGE = 50
MAY_DECIDE = WAITING | {State.REJECTED, State.EXPIRED}
"""States in which an approval opens or goes on with the order, on its own page."""
TO_DECIDE, ASKS = "to_decide", "open_questions"
"""Two statuses that are no states: waits for somebody's decision; has open questions."""
LONGEST_TEXT = 200
MOST_WORDS = 10
_NEWEST_FIRST = "-created"


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody asks of the list. Its fields are the parameters of the page's address."""

    brand: str = ""
    status: str = ""
    q: str = ""
    sort: str = _NEWEST_FIRST
    page: int = 1
    older: bool = False
    dag_id: str = ""
    run_id: str = ""
    account: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered."""
        return any((self.brand, self.status, self.q, self.run_id, self.account))

    def parameters(self, **changed: Any) -> dict[str, str]:
        """The parameters of the address of this list, or of one that differs in ``changed``; defaults are left out.

        Unless the page is named, another list begins with its first page.
        """
        values = {name: getattr(self, name) for name in self.__slots__} | {"page": 1} | changed
        if not changed:
            values["page"] = self.page
        return {
            name: "1" if value is True else str(value)
            for name, value in values.items()
            if value != _DEFAULTS[name]
        }


_DEFAULTS: dict[str, Any] = {name: getattr(Search(), name) for name in Search.__slots__}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list."""

    rows: list[dict[str, Any]]
    hits: int
    page: int
    pages: int
    hidden: int
    """Orders that fit too, older than their brand's ``since`` date, and not shown."""
    problems: tuple[str, ...] = ()
    """Sentences: what was asked for and does not exist."""
    brands: tuple[str, ...] = ()
    accounts: tuple[str, ...] = field(default=())
    known: bool = True
    """Whether there is any order at all, older ones included."""


def statuses() -> list[str]:
    """Everything that may be asked for as a status."""
    return [TO_DECIDE, ASKS, *(s.value for s in ExportStatus), *(s.value for s in order_list.BY_STATUS)]


def read_search(given: Mapping[str, str]) -> tuple[Search, tuple[str, ...]]:
    """The search in an address's parameters, and a sentence for each that cannot be understood and is left out."""
    problems: list[str] = []
    status, sort = text(given.get("status")), text(given.get("sort")) or _NEWEST_FIRST
    if status and status not in statuses():
        problems.append(f"There is no status “{status[:60]}”, so all are shown: choose one of the list.")
        status = ""
    if sort.removeprefix("-") not in order_list.SORTS:
        problems.append(
            f"The list cannot be sorted by “{sort[:60]}”, so the newest come first: choose a column's heading."
        )
        sort = _NEWEST_FIRST
    wanted = text(given.get("page")) or "1"
    page = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else 0
    if page < 1:
        problems.append(f"There is no page “{wanted[:60]}”, so the first one is shown.")
        page = 1
    q = text(given.get("q"))
    if len(q) > LONGEST_TEXT or len(q.split()) > MOST_WORDS:
        problems.append(
            f"The text to look for is too long, so it was cut: at most {LONGEST_TEXT} characters and {MOST_WORDS} words."
        )
        q = " ".join(q[:LONGEST_TEXT].split()[:MOST_WORDS])
    run_id = text(given.get("run_id"))
    search = Search(
        brand=text(given.get("brand")), status=status, q=q, sort=sort, page=page,
        older=text(given.get("older")) in ("1", "on", "true"),
        dag_id=text(given.get("dag_id")) if run_id else "", run_id=run_id, account=text(given.get("account")),
    )  # fmt: skip
    return search, tuple(problems)


def look(engine: Engine, search: Search, reads: Callable[[str], bool] = lambda account: True) -> Listing:
    """A page of the list, with orders of those accounts only that ``reads`` lets through; it is asked once for each."""
    pairs = order_list.brands(engine)
    accounts = tuple(account for account in dict.fromkeys(account for account, _ in pairs) if reads(account))
    known = [pair for pair in pairs if pair[0] in accounts]
    brands = tuple(sorted({brand for _, brand in known}, key=str.casefold))
    problems: list[str] = []
    if search.brand and search.brand not in brands:
        problems.append(f"No order of a brand “{search.brand[:60]}” is known here: choose one of the list.")
    if search.account and search.account not in accounts:
        problems.append(f"No order of an account “{search.account[:60]}” is known here.")
    wanted = _wanted(search, [a for a in accounts if search.account in ("", a)])
    found = order_list.page(engine, wanted, offset=(search.page - 1) * PAGE, limit=PAGE)
    pages = max(1, -(-found.hits // PAGE))
    page = found.offset // PAGE + 1
    if page != search.page:
        problems.append(f"There is no page {search.page}; this is the last one, page {page}.")
    return Listing(
        _rows(engine, found.rows), found.hits, page, pages, found.hidden, tuple(problems), brands, accounts, bool(known)
    )  # fmt: skip


def _wanted(search: Search, accounts: Collection[str]) -> order_list.Wanted:
    states: Collection[str]
    if search.status == TO_DECIDE:
        states = [s.value for s in WAITING]
    elif search.status == ASKS:
        states = [s.value for s in MAY_DECIDE]
    elif search.status in {s.value for s in ExportStatus}:
        # The name of an export status may be that of a state too: then all states behind it are meant.
        states = [s.value for s in State if export_status(s).value == search.status]
    else:
        states = [search.status] if search.status else []
    return order_list.Wanted(
        accounts, brand=search.brand, states=states, words=search.q.split(), undecided=search.status == TO_DECIDE,
        open_questions=search.status == ASKS, run=(search.dag_id, search.run_id) if search.run_id else None,
        older=search.older or bool(search.run_id), sort=search.sort.removeprefix("-"),
        descending=search.sort.startswith("-"),
    )  # fmt: skip


def _rows(engine: Engine, rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    reports = order_list.summaries(engine, {row["report_hash"] for row in rows if row["report_hash"]})
    decisions = order_list.newest_decisions(engine, [row["order_id"] for row in rows])
    return [_row(row, reports.get(row["report_hash"]), decisions.get(row["order_id"])) for row in rows]


def _row(
    row: Mapping[str, Any], report: Mapping[str, Any] | None, decision: Mapping[str, Any] | None
) -> dict[str, Any]:
    """An order as ``orders --json`` has it, with its match, and whether it can be approved as it stands.

    Questions count as open while the order can be decided on and no decision waits to be judged: a later approval
    has answered them.
    """
    pending = _pending(row, decision)
    decidable = row["state"] in MAY_DECIDE and report is not None and not pending
    still_open = report["open_questions"] if report is not None and decidable else 0
    return {
        **entry(row),
        "match": None
        if report is None
        else {name: report[name] for name in ("lines", "confirmed", "upc_match", "new_item")},
        "open_questions": still_open,
        "decision": decision,
        "pending": pending,
        "pending_approval": pending
        and decision is not None
        and str(decision["decision"] or "").strip().casefold() in APPROVE,
        "seen": decision["approval_id"] if decision is not None else 0,
        "approvable": report is not None and not still_open and waits_for_first_look(row, decision),
    }


def waits_for_first_look(row: Mapping[str, Any], decision: Mapping[str, Any] | None) -> bool:
    """Whether nobody's decision on the order stands, so that it may be approved together with others.

    An order that somebody rejected, whose time went by, or that changed after its approval is looked at by itself.
    ``decision`` is the newest one.
    """
    return (
        row["state"] == State.AWAITING_APPROVAL
        and not _pending(row, decision)
        and not _rejected(row, decision)
    )


def _pending(row: Mapping[str, Any], decision: Mapping[str, Any] | None) -> bool:
    return (
        decision is not None and decision["counts"] is None and decision["report_hash"] == row["report_hash"]
    )


def _rejected(row: Mapping[str, Any], decision: Mapping[str, Any] | None) -> bool:
    """Whether the report as it stands was rejected: a new match of the same goods puts its order back to waiting."""
    return (
        decision is not None
        and decision["report_hash"] == row["report_hash"]
        and decision["counts"] is not False
        and str(decision["decision"] or "").strip().casefold() in REJECT
    )
