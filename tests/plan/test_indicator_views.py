"""Pages of indicators: open overview, records for the desk, decided by another person."""

import io
import re
import zipfile

import pytest
import sqlalchemy as sa
from PIL import Image

from market.core.access import Role
from market.plan import queries, services
from market.plan.models import IndicatorRecord, IndicatorSubject, Pair, RecordState
from market.units.models import UnitKind
from tests import make
from tests.plan import reports


def photo():
    held = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(held, "PNG")
    return (io.BytesIO(held.getvalue()), "照片.png")


def once_of(page):
    return re.search(r'name="once" type="hidden" value="([^"]+)"', page)[1]


def hidden(page, name):
    return re.search(rf'name="{name}" type="hidden" value="([^"]+)"', page)[1]


def newest(session):
    session.expire_all()
    return session.scalars(sa.select(IndicatorRecord).order_by(IndicatorRecord.id.desc())).first()


def test_everyone_sees_lights_targets_and_gaps_and_nobodys_record(app, plan, clerk, checker):
    made = reports.verified(plan, "4i", value=19, by=clerk, checker=checker)
    reports.submit(plan, "4i", value=1, by=clerk)
    number = made.number
    plan.commit()
    page = app.test_client().get("/plan/indicators").text
    assert "教学查房累计不少于20次" in page
    assert "≥ 20 次" in page
    assert "19 次" in page
    assert "差 1 次" in page
    assert "指标完成情况" in app.test_client().get("/plan").text
    for hidden_word in (number, "冉宁", "待核实", "/plan/indicators/4i"):
        assert hidden_word not in page
    assert app.test_client().get("/plan/indicators/4i").status_code == 302
    paper = app.test_client().get("/plan/indicators.pdf?year=2020")
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
    sheet = app.test_client().get("/plan/indicators.xlsx?year=2020")
    assert sheet.data.startswith(b"PK")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
    for word in ("序号", "领域", "原文", "完成情况", "责任单位", "落后，差 1 次", "县卫生健康委"):
        assert word in words
    assert "indicators-2020" in sheet.headers["Content-Disposition"]


def test_without_a_plan_the_overview_says_what_to_do(app, session):
    assert "还没有载入" in app.test_client().get("/plan/indicators").text


def test_the_desk_reads_the_card_and_the_records(plan, clerk, checker, inspector, sign_in):
    one = reports.verified(plan, "4i", value=12, by=clerk, checker=checker)
    two = reports.submit(plan, "4i", value=3, by=clerk)
    services.reverse_record(plan, one, reason="写错", by=checker)
    numbers = one.number, two.number
    client = sign_in(inspector)
    assert "1 条待核实" in client.get("/plan/indicators").text
    page = client.get("/plan/indicators/4i").text
    assert "支援团队带教的查房" in page
    assert all(number in page for number in numbers)
    assert "冲销行" in page
    assert "填报</a>" not in page
    waiting = client.get("/plan/indicators/4i?state=submitted&pair=x&year=1999").text
    assert numbers[1] in waiting
    assert numbers[0] not in waiting
    assert "没有符合条件的记录" in client.get("/plan/indicators/4i?state=returned").text
    assert client.get("/plan/indicators/4i/records.xlsx").data.startswith(b"PK")
    assert client.get(f"/plan/records/{numbers[0]}").status_code == 200
    for gone in ("indicators/9z", "indicators/9z/records.xlsx", "records/ZB1"):
        assert client.get(f"/plan/{gone}").status_code == 404
    assert "还没有记录" in client.get("/plan/indicators/4a").text


def test_a_list_of_people_is_reported_verified_and_kept_nowhere(plan, clerk, checker, sign_in):
    client, desk = sign_in(clerk), sign_in(checker)
    form = client.get("/plan/indicators/4b/new").text
    data = {
        "once": once_of(form),
        "happened_on": "2020-06-18",
        "people": "XS001\nXS002",
        "place": "县医院",
        "files": [photo(), photo()],
    }
    answer = client.post("/plan/indicators/4b/new", data=data)
    made = newest(plan)
    assert answer.location == f"/plan/records/{made.number}"
    assert (made.value, len(made.files)) == (2, 2)
    assert plan.scalar(sa.select(sa.func.count(IndicatorSubject.id))) == 2
    plan.commit()
    assert "核实无误" not in client.get(answer.location).text
    page = desk.get(answer.location).text
    assert "XS001" not in page
    assert "核实无误" in page
    verified = desk.post(f"{answer.location}/verify", data={"version": 1})
    assert verified.status_code == 302
    assert newest(plan).state is RecordState.VERIFIED


