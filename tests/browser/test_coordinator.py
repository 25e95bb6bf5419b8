"""A coordinator imports targets from Excel, and takes the board away as a workbook."""

import datetime as dt
import io
from typing import Any

import xlsxwriter
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from market.core import clock
from tests.browser.conftest import Visit
from tests.browser.desk import Visitor
from tests.browser.world import World

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_a_coordinator_imports_targets_and_exports_the_board(
    world: World, visit_at_desk: Visit
) -> None:
    year, today = clock.today().year, clock.today()
    limei = visit_at_desk("limei")
    limei.open("/targets")
    limei.press("从 Excel 导入")
    head = rows_of(limei.take("下载模板"))[0]
    assert head[:4] == ["单位编码", "单位名称", "年度", "目标金额(元)"]

    wrong = ["RH", "人和街道办事处", year, "十二万", f"演示〔{year}〕8号", today, "食堂扩建"]
    good = ["XX", "金渝学校", year, 50_000, f"演示〔{year}〕8号", today, ""]
    upload(limei, [head, good, wrong], status=422)
    limei.says("没有导入任何内容")
    problem = limei.page.get_by_role("row", name="十二万")
    expect(problem.get_by_role("cell")).to_have_text(
        ["3", "目标金额(元)", "十二万", "不小于 0 的金额，单位为元，最多两位小数，例如 200000"]
    )
    limei.open("/targets")
    limei.says("200,000.00")

    right = ["RH", "人和街道办事处", year, 120_000.5, f"演示〔{year}〕8号", today, "食堂扩建"]
    limei.press("从 Excel 导入")
    upload(limei, [head, good, right])
    limei.says("2 个单位的目标会改变", "+20,000.50", "+50,000.00", "170,000.50")
    limei.press("确认导入")
    limei.says("已导入 2 个单位的目标", "270,000.50", "食堂扩建")

    limei.open("/board")
    row = limei.page.get_by_role("row", name="人和街道办事处")
    expect(row).to_contain_text("12.00")
    limei.says("27.00")
    table = rows_of(limei.take("导出 Excel"))
    place = next(at for at, line in enumerate(table) if "单位名称" in line)
    head, (*units, total) = table[place], table[place + 1 :]
    name, target = head.index("单位名称"), head.index("年度目标(元)")
    assert {line[name] for line in units} == {"人和街道办事处", "天宫殿街道办事处", "金渝学校"}
    assert total[name] == "合计（3 个单位）"
    for column, title in enumerate(head):
        if title.endswith("(元)"):
            assert round(sum(line[column] for line in units), 2) == round(total[column], 2), title
    assert total[target] == 270_000.5


def upload(visitor: Visitor, rows: list[list[Any]], status: int = 200) -> None:
    field = visitor.page.get_by_label("Excel 文件")
    field.set_input_files({"name": "目标.xlsx", "mimeType": XLSX, "buffer": sheet_of(rows)})
    visitor.press("上传并预览", status)


def sheet_of(rows: list[list[Any]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, dt.date):
                    value = dt.datetime.combine(value, dt.time())
                sheet.write(at, place, value)
    return content.getvalue()


def rows_of(content: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return list(book.get_sheet_by_index(0).to_python())
