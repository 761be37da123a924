"""What happens to a code between the brand's article master and an order: the known damages, and rarer ones.

Every function is given a valid code (8, 12 or 13 digits) and gives back what was written instead, or ``None`` where
this code can't be damaged so. What comes out of ``DAMAGES`` is never a whole article number as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from bench.matching.gtins import gtin, holds, short_form

Damage = Callable[[Random, str], str | None]


def wrong_check(random: Random, code: str) -> str:
    """Another last digit."""
    return code[:-1] + str((int(code[-1]) + random.randrange(1, 10)) % 10)


def wrong_digit(random: Random, code: str) -> str:
    """One digit mistyped."""
    at = random.randrange(1, len(code) - 1)
    return code[:at] + str((int(code[at]) + random.randrange(1, 10)) % 10) + code[at + 1 :]


def transposed(random: Random, code: str) -> str | None:
    """Two neighbours turned round."""
    places = [p for p in range(len(code) - 1) if code[p] != code[p + 1]]
    if not places:
        return None
    at = random.choice(places)
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


def zero_stripped(_: Random, code: str) -> str | None:
    """A spreadsheet took it for a number."""
    return code.lstrip("0") if code[0] == "0" and len(code) == 12 and len(code.lstrip("0")) > 8 else None


def scientific(_: Random, code: str) -> str | None:
    """A spreadsheet's short form with all of the digits."""
    digits = code.lstrip("0")
    return f"{digits[0]}.{digits[1:].rstrip('0') or '0'}E+{len(digits) - 1}"


def scientific_lost(random: Random, code: str) -> str | None:
    """A spreadsheet's short form as it is saved: the last digits are lost."""
    digits = code.lstrip("0")
    return (
        f"{digits[0]}.{digits[1 : random.choice((3, 6))]}{random.choice(('E+', 'e+', 'E'))}{len(digits) - 1}"
    )


def spaced(_: Random, code: str) -> str | None:
    """As it is printed below the bars."""
    return (
        f"{code[0]} {code[1:6]} {code[6:11]} {code[11:]}"
        if len(code) == 12
        else f"{code[0]} {code[1:7]} {code[7:]}"
    )


def hyphened(_: Random, code: str) -> str:
    """With hyphens."""
    return f"{code[0]}-{code[1:6]}-{code[6:-1]}-{code[-1]}"


def letters(random: Random, code: str) -> str | None:
    """The letters O and I where digits were meant."""
    places = [p for p, digit in enumerate(code) if digit in "01"]
    if not places:
        return None
    for at in random.sample(places, random.randint(1, len(places))):
        code = code[:at] + {"0": "O", "1": random.choice("Il")}[code[at]] + code[at + 1 :]
    return code


def decimal(random: Random, code: str) -> str:
    """A number with a decimal ending."""
    return code + random.choice((".0", ".00"))


def decimal_stripped(_: Random, code: str) -> str | None:
    """A number with a decimal ending, its leading zero gone."""
    return f"{code.lstrip('0')}.0" if code[0] == "0" else None


def apostrophe(random: Random, code: str) -> str:
    """How people keep a spreadsheet from touching it."""
    return random.choice((f"'{code}", f'="{code}"', f"'{code}'"))


def labelled(random: Random, code: str) -> str:
    """With the name of the field."""
    return random.choice(("UPC: ", "UPC ", "EAN ", "upc#", "Barcode: ")) + code


def check_left_out(_: Random, code: str) -> str:
    """Without its last digit."""
    return code[:-1]


def missing_digit(random: Random, code: str) -> str:
    """A digit in the middle was not typed."""
    at = random.randrange(2, len(code) - 2)
    return code[:at] + code[at + 1 :]


def doubled_digit(random: Random, code: str) -> str:
    """A key that stuck."""
    at = random.randrange(1, len(code) - 1)
    return code[:at] + code[at] + code[at:]


def element_string(_: Random, code: str) -> str:
    """As a scanner reads a GS1 symbol."""
    return f"(01){gtin(code)}"


