"""Article numbers as numbers: check digits, the one canonical form (GTIN-14), UPC-E and case codes.

UPC-A, EAN-13, EAN-8 and GTIN-14 are one number written with more or fewer leading zeros, and zeros in front leave
the check digit as it is. UPC-E is a short way to write some UPC-A. A case has a number of its own.
"""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)
"""Digits of an EAN-8, a UPC-A, an EAN-13 and a GTIN-14."""

CASE_INDICATORS = "12345678"
"""First digit of a case's GTIN-14. 0 is the article itself, 9 a case of varying weight."""

_ZEROS = "0" * 14


def check_digit(body: str) -> str:
    """The check digit that completes ``body`` (GS1 modulo 10, weights 3 and 1 from the right).

    Raises ``ValueError`` where ``body`` is not one or more of the digits 0 to 9.
    """
    if not (body.isascii() and body.isdigit()):
        raise ValueError(f"not digits: {body[:40]!r}")
    return str(-_weighted(body + "0") % 10)


def has_check_digit(code: str) -> bool:
    """Whether ``code`` is two or more digits and its last one is its check digit."""
    return len(code) > 1 and code.isascii() and code.isdigit() and _weighted(code) % 10 == 0


def canonical(code: str) -> str:
    """The GTIN-14 of an EAN-8, UPC-A, EAN-13 or GTIN-14, or an empty string where it is none. All zeros is none."""
    if len(code) not in LENGTHS or not has_check_digit(code):
        return ""
    gtin = code.zfill(14)
    return gtin if gtin != _ZEROS else ""


def significant(code: str) -> str:
    """``code`` without leading zeros: the same for all zero-padded spellings of one article number."""
    return code.lstrip("0")


def expand_upc_e(code: str) -> str:
    """The 12-digit UPC-A that an 8-digit UPC-E stands for, or an empty string where it is none.

    Taken is number system 0 or 1 with the check digit of the UPC-A, and only the one UPC-E which the UPC-A would be
    shortened to: each article has one short form at most.
    """
    if len(code) != 8 or code[0] not in "01" or not (code.isascii() and code.isdigit()):
        return ""
    system, body, rule, check = code[0], code[1:6], code[6], code[7]
    if rule in "012":
        maker, article = body[:2] + rule + "00", "00" + body[2:]
    elif rule == "3":
        maker, article = body[:3] + "00", "000" + body[3:]
    elif rule == "4":
        maker, article = body[:4] + "0", "0000" + body[4]
    else:
        maker, article = body, "0000" + rule
    upc_a = system + maker + article + check
    return upc_a if compress_to_upc_e(upc_a) == code else ""


def compress_to_upc_e(upc_a: str) -> str:
    """The 8-digit UPC-E of a valid 12-digit UPC-A, or an empty string where it has none."""
    # Every article number with a short form has four zeros in a row: most are told apart by that alone.
    if "0000" not in upc_a or len(upc_a) != 12 or upc_a[0] not in "01" or not canonical(upc_a):
        return ""
    maker, article = upc_a[1:6], upc_a[6:11]
    if maker[2:] in ("000", "100", "200") and article.startswith("00"):
        short = maker[:2] + article[2:] + maker[2]
    elif maker.endswith("00") and article.startswith("000"):
        short = maker[:3] + article[3:] + "3"
    elif maker.endswith("0") and article.startswith("0000"):
        short = maker[:4] + article[4] + "4"
    elif article.startswith("0000") and article[4] in "56789":
        short = maker + article[4]
    else:
        return ""
    return upc_a[0] + short + upc_a[11]


def may_have_upc_e(gtin14: str) -> bool:
    """Whether a valid GTIN-14 may be one that is also written as UPC-E; most are told apart by the zeros alone."""
    return "0000" in gtin14[2:] and gtin14.startswith("00")


def case_content(gtin14: str) -> str:
    """The GTIN-14 of the article inside a case, or an empty string where ``gtin14`` is no valid case code.

    The indicator becomes 0 and the check digit the article's own. Indicator 9 (varying weight) says nothing certain.
    """
    if len(gtin14) != 14 or gtin14[0] not in CASE_INDICATORS or not canonical(gtin14):
        return ""
    body = "0" + gtin14[1:13]
    return canonical(body + check_digit(body))


def case_codes(gtin14: str) -> tuple[str, ...]:
    """The eight GTIN-14 that cases of an article may have (indicators 1 to 8); none where it is no article's GTIN-14."""
    if len(gtin14) != 14 or gtin14[0] != "0" or not canonical(gtin14):
        return ()
    bodies = (indicator + gtin14[1:13] for indicator in CASE_INDICATORS)
    return tuple(body + check_digit(body) for body in bodies)


def _weighted(digits: str) -> int:
    """The sum of all digits, those in even places from the right times 3.

    Bytes are summed as they are and the 48 of each "0" taken off at the end: several times faster than ``int`` for
    every digit, and this runs for every code of every POS item.
    """
    raw = digits.encode()
    size = len(raw)
    return sum(raw[-1::-2]) + 3 * sum(raw[-2::-2]) - 48 * (size + size // 2 * 2)


def is_internal(gtin: str) -> bool:
    """Whether a GTIN-14 is of the ranges that GS1 leaves to shops for their own labels (02, 04 and 20 to 29): such a
    number says nothing about which article it is outside of that shop."""
    return gtin[1:3] in ("02", "04") or gtin[1:2] == "2"
