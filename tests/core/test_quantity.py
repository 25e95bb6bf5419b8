"""Quantities: reading, writing, minimum and step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.core import quantity
from market.core.errors import Refused


@given(st.integers(0, quantity.MOST_MILLI))
def test_what_is_written_is_read_back(milli):
    assert quantity.parse(quantity.show(milli)) == milli


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "数字"), ("两", "数字"), ("1.2345", "三位小数"), ("1000001", "过大")],
)
def test_a_quantity_that_can_not_be_read_is_refused(typed, sentence):
    with pytest.raises(Refused, match=sentence):
        quantity.parse(typed)


@pytest.mark.parametrize(
    ("milli", "sentence"),
    [
        (0, "大于 0"),
        (-1000, "大于 0"),
        (4_500, "低于起订量 5 公斤"),
        (5_250, "整数倍，可以改为 5、5.5 公斤"),
    ],
)
def test_an_order_off_minimum_or_step_is_refused_with_the_nearest_that_would_do(milli, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        quantity.check_order(milli, min_milli=5_000, step_milli=500, unit="公斤")
    assert refused.value.field == "quantity"


def test_an_order_on_the_step_passes():
    quantity.check_order(5_500, min_milli=5_000, step_milli=500, unit="公斤")
