"""Read a sheet of records, and say row by row what it would do and what keeps it from it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import Person
from market.adapters.spreadsheets import (
    Column,
    Problem,
    Row,
    Value,
    day,
    read_sheet,
    shown,
    text,
    whole,
    yuan,
)
from market.core.errors import Refused
from market.plan.models import PAIRS, Indicator, IndicatorSubject, Pair
from market.plan.queries.people import MOST_PEOPLE, digests_of
from market.plan.queries.records import may_report
from market.plan.queries.telling import MOST_VALUE, Told, value_of

MOST_ROWS = 500


def _people(value: Value) -> str:
    """Return identifiers one per line; they may be divided by line breaks, blanks or marks."""
    words = shown(value)
    for mark in "、，；,;":
        words = words.replace(mark, " ")
    return "\n".join(words.split())


COLUMNS = (
    Column("指标编号", "code", text(10), "指标页上的编号，例如 4i", required=True),
    Column(
        "日期", "happened_on", day, "2020年起、不晚于今天的日期，例如 2020-06-18", required=True
    ),
    Column("数量", "value", whole(0, MOST_VALUE), "指标单位的整数；完成即可和有名单的可留空"),
    Column("金额(元)", "amount_fen", yuan(), "只有按金额计的指标填写，例如 80000.00"),
    Column("街村序号", "pair", whole(1, PAIRS), f"第几对街村，1 至 {PAIRS}；只有街村指标填写"),
    Column("地点", "place", text(60), "地点，最多 60 个字", required=True),
    Column("说明", "note", text(200), "最多 200 个字，不要写个人信息"),
    Column(
        "人员名单",
        "people",
        _people,
        "按人计的指标填证件号或学号（文本），用顿号或换行隔开；只留加密摘要，不保存号码",
    ),
)

EXAMPLES = (
    {
        "code": "4i",
        "happened_on": "2020-06-18",
        "value": "2",
        "place": "三义乡卫生院",
        "note": "内科教学查房",
    },
    {
        "code": "3b",
        "happened_on": "2020-07-01",
        "place": "两江新区某企业",
        "people": "XS20200001、XS20200002",
    },
    {"code": "7b", "happened_on": "2020-05-20", "value": "1", "pair": "3", "place": "村委会"},
)

# Beside which column a refusal of a field stands.
_KEYS = {"happened_on", "value", "amount_fen", "pair", "place", "note", "people"}


@dataclass(frozen=True)
class Wish:
    """One record to be made, by its row in the sheet; of its people only their digests."""

    row: int
    code: str
    name: str
    unit: str
    happened_on: dt.date
    value: int
    amount_fen: int
    pair: int | None
    place: str
    note: str
    digests: Sequence[str]


@dataclass(frozen=True)
class Preview:
    """What a sheet would do, and everything that keeps it from being done."""

    wishes: list[Wish]
    problems: list[Problem]


def preview(session: Session, content: bytes, *, key: bytes, by: Person) -> Preview:
    """Read a sheet of records and compare it with the plan, the pairs and who counts already.

    Changes nothing. Refuses what is not such a sheet; what is wrong with its cells is
    among the problems, by row and column.
    """
    sheet = read_sheet(content, COLUMNS, most=MOST_ROWS)
    indicators = {
        one.our_code: one
        for one in session.scalars(
            sa.select(Indicator).options(joinedload(Indicator.clause, innerjoin=True))
        )
    }
    pairs = {(pair.year, pair.position): pair for pair in session.scalars(sa.select(Pair))}
    wishes, problems = [], list(sheet.problems)
    for row in sheet.rows:
        indicator = indicators.get(row.values["code"])
        if indicator is None:
            problems.append(_problem(row, "code", "方案指标页上有的编号，例如 4i"))
        elif not may_report(indicator, by):
            problems.append(_problem(row, "code", f"“{indicator.our_name}”由其责任单位填报"))
        else:
            try:
                wishes.append(_wish(row, indicator, pairs, key))
            except Refused as refusal:
                field = refusal.field if refusal.field in _KEYS else "code"
                problems.append(_problem(row, field or "code", str(refusal)))
    problems += _again(session, wishes)
    return Preview(wishes, sorted(problems, key=lambda problem: problem.row))


def _wish(row: Row, indicator: Indicator, pairs: dict[tuple[int, int], Pair], key: bytes) -> Wish:
    given = row.values
    happened_on: dt.date = given["happened_on"]
    position = given["pair"]
    pair = pairs.get((happened_on.year, position)) if position else None
    if position and pair is None:
        raise Refused(f"{happened_on.year} 年已登记的街村序号", field="pair")
    digests = digests_of(indicator, happened_on.year, given["people"] or "", key=key)
    told = Told(
        happened_on=happened_on,
        value=given["value"] or 0,
        amount_fen=given["amount_fen"] or 0,
        place=given["place"],
        note=given["note"] or "",
        pair=pair,
        digests=digests,
    )
    return Wish(
        row=row.number,
        code=indicator.our_code,
        name=indicator.our_name,
        unit=indicator.unit,
        happened_on=happened_on,
        value=value_of(indicator, told),
        amount_fen=told.amount_fen,
        pair=position,
        place=told.place,
        note=told.note,
        digests=digests,
    )


def _again(session: Session, wishes: Iterable[Wish]) -> list[Problem]:
    """Name the rows whose people count already, in the sheet or in what was reported before."""
    first: dict[str, int] = {}
    problems = []
    listed = [(wish, digest) for wish in wishes for digest in wish.digests]
    if len(listed) > MOST_PEOPLE:
        last = listed[-1][0]
        said = f"整个文件最多 {MOST_PEOPLE} 人，现在有 {len(listed)} 人，请分成几个文件"
        return [Problem(last.row, "人员名单", f"{len(last.digests)} 人", said)]
    select = sa.select(IndicatorSubject.digest).where(
        IndicatorSubject.is_live, IndicatorSubject.digest.in_([digest for _, digest in listed])
    )
    counted = set(session.scalars(select)) if listed else set()
    told: set[int] = set()
    for wish, digest in listed:
        if wish.row not in told and (digest in counted or digest in first):
            told.add(wish.row)
            where = f"与第 {first[digest]} 行重复" if digest in first else "今年已计入或正待核实"
            place = list(wish.digests).index(digest) + 1
            said = f"每人全年只填一次；名单第 {place} 人{where}"
            problems.append(Problem(wish.row, "人员名单", f"{len(wish.digests)} 人", said))
        first.setdefault(digest, wish.row)
    return problems


def _problem(row: Row, key: str, expected: str) -> Problem:
    title = next(column.title for column in COLUMNS if column.key == key)
    value = row.values[key]
    if key == "people":  # Who it is stays off the page.
        value = f"{len((value or '').splitlines())} 人"
    if key == "amount_fen" and value is not None:
        value = f"{value // 100}.{value % 100:02}"
    return Problem(row.number, title, "" if value is None else str(value), expected)
