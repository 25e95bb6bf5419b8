"""Pages of statements: who sees what, what the pages say, and what their forms do."""

import datetime as dt
import io
import re
import zlib

import pytest
from python_calamine import load_workbook

from market.core import clock
from market.core.access import Role
from market.notices.models import Notice
from market.payments.models import Invoice, Payment, Statement, StatementState
from market.payments.queries import Age, WantedStatements, outstanding_of, statement_sums
from market.payments.services import (
    confirm_statement,
    make_statements,
    object_to_statement,
    pay_statement,
    record_invoice,
)
from tests import make, make_orders
from tests.kept import kept_world
from tests.payments.billing import billed, claimed, delivered, on, paid_in

LONG = "9" * 20


@pytest.fixture
def sign_in(sign_in, session):
    """Sign in, and end the test's own transaction before each request: SQLite has one writer."""

    def signed_in(person):
        client = sign_in(person)
        send = client.open

        def send_after_commit(*args, **kwargs):
            session.commit()
            return send(*args, **kwargs)

        client.open = send_after_commit
        return client

    return signed_in


def people_and_goods(session):
    """王芳, who buys what 田勇 sells, and 李梅 of the desk."""
    supplier = make.supplier(session)
    sku = make.sku(session, product=make.product(session, supplier=supplier), stock_milli=9_000_000)
    return (
        make.person(session, name="王芳"),
        make.supplier_person(session, supplier, name="田勇"),
        make.person(session, name="李梅", role=Role.COORDINATOR),
        sku,
    )


def one_statement(session):
    """March's: 100.00 accepted, 25.00 claimed; due on 1 May."""
    buyer, *_, sku = those = people_and_goods(session)
    with on(2026, 3, 30):
        order = delivered(session, buyer, (sku, 4000))
    with on(2026, 3, 31):
        claimed(session, order, buyer)
    return *those, billed(session)


def several_statements(session):
    """Four units' statements of March, 25.00 to 100.00 and paid by a fen more each."""
    _, _, coordinator, sku = those = people_and_goods(session)
    buyers = [make.person(session) for _ in range(4)]
    with on(2026, 3, 30):
        for place, person in enumerate(buyers, start=1):
            delivered(session, person, (sku, 1000 * place))
    with on(2026, 4, 1):
        made = make_statements(session, 2026, 3)
    for place, one in enumerate(made):
        if place:
            payment = paid_in(session, place, coordinator)
            pay_statement(session, one, payment, place, by=coordinator)
    return *those, *made


@pytest.fixture
def world(request, session):
    """Those people and goods, with the statements that a test asks for."""
    for name, make_them in (("statement", one_statement), ("several", several_statements)):
        if name in request.fixturenames:
            return kept_world(session, make_them.__name__, make_them)
    return people_and_goods(session)


@pytest.fixture
def buyer(world):
    return world[0]


@pytest.fixture
def vendor(world):
    return world[1]


@pytest.fixture
def coordinator(world):
    return world[2]


@pytest.fixture
def sku(world):
    return world[3]


@pytest.fixture
def statement(world):
    return world[4]


@pytest.fixture
def several(world):
    return world[4:]


@pytest.fixture
def officer(session):
    return make.person(session, role=Role.FUND_OFFICER)


def path(statement, more=""):
    return f"/statements/{statement.number}{more}"


def once(page):
    return re.search(r'name="invoice-once"[^>]* value="([^"]*)"', page).group(1)


def test_both_sides_and_those_who_oversee_read_it_and_nobody_else(
    session, statement, buyer, lead, vendor, coordinator, inspector, officer, admin, sign_in
):
    for person in (buyer, lead, vendor, coordinator, inspector, officer, admin):
        client = sign_in(person)
        page = client.get(path(statement))
        assert page.status_code == 200
        for words in (statement.number, "待双方确认", "75.00", "受潮", "2026-05-01"):
            assert words in page.text, words
        assert statement.number in client.get("/statements").text
        for more in (".pdf", ".xlsx"):
            assert client.get(path(statement, more)).status_code == 200


def test_to_a_stranger_it_does_not_exist(session, statement, stranger, shopper, sign_in):
    other = make.supplier_person(session, make.supplier(session))
    for person in (stranger, other):
        client = sign_in(person)
        for more in ("", ".pdf", ".xlsx"):
            assert client.get(path(statement, more)).status_code == 404
        assert client.post(path(statement, "/confirm")).status_code == 404
        assert statement.number not in client.get("/statements").text
    assert sign_in(shopper).get("/statements").status_code == 403
    assert sign_in(stranger).get("/statements/ageing").status_code == 403


