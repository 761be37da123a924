"""Codes as orders and the POS write them: read, and named where they are damaged.

A code is a string. It never loses its zeros, and a damaged one is named, with the repair that would mend it; the
repair is offered to people and never applied in silence. What is not exactly a valid code has a problem, also where
the damage is one that nobody foresaw.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from nuorder_pos.domain.gtin import (
    LENGTHS,
    canonical,
    case_content,
    check_digit,
    compress_to_upc_e,
    expand_upc_e,
    significant,
)

POS_LENGTHS = range(11, 15)
"""Digits that the POS takes in its UPC and EAN fields."""

_FEWEST = 6
"""Digits that an article number without its leading zeros has at least."""

_FEWEST_REPAIRED = 9
"""The same where the text has other damage too: fewer digits are rather a style number, a date or a price."""

_LONGEST = 40
"""Characters of a text that may be one damaged code; a longer one is a sentence."""

_MOST_GUESSES = 4
"""Codes that are looked up for one text which holds several."""

_NO_CODE = frozenset(
    [
        "blank",
        "code",
        "default",
        "div0",
        "ean",
        "empty",
        "false",
        "gtin",
        "barcode",
        "missing",
        "na",
        "name",
        "nan",
        "nil",
        "no",
        "nobarcode",
        "nocode",
        "noean",
        "none",
        "notapplicable",
        "notassigned",
        "notavailable",
        "noupc",
        "nul",
        "null",
        "pending",
        "ref",
        "sku",
        "tba",
        "tbc",
        "tbd",
        "tobeadvised",
        "tobeconfirmed",
        "tobedetermined",
        "undefined",
        "unknown",
        "upc",
        "value",
        "void",
        "x",
        "xx",
        "xxx",
        "kein",
        "keine",
        "keiner",
        "sans",
        "aucun",
        "ninguno",
        "nessuno",
    ]
)
"""What people and spreadsheets write where there is no code, small letters without any signs."""

_LOOKALIKES = str.maketrans("OoQDIiLlZzSsGBgq", "0000111122556899")
_QUOTES = "'\"`´‘’‚“”„«»′″"
_DASHES = "-‐‑‒–—―−"
_OTHER_SIGNS = "other signs"
_SIGNS = {".": "dots", ",": "commas", "_": "underscores", "/": "slashes", **dict.fromkeys(_DASHES, "hyphens")}

_SCIENTIFIC = re.compile(
    r"([0-9]{1,3})(?:[.,]([0-9]+))?\s*(?:[eE]|[x×*]\s*10\s*\^?)\s*([+-]?)\s*([0-9]{1,3})"
)
_DECIMALS = re.compile(r"([0-9][0-9 ,.'’-]*)([.,])0+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,'’ ])[0-9]{3}(?:\1[0-9]{3})+")
_DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1(?:[0-9]{2}){1,2}|[0-9]{4}([./-])[0-9]{1,2}\2[0-9]{1,2}")
_LIST = re.compile(r"[0-9\s,;/|&+]+")
_LABEL_WORD = (
    r"(?:(?:upc|ean|gtin|jan|itf|scc|dun|gs1|isbn|bar\s?code|code|article|item|sku|number|num|no|nr)"
    r"(?:[\s-]?(?:[ae]|8|12|13|14)\b)?)"
)
_LABEL = re.compile(rf"(?:\(01\)|(?:{_LABEL_WORD}[\s.:#=_-]*)+)\s*(?=[0-9OoIl])", re.IGNORECASE)
_LABEL_AFTER = re.compile(rf"(?<=[0-9])[\s,(\[-]*{_LABEL_WORD}[\s.:)\]]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Code:
    """What an order carries as a code.

    ``text`` is the code trimmed, as it was written. ``gtin`` is its 14-digit form where it is valid or lost nothing but
    leading zeros, else empty. Eight digits can be an EAN-8 and a UPC-E at once: ``gtin`` is then the likelier, ``also``
    the other one.
    ``problem`` names the damage in a clause that follows "The UPC X is not valid:", ``repair`` is the code that would be
    valid instead (both may be empty). ``guesses`` are further codes that may be meant: less certain than a repair.
    """

    text: str
    gtin: str = ""
    problem: str = ""
    repair: str = ""
    also: str = ""
    guesses: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the code is an article number as it stands."""
        return bool(self.gtin) and not self.problem

    @property
    def writable(self) -> bool:
        """Whether the code can be written to an item of the POS as it stands."""
        return self.valid and len(self.text) in POS_LENGTHS

    @property
    def nothing(self) -> bool:
        """Whether there is no code at all: no text, or a word or sign that stands for none ("n/a", "TBD", "-")."""
        return not self.text or (not self.gtin and _says_no_code(self.text))

    @property
    def content(self) -> str:
        """The GTIN-14 of the article inside, where the code is a case's; else empty."""
        return case_content(self.gtin)


