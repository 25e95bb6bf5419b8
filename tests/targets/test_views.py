"""The board, a unit's own pages, and the pages that issue targets."""

import datetime as dt
import io
import json
import re

import pytest
import sqlalchemy as sa
import time_machine

from market.core import clock
from market.core.access import Role
from market.ordering.models import BuyingFor
from market.targets.models import CreditTotal, TargetEntry
from market.targets.queries import completion_of, target_fen
from market.units.services import close_unit
from tests import make
from tests.targets import world
from tests.targets.test_sheet import row, sheet

CHROME = 2  # Who reads, and the counts around the page.


@pytest.fixture(autouse=True)
def _read_on(session):
    """Let things be read after a commit without beginning a transaction that keeps others out."""
    session.expire_on_commit = False


def asked(statements: list[str]) -> list[str]:
    return [statement for statement in statements if not statement.startswith("BEGIN")]


def figures(text: str) -> str:
    """Return a page as a person reads it: no tags, no runs of spaces."""
    inline = re.sub(r"</?(b|span)\b[^>]*>", "", text)
    return " ".join(re.sub(r"<[^>]+>", " ", inline).split())


def fill(session, count, coordinator):
    for number in range(count):
        person = make.person(session)
        world.target(session, person.unit, 1_000_000, by=coordinator)
        world.credited(session, person, 10_000 * (number + 1))


# The board


@pytest.mark.parametrize("units", [5, 60])
def test_the_board_takes_six_queries_however_many_units(
    session, coordinator, sign_in, count_queries, units
):
    fill(session, units, coordinator)
    client = sign_in(coordinator)
    with count_queries() as statements:
        page = client.get("/board")
    assert page.status_code == 200
    assert len(asked(statements)) <= 6
    assert not any(re.search(r"\b(FROM|JOIN) credit\b(?!_)", one) for one in statements)


def test_the_board_never_plans_to_read_single_credits(session, coordinator, sign_in, count_queries):
    """Every statement of the page, explained: no plan touches the table of credits."""
    fill(session, 3, coordinator)
    client = sign_in(coordinator)
    seen: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    client.get("/board?channels=1")
    sa.event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    plans = []
    with engine.connect() as connection:
        for statement, parameters in seen:
            if statement.startswith("SELECT"):
                plans += connection.exec_driver_sql(explain + statement, parameters).all()
    text = "\n".join(str(line) for line in plans)
    assert "credit_total" in text
    assert not re.search(r"\bcredit\b", text)


def test_the_board_stays_light_with_a_thousand_units(session, coordinator, sign_in):
    session.add_all(
        CreditTotal(
            unit_id=make.unit(session, name=f"第{n}事业单位演示中心").id,
            year=clock.today().year,
            month=1,
            channel="canteen",
            amount_fen=12_345_678,
        )
        for n in range(1000)
    )
    client = sign_in(coordinator)
    page = client.get("/board?channels=1")
    assert len(page.data) < 200_000
    assert '共 <b class="num">1000</b> 条' in page.text
    last = client.get("/board?page=99")
    assert "第 20 / 20 页" in last.text


def test_the_board_says_the_totals_and_who_is_behind(session, coordinator, sign_in):
    with clock.set_to(dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)):
        good, bad = make.person(session), make.person(session)
        for person, fen in ((good, 150_000_000), (bad, 10_000_000)):
            world.target(session, person.unit, 100_000_000, by=coordinator)
            world.credited(session, person, fen)
        text = figures(sign_in(coordinator).get("/board").text)
    assert "总额完成率 80.0%" in text
    assert "封顶完成率 55.0%" in text
    assert "达标单位 1 / 2 占 50.0%" in text
    assert "序时进度 50.1%" in text
    assert f"最需要督促的单位 {bad.unit.name} 严重落后" in text
    assert "还差 90.00 万元，比序时落后 40.1 个百分点" in text
    assert "合计 2 个单位" in text


