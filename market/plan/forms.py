"""What is filled in about pairs and about what was done for an indicator."""

from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from market.core.forms import Form, OnceField, RowsField, YuanField
from market.plan.models import Pair
from market.units.models import Unit


def _plain(text: str | None) -> str:
    return text or ""


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
