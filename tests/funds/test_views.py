"""Pages of the plan's money: figures that open their lines, documents, and what is done to them."""

import html
import io
import re

import pytest
import sqlalchemy as sa

from market.adapters.spreadsheets import read_grid
from market.core import clock
from market.core.access import Role
from market.funds import services
from market.funds.models import Document, DocumentState, Earmark, Kind, Purpose
from market.funds.queries import flows
from market.funds.queries.figures import figures
from market.funds.queries.flows import Flow, Measure
from tests import make
from tests.funds import papers
from tests.funds.papers import WAN
from tests.kept import kept_world

PDF = b"%PDF-1.4 "


def made_agreement(session):
    """An agreement of 县交通局 over 100 万元; 60 are disbursed, 40 spent, 30 accepted."""
    earmarks, people = papers.open_ledger(session), papers.offices(session)
    made = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=made)
    papers.effective(session, people, Kind.CLAIM, 40 * WAN, agreement=made)
    papers.effective(session, people, Kind.ACCEPTANCE, 30 * WAN, agreement=made)
    return made, *vars(people).values()


@pytest.fixture
def world(session):
    session.expire_on_commit = False  # Else naming a document begins to write, and requests wait.
    return kept_world(session, "an agreement and its offices", made_agreement)


@pytest.fixture
def agreement(world):
    return world[0]


@pytest.fixture
def people(world):
    return papers.Offices(*world[1:])


@pytest.fixture
def earmarks(session, world):
    return {earmark.code: earmark for earmark in session.scalars(sa.select(Earmark))}


def words(page):
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))