def test_the_board_filters_and_its_total_follows(session, coordinator, sign_in):
    fill(session, 3, coordinator)
    other = make.person(session, unit=make.unit(session, kind="stationed_agency", name="海关"))
    world.target(session, other.unit, 5_000_000, by=coordinator)
    client = sign_in(coordinator)
    text = figures(client.get("/board?kind=stationed_agency").text)
    assert "合计 1 个单位" in text
    assert "5.00" in text
    assert "合计 1 个单位" in figures(client.get("/board?q=海关").text)
    assert "没有符合条件的单位" in client.get("/board?q=没有").text


def test_the_months_stand_beside_those_of_the_year_before(session, buyer, coordinator, sign_in):
    def series():
        charts = re.findall(r"data-chart='([^']+)'", client.get("/board").text)
        (months,) = (one for one in map(json.loads, charts) if one["kind"] == "columns")
        return {one["name"]: one["values"] for one in months["series"]}

    world.credited(session, buyer, 500)
    client = sign_in(coordinator)
    assert list(series()) == ["2026年"]
    assert series()["2026年"][10] == 500
    world.credited(session, buyer, 700, at=dt.datetime(2025, 3, 3, tzinfo=dt.UTC))
    session.commit()
    assert series()["2025年同月"][2] == 700


def test_the_next_year_is_offered_once_it_has_targets(
    session, buyer, stranger, coordinator, sign_in
):
    client, next_year = sign_in(coordinator), clock.today().year + 1
    paths = [f"/units/{one.unit.code}/completion" for one in (buyer, stranger)]

    def offers(path):
        return f"year={next_year}" in client.get(path).text

    session.commit()
    assert [offers(path) for path in ("/board", *paths)] == [False, False, False]
    world.target(session, buyer.unit, 1_000_00, by=coordinator, year=next_year)
    session.commit()
    assert [offers(path) for path in ("/board", *paths)] == [True, True, False]
    for path in ("/board", paths[0]):
        page = figures(client.get(f"{path}?year={next_year}").text)
        assert f"{next_year}年还没有开始" in page
        assert "前 0.0" not in page


def test_an_empty_board_says_what_to_do(session, coordinator, inspector, sign_in):
    assert "去下达目标" in sign_in(coordinator).get("/board").text
    assert "换一个年度查看" in sign_in(inspector).get("/board").text


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.SHOPPER, 403),
        (Role.CANTEEN, 403),
        (Role.LEAD, 403),
        (Role.COORDINATOR, 200),
        (Role.FUND_OFFICER, 200),
        (Role.COUNTY, 200),
        (Role.INSPECTOR, 200),
        (Role.ADMIN, 200),
    ],
)
@pytest.mark.parametrize(
    "path", ["/board", "/targets", "/reports/completion.xlsx", "/reports/completion.csv"]
)
def test_who_may_see_all_units(session, sign_in, role, status, path):
    assert sign_in(make.person(session, role=role)).get(path).status_code == status


@pytest.mark.parametrize("path", ["/targets/new", "/targets/import", "/targets/template.xlsx"])
def test_only_a_coordinator_issues(session, sign_in, inspector, admin, coordinator, path):
    assert sign_in(inspector).get(path).status_code == 403
    assert sign_in(admin).get(path).status_code == 403
    assert sign_in(coordinator).get(path).status_code == 200


def test_the_exports_are_what_is_shown(session, coordinator, sign_in):
    fill(session, 3, coordinator)
    client = sign_in(coordinator)
    csv = client.get("/reports/completion.csv?sort=done&direction=desc")
    lines = csv.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("1,")
    assert "attachment" in csv.headers["Content-Disposition"]
    none = client.get("/reports/completion.csv?pace=reached").data.decode("utf-8-sig")
    assert len(none.splitlines()) == 1
    xlsx = client.get("/reports/completion.xlsx?q=x&kind=other&pace=reached")
    assert xlsx.data.startswith(b"PK")


# A unit's own pages


