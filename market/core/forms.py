"""The house's form, and the fields for money, quantities and one-time keys."""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app
from flask_login import current_user
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from wtforms import Field, FieldList, HiddenField, StringField, ValidationError
from wtforms.widgets import TextInput

from market.core import money, quantity
from market.core.errors import Refused

ONCE_SECONDS = 12 * 3600
PREVIEW_SECONDS = 3600


class Form(FlaskForm):
    """A form whose errors are in Chinese."""

    class Meta(FlaskForm.Meta):
        """Chinese messages from WTForms itself."""

        locales = ["zh"]

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal beside its field, or above the form where it has none."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(str(refusal))
        else:
            field.errors = [*field.errors, str(refusal)]


class RowForm(Form):
    """The fields of one row of a form; the form around it carries the CSRF token."""

    class Meta(Form.Meta):
        """Chinese messages here too."""

        csrf = False


class Rows(FieldList):
    """The rows of a form, by the numbers in their fields' names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "FieldList"  # By which pages know that the errors stand in the rows.

    @property
    def first_wrong(self) -> Field:
        """Return the field to go to: the first that has an error, or else the rows."""
        wrong = (field for row in self for field in row if field.errors)
        return next(wrong, self)

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """Return the rows that were sent; WTForms takes digits for a number that are none (²)."""
        for name in formdata:
            row = re.match(rf"{re.escape(prefix)}-([0-9]{{1,4}})-", name)
            if row:
                yield int(row[1])


class _NumberField(StringField):
    """A number typed as text; what was typed is shown again when it is wrong."""

    widget = TextInput()
    read: Callable[[str], int]  # What a text means, or a refusal.
    show: Callable[[int], str]  # How a person would type it.

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {}).setdefault("inputmode", "decimal")
        super().__init__(label, validators, **kwargs)
        self.typed: str | None = None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)  # type: ignore[arg-type]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; a field that is empty or blank is ``None``."""
        self.typed = valuelist[0] if valuelist else None
        self.data = None
        if not (self.typed or "").strip():
            self.raw_data = []  # To ``InputRequired`` blanks would be an input.
            return
        try:
            self.data = self.read(self.typed or "")  # type: ignore[assignment]
        except Refused as refusal:
            raise ValueError(str(refusal)) from None


class YuanField(_NumberField):
    """An amount typed in yuan; ``data`` is fen."""

    read = staticmethod(money.parse_yuan)

    @staticmethod
    def show(value: int) -> str:
        """Write fen as yuan, without commas."""
        return money.yuan(value).replace(",", "")


class QuantityField(_NumberField):
    """A quantity typed in the SKU's unit; ``data`` is thousandths."""

    read = staticmethod(quantity.parse)

    @staticmethod
    def show(value: int) -> str:
        """Write thousandths as units, without commas."""
        return quantity.show(value).replace(",", "")


class RateField(_NumberField):
    """A percentage typed with one decimal; ``data`` is tenths of a percent."""

    read = staticmethod(money.parse_rate)

    @staticmethod
    def show(value: int) -> str:
        """Write tenths as percent, without the sign."""
        return money.show_rate(value).removesuffix("%")


class Positive:
    """Validate that a number was given and is above zero."""

    def __call__(self, form: Any, field: Field) -> None:
        """Refuse zero and less; an unreadable number has its own error already."""
        if field.data is not None and field.data <= 0:
            raise ValidationError(f"{field.label.text}必须大于 0。")


class OnceField(HiddenField):
    """A one-time key: the second click of the same form gets the first one's result.

    The form shows a key signed for this person and purpose; ``data`` is its inner
    part, kept under a unique constraint on the row that the form makes. A key of
    someone else, of another form or older than ``ONCE_SECONDS`` is refused.
    """

    def __init__(self, purpose: str, **kwargs: Any) -> None:
        super().__init__("", **kwargs)
        self.purpose = purpose
        self._token: str | None = None

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"once:{self.purpose}")

    def _value(self) -> str:
        if self._token is None:
            self._token = str(
                self._signer().dumps([current_user.get_id(), secrets.token_urlsafe(12)])
            )
        return self._token

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the key out of its signed wrapping."""
        self.data = None
        try:
            owner, key = self._signer().loads(valuelist[0], max_age=ONCE_SECONDS)
        except SignatureExpired:
            raise ValueError("这个页面打开太久，已过期；内容已保留，请核对后重新提交。") from None
        except (BadSignature, IndexError, ValueError, TypeError):
            raise ValueError("提交码无效；内容已保留，请核对后重新提交。") from None
        if owner != current_user.get_id():
            raise ValueError("提交码不属于当前登录的账号，请核对后重新提交。")
        self._token, self.data = valuelist[0], key


class RowsField(HiddenField):
    """Rows kept in the page between preview and import: compressed, and signed for one person.

    ``data`` is a list of plain JSON values. What somebody changed, somebody else's or
    older than ``PREVIEW_SECONDS`` is refused.
    """

    def __init__(self, purpose: str, **kwargs: Any) -> None:
        super().__init__("", **kwargs)
        self.purpose = purpose

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.secret_key or "", salt=self.purpose)

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
