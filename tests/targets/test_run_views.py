"""The pages that divide a total, the targets known on a day, and units that merge and split."""

import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa
import xlsxwriter

from market.adapters.spreadsheets import read_sheet
from market.core.access import Role
from market.evidence.services import attach
from market.targets.models import AllocationRun, Basis, TargetEntry
from market.targets.queries import Given, columns_of, lines_of, target_fen
from market.targets.services import (
    Frame,
    calculate,
    check_run,
    issue_run,
    make_run,
    submit_run,
)
from market.targets.views import weights as weights_page
from market.units.models import UnitKind, UnitState
from tests import make, make_orders
from tests.targets import world
from tests.targets.test_views import asked, figures

YEAR = 2026
CHROME = 2
PDF = b"%PDF-1.7 x"


@pytest.fixture(autouse=True)
def _read_on(session):
    session.expire_on_commit = False


@pytest.fixture
def second(session):
    """何静 coordinates, too."""
    return make.person(session, name="何静", role=Role.COORDINATOR)


@pytest.fixture
def units(session):
    return [
        make.unit(session, code=f"A{n}", name=f"甲{n}", daily_diners=diners)
        for n, diners in enumerate((30, 20, 10), 1)
    ]


def frame(total_fen=1_000_00, **given):
    values = {"total_fen": total_fen, "step_fen": 100_00, "effective_on": dt.date(2026, 1, 1)}
    return Frame(**values | given)


def made(session, units, by, given_frame=None, **given):
    values = {"year": YEAR, "basis": Basis.DINERS, "units": units, "by": by} | given
    return make_run(session, given_frame or frame(), **values)


def checked(session, units, by, second, **given):
    run = made(session, units, by, **given)
    submit_run(session, run, by=by)
    check_run(session, run, seen_version=run.version, by=second)
    return run


def issued(session, app, units, by, second, **given):
    run = checked(session, units, by, second, **given)
    paper = attach(session, app.extensions["files"], PDF, name="通知.pdf", by=by)
    issue_run(
        session,
        run,
        document_no=given.get("document_no", "演示〔2026〕3号"),
        document_on=dt.date(2026, 1, 20),
        attachment=paper,
        by=by,
    )
    return run


def begun(**given):
    return {
        "total_fen": "1000",
        "step_fen": "10000",
        "basis": "diners",
        "kinds": ["subdistrict"],
        "effective_on": "2026-01-01",
        "revises": "",
        "reason": "",
    } | given


def the_run(session):
    session.expire_all()
    run = session.scalars(sa.select(AllocationRun).order_by(AllocationRun.id.desc())).first()
    session.commit()
    return run


def lines_in(session, run):
    lines = lines_of(session, run)
    session.commit()
    return lines


def targets_of(session, units):
    targets = [target_fen(session, unit.id, YEAR) for unit in units]
    session.commit()
    return targets


def weights(run, *rows, **given):
    """Return what the form of weights sends: rows are dictionaries with a code."""
    data = {
        "total_fen": "1000",
        "step_fen": "10000",
        "effective_on": "2026-01-01",
        "reason": "",
        "more": "",
        "seen_version": str(run.version),
    } | given
    for place, row in enumerate(rows):
        for name, value in ({"takes_part": "y"} | row).items():
            if value is not None:
                data[f"lines-{place}-{name}"] = value
    return data


