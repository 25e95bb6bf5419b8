"""Sales on the spot: each arrives once; a second person verifies it, and then it counts."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.fairs import queries, services
from market.fairs.models import BuyerKind, FairSale, FairState, SaleState
from market.notices.models import Notice
from market.targets.models import Channel, Credit, CreditTotal
from market.targets.queries import verify_totals
from market.units.models import UnitState
from tests import make
from tests.fairs.held import DAY, held, key, planned, proved, sale, typed, verified


def credited(session, unit) -> int:
    found = sa.select(sa.func.sum(Credit.amount_fen)).where(
        Credit.unit_id == unit.id, Credit.channel == Channel.FAIR
    )
    return session.scalar(found) or 0


def test_a_sale_arrives_once_however_often_it_is_sent(session):
    at = held(session)
    once, said = key(), typed()
    made = services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    again = services.enter_sale(session, at.stand, said, client_key=once.upper(), by=at.seller)
    assert again is made
    assert session.scalar(sa.select(sa.func.count(FairSale.id))) == 1


def test_what_arrived_is_told_so_also_when_the_fair_has_moved_on(session):
    at = held(session)
    once, said = key(), typed()
    made = services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    services.withdraw_sale(session, made, reason="多打了一张", by=at.seller)
    services.close_fair(session, at.fair, by=at.coordinator)
    services.submit_result(session, at.fair, by=at.coordinator)
    again = services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    assert again is made


def test_the_key_with_other_words_or_by_another_person_is_refused(session):
    at = held(session)
    once, said = key(), typed(receipt_no="7")
    services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    for other, by in ((typed(10_001, receipt_no="7"), at.seller), (said, at.coordinator)):
        with pytest.raises(Refused, match="内容与这次不同，没有改动"):
            services.enter_sale(session, at.stand, other, client_key=once, by=by)
    with pytest.raises(Refused, match="登记编号无效"):
        services.enter_sale(session, at.stand, said, client_key="1", by=at.seller)


def test_a_sale_sent_twice_at_once_is_the_one_that_was_a_moment_faster(session):
    at = held(session)
    once, said = key(), typed()
    first = services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    copy = {
        column.name: getattr(first, column.name)
        for column in FairSale.__table__.columns
        if column.name != "id"
    }
    session.delete(first)
    session.flush()
    _a_moment_before(session, copy)
    found = services.enter_sale(session, at.stand, said, client_key=once, by=at.seller)
    assert found.client_key == once
    assert session.scalar(sa.select(sa.func.count(FairSale.id))) == 1


def _a_moment_before(session, values) -> None:
    """Insert a sale between a service's look and its savepoint, as another transaction would have."""
    connection = session.connection()  # Taken now, it stands outside of the savepoint.

    def insert(*_: object) -> None:
        connection.execute(FairSale.__table__.insert().values(values))

    event.listen(session, "before_flush", insert, once=True)


def test_a_receipt_is_entered_once_in_a_fair(session):
    at = held(session)
    sale(at, receipt_no="0007")
    with pytest.raises(Refused, match="0007") as refusal:
        sale(at, stand=at.other, receipt_no=" 0007 ")
    assert refusal.value.field == "receipt_no"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount_fen": 0}, "amount_fen"),
        ({"receipt_no": " "}, "receipt_no"),
        ({"receipt_no": "9" * 39}, "receipt_no"),
        ({"unit": ""}, "unit"),
        ({"unit": "没有的单位"}, "unit"),
        ({"product": "没有"}, "product"),
        ({"goods": "长" * 201}, "goods"),
        ({"sold_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "sold_at"),
    ],
)
def test_a_sale_that_cannot_be_is_refused_beside_its_field(session, given, field):
    at = held(session)
    said = {"buyer": BuyerKind.UNIT, "unit": at.unit.code, "fen": 1} | given
    said["fen"] = said.pop("amount_fen", said["fen"])
    with pytest.raises(Refused) as refusal:
        services.enter_sale(session, at.stand, typed(**said), client_key=key(), by=at.seller)
    assert refusal.value.field == field


def test_a_sale_of_the_future_is_refused_but_a_fast_clock_is_not(session):
    at = held(session)
    sale(at, sold_at=min(clock.now() + dt.timedelta(minutes=5), _end()))
    with pytest.raises(Refused, match="晚于现在"):
        sale(at, sold_at=clock.now() + dt.timedelta(minutes=11))


