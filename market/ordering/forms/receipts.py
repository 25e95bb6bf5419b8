"""What is filled in when goods arrive, and when something is wrong with them later."""

from flask_wtf.file import FileField
from wtforms import FormField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from market.core.forms import Form, OnceField, QuantityField
from market.ordering.forms.lines import LinesForm, RowForm, Rows

PICTURES = {"accept": "image/jpeg,image/png,image/webp"}


class FindingForm(RowForm):
    """What was found of a line."""

    accepted = QuantityField("实收", [InputRequired("请填写实收数量，没有请填 0。")])
    rejected = QuantityField("拒收")
    reason = StringField("拒收原因", [Length(max=200, message="拒收原因最多 200 个字。")])
    photo = FileField("拒收照片", render_kw=PICTURES)


class ReceiveForm(LinesForm):
    """What arrived, line by line."""

    lines = Rows(FormField(FindingForm), "验收明细")
    remark = TextAreaField("备注", [Length(max=300, message="备注最多 300 个字。")])
    once = OnceField("receive")


class SendBackForm(Form):
    """Why an acceptance must be made anew."""

    reason = StringField(
        "退回原因", [InputRequired("请填写退回原因。"), Length(max=200, message="最多 200 个字。")]
    )


class ClaimForm(Form):
    """How much of an accepted line is affected, and why."""

    milli = QuantityField("数量", [InputRequired("请填写数量。")])
    reason = TextAreaField(
        "原因",
        [InputRequired("请填写售后原因。"), Length(max=300, message="原因最多 300 个字。")],
    )
    photo = FileField("照片", render_kw=PICTURES)
    once = OnceField("claim")


class AnswerForm(Form):
    """The words with which a claim is answered or ruled; a button says which way."""

    answer = TextAreaField("说明", [Length(max=300, message="说明最多 300 个字。")])
