"""Registering units, changing them, and taking them over from Excel."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from market.audit.models import Entry
from market.core.errors import Refused
from market.units import queries, services
from market.units.models import Canteen, Nature, Unit, UnitKind, UnitState
from market.units.services import UnitFacts
from tests import make
from tests.units import sheets

FACTS = UnitFacts(
    code="SY-1",
    name="重庆某中心",
    kind=UnitKind.PUBLIC_INSTITUTION,
    canteen=Canteen.OWN,
    daily_diners=80,
    approval_limit_fen=500_000,
    contact="甲",
    phone="1",
)


def deeds(session):
    return [(entry.deed, entry.facts) for entry in session.scalars(sa.select(Entry))]


def test_a_unit_is_registered_and_found_by_name_pinyin_and_initials(session, coordinator):
    unit = services.make_unit(session, FACTS, by=coordinator)
    assert UnitFacts.of(unit) == FACTS
    for typed in ("重庆", "chongqing", "cqmzx", "sy-1", "重庆 SY"):
        assert session.scalars(queries.units_matching(q=typed)).unique().all() == [unit], typed
    assert session.scalars(queries.units_matching(q="%")).unique().all() == []
    assert deeds(session) == [("unit.made", {"code": "SY-1", "kind": "public_institution"})]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"code": "A 1"}, "code", "字母、数字"),
        ({"code": "New"}, "code", "不能是 new"),
        ({"code": ""}, "code", "字母、数字"),
        ({"code": "A" * 21}, "code", "最多 20 个"),
        ({"code": "U-1"}, "code", "已被使用"),
        ({"name": "已有单位"}, "name", "已由 U-1 使用"),
        ({"name": "  "}, "name", "请填写"),
        ({"daily_diners": -1}, "daily_diners", "0 到 100000"),
        ({"daily_diners": 100_001}, "daily_diners", "0 到 100000"),
        ({"approval_limit_fen": -1}, "approval_limit_fen", "不能为负数"),
        ({"parent": "U-9"}, "parent", "已登记单位的编码"),
        ({"parent": "SY-1"}, "parent", "不是本单位"),
        ({"canteen": Canteen.SHARED}, "shared_with", "代表单位"),
        ({"shared_with": "U-1"}, "shared_with", "留空"),
        ({"canteen": Canteen.SHARED, "shared_with": "U-9"}, "shared_with", "已登记单位"),
        ({"canteen": Canteen.SHARED, "shared_with": "SY-1"}, "shared_with", "不能是本单位"),
        ({"canteen": Canteen.SHARED, "shared_with": "U-2"}, "shared_with", "U-2 是“无食堂”"),
        ({"canteen": Canteen.SHARED, "shared_with": "U-3"}, "shared_with", "未撤销"),
        ({"canteen": Canteen.SHARED, "shared_with": "U-4"}, "shared_with", "U-4 是“共用食堂”"),
    ],
)
def test_what_cannot_be_registered_is_refused_beside_its_field(
    session, coordinator, given, field, sentence
):
    first = make.unit(session, code="U-1", name="已有单位")
    make.unit(session, code="U-2", canteen=Canteen.NONE)
    make.unit(session, code="U-3", state=UnitState.CLOSED)
    make.unit(session, code="U-4", canteen=Canteen.SHARED, shared_with=first)
    with pytest.raises(Refused, match=sentence) as refusal:
        services.make_unit(session, replace(FACTS, **given), by=coordinator)
    assert refusal.value.field == field
    assert deeds(session) == []


def test_a_change_is_recorded_from_what_to_what_without_personal_data(session, coordinator):
    unit = services.make_unit(session, FACTS, by=coordinator)
    services.change_unit(
        session,
        unit,
        replace(FACTS, daily_diners=49, canteen=Canteen.OUTSOURCED, phone="2", name="新名"),
        by=coordinator,
    )
    assert deeds(session)[1] == (
        "unit.changed",
        {
            "changes": {
                "name": ["重庆某中心", "新名"],
                "canteen": ["own", "outsourced"],
                "daily_diners": [80, 49],
                "phone": None,
            }
        },
    )
    assert session.scalars(queries.units_matching(q="xinming")).unique().one() is unit


def test_changing_nothing_records_nothing(session, coordinator):
    unit = services.make_unit(session, FACTS, by=coordinator)
    services.change_unit(session, unit, FACTS, by=coordinator)
    assert len(deeds(session)) == 1


def test_a_code_never_changes(session, coordinator):
    unit = services.make_unit(session, FACTS, by=coordinator)
    with pytest.raises(Refused, match="不能修改"):
        services.change_unit(session, unit, replace(FACTS, code="SY-2"), by=coordinator)


def test_who_files_for_others_keeps_a_canteen_and_stays(session, coordinator):
    first = services.make_unit(session, FACTS, by=coordinator)
    shared = replace(FACTS, code="SY-2", name="乙", canteen=Canteen.SHARED, shared_with="SY-1")
    second = services.make_unit(session, shared, by=coordinator)
    with pytest.raises(Refused, match="本单位是 SY-2 的共用食堂代表单位") as refusal:
        services.change_unit(session, first, replace(FACTS, canteen=Canteen.NONE), by=coordinator)
    assert refusal.value.field == "canteen"
    with pytest.raises(Refused, match="乙 的共用食堂代表单位"):
        services.close_unit(session, first, by=coordinator)

    services.close_unit(session, second, by=coordinator)
    services.close_unit(session, first, by=coordinator)
    with pytest.raises(Refused, match="“重庆某中心”已撤销，请先恢复它"):
        services.reopen_unit(session, second, by=coordinator)
    services.reopen_unit(session, first, by=coordinator)
    services.reopen_unit(session, second, by=coordinator)
    assert second.state is UnitState.ACTIVE


def test_a_closed_unit_is_not_changed_and_not_closed_again(session, coordinator):
    unit = services.make_unit(session, FACTS, by=coordinator)
    services.close_unit(session, unit, by=coordinator)
    with pytest.raises(Refused, match="请先恢复"):
        services.change_unit(session, unit, replace(FACTS, daily_diners=1), by=coordinator)
    with pytest.raises(Refused, match="已撤销"):
        services.close_unit(session, unit, by=coordinator)


def test_a_parent_cannot_stand_below_its_child(session, coordinator):
    top = services.make_unit(session, FACTS, by=coordinator)
    services.make_unit(session, replace(FACTS, code="B", name="乙", parent="SY-1"), by=coordinator)
    services.make_unit(session, replace(FACTS, code="C", name="丙", parent="B"), by=coordinator)
    with pytest.raises(Refused, match="下级") as refusal:
        services.change_unit(session, top, replace(FACTS, parent="C"), by=coordinator)
    assert refusal.value.field == "parent"


def read(*rows):
    return services.read_units(sheets.units(*rows))


def test_a_preview_says_what_is_new_what_changes_and_what_stays(session, coordinator):
    services.make_unit(session, FACTS, by=coordinator)
    same = services.make_unit(session, replace(FACTS, code="S", name="同"), by=coordinator)
    sheet = read(
        {"code": "SY-1", "name": "重庆某中心", "daily_diners": 40, "approval_limit_fen": 6000},
        {"code": "S", "name": "同", "approval_limit_fen": 5000, "contact": "甲", "phone": "1"},
        {"code": "N", "name": "新", "kind": "街道办事处"},
    )
    preview = services.preview_units(session, sheet)
    assert preview.problems == []
    assert [(change.row, change.facts.name) for change in preview.new] == [(4, "新")]
    (change,) = preview.changed
    assert change.fields == [
        ("日常用餐人数", "80", "40"),
        ("审批限额（元）", "5,000.00", "6,000.00"),
        ("联系人", "甲", "（空）"),
        ("联系电话", "1", "（空）"),
    ]
    assert preview.same == 1
    assert same in session
    assert session.scalar(sa.select(sa.func.count(Unit.id))) == 2


def test_units_are_imported_with_parents_and_representatives_of_the_same_file(session, coordinator):
    sheet = read(
        {
            "code": "A",
            "name": "甲",
            "canteen": "共用食堂",
            "shared_with": "B",
            "parent": "C",
            "nature": "学校",
        },
        {"code": "B", "name": "乙", "parent": "C", "approval_limit_fen": "1,000.50"},
        {"code": "C", "name": "丙", "canteen": "无食堂", "daily_diners": 0},
    )
    services.import_units(session, sheet, by=coordinator)
    session.expire_all()
    a, b = queries.unit_by_code(session, "A"), queries.unit_by_code(session, "B")
    assert (a.shared_with.code, a.parent.code, a.nature) == ("B", "C", Nature.SCHOOL)
    assert (b.parent.code, b.approval_limit_fen, b.shared_with) == ("C", 100050, None)
    assert [deed for deed, _ in deeds(session)] == ["unit.made"] * 3


def test_importing_twice_changes_nothing_the_second_time(session, coordinator):
    rows = (
        {"code": "A", "name": "甲", "canteen": "共用食堂", "shared_with": "B"},
        {"code": "B", "name": "乙", "parent": "A"},
    )
    services.import_units(session, read(*rows), by=coordinator)
    count = len(deeds(session))
    again = services.import_units(session, read(*rows), by=coordinator)
    assert (list(again.new), list(again.changed), again.same) == ([], [], 2)
    assert len(deeds(session)) == count


def test_an_import_changes_parents_and_records_old_and_new(session, coordinator):
    services.import_units(
        session, read({"code": "A", "name": "甲"}, {"code": "B", "name": "乙"}), by=coordinator
    )
    services.import_units(session, read({"code": "B", "name": "乙", "parent": "A"}), by=coordinator)
    assert queries.unit_by_code(session, "B").parent.code == "A"
    assert deeds(session)[-1] == ("unit.changed", {"changes": {"parent": [None, "A"]}})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([{"daily_diners": -1}], "第 2 行“日常用餐人数”是“-1”，应填：0 到 100000"),
        ([{"daily_diners": "很多"}], "第 2 行“日常用餐人数”是“很多”"),
        ([{"daily_diners": None}], "第 2 行“日常用餐人数”是空白"),
        ([{"code": "A/B"}], "第 2 行“单位编码”是“A/B”，应填：字母、数字"),
        ([{"code": "new"}], "第 2 行“单位编码”是“new”"),
        ([{"kind": "公司"}], "第 2 行“单位类别”是“公司”，应填：街道办事处、"),
        ([{"approval_limit_fen": "1.005"}], "第 2 行“审批限额（元）”是“1.005”"),
        ([{}, {"name": "乙"}], "第 3 行“单位编码”是“SY-1”，应填：不与第 2 行重复"),
        ([{}, {"code": "B"}], "第 3 行“单位名称”是“甲事业单位”，应填：不与第 2 行重复"),
        ([{"parent": "U-9"}], "第 2 行“上级单位编码”是“U-9”，应填：已登记"),
        ([{"parent": "SY-1"}], "第 2 行“上级单位编码”是“SY-1”，应填：不是本单位"),
        ([{"canteen": "共用食堂"}], "第 2 行“共用食堂代表单位编码”是空白，应填：共用食堂的代表"),
        ([{"shared_with": "U-1"}], "第 2 行“共用食堂代表单位编码”是“U-1”，应填：食堂情况不是"),
        ([{"canteen": "共用食堂", "shared_with": "U-9"}], "是“U-9”，应填：已登记单位的编码"),
        ([{"canteen": "共用食堂", "shared_with": "SY-1"}], "应填：另一个单位"),
        ([{"canteen": "共用食堂", "shared_with": "U-2"}], "U-2 是“共用食堂”"),
        (
            [{"code": "U-1", "name": "代表", "canteen": "无食堂"}],
            "第 2 行“食堂情况”是“无食堂”，应填：自有食堂或食堂外包，因为本单位是 U-2 的",
        ),
        ([{"name": "代表"}], "第 2 行“单位名称”是“代表”，应填：另一个名称，U-1 正在使用它"),
        ([{"code": "U-3", "name": "关"}], "第 2 行“单位编码”是“U-3”，应填：未撤销的单位"),
    ],
)
def test_a_problem_names_row_column_value_and_expectation_and_nothing_is_imported(
    session, coordinator, rows, sentence
):
    first = make.unit(session, code="U-1", name="代表")
    make.unit(session, code="U-2", name="共用", canteen=Canteen.SHARED, shared_with=first)
    make.unit(session, code="U-3", name="关", state=UnitState.CLOSED)
    sheet = read(*rows)
    preview = services.preview_units(session, sheet)
    assert any(sentence in str(problem) for problem in preview.problems), preview.problems
    with pytest.raises(Refused, match="没有导入任何单位"):
        services.import_units(session, sheet, by=coordinator)
    assert session.scalar(sa.select(sa.func.count(Unit.id))) == 3


def test_one_bad_row_keeps_the_good_ones_out(session, coordinator):
    sheet = read({"code": "A", "name": "甲"}, {"code": "B", "name": "乙", "daily_diners": "x"})
    with pytest.raises(Refused, match="1 处问题"):
        services.import_units(session, sheet, by=coordinator)
    assert session.scalar(sa.select(sa.func.count(Unit.id))) == 0


def test_more_rows_than_allowed_are_refused(session):
    rows = [{"code": f"A{number}", "name": f"单位{number}"} for number in range(2001)]
    with pytest.raises(Refused, match="有 2001 行数据，一次最多 2000 行"):
        read(*rows)


def test_how_a_unit_settles_is_set_and_recorded(session, coordinator):
    unit = make.unit(session)
    services.set_settlement(
        session, unit, bank_name=" 银行 ", bank_account=" 62 ", carry_limit_fen=500, by=coordinator
    )
    assert (unit.bank_name, unit.bank_account, unit.carry_limit_fen) == ("银行", "62", 500)
    entry = session.query(Entry).filter_by(deed="unit.settlement_set").one()
    assert entry.facts == {"carry_limit_fen": [0, 500]}


@pytest.mark.parametrize("limit_fen", [-1, 100_001])
def test_a_rest_that_is_not_small_is_not_carried(session, coordinator, limit_fen):
    unit = make.unit(session)
    with pytest.raises(Refused, match=r"0 到 1,000\.00 元") as refusal:
        services.set_settlement(
            session, unit, bank_name="", bank_account="", carry_limit_fen=limit_fen, by=coordinator
        )
    assert refusal.value.field == "carry_limit_fen"
