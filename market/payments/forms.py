"""What those who take the money fill in."""

from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from market.adapters.spreadsheets import check_name
from market.core.errors import Refused
from market.core.forms import Form, OnceField, Positive, QuantityField, YuanField
from market.payments.models import Encoding

MOST_BYTES = 10 * 1024 * 1024
SHARES = 4  # So many orders and statements a transfer is put to at once by hand.
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
    payer_account = StringField("付款账号", [Length(max=60, message="付款账号最多 60 个字。")])
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


def uploaded(field: FileField) -> tuple[str, bytes]:
    """Return the name and the content of an uploaded file.

    Refuses none, one above 10 MB, and one that is called a workbook and is none.
    """
    upload = field.data
    if not upload:
        raise Refused("请选择从网银下载的流水文件（.csv 或 .xlsx）。", field=field.short_name)
    with upload.stream:
        content: bytes = upload.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused("文件超过 10 MB，请按月份分成几个文件下载后再上传。", field=field.short_name)
    name = upload.filename or "银行流水"
    try:
        check_name(name, content)
    except Refused as refusal:
        raise Refused(str(refusal), field=field.short_name) from None
    return name, content


class BankFileForm(Form):
    """A bank's file to be looked at before it is imported, and which bank's it is."""

    format = SelectField("银行格式", [InputRequired("请选择银行格式。")])
    file = FileField("流水文件（.csv 或 .xlsx）")

    def offer(self, names: Sequence[str]) -> None:
        """Offer the saved formats of these names."""
        self.format.choices = [SelectChoice(name, name) for name in names]


class HeldForm(Form):
    """The file that was previewed, by its hash, signed, so that exactly it is imported."""

    held = HiddenField()


class SampleForm(Form):
    """A file of a bank's from which its columns are learned."""

    file = FileField("样例文件（.csv 或 .xlsx）")


class BankFormatForm(Form):
    """Which column of a bank's file says what; the choices are the sample's headings."""

    name = StringField("格式名称", [InputRequired("请填写格式名称。"), Length(max=60)])
    encoding = SelectField("编码", choices=[SelectChoice(one.value, one.label) for one in Encoding])
    date_column = SelectField("交易日期")
    time_column = SelectField("交易时间")
    serial_column = SelectField("流水号")
    in_column = SelectField("收入（贷方）金额")
    out_column = SelectField("支出（借方）金额")
    amount_column = SelectField("金额")
    side_column = SelectField("方向（收/付、借/贷）")
    in_words = StringField("表示收入的字", [Length(max=60)])
    balance_column = SelectField("余额")
    payer_name_column = SelectField("对方户名")
    payer_account_column = SelectField("对方账号")
    remark_columns = SelectMultipleField(
        "附言、用途、摘要",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    sample = HiddenField()

    def offer(self, columns: Sequence[str]) -> None:
        """Offer these headings in every choice of a column."""
        for field in self:
            if field.name.endswith("_column"):
                choices = [("", "— 没有 —"), *((name, name) for name in columns)]
                field.choices = [SelectChoice(*choice) for choice in choices]
        self.remark_columns.choices = [SelectChoice(name, name) for name in columns]


class ShareForm(Form):
    """Up to ``SHARES`` orders or statements that a transfer is put to, each with its part."""

    once = OnceField("match")
    code_1, code_2, code_3, code_4 = (
        StringField("订单或结算单编号", [Length(max=40)]) for _ in range(SHARES)
    )
    amount_1, amount_2, amount_3, amount_4 = (YuanField("金额") for _ in range(SHARES))
    for_another = BooleanField("确认是代付")

    def pairs(self) -> list[tuple[StringField, YuanField]]:
        """Return the fields row by row."""
        return [(self[f"code_{n}"], self[f"amount_{n}"]) for n in range(1, SHARES + 1)]

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal beside the first row, or the tick that it asks for."""
        places = {"code": "code_1", "amount_fen": "amount_1"}
        super().refuse(Refused(str(refusal), field=places.get(refusal.field or "", refusal.field)))


class OnceForm(Form):
    """A button that moves money; two clicks of it are one."""

    once = OnceField("match")


class ReasonForm(Form):
    """Why something is done."""

    reason = StringField("原因", [InputRequired("请写明原因。"), Length(max=200)])


class GiveBackForm(ReasonForm):
    """How much of a transfer goes back, and why."""

    amount_fen = YuanField("退回金额", [InputRequired("请填写退回金额。"), Positive()])
    once = OnceField("refund")


class AccountForm(Form):
    """Whose account a transfer is kept on."""

    unit = StringField("单位编码", [InputRequired("请填写单位编码。"), Length(max=20)])
