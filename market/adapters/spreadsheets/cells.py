"""What a cell may mean: parsers for the columns of a sheet.

Each takes a value as Excel gave it (text, number or date, never empty) and returns
what it means, or refuses it.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from market.core import money
from market.core.errors import Refused
from market.core.labels import Label

Value = str | int | float | bool | dt.date | dt.datetime

L = TypeVar("L", bound=Label)

_WIDE = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
_WHOLE = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def shown(value: Any) -> str:
    """Write a value as the person sees it in Excel; a number without needless zeros.

    Numbers keep Excel's own fifteen digits, so that 0.1 + 0.2 is 0.3.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _plain(format(Decimal(f"{value:.15g}"), "f"))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes") if value.time() else value.date().isoformat()
    return str(value)


def text(most: int) -> Callable[[Value], str]:
    """Make a parser of texts of at most ``most`` characters; a number becomes its digits."""

    def parse(value: Value) -> str:
        words = " ".join(shown(value).split())
        if len(words) > most:
            raise Refused(f"最多 {most} 个字，现在有 {len(words)} 个字。")
        return words

    return parse


def whole(least: int, most: int) -> Callable[[Value], int]:
    """Make a parser of whole numbers from ``least`` to ``most``."""

    def parse(value: Value) -> int:
        digits = shown(value).translate(_WIDE).strip()
        if isinstance(value, bool | dt.date) or not _WHOLE.fullmatch(digits):
            raise Refused("应为整数。")
        number = int(digits.replace(",", ""))
        if not least <= number <= most:
            raise Refused(f"应在 {least} 到 {most} 之间。")
        return number

    return parse


def yuan(least_fen: int = 0) -> Callable[[Value], int]:
    """Make a parser of amounts in yuan that returns fen."""

    def parse(value: Value) -> int:
        if isinstance(value, bool | dt.date):
            raise Refused("金额只能是数字，例如 1234.50。")
        fen = money.parse_yuan(shown(value))
        if fen < least_fen:
            raise Refused(f"金额不能小于 {money.yuan(least_fen)} 元。")
        return fen

    return parse


def choice(kind: type[L]) -> Callable[[Value], L]:
    """Make a parser of the Chinese words of an enumeration."""
    words = {member.label: member for member in kind}

    def parse(value: Value) -> L:
        word = shown(value).strip()
        if word not in words:
            raise Refused(f"应为：{'、'.join(words)}。")
        return words[word]

    return parse


def day(value: Value) -> dt.date:
    """Return the date of a date cell, or of a text such as 2026-11-23 or 2026年11月23日."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    match = _DAY.fullmatch(str(value).translate(_WIDE).strip())
    if match:
        year, month, number = (int(part) for part in match.groups())
        try:
            return dt.date(year, month, number)
        except ValueError:
            raise Refused("没有这一天。") from None
    raise Refused("应为日期，例如 2026-11-23。")


def _plain(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
