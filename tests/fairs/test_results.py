"""Intentions and what became of them; the result sheet, checked by another; fairs compared."""

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.errors import Refused
from market.evidence.models import Attachment
from market.fairs import queries, services
from market.fairs.models import FairIntention, FairState, ResultState
from market.ordering.models import ConsignmentState
from market.reports.queries import compared, comparison_table, kept_of, result_table
from tests import make, make_orders
from tests.fairs.held import DAY, held, key, paper, planned, proved, sale, signed, verified


def closed(session, **given):
    """Make a fair that is over: two sales verified, one intention signed."""
    at = held(session, **given)
    one, other = sale(at), sale(at, 5_000)
    proved(at)
    verified(at, one, other)
    signed(at)
    services.close_fair(session, at.fair, by=at.coordinator)
    return at


def checked(session, at):
    result = services.submit_result(session, at.fair, by=at.coordinator)
    services.check_result(session, at.fair, result, digest=result.digest, by=at.second)
    return result


def test_an_intention_is_signed_once_by_a_unit_or_another_buyer(session):
    at = held(session)
    once = key()
    said = services.Signed(amount_fen=100, signed_on=clock.today(), buyer="重庆某超市")
    made = services.sign_intention(session, at.stand, said, paper(at), once_key=once, by=at.seller)
    again = services.sign_intention(session, at.stand, said, paper(at), once_key=once, by=at.seller)
    assert again is made
    assert made.buyer_name == "重庆某超市"
    assert signed(at).buyer_name == at.unit.name


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount_fen": 0}, "amount_fen"),
        ({"unit": ""}, "unit"),
        ({"buyer": "另一家"}, "unit"),
        ({"unit": "没有的"}, "unit"),
        ({"goods": "长" * 201}, "goods"),
    ],
)
def test_an_intention_that_cannot_be_is_refused(session, given, field):
    at = held(session)
    with pytest.raises(Refused) as refusal:
        signed(at, **given)
    assert refusal.value.field == field


def test_an_intention_is_signed_on_a_day_of_the_fair_at_a_stand_that_comes(session):
    at = held(session)
    for day in (clock.today() + DAY, clock.today() - 2 * DAY):
        with pytest.raises(Refused) as refusal:
            signed(at, signed_on=day)
        assert refusal.value.field == "signed_on"
    services.answer(session, at.stand, accepts=False, reason="病了", by=at.seller)
    with pytest.raises(Refused, match="不能登记签约"):
        signed(at)


def test_what_somebody_without_a_unit_signs_reaches_no_unit(session):
    at = held(session)
    signed(at, unit="", buyer="重庆某超市")
    outcome = queries.outcomes(session, [at.fair.id])[at.fair.id]
    assert (outcome.signed, outcome.units) == (1, 0)
    signed(at)
    outcome = queries.outcomes(session, [at.fair.id])[at.fair.id]
    assert (outcome.signed, outcome.units) == (2, 1)