def read_code(raw: str | None) -> Code:
    """Read what an order carries as UPC and name what is wrong with it. Takes any text."""
    text = (raw or "").strip()
    if not text:
        return Code("")
    if text.isascii() and text.isdigit():
        return _read_digits(text)
    if _says_no_code(text):
        return Code(text, problem="it only says that there is no code")
    return _read_damaged(text)


def spellings(code: Code) -> tuple[str, ...]:
    """Every way in which a POS item may write this code, the order's own spelling first.

    A code without a GTIN has its own spelling only: equal strings may still be the same article. All zeros, and what is
    not digits, has none.
    """
    text = code.text
    plain = text.isascii() and text.isdigit() and len(text) <= _LONGEST and text.strip("0")
    own = (text,) if plain else ()
    if not code.gtin:
        return own
    others = (*_written(code.gtin), *_written(code.also)) if code.also else _written(code.gtin)
    return tuple(dict.fromkeys((*own, *others)))


def same_article(code: Code, held: str) -> bool:
    """Whether a text of the POS is the article number ``code``: with more or fewer zeros, as EAN-8 or as UPC-E.

    A text equal to the order's counts too, unless it says nothing of one article: no code, zeros only, or a number that
    lost digits in scientific notation.
    """
    if held == code.text:
        return bool(code.gtin) or _tells_articles_apart(code)
    if not code.gtin or not _FEWEST <= len(held) <= 14 or not (held.isascii() and held.isdigit()):
        return False
    meant = (code.gtin, code.also)
    return held.zfill(14) in meant or (len(held) == 8 and expand_upc_e(held).zfill(14) in meant)


def repairs(code: Code) -> tuple[str, ...]:
    """Valid codes that may be meant by a damaged one, the likeliest first and each article once.

    None where the code is valid or lost its zeros only: its own spellings say it all.
    """
    if code.gtin:
        return ()
    return tuple(dict.fromkeys(filter(None, (code.repair, *code.guesses))))


# ---- digits ----


def _read_digits(text: str) -> Code:
    if len(text) == 8:
        return _read_eight(text)
    if gtin := canonical(text):
        return Code(text, gtin)
    if not text.strip("0"):
        return Code(text, problem="it is all zeros")
    if len(text) == 7 and (short := _read_seven(text)):
        return short
    padded = text.zfill(12)
    if _FEWEST <= len(text) < 12 and (gtin := canonical(padded)):
        zeros = "its leading zero" if len(text) == 11 else "leading zeros"
        return Code(text, gtin, f"it lost {zeros}", padded)
    return _read_incomplete(text) or _wrong_check_digit(text)


def _read_seven(text: str) -> Code | None:
    """A UPC-E without its first or its last digit. GS1 gives out no other number that such a text could be."""
    if text[0] != "0" and (upc_a := expand_upc_e("0" + text)):
        return Code(text, problem="it is a short UPC (UPC-E) that lost its leading zero", repair=upc_a)
    if text[0] == "0" and (upc_a := _short_upc(text)):
        return _cut_short(text, "a short UPC (UPC-E)", upc_a)
    return None


def _cut_short(text: str, kind: str, whole: str) -> Code:
    """Digits that no check digit confirms: what they may be is said and looked up, but it is no repair."""
    return Code(text, problem=f"{_count(text)} (as {kind} it would be {whole})", guesses=(whole,))


def _count(text: str) -> str:
    return f"it has {len(text)} digits; a UPC has 12, an EAN 13"


def _read_eight(text: str) -> Code:
    if not text.strip("0"):
        return Code(text, problem="it is all zeros")
    upc_a, ean = expand_upc_e(text), canonical(text)
    as_upc = upc_a.zfill(14) if upc_a else ""
    # GS1 gives out no EAN-8 that begins with 0: shops number their own goods with those.
    likelier, other = (as_upc, ean) if text[0] == "0" else (ean, as_upc)
    if likelier or other:
        return Code(text, likelier or other, also=other if likelier else "")
    return _wrong_check_digit(text)


def _read_incomplete(text: str) -> Code | None:
    """A text of digits that has too many of them or too few, as far as the number of digits says so."""
    size = len(text)
    if size == 11:
        return Code(text, problem="it has 11 digits, its check digit may be missing", repair=_completed(text))
    if size == 7 and text[0] in "3456789":
        return _cut_short(text, "an EAN-8", _completed(text))
    if size == 6 and (upc_a := _short_upc("0" + text)):
        return _cut_short(text, "a short UPC (UPC-E)", upc_a)
    if size == 16 and text.startswith("01") and canonical(text[2:]):
        return Code(text, problem="it begins with the 01 of a case label", repair=text[2:])
    if 24 <= size <= 28 and (both := _both_halves(text)):
        return _several(text, both)
    return None if size in LENGTHS else Code(text, problem=_count(text))


