"""The bulletin: what it says, who issues it, and that it comes out the same later."""

import datetime as dt
import hashlib
import html
import re

import pytest

from market.accounts.models import Person
from market.audit.models import Entry
from market.core import clock
from market.core.db import db
from market.core.errors import Refused
from market.evidence.models import StoredFile
from market.fairs.models import BuyerKind, FairSale, SaleState
from market.notices.models import Notice
from market.reports.models import Bulletin, BulletinState, FileKind, Section
from market.reports.queries.bulletins import (
    FIELDS,
    Only,
    Orders,
    check_text,
    differences,
    drafted,
    proof_of,
    report_for,
    report_of,
    verify_bulletins,
)
from market.reports.queries.bulletins import papers as papers_module
from market.reports.queries.bulletins.content import Sums
from market.reports.services import (
    call_off_bulletin,
    correct_bulletin,
    draft_bulletin,
    issue_bulletin,
    redraft_bulletin,
    return_bulletin,
    send_bulletin,
    submit_bulletin,
    write_bulletin,
)
from market.targets.models import Channel
from market.targets.services import (
    close_period,
    credit,
    lock_period,
    reopen_period,
    withdraw_outside,
)
from market.units.models import ChangeKind
from market.units.services import Changed
from tests import make
from tests.conftest import unguarded
from tests.fairs import held
from tests.reports.bulletins import JULY, issued, submitted
from tests.reports.test_queries import on_the_way
from tests.targets import world

TEXT = dict.fromkeys((section.value for section in Section), "照此执行。")


pytestmark = pytest.mark.usefixtures("summer")


# What it says


def test_a_draft_names_the_best_and_the_slow_and_what_is_wrong_by_figures(session, three):
    draft = draft_bulletin(session, 2026, 6, by=three.author)
    report = report_for(session, draft)
    assert draft.cut_off_on == dt.date(2026, 6, 30)
    assert [(line.code, line.rank) for line in report.lines] == [("A", 1), ("B", 2), ("C", 3)]
    assert [line.code for line in report.chosen(Only.GOOD)] == ["A"]
    assert [line.code for line in report.slow] == ["C", "B"]
    assert (report.total.done_fen, report.total.month_fen) == (2_200_010_54, 700_010_54)
    assert "{完成较好单位}" in draft.text[Section.GOOD]
    assert "起步慢" in draft.text[Section.PROBLEMS]
    assert "{逾期未验收金额}" in draft.text[Section.PROBLEMS]  # Ordered on 2 June: thirty days.
    assert "{未付款单位数}" in draft.text[Section.PROBLEMS]
    assert "{进度较慢单位缺口}" in draft.text[Section.NEXT_STEPS]
    assert "未付款" not in drafted(report, is_public=True)[Section.PROBLEMS]


def test_a_draft_of_december_counts_what_is_on_its_way_in_january(session, three):
    with clock.set_to(JULY.replace(month=12, day=30)):
        on_the_way(session, three.buyers[0], 5_000_00)
    with clock.set_to(JULY.replace(year=2027, month=1, day=4)):
        on_the_way(session, three.buyers[0], 300_00)
        december = report_for(session, draft_bulletin(session, 2026, 12, by=three.author))
        january = report_for(session, draft_bulletin(session, 2027, 1, by=three.author))
    fen = [row["fen"] for row in december.orders(Orders.WAY)]
    assert fen == [70_000_00, 5_000_00]
    assert [row["fen"] for row in january.orders(Orders.WAY)] == [*fen, 300_00]


