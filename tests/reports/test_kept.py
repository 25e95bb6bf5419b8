"""Large reports that are made step by step and kept."""

import datetime as dt
import re
import threading

import pytest
import sqlalchemy as sa

from market.adapters.spreadsheets import read_grid
from market.audit.models import Entry
from market.core import clock
from market.core.access import Role
from market.core.db import db
from market.core.errors import Refused
from market.core.steps import result_of
from market.evidence.models import Attachment
from market.reports.models import KeptReport
from market.reports.queries.groups import By
from market.reports.queries.tables import Asked
from market.reports.services import drop_kept, keep_steps
from tests import make
from tests.broken import broken
from tests.targets import world

ASKED = Asked(2026)
KEEP = "/reports/tables/months/keep?year=2026"


@pytest.fixture(autouse=True)
def _september(session):
    """It is the tenth of September 2026."""
    session.expire_on_commit = False
    with clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def bought(session):
    """Three units bought this month."""
    people = [make.person(session) for _ in range(3)]
    for number, person in enumerate(people, start=1):
        world.credited(session, person, number * 100_000)
    session.commit()
    return people


def keep(session, files, by, kind="months", asked=ASKED):
    session.commit()  # What is not would be undone.
    steps = keep_steps(session, files, kind, asked, source="https://market/x", by=by)
    return result_of(steps)


def deeds(session):
    return session.scalars(sa.select(Entry.deed).where(Entry.deed.startswith("kept_report"))).all()


@pytest.fixture
def files(app):
    return app.extensions["files"]


def test_a_kept_report_says_who_what_when_and_is_the_whole_table(
    session, bought, coordinator, files
):
    kept = keep(session, files, coordinator, asked=Asked(2026, where={By.CHANNEL: "canteen"}))
    assert (kept.row_count, kept.sum_fen, kept.by_id) == (3, 600_000, coordinator.id)
    assert (kept.query, kept.cut_off_on) == (
        "year=2026&from=1&to=12&channel=canteen&money=yuan",
        dt.date(2026, 9, 10),
    )
    file = kept.attachment.file
    lines = read_grid(files.get(file.sha256), most=50).lines
    assert lines[0][0] == "2026年各单位分月分渠道采购"
    assert [line[-1] for line in lines[3:7]] == [1000, 2000, 3000, 6000]
    assert [line[:2] for line in lines[7:9]] == [
        ["数据时刻", "2026-09-10 12:00:00"],
        ["来源", "https://market/x"],
    ]
    entry = session.query(Entry).filter_by(deed="kept_report.made").one()
    assert entry.facts["sha256"] == file.sha256


def test_the_same_again_is_the_kept_one_until_a_figure_changes(
    session, bought, coordinator, inspector, files
):
    first = keep(session, files, coordinator).id
    session.commit()
    assert keep(session, files, coordinator).id == first
    assert keep(session, files, coordinator, asked=Asked(2026, words="单位")).id != first
    other = make.person(session, role=Role.FUND_OFFICER)
    session.commit()
    assert keep(session, files, other).id != first
    session.commit()
    world.credited(session, bought[0], 1)
    session.commit()
    assert keep(session, files, coordinator).id != first


def test_a_report_without_rows_too_large_or_of_others_is_refused(
    session, bought, coordinator, files, monkeypatch
):
    with pytest.raises(Refused, match="没有符合条件的数据"):
        keep(session, files, coordinator, asked=Asked(2020))
    monkeypatch.setattr("market.reports.services.keeping.MOST_KEPT", 2)
    with pytest.raises(Refused, match="这张表有 3 行，一次最多 2 行"):
        keep(session, files, coordinator)
    county = make.person(session, role=Role.COUNTY)
    session.commit()
    with pytest.raises(Refused, match="不对县级责任单位开放"):
        keep(session, files, county, kind="unpaid")
    with pytest.raises(Refused, match="筛选条件太长"):
        keep(session, files, coordinator, asked=Asked(2026, where={By.UNIT: "字" * 80}))


