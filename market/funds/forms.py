"""What is filled in on documents of the plan's money, and to decide and pay them."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from market.core.errors import Refused
from market.core.forms import Form, OnceField, Positive, RowForm, Rows, YuanField
from market.funds.models import RULES, Decision, Kind, Purpose

ROWS = 5  # Of invoices, empty, to begin with; and so many more at a time.
MOST_ROWS = 60
WITHOUT_AMOUNT = (Kind.REVERSAL, Kind.CARRY_OVER, Kind.SETTLEMENT)
WITH_PERSON = (Kind.CLAIM, Kind.DISBURSEMENT)


class InvoiceRow(RowForm):
    """One invoice of a claim; a row that is left empty is none."""

    cost_type = SelectField("费用类别", default="")
    payee = StringField("收款人", [Length(max=60, message="收款人最多 60 个字。")])
    invoice_code = StringField(
        "发票代码",
        [Length(max=20, message="发票代码最多 20 位。")],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    invoice_number = StringField(
        "发票号码",
        [Length(max=20, message="发票号码最多 20 位。")],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    invoice_on = DateField("开票日期", [Optional()])
    amount_fen = YuanField("金额", [Positive()])

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not any(field.data or (field.raw_data and any(field.raw_data)) for field in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for what is missing of an invoice that was begun; only the code may be empty."""
        right = super().validate(extra_validators)
        if self.is_blank:
            return right
        for field in self:
            if field is not self.invoice_code and not field.data and not field.errors:
                field.errors = [f"请填写{field.label.text}。"]
                right = False
        return right