def test_where_nothing_is_wrong_the_draft_says_so(session, three):
    rows = [
        {"unit_id": 1, "code": "A", "name": "甲", "kind": "部门", "has_canteen": True, "diners": 5,
         "unpaid_fen": 0, "notes": [], "target_fen": 0, "month_fen": 100, "adjusted_fen": 100,
         "channels": {"outside": 100}}
    ]  # fmt: skip
    content = {
        "at": JULY.isoformat(), "is_final": False, "days_past": 181, "days": 365, "late_days": 14,
        "late_before": "2026-06-18", "rows": rows, "unpaid": [],
        "way": [{"unit": "A", "order": "D1", "fen": 5, "on": "2026-06-30"}],
    }  # fmt: skip
    text = drafted(report_of(2026, 6, dt.date(2026, 6, 30), content))
    assert text[Section.SLOW] == "没有单位落后序时进度。"
    assert text[Section.GOOD] == "还没有单位达到序时进度。"
    assert "平台外申报{平台外申报}" in text[Section.OVERALL]
    assert "本月都有采购" in text[Section.OVERALL]
    assert "{在途金额}" in text[Section.PROBLEMS]
    assert "{以前期间调整}" in text[Section.PROBLEMS]
    content |= {"way": [], "rows": [rows[0] | {"adjusted_fen": 0, "channels": {}}]}
    text = drafted(report_of(2026, 6, dt.date(2026, 6, 30), content))
    assert text[Section.PROBLEMS] == "本月没有发现突出问题。"
    nothing = report_of(2026, 6, dt.date(2026, 6, 30), content)
    assert [part.text for part in FIELDS["序时进度差"].make(nothing)] == ["没有任务"]
    assert differences(session, content, {1: Sums(month_fen=100), 7: Sums()}) == []


def test_what_was_closed_is_named_in_the_remarks_and_what_came_outside_the_shop(session, three):
    from market.targets.services import merge_units  # noqa: PLC0415

    day = dt.date(2026, 6, 20)
    changed = Changed(ChangeKind.MERGED, day, "编办1号", day, "机构调整")
    merge_units(session, [three.units[1]], three.units[0], changed, by=three.author)
    after = dt.date(2026, 7, 1)
    later = Changed(ChangeKind.MERGED, after, "编办2号", after, "机构调整")
    merge_units(session, [three.units[2]], three.units[0], later, by=three.author)
    gone = make.unit(session, code="D")
    person = make.person(session, unit=gone)
    bought = world.purchase(session, person, 50_000)
    credit(session, unit_id=gone.id, channel=Channel.OUTSIDE, amount_fen=50_000,
           happened_on=dt.date(2026, 6, 3), outside_purchase_id=bought.id)  # fmt: skip
    lock_period(session, 2026, 5, by=three.author)
    late = world.purchase(session, person, 1_234_56)
    credit(session, unit_id=gone.id, channel=Channel.OUTSIDE, amount_fen=1_234_56,
           happened_on=dt.date(2026, 4, 3), outside_purchase_id=late.id)  # fmt: skip
    session.flush()
    report = report_for(session, draft_bulletin(session, 2026, 6, by=three.author))
    assert report.line_of("B").remark == "2026-06-20 合并，由A街道办事处承接"
    assert report.line_of("C").remark == ""  # It ended after the month.
    assert report.line_of("D").remark == (
        "本月含以前期间调整1,234.56元；累计另含平台外申报1,734.56元"
    )
    assert report.line_of("D").rank is None
    assert (report.total.adjusted_fen, report.total.outside_fen) == (1_234_56, 1_734_56)


def test_a_text_that_cannot_be_shown_is_refused_beside_its_section():
    for words, is_public, said in (
        ("共{累计采购}", False, "没有名为“累计采购”的字段"),
        ("共{累计采购额", False, "缺了一半"),
        ("  ", False, "应有 1 到 4000 个字"),
        ("欠{未付款金额}", True, "公开的通报不能写付款情况"),
    ):
        with pytest.raises(Refused, match=said) as refused:
            check_text(TEXT | {"slow": words}, is_public=is_public)
        assert refused.value.field == "slow", words


# Who does what


def test_nobody_issues_what_they_drafted_wrote_or_submitted(session, three, files, admin):
    made = submitted(session, three)
    with pytest.raises(Refused, match="由另一位统筹协调人员核对签发"):
        issue_bulletin(session, files, made, seen_version=2, by=three.author)
    with pytest.raises(Refused, match="只有统筹协调人员"):
        issue_bulletin(session, files, made, seen_version=2, by=admin)
    return_bulletin(session, made, answer="请补充", seen_version=2, by=three.other)
    assert made.content is None
    write_bulletin(session, made, TEXT, is_public=False, seen_version=2, by=three.other)
    submit_bulletin(session, made, seen_version=3, by=three.author)
    with pytest.raises(Refused, match="由您起草、修改或送审"):
        issue_bulletin(session, files, made, seen_version=4, by=three.other)
    third = make.person(session, role=three.author.role)
    with pytest.raises(Refused, match="重新送审"):
        issue_bulletin(session, files, made, seen_version=2, by=third)
    issue_bulletin(session, files, made, seen_version=4, by=third)
    assert made.number == "消费帮扶通报〔2026〕第1期"
    assert session.query(Entry).filter_by(deed="bulletin.issued").one().facts["month"] == 6


