"""What suppliers and coordinators fill in about products, stock and suppliers."""

import datetime as dt
import re
from dataclasses import fields
from typing import Any, TypeVar

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from market.catalog.models import MOST_TIERS, Category, CertificateKind, Sku
from market.core.forms import Form, OnceField, Positive, QuantityField, YuanField

MONTHS = [
    SelectChoice("", "全年"),
    *(SelectChoice(str(month), f"{month} 月") for month in range(1, 13)),
]

Facts = TypeVar("Facts")


def _text(value: Any) -> str:
    # Browsers end lines with two characters.
    return (value or "").replace("\r\n", "\n").strip()


def _month(value: Any) -> int | None:
    return int(value) if value else None


def _kept_milli(value: Any) -> int | None:
    # More digits than a database's integers have are none that we have shown.
    return int(value) if re.fullmatch(r"[0-9]{1,18}", str(value)) else None


def required(what: str) -> InputRequired:
    """Demand the field with a sentence of ours."""
    return InputRequired(f"请填写{what}。")


def no_longer_than(letters: int) -> Length:
    """Limit a text to what its column holds."""
    return Length(max=letters, message=f"最多 {letters} 个字，请缩短。")


def at_most(most: int) -> NumberRange:
    """Limit a whole number; a larger one is a slip of the keyboard."""
    return NumberRange(max=most, message=f"最大 {most}，请检查是否多输了几位。")


class _FactsForm(Form):
    """A form whose fields are named like the facts of a service."""

    def facts(self, kind: type[Facts]) -> Facts:
        """Return what was typed as the facts that a service takes."""
        return kind(**{field.name: self[field.name].data for field in fields(kind)})  # type: ignore[arg-type]


class SupplierForm(_FactsForm):
    """A supplier."""

    name = StringField("名称", [required("供应商名称"), no_longer_than(80)], filters=[_text])
    township = StringField(
        "乡镇（街道）", [required("所在乡镇"), no_longer_than(40)], filters=[_text]
    )
    address = StringField("地址", [no_longer_than(200)], filters=[_text])
    contact = StringField("联系人", [no_longer_than(40)], filters=[_text])
    phone = StringField("联系电话", [no_longer_than(30)], filters=[_text])
    intro = TextAreaField("简介", [no_longer_than(2000)], filters=[_text])
    licence_no = StringField("许可证编号", [no_longer_than(60)], filters=[_text])
    licence_until = DateField("许可证有效期至", [Optional()])
    bank_name = StringField("开户银行", [no_longer_than(80)], filters=[_text])
    bank_account = StringField("收款账号", [no_longer_than(60)], filters=[_text])


class ProductForm(_FactsForm):
    """A product."""

    name = StringField("商品名称", [required("商品名称"), no_longer_than(80)], filters=[_text])
    category = SelectField(
        "分类",
        [InputRequired("请选择分类。")],
        choices=[SelectChoice(one.value, one.label) for one in Category],
        coerce={one.value: one for one in Category}.get,
    )
    township = StringField("产地乡镇", [required("产地乡镇"), no_longer_than(40)], filters=[_text])
    origin = StringField("产地说明", [no_longer_than(80)], filters=[_text])
    season_from = SelectField("产季自", choices=MONTHS, coerce=_month)
    season_to = SelectField("产季至", choices=MONTHS, coerce=_month)
    description = TextAreaField("商品说明", [no_longer_than(4000)], filters=[_text])
    storage = StringField("贮存方法", [no_longer_than(100)], filters=[_text])
    shelf_life_days = IntegerField("保质期（天）", [Optional(), at_most(36_500)])
    recognition_no = StringField("扶贫产品认定编号", [no_longer_than(60)], filters=[_text])
    recognition_from = DateField("认定有效期自", [Optional()])
    recognition_until = DateField("认定有效期至", [Optional()])
    households_helped = IntegerField(
        "带动户数", [required("带动户数，没有请填 0"), at_most(1_000_000)], default=0
    )


class NewProductForm(ProductForm):
    """A product, and whose it is where that isn't the person's own."""

    supplier = SelectField("供应商", [InputRequired("请选择供应商。")])


