"""Banks' files as they come: encodings, separators, zeros, dates, and what can't be read."""

import datetime as dt
import io

import pytest
import xlsxwriter

from market.adapters.spreadsheets import read_grid
from market.core import clock
from market.core.errors import Refused
from market.payments.models import BankFormat, Encoding
from market.payments.services.bank_formats import (
    Mapping,
    check_mapping,
    guess,
    header_of,
    save_format,
)
from market.payments.services.bank_reading import MOST_ROWS, read_bank_file
from tests.payments.banking import HEAD, bank_format, row, sheet

AT_HALF_PAST_NINE = dt.datetime.fromisoformat("2020-11-26 09:30")
NOW = dt.datetime(2020, 11, 27, 4, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today():
    """It is 27 November 2020."""
    with clock.set_to(NOW):
        yield


def form(**given):
    """A format that is in no database."""
    columns = {
        "name": "某银行",
        "encoding": Encoding.AUTO,
        "date_column": "交易日期",
        "time_column": "",
        "serial_column": "流水号",
        "amount_column": "",
        "side_column": "",
        "in_words": "",
        "in_column": "收入",
        "out_column": "支出",
        "balance_column": "余额",
        "payer_name_column": "对方户名",
        "payer_account_column": "对方账号",
        "remark_columns": "附言",
    }
    return BankFormat(**columns | given)


def signed(**given):
    """A format whose money is in one column."""
    return form(in_column="", out_column="", amount_column="收入", **given)


def read(content, bank=None):
    return read_bank_file(content, bank or form())


def only(content, bank=None):
    found = read(content, bank)
    assert found.problems == []
    [one] = found.rows
    return one


def problem(content, bank=None):
    found = read(content, bank)
    assert found.rows == []
    [one] = found.problems
    return one.row, one.column, one.value, one.expected


def book(*rows, merged=()):
    """Return a workbook of these rows."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as made:
        page = made.add_worksheet()
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for number, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    page.write_datetime(number, place, cell, day)
                elif cell is not None:
                    page.write(number, place, cell)
        for place in merged:
            page.merge_range(place, "某银行账户明细")
    return held.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_whatever_the_encoding(encoding):
    one = only(sheet(row("1.00", "货款—苕粉", serial="1"), encoding=encoding))
    assert (one.remark, one.payer_name, one.amount_fen) == ("货款—苕粉", "某单位", 100)


def test_a_format_that_says_the_encoding_is_strict():
    content = sheet(row("1", "货款"), encoding="gbk")
    assert only(content, form(encoding=Encoding.GBK)).remark == "货款"
    with pytest.raises(Refused, match="按 UTF-8 读不出"):
        read(content, form(encoding=Encoding.UTF8))
    with pytest.raises(Refused, match="按 GBK 读不出"):
        read(sheet(row("1", "款€")), form(encoding=Encoding.GBK))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_whatever_the_separator(separator):
    head = HEAD.replace(",", separator)
    cells = ["2020-11-26", "007", "1,234.50", "", "", "甲,乙", "0062", "货款,十月"]
    one = only(f"{head}\n{separator.join(cells)}".encode())
    assert (one.amount_fen, one.payer_name, one.remark) == (123450, "甲,乙", "货款,十月")
    assert (one.serial, one.payer_account) == ("007", "0062")


def test_what_stands_above_and_below_the_table_is_passed_over():
    head = "某银行交易明细\n账号,6222000\n期间,2020-11-01,2020-11-26\n\n" + HEAD
    found = read(sheet(row("1"), "", row("2"), "合计,,3.00", "打印时间：2020-11-27", head=head))
    assert [one.number for one in found.rows] == [6, 8]
    assert (found.note_count, found.problems) == (2, [])
    # A row that only lacks its date is no note.
    assert problem(sheet(",L1,5.00,,,,,"))[1] == "交易日期"


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("12,345,678.90", 1234567890),
        ("１２３４．５０", 123450),
        ("¥1,234.50", 123450),
        ("￥ 1234.50元", 123450),
        ("CNY 1234.50", 123450),
        ("+1234.50", 123450),
        (" 1234.50\t", 123450),
        ("'1234.50", 123450),
        ('="1234.50"', 123450),
        ("0.01", 1),
    ],
)
def test_money_as_banks_write_it(typed, fen):
    quoted = typed.replace('"', '""')
    assert only(sheet(f'2020-11-26,1,"{quoted}",,,,,')).amount_fen == fen


@pytest.mark.parametrize("typed", ["1.234,50", "12,34", "1e5", "abc", "1.005", "（1）", "1 2x"])
def test_money_that_is_none_names_row_column_value_and_expectation(typed):
    number, column, value, expected = problem(sheet(row(typed), row("0")))
    assert (number, column, value) == (2, "收入", typed)
    assert "1,234.50" in expected


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2020-11-26", 26),
        ("2020/11/6", 6),
        ("2020.11.26", 26),
        ("20201126", 26),
        ("2020年11月26日", 26),
        ("２０２０－１１－２６", 26),
        ("2020-11-26 10:05:33", 26),
        ("2020-11-26T10:05", 26),
        ("20201126 100533", 26),
        ("20201126100533", 26),
        ("2020/11/26 9:05:33", 26),
    ],
)
def test_dates_as_banks_write_them(typed, day):
    assert only(sheet(row("1", day=typed))).paid_on == dt.date(2020, 11, day)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2020-02-30", "日期，例如"),
        ("26/11/2020", "日期，例如"),
        ("2020-11", "日期，例如"),
        ("2020-11-28", "不晚于今天（2020-11-27）"),
        ("2019-11-26", "一年之内（2019-11-27 起）"),
    ],
)
def test_a_date_that_cannot_be_is_named(typed, words):
    number, column, value, expected = problem(sheet(row("1", day=typed)))
    assert (number, column, value) == (2, "交易日期", typed)
    assert words in expected


def test_the_day_a_year_ago_is_read():
    assert only(sheet(row("1", day="2019-11-27"))).paid_on == dt.date(2019, 11, 27)


def test_money_out_and_nothing_are_counted():
    found = read(
        sheet(row("1"), row(out="2"), row("0.00"), row("0", out="0.00"), row("", out="-3"), row())
    )
    assert (len(found.rows), found.out_count, found.empty_count) == (1, 2, 3)
    assert found.total_fen == 100


def test_a_negative_income_is_for_a_person():
    assert "大于 0 的收入" in problem(sheet(row("-5.00")))[3]
    assert "只填一个" in problem(sheet(row("5", out="5")))[3]
    assert problem(sheet(row("5", out="x")))[1] == "支出"
    assert problem(sheet(row("x", out="5")))[1] == "收入"


def test_one_column_with_signs():
    content = sheet(row("+5.00"), row("-6"), row("0.00"))
    found = read(content, signed())
    assert ([one.amount_fen for one in found.rows], found.out_count, found.empty_count) == (
        [500],
        1,
        1,
    )
    assert problem(sheet(row("")), signed())[1] == "收入"


def test_one_column_with_a_side():
    bank = signed(side_column="支出", in_words="贷、收")
    found = read(sheet(row("5", out="贷"), row("6", out="借"), row("7", out="收")), bank)
    assert ([one.amount_fen for one in found.rows], found.out_count) == ([500, 700], 1)
    assert "表示收入的字（贷、收）" in problem(sheet(row("5", out="?")), bank)[3]
    assert "大于 0 的收入" in problem(sheet(row("-5", out="贷")), bank)[3]
    usual = signed(side_column="支出")
    assert only(sheet(row("5", out="收入")), usual).amount_fen == 500


def test_serials_and_accounts_keep_their_zeros():
    one = only(sheet(row("1", serial="'00012 ab", account="\t0062 2200\t")))
    assert (one.serial, one.payer_account) == ("00012AB", "00622200")
    assert one.digest is None


def test_digits_that_excel_has_lost_are_refused():
    head = HEAD.split(",")
    lost = [dt.date(2020, 11, 26), 2.0201126000000012e18, 5, None, None, "甲", "6222", "x"]
    number, column, _, expected = problem(book(head, lost))
    assert (number, column) == (2, "流水号")
    assert "15 位" in expected
    lost[1], lost[6] = "1", 6.222e18
    assert problem(book(head, lost))[1] == "对方账号"
    assert problem(sheet(row("1", serial="2.02011E+17")))[1] == "流水号"
    assert "最多 60 个字" in problem(sheet(row("1", serial="9" * 61)))[3]


def test_a_workbook_as_banks_make_it():
    head = HEAD.split(",")
    rows = [
        ["某银行账户明细"],
        head,
        [dt.date(2020, 11, 26), "0001", 1234.5, None, 10.1, "甲", "0062", "货款"],
        [AT_HALF_PAST_NINE, 123456789012345, "2,000.00", None, None, "乙", 6222, 7],
        [20201126, "0003", None, 5.5, None, "丙", None, None],
    ]
    found = read(book(*rows, merged=["A1:H1"]))
    assert found.problems == []
    assert [(one.serial, one.amount_fen, one.payer_account) for one in found.rows] == [
        ("0001", 123450, "0062"),
        ("123456789012345", 200000, "6222"),
    ]
    assert [one.remark for one in found.rows] == ["货款", "7"]
    assert found.out_count == 1


def test_merged_cells_in_the_table_are_refused():
    head = HEAD.split(",")
    plain = ["2020-11-26", "1", "5", None, None, "甲", "1", "x"]
    with pytest.raises(Refused, match=r"B3:B4 是合并单元格"):
        read(book(head, plain, plain, merged=["B3:B4"]))


def test_rows_that_are_alike_and_have_no_serial_are_each_a_payment():
    bank = form(serial_column="")
    same = row("5.00", "货款", balance="10")
    first = read(sheet(same, same, row("5.00", "货款", balance="15")), bank)
    assert len({one.digest for one in first.rows}) == 3
    assert all(one.serial == f"无流水号-{one.digest[:20]}" for one in first.rows)
    again = read(sheet(same, same), bank)
    assert [one.digest for one in again.rows] == [one.digest for one in first.rows[:2]]
    # With a time of its own a row is known wherever it stands.
    timed = form(serial_column="", time_column="支出", out_column="")
    early, late = row("5.00", out="10:00:00"), row("5.00", out="110000")
    both = read(sheet(early, late), timed)
    assert read(sheet(late), timed).rows[0].digest == both.rows[1].digest
    whole = read(sheet(row("5.00", day="2020-11-26 11:00:00")), form(serial_column=""))
    split = read(sheet(row("5.00", day="2020-11-26", out="11:00:00")), timed)
    assert len(whole.rows[0].serial) == len(split.rows[0].serial)


def test_one_serial_twice_in_a_file():
    found = read(sheet(row("5.00", serial="1"), row("5.00", serial="1"), row("6", serial="2")))
    assert (len(found.rows), found.twice_count) == (2, 1)
    found = read(sheet(row("5.00", serial="1"), row("6.00", serial="1")))
    assert "第 2 行已有同一流水号" in found.problems[0].expected
    # Interest often has none, beside rows that have one.
    found = read(sheet(row("5.00", serial=""), row("5.00", serial="7")))
    assert [bool(one.digest) for one in found.rows] == [True, False]


def test_texts_are_cut_to_what_is_kept_and_joined_once():
    head = HEAD + ",摘要,用途"
    line = row("1", "货款" * 200, payer="甲" * 200) + ",转账,转账"
    one = only(sheet(line, head=head), form(remark_columns="附言\n摘要\n用途"))
    assert (len(one.remark), len(one.payer_name)) == (300, 120)
    one = only(sheet(row("1", "x") + ",转账,转账", head=head), form(remark_columns="摘要\n用途"))
    assert one.remark == "转账"


def test_two_columns_of_one_name_are_told_apart():
    head = HEAD.replace("对方账号", "账号").replace("支出", "账号")
    bank = form(out_column="", payer_account_column="账号#2")
    assert only(sheet(row("1", out="111", account="222"), head=head), bank).payer_account == "222"


def test_another_banks_file_is_refused_by_name():
    with pytest.raises(Refused, match=r"第 1 行没有“某银行”格式里的列：余额、附言") as refusal:
        read(sheet(row("1"), head=HEAD.replace("余额", "x").replace("附言", "y")))
    assert "选对了银行格式" in str(refusal.value)
    with pytest.raises(Refused, match="文件没有“某银行”格式里的列：交易日期"):
        read(b"a,b\n1,2")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b" \r\n", "文件是空的"),
        (b"\x89PNG\0\0", "读不出这个文件"),
        (b"\xff\xff\xff\xff", "读不出这个文件"),
        (b"PK\x03\x04", "不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0....", "旧版 Excel"),
        (b'"' + b"x" * 200_000, "读不出这个文件"),
        (b"x" * (10 * 1024 * 1024 + 1), "超过 10 MB"),
        (HEAD.encode(), "没有明细行"),
    ],
)
def test_what_is_no_table_is_refused(content, sentence):
    with pytest.raises(Refused, match=sentence):
        read(content)


def test_too_many_rows_are_refused():
    line = row("1", serial="1")
    with pytest.raises(Refused, match="有 60001 行，一次最多 60000 行"):
        read(sheet(*[line] * (MOST_ROWS + 1)))
    with pytest.raises(Refused, match="一次最多 60000 行"):
        read(sheet(*[line] * (MOST_ROWS + 100)))


def test_a_workbook_of_too_many_rows_is_refused_before_it_is_laid_out():
    with pytest.raises(Refused, match="一次最多 5 行"):
        read_grid(book(*[["x"]] * 30), most=5)
    with pytest.raises(Refused, match="是公式"):
        read_grid(book(["=1+1"]), most=5)


# Formats


def test_the_usual_headings_are_guessed():
    grid = read_grid(sheet(row("1")), most=10)
    found = guess(grid)
    assert found["date_column"] == "交易日期"
    assert (found["in_column"], found["out_column"]) == ("收入", "支出")
    assert (found["amount_column"], found["time_column"]) == ("", "")
    assert found["remark_columns"] == ["附言"]
    head = "账户明细\n\n交易时间,收支类型,交易金额,对方名称,摘要,用途"
    lines = ("2020-11-26,C,5,甲,x,y", "2020-11-26,D,6,乙,x", "2020-11-26")
    grid = read_grid(sheet(*lines, head=head), most=10)
    assert header_of(grid)[0] == 2
    found = guess(grid)
    assert (found["date_column"], found["time_column"]) == ("交易时间", "")
    assert (found["side_column"], found["in_words"]) == ("收支类型", "C")
    assert found["remark_columns"] == ["摘要", "用途"]
    grid = read_grid(sheet("2020-11-26,?,5,甲,x,y", head=head), most=10)
    assert guess(grid)["in_words"] == "贷"


def test_a_table_without_usual_headings_is_no_sample():
    with pytest.raises(Refused, match="没有找到标题行"):
        header_of(read_grid(b"a,b\n1,2", most=10))


GOOD = {"name": "某银行", "date_column": "日期", "in_column": "收入"}


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"name": " "}, "name", "请填写格式名称"),
        ({"date_column": ""}, "date_column", "请选择交易日期"),
        ({"in_column": ""}, "amount_column", "金额请选一种"),
        ({"amount_column": "金额"}, "amount_column", "金额请选一种"),
        ({"side_column": "方向"}, "side_column", "不用选方向列"),
        (
            {"in_column": "", "amount_column": "金额", "out_column": "支出"},
            "out_column",
            "不用选支出列",
        ),
        (
            {"in_column": "", "amount_column": "金额", "side_column": "方向"},
            "in_words",
            "表示收入的字",
        ),
        ({"serial_column": "日期"}, "serial_column", "“日期”列选了两次"),
        ({"remark_columns": ["备注" * 30] * 6}, "remark_columns", "选得太多"),
    ],
)
def test_a_format_that_says_nothing_or_two_things_is_refused(given, field, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        check_mapping(Mapping(**GOOD | given))
    assert refusal.value.field == field


def test_a_format_is_saved_and_changed_by_those_who_take_the_money(session, coordinator, buyer):
    mapping = Mapping(**GOOD, remark_columns=["附言", "摘要"])
    with pytest.raises(Refused, match="只有统筹协调和资金管理人员"):
        save_format(session, mapping, by=buyer)
    made = save_format(session, mapping, by=coordinator)
    assert made.remark_columns == "附言\n摘要"
    assert Mapping.of(made) == Mapping(**GOOD, remark_columns=("附言", "摘要"))
    with pytest.raises(Refused, match="已有名为“某银行”的格式"):
        save_format(session, mapping, by=coordinator)
    changed = Mapping(**GOOD | {"name": "另一家"})
    assert save_format(session, changed, form=made, by=coordinator) is made
    assert made.name == "另一家"


def test_a_name_taken_at_this_moment_is_refused(session, coordinator, monkeypatch):
    name = bank_format(session, coordinator).name
    monkeypatch.setattr("market.payments.services.bank_formats.bank_format_named", lambda *_: None)
    with pytest.raises(Refused, match="刚刚被别人使用"):
        save_format(session, Mapping(**GOOD | {"name": name}), by=coordinator)
