"""A claim on the plan's money, from a draft to acceptance, by four people, none of whom signs for themself."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.services import make_person
from market.core import clock
from market.core.access import Role
from market.funds.models import Decision, Kind
from tests.browser.conftest import Visit
from tests.browser.desk import Visitor
from tests.funds import papers
from tests.funds.papers import WAN


@pytest.fixture
def number(session: Session) -> str:
    """The number of an agreement of 县交通局 over 100 万元, half of it disbursed, by people who can sign in."""
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    made = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 50 * WAN, agreement=made)
    number = made.number
    person(session, "clerk", "冉宁", Role.COUNTY, agency="县交通局")
    person(session, "lead1", "罗川", Role.COORDINATOR)
    person(session, "lead2", "何静", Role.COORDINATOR)
    person(session, "officer1", "冯波", Role.FUND_OFFICER)
    session.commit()
    return number


def person(session: Session, login: str, name: str, role: Role, agency: str = "") -> Person:
    return make_person(
        session, login=login, name=name, role=role, agency=agency, is_demo=True, by=None
    )


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, False)])
def test_a_claim_goes_from_a_draft_to_acceptance_by_four_people(
    number: str, window: Visit, tmp_path: Path, phone: bool, script: bool
) -> None:
    def come(login: str) -> Visitor:
        return window(phone=phone, script=script).sign_in(login)

    clerk = come("clerk")
    clerk.open(f"/funds/documents/{number}")
    clerk.press("报账")
    write_claim(clerk, "桥面施工报账", "00000001", "120,000")
    give(clerk, tmp_path, "invoice", "发票")
    give(clerk, tmp_path, "voucher", "凭证")
    clerk.press("试算")
    clerk.says("试算结果", "500,000.00", "380,000.00")
    clerk.press("提交审批")
    clerk.says("审核中")
    claim = clerk.path()

    # An over-claim is refused, and says what used the money up.
    clerk.open(f"/funds/documents/new/claim?agreement={number}")
    write_claim(clerk, "护栏施工报账", "00000002", "400,000")
    give(clerk, tmp_path, "invoice", "发票二")
    give(clerk, tmp_path, "voucher", "凭证二")
    clerk.press("提交审批", 422)
    clerk.says("还有 380,000.00 元可以动用", "超出 20,000.00 元", "待审占用", "500,000.00")
    clerk.press(claim.rsplit("/", 1)[1])
    assert clerk.path() == claim

    lead = come("lead1")
    lead.open("/funds/documents?mine=decide")
    lead.press("桥面施工报账")
    lead.says("您签的正是这一份", "等待审批")
    lead.press("同意")
    officer = come("officer1")
    officer.open(claim)
    officer.press("同意")
    officer.says("已生效")

    # The coordinator takes the work over; her own signature is not taken, another's is.
    lead.open(f"/funds/documents/{number}")
    lead.press("验收")
    lead.page.get_by_label("标题").fill("桥面验收")
    lead.page.get_by_label("金额").fill("120000")
    lead.press("保存草稿")
    give(lead, tmp_path, "reception", "验收报告")
    lead.press("提交审批")
    lead.says("不能审批自己填写的单据")
    expect(lead.find("同意")).to_have_count(0)
    acceptance = lead.path()
    refused = lead.page.request.post(
        f"{acceptance}/decide",
        form={
            "csrf_token": lead.page.locator("meta[name=csrf-token]").get_attribute("content") or "",
            "decide-decision": Decision.APPROVE.value,
        },
    )
    assert refused.status == 422
    assert "不能审批自己填写的单据，请由另一人审批" in refused.text()
    other = come("lead2")
    other.open(acceptance)
    other.press("同意")
    other.says("已生效")
    other.open("/funds/earmarks/01?measure=accepted")
    other.says("验收合计", "120,000.00", "桥面验收")


def write_claim(visitor: Visitor, title: str, invoice: str, amount: str) -> None:
    """Write a claim with one invoice."""
    main = visitor.page.locator("main")
    main.get_by_label("标题").fill(title)
    first = main.get_by_role("group", name="第 1 张")
    first.get_by_label("发票代码").fill("050001900104")
    first.get_by_label("发票号码").fill(invoice)
    first.get_by_label("开票日期").fill(clock.today().isoformat())
    first.get_by_label("金额").fill(amount)
    first.get_by_label("收款人").fill("某建筑公司（演示）")
    first.get_by_label("费用类别").select_option("工程施工")
    visitor.press("保存草稿")
    visitor.says("已保存为草稿", "提交前还须上传")


def give(visitor: Visitor, folder: Path, purpose: str, name: str) -> None:
    """Upload a file that no other document has."""
    file = folder / f"{name}.pdf"
    file.write_bytes(f"%PDF-1.4 {name}".encode())
    visitor.page.get_by_label("证明什么").select_option(purpose)
    visitor.page.get_by_label("文件", exact=False).last.set_input_files(file)
    visitor.press("上传附件")
    visitor.says(f"{name}.pdf")
