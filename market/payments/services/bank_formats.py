"""Save which column of a bank's file says what, and guess it from the usual headings."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.adapters.spreadsheets import Grid, shown
from market.audit.services import record
from market.core import clock
from market.core.errors import Refused
from market.payments.models import BankFormat, Encoding
from market.payments.queries.bank import bank_format_named
from market.payments.services.bank_reading import HEADER_WITHIN, IN_WORDS, columns_of, headings
from market.payments.services.transfers import check_recorder

# What banks usually call a column, the likeliest first; the first that a file has is taken.
USUAL = {
    "date_column": ("交易日期", "记账日期", "入账日期", "日期", "交易时间", "记账日"),
    "time_column": ("交易时间", "时间", "交易时间戳"),
    "serial_column": ("交易流水号", "流水号", "核心流水号", "银行流水号", "交易流水", "凭证号"),
    "amount_column": ("交易金额", "发生额", "金额", "交易金额(元)"),
    "side_column": ("借贷标志", "收支类型", "借贷", "收/付", "收付标志", "借/贷", "方向", "收支"),
    "in_column": ("贷方发生额", "收入金额", "贷方金额", "收入", "存入金额", "转入金额", "贷方"),
    "out_column": ("借方发生额", "支出金额", "借方金额", "支出", "支取金额", "转出金额", "借方"),
    "balance_column": ("余额", "账户余额", "交易后余额", "本次余额"),
    "payer_name_column": (
        *("对方户名", "对方名称", "对方账户名称", "付款人名称", "付款人", "户名", "对方单位"),
    ),
    "payer_account_column": ("对方账号", "对方账户", "付款账号", "付款人账号", "账号"),
}
MOST_REMARKS = 300
REMARKS = ("附言", "摘要", "用途", "备注", "交易摘要", "客户附言", "交易附言")


@dataclasses.dataclass(frozen=True)
class Mapping:
    """Which heading is what, as a person chose it; empty where the bank has none."""

    name: str
    encoding: Encoding = Encoding.AUTO
    date_column: str = ""
    time_column: str = ""
    serial_column: str = ""
    amount_column: str = ""
    side_column: str = ""
    in_words: str = ""
    in_column: str = ""
    out_column: str = ""
    balance_column: str = ""
    payer_name_column: str = ""
    payer_account_column: str = ""
    remark_columns: Sequence[str] = ()

    def form(self) -> BankFormat:
        """Return the format that this would be; it is in no session."""
        return BankFormat(
            **{
                field.name: getattr(self, field.name)
                for field in dataclasses.fields(self)
                if field.name != "remark_columns"
            },
            remark_columns="\n".join(self.remark_columns),
        )

    @classmethod
    def of(cls, form: BankFormat) -> "Mapping":
        """Return what a saved format says."""
        plain = {
            field.name: getattr(form, field.name)
            for field in dataclasses.fields(cls)
            if field.name != "remark_columns"
        }
        return cls(**plain, remark_columns=tuple(filter(None, form.remark_columns.split("\n"))))


def header_of(grid: Grid) -> tuple[int, dict[str, int]]:
    """Return where a sample's header is likely to stand, and its headings with their places.

    It is the row that has most of the usual headings. Refuses a table without any.
    """
    usual = {title for titles in (*USUAL.values(), REMARKS) for title in titles}
    best, most = 0, 0
    for number, line in enumerate(grid.lines[:HEADER_WITHIN]):
        count = sum(title in usual for title in headings(line))
        if count > most:
            best, most = number, count
    if not most:
        raise Refused(
            "没有找到标题行：样例里应有“交易日期”“金额”“对方户名”这样的列名。"
            "请上传从网银下载的原文件，不要删去标题行。",
            field="file",
        )
    return best, headings(grid.lines[best])


def guess(grid: Grid) -> dict[str, Any]:
    """Guess from a sample's headings which is what; the rows below say the words for money in."""
    head, places = header_of(grid)
    found: dict[str, Any] = {
        field: next((title for title in titles if title in places), "")
        for field, titles in USUAL.items()
    }
    if found["time_column"] == found["date_column"]:
        found["time_column"] = ""
    if found["in_column"]:
        found["amount_column"] = found["side_column"] = ""
    found["in_words"] = ""
    if found["side_column"]:
        place = places[found["side_column"]]
        words = {shown(row[place]).strip() for row in grid.lines[head + 1 :] if place < len(row)}
        ins = sorted(word for word in words if word.upper() in IN_WORDS)
        found["in_words"] = "、".join(ins) or "贷"
    return found | {"remark_columns": [title for title in REMARKS if title in places]}


def save_format(
    session: Session, mapping: Mapping, *, form: BankFormat | None = None, by: Person
) -> BankFormat:
    """Save a bank's format, or what was changed of one.

    Refuses a name that is taken, one column for two things, and a format without a
    date or without a way to tell money in from money out.
    """
    check_recorder(by)
    check_mapping(mapping)
    other = bank_format_named(session, mapping.name)
    if other is not None and other is not form:
        raise Refused(f"已有名为“{mapping.name}”的格式，请换一个名称。", field="name")
    is_new = form is None
    made = mapping.form()
    if form is None:
        form = BankFormat(saved_by_id=by.id)
    for field in dataclasses.fields(mapping):
        setattr(form, field.name, getattr(made, field.name))
    form.saved_by_id, form.saved_at = by.id, clock.now()
    session.add(form)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # Somebody took the name since it was looked up.
        raise Refused(f"“{mapping.name}”刚刚被别人使用，请换一个名称。", field="name") from None
    record(
        session,
        "bank_format.saved" if is_new else "bank_format.changed",
        form,
        by=by,
        name=form.name,
        columns=columns_of(form),
    )
    return form


def check_mapping(mapping: Mapping) -> None:
    """Refuse columns that say nothing, or two things at once."""
    if not mapping.name.strip():
        raise Refused("请填写格式名称，例如银行的名称。", field="name")
    if not mapping.date_column:
        raise Refused("请选择交易日期是哪一列。", field="date_column")
    if bool(mapping.amount_column) == bool(mapping.in_column):
        raise Refused(
            "金额请选一种：一列带正负号或方向的金额，或收入、支出各一列。", field="amount_column"
        )
    if mapping.in_column and mapping.side_column:
        raise Refused("收入、支出各一列时，不用选方向列。", field="side_column")
    if mapping.amount_column and mapping.out_column:
        raise Refused("只有一列金额时，不用选支出列。", field="out_column")
    if mapping.side_column and not mapping.in_words.strip():
        raise Refused("请填写方向列里表示收入的字，例如 贷、收。", field="in_words")
    chosen: set[str] = set()
    for field in USUAL:
        column = getattr(mapping, field)
        if column in chosen:
            raise Refused(f"“{column}”列选了两次，每一列只能用作一项。", field=field)
        chosen |= {column} - {""}
    if len("\n".join(mapping.remark_columns)) > MOST_REMARKS:
        raise Refused(
            "附言的列选得太多，请只选付款人写的附言、用途、摘要。", field="remark_columns"
        )
