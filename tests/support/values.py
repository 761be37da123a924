"""Values of the domain for its tests: an order read from what NuORDER gives, POS records, a report, a decision, a plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from support.orders import Json, products_of

from nuorder_pos.domain.catalogue import Catalogue
from nuorder_pos.domain.decisions import Decision, Recorded
from nuorder_pos.domain.match_data import Link
from nuorder_pos.domain.orders import Order, read_order
from nuorder_pos.domain.plan import Plan, Settings, make_plan
from nuorder_pos.domain.pos import NamedRecord, PosAccount, PosItem, PosShop, PosVendor
from nuorder_pos.domain.report import Context, Related, Report, VendorFinding, make_report
from nuorder_pos.domain.report_data import as_data

SHOP = PosShop("1", "Main Street", "America/New_York")
HARBOR = PosShop("2", "Harbor Mall", "America/Los_Angeles")
OLD_MILL = PosShop("3", "Old Mill", "America/New_York", archived=True)
SHOPS = (SHOP, HARBOR, OLD_MILL)
VENDOR = PosVendor("1", "Acme Outdoor")
LEVELS = (NamedRecord("1", "Default"), NamedRecord("2", "MSRP"), NamedRecord("4", "Online"))


def read(raw: Json, products: Sequence[Json] | None = None) -> Order:
    """The order with its products; by default each has one."""
    known = products_of(raw) if products is None else list(products)
    return read_order({"order": raw, "products": {one["_id"]: one for one in known}})


def pos_item(item_id: str, code: str = "", **fields: Any) -> PosItem:
    """An item of the POS; ``code`` is its UPC."""
    return PosItem(
        item_id, upc=code, **{"description": f"Item {item_id}", "default_cost": Decimal(10), **fields}
    )


def link(item_id: str, origin: str = "upc") -> Link:
    """A saved link."""
    return Link(item_id, origin, "an earlier order")


def context(
    items: Iterable[PosItem] = (), links: Mapping[tuple[str, str, str], Link] | None = None,
    vendors: Sequence[PosVendor] = (VENDOR,), related: Sequence[Related] = (), currency: str = "USD",
    matrices: Mapping[str, Mapping[str, str]] | None = None, decimals: int = 2,
) -> Context:  # fmt: skip
    """What was gathered: by default one vendor, a USD account, and nothing else."""
    return Context(
        account=PosAccount("77", "Corner Shop", currency),
        brand="Acme Outdoor",
        vendor=VendorFinding("Acme Outdoor", tuple(vendors)),
        catalogue=Catalogue.of(items, links),
        style_matrices=matrices or {},
        related=tuple(related),
        decimals=decimals,
    )


def report(raw: Json, *items: PosItem, products: Sequence[Json] | None = None, **gathered: Any) -> Report:
    """The report of an order."""
    return make_report(read(raw, products), context(items, **gathered))


def stored(made: Report) -> Json:
    """The report as the database gives it back."""
    data: Json = json.loads(json.dumps(as_data(made)))
    return data | {"carried": {}, "changes": []}


def approval(lines: Mapping[str, str] | None = None, answers: Mapping[str, str] | None = None) -> Decision:
    """An approval that counts."""
    return Decision(True, "Mia", SHOP.shop_id, "", dict(lines or {}), dict(answers or {}))


def recorded(report_hash: str, **fields: Any) -> Recorded:
    """A decision as somebody wrote it."""
    values = {
        "decision": "approve",
        "shop": "",
        "decided_by": "Mia",
        "lines": "",
        "answers": "",
        "comment": "",
    }
    return Recorded(1, report_hash, **(values | fields))


SETTINGS = Settings(
    vendor_name="Acme Outdoor",
    vendor_id="1",
    brand_name="Acme Outdoor",
    manufacturer_id="5",
    price_levels=LEVELS,
)


def plan(made: Report, decision: Decision | None = None, settings: Settings = SETTINGS, shop: PosShop = SHOP,
         ordered: date | None = date(2026, 3, 2)) -> Plan:  # fmt: skip
    """The plan of an approved report."""
    return make_plan(made, decision or approval(), shop, ordered, settings)


def codes(made: Report) -> set[str]:
    """Every warning and question of a report."""
    found = {w.code for w in made.warnings} | {q.code for q in made.questions}
    return found | {w.code for one in made.lines for w in one.warnings}
