"""What is filled in to divide, issue and hand over targets."""

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from market.core import money
from market.core.errors import Refused
from market.core.forms import (
    Form,
    OnceField,
    Positive,
    QuantityField,
    RateField,
    RowForm,
    Rows,
    RowsField,
    YuanField,
)
from market.targets.models import Basis, OutsideKind, ReserveFiling
from market.targets.queries import MOST_PEOPLE, STEPS_FEN, parse_weight
from market.units.forms import LabelField
from market.units.models import Canteen, Unit, UnitKind

HEIRS = 4  # Rows for successors that the form of a split begins with.
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}
_PEOPLE = f"应为 0 到 {MOST_PEOPLE} 的整数。"


def _step(value: str) -> int:
    return int(value[:15])


def _called(step_fen: int) -> str:
    return f"{money.yuan(step_fen)} 元"


_STEPS = [SelectChoice(str(step), _called(step)) for step in STEPS_FEN]


def _reason(label: str) -> TextAreaField:
    return TextAreaField(
        label,
        [Length(max=200, message="原因最多 200 个字。")],
        filters=[lambda text: (text or "").strip()],
    )


class WeightField(QuantityField):
    """A weight with up to three decimals; ``data`` is thousandths."""

    read = staticmethod(parse_weight)


class AtLeastZero:
    """Validate that an amount, where there is one, is not below zero."""

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse less than zero."""
        if field.data is not None and field.data < 0:
            raise ValidationError("不能小于 0。")


class TargetForm(Form):
    """A unit's target of a year, and the document that sets it."""

    amount_fen = YuanField("年度目标", [InputRequired("请填写年度目标金额。")])
    document_no = StringField(
        "文号",
        [InputRequired("请填写下达文件的文号。"), Length(max=60, message="文号最多 60 个字。")],
    )
    document_on = DateField("发文日期", [InputRequired("请填写发文日期，例如 2026-01-20。")])
    reason = TextAreaField(
        "说明", [Length(max=200, message="说明最多 200 个字。")], filters=[lambda text: text or ""]
    )
    attachment = FileField("文件扫描件")
    seen_fen = IntegerField(widget=HiddenInput())


class SheetForm(Form):
    """A sheet of targets."""

    sheet = FileField("Excel 文件", [FileRequired("请选择填好的 Excel 文件（.xlsx）。")])


class ApplyForm(Form):
    """The rows that were previewed and are now to be imported."""

    rows = RowsField("targets.import")


class RunForm(Form):
    """A run to begin: what is divided, among whom, by which weights."""

    total_fen = YuanField("目标总额", [InputRequired("请填写要分解的目标总额。"), Positive()])
    step_fen = SelectField("分解步长", coerce=_step, choices=_STEPS, default=STEPS_FEN[0])
    basis = LabelField("分解依据", Basis, default=Basis.DINERS)
    kinds = SelectMultipleField(
        "参加分解的单位类别",
        coerce=str,
        choices=[SelectChoice(kind.value, kind.label) for kind in UnitKind],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        default=[kind.value for kind in UnitKind],
    )
    obliged = BooleanField("只含按条款有采购任务的单位", default=True)
    revises = SelectField("调整哪一次分解", default="", choices=[])
    effective_on = DateField("生效日期", [InputRequired("请填写生效日期，例如 2026-01-01。")])
    reason = _reason("原因")


class UnitRow(RowForm):
    """One unit of a run; what the basis doesn't ask for is not shown."""

    code = HiddenField()
    takes_part = BooleanField("参加", default=True)
    people = IntegerField(
        "人数", [Optional(), NumberRange(0, MOST_PEOPLE, _PEOPLE)], render_kw=_DIGITS
    )
    months = IntegerField(
        "月数", [Optional(), NumberRange(0, 12, "应为 0 到 12 的整数。")], render_kw=_DIGITS
    )
    weight = WeightField("权重")
    floor_fen = YuanField("下限", [AtLeastZero()])
    cap_fen = YuanField("上限", [AtLeastZero()])