def web_address(_: Random, code: str) -> str:
    """As a phone reads a GS1 symbol."""
    return f"https://id.gs1.org/01/{gtin(code)}"


def with_size(random: Random, code: str) -> str:
    """The brand's own key: code and size."""
    return f"{code}{random.choice(('-M', '_BLK', '/10', ' S'))}"


def thousands(random: Random, code: str) -> str:
    """A number with marks between the thousands."""
    return f"{int(code):,}".replace(",", random.choice((",", ".", "'", " ")))


def other_digits(random: Random, code: str) -> str:
    """The digits of another script, or of a wide font."""
    first = random.choice((0xFF10, 0x0660, 0x0966))
    return "".join(chr(first + int(digit)) for digit in code)


def keyboard(random: Random, code: str) -> str:
    """Typed with the shift key held for a moment."""
    at = random.randrange(len(code))
    return code[:at] + ")!@#$%^&*("[int(code[at])] + code[at + 1 :]


def azerty(_: Random, code: str) -> str:
    """Typed on a French keyboard without shift."""
    return "".join("à&é\"'(-è_ç"[int(digit)] for digit in code)


def cut_off(random: Random, code: str) -> str:
    """The column was too narrow."""
    return code[: random.randint(4, 7)]


def rounded(_: Random, code: str) -> str:
    """Fifteen digits are more than some programs keep; others keep fewer."""
    return code[:-5] + "00000"


def number_sign(random: Random, code: str) -> str:
    """What a spreadsheet shows where it has nothing to show."""
    return random.choice(("############", "#REF!", "#VALUE!", f"-{code}", f"{code}%"))


def words_for_nothing(random: Random, _: str) -> str:
    """Words in place of a code."""
    return random.choice(
        ("n/a", "none", "TBD", "-", "pending", "see linesheet", "no upc", "coming", "?", "x")
    )


def zeros(_: Random, code: str) -> str:
    """A code made of zeros."""
    return "0" * len(code)


DAMAGES: dict[str, Damage] = {
    "wrong check digit": wrong_check,
    "mistyped digit": wrong_digit,
    "digits transposed": transposed,
    "leading zero lost": zero_stripped,
    "scientific, digits kept": scientific,
    "scientific, digits lost": scientific_lost,
    "spaces": spaced,
    "hyphens": hyphened,
    "letters O and I": letters,
    "decimal ending": decimal,
    "decimal ending, zero lost": decimal_stripped,
    "apostrophe": apostrophe,
    "label": labelled,
    # From here on what issue 5 does not name.
    "check digit left out": check_left_out,
    "digit missing": missing_digit,
    "digit doubled": doubled_digit,
    "GS1 element string": element_string,
    "GS1 web address": web_address,
    "code and size": with_size,
    "thousands marks": thousands,
    "digits of another script": other_digits,
    "shift key": keyboard,
    "French keyboard": azerty,
    "cut off": cut_off,
    "rounded": rounded,
    "spreadsheet signs": number_sign,
    "words for nothing": words_for_nothing,
    "all zeros": zeros,
}


def damaged(random: Random, code: str, name: str) -> str | None:
    """``code`` after that damage; ``None`` where it can't be done, or where a whole article number came out."""
    for _ in range(6):
        text = DAMAGES[name](random, code)
        if text is None:
            return None
        if not holds(text):
            return text
    return None


def _padded(length: int) -> Damage:
    return lambda _, code: code.zfill(length) if len(code) < length else None


SPELLINGS: dict[str, Damage] = {
    "as EAN-13": _padded(13),
    "as GTIN-14": _padded(14),
    "as UPC-E": lambda _, code: short_form(code) or None,
    "spaces around": lambda random, code: (
        random.choice((" ", "\t", "\u00a0")) + code + random.choice((" ", "\n", ""))
    ),
}
"""Documented ways of writing the same number: what comes out is as valid as what went in."""
