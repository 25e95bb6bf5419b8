"""What is filled in about pairs, about what was done for an indicator, and about projects."""

import re
from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import (
    DateField,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from market.core import quantity
from market.core.errors import Refused
from market.core.forms import (
    Form,
    OnceField,
    QuantityField,
    RateField,
    RowForm,
    Rows,
    RowsField,
    YuanField,
)
from market.core.labels import Label
from market.plan.models import Aspect, DateKind, MilestoneState, Pair
from market.plan.queries import REASONS
from market.units.models import Unit

ROWS = 6  # Of an assessment, empty, to begin with; and so many more at a time.
MOST_ROWS = 30


def _plain(text: str | None) -> str:
    return text or ""


def _choices(labels: Iterable[Label]) -> list[SelectChoice]:
    return [SelectChoice(label.value, label.label) for label in labels]


def _reason(name: str) -> Any:
    """Return a field for the reason of an odd figure; a page shows it where one is wanted."""
    limit = Length(max=200, message="最多 200 个字。")
    return StringField(REASONS[name], [limit], filters=[_plain])


class PairForm(Form):
    """One of the eight pairs."""

    unit = SelectField("街道办事处", validate_choice=False)
    township = StringField(
        "乡镇（街道）",
        [InputRequired("请填写乡镇名称。"), Length(max=20, message="最多 20 个字。")],
    )
    village = StringField(
        "贫困村", [InputRequired("请填写村名。"), Length(max=20, message="最多 20 个字。")]
    )

    def offer(self, units: list[Unit]) -> None:
        """Offer the offices that are free."""
        choices = [SelectChoice(unit.code, unit.name) for unit in units]
        self.unit.choices = [SelectChoice("", "请选择"), *choices]


class RecordForm(Form):
    """Something done for an indicator; a page shows the fields that the indicator has."""

    once = OnceField("indicator")
    happened_on = DateField("日期", [InputRequired("请填写日期，例如 2020-06-18。")])
    pair = SelectField("街村", validate_choice=False)
    value = IntegerField(
        "数量",
        [Optional(), NumberRange(0, 1_000_000, "应为 0 到 1000000 的整数。")],
        render_kw={"inputmode": "numeric"},
    )
    amount_fen = YuanField("金额")
    people = TextAreaField("人员名单", [Length(max=100_000)], filters=[_plain])
    place = StringField(
        "地点", [InputRequired("请填写地点。"), Length(max=60, message="地点最多 60 个字。")]
    )
    note = TextAreaField("说明", [Length(max=500, message="说明最多 500 个字。")], filters=[_plain])
    files = MultipleFileField("佐证材料")

    def offer(self, pairs: list[Pair]) -> None:
        """Offer the pairs that were entered."""
        choices = [SelectChoice(f"{p.year}-{p.position}", f"{p.year}年 {p.name}") for p in pairs]
        self.pair.choices = [SelectChoice("", "请选择"), *choices]

    def fill(self, given: dict[str, Any]) -> None:
        """Show what a returned record says."""
        for name, value in given.items():
            self[name].data = value


class DecideForm(Form):
    """Verify, return or reverse the version of a record that was seen."""

    version = IntegerField(widget=HiddenInput())
    answer = StringField("原因", [Length(max=200, message="最多 200 个字。")], filters=[_plain])


class SheetForm(Form):
    """A sheet of records."""

    sheet = FileField("Excel 文件", [FileRequired("请选择填好的 Excel 文件（.xlsx）。")])


class ApplyForm(Form):
    """The records that were previewed and are now to be made, and the files that prove them."""

    once = OnceField("indicator.import")
    rows = RowsField("indicator.import")
    files = MultipleFileField("佐证材料（附在每一条记录上）")


class ReportForm(Form):
    """What the county says of a project at the end of a month."""

    once = OnceField("project.report")
    month = StringField(
        "月份",
        [InputRequired("请选择月份，例如 2020-06。")],
        render_kw={"type": "month", "placeholder": "2020-06"},
    )
    percent = RateField("形象进度", [InputRequired("请填写形象进度，0 至 100，例如 45.5。")])
    invested_fen = YuanField("累计完成投资", [InputRequired("请填写累计完成投资，没有填 0。")])
    problem = TextAreaField(
        "存在问题", [Length(max=500, message="最多 500 个字。")], filters=[_plain]
    )
    measure = TextAreaField(
        "拟解决措施", [Length(max=500, message="最多 500 个字。")], filters=[_plain]
    )
    why_percent = _reason("why_percent")
    why_invested = _reason("why_invested")
    why_total = _reason("why_total")
    photos = MultipleFileField("现场照片")
    without = SelectMultipleField("去掉的照片", validate_choice=False)


class DateForm(Form):
    """A day of a project: when it started, should finish, or finished."""

    once = OnceField("project.date")
    kind = SelectField("哪个日期", choices=_choices(DateKind))
    day = DateField("日期", [Optional()])
    reason = StringField("原因", [Length(max=200, message="最多 200 个字。")], filters=[_plain])


class MilestoneForm(Form):
    """Something that a project must have reached by a day."""

    once = OnceField("project.milestone")
    name = StringField(
        "里程碑", [InputRequired("请填写里程碑名称。"), Length(max=40, message="最多 40 个字。")]
    )
    planned_on = DateField("计划日期", [InputRequired("请填写计划日期，例如 2020-09-30。")])


class CloseForm(Form):
    """What has become of a milestone."""

    state = SelectField(
        "结果",
        choices=_choices(s for s in MilestoneState if s is not MilestoneState.PLANNED),
    )
    met_on = DateField("达成日期", [Optional()])
    note = StringField("说明", [Length(max=200, message="最多 200 个字。")], filters=[_plain])


class PointsField(QuantityField):
    """Points typed with two decimals at most; ``data`` is thousandths."""

    @staticmethod
    def read(text: str) -> int:
        """Return the thousandths of points; what is none of them is refused in their words."""
        try:
            return quantity.parse(text)
        except Refused:
            raise Refused("只能是数字，例如 12 或 12.5。") from None


def _aspects() -> list[SelectChoice]:
    """Return the second levels under their first."""
    kinds = (SelectChoice(one.value, one.label, optgroup=one.first) for one in Aspect)
    return [SelectChoice("", "请选择"), *kinds]


class LineRow(RowForm):
    """One indicator of an assessment; a row that is left empty is none."""

    aspect = SelectField("二级指标", choices=_aspects(), default="", validate_choice=False)
    name = StringField("三级指标", filters=[_plain])
    target = StringField("指标值", filters=[_plain])
    worth_milli = PointsField("分值")
    actual = StringField("实际值", filters=[_plain])
    score_milli = PointsField("得分")
    reason = StringField("未完成原因及改进措施", filters=[_plain])

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not any(field.data or (field.raw_data and any(field.raw_data)) for field in self)


class AssessmentForm(Form):
    """What a project's offices say of a year's performance."""

    once = OnceField("project.assessment")
    version = IntegerField(widget=HiddenInput(), default=0)
    leader = StringField("负责人", filters=[_plain])
    phone = StringField("电话", filters=[_plain], render_kw={"inputmode": "tel"})
    goal = TextAreaField("年度目标", filters=[_plain])
    correction = StringField("更正说明", filters=[_plain])
    lines = Rows(FormField(LineRow), "绩效指标", min_entries=ROWS)

    def add_rows(self) -> None:
        """Add further empty rows, up to as many as an assessment may have."""
        for _ in range(min(ROWS, MOST_ROWS - len(self.lines))):
            self.lines.append_entry()

    def filled(self) -> list[LineRow]:
        """Return the rows that were filled in."""
        return [row.form for row in self.lines if not row.form.is_blank]

    @property
    def worth_milli(self) -> int:
        """Return what the rows come to."""
        return sum(row.worth_milli.data or 0 for row in self.filled())  # type: ignore[misc]

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal of a row, counted among those filled in, beside its field there."""
        found = re.fullmatch(r"lines-(\d+)-(\w+)", refusal.field or "")
        if found is None:
            super().refuse(refusal)
            return
        field = self.filled()[int(found[1])][found[2]]
        field.errors = [*field.errors, str(refusal)]
        self.lines.errors = [*self.lines.errors, {}]
