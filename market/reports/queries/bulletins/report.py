"""A bulletin's figures out of its content: lines, ranks, sums, and who is quick or slow."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from market.core import money
from market.core.labels import Label
from market.targets.models import Channel, Pace
from market.targets.queries import Figures, Time, pace_of

# The five channels that the table has columns for; what came outside the shop stands in the remarks.
SHOWN = tuple(channel for channel in Channel if channel is not Channel.OUTSIDE)
BEHIND = (Pace.BEHIND, Pace.FAR_BEHIND)


class Only(Label):
    """Which units of a bulletin a figure counts."""

    ALL = "all", "通报的单位"
    WITH_TARGET = "with_target", "有任务的单位"
    REACHED = "reached", "已完成任务的单位"
    GOOD = "good", "达到序时进度的单位"
    BEHIND = "behind", "落后序时进度的单位"
    FAR_BEHIND = "far_behind", "严重落后的单位"
    IDLE = "idle", "今年还没有采购的单位"
    IDLE_MONTH = "idle_month", "本月没有采购的单位"
    UNPAID = "unpaid", "验收后未付款的单位"
    WAY = "way", "下单后未验收的单位"
    LATE = "late", "下单后长期未验收的单位"


class Measure(Label):
    """What a figure says of some units."""

    COUNT = "count", "单位数"
    RATE = "rate", "完成率"
    TIME = "time", "序时进度"
    DIFFERENCE = "difference", "序时进度差"
    RANK = "rank", "排名"
    GAP = "gap", "缺口"


class Orders(Label):
    """Which orders a figure sums."""

    UNPAID = "unpaid", "验收后未付款的订单"
    WAY = "way", "下单后未验收的订单"
    LATE = "late", "下单后长期未验收的订单"


@dataclass(frozen=True)
class Line(Figures):
    """One unit's line of the table, or the sum of some; amounts in fen.

    ``month_fen`` is what counted in the month alone, ``adjusted_fen`` the part of it that
    belongs to months before.
    """

    time: Time
    code: str = ""
    name: str = ""
    kind: str = ""
    has_canteen: bool | None = None
    diners: int = 0
    month_fen: int = 0
    adjusted_fen: int = 0
    by_channel: Mapping[str, int] | None = None
    unpaid_fen: int = 0
    notes: Sequence[str] = ()
    rank: int | None = None

    def channel_fen(self, channel: Channel) -> int:
        """Return what came by a channel up to the month."""
        return (self.by_channel or {}).get(channel.value, 0)

    @property
    def outside_fen(self) -> int:
        """What was bought outside the shop: in the sum, in none of the five columns."""
        return self.channel_fen(Channel.OUTSIDE)

    @property
    def difference(self) -> int | None:
        """Tenths of a percentage point by which the rate is ahead of time (序时进度差)."""
        return None if self.rate is None else self.rate - self.time.rate

    @property
    def pace(self) -> Pace:
        """How it stands beside the time, by the rule of the board."""
        return pace_of(self, self.time)

    @property
    def remark(self) -> str:
        """What the last column says (备注)."""
        words = list(self.notes)
        if self.adjusted_fen:
            words.append(f"本月含以前期间调整{money.yuan(self.adjusted_fen)}元")
        if self.outside_fen:
            words.append(f"累计另含平台外申报{money.yuan(self.outside_fen)}元")
        return "；".join(words)


@dataclass(frozen=True)
class Report:
    """What a bulletin says, out of its content; lines best first, those without a target last."""

    year: int
    month: int
    cut_off_on: dt.date
    content: Mapping[str, Any]
    lines: Sequence[Line]
    total: Line
    time: Time

    @property
    def at(self) -> dt.datetime:
        """When the facts that can't be computed again were read."""
        return dt.datetime.fromisoformat(self.content["at"])

    @property
    def is_final(self) -> bool:
        """Whether the month was locked, so that its figures are final."""
        return bool(self.content["is_final"])

    @property
    def late_days(self) -> int:
        """After how many days an order that isn't accepted is late, by the rule of then."""
        return int(self.content["late_days"])

    def line_of(self, code: str | None) -> Line | None:
        """Return a unit's line."""
        return next((line for line in self.lines if line.code == code), None)

    def orders(self, which: Orders, code: str = "") -> list[dict[str, Any]]:
        """Return the orders that a figure sums, of all units or one, the oldest first."""
        rows = self.content["unpaid" if which is Orders.UNPAID else "way"]
        if which is Orders.LATE:
            rows = [row for row in rows if row["on"] <= self.content["late_before"]]
        return [row for row in rows if not code or row["unit"] == code]

    def chosen(self, only: Only) -> list[Line]:
        """Return the lines that a figure counts, in their order."""
        if only in (Only.UNPAID, Only.WAY, Only.LATE):
            codes = {row["unit"] for row in self.orders(Orders(only.value))}
            return [line for line in self.lines if line.code in codes]
        return [line for line in self.lines if _fits(line, only)]

    @property
    def slow(self) -> list[Line]:
        """The units behind time, the furthest first, then by code."""
        return sorted(self.chosen(Only.BEHIND), key=lambda line: (line.difference or 0, line.code))


