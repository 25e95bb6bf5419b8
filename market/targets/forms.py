"""What is filled in to issue targets."""

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from market.core.forms import Form, RowsField, YuanField


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
