"""The looks that ``check`` takes, one row each. Only reads: nothing is written to NuORDER or the POS.

The POS token pair may be renewed on the way, as with every use; all processes then find it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nuorder_pos.cli.trouble import unexpected
from nuorder_pos.errors import NuorderPosError

if TYPE_CHECKING:
    from nuorder_pos.clients.lightspeed import Lightspeed
    from nuorder_pos.config import AccountConfig, BrandsFile
    from nuorder_pos.domain.pos import PosShop, PosVendor
    from nuorder_pos.store.migrate import MigrationStatus

OK, WARNING, FAILED = "ok", "warning", "failed"

NEEDED = ("purchase_orders", "product_edit", "product_cost", "vendors", "manufacturers")
"""Rights without which no export can be done."""
CLOCK_SECONDS = 60
"""Signatures are refused when clocks are minutes apart; from here on a person should know."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found; ``mend`` says what to do."""

    name: str
    state: str
    detail: str
    mend: str = ""


def run() -> list[Found]:
    """All looks, in an order in which the first failure is the one to mend first."""
    return list(_run())


def _run() -> Iterator[Found]:
    from nuorder_pos.config import BrandsFile

    brands, row = _try("brands file", _brands_file)
    yield row
    opened, row = _try("database", _database)
    yield row
    engine, status = opened or (None, None)
    ready = False
    if status is not None:
        row = _migrations(status)
        ready = row.state == OK
        yield row
    if not isinstance(brands, BrandsFile):
        return
    for account in brands.accounts.values():
        yield from _waiting_time(account)
        yield from _brands(account)
        if ready:
            yield from _pos(account, engine)
        else:
            name = f"POS connection {account.lightspeed_conn_id}"
            yield Found(
                name, WARNING, "Not looked at: its tokens are kept in the database, which comes first."
            )


def _try(name: str, look: Callable[[], tuple[Any, Found]]) -> tuple[Any, Found]:
    """Take a look; an error is a finding."""
    try:
        return look()
    except NuorderPosError as error:
        return None, Found(name, FAILED, str(error))
    except Exception as error:  # noqa: BLE001 - one look that fails must not hide what the others find
        return None, Found(name, FAILED, unexpected(error))


def _brands_file() -> tuple[BrandsFile, Found]:
    from nuorder_pos.config import brands_path, load_brands

    found = load_brands()
    brands = [brand.name for account in found.accounts.values() for brand in account.brands]
    accounts = ", ".join(found.accounts)
    return found, Found("brands file", OK, f"{brands_path()}: {', '.join(brands)} (accounts: {accounts}).")


def _waiting_time(account: AccountConfig) -> Iterator[Found]:
    from nuorder_pos.pipeline.export import LONGEST_IN_FLIGHT

    if account.waiting_time < (longest := LONGEST_IN_FLIGHT.total_seconds()):
        detail = f"{account.waiting_time} seconds, and a write of ours can be under way for {longest:.0f}."
        mend = "A record may come twice: leave waiting_time out of the brands file, or set it to 120."
        yield Found(f"waiting time of account {account.name}", WARNING, detail, mend)


def _database() -> tuple[Any, Found]:
    """Engine and migration status; the status is what proves that the database answers."""
    from nuorder_pos import connections
    from nuorder_pos.store import migrate
    from nuorder_pos.store.engine import make_engine

    engine = make_engine(connections.database_url())
    place = f"{engine.url.database or ''} on {engine.url.host or 'this machine'}"
    status = migrate.status(engine)
    if status.state == "unreachable":
        mend = "Start it, or correct the connection nuorder_pos_db."
        return None, Found("database", FAILED, f"{place}: {status.problem}", mend)
    if engine.dialect.name == "sqlite":
        detail = f"SQLite file {engine.url.database}: for trying out, Postgres in production."
        return (engine, status), Found("database", OK, detail)
    return (engine, status), Found("database", OK, f"Postgres, {place}.")


