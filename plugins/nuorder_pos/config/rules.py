"""Rules of the brands file that concern more than one key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nuorder_pos.config.model import AccountConfig, BrandsFile

Loc = tuple[str | int, ...]
"""Path of keys and positions to the place of a mistake."""

PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")


def broken_rules(file: BrandsFile) -> Iterator[tuple[Loc, str]]:
    """Each broken rule as its place and a sentence about it."""
    connections: dict[str, str] = {}
    if not file.accounts:
        yield ("accounts",), "'accounts' is empty"
    for account in file.accounts.values():
        here: Loc = ("accounts", account.name)
        if not _ACCOUNT_NAME.fullmatch(account.name):
            allowed = "letters, digits, dot, dash and underscore, beginning with a letter or a digit"
            yield here, f"the account name {account.name!r} becomes part of a DAG's id: allowed are {allowed}"
        if account.schedule is not None and (sentence := _schedule_mistake(account.schedule)):
            yield (*here, "schedule"), sentence
        yield from _brand_rules(account, here, connections)


def _brand_rules(account: AccountConfig, here: Loc, connections: dict[str, str]) -> Iterator[tuple[Loc, str]]:
    names: set[str] = set()
    if not account.brands:
        yield (*here, "brands"), "'brands' is empty"
    for position, brand in enumerate(account.brands):
        place: Loc = (*here, "brands", position)
        folded = brand.name.casefold()
        if folded in names:
            yield (*place, "name"), f"the brand {brand.name!r} is in the account {account.name!r} twice"
        names.add(folded)
        # NuORDER says with the credential which brand it speaks for, so one connection is one brand. In two
        # accounts, chance would decide which of them gets an order.
        if (other := connections.get(brand.nuorder_conn_id)) is not None:
            yield (
                (*place, "nuorder_conn_id"),
                (
                    f"the connection {brand.nuorder_conn_id!r} is used by the brand {other!r} already:"
                    " each brand has its own NuORDER connection"
                ),
            )
        connections.setdefault(brand.nuorder_conn_id, brand.name)
        if brand.auto_approve is not None and brand.auto_approve.max_total > 0 and brand.shop is None:
            yield (*place, "auto_approve"), "'auto_approve' needs 'shop': nobody is there to choose one"


def _schedule_mistake(schedule: str) -> str | None:
    """Why the schedule cannot be used, or ``None``."""
    allowed = (
        f'a cron expression such as "*/30 * * * *", one of {", ".join(PRESETS)}, or null for runs by hand'
    )
    if schedule.startswith("@"):
        return None if schedule in PRESETS else f"'schedule' is {schedule!r}; allowed is {allowed}"
    if schedule == "*/30 * * * *":
        return None
    from croniter import croniter  # type: ignore[import-untyped]  # what Airflow reads cron with; imported only where there is something to check

    if len(schedule.split()) == 5 and croniter.is_valid(schedule):
        return None
    return f"'schedule' is {schedule!r}; allowed is {allowed}"