def test_what_was_returned_meanwhile_is_not_issued_and_who_submitted_it_is_told(
    app, session, three, files
):
    """Without looking at the state once it is one's turn: "送审之后数字有变动", of every unit."""
    third = make.person(session, role=three.author.role)
    made = draft_bulletin(session, 2026, 6, by=three.author)
    lock_period(session, 2026, 6, by=three.author)
    submit_bulletin(session, made, seen_version=1, by=third)
    session.commit()
    with app.app_context(), db.sessionmaker() as own:
        again, other = own.get(Bulletin, made.id), own.get(Person, three.other.id)
        with pytest.raises(Refused, match="看过新的内容"):
            return_bulletin(own, again, answer="请补充", seen_version=1, by=other)
        return_bulletin(own, again, answer="请补充", seen_version=2, by=other)
        own.commit()
    assert made.state is BulletinState.SUBMITTED  # As this session still sees it.
    with pytest.raises(Refused, match="当前状态是“已退回”，不能签发"):
        issue_bulletin(session, files, made, seen_version=2, by=three.other)
    told = session.query(Notice.person_id).filter(Notice.text.contains("被退回：请补充"))
    assert {one.person_id for one in told} == {three.author.id, third.id}


def test_an_open_month_is_drafted_and_not_issued(session, three, files):
    made = draft_bulletin(session, 2026, 6, by=three.author)
    assert not report_for(session, made).is_final
    submit_bulletin(session, made, seen_version=1, by=three.author)
    with pytest.raises(Refused, match=r"2026年6月还没有锁定.*月度结账"):
        issue_bulletin(session, files, made, seen_version=2, by=three.other)
    july = draft_bulletin(session, 2026, 7, by=three.author)
    with pytest.raises(Refused, match="还没有过完"):
        submit_bulletin(session, july, seen_version=1, by=three.author)
    with pytest.raises(Refused, match="还没有开始"):
        draft_bulletin(session, 2026, 8, by=three.author)
    with pytest.raises(Refused, match="月份须在"):
        draft_bulletin(session, 2026, 13, by=three.author)
    with pytest.raises(Refused, match="已有通报"):
        draft_bulletin(session, 2026, 7, by=three.other)
    write_bulletin(session, july, TEXT, is_public=False, seen_version=1, by=three.author)
    with pytest.raises(Refused, match=r"刚刚被修改.*再决定是否取消"):
        call_off_bulletin(session, july, seen_version=1, by=three.other)
    call_off_bulletin(session, july, seen_version=2, by=three.other)
    assert draft_bulletin(session, 2026, 7, by=three.author).id != july.id


def test_figures_that_changed_since_it_was_submitted_are_not_issued(session, three, files):
    made = submitted(session, three)
    reopen_period(session, 2026, 6, reason="补录", by=three.author)
    new = make.person(session, unit=make.unit(session, code="D", name="新单位"))
    world.credited(session, new, 5_000, at=JULY.replace(month=6, day=20))
    lock_period(session, 2026, 6, by=three.author)
    with pytest.raises(Refused, match="送审之后数字有变动（新单位有计入或目标，通报中没有）"):
        issue_bulletin(session, files, made, seen_version=2, by=three.other)
    return_bulletin(session, made, answer="重新送审", seen_version=2, by=three.other)
    submit_bulletin(session, made, seen_version=2, by=three.author)
    issue_bulletin(session, files, made, seen_version=3, by=three.other)
    assert made.state is BulletinState.ISSUED
    with pytest.raises(Refused, match="不能再修改"):
        write_bulletin(session, made, TEXT, is_public=False, seen_version=3, by=three.author)


