"""Sizes as brands and shops write them: one canonical form, and whether two of them are one size.

What is not understood stays text, and text is the same only as equal text. Two sizes differ only where nobody could
have meant one: letters of one ladder, measures in one unit, numbers of one scale. Two bare numbers may be one size in
two scales (US 10 is UK 9), so the numbers alone never tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from nuorder_pos.domain.vocabulary import KEPT, Agreement, plain

# --- the words -------------------------------------------------------------------------------------------------------

_ONE_SIZE = frozenset(
    words.replace(" ", "")
    for words in (
        "os", "osfa", "osfm", "osfma", "one", "one size", "1 size", "1 sz", "one sz", "one size fits all",
        "one size fits most", "one size only", "single size", "free size", "default", "default title", "na", "no size",
        "none", "u", "tu", "uni", "unisize", "unica", "unico", "unique", "taille unique", "talla unica",
        "taglia unica", "unitalla", "einheitsgrosse",
    )
)  # fmt: skip

_SCALES: Mapping[str, str] = {
    "us": "us", "usa": "us", "uk": "uk", "gb": "uk", "eu": "eu", "eur": "eu", "euro": "eu", "it": "it", "ita": "it",
    "fr": "fr", "de": "de", "jp": "jp", "jpn": "jp", "au": "au", "aus": "au", "br": "br", "cn": "cn", "mx": "mx",
}  # fmt: skip

_GROUPS: Mapping[str, str] = {
    "men": "men", "mens": "men", "men's": "men", "women": "women", "womens": "women", "women's": "women",
    "wmns": "women", "ladies": "women", "unisex": "unisex", "youth": "youth", "kids": "youth", "kid": "youth",
    "kid's": "youth", "child": "youth", "children": "youth", "childrens": "youth", "children's": "youth",
    "junior": "junior", "juniors": "junior", "jr": "junior", "boys": "boys", "boy's": "boys", "girls": "girls",
    "girl's": "girls", "toddler": "toddler", "infant": "infant", "baby": "infant",
}  # fmt: skip

_FITS: Mapping[str, str] = {
    "tall": "tall", "petite": "petite", "regular": "regular", "reg": "regular", "short": "short", "long": "long",
    "wide": "wide", "extra wide": "xw", "x-wide": "xw", "xwide": "xw", "xw": "xw", "narrow": "narrow",
    "waist": "waist",
}  # fmt: skip

_AFTER_NUMBER: Mapping[str, str] = {
    "r": "regular", "s": "short", "l": "long", "t": "tall", "p": "petite", "w": "wide", "n": "narrow",
    "m": "medium", "med": "medium", "medium": "medium", "c": "c", "y": "y", "2e": "ee", "3e": "eee", "4e": "eeee",
    "aaa": "aaa", "aa": "aa", "a": "a", "b": "b", "d": "d", "dd": "dd", "ddd": "ddd", "e": "e", "ee": "ee",
    "eee": "eee", "eeee": "eeee", "f": "f", "ff": "ff", "g": "g", "gg": "gg", "h": "h",
}  # fmt: skip
"""Width of a shoe, length of a suit or of trousers, cup of a bra, child's (c) or youth (y) shoe."""

_APART = tuple(
    frozenset(marks.split())
    for marks in (
        "aa a b d ee", "d dd", "narrow medium wide", "short regular long", "petite regular tall", "short tall",
        "petite long",
    )
)  # fmt: skip
"""Marks of which no two are the same to anybody; ``wide`` is D to some and EE to others, so these are not here."""

_CUPS_APART = frozenset({"aa", "a", "b", "c", "d", "dd"})

