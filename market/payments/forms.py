"""What those who take the money fill in."""

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from market.core.forms import Form, OnceField, Positive, QuantityField, YuanField

_REASON = [InputRequired("请填写退款原因。"), Length(max=200, message="原因最多 200 个字。")]


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


class MonthForm(Form):
    """For which month statements are made."""

    month = StringField(
        "结算月份",
        [Regexp(r"20[0-9]{2}-(0[1-9]|1[0-2])$", message="请按“年-月”填写，例如 2020-11。")],
    )


class ObjectionForm(Form):
    """What is wrong with a statement."""

    words = TextAreaField(
        "异议内容",
        [InputRequired("请写明哪一笔、哪里不对。"), Length(max=300, message="最多 300 个字。")],
    )


class RulingForm(Form):
    """What a coordinator says of an objection."""

    words = TextAreaField(
        "处理意见", [InputRequired("请写明处理意见。"), Length(max=300, message="最多 300 个字。")]
    )


class ExtensionForm(Form):
    """Why a statement is paid later."""

    reason = StringField(
        "延期原因", [InputRequired("请填写延期原因。"), Length(max=200, message="最多 200 个字。")]
    )


class InvoiceForm(Form):
    """An invoice as it stands on paper or in the tax bureau's file."""

    number = StringField(
        "发票号码", [InputRequired("请填写发票号码。"), Length(max=40, message="号码最多 20 位。")]
    )
    code = StringField("发票代码", [Length(max=30, message="代码最多 12 位。")])
    issued_on = DateField("开票日期", [InputRequired("请填写开票日期。")])
    amount_fen = YuanField("发票金额（价税合计）", [InputRequired("请填写发票金额。"), Positive()])
    file = FileField("发票文件")
    once = OnceField("invoice")


class VoidInvoiceForm(Form):
    """Why an invoice does not count any more."""

    reason = StringField(
        "作废原因", [InputRequired("请填写作废原因。"), Length(max=200, message="最多 200 个字。")]
    )


class RefundForm(Form):
    """Money that is no longer owed and goes back; a claim is one of the causes."""

    amount_fen = YuanField("退款金额", [InputRequired("请填写退款金额。"), Positive()])
    cause = SelectField("原因")
    reason = StringField("说明（购买者会看到）", _REASON)
    line = SelectField("对应的商品")
    restock = BooleanField("退货已经收回并可以再卖，放回库存")
    once = OnceField("refund")


class LineRefundForm(Form):
    """Accepted goods that are taken back and refunded at once."""

    line = SelectField("商品", [InputRequired("请选择商品。")])
    milli = QuantityField("退款数量", [InputRequired("请填写数量。"), Positive()])
    reason = StringField("原因（购买者和供应商都会看到）", _REASON)
    restock = BooleanField("退货已经收回并可以再卖，放回库存")
    once = OnceField("line-refund")


class ReturnForm(Form):
    """The button that gives back all that an order has no use for."""

    once = OnceField("return")


class ConfirmRefundForm(Form):
    """A refund by transfer, as the bank's receipt shows it."""

    done_on = DateField("转出日期", [InputRequired("请填写转出日期。")])
    bank_serial = StringField(
        "银行流水号",
        [InputRequired("请填写银行流水号。"), Length(max=60, message="流水号最多 60 个字。")],
    )


class CallOffRefundForm(Form):
    """Why a refund by transfer was not made, or came back."""

    reason = StringField(
        "没有退成的原因",
        [InputRequired("请写明原因。"), Length(max=200, message="原因最多 200 个字。")],
    )