def test_what_was_typed_stays_beside_the_error(plan, clerk, sign_in):
    client = sign_in(clerk)
    page = client.get("/plan/indicators/4i/new").text
    data = {
        "once": once_of(page),
        "happened_on": "2020-06-18",
        "value": "3",
        "place": "三义乡卫生院内科",
    }
    answer = client.post("/plan/indicators/4i/new", data=data)
    assert answer.status_code == 422
    assert "请至少上传一份佐证材料" in answer.text
    assert "三义乡卫生院内科" in answer.text
    wrong = client.post(
        "/plan/indicators/4i/new", data=data | {"files": (io.BytesIO(b"text"), "a.txt")}
    )
    assert wrong.status_code == 422
    assert "“a.txt”" in wrong.text
    none = client.post("/plan/indicators/4i/new", data=data | {"files": (io.BytesIO(), "")})
    assert "请至少上传一份佐证材料" in none.text
    assert "请填写日期" in client.post("/plan/indicators/4i/new", data={}).text
    plan.commit()
    assert newest(plan) is None
    assert client.get("/plan/indicators/5a/new").status_code == 403
    assert client.get("/plan/indicators/9z/new").status_code == 404


def test_a_returned_record_is_corrected_on_its_page(plan, clerk, checker, other, sign_in):
    one = reports.pair(plan, 1, by=checker)
    made = reports.submit(plan, "7b", pair=one, value=1, by=other)
    path = f"/plan/records/{made.number}"
    maker, desk, stranger = sign_in(other), sign_in(checker), sign_in(clerk)
    assert "退回修改" in desk.get(path).text
    assert desk.post(f"{path}/return", data={"version": 1}).status_code == 422
    assert "被退回的记录可以修改" in maker.get(f"{path}/edit", follow_redirects=True).text
    assert desk.post(f"{path}/return", data={"version": 1, "answer": "少一次"}).status_code == 302
    assert stranger.get(f"{path}/edit").status_code == 403
    assert "退回原因：少一次" in maker.get(path).text
    form = maker.get(f"{path}/edit").text
    assert 'value="2020-06-18"' in form
    assert 'selected value="2020-1"' in form
    data = {
        "once": once_of(form),
        "happened_on": "2020-06-18",
        "pair": "",
        "value": "2",
        "place": "村委会",
    }
    assert "哪一对街村" in maker.post(f"{path}/edit", data=data).text
    assert maker.post(f"{path}/edit", data=data | {"place": ""}).status_code == 422
    assert maker.post(f"{path}/edit", data=data | {"pair": "2020-1"}).status_code == 302
    made = newest(plan)
    assert (made.state, made.value, made.version) == (RecordState.SUBMITTED, 2, 2)
    plan.commit()
    late = desk.post(f"{path}/verify", data={"version": 1})
    assert late.status_code == 422
    assert "刚刚被修改" in late.text


def test_a_verified_record_is_reversed_with_a_reason(plan, clerk, checker, sign_in):
    files = [reports.file(plan, clerk, "f" * 64)]
    made = reports.verified(plan, "4a", by=clerk, checker=checker, files=files)
    again = reports.submit(plan, "4a", files=[reports.file(plan, clerk, "f" * 64)], by=clerk)
    path, other_path = f"/plan/records/{made.number}", f"/plan/records/{again.number}"
    desk = sign_in(checker)
    assert "同一份材料也附在别的记录上" in desk.get(other_path).text
    assert desk.post(f"{path}/reverse", data={"answer": ""}).status_code == 422
    assert "最多 200 个字" in desk.post(f"{path}/reverse", data={"answer": "长" * 201}).text
    assert desk.post(f"{path}/reverse", data={"answer": "重复"}).status_code == 302
    page = desk.get(path).text
    assert "已被冲销" in page
    row = newest(plan)
    assert f"/plan/records/{row.number}" in page
    number = row.number
    plan.commit()
    assert "材料见被冲销的记录" in desk.get(f"/plan/records/{number}").text


