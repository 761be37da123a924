"""Colours: spellings of one colour, colours that differ for certain, and all that stays open."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.domain.colors import color_key, compare_colors
from nuorder_pos.domain.vocabulary import Agreement

SAME, DIFFERENT, UNKNOWN = Agreement.SAME, Agreement.DIFFERENT, Agreement.UNKNOWN

COLORS = [
    ["Black", "BLK", "BK", "blck", "Noir", "schwarz", "Negro", "nero", "Solid Black", "001 Black", "Black-001",
     "Black (001)", "Black (BLK)", "BLK - Black", "BLK01 Black", "Black, 001"],
    ["White", "WHT", "Blanc", "weiß", "bianco"],
    ["Grey", "Gray", "GRY", "grau", "gris", "grigio"],
    ["Brown", "BRN", "braun", "marrone"],
    ["Red", "rouge", "rot", "rojo", "rosso"],
    ["Pink", "PNK", "rosa"],
    ["Orange", "ORG", "naranja", "arancione"],
    ["Yellow", "YLW", "jaune", "gelb", "amarillo", "giallo"],
    ["Green", "GRN", "vert", "grün", "gruen", "verde"],
    ["Blue", "BLU", "bleu", "blau", "azul"],
    ["Purple", "PRP"],
    ["Navy", "NVY", "Navy Blue", "navy-blue", "NVY BLU", "bleu marine"],
    ["Charcoal", "CHAR", "Charcoal Grey", "charcoal gray"],
    ["Khaki", "KHK"],
    ["Olive", "OLV", "Olive Green"],
    ["Beige", "BGE"],
    ["Cream", "CRM", "crème"],
    ["Ivory", "IVR"],
    ["Tan"],
    ["Multi", "MLT", "Multicolor", "Multi-Colour", "multi color"],
    ["Off White", "Off-White", "offwhite"],
    ["Heather Grey", "Grey Heather", "HTHR GRY", "Gray Htr", "heathered grey"],
    ["Dark Grey", "DK GREY", "dk. gray", "dkgrey", "Dark-Gray", "Grey Dark", "dunkelgrau"],
    ["Light Blue", "LT BLUE", "lt.blue", "ltblue", "hellblau", "bleu clair"],
    ["Matte Black", "Black Matte", "Black (Matte)"],
    ["Washed Black", "Black Wash"],
    ["Black/White", "BLK-WHT", "black & white", "Black / White", "black and white", "Black + White", "BLK/WHT",
     "Black w/ White", "Noir/Blanc"],
    ["White/Black", "WHT-BLK"],
    ["Black/Black"],
    ["Navy/White", "Navy-White"],
    ["Rose Gold", "rose-gold"],
    ["Moonlit Ocean", "MOONLIT  ocean", "Moonlit-Ocean", "123 Moonlit Ocean"],
    ["Caviar", "caviar"],
    ["Black 2"],
    ["001"],
]  # fmt: skip
"""All spellings in a row are one colour, no two rows are."""


@pytest.mark.parametrize("row", COLORS, ids=lambda row: row[0])
def test_all_spellings_of_a_color_are_the_same_color(row: list[str]) -> None:
    assert len({color_key(text) for text in row}) == 1
    alike = {compare_colors(a, b) for a, b in product(row, row) if not ("01" in a and "01" in b and a != b)}
    assert alike == {SAME}


def test_no_spelling_is_the_same_as_one_of_another_color() -> None:
    keys = [{color_key(text) for text in row} for row in COLORS]
    assert all(some.isdisjoint(others) for some, others in combinations(keys, 2))


@pytest.mark.parametrize(
    "a, b",
    [
        ("Black", "White"), ("BLK", "Red"), ("001 Black", "100 White"), ("Navy", "Red"), ("Navy", "White"),
        ("Green", "Red"), ("Heather Grey", "Red"), ("Olive", "Pink"), ("Royal Blue", "Yellow"), ("Purple", "Green"),
        ("Ivory", "Black"), ("Teal", "Orange"), ("noir", "rouge"), ("Dark Green", "Pink"), ("Light Blue", "Red"),
        ("Burgundy", "White"), ("Gold", "Blue"), ("Off-White", "Navy"), ("Khaki", "Purple"), ("Blue", "Brown"),
    ],
)  # fmt: skip
def test_colors_that_nobody_mixes_up_differ(a: str, b: str) -> None:
    assert compare_colors(a, b) is compare_colors(b, a) is DIFFERENT


@pytest.mark.parametrize(
    "a, b",
    [
        ("Light Blue", "Navy"), ("Navy", "Blue"), ("Navy", "Black"), ("Charcoal", "Black"), ("Grey", "Black"),
        ("Grey", "White"), ("Beige", "White"), ("Brown", "Beige"), ("Blue", "Green"), ("Teal", "Green"),
        ("Blue", "Purple"), ("Red", "Pink"), ("Red", "Orange"), ("Orange", "Yellow"), ("Pink", "Purple"),
        ("Burgundy", "Purple"), ("Dark Green", "Black"), ("Pale Pink", "White"), ("Black/White", "White/Black"),
        ("Black/White", "Black"), ("Black/White", "Red"), ("Black/Black", "Black"), ("Multi", "Red"),
        ("Matte Black", "Black"), ("Dark Grey", "Grey"), ("Moonlit Ocean", "Red"), ("Storm Surge Blue", "Red"),
        ("Arctic White", "Black"), ("Caviar", "Black"), ("001", "Black"), ("001 Black", "002 Black"), ("Black 1", "Black 2"),
        ("19-4052 Classic Blue", "18-1664 Red"), ("Rose Gold", "Pink"), ("Silver", "Grey"), ("Gold", "Yellow"),
        ("Solid", "Black"), ("", "Black"), ("", ""), ("-", "/"),
    ],
)  # fmt: skip
def test_what_may_be_one_color_or_two_stays_open(a: str, b: str) -> None:
    assert compare_colors(a, b) is compare_colors(b, a) is UNKNOWN


PIECES = (
    "Black BLK White wht off Off- Navy Blue marine bleu Grey heather HTHR dk lt dkgrey ltblue Olive Green Rose Gold 001 "
    "BLK01 19-4052 TCX Solid color Multi Caviar Moonlit / - & + , ( ) w/ and with 2 50% ½ ß é hellblau"
)
pieces = st.sampled_from(PIECES.split())
texts = st.one_of(
    st.text(max_size=15),
    st.lists(pieces, max_size=6).map(" ".join),
    st.lists(pieces, max_size=6).map("".join),
    st.sampled_from([text for row in COLORS for text in row]),
)


@given(texts)
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    assert color_key(color_key(text)) == color_key(text)


@given(texts, texts)
def test_either_side_may_come_first_and_same_is_of_one_form_only(a: str, b: str) -> None:
    found = compare_colors(a, b)
    assert found is compare_colors(b, a)
    assert found is not SAME or color_key(a) == color_key(b) != ""


@given(texts)
def test_a_color_never_differs_from_its_own_canonical_form(text: str) -> None:
    assert compare_colors(text, color_key(text)) in ((SAME,) if color_key(text) else (UNKNOWN,))
