"""What may be told of an indicator, by its shape."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from market.core import clock, money
from market.core.errors import Refused
from market.plan.models import PLAN_YEAR, Indicator, Pair, Shape

MOST_VALUE = 1_000_000


@dataclass(frozen=True)
class Told:
    """What somebody reports: the day, how much of it, where, and for which pair.

    ``digests`` are of the people it counts, in the order in which ``people`` names them;
    the latter is only looked at to say which line is wrong. Their number is the value.
    """

    happened_on: dt.date
    value: int = 0
    amount_fen: int = 0
    place: str = ""
    note: str = ""
    pair: Pair | None = None
    digests: Sequence[str] = ()
    people: str = ""


def value_of(indicator: Indicator, told: Told) -> int:
    """Return the value of a report that fits its indicator, or refuse it beside its field."""
    today = clock.today()
    if told.happened_on > today:
        raise Refused(
            f"日期 {told.happened_on} 晚于今天（{today}），请在完成后填报。", field="happened_on"
        )
    if told.happened_on.year < PLAN_YEAR:
        raise Refused(
            f"方案自 {PLAN_YEAR} 年起计，{told.happened_on} 的工作不计入，请核对日期。",
            field="happened_on",
        )
    _check_pair(indicator, told)
    if not 1 <= len(told.place.strip()) <= 60:
        raise Refused("请填写地点，最多 60 个字。", field="place")
    if len(told.note) > 500:
        raise Refused("说明最多 500 个字。", field="note")
    if told.amount_fen and not indicator.counts_money:
        raise Refused(f"“{indicator.our_name}”不按金额计，请把金额留空。", field="amount_fen")
    if not 0 <= told.amount_fen <= money.MOST_FEN:
        raise Refused(f"金额须在 0 至 {money.yuan(money.MOST_FEN)} 元之间。", field="amount_fen")
    value = _value(indicator, told)
    if not value and not told.amount_fen:
        where = "people" if indicator.our_distinct else "value"
        where = where if indicator.counts_things else "amount_fen"
        what = {"people": "人员名单", "value": "数量", "amount_fen": "金额"}[where]
        raise Refused(f"请填写{what}，须大于 0。", field=where)
    return value


def _check_pair(indicator: Indicator, told: Told) -> None:
    per_pair = indicator.shape is Shape.PER_PAIR
    if per_pair and told.pair is None:
        raise Refused("请选择是哪一对街村；还没有登记的，请统筹协调部门先登记结对。", field="pair")
    if told.pair is not None and not per_pair:
        raise Refused(f"“{indicator.our_name}”不按街村计，请不要选择街村。", field="pair")
    if told.pair is not None and told.pair.year != told.happened_on.year:
        raise Refused(
            f"选的是 {told.pair.year} 年的结对，日期却在 {told.happened_on.year} 年，请改其中一项。",
            field="pair",
        )


def _value(indicator: Indicator, told: Told) -> int:
    if indicator.shape is Shape.DONE:
        return 1
    if indicator.our_distinct:
        if told.value not in (0, len(told.digests)):
            raise Refused(
                f"填的是 {told.value} 人，名单有 {len(told.digests)} 人，请改成一致。",
                field="people",
            )
        return len(told.digests)
    if not indicator.counts_things and told.value:
        raise Refused(f"“{indicator.our_name}”只按金额计，请把数量留空。", field="value")
    if not 0 <= told.value <= MOST_VALUE:
        raise Refused(f"数量须是 0 至 {MOST_VALUE} 的整数。", field="value")
    return told.value
