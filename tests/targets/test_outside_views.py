"""The pages of purchases outside the shop, and of the months they count in."""

import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.access import Role
from market.targets import services
from market.targets.models import OutsidePurchase, OutsideState, Period, PeriodState
from tests import make
from tests.targets import world
from tests.targets.test_outside import ORDER, ROW, sheet, submit

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
SEP = dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)


def filled(client, page="/outside/new", **given):
    once = re.search(r'name="once"[^>]*value="([^"]+)"', client.get(page).text)
    return {
        "once": once[1] if once else "",
        "kind": "invoice",
        "bought_on": "2026-11-20",
        "seller": "合作社",
        "products": "苏麻",
        "amount_fen": "1,280",
        "invoice_no": "1234 5678",
        "files": (io.BytesIO(b"%PDF-1.4 one"), "发票.pdf"),
    } | given


@pytest.fixture
def other(session):
    """The second coordinator."""
    return make.person(session, name="何静", role=Role.COORDINATOR)


def test_a_purchase_goes_from_the_form_to_the_figure(session, buyer, coordinator, other, sign_in):
    code = buyer.unit.code
    unit, second = sign_in(buyer), sign_in(other)
    first = sign_in(coordinator)
    reply = unit.post("/outside/new", data=filled(unit), follow_redirects=True)
    assert "核实后计入2026年11月" in reply.text
    number = session.scalars(sa.select(OutsidePurchase.number)).one()
    session.commit()
    assert "等待统筹协调人员核实" in reply.text
    page = first.get(f"/outside/{number}").text
    assert "核实无误，计入" in page
    assert "发票.pdf" in page
    reply = first.post(f"/outside/{number}/verify", data={"version": "1"}, follow_redirects=True)
    assert "已核实，计入该单位的完成数" in reply.text
    assert "由另一位统筹协调人员办理" in reply.text
    completion = unit.get(f"/units/{code}/completion?year=2026").text
    assert "平台外申报" in completion
    credits = unit.get(f"/units/{code}/credits?year=2026&channel=outside").text
    assert f"/outside/{number}" in credits
    reply = second.post(f"/outside/{number}/reverse", data={"answer": ""})
    assert reply.status_code == 422
    reply = second.post(
        f"/outside/{number}/reverse", data={"answer": "重复"}, follow_redirects=True
    )
    assert "已冲销：原记录保留" in reply.text
    assert "-1,280.00" in reply.text or "−1,280.00" in reply.text


def test_what_is_wrong_stands_beside_its_field_and_is_kept(session, buyer, sign_in):
    client = sign_in(buyer)
    for given, field, words in (
        ({"bought_on": "2099-01-01"}, "bought_on", "晚于今天"),
        ({"amount_fen": "很多"}, "amount_fen", "金额只能是数字"),
        ({"invoice_no": ""}, "invoice_no", "须填写发票号码"),
        ({"files": (io.BytesIO(b"MZ..."), "文件.exe")}, "files", "文件.exe"),
        ({"files": (io.BytesIO(b""), "")}, "files", "至少上传一份"),
        ({"kind": "none"}, "kind", ""),
    ):
        reply = client.post("/outside/new", data=filled(client, **given))
        assert reply.status_code == 422
        error = re.search(rf'id="{field}-error">(.*?)</div>', reply.text, re.DOTALL)
        assert error, field
        assert words in error[1]
        assert 'value="合作社"' in reply.text
    assert session.scalars(sa.select(OutsidePurchase)).all() == []


