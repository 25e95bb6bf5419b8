"""What is filled in to set a rule that units are watched by, and to write a bulletin."""

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length

from market.core.forms import Form
from market.reports.models import Section

_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class WatchRuleForm(Form):
    """A rule's number, whether it is on, and why it is changed."""

    number = IntegerField("数字", [InputRequired("请填整数。")], render_kw=_DIGITS)
    is_enabled = BooleanField("启用这条规则")
    reason = StringField(
        "修改原因",
        [InputRequired("请写明修改的原因。"), Length(max=200, message="最多 200 个字。")],
    )


class BulletinForm(Form):
    """A bulletin's sections with their fields in braces, for whom it is, and the version that was opened."""

    overall = TextAreaField(Section.OVERALL.label, [InputRequired("请填写。")])
    good = TextAreaField(Section.GOOD.label, [InputRequired("请填写。")])
    slow = TextAreaField(Section.SLOW.label, [InputRequired("请填写。")])
    problems = TextAreaField(Section.PROBLEMS.label, [InputRequired("请填写。")])
    next_steps = TextAreaField(Section.NEXT_STEPS.label, [InputRequired("请填写。")])
    is_public = RadioField(
        "发布范围",
        choices=[
            SelectChoice("", "内部：通报中的单位和管理人员可见"),
            SelectChoice("1", "公开：所有人可见，不含付款情况"),
        ],
        default="",
    )
    seen_version = HiddenField()

    @property
    def text(self) -> dict[str, str]:
        """The sections as they were typed."""
        return {section.value: self[section.value].data or "" for section in Section}


class AnswerForm(Form):
    """Why a bulletin is returned or corrected; which version was seen."""

    answer = StringField("原因", render_kw={"maxlength": 200})
    seen_version = HiddenField()
