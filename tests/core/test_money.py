"""Money: reading, writing, rounding, splitting."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import money
from market.core.errors import Refused


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("１２３．４", 12340),
        ("¥0.01", 1),
        ("-3元", -300),
        ("0", 0),
        ("10000000000", money.MOST_FEN),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, fen):
    assert money.parse_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "数字"),
        ("abc", "数字"),
        ("1e5", "数字"),
        ("1.234", "两位小数"),
        ("10000000000.01", "过大"),
    ],
)
def test_an_amount_that_can_not_be_read_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(Refused, match=sentence):
        money.parse_yuan(typed)


@given(st.integers(-(10**14), 10**12))
def test_what_is_written_is_read_back(fen):
    fen = max(fen, -money.MOST_FEN)
    assert money.parse_yuan(money.yuan(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [(1_234_567, "1.23"), (1_235_000, "1.24"), (5_487_000_000, "5,487.00"), (-1_235_000, "-1.24")],
)
def test_wan_rounds_half_away_from_zero(fen, text):
    assert money.wan(fen) == text


def test_a_line_is_rounded_once_half_up():
    assert money.line_fen(1280, 2_500) == 3200
    assert money.line_fen(1, 500) == 1
    assert money.line_fen(1, 499) == 0


@given(st.fractions())
def test_rounding_is_never_off_by_more_than_a_half(exact):
    assert abs(Fraction(money.round_half_up(exact)) - exact) <= Fraction(1, 2)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_shares_sum_to_the_whole_and_lie_within_one_of_the_exact(total, weights):
    if sum(weights) == 0:
        weights[0] = 1
    parts = money.shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total * weight, sum(weights))
        assert exact // 1 <= part <= -(-exact // 1)


def test_ties_go_to_the_earlier_place():
    assert money.shares(1, [1, 1]) == [1, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_say_nothing_are_refused(weights):
    with pytest.raises(Refused, match="权重"):
        money.shares(100, weights)


@pytest.mark.parametrize(
    ("done", "target", "shown"),
    [
        (99_999, 100_000, "99.9%"),
        (100_000, 100_000, "100.0%"),
        (131_250, 100_000, "131.2%"),
        (-50, 100_000, "-0.1%"),
        (5, 0, "无任务"),
    ],
)
def test_a_rate_is_floored_so_that_100_is_reached_only_when_it_is(done, target, shown):
    assert money.show_rate(money.rate(done, target)) == shown


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (50, "伍角整"),
        (1005, "壹拾元零伍分"),
        (1050, "壹拾元伍角整"),
        (100000101, "壹佰万零壹元零壹分"),
        (10000000000, "壹亿元整"),
        (10000000100, "壹亿零壹元整"),
        (101001000, "壹佰零壹万零壹拾元整"),
        (16807500, "壹拾陆万捌仟零柒拾伍元整"),
        (-2550, "负贰拾伍元伍角整"),
        (123456789012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
    ],
)
def test_an_amount_is_written_in_capitals_as_on_a_bill(fen, text):
    assert money.capitals(fen) == text


def read_capitals(text):
    """Read what ``capitals`` wrote: the sum of its digits times their places."""
    places = {"拾": 10, "佰": 100, "仟": 1000}
    sign, text = (-1, text[1:]) if text[0] == "负" else (1, text)
    whole, group, digit, fen = 0, 0, 0, 0
    for letter in text.replace("万亿", "兆"):
        if letter in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(letter)
        elif letter in places:
            group, digit = group + digit * places[letter], 0
        elif letter in "万亿兆":
            power = {"万": 10**4, "亿": 10**8, "兆": 10**12}[letter]
            whole, group, digit = whole + (group + digit) * power, 0, 0
        elif letter == "元":
            whole, group, digit = whole + group + digit, 0, 0
        elif letter in "角分":
            fen, digit = fen + digit * {"角": 10, "分": 1}[letter], 0
    return sign * (whole * 100 + fen)


@given(st.integers(-money.MOST_FEN, money.MOST_FEN) | st.integers(-100_000, 100_000))
def test_capitals_are_read_back(fen):
    text = money.capitals(fen)
    assert read_capitals(text) == fen
    assert "零零" not in text
    assert text.endswith("整") == (fen % 10 == 0)
    assert not any(wrong in text for wrong in ("零元", "零角", "零万", "零亿", "零整")) or fen == 0


@pytest.mark.parametrize(
    ("typed", "tenths"),
    [("0", 0), ("87.5", 875), ("87.5%", 875), ("１００％", 1000), (" 4.0 ", 40)],
)
def test_a_percentage_is_read_as_people_type_it(typed, tenths):
    assert money.parse_rate(typed) == tenths


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("多", "只能是数字"), ("-1", "0 至 100"), ("100.1", "0 至 100"), ("4.55", "最多一位小数")],
)
def test_a_percentage_that_can_not_be_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(Refused, match=sentence):
        money.parse_rate(typed)
