"""Understand a bank's file by its saved format: which row is what, and what is wrong with it."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from market.adapters.spreadsheets import Grid, Problem, Value, read_grid, shown, title_of
from market.core import clock, money
from market.core.errors import Refused
from market.core.steps import Step, Steps, result_of
from market.payments.models import BankFormat
from market.payments.services.transfers import MOST_SERIAL, NOT_OLDER_THAN_DAYS, plain_serial

MOST_ROWS = 60_000
MOST_BYTES = 10 * 1024 * 1024
HEADER_WITHIN = 60  # Banks put the account, the period and the sums above the table.
MOST_PAYER, MOST_ACCOUNT, MOST_REMARK = 120, 60, 300
AT_ONCE = 1000
MOST_DIGITS = 10**15  # Excel keeps no more digits of a number than fifteen.

IN_WORDS = frozenset(
    re.findall(r"\S+", "贷 贷方 贷记 收 收入 收款 入 进 来账 转入 存入 存 C CR IN +")
)
OUT_WORDS = frozenset(
    re.findall(r"\S+", "借 借方 借记 支 支出 付 付款 出 往账 转出 支取 取出 取 D DR OUT -")
)
NOTES = ("合计", "总计", "小计", "累计", "笔数", "打印", "制表", "说明", "备注", "以上", "截止")

_DAY = re.compile(
    r"(?:(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2}))"
    r"(?:(?:\s+|T|(?=\d{6}$))(\d{1,2}[:：时]?\d{2}(?:[:：分]?\d{2}(?:\.\d+)?秒?)?))?"
)
_AMOUNT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)

DATE = "日期，例如 2020-11-26、2020/11/26 或 20201126"
AMOUNT = "金额，例如 1,234.50，最多两位小数"
DIGITS = "全部数字；Excel 里的数字只保留 15 位，请从网银下载 CSV，或把这一列设成文本后重新导出"


@dataclasses.dataclass(frozen=True)
class BankRow:
    """One row of money in; ``digest`` is its hash where the bank gave it no serial."""

    number: int
    paid_on: dt.date
    amount_fen: int
    serial: str
    payer_name: str
    payer_account: str
    remark: str
    digest: str | None


@dataclasses.dataclass(frozen=True)
class BankSheet:
    """What a file says: money in row by row, and how many rows are something else.

    ``twice_count`` are rows of a serial that stands further up already. Nothing may be
    imported while there is a problem.
    """

    rows: Sequence[BankRow]
    problems: Sequence[Problem]
    out_count: int
    empty_count: int
    note_count: int
    twice_count: int

    @property
    def total_fen(self) -> int:
        """What comes in, in fen."""
        return sum(row.amount_fen for row in self.rows)


def read_bank_file(content: bytes, form: BankFormat) -> BankSheet:
    """Read a bank's file by a format; refuses what is not one, too big, or of another shape."""
    return result_of(reading_steps(content, form))


def reading_steps(content: bytes, form: BankFormat) -> Steps[BankSheet]:
    """Do what ``read_bank_file`` does, stopping now and then to say how many rows were checked."""
    if len(content) > MOST_BYTES:
        raise Refused("文件超过 10 MB，请按月份分成几个文件下载后再导入。", field="file")
    yield Step("正在打开文件", 0, 1)
    grid = read_grid(content, most=MOST_ROWS, encoding=form.encoding.value)
    return (yield from _understanding(grid, form))


def understand(grid: Grid, form: BankFormat) -> BankSheet:
    """Say what each row of a table is by a format; refuses one without the format's columns."""
    return result_of(_understanding(grid, form))


def _understanding(grid: Grid, form: BankFormat) -> Steps[BankSheet]:
    head, places = _find_header(grid, form)
    grid.check_unmerged(head + 1)
    rows = [
        (number, line)
        for number, line in enumerate(grid.lines[head + 1 :], start=head + 2)
        if any(cell is not None for cell in line)
    ]
    if not rows:
        raise Refused("文件里只有标题，没有明细行。请核对下载的起止日期。")
    if len(rows) > MOST_ROWS:
        raise Refused(
            f"文件有 {len(rows)} 行，一次最多 {MOST_ROWS} 行。请按月份分成几个文件下载后再导入。"
        )
    return (yield from _Reader(form, places).read(rows))


def columns_of(form: BankFormat) -> list[str]:
    """Return the headings that a format needs to find."""
    named = [
        *(form.date_column, form.time_column, form.serial_column, form.amount_column),
        *(form.side_column, form.in_column, form.out_column, form.balance_column),
        *(form.payer_name_column, form.payer_account_column, *form.remark_columns.split("\n")),
    ]
    return list(dict.fromkeys(name for name in named if name))


