"""Pages that read banks' files and match transfers."""

import html
import io
import re

import pytest

from market.core import clock
from market.core.access import Role
from market.notices.models import Notice
from market.ordering.models import OrderState
from market.payments.models import Allocation, BankFile, BankFormat, Payment, Refund
from market.payments.queries.bank_queue import transfer_of
from tests import make
from tests.broken import broken
from tests.ordering.placing import place
from tests.payments.banking import HEAD, arrived, bank_format, row, sheet


@pytest.fixture
def unpaid(session, shopper):
    return place(session, shopper, (make.sku(session), 2000))


def field(page, name):
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    return html.unescape(found[1])


def upload(client, path, content, name="流水.csv", **data):
    return client.post(
        path, data={**data, "file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def preview(client, bank, content, name="流水.csv"):
    return upload(client, "/payments/bank-files/new", content, name, format=bank)


def apply(client, page):
    return client.post("/payments/bank-files/apply", data={"held": field(page, "held")})


# A file


def test_a_file_is_previewed_then_imported_and_nobody_is_told(
    session, unpaid, coordinator, sign_in
):
    bank = bank_format(session, coordinator).name
    told = session.query(Notice).count()
    content = sheet(row("50.00", unpaid.number), row("7", "货款"), row(out="3"), row("0.00"))
    client = sign_in(coordinator)
    page = preview(client, bank, content)
    assert page.status_code == 200
    assert "57.00 元，其中 1 笔附言里有编号" in page.text
    assert session.query(Payment).count() == session.query(BankFile).count() == 0
    session.commit()
    reply = apply(client, page.text)
    assert reply.status_code == 303
    shown = client.get(reply.location).text
    assert "已导入 2 笔，共 57.00 元" in shown
    assert "没有通知任何付款人" in shown
    session.expire_all()
    assert session.query(Notice).count() == told
    kept = session.query(BankFile).one()
    assert (kept.new_count, kept.new_fen, kept.out_count, kept.empty_count) == (2, 5700, 1, 1)
    token = kept.attachment.token
    session.commit()
    saved = client.get(f"/files/{token}")
    assert saved.data == content
    assert "attachment" in saved.headers["Content-Disposition"]
    page = client.get("/payments/bank-files").text
    assert "流水.csv" in page
    assert "57.00" in page


def test_the_same_file_twice_names_who_and_when(session, coordinator, sign_in):
    bank = bank_format(session, coordinator).name
    name = coordinator.name
    client = sign_in(coordinator)
    content = sheet(row("50.00"))
    page = preview(client, bank, content).text
    assert apply(client, page).status_code == 303
    for reply in (preview(client, bank, content), apply(client, page)):
        assert reply.status_code == 422
        assert f"已由{name}在 {clock.today()}" in reply.text
    assert "没有新的到账" in preview(client, bank, content + b"\r\n").text


def test_a_bad_file_shows_every_problem_and_cannot_be_imported(session, coordinator, sign_in):
    bank = bank_format(session, coordinator).name
    client = sign_in(coordinator)
    reply = preview(client, bank, sheet(row("-5"), row("x"), row("1", day="2099-01-01"), row("2")))
    assert reply.status_code == 422
    for words in ("大于 0 的收入", "金额，例如 1,234.50", "不晚于今天", "2099-01-01"):
        assert words in reply.text
    assert "确认导入" not in reply.text


def test_a_known_serial_of_another_sum_is_shown(session, coordinator, sign_in):
    bank = bank_format(session, coordinator).name
    arrived(session, 5000, "", coordinator, bank_serial="S1")
    page = preview(sign_in(coordinator), bank, sheet(row("60.00", serial="s1"), row("1"))).text
    assert "有 1 笔流水号以前登记过，但金额或日期不同" in page
    assert "以前已有" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"\x89PNG\r\n\x1a\n\0\0", "读不出这个文件"),
        (b"a,b\n1,2", "格式里的列"),
        (b"PK\x03\x04broken", "不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0", "旧版 Excel"),
        (sheet(), "没有明细行"),
    ],
    ids=["empty", "a picture", "another format", "broken", "old", "no rows"],
)
def test_what_is_no_file_of_the_bank_is_refused(session, coordinator, sign_in, content, sentence):
    bank = bank_format(session, coordinator).name
    reply = preview(sign_in(coordinator), bank, content)
    assert (reply.status_code, sentence in html.unescape(reply.text)) == (422, True)
    assert 'id="file-error"' in reply.text


