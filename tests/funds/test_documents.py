"""Documents: what they may say, who signs them, and that nobody signs for themself."""

import dataclasses
import datetime as dt

import pytest
import sqlalchemy as sa

from market.audit.queries import history_of
from market.core import clock
from market.core.access import Role
from market.core.errors import Refused
from market.funds import services
from market.funds.models import (
    RULES,
    Approval,
    Decision,
    Document,
    DocumentState,
    Kind,
    Purpose,
    steps_of,
)
from market.funds.queries import documents as queries
from market.funds.queries.figures import figures
from market.notices.models import Notice
from tests import make
from tests.funds import papers
from tests.funds.papers import WAN


@pytest.fixture
def earmarks(session):
    return papers.open_ledger(session)


@pytest.fixture
def people(session, earmarks):
    return papers.offices(session)


@pytest.fixture
def agreement(session, people, earmarks):
    """An agreement of 县交通局 over 100 万元, 60 of which are disbursed."""
    made = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=made)
    return made


def approve(session, document, by, **given):
    return services.decide(
        session,
        document,
        Decision.APPROVE,
        **{"seen_sha256": document.body_sha256, "by": by} | given,
    )


# What a document may say.


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"title": "  "}, "title", "标题"),
        ({"occurred_on": dt.date(2999, 1, 1)}, "occurred_on", "不能晚于今天"),
        ({"document_no": " "}, "document_no", "文号"),
        ({"amount_fen": 0}, "amount_fen", "大于 0"),
        ({"amount_fen": -1}, "amount_fen", "大于 0"),
        ({"amount_fen": True}, "amount_fen", "大于 0"),
        ({"amount_fen": 10**15}, "amount_fen", "金额过大"),
        ({"earmark": None}, "earmark", "哪个项目"),
        ({"cost_type": "招待费"}, "cost_type", "使用范围"),
    ],
)
def test_a_draft_refuses_what_is_wrong_beside_its_field(
    session, people, earmarks, given, field, words
):
    said = papers.content(Kind.AGREEMENT, earmark=earmarks["01"])
    with pytest.raises(Refused, match=words) as refusal:
        services.draft(
            session,
            Kind.AGREEMENT,
            dataclasses.replace(said, **given),
            once_key="k",
            by=people.clerk,
        )
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"invoice_number": " "}, "都要填写"),
        ({"payee": ""}, "都要填写"),
        ({"amount_fen": 0}, "大于 0"),
        ({"invoice_on": dt.date(2999, 1, 1)}, "晚于业务日期"),
        ({"cost_type": "展销"}, "第 1 张发票：“展销”不在"),
    ],
)
def test_an_invoice_refuses_what_is_wrong(session, people, agreement, given, words):
    wrong = papers.invoice(WAN, **given)
    with pytest.raises(Refused, match=words):
        papers.drafted(session, people, Kind.CLAIM, agreement=agreement, invoices=[wrong])


def test_a_claim_has_invoices_not_too_many_and_none_twice(session, people, agreement):
    one = papers.invoice(WAN)
    for invoices, words in (([], "至少填写一张"), ([one] * 61, "最多 60"), ([one, one], "相同")):
        with pytest.raises(Refused, match=words):
            papers.drafted(session, people, Kind.CLAIM, agreement=agreement, invoices=invoices)


def test_a_document_belongs_under_an_agreement_in_effect(session, people, earmarks, agreement):
    with pytest.raises(Refused, match="必须在一份项目协议之下"):
        papers.drafted(session, people, Kind.CLAIM)
    claim = papers.drafted(session, people, Kind.CLAIM, agreement=agreement)
    with pytest.raises(Refused, match="必须在一份项目协议之下"):
        papers.drafted(session, people, Kind.CLAIM, agreement=claim)
    waiting = papers.submitted(session, people, Kind.AGREEMENT, WAN, earmark=earmarks["01"])
    with pytest.raises(Refused, match="审核中，不能办理报账"):
        papers.drafted(session, people, Kind.CLAIM, agreement=waiting)
    assert claim.earmark is earmarks["01"], "it inherits the earmark, it can't choose it"


def test_only_a_reallocation_leads_to_another_earmark(session, people, earmarks):
    other = {"earmark": earmarks["01"], "to_earmark": earmarks["02"]}
    with pytest.raises(Refused, match="专款专用"):
        papers.drafted(session, people, Kind.APPROPRIATION, **other)
    for to in (None, earmarks["01"]):
        with pytest.raises(Refused, match="调入的另一个项目"):
            papers.drafted(
                session, people, Kind.REALLOCATION, earmark=earmarks["01"], to_earmark=to
            )
    with pytest.raises(Refused, match="写明理由"):
        papers.drafted(session, people, Kind.REALLOCATION, reason=" ", **other)