class SkuForm(_FactsForm):
    """A SKU with its price tiers, the fields ``tier_<n>_from`` and ``tier_<n>_price``."""

    name = StringField("规格名称", [required("规格名称"), no_longer_than(80)], filters=[_text])
    unit = StringField("计量单位", [required("计量单位"), no_longer_than(10)], filters=[_text])
    price_fen = YuanField("单价", [InputRequired("请填写单价。"), Positive()])
    reference_price_fen = YuanField("参考价", [Positive()])
    reference_source = StringField("参考价来源", [no_longer_than(100)], filters=[_text])
    min_milli = QuantityField("起订量", [InputRequired("请填写起订量。"), Positive()], default=1000)
    step_milli = QuantityField(
        "递增量", [InputRequired("请填写递增量。"), Positive()], default=1000
    )
    is_by_weight = BooleanField("过秤商品：按实收重量结算（只供单位食堂）")
    for_canteen = BooleanField("供应单位食堂", default=True)
    for_retail = BooleanField("供应个人", default=True)
    is_offered = BooleanField("可订购", default=True)

    @classmethod
    def of(cls, sku: Sku, **given: Any) -> "SkuForm":
        """Return the form filled with what is known."""
        known = {}
        for place, tier in enumerate(sku.tiers[:MOST_TIERS], 1):
            known[f"tier_{place}_from"] = tier.from_milli
            known[f"tier_{place}_price"] = tier.price_fen
        return cls(obj=sku, data=known, **given)

    @property
    def tier_fields(self) -> list[tuple[Any, Any]]:
        """The fields of each tier: from which quantity on, and the price."""
        return [
            (self[f"tier_{place}_from"], self[f"tier_{place}_price"])
            for place in range(1, MOST_TIERS + 1)
        ]

    @property
    def tiers(self) -> list[tuple[int, int]]:
        """The tiers that were filled in: from how many milli on, and the price in fen."""
        return [
            (first.data, price.data)
            for first, price in self.tier_fields
            if first.data is not None and price.data is not None
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a tier that is filled in by half, or after an empty one."""
        valid = bool(super().validate(extra_validators))
        empty = 0
        for place, (first, price) in enumerate(self.tier_fields, 1):
            given = [bool((field.typed or "").strip()) for field in (first, price)]
            if any(given) and not all(given):
                lacking = price if given[0] else first
                lacking.errors = [*lacking.errors, "数量和单价要一起填写，或都留空。"]
                valid = False
            if any(given) and empty:
                first.errors = [*first.errors, f"请先填写第 {empty} 级。"]
                valid = False
            empty = empty or (0 if any(given) else place)
        return valid


for _place in range(1, MOST_TIERS + 1):
    setattr(SkuForm, f"tier_{_place}_from", QuantityField(f"第 {_place} 级：买满"))
    setattr(SkuForm, f"tier_{_place}_price", YuanField(f"第 {_place} 级：单价"))


class ReceiptForm(Form):
    """Goods that arrived."""

    received = QuantityField("入库数量", [InputRequired("请填写入库数量。"), Positive()])
    about = StringField("说明", [no_longer_than(80)], filters=[_text])
    once = OnceField("receipt")


class CountForm(Form):
    """What was counted, and the stock on the page at that time."""

    counted = QuantityField("盘点数量", [InputRequired("请填写盘点数量；没有了请填 0。")])
    reason = StringField("差异原因", [required("差异原因"), no_longer_than(80)], filters=[_text])
    seen_milli = HiddenField(filters=[_kept_milli])


class PictureForm(Form):
    """A picture of a product."""

    file = FileField("商品图片", [FileRequired("请选择一张图片。")])


class CertificateForm(Form):
    """A paper that proves something about a product."""

    kind = SelectField(
        "证明类型",
        [InputRequired("请选择证明类型。")],
        choices=[SelectChoice(one.value, one.label) for one in CertificateKind],
        coerce={one.value: one for one in CertificateKind}.get,
    )
    number = StringField("编号", [no_longer_than(60)], filters=[_text])
    valid_until = DateField("有效期至", [Optional()])
    file = FileField("文件", [FileRequired("请选择图片或 PDF 文件。")])

    def validate_valid_until(self, field: DateField) -> None:
        """Refuse a date of a mistyped century."""
        if field.data and field.data.year not in range(2000, 2200):
            raise ValidationError(f"请检查年份 {field.data.year}。")


class DecisionForm(Form):
    """What a coordinator decides about a submitted product, and which version was read."""

    reason = StringField("退回原因", [no_longer_than(200)], filters=[_text])
    seen_at = HiddenField()

    @property
    def seen(self) -> dt.datetime | None:
        """When the version that was read was submitted."""
        try:
            return dt.datetime.fromisoformat(self.seen_at.data or "")
        except ValueError:
            return None


class SuspendForm(Form):
    """Why a supplier may not sell for now."""

    reason = StringField("暂停原因", [required("暂停的原因"), no_longer_than(200)], filters=[_text])