def test_a_day_in_a_closed_month_is_taken_and_said(session, buyer, coordinator, sign_in):
    world.credited(session, buyer, 300, at=SEP)
    with clock.set_to(SEP + dt.timedelta(days=30)):
        services.lock_period(session, 2026, 9, by=coordinator)
    client = sign_in(buyer)
    data = filled(client, bought_on="2026-09-01")
    reply = client.post("/outside/new", data=data, follow_redirects=True)
    assert "计入2026年10月，标为以前期间调整：购买日期所在的2026年9月已锁定或结账" in reply.text
    made = session.scalars(sa.select(OutsidePurchase)).one()
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    session.commit()
    code = buyer.unit.code
    page = client.get(f"/units/{code}/completion?year=2026").text
    assert re.search("含以前期间调整 <a [^>]*>1,280.00</a>", page)
    rows = client.get(f"/units/{code}/credits?year=2026&month=10").text
    assert "以前期间调整" in rows
    assert "2026年9月" in rows


def test_a_returned_purchase_is_corrected_on_its_page(session, buyer, coordinator, sign_in):
    number = submit(session, buyer).number
    desk, unit = sign_in(coordinator), sign_in(buyer)
    assert "可以修改" in unit.get(f"/outside/{number}/edit", follow_redirects=True).text
    data = {"version": "1", "answer": "金额不符"}
    assert "已退回" in desk.post(f"/outside/{number}/return", data=data, follow_redirects=True).text
    page = unit.get(f"/outside/{number}/edit").text
    assert "退回原因：金额不符" in page
    assert 'value="1280.00"' in page
    bad = filled(unit, f"/outside/{number}/edit", amount_fen="0")
    assert unit.post(f"/outside/{number}/edit", data=bad).status_code == 422
    good = filled(unit, f"/outside/{number}/edit", amount_fen="12.8")
    reply = unit.post(f"/outside/{number}/edit", data=good, follow_redirects=True)
    assert "已重新提交" in reply.text
    assert "已撤回" in unit.post(f"/outside/{number}/withdraw", follow_redirects=True).text
    session.commit()
    assert session.scalars(sa.select(OutsidePurchase.state)).one() is OutsideState.WITHDRAWN


def test_the_same_file_of_another_unit_is_shown_and_must_be_looked_at(
    session, buyer, stranger, coordinator, sign_in
):
    one, two, desk = sign_in(buyer), sign_in(stranger), sign_in(coordinator)
    one.post("/outside/new", data=filled(one))
    two.post("/outside/new", data=filled(two, invoice_no="87654321"))
    number = session.scalars(
        sa.select(OutsidePurchase.number).where(OutsidePurchase.unit_id == stranger.unit_id)
    ).one()
    session.commit()
    assert "同样的材料" not in two.get(f"/outside/{number}").text
    page = desk.get(f"/outside/{number}").text
    assert "同样的材料也附在别的申报上" in page
    reply = desk.post(f"/outside/{number}/verify", data={"version": "1"})
    assert reply.status_code == 422
    assert 'id="same_files_seen-error"' in reply.text
    data = {"version": "1", "same_files_seen": "y"}
    assert "已核实" in desk.post(f"/outside/{number}/verify", data=data, follow_redirects=True).text


def test_to_a_stranger_it_does_not_exist(session, buyer, stranger, inspector, shopper, sign_in):
    number = submit(session, buyer).number
    assert sign_in(stranger).get(f"/outside/{number}").status_code == 404
    assert sign_in(shopper).get(f"/outside/{number}").status_code == 403
    page = sign_in(inspector).get(f"/outside/{number}").text
    assert "核实无误" not in page


def test_the_list_filters_pages_sums_and_exports(
    session, buyer, stranger, coordinator, sign_in, count_queries
):
    desk, unit = sign_in(coordinator), sign_in(buyer)
    assert "还没有平台外申报" in desk.get("/outside").text
    assert "把在国家平台" in unit.get("/outside").text
    submit(session, buyer)
    session.commit()
    with count_queries() as few:
        desk.get("/outside")
    for n in range(52):
        by = stranger if n % 2 else buyer
        world.purchase(session, by, 100 + n)
    session.commit()
    with count_queries() as many:
        text = desk.get("/outside").text
    assert len(many) == len(few) <= 6
    assert "合计 53 条" in text
    assert 'rel="next"' in text
    assert "合计 27 条" in unit.get("/outside?year=2026").text
    assert "没有符合条件的申报" in desk.get("/outside?state=reversed&kind=other&q=x").text
    data = desk.get(
        f"/outside.xlsx?state=submitted&unit={buyer.unit.code}&kind=invoice&q=苏&year=2026"
    )
    assert data.data.startswith(b"PK")


