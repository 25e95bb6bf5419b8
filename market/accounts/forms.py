"""What is filled in to sign in, to join, and about people."""

from collections.abc import Iterable
from typing import Any

from wtforms import IntegerField, PasswordField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from market.accounts.models import LEAST_LETTERS, LOGIN_RULE, MOST_DAYS, MOST_USES
from market.core.access import Role
from market.core.forms import Form

_NEW = {"autocomplete": "new-password"}
_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


class SignInForm(Form):
    """A login and its password."""

    login = StringField(
        "登录名", [InputRequired("请填写登录名。")], render_kw=_PLAIN | {"autocomplete": "username"}
    )
    password = PasswordField(
        "密码", [InputRequired("请填写密码。")], render_kw={"autocomplete": "current-password"}
    )


class RegisterForm(Form):
    """An account for somebody new."""

    login = StringField(
        "登录名",
        [InputRequired("请填写登录名。"), Length(max=40, message="登录名最多 40 个字符。")],
        description=f"{LOGIN_RULE}；可以用手机号。",
        render_kw=_PLAIN | {"autocomplete": "username"},
    )
    name = StringField(
        "姓名",
        [InputRequired("请填写姓名。"), Length(max=40, message="姓名最多 40 个字。")],
        render_kw={"autocomplete": "name"},
    )
    phone = StringField(
        "联系电话",
        [Length(max=30, message="联系电话最多 30 个字符。")],
        description="选填，送货时联系用。",
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    password = PasswordField(
        "密码",
        [InputRequired("请填写密码。")],
        description=f"至少 {LEAST_LETTERS} 个字符，不能与登录名相同。",
        render_kw=_NEW,
    )
    again = PasswordField("再输一次密码", [InputRequired("请再输一次密码。")], render_kw=_NEW)

    def validate_again(self, field: Any) -> None:
        """Refuse a second password that differs from the first."""
        if field.data != self.password.data:
            raise ValidationError("两次输入的密码不一样，请重新输入。")


class CodeForm(Form):
    """An invitation's code."""

    code = StringField(
        "邀请码",
        [InputRequired("请填写邀请码。"), Length(max=20, message="邀请码最多 20 个字符。")],
        description="由单位负责人或食堂管理员发放，形如 ABCDE-23456。",
        render_kw={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"},
    )


class JoinForm(CodeForm, RegisterForm):
    """A new account that joins a unit at once."""


class PasswordForm(Form):
    """One's old and new password."""

    old = PasswordField(
        "原密码",
        [InputRequired("请填写原密码。")],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        "新密码",
        [InputRequired("请填写新密码。")],
        description=f"至少 {LEAST_LETTERS} 个字符，不能与登录名相同。",
        render_kw=_NEW,
    )
    again = PasswordField("再输一次新密码", [InputRequired("请再输一次新密码。")], render_kw=_NEW)

    def validate_again(self, field: Any) -> None:
        """Refuse a second password that differs from the first."""
        if field.data != self.new.data:
            raise ValidationError("两次输入的新密码不一样，请重新输入。")


class OwnForm(Form):
    """What one may change about oneself."""

    name = StringField(
        "姓名", [InputRequired("请填写姓名。"), Length(max=40, message="姓名最多 40 个字。")]
    )
    phone = StringField("联系电话", [Length(max=30, message="联系电话最多 30 个字符。")])
    address = StringField("收货地址", [Length(max=200, message="收货地址最多 200 个字。")])


class InvitationForm(Form):
    """How long a code holds, and for how many; an administrator names the unit."""

    unit = StringField("单位编码", [Optional(), Length(max=20)], render_kw={"list": "units"})
    days = IntegerField(
        "有效天数",
        [
            InputRequired(f"请填写 1 到 {MOST_DAYS} 的整数。"),
            NumberRange(1, MOST_DAYS, f"有效期应为 1 到 {MOST_DAYS} 天。"),
        ],
        default=30,
        render_kw={"inputmode": "numeric"},
    )
    most = IntegerField(
        "可用次数",
        [
            InputRequired(f"请填写 1 到 {MOST_USES} 的整数。"),
            NumberRange(1, MOST_USES, f"可用次数应为 1 到 {MOST_USES}。"),
        ],
        default=50,
        render_kw={"inputmode": "numeric"},
    )


class PersonForm(Form):
    """Somebody's account; unit and supplier are given by code, the roles are those one may give."""

    login = StringField(
        "登录名",
        [InputRequired("请填写登录名。"), Length(max=40, message="登录名最多 40 个字符。")],
        description=f"{LOGIN_RULE}。",
        render_kw=_PLAIN | {"autocomplete": "off"},
    )
    name = StringField(
        "姓名", [InputRequired("请填写姓名。"), Length(max=40, message="姓名最多 40 个字。")]
    )
    phone = StringField("联系电话", [Length(max=30, message="联系电话最多 30 个字符。")])
    role = SelectField("角色", validate_choice=True)
    unit = StringField("单位编码", [Length(max=20)], render_kw={"list": "units"})
    supplier = StringField("供应商编码", [Length(max=20)], render_kw={"list": "suppliers"})
    agency = SelectField("代表单位", default="")

    def offer(self, roles: Iterable[Role], agencies: Iterable[str] = ()) -> None:
        """Offer these roles and offices of the plan, and no others but the one that stands."""
        self.role.choices = [SelectChoice(role.value, role.label) for role in roles]
        standing = self.agency.object_data or ""
        named = dict.fromkeys(["", standing, *agencies])
        self.agency.choices = [SelectChoice(name, name or "不代表") for name in named]