def _migrations(found: MigrationStatus) -> Found:
    if found.state == "ok":
        return Found("migrations", OK, f"At version {found.current}, which this release wants.")
    mend = "Run `nuorder-pos db upgrade`."
    told = {
        "missing": ("The database has no tables yet.", mend),
        "older": (f"The database is at version {found.current}, this release wants {found.wanted}.", mend),
        "newer": (
            f"The database is at version {found.current}, made by a newer release; this one knows {found.wanted}.",
            "Install the newer release of nuorder-pos here.",
        ),
    }
    detail, mend = told.get(found.state, (f"{found.state} {found.problem}", mend))
    return Found("migrations", FAILED, detail, mend)


def _brands(account: AccountConfig) -> Iterator[Found]:
    origins: set[str] = set()
    for brand in account.brands:
        name = f"NuORDER connection {brand.nuorder_conn_id} ({brand.name})"
        settings, row = _try(name, partial(_nuorder, brand.nuorder_conn_id, name))
        yield row
        if settings is not None and settings.origin not in origins:
            origins.add(settings.origin)
            yield _clock("NuORDER", settings.origin, settings.allow_http)


def _nuorder(conn_id: str, name: str) -> tuple[Any, Found]:
    from nuorder_pos.runtime import open_nuorder

    client = open_nuorder(conn_id)
    try:
        return client.settings, Found(name, OK, client.check())
    finally:
        client.close()


def _pos(account: AccountConfig, engine: Any) -> Iterator[Found]:
    from nuorder_pos.runtime import open_pos

    name = f"POS connection {account.lightspeed_conn_id}"
    pos, row = _try(name, lambda: (open_pos(account.lightspeed_conn_id, engine), Found(name, OK, "")))
    if pos is None:
        yield row
        return
    try:
        answers, row = _try(name, lambda: (True, Found(name, OK, pos.check())))
        yield row
        if answers:
            yield from _pos_looks(account, pos)
        yield _clock("the POS", pos.settings.origin, pos.settings.allow_http)
    finally:
        pos.close()


def _pos_looks(account: AccountConfig, pos: Lightspeed) -> Iterator[Found]:
    yield _try("POS rights", lambda: (None, _rights(account, pos.session_rights())))[1]
    shops, row = _try("POS shops", lambda: _listed("POS shops", pos.shops(), "shop"))
    yield row
    if shops is not None:
        yield from _shops(account, shops)
    vendors, row = _try("POS vendors", lambda: _listed("POS vendors", pos.vendors(), "vendor"))
    if vendors is None:
        yield row
    else:
        yield from (_vendor(brand.name, brand.vendor, vendors) for brand in account.brands)
    yield _try("POS look-up by lists", lambda: (None, _lists(pos)))[1]


def _rights(account: AccountConfig, held: dict[str, bool]) -> Found:
    if not held:
        return Found(
            "POS rights", WARNING, "The POS does not tell the rights of the employee who authorised."
        )
    if held.get("admin"):
        return Found("POS rights", OK, "The employee who authorised may do everything (admin).")
    optional = {
        "categories": any(brand.category for brand in account.brands),
        "tags": any(brand.tags for brand in account.brands),
    }
    lacking = [
        right for right in (*NEEDED, *(r for r, used in optional.items() if used)) if not held.get(right)
    ]
    mend = "Give them to the employee who authorised, or authorise again: nuorder-pos connect lightspeed."
    if lacking:
        return Found("POS rights", FAILED, f"The employee who authorised lacks {', '.join(lacking)}.", mend)
    unused = [right for right, used in optional.items() if not used and not held.get(right)]
    if unused:
        detail = (
            f"All that is needed; {' and '.join(unused)} would be needed once the brands file turns them on."
        )
        return Found("POS rights", OK, detail)
    return Found("POS rights", OK, f"{', '.join((*NEEDED, *optional))}.")