class WeightsForm(Form):
    """Everything that a run is calculated from."""

    total_fen = YuanField("目标总额", [InputRequired("请填写要分解的目标总额。"), Positive()])
    step_fen = SelectField("分解步长", coerce=_step, choices=_STEPS)
    effective_on = DateField("生效日期", [InputRequired("请填写生效日期，例如 2026-01-01。")])
    reason = _reason("原因")
    more = StringField(
        "再加入的单位", [Length(max=400, message="最多 400 个字符，更多单位请用 Excel 填写。")]
    )
    lines = Rows(FormField(UnitRow), "参加分解的单位")
    seen_version = IntegerField(widget=HiddenInput())

    def offer_step(self, step_fen: int) -> None:
        """Offer the step that a run has, though it is none of the usual ones."""
        if step_fen not in STEPS_FEN:
            self.step_fen.choices = [*_STEPS, SelectChoice(str(step_fen), _called(step_fen))]

    def row_of(self, code: str) -> UnitRow | None:
        """Return the row of a unit."""
        return next((row.form for row in self.lines if row.form.code.data == code), None)

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal beside the cell that it names: ``cap_fen@code``."""
        name, _, code = (refusal.field or "").partition("@")
        row = self.row_of(code) if code else None
        if row is None:
            super().refuse(refusal)
        else:
            row.refuse(Refused(str(refusal), field=name))
            self.lines.errors = ["请看标出的行"]


class ReasonForm(Form):
    """Why a run goes back or is called off, or a month is opened again."""

    reason = StringField(
        "原因",
        [InputRequired("请填写原因。"), Length(max=200, message="原因最多 200 个字。")],
    )


class CheckForm(Form):
    """That a run was checked as it was seen."""

    seen_version = IntegerField(widget=HiddenInput())


class IssueForm(Form):
    """The document by which a run is issued."""

    document_no = StringField(
        "文号",
        [InputRequired("请填写下达文件的文号。"), Length(max=60, message="文号最多 60 个字。")],
    )
    document_on = DateField("发文日期", [InputRequired("请填写发文日期，例如 2026-01-20。")])
    attachment = FileField("下达文件")


class HeirRow(RowForm):
    """A unit that takes over, and its share."""

    code = StringField("单位编码", [Length(max=20, message="单位编码最多 20 个字符。")])
    weight = IntegerField(
        "划分权重",
        [Optional(), NumberRange(0, 1_000_000, "应为 0 到 1000000 的整数。")],
        render_kw=_DIGITS,
    )


class ChangeForm(Form):
    """What becomes of a unit, by which document."""

    into = StringField("承接单位编码", [Length(max=20, message="单位编码最多 20 个字符。")])
    others = StringField("一同并入的其他单位编码", [Length(max=400, message="最多 400 个字符。")])
    stays = BooleanField("原单位继续保留")
    kept_weight = IntegerField(
        "原单位的划分权重",
        [Optional(), NumberRange(0, 1_000_000, "应为 0 到 1000000 的整数。")],
        render_kw=_DIGITS,
    )
    after = Rows(FormField(HeirRow), "承接单位", min_entries=HEIRS)
    document_no = StringField(
        "文号",
        [InputRequired("请填写单位变动文件的文号。"), Length(max=60, message="文号最多 60 个字。")],
    )
    document_on = DateField("发文日期", [InputRequired("请填写发文日期，例如 2026-06-20。")])
    happened_on = DateField("变动日期", [InputRequired("请填写变动日期，例如 2026-07-01。")])
    reason = TextAreaField(
        "原因", [InputRequired("请填写原因。"), Length(max=200, message="原因最多 200 个字。")]
    )


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _number(text: str | None) -> str:
    return "".join((text or "").split())


class OutsideForm(Form):
    """A purchase made outside the shop."""

    once = OnceField("outside")
    kind = SelectField(
        "在哪里买的", choices=[SelectChoice(kind.value, kind.label) for kind in OutsideKind]
    )
    bought_on = DateField("购买日期", [InputRequired("请填写购买日期，例如 2026-06-18。")])
    seller = StringField(
        "销售方",
        [InputRequired("请填写销售方名称。"), Length(max=80, message="最多 80 个字。")],
        filters=[_plain],
    )
    products = StringField(
        "商品和数量",
        [InputRequired("请填写商品和数量。"), Length(max=200, message="最多 200 个字。")],
        filters=[_plain],
    )
    amount_fen = YuanField("金额", [InputRequired("请填写金额，例如 1280.00。")])
    invoice_code = StringField("发票代码", filters=[_number])
    invoice_no = StringField("发票号码", filters=[_number])
    order_no = StringField("平台订单号", filters=[_number])
    receipt_no = StringField("小票号", filters=[_number])
    note = TextAreaField(
        "说明",
        [Length(max=500, message="说明最多 500 个字。")],
        filters=[lambda text: (text or "").strip()],
    )
    files = MultipleFileField("凭证")


class OutsideDecideForm(Form):
    """Verify, return or reverse the version of a purchase that was seen."""

    version = IntegerField(widget=HiddenInput())
    same_files_seen = BooleanField("已逐份对照重复的材料，确认不是重复申报")
    apart_reason = StringField(
        "为什么不是同一次采购", [Length(max=200, message="最多 200 个字。")], filters=[_plain]
    )
    answer = StringField("原因", [Length(max=200, message="最多 200 个字。")], filters=[_plain])


class OutsideApplyForm(Form):
    """The purchases that were previewed and are now to be submitted, and the files that prove them."""

    once = OnceField("outside.import")
    rows = RowsField("outside.import")
    files = MultipleFileField("凭证（附在每一条申报上）")


class ReserveYearForm(Form):
    """Whether units file their reserved share in a year."""

    is_open = BooleanField("开启本年度填报")
    least_rate = RateField("建议比例")


class ReserveForm(Form):
    """The share of its canteen's purchases that a unit reserves."""

    canteen = SelectField(
        "食堂情况", choices=[SelectChoice(one.value, one.label) for one in Canteen]
    )
    budget_fen = YuanField("年度食堂食材采购总额", [AtLeastZero()])
    rate = RateField("预留比例", [AtLeastZero()])
    shared_with = SelectField("由谁填报", choices=[], default="", validate_choice=False)
    note = StringField("备注", [Length(max=200, message="备注最多 200 个字。")], filters=[_plain])

    def offer(self, units: Sequence[Unit]) -> None:
        """Offer the units whose canteen this one may eat in."""
        self.units = {unit.code: unit for unit in units}
        choices = [SelectChoice(unit.code, unit.name) for unit in units]
        self.shared_with.choices = [SelectChoice("", "不是共用食堂"), *choices]

    def chosen(self) -> Unit | None:
        """Return the unit that was chosen."""
        return self.units.get(self.shared_with.data or "")

    def show(self, unit: Unit, filing: ReserveFiling | None) -> None:
        """Show what was filed, or what is known of the unit's canteen."""
        other = filing.shared_with if filing else unit.shared_with
        self.canteen.data = (filing or unit).canteen.value
        self.shared_with.data = other.code if other else ""
        if filing is not None:
            self.budget_fen.data = filing.budget_fen or None  # type: ignore[assignment]
            self.rate.data = filing.rate or None  # type: ignore[assignment]
            self.note.data = filing.note


class ReserveDecideForm(Form):
    """Confirm or return the version of a filing that was seen."""

    version = IntegerField(widget=HiddenInput())
    answer = StringField("退回原因", [Length(max=200, message="最多 200 个字。")], filters=[_plain])
