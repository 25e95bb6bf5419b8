"""What is filled in to issue targets."""

from typing import Any

from flask import current_app
from flask_login import current_user
from flask_wtf.file import FileField, FileRequired
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from market.core.forms import Form, YuanField

PREVIEW_SECONDS = 3600


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


class RowsField(HiddenField):
    """Rows kept in the page between preview and import: compressed, and signed for one person.

    ``data`` is a list of plain JSON values. What somebody changed, somebody else's or
    older than ``PREVIEW_SECONDS`` is refused.
    """

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.secret_key or "", salt="targets.import")

    def _value(self) -> str:
        if self.data is None:
            return ""
        return str(self._signer().dumps([current_user.get_id(), self.data]))

    def fill(self, rows: list[Any]) -> None:
        """Put rows into the page."""
        self.data: Any = rows

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the rows out of their signed wrapping."""
        self.data = None
        try:
            owner, rows = self._signer().loads(valuelist[0], max_age=PREVIEW_SECONDS)
        except SignatureExpired:
            raise ValueError("预览已超过一小时，请重新上传文件。") from None
        except (BadSignature, IndexError, ValueError, TypeError):
            raise ValueError("预览内容不完整，请重新上传文件。") from None
        if owner != current_user.get_id():
            raise ValueError("预览不属于当前登录的账号，请重新上传文件。")
        self.data = rows

    def pre_validate(self, form: Any) -> None:
        """Refuse a form sent without its rows."""
        if self.data is None and not self.process_errors:
            raise ValidationError("缺少预览内容，请重新上传文件。")


class ApplyForm(Form):
    """The rows that were previewed and are now to be imported."""

    rows = RowsField()
