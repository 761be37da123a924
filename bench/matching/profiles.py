"""How often what happens. ``realistic`` is a shop's ordinary year, ``hard`` has damage everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from bench.matching.damage import DAMAGES, SPELLINGS

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights of what is drawn for each brand's style and for each article. They need not add up to one."""

    name: str
    style: Weights
    """What the shop has of a style: new, stocked, linked (ordered before)."""
    pos: Weights
    """How an article that the shop has stands in the POS."""
    carry: Weights
    """How the brand carries a style over that was ordered before."""
    link: Weights
    """What became of the saved link of an article that was ordered before."""
    code: Weights
    """What the order carries as its code."""
    brand_grade: Weights
    """Spelling of sizes and colours by the brand, for a style as a whole."""
    grade: Weights
    """Spelling of sizes and colours in the POS, for a style as a whole."""
    stated: Weights
    """Where a POS item says its colour and size, for a style as a whole."""
    renamed: float
    """Share of colours and styles whose name in the order is another one than before."""
    mistyped: float
    """Share of names with a slip."""


_DAMAGE = dict.fromkeys(DAMAGES, 1.0) | {
    "leading zero lost": 9.0, "wrong check digit": 3.0, "scientific, digits lost": 3.0, "scientific, digits kept": 2.0,
    "spaces": 2.0, "decimal ending": 2.0, "apostrophe": 2.0, "mistyped digit": 2.0, "words for nothing": 2.0,
}  # fmt: skip
_SPELLING = {"as EAN-13": 4.0, "as GTIN-14": 2.0, "as UPC-E": 2.0, "spaces around": 2.0}
assert set(_SPELLING) == set(SPELLINGS)

_WRONG = {
    "code of a sibling in the order": 2.0,
    "code of a sibling not in the order": 2.0,
    "code of another style": 1.0,
    "code of another brand": 0.5,
    "one code for many (placeholder)": 0.5,
    "two codes in one field": 1.0,
    "code of a case": 1.0,
    "code in the style number": 1.0,
    "code on the product only": 3.0,
    "code written as a number": 4.0,
}
_POS = {
    "in ean": 6.0, "in customSku": 2.5, "in manufacturerSku": 2.5, "as a vendor number": 2.0, "in upc and ean": 2.0,
    "upc without its zero": 3.0, "upc padded to 13": 2.0, "upc padded to 14": 1.0,
    "no code": 5.0, "another code": 1.0, "the shop's own label": 1.5, "code mistyped in the POS": 0.7,
    "code with hyphens in customSku": 0.5, "two live items": 2.0, "live and archived": 2.0, "archived only": 3.0,
    "codes of two siblings swapped": 0.3, "case as an item of its own": 0.4,
    "not in the POS": 8.0,
}  # fmt: skip
_LINK = {
    "link kept": 80.0, "link, brand gave a new code": 2.0,
    "link to an item without a code": 3.0, "link by hand to an item with another code": 2.0,
    "link contradicted by another holder": 0.5, "link by hand, another item holds the code": 1.0,
    "linked item archived": 1.5, "linked item gone": 1.0, "merged: loser archived, survivor has the code": 1.5,
    "merged: loser gone, survivor has the code": 1.5, "merged: loser archived with the code": 1.0,
    "merged: loser gone, survivor without the code": 1.0, "code used again for another article": 0.4,
}  # fmt: skip


def _scaled(weights: Weights, share: float) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight * share / total for name, weight in weights.items()}


REALISTIC = Profile(
    name="realistic",
    style={"new": 28, "stocked": 40, "linked": 32},
    pos={"in upc": 75.0} | _scaled(_POS, 25),
    carry={"same": 70, "new product": 15, "new style number": 15},
    link=_LINK,
    code={"clean": 84.0, "missing": 5.0} | _scaled(_SPELLING, 3) | _scaled(_DAMAGE, 5) | _scaled(_WRONG, 3),
    brand_grade={"plain": 80, "common": 12, "odd": 8},
    grade={"plain": 70, "common": 14, "odd": 15, "other scale": 1},
    stated={"attributes": 82, "description": 12, "nowhere": 6},
    renamed=0.04,
    mistyped=0.02,
)
HARD = Profile(
    name="hard",
    style={"new": 18, "stocked": 46, "linked": 36},
    pos={"in upc": 25.0} | _scaled(_POS, 75),
    carry={"same": 40, "new product": 20, "new style number": 40},
    link=_LINK | {"link kept": 20.0},
    code={"clean": 22.0, "missing": 13.0}
    | _scaled(_SPELLING, 10)
    | _scaled(_DAMAGE, 35)
    | _scaled(_WRONG, 20),
    brand_grade={"plain": 40, "common": 30, "odd": 30},
    grade={"plain": 25, "common": 35, "odd": 37, "other scale": 3},
    stated={"attributes": 65, "description": 22, "nowhere": 13},
    renamed=0.25,
    mistyped=0.12,
)
PROFILES = {profile.name: profile for profile in (REALISTIC, HARD)}


def draw(random: Random, weights: Weights) -> str:
    """One name by its weight."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]
