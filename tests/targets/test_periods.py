"""Months are locked and closed in order, and nothing ever changes a closed one."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.targets.models import Credit, CreditTotal, Period, PeriodState
from market.targets.queries import (
    completion_of,
    earliest_day,
    lands_in,
    months_shown,
    verify_outside,
    verify_periods,
    verify_totals,
)
from market.targets.services import (
    close_period,
    lock_period,
    reopen_period,
    reverse_outside,
    verify_outside_purchase,
)
from tests import make
from tests.targets import world

SEP, OCT = dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC), dt.datetime(2026, 10, 10, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def other(session):
    """The second coordinator."""
    return make.person(session, name="何静", role=Role.COORDINATOR)


def bought(session, by, day, fen=1000, **given):
    return world.purchase(session, by, fen, bought_on=day, **given)


def verified(session, made, by):
    thing = verify_outside_purchase(session, made, version=made.version, by=by)
    session.flush()
    return thing


def test_only_a_coordinator_keeps_the_months(session, buyer, lead, admin, inspector):
    for by in (buyer, lead, admin, inspector):
        for deed in (lock_period, close_period):
            with pytest.raises(Refused, match="只有统筹协调人员"):
                deed(session, 2026, 9, by=by)
        with pytest.raises(Refused, match="只有统筹协调人员"):
            reopen_period(session, 2026, 9, reason="核对", by=by)


def test_a_month_goes_from_open_to_locked_to_closed(session, buyer, coordinator):
    world.credited(session, buyer, 300, at=SEP)
    period = lock_period(session, 2026, 9, by=coordinator)
    assert (period.state, period.locked_at) == (PeriodState.SOFT_LOCKED, clock.now())
    reopen_period(session, 2026, 9, reason=" 漏了一单 ", by=coordinator)
    assert (period.state, period.locked_at) == (PeriodState.OPEN, None)
    lock_period(session, 2026, 9, by=coordinator)
    close_period(session, 2026, 9, by=coordinator)
    assert (period.state, period.closed_fen) == (PeriodState.CLOSED, 300)
    session.flush()
    deeds = session.execute(sa.select(Entry.deed, Entry.facts).order_by(Entry.id)).all()
    assert [deed for deed, _ in deeds] == [
        "period.locked",
        "period.reopened",
        "period.locked",
        "period.closed",
    ]
    assert deeds[1][1]["reason"] == "漏了一单"
    assert deeds[3][1] == {"year": 2026, "month": 9, "total_fen": 300}


def test_closing_twice_and_opening_what_is_closed_is_refused(session, buyer, coordinator):
    world.credited(session, buyer, 300, at=SEP)
    lock_period(session, 2026, 9, by=coordinator)
    close_period(session, 2026, 9, by=coordinator)
    with pytest.raises(Refused, match="2026年9月已经结账，不能重复结账"):
        close_period(session, 2026, 9, by=coordinator)
    with pytest.raises(Refused, match="已结账，不能重新开放"):
        reopen_period(session, 2026, 9, reason="改", by=coordinator)
    with pytest.raises(Refused, match="当前状态是“已结账”"):
        lock_period(session, 2026, 9, by=coordinator)


def test_months_are_locked_and_closed_in_order(session, buyer, coordinator):
    world.credited(session, buyer, 300, at=SEP)
    world.credited(session, buyer, 300, at=OCT)
    with pytest.raises(Refused, match="先锁定2026年9月"):
        lock_period(session, 2026, 10, by=coordinator)
    with pytest.raises(Refused, match="还没有锁定"):
        close_period(session, 2026, 9, by=coordinator)
    with pytest.raises(Refused, match="2026年8月还没有锁定"):
        close_period(session, 2026, 8, by=coordinator)
    lock_period(session, 2026, 9, by=coordinator)
    lock_period(session, 2026, 10, by=coordinator)
    with pytest.raises(Refused, match="先结2026年9月的账"):
        close_period(session, 2026, 10, by=coordinator)
    with pytest.raises(Refused, match="2026年10月也已锁定"):
        reopen_period(session, 2026, 9, reason="漏了", by=coordinator)
    with pytest.raises(Refused, match="重新开放的原因") as refusal:
        reopen_period(session, 2026, 10, reason=" ", by=coordinator)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(
    ("year", "month", "words"),
    [(2026, 11, "还没有过完"), (2026, 12, "还没有过完"), (2026, 13, "须在"), (2017, 1, "须在")],
)
def test_a_month_that_is_not_over_is_not_locked(session, coordinator, year, month, words):
    with pytest.raises(Refused, match=words):
        lock_period(session, year, month, by=coordinator)


def test_in_a_locked_month_only_what_was_submitted_by_then_still_counts(
    session, buyer, coordinator, other
):
    day = dt.date(2026, 9, 20)
    with clock.set_to(SEP + dt.timedelta(days=12)):
        in_time = bought(session, buyer, day)
    with clock.set_to(OCT):
        lock_period(session, 2026, 9, by=coordinator)
    late = bought(session, buyer, day)
    first, second = verified(session, in_time, other), verified(session, late, other)
    assert (first.month, first.is_adjustment) == (9, False)
    assert (second.month, second.is_adjustment) == (10, True)
    assert second.happened_on == day
    assert lands_in(session, day, in_time.submitted_at) == (2026, 9)
    assert lands_in(session, day, late.submitted_at) == (2026, 10)
    assert lands_in(session, day) == (2026, 10)
    assert lands_in(session, dt.date(2026, 10, 2)) == (2026, 10)

    close_period(session, 2026, 9, by=coordinator)
    with clock.set_to(SEP + dt.timedelta(days=13)):
        also_in_time = bought(session, buyer, day)
    third = verified(session, also_in_time, other)
    assert (third.month, third.is_adjustment) == (10, True)
    found = completion_of(session, buyer.unit_id, 2026)
    assert (found.done_fen, found.adjusted) == (3000, {10: 2000})


def test_a_claim_against_a_closed_month_is_an_adjustment_of_today(session, buyer, coordinator):
    bought_then = world.credited(session, buyer, 300, at=SEP)
    lock_period(session, 2026, 9, by=coordinator)
    close_period(session, 2026, 9, by=coordinator)
    back = world.claimed(session, bought_then, 100, by=buyer)
    assert (back.month, back.is_adjustment, back.happened_on) == (11, True, dt.date(2026, 9, 10))
    assert verify_periods(session) == []


def test_what_is_taken_back_lands_in_its_own_month_while_that_is_open(
    session, buyer, coordinator, other
):
    made = bought(session, buyer, dt.date(2026, 9, 5))
    verified(session, made, coordinator)
    back = reverse_outside(session, made, reason="重复", by=other)
    assert (back.month, back.is_adjustment, back.credited_on) == (9, False, TODAY)

    made = bought(session, buyer, dt.date(2026, 9, 6))
    verified(session, made, coordinator)
    lock_period(session, 2026, 9, by=coordinator)
    back = reverse_outside(session, made, reason="重复", by=other)
    assert (back.month, back.is_adjustment) == (10, True)


def test_an_adjustment_that_is_taken_back_is_one_too(session, buyer, coordinator, other):
    world.credited(session, buyer, 300, at=SEP)
    with clock.set_to(OCT):
        lock_period(session, 2026, 9, by=coordinator)
    made = bought(session, buyer, dt.date(2026, 9, 5))
    assert verified(session, made, coordinator).month == 10
    reopen_period(session, 2026, 9, reason="漏了", by=coordinator)
    back = reverse_outside(session, made, reason="重复", by=other)
    assert (back.month, back.is_adjustment) == (10, True)
    assert completion_of(session, buyer.unit_id, 2026).adjusted == {10: 0}


def test_purchases_of_last_year_are_taken_until_its_december_is_closed(session, buyer, coordinator):
    assert earliest_day(session, TODAY) == dt.date(2025, 1, 1)
    world.credited(session, buyer, 300, at=SEP.replace(year=2025, month=12))
    lock_period(session, 2025, 12, by=coordinator)
    assert earliest_day(session, TODAY) == dt.date(2025, 1, 1)
    close_period(session, 2025, 12, by=coordinator)
    assert earliest_day(session, TODAY) == dt.date(2026, 1, 1)


def test_the_months_of_a_year_say_what_may_be_done(session, buyer, coordinator):
    world.credited(session, buyer, 300, at=SEP.replace(month=6))
    world.credited(session, buyer, 500, at=SEP)
    bought(session, buyer, dt.date(2026, 9, 5), 70)

    def told():
        return {
            one.month: (one.state.value, one.can_lock, one.can_reopen, one.can_close)
            for one in months_shown(session, 2026, TODAY)
        }

    assert told()[6] == ("open", True, False, False)
    assert max(told()) == 11
    lock_period(session, 2026, 6, by=coordinator)
    assert told()[5] == ("soft_locked", False, False, False)
    assert told()[6] == ("soft_locked", False, True, True)
    assert told()[7] == ("open", True, False, False)
    lock_period(session, 2026, 7, by=coordinator)  # Nothing was counted in it, nor in August.
    close_period(session, 2026, 6, by=coordinator)
    assert told()[6] == told()[5] == ("closed", False, False, False)
    september = months_shown(session, 2026, TODAY)[8]
    assert (september.sum_fen, september.waiting, september.waiting_fen) == (500, 1, 70)
    assert [one.can_lock for one in months_shown(session, 2027, TODAY)] == []
    assert len(months_shown(session, 2025, TODAY)) == 12
    for month in (8, 9, 10):
        lock_period(session, 2026, month, by=coordinator)
    assert not any(can_lock for _, can_lock, _, _ in told().values())


def test_where_nothing_was_ever_counted_nothing_is_to_lock(session):
    assert {one.can_lock for one in months_shown(session, 2026, TODAY)} == {False}
    assert {one.state for one in months_shown(session, 2026, TODAY)} == {PeriodState.OPEN}


def test_a_closed_month_that_was_changed_is_named(session, buyer, coordinator):
    world.credited(session, buyer, 300, at=SEP)
    lock_period(session, 2026, 9, by=coordinator)
    close_period(session, 2026, 9, by=coordinator)
    assert verify_periods(session) == []
    session.execute(sa.update(CreditTotal).values(amount_fen=301))
    assert verify_periods(session) == ["2026年9月结账时合计 3.00 元，现在为 3.01 元"]
    session.execute(sa.update(CreditTotal).values(amount_fen=300))
    session.add(Period(year=2026, month=8, state=PeriodState.OPEN))
    session.flush()
    assert verify_periods(session) == ["2026年9月是“已结账”，之前却有月份是“开放”"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "verify", "reverse", "lock", "reopen", "close", "claim"]),
        st.integers(0, 9),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_no_closed_month_changes_and_the_year_keeps_its_sum(session, steps):
    """In any order of buying, verifying, reversing, claiming, locking, reopening and closing."""
    session.rollback()
    own, by = session, make.person(session)
    first, second = (make.person(session, role=Role.COORDINATOR) for _ in "ab")
    made, due_fen, closed = [], 0, {}
    for deed, n in steps:
        month = 7 + n % 4
        try:
            with own.begin_nested():
                match deed:
                    case "buy":
                        made.append(bought(own, by, dt.date(2026, month, 5), 100 + n))
                    case "verify" if made:
                        verified(own, made[n % len(made)], first)
                        due_fen += made[n % len(made)].amount_fen
                    case "reverse" if made:
                        reverse_outside(own, made[n % len(made)], reason="重复", by=second)
                        due_fen -= made[n % len(made)].amount_fen
                    case "claim":
                        at = dt.datetime(2026, month, 9, 4, tzinfo=dt.UTC)
                        credited = world.credited(own, by, 500, at=at)
                        world.claimed(own, credited, 30 + n, by=by)
                        due_fen += 470 - n
                    case "lock":
                        lock_period(own, 2026, month, by=first)
                    case "reopen":
                        reopen_period(own, 2026, month, reason="核对", by=first)
                    case "close":
                        close_period(own, 2026, month, by=first)
        except Refused:
            continue
        sums = {one.month: one.sum_fen for one in months_shown(own, 2026, TODAY)}
        assert {at: sums[at] for at in closed} == closed
        for period in own.scalars(sa.select(Period).where(Period.state == PeriodState.CLOSED)):
            closed.setdefault(period.month, sums[period.month])
    total = own.scalar(sa.select(sa.func.sum(Credit.amount_fen)).where(Credit.year == 2026))
    assert (total or 0) == due_fen
    assert [*verify_totals(own), *verify_outside(own), *verify_periods(own)] == []
    session.rollback()
