"""The codes that payers write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ordering.queries.numbers import check_digits
from market.payments.queries.codes import codes_in, is_sound_statement, statement_number

ORDER = "20112600001" + check_digits("20112600001")
OTHER = "20112600002" + check_digits("20112600002")
STATEMENT = statement_number(2020, 11, 1)


@given(st.integers(2018, 2099), st.integers(1, 12), st.integers(0, 99_999))
def test_a_statements_number_is_sound_and_found_in_what_was_written(year, month, drawn):
    number = statement_number(year, month, drawn)
    assert is_sound_statement(number)
    assert codes_in(f"货款{number}谢谢") == [number]


@given(st.integers(0, 99_999), st.integers(2, 12), st.integers(1, 9))
def test_every_single_wrong_digit_of_a_statements_number_is_found(drawn, place, change):
    number = statement_number(2020, 11, drawn)
    wrong = f"{(int(number[place]) + change) % 10}"
    assert not is_sound_statement(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"订单{ORDER}", [ORDER]),
        (f"{ORDER} {STATEMENT}，{ORDER}", [ORDER, STATEMENT]),
        (f"{OTHER} {ORDER}", [OTHER, ORDER]),
        (f"{ORDER[:4]} {ORDER[4:8]}-{ORDER[8:]}", [ORDER]),
        (f"js {STATEMENT[2:6]} {STATEMENT[6:]}", [STATEMENT]),
        ("".join(chr(ord(sign) + 0xFEE0) for sign in ORDER), [ORDER]),
        (f"{ORDER}0", []),
        (f"6{ORDER}", []),
        (f"{int(ORDER) + 1}", []),
        ("货款", []),
        ("", []),
    ],
)
def test_codes_are_found_as_people_write_them(text, codes):
    assert codes_in(text) == codes