def report_of(year: int, month: int, cut_off_on: dt.date, content: Mapping[str, Any]) -> Report:
    """Compute a bulletin's lines, ranks and sums out of its content; knows no database."""
    time = Time(year, content["days_past"], content["days"])
    lines = [
        Line(
            target_fen=row["target_fen"],
            done_fen=sum(row["channels"].values()),
            time=time,
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            has_canteen=row["has_canteen"],
            diners=row["diners"],
            month_fen=row["month_fen"],
            adjusted_fen=row["adjusted_fen"],
            by_channel=row["channels"],
            unpaid_fen=row["unpaid_fen"],
            notes=row["notes"],
        )
        for row in content["rows"]
    ]
    lines = _ranked(lines)
    return Report(year, month, cut_off_on, content, lines, sum_of_lines(lines, time), time)


def sum_of_lines(lines: Sequence[Line], time: Time) -> Line:
    """Return the sum row of some lines."""
    return Line(
        target_fen=sum(line.target_fen for line in lines),
        done_fen=sum(line.done_fen for line in lines),
        time=time,
        name=f"合计（{len(lines)}个单位）",
        diners=sum(line.diners for line in lines),
        month_fen=sum(line.month_fen for line in lines),
        adjusted_fen=sum(line.adjusted_fen for line in lines),
        by_channel={c.value: sum(line.channel_fen(c) for line in lines) for c in Channel},
        unpaid_fen=sum(line.unpaid_fen for line in lines),
    )


def rounding_words(lines: Sequence[Line], total: Line, *, unpaid: bool) -> str:
    """Say by how much the rounded lines miss their rounded sum, column by column; empty where none do."""
    columns: dict[str, Callable[[Line], int]] = {
        "年度目标": lambda line: line.target_fen,
        "本月采购额": lambda line: line.month_fen,
        "累计采购额": lambda line: line.done_fen,
        **{channel.label: _by(channel) for channel in SHOWN},
        **({"未付款金额": lambda line: line.unpaid_fen} if unpaid else {}),
    }
    found = []
    for word, value in columns.items():
        parts = sum(_hundredths(value(line)) for line in lines)
        rest = _hundredths(value(total)) - parts
        if rest:
            found.append(f"{word}合计比各行之和{'多' if rest > 0 else '少'}{abs(rest) / 100:.2f}")
    return "、".join(found)


def _by(channel: Channel) -> Callable[[Line], int]:
    return lambda line: line.channel_fen(channel)


def _hundredths(fen: int) -> int:
    """Return how many hundredths of 万元 are shown for so many fen."""
    return int(money.wan(fen).replace(",", "").replace(".", ""))


def _fits(line: Line, only: Only) -> bool:
    match only:
        case Only.WITH_TARGET:
            return line.target_fen > 0
        case Only.REACHED:
            return line.pace is Pace.REACHED
        case Only.GOOD:
            return line.rank is not None and line.pace not in BEHIND
        case Only.BEHIND:
            return line.pace in BEHIND
        case Only.FAR_BEHIND:
            return line.pace is Pace.FAR_BEHIND
        case Only.IDLE:
            return line.target_fen > 0 and line.done_fen == 0
        case Only.IDLE_MONTH:
            return line.target_fen > 0 and line.month_fen == 0
        case _:
            return True


def _ranked(lines: Iterable[Line]) -> list[Line]:
    """Give the ranks as the board does: by the shown rate, equals share a rank and stand by code."""
    ordered = sorted(lines, key=lambda line: (line.rate is None, -(line.rate or 0), line.code))
    found: list[Line] = []
    for place, line in enumerate(ordered, 1):
        if line.rate is None:
            found.append(line)
        elif found and found[-1].rate == line.rate:
            found.append(replace(line, rank=found[-1].rank))
        else:
            found.append(replace(line, rank=place))
    return found