def test_the_unit_page_takes_eight_queries(
    session, buyer, lead, coordinator, sign_in, count_queries
):
    for number in range(5):
        world.target(
            session, buyer.unit, 1_000_000 + number, by=coordinator, reason="调整" if number else ""
        )
    for month in range(1, 11):
        at = dt.datetime(clock.today().year, month, 3, tzinfo=dt.UTC)
        world.credited(session, buyer, 5_000, at=at)
        world.credited(session, buyer, 5_000, buying_for=BuyingFor.UNION, at=at)
    for person in (buyer, coordinator):
        client = sign_in(person)
        with count_queries() as statements:
            page = client.get(f"/units/{buyer.unit.code}/completion")
        assert page.status_code == 200
        assert len(asked(statements)) <= 8


def test_the_unit_page_says_it_in_words(session, buyer, coordinator, sign_in):
    with clock.set_to(dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)):
        world.target(session, buyer.unit, 3_650_000, by=coordinator)
        world.credited(session, buyer, 650_000)
        text = figures(sign_in(buyer).get(f"/units/{buyer.unit.code}/completion").text)
    assert "还差 30,000.00 元，按序时应完成 18,300.00 元，现欠 11,800.00 元" in text
    assert "年内剩余 182 天平均每天还需采购 164.84 元" in text
    assert "相差 −32.3 个百分点；在 1 个有任务的单位中排第 1 名" in text
    assert "17.8%" in text


def test_a_unit_that_ended_is_marked_where_its_figures_stand(session, buyer, coordinator, sign_in):
    world.target(session, buyer.unit, 650_000, by=coordinator)
    world.credited(session, buyer, 650_000)
    short = make.unit(session, name="少买的单位")
    world.target(session, short, 1_000_00, by=coordinator)
    for unit in (buyer.unit, short):
        close_unit(session, unit, by=coordinator)
    session.commit()
    client, code = sign_in(coordinator), buyer.unit.code
    board = client.get("/board").text
    assert board.count("已撤销") == 2
    assert "少买的单位" not in board.split("最需要督促的单位")[1].split("完成率排名")[0]
    page = client.get(f"/units/{code}/completion").text
    assert f'href="/units/{code}"' in page
    assert "目标已完成。" in figures(page)
    assert "补足" not in page
    year = clock.today().year
    assert "目标只能凭文件调低" in client.get(f"/targets/{code}/{year}").text


def test_a_reached_target_and_one_ahead_are_said_too(session, buyer, coordinator, sign_in):
    with clock.set_to(dt.datetime(2026, 7, 2, 4, tzinfo=dt.UTC)):
        world.target(session, buyer.unit, 3_650_000, by=coordinator)
        world.credited(session, buyer, 2_000_000)
        client = sign_in(buyer)
        url = f"/units/{buyer.unit.code}/completion"
        assert "已超前 1,700.00 元" in figures(client.get(url).text)
        world.credited(session, buyer, 1_650_001)
        session.commit()
        assert "目标已完成，超出 0.01 元" in figures(client.get(url).text)


def test_without_a_target_the_page_says_why(session, buyer, sign_in):
    text = sign_in(buyer).get(f"/units/{buyer.unit.code}/completion").text
    assert "无任务" in text
    assert "目标还没有下达" in text
    assert "还没有计入的采购" in text
    free = make.person(session, unit=make.unit(session, kind="department"))
    text = sign_in(free).get(f"/units/{free.unit.code}/completion").text
    assert "采购仍会记录" in text


@pytest.mark.parametrize("page", ["completion", "credits", "on-the-way"])
def test_a_stranger_finds_nothing(session, buyer, stranger, sign_in, page):
    path = f"/units/{buyer.unit.code}/{page}"
    assert sign_in(stranger).get(path).status_code == 404
    assert sign_in(buyer).get(path).status_code == 200
    assert sign_in(make.person(session, role=Role.COUNTY)).get(path).status_code == 200
    assert sign_in(stranger).get(f"/units/none/{page}").status_code == 404


def test_an_employee_sees_totals_and_no_orders(session, buyer, shopper, sign_in):
    world.credited(session, buyer, 123_456)
    client = sign_in(shopper)
    text = client.get(f"/units/{buyer.unit.code}/completion").text
    assert "1,234.56" in text
    assert "/credits" not in text
    assert client.get(f"/units/{buyer.unit.code}/credits").status_code == 403
    assert client.get(f"/units/{buyer.unit.code}/on-the-way").status_code == 403