def test_what_was_submitted_in_time_is_verified_before_a_bulletin_is_issued(session, three, files):
    """What was submitted after the lock, or belongs to a closed month, changes nothing and may wait."""
    buyer, june = three.buyers[2], dt.date(2026, 6, 3)
    bought = world.purchase(session, buyer, 700_00, bought_on=june)
    fair = held.held(session)
    sale = FairSale(
        client_key="1", body_hash="", buyer=BuyerKind.UNIT, amount_fen=500_00, receipt_no="N1",
        sold_at=JULY.replace(month=6), fair=fair.fair, stand=fair.stand, unit=buyer.unit,
        made_by=fair.coordinator,
    )  # fmt: skip
    session.add(sale)
    made = submitted(session, three)
    with clock.set_to(JULY + dt.timedelta(hours=1)):
        world.purchase(session, buyer, 900_00, bought_on=june)
        with pytest.raises(Refused, match=r"还有 2 笔锁定前提交的.*没有核实"):
            issue_bulletin(session, files, made, seen_version=2, by=three.other)
        withdraw_outside(session, bought, by=buyer)
        sale.state = SaleState.RETURNED  # It keeps its day when it is submitted again.
        session.flush()
        with pytest.raises(Refused, match="还有 1 笔"):
            issue_bulletin(session, files, made, seen_version=2, by=three.other)
        for month in (4, 6):
            close_period(session, 2026, month, by=three.author)
        issue_bulletin(session, files, made, seen_version=2, by=three.other)
    assert made.state is BulletinState.ISSUED


def test_a_text_that_somebody_changed_meanwhile_is_not_overwritten(session, three):
    made = draft_bulletin(session, 2026, 6, by=three.author)
    write_bulletin(session, made, TEXT, is_public=True, seen_version=1, by=three.other)
    for deed in (
        lambda: write_bulletin(
            session, made, TEXT, is_public=False, seen_version=1, by=three.author
        ),
        lambda: redraft_bulletin(session, made, seen_version=1, by=three.author),
        lambda: submit_bulletin(session, made, seen_version=1, by=three.author),
    ):
        with pytest.raises(Refused, match="刚刚被"):
            deed()
    redraft_bulletin(session, made, seen_version=2, by=three.author)
    assert "{累计采购额}" in made.text[Section.OVERALL]
    assert "未付款" not in made.text[Section.PROBLEMS]


def test_a_correction_begins_with_the_old_which_stays_and_is_sent_no_more(
    session, three, files, sign_in
):
    old = issued(session, files, three, is_public=True)
    digest = old.files[0].attachment.file.sha256
    with pytest.raises(Refused) as refused:
        correct_bulletin(session, old, reason=" ", by=three.author)
    assert refused.value.field == "answer"
    new = correct_bulletin(session, old, reason="漏列一个单位", by=three.other)
    assert (new.text, new.is_public) == (old.text, True)
    assert new.text != drafted(report_for(session, new))
    with pytest.raises(Refused, match="已有更正"):
        correct_bulletin(session, old, reason="再来", by=three.author)
    with pytest.raises(Refused, match="签发之后才谈得上更正"):
        correct_bulletin(session, new, reason="再来", by=three.author)
    submit_bulletin(session, new, seen_version=1, by=three.other)
    issue_bulletin(session, files, new, seen_version=2, by=three.author)
    assert (new.corrects, new.number) == (old, "消费帮扶通报〔2026〕第2期")
    assert (old.state, old.number) == (BulletinState.ISSUED, "消费帮扶通报〔2026〕第1期")
    with pytest.raises(Refused, match="已更正，不能再发送"):
        send_bulletin(session, old, by=three.author)
    client = sign_in(three.author)
    assert f"{old.path}/send" not in client.get(old.path).text
    assert f"{new.path}/send" in client.get(new.path).text
    assert old.files[0].attachment.file.sha256 == digest
    assert verify_bulletins(session, files) == []
    with pytest.raises(Refused, match="请发更正"):
        draft_bulletin(session, 2026, 6, by=three.author)


def test_each_unit_is_told_its_own_line_once(session, three, files):
    more = make.person(session, name="无任务", unit=make.unit(session, code="D"))
    world.credited(session, more, 9_000_00, at=JULY.replace(month=6))
    made = submitted(session, three)
    with pytest.raises(Refused, match="签发之后才能发送"):
        send_bulletin(session, made, by=three.author)
    issue_bulletin(session, files, made, seen_version=2, by=three.other)
    three.buyers[2].is_enabled = False
    session.flush()
    assert send_bulletin(session, made, by=three.author) == 3
    texts = {
        notice.person_id: notice.text
        for notice in session.query(Notice).filter(Notice.text.contains("第1期（6月）"))
    }
    assert texts.keys() == {three.buyers[0].id, three.buyers[1].id, more.id}
    assert "累计采购 0.90 万元，验收后未付款 0.90 万元" in texts[more.id]
    assert "完成率 105.0%，排名第 1，已完成全年任务" in texts[three.buyers[0].id]
    assert "排名第 2，还差 190.00 万元" in texts[three.buyers[1].id]
    with pytest.raises(Refused, match="已经发送"):
        send_bulletin(session, made, by=three.other)