def test_where_there_is_none_the_list_says_what_comes(session, buyer, vendor, coordinator, sign_in):
    assert "还没有结算单" in sign_in(buyer).get("/statements").text
    assert "还没有结算单" in sign_in(vendor).get("/statements").text
    assert "没有符合条件" in sign_in(buyer).get("/statements?state=void").text
    for person in (buyer, vendor, coordinator):
        assert "没有未出单的货款" in sign_in(person).get("/statements/unbilled").text
    assert "没有欠款" in sign_in(coordinator).get("/statements/ageing").text


def test_a_coordinator_makes_the_statements_of_a_month(session, buyer, sku, coordinator, sign_in):
    with on(2026, 3, 30):
        delivered(session, buyer, (sku, 4000))
    client = sign_in(coordinator)
    made = client.post("/statements", data={"month": "2026-03"}, follow_redirects=True)
    assert "生成了 1 张结算单" in made.text
    assert session.query(Statement).one().made_by_id == coordinator.id
    again = client.post("/statements", data={"month": "2026-03"}, follow_redirects=True)
    assert "没有生成结算单" in again.text
    for month, words in (("2099-01", "还没有结束"), ("三月", "请按“年-月”填写")):
        refused = client.post("/statements", data={"month": month})
        assert refused.status_code == 422
        assert words in refused.text


def test_each_side_confirms_on_the_page(session, statement, buyer, vendor, sign_in):
    assert "确认无误" in sign_in(buyer).get(path(statement)).text
    page = sign_in(buyer).post(path(statement, "/confirm"), follow_redirects=True).text
    assert "等待对方确认" in page
    sign_in(vendor).post(path(statement, "/confirm"))
    session.refresh(statement)
    assert statement.state is StatementState.CONFIRMED
    assert "已确认" in sign_in(vendor).get(path(statement)).text


def test_an_objection_is_made_and_resolved_on_the_page(
    session, statement, buyer, coordinator, sign_in
):
    client = sign_in(buyer)
    empty = client.post(path(statement, "/object"), data={"objection-words": ""})
    assert empty.status_code == 422
    assert "请写明哪一笔" in empty.text
    words = {"objection-words": "少了一袋"}
    assert (
        "有异议" in client.post(path(statement, "/object"), data=words, follow_redirects=True).text
    )
    refused = client.post(path(statement, "/object"), data=words)
    assert (refused.status_code, "当前状态是“有异议”" in refused.text) == (422, True)
    desk = sign_in(coordinator)
    assert "少了一袋" in desk.get(path(statement)).text
    ruled = desk.post(
        path(statement, "/uphold"), data={"ruling-words": "已核对"}, follow_redirects=True
    )
    assert "处理意见：已核对" in ruled.text
    anew = desk.post(path(statement, "/void"), data={"ruling-words": "重开"}, follow_redirects=True)
    assert statement.number not in anew.request.path
    assert "75.00" in anew.text
    void = desk.get(path(statement)).text
    assert ("已作废" in void, f'重开的是 <a href="{anew.request.path}"' in void) == (True, True)
    late = desk.post(path(statement, "/void"), data={"ruling-words": "重开"})
    assert (late.status_code, "当前状态是“已作废”" in late.text) == (422, True)


def test_a_supplier_puts_the_day_off_on_the_page(session, statement, vendor, sign_in):
    client = sign_in(vendor)
    client.post(path(statement, "/extend"), data={"extension-reason": "预算未到位"})
    page = client.get(path(statement)).text
    assert "2026-05-16" in page
    assert "预算未到位" in page
    assert "延长付款期限" not in page


def invoice_data(client, statement, **given):
    typed = {
        "number": LONG,
        "code": "",
        "issued_on": "2026-04-02",
        "amount_fen": "75.00",
        "once": once(client.get(path(statement)).text),
    } | given
    return {f"invoice-{name}": value for name, value in typed.items()}


