"""Issuing and revising targets, and keeping totals equal to credits."""

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.audit.models import Entry
from market.core import clock
from market.core.db import db
from market.core.errors import Refused
from market.core.money import MOST_FEN
from market.notices.models import Notice
from market.ordering.models import BuyingFor
from market.targets.models import Channel, Credit, CreditTotal, TargetEntry
from market.targets.queries import Wish, completion_of, target_fen, verify_totals
from market.targets.services import import_targets, issue_target
from market.units.models import Unit, UnitState
from tests import make
from tests.targets import world

YEAR = 2026


def issue(session: Any, unit: Unit, amount_fen: int, by: Any, **given: Any) -> TargetEntry:
    return issue_target(
        session,
        unit,
        **{
            "year": YEAR,
            "amount_fen": amount_fen,
            "document_no": "演示〔2026〕1号",
            "document_on": dt.date(2026, 1, 20),
            "by": by,
        }
        | given,
    )


def test_only_a_coordinator_issues_targets(session, buyer, lead, inspector, admin):
    for by in (buyer, lead, inspector, admin):
        with pytest.raises(Refused, match="只有统筹协调人员"):
            issue(session, buyer.unit, 100_00, by)


def test_the_first_target_is_issued_and_the_unit_is_told(session, buyer, lead, coordinator):
    entry = issue(session, buyer.unit, 20_000_000, coordinator)
    session.flush()

    assert (entry.change_fen, entry.year) == (20_000_000, YEAR)
    assert target_fen(session, buyer.unit_id, YEAR) == 20_000_000
    assert target_fen(session, buyer.unit_id, YEAR - 1) == 0
    told = session.scalars(sa.select(Notice)).all()
    assert {notice.person_id for notice in told} == {buyer.id, lead.id}
    assert "200,000.00 元" in told[0].text
    assert told[0].path == f"/units/{buyer.unit.code}/completion?year={YEAR}"
    deed = session.scalars(sa.select(Entry)).one()
    assert (deed.deed, deed.about) == ("target.issued", f"target_entry:{entry.id}")
    assert deed.facts["target_fen"] == 20_000_000


def test_a_revision_writes_only_the_difference(session, buyer, coordinator):
    first = issue(session, buyer.unit, 20_000_000, coordinator)
    down = issue(
        session, buyer.unit, 15_000_000, coordinator, document_no="2号", reason="食堂停业两个月"
    )
    up = issue(session, buyer.unit, 15_000_001, coordinator, document_no="3号", reason="调整")

    assert [first.change_fen, down.change_fen, up.change_fen] == [20_000_000, -5_000_000, 1]
    assert target_fen(session, buyer.unit_id, YEAR) == 15_000_001
    deeds = session.scalars(sa.select(Entry.deed).order_by(Entry.id)).all()
    assert deeds == ["target.issued", "target.revised", "target.revised"]


def test_a_target_may_be_taken_back_to_nothing_and_issued_again(session, buyer, coordinator):
    issue(session, buyer.unit, 100, coordinator)
    issue(session, buyer.unit, 0, coordinator, document_no="2号", reason="撤回")
    assert target_fen(session, buyer.unit_id, YEAR) == 0
    issue(session, buyer.unit, 300, coordinator, document_no="3号", reason="重新下达")
    assert target_fen(session, buyer.unit_id, YEAR) == 300


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"year": 2017}, "year", "2018 至 2100"),
        ({"year": 2101}, "year", "2018 至 2100"),
        ({"amount_fen": -1}, "amount_fen", "不能小于 0"),
        ({"amount_fen": 0}, "amount_fen", "必须大于 0"),
        ({"amount_fen": MOST_FEN + 1}, "amount_fen", "目标过大"),
        ({"document_no": "  "}, "document_no", "请填写下达文件的文号"),
        ({"document_no": "号" * 61}, "document_no", "最多 60 个字"),
        ({"document_on": dt.date(2100, 1, 1)}, "document_on", "晚于今天"),
        ({"seen_fen": 5}, "amount_fen", "刚被改为 0.00 元"),
    ],
)
def test_a_first_target_is_refused(session, buyer, coordinator, given, field, words):
    with pytest.raises(Refused, match=words) as refusal:
        issue(session, buyer.unit, **({"amount_fen": 100, "by": coordinator} | given))
    assert refusal.value.field == field
    assert session.scalars(sa.select(TargetEntry)).all() == []


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"amount_fen": 100}, "amount_fen", "没有变化"),
        ({"reason": " "}, "reason", "须说明原因"),
        ({"document_no": " 演示〔2026〕1号 "}, "document_no", "已用于"),
        ({"seen_fen": 0}, "amount_fen", "您看到的是 0.00 元"),
    ],
)
def test_a_revision_is_refused(session, buyer, coordinator, given, field, words):
    issue(session, buyer.unit, 100, coordinator)
    good = {"amount_fen": 200, "document_no": "2号", "reason": "增加", "by": coordinator}
    with pytest.raises(Refused, match=words) as refusal:
        issue(session, buyer.unit, **(good | given))
    assert refusal.value.field == field
    assert target_fen(session, buyer.unit_id, YEAR) == 100


