"""What is filled in about pairs, about what was done for an indicator, and about projects."""

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from market.core.forms import Form, OnceField, RateField, RowsField, YuanField
from market.core.labels import Label
from market.plan.models import DateKind, MilestoneState, Pair
from market.plan.queries import REASONS
from market.units.models import Unit


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