def test_a_reversal_names_a_document_that_can_be_taken_back_and_why(session, people, agreement):
    with pytest.raises(Refused, match="从要冲销的单据"):
        papers.drafted(session, people, Kind.REVERSAL)
    framework = papers.effective(session, people, Kind.FRAMEWORK, 5487 * WAN)
    with pytest.raises(Refused, match="对口帮扶协议不能冲销"):
        papers.drafted(session, people, Kind.REVERSAL, target=framework)
    with pytest.raises(Refused, match="冲销必须写明原因"):
        papers.drafted(session, people, Kind.REVERSAL, target=agreement, reason="")


def test_a_reversal_finds_the_money_still_there_or_is_refused(session, people, agreement):
    with pytest.raises(services.Insufficient):
        papers.submitted(session, people, Kind.REVERSAL, target=agreement)


def test_what_is_reversed_is_reversed_once(session, people, agreement):
    claim = papers.effective(session, people, Kind.CLAIM, agreement=agreement)
    again = papers.drafted(session, people, Kind.REVERSAL, target=claim)
    papers.effective(session, people, Kind.REVERSAL, target=claim)
    with pytest.raises(Refused, match="已冲销，不能再办理冲销"):
        services.submit(session, again, by=again.made_by)


def test_the_county_writes_only_for_its_own_department(session, people, earmarks):
    with pytest.raises(Refused, match="责任单位是县水利局，您属于县交通局"):
        papers.drafted(session, people, Kind.AGREEMENT, earmark=earmarks["04"])
    people.clerk.agency = ""
    with pytest.raises(Refused, match="未登记单位"):
        papers.drafted(session, people, Kind.AGREEMENT, earmark=earmarks["01"])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.INSPECTOR, Role.SHOPPER, Role.COUNTY])
def test_who_does_not_make_a_kind_is_told_who_does(session, earmarks, role):
    by = make.person(session, role=role, agency="县交通局")
    said = papers.content(Kind.APPROPRIATION, earmark=earmarks["01"])
    with pytest.raises(Refused, match="由统筹协调、资金管理填写"):
        services.draft(session, Kind.APPROPRIATION, said, once_key="k", by=by)


# From a draft to a submission.


def test_the_same_click_drafts_once(session, people, earmarks):
    said = papers.content(Kind.AGREEMENT, earmark=earmarks["01"])
    given = {"once_key": "k", "by": people.clerk}
    first = services.draft(session, Kind.AGREEMENT, said, **given)
    assert services.draft(session, Kind.AGREEMENT, said, **given) is first
    with pytest.raises(Refused, match="提交码不属于"):
        services.draft(session, Kind.AGREEMENT, said, once_key="k", by=people.clerk_2)