def test_the_eight_pairs_are_entered_and_show_what_each_has_done(plan, checker, clerk, sign_in):
    unit = make.unit(plan, kind=UnitKind.SUBDISTRICT, name="人和街道办事处")
    code = unit.code
    client = sign_in(checker)
    page = client.get("/plan/pairs").text
    assert page.count("登记</a>") == 8
    path = "/plan/pairs/2020/1"
    assert "人和街道办事处" in client.get(path).text
    data = {"unit": code, "township": "三义乡", "village": "五丰村"}
    assert client.post(path, data=data).location == "/plan/pairs?year=2020"
    wrong = client.post("/plan/pairs/2020/2", data=data)
    assert wrong.status_code == 422
    assert "一个街道只结对一个村" in wrong.text
    assert 'value="五丰村"' in client.get(path).text
    assert client.post(path, data=data | {"village": "小坝村"}).status_code == 302
    one = plan.scalars(sa.select(Pair)).one()
    reports.verified(plan, "7b", pair=one, value=2, by=clerk_of(plan), checker=checker)
    plan.commit()
    page = client.get("/plan/pairs").text
    assert "三义乡小坝村" in page
    assert "1/8 对达标，封顶合计 2/16 次" in page
    assert page.count("登记</a>") == 7
    listed = client.get("/plan/indicators/7b?pair=1").text
    assert "人和街道办事处 — 三义乡小坝村" in listed
    for gone in ("2020/9", "2020/0", "2019/1", "2101/1"):
        assert client.get(f"/plan/pairs/{gone}").status_code == 404
    reader = sign_in(clerk)
    assert "登记</a>" not in reader.get("/plan/pairs").text
    assert reader.get(path).status_code == 403


def clerk_of(plan):
    return make.person(plan, role=Role.COUNTY, agency="三义乡")


def test_a_sheet_is_previewed_and_imported_with_its_evidence(plan, clerk, sign_in):
    client = sign_in(clerk)
    assert client.get("/plan/records/template.xlsx").data.startswith(b"PK")
    assert client.get("/plan/records/import").status_code == 200
    rows = [
        {"code": "4i", "happened_on": "2020-06-18", "value": "2", "place": "卫生院"},
        {"code": "4b", "happened_on": "2020-06-18", "place": "县城", "people": "XS001"},
    ]
    bad = reports.sheet(*rows, rows[0] | {"value": "x"})
    answer = client.post("/plan/records/import", data={"sheet": (io.BytesIO(bad), "a.xlsx")})
    assert answer.status_code == 422
    assert "没有写入任何内容" in answer.text
    wrong = client.post("/plan/records/import", data={"sheet": (io.BytesIO(b"x"), "a.xlsx")})
    assert wrong.status_code == 422
    good = reports.sheet(*rows)
    page = client.post("/plan/records/import", data={"sheet": (io.BytesIO(good), "a.xlsx")}).text
    assert "将填报 2 条记录" in page
    assert "XS001" not in page
    data = {"once": once_of(page), "rows": hidden(page, "rows")}
    lacking = client.post("/plan/records/import/apply", data=data)
    assert lacking.status_code == 422
    assert "请至少上传一份" in lacking.text
    data = {"once": once_of(lacking.text), "rows": hidden(lacking.text, "rows")}
    done = client.post("/plan/records/import/apply", data=data | {"files": [photo()]})
    assert done.location == "/plan/indicators?year=2020"
    assert plan.scalar(sa.select(sa.func.count(IndicatorRecord.id))) == 2
    plan.commit()
    broken = client.post("/plan/records/import/apply", data={"rows": "x"}, follow_redirects=True)
    assert "预览内容不完整" in broken.text


@pytest.mark.parametrize("path", ["/plan/indicators", "/plan/indicators/7b", "/plan/pairs"])
def test_pages_ask_no_more_often_for_more_records(
    plan, clerk, checker, sign_in, count_queries, path
):
    pairs = [reports.pair(plan, n, by=checker) for n in range(1, 5)]
    people = [make.person(plan, role=Role.COUNTY, agency=f"三义{n}乡") for n in range(4)]
    for one, by in zip(pairs, people, strict=True):
        reports.verified(plan, "7b", pair=one, by=by, checker=checker)
    client = sign_in(clerk)
    client.get(path)
    with count_queries() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 9, statements


def test_a_record_asks_eight_times(plan, clerk, checker, sign_in, count_queries):
    made = reports.submit(plan, "4a", by=clerk, files=[reports.file(plan, clerk) for _ in "12345"])
    path = f"/plan/records/{made.number}"
    client = sign_in(checker)
    client.get(path)
    with count_queries() as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 8, statements


def test_a_plan_loaded_before_gets_what_is_ours_and_new(plan):
    one, gone = reports.indicator(plan, "4i"), reports.indicator(plan, "2.1a")
    one.our_code, one.our_counts = "i1", ""
    plan.delete(gone)
    plan.flush()
    assert not services.load_plan(plan)
    plan.expire_all()
    assert reports.indicator(plan, "4i").our_counts
    assert reports.indicator(plan, "2.1a").our_name == "农特产品展销"
    assert len(queries.overview(plan).standings) == 34
