"""The brands file: what it gives, and one clear sentence for each mistake in it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from nuorder_pos.config import brands_path, load_brands
from nuorder_pos.config.read import parse_brands
from nuorder_pos.errors import Permanent

FULL = """\
accounts:
  main:
    lightspeed_conn_id: pos_main
    schedule: "0 6 * * 1-5"
    decision_days: 3
    write_b2b: true
    brands:
      - name: Acme Outdoor
        nuorder_conn_id: nuorder_acme
        since: 2026-01-01
        vendor: Acme Outdoor Inc.
        shop: Main Street
        expected_date: ship_start
        auto_approve: {max_total: "500.00"}
        vendor_address: {address1: 1 Way, zip: "01234", country: US}
        tags: true
      - {name: Bergwerk, nuorder_conn_id: nuorder_berg, since: "2025-12-31"}
  outlet:
    brands:
      - {name: Acme Outdoor, nuorder_conn_id: nuorder_acme_outlet}
"""


def test_everything_that_may_be_said_is_read() -> None:
    accounts = parse_brands(FULL, "brands.yaml").accounts
    main, outlet = accounts["main"], accounts["outlet"]
    acme, berg = main.brands
    assert (main.name, main.lightspeed_conn_id, main.schedule) == ("main", "pos_main", "0 6 * * 1-5")
    assert (main.decision_days, main.write_b2b, main.waiting_time, main.map_orders) == (3, True, 120, 200)
    assert acme.since == date(2026, 1, 1)
    assert berg.since == date(2025, 12, 31)
    assert acme.auto_approve is not None
    assert acme.auto_approve.max_total == Decimal("500.00")
    assert acme.vendor_address == {"address1": "1 Way", "zip": "01234", "country": "US"}
    assert (acme.expected_date, berg.expected_date) == ("ship_start", "ship_end")
    assert (acme.tags, acme.category, berg.auto_approve) == (True, False, None)
    assert main.brand("Bergwerk") is berg
    assert (outlet.name, outlet.lightspeed_conn_id, outlet.schedule) == (
        "outlet",
        "lightspeed_default",
        "*/30 * * * *",
    )


def test_the_file_that_ships_is_right() -> None:
    shipped = Path(__file__).parents[2] / "include" / "brands.yaml"
    assert "main" in load_brands(shipped).accounts


def account(text: str, *, account_lines: str = "") -> str:
    """A file with one brand, whose further lines are ``text``."""
    brand = dedent(text).strip("\n").replace("\n", "\n        ")
    more = "".join(f"    {line}\n" for line in dedent(account_lines).strip().splitlines())
    return (
        f"accounts:\n  main:\n{more}    brands:\n      - name: Acme\n"
        f"        nuorder_conn_id: nuorder_acme\n        {brand}\n"
    )


MISTAKES = {
    "an empty file": ("", "b.yaml, line 1: the file is empty; it begins with 'accounts:'."),
    "a list": ("- main\n", "b.yaml, line 1: the file must begin with 'accounts:'."),
    "no accounts": ("accounts: {}\n", "b.yaml, line 1: 'accounts' is empty."),
    "accounts as a list": (
        "accounts:\n  - main\n",
        "b.yaml, line 1: 'accounts' must hold accounts by name, such as 'main:'.",
    ),
    "an account without anything": (
        "accounts:\n  main:\n",
        "b.yaml, line 2: an account must hold settings, at least brands.",
    ),
    "an account without brands": (
        'accounts:\n  main:\n    schedule: "@daily"\n',
        "b.yaml, line 2: an account needs 'brands'.",
    ),
    "an empty list of brands": ("accounts:\n  main:\n    brands: []\n", "b.yaml, line 3: 'brands' is empty."),
    "brands by name": (
        "accounts:\n  main:\n    brands:\n      Acme: {}\n",
        "b.yaml, line 3: 'brands' must be a list, each element beginning with '-'.",
    ),
    "a brand that is only a name": (
        "accounts:\n  main:\n    brands:\n      - Acme\n",
        "b.yaml, line 4: a brand must hold settings, at least name, nuorder_conn_id.",
    ),
    "a brand without connection": (
        "accounts:\n  main:\n    brands:\n      - name: Acme\n",
        "b.yaml, line 4: a brand needs 'nuorder_conn_id'.",
    ),
    "a typo in a brand": (
        account("expected_dat: ship_end"),
        "b.yaml, line 6: 'expected_dat' is not a setting of a brand; did you mean 'expected_date'?",
    ),
    "a typo in an account": (
        account("", account_lines="lightspeed_con_id: x"),
        "b.yaml, line 3: 'lightspeed_con_id' is not a setting of an account; did you mean 'lightspeed_conn_id'?",
    ),
    "a typo at the top": (
        "account:\n  main: {}\n",
        (
            "b.yaml, line 1: the file needs 'accounts'.\n"
            "b.yaml, line 1: 'account' is not a setting of the file; did you mean 'accounts'?"
        ),
    ),
    "a key from nowhere": (
        account("auto_approve: {max_total: 1, colour: red}\nshop: Main"),
        "b.yaml, line 6: 'colour' is not a setting of 'auto_approve'; allowed are max_total.",
    ),
    "a key of the address": (
        account("vendor_address: {address_1: Way}"),
        "b.yaml, line 6: 'address_1' is not a setting of 'vendor_address'; did you mean 'address1'?",
    ),
    "a number where text is wanted": (
        account("vendor: 0042"),
        "b.yaml, line 6: 'vendor' must be text: put it in quotes, vendor: \"0042\".",
    ),
    "a word that YAML takes for false": (
        account("shop: NO"),
        "b.yaml, line 6: 'shop' must be text: put it in quotes, shop: \"NO\".",
    ),
    "an empty name": (
        "accounts:\n  main:\n    brands:\n      - {name: '', nuorder_conn_id: a}\n",
        "b.yaml, line 4: 'name' is empty.",
    ),
    "nothing after the colon": (
        "accounts:\n  main:\n    brands:\n      - name:\n        nuorder_conn_id: a\n",
        "b.yaml, line 4: 'name' is empty.",
    ),
    "a float as amount": (
        account("shop: Main\nauto_approve: {max_total: 500.10}"),
        "b.yaml, line 7: 'max_total' must be in quotes, because it is money: \"500.00\".",
    ),
    "a word as amount": (
        account("shop: Main\nauto_approve: {max_total: lots}"),
        "b.yaml, line 7: 'max_total' must be an amount such as \"500.00\".",
    ),
    "a negative amount": (
        account('shop: Main\nauto_approve: {max_total: "-1"}'),
        "b.yaml, line 7: 'max_total' must be 0 (never) or a positive amount.",
    ),
    "an amount that is none": (
        account("shop: Main\nauto_approve: {max_total: NaN}"),
        "b.yaml, line 7: 'max_total' must be 0 (never) or a positive amount.",
    ),
    "auto-approve as a switch": (
        account("shop: Main\nauto_approve: true"),
        "b.yaml, line 7: 'auto_approve' must be written as {max_total: \"500.00\"}.",
    ),
    "auto-approve without shop": (
        account("auto_approve: {max_total: 500}"),
        "b.yaml, line 6: 'auto_approve' needs 'shop': nobody is there to choose one.",
    ),
    "a year as date": (account("since: 2026"), "b.yaml, line 6: 'since' must be a date such as 2026-01-31."),
    "a day that does not exist": (
        account('since: "2026-02-30"'),
        "b.yaml, line 6: 'since' must be a date such as 2026-01-31.",
    ),
    "an instant as date": (
        account("since: 2026-01-01 10:00:00"),
        "b.yaml, line 6: 'since' must be a date such as 2026-01-31.",
    ),
    "a choice that is none": (
        account("expected_date: ship_middle"),
        "b.yaml, line 6: 'expected_date' is 'ship_middle'; allowed are 'ship_end' or 'ship_start'.",
    ),
    "a switch that is none": (
        account("tags: 1"),
        "b.yaml, line 6: 'tags' is 1; allowed are true and false.",
    ),
    "too few days": (
        account("", account_lines="decision_days: 0"),
        "b.yaml, line 3: 'decision_days' is 0; it must be at least 1.",
    ),
    "too many orders": (
        account("", account_lines="map_orders: 5000"),
        "b.yaml, line 3: 'map_orders' is 5000; it must be at most 1000.",
    ),
    "a part of a second": (
        account("", account_lines="waiting_time: 1.5"),
        "b.yaml, line 3: 'waiting_time' is 1.5; it must be a whole number.",
    ),
    "the same brand twice": (
        account("") + "      - {name: ACME, nuorder_conn_id: other}\n",
        "b.yaml, line 6: the brand 'ACME' is in the account 'main' twice.",
    ),
    "one connection for two brands": (
        account("") + "      - {name: Berg, nuorder_conn_id: nuorder_acme}\n",
        (
            "b.yaml, line 6: the connection 'nuorder_acme' is used by the brand 'Acme' already:"
            " each brand has its own NuORDER connection."
        ),
    ),
    "one connection in two accounts": (
        account("") + "  outlet:\n    brands:\n      - {name: Acme, nuorder_conn_id: nuorder_acme}\n",
        (
            "b.yaml, line 8: the connection 'nuorder_acme' is used by the brand 'Acme' already:"
            " each brand has its own NuORDER connection."
        ),
    ),
    "an account that cannot be a DAG's id": (
        "accounts:\n  New York:\n    brands:\n      - {name: Acme, nuorder_conn_id: a}\n",
        (
            "b.yaml, line 2: the account name 'New York' becomes part of a DAG's id: allowed are letters, digits, dot,"
            " dash and underscore, beginning with a letter or a digit."
        ),
    ),
    "an account twice": (
        account("") + "  main:\n    brands:\n      - {name: Berg, nuorder_conn_id: b}\n",
        "b.yaml, line 6: 'main' is there twice.",
    ),
    "a setting twice": (account("shop: A\nshop: B"), "b.yaml, line 7: 'shop' is there twice."),
    "a tab": (
        "accounts:\n\tmain:\n",
        "b.yaml, line 2: this is not valid YAML: found character that cannot start any token.",
    ),
    "a bracket left open": (
        "accounts: {main: {\n",
        "b.yaml, line 2: this is not valid YAML: did not find expected node content.",
    ),
}


def squeezed(text: str) -> str:
    """Without blank lines, so that the numbers of lines do not depend on whether a case says more."""
    return "".join(line + "\n" for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case)
def test_a_mistake_is_one_clear_sentence(case: str) -> None:
    text, expected = MISTAKES[case]
    with pytest.raises(Permanent) as caught:
        parse_brands(squeezed(text), "b.yaml")
    assert str(caught.value) == expected


def test_a_key_that_is_there_twice_names_the_second_place() -> None:
    text = squeezed(account("shop: A")) + "        shop: B\n"
    with pytest.raises(Permanent, match="line 7: 'shop' is there twice"):
        parse_brands(text, "b.yaml")


def test_several_mistakes_are_told_in_the_order_of_the_file() -> None:
    text = squeezed(account("since: soon\ntags: maybe", account_lines="decision_days: 0"))
    with pytest.raises(Permanent) as caught:
        parse_brands(text, "b.yaml")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "b.yaml, line 3",
        "b.yaml, line 7",
        "b.yaml, line 8",
    ]


@pytest.mark.parametrize("schedule", ['"*/5 * * * *"', '"0 6 * * MON-FRI"', '"@hourly"', "null"])
def test_schedules_that_airflow_takes(schedule: str) -> None:
    parse_brands(squeezed(account("", account_lines=f"schedule: {schedule}")), "b.yaml")


@pytest.mark.parametrize(
    "schedule", ['"*/61 * * *"', '"every hour"', '"@continuous"', '"60 * * * *"', '"* * * * * *"']
)
def test_schedules_that_airflow_would_not_take(schedule: str) -> None:
    text = squeezed(account("", account_lines=f"schedule: {schedule}"))
    with pytest.raises(
        Permanent, match=r"b\.yaml, line 3: 'schedule' is .*; allowed is a cron expression such as"
    ):
        parse_brands(text, "b.yaml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"brands file .*none\.yaml cannot be read .*NUORDER_POS_BRANDS"):
        load_brands(tmp_path / "none.yaml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes("name: Gr\xf6den".encode("latin-1"))
    with pytest.raises(Permanent, match="is not UTF-8 text"):
        load_brands(tmp_path / "b.yaml")


def test_where_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUORDER_POS_BRANDS", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    assert brands_path() == Path(__file__).parents[2] / "include" / "brands.yaml"
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "brands.yaml").touch()
    assert brands_path() == tmp_path / "include" / "brands.yaml"
    monkeypatch.setenv("NUORDER_POS_BRANDS", str(tmp_path / "mine.yaml"))
    assert brands_path() == tmp_path / "mine.yaml"


def test_reading_it_imports_neither_airflow_nor_anything_heavy() -> None:
    code = (
        "import sys, nuorder_pos.config as c; c.load_brands();"
        "print([m for m in ('airflow', 'croniter', 'sqlalchemy', 'requests', 'pandas') if m in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
