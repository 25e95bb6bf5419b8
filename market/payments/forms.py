"""What those who take the money fill in."""

from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from market.core.forms import Form, OnceField, Positive, YuanField


class CheckoutForm(Form):
    """The button that goes to the page to pay on; its key makes one attempt of two clicks."""

    once = OnceField("checkout")


class CreditForm(Form):
    """The button that moves money between an order and its payer's account."""

    once = OnceField("credit")


class TransferForm(Form):
    """A transfer as the bank's receipt shows it."""

    amount_fen = YuanField("到账金额", [InputRequired("请填写到账金额。"), Positive()])
    bank_serial = StringField(
        "银行流水号",
        [InputRequired("请填写银行流水号。"), Length(max=60, message="流水号最多 60 个字。")],
    )
    paid_on = DateField("到账日期", [InputRequired("请填写到账日期。")])
    once = OnceField("transfer")
