"""Money of the plan: from the plan to acceptance, never more, never elsewhere."""

import datetime as dt

import pytest
import sqlalchemy as sa

from market.core import clock
from market.core.errors import Refused
from market.funds import services
from market.funds.models import (
    Account,
    Act,
    DocumentState,
    Kind,
    LedgerEntry,
    Stage,
    Transfer,
)
from market.funds.queries import checks
from market.funds.queries.figures import export_rows, figures, rows, total
from market.funds.queries.places import Move, Place
from market.funds.services import Insufficient, ledger
from tests.conftest import unguarded
from tests.funds import papers
from tests.funds.papers import WAN

PLAN_FEN = 5_487_000_000


def holds(session):
    session.flush()
    session.expire_all()
    faults = [
        *checks.verify_earmarks(session),
        *checks.verify_balances(session),
        *checks.verify_moves(session),
        *checks.verify_holds(session),
        *checks.verify_documents(session),
    ]
    assert faults == []


def test_the_plan_makes_23_earmarks_that_sum_to_it(session):
    earmarks = papers.open_ledger(session)
    assert len(earmarks) == 23
    assert sum(one.amount_fen for one in earmarks.values()) == PLAN_FEN
    whole = total(row.figures for row in rows(session))
    assert (whole.budget_fen, whole.planned_fen, whole.appropriated_fen) == (PLAN_FEN, PLAN_FEN, 0)
    assert not services.load_earmarks(session)
    holds(session)


