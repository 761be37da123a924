"""The current orders of the sample: what each is for, and how it comes about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sandbox.sample import gtin
from sandbox.sample.builder import Json, Line, Terms, order
from sandbox.sample.catalog import STYLES

D = Decimal
_PATTERN: Final = (2, 3, 4, 3, 2)


@dataclass(frozen=True)
class Scenario:
    """One order with a line that says what it is for. ``open`` marks questions a merchant must answer."""

    brand: str
    order: Json
    remark: str
    open: bool = False


def lines_of(number: str, *colors: str, start: int = 0, **options: Any) -> list[Line]:
    """All sizes of a style in some colours (all of them when none is named), in plausible quantities."""
    style = STYLES[number]
    return [
        Line(
            style,
            color,
            {size: _PATTERN[(place + start) % len(_PATTERN)] for place, size in enumerate(style.sizes)},
            **options,
        )
        for color in (colors or style.colors)
    ]


def code(number: str, color: str, size: str) -> str:
    """The true UPC of a variant."""
    return STYLES[number].upcs[(color, size)]


def current(now: datetime) -> list[Scenario]:
    """All orders of the last weeks."""

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    return [*_acme(ago), *_nordlys(ago), *_oneil(ago), *_koyo(ago), *_not_final(ago)]


def _acme(ago: Any) -> list[Scenario]:
    new = lines_of("AC-2001", "Glacier")
    duplicates = lines_of("AC-1001", "Black", "Moss") + lines_of("AC-1005") + lines_of("AC-1003") + new
    return [
        Scenario(
            "acme",
            order(
                "acme",
                "104501",
                "approved",
                ago(2.2),
                (
                    lines_of("AC-1002")
                    + lines_of("AC-1003")
                    + lines_of("AC-1001", "Ember")
                    + lines_of("AC-2001", "Glacier")
                    + lines_of("AC-2002")
                ),
                Terms(shipping=D("48.50")),
                customer_po_number="FALL-1",
            ),
            "clean: UPC matches, five new variants in two new styles, shipping",
        ),
        Scenario(
            "acme",
            order(
                "acme",
                "104502",
                "processed",
                ago(1.4),
                (
                    lines_of("AC-1001", "Black", "Moss", "Ember", discount=D(20))
                    + lines_of("AC-1002", "Navy")
                    + lines_of("AC-2001")
                ),
                Terms(discount=D(10)),
                customer_po_number="FALL-2",
            ),
            "clean: 10 % order discount, 20 % on one style, shares a new style with 104501",
        ),
        Scenario(
            "acme",
            order("acme", "104503", "approved", ago(3.1), duplicates),
            "duplicate UPC in the POS; a UPC that only an archived item holds",
            open=True,
        ),
        Scenario(
            "acme",
            order(
                "acme",
                "104504-1",
                "processed",
                ago(6.1),
                (lines_of("AC-1001") + lines_of("AC-1002", "Oatmeal") + lines_of("AC-2002")),
            ),
            "clean: first part of a split order",
        ),
        Scenario(
            "acme",
            order(
                "acme",
                "104504-2",
                "approved",
                ago(6.0),
                (
                    lines_of("AC-1003")
                    + lines_of("AC-1002", "Navy")
                    + lines_of("AC-1004")
                    + lines_of("AC-2001", "Pine")
                ),
            ),
            "second part of the split: a question once 104504-1 was exported",
            open=True,
        ),
        Scenario(
            "acme",
            order(
                "acme",
                "104505",
                "shipped",
                ago(12.0),
                (lines_of("AC-1002") + lines_of("AC-1004")),
                Terms(shipping=D("25.00"), shipping_in_total=False),
            ),
            "already in the POS through its own NuORDER link (b2bOrderUID on a purchase order); shipping "
            "that is not in the total",
        ),
        Scenario(
            "acme",
            order(
                "acme",
                "104506",
                "approved",
                ago(4.3),
                (
                    lines_of("AC-1001", "Moss")
                    + lines_of("AC-1002")
                    + lines_of("AC-1003", "Khaki")
                    + lines_of("AC-1004")
                    + lines_of("AC-2002")
                ),
                Terms(currency="CAD"),
            ),
            "currency CAD, neither the account's nor the vendor's",
            open=True,
        ),
    ]


def _nordlys(ago: Any) -> list[Scenario]:
    warnings = [
        Line(
            STYLES["NL-315"],
            "Blåbær",
            {"XS": 2, "S": 3, "M": 4, "L": 0, "XL": 2},
            codes={
                "XS": None,
                "S": gtin.wrong_check_digit(code("NL-315", "Blåbær", "S")),
                "M": gtin.scientific(code("NL-315", "Blåbær", "M")),
            },
        ),
        *lines_of("NL-315", "Snehvid"),
        *lines_of("NL-311", "Sand", "Mørkeblå", price=D("41.00")),
        *lines_of("NL-313"),
        *lines_of("NL-402", "Tang"),
    ]
    two_windows = (
        lines_of("NL-311", "Rødbede", "Sand")
        + lines_of("NL-314", ship=(75, 105))
        + lines_of("NL-313")
        + lines_of("NL-402", "Sand", discount=D(5))
    )
    return [
        Scenario(
            "nordlys",
            order(
                "nordlys",
                "20881",
                "approved",
                ago(1.1),
                (
                    lines_of("NL-310")
                    + lines_of("NL-311", "Mørkeblå")
                    + lines_of("NL-314")
                    + lines_of("NL-401")
                ),
                Terms(currency="EUR"),
            ),
            "clean: in EUR, the vendor's purchasing currency (vendorCost); six new variants",
        ),
        Scenario(
            "nordlys",
            order(
                "nordlys",
                "20882",
                "processed",
                ago(2.7),
                two_windows,
                Terms(surcharge=D("15.00"), surcharge_percent=D("2.5")),
            ),
            "clean: two ship windows, surcharge, unit costs with half cents (rounding), four new variants",
        ),
        Scenario(
            "nordlys",
            order("nordlys", "20883", "shipped", ago(5.5), warnings, Terms(cancelled_units=6)),
            "warnings only: no UPC, wrong check digit, scientific notation, EAN-field match, 12 against 13 "
            "digits, zero quantity, cancelled units, changed cost",
        ),
        Scenario(
            "nordlys",
            order("nordlys", "20880", "processed", ago(10.0), lines_of("NL-313") + lines_of("NL-312")),
            "keyed into the POS by hand: its number stands in the notes of a purchase order",
        ),
        Scenario(
            "nordlys",
            order(
                "nordlys",
                "20884",
                "approved",
                ago(3.3),
                (
                    lines_of("NL-310")
                    + lines_of("NL-312")
                    + lines_of("NL-314", "Gul")
                    + lines_of("NL-401", "Hvid")
                ),
                Terms(total_off_by=D("-37.45")),
            ),
            "totals that no reading reproduces; shares its number with an order of Kōyō Denim",
            open=True,
        ),
    ]


def _oneil(ago: Any) -> list[Scenario]:
    same = code("ON-77", "Ink", "38")
    twins = (
        lines_of("ON-77", "Ink", "Bone") + lines_of("ON-78") + lines_of("ON-79") + lines_of("ON-90", "Noir")
    )
    twins[1].codes["40"] = same
    return [
        Scenario(
            "oneil",
            order(
                "oneil",
                "7731",
                "approved",
                ago(1.8),
                (
                    lines_of("ON-77")
                    + lines_of("ON-79")
                    + lines_of("ON-80")
                    + lines_of("ON-81")
                    + lines_of("ON-90", "Citron")
                    + lines_of("ON-91")
                ),
                notes="Deliver to <back door> & ring",
            ),
            "two vendors of that name in the POS; size-only style, one size in three colours, a "
            "single variant without attributes (one known, one new), markup in names",
            open=True,
        ),
        Scenario(
            "oneil",
            order("oneil", "7732", "approved", ago(2.9), twins),
            "two variants with the same UPC; the product of one new style is gone (404)",
            open=True,
        ),
    ]


def _koyo(ago: Any) -> list[Scenario]:
    def packs(pack: int) -> list[Line]:
        return lines_of("KD-504", pack=pack)

    lost = lines_of("KD-502")
    lost[0].codes["32x32"] = gtin.without_leading_zero(code("KD-502", "Indigo", "32x32"))
    return [
        Scenario(
            "koyo",
            order(
                "koyo",
                "55310",
                "approved",
                ago(1.6),
                (lines_of("KD-501") + lost + lines_of("KD-503", "Indigo") + lines_of("KD-601")),
                Terms(shipping=D("32.00")),
            ),
            "clean: vendor and brand do not exist in the POS yet; lost leading zero; shipping; six new variants",
        ),
        Scenario(
            "koyo",
            order(
                "koyo",
                "20884",
                "processed",
                ago(3.9),
                (packs(6) + lines_of("KD-501", "Kuro") + lines_of("KD-503") + lines_of("KD-602")),
                Terms(pack_reading="unit"),
            ),
            "clean: packs whose reading the totals prove; same number as an order of Nørdlys & Søn",
        ),
        Scenario(
            "koyo",
            order(
                "koyo",
                "55312",
                "approved",
                ago(4.8),
                (
                    packs(3)
                    + lines_of("KD-502", "Ecru")
                    + lines_of("KD-503", "Sumi")
                    + lines_of("KD-602", "Ai")
                ),
                Terms(pack_reading="open"),
            ),
            "packs whose reading nothing proves",
            open=True,
        ),
    ]


def _not_final(ago: Any) -> list[Scenario]:
    edited = order("koyo", "55315", "pending", ago(0.6), lines_of("KD-501", "Indigo"))
    edited |= {"edited": True, "edited_on": edited["modified_on"], "edited_by": "Robin Rep"}
    return [
        Scenario("acme", order("acme", "104507", "draft", ago(0.4), lines_of("AC-1005")), "draft: not final"),
        Scenario("acme", order("acme", "104508", "cancelled", ago(8.0), lines_of("AC-1002")), "cancelled"),
        Scenario(
            "nordlys",
            order("nordlys", "20885", "review", ago(0.5), lines_of("NL-312")),
            "in review: not final",
        ),
        Scenario(
            "oneil", order("oneil", "7733", "pending", ago(0.7), lines_of("ON-78")), "pending: not final"
        ),
        Scenario("koyo", edited, "pending and edited: not final"),
        Scenario("koyo", order("koyo", "55309", "cancelled", ago(15.0), lines_of("KD-503")), "cancelled"),
    ]


DELETED_PRODUCTS: Final = (("ON-90", "Noir"),)
WITHOUT_UPC: Final = (("NL-315", "Blåbær", "XS"),)
"""Variants for which the brand has no code at all, neither on the order nor on the product."""
