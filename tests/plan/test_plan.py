"""The plan as written: its sums, its pages, and what a changed figure gets."""

import pytest
import sqlalchemy as sa

from market.core import money
from market.core.errors import Refused
from market.plan import queries, services
from market.plan.models import Indicator, PlanText, Project, Split

SOURCE = services.PLAN.read_text("utf-8")


@pytest.fixture
def loaded(session):
    """The plan, loaded."""
    assert services.load_plan(session)
    session.commit()
    return session


def test_the_sums_are_the_plans_own(loaded):
    rows = queries.projects(loaded)
    assert len(rows) == 17
    assert sum(row.aid_2020_fen for row in rows) == 5_487_000_000
    aid = {row.number: money.wan(row.aid_2020_fen) for row in rows}
    assert aid[7] == "1,689.98"
    parts = {(1, 5): "568.71", (8, 11): "1,383.48", (12, 15): "924.83"}
    for (first, last), wan in parts.items():
        fen = sum(row.aid_2020_fen for row in rows if first <= row.number <= last)
        assert money.wan(fen) == wan
    assert sum(row.gap_fen for row in rows) == 12_708_950_000
    assert queries.faults(loaded) == []


def test_three_rows_are_split_by_department(loaded):
    rows = [row for row in queries.projects(loaded) if row.splits]
    assert [(row.number, len(row.splits)) for row in rows] == [(5, 3), (8, 3), (12, 3)]
    assert sum(split.aid_2020_fen for row in rows for split in row.splits) == 746_000_000


def test_loading_twice_changes_nothing(loaded):
    assert not services.load_plan(loaded)
    assert loaded.scalar(sa.select(sa.func.count(Project.id))) == 17


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('aid_2020_wan = "183.15"', 'aid_2020_wan = "183.16"', "续建2019资助建设项目"),
        ('aid_2020_wan = "837.48"', 'aid_2020_wan = "837.47"', "三义乡"),
        ('aid_2020_wan = "20"\nresponsible', 'aid_2020_wan = "21"\nresponsible', "资助20万元"),
        ('total_wan = "5487"', 'total_wan = "5488"', "正文帮扶资金总额"),
        (
            'department = "县司法局"\naid_2020_wan = "50"',
            'department = "县司法局"\naid_2020_wan = "51"',
            "第5行的部门分项",
        ),
        ('department = "县司法局"', 'department = "县公安局"', "第5行原文"),
        ("number = 17\n", "number = 18\n", "序号 1—17"),
    ],
)
def test_a_changed_figure_refuses_to_load_and_says_which(session, old, new, named):
    assert old in SOURCE
    with pytest.raises(Refused, match=named):
        services.load_plan(session, SOURCE.replace(old, new, 1))
    assert session.scalar(sa.select(sa.func.count(PlanText.id))) == 0


def test_a_changed_total_of_the_totals_is_named_too(session):
    source = SOURCE.replace("[totals]", "[totals]", 1).replace(
        'aid_2020_wan = "5487"', 'aid_2020_wan = "5486"', 1
    )
    with pytest.raises(Refused, match="17行合计"):
        services.load_plan(session, source)


def test_the_export_is_the_table_as_written(loaded):
    rows = queries.export_rows(loaded)
    assert list(rows[0])[:4] == ["序号", "类别", "项目名称", "项目地点"]
    assert rows[4]["2020年援助资金（万元）"].startswith("190（县委组织部90万")
    assert rows[5]["总投资（万元）"] == "7000"
    assert {row["责任单位"] for row in rows} == {""}


def test_one_fen_changed_in_the_database_is_named(loaded):
    loaded.execute(sa.update(Project).where(Project.number == 17).values(aid_2020_fen=20_000_001))
    loaded.execute(
        sa.update(Split)
        .where(Split.id == sa.select(sa.func.min(Split.id)).scalar_subquery())
        .values(aid_2020_fen=1)
    )
    loaded.expire_all()
    faults = queries.faults(loaded)
    assert "5487000001" in faults[0]
    assert "第5行" in faults[1]


def test_without_a_plan_there_is_nothing_to_prove(session):
    assert queries.faults(session) == []


def test_every_indicator_has_what_its_shape_needs(loaded):
    for indicator in loaded.scalars(sa.select(Indicator)):
        wants = indicator.shape.value != "done"
        assert (indicator.least is not None) == wants, indicator.our_name
        assert (indicator.most is not None) == (indicator.shape.value == "range")
    assert loaded.scalar(sa.select(sa.func.count(Indicator.id))) == 34


def test_the_pages_show_text_rows_and_notes(app, loaded):
    client = app.test_client()
    text = client.get("/plan").text
    assert "全年重点从七个方面帮扶彭水自治县，帮扶资金5487万元。" in text
    assert "第8行" in text
    table = client.get("/plan/projects").text
    assert "5,487.00" in table
    assert "12,708.95" in table
    assert "1,825.23" in table  # 绍庆街道, by place
    row = client.get("/plan/projects/5").text
    assert "县委组织部90万、县司法局50万、县卫生健康委50万" in row
    assert "推定" in client.get("/plan/projects/6").text
    assert client.get("/plan/projects/18").status_code == 404


def test_an_empty_database_says_what_to_do(app, session):
    client = app.test_client()
    assert "还没有载入" in client.get("/plan").text
    assert "还没有载入" in client.get("/plan/projects").text