def test_my_unit_leads_to_the_unit_or_to_joining_one(session, buyer, sign_in):
    client = sign_in(buyer)
    reply = client.get("/my-unit")
    assert reply.status_code == 302
    assert reply.location == f"/units/{buyer.unit.code}/completion"
    assert client.get("/my-unit?year=2027").location == f"{reply.location}?year=2027"
    alone = make.person(session, role=Role.SHOPPER, unit=None)
    assert "用邀请码加入单位" in sign_in(alone).get("/my-unit").text


def test_every_figure_of_the_unit_page_opens_rows_that_sum_to_it(session, buyer, sign_in):
    year = clock.today().year
    for month, fen, buying_for in (
        (1, 111, BuyingFor.CANTEEN),
        (1, 222, BuyingFor.UNION),
        (3, 333, BuyingFor.CANTEEN),
        (3, 50, BuyingFor.SELF),
    ):
        at = dt.datetime(year, month, 7, tzinfo=dt.UTC)
        credit = world.credited(session, buyer, fen, buying_for=buying_for, at=at)
    world.claimed(session, credit, 20, by=buyer, at=at)
    client = sign_in(buyer)
    page = client.get(f"/units/{buyer.unit.code}/completion").text
    links = re.findall(
        r'<a class="figure-link num" href="([^"]*/credits[^"]*)"[^>]*>([^<]+)</a>', page
    )
    # Four cells that aren't zero, two months, three channels, the year, and what is told without a target.
    assert len(links) == 11
    for url, figure in links:
        rows = client.get(url.replace("&amp;", "&")).text
        assert figures(rows).split("合计 ")[1].split(" 元")[0] == figure
        amounts = re.findall(r'<td class="num[^"]*"[^>]*>(-?[\d,.]+)</td>', rows)
        cents = [int(amount.replace(",", "").replace(".", "")) for amount in amounts]
        assert sum(cents[:-1]) == cents[-1] == int(figure.replace(",", "").replace(".", ""))
    total = completion_of(session, buyer.unit_id, year).done_fen
    assert total == 696


@pytest.mark.parametrize(
    "role", [Role.CANTEEN, Role.COORDINATOR, Role.FUND_OFFICER, Role.COUNTY, Role.INSPECTOR]
)
def test_every_link_of_the_credits_can_be_followed(session, buyer, shopper, sign_in, role):
    world.claimed(session, world.credited(session, buyer, 900), 200, by=buyer)
    world.credited(session, shopper, 70, buying_for=BuyingFor.SELF)
    reader = buyer if role is Role.CANTEEN else make.person(session, role=role)
    client = sign_in(reader)
    page = client.get(f"/units/{buyer.unit.code}/credits").text
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    links = re.findall(r'href="([^"]+)"', table)
    # An order twice, an acceptance, a claim; those who oversee also open the employee's own.
    expected = {Role.CANTEEN: 4, Role.COORDINATOR: 6, Role.FUND_OFFICER: 5, Role.INSPECTOR: 6}
    assert len(links) == expected.get(role, 0)
    private = role in (Role.CANTEEN, Role.COUNTY)
    assert ("职工个人购买，不显示内容" in table) is private
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_credits_page_pages_with_the_whole_sum(session, buyer, sign_in, count_queries):
    for _ in range(55):
        world.credited(session, buyer, 100)
    client = sign_in(buyer)
    with count_queries() as statements:
        page = client.get(f"/units/{buyer.unit.code}/credits?page=2")
    assert len(asked(statements)) <= CHROME + 4
    assert "共 55 笔，合计 55.00 元" in figures(page.text)
    assert "第 2 / 2 页" in page.text
    nothing = client.get(f"/units/{buyer.unit.code}/credits?year=2020&month=13&channel=x")
    assert "没有符合条件的计入记录" in nothing.text


def test_what_is_on_the_way_is_listed(session, buyer, sign_in):
    assert "没有在途的订单" in sign_in(buyer).get(f"/units/{buyer.unit.code}/on-the-way").text


# Issuing


def typed(**given):
    return {
        "amount_fen": "200,000",
        "document_no": "演示〔2026〕1号",
        "document_on": "2026-01-20",
        "reason": "",
    } | given