def _end() -> dt.datetime:
    return clock.start_of(clock.today() + DAY) - dt.timedelta(seconds=1)


def test_sales_are_entered_by_a_stand_that_comes_while_the_fair_is_open_or_just_over(session):
    at = held(session, opened=False)
    with pytest.raises(Refused, match="只能在进行中、已闭幕时"):
        sale(at)
    services.answer(session, at.other, accepts=False, reason="人手不够", by=at.rival)
    services.open_fair(session, at.fair, by=at.coordinator)
    with pytest.raises(Refused, match="不参展"):
        sale(at, stand=at.other)
    with pytest.raises(Refused, match="只有本展位"):
        services.enter_sale(session, at.stand, typed(), client_key=key(), by=at.rival)
    services.close_fair(session, at.fair, by=at.coordinator)
    assert sale(at).state is SaleState.SUBMITTED


def test_a_unit_is_meant_by_code_name_or_initials_and_never_guessed(session):
    at = held(session)
    one = make.unit(session, code="QX1", name="翠云街道办事处")
    make.unit(session, code="QX2", name="翠云小学")
    for words in ("QX1", "翠云街道办事处", "cyjdbsc"):
        assert queries.unit_named(session, words) is one
    with pytest.raises(Refused, match="不止一个"):
        queries.unit_named(session, "翠云")
    one.state = UnitState.CLOSED
    with pytest.raises(Refused, match="已撤销"):
        queries.unit_named(session, "QX1")
    assert sale(at, unit="翠云小学").unit.code == "QX2"


def test_the_people_of_the_unit_are_told_of_what_was_bought_for_it(session):
    at = held(session)
    sale(at)
    services.enter_sale(session, at.stand, typed(unit=at.unit.code), client_key=key(), by=at.seller)
    told = session.scalars(sa.select(Notice.text).where(Notice.person_id == at.lead.id)).all()
    assert len([text for text in told if "登记了贵单位采购" in text]) == 1  # Not of the employee's.


def test_a_verified_sale_counts_for_its_unit_on_the_day_it_was_made(session):
    at = held(session)
    yesterday = clock.now() - DAY
    one, other = sale(at, sold_at=yesterday), sale(at, 5_000, product=at.product.code)
    proved(at)
    verified(at, other, one)
    assert credited(session, at.unit) == 15_000
    written = session.scalars(sa.select(Credit).where(Credit.fair_sale_id == one.id)).one()
    assert written.happened_on == clock.day_of(yesterday)
    assert (written.supplier_id, written.product_id) == (at.stand.supplier_id, None)
    assert session.scalar(sa.select(sa.func.sum(CreditTotal.amount_fen))) == 15_000


def test_an_employees_purchase_counts_for_the_unit_a_social_buyers_for_none(session):
    at = held(session)
    mine = sale(at, 7_000, buyer=BuyerKind.PERSON)
    social = sale(at, 9_000, buyer=BuyerKind.PERSON, unit="")
    proved(at)
    verified(at, mine, social)
    assert (mine.counts, social.counts) == (True, False)
    assert credited(session, at.unit) == 7_000
    outcome = queries.outcomes(session, [at.fair.id])[at.fair.id]
    assert (outcome.sold_fen, outcome.credited_fen, outcome.units) == (16_000, 7_000, 1)


def test_goods_whose_recognition_had_run_out_sell_but_do_not_count(session):
    at = held(session)
    at.product.recognition_until = clock.today() - DAY
    one = sale(at, product=at.product.code)
    proved(at)
    verified(at, one)
    assert (one.state, one.counts, credited(session, at.unit)) == (SaleState.VERIFIED, False, 0)


def test_nobody_verifies_what_they_entered_nor_without_receipts(session):
    at = held(session)
    own = services.enter_sale(
        session, at.stand, typed(unit=at.unit.code), client_key=key(), by=at.coordinator
    )
    with pytest.raises(Refused, match="还没有小票照片"):
        verified(at, own)
    proved(at)
    with pytest.raises(Refused, match="由另一人"):
        verified(at, own)
    with pytest.raises(Refused, match="统筹协调"):
        services.verify_sales(session, at.stand, [(own, 1)], by=at.seller)
    with pytest.raises(Refused, match="请先勾选"):
        services.verify_sales(session, at.stand, [], by=at.second)
    elsewhere = sale(at, stand=at.other)
    with pytest.raises(Refused, match="不是展位 A1 的"):
        services.verify_sales(session, at.stand, [(elsewhere, 1)], by=at.second)
    services.verify_sales(session, at.stand, [(own, 1)], by=at.second)
    assert own.verified_by_id == at.second.id


