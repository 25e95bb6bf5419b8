"""What a document moves on the ledger, from its kind and its words."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.core.db import upsert
from market.core.errors import Refused
from market.core.states import move
from market.funds.models import (
    CARRIED,
    RULES,
    UNDER_AGREEMENT,
    Document,
    EarmarkYear,
    Kind,
    LedgerEntry,
    YearState,
)
from market.funds.queries.places import Move, Place, accounts_of, moves_of, place_of
from market.funds.services.ledger import check_year, effect_of


def moves_for(session: Session, document: Document) -> list[Move]:
    """Return what a document that is about to be submitted asks for, free place to free place.

    A reversal mirrors what its document did; a carry-over takes all that is left of a
    year along, stage by stage and agreement by agreement. Refuses a carry-over while
    other documents hold money of that year.
    """
    if document.earmark_id is None or document.kind is Kind.SETTLEMENT:
        return []
    if document.kind is Kind.REVERSAL:
        assert document.target is not None
        done = moves_of(session, effect_of(session, document.target))
        return [Move(one.target.free, one.source.free, one.amount_fen) for one in done]
    if document.kind is Kind.CARRY_OVER:
        return _carried(session, document)
    rule = RULES[document.kind]
    assert rule.source is not None
    assert rule.target is not None
    source = Place(document.earmark_id, document.year, rule.source)
    target = Place(document.to_earmark_id or document.earmark_id, document.year, rule.target)
    return [Move(_within(source, document), _within(target, document), document.amount_fen)]


def held_moves(session: Session, document: Document, hold: LedgerEntry) -> list[Move]:
    """Return where the money goes that a document holds: what ``moves_for`` said when it was submitted."""
    held = [(place.source, place.amount_fen) for place in moves_of(session, hold)]
    if document.kind is Kind.CARRY_OVER:
        return [Move(place, _next_year(place), fen) for place, fen in held]
    return moves_for(session, document)


def settle_year(session: Session, document: Document, to: YearState) -> None:
    """Move the year that a settlement is about; the first step refuses what is not at its end."""
    year = session.scalars(
        sa.select(EarmarkYear).where(
            EarmarkYear.earmark_id == document.earmark_id, EarmarkYear.year == document.year
        )
    ).one()
    if to is YearState.SETTLING:
        assert document.earmark_id is not None
        left = [
            account
            for account in accounts_of(session, document.earmark_id, document.year)
            if account.stage in CARRIED
        ]
        if left:
            stages = "、".join(dict.fromkeys(account.stage.label for account in left))
            raise Refused(
                f"{document.year} 年还有{stages}的资金没有了结，"
                "请先完成验收，或办理结余上缴、结转下年，再做决算。"
            )
    move(session, year, to)


def open_next_year(session: Session, document: Document) -> None:
    """Let an earmark's money move in the year after the document's."""
    row = {
        "earmark_id": document.earmark_id,
        "year": document.year + 1,
        "state": YearState.OPEN,
    }
    new = upsert(session, EarmarkYear).values(row)
    session.execute(new.on_conflict_do_nothing(index_elements=["earmark_id", "year"]))
    assert document.earmark_id is not None
    check_year(session, document.earmark_id, document.year + 1)


def _within(place: Place, document: Document) -> Place:
    """Put a place under the document's agreement, where its stage is kept by agreement."""
    if place.stage in UNDER_AGREEMENT:
        return Place(place.earmark_id, place.year, place.stage, document.account_agreement_id)
    return place


def _carried(session: Session, document: Document) -> list[Move]:
    assert document.earmark_id is not None
    accounts: Sequence = accounts_of(session, document.earmark_id, document.year)
    if any(account.is_held for account in accounts):
        raise Refused(f"{document.year} 年还有单据在审或待付款，请先了结，再办理结转。")
    left = [account for account in accounts if account.stage in CARRIED]
    if not left:
        raise Refused(f"{document.year} 年没有可以结转的资金，可以直接做决算。")
    return [
        Move(place_of(account), _next_year(place_of(account)), account.balance_fen)
        for account in left
    ]


def _next_year(place: Place) -> Place:
    return Place(place.earmark_id, place.year + 1, place.stage, place.agreement_id)
