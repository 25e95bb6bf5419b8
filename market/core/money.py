"""Money is an ``int`` of fen; names end in ``_fen``. Yuan and 万元 exist only on screen and in files."""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from market.core.errors import Refused

FEN_PER_WAN = 1_000_000
MOST_FEN = 10_000_000_000_00  # One hundred 亿元: more than that is a slip of the keyboard.

_DIGITS, _TENS, _GROUPS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿", "万亿")
_YUAN = re.compile(r"[+-]?\d+(\.\d+)?")


def yuan(fen: int) -> str:
    """Format fen as yuan: ``123450`` is ``1,234.50``."""
    return f"{Decimal(fen) / 100:,.2f}"


def wan(fen: int) -> str:
    """Format fen as 万元 with two decimals, rounded half up: ``1234567`` is ``1.23``."""
    hundredths = round_half_up(Fraction(fen * 100, FEN_PER_WAN))
    return f"{Decimal(hundredths) / 100:,.2f}"


def parse_yuan(text: str) -> int:
    """Return the fen of an amount typed in yuan; commas and full-width digits are understood.

    Refuses what is not a number, has parts of a fen, or is beyond ``MOST_FEN``.
    """
    plain = _plain(text)
    if not _YUAN.fullmatch(plain):
        raise Refused("金额只能是数字，例如 1234.50。")
    fen = Decimal(plain) * 100
    if fen != fen.to_integral_value():
        raise Refused("金额最多两位小数（精确到分）。")
    if abs(fen) > MOST_FEN:
        raise Refused(f"金额过大，最多 {yuan(MOST_FEN)} 元，请检查是否多输了几位。")
    return int(fen)


def line_fen(price_fen: int, milli: int) -> int:
    """Return what ``milli`` thousandths of a unit cost at ``price_fen`` a unit, half up.

    The one place where a price meets a quantity: acceptance, statement and target
    read what it returned, and never multiply again.
    """
    return round_half_up(Fraction(price_fen * milli, 1000))


def round_half_up(exact: Fraction) -> int:
    """Round to the nearest integer; a half goes away from zero."""
    sign = -1 if exact < 0 else 1
    return sign * int((abs(exact) * 2 + 1) // 2)


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` by weights with the largest remainder; the parts sum to it exactly.

    Ties go to the earlier place. Refuses weights that are negative or all zero.
    """
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise Refused("分配权重不能为负数，也不能全部为零。")
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(share // 1) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def rate(done_fen: int, target_fen: int) -> int | None:
    """Return completion in tenths of a percent, floored; ``None`` where there is no target.

    Floored, so that 100.0 % appears only when it is reached.
    """
    if target_fen <= 0:
        return None
    return done_fen * 1000 // target_fen


def show_rate(tenths: int | None) -> str:
    """Format tenths of a percent: ``875`` is ``87.5%``, ``None`` is 无任务."""
    if tenths is None:
        return "无任务"
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%"


def parse_rate(text: str) -> int:
    """Return the tenths of a percent of what was typed: ``87.5%`` is ``875``.

    Refuses what is not a number from 0 to 100 with one decimal at most.
    """
    plain = _plain(text).replace("%", "").replace("％", "").strip()
    if not _YUAN.fullmatch(plain):
        raise Refused("百分数只能是数字，例如 87.5。")
    tenths = Decimal(plain) * 10
    if not 0 <= tenths <= 1000:
        raise Refused("百分数须在 0 至 100 之间。")
    if tenths != tenths.to_integral_value():
        raise Refused("百分数最多一位小数。")
    return int(tenths)


def capitals(fen: int) -> str:
    """Write fen as amounts stand on bills, in 大写: ``100005`` is ``壹仟元零伍分``.

    Whole 角 and 元 end in 整; a negative amount begins with 负.
    """
    whole, rest = divmod(abs(fen), 100)
    tenths, hundredths = divmod(rest, 10)
    text = f"{_whole_capitals(whole)}元" if whole or not rest else ""
    if tenths:
        text += f"{_DIGITS[tenths]}角"
    elif hundredths and whole:
        text += "零"
    text += f"{_DIGITS[hundredths]}分" if hundredths else "整"
    return f"负{text}" if fen < 0 else text


def _whole_capitals(number: int) -> str:
    """Write a whole number in groups of four digits; 零 stands for zeros between others."""
    if not number:
        return "零"
    text, skipped = "", False
    for place in range((len(str(number)) - 1) // 4, -1, -1):
        group = number // 10000**place % 10000
        if group:
            text += "零" if text and (skipped or group < 1000) else ""
            text += _group_capitals(group) + _GROUPS[place]
        skipped = not group
    return text


def _group_capitals(group: int) -> str:
    """Write a number below ten thousand, without zeros before or after."""
    text, skipped = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if text and skipped else "") + _DIGITS[digit] + _TENS[place]
        skipped = not digit
    return text


def _plain(text: str) -> str:
    wide = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
    return text.translate(wide).replace(",", "").replace("¥", "").replace("元", "").strip()