def test_the_same_document_may_serve_many_units_and_years(session, buyer, stranger, coordinator):
    issue(session, buyer.unit, 100, coordinator)
    issue(session, stranger.unit, 100, coordinator)
    issue(session, buyer.unit, 100, coordinator, year=YEAR - 1)
    assert len(session.scalars(sa.select(TargetEntry)).all()) == 3


def test_a_closed_unit_gets_no_more_but_may_get_less(session, coordinator):
    unit = make.unit(session)
    issue(session, unit, 100, coordinator)
    session.execute(sa.update(Unit).values(state=UnitState.CLOSED))
    session.refresh(unit)
    with pytest.raises(Refused, match="已撤销"):
        issue(session, unit, 200, coordinator, document_no="2号", reason="增加")
    issue(session, unit, 50, coordinator, document_no="2号", reason="撤销前结清")
    assert target_fen(session, unit.id, YEAR) == 50


def wish(unit: Unit, fen: int, **given: Any) -> Wish:
    return Wish(
        **{
            "unit_id": unit.id,
            "code": unit.code,
            "name": unit.name,
            "year": YEAR,
            "amount_fen": fen,
            "document_no": "9号",
            "document_on": dt.date(2026, 1, 20),
            "reason": "",
            "seen_fen": 0,
        }
        | given
    )


def test_an_import_is_all_or_none(session, buyer, stranger, coordinator):
    wishes = [wish(stranger.unit, 200), wish(buyer.unit, 100)]
    assert import_targets(session, wishes, by=coordinator) == 2
    session.commit()
    again = [
        wish(buyer.unit, 150, seen_fen=100, document_no="10号", reason="增加"),
        wish(stranger.unit, 250, seen_fen=200),  # The document was used, so this one is refused.
    ]
    with pytest.raises(Refused, match="已用于"):
        import_targets(session, again, by=coordinator)
    session.rollback()
    assert target_fen(session, buyer.unit_id, YEAR) == 100
    assert target_fen(session, stranger.unit_id, YEAR) == 200


def test_an_import_passes_over_what_stays_and_refuses_when_all_does(
    session, buyer, stranger, coordinator
):
    issue(session, buyer.unit, 100, coordinator)
    stays = wish(buyer.unit, 100, seen_fen=100)
    assert import_targets(session, [stays, wish(stranger.unit, 5)], by=coordinator) == 1
    with pytest.raises(Refused, match="没有需要写入"):
        import_targets(session, [stays], by=coordinator)


def test_an_import_refuses_what_changed_after_the_preview(session, buyer, coordinator):
    issue(session, buyer.unit, 100, coordinator)
    with pytest.raises(Refused, match=r"刚被改为 1\.00 元"):
        import_targets(session, [wish(buyer.unit, 500)], by=coordinator)