def _listed(name: str, records: Sequence[Any], one: str) -> tuple[Sequence[Any], Found]:
    live = [record.name for record in records if not record.archived]
    if not live:
        return records, Found(name, FAILED, f"The POS has no {one}.", f"Create a {one} in the POS.")
    shown = ", ".join(live[:8]) + (f" and {len(live) - 8} more" if len(live) > 8 else "")
    return records, Found(name, OK, shown + ".")


def _shops(account: AccountConfig, shops: Sequence[PosShop]) -> Iterator[Found]:
    from nuorder_pos.domain.decisions import choose_shop

    for brand in account.brands:
        if brand.shop is None:
            continue
        name, found = f"shop of {brand.name}", choose_shop(brand.shop, shops)
        if isinstance(found, str):
            yield Found(name, FAILED, f"{found[0].upper()}{found[1:]}.", "Correct `shop` in the brands file.")
        else:
            yield Found(name, OK, f"{found.name} (shop {found.shop_id}).")


def _vendor(brand: str, wanted: str | None, vendors: Sequence[PosVendor]) -> Found:
    from nuorder_pos.domain.report import vendors_for

    name, finding = f"vendor of {brand}", vendors_for(wanted, brand, vendors)
    if finding is None:
        return Found(
            name, FAILED, f"The POS has no vendor {wanted!r}.", "Correct `vendor` in the brands file."
        )
    if finding.vendor is not None:
        return Found(name, OK, f"{finding.vendor.name} (vendor {finding.vendor.vendor_id}).")
    if finding.found:
        ids = ", ".join(vendor.vendor_id for vendor in finding.found)
        return Found(
            name,
            WARNING,
            f"The POS has {len(finding.found)} vendors named {finding.name} ({ids}): every order will ask.",
            "Name one of these ids as `vendor` in the brands file.",
        )
    mend = "Correct `vendor` in the brands file if it exists under another name."
    return Found(
        name,
        WARNING if wanted else OK,
        f"{finding.name} will be created with the first export.",
        mend if wanted else "",
    )


def _lists(pos: Lightspeed) -> Found:
    form = pos.probe_in_lists()
    name = "POS look-up by lists"
    if form == "or":
        return Found(
            name, WARNING, "No list form was confirmed; codes are asked for one by one in a query (slower)."
        )
    return Found(name, OK, f"Many UPCs are looked up in one request (form {form}).")


def _clock(service: str, origin: str, allow_http: bool) -> Found:
    name = f"clock against {service}"
    return _try(name, lambda: (None, _compared(name, origin, allow_http)))[1]


def _compared(name: str, origin: str, allow_http: bool) -> Found:
    """This machine's clock beside the Date of an answer to a request without credentials, whatever that
    answer is.
    """
    from email.utils import parsedate_to_datetime

    from nuorder_pos.clients.transport import Limits, Retry, Transport

    dates: list[str] = []
    transport = Transport(
        "The server", limits=Limits(total=30), retry=Retry(attempts=1), allow_http=allow_http
    )
    before = time.time()
    try:
        transport.send(
            "GET",
            f"{origin}/",
            write=False,
            raw=True,
            on_answer=lambda _status, headers: dates.extend(
                v for k, v in headers.items() if k.lower() == "date"
            ),
        )
    except NuorderPosError:
        pass  # refused without credentials, as it should be; the Date is what counts
    finally:
        transport.close()
    if not dates:
        return Found(name, WARNING, "The server did not tell its time.")
    middle = (before + time.time()) / 2
    apart = middle - parsedate_to_datetime(dates[-1]).timestamp()
    if abs(apart) <= CLOCK_SECONDS:
        return Found(name, OK, f"Not more than {max(2, round(abs(apart)))} seconds apart.")
    return Found(
        name,
        FAILED,
        f"This machine's clock is {abs(apart):,.0f} seconds {'ahead' if apart > 0 else 'behind'}.",
        "Set the clock (NTP): signatures with a wrong time are refused.",
    )
