"""Every sentence that matching says to people, one example each, as ``sentences.txt`` beside this file has it.

After a change of wording: ``NUORDER_POS_WRITE_SENTENCES=1 pytest tests/domain/test_sentences.py``, then read the file's
difference as a buyer would.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.matching import alike, known, linked, report_of, wanted
from support.orders import Json, line, order, upc
from support.values import VENDOR, read

from nuorder_pos.domain.likely import SIGNS
from nuorder_pos.domain.match_data import Match
from nuorder_pos.domain.orders import read_order
from nuorder_pos.domain.pos import PosItem, PosVendor
from nuorder_pos.domain.report import Related, Report, VendorFinding

GOLDEN = Path(__file__).with_name("sentences.txt")
DICTIONARY = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
WRONG = upc(1)[:-1] + str((int(upc(1)[-1]) + 1) % 10)
BARE: dict[str, Any] = {"color": "", "size": ""}
BRANDS: dict[str, Any] = {"description": "Trail Tee", "manufacturer_sku": "TEE"}


def tee(item_id: str, code: str = "", color: str = "Red", size: str = "M", **fields: Any) -> PosItem:
    """An item as a shop names it."""
    named = {"description": f"Trail Tee {color} {size}".strip(), **fields}
    return known(item_id, code, color, size, **named)


def sizes(**codes: str) -> Json:
    return order("1001", line("TEE", "Red", dict.fromkeys(codes, 1), upcs=codes))


def packs(price: str = "10.00", total: str | None = None) -> Json:
    raw = order("1001", line("TEE", "Red", {"M": 2}, price=price, upcs={"M": upc(1)}), total=total)
    raw["line_items"][0]["sizes"][0]["units_per_pack"] = 6
    return raw


def related() -> Report:
    return report_of(wanted(), tee("7", upc(1)), related=(Related("x", "1001-1"),))


def with_vendors(*vendors: PosVendor, raw: Json | None = None) -> Report:
    return report_of(raw or wanted(), tee("7", upc(1)), vendor=VendorFinding("Acme Outdoor", vendors))


def in_two_matrices() -> Report:
    links = [linked("90", size="xs", matrix_id="30"), linked("91", color="blue", size="xs", matrix_id="31")]
    return report_of(wanted(None), links=links, matrices={"tee": {"30": "1", "31": "1"}})


def in_its_matrix(*ordered: str) -> Report:
    items = [tee("7", size="Medium", matrix_id="30"), tee("8", size="Large", matrix_id="30")]
    links = [linked("90", size="xs", matrix_id="30")]
    raw = order("1001", line("TEE", "Red", dict.fromkeys(ordered, 1)))
    return report_of(raw, *items, links=links, matrices={"tee": {"30": "1"}})


def windows() -> Report:
    first, second = line("TEE", "Red", {"M": 1}), line("TEE", "Blue", {"M": 1})
    days = {"ship_start": "2026-04-01T00:00:00.000Z", "ship_end": "2026-04-20T00:00:00.000Z"}
    later = {"ship_start": "2026-05-01T00:00:00.000Z", "ship_end": "2026-05-20T00:00:00.000Z"}
    return report_of(order("1001", first | days, second | later))


def found_likely() -> Iterator[tuple[str, Report]]:
    signs: dict[str, tuple[dict[str, Any], list[Any]]] = {
        "contradicts": ({"size": "XL", "color": ""}, []),
        "linked to the style": ({}, [linked("8", color="rouge", size="med")]),
        "in the style's matrix": ({"matrix_id": "31"}, [linked("99", size="s", matrix_id="30")]),
    }
    for sign, (other, links) in signs.items():
        mine = BARE | ({"matrix_id": "30"} if "matrix" in sign else {})
        yield (
            f"several items, {sign}",
            report_of(wanted(), tee("8", upc(1), **mine), tee("7", upc(1), **(BARE | other)), links=links),
        )
    fields: dict[str, dict[str, Any]] = {
        "style number": {"manufacturer_sku": "TEE"}, "size": {"size": "Medium"}, "in stock": {"stock": (("0", Decimal(3)),)},
        "in a matrix": {"matrix_id": "30"},
    }  # fmt: skip
    for sign, mine in fields.items():
        names = {"description": "Trail Tee"}
        yield (
            f"several items, {sign}",
            report_of(
                wanted(), known("8", upc(1), **(BARE | names | mine)), known("7", upc(1), **(BARE | names))
            ),
        )
    yield (
        "several items, UPC field",
        report_of(wanted(), known("7", ean=upc(1), **BARE), known("8", upc(1), **BARE)),
    )


@cache
def scenes() -> dict[str, Report]:
    """One order for each thing that may be said."""
    old = linked("7", color="cherry", code=upc(1))
    style = {"manufacturer_sku": "TEE"}
    return {
        # saved links
        **{
            f"linked, {origin}": report_of(
                wanted(), tee("7", upc(1)), links=[linked("7", origin=origin, made_by=by)]
            )
            for origin, by in (("upc", ""), ("choice", "Mia"), ("created", ""))
        },
        "linked under another name": report_of(wanted(), tee("7"), links=[old]),
        "the link and the UPC differ": report_of(wanted(), tee("7"), tee("8", upc(1)), links=[linked("7")]),
        "the old link and the UPC differ": report_of(wanted(), tee("7"), tee("8", upc(1)), links=[old]),
        "the linked item is gone": report_of(wanted(), links=[linked("7")]),
        "the linked item is gone, another has the UPC": report_of(
            wanted(), tee("8", upc(1)), links=[linked("7")]
        ),
        "the linked item is archived": report_of(wanted(None), tee("7", archived=True), links=[linked("7")]),
        # the code
        "UPC": report_of(wanted(), tee("7", upc(1))),
        "UPC with a zero more": report_of(wanted(), tee("7", "0" + upc(1))),
        "EAN": report_of(wanted(), tee("7", ean=upc(1))),
        "custom SKU": report_of(wanted(), tee("7", custom_sku=upc(1))),
        "manufacturer SKU, another UPC": report_of(wanted(), tee("7", upc(9), manufacturer_sku=upc(1))),
        "vendor ID": report_of(wanted(), tee("7", vendor_numbers=(("1", upc(1)),))),
        "UPC and another's custom SKU": report_of(wanted(), tee("7", upc(1)), tee("8", custom_sku=upc(1))),
        "several items, no sign": report_of(wanted(), tee("7", upc(1)), tee("8", upc(1))),
        "several items, by SKU": report_of(
            wanted(), tee("7", custom_sku=upc(1)), tee("8", manufacturer_sku=upc(1))
        ),
        **dict(found_likely()),
        "another cost": report_of(wanted(), tee("7", upc(1), default_cost=Decimal("8.5"))),
        # doubt
        "another size": report_of(wanted(), tee("7", upc(1), size="XL")),
        "another colour": report_of(wanted(), tee("7", upc(1), color="Green")),
        "another size in the description": report_of(
            wanted(), known("7", upc(1), **BARE, description="Trail Tee Blue XL")
        ),
        "eight digits": report_of(wanted("12345670"), tee("7", "123456000070")),
        "linked as another size": report_of(
            wanted(), known("7", upc(1), **BARE), links=[linked("7", size="xl", color="cherry", code=upc(1))]
        ),
        "exchanged codes": report_of(
            wanted(size="10"),
            tee("7", upc(1), size="11", matrix_id="30"),
            tee("8", upc(2), size="10", matrix_id="30"),
        ),
        "another brand's item": report_of(
            wanted(),
            known("7", upc(1), **BARE, description="Sun Cap", manufacturer_sku="CAP", manufacturer_id="6"),
        ),
        "nothing is like the order": report_of(
            wanted(color="Dawn", size="10"),
            known("7", upc(1), color="Reef", size="43", description="Sun Cap", manufacturer_sku="CAP"),
        ),
        "the colour of a sibling": report_of(
            order("1001", line(color="Dawn", upcs={"M": upc(1)}), line(color="Dusk", upcs={"M": upc(2)})),
            tee("7", upc(1), color="Dusk"),
        ),
        # archived
        "archived holder": report_of(wanted(), tee("7", upc(1), archived=True)),
        "archived holder, live one by SKU": report_of(
            wanted(), tee("7", upc(1), archived=True), tee("8", custom_sku=upc(1))
        ),
        "archived holder by SKU": report_of(wanted(), tee("7", custom_sku=upc(1), archived=True)),
        # what is wrong with the code
        "no UPC": report_of(wanted(None)),
        "a word for no UPC": report_of(wanted("n/a")),
        "wrong check digit": report_of(wanted(WRONG), tee("7", upc(1))),
        "lost zero": report_of(wanted(upc(1)[1:]), tee("7", upc(1))),
        "decimal ending, archived": report_of(wanted(upc(1) + ".0"), tee("7", upc(1), archived=True)),
        "scientific notation": report_of(wanted("8.60010E+11")),
        "two codes": report_of(wanted(f"{upc(1)} / {upc(2)}")),
        "new": report_of(wanted()),
        "new, short code": report_of(wanted("04252614")),
        # packs and cases
        "case code": report_of(wanted("10012345678902"), tee("7", "012345678905")),
        "case code with packs": report_of(
            wanted("10012345678902", units_per_pack=12), tee("7", "012345678905")
        ),
        "the POS counts cases": report_of(
            wanted("012345678905", units_per_pack=6), tee("7", "10012345678902")
        ),
        "packs": report_of(packs()),
        "packs, price of a piece": report_of(packs(total="120.00")),
        # rows together
        "one code twice": report_of(sizes(S=upc(1), M=upc(1))),
        "one code twice, item known": report_of(sizes(S=upc(1), M=upc(1)), known("7", upc(1), **BARE)),
        "two lines meet one item": report_of(
            sizes(S=upc(1), M=upc(2)), known("7", upc(1), **BARE, ean=upc(2))
        ),
        # what resembles
        "by vendor ID": report_of(
            wanted(None), tee("7", vendor_numbers=(("1", "tee-red"),), description="x")
        ),
        "by style number": report_of(wanted(None), tee("7", description="x", **style)),
        "by style number, archived, other cost": report_of(
            wanted(None), tee("7", description="x", archived=True, **style)
        ),
        "by description, similar colour": report_of(
            wanted(None, style="T100", color="Moonrise Glow"),
            tee("7", color="Moonrise Glo", description="Trail Tee"),
        ),
        "with another UPC": report_of(wanted(), tee("7", upc(9), **style)),
        "in the matrix": report_of(
            wanted(None, size="10"),
            tee("7", size="10", matrix_id="30", color="", description="x"),
            links=[linked("90", size="9", matrix_id="30")],
        ),
        "a sister of the style's item": report_of(
            order("1001", line("T100", sizes={"S": 1, "M": 1}, upcs={"S": upc(1)})),
            known("7", upc(1), size="S", description="Retailer's shirt"),
            known("8", description="Retailer's shirt"),
        ),
        "a telling word": report_of(wanted(None, style="T100"), known("7", description="Men's trail shirt")),
        # matrices
        "style in two matrices": in_two_matrices(),
        "variant in its matrix": in_its_matrix("M"),
        "variants in their matrix": in_its_matrix("M", "L"),
        "style in no matrix": report_of(wanted(None)),
        "style in one matrix": report_of(
            wanted(None), links=[linked("90", size="xs", matrix_id="30")], matrices={"tee": {"30": "1"}}
        ),
        "no matrix at all": report_of(wanted(None, color="", size="default")),
        # the order
        "nothing of a size": report_of(order("1001", line(sizes={"S": 0, "M": 1}))),
        "product gone": report_of(
            read_order({"order": wanted(product_id="9" * 24), "products": {"9" * 24: None}})
        ),
        "several windows": windows(),
        "cancelled units": report_of(replace(read(wanted(None)), cancelled_units=3)),
        "no vendor yet": with_vendors(),
        "several vendors": with_vendors(VENDOR, PosVendor("4", "ACME OUTDOOR")),
        "another currency": with_vendors(VENDOR, raw=wanted() | {"currency_code": "CAD"}),
        "no order date": report_of(wanted() | {"created_on": None}),
        "rounding": report_of(order("1001", line(sizes={"M": 3}, price="3.335"))),
        "totals differ": report_of(wanted() | {"total": 99}),
        "related order": related(),
    }


def told(report: Report) -> list[str]:
    """Everything that a report says, in its order."""
    said = [f"warning {one.code}: {one.text}" for one in report.warnings]
    for question in report.questions:
        said.append(f"question {question.code}: {question.text}")
        said += [f"    {choice.value}: {choice.meaning}" for choice in question.choices]
    for row in report.lines:
        said += _of_line(row.variant.size, row.match, row.placement.words)
        said += [f"  warning {one.code}: {one.text}" for one in row.warnings]
    return said


def _of_line(size: str, found: Match, place: str) -> list[str]:
    where = f"; {place}" if found.status == "new_item" else ""
    said = [f"line {found.variant.line} ({size}) is {found.status} by {found.rule}{where}: {found.why}"]
    for one in found.candidates:
        said.append(f"  candidate {one.item.item_id}{', most likely' if one.likely else ''}: {one.reason}")
    return said


def as_text() -> str:
    head = "Everything that matching says, one example each. Made by test_sentences.py: do not edit.\n"
    return head + "".join(
        f"\n== {name}\n" + "".join(f"{one}\n" for one in told(report)) for name, report in scenes().items()
    )


def test_every_sentence_is_the_one_that_was_agreed_on() -> None:
    text = as_text()
    if os.environ.get("NUORDER_POS_WRITE_SENTENCES"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8"), "see the top of test_sentences.py"


def documented() -> list[str]:
    """The codes in the data dictionary's list."""
    section = DICTIONARY.read_text(encoding="utf-8").split("## Warning codes")[1].split("\n## ")[0]
    return [code.split("/")[0] for code in re.findall(r"`([a-z_]+(?:/STYLE)?)`", section)]