# That it comes out the same later


def test_an_issued_bulletin_comes_out_byte_for_byte_after_all_has_changed(session, three, files):
    made = issued(session, files, three, is_public=True)
    kept = {file.kind: files.get(file.attachment.file.sha256) for file in made.files}
    assert kept.keys() == set(FileKind)
    three.units[0].name, three.units[0].daily_diners = "改名的单位", 999
    three.author.name = "改名的人"
    with clock.set_to(JULY + dt.timedelta(days=40)):
        reopen_period(session, 2026, 6, reason="补录", by=three.author)
        world.credited(session, three.buyers[1], 7_777, at=JULY.replace(month=6, day=25))
        world.target(session, three.units[1], 9_000_00, by=three.author, reason="调低",
                     document_on=dt.date(2026, 6, 1))  # fmt: skip
        lock_period(session, 2026, 6, by=three.author)
        late = world.purchase(session, three.buyers[0], 500, bought_on=dt.date(2026, 6, 3))
        credit(session, unit_id=three.units[0].id, channel=Channel.OUTSIDE, amount_fen=500,
               happened_on=late.bought_on, outside_purchase_id=late.id)  # fmt: skip
        session.flush()
        session.expire_all()
        proof = proof_of(session, files, made)
    assert (proof.faults, proof.is_same_programs) == ([], True)
    for file in proof.files:
        digest = hashlib.sha256(kept[file.kind]).hexdigest()
        assert file.again == file.stored == file.kept == digest
    assert verify_bulletins(session, files) == []
    assert b"2026-07-02" in kept[FileKind.XLSX] or kept[FileKind.XLSX][:2] == b"PK"


def test_what_was_changed_behind_the_services_is_named(session, three, files, monkeypatch):
    made = issued(session, files, three)
    rows = [dict(row) for row in made.content["rows"]]
    rows[0]["channels"] = {"canteen": 1}
    rows.pop()
    made.content = {**made.content, "rows": rows}
    pdf = next(file for file in made.files if file.kind is FileKind.PDF)
    session.delete(next(file for file in made.files if file.kind is FileKind.XLSX))
    stored = session.get(StoredFile, pdf.attachment.file_id)
    with unguarded(session.connection()):
        stored.sha256 = "0" * 64
        session.flush()
    session.expire_all()
    words = "\n".join(verify_bulletins(session, files))
    assert "累计采购额 0.01 元" in words
    assert "有计入或目标，通报中没有" in words
    assert "没有留存Excel" in words
    assert "留存的PDF缺失或被改动" in words
    assert "重新生成的PDF与留存的不一致" in words
    with monkeypatch.context() as other:
        other.setattr(papers_module, "LAYOUT", 99)
        assert not proof_of(session, files, made).is_same_programs
    assert proof_of(session, files, made).is_same_programs
    monkeypatch.setattr("zlib.ZLIB_RUNTIME_VERSION", "0")  # Another one packs workbooks otherwise.
    assert not proof_of(session, files, made).is_same_programs


# The pages


def figures_of(text: str) -> list[tuple[str, str]]:
    """Return each figure of a page that leads to its rows: what it says, and where it leads."""
    found = re.findall(
        r'<a class="figure-link num" href="([^"]*/rows\?[^"]*)"[^>]*>([^<]+)</a>', text
    )
    return [(words, html.unescape(url)) for url, words in found]


def test_the_rows_behind_every_figure_come_to_it(session, three, files, sign_in):
    """Walks every link of a draft, and of the same bulletin after it was issued and all moved on."""
    made = draft_bulletin(session, 2026, 6, by=three.author)
    text = dict(made.text)
    text[Section.OVERALL] += "达到{缺口合计}，{以前期间调整}，{未采购单位}，{未付款单位}。"
    write_bulletin(session, made, text, is_public=False, seen_version=1, by=three.author)
    client = sign_in(three.author)
    path = made.path

    def walk():
        links = dict.fromkeys(figures_of(client.get(path).text))
        assert len(links) > 30
        for words, url in links:
            page = client.get(url).text
            claimed = re.findall(r"data-figure>([^<]+)<", page)
            assert claimed, url
            fits = {words, f"{words}万元", f"第{words}名"}
            assert set(claimed) <= fits, (words, url, claimed)
        return len(links)

    before = walk()
    lock_period(session, 2026, 6, by=three.author)
    submit_bulletin(session, made, seen_version=2, by=three.author)
    issue_bulletin(session, files, made, seen_version=3, by=three.other)
    reopen_period(session, 2026, 6, reason="补录", by=three.author)
    world.credited(session, three.buyers[1], 7_777_00, at=JULY.replace(month=6, day=25))
    world.target(session, three.units[1], 9_000_00, by=three.author, reason="调低",
                 document_on=dt.date(2026, 6, 1))  # fmt: skip
    session.commit()
    assert walk() == before
    assert client.get(f"{path}/rows?figure=nonsense").status_code == 404
    assert "没有排名" in client.get(f"{path}/rows?figure=units&measure=rank&unit=X").text


