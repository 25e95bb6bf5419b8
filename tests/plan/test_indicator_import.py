"""Records from Excel: previewed row by row, and made all or none."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.core.access import Role
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.models import IndicatorRecord
from tests import make
from tests.plan import reports
from tests.plan.reports import KEY, sheet

ROW = {"code": "4i", "happened_on": "2020-06-18", "value": "2", "place": "卫生院", "note": "查房"}
PEOPLE = {"code": "4b", "happened_on": "2020-06-18", "place": "县城", "people": "XS001、XS002"}
PAIR = {"code": "7b", "happened_on": "2020-05-20", "value": "1", "pair": "1", "place": "村委会"}
MONEY = {"code": "2.1d", "happened_on": "2020-05-20", "amount_fen": "3500.50", "place": "县城"}


def preview(plan, by, *rows):
    return queries.preview(plan, sheet(*rows), key=KEY, by=by)


def test_every_row_becomes_a_record_proved_by_the_same_file(plan, checker):
    reports.pair(plan, 1, by=checker)
    found = preview(plan, checker, ROW, PEOPLE, PAIR, MONEY)
    assert found.problems == []
    assert [wish.value for wish in found.wishes] == [2, 2, 1, 0]
    file = reports.file(plan, checker)
    for _ in range(2):  # The second click makes nothing.
        count = services.import_records(plan, found.wishes, [file], once_key="k", by=checker)
        assert count == 4
    made = plan.scalars(sa.select(IndicatorRecord).order_by(IndicatorRecord.id)).all()
    assert [one.value for one in made] == [2, 2, 1, 0]
    assert [one.amount_fen for one in made] == [0, 0, 0, 350_050]
    assert made[2].pair.position == 1
    assert {one.files[0].attachment_id for one in made} == {file.id}


@pytest.mark.parametrize(
    ("change", "column", "value", "words"),
    [
        ({"code": "9z"}, "指标编号", "9z", "指标页上有的编号"),
        ({"code": "5a"}, "指标编号", "5a", "由其责任单位填报"),
        ({"happened_on": "2019-01-01"}, "日期", "2019-01-01", "2020 年起"),
        ({"happened_on": "2099-01-01"}, "日期", "2099-01-01", "晚于今天"),
        ({"value": ""}, "数量", "", "须大于 0"),
        ({"value": "两次"}, "数量", "两次", "整数"),
        ({"amount_fen": "5"}, "金额(元)", "5.00", "不按金额计"),
        ({"pair": "2"}, "街村序号", "2", "已登记的街村序号"),
        ({"pair": "1"}, "街村序号", "1", "不按街村计"),
        ({"people": "XS001"}, "人员名单", "1 人", "不按人去重"),
        ({"code": "4b", "value": "", "people": "XS001 无"}, "人员名单", "2 人", "名单第 2 行"),
    ],
)
def test_a_problem_names_row_and_column_and_no_person(
    plan, clerk, checker, change, column, value, words
):
    reports.pair(plan, 1, by=checker)
    (problem,) = preview(plan, clerk, ROW, ROW | change).problems
    assert (problem.row, problem.column, problem.value) == (3, column, value)
    assert words in problem.expected


def test_people_who_count_already_are_found_in_the_sheet_and_before_it(plan, clerk):
    of = reports.indicator(plan, "4b")
    reports.submit(plan, "4b", **reports.people(of, "XS009"), by=clerk)
    found = preview(
        plan, clerk, PEOPLE, PEOPLE | {"people": "XS003，xs002"}, PEOPLE | {"people": "XS009"}
    )
    assert [(problem.row, problem.expected) for problem in found.problems] == [
        (3, "每人全年只填一次；名单第 2 人与第 2 行重复"),
        (4, "每人全年只填一次；名单第 1 人今年已计入或正待核实"),
    ]


def test_a_sheet_has_at_most_two_thousand_people(plan, clerk):
    many = [PEOPLE | {"people": "、".join(f"XS{row}{n:04}" for n in range(1001))} for row in (1, 2)]
    (problem,) = preview(plan, clerk, *many).problems
    assert (problem.row, problem.value) == (3, "1001 人")


def test_one_row_that_is_refused_later_names_itself_and_nothing_is_made(plan, clerk):
    found = preview(plan, clerk, ROW, PEOPLE)
    of = reports.indicator(plan, "4b")
    reports.submit(plan, "4b", **reports.people(of, "XS002"), by=clerk)
    plan.commit()
    file = reports.file(plan, clerk)
    with pytest.raises(Refused, match="第 3 行：名单第 2 行的人今年已计入"):
        services.import_records(plan, found.wishes, [file], once_key="k", by=clerk)
    plan.rollback()
    assert plan.scalar(sa.select(sa.func.count(IndicatorRecord.id))) == 1
    with pytest.raises(Refused, match="第 2 行：请至少上传一份"):
        services.import_records(plan, found.wishes, [], once_key="k", by=clerk)


def test_dates_of_excel_and_people_of_another_year_are_read(plan, checker):
    make.person(plan, role=Role.COUNTY)
    found = preview(plan, checker, PEOPLE, PEOPLE | {"happened_on": "2021年3月1日"})
    assert found.problems == []
    assert found.wishes[1].happened_on == dt.date(2021, 3, 1)
    assert set(found.wishes[0].digests).isdisjoint(found.wishes[1].digests)
