"""Invoices for statements: used once, dated, and void with a reason."""

import datetime as dt

import pytest

from market.core import clock
from market.core.errors import Refused
from market.payments.models import Invoice, InvoiceState
from market.payments.services import invoices, record_invoice, void_invoice, void_statement
from tests import make, make_orders
from tests.payments.billing import billed, delivered, on

LONG = "2" * 20


@pytest.fixture
def statement(session, buyer):
    sku = make.sku(session, stock_milli=900_000)
    with on(2026, 3, 3):
        delivered(session, buyer, (sku, 4000))
    return billed(session)


@pytest.fixture
def seller(session, statement):
    return make_orders.seller(session, statement.lines[0].acceptance.consignment)


def invoice(session, statement, by, **given):
    return record_invoice(
        session,
        statement,
        by=by,
        **{
            "code": "",
            "number": LONG,
            "issued_on": clock.today(),
            "amount_fen": 10000,
            "attachment": None,
            "once_key": make_orders.once(),
        }
        | given,
    )


def test_either_side_records_several(session, statement, buyer, seller):
    first = invoice(session, statement, seller, code="０50 002100111", number="12345678")
    assert (first.code, first.number, first.state) == (
        "050002100111",
        "12345678",
        InvoiceState.VALID,
    )
    invoice(session, statement, buyer)
    assert session.query(Invoice).filter_by(statement_id=statement.id).count() == 2


def test_nobody_else_records_or_voids(session, statement, stranger, coordinator, buyer):
    made = invoice(session, statement, buyer)
    for person in (stranger, coordinator):
        with pytest.raises(Refused, match="只有结算单双方"):
            invoice(session, statement, person)
        with pytest.raises(Refused, match="只有结算单双方"):
            void_invoice(session, made, reason="开错", by=person)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"code": "123"}, "code", "10 位或 12 位"),
        ({"number": "123"}, "number", "8 位数字，全电发票是 20 位"),
        ({"number": "12345678"}, "code", "须填写代码"),
        ({"code": "0500021001"}, "code", "没有代码"),
        ({"amount_fen": 0}, "amount_fen", "必须大于 0"),
        ({"amount_fen": -1}, "amount_fen", "必须大于 0"),
        ({"issued_on": dt.date(2999, 1, 1)}, "issued_on", "不能晚于今天"),
    ],
)
def test_what_is_no_invoice_is_refused(session, statement, buyer, given, field, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        invoice(session, statement, buyer, **given)
    assert refusal.value.field == field
    assert session.query(Invoice).count() == 0


def test_a_number_is_used_once_among_those_that_stand(session, statement, buyer, seller):
    made = invoice(session, statement, buyer)
    with pytest.raises(Refused, match=f"已登记在结算单 {statement.number}") as refusal:
        invoice(session, statement, seller)
    assert refusal.value.field == "number"
    with pytest.raises(Refused, match="请填写作废原因") as refusal:
        void_invoice(session, made, reason=" ", by=seller)
    assert refusal.value.field == "reason"
    void_invoice(session, made, reason="红冲", by=seller)
    assert (made.state, made.void_reason) == (InvoiceState.VOID, "红冲")
    assert invoice(session, statement, seller).id != made.id
    with pytest.raises(Refused, match="当前状态是“已作废”"):
        void_invoice(session, made, reason="红冲", by=seller)


def test_the_same_key_gives_the_same_invoice(session, statement, stranger, buyer):
    made = invoice(session, statement, buyer, once_key="once")
    assert invoice(session, statement, buyer, once_key="once") is made
    sku = make.sku(session, stock_milli=900_000)
    with on(2026, 3, 3):
        delivered(session, stranger, (sku, 1000))
    other = billed(session)
    with pytest.raises(Refused, match="不属于这张结算单"):
        invoice(session, other, stranger, once_key="once")


def test_a_void_statement_takes_none(session, statement, buyer, coordinator):
    void_statement(session, statement, words="重开", by=coordinator)
    with pytest.raises(Refused, match="已作废，请登记到新的结算单"):
        invoice(session, statement, buyer)


def test_who_clicks_while_the_first_click_is_at_work_gets_its_invoice(
    session, statement, buyer, monkeypatch
):
    """At the look there was no invoice of this key; at the INSERT there was."""
    first = invoice(session, statement, buyer, once_key="once")
    looks = iter([None, first])
    monkeypatch.setattr(invoices, "_made_before", lambda *_: next(looks))
    assert invoice(session, statement, buyer, once_key="once") is first
    assert session.query(Invoice).count() == 1
