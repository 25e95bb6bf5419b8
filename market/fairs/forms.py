"""What is filled in about fairs."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from market.core import clock
from market.core.forms import Form, OnceField, Positive, QuantityField, YuanField
from market.fairs.models import BuyerKind


def choices(pairs: Iterable[tuple[str, str]], *, none: str = "") -> list[SelectChoice]:
    """Return what a field offers; ``none`` is the word for choosing nothing."""
    first = [SelectChoice("", none)] if none else []
    return [*first, *(SelectChoice(key, text) for key, text in pairs)]


def _plain(text: str | None) -> str:
    return text or ""


class FairForm(Form):
    """A fair as it is planned."""

    name = StringField(
        "展销名称",
        [InputRequired("请填写展销名称。"), Length(max=80, message="名称最多 80 个字。")],
    )
    starts_on = DateField("开始日期", [InputRequired("请填写开始日期。")])
    ends_on = DateField("结束日期", [InputRequired("请填写结束日期。")])
    is_online = BooleanField("线上展销（不填地点）")
    place = StringField("地点", [Length(max=80, message="地点最多 80 个字。")], filters=[_plain])
    host = StringField(
        "主办单位",
        [InputRequired("请填写主办单位。"), Length(max=80, message="主办单位最多 80 个字。")],
    )
    co_host = StringField(
        "协办单位", [Length(max=200, message="协办单位最多 200 个字。")], filters=[_plain]
    )
    area_m2 = IntegerField("面积", [Optional()])
    line = SelectField("预算科目", default="", validate_choice=False)
    asked_fen = YuanField("申请金额", [Optional()])
    once = OnceField("fair")

    def offer(self, lines: list[str]) -> None:
        """Offer the lines of the marketing budget; what is none of them is chosen by nobody."""
        if self.line.data not in lines:
            self.line.data = ""
        self.line.choices = choices([(one, one) for one in lines], none="不申请经费")


class ReasonForm(Form):
    """Why something is called off, declined or taken back."""

    reason = StringField("原因", [Length(max=200, message="原因最多 200 个字。")], filters=[_plain])


class AnswerForm(Form):
    """What is wrong with something, and the version that was seen."""

    answer = StringField("原因", [Length(max=200, message="原因最多 200 个字。")], filters=[_plain])
    version = HiddenField(filters=[_plain])


class MoneyForm(Form):
    """The document by which a fair's money is asked for."""

    document_no = StringField(
        "方案文号",
        [InputRequired("请填写活动方案的文号。"), Length(max=60, message="文号最多 60 个字。")],
    )
    once = OnceField("fair-money")


class ActivityForm(Form):
    """The marketing activity, asked for before, that pays for a fair."""

    activity = StringField(
        "已申请的经费单据编号",
        [InputRequired("请填写单据编号。"), Length(max=30, message="编号最多 30 个字。")],
    )


class InviteForm(Form):
    """A supplier to ask, and the number of its stand."""

    supplier = SelectField("供应商", validate_choice=False)
    stand_number = StringField(
        "展位号",
        [InputRequired("请填写展位号。"), Length(max=20, message="展位号最多 20 个字。")],
    )


class GoodForm(Form):
    """Goods that a stand brings."""

    sku = SelectField("本店商品", default="", validate_choice=False)
    name = StringField(
        "或另填商品名称", [Length(max=80, message="名称最多 80 个字。")], filters=[_plain]
    )
    unit = StringField("计量单位", [Length(max=10, message="最多 10 个字。")], filters=[_plain])
    price_fen = YuanField("单价", [InputRequired("请填写单价。"), Positive()])
    brought_milli = QuantityField("备货数量", [InputRequired("请填写数量。"), Positive()])


class ProofForm(Form):
    """Photos of receipts."""

    proof = MultipleFileField("小票照片")


class VerifyForm(Form):
    """Why the sales that are verified are none that counted already outside the shop."""

    apart_reason = StringField(
        "为什么不是同一次采购", [Length(max=200, message="最多 200 个字。")], filters=[_plain]
    )