@pytest.mark.parametrize("count", [1, 25])
def test_the_pages_ask_no_more_often_for_more_units(
    session, three, files, sign_in, count_queries, count
):
    for _ in range(count):
        person = make.person(session)
        world.target(
            session, person.unit, 100_000, by=three.author, document_on=dt.date(2026, 1, 5)
        )
        world.credited(session, person, 700, at=JULY.replace(month=6))
    made = draft_bulletin(session, 2026, 6, by=three.author)
    client = sign_in(three.author)
    for path, most in ((made.path, 16), (f"{made.path}/edit", 16), ("/reports/bulletins", 6)):
        with count_queries() as statements:
            assert client.get(path).status_code == 200
        assert len(statements) <= most, (path, len(statements))
    lock_period(session, 2026, 6, by=three.author)
    submit_bulletin(session, made, seen_version=1, by=three.author)
    issue_bulletin(session, files, made, seen_version=2, by=three.other)
    session.commit()
    with count_queries() as statements:
        assert client.get(made.path).status_code == 200
    assert len(statements) <= 8
    with count_queries() as statements:
        assert client.get(f"{made.path}/proof").status_code == 200
    assert len(statements) <= 8


def test_two_coordinators_take_a_bulletin_through_its_pages(session, three, files, sign_in):
    client, other = sign_in(three.author), sign_in(three.other)
    empty = client.get("/reports/bulletins").text
    assert "按数字起草" in empty
    assert "去锁定6月" in empty
    page = client.post("/reports/bulletins/2026/6/draft", follow_redirects=True).text
    assert "已按数字起草" in page
    assert "6月未锁定" in page
    assert "已有通报" in client.post("/reports/bulletins/2026/6/draft", follow_redirects=True).text
    made = session.query(Bulletin).one()
    path = made.path
    session.commit()
    assert "{累计采购额}" in client.get(f"{path}/edit").text
    typed = TEXT | {"slow": "共{没有的}", "seen_version": "1"}
    wrong = client.post(f"{path}/edit", data=typed)
    assert wrong.status_code == 422
    assert "没有名为“没有的”的字段" in wrong.text
    assert "共{没有的}" in wrong.text
    saved = client.post(
        f"{path}/edit", data=typed | {"slow": "共{累计采购额}"}, follow_redirects=True
    )
    assert "已保存" in saved.text
    late = typed | {"slow": "共{年度目标}"}
    overtaken = client.post(f"{path}/edit", data=late)
    assert (overtaken.status_code, "刚刚被别人修改" in overtaken.text) == (422, True)
    assert "共{年度目标}" in overtaken.text
    seen = re.search(r'name="seen_version"[^>]* value="(\d)"', overtaken.text)[1]
    again = client.post(f"{path}/edit", data=late | {"seen_version": seen}, follow_redirects=True)
    assert "已保存" in again.text
    again = client.post(f"{path}/redraft", data={"seen_version": "3"}, follow_redirects=True)
    assert "已按现在的数字重新起草" in again.text
    assert client.post(f"{path}/submit", data={"seen_version": "²"}).status_code == 422
    client.post(f"{path}/submit", data={"seen_version": "4"})
    assert "不能再修改" in client.get(f"{path}/edit", follow_redirects=True).text
    assert "等另一位统筹协调人员签发" in client.get(path).text
    refused = client.post(f"{path}/issue", data={"seen_version": "5"})
    assert "请由另一位统筹协调人员核对签发" in refused.text
    returned = other.post(f"{path}/return", data={"answer": "长" * 201, "seen_version": "5"})
    assert (returned.status_code, "最多 200 个字" in returned.text) == (422, True)
    unseen = other.post(f"{path}/return", data={"answer": "补充原因", "seen_version": "4"})
    assert (unseen.status_code, "看过新的内容再办理" in unseen.text) == (422, True)
    other.post(f"{path}/return", data={"answer": "补充原因", "seen_version": "5"})
    assert "已退回：补充原因" in client.get(path).text
    client.post(f"{path}/submit", data={"seen_version": "5"})
    assert "还没有锁定" in other.post(f"{path}/issue", data={"seen_version": "6"}).text
    lock_period(session, 2026, 6, by=three.author)
    session.commit()
    done = other.post(f"{path}/issue", data={"seen_version": "6"}, follow_redirects=True).text
    assert "已签发并编号" in done
    assert "已发送" in client.post(f"{path}/send", follow_redirects=True).text
    assert "逐字节相同" in client.get(f"{path}/proof").text
    for form in ("pdf", "xlsx", "csv"):
        assert client.get(f"{path}/file.{form}").status_code == 200
    began = client.post(f"{path}/correct", data={"answer": "漏项"}, follow_redirects=True)
    assert "已按原文起草更正" in began.text
    new = session.query(Bulletin).filter(Bulletin.corrects_id.is_not(None)).one()
    session.commit()
    assert client.get(f"{new.path}/file.pdf").status_code == 200
    assert client.get(f"{new.path}/proof").status_code == 404
    assert "更正的通报正在办理" in client.get(path).text
    gone = client.post(f"{new.path}/call-off", data={"seen_version": "1"}, follow_redirects=True)
    assert "草稿已取消" in gone.text
    listed = client.get("/reports/bulletins").text
    assert "第1期" in listed
    assert "已办结" in listed
    close_period(session, 2026, 4, by=three.author)
    session.commit()
    listed = client.get("/reports/bulletins").text
    assert [listed.count(word) for word in ("已结账", "已锁定", "未锁定")] == [4, 2, 1]


