"""The brands' catalogues: styles in colours and sizes, each variant with its own UPC."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from sandbox.sample.gtin import upc_a

APPAREL: Final = ("XS", "S", "M", "L", "XL")
DENIM: Final = ("28x32", "30x32", "32x32", "32x34", "34x34")
PREFIX: Final = {"acme": "086001", "nordlys": "735002", "oneil": "612345", "koyo": "049012"}


def object_id(*parts: object) -> str:
    """A stable 24-digit hex id for a thing of the sample."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Style:
    """One style. ``known`` tells whether the retailer's POS already carries it; ``number_base`` spaces the
    article numbers of the brand's styles."""

    brand: str
    number: str
    name: str
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    wholesale: Decimal
    retail: Decimal
    season: str
    category: str
    number_base: int
    known: bool = True

    @cached_property
    def upcs(self) -> dict[tuple[str, str], str]:
        """The UPC of every colour and size."""
        pairs = [(color, size) for color in self.colors for size in self.sizes]
        return {pair: upc_a(PREFIX[self.brand], self.number_base + place) for place, pair in enumerate(pairs)}

    def product_id(self, color: str) -> str:
        """NuORDER's id of the style in one colour."""
        return object_id("product", self.brand, self.number, color)

    def brand_id(self, color: str) -> str:
        """The brand's own id of the style in one colour."""
        return f"{self.number}-{color}".lower().replace(" ", "-")


# brand | first article number | style | name | colours | sizes | wholesale | retail | season | category | POS
_TABLE: Final = """
acme | 100 | AC-1001 | Ridgeline Shell Jacket | Black, Moss, Ember | apparel | 82.50 | 165.00 | FW26 | Jackets | known
acme | 130 | AC-1002 | Creekside Fleece Pullover | Oatmeal, Navy | apparel | 36.00 | 72.00 | FW26 | Fleece | known
acme | 150 | AC-1003 | Switchback Trail Pant | Khaki, Charcoal | 28, 30, 32, 34, 36 | 41.00 | 82.00 | FW26 | Pants | known
acme | 170 | AC-1004 | Camp Mug 12 oz "Original" | Enamel White, Enamel Blue, Enamel Red | One Size | 7.20 | 14.50 | CORE | Camp | known
acme | 180 | AC-1005 | Basecamp Duffel | Rust, Slate | 40L, 60L, 90L | 55.00 | 110.00 | CORE | Bags | known
acme | 200 | AC-2001 | Summit Down Vest | Glacier, Pine | S, M, L | 64.00 | 128.00 | SS27 | Vests | new
acme | 210 | AC-2002 | Merino Hiker Sock | Heather Grey | S/M, L/XL | 8.25 | 16.50 | SS27 | Socks | new
nordlys | 100 | NL-310 | Fjord Strikkjole Ærø | Blåbær, Snehvid | apparel | 48.00 | 110.00 | AW26 | Dresses | known
nordlys | 120 | NL-311 | Skærgård Cardigan | Rødbede, Mørkeblå, Sand | apparel | 39.50 | 95.00 | AW26 | Knitwear | known
nordlys | 150 | NL-312 | Hygge Scarf <wide> | Grå, Lyng | One Size | 18.00 | 42.00 | AW26 | Accessories | known
nordlys | 160 | NL-313 | Søren's Wool Beanie | Sort, Koks, Hav | One Size | 12.00 | 29.00 | AW26 | Accessories | known
nordlys | 180 | NL-314 | Øresund Rain Coat | Gul, Marine | apparel | 74.00 | 169.00 | AW26 | Coats | known
nordlys | 300 | NL-315 | Lysning Bluse | Blåbær, Snehvid | apparel | 33.00 | 76.00 | AW26 | Tops | known
nordlys | 200 | NL-401 | Midsommer Linen Shirt | Hvid, Himmel | S, M, L | 34.00 | 79.00 | SS27 | Shirts | new
nordlys | 210 | NL-402 | Strand Tee | Sand, Tang | S, M, L, XL | 14.55 | 34.00 | SS27 | Tees | new
oneil | 100 | ON-77 | Studio "Loft" Blazer | Ink, Bone | 36, 38, 40, 42, 44 | 96.00 | 220.00 | F26 | Tailoring | known
oneil | 120 | ON-78 | Pleated Trouser & Belt | Ink, Camel | 28, 30, 32, 34 | 58.00 | 130.00 | F26 | Trousers | known
oneil | 140 | ON-79 | Enamel Pin <b>Bold</b> | Gold, Silver, Black | One Size | 4.50 | 11.00 | CORE | Gifts | known
oneil | 150 | ON-80 | Crew Sock |  | S, M, L, XL | 5.20 | 12.00 | CORE | Socks | known
oneil | 160 | ON-81 | Store Tote |  | default | 9.00 | 20.00 | CORE | Bags | known
oneil | 170 | ON-90 | Gallery Dress | Noir, Citron | XS, S, M | 71.00 | 160.00 | S27 | Dresses | new
oneil | 180 | ON-91 | Gallery Pouch |  | default | 6.40 | 15.00 | S27 | Gifts | new
koyo | 100 | KD-501 | Selvedge Straight 14 oz | Indigo, Kuro | denim | 68.00 | 150.00 | 2026-2 | Jeans | known
koyo | 120 | KD-502 | Selvedge Taper 12 oz | Indigo, Ecru | denim | 64.00 | 140.00 | 2026-2 | Jeans | known
koyo | 140 | KD-503 | Chore Coat Ōsaka | Indigo, Sumi | apparel | 79.00 | 175.00 | 2026-2 | Jackets | known
koyo | 160 | KD-504 | Tabi Sock 3-Pack | Indigo, Natural | M, L | 3.10 | 8.00 | CORE | Socks | known
koyo | 180 | KD-601 | Noragi Overshirt | Ai, Sumi | S, M, L | 62.00 | 138.00 | 2027-1 | Shirts | new
koyo | 190 | KD-602 | Bandana Sashiko | Ai, Beni | One Size | 7.80 | 18.00 | 2027-1 | Accessories | new
"""
_SIZE_RUNS: Final = {"apparel": APPAREL, "denim": DENIM}


def _style(line: str) -> Style:
    """One line of the table."""
    brand, base, number, name, colors, sizes, wholesale, retail, season, category, known = (
        cell.strip() for cell in line.split("|")
    )
    return Style(
        brand=brand,
        number=number,
        name=name,
        colors=tuple(colors.split(", ")),
        sizes=_SIZE_RUNS.get(sizes) or tuple(sizes.split(", ")),
        wholesale=Decimal(wholesale),
        retail=Decimal(retail),
        season=season,
        category=category,
        number_base=int(base),
        known=known == "known",
    )


_STYLES: Final = tuple(_style(line) for line in _TABLE.strip().splitlines())

STYLES: Final[dict[str, Style]] = {style.number: style for style in _STYLES}


def styles_of(brand: str) -> list[Style]:
    """A brand's styles."""
    return [style for style in _STYLES if style.brand == brand]
