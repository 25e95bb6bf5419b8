"""The house's form, and its fields."""

import pytest
import time_machine
from flask_login import login_user
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired

from market.core.errors import Refused
from market.core.forms import Form, OnceField, Positive, QuantityField, RowsField, YuanField


class Order(Form):
    price = YuanField("单价", [InputRequired("请填写单价。"), Positive()])
    amount = QuantityField("数量")
    once = OnceField("order")


@pytest.fixture
def fill(app, session, buyer):
    """Return a function that fills the form as a person, the buyer unless told."""

    def fill(person=buyer, **typed):
        session.commit()
        with app.test_request_context(method="POST", data=MultiDict(typed)):
            login_user(person)
            form = Order(formdata=MultiDict(typed))
            form.validate()
            return form, {f.name: str(f()) for f in form}

    return fill


@pytest.fixture
def key(app, session, buyer):
    """A key as the form shows it to the buyer."""
    session.commit()
    with app.test_request_context():
        login_user(buyer)
        return Order().once._value()


def test_a_form_filled_in_right_gives_fen_milli_and_a_key(fill, key):
    form, shown = fill(price="12.80", amount="2.5", once=key)
    assert form.errors == {}
    assert (form.price.data, form.amount.data) == (1280, 2500)
    assert form.once.data
    assert key in shown["once"]


def test_what_was_typed_is_shown_again_beside_what_is_wrong(fill, key):
    form, shown = fill(price="12.8.0", amount="一", once=key)
    assert form.errors == {
        "price": ["金额只能是数字，例如 1234.50。"],
        "amount": ["数量只能是数字，例如 12 或 2.5。"],
    }
    assert "12.8.0" in shown["price"]
    assert "一" in shown["amount"]


@pytest.mark.parametrize("typed", ["0", "-1"])
def test_zero_and_less_are_refused_where_more_is_needed(fill, key, typed):
    form, _ = fill(price=typed, once=key)
    assert form.errors == {"price": ["单价必须大于 0。"]}


def test_a_missing_value_has_its_own_sentence(fill, key):
    assert fill(once=key)[0].errors == {"price": ["请填写单价。"]}


def test_blanks_are_no_value_and_stay_as_typed(fill, key):
    form, shown = fill(price="  ", amount=" ", once=key)
    assert form.errors == {"price": ["请填写单价。"]}
    assert form.amount.data is None
    assert 'value="  "' in shown["price"]


def test_a_key_of_somebody_else_is_refused(fill, key, stranger):
    form, shown = fill(stranger, price="1", once=key)
    assert form.errors == {"once": ["提交码不属于当前登录的账号，请核对后重新提交。"]}
    assert key not in shown["once"]


@pytest.mark.parametrize("typed", [{}, {"once": "made-up"}, {"once": ""}])
def test_a_missing_or_forged_key_is_refused_and_a_new_one_is_shown(fill, typed):
    form, shown = fill(price="1", **typed)
    assert "提交码" in form.errors["once"][0]
    assert 'value=""' not in shown["once"]


def test_a_key_is_good_for_twelve_hours(fill, app, session, buyer):
    session.commit()
    with (
        time_machine.travel("2026-11-23T08:00:00Z", tick=False),
        app.test_request_context(),
    ):
        login_user(buyer)
        key = Order().once._value()
    with time_machine.travel("2026-11-23T19:59:00Z", tick=False):
        assert fill(price="1", once=key)[0].errors == {}
    with time_machine.travel("2026-11-23T20:00:02Z", tick=False):
        assert "已过期" in fill(price="1", once=key)[0].errors["once"][0]


def test_a_refusal_is_shown_beside_its_field_or_above_the_form(fill, key):
    form, _ = fill(price="1", once=key)
    form.refuse(Refused("价格变了。", field="price"))
    form.refuse(Refused("库存不足。"))
    assert form.price.errors == ["价格变了。"]
    assert form.form_errors == ["库存不足。"]


def test_an_object_is_shown_as_a_person_would_type_it(app, session, buyer):
    with app.test_request_context():
        login_user(buyer)
        form = Order(price=123450, amount=2500)
        assert 'value="1234.50"' in form.price()
        assert 'value="2.5"' in form.amount()
        assert 'value=""' in Order().amount()


def test_messages_of_the_library_are_chinese(app):
    with app.test_request_context():
        assert Order().meta.locales == ["zh"]


def test_an_empty_answer_is_refused_for_its_missing_key(fill):
    form, _ = fill()
    assert set(form.errors) == {"price", "once"}


def test_rows_that_nobody_put_in_are_an_empty_field(app, session, buyer):
    class Kept(Form):
        rows = RowsField("kept")

    session.commit()
    with app.test_request_context():
        login_user(buyer)
        form = Kept()
        assert 'value=""' in str(form.rows())
        form.rows.fill([["食堂", 1]])
        assert 'value=""' not in str(form.rows())
