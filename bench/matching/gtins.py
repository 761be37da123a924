"""Article numbers as brands hand them out. Written from GS1's rules alone, so that a mistake of the matcher's shows."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

US_PREFIXES = ("0", "0", "6", "7", "8")
EUROPE = ("400", "426", "501", "54", "57", "73", "76", "80", "84", "87", "35", "45")


def with_check(body: str) -> str:
    """``body`` and its check digit."""
    odd, even = sum(map(int, body[-1::-2])), sum(map(int, body[-2::-2]))
    return body + str((10 - (3 * odd + even) % 10) % 10)


def holds(code: str) -> bool:
    """Whether ``code`` is a whole article number as it stands: 8, 12, 13 or 14 digits, the last one its check digit;
    or 8 digits that stand for a UPC-A of 12."""
    if not (code.isascii() and code.isdigit() and code.strip("0")):
        return False
    if len(code) in (8, 12, 13, 14) and with_check(code[:-1]) == code:
        return True
    return (
        len(code) == 8 and code[0] in "01" and with_check(_upc_a_body(code)) == _upc_a_body(code) + code[-1]
    )


def gtin(code: str) -> str:
    """The 14 digits of a number that a brand handed out (8, 12 or 13 digits)."""
    return code.zfill(14)


def short_form(upc_a: str) -> str:
    """The UPC-E (8 digits) of a UPC-A, or an empty text where it has none."""
    if len(upc_a) != 12 or upc_a[0] not in "01":
        return ""
    maker, article = upc_a[1:6], upc_a[6:11]
    if maker[2:] in ("000", "100", "200") and article[:2] == "00":
        middle = maker[:2] + article[2:] + maker[2]
    elif maker[3:] == "00" and article[:3] == "000":
        middle = maker[:3] + article[3:] + "3"
    elif maker[4] == "0" and article[:4] == "0000":
        middle = maker[:4] + article[4] + "4"
    elif article[:4] == "0000" and article[4] in "56789":
        middle = maker + article[4]
    else:
        return ""
    return upc_a[0] + middle + upc_a[11]


def case_code(code: str, indicator: int) -> str:
    """The GTIN-14 of a case of this article."""
    return with_check(str(indicator) + gtin(code)[1:13])


def handed_out(random: Random, prefixes: set[str], *, europe: bool, short: bool = False) -> Iterator[str]:
    """The numbers of one brand, one after the other with gaps: 12 digits in America, 13 in Europe. ``short``: numbers
    that have a UPC-E as well, as long as there are such. When a company prefix is used up, the brand buys another one;
    ``prefixes`` are all that were bought, by whatever brand: no two have the same."""
    turns = 0
    while True:
        turns += 1
        if short and turns <= 60:
            prefix, digits = f"0{random.randrange(10, 100)}{random.choice('012')}0000", 3
        elif europe:
            prefix, digits = random.choice(EUROPE) + f"{random.randrange(10**5, 10**6)}", 4
            prefix = prefix[:8].ljust(8, "7")
        else:
            prefix, digits = random.choice(US_PREFIXES) + f"{random.randrange(10**5, 10**6)}", 4
        if prefix[:7] in prefixes:
            continue
        prefixes.add(prefix[:7])
        number = random.randrange(40)
        while number < 10**digits:
            yield with_check(prefix + str(number).zfill(digits))
            number += 1 if random.random() < 0.9 else random.randrange(2, 30)


def _upc_a_body(short: str) -> str:
    system, middle = short[0], short[1:7]
    last = middle[5]
    if last in "012":
        return f"{system}{middle[:2]}{last}0000{middle[2:5]}"
    if last == "3":
        return f"{system}{middle[:3]}00000{middle[3:5]}"
    if last == "4":
        return f"{system}{middle[:4]}00000{middle[4]}"
    return f"{system}{middle[:5]}0000{last}"