def test_an_invoice_is_recorded_with_its_file_and_checked(
    session, statement, vendor, buyer, stranger, coordinator, sign_in
):
    client = sign_in(vendor)
    assert "差额 -75.00" in client.get(path(statement)).text
    data = invoice_data(client, statement, file=(io.BytesIO(b"%PDF-1.7 x"), "发票.pdf"))
    page = client.post(path(statement, "/invoices"), data=data, follow_redirects=True).text
    for words in ("发票已登记", LONG, "发票.pdf", "一致"):
        assert words in page, words
    assert "差额 -75.00" not in page
    link = re.search(r"/files/[\w-]+", page).group()
    for person, status in ((buyer, 200), (vendor, 200), (coordinator, 200), (stranger, 404)):
        assert sign_in(person).get(link).status_code == status
    void = client.post(path(statement, "/invoices/1/void"), data={"void-1-reason": ""})
    assert (void.status_code, "请填写作废原因" in void.text) == (422, True)
    page = client.post(
        path(statement, "/invoices/1/void"), data={"void-1-reason": "红冲"}, follow_redirects=True
    ).text
    assert "作废原因：红冲" in page
    for position in (0, 2):
        gone = path(statement, f"/invoices/{position}/void")
        assert client.post(gone, data={f"void-{position}-reason": "x"}).status_code == 404
    # Another sum is written down, and it is said by how much it differs, and in which way.
    data = invoice_data(client, statement, number="2" * 20, amount_fen="76.00")
    page = client.post(path(statement, "/invoices"), data=data, follow_redirects=True).text
    assert "发票合计 76.00 元，比应开的 75.00 元多 1.00 元，请核对" in page
    assert "差额 1.00（多开）" in page


def test_an_invoice_that_is_refused_keeps_what_was_typed(session, statement, vendor, sign_in):
    client = sign_in(vendor)
    for given, words in (
        ({"number": "12"}, "8 位数字，全电发票是 20 位"),
        ({"amount_fen": ""}, "请填写发票金额"),
        ({"issued_on": "2099-01-01"}, "不能晚于今天"),
        ({"file": (io.BytesIO(b""), "x.pdf")}, "文件是空的"),
    ):
        data = invoice_data(client, statement, code="0" * 10)
        data |= invoice_data(client, statement, **given)
        refused = client.post(path(statement, "/invoices"), data=data)
        assert refused.status_code == 422, words
        assert words in refused.text
        assert f'value="{given.get("number", LONG)}"' in refused.text, words
        assert session.query(Invoice).count() == 0, words


def test_the_page_shows_payments_and_what_was_settled_elsewhere(
    session, statement, buyer, coordinator, sign_in
):
    payment = paid_in(session, 5000, coordinator)
    pay_statement(session, statement, payment, 5000, by=coordinator)
    page = sign_in(buyer).get(path(statement)).text
    for words in (payment.bank_serial, "50.00", "¥25.00", "演示银行两江支行"):
        assert words in page, words
    assert "另行结清" not in page
    rows = sign_in(coordinator).get("/statements").text
    assert ">50.00<" in rows
    assert ">25.00<" in rows


def set_due(session, statements, days):
    for one, ago in zip(statements, days, strict=True):
        one.due_on = clock.today() - dt.timedelta(days=ago)
    session.flush()


def test_the_list_filters_and_sums(session, several, coordinator, sign_in, vendor):
    first, second, third, fourth = several
    set_due(session, several, (0, 1, 45, 120))
    seller = vendor
    object_to_statement(session, second, words="不对", by=seller)
    client = sign_in(coordinator)

    def listed(query):
        page = client.get(f"/statements?{query}").text
        return [one for one in several if f">{one.number}<" in page]

    assert listed("") == several
    assert listed("month=2026-03") == several
    assert listed("month=2026-04") == []
    assert listed(f"q={first.number.lower()}") == [first]
    assert listed(f"unit={third.unit.name}") == [third]
    assert listed(f"unit={third.unit.code}") == [third]
    assert listed(f"supplier={third.supplier.code}") == several
    assert listed("supplier=没有") == []
    assert listed("state=disputed") == [second]
    assert listed("overdue=1") == [second, third, fourth]
    assert listed("age=to_60") == [third]
    assert listed("age=not_due&owing=1") == [first]
    assert listed("month=x&state=x&age=x") == several
    sums = statement_sums(session, coordinator, WantedStatements())
    assert (sums.count, sums.total_fen, sums.paid_fen) == (4, 25000, 6)
    assert (sums.owed_fen, sums.overdue_fen, sums.disputed_fen) == (24994, 22494, 4999)
    # A small rest that a unit has chosen to pay with its next statement is not overdue.
    fourth.unit.carry_limit_fen = 9997
    for person in (make.person(session, unit=fourth.unit, role=Role.LEAD), seller):
        confirm_statement(session, fourth, by=person)
    session.flush()
    assert listed("overdue=1") == [second, third]
    assert (listed("age=goes_on"), listed("age=above_90")) == ([fourth], [])
    assert "转入下期" in client.get(path(fourth)).text
    assert statement_sums(session, coordinator, WantedStatements()).overdue_fen == 12497
    by_unit = sign_in(vendor).get("/statements").text
    assert by_unit.count("按单位") == 1
    assert ">249.94<" in by_unit