def test_two_revisions_at_once_never_start_from_the_same_sum(app, session, buyer, coordinator):
    """Six people revise one target; the sum of the entries is what the last of them wanted.

    Without the lock on the unit's row (seen on PostgreSQL) all start from the first
    target, and the sum is the target of none of them.
    """
    issue(session, buyer.unit, 1_000, coordinator)
    unit_id, by_id, kind = buyer.unit_id, coordinator.id, type(coordinator)
    session.commit()
    wanted = [2_000 + n for n in range(6)]
    start = threading.Barrier(len(wanted))
    failed: list[Exception] = []

    def revise(fen: int) -> None:
        with app.app_context():
            start.wait()
            try:
                issue(
                    db.session,
                    db.session.get_one(Unit, unit_id),
                    fen,
                    db.session.get_one(kind, by_id),
                    document_no=f"{fen}号",
                    reason="调整",
                )
                db.session.commit()
            except (Refused, sa.exc.SQLAlchemyError) as error:
                failed.append(error)

    threads = [threading.Thread(target=revise, args=(fen,)) for fen in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    session.expire_all()
    entries = session.scalars(sa.select(TargetEntry).order_by(TargetEntry.id)).all()
    assert failed == []
    assert sum(entry.change_fen for entry in entries) == int(entries[-1].document_no[:-1])


def test_a_credit_of_new_years_eve_in_greenwich_belongs_to_the_new_year(session, buyer):
    late = dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)
    early = dt.datetime(2025, 12, 31, 15, 59, tzinfo=dt.UTC)
    new = world.credited(session, buyer, 700, at=late)
    old = world.credited(session, buyer, 300, at=early)

    assert (new.year, new.month, new.credited_on) == (2026, 1, dt.date(2026, 1, 1))
    assert (old.year, old.month, old.credited_on) == (2025, 12, dt.date(2025, 12, 31))
    assert completion_of(session, buyer.unit_id, 2026).done_fen == 700
    assert completion_of(session, buyer.unit_id, 2025).done_fen == 300


def test_a_claim_takes_back_on_the_day_it_is_agreed(session, buyer):
    december = dt.datetime(2025, 12, 20, tzinfo=dt.UTC)
    january = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    bought = world.credited(session, buyer, 900, at=december)
    world.claimed(session, bought, 200, by=buyer, at=january)

    assert completion_of(session, buyer.unit_id, 2025).done_fen == 900
    assert completion_of(session, buyer.unit_id, 2026).done_fen == -200
    assert verify_totals(session) == []


deeds = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from([BuyingFor.CANTEEN, BuyingFor.UNION, BuyingFor.SELF]),
        st.integers(1, 10**9),
        st.integers(0, 800),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=8,
)


@given(deeds=deeds)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_totals_are_the_sum_of_credits(session, deeds):
    session.rollback()
    buyers = [make.person(session), make.person(session)]
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    expected: dict[tuple[int, int], int] = {}
    for who, buying_for, fen, days, back in deeds:
        at = start + dt.timedelta(days=days, hours=17)
        bought = world.credited(session, buyers[who], fen, buying_for=buying_for, at=at)
        written = [bought]
        if back > 60:
            written.append(
                world.claimed(session, bought, max(1, fen * back // 100), by=buyers[who], at=at)
            )
        for thing in written:
            key = (buyers[who].unit_id, clock.day_of(at).year)
            expected[key] = expected.get(key, 0) + thing.amount_fen

    assert verify_totals(session) == []
    for (unit_id, year), fen in expected.items():
        completion = completion_of(session, unit_id, year)
        assert completion.done_fen == fen
        assert sum(completion.by_month.values()) == fen
        assert sum(completion.by_channel.values()) == fen
    session.rollback()


@pytest.mark.parametrize("table", [Credit, CreditTotal])
def test_one_fen_changed_behind_our_back_is_named(session, buyer, table):
    world.credited(session, buyer, 5_000, at=dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    assert verify_totals(session) == []
    session.execute(sa.update(table).values(amount_fen=table.amount_fen + 1))
    (said,) = verify_totals(session)
    assert buyer.unit.code in said
    assert "2026年3月“食堂定点采购”" in said
    assert "相差" in said
    assert "0.01 元" in said


def test_a_total_that_is_missing_and_one_too_many_are_named(session, buyer, stranger):
    world.credited(session, buyer, 5_000)
    session.execute(sa.delete(CreditTotal))
    session.add(
        CreditTotal(
            unit_id=stranger.unit_id, year=2026, month=1, channel=Channel.FAIR, amount_fen=7
        )
    )
    session.flush()
    said = verify_totals(session)
    assert len(said) == 2
    assert any("合计记为 0.00 元，逐笔相加为 50.00 元" in one for one in said)
    assert any("合计记为 0.07 元，逐笔相加为 0.00 元" in one for one in said)
