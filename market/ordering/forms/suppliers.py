"""What suppliers fill in: what they ship, and why they decline."""

from wtforms import DateField, FormField, RadioField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, Optional

from market.core.forms import Form, QuantityField
from market.ordering.forms.lines import LinesForm, RowForm, Rows
from market.ordering.models import ShortRest


class ParcelForm(RowForm):
    """How much of a line is shipped, and of which lot."""

    milli = QuantityField("发货数量", [InputRequired("请填写发货数量，没有货请填 0。")])
    lot = StringField("批号", [Length(max=60, message="批号最多 60 个字。")])
    produced_on = DateField("生产日期", [Optional()])


class ShipForm(LinesForm):
    """By whom the goods travel, and what happens to what is missing."""

    carrier = StringField(
        "承运商", [InputRequired("请填写承运商。"), Length(max=60, message="承运商最多 60 个字。")]
    )
    tracking = StringField(
        "运单号或司机电话", [Length(max=60, message="运单号或司机电话最多 60 个字。")]
    )
    lines = Rows(FormField(ParcelForm), "发货明细")
    short_rest = RadioField(
        "没有发足的余量",
        coerce=ShortRest,
        choices=[SelectChoice(rest.value, rest.label) for rest in ShortRest],
        validate_choice=False,
    )


class DeclineForm(Form):
    """Why a part of an order can't be delivered."""

    reason = StringField(
        "谢绝原因",
        [
            InputRequired("请填写谢绝原因，采购人会看到。"),
            Length(max=200, message="最多 200 个字。"),
        ],
    )
