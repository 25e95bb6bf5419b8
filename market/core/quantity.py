"""Quantities are an ``int`` of thousandths of the SKU's unit; names end in ``_milli``."""

import re
from decimal import Decimal

from market.core.errors import Refused

MOST_MILLI = 1_000_000_000  # A million kilograms or pieces in one line is a slip of the keyboard.

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def show(milli: int) -> str:
    """Format thousandths without needless zeros: ``2500`` is ``2.5``, ``3000`` is ``3``."""
    whole = f"{Decimal(milli) / 1000:,.3f}"
    return whole.rstrip("0").rstrip(".")


def parse(text: str) -> int:
    """Return the thousandths of a typed quantity; refuses more than three decimals."""
    wide = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
    plain = text.translate(wide).replace(",", "").strip()
    if not _NUMBER.fullmatch(plain):
        raise Refused("数量只能是数字，例如 12 或 2.5。")
    milli = Decimal(plain) * 1000
    if milli != milli.to_integral_value():
        raise Refused("数量最多三位小数。")
    if abs(milli) > MOST_MILLI:
        raise Refused(f"数量过大，最多 {show(MOST_MILLI)}，请检查是否多输了几位。")
    return int(milli)


def check_order(milli: int, *, min_milli: int, step_milli: int, unit: str) -> None:
    """Refuse a quantity that is not positive, below the minimum, or off the step.

    Steps are counted from zero, so a minimum is itself a whole number of steps.
    """
    if milli <= 0:
        raise Refused(f"数量必须大于 0，起订量为 {show(min_milli)} {unit}。", field="quantity")
    if milli < min_milli:
        raise Refused(
            f"数量 {show(milli)} {unit} 低于起订量 {show(min_milli)} {unit}，请增加数量。",
            field="quantity",
        )
    if milli % step_milli:
        below = milli // step_milli * step_milli
        nearest = "、".join(show(n) for n in (below, below + step_milli) if n >= min_milli)
        raise Refused(
            f"数量须为 {show(step_milli)} {unit} 的整数倍，可以改为 {nearest} {unit}。",
            field="quantity",
        )