def test_asked_for_twice_at_once_it_is_kept_once(app, session, bought, coordinator, files):
    """Fails with IntegrityError when ``on_conflict_do_nothing`` is taken off the INSERT."""
    who, session.autoflush = coordinator.id, False
    session.commit()
    ready, made = threading.Barrier(2, timeout=20), []

    def ask():
        with (
            app.app_context(),
            clock.set_to(dt.datetime(2026, 9, 10, 4, tzinfo=dt.UTC)),
            db.sessionmaker() as own,
        ):
            by = own.get_one(type(coordinator), who)
            steps = keep_steps(own, files, "months", ASKED, source="", by=by)
            for step in steps:
                if step.words.startswith("正在保存"):
                    break
            ready.wait()
            made.append(result_of(steps).id)
            own.commit()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert session.query(KeptReport).count() == session.query(Attachment).count() == 1


def test_one_that_is_deleted_meanwhile_is_to_be_made_again(
    app, session, bought, coordinator, files
):
    kept = keep(session, files, coordinator)
    session.commit()
    steps = keep_steps(session, files, "months", ASKED, source="", by=coordinator)
    next(steps)
    with app.app_context(), db.sessionmaker() as other:
        drop_kept(other, other.get_one(KeptReport, kept.id), by=coordinator)
        other.commit()
    with pytest.raises(Refused, match="刚刚被删除"):
        result_of(steps)


def test_its_owner_deletes_it_and_the_record_says_what_it_was(
    session, bought, coordinator, inspector, sign_in, files
):
    kept = keep(session, files, coordinator)
    token, sha256 = kept.attachment.token, kept.attachment.file.sha256
    other = make.person(session, role=Role.COORDINATOR)
    session.commit()
    with pytest.raises(Refused, match="只能删除自己"):
        drop_kept(session, kept, by=other)
    reply = sign_in(other).post(f"/reports/kept/{token}/delete", follow_redirects=True)
    assert "只能删除自己" in reply.text
    client = sign_in(coordinator)
    page = client.get(f"/reports/kept/{token}").text
    assert "确定删除" in page
    assert "期间" in page
    assert "确定删除" not in sign_in(inspector).get(f"/reports/kept/{token}").text
    assert client.post(f"/reports/kept/{token}/delete").location == "/reports/kept"
    assert client.get(f"/reports/kept/{token}/file").status_code == 404
    assert client.get(f"/files/{token}").status_code == 404
    session.rollback()
    entry = session.query(Entry).filter_by(deed="kept_report.dropped").one()
    assert entry.facts["sha256"] == sha256


def test_one_that_somebody_deleted_a_moment_before_is_not_deleted_again(
    app, session, bought, coordinator, files
):
    """Without the DELETE that gives back what it deleted, it is recorded twice."""
    kept = keep(session, files, coordinator)
    session.commit()
    with app.app_context(), db.sessionmaker() as other:
        drop_kept(other, other.get_one(KeptReport, kept.id), by=coordinator)
        other.commit()
    with pytest.raises(Refused, match="刚刚已被删除"):
        drop_kept(session, kept, by=coordinator)
    assert sorted(deeds(session)) == ["kept_report.dropped", "kept_report.made"]


def test_a_kept_file_that_is_lost_is_not_found(session, bought, coordinator, sign_in, files):
    kept = keep(session, files, coordinator)
    session.commit()
    files._path(kept.attachment.file.sha256).unlink()
    reply = sign_in(coordinator).get(f"/reports/kept/{kept.attachment.token}/file")
    assert reply.status_code == 404