def test_a_target_is_issued_on_the_page(session, buyer, lead, coordinator, sign_in):
    client = sign_in(coordinator)
    url = f"/targets/{buyer.unit.code}/2026"
    assert "第一次下达" in client.get(url).text
    seen = re.search(r'name="seen_fen"[^>]*value="(\d+)"', client.get(url).text)
    reply = client.post(url, data=typed(seen_fen=seen[1]), follow_redirects=True)
    assert reply.status_code == 200
    assert "目标增加 200,000.00 元，已通知该单位" in reply.text
    assert target_fen(session, buyer.unit_id, 2026) == 20_000_000
    session.commit()
    assert "演示〔2026〕1号" in client.get("/targets?year=2026").text
    assert "没有采购任务" not in reply.text
    down = typed(amount_fen="100", document_no="2号", reason="减少")
    assert "目标减少 199,900.00 元" in client.post(url, data=down, follow_redirects=True).text


def test_a_unit_without_the_duty_may_get_one_with_a_warning(session, coordinator, sign_in):
    unit = make.unit(session, kind="department")
    client = sign_in(coordinator)
    url = f"/targets/{unit.code}/2026"
    assert "没有采购任务" in client.get(url).text
    reply = client.post(url, data=typed(), follow_redirects=True)
    assert "请留意：按条款该单位没有采购任务" in reply.text
    session.commit()
    assert target_fen(session, unit.id, 2026) == 20_000_000


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"amount_fen": "二十万"}, "amount_fen", "金额只能是数字"),
        ({"amount_fen": "1.005"}, "amount_fen", "最多两位小数"),
        ({"amount_fen": "-5"}, "amount_fen", "不能小于 0"),
        ({"amount_fen": "0"}, "amount_fen", "必须大于 0"),
        ({"amount_fen": "99999999999999"}, "amount_fen", "金额过大"),
        ({"amount_fen": ""}, "amount_fen", "请填写年度目标金额"),
        ({"document_no": ""}, "document_no", "请填写下达文件的文号"),
        ({"document_no": "号" * 61}, "document_no", "最多 60 个字"),
        ({"document_on": "2099-01-01"}, "document_on", "晚于今天"),
        ({"document_on": "昨天"}, "document_on", ""),
        ({"reason": "字" * 201}, "reason", "最多 200 个字"),
    ],
)
def test_bad_input_is_kept_beside_its_error(
    session, buyer, coordinator, sign_in, given, field, words
):
    client = sign_in(coordinator)
    reply = client.post(f"/targets/{buyer.unit.code}/2026", data=typed(**given))
    assert reply.status_code == 422
    error = re.search(rf'id="{field}-error">(.*?)</div>', reply.text, re.DOTALL)
    assert error
    assert words in error[1]
    kept = given.get("amount_fen", "200,000")
    assert f'value="{kept}"' in reply.text
    session.commit()
    assert session.scalars(sa.select(TargetEntry)).all() == []


def test_a_target_that_changed_meanwhile_is_refused(session, buyer, coordinator, sign_in):
    client = sign_in(coordinator)
    url = f"/targets/{buyer.unit.code}/2026"
    world.target(session, buyer.unit, 500, by=coordinator)
    session.commit()
    reply = client.post(url, data=typed(seen_fen="0", reason="调整"))
    assert reply.status_code == 422
    assert "刚被改为 5.00 元" in reply.text


def test_the_document_can_be_attached(session, buyer, coordinator, sign_in):
    client = sign_in(coordinator)
    url = f"/targets/{buyer.unit.code}/2026"
    bad = typed(attachment=(io.BytesIO(b"MZ..."), "文件.exe"))
    reply = client.post(url, data=bad)
    assert reply.status_code == 422
    assert 'id="attachment-error"' in reply.text
    good = typed(attachment=(io.BytesIO(b"%PDF-1.4 demo"), "下达文件.pdf"))
    reply = client.post(url, data=good, follow_redirects=True)
    assert "下达文件.pdf" in reply.text
    entry = session.scalars(sa.select(TargetEntry)).one()
    assert entry.attachment.unit_id == buyer.unit_id