class DocumentForm(Form):
    """A document; ``fit`` leaves it the fields that its kind asks for."""

    earmark = SelectField("专款（项目）", default="")
    to_earmark = SelectField("调入的专款（项目）", default="")
    agreement = SelectField("项目协议", default="")
    title = StringField(
        "标题",
        [
            InputRequired("请填写事由标题，让审核的人一眼看懂。"),
            Length(max=80, message="标题最多 80 个字。"),
        ],
    )
    document_no = StringField("文号或协议编号", [Length(max=60, message="文号最多 60 个字。")])
    occurred_on = DateField("业务日期", [InputRequired("请填写业务日期。")])
    year = SelectField("资金年度", coerce=int)
    amount_fen = YuanField("金额", [InputRequired("请填写金额。"), Positive()])
    cost_type = SelectField("费用类别", default="")
    payee = StringField("协议对方", [Length(max=60, message="协议对方最多 60 个字。")])
    payee_login = StringField(
        "收款人的登录名",
        [Length(max=40, message="登录名最多 40 个字符。")],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    invoices = Rows(FormField(InvoiceRow), "发票", min_entries=ROWS)
    reason = TextAreaField("说明", [Length(max=500, message="说明最多 500 个字。")])
    once = OnceField("fund-document")

    def fit(self, kind: Kind, *, is_new: bool) -> None:
        """Take away the fields that a kind of document does not have."""
        rule = RULES[kind]
        apart = kind in (Kind.FRAMEWORK, Kind.REVERSAL)
        has = {
            "earmark": not rule.under_agreement and not apart,
            "to_earmark": kind is Kind.REALLOCATION,
            "agreement": rule.under_agreement,
            "document_no": rule.numbered,
            "year": not apart,
            "amount_fen": not rule.has_lines and kind not in WITHOUT_AMOUNT,
            "cost_type": kind is Kind.AGREEMENT,
            "payee": kind in (Kind.AGREEMENT, Kind.FRAMEWORK),
            "payee_login": kind in WITH_PERSON,
            "invoices": rule.has_lines,
            "once": is_new,
        }
        for name, wanted in has.items():
            if not wanted:
                del self[name]
        if rule.numbered:
            self.document_no.validators = [
                InputRequired(f"请填写{kind.label}的文号或协议编号。"),
                *self.document_no.validators,
            ]
            self.document_no.flags.required = True
        for name in ("earmark", "to_earmark", "agreement"):
            if name in self:
                self[name].flags.required = True
        if kind in (Kind.REALLOCATION, Kind.REVERSAL):
            self.reason.flags.required = True

    def offer(
        self,
        *,
        earmarks: Iterable[tuple[str, str]],
        targets: Iterable[tuple[str, str]],
        agreements: Iterable[tuple[str, str]],
        years: Sequence[int],
        cost_types: Sequence[str],
    ) -> None:
        """Offer these choices, where the form has a field for them."""
        types = [SelectChoice("", "请选择"), *(SelectChoice(one, one) for one in cost_types)]
        offers: dict[str, list[Any]] = {
            "earmark": _choices(earmarks),
            "to_earmark": _choices(targets),
            "agreement": _choices(agreements),
            "year": [SelectChoice(year, f"{year} 年") for year in years],
            "cost_type": [SelectChoice("", "不限定"), *types[1:]],
        }
        for name, choices in offers.items():
            if name in self:
                self[name].choices = choices
        for row in self.rows():
            row.cost_type.choices = types

    def rows(self) -> list[InvoiceRow]:
        """Return the rows of invoices; none where the kind has none."""
        return [row.form for row in self.invoices] if "invoices" in self else []

    def add_rows(self) -> None:
        """Add further empty rows, up to as many as a claim may have."""
        for _ in range(min(ROWS, MOST_ROWS - len(self.rows()))):
            self.invoices.append_entry()

    def filled(self) -> list[InvoiceRow]:
        """Return the rows that were filled in."""
        return [row for row in self.rows() if not row.is_blank]

    def said(self, name: str) -> Any:
        """Return what a field says; nothing where the kind has no such field."""
        return self[name].data if name in self else None


class ActForm(Form):
    """A button: what it does needs nothing said."""


class DecideForm(Form):
    """What a second person says of exactly what they saw."""

    decision = StringField("决定", [AnyOf(list(Decision), message="请选择同意、退回修改或否决。")])
    seen = HiddenField()
    duplicates_seen = BooleanField("已核对：重复的附件不是重复报账")
    note = TextAreaField("意见", [Length(max=300, message="意见最多 300 个字。")])


class PayForm(Form):
    """A payment, as the bank's receipt shows it."""

    paid_on = DateField("付款日期", [InputRequired("请填写付款日期。")])
    bank_serial = StringField(
        "银行流水号",
        [InputRequired("请填写银行流水号。"), Length(max=60, message="流水号最多 60 个字。")],
        render_kw={"autocomplete": "off"},
    )


class CallOffForm(Form):
    """Why an approved payment can't be made."""

    reason = StringField(
        "不能付款的原因",
        [
            InputRequired("请写明不能付款的原因，填写人会看到。"),
            Length(max=200, message="原因最多 200 个字。"),
        ],
    )


class UploadForm(Form):
    """A file, and what it proves."""

    purpose = SelectField("证明什么")
    file = FileField("文件", [FileRequired("请选择要上传的文件（PDF 或图片）。")])

    def offer(self, first: Sequence[Purpose]) -> None:
        """Offer every purpose, those that the kind demands first."""
        rest = [one for one in Purpose if one not in first]
        if self.purpose.data is None:
            self.purpose.data = [*first, *rest][0].value
        self.purpose.choices = [
            *(SelectChoice(one.value, f"{one.label}（必需）") for one in first),
            *(SelectChoice(one.value, one.label) for one in rest),
        ]

    def refuse(self, refusal: Refused) -> None:
        """Show what is wrong with a file beside it."""
        super().refuse(Refused(str(refusal), field=refusal.field or "file"))


def _choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    return [SelectChoice("", "请选择"), *(SelectChoice(key, text) for key, text in pairs)]


class ActivityForm(Form):
    """A marketing activity, and the money it asks for."""

    name = StringField(
        "活动名称",
        [InputRequired("请填写活动名称。"), Length(max=80, message="活动名称最多 80 个字。")],
    )
    line = SelectField("预算科目", default="")
    amount_fen = YuanField("申请金额", [InputRequired("请填写申请金额。"), Positive()])
    document_no = StringField(
        "方案文号",
        [InputRequired("请填写活动方案的文号。"), Length(max=60, message="文号最多 60 个字。")],
    )
    starts_on = DateField("开始日期", [InputRequired("请填写开始日期。")])
    ends_on = DateField("结束日期", [InputRequired("请填写结束日期。")])
    is_online = BooleanField("线上活动（不填地点）")
    place = StringField("地点", [Length(max=80, message="地点最多 80 个字。")])
    purpose = TextAreaField("做什么、预期效果", [Length(max=500, message="最多 500 个字。")])
    once = OnceField("fund-activity")


class ReportForm(Form):
    """What came of an activity."""

    report = TextAreaField(
        "活动总结",
        [
            InputRequired("请写明做了什么、效果如何、有什么问题。"),
            Length(max=2000, message="总结最多 2000 个字。"),
        ],
    )
    visitors = IntegerField(
        "参加或观看人次",
        [
            Optional(),
            NumberRange(0, 100_000_000, message="人次应是 0 到 1 亿之间的整数。"),
        ],
    )


class LinkForm(Form):
    """An order that an activity brought."""

    order = StringField(
        "订单号",
        [InputRequired("请填写订单号。"), Length(max=40, message="订单号最多 40 个字符。")],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