def test_a_run_begins_with_a_form_and_shows_what_it_comes_to(session, units, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "新建2026年目标分解" in client.get("/targets/runs/new?year=2026").text
    answer = client.post("/targets/runs/new?year=2026", data=begun())
    run = the_run(session)
    assert answer.location == f"/targets/runs/{run.number}"
    page = figures(client.get(answer.location).text)
    assert "甲1 A1 360 30 人 × 12 个月 500.00 — —" in page
    assert (
        "166.67 = 166 2/3 0.6666 1 进一步 余数排第 1，在剩余的 1 个步长之内，进 100.00 元。" in page
    )
    assert "余数排第 2，剩余的 1 个步长已分给余数更大的单位，不进。" in page
    assert "合计（3 个单位） 720 1,000.00 1 个 0.00 1,000.00 1,000.00" in page
    listed = client.get("/targets/runs?year=2026").text
    assert run.number in listed
    assert "还没有目标分解" in client.get("/targets/runs?year=2027").text


def test_what_was_typed_is_kept_beside_what_is_wrong(session, units, coordinator, sign_in):
    client = sign_in(coordinator)
    for given, words in (
        ({"total_fen": "1050"}, "可以改为 1,000.00 元或 1,100.00 元"),
        ({"total_fen": "-5"}, "必须大于 0"),
        ({"total_fen": "1" * 30}, "金额过大"),
        ({"step_fen": "7"}, "step_fen"),
        ({"kinds": []}, "没有符合条件的单位"),
        ({"basis": "purchases"}, "所有单位的权重都是 0"),
        ({"effective_on": "2025-12-31"}, "生效日期须在2026年之内"),
    ):
        answer = client.post("/targets/runs/new?year=2026", data=begun(reason="先看看") | given)
        assert answer.status_code == 422, given
        assert words in answer.text
        assert "先看看" in answer.text
        assert f'value="{given.get("total_fen", "1000")}"' in answer.text
    assert the_run(session) is None


def test_own_weights_are_typed_with_bounds(session, units, coordinator, sign_in):
    client = sign_in(coordinator)
    answer = client.post("/targets/runs/new?year=2026", data=begun(basis="own"))
    run = the_run(session)
    assert answer.location.endswith(f"{run.number}/edit")
    path = f"/targets/runs/{run.number}"
    assert "还没有计算" in client.get(path).text
    form = client.get(f"{path}/edit").text
    assert 'aria-label="甲1参加分解"' in form
    rows = [
        {"code": "A1", "weight": "1.5", "cap_fen": "200"},
        {"code": "A2", "weight": "1.5"},
        {"code": "A3", "weight": "9", "takes_part": None},
    ]
    answer = client.post(f"{path}/edit", data=weights(run, *rows))
    assert answer.location == path
    run = the_run(session)
    lines = lines_in(session, run)
    assert [(line.unit.code, line.weight_milli, line.amount_fen) for line in lines] == [
        ("A1", 1500, 200_00),
        ("A2", 1500, 800_00),
    ]
    page = figures(client.get(path).text)
    assert "按权重应得 500.00 元，超过所定上限，取 200.00 元。" in page
    assert 'value="200.00"' in client.get(f"{path}/edit").text


def test_a_wrong_cell_says_so_beside_it_and_nothing_is_calculated(
    session, units, coordinator, sign_in
):
    run = made(session, units, coordinator, basis=Basis.OWN)
    client = sign_in(coordinator)
    good = [{"code": f"A{n}", "weight": "1"} for n in (1, 2, 3)]
    for row, given, words in (
        ({"weight": "-1"}, {}, "权重不能小于 0"),
        ({"weight": "abc"}, {}, "权重只能是数字"),
        ({"weight": "9" * 40}, {}, "权重过大"),
        ({"weight": ""}, {}, "“甲1”还没有填写自定权重"),
        ({"floor_fen": "-1"}, {}, "不能小于 0。"),
        ({"floor_fen": "300", "cap_fen": "250"}, {}, "请调高上限或调低下限"),
        ({"floor_fen": "1100"}, {}, "下限合计 1,100.00 元，上限合计 不限，目标总额 1,000.00 元"),
        ({}, {"more": "A9"}, "没有编码为“A9”的单位"),
        ({}, {"seen_version": "7"}, "刚被重新计算"),
        ({}, {"total_fen": "1001"}, "不是步长 100.00 元的整数倍"),
    ):
        data = weights(run, {**good[0], **row}, *good[1:], **given)
        answer = client.post(f"/targets/runs/{run.number}/edit", data=data)
        assert answer.status_code == 422, words
        assert words in answer.text
    answer = client.post(
        f"/targets/runs/{run.number}/edit",
        data=weights(run, *({"code": f"A{n}", "weight": "0"} for n in (1, 2, 3))),
    )
    assert "所有单位的权重都是 0" in answer.text
    assert the_run(session).version == 0


def test_a_unit_without_duty_may_join_and_is_named(session, units, coordinator, sign_in):
    make.unit(session, code="B1", name="某公司", kind=UnitKind.OTHER, daily_diners=60)
    run = made(session, units, coordinator)
    client = sign_in(coordinator)
    rows = [{"code": f"A{n}", "people": "10", "months": "12"} for n in (1, 2, 3)]
    data = weights(run, *rows, more="B1, A1")
    assert client.post(f"/targets/runs/{run.number}/edit", data=data).status_code == 302
    page = figures(client.get(f"/targets/runs/{run.number}").text)
    assert "其中 1 个单位按条款没有采购任务，仍可凭文件下达：某公司。" in page
    assert len(lines_in(session, the_run(session))) == 4


def test_a_unit_that_joins_without_a_weight_gets_a_row_to_fill(
    session, units, coordinator, sign_in
):
    run = made(session, units[:1], coordinator, basis=Basis.OWN)
    client = sign_in(coordinator)
    data = weights(run, {"code": "A1", "weight": "1"}, more="A2")
    answer = client.post(f"/targets/runs/{run.number}/edit", data=data)
    assert answer.status_code == 422
    assert 'value="A2"' in answer.text
    assert "“甲2”还没有填写自定权重" in answer.text


def test_weights_come_and_go_in_excel(session, units, coordinator, sign_in):
    run = made(session, units, coordinator, basis=Basis.STAFF)
    client = sign_in(coordinator)
    path = f"/targets/runs/{run.number}"
    columns = columns_of(Basis.STAFF)
    empty = client.get(f"{path}/sheet.xlsx").data
    assert len(read_sheet(empty, columns).problems) == 3  # Their staff is asked for.
    answer = client.post(f"{path}/sheet", data={"sheet": (io.BytesIO(empty), "x.xlsx")})
    assert answer.status_code == 422
    assert "Excel 有 3 处需要修改" in answer.text
    rows = [("A1", "甲1", 30, "", ""), ("A2", "", 20, 500, ""), ("A3", "甲3", 10, "", "")]
    filled = sheet(columns, rows)
    answer = client.post(f"{path}/sheet", data={"sheet": (io.BytesIO(filled), "x.xlsx")})
    assert answer.location == path
    lines = lines_in(session, the_run(session))
    assert [line.amount_fen for line in lines] == [400_00, 500_00, 100_00]
    again = read_sheet(client.get(f"{path}/sheet.xlsx").data, columns)
    assert [row.values["people"] for row in again.rows] == [30, 20, 10]


def sheet(columns, rows):
    """Write rows under these columns, as somebody would upload them; an empty text is no cell."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [column.title for column in columns])
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if value != "":
                    page.write(number, place, value)
    return held.getvalue()


def test_a_sheet_with_a_unit_twice_is_not_used(session, units, coordinator, sign_in, admin):
    gone = make.unit(session, code="Z1", name="已撤")
    gone.state = UnitState.CLOSED
    run = made(session, units, coordinator, basis=Basis.OWN)
    client = sign_in(coordinator)
    rows = [
        ("A1", "", 1, "", ""),
        ("A1", "", 2, "", ""),
        ("A2", "乙", 2, "", ""),
        ("Q9", "", 2, "", ""),
        ("Z1", "", 2, "", ""),
        ("A3", "", "1.2345", "", ""),
        ("A3", "", 1, "9" * 20, ""),
    ]
    filled = sheet(columns_of(Basis.OWN), rows)
    answer = client.post(
        f"/targets/runs/{run.number}/sheet", data={"sheet": (io.BytesIO(filled), "x.xlsx")}
    )
    page = figures(answer.text)
    assert answer.status_code == 422
    for words in (
        "3 单位编码 A1 不与第 2 行重复",
        "4 单位名称 乙 编码 A2 对应的“甲2”，或留空",
        "5 单位编码 Q9 已登记单位的编码",
        "6 单位编码 Z1 未撤销的单位",
        "7 权重 1.2345 0 到 1000000 的数",
        "8 下限(元) 99999999999999999999 不小于 0 的金额",
    ):
        assert words in page
    for content, words in ((b"", "请选择"), (b"no sheet", ".xlsx")):
        sent = {"sheet": (io.BytesIO(content), "x.xlsx")} if content else {}
        answer = client.post(f"/targets/runs/{run.number}/sheet", data=sent)
        assert answer.status_code == 422
        assert words in answer.text
    assert the_run(session).version == 0


def test_many_units_are_filled_in_in_excel(session, units, coordinator, sign_in, monkeypatch):
    monkeypatch.setattr(weights_page, "MOST_ON_SCREEN", 2)
    run = made(session, units, coordinator)
    page = sign_in(coordinator).get(f"/targets/runs/{run.number}/edit").text
    assert "参加的单位超过 2 个，请下载填写表" in page


def test_a_step_that_is_none_of_the_usual_ones_stays(session, units, coordinator, sign_in):
    run = made(session, units, coordinator, frame(1_000_00, step_fen=50_00))
    page = sign_in(coordinator).get(f"/targets/runs/{run.number}/edit").text
    assert '<option selected value="5000">50.00 元</option>' in page


def test_a_run_passes_through_two_hands_to_the_units(session, units, coordinator, second, sign_in):
    manager = make.person(session, unit=units[2])
    run = made(session, units, coordinator)
    path = f"/targets/runs/{run.number}"
    maker, checker, reader = sign_in(coordinator), sign_in(second), sign_in(manager)
    assert "复核通过" not in maker.get(path).text
    assert maker.post(f"{path}/submit").location == path
    assert "复核通过" not in maker.get(path).text
    assert maker.post(f"{path}/check", data={"seen_version": "1"}).status_code == 409
    assert "复核通过" in checker.get(path).text
    assert checker.post(f"{path}/check", data={"seen_version": "0"}).status_code == 409
    assert checker.post(f"{path}/check", data={"seen_version": "x"}).status_code == 409
    assert checker.post(f"{path}/check", data={"seen_version": "1"}).location == path
    paper = {"document_no": "演示〔2026〕3号", "document_on": "2026-01-20"}
    answer = maker.post(f"{path}/issue", data=paper)
    assert answer.status_code == 422
    assert "请上传下达文件" in answer.text
    assert "演示〔2026〕3号" in answer.text
    wrong = {"attachment": (io.BytesIO(b"text"), "x.txt")}
    assert maker.post(f"{path}/issue", data=paper | wrong).status_code == 422
    assert maker.post(f"{path}/issue", data={"document_no": "1"}).status_code == 422
    file = {"attachment": (io.BytesIO(PDF), "通知.pdf")}
    assert maker.post(f"{path}/issue", data=paper | file).location == path
    page = maker.get(path)
    assert "已下达，3 个单位的目标有变动，已通知这些单位。" in page.text
    file = {"attachment": (io.BytesIO(PDF), "通知.pdf")}
    late = checker.post(f"{path}/issue", data=paper | file, headers={"Referer": path})
    assert late.location == path
    assert "当前状态是“已下达”" in checker.get(path).text
    # Where a form was refused before, there is no page to go back to.
    again = {"data": {"reason": "有误"}, "headers": {"Referer": f"{path}/return"}}
    answer = checker.post(f"{path}/return", **again)
    assert answer.status_code == 409
    assert "当前状态是“已下达”" in answer.text
    assert targets_of(session, units)[0] == 500_00
    own = reader.get("/units/A3/completion?year=2026").text
    link = re.search(r'href="(/units/A3/allocation/[^"]+)">这个数是怎么来的', own)[1]
    why = figures(reader.get(link).text)
    assert "3 个单位共分 1,000.00 元，依据是用餐人数 × 供餐月数，每一步 100.00 元。" in why
    assert "本单位的权重：10 人 × 12 个月 = 120；全部单位合计 720。" in why
    assert "精确份额 166 2/3 元（约 166.67 元），按步长舍去尾数得 100.00 元，余 0.6666 步。" in why
    assert "余数排第 1，在剩余的 1 个步长之内，进 100.00 元。" in why
    document = reader.get(f"{link}/file")
    assert document.data == PDF
    assert document.headers["Content-Security-Policy"] == "sandbox"
    # What belongs to other units is not theirs to open.
    assert reader.get(link.replace("A3", "A1")).status_code == 404
    assert reader.get(f"/units/A3/allocation/{run.number}0").status_code == 404


def test_a_run_that_was_not_issued_explains_nothing_yet(
    session, units, coordinator, second, sign_in, app
):
    run = checked(session, units, coordinator, second)
    client = sign_in(coordinator)
    assert client.get(f"/units/A1/allocation/{run.number}").status_code == 404
    assert client.get(f"/units/A1/allocation/{run.number}/file").status_code == 404


def test_a_document_whose_file_is_lost_is_not_there(
    session, units, coordinator, second, sign_in, app
):
    run = issued(session, app, units, coordinator, second)
    run.attachment.file.sha256 = "0" * 64
    answer = sign_in(coordinator).get(f"/units/A1/allocation/{run.number}/file")
    assert answer.status_code == 404


def test_a_run_is_returned_or_called_off_with_a_reason(
    session, units, coordinator, second, sign_in
):
    run = made(session, units, coordinator)
    submit_run(session, run, by=coordinator)
    path = f"/targets/runs/{run.number}"
    checker = sign_in(second)
    for deed in ("return", "call-off"):
        answer = checker.post(f"{path}/{deed}", data={"reason": ""})
        assert answer.status_code == 422
        assert "请填写原因" in answer.text
        answer = checker.post(f"{path}/{deed}", data={"reason": "长" * 201})
        assert "原因最多 200 个字" in answer.text
        assert checker.post(f"{path}/{deed}", data={"reason": "  "}).status_code == 422
    assert checker.post(f"{path}/return", data={"reason": "人数不对"}).location == path
    assert "已退回：人数不对" in checker.get(path).text
    assert checker.get(f"{path}/edit").status_code == 404
    maker = sign_in(coordinator)
    assert maker.get(f"{path}/edit").status_code == 200
    assert maker.post(f"{path}/call-off", data={"reason": "不再需要"}).location == path
    assert "已取消：不再需要" in maker.get(path).text
    assert maker.get(f"{path}/edit").status_code == 404
    assert maker.get("/targets/runs/FJ2026-x").status_code == 404


def test_a_page_says_when_targets_have_changed_since(session, units, coordinator, second, sign_in):
    run = checked(session, units, coordinator, second)
    outside = make.unit(session)
    for unit in (units[0], outside):
        world.target(session, unit, 100, by=coordinator)
    page = figures(sign_in(coordinator).get(f"/targets/runs/{run.number}").text)
    assert "计算之后，“甲1”2026年的目标已有变动" in page
    assert "另有 1 个有目标的单位不参加这次分解，合计 1.00 元，保持不变。" in page


def test_a_revision_starts_from_the_run_it_names(session, app, units, coordinator, second, sign_in):
    run = issued(session, app, units, coordinator, second)
    client = sign_in(coordinator)
    form = client.get(f"/targets/runs/new?year=2026&revises={run.number}").text
    assert f'<option selected value="{run.number}">' in form
    assert 'value="1000.00"' in form
    data = begun(total_fen="1200", revises=run.number)
    assert "须说明原因" in client.post("/targets/runs/new?year=2026", data=data).text
    client.post("/targets/runs/new?year=2026", data=data | {"reason": "追加"})
    again = the_run(session)
    page = figures(client.get(f"/targets/runs/{again.number}").text)
    assert "现行目标就是下限：谁的目标都不会降低" in page
    assert f"调整的分解 {run.number}" in page
    assert f"调整 {run.number}：追加" in figures(client.get("/targets/runs?year=2026").text)


def test_a_run_is_sorted_and_taken_away(session, units, coordinator, inspector, sign_in):
    run = made(session, units, coordinator)
    draft = made(session, units, coordinator, basis=Basis.OWN)
    client = sign_in(inspector)
    path = f"/targets/runs/{run.number}"

    def order(words):
        return re.findall(r">(甲\d)</a>", client.get(f"{path}?{words}").text)

    for sort in ("weight", "exact", "amount"):
        assert order(f"sort={sort}&direction=desc") == ["甲1", "甲2", "甲3"]
        assert order(f"sort={sort}&direction=asc") == ["甲3", "甲2", "甲1"]
    assert order("sort=rank&direction=asc") == ["甲3", "甲2", "甲1"]
    assert order("sort=rank&direction=desc") == ["甲2", "甲3", "甲1"]
    assert order("sort=difference") == ["甲3", "甲2", "甲1"]
    assert order("sort=held") == order("sort=nonsense") == order("page=9") == ["甲1", "甲2", "甲3"]
    csv = client.get(f"{path}?format=csv").data.decode("utf-8-sig")
    assert "A3,甲3,街道办事处,120,,,166 2/3,166.67,100.00,0.6666,1,是,0.00,200.00,200.00" in csv
    assert client.get(f"{path}?format=xlsx").data.startswith(b"PK")
    assert client.get(f"/targets/runs/{draft.number}?format=xlsx").mimetype == "text/html"
    assert client.get(f"{path}/edit").status_code == 403


def test_every_basis_and_bound_is_said_in_words(session, units, coordinator, sign_in):
    buyer = make.person(session, unit=units[0])
    world.credited(session, buyer, 300_00, at=dt.datetime(2025, 5, 1, tzinfo=dt.UTC))
    world.target(session, units[1], 200_00, by=coordinator)
    run = made(session, units, coordinator, frame(reason="增加"), basis=Basis.PURCHASES)
    client = sign_in(coordinator)
    page = figures(client.get(f"/targets/runs/{run.number}").text)
    assert "上年采购 300 元" in page
    assert "按权重应得 0.00 元，调高总额时不低于现行目标，取 200.00 元。" in page
    assert "权重为 0，不分得目标。" in page
    assert "精确份额正好是步长的整数倍。" in page
    staff = made(session, units, coordinator, frame(reason="增加"), basis=Basis.STAFF)
    given = [Given(u.id, people=n, floor_fen=400_00) for n, u in enumerate(units[:2], 1)]
    calculate(session, staff, given, frame(reason="增加"), by=coordinator)
    session.commit()
    page = figures(client.get(f"/targets/runs/{staff.number}").text)
    assert "2 人" in page
    assert "不低于所定下限，取 400.00 元。" in page


@pytest.mark.parametrize("count", [3, 70])
def test_the_pages_of_runs_ask_no_more_often_for_more_units(
    session, app, coordinator, second, sign_in, count_queries, count
):
    many = [make.unit(session) for _ in range(count)]
    run = issued(session, app, many, coordinator, second, given_frame=frame(100_000_00))
    client = sign_in(coordinator)
    most = {
        "/targets/runs?year=2026": 2,
        f"/targets/runs/{run.number}": 3,
        f"/targets/runs/{run.number}?format=csv": 2,
        "/targets/known?year=2026": 1,
        f"/units/{many[0].code}/allocation/{run.number}": 5,
        "/targets/runs/new?year=2026": 1,
    }
    for path, budget in most.items():
        with count_queries() as statements:
            assert client.get(path).status_code == 200
        assert len(asked(statements)) <= budget + CHROME, path


@pytest.mark.parametrize("count", [3, 70])
def test_issuing_asks_no_more_often_for_more_units(
    session, app, coordinator, second, count_queries, count
):
    many = [make.unit(session) for _ in range(count)]
    run = checked(session, many, coordinator, second, given_frame=frame(100_000_00))
    paper = attach(session, app.extensions["files"], PDF, name="x.pdf", by=coordinator)
    session.flush()
    with count_queries() as statements:
        issue_run(
            session,
            run,
            document_no="1号",
            document_on=dt.date(2026, 1, 1),
            attachment=paper,
            by=coordinator,
        )
    # SQLite gives the ids of new rows one by one.
    assert len([one for one in statements if not one.startswith("INSERT")]) <= 8


def test_what_was_known_on_a_day(session, units, coordinator, sign_in):
    world.target(session, units[0], 100_00, by=coordinator)
    client = sign_in(coordinator)
    now = figures(client.get("/targets/known?year=2026").text)
    assert "甲1 A1 街道办事处 100.00 0.00 1 100.00" in now
    before = client.get("/targets/known?year=2026&on=2026-11-23").text
    assert "到 2026-11-23 为止还没有登记2026年的目标" in before
    odd = client.get("/targets/known?year=2026&on=never").text
    assert "“never”不是 2018 年以来的日期" in odd
    csv = client.get("/targets/known?year=2026&format=csv").data.decode("utf-8-sig")
    assert "A1,甲1,街道办事处,100.00,0.00,1" in csv
    assert client.get("/targets/known?year=2026&format=xlsx").data.startswith(b"PK")


def changing(**given):
    return {
        "document_no": "编办〔2026〕8号",
        "document_on": "2026-06-20",
        "happened_on": "2026-07-01",
        "reason": "机构改革",
    } | given


def test_a_unit_is_merged_on_its_page(session, units, coordinator, sign_in):
    world.target(session, units[0], 100_00, by=coordinator)
    client = sign_in(coordinator)
    assert "合并、分设" in client.get("/units/A1").text
    form = figures(client.get("/units/A1/change/merge").text)
    assert "转给承接单位 100.00 元" in form
    for given, words in (
        ({}, "请填写承接单位的编码"),
        ({"into": "A9"}, "没有编码为“A9”的单位"),
        ({"into": "A1"}, "“甲1”不能并入自己"),
        ({"into": "A2", "others": "A9"}, "没有编码为“A9”的单位"),
        ({"into": "A2", "others": "A1"}, "出现了两次"),
        ({"into": "A2", "reason": ""}, "请填写原因"),
        ({"into": "A2", "happened_on": "2025-07-01"}, "变动日期须在"),
    ):
        answer = client.post("/units/A1/change/merge", data=changing() | given)
        assert answer.status_code == 422, given
        assert words in answer.text
        assert "编办〔2026〕8号" in answer.text
    answer = client.post("/units/A1/change/merge", data=changing(into="A3", others="A2"))
    assert answer.location == "/units/A1"
    page = figures(client.get("/units/A1").text)
    assert "合并（2026-07-01） 本单位、 甲2 → 甲3" in page
    assert "单位合并" in page
    assert "尚未完成的目标已转给“甲3”" in page
    assert targets_of(session, units)[2] == 100_00
    history = figures(client.get("/units/A3/completion?year=2026").text)
    assert "单位变动 +100.00 机构改革 2026-07-01 起生效" in history
    assert client.get("/units/A1/change/merge").status_code == 404


def test_a_unit_is_split_on_its_page(session, units, coordinator, sign_in):
    world.target(session, units[0], 100_00, by=coordinator)
    client = sign_in(coordinator)
    path = "/units/A1/change/split"
    assert "至少要有一个承接单位" in client.post(path, data=changing()).text
    wrong = changing(**{"after-0-code": "A9"})
    assert "没有编码为“A9”的单位" in client.post(path, data=wrong).text
    wrong = changing(**{"after-0-code": "A2", "after-0-weight": "-1"})
    assert "应为 0 到 1000000 的整数" in client.post(path, data=wrong).text
    rows = {"after-0-code": "A2", "after-1-code": "A3", "after-1-weight": "2"}
    data = changing(stays="y", **rows)
    assert client.post(path, data=data).location == "/units/A1"
    assert targets_of(session, units) == [25_00, 25_00, 50_00]
    data = changing(document_no="9号", stays="y", kept_weight="4", **{"after-0-code": "A2"})
    client.post(path, data=data)
    assert targets_of(session, units)[0] == 20_00
    client.post(path, data=changing(document_no="10号", **{"after-0-code": "A2"}))
    session.refresh(units[0])
    assert units[0].state is UnitState.CLOSED


def test_a_unit_ends_on_its_page(session, units, coordinator, lead, sign_in):
    world.target(session, units[0], 100_00, by=coordinator)
    client = sign_in(coordinator)
    assert client.post("/units/A1/change/close", data=changing()).location == "/units/A1"
    assert "已凭文件撤销" in client.get("/units/A1").text
    assert targets_of(session, units)[0] == 100_00
    client.post("/units/A2/change/close", data=changing(into="A3"))
    assert session.scalar(sa.select(sa.func.count(TargetEntry.id))) == 1
    assert sign_in(lead).get("/units/A3/change/close").status_code == 403


def test_what_is_on_its_way_is_said_before_a_merger(session, units, coordinator, sign_in, buyer):
    sku = make.sku(session)
    make_orders.order(session, buyer, (sku, 1000))
    page = sign_in(coordinator).get(f"/units/{buyer.unit.code}/change/merge").text
    assert "还有在途订单" in page