def test_a_number_that_is_taken_is_drawn_again(session, coordinator, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    fairs = [
        services.plan_fair(session, planned(), once_key=key(), by=coordinator) for _ in range(2)
    ]
    assert [one.number[-4:] for one in fairs] == ["0007", "0008"]
    monkeypatch.undo()
    at = held(session)
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    made = signed(at), signed(at)
    assert [one.number[-5:] for one in made] == ["00007", "00008"]


def test_a_withdrawn_intention_stays_and_counts_nowhere(session):
    at = held(session)
    one = signed(at)
    services.withdraw_intention(session, one, reason="写错了", by=at.seller)
    assert session.scalar(sa.select(sa.func.count(FairIntention.id))) == 1
    assert queries.outcomes(session, [at.fair.id])[at.fair.id].signed_fen == 0
    with pytest.raises(Refused, match="已经作废"):
        services.withdraw_intention(session, one, reason="写错了", by=at.seller)
    with pytest.raises(Refused, match="已经作废"):
        deliver(at, one, 100)


def deliver(at, one, fen, **given):
    said = {"amount_fen": fen, "happened_on": clock.today(), "once_key": key()} | given
    return services.fulfil(at.session, one, paper(at), by=at.coordinator, **said)


def test_what_was_delivered_is_recorded_once_and_taken_back_by_a_row(session):
    at = closed(session)
    one = session.scalars(sa.select(FairIntention)).one()
    checked(session, at)  # What becomes of an intention goes on after the result stands.
    once = key()
    made = deliver(at, one, 20_000, once_key=once)
    assert deliver(at, one, 20_000, once_key=once) is made
    row = services.take_back_fulfilment(session, one, made.id, reason="退货", by=at.coordinator)
    assert row.amount_fen == -20_000
    for again in (made.id, row.id, 0):
        with pytest.raises(Refused, match="不能冲销"):
            services.take_back_fulfilment(session, one, again, reason="退货", by=at.coordinator)
    deliver(at, one, 7_000)
    assert queries.recorded_fen(session, [one.id]) == {one.id: 7_000}
    assert kept_of(session, [at.fair.id])[0].fulfilled_fen == 7_000
    assert len(queries.fulfilments_of(session, one)) == 3
    for given, field in (
        ({"fen": 0}, "amount_fen"),
        ({"fen": 1, "happened_on": clock.today() + DAY}, "happened_on"),
        ({"fen": 1, "happened_on": one.signed_on - DAY}, "happened_on"),
    ):
        with pytest.raises(Refused) as refusal:
            deliver(at, one, given.pop("fen"), **given)
        assert refusal.value.field == field


def test_an_intention_is_kept_by_what_its_supplier_delivered_of_an_order_of_its_unit(session):
    at = held(session)
    one = signed(at)
    buyer = make.person(session, unit=at.unit)
    alien = make.sku(session)
    mine = make_orders.consignment(
        session, buyer, (at.sku, 2000), (alien, 1000), state=ConsignmentState.RECEIVED
    )
    order = mine.order
    services.keep_by_order(session, one, order.id, unit_id=order.unit_id, by=at.coordinator)
    accepted = sum(
        line.accepted_fen or 0
        for line in order.lines
        if line.consignment.supplier_id == at.stand.supplier_id
    )
    assert kept_of(session, [at.fair.id])[0].ordered_fen == accepted
    other = signed(at)
    with pytest.raises(Refused, match="不能重复计算"):
        services.keep_by_order(session, other, order.id, unit_id=at.unit.id, by=at.coordinator)
    with pytest.raises(Refused, match="不是签约单位的"):
        services.keep_by_order(session, one, order.id, unit_id=None, by=at.coordinator)
    services.link_off(session, one, order.id, by=at.coordinator)
    with pytest.raises(Refused, match="没有挂在"):
        services.link_off(session, one, order.id, by=at.coordinator)


def test_a_result_waits_until_every_sale_is_verified_and_then_nothing_changes(session):
    at = held(session)
    one = sale(at)
    services.close_fair(session, at.fair, by=at.coordinator)
    with (
        pytest.raises(Refused, match="还有 1 笔现场销售没有核实"),
        session.begin_nested(),
    ):
        services.submit_result(session, at.fair, by=at.coordinator)
    session.refresh(at.fair)
    services.withdraw_sale(session, one, reason="错", by=at.seller)
    result = services.submit_result(session, at.fair, by=at.coordinator)
    for deed in (
        lambda: sale(at),
        lambda: signed(at),
        lambda: services.count_day(
            session, at.fair, clock.today(), visitors=1, purchasers=1, by=at.coordinator
        ),
        lambda: services.add_photo(session, at.fair, paper(at), caption="", by=at.coordinator),
        lambda: services.add_proof(session, at.stand, paper(at), by=at.seller),
    ):
        with pytest.raises(Refused, match="成果待核对"):
            deed()
    with pytest.raises(Refused, match="谈得上更正"):
        services.correct_result(session, at.fair, reason="错", by=at.coordinator)
    assert result.figures["sold_fen"] == 0


def test_a_result_is_checked_by_another_as_it_was_seen(session):
    at = closed(session)
    result = services.submit_result(session, at.fair, by=at.coordinator)
    with pytest.raises(Refused, match="另一位"):
        services.check_result(session, at.fair, result, digest=result.digest, by=at.coordinator)
    with pytest.raises(Refused, match="统筹协调"):
        services.check_result(session, at.fair, result, digest=result.digest, by=at.seller)
    with pytest.raises(Refused, match="不是同一份"):
        services.check_result(session, at.fair, result, digest="", by=at.second)
    services.check_result(session, at.fair, result, digest=result.digest, by=at.second)
    assert (at.fair.state, result.state) == (FairState.REPORTED, ResultState.CHECKED)
    assert result.figures["sold_fen"] == 15_000
    assert result.figures["signed_fen"] == 50_000


def test_photos_are_for_everyone_once_the_result_is_checked(session):
    at = held(session)
    photo = paper(at)
    services.add_photo(session, at.fair, photo, caption="", by=at.coordinator)
    shown = paper(at)
    shown.is_public = True
    services.add_photo(session, at.fair, shown, caption="", by=at.coordinator)
    services.close_fair(session, at.fair, by=at.coordinator)
    assert not session.get_one(Attachment, photo.id).is_public
    checked(session, at)
    assert session.get_one(Attachment, photo.id).is_public
    assert len(queries.photos_of(session, at.fair, public=True)) == 2


def test_a_returned_result_is_worked_on_and_a_corrected_one_keeps_the_old(session):
    at = closed(session)
    first = services.submit_result(session, at.fair, by=at.coordinator)
    with pytest.raises(Refused, match="请填写退回原因"):
        services.return_result(session, at.fair, first, answer="", by=at.second)
    services.return_result(session, at.fair, first, answer="少一张小票", by=at.second)
    assert (at.fair.state, first.state) == (FairState.CLOSED, ResultState.RETURNED)
    second = checked(session, at)
    services.correct_result(session, at.fair, reason="有一笔是假的", by=at.coordinator)
    one = session.scalars(queries.sales_for(at.second, at.fair)).first()
    services.reverse_sale(session, one, reason="假的", by=at.second)
    third = checked(session, at)
    assert [sheet.version for sheet in queries.results_kept(session, at.fair)] == [3, 2, 1]
    assert second.figures["sold_fen"] - third.figures["sold_fen"] == one.amount_fen
    assert queries.verify_fairs(session) == []


def test_the_sheet_and_the_comparison_sum_to_their_rows(session):
    at = closed(session)
    deliver(at, session.scalars(sa.select(FairIntention)).one(), 12_345)
    outcome = queries.outcomes(session, [at.fair.id])[at.fair.id]
    rows = queries.stand_rows(session, at.fair)
    kept = kept_of(session, [at.fair.id])
    found = compared(session)
    sheet = result_table(at.fair, outcome, rows, kept, found[0].figures)
    for place in (3, 4, 5, 6):
        assert sheet.total[place] == sum(row[place] for row in sheet.rows)
    assert sheet.total[3:] == (10_000, 15_000, 50_000, 12_345)
    table = comparison_table(found)
    names = [name for name, _ in table.columns]
    for name in ("现场销售", "计入任务", "签约", "兑现", "申请经费", "使用经费"):
        place = names.index(name)
        assert table.total[place] == sum(row[place] for row in table.rows)
    assert (found[0].per_yuan, found[0].fulfilled_rate) == (None, 246)
    assert comparison_table([]).total[names.index("每元带动")] is None


def test_a_stand_that_declined_after_it_had_sold_stays_in_the_sheet(session):
    at = held(session)
    one = sale(at, stand=at.other)
    proved(at, at.other)
    verified(at, one)
    services.answer(session, at.other, accepts=False, reason="提前撤展", by=at.rival)
    rows = queries.stand_rows(session, at.fair)
    assert [(row.stand.number, row.sold_fen) for row in rows] == [("A1", 0), ("A2", one.amount_fen)]
    assert queries.outcomes(session, [at.fair.id])[at.fair.id].stands == 1


def test_a_fair_without_rows_has_empty_figures(session, coordinator):
    made = services.plan_fair(session, planned(), once_key=key(), by=coordinator)
    assert queries.outcomes(session, [made.id])[made.id].units == 0
    assert queries.buyer_rows(session, made) == []
    assert compared(session) == []
