"""Two people at the same moment, around a consignment.

Each thread reads first, waits for the others, and acts on what it has read: as
people do on two pages that were opened before either button was pressed.
"""

import threading

import pytest

from market.accounts.models import Person
from market.core.db import db
from market.core.errors import Refused
from market.ordering import services
from market.ordering.models import (
    Acceptance,
    Claim,
    Consignment,
    ConsignmentState,
    OrderLine,
    OrderState,
)
from market.ordering.queries import verify_receipts
from market.targets.models import Credit, CreditTotal
from tests import make, make_orders


@pytest.fixture
def at_once(app, session):
    """Run deeds at once, each in a thread and session of its own; return how each ended.

    A deed is a function that reads with the session it gets, and returns the act.
    """

    def at_once(*deeds):
        session.commit()
        outcomes: list[str] = []
        start = threading.Barrier(len(deeds))

        def run(deed):
            with app.app_context(), db.sessionmaker(expire_on_commit=False) as own:
                act = deed(own)
                own.commit()
                start.wait()
                try:
                    act()
                    own.commit()
                    outcomes.append("done")
                except Refused as refusal:
                    own.rollback()
                    outcomes.append(str(refusal))

        threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        session.expire_all()
        return outcomes

    return at_once


def read(session, kind, id_):
    """Read a row with what hangs on it, so that nothing is asked again later."""
    thing = session.get(kind, id_)
    for name in ("consignment", "order", "lines"):
        _ = getattr(thing, name, None)
    return thing


def test_two_people_sign_at_once_and_it_counts_once(session, buyer, colleague, lead, at_once):
    """With the state taken out of the condition in ``move``, the second signature wrote the
    credits again, until the unique key of ``credit`` stopped it with an IntegrityError.
    """
    consignment = make_orders.consignment(
        session, buyer, (make.sku(session), 4000), state=ConsignmentState.SHIPPED
    )
    acceptance_id = make_orders.inspected(session, consignment, buyer).id

    def sign(person_id):
        def deed(own):
            acceptance, person = read(own, Acceptance, acceptance_id), own.get(Person, person_id)
            assert [line.order_line.product_id for line in acceptance.lines]
            assert acceptance.consignment.order.state is OrderState.OPEN
            return lambda: services.sign(own, acceptance, by=person)

        return deed

    outcomes = at_once(sign(colleague.id), sign(lead.id))
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]
    assert any("已生效" in outcome for outcome in outcomes)
    assert [row.amount_fen for row in session.query(Credit)] == [10_000]
    assert session.query(CreditTotal).one().amount_fen == 10_000
    assert verify_receipts(session) == []


def test_two_clicks_make_one_acceptance(session, shopper, at_once):
    """Without taking the consignment's row first, one click of three was answered on
    PostgreSQL; the others ended in an IntegrityError on the key.
    """
    consignment_id = make_orders.consignment(
        session, shopper, (make.sku(session), 4000), state=ConsignmentState.SHIPPED
    ).id
    shopper_id = shopper.id

    def click(own):
        consignment, person = read(own, Consignment, consignment_id), own.get(Person, shopper_id)
        findings = [services.Finding(line.id, line.shipped_milli) for line in consignment.lines]
        return lambda: services.inspect(
            own, consignment, findings=findings, remark="", once_key="same", by=person
        )

    assert at_once(click, click, click) == ["done"] * 3
    assert session.query(Acceptance).count() == 1
    assert [row.amount_fen for row in session.query(Credit)] == [10_000]


def test_two_claims_at_once_do_not_exceed_what_was_accepted(
    session, buyer, colleague, lead, at_once
):
    """Without taking the line's row first, PostgreSQL let all three through: 9 bags of 4."""
    line_id = (
        make_orders.consignment(
            session, buyer, (make.sku(session), 4000), state=ConsignmentState.RECEIVED
        )
        .lines[0]
        .id
    )

    def claim(person_id, milli):
        def deed(own):
            line, person = read(own, OrderLine, line_id), own.get(Person, person_id)
            return lambda: services.make_claim(
                own,
                line,
                milli=milli,
                reason="霉变",
                photo=None,
                once_key=make_orders.once(),
                by=person,
            )

        return deed

    outcomes = at_once(claim(buyer.id, 3000), claim(colleague.id, 3000), claim(lead.id, 3000))
    assert outcomes.count("done") == 1
    assert all("最多可以申请 1 袋" in outcome for outcome in outcomes if outcome != "done")
    assert session.query(Claim).one().milli == 3000


def test_an_answer_given_twice_at_once_takes_back_once(session, buyer, at_once):
    line = make_orders.consignment(
        session, buyer, (make.sku(session), 4000), state=ConsignmentState.RECEIVED
    ).lines[0]
    claim_id = services.make_claim(
        session, line, milli=1000, reason="霉变", photo=None, once_key="k", by=buyer
    ).id
    seller_id, line_id = make_orders.seller(session, line.consignment).id, line.id

    def agree(own):
        claim, person = own.get(Claim, claim_id), own.get(Person, seller_id)
        assert claim.order_line.consignment.supplier_id
        assert claim.order_line.order
        return lambda: services.answer_claim(own, claim, agree=True, answer="", by=person)

    outcomes = at_once(agree, agree)
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]
    assert session.get(OrderLine, line_id).claimed_milli == 1000
    assert sorted(row.amount_fen for row in session.query(Credit)) == [-2500, 10_000]


@pytest.mark.parametrize("deed", ["accept", "decline", "ship"])
def test_a_supplier_acts_while_the_buyer_cancels(session, buyer, at_once, deed):
    """One of the two is refused, and the stock tells which. With the state taken out of the
    condition in ``move`` both went through: goods of a cancelled order were on their way.
    """
    sku = make.sku(session)
    state = ConsignmentState.ACCEPTED if deed == "ship" else ConsignmentState.WAITING
    consignment = make_orders.consignment(session, buyer, (sku, 4000), state=state)
    consignment_id, buyer_id = consignment.id, buyer.id
    seller_id = make_orders.seller(session, consignment).id

    def supply(own):
        part, person = read(own, Consignment, consignment_id), own.get(Person, seller_id)
        assert part.order.state is OrderState.OPEN
        if deed == "accept":
            return lambda: services.accept_consignment(own, part, by=person)
        if deed == "decline":
            return lambda: services.decline_consignment(own, part, reason="无货", by=person)
        parcels = [services.Parcel(line.id, line.ordered_milli) for line in part.lines]
        return lambda: services.ship(
            own, part, carrier="自送", tracking="", parcels=parcels, short_rest=None, by=person
        )

    def cancel(own):
        order, person = own.get(Consignment, consignment_id).order, own.get(Person, buyer_id)
        assert [part.state for part in order.consignments] == [state]
        assert [line.sku_id for line in order.lines]
        return lambda: services.cancel_order(own, order, reason="填错", by=person)

    outcomes = at_once(supply, cancel)
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]
    ended = consignment.order.state is OrderState.CANCELLED
    gone = consignment.state in (ConsignmentState.CANCELLED, ConsignmentState.DECLINED)
    assert ended == gone
    assert sku.stock_milli == (10_000 if gone else 6000)
