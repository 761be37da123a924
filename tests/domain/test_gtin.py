"""Article numbers as numbers: check digits, the canonical form, UPC-E and case codes."""

from __future__ import annotations

import pytest
import stdnum.ean
from hypothesis import given
from hypothesis import strategies as st

from nuorder_pos.domain.gtin import (
    canonical,
    case_codes,
    case_content,
    check_digit,
    compress_to_upc_e,
    expand_upc_e,
    has_check_digit,
    significant,
)

digits = st.text("0123456789", min_size=1, max_size=20)
bodies = st.one_of(*(st.text("0123456789", min_size=size, max_size=size) for size in (7, 11, 12, 13))).filter(
    lambda body: body.strip("0")
)
codes = bodies.map(lambda body: body + check_digit(body))
short_bodies = st.tuples(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6)).map("".join)

REAL = {
    "036000291452": "00036000291452",  # UPC-A
    "614141000036": "00614141000036",
    "4006381333931": "04006381333931",  # EAN-13
    "9780471117094": "09780471117094",
    "96385074": "00000096385074",  # EAN-8
    "73513537": "00000073513537",
    "10012345678902": "10012345678902",  # GTIN-14
    "98412345678908": "98412345678908",
}

NO_ARTICLE_NUMBERS = [
    "", "5", "036000291453", "36000291452", "0036000291452000", "000000000000", "00000000", "03600029145X",
    " 036000291452", "０３６０００２９１４５２", "٠٣٦٠٠٠٢٩١٤٥٢", "03600029145²", "-36000291452", "0x36000291",
]  # fmt: skip

SHORT = {
    "04252614": "042100005264",
    "01234565": "012345000065",
    "01234505": "012000003455",
    "01234531": "012300000451",
    "01234543": "012340000053",
    "06543217": "065100004327",
    "11234593": "112345000093",
}

NO_SHORT_FORM = {
    "04252615": "wrong check digit",
    "24252614": "number system 2",
    "0425261": "seven digits",
    "00000000": "zeros",
    "0425261X": "a letter",
    "01203451": "another short form stands for that article",
}


@pytest.mark.parametrize("code", REAL)
def test_codes_in_the_world_have_one_canonical_form(code: str) -> None:
    assert has_check_digit(code)
    assert canonical(code) == REAL[code]


@pytest.mark.parametrize("code", NO_ARTICLE_NUMBERS)
def test_what_is_no_article_number_has_no_canonical_form(code: str) -> None:
    assert canonical(code) == ""


@given(digits)
def test_of_ten_last_digits_exactly_one_is_the_check_digit_and_it_is_the_standard_s(body: str) -> None:
    assert [last for last in "0123456789" if has_check_digit(body + last)] == [check_digit(body)]
    assert check_digit(body) == stdnum.ean.calc_check_digit(body)


@pytest.mark.parametrize("body", ["", "12a", "１２", " 12"])
def test_only_digits_have_a_check_digit(body: str) -> None:
    assert not has_check_digit(body)
    with pytest.raises(ValueError, match="not digits"):
        check_digit(body)


@given(st.text(max_size=15))
def test_a_text_has_a_canonical_form_exactly_where_the_standard_says_it_is_valid(text: str) -> None:
    plain = text.isascii() and text.isdigit()
    assert bool(canonical(text)) == (plain and bool(text.strip("0")) and stdnum.ean.is_valid(text))


@given(codes)
def test_leading_zeros_do_not_make_another_article(code: str) -> None:
    spelled = {code.zfill(length) for length in (8, 12, 13, 14)}
    assert {canonical(one) for one in spelled} == {code.zfill(14)}
    assert len({significant(one) for one in spelled}) == 1


@given(codes, st.data())
def test_one_wrong_digit_is_never_an_article_number(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 1))
    wrong = str((int(code[place]) + data.draw(st.integers(1, 9))) % 10)
    assert canonical(code[:place] + wrong + code[place + 1 :]) == ""


@pytest.mark.parametrize("short", SHORT)
def test_a_upc_e_stands_for_one_upc_a(short: str) -> None:
    assert expand_upc_e(short) == SHORT[short]
    assert compress_to_upc_e(SHORT[short]) == short


@pytest.mark.parametrize("code", NO_SHORT_FORM)
def test_what_is_no_upc_e_stands_for_nothing(code: str) -> None:
    assert expand_upc_e(code) == "", NO_SHORT_FORM[code]


@pytest.mark.parametrize(
    "code", ["036000291452", "012345678905", "042100005263", "4006381333931", "", "x" * 12]
)
def test_most_articles_have_no_upc_e(code: str) -> None:
    assert compress_to_upc_e(code) == ""


@given(short_bodies)
def test_a_upc_e_has_one_check_digit_at_most_and_comes_back(body: str) -> None:
    found = [(body + last, long) for last in "0123456789" if (long := expand_upc_e(body + last))]
    assert len(found) <= 1
    for short, long in found:
        assert canonical(long)
        assert compress_to_upc_e(long) == short


@given(st.sampled_from("01"), st.text("012345", min_size=10, max_size=10))
def test_a_upc_a_that_has_a_short_form_comes_back(system: str, body: str) -> None:
    zeroed = system + body[:3] + "00000" + body[8:]
    upc_a = zeroed + check_digit(zeroed)
    if short := compress_to_upc_e(upc_a):
        assert expand_upc_e(short) == upc_a


def test_a_case_code_names_the_article_inside() -> None:
    assert case_content("10012345678902") == "00012345678905"
    assert case_content("10614141000415") == "00614141000418"


@pytest.mark.parametrize(
    "code", ["00012345678905", "90012345678906", "10012345678903", "012345678905", "", "x" * 14]
)
def test_an_article_a_case_of_varying_weight_and_a_wrong_code_hold_no_article(code: str) -> None:
    assert case_content(code) == ""


@given(codes)
def test_an_article_has_eight_case_codes_that_lead_back_to_it(code: str) -> None:
    gtin = canonical(code)
    cases = case_codes(gtin)
    assert len(set(cases)) == (8 if gtin[0] == "0" else 0)
    assert [case[0] for case in cases] == list("12345678")[: len(cases)]
    assert {case_content(case) for case in cases} <= {gtin}
    assert all(canonical(case) == case for case in cases)