def said_codes() -> set[str]:
    reports = scenes().values()
    found = {q.code.split("/")[0] for report in reports for q in report.questions}
    found |= {w.code for report in reports for w in report.warnings}
    return found | {w.code for report in reports for row in report.lines for w in row.warnings}


@pytest.mark.parametrize("code", documented())
def test_every_documented_code_has_its_sentence(code: str) -> None:
    assert code in said_codes()


def test_every_code_that_is_said_is_documented() -> None:
    assert said_codes() <= set(documented())


def test_questions_are_marked_as_such_in_the_dictionary() -> None:
    asked = {q.code.split("/")[0] for report in scenes().values() for q in report.questions} - {"pack"}
    section = DICTIONARY.read_text(encoding="utf-8").split("## Warning codes")[1]
    assert asked == {code for code in documented() if re.search(rf"`{code}(/STYLE)?`\?", section)}


def test_every_sign_of_likelihood_has_its_sentence() -> None:
    text = as_text()
    assert [words for _, words in SIGNS if words not in text] == []


def test_every_line_says_why_in_one_sentence() -> None:
    whys = [row.match.why for report in scenes().values() for row in report.lines]
    assert [why for why in whys if not re.fullmatch(r"[A-Z0-9].*[^.]\.", why) or ". " in why] == []


def test_no_sentence_shows_what_only_programmers_read() -> None:
    texts = "\n".join(one for report in scenes().values() for one in told(report) if "is open how" not in one)
    words = r"None|\bTrue\b|\bFalse\b|_\w+\(|<[A-Z]\w+|\bNone\b|Agreement|  \S+\.\.$"
    assert re.findall(words, texts) == []


def test_likeness_is_measured_whatever_the_order_of_the_words() -> None:
    assert alike("trail tee", "tee trail red m") == 100.0
