"""Purchases outside the shop: who submits, verifies, returns and reverses them, and what is refused."""

import datetime as dt
import io
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from market.audit.models import Entry
from market.core.access import Role
from market.core.errors import Refused
from market.core.money import MOST_FEN
from market.notices.models import Notice
from market.targets import queries, services
from market.targets.models import Channel, Credit, OutsideKind, OutsidePurchase, OutsideState
from market.targets.queries import Bought, OutsideWanted, completion_of, verify_outside
from market.units.models import UnitState
from tests import make
from tests.meanwhile import meanwhile
from tests.plan.reports import file
from tests.targets import world

TOLD: dict[str, Any] = {
    "kind": OutsideKind.INVOICE,
    "bought_on": dt.date(2026, 11, 20),
    "seller": "彭水县某合作社",
    "products": "苏麻 50 公斤",
    "amount_fen": 128_000,
    "invoice_no": "12345678",
}


def submit(session, by, *, once_key="k", files=None, **given):
    files = [file(session, by)] if files is None else files
    told = Bought(**TOLD | given)
    made = services.submit_outside(session, told, files, once_key=once_key, by=by)
    session.flush()
    return made


@pytest.fixture
def other(session):
    """The second coordinator."""
    return make.person(session, name="何静", role=Role.COORDINATOR)


def test_a_purchase_counts_once_a_second_person_verified_it(session, buyer, lead, coordinator):
    supplier = make.supplier(session)
    made = submit(session, buyer, seller=supplier.name, note="端午慰问")
    assert made.number.startswith("PW261124")
    assert (made.state, made.supplier, made.unit) == (
        OutsideState.SUBMITTED,
        supplier,
        buyer.unit,
    )
    assert completion_of(session, buyer.unit_id, 2026).done_fen == 0
    thing = services.verify_outside_purchase(session, made, version=1, by=coordinator)
    assert (thing.channel, thing.supplier_id) == (Channel.OUTSIDE, supplier.id)
    assert completion_of(session, buyer.unit_id, 2026).done_fen == 128_000
    told = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
    assert [notice.person_id for notice in told] == [coordinator.id, buyer.id, lead.id]
    assert "1,280.00 元计入2026年11月" in told[1].text
    deeds = session.scalars(
        sa.select(Entry.deed).where(Entry.deed.like("outside.%")).order_by(Entry.id)
    ).all()
    assert deeds == ["outside.submitted", "outside.verified"]
    assert verify_outside(session) == []


def test_the_same_key_gives_the_same_purchase(session, buyer):
    assert submit(session, buyer) is submit(session, buyer)


def test_no_number_is_given_twice(session, buyer, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(drawn))
    made = [submit(session, buyer, once_key=no, invoice_no=no) for no in ("11112222", "33334444")]
    assert [one.number for one in made] == ["PW26112400007", "PW26112400008"]


def test_only_the_buyers_of_a_unit_submit(session, shopper, coordinator, vendor):
    gone = make.person(session, unit=make.unit(session, state=UnitState.CLOSED))
    for by in (shopper, coordinator, vendor, gone):
        with pytest.raises(Refused, match="食堂管理员或负责人申报"):
            submit(session, by)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"bought_on": dt.date(2026, 11, 25)}, "bought_on", "晚于今天"),
        ({"bought_on": dt.date(2024, 12, 31)}, "bought_on", "早于可申报的最早日期 2025-01-01"),
        ({"amount_fen": 0}, "amount_fen", "大于 0"),
        ({"amount_fen": MOST_FEN + 1}, "amount_fen", "金额过大"),
        ({"seller": ""}, "seller", "销售方"),
        ({"products": "苏" * 201}, "products", "最多 200"),
        ({"note": "苏" * 501}, "note", "最多 500"),
        ({"invoice_code": "12"}, "invoice_code", "10 至 12 位"),
        ({"invoice_no": "一二三"}, "invoice_no", "8 至 20 位"),
        ({"order_no": "#"}, "order_no", "4 至 40 位"),
        ({"invoice_code": "050001900104", "invoice_no": ""}, "invoice_no", "还须填写发票号码"),
        ({"kind": OutsideKind.NATIONAL_PLATFORM}, "order_no", "须填写平台订单号"),
        ({"invoice_no": ""}, "invoice_no", "须填写发票号码"),
        ({"files": []}, "files", "至少上传一份凭证"),
    ],
)
def test_a_purchase_is_refused(session, buyer, given, field, words):
    with pytest.raises(Refused, match=words) as refusal:
        submit(session, buyer, **given)
    assert refusal.value.field == field
    assert session.scalars(sa.select(OutsidePurchase)).all() == []