def test_the_unit_itself_may_be_the_second_person(session, stranger):
    at = held(session)
    one = sale(at)
    with pytest.raises(Refused, match="只有采购单位"):
        services.confirm_sale(session, one, version=1, by=stranger)
    services.confirm_sale(session, one, version=1, by=at.lead)
    assert credited(session, at.unit) == one.amount_fen
    personal = sale(at, buyer=BuyerKind.PERSON)
    with pytest.raises(Refused, match="只有采购单位"):
        services.confirm_sale(session, personal, version=1, by=at.lead)


def test_a_returned_sale_is_mended_and_verified_as_it_was_seen(session):
    at = held(session)
    one = sale(at)
    proved(at)
    with pytest.raises(Refused, match="请填写退回原因"):
        services.return_sale(session, one, version=1, answer=" ", by=at.lead)
    services.return_sale(session, one, version=1, answer="金额不对", by=at.lead)
    with pytest.raises(Refused, match="当前状态"):
        services.mend_sale(session, one, typed(), version=9, by=at.seller)
    services.mend_sale(
        session, one, typed(12_000, unit=at.unit.code, receipt_no="改1"), version=1, by=at.seller
    )
    assert (one.amount_fen, one.version, one.state) == (12_000, 2, SaleState.SUBMITTED)
    with pytest.raises(Refused, match="刚刚被修改"):
        services.verify_sales(session, at.stand, [(one, 1)], by=at.coordinator)
    services.return_sale(session, one, version=2, answer="再看看", by=at.coordinator)
    sale(at, receipt_no="改2")
    with pytest.raises(Refused, match="改2"):
        services.mend_sale(
            session, one, typed(unit=at.unit.code, receipt_no="改2"), version=2, by=at.seller
        )


def test_a_withdrawn_sale_stays_with_its_receipt_and_counts_nowhere(session):
    at = held(session)
    one = sale(at, receipt_no="1")
    with pytest.raises(Refused, match="只有本展位"):
        services.withdraw_sale(session, one, reason="x", by=at.rival)
    services.withdraw_sale(session, one, reason="打错了", by=at.seller)
    with pytest.raises(Refused, match="登记过"):
        sale(at, receipt_no="1")
    sums = queries.sums_of(session, queries.sales_for(at.seller, at.fair))
    assert (sums.count, sums.net_fen) == (1, 0)


def test_a_reversal_is_a_row_of_its_own_and_takes_the_credit_back(session):
    at = held(session)
    one, social = sale(at), sale(at, buyer=BuyerKind.PERSON, unit="")
    proved(at)
    verified(at, one, social)
    row = services.reverse_sale(session, one, reason="小票是假的", by=at.second)
    assert (row.amount_fen, one.state) == (-one.amount_fen, SaleState.REVERSED)
    assert credited(session, at.unit) == 0
    services.reverse_sale(session, social, reason="重复", by=at.second)
    with pytest.raises(Refused, match="当前状态"):
        services.reverse_sale(session, one, reason="再来", by=at.second)
    with pytest.raises(Refused, match="不能再冲销"):
        services.reverse_sale(session, row, reason="再来", by=at.coordinator)
    own = services.enter_sale(session, at.stand, typed(), client_key=key(), by=at.second)
    verified(at, own)
    with pytest.raises(Refused, match="由另一人"):
        services.reverse_sale(session, own, reason="再来", by=at.second)
    assert queries.outcomes(session, [at.fair.id])[at.fair.id].sold_fen == own.amount_fen
    assert queries.verify_fairs(session) == []


