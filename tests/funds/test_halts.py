"""When ``verify`` finds that the plan's money doesn't add up: writing stops, reading stays, people are told."""

import contextlib

import pytest
import sqlalchemy as sa

from market.adapters.spreadsheets import read_grid
from market.audit.models import Entry
from market.core.access import Role
from market.core.db import Model
from market.core.errors import Refused
from market.evidence.services import attach
from market.funds import services
from market.funds.models import (
    Account,
    Decision,
    DocumentState,
    Halt,
    Kind,
    Stage,
)
from market.funds.queries.halts import standing_halt
from market.notices.models import Notice
from tests import make
from tests.cli.test_commands import run
from tests.conftest import unguarded
from tests.funds import papers
from tests.funds.papers import WAN

__all__ = ["run"]


@pytest.fixture
def people(session, app, monkeypatch):
    """The offices, whose files are really kept, and those who are told."""
    numbers = iter(range(1000))

    def kept(session, by):
        content = b"%PDF-1.4 " + str(next(numbers)).encode()
        return attach(session, app.extensions["files"], content, name="证明.pdf", by=by)

    monkeypatch.setattr(papers, "file", kept)
    return papers.offices(session)


@pytest.fixture
def earmarks(session):
    return papers.open_ledger(session)


@pytest.fixture
def agreement(session, people, earmarks):
    """An agreement over 100 万元 of which 60 are disbursed."""
    made = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=made)
    return made


@contextlib.contextmanager
def behind_everybody(session):
    """Give a connection that changes what nothing else lets anybody change, foreign keys and all."""
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        with session.get_bind().connect() as connection:
            connection.exec_driver_sql("COMMIT")  # Foreign keys are switched between transactions.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN")
            with unguarded(connection):
                yield connection
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.exec_driver_sql("BEGIN")
    else:
        with unguarded(session.connection()):
            yield session.connection()
        session.commit()
    session.expire_all()


def tamper(session, statement):
    """Change the database behind everybody's back."""
    with behind_everybody(session) as connection:
        connection.exec_driver_sql(statement)


def every_row(session):
    """Return the rows of each table."""
    return {
        table: [dict(row) for row in session.execute(sa.select(table)).mappings()]
        for table in Model.metadata.sorted_tables
    }


def put_back(session, whole):
    """Let each table hold these rows again, and no others."""
    with behind_everybody(session) as connection:
        for table in reversed(whole):
            connection.exec_driver_sql(f'DELETE FROM "{table.name}"')
        for table, rows in whole.items():
            if rows:
                connection.execute(sa.insert(table), rows)


def add(session, fen):
    """Add fen to what is disbursed under the agreement, where no transfer brought them."""
    account = sa.select(Account.id).where(Account.stage == Stage.DISBURSED, ~Account.is_held)
    tamper(
        session,
        f"UPDATE fund_account SET balance_fen = balance_fen + {fen}"
        f" WHERE id = {session.scalars(account).one()}",
    )


def told(session):
    """Return who was told what of a halt."""
    rows = session.execute(
        sa.select(Notice.person_id, Notice.text).where(Notice.text.contains("资金账核对"))
    )
    return sorted((id_, "停止记账" in text) for id_, text in rows)


def deeds(session):
    return session.scalars(
        sa.select(Entry.deed).where(Entry.about.startswith("fund_halt")).order_by(Entry.id)
    ).all()