def test_a_draft_is_changed_by_its_maker_alone_and_only_while_it_is_one(session, people, agreement):
    claim = papers.drafted(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    said = papers.content(Kind.CLAIM, 7 * WAN, agreement=agreement)
    services.edit(session, claim, said, by=people.clerk)
    assert claim.amount_fen == 7 * WAN
    with pytest.raises(Refused, match="只有填写人可以修改"):
        services.edit(session, claim, said, by=people.clerk_2)
    services.detach(session, claim, claim.files[0], by=people.clerk)
    with pytest.raises(Refused, match="还缺发票"):
        services.submit(session, claim, by=people.clerk)
    proof = papers.file(session, people.clerk)
    services.attach(session, claim, proof, Purpose.INVOICE, by=people.clerk)
    services.submit(session, claim, by=people.clerk)
    with pytest.raises(Refused, match="审核中，不能修改"):
        services.edit(session, claim, said, by=people.clerk)
    with pytest.raises(Refused, match="不能重复提交"):
        services.submit(session, claim, by=people.clerk)


def test_only_its_maker_submits_recalls_or_gives_a_document_up(session, people, agreement):
    claim = papers.drafted(session, people, Kind.CLAIM, agreement=agreement)
    with pytest.raises(Refused, match="只有填写人可以提交"):
        services.submit(session, claim, by=people.clerk_2)
    services.submit(session, claim, by=people.clerk)
    with pytest.raises(Refused, match="只有填写人可以撤回"):
        services.recall(session, claim, by=people.clerk_2)
    services.recall(session, claim, by=people.clerk)
    services.discard(session, claim, by=people.clerk)
    assert claim.state is DocumentState.DISCARDED
    assert figures(session)[claim.earmark_id].held_fen == 0


def test_one_invoice_is_claimed_once_until_its_claim_is_given_up(session, people, agreement):
    bill = papers.invoice(5 * WAN)
    first = papers.submitted(session, people, Kind.CLAIM, agreement=agreement, invoices=[bill])
    second = papers.drafted(session, people, Kind.CLAIM, agreement=agreement, invoices=[bill])
    with pytest.raises(Refused, match=f"已在 {first.number} 报账") as refusal:
        services.submit(session, second, by=people.clerk)
    assert refusal.value.field == "invoices"
    session.refresh(first)
    services.recall(session, first, by=people.clerk)
    session.refresh(second)
    services.submit(session, second, by=people.clerk)
    papers.approve(session, second, people)
    with pytest.raises(Refused, match=f"已在 {second.number} 报账"):
        services.submit(session, first, by=people.clerk)
    papers.effective(session, people, Kind.REVERSAL, target=second)
    session.refresh(first)
    services.submit(session, first, by=people.clerk)


# Signing.


def test_nobody_signs_what_they_made_are_paid_by_or_signed_already(session, earmarks, people):
    papers.effective(session, people, Kind.APPROPRIATION, 150 * WAN, earmark=earmarks["01"])
    document = papers.drafted(
        session,
        people,
        Kind.REALLOCATION,
        110 * WAN,
        earmark=earmarks["01"],
        to_earmark=earmarks["02"],
        payee_person=people.lead_2,
        by=people.lead,
    )
    services.submit(session, document, by=people.lead)
    with pytest.raises(Refused, match="不能审批自己填写的"):
        approve(session, document, people.lead)
    with pytest.raises(Refused, match="收款人不能审批"):
        approve(session, document, people.lead_2)
    third = make.person(session, role=Role.COORDINATOR)
    with pytest.raises(Refused, match="这一步由统筹协调审批"):
        approve(session, document, people.officer)
    approve(session, document, third)
    with pytest.raises(Refused, match="已审批过这份单据的前一步"):
        approve(session, document, third)
    approve(session, document, people.officer)
    with pytest.raises(Refused, match="已审批过这份单据的前一步"):
        approve(session, document, people.officer)
    approve(session, document, people.officer_2)
    assert document.state is DocumentState.EFFECTIVE


@pytest.mark.parametrize("same", ["maker_id", "payee_id"])
def test_the_database_refuses_one_person_in_two_roles(session, people, agreement, same):
    claim = papers.submitted(session, people, Kind.CLAIM, agreement=agreement)
    signed = {"maker_id": people.clerk.id, "payee_id": None} | {same: people.lead.id}
    session.add(
        Approval(
            document=claim,
            version=1,
            step=1,
            role=Role.COORDINATOR,
            decision=Decision.APPROVE,
            body_sha256=claim.body_sha256,
            checker=people.lead,
            **signed,
        )
    )
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    session.rollback()


def test_an_office_that_does_not_lead_the_clause_signs_nothing(session, earmarks):
    people = papers.offices(session, lead="社发局")
    papers.effective(session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks["01"])
    document = papers.submitted(session, people, Kind.AGREEMENT, WAN, earmark=earmarks["01"])
    with pytest.raises(Refused, match="由组织人事部、经济运行局牵头，您属于社发局"):
        approve(session, document, people.lead)


def test_what_is_signed_is_what_was_seen(session, people, agreement):
    claim = papers.submitted(session, people, Kind.CLAIM, agreement=agreement)
    with pytest.raises(Refused, match="有变动"):
        approve(session, claim, people.lead, seen_sha256="0" * 64)
    claim.payee = "别人"
    session.flush()
    with pytest.raises(Refused, match="有变动"):
        approve(session, claim, people.lead)


@pytest.mark.parametrize(
    ("decision", "state"),
    [(Decision.RETURN, DocumentState.RETURNED), (Decision.REJECT, DocumentState.REJECTED)],
)
def test_what_is_returned_or_rejected_says_why_and_frees_the_money(
    session, people, agreement, decision, state
):
    claim = papers.submitted(session, people, Kind.CLAIM, agreement=agreement)
    given = {"seen_sha256": claim.body_sha256, "by": people.lead}
    with pytest.raises(Refused, match="请写明原因"):
        services.decide(session, claim, decision, **given)
    services.decide(session, claim, decision, note="缺页", **given)
    assert claim.state is state
    assert figures(session)[claim.earmark_id].held_fen == 0
    told = session.scalars(sa.select(Notice.text).where(Notice.person_id == people.clerk.id))
    assert any("缺页" in text for text in told)
    with pytest.raises(Refused, match="不在审核中"):
        services.decide(session, claim, Decision.APPROVE, **given)


def test_a_returned_document_is_changed_and_signed_anew(session, people, agreement):
    claim = papers.submitted(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    approve(session, claim, people.lead)
    services.decide(
        session,
        claim,
        Decision.RETURN,
        seen_sha256=claim.body_sha256,
        note="金额不对",
        by=people.officer,
    )
    old = claim.body_sha256
    said = papers.content(Kind.CLAIM, 4 * WAN, agreement=agreement)
    services.edit(session, claim, said, by=people.clerk)
    services.submit(session, claim, by=people.clerk)
    assert claim.body_sha256 != old
    assert queries.next_role(claim, queries.approvals_of(session, claim)) is Role.COORDINATOR
    assert len(queries.decisions_on(session, claim)) == 2
    papers.approve(session, claim, people)
    assert figures(session)[claim.earmark_id].spent_fen == 4 * WAN
    assert queries.next_role(claim, queries.approvals_of(session, claim)) is None


def test_from_the_limit_on_a_further_officer_signs(monkeypatch):
    assert steps_of(Kind.CLAIM, 100 * WAN - 1) == RULES[Kind.CLAIM].steps
    assert steps_of(Kind.CLAIM, 100 * WAN)[-2:] == (Role.FUND_OFFICER, Role.FUND_OFFICER)
    assert steps_of(Kind.FRAMEWORK, 5487 * WAN) == (Role.FUND_OFFICER,)


def test_a_receipt_that_another_project_has_too_must_be_looked_at(session, people, agreement):
    first = papers.effective(session, people, Kind.CLAIM, WAN, agreement=agreement)
    same = first.files[0].attachment.file.sha256
    second = papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement)
    proof = papers.file(session, people.clerk, sha256=same)
    services.attach(session, second, proof, Purpose.VOUCHER, by=people.clerk)
    services.submit(session, second, by=people.clerk)
    found = queries.duplicates_of(session, second)
    assert [(one.number, one.earmark) for one in found] == [(first.number, "01")]
    with pytest.raises(Refused, match="也用在别的单据上") as refusal:
        approve(session, second, people.lead)
    assert refusal.value.field == "duplicates_seen"
    approve(session, second, people.lead, duplicates_seen=True)


# Paying.


def test_money_that_was_approved_is_paid_once_by_an_officer_with_the_banks_serial(
    session, people, agreement
):
    document = papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    given = {"paid_on": clock.today(), "bank_serial": "S1", "by": people.officer}
    with pytest.raises(Refused, match="审核中，不能登记付款"):
        services.pay(session, document, **given)
    papers.approve(session, document, people)
    assert document.state is DocumentState.APPROVED
    before = figures(session)[document.earmark_id].disbursed_fen
    for wrong, words in (
        ({"by": people.lead}, "由资金管理人员登记"),
        ({"bank_serial": " "}, "银行流水号"),
        ({"paid_on": dt.date(2999, 1, 1)}, "不能晚于今天"),
        ({"paid_on": dt.date(2020, 1, 1)}, "不能早于申请日期"),
    ):
        with pytest.raises(Refused, match=words):
            services.pay(session, document, **given | wrong)
    services.pay(session, document, **given)
    assert figures(session)[document.earmark_id].disbursed_fen == before + WAN
    other = papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    papers.approve(session, other, people)
    with pytest.raises(Refused, match=f"已用于 {document.number}"):
        services.pay(session, other, **given)


def test_who_made_a_payment_or_is_paid_by_it_does_not_pay_it(session, people, earmarks):
    papers.effective(session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks["01"])
    surrender = papers.submitted(session, people, Kind.SURRENDER, WAN, earmark=earmarks["01"])
    papers.approve(session, surrender, people)
    with pytest.raises(Refused, match="不能登记付款"):
        services.pay(
            session,
            surrender,
            paid_on=clock.today(),
            bank_serial="S2",
            by=surrender.made_by,
        )


def test_a_payment_that_cannot_be_made_goes_back_to_its_maker(session, people, agreement):
    document = papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    for by, reason, words in (
        (people.lead, "账号错误", "由资金管理人员办理"),
        (people.officer, " ", "写明不能付款的原因"),
        (people.officer, "账号错误", "没有待付的款项"),
    ):
        with pytest.raises(Refused, match=words):
            services.call_off(session, document, reason=reason, by=by)
    papers.approve(session, document, people)
    services.call_off(session, document, reason=" 账号错误 ", by=people.officer)
    assert (document.state, document.called_off_reason) == (DocumentState.RETURNED, "账号错误")
    assert figures(session)[document.earmark_id].held_fen == 0
    deeds = [entry for entry, _ in history_of(session, document)]
    assert (deeds[-1].deed, deeds[-1].facts["reason"]) == ("fund.called_off", "账号错误")
    [told] = session.scalars(sa.select(Notice).where(Notice.text.contains("未能付款")))
    assert (told.person_id, "账号错误" in told.text) == (people.clerk.id, True)


# Rehearsing.


def test_a_rehearsal_says_what_would_change_and_changes_nothing(session, people, agreement):
    claim = papers.drafted(session, people, Kind.CLAIM, 10 * WAN, agreement=agreement)
    before = figures(session)
    changes = services.rehearse(session, claim, by=people.clerk)
    assert [
        (one.earmark, one.stage, one.agreement, one.before_fen, one.held_fen, one.after_fen)
        for one in changes
    ] == [
        ("01", "disbursed", agreement.number, 60 * WAN, 50 * WAN, 50 * WAN),
        ("01", "spent", agreement.number, 0, 0, 10 * WAN),
    ]
    assert figures(session) == before
    assert (claim.state, claim.version) == (DocumentState.DRAFT, 0)
    much = papers.drafted(session, people, Kind.CLAIM, 61 * WAN, agreement=agreement)
    with pytest.raises(services.Insufficient):
        services.rehearse(session, much, by=people.clerk)
    assert much.state is DocumentState.DRAFT


# Who sees what.


def test_the_county_sees_its_own_departments_documents_and_the_desk_all(
    session, people, agreement, inspector
):
    framework = papers.effective(session, people, Kind.FRAMEWORK, 5487 * WAN)
    other = make.person(session, role=Role.COUNTY, agency="县水利局")

    def seen(by, **given):
        return session.scalars(queries.documents_for(by, **given)).unique().all()

    assert seen(other) == [framework]
    assert agreement in seen(people.clerk_2)
    assert len(seen(inspector)) == len(seen(people.clerk)) == 4
    assert seen(inspector, kind=Kind.AGREEMENT, earmark="01", q=agreement.number) == [agreement]
    assert seen(inspector, state=DocumentState.DRAFT) == []
    assert queries.document_for(session, other, agreement.number) is None
    assert queries.document_for(session, inspector, agreement.number) is agreement
    assert queries.agreements_for(session, people.clerk, Kind.CLAIM) == [agreement]
    assert queries.agreements_for(session, other, Kind.CLAIM) == []
    assert queries.agreements_for(session, inspector, Kind.CLAIM) == ()


def test_everybody_is_told_how_much_waits_for_them(session, people, agreement):
    claim = papers.submitted(session, people, Kind.CLAIM, agreement=agreement)
    assert queries.waiting_for(session, people.lead).to_decide == 1
    assert queries.waiting_for(session, people.officer).to_decide == 0
    assert not queries.may_decide(claim, [], people.clerk)
    approve(session, claim, people.lead)
    assert queries.waiting_for(session, people.lead).to_decide == 0
    assert queries.waiting_for(session, people.officer).to_decide == 1
    services.decide(
        session,
        claim,
        Decision.RETURN,
        seen_sha256=claim.body_sha256,
        note="缺页",
        by=people.officer,
    )
    assert queries.waiting_for(session, people.clerk).returned == 1
    payment = papers.submitted(session, people, Kind.DISBURSEMENT, WAN, agreement=agreement)
    papers.approve(session, payment, people)
    assert queries.waiting_for(session, people.officer_3).to_pay == 1
    assert session.scalar(sa.select(sa.func.count(Document.id))) == 5


def test_a_number_that_is_taken_is_not_given_again(session, people, earmarks, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    said = papers.content(Kind.AGREEMENT, earmark=earmarks["01"])
    numbers = [
        services.draft(session, Kind.AGREEMENT, said, once_key=key, by=people.clerk).number[-5:]
        for key in "ab"
    ]
    assert numbers == ["00007", "00008"]
