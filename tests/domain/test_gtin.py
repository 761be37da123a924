"""Article codes: check digits, spellings, damage and repair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.orders import upc

from nuorder_pos.domain.codes import read_code, spellings
from nuorder_pos.domain.gtin import canonical, check_digit, has_check_digit

digits = st.text("0123456789", min_size=1, max_size=13)
bodies = st.text("0123456789", min_size=11, max_size=11).filter(lambda body: body.strip("0"))
upcs = bodies.map(lambda body: body + check_digit(body))

REAL = ["036000291452", "4006381333931", "96385074", "10012345678902", "012345678905"]


@pytest.mark.parametrize("code", REAL)
def test_codes_in_the_world_have_their_check_digit_and_are_valid(code: str) -> None:
    assert has_check_digit(code)
    found = read_code(code)
    assert (found.valid, found.problem, found.gtin) == (True, "", code.zfill(14))


@given(digits)
def test_of_ten_last_digits_exactly_one_is_the_check_digit(body: str) -> None:
    assert [last for last in "0123456789" if has_check_digit(body + last)] == [check_digit(body)]


@given(upcs, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(code: str, place: int, off: int) -> None:
    wrong = code[:place] + str((int(code[place]) + off) % 10) + code[place + 1 :]
    found = read_code(wrong)
    assert not found.valid
    assert found.problem


@given(upcs)
def test_leading_zeros_do_not_make_another_article(code: str) -> None:
    assert canonical(code) == canonical("0" + code) == canonical("00" + code)


@given(upcs)
def test_the_spellings_are_one_article_the_order_s_own_first(code: str) -> None:
    found = spellings(read_code(code))
    assert found[0] == code
    assert len(set(found)) == len(found)
    assert {one.zfill(14) for one in found} == {code.zfill(14)}
    assert {12, 13, 14} <= {len(one) for one in found}


@given(st.text(max_size=20))
def test_any_text_is_read_without_an_error_and_is_valid_only_as_digits(text: str) -> None:
    found = read_code(text)
    assert found.text == text.strip()
    if found.valid:
        assert found.text.isascii()
        assert found.text.isdigit()


@given(upcs)
def test_a_repair_is_a_valid_code(code: str) -> None:
    for damaged in (code.lstrip("0"), f" {code[:6]}-{code[6:]} ", f"{code}.0", code.replace("0", "O")):
        found = read_code(damaged)
        if found.repair:
            assert canonical(found.repair)
            assert not found.valid


DAMAGED = {
    "8.60010E+11": ("scientific notation", ""),
    "8,6001E11": ("scientific notation", ""),
    upc(1)[1:]: ("lost its leading zero", upc(1)),
    upc(1) + "01": ("check digit is wrong", ""),
    "124": ("it has 3 digits; a UPC has 12", ""),
    "000000000000": ("all zeros", ""),
    "0860-0100-0010": ("spaces, hyphens or a decimal ending", "086001000010"),
    "086001000010.0": ("spaces, hyphens or a decimal ending", "086001000010"),
    "O86001OOOO1O": ("letters in place of digits", "086001000010"),
    "86001000010.0": ("lost its leading zero", "086001000010"),
    "TEE-RED-M": ("characters that are no digits", ""),
    "٠٨٦٠٠١٠٠٠٠١٠": ("characters that are no digits", ""),
}


@pytest.mark.parametrize("code", DAMAGED)
def test_a_damaged_code_says_which_damage_and_what_would_repair_it(code: str) -> None:
    problem, repair = DAMAGED[code]
    found = read_code(code)
    assert not found.valid
    assert problem in found.problem
    assert found.repair == repair


def test_a_wrong_check_digit_names_the_right_one() -> None:
    right = upc(1)
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert f"(it would be {right[-1]})" in read_code(wrong).problem


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_no_code_is_no_damage(nothing: str | None) -> None:
    found = read_code(nothing)
    assert (found.text, found.valid, found.problem) == ("", False, "")
    assert spellings(found) == ()


def test_a_code_of_digits_that_is_not_valid_has_its_own_spelling_only() -> None:
    assert spellings(read_code("123456789013")) == ("123456789013",)
    assert spellings(read_code("TEE-RED-M")) == ()


@pytest.mark.parametrize(
    "code, may", [(upc(1), True), ("4006381333931", True), ("96385074", False), ("123", False)]
)
def test_the_pos_takes_valid_codes_of_eleven_to_fourteen_digits(code: str, may: bool) -> None:
    assert read_code(code).writable is may