def test_money_that_does_not_add_up_stands_still_until_it_does(
    session, app, people, earmarks, agreement, inspector, run, sign_in
):
    admin = make.person(session, name="管理员", role=Role.ADMIN)
    overseers = sorted([people.lead.id, people.lead_2.id, admin.id, inspector.id])
    claim = papers.drafted(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    waiting = papers.submitted(session, people, Kind.DISBURSEMENT, 10 * WAN, agreement=agreement)
    due = papers.submitted(session, people, Kind.DISBURSEMENT, 10 * WAN, agreement=agreement)
    papers.approve(session, due, people)
    assert run("verify").exit_code == 0
    assert session.scalars(sa.select(Halt)).all() == []

    add(session, 1)
    found = run("verify")
    assert (found.exit_code, "✗ 资金账户余额" in found.stdout) == (1, True)
    assert "资金记账已停止" in found.stderr
    halt = standing_halt(session)
    assert halt.count == len(halt.findings) == 3
    assert "按流水应为" in "".join(halt.findings)
    assert told(session) == [(id_, True) for id_ in overseers]
    assert "资金记账仍然停止" in run("verify").stderr
    assert len(told(session)) == len(overseers)

    seen = waiting.body_sha256
    for refused in (
        lambda: services.submit(session, claim, by=people.clerk),
        lambda: services.rehearse(session, claim, by=people.clerk),
        lambda: services.recall(session, waiting, by=people.clerk),
        lambda: services.decide(
            session, waiting, Decision.APPROVE, seen_sha256=seen, by=people.lead
        ),
        lambda: services.pay(
            session, due, paid_on=due.occurred_on, bank_serial="S", by=people.officer
        ),
        lambda: services.call_off(session, due, reason="因故", by=people.officer),
    ):
        with pytest.raises(
            Refused, match=r"3 处差异，自 .* 起停止记账；查询、导出照常。请联系系统管理员"
        ):
            refused()
        session.rollback()
    draft = papers.drafted(session, people, Kind.CLAIM, WAN, agreement=agreement)
    assert draft.state is DocumentState.DRAFT

    number = claim.number
    answer = sign_in(people.clerk).post(f"/funds/documents/{number}/submit")
    assert answer.status_code == 422
    assert "起停止记账" in answer.text
    assert "发现的差异" not in answer.text
    client = sign_in(inspector)
    for path in PAGES:
        page = client.get(path.format(number=number))
        assert page.status_code == 200, path
        assert page.text.count('id="halt"') == 1, path
    assert "按流水应为" in client.get("/funds").text
    for path in ("/reports/disclosure", "/plan/progress", "/plan/projects/1"):
        published = app.test_client().get(path).text
        assert "正在查明更正" in published, path
        assert "请联系系统管理员" not in published, path
        assert "按流水应为" not in published, path
    for path in ("/funds", "/funds/documents", "/funds/earmarks/01", "/reports/disclosure"):
        note = read_grid(client.get(f"{path}?format=xlsx").data, most=50).lines[1][0]
        assert "起停止记账，数字可能有误" in note, path
    progress = read_grid(client.get("/plan/progress.xlsx").data, most=50)
    assert "起停止记账，数字可能有误" in progress.lines[1][0]

    add(session, -1)
    fine = run("verify")
    assert (fine.exit_code, "资金记账已恢复" in fine.stderr) == (0, True)
    assert standing_halt(session) is None
    assert halt.lifted_at > halt.raised_at
    assert deeds(session) == ["ledger.halted", "ledger.resumed"]
    assert told(session) == sorted((id_, stops) for id_ in overseers for stops in (False, True))
    assert 'id="halt"' not in sign_in(inspector).get("/funds").text
    assert sign_in(people.clerk).post(f"/funds/documents/{number}/submit").status_code == 303
    session.expire_all()
    assert claim.state is DocumentState.SUBMITTED
    session.commit()
    assert run("verify").stderr.count("资金记账") == 0


PAGES = (
    "/funds",
    "/funds/earmarks/01",
    "/funds/earmarks/01?measure=spent",
    "/funds/documents",
    "/funds/documents/{number}",
    "/funds/marketing",
    "/reports/money/ledger",
    "/reports/disclosure",
    "/plan/progress",
    "/plan/projects/1",
)


def test_a_change_of_a_file_that_a_document_rests_on_stops_the_money(session, app, people, run):
    earmark = papers.open_ledger(session)["01"]
    document = papers.effective(session, people, Kind.APPROPRIATION, WAN, earmark=earmark)
    store = app.extensions["files"]
    loose = attach(session, store, b"%PDF-1.4 loose", name="a.pdf", by=people.clerk)
    proof = document.files[0].attachment.file
    session.commit()
    paths = {path.name: path for path in app.config["FILES"].rglob("*") if path.is_file()}
    paths[loose.file.sha256].write_bytes(b"%PDF-1.4 other")
    assert run("verify").exit_code == 1
    assert standing_halt(session) is None
    content = paths[proof.sha256].read_bytes()
    paths[proof.sha256].write_bytes(b"%PDF-1.4 other")
    run("verify")
    assert standing_halt(session).findings == [
        f"文件 {proof.id}（{proof.sha256[:12]}…）的内容被改动"
    ]
    session.commit()
    paths[proof.sha256].write_bytes(content)
    assert run("verify").exit_code == 1  # The other file's, which the money does not rest on.
    assert standing_halt(session) is None


def test_a_broken_chain_stops_the_money_and_a_head_that_is_typed_does_not(session, people, run):
    earmark = papers.open_ledger(session)["01"]
    papers.effective(session, people, Kind.APPROPRIATION, WAN, earmark=earmark)
    run("seal")
    assert run("verify", "--head", "f" * 64).exit_code == 1
    assert standing_halt(session) is None
    session.commit()
    entry = session.scalars(sa.select(Entry).where(Entry.deed == "fund.effective")).one()
    change = "UPDATE audit_entry SET deed = '{}' WHERE id = " + str(entry.id)
    tamper(session, change.format("x"))
    run("verify")
    assert "封存后被改动" in standing_halt(session).findings[0]
    tamper(session, change.format("fund.effective"))
    run("verify", "--head", "f" * 64)
    assert standing_halt(session) is not None  # Something of the chain is still not as published.
    session.commit()
    assert run("verify").exit_code == 0
    assert standing_halt(session) is None


BROKEN = {
    "an account is gone": "DELETE FROM fund_account WHERE stage = 'disbursed'",
    "an account has more than all": "UPDATE fund_account SET balance_fen = 9000000000000 WHERE stage = 'spent'",
    "an account has nothing": "UPDATE fund_account SET balance_fen = 0",
    "an account has a stage of no list": "UPDATE fund_account SET stage = 'x' WHERE stage = 'spent'",
    "an entry is gone": "DELETE FROM fund_entry WHERE act = 'hold'",
    "transfers are gone": "DELETE FROM fund_transfer WHERE id > 30",
    "a transfer leads elsewhere": "UPDATE fund_transfer SET to_id = 999999 WHERE id > 30",
    "a document is gone": "DELETE FROM fund_document WHERE kind = 'disbursement'",
    "a document has a state of no list": "UPDATE fund_document SET state = 'x' WHERE kind = 'claim'",
    "a document is of another kind": "UPDATE fund_document SET kind = 'settlement' WHERE kind = 'claim'",
    "documents say another amount": "UPDATE fund_document SET amount_fen = amount_fen * 9",
    "approvals are gone": "DELETE FROM fund_approval",
    "years are gone": "DELETE FROM earmark_year",
    "a year is settled": "UPDATE earmark_year SET state = 'settled'",
    "an earmark has another amount": "UPDATE earmark SET amount_fen = 1 WHERE code = '01'",
}


def test_pages_never_break_and_verify_stops_the_money_whatever_is_wrong(
    session, people, agreement, inspector, run, sign_in
):
    claim = papers.effective(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    papers.submitted(session, people, Kind.CLAIM, 5 * WAN, agreement=agreement)
    number = claim.number
    client = sign_in(inspector)
    whole, wrong = every_row(session), []
    for what, statement in BROKEN.items():
        tamper(session, statement)
        if run("verify").exit_code != 1 or standing_halt(session) is None:
            wrong.append((what, "verify"))
        session.rollback()
        for path in PAGES:
            page = client.get(path.format(number=number))
            readable = page.status_code == 503 and "数据不一致" in page.text
            if page.status_code not in (200, 404) and not readable:
                wrong.append((what, path, page.status_code))
            if page.status_code == 200 and 'id="halt"' not in page.text:
                wrong.append((what, path, "no halt"))
        put_back(session, whole)
    assert wrong == []
    assert run("verify").exit_code == 0  # So each fault was its own, not one left by another.
