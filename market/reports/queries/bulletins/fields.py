"""The named fields of a bulletin's text, and the text that is drafted with them.

A field becomes parts: words, and figures that lead to the rows behind them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from market.core import money
from market.core.errors import Refused
from market.reports.models import Section
from market.reports.queries.bulletins.report import SHOWN, Line, Measure, Only, Orders, Report
from market.targets.models import Channel

MOST_NAMED = 5
MOST_TEXT = 4000
_BRACES = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True)
class Part:
    """Some words of a text; ``behind`` are the words of the address that lists the rows behind them."""

    text: str
    behind: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Field:
    """A named field; what is internal must not stand in a bulletin for everyone."""

    name: str
    group: str
    make: Callable[[Report], list[Part]]
    is_internal: bool = False


def wan_part(fen: int, **behind: str) -> Part:
    """Return an amount in 万元 that leads to its rows."""
    return Part(f"{money.wan(fen)}万元", behind)


def points_words(tenths: int | None) -> str:
    """Say a difference in percentage points."""
    if tenths is None:
        return "没有任务"
    word = "超前" if tenths > 0 else "落后" if tenths < 0 else "持平"
    return word + (f"{abs(tenths) // 10}.{abs(tenths) % 10}个百分点" if tenths else "")


def _of(only: Only, measure: Measure, code: str = "") -> dict[str, str]:
    words = {"figure": "units", "only": only.value, "measure": measure.value}
    return words | ({"unit": code} if code else {})


def _units(only: Only) -> Callable[[Report], list[Part]]:
    return lambda report: [Part(f"{len(report.chosen(only))}家", _of(only, Measure.COUNT))]


def _orders(which: Orders) -> Callable[[Report], list[Part]]:
    return lambda report: [
        wan_part(
            sum(row["fen"] for row in report.orders(which)), figure="orders", which=which.value
        )
    ]


def _channel(channel: Channel) -> Callable[[Report], list[Part]]:
    return lambda report: [
        wan_part(report.total.channel_fen(channel), figure="credits", channel=channel.value)
    ]


def _listed(
    lines: Sequence[Line], told: Callable[[Line], list[Part]], only: Only, none: str
) -> list[Part]:
    """Name the first of some lines, and how many more there are."""
    if not lines:
        return [Part(none)]
    parts: list[Part] = []
    for line in lines[:MOST_NAMED]:
        parts += [Part("、" if parts else ""), Part(line.name), *told(line)]
    if len(lines) > MOST_NAMED:
        parts += [Part("等"), Part(f"{len(lines)}家", _of(only, Measure.COUNT))]
    return [part for part in parts if part.text]


def _with_rate(line: Line) -> list[Part]:
    rate = Part(money.show_rate(line.rate), _of(Only.ALL, Measure.RATE, line.code))
    rank = Part(f"第{line.rank}名", _of(Only.WITH_TARGET, Measure.RANK, line.code))
    return [Part("（"), rate, Part("，"), rank, Part("）")]


def _with_gap(line: Line) -> list[Part]:
    gap = Part(f"{money.wan(line.gap_fen)}万元", _of(Only.ALL, Measure.GAP, line.code))
    return [Part("还差"), gap]


def _with_unpaid(line: Line) -> list[Part]:
    return [wan_part(line.unpaid_fen, figure="orders", which=Orders.UNPAID.value, unit=line.code)]


def _owing(report: Report) -> list[Line]:
    return sorted(report.chosen(Only.UNPAID), key=lambda line: (-line.unpaid_fen, line.code))


_TEXT, _SUMS, _COUNTS, _LISTS = "日期", "金额和比率", "单位数", "单位名单"

_EVERY = (
    Field("年度", _TEXT, lambda r: [Part(f"{r.year}年")]),
    Field("月份", _TEXT, lambda r: [Part(f"{r.month}月")]),
    Field(
        "截至日期",
        _TEXT,
        lambda r: [Part(f"{r.cut_off_on.year}年{r.cut_off_on.month}月{r.cut_off_on.day}日")],
    ),
    Field("年度目标", _SUMS, lambda r: [wan_part(r.total.target_fen, figure="targets")]),
    Field(
        "本月采购额", _SUMS, lambda r: [wan_part(r.total.month_fen, figure="credits", month="1")]
    ),
    Field("累计采购额", _SUMS, lambda r: [wan_part(r.total.done_fen, figure="credits")]),
    *(Field(channel.label, _SUMS, _channel(channel)) for channel in (*SHOWN, Channel.OUTSIDE)),
    Field(
        "完成率",
        _SUMS,
        lambda r: [Part(money.show_rate(r.total.rate), _of(Only.ALL, Measure.RATE))],
    ),
    Field(
        "序时进度",
        _SUMS,
        lambda r: [Part(money.show_rate(r.time.rate), _of(Only.ALL, Measure.TIME))],
    ),
    Field(
        "序时进度差",
        _SUMS,
        lambda r: [Part(points_words(r.total.difference), _of(Only.ALL, Measure.DIFFERENCE))],
    ),
    Field(
        "以前期间调整",
        _SUMS,
        lambda r: [wan_part(r.total.adjusted_fen, figure="credits", month="1", adjusted="1")],
    ),
    Field(
        "缺口合计",
        _SUMS,
        lambda r: [
            Part(
                f"{money.wan(sum(line.gap_fen for line in r.lines))}万元",
                _of(Only.ALL, Measure.GAP),
            )
        ],
    ),
    Field(
        "落后单位缺口合计",
        _SUMS,
        lambda r: [
            Part(
                f"{money.wan(sum(line.gap_fen for line in r.slow))}万元",
                _of(Only.BEHIND, Measure.GAP),
            )
        ],
    ),
    Field("在途金额", _SUMS, _orders(Orders.WAY)),
    Field("逾期未验收金额", _SUMS, _orders(Orders.LATE)),
    Field("逾期未验收天数", _TEXT, lambda r: [Part(f"{r.late_days}天")]),
    Field("未付款金额", _SUMS, _orders(Orders.UNPAID), is_internal=True),
    Field("通报单位数", _COUNTS, _units(Only.ALL)),
    Field("有任务单位数", _COUNTS, _units(Only.WITH_TARGET)),
    Field("已完成单位数", _COUNTS, _units(Only.REACHED)),
    Field("达到序时单位数", _COUNTS, _units(Only.GOOD)),
    Field("落后单位数", _COUNTS, _units(Only.BEHIND)),
    Field("严重落后单位数", _COUNTS, _units(Only.FAR_BEHIND)),
    Field("未采购单位数", _COUNTS, _units(Only.IDLE)),
    Field("本月未采购单位数", _COUNTS, _units(Only.IDLE_MONTH)),
    Field("在途单位数", _COUNTS, _units(Only.WAY)),
    Field("逾期未验收单位数", _COUNTS, _units(Only.LATE)),
    Field("未付款单位数", _COUNTS, _units(Only.UNPAID), is_internal=True),
    Field(
        "完成较好单位",
        _LISTS,
        lambda r: _listed(r.chosen(Only.GOOD), _with_rate, Only.GOOD, "暂无"),
    ),
    Field("进度较慢单位", _LISTS, lambda r: _listed(r.slow, _with_rate, Only.BEHIND, "暂无")),
    Field("进度较慢单位缺口", _LISTS, lambda r: _listed(r.slow, _with_gap, Only.BEHIND, "暂无")),
    Field(
        "未采购单位",
        _LISTS,
        lambda r: _listed(r.chosen(Only.IDLE), lambda _: [], Only.IDLE, "暂无"),
    ),
    Field(
        "未付款单位",
        _LISTS,
        lambda r: _listed(_owing(r), _with_unpaid, Only.UNPAID, "暂无"),
        is_internal=True,
    ),
)
FIELDS = {field.name: field for field in _EVERY}


def fields_in(text: str) -> list[str]:
    """Return the names in braces, in their order."""
    return [name.strip() for name in _BRACES.findall(text)]


def check_text(text: Mapping[str, str], *, is_public: bool) -> dict[str, str]:
    """Return the sections with their blanks trimmed, or refuse beside the section that is wrong.

    Refuses an unknown field, a stray brace, a section that is empty or too long, and in a
    bulletin for everyone what is internal.
    """
    found = {}
    for section in Section:
        words = "\n".join(line.strip() for line in text.get(section.value, "").splitlines()).strip()
        if not 1 <= len(words) <= MOST_TEXT:
            raise Refused(
                f"“{section.label}”应有 1 到 {MOST_TEXT} 个字，现在有 {len(words)} 个字。",
                field=section.value,
            )
        _check_fields(words, section, is_public=is_public)
        found[section.value] = words
    return found


def _check_fields(words: str, section: Section, *, is_public: bool) -> None:
    for name in fields_in(words):
        if name not in FIELDS:
            raise Refused(
                f"没有名为“{name}”的字段，请从字段清单中选用，例如 {{累计采购额}}。",
                field=section.value,
            )
        if is_public and FIELDS[name].is_internal:
            raise Refused(
                f"公开的通报不能写付款情况，请删去 {{{name}}}，或改为内部通报。",
                field=section.value,
            )
    if set("{}") & set(_BRACES.sub("", words)):
        raise Refused(
            "花括号只用来括住一个字段的名称，例如 {累计采购额}，请检查是否缺了一半。",
            field=section.value,
        )


def paragraphs(report: Report, words: str) -> list[list[Part]]:
    """Return a section's paragraphs in parts, its fields replaced by what they say now."""
    return [_parts(report, line) for line in words.splitlines() if line]