class SaleForm(Form):
    """One sale on the spot; ``key`` is made where it is entered, and is of this sale only."""

    key = HiddenField(filters=[_plain])
    stand = SelectField("展位", validate_choice=False)
    buyer = RadioField(
        "谁买的",
        choices=[SelectChoice(kind.value, kind.label) for kind in BuyerKind],
        default=BuyerKind.PERSON.value,
    )
    unit = StringField("单位", [Length(max=80, message="最多 80 个字。")], filters=[_plain])
    amount_fen = YuanField("金额", [InputRequired("请填写金额。"), Positive()])
    receipt_no = StringField(
        "小票号",
        [InputRequired("请填写小票号。"), Length(max=38, message="小票号最多 38 个字。")],
    )
    product = SelectField("商品", default="", validate_choice=False)
    goods = StringField("商品说明", [Length(max=200, message="最多 200 个字。")], filters=[_plain])
    sold_at = DateTimeLocalField(
        "销售时间",
        [InputRequired("请填写销售时间。")],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    @property
    def sold(self) -> dt.datetime:
        """Return the instant that was typed, by China's clock."""
        assert self.sold_at.data is not None
        return self.sold_at.data.replace(tzinfo=clock.CHINA).astimezone(dt.UTC)


class MendForm(SaleForm):
    """A returned sale, mended; its stand and key stay."""

    version = HiddenField(filters=[_plain])


class DayForm(Form):
    """Who came on a day."""

    held_on = DateField("日期", [InputRequired("请填写日期。")])
    visitors = IntegerField("参观人次", [InputRequired("请填写参观人次，没有填 0。")])
    purchasers = IntegerField("采购商数", [InputRequired("请填写采购商数，没有填 0。")])


class PhotoForm(Form):
    """A photo and what it shows."""

    photo = FileField("照片")
    caption = StringField("说明", [Length(max=80, message="说明最多 80 个字。")], filters=[_plain])


class IntentionForm(Form):
    """What was signed."""

    stand = SelectField("供应商", validate_choice=False)
    unit = StringField(
        "采购单位（编码或名称）", [Length(max=80, message="最多 80 个字。")], filters=[_plain]
    )
    buyer = StringField(
        "或其他采购方", [Length(max=80, message="最多 80 个字。")], filters=[_plain]
    )
    amount_fen = YuanField("签约金额", [InputRequired("请填写签约金额。"), Positive()])
    goods = StringField("商品", [Length(max=200, message="最多 200 个字。")], filters=[_plain])
    signed_on = DateField("签约日期", [InputRequired("请填写签约日期。")])
    paper = FileField("签约书")
    once = OnceField("fair-intention")


class FulfilForm(Form):
    """What was delivered of an intention outside the shop."""

    amount_fen = YuanField("兑现金额", [InputRequired("请填写兑现金额。"), Positive()])
    happened_on = DateField("兑现日期", [InputRequired("请填写兑现日期。")])
    note = StringField("说明", [Length(max=200, message="最多 200 个字。")], filters=[_plain])
    evidence = FileField("凭证")
    once = OnceField("fair-fulfilment")


class LinkForm(Form):
    """An order of the shop, by its number."""

    order = StringField(
        "订单编号",
        [InputRequired("请填写订单编号。"), Length(max=30, message="订单编号最多 30 个字。")],
    )


class SubmitForm(Form):
    """The digest of what was seen, and what is wrong with it."""

    digest = StringField(widget=HiddenInput(), filters=[_plain])
    answer = StringField(
        "退回原因", [Length(max=200, message="原因最多 200 个字。")], filters=[_plain]
    )


def errors_of(form: Any) -> dict[str, list[str]]:
    """Return what is wrong with a form by field; "" is what belongs to none."""
    found = {name: [str(one) for one in errors] for name, errors in form.errors.items() if name}
    if form.form_errors:
        found[""] = [str(one) for one in form.form_errors]
    return found
