"""What is filled in about units; and an uploaded sheet, kept between its preview and its import."""

import base64
import binascii
from typing import Any

from flask import current_app
from flask_login import current_user
from flask_wtf.file import FileField
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from market.core.errors import Refused
from market.core.forms import Form, YuanField
from market.core.labels import Label
from market.units.models import Canteen, Nature, UnitKind

MOST_BYTES = 10 * 1024 * 1024
MOST_HELD = 330 * 1024  # In base64 it must fit into a form, which Flask limits to 500 kB.
HELD_SECONDS = 3600


class LabelField(SelectField):
    """A choice among the members of an enumeration; ``data`` is a member."""

    def __init__(self, label: str, kind: type[Label], **kwargs: Any) -> None:
        choices = [SelectChoice(member.value, member.label) for member in kind]
        super().__init__(label, choices=choices, coerce=self._member, **kwargs)
        self._kind = kind

    def _member(self, value: str) -> Label:
        for member in self._kind:
            if member.value == value:
                return member
        raise ValueError("没有这个选项。")


class UnitForm(Form):
    """A unit; its parent and the unit it shares a canteen with are given by code."""

    code = StringField("单位编码", [InputRequired("请填写单位编码。"), Length(max=20)])
    name = StringField("单位名称", [InputRequired("请填写单位名称。"), Length(max=80)])
    kind = LabelField("单位类别", UnitKind)
    nature = LabelField("单位性质", Nature)
    canteen = LabelField("食堂情况", Canteen)
    daily_diners = IntegerField(
        "日常用餐人数",
        [
            InputRequired("请填写 0 到 100000 的整数，没有食堂填 0。"),
            NumberRange(0, 100_000, "应为 0 到 100000 的整数。"),
        ],
        default=0,
        render_kw={"inputmode": "numeric"},
    )
    shared_with = StringField("共用食堂代表单位编码", [Optional(), Length(max=20)])
    approval_limit_fen = YuanField("审批限额")
    parent = StringField("上级单位编码", [Optional(), Length(max=20)])
    address = StringField("地址", [Length(max=200)])
    contact = StringField("联系人", [Length(max=40)])
    phone = StringField("联系电话", [Length(max=30)])
    bank_name = StringField("开户银行", [Length(max=80)])
    bank_account = StringField("付款账号", [Length(max=60)])
    note = StringField("备注", [Length(max=200)])

    def facts(self) -> dict[str, Any]:
        """Return what was filled in by field, trimmed; codes that were left out are ``None``."""
        given = {name: value for name, value in self.data.items() if name != "csrf_token"}
        for name, value in given.items():
            if isinstance(self[name], StringField) and isinstance(value, str):
                given[name] = value.strip()
        return given | {name: given[name] or None for name in ("parent", "shared_with")}


class SettlementForm(Form):
    """How a unit settles what it buys on account."""

    bank_name = StringField("付款开户行", [Length(max=80, message="最多 80 个字。")])
    bank_account = StringField("付款账号", [Length(max=60, message="最多 60 个字。")])
    carry_limit_fen = YuanField("小额差额结转上限")


class UploadForm(Form):
    """An Excel file to be looked at before it is imported."""

    file = FileField("Excel 文件（.xlsx）")

    def content(self) -> bytes:
        """Return the uploaded file; refuses none, an empty one, and one above 10 MB."""
        upload = self.file.data
        if not upload:
            raise Refused("请选择要导入的 Excel 文件（.xlsx）。", field="file")
        content: bytes = upload.read(MOST_BYTES + 1)
        if not content:
            raise Refused("文件是空的，请重新选择文件。", field="file")
        if len(content) > MOST_BYTES:
            raise Refused("文件超过 10 MB，请只保留需要导入的工作表后再上传。", field="file")
        return content


class ApplyForm(Form):
    """The file that was previewed, signed, so that exactly it is imported."""

    held = HiddenField()


def hold(content: bytes, purpose: str) -> str:
    """Sign a previewed file for this person and purpose, to be sent back by ``ApplyForm``.

    Refuses one above ``MOST_HELD``: data alone is far smaller.
    """
    if len(content) > MOST_HELD:
        raise Refused(
            f"文件有 {len(content) // 1024} KB，预览最多 {MOST_HELD // 1024} KB。"
            "请删去格式、图片和其他工作表，或分成几个文件导入。",
            field="file",
        )
    return _signer(purpose).sign(base64.urlsafe_b64encode(content)).decode()


def held(token: str | None, purpose: str) -> bytes:
    """Return the file that ``hold`` signed; refuses a foreign, changed or old one."""
    try:
        return base64.urlsafe_b64decode(_signer(purpose).unsign(token or "", max_age=HELD_SECONDS))
    except SignatureExpired:
        raise Refused("预览已超过 1 小时，请重新上传文件。", field="file") from None
    except (BadSignature, binascii.Error):
        raise Refused("预览内容无效，请重新上传文件。", field="file") from None


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(
        current_app.secret_key or "", salt=f"sheet:{purpose}:{current_user.get_id()}"
    )