def test_a_large_report_shows_how_far_it_is_and_then_is_kept(
    session, bought, coordinator, inspector, sign_in, monkeypatch, files
):
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    monkeypatch.setattr("market.reports.services.keeping.AT_ONCE", 1)
    client = sign_in(coordinator)
    reply = client.post(KEEP, buffered=False)
    pieces = reply.iter_encoded()
    head = next(pieces).decode()
    assert "正在生成：2026年各单位分月分渠道采购" in head
    assert "可能没有完成，请到列表查看；重新提交不会重复登记" in head
    assert session.query(KeptReport).count() == 0
    session.rollback()
    rest = [piece.decode() for piece in pieces]
    words = [re.search("<li>(.*?)<", piece)[1] for piece in rest[:-1]]
    assert words == [
        *(f"已读取 {n} / 3 行" for n in (1, 2, 3)),
        *(f"已写入 {n} / 3 行" for n in (1, 2, 3, 3)),
        "正在保存文件",
    ]
    assert rest[-1].rstrip().endswith("</html>")
    assert "3 行，合计 6,000.00 元" in rest[-1]
    onward = re.search(r'href="([^"]+)" data-onward', rest[-1])[1]
    shown = client.get(onward).text
    kept = session.query(KeptReport).one()
    assert kept.attachment.file.sha256 in shown
    session.rollback()
    reply = client.get(f"{onward}/file")
    assert read_grid(reply.data, most=50).lines[6][-1] == 6000
    listed = sign_in(inspector).get("/reports/kept").text
    assert "6,000.00" in listed
    assert (
        "还没有保存的报表"
        in sign_in(make.person(session, role=Role.FUND_OFFICER)).get("/reports/kept").text
    )


def test_a_reader_who_goes_away_leaves_nothing_behind(
    session, bought, coordinator, sign_in, monkeypatch
):
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    monkeypatch.setattr("market.reports.services.keeping.AT_ONCE", 1)
    client = sign_in(coordinator)
    for seen in (1, 3, 9):  # At the head, while it is read, when the file is about to be kept.
        reply = client.post(KEEP, buffered=False)
        pieces = reply.iter_encoded()
        for _ in range(seen):
            next(pieces)
        reply.close()
        assert session.query(KeptReport).count() == session.query(Attachment).count() == 0
        session.rollback()
    world.credited(session, bought[0], 1)  # No transaction stands in the way.
    session.commit()
    assert client.post(KEEP).text.rstrip().endswith("</html>")
    assert session.query(KeptReport).count() == 1


def test_a_refusal_in_the_middle_is_a_sentence_on_the_page(
    session, bought, coordinator, sign_in, monkeypatch
):
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    monkeypatch.setattr("market.reports.services.keeping.MOST_KEPT", 2)
    page = sign_in(coordinator).post(KEEP).text
    assert "一次最多 2 行" in page
    assert "回到各单位分月分渠道采购" in page
    assert session.query(KeptReport).count() == 0


def test_a_busy_database_is_said_on_the_page(session, bought, coordinator, sign_in, monkeypatch):
    """Fails when the sentence is drawn as a page is: that asks the database, which doesn't answer."""
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    client = sign_in(coordinator)
    pieces = client.post(KEEP, buffered=False).iter_encoded()
    next(piece for piece in pieces if "正在保存文件" in piece.decode())
    with broken(session, at=""):
        page = b"".join(pieces).decode()
    assert "没有完成，什么也没有改变" in page
    assert "回到各单位分月分渠道采购" in page
    assert session.query(KeptReport).count() == 0


def test_what_is_kept_is_said_though_the_database_answers_nothing_any_more(
    session, bought, coordinator, sign_in, monkeypatch
):
    """Fails when the end of the page is drawn after the commit: it asks for the person again."""
    monkeypatch.setattr("market.reports.views.kinds.LARGE", 2)
    client = sign_in(coordinator)
    with broken(session):
        assert "查看并下载" in client.post(KEEP).text
    assert session.query(KeptReport).count() == 1


def test_a_small_report_is_kept_at_once(session, bought, coordinator, sign_in):
    client = sign_in(coordinator)
    reply = client.post(KEEP)
    assert reply.status_code == 303
    assert "下载 Excel" in client.get(reply.location).text
    assert "我生成的" in client.get("/reports/kept?mine=1").text
    reply = client.post("/reports/tables/months/keep?year=2020", follow_redirects=True)
    assert "没有符合条件的数据" in reply.text


def test_the_list_of_kept_reports_asks_no_more_often_for_more(
    session, bought, coordinator, sign_in, files, count_queries
):
    for words in ("", "单位"):
        keep(session, files, coordinator, asked=Asked(2026, words=words))
        session.commit()
    client = sign_in(coordinator)
    with count_queries() as statements:
        assert client.get("/reports/kept").status_code == 200
    assert len(statements) <= 5
