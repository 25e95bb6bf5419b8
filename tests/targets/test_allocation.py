"""Divide a total: exact, fair, the same in any order, and never below what somebody has.

``MARKET_ALLOCATION_CASES`` says how many cases of each property are tried; ``make test`` takes few.
"""

import os
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.core.errors import Refused
from market.targets.queries import Bound, Claimant, divide

CASES = int(os.environ.get("MARKET_ALLOCATION_CASES", "300"))
YUAN = 100
STEP = 100 * YUAN


def claimants(*weights, floors=None, caps=None):
    floors, caps = floors or {}, caps or {}
    return [
        Claimant(f"U{n:03d}", weight, floors.get(n, 0), caps.get(n))
        for n, weight in enumerate(weights)
    ]


def amounts(division):
    return [part.amount_fen // YUAN for part in division.parts]


weights = st.lists(st.integers(0, 400), min_size=1, max_size=12).filter(any)
steps = st.sampled_from([1, 100, STEP, 10 * STEP])


@st.composite
def bounded(draw):
    """Draw a total, a step and claimants whose bounds leave a way."""
    step, given = draw(steps), draw(weights)
    floors = [draw(st.integers(0, 30)) for _ in given]
    room = [draw(st.one_of(st.none(), st.integers(0, 30))) for _ in given]
    caps = [
        None if more is None else floor + more for floor, more in zip(floors, room, strict=True)
    ]
    most = [
        floor if not weight else cap for weight, floor, cap in zip(given, floors, caps, strict=True)
    ]
    least = max(sum(floors), 1)
    highest = least + 300 if None in most else sum(most)
    total = draw(st.integers(least, highest)) if highest >= least else None
    made = [
        # Bounds need not be whole steps: they are rounded inwards.
        Claimant(
            f"U{n:03d}",
            weight,
            max(0, floor * step - draw(st.integers(0, step - 1))),
            None if cap is None else cap * step + draw(st.integers(0, step - 1)),
        )
        for n, (weight, floor, cap) in enumerate(zip(given, floors, caps, strict=True))
    ]
    return total and total * step, step, made


@settings(max_examples=CASES)
@given(bounded())
def test_the_parts_sum_exactly_and_keep_to_their_bounds(case):
    total, step, made = case
    if total is None:
        return
    division = divide(total, step, made)
    assert sum(part.amount_fen for part in division.parts) == total
    assert sum(part.exact for part in division.parts) == total
    for part, one in zip(division.parts, made, strict=True):
        assert part.amount_fen % step == 0
        assert part.amount_fen >= one.floor_fen
        assert one.cap_fen is None or part.amount_fen <= one.cap_fen
        assert abs(part.amount_fen - part.exact) < step
        assert (part.amount_fen != part.base_fen) == part.is_raised
        if part.bound:
            bound_fen = part.floor_fen if part.bound is Bound.FLOOR else part.cap_fen
            assert part.amount_fen == bound_fen
    free = [part for part in division.parts if part.weight and not part.bound]
    # Whoever stands at no bound gets alike by weight: the same fen for each point of it.
    assert len({part.exact / part.weight for part in free}) <= 1
    if free:
        level = free[0].exact / free[0].weight
        for part in division.parts:
            if part.bound is Bound.FLOOR:
                assert part.exact >= level * part.weight
            elif part.bound is Bound.CAP:
                assert part.exact <= level * part.weight


@settings(max_examples=CASES)
@given(weights, steps, st.integers(1, 3000))
def test_without_bounds_a_part_is_the_exact_share_rounded_down_or_up(given_weights, step, count):
    total = count * step
    division = divide(total, step, claimants(*given_weights))
    for part in division.parts:
        exact = Fraction(total * part.weight, sum(given_weights))
        assert part.plain == part.exact == exact
        assert exact // step * step <= part.amount_fen <= -(-exact // step) * step
        assert part.weight or not part.amount_fen
    assert sum(part.amount_fen for part in division.parts) == total
    raised = sorted(part.rank for part in division.parts if part.is_raised)
    assert raised == list(range(1, division.steps_left + 1))


@settings(max_examples=CASES)
@given(bounded(), st.randoms(use_true_random=False))
def test_the_order_of_the_units_makes_no_difference(case, chance: random.Random):
    total, step, made = case
    if total is None:
        return
    mixed = list(made)
    chance.shuffle(mixed)
    assert divide(total, step, mixed) == divide(total, step, made) == divide(total, step, made)


@settings(max_examples=CASES)
@given(weights, weights, steps, st.integers(1, 500), st.integers(0, 300))
def test_a_higher_total_lowers_nobody(before, after, step, count, more):
    """With what everybody has as their floor; other weights change nothing about it."""
    size = min(len(before), len(after))
    old = claimants(*before[:size]) if any(before[:size]) else claimants(*([1] * size))
    had = divide(count * step, step, old).by_code
    new = [
        Claimant(one.code, weight, had[one.code].amount_fen)
        for one, weight in zip(old, after[:size], strict=True)
    ]
    if not any(after[:size]):
        return
    got = divide((count + more) * step, step, new).by_code
    assert all(got[code].amount_fen >= had[code].amount_fen for code in had)


def test_the_steps_left_go_to_the_largest_remainders():
    division = divide(7 * YUAN, YUAN, claimants(10, 10, 99))
    assert amounts(division) == [1, 0, 6]
    first, second, third = division.parts
    # 10 of 119 points of seven yuan: 70/119 = 10/17 each, and 693/119 = 5 and 14/17.
    assert first.remainder == second.remainder == Fraction(10, 17)
    assert third.remainder == Fraction(14, 17)
    assert (third.rank, first.rank, second.rank) == (1, 2, 3)
    assert [part.is_raised for part in division.parts] == [True, False, True]


def test_equal_remainders_go_by_code():
    division = divide(10 * YUAN, YUAN, [Claimant(code, 1) for code in ("C", "A", "B")])
    assert [(part.code, part.amount_fen // YUAN) for part in division.parts] == [
        ("A", 4),
        ("B", 3),
        ("C", 3),
    ]


def test_a_floor_takes_from_those_who_have_more():
    division = divide(1000 * YUAN, STEP, claimants(1, 1, 8, floors={0: 20_000}))
    assert amounts(division) == [200, 100, 700]
    assert [part.bound for part in division.parts] == [Bound.FLOOR, None, None]
    assert division.parts[0].plain == 100 * YUAN


def test_a_cap_gives_to_the_others():
    division = divide(1000 * YUAN, STEP, claimants(1, 1, 8, caps={2: 40_000}))
    assert amounts(division) == [300, 300, 400]
    assert division.parts[2].bound is Bound.CAP


@pytest.mark.parametrize(
    ("total", "step", "made", "field", "words"),
    [
        (0, STEP, claimants(1), "total_fen", "必须大于 0"),
        (-STEP, STEP, claimants(1), "total_fen", "必须大于 0"),
        (10**15, STEP, claimants(1), "total_fen", "过大"),
        (STEP, 0, claimants(1), "step_fen", "步长必须大于 0"),
        (15_000, STEP, claimants(1), "total_fen", "可以改为 100.00 元或 200.00 元"),
        (50, STEP, claimants(1), "total_fen", "可以改为 100.00 元。"),
        (STEP, STEP, [], "units", "没有参加分解的单位"),
        (STEP, STEP, [Claimant("A", 1), Claimant("A", 2)], "units", "出现了两次"),
        (STEP, STEP, claimants(1, -1), "weight@U001", "权重小于 0"),
        (STEP, STEP, claimants(0, 0), "weights", "都是 0"),
        (STEP, STEP, claimants(1, floors={0: -1}), "cap_fen@U000", "小于 0"),
        (STEP, STEP, claimants(1, caps={0: -1}), "cap_fen@U000", "小于 0"),
        (
            STEP,
            STEP,
            claimants(1, floors={0: 5}, caps={0: 9}),
            "cap_fen@U000",
            "没有 100.00 元的整数倍",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused(total, step, made, field, words):
    with pytest.raises(Refused, match=words) as refusal:
        divide(total, step, made)
    assert refusal.value.field == field


def test_floors_beyond_the_total_are_refused_with_the_sums():
    made = claimants(1, 1, floors={0: 9_950, 1: 15_000}, caps={1: 30_000})
    with pytest.raises(Refused, match="下限合计超过目标总额") as refusal:
        divide(2 * STEP, STEP, made)
    assert "下限合计 300.00 元，上限合计 不限，目标总额 200.00 元" in str(refusal.value)
    assert refusal.value.field == "bounds"


def test_caps_below_the_total_are_refused_with_the_sums():
    made = claimants(1, 0, caps={0: 10_000})
    with pytest.raises(Refused, match="上限合计不足目标总额") as refusal:
        divide(2 * STEP, STEP, made)
    assert "下限合计 0.00 元，上限合计 100.00 元，目标总额 200.00 元" in str(refusal.value)


def test_everybody_may_stand_at_a_bound():
    both = divide(3 * STEP, STEP, claimants(1, 9, floors={0: 20_000}, caps={1: 10_000}))
    assert amounts(both) == [200, 100]
    assert {part.bound for part in both.parts} == {Bound.FLOOR, Bound.CAP}