_UNITS: Mapping[str, tuple[str, Fraction]] = {
    **{word: ("ml", Fraction(1)) for word in ("ml", "milliliter", "millilitre")},
    **{word: ("ml", Fraction(10)) for word in ("cl", "centiliter", "centilitre")},
    **{word: ("ml", Fraction(1000)) for word in ("lt", "ltr", "liter", "litre", "liters", "litres")},
    **{word: ("mm", Fraction(1)) for word in ("mm", "millimeter", "millimetre")},
    **{word: ("mm", Fraction(10)) for word in ("cm", "centimeter", "centimetre")},
    **{word: ("mm", Fraction(1000)) for word in ("meter", "metre", "meters", "metres")},
    **{word: ("in", Fraction(1)) for word in ("in", "in.", "inch", "inches", '"', "''")},
    **{word: ("in", Fraction(12)) for word in ("ft", "ft.", "foot", "feet", "'")},
    **{word: ("g", Fraction(1)) for word in ("g", "gr", "gram", "grams", "gramme")},
    **{word: ("g", Fraction(1000)) for word in ("kg", "kilo", "kilogram")},
    **{word: ("lb", Fraction(1)) for word in ("lb", "lbs", "pound", "pounds")},
    **{word: ("oz", Fraction(1)) for word in ("oz", "oz.", "ounce", "ounces")},
    **{word: ("fl oz", Fraction(1)) for word in ("fl oz", "fl. oz", "fl. oz.", "fl oz.", "floz")},
    **{word: ("pack", Fraction(1)) for word in ("pack", "pk", "pck", "-pack")},
}
"""Unit -> the unit of its family that is counted in, and how many of these it is."""

_AGES: Mapping[str, str] = {
    **dict.fromkeys(
        ("month", "months", "mo", "mos", "mth", "mths", "mois", "monate", "meses", "mesi"), "months"
    ),
    **dict.fromkeys(("year", "years", "yr", "yrs", "yo", "ans", "jahre", "anos", "anni"), "years"),
}
_AGES_BY_LETTER: Mapping[str, str] = {"m": "months", "y": "years", "t": "t"}
_BABY_MONTHS = frozenset({0, 3, 6, 9, 12, 18, 24, 36})
"""Numbers that are months before an M: no two of them are one shoe in two scales either."""

_TODDLERS = range(2, 7)

# --- their grammar ---------------------------------------------------------------------------------------------------

_N = r"(?:[0-9]{1,4} [12]/3|[0-9]{1,4}(?:\.[0-9]{1,4}|,[0-9]{1,2})?)(?![0-9])"
_FRACTION = re.compile(r"(?<![0-9./,])([0-9]{1,3})(?: ?- ?| )([0-9]{1,2})/(2|3|4|8|16)(?![0-9])")
_LETTER = re.compile(r"(?:([2-9])x|(x*))(?:(s|sm|sml|small)|(l|lg|lrg|lge|large)|(m|md|med|medium))")
_LETTER_FIT = re.compile(
    r"(?:p[/ -]?(?P<after>x*[sml]|[2-9]xl)|(?P<before>x*[sml]|[2-9]xl)[/ -]?(?P<fit>[ptr]))"
)
_BY_LETTER = {"p": "petite", "t": "tall", "r": "regular"}