def test_a_purchase_costs_few_queries(session, buyer, coordinator, sign_in, count_queries):
    made = submit(session, buyer)
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    number, client = made.number, sign_in(coordinator)
    session.commit()
    with count_queries() as statements:
        client.get(f"/outside/{number}")
    assert len(statements) <= 8


def test_a_sheet_is_previewed_and_then_submitted(session, buyer, sign_in):
    client = sign_in(buyer)

    def upload(*rows):
        data = {"sheet": (io.BytesIO(sheet(*rows)), "x.xlsx")}
        return client.post("/outside/import", data=data)

    assert client.get("/outside/import/template.xlsx").data.startswith(b"PK")
    bad = upload(ROW, ROW)
    assert bad.status_code == 422
    assert "与第 2 行重复" in bad.text
    page = upload(ROW, ORDER)
    assert "预览：将申报 2 条" in page.text
    hidden = dict(re.findall(r'name="(rows|once)"[^>]*value="([^"]+)"', page.text))
    reply = client.post("/outside/import/apply", data=hidden)
    assert reply.status_code == 422
    assert "至少上传一份凭证" in reply.text
    good = hidden | {"files": (io.BytesIO(b"%PDF-1.4 all"), "汇总.pdf")}
    reply = client.post("/outside/import/apply", data=good, follow_redirects=True)
    assert "已提交 2 条申报" in reply.text
    assert (
        "预览内容不完整"
        in client.post(
            "/outside/import/apply", data=hidden | {"rows": "x"}, follow_redirects=True
        ).text
    )
    nothing = client.post("/outside/import", data={"sheet": (io.BytesIO(b"hello"), "x.xlsx")})
    assert nothing.status_code == 422
    assert 'id="sheet-error"' in nothing.text


def test_who_buys_for_no_unit_is_told_so(session, sign_in):
    closed = make.unit(session, state="closed")
    assert "单位已撤销" in sign_in(make.person(session, unit=closed)).get("/outside/new").text


def test_months_are_locked_reopened_and_closed_on_their_page(
    session, buyer, coordinator, inspector, sign_in, count_queries
):
    world.credited(session, buyer, 30_000, at=SEP)
    made = world.purchase(session, buyer, 500, bought_on=dt.date(2026, 9, 3))
    desk = sign_in(coordinator)
    with count_queries() as statements:
        page = desk.get("/targets/periods?year=2026").text
    assert len(statements) <= 7
    assert "300.00" in page
    assert "锁定9月" in page
    assert "锁定10月" not in page
    lock, reopen, close = (
        f"/targets/periods/2026/9/{word}" for word in ("lock", "reopen", "close")
    )
    assert "先锁定2026年9月" in desk.post("/targets/periods/2026/10/lock").text
    assert "已锁定：" in desk.post(lock, follow_redirects=True).text
    assert desk.post(reopen, data={"reason": ""}).status_code == 422
    assert "已重新开放" in desk.post(reopen, data={"reason": "漏了"}, follow_redirects=True).text
    desk.post(lock)
    reply = desk.post(close, follow_redirects=True)
    assert "已结账，此后的更正" in reply.text
    reply = desk.post(close)
    assert reply.status_code == 422
    assert "不能重复结账" in reply.text
    session.commit()
    period = session.scalars(sa.select(Period).where(Period.month == 9)).one()
    assert (period.state, period.closed_fen) == (PeriodState.CLOSED, 30_000)
    page = sign_in(inspector).get("/targets/periods?year=2026").text
    assert "办理</th>" not in page
    assert "还没有开始" in desk.get("/targets/periods?year=2030").text
    assert made.amount_fen == 500
