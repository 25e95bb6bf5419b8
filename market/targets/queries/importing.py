"""Read a sheet of purchases outside the shop, and say row by row what keeps it from being submitted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from market.adapters.spreadsheets import (
    Column,
    Problem,
    Row,
    Value,
    choice,
    day,
    read_sheet,
    shown,
    text,
    yuan,
)
from market.core import clock
from market.core.errors import Refused
from market.targets.models import OutsideKind
from market.targets.queries.outside import live_papers, live_receipts
from market.targets.queries.periods import earliest_day, lands_in
from market.targets.queries.told import Bought, check_day, check_papers
from market.targets.queries.twins import APART, receipt_key

MOST_ROWS = 500


def _digits(value: Value) -> str:
    """Return a paper's number without blanks, as it stands in a cell of text or of a number."""
    return "".join(shown(value).split())


COLUMNS = (
    Column(
        "渠道",
        "kind",
        choice(OutsideKind),
        "、".join(kind.label for kind in OutsideKind),
        required=True,
        choices=[kind.label for kind in OutsideKind],
    ),
    Column("购买日期", "bought_on", day, "不晚于今天的日期，例如 2026-06-18", required=True),
    Column("销售方", "seller", text(80), "照发票或订单填写，最多 80 个字", required=True),
    Column("商品", "products", text(200), "商品和数量，例如 苏麻 50 公斤", required=True),
    Column("金额(元)", "amount_fen", yuan(1), "大于 0 的金额，例如 1280.00", required=True),
    Column("发票代码", "invoice_code", _digits, "10 至 12 位数字；全电发票没有，请留空"),
    Column("发票号码", "invoice_no", _digits, "8 至 20 位数字（文本）；凭发票的必填"),
    Column("平台订单号", "order_no", _digits, "4 至 40 位（文本）；国家平台的必填"),
    Column("小票号", "receipt_no", _digits, "展销摊位的小票号，最多 38 位（文本）"),
    Column("说明", "note", text(500), "最多 500 个字，不要写个人信息"),
)

EXAMPLES = (
    {
        "kind": OutsideKind.NATIONAL_PLATFORM.label,
        "bought_on": "2026-06-18",
        "seller": "示例合作社",
        "products": "苏麻 50 公斤",
        "amount_fen": "1280.00",
        "order_no": "832-202606180001",
    },
    {
        "kind": OutsideKind.INVOICE.label,
        "bought_on": "2026-07-01",
        "seller": "示例食品有限公司",
        "products": "晶丝苕粉 100 袋",
        "amount_fen": "2600",
        "invoice_code": "050001900104",
        "invoice_no": "12345678",
    },
)


@dataclass(frozen=True)
class OutsideWish:
    """One purchase to be submitted, by its row in the sheet, and the month it would count in."""

    row: int
    told: Bought
    year: int
    month: int

    @property
    def is_adjustment(self) -> bool:
        """Whether the month it belongs to is locked."""
        on = self.told.bought_on
        return (self.year, self.month) != (on.year, on.month)


@dataclass(frozen=True)
class OutsidePreview:
    """What a sheet would do, and everything that keeps it from being done."""

    wishes: list[OutsideWish]
    problems: list[Problem]


def preview_outside(session: Session, content: bytes, *, unit_id: int) -> OutsidePreview:
    """Read a unit's sheet of purchases and compare it with itself and with what was submitted before.

    Changes nothing. Refuses what is not such a sheet; what is wrong with its cells is
    among the problems, by row and column.
    """
    sheet = read_sheet(content, COLUMNS, most=MOST_ROWS)
    problems = list(sheet.problems)
    earliest = earliest_day(session, clock.today())
    good: list[tuple[Row, Bought]] = []
    for row in sheet.rows:
        given: dict[str, Any] = {key: value or "" for key, value in row.values.items()}
        told = Bought(**given)
        wrong = []
        for check in (partial(check_day, told.bought_on, earliest), partial(check_papers, told)):
            try:
                check()
            except Refused as refusal:
                wrong.append(_problem(row, refusal.field or "kind", str(refusal)))
        problems += wrong
        if not wrong:
            good.append((row, told))
    problems += _again(session, good, unit_id)
    months: dict[tuple[int, int], tuple[int, int]] = {}
    wishes = []
    for row, told in good:
        own = (told.bought_on.year, told.bought_on.month)
        if own not in months:
            months[own] = lands_in(session, dt.date(*own, 1), clock.now())
        wishes.append(OutsideWish(row.number, told, *months[own]))
    return OutsidePreview(wishes, sorted(problems, key=lambda problem: problem.row))


def _again(session: Session, good: Sequence[tuple[Row, Bought]], unit_id: int) -> list[Problem]:
    """Name the rows whose paper stands already, in the sheet or in what was submitted.

    An invoice and an order stand once; a unit's receipt once on its day and those beside it.
    """
    invoices = [(told.invoice_code, told.invoice_no) for _, told in good]
    by_invoice, by_order = live_papers(session, invoices, [told.order_no for _, told in good])
    by_receipt = live_receipts(session, unit_id, [told for _, told in good])
    first: dict[tuple[str, Any], int] = {}
    problems = []
    for (row, told), received in zip(good, by_receipt, strict=True):
        invoice, receipt = (told.invoice_code, told.invoice_no), receipt_key(told.receipt_no)
        days = (told.bought_on, told.bought_on - APART, told.bought_on + APART)
        for key, made, papers in (
            ("invoice_no", by_invoice.get(invoice), [invoice] if told.invoice_no else []),
            ("order_no", by_order.get(told.order_no), [told.order_no] if told.order_no else []),
            ("receipt_no", received, [(receipt, on) for on in days] if receipt else []),
        ):
            before = [first[key, paper] for paper in papers if (key, paper) in first]
            if made is not None:
                said = f"没有申报过的单据；它已由“{made.unit.name}”申报（{made.number}）"
                problems.append(_problem(row, key, said))
            elif before:
                said = f"每张单据只填一行，与第 {min(before)} 行重复"
                problems.append(_problem(row, key, said))
            for paper in papers[:1]:
                first.setdefault((key, paper), row.number)
    return problems


def _problem(row: Row, key: str, expected: str) -> Problem:
    title = next(column.title for column in COLUMNS if column.key == key)
    value = row.values[key]
    return Problem(row.number, title, "" if value is None else str(value), expected)
