"""What a brand sells: styles with their colours, sizes and articles, and how the brand writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from bench.matching.gtins import handed_out, with_check
from bench.matching.profiles import Profile, draw
from bench.matching.words import COLORS, KINDS, NAMES, QUALITIES, Grade, Word, Written, mistyped


@dataclass(eq=False, slots=True)
class Article:
    """One style in one colour and size. ``item_id`` is the right item in the POS, empty where there is none."""

    style: Style
    color: Word
    size: Word
    code: str
    ordered: bool = True
    item_id: str = ""
    case_item_id: str = ""
    pos: str = "not in the POS"
    link: str = "none"
    linked: bool = False
    """Whether a saved link with the words of the season before leads to ``item_id`` and holds."""
    archived: bool = False
    two_readings: bool = False
    """Whether the article's own valid code leads to a doubt that only a person can settle."""


@dataclass(eq=False, slots=True)
class Style:
    """``sizes`` and ``colors`` as the order writes them; ``number_before`` and ``colors_before`` of the season before."""

    number: str
    number_before: str
    name: str
    name_before: str
    department: str
    sizes: dict[Word, Written]
    colors: dict[Word, Written]
    colors_before: dict[Word, Written]
    season: str
    articles: list[Article] = field(default_factory=list)
    product_salt: str = ""

    @property
    def renamed(self) -> bool:
        """Whether number or name is another one than before."""
        return self.number != self.number_before


class Range:
    """The styles of one brand, one after the other. ``shared_numbers``: plain numbers that other brands use as well."""

    def __init__(self, random: Random, profile: Profile, prefixes: set[str], *, place: int) -> None:
        self._random, self._profile = random, profile
        self._shared = place % 2 == 0
        self._place = place
        self._count = 0
        self._codes = handed_out(random, prefixes, europe=place % 3 == 2, short=place in (1, 7))
        self._tiny = _tiny(random) if place == 5 else None

    def next(self) -> Style:
        """Another style, with all of its articles."""
        random, profile = self._random, self._profile
        self._count += 1
        department, nouns, sizes = random.choices(KINDS, (10, 5, 6, 4, 4, 2, 1, 1, 1, 1, 3))[0]
        number = (
            str(1000 + self._count)
            if self._shared
            else f"{'ABCDEFGHKLMN'[self._place % 12]}{random.choice('TWX')}-{self._count:04d}"
        )
        name = f"{random.choice(NAMES)} {random.choice(QUALITIES)} {random.choice(nouns)}"
        first = random.randrange(max(1, len(sizes) - 5))
        chosen = sizes[first : first + random.randint(3, 7)] if len(sizes) > 3 else sizes
        grade = Grade(draw(random, profile.brand_grade))
        colors = random.sample(COLORS, random.randint(1, 4))
        before = {color: color.written(random, grade) for color in colors}
        style = Style(
            number=number,
            number_before=number,
            name=name,
            name_before=name,
            department=department,
            sizes={size: size.written(random, grade) for size in chosen},
            colors={color: self._now(color, before[color]) for color in colors},
            colors_before=before,
            season=random.choice(("SS26", "FW26")),
        )
        if random.random() < profile.renamed:
            style.name = f"{random.choice(NAMES)} {name.split()[-1]}"
        if random.random() < profile.mistyped:
            style.name = mistyped(random, style.name)
        codes = self._tiny if self._tiny and department == "Accessories" else self._codes
        style.articles = [Article(style, color, size, next(codes)) for color in colors for size in chosen]
        # What is not ordered today may have been before: the POS has it, the order does not.
        if len(chosen) > 2:
            for article in style.articles:
                article.ordered = random.random() < 0.85
        return style

    def fresh_code(self) -> str:
        """A number that belongs to no article of the order."""
        return next(self._codes)

    def _now(self, color: Word, before: Written) -> Written:
        random, profile = self._random, self._profile
        if random.random() < profile.renamed:
            return color.written(random, Grade.ODD)
        if random.random() < profile.mistyped:
            return Written(color, mistyped(random, before.text), Grade.ODD)
        return before


def _tiny(random: Random) -> Iterator[str]:
    """EAN-8: small things of a European brand."""
    for number in range(random.randrange(100), 100_000):
        yield with_check(f"40{number:05d}")