def _parts(report: Report, line: str) -> list[Part]:
    parts, start = [], 0
    for match in _BRACES.finditer(line):
        parts.append(Part(line[start : match.start()]))
        parts += FIELDS[match[1].strip()].make(report)
        start = match.end()
    return [part for part in (*parts, Part(line[start:])) if part.text]


def drafted(report: Report, *, is_public: bool = False) -> dict[str, str]:
    """Return a text for the figures: what there is nothing to say of is left out."""
    overall = (
        "截至{截至日期}，{有任务单位数}单位有采购任务，{年度}目标共{年度目标}，累计完成采购{累计采购额}，"
        "完成率{完成率}，序时进度{序时进度}，{序时进度差}。{月份}采购{本月采购额}"
    )
    idle = report.chosen(Only.IDLE_MONTH)
    overall += "，{本月未采购单位数}单位本月没有采购。" if idle else "，有任务的单位本月都有采购。"
    overall += (
        "\n按渠道看，食堂定点采购{食堂定点采购}，单位及工会采购{单位及工会采购}，职工个人线上{职工个人线上}，"
        "订单认购{订单认购}，展销现场{展销现场}"
    )
    overall += "，平台外申报{平台外申报}。" if report.total.outside_fen else "。"
    good = "还没有单位达到序时进度。"
    if report.chosen(Only.GOOD):
        good = (
            "达到序时进度的单位有{达到序时单位数}，其中已完成全年任务的有{已完成单位数}。"
            "排名靠前的是：{完成较好单位}。"
        )
    slow = "没有单位落后序时进度。"
    if report.slow:
        slow = (
            "落后序时进度的单位有{落后单位数}，其中严重落后的有{严重落后单位数}。"
            "进度最慢的是：{进度较慢单位}。"
        )
    return {
        Section.OVERALL: overall,
        Section.GOOD: good,
        Section.SLOW: slow,
        Section.PROBLEMS: "\n".join(_problems(report, is_public)) or "本月没有发现突出问题。",
        Section.NEXT_STEPS: "\n".join(_next_steps(report)),
    }