def test_who_may_see_a_sale(session, stranger, shopper, inspector):
    at = held(session)
    one, personal = sale(at), sale(at, buyer=BuyerKind.PERSON)
    for person, sees, sees_personal in (
        (at.seller, True, True),
        (at.rival, False, False),
        (at.lead, True, False),
        (stranger, False, False),
        (inspector, True, True),
    ):
        assert (queries.sale_for(session, person, one.client_key) is not None) is sees
        found = queries.sale_for(session, person, personal.client_key)
        assert (found is not None) is sees_personal
    assert session.scalars(queries.purchases_for(at.lead, waiting=True)).all() == [one]
    assert session.scalars(queries.purchases_for(shopper)).all() == []
    assert queries.sale_for(session, inspector, "x") is None


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("sell", "sell", "verify", "return", "withdraw", "reverse")),
        st.booleans(),
        st.sampled_from(("unit", "employee", "social")),
        st.integers(1, 10**9),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS)
def test_stands_and_buyers_sum_to_the_fair_and_credits_to_what_is_verified(session, deeds):
    """Whatever is done, every way to sum the sales gives one figure, and ``verify`` finds nothing."""
    at = held(session)
    for stand in (at.stand, at.other):
        proved(at, stand)
    sales: list[FairSale] = []
    for deed, first, buyer, number in deeds:
        live = [one for one in sales if one.reverses_id is None]
        one = live[number % len(live)] if live else None
        try:
            with session.begin_nested():
                if deed == "sell":
                    said = {
                        "unit": {"buyer": BuyerKind.UNIT},
                        "employee": {"buyer": BuyerKind.PERSON},
                        "social": {"buyer": BuyerKind.PERSON, "unit": ""},
                    }[buyer]
                    sales.append(sale(at, number, stand=at.stand if first else at.other, **said))
                elif one is not None and deed == "verify":
                    verified(at, one)
                elif one is not None and deed == "return":
                    services.return_sale(
                        session, one, version=one.version, answer="看", by=at.second
                    )
                elif one is not None and deed == "withdraw":
                    services.withdraw_sale(session, one, reason="错", by=at.coordinator)
                elif one is not None:
                    services.reverse_sale(session, one, reason="错", by=at.second)
        except Refused:
            pass
    outcome = queries.outcomes(session, [at.fair.id])[at.fair.id]
    rows = queries.stand_rows(session, at.fair)
    buyers = queries.buyer_rows(session, at.fair)
    everything = session.scalars(sa.select(FairSale)).all()
    right = sum(one.amount_fen for one in everything if one.state is SaleState.VERIFIED) + sum(
        one.amount_fen for one in everything if one.state is SaleState.REVERSED
    )
    assert (
        right
        == outcome.sold_fen
        == sum(row.sold_fen for row in rows)
        == sum(row.sold_fen for row in buyers)
        == queries.sums_of(session, queries.sales_for(at.second, at.fair, net=True)).all_fen
    )
    assert outcome.waiting_fen == sum(row.waiting_fen for row in rows)
    assert (
        credited(session, at.unit)
        == outcome.credited_fen
        == sum(row.credited_fen for row in buyers)
        == queries.sums_of(session, queries.sales_for(at.second, at.fair)).counted_fen
    )
    assert queries.verify_fairs(session) == []
    assert verify_totals(session) == []
    session.rollback()  # For the next example.


def test_verify_names_what_was_changed_behind_the_services(session):
    at = held(session)
    one, other = sale(at), sale(at)
    proved(at)
    verified(at, one, other)
    services.reverse_sale(session, other, reason="错", by=at.second)
    services.close_fair(session, at.fair, by=at.coordinator)
    result = services.submit_result(session, at.fair, by=at.coordinator)
    services.check_result(session, at.fair, result, digest=result.digest, by=at.second)
    assert queries.verify_fairs(session) == []
    session.execute(sa.text("UPDATE fair_sale SET amount_fen = 99 WHERE reverses_id IS NULL"))
    session.execute(sa.text("UPDATE fair_good SET stock_fen = 1"))
    session.execute(sa.text("UPDATE fair_result SET digest = 'x'"))
    session.expire_all()
    found = "".join(queries.verify_fairs(session))
    assert "计入与已核实的销售不符" in found
    assert "与其冲销行不符" in found
    assert "备货额" in found
    assert "成果表被改动" in found
    assert "核定的成果表与明细不符" in found


def test_a_fair_in_another_state_takes_no_sale(session):
    at = held(session, opened=False)
    assert at.fair.state is FairState.PLANNED
    services.change_fair(session, at.fair, planned(), by=at.coordinator)
    person = make.person(session, role=Role.COORDINATOR)
    with pytest.raises(Refused, match="只能在"):
        services.enter_sale(session, at.stand, typed(), client_key=key(), by=person)