def field(page, name):
    """Return the value of a field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.text).group(0)
    return html.unescape(re.search(r'value="([^"]*)"', found).group(1))


def path(document, deed=""):
    return f"/funds/documents/{document.number}" + (f"/{deed}" if deed else "")


def upload(client, document, purpose, content=PDF):
    return client.post(
        path(document, "files"),
        data={"upload-purpose": purpose, "upload-file": (io.BytesIO(content), "凭证.pdf")},
        content_type="multipart/form-data",
    )


# The ledger.


def test_the_ledger_shows_23_earmarks_and_their_sum(agreement, inspector, sign_in):
    page = sign_in(inspector).get("/funds")
    assert page.status_code == 200
    assert "23 笔专款" in words(page)
    assert "5,487.00" in words(page)
    assert page.text.count('<th scope="row" class="wide text-wrap">') == 23
    assert "100.00" in words(page)


def test_the_lines_behind_every_figure_sum_to_it(session, agreement, people, earmarks):
    papers.submitted(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    papers.effective(
        session,
        people,
        Kind.REALLOCATION,
        7 * WAN,
        earmark=earmarks["01"],
        to_earmark=earmarks["02"],
    )
    session.flush()
    for asked in ({}, {"known_on": clock.today()}, {"year": 2020}):
        found = figures(session, **asked)
        for measure in Measure:
            for code in ("01", "02"):
                lines = flows.lines(earmarks[code], Flow(measure, **asked))
                assert flows.sum_of(session, lines) == measure.of(found[earmarks[code].id])


def test_an_agreements_figures_are_the_sum_of_its_own_lines(session, agreement, people, earmarks):
    papers.effective(session, people, Kind.AGREEMENT, 11 * WAN, earmark=earmarks["01"])
    rows = flows.agreements_of(session, earmarks["01"])
    assert [one.figures.committed_fen for one in rows] == [100 * WAN, 11 * WAN]
    for row in rows:
        for measure in (Measure.COMMITTED, Measure.DISBURSED, Measure.SPENT, Measure.ACCEPTED):
            lines = flows.lines(earmarks["01"], Flow(measure, agreement=row.agreement))
            assert flows.sum_of(session, lines) == measure.of(row.figures)


def test_an_earmarks_page_shows_the_lines_of_a_figure_with_their_sum(agreement, people, sign_in):
    client = sign_in(people.lead)
    page = client.get("/funds/earmarks/01?measure=disbursed")
    assert "流水：拨付" in words(page)
    assert "拨付合计 1 笔 600,000.00" in words(page)
    own = client.get(f"/funds/earmarks/01?measure=committed&agreement={agreement.number}")
    assert f"签约 · 协议 {agreement.number}" in words(own)
    assert "签约合计 1 笔 1,000,000.00" in words(own)
    every = client.get("/funds/earmarks/01")
    assert "按方案立账" in words(every)
    assert "资金协议" not in words(every)


def test_the_ledger_as_known_on_an_earlier_day_is_empty(agreement, people, sign_in):
    client = sign_in(people.officer)
    page = words(client.get("/funds?known_on=2020-01-02"))
    assert "截至 2020-01-02 已记账" in page
    assert "5,487.00" not in page
    for odd in ("0001-01-01", "9999-12-31", "x"):
        now = words(client.get(f"/funds?known_on={odd}"))
        assert "5,487.00" in now
        assert f"“{odd}”不是过去的日期" in now
        assert f"“{odd}”不是过去的日期" in words(client.get(f"/funds/earmarks/01?known_on={odd}"))
    assert "不是过去的日期" not in page + words(client.get("/funds?known_on="))


def test_the_ledger_is_filtered_and_taken_away(agreement, people, sign_in):
    client = sign_in(people.officer)
    page = client.get("/funds?department=县交通局&year=2020")
    assert "县教委</td>" not in page.text
    assert client.get("/funds?department=没有").status_code == 200
    sheet = client.get("/funds?format=csv").data.decode("utf-8-sig")
    assert len(sheet.splitlines()) == 24
    assert "县交通局,1831500.00," in sheet
    assert client.get("/funds?format=xlsx").data.startswith(b"PK")
    lines = client.get("/funds/earmarks/01?measure=spent&format=csv").data.decode("utf-8-sig")
    assert "400000.00" in lines
    assert client.get("/funds/earmarks/01?format=xlsx").data.startswith(b"PK")


def test_a_county_agency_sees_its_own_money_only(session, agreement, people, sign_in):
    other = make.person(session, role=Role.COUNTY, agency="县水利局")
    lost = make.person(session, role=Role.COUNTY, agency="")
    client = sign_in(other)
    assert "县交通局" not in words(client.get("/funds"))
    assert client.get("/funds/earmarks/01").status_code == 404
    assert client.get(path(agreement)).status_code == 404
    assert client.get(f"/funds/earmarks/05?agreement={agreement.number}").status_code == 404
    assert client.post(path(agreement, "submit")).status_code == 404
    assert agreement.number not in client.get("/funds/documents").text
    assert "没有贵单位负责的专款" in words(sign_in(lost).get("/funds"))
    own = sign_in(people.clerk)
    assert own.get("/funds/earmarks/01").status_code == 200
    assert own.get("/funds/earmarks/02").status_code in (200, 404)


def test_whom_it_is_none_of_their_business_is_shown_nothing(agreement, buyer, sign_in, app):
    assert sign_in(buyer).get("/funds").status_code == 403
    assert app.test_client().get("/funds").status_code == 302


def test_the_pages_need_no_more_queries_for_more_rows(
    session, agreement, people, sign_in, count_queries
):
    def cost(url):
        client.get(url)
        with count_queries() as statements:
            assert client.get(url).status_code == 200
        return len(statements)

    urls = ["/funds", "/funds/earmarks/01", "/funds/documents", path(agreement)]
    lead = make.person(session, role=Role.COORDINATOR, agency="社发局")
    client = sign_in(lead)
    before = [cost(url) for url in urls]
    for _ in range(3):
        papers.submitted(session, people, Kind.CLAIM, WAN, agreement=agreement)
        papers.effective(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    client = sign_in(lead)
    assert [cost(url) for url in urls] == before
    assert max(before) <= 16


# Writing.


def claim_data(client, agreement, **given):
    page = client.get(f"/funds/documents/new/claim?agreement={agreement.number}")
    return {
        "once": field(page, "once"),
        "agreement": agreement.number,
        "title": "桥面施工报账",
        "occurred_on": clock.today().isoformat(),
        "year": "2020",
        "invoices-0-cost_type": "工程施工",
        "invoices-0-payee": "某建筑公司",
        "invoices-0-invoice_code": "050001900104",
        "invoices-0-invoice_number": "00000001",
        "invoices-0-invoice_on": clock.today().isoformat(),
        "invoices-0-amount_fen": "12,000.50",
    } | given


def test_a_claim_is_written_from_its_invoices_once(session, agreement, people, sign_in):
    client = sign_in(people.clerk)
    data = claim_data(client, agreement)
    first = client.post("/funds/documents/new/claim", data=data)
    second = client.post("/funds/documents/new/claim", data=data)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    page = words(client.get(first.location))
    assert "¥12,000.50" in page
    assert "提交前还须上传：发票、付款或退款凭证" in page


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(agreement, people, sign_in):
    client = sign_in(people.clerk)
    data = claim_data(client, agreement)
    data |= {"title": "", "invoices-0-payee": "", "invoices-0-amount_fen": "十元"}
    page = client.post("/funds/documents/new/claim", data=data)
    assert page.status_code == 422
    assert "请填写事由标题" in words(page)
    assert 'id="invoices-0-payee-error"' in page.text
    assert "请填写收款人" in words(page)
    assert 'value="十元"' in page.text
    assert "050001900104" in page.text
    twice = {
        name.replace("-0-", "-3-"): value
        for name, value in claim_data(client, agreement).items()
        if "-0-" in name
    }
    page = client.post("/funds/documents/new/claim", data=claim_data(client, agreement) | twice)
    assert page.status_code == 422
    assert "两张代码和号码相同的发票" in words(page)


def test_more_rows_of_invoices_are_added_without_a_script(agreement, people, sign_in):
    client = sign_in(people.clerk)
    data = claim_data(client, agreement)
    page = client.post("/funds/documents/new/claim", data=data | {"more": "1"})
    assert page.status_code == 200
    assert page.text.count('-invoice_number"') >= 10
    assert "没有提交成功" not in page.text
    assert 'value="12,000.50"' in page.text
    assert "工程施工" in page.text.split('name="invoices-9-cost_type"')[1]


def test_every_kind_has_a_form_for_those_who_make_it(agreement, people, sign_in):
    wrong = []
    for kind in Kind:
        client = sign_in(papers.maker_of(kind, people))
        where = f"/funds/documents/new/{kind}?target={agreement.number}"
        page = client.get(f"{where}&earmark=01")
        if page.status_code != 200 or kind.label not in words(page):
            wrong.append((kind, page.status_code))
        empty = client.post(where, data={})
        if empty.status_code != 422:
            wrong.append((kind, "empty", empty.status_code))
    assert wrong == []


def test_a_kind_is_not_written_by_another_role(agreement, people, admin, inspector, sign_in):
    assert sign_in(people.clerk).get("/funds/documents/new/appropriation").status_code == 403
    assert sign_in(people.officer).get("/funds/documents/new/claim").status_code == 403
    for reader in (admin, inspector):
        client = sign_in(reader)
        assert client.get("/funds/documents/new/claim").status_code == 403
        assert client.post(path(agreement, "submit")).status_code == 403
        assert client.post(path(agreement, "decide")).status_code == 403
        page = client.get(path(agreement))
        assert page.status_code == 200
        assert "/submit" not in page.text
    assert sign_in(people.clerk).get("/funds/documents/new/nothing").status_code == 404
    assert sign_in(people.clerk).get("/funds/documents/new/reversal").status_code == 404


def test_an_agreement_is_written_and_changed_in_its_form(people, sign_in):
    client = sign_in(people.clerk)
    page = client.get("/funds/documents/new/agreement?earmark=01")
    assert 'selected value="01"' in page.text
    data = {
        "once": field(page, "once"),
        "earmark": "01",
        "title": "道路协议",
        "occurred_on": clock.today().isoformat(),
        "year": "2020",
        "amount_fen": "1000",
        "document_no": "演示协议1号",
        "payee": "某公司",
        "payee_login": "nobody",
    }
    made = client.post("/funds/documents/new/agreement", data=data)
    assert made.status_code == 303
    wrong = client.post(f"{made.location}/edit", data=data | {"cost_type": "学生资助"})
    assert wrong.status_code == 422
    wrong = client.post(f"{made.location}/edit", data=data | {"occurred_on": "2199-01-01"})
    assert wrong.status_code == 422
    assert "业务日期不能晚于今天" in words(wrong)
    assert 'id="occurred_on-error"' in wrong.text
    page = client.get(f"{made.location}/edit")
    assert field(page, "amount_fen") == "1000.00"
    saved = client.post(f"{made.location}/edit", data=data | {"amount_fen": "2000"})
    assert saved.status_code == 303
    assert "¥2,000.00" in words(client.get(made.location))
    stranger = sign_in(people.clerk_2).get(f"{made.location}/edit")
    assert stranger.status_code == 302


def test_who_is_paid_is_named_by_their_login(session, agreement, people, sign_in):
    client = sign_in(people.clerk)
    data = claim_data(client, agreement, payee_login="nobody-at-all")
    page = client.post("/funds/documents/new/claim", data=data)
    assert page.status_code == 422
    assert 'id="payee_login-error"' in page.text
    login = people.clerk_2.login
    made = client.post("/funds/documents/new/claim", data=data | {"payee_login": login})
    assert "向晴" in words(client.get(made.location))
    assert field(client.get(f"{made.location}/edit"), "payee_login") == login


# What is done to a document.


def test_a_claim_goes_its_whole_way_on_its_page(session, agreement, people, sign_in):
    clerk = sign_in(people.clerk)
    made = clerk.post("/funds/documents/new/claim", data=claim_data(clerk, agreement))
    document = session.query(Document).order_by(Document.id.desc()).first()
    session.commit()
    early = clerk.post(path(document, "submit"))
    assert early.status_code == 422
    assert "还缺发票" in words(early)
    for purpose in (Purpose.INVOICE, Purpose.VOUCHER):
        assert upload(clerk, document, purpose, PDF + purpose.encode()).status_code == 303
    tried = words(clerk.post(path(document, "rehearse")))
    assert "试算结果" in tried
    assert "200,000.00 187,999.50 187,999.50" in tried
    assert clerk.post(path(document, "submit")).status_code == 303
    session.expire_all()
    assert document.state is DocumentState.SUBMITTED
    session.commit()
    lead = sign_in(people.lead)
    page = lead.get(made.location)
    assert f"您签的正是这一份： {document.body_sha256[:12]}" in words(page)
    seen = field(page, "decide-seen")
    assert "等我审批 1" in words(lead.get("/funds/documents"))
    assert document.number in lead.get("/funds/documents?mine=decide").text
    unread = lead.post(path(document, "decide"), data={"decide-seen": seen})
    assert unread.status_code == 422
    returned = {"decide-seen": seen, "decide-decision": "return"}
    silent = lead.post(path(document, "decide"), data=returned)
    assert silent.status_code == 422
    assert 'id="decide-note-error"' in silent.text
    agreed = {"decide-seen": seen, "decide-decision": "approve"}
    assert lead.post(path(document, "decide"), data=agreed).status_code == 303
    officer = sign_in(people.officer)
    assert officer.post(path(document, "decide"), data=agreed).status_code == 303
    page = words(officer.get(made.location))
    assert "已生效" in page
    assert "罗川" in page
    assert "资金单据生效" in page


def test_nobody_signs_what_they_wrote(session, agreement, people, sign_in):
    paper = papers.submitted(
        session, people, Kind.ACCEPTANCE, WAN, agreement=agreement, by=people.lead
    )
    client = sign_in(people.lead)
    page = client.get(path(paper))
    assert "不能审批自己填写的单据" in words(page)
    assert "decide-seen" not in page.text
    data = {"decide-seen": paper.body_sha256, "decide-decision": "approve"}
    session.commit()
    refused = client.post(path(paper, "decide"), data=data)
    assert refused.status_code == 422
    assert "不能审批自己填写的单据，请由另一人审批" in words(refused)


def test_too_much_is_refused_with_what_used_the_money_up(session, agreement, people, sign_in):
    waits = papers.submitted(session, people, Kind.CLAIM, 15 * WAN, agreement=agreement)
    paper = papers.drafted(session, people, Kind.CLAIM, 8 * WAN, agreement=agreement)
    client = sign_in(people.clerk)
    for deed in ("submit", "rehearse"):
        page = client.post(path(paper, deed))
        assert page.status_code == 422
        said = words(page)
        assert "还有 50,000.00 元可以动用，本单要 80,000.00 元，超出 30,000.00 元" in said
        assert path(waits) in page.text
        assert f"{waits.number} 报账 报账（演示） 待审占用 150,000.00" in said
        assert "还可以动用 50,000.00" in said
        assert "合计（曾进入这一环节的资金） 600,000.00" in said


def test_the_same_receipt_twice_is_shown_and_must_be_looked_at(session, agreement, people, sign_in):
    first = papers.submitted(session, people, Kind.CLAIM, WAN, agreement=agreement)
    paper = papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement)
    same = first.files[0].attachment.file.sha256
    again = papers.file(session, people.clerk, sha256=same)
    services.attach(session, paper, again, Purpose.INVOICE, by=people.clerk)
    services.submit(session, paper, by=people.clerk)
    client = sign_in(people.lead)
    page = client.get(path(paper))
    assert "与别的单据相同" in words(page)
    assert path(first) in page.text
    data = {"decide-seen": field(page, "decide-seen"), "decide-decision": "approve"}
    refused = client.post(path(paper, "decide"), data=data)
    assert refused.status_code == 422
    assert "decide-duplicates_seen" in refused.text
    data["decide-duplicates_seen"] = "y"
    assert client.post(path(paper, "decide"), data=data).status_code == 303


def test_a_payment_is_written_down_or_called_off(session, agreement, people, sign_in):
    papers_ = [
        papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
        for _ in range(2)
    ]
    for paper in papers_:
        papers.approve(session, paper, people)
    paid, failed = papers_
    client = sign_in(people.officer_3)
    assert "等我付款 2" in words(client.get("/funds/documents"))
    data = {"pay-paid_on": "2199-01-01", "pay-bank_serial": "演示流水1"}
    refused = client.post(path(paid, "pay"), data=data)
    assert refused.status_code == 422
    assert 'id="pay-paid_on-error"' in refused.text
    data["pay-paid_on"] = clock.today().isoformat()
    assert client.post(path(paid, "pay"), data=data).status_code == 303
    assert "流水号 演示流水1" in words(client.get(path(paid)))
    assert client.post(path(failed, "call-off"), data={}).status_code == 422
    reason = {"call_off-reason": "账号有误"}
    assert client.post(path(failed, "call-off"), data=reason).status_code == 303
    own = sign_in(people.clerk)
    assert "退回给我 1" in words(own.get("/funds/documents"))
    page = own.get(path(failed))
    assert "/edit" in page.text
    assert words(page).count("账号有误") == 2  # Among what it says, and in what happened to it.


def test_a_document_is_recalled_changed_and_discarded(session, agreement, people, sign_in):
    paper = papers.submitted(session, people, Kind.CLAIM, WAN, agreement=agreement)
    client = sign_in(people.clerk)
    assert client.post(path(paper, "recall")).status_code == 303
    again = client.post(path(paper, "recall"))
    assert again.status_code == 422
    kept, stays = (file.id for file in paper.files)
    session.commit()
    assert client.post(path(paper, f"files/{kept}/remove")).status_code == 303
    assert client.post(path(paper, f"files/{kept}/remove")).status_code == 404
    empty = upload(client, paper, Purpose.INVOICE, b"")
    assert empty.status_code == 422
    assert 'id="upload-file-error"' in empty.text
    assert client.post(path(paper, "files"), data={}).status_code == 422
    assert client.post(path(paper, "discard")).status_code == 303
    assert upload(client, paper, Purpose.INVOICE).status_code == 422
    other = sign_in(people.clerk_2)
    assert other.post(path(paper, "discard")).status_code == 422
    taken = other.post(path(paper, f"files/{stays}/remove"))
    assert taken.status_code == 422
    assert "只有填写人可以修改这份单据" in words(taken)


def test_a_document_in_effect_is_reversed_by_another_document(session, agreement, people, sign_in):
    claim = papers.effective(session, people, Kind.CLAIM, WAN, agreement=agreement)
    client = sign_in(people.clerk)
    page = client.get(path(claim))
    where = f"/funds/documents/new/reversal?target={claim.number}"
    assert where in html.unescape(page.text)
    form = client.get(where)
    assert field(form, "title") == f"冲销报账 {claim.number}"
    data = {"once": field(form, "once"), "title": "冲销", "occurred_on": str(clock.today())}
    silent = client.post(where, data=data)
    assert silent.status_code == 422
    assert 'id="reason-error"' in silent.text
    made = client.post(where, data=data | {"reason": "重复报账"})
    assert made.status_code == 303
    assert f"报账 {claim.number}" in words(client.get(made.location))


def test_an_agreement_offers_what_may_follow_it(agreement, people, sign_in):
    page = sign_in(people.clerk).get(path(agreement)).text
    for kind in ("disbursement", "claim", "acceptance", "amendment", "decommitment", "return"):
        assert f"/funds/documents/new/{kind}?agreement={agreement.number}" in html.unescape(page)
    assert "/new/claim" not in sign_in(people.officer).get(path(agreement)).text


def test_the_list_is_filtered_paged_and_taken_away(session, agreement, people, sign_in):
    for number in range(26):
        papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement, title=f"报账{number}")
    client = sign_in(people.lead)
    page = client.get("/funds/documents?kind=claim&state=draft&page=2")
    assert "筛选结果合计（26 份报账） 260,000.00" in words(page)
    assert "报账0" in words(page)
    assert "没有符合条件的单据" in words(client.get("/funds/documents?q=没有这个"))
    assert "报账7" in words(client.get("/funds/documents?q=报账7&earmark=01"))
    every = words(client.get("/funds/documents"))
    assert "不同种类不相加" in every
    assert "筛选结果合计" not in every
    sums = [
        read_grid(client.get(f"/funds/documents?{asked}format=xlsx").data, most=99).lines[-1][0]
        for asked in ("", "kind=claim&")
    ]
    assert sums[1] == "合计" != sums[0]
    sheet = client.get("/funds/documents?kind=claim&format=csv").data.decode("utf-8-sig")
    assert len(sheet.splitlines()) == 28
    assert client.get("/funds/documents?format=xlsx").data.startswith(b"PK")
    assert client.get("/funds/documents?kind=²&state=x&page=x&mine=x").status_code == 200


def test_before_the_plan_is_loaded_the_pages_say_what_to_do(session, coordinator, sign_in):
    client = sign_in(coordinator)
    assert "还没有立账" in words(client.get("/funds"))
    assert "还没有资金单据" in words(client.get("/funds/documents"))
    assert client.get("/funds/documents/new/appropriation").status_code == 200
    assert client.get("/funds/earmarks/01").status_code == 404