def test_money_goes_from_the_plan_to_acceptance(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    agreement = papers.ready(session, people, earmark, 150 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 100 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.CLAIM, 60 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.ACCEPTANCE, 50 * WAN, agreement=agreement)
    found = figures(session)[earmark.id]
    assert found.appropriated_fen == earmark.amount_fen == 18_315 * 10_000
    assert found.committed_fen == 150 * WAN
    assert found.disbursed_fen == 100 * WAN
    assert found.spent_fen == 60 * WAN
    assert found.accepted_fen == 50 * WAN
    assert found.available_fen == earmark.amount_fen - 150 * WAN
    holds(session)


def test_every_counter_move_leads_one_stage_back(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    agreement = papers.ready(session, people, earmark, 100 * WAN)
    papers.effective(session, people, Kind.AMENDMENT, 20 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.DECOMMITMENT, 10 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.DISBURSEMENT, 50 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.RETURN, 5 * WAN, agreement=agreement)
    claim = papers.effective(session, people, Kind.CLAIM, 30 * WAN, agreement=agreement)
    accepted = papers.effective(session, people, Kind.ACCEPTANCE, 30 * WAN, agreement=agreement)
    found = figures(session)[earmark.id]
    assert (found.committed_fen, found.disbursed_fen) == (110 * WAN, 45 * WAN)
    assert (found.spent_fen, found.accepted_fen) == (30 * WAN, 30 * WAN)
    papers.effective(session, people, Kind.REVERSAL, target=accepted)
    papers.effective(session, people, Kind.REVERSAL, target=claim)
    found = figures(session)[earmark.id]
    assert (found.disbursed_fen, found.spent_fen, found.accepted_fen) == (45 * WAN, 0, 0)
    assert claim.state is DocumentState.REVERSED
    holds(session)


def test_a_reallocation_moves_between_earmarks_and_changes_no_total(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    for code in ("01", "02"):
        fen = earmarks[code].amount_fen
        papers.effective(session, people, Kind.APPROPRIATION, fen, earmark=earmarks[code])
    moved = papers.effective(
        session,
        people,
        Kind.REALLOCATION,
        10 * WAN,
        earmark=earmarks["01"],
        to_earmark=earmarks["02"],
    )
    found = figures(session)
    assert found[earmarks["01"].id].budget_fen == earmarks["01"].amount_fen - 10 * WAN
    assert found[earmarks["02"].id].available_fen == earmarks["02"].amount_fen + 10 * WAN
    assert total(found.values()).budget_fen == PLAN_FEN
    holds(session)
    papers.effective(session, people, Kind.REVERSAL, target=moved)
    assert figures(session)[earmarks["01"].id].budget_fen == earmarks["01"].amount_fen
    holds(session)


def test_a_year_is_carried_over_and_settled_when_all_is_accounted_for(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session, "县卫生健康委")
    earmark = earmarks["06"]
    agreement = papers.ready(session, people, earmark, 300 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 200 * WAN, agreement=agreement)
    papers.effective(session, people, Kind.SURRENDER, 50 * WAN, earmark=earmark)
    settlement = papers.drafted(session, people, Kind.SETTLEMENT, earmark=earmark)
    with pytest.raises(Refused, match="没有了结"):
        services.submit(session, settlement, by=people.officer)

    over = papers.effective(session, people, Kind.CARRY_OVER, earmark=earmark)
    assert over.amount_fen == 450 * WAN
    services.submit(session, settlement, by=people.officer)
    with pytest.raises(Refused, match="决算中"):
        papers.submitted(session, people, Kind.CLAIM, 10 * WAN, agreement=agreement)
    papers.approve(session, settlement, people)
    assert settlement.state is DocumentState.EFFECTIVE
    late = papers.drafted(session, people, Kind.CLAIM, 10 * WAN, agreement=agreement)
    with pytest.raises(Refused, match="已决算"):
        services.submit(session, late, by=late.made_by)

    papers.effective(session, people, Kind.CLAIM, 200 * WAN, agreement=agreement, year=2021)
    papers.effective(session, people, Kind.ACCEPTANCE, 200 * WAN, agreement=agreement, year=2021)
    assert figures(session)[earmark.id].accepted_fen == 200 * WAN
    assert figures(session, year=2020)[earmark.id].budget_fen == 50 * WAN
    holds(session)


def test_a_settlement_that_is_returned_opens_the_year_again(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    papers.effective(session, people, Kind.CARRY_OVER, earmark=earmark)
    settlement = papers.submitted(session, people, Kind.SETTLEMENT, earmark=earmark)
    services.recall(session, settlement, by=people.officer)
    services.submit(session, settlement, by=people.officer)
    assert settlement.version == 2
    holds(session)


def test_nothing_is_carried_over_while_money_is_held_or_where_none_is_left(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    waiting = papers.submitted(session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmark)
    over = papers.drafted(session, people, Kind.CARRY_OVER, earmark=earmark)
    with pytest.raises(Refused, match="还有单据在审"):
        services.submit(session, over, by=people.officer)
    services.recall(session, waiting, by=people.lead)
    services.submit(session, over, by=people.officer)
    papers.approve(session, over, people)
    again = papers.drafted(session, people, Kind.CARRY_OVER, earmark=earmark)
    with pytest.raises(Refused, match="没有可以结转的资金"):
        services.submit(session, again, by=people.officer)
    papers.effective(session, people, Kind.REVERSAL, target=over)
    assert figures(session, year=2020)[earmark.id].planned_fen == earmark.amount_fen
    holds(session)


def test_a_year_without_accounts_is_refused(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    document = papers.drafted(
        session, people, Kind.APPROPRIATION, earmark=earmarks["01"], year=2022
    )
    with pytest.raises(Refused, match="没有 2022 年的账"):
        services.submit(session, document, by=people.lead)


def test_nothing_is_reallocated_into_a_year_that_the_other_earmark_has_not_or_has_settled(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    given, taking = earmarks["01"], earmarks["02"]
    papers.effective(session, people, Kind.APPROPRIATION, 50 * WAN, earmark=given)
    moved = {"earmark": given, "to_earmark": taking}
    waiting = papers.submitted(session, people, Kind.REALLOCATION, WAN, **moved)
    papers.effective(session, people, Kind.CARRY_OVER, earmark=taking)
    papers.effective(session, people, Kind.SETTLEMENT, earmark=taking)
    session.commit()
    with pytest.raises(Refused, match="2020 年已决算"):
        papers.approve(session, waiting, people)
    session.rollback()
    services.recall(session, waiting, by=waiting.made_by)
    papers.effective(session, people, Kind.CARRY_OVER, earmark=given)
    only = papers.drafted(
        session, people, Kind.REALLOCATION, WAN, year=2021, earmark=given, to_earmark=earmarks["03"]
    )
    with pytest.raises(Refused, match="没有 2021 年的账"):
        services.submit(session, only, by=only.made_by)
    session.rollback()


def test_figures_are_known_as_of_the_end_of_a_day(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    yesterday = clock.today() - dt.timedelta(days=1)
    earmark = earmarks["01"]
    papers.effective(session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmark)
    assert figures(session, known_on=yesterday) == {}
    known = figures(session, known_on=clock.today(), year=2020)
    assert known[earmark.id].appropriated_fen == 10 * WAN
    assert figures(session, known_on=clock.today(), year=2021) == {}


def test_what_is_held_counts_where_it_came_from_and_is_free_for_nobody(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    earmark = earmarks["01"]
    agreement = papers.ready(session, people, earmark, 100 * WAN)
    papers.submitted(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=agreement)
    found = figures(session)[earmark.id]
    assert (found.committed_fen, found.disbursed_fen, found.held_fen) == (100 * WAN, 0, 60 * WAN)
    other = papers.drafted(session, people, Kind.DISBURSEMENT, 50 * WAN, agreement=agreement)
    with pytest.raises(Insufficient, match=r"还有 400,000\.00 元可以动用") as refusal:
        services.submit(session, other, by=people.clerk)
    uses = refusal.value.uses
    assert [(use.amount_fen, use.is_held) for use in uses] == [(60 * WAN, True)]
    assert refusal.value.left_fen + sum(use.amount_fen for use in uses) == 100 * WAN


def test_the_same_key_posts_once_and_another_body_is_refused(session):
    earmarks = papers.open_ledger(session)
    earmark = earmarks["01"]
    place = Place(earmark.id, 2020, Stage.PLANNED)
    moves = [Move(place, place.held, 5)]
    said = {"document": None, "once_key": "k", "occurred_on": clock.today(), "by": None}
    first = ledger.post(session, Act.OPEN, moves, body_sha256="a" * 64, **said)
    assert ledger.post(session, Act.OPEN, moves, body_sha256="a" * 64, **said) is first
    with pytest.raises(Refused, match="内容不同"):
        ledger.post(session, Act.OPEN, moves, body_sha256="b" * 64, **said)
    assert session.scalar(sa.select(sa.func.count(LedgerEntry.id))) == 2


@pytest.mark.parametrize("fen", [0, -1, True, "7", 1.5])
def test_only_whole_fen_above_zero_are_posted(session, fen):
    earmark = papers.open_ledger(session)["01"]
    place = Place(earmark.id, 2020, Stage.PLANNED)
    with pytest.raises(Refused, match="整数分"):
        ledger.post(
            session,
            Act.OPEN,
            [Move(place, place.held, fen)],
            document=None,
            once_key="k",
            body_sha256="a" * 64,
            occurred_on=clock.today(),
            by=None,
        )


@pytest.mark.parametrize("table", ["fund_entry", "fund_transfer", "fund_approval"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "DELETE FROM {} WHERE id > 0"]
)
def test_the_database_refuses_to_change_the_ledger(session, table, statement):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    papers.effective(session, people, Kind.APPROPRIATION, 10 * WAN, earmark=earmarks["01"])
    session.commit()
    with pytest.raises(sa.exc.DBAPIError, match="only added to"):
        session.execute(sa.text(statement.format(table)))
    session.rollback()


def test_the_database_refuses_to_replace_or_empty_the_ledger(session):
    papers.open_ledger(session)
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        told = "REPLACE INTO fund_transfer SELECT * FROM fund_transfer"
    else:
        told = "TRUNCATE fund_transfer"
    with pytest.raises(sa.exc.DBAPIError, match="only added to"):
        session.execute(sa.text(told))
    session.rollback()


def test_the_database_refuses_a_transfer_into_another_earmark(session):
    earmarks = papers.open_ledger(session)
    session.flush()
    first = session.scalars(sa.select(Transfer).order_by(Transfer.id)).first()
    session.add(
        Transfer(
            amount_fen=1,
            entry_id=first.entry_id,
            from_id=first.from_id,
            to_id=first.to_id,
            from_earmark_id=earmarks["01"].id,
            to_earmark_id=earmarks["02"].id,
        )
    )
    with pytest.raises(sa.exc.IntegrityError, match="stays_in_its_earmark"):
        session.flush()
    session.rollback()


def test_verify_names_every_kind_of_change_to_the_ledger(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    agreement = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.submitted(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=agreement)
    session.commit()

    def found(check, statement):
        connection = session.connection()
        with unguarded(connection):
            connection.exec_driver_sql(statement)
        session.expire_all()
        faults = check(session)
        session.rollback()
        return "；".join(faults)

    account = session.scalars(
        sa.select(Account).where(Account.stage == Stage.COMMITTED, Account.is_held)
    ).one()
    session.rollback()
    changed = f"UPDATE fund_account SET balance_fen = balance_fen + 1 WHERE id = {account.id}"
    assert "余额" in found(checks.verify_balances, changed)
    assert "各阶段合计" in found(checks.verify_earmarks, changed)
    renamed = f"UPDATE fund_account SET name = 'x' WHERE id = {account.id}"
    assert "名称 x" in found(checks.verify_balances, renamed)
    last = "(SELECT max(id) FROM fund_transfer)"
    less = f"UPDATE fund_transfer SET amount_fen = amount_fen - 1 WHERE id = {last}"
    assert "按流水应为" in found(checks.verify_balances, less)
    much = f"UPDATE fund_transfer SET amount_fen = amount_fen * 9 WHERE id = {last}"
    assert "按流水为负" in found(checks.verify_balances, much)
    hold = "(SELECT max(id) FROM fund_entry WHERE resolves_id IS NOT NULL)"
    part = f"UPDATE fund_transfer SET amount_fen = amount_fen - 1 WHERE entry_id = {hold}"
    assert "没有把占用的资金恰好了结" in found(checks.verify_holds, part)
    aside = "UPDATE fund_document SET state = 'draft' WHERE kind = 'disbursement'"
    assert "仍占用资金" in found(checks.verify_holds, aside)
    alone = "UPDATE fund_document SET state = 'submitted' WHERE kind = 'agreement'"
    assert "却没有占用资金" in found(checks.verify_holds, alone)
    across = f"UPDATE fund_transfer SET to_earmark_id = from_earmark_id + 1, crossing = 'reversal' WHERE id = {last}"
    assert "不合规则" in found(checks.verify_moves, across)
    planned = "(SELECT min(id) FROM fund_account WHERE stage = 'planned' AND NOT is_held)"
    skip = f"UPDATE fund_transfer SET to_id = {planned} WHERE id = {last}"
    assert "不合规则" in found(checks.verify_moves, skip)
    freed = "UPDATE fund_account SET is_held = NOT is_held WHERE is_held"
    assert "不合规则" in found(checks.verify_moves, freed)
    said = "UPDATE fund_document SET payee = '别人' WHERE kind = 'agreement'"
    assert "内容与审批时不同" in found(checks.verify_documents, said)
    hashed = "UPDATE fund_document SET body_sha256 = 'x' WHERE kind = 'agreement'"
    assert "不是同一份" in found(checks.verify_documents, hashed)
    step = "DELETE FROM fund_approval WHERE step = 2 AND decision = 'approve'"
    assert "审批步骤不完整" in found(checks.verify_documents, step)
    maker = "UPDATE fund_document SET made_by_id = (SELECT checker_id FROM fund_approval LIMIT 1)"
    assert "同一人担任了两个角色" in found(checks.verify_documents, maker)
    bare = "DELETE FROM fund_document_file"
    assert "缺少必要附件" in found(checks.verify_documents, bare)
    holds(session)


def test_verify_names_a_claim_whose_invoices_say_otherwise(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    agreement = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=agreement)
    claim = papers.effective(session, people, Kind.CLAIM, 10 * WAN, agreement=agreement)
    claim.lines[0].amount_fen += 1
    session.flush()
    assert "发票合计" in "；".join(checks.verify_documents(session))
    session.rollback()


def test_without_a_plan_there_is_nothing_to_open_or_to_prove(session):
    assert not services.load_earmarks(session)
    assert checks.verify_earmarks(session) == []


def test_verify_names_earmarks_that_are_not_the_plans(session):
    earmarks = papers.open_ledger(session)
    earmarks["01"].amount_fen += 1
    session.flush()
    faults = "；".join(checks.verify_earmarks(session))
    assert "专款 01" in faults
    assert "各专款方案数合计" in faults
    session.rollback()


def test_the_export_says_each_stage_with_all_that_follow_it(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session)
    agreement = papers.ready(session, people, earmarks["01"], 100 * WAN)
    papers.effective(session, people, Kind.DISBURSEMENT, 60 * WAN, agreement=agreement)
    told = list(export_rows(session))
    assert len(told) == 23
    assert sum(row["budget"] for row in told) == PLAN_FEN
    first = told[0]
    assert (first["project"], first["department"]) == ("村组道路建设", "县交通局")
    assert first["appropriated"] == 183_150_000
    assert (first["committed"], first["disbursed"], first["spent"]) == (100 * WAN, 60 * WAN, 0)
    assert first["available"] == 183_150_000 - 100 * WAN


def test_verify_names_a_transfer_whose_earmarks_are_not_its_accounts(session):
    papers.open_ledger(session)
    session.flush()
    with unguarded(session.connection()):
        session.execute(
            sa.text(
                "UPDATE fund_transfer SET from_earmark_id = to_earmark_id + 1"
                " , crossing = 'reversal' WHERE id = (SELECT min(id) FROM fund_transfer)"
            )
        )
    session.expire_all()
    assert "不合规则" in "；".join(checks.verify_moves(session))
    session.rollback()


def test_an_earmark_says_what_people_call_it(session):
    earmarks = papers.open_ledger(session)
    assert earmarks["05-1"].name == "05-1 便民服务中心建设（太原镇区阳村）"
    assert earmarks["17"].name == "17 扶持电商产业发展"
    assert [row.earmark.code for row in rows(session, department="县商务委")] == ["17"]


def test_what_was_surrendered_had_been_handed_down(session):
    earmarks = papers.open_ledger(session)
    people = papers.offices(session, "县商务委")
    papers.effective(session, people, Kind.APPROPRIATION, 20 * WAN, earmark=earmarks["17"])
    papers.effective(session, people, Kind.SURRENDER, 5 * WAN, earmark=earmarks["17"])
    found = figures(session)[earmarks["17"].id]
    assert (found.appropriated_fen, found.surrendered_fen) == (20 * WAN, 5 * WAN)
    assert (found.planned_fen, found.available_fen) == (0, 15 * WAN)