def test_pages_of_issuing_find_their_unit(session, buyer, coordinator, sign_in):
    client = sign_in(coordinator)
    code = buyer.unit.code
    assert buyer.unit.name in client.get("/targets/new").text
    reply = client.get(f"/targets/new?unit={code}&year=2025")
    assert reply.location == f"/targets/{code}/2025"
    assert "请选择" in client.get("/targets/new?unit=none").text
    assert client.get("/targets/none/2026").status_code == 404
    assert client.get(f"/targets/{code}/2017").status_code == 404


def test_a_year_without_targets_says_who_waits(session, buyer, coordinator, inspector, sign_in):
    text = sign_in(coordinator).get("/targets?year=2026").text
    assert "还有 1 个有采购任务的单位没有2026年目标" in text
    assert "从 Excel 导入" in text
    assert "换一个年度查看" in sign_in(inspector).get("/targets?year=2020").text


# Import


def sent(content: bytes, name: str = "targets.xlsx"):
    return {"sheet": (io.BytesIO(content), name)}


def rows_of(page: str) -> str:
    found = re.search(r'name="rows"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_sheet_is_previewed_and_then_imported(session, buyer, stranger, coordinator, sign_in):
    client = sign_in(coordinator)
    content = sheet(row(buyer.unit, 1234.5), row(stranger.unit, 99))
    preview = client.post("/targets/import", data=sent(content))
    assert preview.status_code == 200
    assert "预览：2 个单位的目标会改变" in figures(preview.text)
    assert target_fen(session, buyer.unit_id, 2026) == 0
    session.commit()
    rows = rows_of(preview.text)
    reply = client.post("/targets/import/apply", data={"rows": rows}, follow_redirects=True)
    assert "已导入 2 个单位的目标" in reply.text
    assert target_fen(session, buyer.unit_id, 2026) == 123_450
    session.commit()
    again = client.post("/targets/import/apply", data={"rows": rows}, follow_redirects=True)
    assert "没有导入任何一行" in again.text
    session.commit()
    assert target_fen(session, buyer.unit_id, 2026) == 123_450


def test_problems_are_listed_and_nothing_can_be_imported(session, buyer, coordinator, sign_in):
    content = sheet(row(buyer.unit), row(buyer.unit, "很多"), row(buyer.unit, code="没有"))
    page = sign_in(coordinator).post("/targets/import", data=sent(content))
    assert page.status_code == 422
    text = figures(page.text)
    assert "有 2 处需要修改，没有导入任何内容" in text
    assert "3 目标金额(元) 很多" in text
    assert "4 单位编码 没有" in text
    assert 'name="rows"' not in page.text


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 broken"])
def test_what_is_not_excel_is_refused_beside_the_field(session, coordinator, sign_in, content):
    page = sign_in(coordinator).post("/targets/import", data=sent(content))
    assert page.status_code == 422
    assert 'id="sheet-error"' in page.text


def test_no_file_is_refused(session, coordinator, sign_in):
    page = sign_in(coordinator).post("/targets/import", data={})
    assert page.status_code == 422
    assert "请选择填好的 Excel 文件" in page.text


def test_rows_that_are_not_ours_are_refused(session, buyer, coordinator, sign_in):
    client = sign_in(coordinator)
    rows = rows_of(client.post("/targets/import", data=sent(sheet(row(buyer.unit)))).text)

    def reply(by, rows):
        data = {} if rows is None else {"rows": rows}
        return by.post("/targets/import/apply", data=data, follow_redirects=True).text

    assert "缺少预览内容" in reply(client, None)
    assert "预览内容不完整" in reply(client, rows[:-3] + "abc")
    other = sign_in(make.person(session, role=Role.COORDINATOR))
    assert "不属于当前登录的账号" in reply(other, rows)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)):
        assert "已超过一小时" in reply(client, rows)
    session.commit()
    assert session.scalars(sa.select(TargetEntry)).all() == []


def test_the_template_opens(session, coordinator, sign_in):
    assert sign_in(coordinator).get("/targets/template.xlsx").data.startswith(b"PK")