def test_too_many_files_are_refused(session, buyer):
    with pytest.raises(Refused, match="最多 20 份"):
        submit(session, buyer, files=[file(session, buyer) for _ in range(21)])


def test_a_stand_needs_no_number_of_a_paper(session, buyer):
    for key in "ab":
        submit(session, buyer, once_key=key, kind=OutsideKind.FAIR_STAND, invoice_no="")


@pytest.mark.parametrize(
    ("paper", "field"),
    [
        ({"invoice_no": "12345678"}, "invoice_no"),
        (
            {"kind": OutsideKind.NATIONAL_PLATFORM, "invoice_no": "", "order_no": "832-1"},
            "order_no",
        ),
    ],
)
def test_a_paper_is_submitted_once_across_units_until_it_is_given_up(
    session, buyer, stranger, coordinator, other, paper, field
):
    made = submit(session, buyer, **paper)
    with pytest.raises(Refused, match=f"已由“{buyer.unit.name}”申报") as refusal:
        submit(session, stranger, once_key="b", **paper)
    assert refusal.value.field == field
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    with pytest.raises(Refused, match="已核实"):
        submit(session, stranger, once_key="b", **paper)
    services.reverse_outside(session, made, reason="填错单位", by=other)
    again = submit(session, stranger, once_key="b", **paper)
    services.return_outside(session, again, version=1, answer="看不清", by=coordinator)
    third = submit(session, buyer, once_key="c", **paper)
    with pytest.raises(Refused, match="同一张单据只能申报一次"):
        services.resubmit_outside(session, again, Bought(**TOLD | paper), by=stranger)
    services.withdraw_outside(session, third, by=buyer)
    services.resubmit_outside(session, again, Bought(**TOLD | paper), by=stranger)
    assert (again.state, again.version) == (OutsideState.SUBMITTED, 2)


def faster(session, by):
    """Return the row that somebody else submits with the same invoice at the same moment."""
    made = world.purchase(session, by, invoice_no="99999999")
    values = {c.name: getattr(made, c.name) for c in OutsidePurchase.__table__.columns}
    session.delete(made)
    session.flush()
    return OutsidePurchase(**values | {"invoice_no": "12345678"})


def test_who_comes_a_moment_later_is_told_in_words(session, buyer, stranger, coordinator):
    evidence, row = [file(session, buyer)], faster(session, stranger)
    meanwhile(session, row)
    with pytest.raises(Refused, match="刚才同时有人申报"):
        submit(session, buyer, files=evidence)
    made = submit(session, buyer, once_key="b")
    services.return_outside(session, made, version=1, answer="不清", by=coordinator)
    row = faster(session, stranger)
    meanwhile(session, row)
    with pytest.raises(Refused, match="刚才同时有人申报"):
        services.resubmit_outside(session, made, Bought(**TOLD), by=buyer)


def test_a_returned_purchase_is_corrected_by_its_unit(session, buyer, lead, stranger, coordinator):
    made = submit(session, buyer)
    with pytest.raises(Refused, match="退回原因"):
        services.return_outside(session, made, version=1, answer=" ", by=coordinator)
    services.return_outside(session, made, version=1, answer="金额不符", by=coordinator)
    assert made.answer == "金额不符"
    told = Bought(**TOLD | {"amount_fen": 100})
    with pytest.raises(Refused, match="只有申报单位"):
        services.resubmit_outside(session, made, told, by=stranger)
    services.resubmit_outside(session, made, told, [file(session, lead)], by=lead)
    session.flush()
    assert (made.version, made.amount_fen, len(made.files)) == (2, 100, 2)
    with pytest.raises(Refused, match="刚刚被修改后重新提交"):
        services.verify_outside_purchase(session, made, version=1, by=coordinator)
    with pytest.raises(Refused, match="当前状态是“待核实”"):
        services.resubmit_outside(session, made, told, by=buyer)
    services.withdraw_outside(session, made, by=buyer)
    with pytest.raises(Refused, match="当前状态是“已撤回”"):
        services.verify_outside_purchase(session, made, version=2, by=coordinator)


