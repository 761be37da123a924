"""Makes the world of a seed: brands, their orders, the POS, the saved links, and the truth about every ordered variant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bench.matching.ordering import PLACEHOLDER, Ordering
from bench.matching.profiles import Profile
from bench.matching.shelf import Shelf
from bench.matching.stocking import Stocking
from bench.matching.style import Article, Range, Style
from bench.matching.truth import BrandData, Key, Truth, World

BRANDS = (
    "Acme Outdoor", "Birch", "Kōyō Denim", "Nørdlys & Søn", "O'Neil Studio", "Petit Ours", "Quarterdeck", "Ridge & Co.",
    "Saltbox", "Tern", "Umbra Knit", "Vale",
)  # fmt: skip
STYLES_IN_AN_ORDER = (3, 8)


@dataclass(slots=True)
class _Brand:
    data: BrandData
    range: Range
    stocking: Stocking
    random: Random
    ordering: Ordering


def generate(seed: int, profile: Profile, variants: int) -> World:
    """A world with at least that many ordered variants. The same three arguments give the same world, to the letter."""
    shelf = Shelf()
    truths: dict[Key, Truth] = {}
    brands: list[_Brand] = []
    everything: list[Article] = []
    prefixes: set[str] = set()
    shelf.item(
        Random(f"{seed}/junk"), "MISC do not use", fields={"upc": PLACEHOLDER}, codes={"upc": PLACEHOLDER}
    )
    for place, name in enumerate(BRANDS):
        random = Random(f"{seed}/{profile.name}/{name}")
        data = BrandData(name, str(200 + place), str(100 + place))
        collection = Range(random, profile, prefixes, place=place)
        stocking = Stocking(random, profile, shelf, data, collection)
        ordering = Ordering(random, profile, shelf, data, everything)
        brands.append(_Brand(data, collection, stocking, random, ordering))
    turns = _in_turn(brands)
    while len(truths) < variants:
        brand = next(turns)
        styles = _season(brand)
        truths.update(brand.ordering.order(styles))
        everything += [article for style in styles for article in style.articles]
        if brand.random.random() < 0.3:
            shelf.item(
                brand.random,
                brand.random.choice(("Gift card", "Repair", "Tailoring", "Sticker", "Consignment")),
            )
    assert len({article.code for article in everything}) == len(everything), "a number was handed out twice"
    rows = list(shelf.rows)
    Random(f"{seed}/rows").shuffle(rows)
    return World(tuple(b.data for b in brands), tuple(rows), tuple(shelf.matrices), truths)


def _season(brand: _Brand) -> list[Style]:
    styles = [brand.range.next() for _ in range(brand.random.randint(*STYLES_IN_AN_ORDER))]
    for style in styles:
        brand.stocking.stock(style)
    return styles


def _in_turn(brands: list[_Brand]) -> Iterator[_Brand]:
    while True:
        yield from brands