def headings(line: Sequence[Value | None]) -> dict[str, int]:
    """Return a header's headings with their places; the second of two alike is “…#2”."""
    places: dict[str, int] = {}
    seen: Counter[str] = Counter()
    for place, cell in enumerate(line):
        title = title_of(cell)[:50]
        if title:
            seen[title] += 1
            places[title if seen[title] == 1 else f"{title}#{seen[title]}"] = place
    return places


def _find_header(grid: Grid, form: BankFormat) -> tuple[int, dict[str, int]]:
    wanted = columns_of(form)
    best, missing = 0, wanted
    for number, line in enumerate(grid.lines[:HEADER_WITHIN]):
        places = headings(line)
        lacking = [name for name in wanted if name not in places]
        if not lacking:
            return number, places
        if len(lacking) < len(missing):
            best, missing = number, lacking
    where = f"第 {best + 1} 行" if len(missing) < len(wanted) else "文件"
    raise Refused(
        f"{where}没有“{form.name}”格式里的列：{'、'.join(missing)}。"
        "请确认选对了银行格式；银行改了表头的，请先修改格式。"
    )


class _Reader:
    """Reads rows by one format, and counts what is no money in."""

    def __init__(self, form: BankFormat, places: dict[str, int]) -> None:
        self._form = form
        self._places = places
        self._remarks = [name for name in form.remark_columns.split("\n") if name]
        words = re.split(r"[\s、,;]+", _plain(form.in_words))
        self._ins = frozenset(word for word in words if word) or IN_WORDS
        self._problems: list[Problem] = []
        self._counts: Counter[str] = Counter()
        self._alike: Counter[str] = Counter()
        self._serials: dict[str, BankRow] = {}
        today = clock.today()
        self._latest, self._earliest = today, today - dt.timedelta(days=NOT_OLDER_THAN_DAYS)

    def read(self, rows: Sequence[tuple[int, list[Value | None]]]) -> Steps[BankSheet]:
        found = []
        for count, (number, line) in enumerate(rows[: self._end(rows)]):
            if count % AT_ONCE == 0:
                yield Step(f"已核对 {count} / {len(rows)} 行", count, len(rows))
            before = len(self._problems)
            row = self._row(number, line)
            if row is not None and len(self._problems) == before:
                found.append(row)
        return BankSheet(
            found,
            self._problems,
            out_count=self._counts["out"],
            empty_count=self._counts["empty"],
            note_count=len(rows) - self._end(rows),
            twice_count=self._counts["twice"],
        )

    def _end(self, rows: Sequence[tuple[int, list[Value | None]]]) -> int:
        """Return where the sums and notes begin that banks write below the table."""
        end = len(rows)
        while end and self._is_note(rows[end - 1][1]):
            end -= 1
        return end

    def _is_note(self, line: Sequence[Value | None]) -> bool:
        if self._day_of(self._cell(line, self._form.date_column)):
            return False
        first = next(shown(cell) for cell in line if cell is not None)
        return any(note in first for note in NOTES)

    def _cell(self, line: Sequence[Value | None], column: str) -> Any:
        place = self._places[column] if column else len(line)
        return line[place] if place < len(line) else None

    def _wrong(self, number: int, column: str, value: Any, expected: str) -> None:
        self._problems.append(Problem(number, column, shown(value)[:60], expected))

    def _row(self, number: int, line: Sequence[Value | None]) -> BankRow | None:
        form = self._form
        wrong = len(self._problems)
        amount_fen = self._amount(number, line)
        if amount_fen is None and len(self._problems) == wrong:
            return None  # Money out, or nothing.
        day = self._day(number, line)
        if amount_fen is None or day is None:
            return None
        serial = self._digits(number, line, form.serial_column, MOST_SERIAL)
        account = self._digits(number, line, form.payer_account_column, MOST_ACCOUNT)
        name = _words(self._cell(line, form.payer_name_column))
        remarks = [_words(self._cell(line, column)) for column in self._remarks]
        remark = " ".join(dict.fromkeys(words for words in remarks if words))
        paid_on, time = day
        digest = None
        if not serial:
            time = time or re.sub(r"\D", "", shown(self._cell(line, form.time_column)))
            balance = _plain(shown(self._cell(line, form.balance_column)))
            told = [paid_on.isoformat(), time, amount_fen, name, account, remark, balance]
            alike = json.dumps(told, ensure_ascii=False)
            # Of rows that are alike each is a payment; their order tells them apart.
            digest = hashlib.sha256(f"{alike}{self._alike[alike]}".encode()).hexdigest()
            self._alike[alike] += 1
            serial = f"无流水号-{digest[:20]}"
        row = BankRow(
            number,
            paid_on,
            amount_fen,
            serial,
            name[:MOST_PAYER],
            account,
            remark[:MOST_REMARK],
            digest,
        )
        first = self._serials.setdefault(serial, row)
        if first is row:
            return row
        if first.amount_fen == amount_fen and first.paid_on == paid_on:
            self._counts["twice"] += 1
        else:
            known = f"不重复的流水号；第 {first.number} 行已有同一流水号，日期或金额不同"
            self._wrong(number, form.serial_column, serial, known)
        return None

    def _day(self, number: int, line: Sequence[Value | None]) -> tuple[dt.date, str] | None:
        value = self._cell(line, self._form.date_column)
        day = self._day_of(value)
        if day is None:
            self._wrong(number, self._form.date_column, value, DATE)
        elif day[0] > self._latest:
            self._wrong(
                number, self._form.date_column, value, f"不晚于今天（{self._latest}）的日期"
            )
            return None
        elif day[0] < self._earliest:
            expected = f"一年之内（{self._earliest} 起）的日期，更早的请逐笔核对"
            self._wrong(number, self._form.date_column, value, expected)
            return None
        return day

    @staticmethod
    def _day_of(value: Any) -> tuple[dt.date, str] | None:
        """Return a date and its time in plain digits, if a cell holds one."""
        if isinstance(value, dt.datetime):
            return value.date(), value.strftime("%H%M%S") if value.time() else ""
        if isinstance(value, dt.date):
            return value, ""
        found = _DAY.fullmatch(unicodedata.normalize("NFKC", shown(value)).strip())
        if found is None:
            return None
        year, month, day = (int(part) for part in found.groups()[:6] if part)
        try:
            return dt.date(year, month, day), re.sub(r"\D", "", found[7] or "")
        except ValueError:
            return None

    def _amount(self, number: int, line: Sequence[Value | None]) -> int | None:
        """Return what came in by a row; nothing for money out, nothing, and what is wrong."""
        form = self._form
        if not form.amount_column:
            return self._of_two_columns(number, line)
        amount_fen = self._fen(number, line, form.amount_column)
        if amount_fen is None:
            return None
        if amount_fen == 0:
            self._counts["empty"] += 1
            return None
        if not form.side_column:
            if amount_fen > 0:
                return amount_fen
            self._counts["out"] += 1
            return None
        value = self._cell(line, form.side_column)
        side = _plain(shown(value))
        if side in self._ins:
            return self._positive(number, line, form.amount_column, amount_fen)
        if side in OUT_WORDS:
            self._counts["out"] += 1
        else:
            expected = f"表示收入的字（{form.in_words}）或表示支出的字（借、支、付等）"
            self._wrong(number, form.side_column, value, expected)
        return None

    def _of_two_columns(self, number: int, line: Sequence[Value | None]) -> int | None:
        form = self._form
        wrong = len(self._problems)
        in_fen = self._fen(number, line, form.in_column, blank=0)
        out_fen = self._fen(number, line, form.out_column, blank=0) if form.out_column else 0
        if len(self._problems) > wrong:
            return None
        if in_fen and out_fen:
            value = self._cell(line, form.in_column)
            self._wrong(number, form.in_column, value, "收入和支出只填一个")
        elif out_fen:
            self._counts["out"] += 1
        elif not in_fen:
            self._counts["empty"] += 1
        else:
            return self._positive(number, line, form.in_column, in_fen)
        return None

    def _positive(
        self, number: int, line: Sequence[Value | None], column: str, amount_fen: int
    ) -> int | None:
        """Return an amount of money in; a negative one is for a person to look at."""
        if amount_fen > 0:
            return amount_fen
        expected = "大于 0 的收入；冲正、退回的款项请与银行核对后另行处理"
        self._wrong(number, column, self._cell(line, column), expected)
        return None

    def _fen(
        self, number: int, line: Sequence[Value | None], column: str, blank: int | None = None
    ) -> int | None:
        value = self._cell(line, column)
        text = re.sub(r"元|人民币|CNY|RMB|[¥￥\s]", "", _plain(shown(value)))
        if text in ("", "-", "--"):
            if blank is None:
                self._wrong(number, column, value, AMOUNT)
            return blank
        try:
            if isinstance(value, bool | dt.date) or not _AMOUNT.fullmatch(text):
                raise Refused(AMOUNT)
            return money.parse_yuan(text)
        except Refused:
            self._wrong(number, column, value, AMOUNT)
            return None

    def _digits(self, number: int, line: Sequence[Value | None], column: str, most: int) -> str:
        """Return a serial or an account, refusing one of which Excel has lost digits."""
        value = self._cell(line, column)
        digits = plain_serial(shown(value))
        is_lost = isinstance(value, int | float) and abs(value) >= MOST_DIGITS
        if is_lost or (isinstance(value, str) and _ROUNDED.fullmatch(digits)):
            self._wrong(number, column, value, DIGITS)
        elif len(digits) > most:
            self._wrong(number, column, value, f"最多 {most} 个字")
        return digits


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _words(value: Any) -> str:
    words = " ".join(shown(value).split())
    return "".join(letter for letter in words if letter.isprintable())