def _wrong_check_digit(text: str) -> Code:
    """A text of 8, 12, 13 or 14 digits. The digit may be missing, where the number can't be a whole one otherwise."""
    right = _short_upc(text[:7])[-1:] if len(text) == 8 and text[0] == "0" else ""
    right = right or check_digit(text[:-1])
    corrected = expand_upc_e(text[:-1] + right) or text[:-1] + right
    guesses = (corrected,) if corrected.strip("0") else ()
    wrong = f"its check digit is wrong (it would be {right})"
    # No brand's UPC begins with 4 or 5 (shops' own codes, coupons), and GS1 gives out no EAN that begins with 14 to 19.
    if len(text) == 12 and text[0] in "45":
        problem = f"{wrong}, or it is an EAN without its check digit"
        return Code(text, problem=problem, repair=_completed(text), guesses=guesses)
    if len(text) == 13 and text[0] == "1" and text[1] in "456789":
        problem = f"{wrong}, or it is a case code without its check digit"
        return Code(text, problem=problem, repair=_completed(text), guesses=guesses)
    return Code(text, problem=wrong, guesses=guesses)


def _completed(body: str) -> str:
    return body + check_digit(body)


def _short_upc(seven: str) -> str:
    """The UPC-A of a UPC-E that lacks its check digit, or an empty string."""
    return next((upc_a for last in "0123456789" if (upc_a := expand_upc_e(seven + last))), "")


def _both_halves(digits: str) -> tuple[str, ...]:
    """The two article numbers of which a row of digits is made, written without anything between them."""
    cuts = ((digits[:cut], digits[cut:]) for cut in (12, 13, 14))
    return next((both for both in cuts if all(map(canonical, both))), ())


def _several(text: str, codes: tuple[str, ...]) -> Code:
    """A text in which valid codes follow each other."""
    if len(set(map(canonical, codes))) == 1:
        return Code(text, problem="it holds the same code twice", repair=codes[0])
    named = f"{codes[0]} and {codes[1]}" if len(codes) == 2 else f"{codes[0]}, {codes[1]} and others"
    return Code(text, problem=f"it holds {len(codes)} codes, {named}", guesses=codes[:_MOST_GUESSES])


# ---- anything but digits ----


def _read_damaged(text: str) -> Code:
    """Take off, layer by layer, what does not belong to a code, and name each layer."""
    if len(text) > _LONGEST:
        return _read_long(text)
    plain, damages = _without_wrapping(text)
    inside = _codes_inside(plain)
    if len(inside) > 1:
        return _several(text, inside)
    if scientific := _SCIENTIFIC.fullmatch(plain):
        return _read_scientific(text, damages, scientific)
    if _DATE.fullmatch(plain):
        return Code(text, problem="it looks like a date")
    compact, more = _without_separators(plain)
    damages += more
    if not (compact.isascii() and compact.isdigit()):
        return _read_letters(text, compact, damages) or _beside_text(text, inside) or _no_digits(text)
    within = _read_digits(compact)
    if within.gtin and len(compact) >= (8 if within.valid else _FEWEST_REPAIRED):
        return _mended(text, damages, within)
    # A digit is added only to a number that was whole but for its separators: a stray sign may stand for a digit.
    whole = not within.gtin and not any(_OTHER_SIGNS in damage for damage in damages)
    return _beside_text(text, inside) or Code(
        text,
        problem=_clauses([*damages, within.problem]),
        repair=within.repair if whole else "",
        guesses=within.guesses if whole else (),
    )


def _read_long(text: str) -> Code:
    inside = _codes_inside(text)
    if len(inside) > 1:
        return _several(text, inside)
    return _beside_text(text, inside) or Code(
        text, problem=f"it has {len(text)} characters; a UPC has 12 digits"
    )


def _without_wrapping(text: str) -> tuple[str, list[str]]:
    """The text without what stands around a code or is foreign to it, and a clause for each kind of damage."""
    damages = []
    seen = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] not in "CM")
    if seen != text:
        damages.append("it has characters that do not show")
    plain = "".join(_plain_sign(sign) for sign in unicodedata.normalize("NFKC", seen)).strip()
    if any(sign.isnumeric() and not sign.isascii() for sign in seen):
        damages.append("its digits are not the plain 0 to 9")
    bare = plain.lstrip("= ").strip(_QUOTES + " ")
    if bare != plain:
        damages.append("it has quotation marks, an apostrophe or an equals sign around it")
    unlabelled = _LABEL_AFTER.sub("", _LABEL.sub("", bare, count=1) if _LABEL.match(bare) else bare)
    if unlabelled != bare:
        damages.append("it has a label beside the number")
    return unlabelled.strip(_QUOTES + " "), damages