def _problems(report: Report, is_public: bool) -> list[str]:
    sums = report.total
    found = []
    if report.chosen(Only.IDLE):
        found.append("起步慢：{未采购单位数}单位今年还没有采购，为{未采购单位}。")
    if report.orders(Orders.LATE):
        found.append(
            "验收不及时：{逾期未验收单位数}单位有订单下单满{逾期未验收天数}还没有验收，共{逾期未验收金额}。"
        )
    elif report.orders(Orders.WAY):
        found.append("订单未了结：{在途单位数}单位已下单还没有验收，共{在途金额}，验收后才计入。")
    if sums.unpaid_fen and not is_public:
        found.append(
            "付款不及时：{未付款单位数}单位验收后还没有付清，共{未付款金额}，其中{未付款单位}。"
        )
    if sums.adjusted_fen:
        found.append("上报不及时：本月含以前期间调整{以前期间调整}，应在当月办理验收和申报。")
    return [f"{number}. {words}" for number, words in enumerate(found, 1)]


def _next_steps(report: Report) -> list[str]:
    found = []
    if report.slow:
        found.append(
            "落后单位要制定采购计划，尽快补足缺口，共{落后单位缺口合计}：{进度较慢单位缺口}。"
        )
    if any(line.gap_fen for line in report.lines):
        found.append("各单位距全年任务还差{缺口合计}，要按月均衡采购，不要集中到年底。")
    if report.orders(Orders.WAY):
        found.append("已下单的要及时验收，在途{在途金额}验收后计入完成额。")
    found.append("每单采购都要有验收凭据；平台外采购当月申报，当月核实。")
    return [f"{number}. {words}" for number, words in enumerate(found, 1)]
