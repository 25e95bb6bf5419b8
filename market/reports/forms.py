"""What is filled in to set a rule that units are watched by."""

from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from market.core.forms import Form

_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class WatchRuleForm(Form):
    """A rule's number, whether it is on, and why it is changed."""

    number = IntegerField("数字", [InputRequired("请填整数。")], render_kw=_DIGITS)
    is_enabled = BooleanField("启用这条规则")
    reason = StringField(
        "修改原因",
        [InputRequired("请写明修改的原因。"), Length(max=200, message="最多 200 个字。")],
    )