def test_ages_add_up_to_what_is_owed(session, several, buyer, sku, coordinator, inspector, sign_in):
    set_due(session, several, (0, 30, 61, 91))
    with on(2026, 4, 3):
        delivered(session, buyer, (sku, 1000))
    page = sign_in(inspector).get("/statements/ageing").text
    for words in ("25.00", "49.99", "74.98", "99.97", "274.94"):
        assert f">{words}<" in page, words
    assert f"age={Age.ABOVE_90.value}" in page
    book = load_workbook(io.BytesIO(sign_in(inspector).get("/statements/ageing.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[2] == ["单位", *(age.label for age in Age), "已验收未出单", "合计"]
    assert rows[-1] == ["合计", 25.0, 0.0, 49.99, 0.0, 74.98, 99.97, 25.0, 274.94]
    owed = sum(outstanding_of(session, several).values())
    assert owed + 2500 == 27494
    unbilled = sign_in(inspector).get(f"/statements/unbilled?unit={buyer.unit.code}").text
    assert ">25.00<" in unbilled
    assert "没有未出单的货款" in sign_in(coordinator).get("/statements/unbilled?unit=x").text


def test_each_side_sees_what_is_not_billed(session, buyer, stranger, vendor, sku, sign_in):
    with on(2026, 3, 30):
        order = delivered(session, buyer, (sku, 4000))
        claimed(session, order, buyer)
    assert order.number in sign_in(buyer).get("/statements/unbilled").text
    assert order.number not in sign_in(stranger).get("/statements/unbilled").text
    page = sign_in(vendor).get("/statements/unbilled").text
    for words in (order.number, ">100.00<", ">-25.00<", ">75.00<"):
        assert words in page, words


def test_the_list_is_taken_away_and_paged(several, coordinator, sign_in):
    client = sign_in(coordinator)
    answer = client.get("/statements.xlsx?state=issued")
    rows = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[2][:4] == ["编号", "月份", "单位", "供应商"]
    assert {row[0] for row in rows[3:-1]} == {one.number for one in several}
    assert rows[-1][7:10] == [250.0, 0.06, 249.94]
    assert client.get("/statements?page=9").status_code == 200


def test_the_workbook_has_the_columns_of_a_settlement(session, statement, buyer, lead, sign_in):
    confirm_statement(session, statement, by=lead)
    answer = sign_in(buyer).get(path(statement, ".xlsx"))
    rows = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    facts = {row[0]: row[1] for row in rows if row[0]}
    assert facts["编号"] == statement.number
    assert facts["单据日期"] == "2026-04-01"
    assert facts["收款账号"].startswith("6200")
    assert facts["结算金额（大写）"] == "柒拾伍元整"
    assert (facts["经办人"], facts["制单人"]) == ("周强", "系统")
    head = next(place for place, row in enumerate(rows) if row[0] == "序号")
    assert rows[head][1:] == [
        "单据编号",
        "单据类型",
        "入库/退货时间",
        "金额",
        "折让原因",
        "折让类型",
        "折让金额",
        "结算金额",
    ]
    assert rows[head + 1][2:5] == ["验收", dt.date(2026, 3, 30), 100.0]
    assert rows[head + 2][5:] == ["受潮", "售后扣减", 25.0, -25.0]
    assert (rows[head + 3][4], rows[head + 3][7:]) == (100.0, [25.0, 75.0])


def text_of(pdf):
    """Return the text of a PDF: what its fonts say their glyphs mean."""
    parts = [
        zlib.decompress(found)
        for found in re.findall(rb"stream\r?\n(.*?)\nendstream", pdf, re.S)
        if found[:1] == b"x"
    ]
    meaning = {}
    for part in parts:
        if b"beginbfchar" in part:
            for glyph, letter in re.findall(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", part):
                meaning[glyph.lower()] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    return meaning, parts


def test_the_document_is_one_page_with_its_letters_and_a_code(session, statement, buyer, sign_in):
    answer = sign_in(buyer).get(path(statement, ".pdf"))
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert 10_000 < len(answer.data) < 200_000
    meaning, _ = text_of(answer.data)
    letters = "".join(meaning.values())
    for sign in "结算单往来单位大写柒拾伍元整经办人制单人受潮":
        assert sign in letters, sign


def test_pages_ask_few_questions_whatever_the_rows(
    session, several, sku, buyer, vendor, coordinator, sign_in, count_queries
):
    for client in (sign_in(coordinator), sign_in(vendor)):
        with count_queries() as few:
            client.get("/statements")
        assert len(few) <= 6
    with on(2026, 4, 3):
        for _ in range(6):
            order = delivered(session, buyer, (sku, 2000))
            claimed(session, order, buyer)
    april = billed(session, 2026, 4)
    confirm_statement(session, april, by=buyer)
    for number in range(3):
        payment = paid_in(session, 100, coordinator)
        pay_statement(session, april, payment, 100, by=coordinator)
        record_invoice(
            session,
            april,
            code="",
            number=str(number) * 20,
            issued_on=clock.today(),
            amount_fen=100,
            attachment=None,
            once_key=make_orders.once(),
            by=buyer,
        )
    for person in (buyer, vendor, coordinator):
        client = sign_in(person)
        with count_queries() as few:
            assert client.get(path(april)).status_code == 200
        assert len(few) <= 8
        with count_queries() as few:
            client.get("/statements/unbilled")
        assert len(few) <= 6
    client = sign_in(coordinator)
    for address, most in (("/statements/ageing", 4), ("/statements.xlsx", 4)):
        with count_queries() as few:
            client.get(address)
        assert len(few) <= most


def test_a_void_statement_is_printed_as_such(session, statement, coordinator, sign_in, buyer):
    desk = sign_in(coordinator)
    desk.post(path(statement, "/void"), data={"ruling-words": "重开"})
    assert desk.get(path(statement, ".pdf")).status_code == 200
    assert "本单位每月应付" in sign_in(buyer).get("/statements").text


def transfer_data(client, statement, **given):
    page = client.get(path(statement)).text
    key = re.search(r'name="transfer-once"[^>]* value="([^"]*)"', page).group(1)
    typed = {
        "once": key,
        "amount_fen": "75.00",
        "paid_on": str(clock.today()),
        "bank_serial": "20260402001",
    } | given
    return {f"transfer-{name}": value for name, value in typed.items()}


def test_the_desk_writes_a_transfer_down(session, statement, lead, officer, buyer, sign_in):
    client = sign_in(officer)
    data = transfer_data(client, statement, amount_fen="75.01")
    refused = client.post(path(statement, "/transfers"), data=data)
    assert (refused.status_code, "还应付 75.00 元" in refused.text) == (422, True)
    data = transfer_data(client, statement)
    page = client.post(path(statement, "/transfers"), data=data, follow_redirects=True).text
    assert "转账已登记入账" in page
    assert "20260402001" in page
    assert "登记一笔到账" not in page
    client.post(path(statement, "/transfers"), data=data)
    assert session.query(Payment).count() == 1
    assert outstanding_of(session, [statement]) == {statement.id: 0}
    assert "收到转账 75.00 元" in session.query(Notice).filter_by(person_id=lead.id).all()[-1].text
    assert sign_in(buyer).post(path(statement, "/transfers"), data=data).status_code == 403


def test_what_was_carried_on_opens_the_earlier_statement(
    session, statement, buyer, vendor, sku, coordinator, sign_in
):
    buyer.unit.carry_limit_fen = 500
    pay_statement(session, statement, paid_in(session, 7400, coordinator), 7400, by=coordinator)
    confirm_statement(session, statement, by=buyer)
    confirm_statement(session, statement, by=vendor)
    with on(2026, 4, 3):
        delivered(session, buyer, (sku, 1000))
    april = billed(session, 2026, 4)
    page = sign_in(buyer).get(path(april)).text
    assert f'href="{path(statement)}">{statement.number}</a>' in page
    assert "上期差额结转" in page
    assert "另行结清、退回或结转" in sign_in(buyer).get(path(statement)).text
    desk = sign_in(coordinator)
    desk.post(path(april, "/extend"), data={"extension-reason": "预算未到位"})
    rows = load_workbook(io.BytesIO(desk.get(path(april, ".xlsx")).data)).get_sheet_by_index(0)
    assert any("预算未到位" in str(cell) for row in rows.to_python() for cell in row)