def test_nobody_verifies_what_they_or_their_unit_submitted(
    session, buyer, admin, inspector, coordinator
):
    made = submit(session, buyer)
    same_unit = make.person(session, role=Role.COORDINATOR, unit=buyer.unit)
    for by in (buyer, same_unit):
        with pytest.raises(Refused, match="自己或本单位"):
            services.verify_outside_purchase(session, made, version=1, by=by)
    for by in (admin, inspector):
        with pytest.raises(Refused, match="由统筹协调人员核实"):
            services.verify_outside_purchase(session, made, version=1, by=by)
    assert not queries.may_decide_outside(made, same_unit)
    assert queries.may_decide_outside(made, coordinator)
    with pytest.raises(sa.exc.IntegrityError, match="verifier_is_not_maker"):
        session.execute(
            sa.update(OutsidePurchase).values(state="verified", verified_by_id=buyer.id)
        )


def test_a_reversal_is_by_another_coordinator_and_once(session, buyer, coordinator, other):
    made = submit(session, buyer)
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    with pytest.raises(Refused, match="自己核实的申报"):
        services.reverse_outside(session, made, reason="重复", by=coordinator)
    with pytest.raises(Refused, match="冲销原因"):
        services.reverse_outside(session, made, reason="", by=other)
    services.reverse_outside(session, made, reason="重复", by=other)
    assert made.reversed_by is other
    with pytest.raises(Refused, match="当前状态是“已冲销”"):
        services.reverse_outside(session, made, reason="重复", by=other)
    assert [c.amount_fen for c in queries.credits_of_purchase(session, made)] == [
        128_000,
        -128_000,
    ]
    assert verify_outside(session) == []


def test_a_file_that_proves_another_units_purchase_must_be_looked_at(
    session, buyer, stranger, coordinator
):
    same = file(session, buyer)
    theirs = file(session, stranger, content=same.file.sha256)
    submit(session, stranger, files=[theirs], once_key="s", invoice_no="87654321")
    twice = file(session, buyer, content=same.file.sha256)
    mine = submit(session, buyer, files=[twice], once_key="m", invoice_no="11112222")
    made = submit(session, buyer, files=[same])
    repeated = queries.repeated_evidence(session, made)
    assert {(one.unit, one.is_other_unit) for one in repeated} == {
        (stranger.unit.name, True),
        (buyer.unit.name, False),
    }
    with pytest.raises(Refused, match="同样的材料也附在") as refusal:
        services.verify_outside_purchase(session, made, version=1, by=coordinator)
    assert refusal.value.field == "same_files_seen"
    assert mine.number not in str(refusal.value)
    services.verify_outside_purchase(session, made, version=1, same_files_seen=True, by=coordinator)
    session.flush()
    facts = session.scalars(sa.select(Entry.facts).where(Entry.deed == "outside.verified")).one()
    assert facts["same_files_seen"] is True


def test_lists_show_ones_units_purchases_and_sum_them(session, buyer, stranger, coordinator):
    first = submit(session, buyer)
    submit(session, stranger, once_key="b", invoice_no="22223333", amount_fen=7)
    services.verify_outside_purchase(session, first, version=1, by=coordinator)

    def sums(by, **wanted):
        found = queries.outside_sums(session, queries.purchases_for(by, OutsideWanted(**wanted)))
        return found.rows, found.amount_fen, found.counted_fen

    assert sums(buyer) == (1, 128_000, 128_000)
    assert sums(stranger) == (1, 7, 0)
    assert sums(coordinator) == (2, 128_007, 128_000)
    assert sums(coordinator, state=OutsideState.SUBMITTED) == (1, 7, 0)
    assert sums(coordinator, kind=OutsideKind.OTHER) == (0, 0, 0)
    assert sums(coordinator, unit=buyer.unit.code, year=2026) == (1, 128_000, 128_000)
    assert sums(coordinator, year=2025) == (0, 0, 0)
    assert sums(coordinator, words="22223333") == (1, 7, 0)
    assert queries.outside_for(session, stranger, first.number) is None


def test_what_was_changed_behind_our_back_is_named(session, buyer, coordinator, other):
    made = submit(session, buyer)
    services.verify_outside_purchase(session, made, version=1, by=coordinator)
    services.reverse_outside(session, made, reason="重复", by=other)
    session.execute(sa.update(Credit).where(Credit.amount_fen < 0).values(amount_fen=-1))
    faults = verify_outside(session)
    assert len(faults) == 2
    assert made.number in faults[0]
    assert "不相抵" in faults[1]


# Excel

ROW = {
    "kind": "线下采购（凭发票）",
    "bought_on": "2026-11-20",
    "seller": "合作社",
    "products": "苏麻",
    "amount_fen": "12.5",
    "invoice_no": "12345678",
}
ORDER = ROW | {"kind": "国家平台（832平台）", "invoice_no": "", "order_no": "832-1"}