def test_a_text_that_is_called_a_workbook_is_told_so(session, coordinator, sign_in):
    bank, content = bank_format(session, coordinator).name, sheet(row("1"))
    client = sign_in(coordinator)
    reply = preview(client, bank, content, "流水.XLSX")
    assert (reply.status_code, "内容却不是 Excel 工作簿" in reply.text) == (422, True)
    assert preview(client, bank, content, "流水.xls").status_code == 200


def test_a_file_that_is_too_big_is_not_read(session, coordinator, sign_in, monkeypatch):
    monkeypatch.setattr("market.payments.forms.MOST_BYTES", 10)
    bank = bank_format(session, coordinator).name
    reply = preview(sign_in(coordinator), bank, sheet(row("1")))
    assert (reply.status_code, "文件超过 10 MB" in reply.text) == (422, True)


def test_without_a_file_or_a_format_one_is_asked_for(session, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "还没有银行格式" in client.get("/payments/bank-files/new").text
    bank = bank_format(session, session.merge(coordinator)).name
    session.commit()
    reply = client.post("/payments/bank-files/new", data={"format": bank})
    assert "请选择从网银下载的流水文件" in reply.text
    assert client.post("/payments/bank-files/new", data={"format": "x"}).status_code == 422


def test_a_foreign_or_old_preview_is_refused(session, coordinator, sign_in):
    bank = bank_format(session, coordinator).name
    officer = make.person(session, role=Role.FUND_OFFICER)
    client = sign_in(coordinator)
    page = preview(client, bank, sheet(row("1"))).text
    reply = sign_in(officer).post("/payments/bank-files/apply", data={"held": field(page, "held")})
    assert "预览内容无效" in reply.text
    assert "预览内容无效" in client.post("/payments/bank-files/apply").text
    session.query(BankFormat).one().name = "改名"
    session.commit()
    assert "刚刚被改名" in apply(client, page).text
    assert client.get("/payments/bank-files/nothing").status_code == 404


def test_a_previewed_file_that_was_lost_is_asked_for_again(app, session, coordinator, sign_in):
    bank = bank_format(session, coordinator).name
    client = sign_in(coordinator)
    page = preview(client, bank, sheet(row("1.37"))).text
    lost = app.config["FILES"]
    lost.rename(lost.with_name("lost"))
    try:
        reply = apply(client, page)
    finally:
        lost.with_name("lost").rename(lost)
    assert reply.status_code == 422
    assert "预览过的文件已不在服务器上" in reply.text


def test_a_preview_is_good_for_an_hour(session, coordinator, sign_in, monkeypatch):
    monkeypatch.setattr("market.payments.views.bank_files.HELD_SECONDS", -1)
    bank = bank_format(session, coordinator).name
    client = sign_in(coordinator)
    assert "预览已超过 1 小时" in apply(client, preview(client, bank, sheet(row("1"))).text).text


def test_an_empty_history_says_what_to_do(coordinator, sign_in):
    client = sign_in(coordinator)
    assert "还没有导入过银行流水" in client.get("/payments/bank-files").text
    assert "还没有银行格式" in client.get("/payments/bank-formats").text
    assert "没有待核对的转账" in client.get("/payments/transfers").text


# A format


def test_a_format_is_made_from_a_sample(session, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "样例" in client.get("/payments/bank-formats/new").text
    content = sheet(row("1,050.00", "附言一", balance="9"), row(out="2"))
    page = upload(client, "/payments/bank-formats/new", content, "农商行.csv").text
    assert field(page, "name") == "农商行"
    assert "1,050.00" in page
    assert "附言一" in page
    data = {
        "name": "农商行",
        "encoding": "auto",
        "sample": field(page, "sample"),
        "date_column": "交易日期",
        "in_column": "收入",
        "remark_columns": ["附言"],
    }
    empty = ("time_column", "serial_column", "amount_column", "side_column", "out_column")
    rest = ("balance_column", "payer_name_column", "payer_account_column")
    data |= dict.fromkeys((*empty, *rest), "")
    again = client.post("/payments/bank-formats/new", data=data)
    assert "这样理解样例" in again.text
    assert session.query(BankFormat).count() == 0
    session.commit()
    wrong = client.post("/payments/bank-formats/new", data=data | {"save": "1", "date_column": ""})
    assert (wrong.status_code, "请选择交易日期是哪一列" in wrong.text) == (422, True)
    assert client.post("/payments/bank-formats/new", data=data | {"name": ""}).status_code == 422
    reply = client.post("/payments/bank-formats/new", data=data | {"save": "1"})
    assert reply.location == "/payments/bank-formats"
    saved = session.query(BankFormat).one()
    assert (saved.name, saved.in_column, saved.remark_columns) == ("农商行", "收入", "附言")
    session.commit()
    assert "农商行" in client.get("/payments/bank-formats").text
    session.rollback()
    taken = client.post("/payments/bank-formats/new", data=data | {"save": "1"})
    assert (taken.status_code, "已有名为“农商行”的格式" in taken.text) == (422, True)
    page = client.get("/payments/bank-formats/edit?name=农商行").text
    assert 'selected value="交易日期"' in page
    reply = upload(client, "/payments/bank-formats/edit?name=农商行", content)
    assert field(reply.text, "name") == "农商行"
    data |= {"name": "改名", "save": "1", "serial_column": "流水号"}
    assert client.post("/payments/bank-formats/edit?name=农商行", data=data).status_code == 302
    session.expire_all()
    assert (saved.name, saved.serial_column) == ("改名", "流水号")
    session.commit()
    assert client.get("/payments/bank-formats/edit?name=x").status_code == 404


def test_a_sample_that_is_none_is_refused(coordinator, sign_in):
    client = sign_in(coordinator)
    reply = upload(client, "/payments/bank-formats/new", b"a,b\n1,2")
    assert (reply.status_code, "没有找到标题行" in reply.text) == (422, True)
    reply = upload(client, "/payments/bank-formats/new", b"")
    assert reply.status_code == 422
    odd = client.post("/payments/bank-formats/new", data={"name": "x", "sample": "forged"})
    assert odd.status_code == 422


def test_a_sample_that_is_not_understood_says_why(coordinator, sign_in):
    client = sign_in(coordinator)
    head = HEAD.replace("收入", "甲").replace("支出", "乙")
    page = upload(client, "/payments/bank-formats/new", sheet(row("1"), head=head)).text
    assert "还读不懂" in page
    page = upload(client, "/payments/bank-formats/new", sheet(row(out="1"))).text
    assert "前几行里没有到账" in page
    page = upload(client, "/payments/bank-formats/new", sheet(row("x"))).text
    assert "处读不懂" in page


# The queue


def once(page, name="once"):
    return field(page, name)


def test_an_exact_transfer_is_confirmed_on_the_list(session, unpaid, coordinator, sign_in):
    payment = arrived(session, 5000, unpaid.number, coordinator)
    key = payment.once_key
    client = sign_in(coordinator)
    page = client.get("/payments/transfers").text
    assert "确认所有金额一致的 1 笔" in page
    data = {"once": once(page)}
    for _ in range(2):
        reply = client.post(f"/payments/transfers/{key}/confirm?q=", data=data)
        assert reply.location == "/payments/transfers?q="
    session.expire_all()
    assert unpaid.state is OrderState.OPEN
    assert session.query(Allocation).count() == 1


def test_all_exact_ones_are_confirmed_with_one_click(session, coordinator, sign_in):
    orders = []
    for _ in range(3):
        person = make.person(session, role=Role.SHOPPER)
        orders.append(place(session, person, (make.sku(session), 1000)))
        arrived(session, 2500, orders[-1].number, coordinator)
    arrived(session, 2500, orders[0].number, coordinator)  # Paid twice.
    arrived(session, 2499, orders[1].number, coordinator)
    client = sign_in(coordinator)
    page = client.get("/payments/transfers").text
    assert "确认所有金额一致的 4 笔" in page
    reply = client.post(
        "/payments/transfers/confirm",
        data={"all-once": once(page, "all-once")},
        follow_redirects=True,
    )
    assert "已确认 3 笔" in reply.text
    assert "有一笔没有入账" in reply.text
    assert "已付清" in reply.text
    session.expire_all()
    assert {order.state for order in orders} == {OrderState.OPEN}


@pytest.mark.parametrize(
    ("most", "words"), [(1, "一次最多确认 1 笔"), (0, "没有编号与金额一致的款项")]
)
def test_one_click_confirms_so_many_and_says_so(
    session, unpaid, coordinator, sign_in, monkeypatch, most, words
):
    monkeypatch.setattr("market.payments.views.bank_queue.MOST_AT_ONCE", most)
    arrived(session, 5000, unpaid.number, coordinator)
    client = sign_in(coordinator)
    page = client.get("/payments/transfers").text
    data = {"all-once": once(page, "all-once")}
    assert (
        words in client.post("/payments/transfers/confirm", data=data, follow_redirects=True).text
    )


def test_one_click_on_an_old_page_confirms_nothing(session, unpaid, coordinator, sign_in):
    arrived(session, 5000, unpaid.number, coordinator)
    client = sign_in(coordinator)
    data = {"all-once": "x"}
    reply = client.post("/payments/transfers/confirm", data=data, follow_redirects=True)
    assert "没有入账，请重新确认" in reply.text
    assert session.query(Allocation).count() == 0


def test_a_transfer_is_matched_split_and_taken_back_on_its_page(
    session, unpaid, coordinator, sign_in
):
    payment = arrived(session, 6000, "没有编号", coordinator)
    key, number, buyer_name = payment.once_key, unpaid.number, unpaid.placed_by.name
    client = sign_in(coordinator)
    path = f"/payments/transfers/{key}"
    page = client.get(path).text
    assert "附言里没有订单或结算单编号" in page
    typed = {"once": once(page), "code_1": number, "amount_1": "49.99"}
    reply = client.post(f"{path}/match", data=typed)
    assert reply.status_code == 422
    assert "须一次付清 50.00 元" in reply.text
    assert 'value="49.99"' in reply.text
    typed["amount_1"] = ""
    reply = client.post(f"{path}/match", data=typed)
    asked = html.unescape(reply.text)
    assert f"付款户名是“某单位”，而 {number} 属于“{buyer_name}”" in asked
    assert (reply.status_code, 'name="for_another"' in asked) == (422, True)
    reply = client.post(f"{path}/match", data=typed | {"for_another": "y"})
    assert reply.location == path
    page = client.get(path).text
    assert "50.00 元已入账" in page
    assert "撤回这笔入账" in page
    wrong = client.post(f"{path}/matches/0/undo", data={"undo-0-reason": ""})
    assert (wrong.status_code, "请写明原因" in wrong.text) == (422, True)
    reply = client.post(f"{path}/matches/0/undo", data={"undo-0-reason": "对错了"})
    assert reply.status_code == 302
    page = client.get(path).text
    assert "款项回到待核对" in page
    # What was taken back says so, and why, on its page and on the order's.
    assert re.search(r"已撤回.*对错了", page)
    page = client.get(f"/orders/{number}").text
    assert (">撤回入账<" in page, "对错了" in page, "转入账户余额" in page) == (True, True, False)
    assert client.post(f"{path}/matches/7/undo", data={"undo-7-reason": "x"}).status_code == 404
    assert client.get("/payments/transfers/nothing").status_code == 404


def test_a_transfer_is_set_aside_kept_or_given_back(session, buyer, coordinator, sign_in):
    interest = arrived(session, 12, "结息", coordinator).once_key
    advance = arrived(session, 900, "预付", coordinator).once_key
    wrong = arrived(session, 700, "误转", coordinator).once_key
    code, unit_name = buyer.unit.code, buyer.unit.name
    client = sign_in(coordinator)

    def post(key, deed, **data):
        return client.post(f"/payments/transfers/{key}/{deed}", data=data)

    assert post(interest, "aside", **{"aside-reason": ""}).status_code == 422
    assert post(interest, "aside", **{"aside-reason": "利息"}).location == "/payments/transfers"
    assert "结息" not in client.get("/payments/transfers").text
    assert "利息" in client.get("/payments/transfers?standing=aside").text
    assert "恢复为待核对" in client.get(f"/payments/transfers/{interest}").text
    assert post(interest, "back").status_code == 302
    assert post(interest, "back").status_code == 422
    assert "没有编码为“X”" in post(advance, "account", **{"account-unit": "X"}).text
    assert post(advance, "account", **{"account-unit": code}).status_code == 302
    assert unit_name in client.get("/payments/transfers?standing=credit").text
    page = client.get(f"/payments/transfers/{wrong}").text
    data = {"return-once": once(page, "return-once"), "return-reason": "误转"}
    assert "最多可退 7.00 元" in post(wrong, "return", **data, **{"return-amount_fen": "8"}).text
    assert post(wrong, "return", **data, **{"return-amount_fen": "7"}).status_code == 302
    assert session.query(Refund).one().amount_fen == 700
    session.commit()
    assert "已处理完" in client.get(f"/payments/transfers/{wrong}").text


@pytest.mark.parametrize(("form", "magic"), [("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")])
def test_what_waits_can_be_taken_away(session, unpaid, coordinator, sign_in, form, magic):
    arrived(session, 5000, unpaid.number, coordinator, payer_name="吴敏")
    number = unpaid.number
    reply = sign_in(coordinator).get(f"/payments/transfers?standing=exact&format={form}")
    assert reply.data.startswith(magic)
    if form == "csv":
        assert f"吴敏,,{number},{number}" in reply.text


def test_who_may_look_and_who_may_decide(
    session, unpaid, buyer, inspector, admin, sign_in, coordinator
):
    payment = arrived(session, 5000, unpaid.number, coordinator)
    key = payment.once_key
    others = [buyer, unpaid.placed_by, admin]
    client = sign_in(inspector)
    page = client.get("/payments/transfers").text
    assert "确认入账" not in page
    assert "入账</button>" not in client.get(f"/payments/transfers/{key}").text
    assert client.post(f"/payments/transfers/{key}/confirm").status_code == 403
    assert client.get("/payments/bank-files").status_code == 200
    assert client.get("/payments/bank-formats").status_code == 200
    for person in others:
        client = sign_in(person)
        for path in ("transfers", f"transfers/{key}", "bank-files", "bank-formats"):
            assert client.get(f"/payments/{path}").status_code == 403


@pytest.mark.parametrize("many", [2, 10])
def test_the_queue_asks_no_more_often_for_more_transfers(
    session, coordinator, sign_in, count_queries, many
):
    for number in range(many):
        person = make.person(session, role=Role.SHOPPER)
        order = place(session, person, (make.sku(session), 1000))
        arrived(session, 2500 + number % 2, order.number, coordinator)
        arrived(session, 2500, "没有编号", coordinator)
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get("/payments/transfers").status_code == 200
    assert len(statements) <= 11
    key = session.query(Payment).first().once_key
    session.commit()
    with count_queries() as statements:
        assert client.get(f"/payments/transfers/{key}").status_code == 200
    assert len(statements) <= 12
    assert transfer_of(session, key)


# A long file


def lines_in(page):
    return re.findall(r"<li>(已[^<]*)<progress", page)


def test_a_long_file_shows_how_far_it_is_read_and_imported(
    session, coordinator, sign_in, monkeypatch
):
    monkeypatch.setattr("market.payments.views.bank_files.LONG_BYTES", 10)
    bank = bank_format(session, coordinator).name
    client = sign_in(coordinator)
    content = sheet(*(row("50.00") for _ in range(3)))
    page = preview(client, bank, content)
    assert page.is_streamed
    assert lines_in(page.text) == ["已核对 0 / 3 行", "已与以前的登记比对 0 / 3 笔"]
    assert "确认导入 3 笔" in page.text
    assert "working-done" in page.text  # Beside which the steps are shown no more.
    with broken(session):  # Once it is committed, the page is drawn already.
        done = apply(client, page.text).text
    assert lines_in(done) == ["已核对 0 / 3 行", "已登记到账并认出编号 3 / 3 笔"]
    assert "已导入 3 笔，共 150.00 元" in done
    onward = re.search(r'href="([^"]+)" data-onward', done)[1]
    assert "150.00" in client.get(onward).text
    assert session.query(Payment).count() == 3
    session.rollback()
    assert "不能重复导入" in preview(client, bank, content).text
    assert "不能重复导入" in apply(client, page.text).text
    wrong = preview(client, bank, sheet(row("x"))).text
    assert "金额，例如 1,234.50" in wrong
    assert "确认导入" not in wrong


def test_of_a_long_import_that_nobody_waits_for_nothing_is_written(
    session, coordinator, sign_in, monkeypatch
):
    monkeypatch.setattr("market.payments.views.bank_files.LONG_BYTES", 10)
    bank = bank_format(session, coordinator).name
    client = sign_in(coordinator)
    page = preview(client, bank, sheet(row("50.00"), row("60.00"))).text
    data = {"held": field(page, "held")}
    reply = client.post("/payments/bank-files/apply", data=data, buffered=False)
    for piece in reply.iter_encoded():
        if "已登记到账" in piece.decode():
            break
    reply.close()
    assert session.query(Payment).count() == session.query(BankFile).count() == 0
    session.rollback()
    assert "已导入 2 笔" in client.post("/payments/bank-files/apply", data=data).text