def test_everyone_reads_what_is_public_and_units_what_names_them(
    session, three, files, sign_in, app, inspector
):
    made = issued(session, files, three, is_public=True)
    stranger = make.person(session, unit=make.unit(session, code="Z", canteen="none"))
    county = make.person(session, role="county")
    visitor = app.test_client()
    unit = sign_in(three.buyers[0])
    public = f"/reports/published/{made.ref}"
    text = visitor.get(public).text
    assert made.number in visitor.get("/reports/published").text
    for hidden in ("未付款", "李梅", "/rows?"):
        assert hidden not in text
    assert visitor.get(f"{public}/file.pdf").data[:4] == b"%PDF"
    assert visitor.get(f"{public}/file.xlsx").data[:2] == b"PK"
    assert visitor.get(made.path).status_code == 302
    own = unit.get(made.path).text
    assert "本单位" in own
    assert "/rows?figure=credits&amp;unit=A" in own
    assert "unit=B" not in own
    assert unit.get(f"{made.path}/file.pdf").status_code == 200
    assert made.number in unit.get("/reports/bulletins").text
    apart = sign_in(stranger)
    assert apart.get(made.path).status_code == 404
    assert "还没有列有本单位的通报" in apart.get("/reports/bulletins").text
    assert visitor.get("/reports/published/nothing").status_code == 404
    assert apart.get("/reports/bulletins/nothing").status_code == 404
    new = correct_bulletin(session, made, reason="漏项", by=three.author)
    assert sign_in(county).get(new.path).status_code == 404
    assert sign_in(county).get(made.path).status_code == 200
    assert sign_in(inspector).get(new.path).status_code == 200
    assert sign_in(inspector).post(f"{made.path}/send").status_code == 403
    submit_bulletin(session, new, seen_version=1, by=three.author)
    assert "已更正" not in visitor.get(public).text
    issue_bulletin(session, files, new, seen_version=2, by=three.other)
    session.commit()
    assert f"{new.number}</a>：漏项" in html.unescape(visitor.get(public).text)
    assert "这份通报更正以前的一份" in unit.get(new.path).text
    kept = next(file for file in made.files if file.kind is FileKind.PUBLIC_PDF)
    files._path(kept.attachment.file.sha256).unlink()
    assert visitor.get(f"{public}/file.pdf").status_code == 404
    assert "缺失" in sign_in(three.author).get(f"{made.path}/proof").text