def _plain_sign(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    return sign if digit is None else str(digit)


def _without_separators(plain: str) -> tuple[str, list[str]]:
    """The letters and digits of a text, and a clause for each kind of sign that was between them."""
    damages = []
    number = plain
    decimals = _DECIMALS.fullmatch(plain)
    if decimals and decimals[2] not in decimals[1]:
        number = decimals[1]
        damages.append("it has a decimal ending")
    signs = [sign for sign in number if not sign.isalnum()]
    if _THOUSANDS.fullmatch(number):
        damages.append("it has thousand separators")
    elif signs:
        kinds = ("spaces" if sign.isspace() else _SIGNS.get(sign, _OTHER_SIGNS) for sign in signs)
        damages.append(f"it has {_listed(dict.fromkeys(kinds))}")
    return "".join(sign for sign in number if sign.isalnum()), damages


def _read_scientific(text: str, damages: list[str], found: re.Match[str]) -> Code:
    """A number in scientific notation: whole only if the mantissa has all its digits."""
    whole, fraction, sign, exponent = found[1], found[2] or "", found[3], int(found[4])
    said = "a spreadsheet wrote it in scientific notation"
    lost = Code(text, problem=_clauses([*damages, f"{said}, its last digits are lost"]))
    digits = (whole + fraction[:exponent]).lstrip("0")
    missing = max(exponent - len(fraction), 0)
    # Some programs leave out zeros at the end. No spreadsheet shows ten digits unless it has been told to.
    if missing > 2 or (missing and len(digits) < 10):
        return lost
    if sign == "-" or fraction[exponent:].strip("0") or not digits:
        return Code(text, problem=_clauses([*damages, f"{said}, and it is no whole number"]))
    within = _read_digits(digits + "0" * missing)
    if within.gtin and len(within.text) >= _FEWEST_REPAIRED:
        return _mended(text, [*damages, said], within)
    if missing:
        return lost
    return Code(text, problem=_clauses([*damages, said, within.problem]), guesses=within.guesses)


def _read_letters(text: str, compact: str, damages: list[str]) -> Code | None:
    """Letters that look like digits, in a text that is digits for the most part."""
    guess = compact.translate(_LOOKALIKES)
    if not (guess.isascii() and guess.isdigit()) or 2 * sum(map(str.isdigit, compact)) < len(compact):
        return None
    within = _read_digits(guess)
    if within.valid:
        return _mended(text, [*damages, "it has letters in place of digits"], within)
    return None


def _codes_inside(plain: str) -> tuple[str, ...]:
    """The valid codes that stand in a text as they are, each article once; EAN-8 only in a mere list of numbers."""
    least = 8 if _LIST.fullmatch(plain) else 12
    runs = (run for run in re.findall("[0-9]+", plain) if len(run) >= least)
    found: dict[str, str] = {}
    for run in runs:
        if gtin := canonical(run):
            found.setdefault(gtin, run)
    return tuple(found.values())


def _beside_text(text: str, inside: tuple[str, ...]) -> Code | None:
    return Code(text, problem="it has other text beside the number", repair=inside[0]) if inside else None


def _no_digits(text: str) -> Code:
    return Code(text, problem="it has characters that are no digits")


def _mended(text: str, damages: list[str], within: Code) -> Code:
    """A damaged text in which a code was found, valid but for leading zeros."""
    as_it_is = within.repair or within.text
    repair = as_it_is if canonical(as_it_is) == within.gtin else significant(within.gtin).zfill(12)
    return Code(text, problem=_clauses([*damages, within.problem]), repair=repair)


# ---- words ----


def _says_no_code(text: str) -> bool:
    """Whether a text is signs only, or one of the words for no code."""
    if len(text) > _LONGEST:
        return False
    word = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()
    return not word or word in _NO_CODE


def _tells_articles_apart(code: Code) -> bool:
    return bool(code.text.strip("0")) and not code.nothing and not _SCIENTIFIC.fullmatch(code.text)


def _written(gtin: str) -> tuple[str, ...]:
    """The spellings of a GTIN-14: zero-padded, with its zeros lost, and as UPC-E where it has one."""
    digits = significant(gtin)
    size = len(digits)
    padded = [gtin[14 - length :] for length in (12, 13, 14, 11, 8) if size <= length]
    if _FEWEST <= size < 11:
        padded.append(digits)
    if gtin.startswith("00") and (short := compress_to_upc_e(gtin[2:])):
        padded.append(short)
    return tuple(padded)


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _clauses(clauses: Iterable[str]) -> str:
    return _listed(filter(None, clauses))