def sheet(*rows):
    """Fill in the sheet of purchases: texts by the keys of its columns."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for place, column in enumerate(queries.OUTSIDE_COLUMNS):
            page.write_string(0, place, column.title)
            for number, row in enumerate(rows, 1):
                page.write(number, place, row.get(column.key, ""))
    return held.getvalue()


def preview(session, *rows, unit_id=0):
    return queries.preview_outside(session, sheet(*rows), unit_id=unit_id)


def test_every_row_becomes_a_purchase_proved_by_the_same_files(session, buyer):
    found = preview(session, ROW, ORDER | {"bought_on": "2026-03-01"})
    assert found.problems == []
    assert [(wish.month, wish.is_adjustment) for wish in found.wishes] == [(11, False), (3, False)]
    evidence = [file(session, buyer)]
    for _ in range(2):  # The second click makes nothing.
        count = services.import_outside(session, found.wishes, evidence, once_key="k", by=buyer)
        assert count == 2
    made = session.scalars(sa.select(OutsidePurchase).order_by(OutsidePurchase.id)).all()
    assert [one.amount_fen for one in made] == [1250, 1250]


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"kind": "别的"}, "渠道", "国家平台"),
        ({"bought_on": "2099-01-01"}, "购买日期", "晚于今天"),
        ({"bought_on": "2020-01-01"}, "购买日期", "最早日期"),
        ({"amount_fen": "0"}, "金额(元)", "大于 0"),
        ({"amount_fen": "99999999999"}, "金额(元)", "大"),
        ({"invoice_no": ""}, "发票号码", "须填写发票号码"),
        ({"invoice_no": "1"}, "发票号码", "8 至 20"),
        ({"invoice_no": "55556666"}, "发票号码", "它已由"),
    ],
)
def test_a_problem_names_row_and_column_and_nothing_is_submitted(
    session, buyer, change, column, words
):
    submit(session, buyer, invoice_no="55556666")
    found = preview(session, ORDER, ROW | change)
    assert [(problem.row, problem.column) for problem in found.problems] == [(3, column)]
    assert words in found.problems[0].expected


def test_all_that_is_wrong_with_a_row_is_told_at_once(session):
    found = preview(session, ROW | {"bought_on": "2099-01-01", "invoice_no": ""})
    assert [problem.column for problem in found.problems] == ["购买日期", "发票号码"]


def test_a_paper_twice_in_a_sheet_is_named(session):
    found = preview(session, ROW, ORDER, ROW, ORDER)
    assert [(one.row, one.column) for one in found.problems] == [(4, "发票号码"), (5, "平台订单号")]
    assert "与第 2 行重复" in found.problems[0].expected


def test_a_receipt_twice_in_a_sheet_or_standing_on_a_day_beside_it_is_named(
    session, buyer, stranger, count_queries
):
    given = {"kind": OutsideKind.FAIR_STAND, "invoice_no": ""}
    submit(session, buyer, **given, receipt_no="s1")
    session.commit()
    stand = ROW | {"kind": "展销摊位", "invoice_no": ""}
    rows = [
        stand | {"receipt_no": number, "bought_on": day}
        for number, day in (
            ("S1", "2026-11-21"),
            ("S1", "2026-11-19"),
            ("S1", "2026-11-22"),
            ("a2", "2026-11-10"),
            ("A2", "2026-11-11"),
            ("A2", "2026-11-08"),
        )
    ]
    with count_queries() as statements:
        found = preview(session, *rows, unit_id=buyer.unit_id)
    assert len([one for one in statements if "receipt_no" in one.split("WHERE")[-1]]) == 1
    assert [(one.row, one.column) for one in found.problems] == [
        (2, "小票号"),
        (3, "小票号"),
        (4, "小票号"),
        (6, "小票号"),
    ]
    assert "它已由" in found.problems[0].expected
    assert "与第 2 行重复" in found.problems[2].expected
    assert "与第 5 行重复" in found.problems[3].expected
    other = preview(session, *rows, unit_id=stranger.unit_id).problems
    assert [one.row for one in other] == [4, 6]


def test_an_import_names_the_row_that_is_refused(session, buyer):
    found = preview(session, ROW, ORDER)
    submit(session, buyer, once_key="x", invoice_no="", kind=OutsideKind.OTHER, order_no="832-1")
    with pytest.raises(Refused, match="第 3 行：平台订单 832-1 已由"):
        services.import_outside(
            session, found.wishes, [file(session, buyer)], once_key="k", by=buyer
        )