def _any(words: Mapping[str, object]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ASIDE = re.compile(
    rf"(?<![a-z'])(?:({_any(_SCALES)})|({_any(_GROUPS)})|({_any(_FITS)})|sizes?|sz)(?![a-z'])"
)
_AGE = re.compile(rf"({_N}) ?({_any(_AGES)}|[myt])?(?: ?(?:-|/|to) ?({_N}))? ?({_any(_AGES)}|[myt])?")
_UNIT = re.compile(rf"({_N}) ?({_any(_UNITS)})")
_FEET = re.compile(r"([0-9]) ?' ?([0-9]{1,2}) ?(?:\"|'')?")
_MARKED = re.compile(rf"({_N}) ?({_any(_AFTER_NUMBER)})?")
_PAIR = re.compile(rf"({_N}) ?([/-]) ?({_N})")
_AREA = re.compile(rf"{_N}(?: ?(?:x|by) ?{_N})+")
_JEANS = re.compile(rf"(?:w ?({_N})|({_N}) ?w) ?[x/-]? ?(?:l ?({_N})|({_N}) ?l?)")


@dataclass(frozen=True, slots=True)
class _Size:
    """A size as it was understood. ``kind`` is what ``values`` count; ``context`` are scale and group of wearers."""

    kind: str
    key: str
    values: tuple[Fraction, ...] = ()
    mark: str = ""
    context: frozenset[str] = frozenset()
    certain: bool = True


def size_key(text: str) -> str:
    """The canonical form of a size; text that is not understood comes back folded. Never raises."""
    return _read(text).key


@lru_cache(maxsize=KEPT)
def compare_sizes(a: str, b: str, *, same_scale: bool = False) -> Agreement:
    """Whether two texts name one size: ``SAME`` where their canonical forms are equal (and not empty).

    A scale or a group on one side only ("US 10" and "10", "Youth M" and "M") is ``UNKNOWN``, whatever the numbers.
    ``same_scale`` says that both sides count alike (say, all other sizes of the style agree): then numbers that differ
    are ``DIFFERENT``.
    """
    one, other = _read(a), _read(b)
    if not one.key or not other.key:
        return Agreement.UNKNOWN
    if one.key == other.key:
        return Agreement.SAME
    return Agreement.DIFFERENT if _apart(one, other, same_scale) else Agreement.UNKNOWN


# --- two sizes -------------------------------------------------------------------------------------------------------


def _apart(one: _Size, other: _Size, same_scale: bool) -> bool:
    """Whether two sizes of different key can't be one."""
    numbers = one.kind in _NUMBERS
    alike = one.context <= other.context or other.context <= one.context
    if one.kind != other.kind or (one.context != other.context and not (numbers and same_scale and alike)):
        return False
    if one.values == other.values:
        pair = {one.mark, other.mark}
        return any(pair <= marks for marks in _APART) or (one.kind == "bra" and pair <= _CUPS_APART)
    if numbers:
        waists = one.mark == other.mark == "waist"
        scaled = same_scale or waists or bool(one.context & set(_SCALES.values()))
        # A mark on one side only may be worth half a size ("6H").
        near = one.mark != other.mark and abs(one.values[0] - other.values[0]) < 1
        return scaled and not near and _disjoint(one, other)
    if one.kind in ("area", "waist"):
        # One of them written beyond doubt makes both of them waist and inseam: it is one article.
        return same_scale or one.certain or other.certain
    return one.kind not in ("text", "one") and _disjoint(one, other)


_NUMBERS = frozenset({"number", "range"})
_ROUNDING = Fraction(1, 10)


def _disjoint(one: _Size, other: _Size) -> bool:
    """Whether two spans have nothing in common: 3-6 and 6-9 months have not, 6 and 6-9 months may be one size."""
    low, high = sorted((one.values, other.values))
    if low[0] != low[-1] and high[0] != high[-1] and one.kind not in ("letter", "plus"):
        return high[0] >= low[-1]
    return high[0] - low[-1] >= _ROUNDING


# --- one size --------------------------------------------------------------------------------------------------------


_LONGEST = 60
"""Characters beyond which a text is a sentence and no size."""


@lru_cache(maxsize=KEPT)
def _read(text: str) -> _Size:
    folded = plain(text)
    if len(folded) > _LONGEST:
        return _Size("text", folded)
    if re.sub(r"[^a-z0-9]", "", folded) in _ONE_SIZE:
        return _Size("one", "one size")
    scales: set[str] = set()
    groups: set[str] = set()
    fits: set[str] = set()

    def aside(found: re.Match[str]) -> str:
        scale, group, fit = found.groups()
        if scale:
            scales.add(_SCALES[scale])
        elif group:
            groups.add(_GROUPS[group])
        elif fit:
            fits.add(_FITS[fit])
        return " "

    rest = _ASIDE.sub(aside, _FRACTION.sub(_decimal, folded))
    rest = " ".join(rest.replace("(", "|").replace(")", " ").split()).strip("/|-, ")
    if rest[:1] == "y" and not groups and _span(young := rest[1:].lstrip("/- ")):
        groups, rest = {"youth"}, young
    found = _core(rest)
    # Two scales, groups or fits name two sizes beside each other ("US 10 / EU 43").
    if found is None or max(len(scales), len(groups), len(fits)) > 1 or (fits and found.mark):
        return _Size("text", folded)
    if groups == {"toddler"} and not (found.mark or fits or scales):
        if found.kind == "number" and found.values[0] in _TODDLERS:
            found, groups = _Size("t", f"{found.key}t", found.values), set()
        elif found.kind == "t":
            groups = set()
    context = scales | groups
    key = " ".join((*sorted(context), found.key, *fits))
    return _Size(
        found.kind, key, found.values, found.mark or "".join(fits), frozenset(context), found.certain
    )


def _core(rest: str) -> _Size | None:
    """What is left once scale, group and fit are put aside."""
    if rest.replace(" ", "") in _ONE_SIZE:
        return _Size("one", "one size")
    return _letters(rest) or _ages(rest) or _number(rest) or _measure(rest) or _pair(rest)


def _letters(rest: str) -> _Size | None:
    """S, XX-Large, S/M, 2X, MT."""
    if (fitted := _LETTER_FIT.fullmatch(rest)) and (span := _span(fitted["after"] or fitted["before"])):
        fit = _BY_LETTER[fitted["fit"] or "p"]
        return _Size(span.kind, f"{span.key} {fit}", span.values, fit)
    return _span(rest)


def _span(rest: str) -> _Size | None:
    """Two neighbours of one ladder, or one letter (that may be spelled out beside: "Large (L)")."""
    for place in (found.start() for found in re.finditer(r"[/|-]", rest)):
        low, high = _letter(rest[:place]), _letter(rest[place + 1 :])
        if low and high and low.key == high.key and rest[:place].strip() != rest[place + 1 :].strip():
            return low
        if low and high and low.kind == high.kind and high.values[0] - low.values[0] == 1:
            return _Size(low.kind, f"{low.key}/{high.key}", (low.values[0], high.values[0]))
    return _letter(rest)


def _letter(word: str) -> _Size | None:
    word = re.sub(r"[ .-]", "", re.sub(r"e?xtra", "x", word))
    if re.fullmatch("[0-9]x", word):
        return _Size("plus", word, (Fraction(word[0]),) * 2)
    found = _LETTER.fullmatch(word)
    if not found or len(found[2] or "") > 9 or (found[5] and (found[1] or found[2])):
        return None
    count = int(found[1]) if found[1] else len(found[2])
    letter = "m" if found[5] else "s" if found[3] else "l"
    place = 0 if letter == "m" else (1 + count) * (1 if letter == "l" else -1)
    # SM is Small by custom, and S/M to a few: it is not told from M.
    upper = 0 if word == "sm" else place
    times = "" if not count else "x" if count == 1 else f"{count}x"
    return _Size("letter", times + letter, (Fraction(place), Fraction(upper)))


def _ages(rest: str) -> _Size | None:
    """12 months, 3-6M, 7-8 years, 2T."""
    if rest in ("nb", "newborn", "new born"):
        return _Size("newborn", "newborn")
    rest = re.sub(r"^ages? ([0-9/ -]+)$", r"\1 years", rest)
    found = _AGE.fullmatch(rest)
    if not found or not (found[2] or found[4]):
        return None
    first, middle, second, last = found.groups()
    word = last or middle
    if (middle and last and middle != last) or (second and not last):
        return None
    values = tuple(_value(part) for part in (first, second) if part)
    if unit := _AGES.get(word):
        return _age(unit, values)
    if not second and not (
        (word == "m" and values[0] in _BABY_MONTHS)
        or (word == "y" and values[0] >= 8)
        or (word == "t" and values[0] in _TODDLERS)
    ):
        return None  # a width or a length: 10 M, 1Y, 40T
    return _age(_AGES_BY_LETTER[word], values)


def _age(unit: str, values: tuple[Fraction, ...]) -> _Size | None:
    if min(values) < 0 or (len(values) == 2 and values[0] >= values[1]):
        return None
    shown = "-".join(dict.fromkeys(_shown(value) for value in values))
    return _Size(unit, shown + unit if unit == "t" else f"{shown} {unit}", (values[0], values[-1]))


def _number(rest: str) -> _Size | None:
    """10, 10.5, 10 EE, 40R, 34B, W30."""
    rest = re.sub(r"^w ?(?=(?:2[4-9]|[3-6][0-9])$)(.*)", r"\1w", rest)
    found = _MARKED.fullmatch(rest)
    if not found:
        return None
    value, letter = _value(found[1]), found[2] or ""
    mark = _AFTER_NUMBER.get(letter, "")
    values = (value, value)
    if letter == "l" and (value == 1 or value.denominator > 1):
        return _in_unit(value, "liter")
    if mark in _CUPS and 28 <= value <= 56 and value % 2 == 0:
        return _Size("bra", _shown(value) + mark, values, mark)
    if letter in ("g", "gr"):
        return _in_unit(value, "g")
    if letter == "w" and value >= 24:
        mark = "waist"
    between = " " if mark in _SPOKEN else ""
    return _Size("number", _shown(value) + between + mark, values, mark)


_SPOKEN = {*_FITS.values(), "medium"}
_CUPS = {*_AFTER_NUMBER.values()} - _SPOKEN - {"y"}


def _measure(rest: str) -> _Size | None:
    """12 oz, 0.5 l, 10", 6'2"."""
    if pack := re.fullmatch(r"(?:pack|set) of ([0-9]{1,3})", rest):
        return _in_unit(_value(pack[1]), "pack")
    if found := _FEET.fullmatch(rest):
        return _in_unit(12 * _value(found[1]) + _value(found[2]), "in")
    found = _UNIT.fullmatch(rest)
    return _in_unit(_value(found[1]), found[2]) if found else None


def _in_unit(value: Fraction, unit: str) -> _Size:
    base, times = _UNITS[unit]
    total = value * times
    return _Size(base, f"{_shown(total)} {base}", (total, total))


def _pair(rest: str) -> _Size | None:
    """32x30, W32 L30, 32/30, 38-40, 20x20."""
    if found := _JEANS.fullmatch(rest):
        waist, inseam = (_value(part) for part in found.groups() if part)
        return _area((waist, inseam)) if _trousers(waist, inseam) else None
    if _AREA.fullmatch(rest):
        return _area(tuple(_value(part) for part in re.findall(_N, rest)))
    found = _PAIR.fullmatch(rest)
    if not found:
        return None
    low, high = _value(found[1]), _value(found[3])
    if _trousers(low, high):
        # 32/34 is also how a double size is written, 32/30 is not.
        return _area((low, high), certain=high <= low)
    return _Size("range", f"{_shown(low)}/{_shown(high)}", (low, high)) if low < high else None


def _trousers(waist: Fraction, inseam: Fraction) -> bool:
    return 24 <= waist <= 60 and 24 <= inseam <= 40


def _area(values: tuple[Fraction, ...], *, certain: bool = True) -> _Size:
    trousers = len(values) == 2 and _trousers(*values)
    # Other areas may be inches here and centimetres there.
    return _Size(
        "waist" if trousers else "area", "x".join(map(_shown, values)), values, certain=certain and trousers
    )


# --- numbers ---------------------------------------------------------------------------------------------------------


def _decimal(found: re.Match[str]) -> str:
    """10 1/2 as 10.5; thirds stay as they are."""
    whole, part, of = found[1], int(found[2]), int(found[3])
    if part >= of:
        return found[0]
    return f"{int(whole)} {part}/{of}" if of == 3 else _shown(Fraction(whole) + Fraction(part, of))


def _value(written: str) -> Fraction:
    """A number; 00 and 000 are sizes of their own below 0."""
    if len(written) > 1 and not written.strip("0"):
        return Fraction(1 - len(written))
    whole, _, third = written.replace(",", ".").partition(" ")
    return Fraction(whole) + Fraction(third or 0)


def _shown(value: Fraction) -> str:
    if value < 0:
        return "0" * (1 - int(value))
    if value.denominator == 3:
        return f"{int(value)} {value.numerator % 3}/3"
    return f"{float(value):.4f}".rstrip("0").rstrip(".")
