"""What a credit comes from, and how it is taken back."""

import pytest
import sqlalchemy as sa

from market.reports.queries import credit_line, credits_of
from market.targets.models import Channel, Credit
from market.targets.queries import completion_of, verify_totals
from market.targets.services import credit, reverse_credit
from tests.targets import world


def outside(session, by, fen=100_000):
    made = world.purchase(session, by, fen)
    thing = credit(
        session,
        unit_id=by.unit_id,
        channel=Channel.OUTSIDE,
        amount_fen=fen,
        happened_on=made.bought_on,
        outside_purchase_id=made.id,
    )
    session.flush()
    return thing


def test_what_is_taken_back_is_a_row_of_the_same_source_with_the_opposite_amount(session, buyer):
    first = outside(session, buyer)
    back = reverse_credit(session, first)
    session.flush()
    for name in ("unit_id", "channel", "year", "month", "happened_on", "outside_purchase_id"):
        assert getattr(back, name) == getattr(first, name), name
    assert (back.amount_fen, back.reverses_id) == (-100_000, first.id)
    found = completion_of(session, buyer.unit_id, 2026)
    assert (found.done_fen, found.cells) == (0, {(11, Channel.OUTSIDE): 0})
    assert verify_totals(session) == []


def test_the_database_takes_a_credit_back_once(session, buyer):
    first = outside(session, buyer)
    reverse_credit(session, first)
    session.flush()
    reverse_credit(session, first)
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_the_database_lets_a_purchase_count_once(session, buyer):
    first = outside(session, buyer)
    credit(
        session,
        unit_id=buyer.unit_id,
        channel=Channel.OUTSIDE,
        amount_fen=100,
        outside_purchase_id=first.outside_purchase_id,
    )
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


@pytest.mark.parametrize("sources", ["none", "two"])
def test_the_database_wants_exactly_one_source(session, buyer, sources):
    line = world.accepted(session, buyer, 100)
    both = {
        "acceptance_line_id": line.id,
        "outside_purchase_id": world.purchase(session, buyer).id,
    }
    credit(
        session,
        unit_id=buyer.unit_id,
        channel=Channel.OUTSIDE,
        amount_fen=100,
        **(both if sources == "two" else {}),
    )
    with pytest.raises(sa.exc.IntegrityError, match="one_source"):
        session.flush()


def test_a_purchase_outside_the_shop_stands_among_the_rows_of_a_figure(session, buyer):
    shop = world.credited(session, buyer, 300)
    outside(session, buyer, 700)
    lines = [
        credit_line(row)
        for row in session.execute(credits_of(buyer.unit_id, 2026, reader=buyer)).all()
    ]
    assert [line.credit.amount_fen for line in lines] == [700, 300]
    bought, ordered = lines
    assert (bought.name, bought.supplier, bought.township) == ("苏麻 50 公斤", "彭水县某合作社", "")
    assert (bought.order_number, bought.is_open) == (None, False)
    assert ordered.outside_number is None
    supplier = session.get_one(Credit, shop.id).supplier
    assert (ordered.supplier, ordered.township) == (supplier.name, supplier.township)
