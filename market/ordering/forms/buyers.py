"""What buyers fill in: the cart, the checkout, and the reasons they give."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # Stubs are of 3.2.
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from market.core.forms import Form, OnceField, QuantityField
from market.ordering.models import BuyingFor
from market.ordering.queries.carts import Item

QUANTITY = "quantity-"


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class AddForm(Form):
    """How much of which SKU to put into the cart."""

    sku = StringField("规格", [InputRequired("请选择规格。"), Length(max=30)])
    quantity = QuantityField("数量", [InputRequired("请填写数量。")])


class PurposeForm(Form):
    """For whom the cart is bought."""

    buying_for = SelectField("采购用途", coerce=BuyingFor)

    def offer(self, purposes: Sequence[BuyingFor]) -> None:
        """Offer these purposes; another one is refused by its name."""
        self.buying_for.choices = [SelectChoice(one.value, one.label) for one in purposes]


class CartForm(Form):
    """The quantities of a cart; ``cart_form`` gives it a field for each line."""

    @property
    def milli_by_code(self) -> dict[str, int]:
        """The quantities typed, by SKU code; an empty field takes its line out."""
        return {
            name.removeprefix(QUANTITY): field.data or 0
            for name, field in self._fields.items()
            if name.startswith(QUANTITY)
        }

    def of(self, item: Item) -> Any:
        """Return the field of a line."""
        return self._fields[QUANTITY + item.sku.code]


def cart_form(items: Sequence[Item]) -> CartForm:
    """Return the form of a cart with these lines."""
    fields = {
        QUANTITY + item.sku.code: QuantityField(f"{item.sku.product.name}数量", default=item.milli)
        for item in items
    }
    form: CartForm = type("CartForm", (CartForm,), fields)()
    return form


class CheckoutForm(Form):
    """Where and when to deliver, and the total the buyer saw."""

    receiver = StringField(
        "收货人",
        [DataRequired("请填写收货人。"), Length(max=40, message="收货人最多 40 个字。")],
        filters=[_trimmed],
    )
    phone = StringField(
        "联系电话",
        [DataRequired("请填写联系电话。"), Length(max=30, message="联系电话最多 30 个字。")],
        filters=[_trimmed],
    )
    address = StringField(
        "收货地址",
        [DataRequired("请填写收货地址。"), Length(max=200, message="收货地址最多 200 个字。")],
        filters=[_trimmed],
    )
    wanted_on = DateField("期望送达日期", [Optional()])
    remark = TextAreaField("备注", [Length(max=300, message="备注最多 300 个字。")])
    seen_total_fen = IntegerField(
        "合计", [InputRequired("没有收到您看到的合计，请核对后重新提交。")], widget=HiddenInput()
    )
    once = OnceField("checkout")

    def show_total(self, total_fen: int) -> None:
        """Let the page that is shown again carry the total of now."""
        self.seen_total_fen.raw_data = None
        self.seen_total_fen.data = total_fen


class CancelForm(Form):
    """Why an order is called off."""

    reason = StringField(
        "取消原因", [InputRequired("请填写取消原因。"), Length(max=200, message="最多 200 个字。")]
    )


class ReturnForm(Form):
    """Why an order is turned down."""

    reason = StringField(
        "退回原因", [InputRequired("请写明退回原因。"), Length(max=200, message="最多 200 个字。")]
    )
