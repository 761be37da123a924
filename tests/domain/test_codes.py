"""Codes as people, spreadsheets and the POS write them: damage named, repair offered, spellings of one article."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.orders import upc

from nuorder_pos.domain.codes import Code, read_code, repairs, same_article, spellings
from nuorder_pos.domain.gtin import canonical, check_digit, expand_upc_e

UPC, EAN, EAN_8, CASE = "036000291452", "4006381333931", "96385074", "10012345678902"

upcs = (
    st.text("0123456789", min_size=11, max_size=11)
    .filter(lambda body: body.strip("0"))
    .map(lambda body: body + check_digit(body))
)
noise = st.text("0123456789OoIlSBZeE.,-/' +=\"#()\u00a0\u200b\uff10\u0660UPCEAN", max_size=30)

DAMAGED = {
    # a spreadsheet
    "8.60010E+11": ("scientific notation, its last digits are lost", ""),
    "8,6001E11": ("scientific notation, its last digits are lost", ""),
    "4.00638133393E+12": ("scientific notation, its last digits are lost", ""),
    "4.006381333931E+12": ("scientific notation", EAN),
    "4,006381333931e12": ("scientific notation", EAN),
    "4.006381333931 x 10^12": ("scientific notation", EAN),
    "4.00638133393100E+12": ("scientific notation", EAN),
    "3.6000291452E+10": ("scientific notation and it lost its leading zero", UPC),
    "6.1414100004E+11": ("scientific notation", ""),
    "8.4012345678E+11": ("scientific notation", ""),
    "4.006381333931E-12": ("no whole number", ""),
    "4.006381333931E+11": ("no whole number", ""),
    "0E12": ("scientific notation", ""),
    "1E999": ("scientific notation, its last digits are lost", ""),
    UPC[1:]: ("it lost its leading zero", UPC),
    upc(1)[1:] + ".0": ("a decimal ending and it lost its leading zero", upc(1)),
    UPC + ".0": ("a decimal ending", UPC),
    UPC + ",00": ("a decimal ending", UPC),
    "36,000,291,452.00": ("a decimal ending, it has thousand separators and it lost its leading zero", UPC),
    "4,006,381,333,931": ("thousand separators", EAN),
    "4.006.381.333.931": ("thousand separators", EAN),
    "4’006’381’333’931": ("thousand separators", EAN),
    "4 006 381 333 931": ("thousand separators", EAN),
    "'" + UPC: ("an apostrophe", UPC),
    f'="{UPC}"': ("an equals sign", UPC),
    f"“{UPC}”": ("quotation marks", UPC),
    # people
    "0 36000 29145 2": ("it has spaces", UPC),
    "0-36000-29145-2": ("it has hyphens", UPC),
    "0–36000–29145–2": ("it has hyphens", UPC),
    "0.36000.29145.2": ("it has dots", UPC),
    "0 36000-29145_2": ("it has spaces, hyphens and underscores", UPC),
    f"*{UPC}*": ("it has other signs", UPC),
    "0425-2614": ("it has hyphens", "042100005264"),
    "O36OOO29I452": ("letters in place of digits", UPC),
    "O3600029l4SZ": ("letters in place of digits", UPC),
    "O-36000-29145-2": ("it has hyphens and it has letters in place of digits", UPC),
    f"UPC: {UPC}": ("a label", UPC),
    f"UPC-A {UPC}": ("a label", UPC),
    f"EAN {EAN}": ("a label", EAN),
    f"ean13:{EAN}": ("a label", EAN),
    f"Barcode No. {UPC}": ("a label", UPC),
    f"{UPC} (UPC)": ("a label", UPC),
    f"UPC: {UPC[1:]}": ("a label beside the number and it lost its leading zero", UPC),
    f"(01){CASE}": ("a label", CASE),
    f"01{CASE}": ("the 01 of a case label", CASE),
    f"Red tee {UPC}": ("other text beside the number", UPC),
    f"{UPC} (see the price list of the spring season)": ("other text beside the number", UPC),
    # characters
    "０３６０００２９１４５２": ("not the plain 0 to 9", UPC),
    "٠٣٦٠٠٠٢٩١٤٥٢": ("not the plain 0 to 9", UPC),
    "036000\u200b291452\ufeff": ("characters that do not show", UPC),
    "036000\u00a0291452": ("it has spaces", UPC),
    # too few digits or too many
    "03600029145": ("its check digit may be missing", UPC),
    "0-36000-29145": ("it has hyphens and it has 11 digits, its check digit may be missing", UPC),
    "400638133393": ("an EAN without its check digit", EAN),
    "1400638133393": ("a case code without its check digit", "14006381333938"),
    "9638507": ("it has 7 digits; a UPC has 12, an EAN 13 (as an EAN-8 it would be 96385074)", ""),
    "4252614": ("a short UPC (UPC-E) that lost its leading zero", "042100005264"),
    "0425262": ("as a short UPC (UPC-E) it would be 042200005263", ""),
    "654321": ("as a short UPC (UPC-E) it would be 065100004327", ""),
    "0#6000291452": ("it has other signs and it has 11 digits", ""),
    "124": ("it has 3 digits; a UPC has 12", ""),
    "3600029145": ("it has 10 digits; a UPC has 12", ""),
    "1" * 60: ("it has 60 digits; a UPC has 12", ""),
    "x" * 60: ("it has 60 characters; a UPC has 12", ""),
    # wrong
    "036000291453": ("check digit is wrong (it would be 2)", ""),
    "036-000-291-453": ("it has hyphens and its check digit is wrong (it would be 2)", ""),
    "4006381333930": ("check digit is wrong (it would be 1)", ""),
    "96385073": ("check digit is wrong (it would be 4)", ""),
    "04252615": ("check digit is wrong (it would be 4)", ""),
    UPC + "01": ("check digit is wrong", ""),
    "000000000000": ("all zeros", ""),
    "00000000": ("all zeros", ""),
    "0.00": ("all zeros", ""),
    # several
    f"{UPC} / {EAN}": (f"it holds 2 codes, {UPC} and {EAN}", ""),
    f"UPC {UPC}, EAN {EAN}": (f"it holds 2 codes, {UPC} and {EAN}", ""),
    f"{UPC}{EAN}": (f"it holds 2 codes, {UPC} and {EAN}", ""),
    f"{EAN_8};73513537": (f"it holds 2 codes, {EAN_8} and 73513537", ""),
    f"{UPC} {EAN} {CASE}": (f"it holds 3 codes, {UPC}, {EAN} and others", ""),
    f"{UPC}{UPC}": ("the same code twice", UPC),
    # something else
    "TEE-RED-M": ("characters that are no digits", ""),
    "SOLID-BLOOZE": ("characters that are no digits", ""),
    "12/03/2024": ("looks like a date", ""),
    "2024-03-12": ("looks like a date", ""),
    "12-3457": ("it has hyphens", ""),
    "$12.99": ("it has 4 digits", ""),
}  # fmt: skip

NOTHING = ["n/a", "N.A.", "none", "None", "null", "NaN", "TBD", "tba", "-", "—", "--", "?", "#N/A", "#REF!", "(blank)",
           "no UPC", "Not available", "unknown", "pending", "UPC", "x", "\u200b"]  # fmt: skip

EIGHT_DIGITS = {
    "96385074": ("00000096385074", ""),  # EAN-8 alone: no UPC-E begins with 9
    "04252614": ("00042100005264", ""),  # UPC-E alone
    "01234565": ("00012345000065", "00000001234565"),  # both: no EAN-8 is given out that begins with 0
    "12345670": ("00000012345670", "00123456000070"),  # both: rather an EAN-8
}


@pytest.mark.parametrize("code", [UPC, "0" + UPC, EAN, CASE, "614141000036", "98412345678908", f"  {UPC}\n"])
def test_a_valid_code_is_read_as_it_stands(code: str) -> None:
    text = code.strip()
    assert read_code(code) == Code(text, text.zfill(14))
    assert read_code(code).valid


@pytest.mark.parametrize("code", DAMAGED)
def test_a_damaged_code_says_which_damage_and_what_would_repair_it(code: str) -> None:
    problem, repair = DAMAGED[code]
    found = read_code(code)
    assert (found.text, found.valid, found.nothing, found.writable) == (code, False, False, False)
    assert problem in found.problem
    assert found.repair == repair


@pytest.mark.parametrize("code", NOTHING)
def test_a_word_or_sign_for_no_code_is_kept_and_is_no_code(code: str) -> None:
    found = read_code(code)
    assert (found.text, found.nothing, found.valid) == (code, True, False)
    assert found.problem == "it only says that there is no code"
    assert (spellings(found), repairs(found), same_article(found, code)) == ((), (), False)


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_no_text_is_no_code_and_no_damage(nothing: str | None) -> None:
    found = read_code(nothing)
    assert (found, found.nothing, found.valid) == (Code(""), True, False)
    assert (spellings(found), repairs(found), same_article(found, "")) == ((), (), False)


@pytest.mark.parametrize("code", EIGHT_DIGITS)
def test_eight_digits_are_an_ean_8_a_upc_e_or_both(code: str) -> None:
    found = read_code(code)
    assert (found.gtin, found.also) == EIGHT_DIGITS[code]
    assert found.valid
    assert not found.writable, "the POS takes eleven digits or more"


def test_only_a_code_that_lost_its_zeros_is_known_in_spite_of_its_damage() -> None:
    lost = read_code(UPC[1:])
    assert (lost.gtin, lost.repair, lost.valid) == (UPC.zfill(14), UPC, False)
    known = {code for code in DAMAGED if read_code(code).gtin}
    assert known == {code for code in DAMAGED if read_code(code).problem.startswith("it lost")} == {UPC[1:]}


@pytest.mark.parametrize(
    "code, may", [(UPC, True), (EAN, True), (CASE, True), (EAN_8, False), (UPC[1:], False), ("123", False)]
)
def test_the_pos_takes_valid_codes_of_eleven_to_fourteen_digits(code: str, may: bool) -> None:
    assert read_code(code).writable is may


def test_a_case_code_knows_its_article() -> None:
    assert read_code(CASE).content == "00012345678905"
    assert read_code(UPC).content == read_code("n/a").content == ""


@given(st.one_of(st.text(max_size=60), noise))
def test_any_text_is_read_and_is_either_a_valid_code_or_has_a_problem(text: str) -> None:
    found = read_code(text)
    assert found.text == text.strip()
    assert found.valid == (bool(canonical(found.text)) or bool(expand_upc_e(found.text)))
    assert bool(found.problem) == (bool(found.text) and not found.valid)
    assert len(found.problem) < 250
    for meant in (found.repair, *repairs(found)):
        assert not meant or canonical(meant), "what is offered is valid"
    assert isinstance(spellings(found), tuple)


@given(upcs, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(code: str, place: int, off: int) -> None:
    wrong = code[:place] + str((int(code[place]) + off) % 10) + code[place + 1 :]
    found = read_code(wrong)
    assert (found.valid, found.gtin) == (False, "")
    assert found.problem


@given(
    upcs.filter(lambda code: len(code.lstrip("0")) >= 9),
    st.sampled_from(
        ["{} ", "-{}", "{}.0", "UPC {}", "'{}", "{}\u200b", "*{}*", "(01)0{}", "=\"{}\"", "EAN-13: 0{}"]
    ),
)  # fmt: skip
def test_what_is_added_to_a_code_is_noticed_and_the_repair_is_that_code(code: str, form: str) -> None:
    found = read_code(form.format(code))
    assert canonical(found.repair or found.text) == canonical(code)


def test_a_text_as_long_as_a_book_is_read_at_once_and_its_sentence_stays_short() -> None:
    for book in ("barcode" * 50_000, "1" * 200_000, f"{UPC} {EAN} " * 20_000, "no." * 100_000, "é" * 100_000):
        found = read_code(book)
        assert not found.valid
        assert 0 < len(found.problem) < 120


# ---- what may be meant ----


@pytest.mark.parametrize(
    "code, meant",
    [
        (UPC, ()),
        (UPC[1:], ()),
        ("0-36000-29145-2", (UPC,)),
        ("036000291453", (UPC,)),
        ("04252615", ("042100005264",)),
        ("400638133393", (EAN, "400638133390")),
        (f"{UPC} / {EAN}", (UPC, EAN)),
        ("654321", ("065100004327",)),
        ("9638507", (EAN_8,)),
        ("8.60010E+11", ()),
        ("TEE-RED-M", ()),
    ],
)
def test_codes_that_may_be_meant_the_likeliest_first(code: str, meant: tuple[str, ...]) -> None:
    assert repairs(read_code(code)) == meant


# ---- spellings ----


@pytest.mark.parametrize(
    "code, others",
    [
        (UPC, {"0" + UPC, "00" + UPC, UPC[1:]}),
        (UPC[1:], {UPC, "0" + UPC, "00" + UPC}),
        (EAN, {"0" + EAN}),
        (CASE, set()),
        (EAN_8, {EAN_8.zfill(size) for size in (11, 12, 13, 14)}),
        (upc(1), {"0" + upc(1), "00" + upc(1), upc(1)[1:]}),
        ("001234567895", {"0001234567895", "00001234567895", "01234567895", "1234567895"}),
        ("042100005264", {"0042100005264", "00042100005264", "42100005264", "04252614"}),
        ("04252614", {"042100005264", "0042100005264", "00042100005264", "42100005264"}),
        ("036000291453", set()),
    ],
)
def test_every_spelling_of_an_article_the_order_s_own_first(code: str, others: set[str]) -> None:
    found = spellings(read_code(code))
    assert (found[0], set(found[1:])) == (code, others)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("code", ["TEE-RED-M", "000000000000", "1" * 60, "8.60010E+11", "0-36000-29145-2"])
def test_what_no_pos_item_could_hold_as_a_code_has_no_spelling(code: str) -> None:
    assert spellings(read_code(code)) == ()


def test_eight_digits_that_are_two_codes_are_looked_up_as_both() -> None:
    found = spellings(read_code("12345670"))
    assert found[0] == "12345670"
    assert {"000012345670", "123456000070"} <= set(found)


# ---- the same article ----


@given(upcs)
def test_every_spelling_is_the_same_article_from_either_side(code: str) -> None:
    order = read_code(code)
    for held in spellings(order):
        assert same_article(order, held)
        if len(held) != 7 and read_code(held).gtin:
            assert same_article(read_code(held), code)


@given(upcs, upcs)
def test_two_articles_share_no_spelling(one: str, other: str) -> None:
    assume(one != other)
    assert not any(
        same_article(read_code(one), held) for held in spellings(read_code(other)) if len(held) > 8
    )


@pytest.mark.parametrize(
    "code, held, same",
    [
        ("01234565", "012345000065", True),
        ("01234565", "000001234565", True),
        (UPC, "036000291453", False),
        (UPC, " " + UPC, False),
        (UPC, "", False),
        (UPC, "TEE-RED-M", False),
        (UPC, "2", False),
        (UPC, "1" + "0" + UPC, False),
        (UPC, "０３６０００２９１４５２", False),
        ("036000291453", "036000291453", True),
        ("036000291453", "0036000291453", False),
        ("TEE-RED-M", "TEE-RED-M", True),
        ("0-36000-29145-2", UPC, False),
        ("000000000000", "000000000000", False),
        ("8.60010E+11", "8.60010E+11", False),
    ],
)
def test_the_same_article_is_the_same_number_or_an_equal_text_that_names_one(
    code: str, held: str, same: bool
) -> None:
    assert same_article(read_code(code), held) is same
